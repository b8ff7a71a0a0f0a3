//! Signing in and out: with a link, with a key, by a proxy; and what is no way in.

use anyhow::{Result, ensure};
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{Expiry, KeyKind, Scopes};
use fastenr_core::ops::keys::{self, NewKey};
use fastenr_core::ops::{self, sessions};
use fastenr_core::secret::Secrets;
use fastenr_http::{Dashboard, Proxy, State};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, world};

use super::browser::{Browser, link};
use crate::api::Api;
use crate::guard::{key, text, uncounted, with_keys};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/a_link_works_once", a_link_works_once);
    tests.both("http/pages/a_link_expires", a_link_expires);
    tests.both("http/pages/a_key_signs_in", a_key_signs_in);
    tests.both("http/pages/a_session_ends_with_its_key", ends_with_its_key);
    tests.both("http/pages/cookie_is_no_key", cookie_is_no_key);
    tests.both("http/pages/key_is_no_cookie", key_is_no_cookie);
    tests.both("http/pages/sign_out_and_everywhere", sign_out);
    tests.both("http/pages/next_stays_here", next_stays_here);
    tests.both("http/pages/a_trusted_proxy_says_who", a_trusted_proxy);
    tests.both("http/pages/who_may_make_links", who_may_make_links);
    tests.both("http/pages/too_many_wrong_keys", too_many);
}

async fn sessions_of(world: &World) -> Result<usize> {
    Ok(world.keys("session,link").await?.iter().filter(|key| key.kind == KeyKind::Session).count())
}

