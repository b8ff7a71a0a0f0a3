//! What somebody would try who wants more than they may have.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops::{self, entries};
use fastenr_http::server::Policy;
use fastenr_http::{Dashboard, Proxy};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, given, world};

use super::browser::{Browser, link};
use crate::guard::{uncounted, with_keys};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/a_form_tells_nothing_that_a_page_would_not", a_form_tells_nothing);
    tests.both("http/pages/users_of_a_proxy_are_apart", users_of_a_proxy);
    tests.both("http/pages/forms_of_too_many_fields", too_many_fields);
    tests.both("http/pages/addresses_of_mail_are_no_more_than_that", addresses_of_mail);
}

/// Forms show what a record holds, and so does what is said of a write.
async fn a_form_tells_nothing(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let id = world.get("A-1001").await?.id.to_string();
    world.update(&id, &[("renewal_stage", "unknown")]).await?;
    let goal = entries::get(&world, &GOAL, "ours goal").await?.id();
    let call = entries::get(&world, &ENGAGEMENT, "E-1").await?.id();
    let contact = entries::get(&world, &CONTACT, "ours contact").await?.id();
    let writes = "accounts:write,engagements:write,goals:write,contacts:write,operations:*,activities:read,users:read";
    let browser = Browser::signed_in(&world, writes).await?;
    // When the session was last used is noted once.
    browser.get("/dashboard/keys").await?.ok(200);
    let before = everything(&world.db, &world.scope()).await?;
    let edits = [
        format!("/dashboard/accounts/{id}/edit"),
        format!("/dashboard/goals/{goal}/edit"),
        format!("/dashboard/engagements/{call}/edit"),
        format!("/dashboard/contacts/{contact}/edit"),
    ];
    for path in &edits {
        let shown = browser.get(path).await?.ok(403);
        ensure!(shown.words().contains(":read") && !shown.text.contains("ours "), "{path}: {}", shown.words());
        let shown = browser.post(path, &[("name", ""), ("title", "")]).await?.ok(403);
        ensure!(!shown.text.contains("ours "), "{path}: {}", shown.words());
    }
    for path in ["/dashboard/engagements/new", "/dashboard/goals/new", "/dashboard/contacts/new"] {
        let shown = browser.get(format!("{path}?account={id}")).await?.ok(403);
        ensure!(!shown.text.contains("ours "), "{path}: {}", shown.words());
        let shown = browser.post(path, &[("account_fixed", id.as_str()), ("title", "")]).await?.ok(403);
        ensure!(!shown.text.contains("ours "), "{path}: {}", shown.words());
        browser.get(path).await?.ok(200);
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // It may write, and is told that it did; what stood there before is for others.
    let done = browser.post(&format!("/dashboard/accounts/{id}/set"), &[("renewal_stage", "likely")]).await?.ok(303);
    let (_, done) =
        done.location().split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).context("done")?;
    let told = |shown: super::browser::Shown| shown.texts(".flash p").join(" ");
    let shown = told(browser.get(format!("/dashboard/keys?{done}")).await?.ok(200));
    assert_eq!(shown, format!("Saved: {}.", words("accounts.update")));
    let reader = Browser::signed_in(&world, "*").await?;
    let shown = told(reader.get(format!("/dashboard/keys?{done}")).await?.ok(200));
    ensure!(shown.contains("unknown → likely"), "{shown}");
    Ok(())
}

fn words(kind: &str) -> String {
    fastenr_core::model::activity::words(kind)
}

fn behind_a_proxy(world: &World, policy: Policy) -> Result<impl Fn(&str) -> Browser> {
    let proxy = Proxy {
        header: "x-forwarded-email".parse()?,
        networks: vec!["192.0.2.0/24".parse().map_err(|_| anyhow::anyhow!("a network"))?],
        context: Box::new(world.context.clone()),
    };
    let dashboard = Dashboard { proxy: Some(proxy), ..Dashboard::default() };
    let all = Browser::new(with_keys(world, policy).with_dashboard(Some(dashboard)));
    Ok(move |email: &str| Browser { headers: vec![("x-forwarded-email", email.to_owned())], ..all.clone() })
}

/// None of them has a key: they are told apart by who they are.
async fn users_of_a_proxy(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (email, name) in [("jo@example.com", "Jo"), ("al@example.com", "Al")] {
        world.user(email, name).await?;
    }
    let with = behind_a_proxy(&world, uncounted())?;
    let (jo, al) = (with("jo@example.com"), with("al@example.com"));
    let form = [("idempotency_key", "0198a8e0-0000-7000-8000-000000000001"), ("name", "Acme")];
    let first = jo.post("/dashboard/accounts/new", &form).await?.ok(303).location();
    assert_eq!(jo.post("/dashboard/accounts/new", &form).await?.ok(303).location(), first);
    let other = al.post("/dashboard/accounts/new", &form).await?.ok(303).location();
    ensure!(other != first, "{other}");
    assert_eq!(world.accounts().await?.len(), 2);
    // Each has as many calls as a key has.
    let with = behind_a_proxy(&world, Policy { rate_limit: 2, ..Policy::default() })?;
    let (jo, al) = (with("jo@example.com"), with("al@example.com"));
    for status in [200, 200, 429] {
        jo.get("/dashboard/accounts").await?.ok(status);
    }
    al.get("/dashboard/accounts").await?.ok(200);
    // On a machine of one's own nobody is counted.
    let access = fastenr_http::Access::Open(Box::new(world.context.clone()));
    let open = Browser::new(fastenr_http::State::new(access, Policy { rate_limit: 2, ..Policy::default() }));
    for _ in 0..4 {
        open.get("/dashboard/accounts").await?.ok(200);
    }
    Ok(())
}

/// A field costs many times its bytes, also to those who are not signed in.
async fn too_many_fields(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let fields = |count: usize| vec![("a", "b"); count];
    let nobody = Browser::new(with_keys(&world, uncounted()));
    nobody.post("/dashboard/sign-in", &fields(1_999)).await?.ok(422);
    nobody.post("/dashboard/sign-in", &fields(2_001)).await?.ok(413);
    nobody.post(&link(&world, "*").await?, &fields(2_001)).await?.ok(413);
    let browser = Browser::signed_in(&world, "*").await?;
    let before = world.accounts().await?;
    let mut form = fields(2_001);
    form.push(("name", "Acme"));
    browser.post("/dashboard/accounts/new", &form).await?.ok(413);
    form.push(("idempotency_key", "0198a8e0-0000-7000-8000-000000000002"));
    browser.post("/dashboard/accounts/new", &form).await?.ok(413);
    assert_eq!(world.accounts().await?, before);
    Ok(())
}

/// An address may have signs that mean more in a link.
async fn addresses_of_mail(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let email = "jo+x&bcc=eve%40example.com?cc=1@example.com";
    let owner = given(&[("email", email), ("name", "Jo")]);
    ops::users::create(&world, &owner, false).await?;
    world.update("A-1001", &[("owner", email)]).await?;
    let contact = entries::get(&world, &CONTACT, "ours contact").await?.id().to_string();
    entries::update(&world, &CONTACT, &contact, &given(&[("email", email)]), None, false).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let shown = browser.get(format!("/dashboard/accounts/{}", world.get("A-1001").await?.id)).await?.ok(200);
    let encoded = "jo%2Bx%26bcc%3Deve%2540example.com%3Fcc%3D1@example.com";
    assert_eq!(shown.attributes(".people a[href^=mailto]", "href"), [format!("mailto:{encoded}")]);
    let owned = format!("/dashboard/accounts?owner={encoded}");
    ensure!(shown.attributes("a", "href").contains(&owned), "{}", shown.text);
    let listed = browser.visit(&owned).await?.ok(200);
    ensure!(listed.text.contains("ours account"), "{}", listed.words());
    Ok(())
}