async fn a_link_works_once(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::new(with_keys(&world, uncounted()));
    let link = link(&world, "*").await?;
    let before = everything(&world.db, &world.scope()).await?;
    // Whatever looks at links in mail uses none.
    for _ in 0..3 {
        let shown = browser.get(&link).await?.ok(200);
        ensure!(
            shown.words().contains(&world.user.email) && shown.header("set-cookie").is_empty(),
            "{}",
            shown.words()
        );
        browser.send(axum::http::Method::HEAD, &link, Vec::new(), &[]).await?.ok(200);
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let mut first = browser.clone();
    // Of several at once one has its way.
    let none: [(&str, &str); 0] = [];
    let (one, two, three) =
        tokio::join!(browser.post(&link, &none), browser.post(&link, &none), browser.post(&link, &none));
    let all = [one?, two?, three?];
    assert_eq!(all.iter().filter(|shown| shown.status == 303 && !shown.header("set-cookie").is_empty()).count(), 1);
    assert_eq!(sessions_of(&world).await?, 1);
    let winner = all.iter().find(|shown| shown.status == 303 && !shown.header("set-cookie").is_empty()).unwrap();
    first.keep(winner)?;
    first.get("/dashboard/accounts").await?.ok(200);
    browser.get(&link).await?.ok(410);
    browser.post(&link, &none).await?.ok(410);
    // A link is no session, nor a key.
    let mut as_cookie = browser.clone();
    as_cookie.cookie = Some(format!("fastenr={}", link.rsplit('/').next().unwrap_or_default()));
    as_cookie.get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn a_link_expires(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let link = link(&world, "*").await?;
    let none: [(&str, &str); 0] = [];
    let later = world.at("2026-03-01T07:10:00Z");
    let late = Browser::new(with_keys(&later, uncounted()));
    late.get(&link).await?.ok(410);
    let refused = late.post(&link, &none).await?.ok(410);
    ensure!(refused.header("set-cookie").is_empty() && sessions_of(&world).await? == 0);
    let just = Browser::new(with_keys(&world.at("2026-03-01T07:09:59Z"), uncounted()));
    let mut just_in = just.clone();
    just_in.keep(&just.post(&link, &none).await?.ok(303))?;
    // A session lasts twelve hours.
    let at = |time: &str| Browser {
        cookie: just_in.cookie.clone(),
        ..Browser::new(with_keys(&world.at(time), uncounted()))
    };
    at("2026-03-01T19:09:58Z").get("/dashboard/accounts").await?.ok(200);
    let over = at("2026-03-01T19:09:59Z").get("/dashboard/accounts?status=active").await?.ok(303);
    assert_eq!(over.location(), "/dashboard/sign-in?next=%2Fdashboard%2Faccounts%3Fstatus%3Dactive&why=key_expired");
    let asked = at("2026-03-01T19:09:59Z").get(over.location()).await?.ok(200);
    ensure!(asked.words().contains("has expired"), "{}", asked.words());
    Ok(())
}

async fn a_key_signs_in(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = key(&world, "Mine", "accounts:read").await?;
    let mut browser = Browser::new(with_keys(&world, uncounted()));
    let wrong = browser.post("/dashboard/sign-in", &[("key", "nonsense")]).await?.ok(422);
    ensure!(wrong.words().contains("no key") && wrong.header("set-cookie").is_empty(), "{}", wrong.words());
    let spaced = format!(" {} ", text(&made));
    let done = browser
        .post("/dashboard/sign-in", &[("key", spaced.as_str()), ("next", "/dashboard/accounts?status=active")])
        .await?
        .ok(303);
    assert_eq!(done.location(), "/dashboard/accounts?status=active");
    ensure!(!done.header("set-cookie").contains(text(&made)), "the key itself is kept");
    browser.keep(&done)?;
    browser.get("/dashboard/accounts").await?.ok(200);
    browser.get("/dashboard/goals").await?.ok(403);
    // The key works on.
    Api::with(with_keys(&world, uncounted())).key(text(&made)).get("/api/accounts").await?.ok(200);
    Ok(())
}

async fn ends_with_its_key(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let new = NewKey {
        name: KeyName::parse("Short")?,
        user: None,
        scopes: Scopes::parse("*")?,
        expiry: Expiry::parse("2026-03-01")?,
    };
    let made = keys::create(&world, Secrets::System, &new, false).await?;
    let mut browser = Browser::new(with_keys(&world.at("2026-03-01T20:00:00Z"), uncounted()));
    browser.keep(&browser.post("/dashboard/sign-in", &[("key", text(&made))]).await?.ok(303))?;
    // Never beyond its key: that ends at midnight.
    let session = world.keys("session,link").await?.remove(0);
    assert_eq!(session.expires_at, made.key.expires_at);
    assert_eq!(session.parent, Some(made.key.id));
    browser.get("/dashboard/accounts").await?.ok(200);
    keys::revoke(&world, &made.key.prefix, false).await?;
    browser.get("/dashboard/accounts").await?.ok(303);
    // What came of a link lives on when the link is used, and ends when the link is revoked.
    let mut other = Browser::new(with_keys(&world, uncounted()));
    other.sign_in(&world, "*").await?;
    other.get("/dashboard/accounts").await?.ok(200);
    let link = world.keys("session,link").await?.into_iter().find(|key| key.kind == KeyKind::Link).unwrap();
    keys::revoke(&world, &link.prefix, false).await?;
    other.get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn cookie_is_no_key(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let cookie = browser.cookie.clone().unwrap_or_default();
    let secret = cookie.trim_start_matches("fastenr=").to_owned();
    browser.get("/dashboard/accounts").await?.ok(200);
    // Neither as a cookie nor as a bearer is it a key of the API.
    assert_eq!(browser.get("/api/accounts").await?.status, 401);
    let api = Api::with(with_keys(&world, uncounted()));
    api.key(&secret).get("/api/accounts").await?.refused(401, "unauthenticated");
    let token = format!("/api/engagements.ics?token={secret}");
    assert_eq!(browser.get(&token).await?.status, 401);
    // Nor does it sign anybody in once more.
    browser.post("/dashboard/sign-in", &[("key", secret.as_str())]).await?.ok(422);
    Ok(())
}

async fn key_is_no_cookie(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = key(&world, "Mine", "*").await?;
    let mut browser = Browser::new(with_keys(&world, uncounted()));
    browser.cookie = Some(format!("fastenr={}", text(&made)));
    browser.get("/dashboard/accounts").await?.ok(303);
    browser.cookie = None;
    browser.headers = vec![("authorization", format!("Bearer {}", text(&made)))];
    browser.get("/dashboard/accounts").await?.ok(303);
    let name: [(&str, &str); 1] = [("name", "Acme")];
    browser.post("/dashboard/accounts/new", &name).await?.ok(303);
    assert_eq!(world.accounts().await?.len(), 0);
    // Two cookies of one name: a neighbour may have set one.
    let good = Browser::signed_in(&world, "*").await?.cookie.unwrap_or_default();
    let mut two = Browser::new(with_keys(&world, uncounted()));
    two.cookie = Some(format!("{good}; fastenr=x"));
    two.get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn sign_out(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let [one, two, three] = [
        Browser::signed_in(&world, "*").await?,
        Browser::signed_in(&world, "*").await?,
        Browser::signed_in(&world, "*").await?,
    ];
    let none: [(&str, &str); 0] = [];
    let listed = one.get("/dashboard/session").await?.ok(200);
    assert_eq!(listed.texts("tbody tr").len(), 3, "{}", listed.words());
    let done = one.post("/dashboard/sign-out", &none).await?.ok(303);
    ensure!(done.header("set-cookie").contains("Max-Age=0") && done.header("clear-site-data").contains("storage"));
    one.get("/dashboard/accounts").await?.ok(303);
    two.get("/dashboard/accounts").await?.ok(200);
    let unused = link(&world, "*").await?;
    two.post("/dashboard/sign-out", &[("everywhere", "true")]).await?.ok(303);
    for browser in [&two, &three] {
        browser.get("/dashboard/accounts").await?.ok(303);
    }
    two.get(&unused).await?.ok(410);
    // Another user's session is nobody's business but an administrator's.
    let writer = ops::users::create(
        &world,
        &[("email".into(), Some("w@example.com".into())), ("name".into(), Some("Writer".into()))],
        false,
    )
    .await?;
    let theirs = Browser::signed_in(&world, "*").await?;
    let own = Browser::signed_in(&world.acting_as(&writer.record), "*").await?;
    let id = world
        .keys("session,link")
        .await?
        .into_iter()
        .find(|key| key.user == world.user.id && key.revoked_at.is_none())
        .unwrap()
        .id;
    own.post(&format!("/dashboard/session/{id}/end"), &none).await?.ok(404);
    theirs.get("/dashboard/accounts").await?.ok(200);
    let other = world
        .keys("session,link")
        .await?
        .into_iter()
        .find(|key| key.user == writer.record.id && key.kind == KeyKind::Session)
        .unwrap()
        .id;
    theirs.post(&format!("/dashboard/session/{other}/end"), &none).await?.ok(303);
    own.get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn next_stays_here(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::new(with_keys(&world, uncounted()));
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/dashboard//evil.example",
        "/api/accounts",
        "/dashboard/../api",
        "\\\\evil.example",
        "/dashboard\\@evil.example",
        "javascript:alert(1)",
    ] {
        let encoded: String =
            percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC).to_string();
        let asked = browser.get(format!("/dashboard/sign-in?next={encoded}")).await?.ok(200);
        assert_eq!(asked.attributes("input[name=next]", "value"), ["/dashboard"], "{next}");
        let link = link(&world, "*").await?;
        let done = browser.post(&link, &[("next", next)]).await?.ok(303);
        assert_eq!(done.location(), "/dashboard", "{next}");
    }
    // The same of forms that lead back.
    let signed = Browser::signed_in(&world, "*").await?;
    let account = world.account(&[("name", "Acme")]).await?;
    let set = [("renewal_stage", "likely"), ("back", "https://evil.example/dashboard")];
    let done = signed.post(&format!("/dashboard/accounts/{}/set", account.id), &set).await?.ok(303);
    ensure!(done.location().starts_with(&format!("/dashboard/accounts/{}?done=", account.id)), "{}", done.location());
    Ok(())
}

async fn a_trusted_proxy(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let writer = world.user("jo@example.com", "Jo").await?;
    ops::users::update(&world, "jo@example.com", &[], None, false).await?;
    let proxy = Proxy {
        header: "x-forwarded-email".parse()?,
        networks: vec!["192.0.2.0/24".parse().map_err(|_| anyhow::anyhow!("a network"))?],
        context: Box::new(world.context.clone()),
    };
    let dashboard = Dashboard { proxy: Some(proxy), ..Dashboard::default() };
    let state = || -> State { with_keys(&world, uncounted()).with_dashboard(Some(dashboard.clone())) };
    let with = |email: &str| {
        let mut browser = Browser::new(state());
        browser.headers = vec![("x-forwarded-email", email.to_owned())];
        browser
    };
    let shown = with("Jo@Example.com").get("/dashboard/accounts").await?.ok(200);
    ensure!(shown.words().contains("jo@example.com"), "{}", shown.words());
    with("nobody@example.com").get("/dashboard/accounts").await?.ok(303);
    with("").get("/dashboard/accounts").await?.ok(303);
    // The peer's address decides, not what it says of itself.
    let mut elsewhere = with("jo@example.com");
    elsewhere.peer = "198.51.100.7:1".parse()?;
    elsewhere.headers.push(("x-forwarded-for", "192.0.2.1".to_owned()));
    elsewhere.get("/dashboard/accounts").await?.ok(303);
    // Two headers: one of them is not the proxy's.
    let mut two = with("jo@example.com");
    two.headers.push(("x-forwarded-email", world.user.email.clone()));
    two.get("/dashboard/accounts").await?.ok(303);
    // Nor under another name than the public one: any page can give a name of its own to the proxy's machine.
    let public_url = Some("https://fastenr.example.com:8443".to_owned());
    let public = Dashboard { public_url, ..dashboard.clone() };
    for (host, status) in [
        ("fastenr.example.com", 200),
        ("FASTENR.example.com:8443", 200),
        ("fastenr.example.com.", 200),
        ("localhost", 421),
        ("192.0.2.1:8787", 421),
        ("evil.example", 421),
        ("fastenr.example.com.evil.example", 421),
        ("evil.fastenr.example.com", 421),
    ] {
        let mut browser = Browser::new(with_keys(&world, uncounted()).with_dashboard(Some(public.clone())));
        browser.host = host;
        let sign_in = browser.get("/dashboard/sign-in").await?.ok(200);
        ensure!(!sign_in.words().contains("jo@example.com"));
        browser.headers = vec![("x-forwarded-email", "jo@example.com".to_owned())];
        let shown = browser.get("/dashboard/accounts").await?.ok(status);
        assert_eq!(shown.words().contains("jo@example.com"), status == 200, "{host}");
        let own = [("origin", "https://fastenr.example.com:8443"), ("sec-fetch-site", "same-origin")];
        let shown = browser.post_with("/dashboard/accounts/new", &[("name", "")], &own).await?;
        assert_eq!(shown.status, if status == 200 { 422 } else { 421 }, "{host}");
        // Who has no header of the proxy is led to sign in, whatever the name.
        browser.headers.clear();
        browser.get("/dashboard/accounts").await?.ok(303);
    }
    // The API takes keys alone.
    assert_eq!(with("jo@example.com").get("/api/accounts").await?.status, 401);
    // Forms of other sites are refused although there is no cookie to keep back.
    let name = [("name", "Acme")];
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    with("jo@example.com").post_with("/dashboard/accounts/new", &name, &foreign).await?.ok(403);
    with("jo@example.com").post_with("/dashboard/accounts/new", &name, &[]).await?.ok(403);
    assert_eq!(world.accounts().await?.len(), 0);
    with("jo@example.com").post("/dashboard/accounts/new", &name).await?.ok(303);
    // Without a list of proxies the header means nothing.
    let mut plain = Browser::new(with_keys(&world, uncounted()));
    plain.headers = vec![("x-forwarded-email", "jo@example.com".to_owned())];
    plain.get("/dashboard/accounts").await?.ok(303);
    ops::users::update(&world, &writer.email, &[], Some(false), false).await?;
    with("jo@example.com").get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn who_may_make_links(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let reader = [("email", "r@example.com"), ("name", "Reader"), ("role", "read")];
    let reader = ops::users::create(&world, &fastenr_tests::world::given(&reader), false).await?.record;
    let make = |world: World, user: Option<&str>, scopes: &str, minutes: i64| {
        let new = sessions::NewLink {
            user: user.map(str::to_owned),
            scopes: Scopes::parse(scopes).unwrap(),
            lifetime: chrono::TimeDelta::minutes(minutes),
        };
        async move { sessions::create_link(&world, Secrets::System, &new).await.map(|_| ()).map_err(|error| error.code) }
    };
    let as_reader = world.acting_as(&reader);
    assert_eq!(make(as_reader.clone(), Some(&world.user.email), "*:read", 10).await, Err("not_admin"));
    assert_eq!(make(as_reader.clone(), None, "*", 10).await, Err("read_only_user"));
    assert_eq!(make(as_reader, None, "*:read", 10).await, Ok(()));
    assert_eq!(make(world.clone(), Some("r@example.com"), "*:read", 10).await, Ok(()));
    for minutes in [0, -1, 24 * 60 + 1] {
        assert_eq!(make(world.clone(), None, "*", minutes).await, Err("expires"));
    }
    Ok(())
}

async fn too_many(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let policy = fastenr_http::server::Policy { rate_limit: 3, ..Default::default() };
    let browser = Browser::new(with_keys(&world, policy));
    for _ in 0..3 {
        browser.post("/dashboard/sign-in", &[("key", "wrong")]).await?.ok(422);
    }
    let waiting = browser.post("/dashboard/sign-in", &[("key", "wrong")]).await?.ok(429);
    ensure!(!waiting.header("retry-after").is_empty() && waiting.header("content-type").starts_with("text/html"));
    let link = format!("/dashboard/sign-in/fnr_{}_{}_{}", "0".repeat(32), "0".repeat(12), "0".repeat(64));
    browser.get(&link).await?.ok(429);
    Ok(())
}
