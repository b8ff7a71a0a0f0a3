//! What stands before every page, held for every row of their table: a new page is covered by being in it.

use anyhow::{Context as _, Result, ensure};
use axum::http::Method;
use fastenr_core::model::api_key::{ScopeNoun, ScopeVerb};
use fastenr_core::ops::{self, keys};
use fastenr_http::State;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{everything, given, world};

use super::browser::{Browser, rows, selector};
use crate::guard::{uncounted, with_keys};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/no_session_no_page", no_session_no_page);
    tests.both("http/pages/a_session_without_the_scope", without_the_scope);
    tests.both("http/pages/read_only_draws_no_form", read_only);
    tests.both("http/pages/revoked_at_once", revoked_at_once);
    tests.both("http/pages/other_origins_write_nothing", other_origins);
    tests.both("http/pages/tenants", tenants);
    tests.both("http/pages/refusals_are_pages", refusals);
    tests.both("http/pages/without_a_dashboard", without_a_dashboard);
    tests.plain("http/pages/the_table_of_pages_is_current", the_table_is_current);
}

/// `UPDATE_DOCS=1` writes it.
fn the_table_is_current() -> Result<()> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dashboard.md");
    let kept = std::fs::read_to_string(&path)?;
    let (before, rest) = kept.split_once("<!-- pages -->\n").context("the beginning of the table")?;
    let (_, after) = rest.split_once("<!-- /pages -->").context("the end of the table")?;
    let document = format!("{before}<!-- pages -->\n{}<!-- /pages -->{after}", fastenr_http::dashboard_document());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document)?;
    } else {
        ensure!(
            kept == document,
            "docs/dashboard.md is not what the code says: UPDATE_DOCS=1 cargo test --test over_http"
        );
    }
    Ok(())
}

fn anywhere(path: &str) -> String {
    path.replace(['{', '}'], "")
}

const NONE: [(&str, &str); 0] = [];

/// What everybody may do with the session that is theirs.
const OWN: [&str; 2] = ["/dashboard/sign-out", "/dashboard/session/extend"];

async fn no_session_no_page(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::new(with_keys(&world, uncounted()));
    let before = everything(&world.db, &world.scope()).await?;
    let mut asked = 0;
    for row in rows().iter().filter(|row| row.needs != "nothing") {
        let path = anywhere(&row.path);
        let shown =
            if row.method == Method::GET { browser.get(&path).await? } else { browser.post(&path, &NONE).await? };
        ensure!(
            shown.status == 303 && shown.location().starts_with("/dashboard/sign-in"),
            "{row:?}: {} {}",
            shown.status,
            shown.location()
        );
        ensure!(!shown.text.contains("ours"), "{row:?}");
        let block = browser.block(&path, "rows").await?;
        ensure!(row.method != Method::GET || block.status == 401, "{row:?}: {}", block.status);
        asked += 1;
    }
    ensure!(asked > 30, "{asked}");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let open: Vec<String> = rows().iter().filter(|row| row.needs == "nothing").map(|row| row.path.clone()).collect();
    assert_eq!(
        open,
        [
            "/",
            "/dashboard/sign-in",
            "/dashboard/sign-in",
            "/dashboard/sign-in/{link}",
            "/dashboard/sign-in/{link}",
            "/dashboard/assets/{file}"
        ]
    );
    Ok(())
}

async fn without_the_scope(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let before = everything(&world.db, &world.scope()).await?;
    let mut browsers = std::collections::BTreeMap::new();
    for row in rows() {
        let Some((noun, verb)) = row.needs.split_once(':') else { continue };
        let (noun, verb) = (ScopeNoun::parse(noun)?, ScopeVerb::parse(verb)?);
        // All but that one.
        let scopes: Vec<String> = ScopeNoun::ALL
            .iter()
            .flat_map(|known| ScopeVerb::ALL.iter().map(move |other| (known, other)))
            .filter(|(known, other)| (**known, **other) != (noun, verb))
            .map(|(known, other)| format!("{known}:{other}"))
            .collect();
        let browser = match browsers.entry(row.needs.clone()) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                new.insert(Browser::signed_in(&world, &scopes.join(",")).await?)
            }
        };
        let path = anywhere(&row.path);
        let shown =
            if row.method == Method::GET { browser.get(&path).await? } else { browser.post(&path, &NONE).await? };
        ensure!(shown.status == 403, "{row:?}: {} {}", shown.status, shown.words());
        ensure!(
            shown.words().contains(&row.needs) && !shown.text.contains("ours account"),
            "{row:?}: {}",
            shown.words()
        );
    }
    let after = everything(&world.db, &world.scope()).await?;
    for (table, lines) in before {
        ensure!(["api_keys", "activities"].contains(&table) || after.get(table) == Some(&lines), "{table} has changed");
    }
    Ok(())
}

async fn read_only(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let reader = [("email", "r@example.com"), ("name", "Reader"), ("role", "read")];
    let reader = ops::users::create(&world, &given(&reader), false).await?.record;
    let browsers = [
        Browser::signed_in(&world, "*:read").await?,
        Browser::signed_in(&world.acting_as(&reader), "*:read").await?,
        Browser::open(&world.acting_as(&reader)),
    ];
    let account = world.get("A-1001").await?.id;
    let task = ops::entries::get(&world, &fastenr_core::model::nouns::TASK, "ours task").await?.id();
    for browser in &browsers {
        for page in [
            "/dashboard/accounts".to_owned(),
            format!("/dashboard/accounts/{account}"),
            "/dashboard/engagements".into(),
            "/dashboard/goals".into(),
            "/dashboard/tasks?view=all".into(),
            format!("/dashboard/tasks/{task}"),
            "/dashboard/segments".into(),
            "/dashboard/imports".into(),
            "/dashboard/operations".into(),
        ] {
            let shown = browser.get(&page).await?.ok(200);
            let posts = shown.attributes("form[method=post]", "action");
            ensure!(posts.iter().all(|action| OWN.contains(&action.as_str())), "{page}: {posts:?}");
            let links = shown.attributes("a", "href");
            ensure!(!links.iter().any(|href| href.ends_with("/edit") || href.contains("/new")), "{page}: {links:?}");
        }
        browser.get(format!("/dashboard/accounts/{account}/edit")).await?.ok(403);
        browser.post("/dashboard/accounts/new", &[("name", "Other")]).await?.ok(403);
    }
    assert_eq!(world.accounts().await?.len(), 1);
    // A session that may read little sees little of the menu.
    let narrow = Browser::signed_in(&world, "accounts:read").await?;
    let shown = narrow.get(format!("/dashboard/accounts/{account}")).await?.ok(200);
    assert_eq!(shown.texts("header nav a"), ["Accounts"]);
    for hidden in ["ours contact", "ours call", "ours goal", "ours task", "Latest metrics", "Churn risk"] {
        ensure!(!shown.text.contains(hidden), "{hidden}: {}", shown.words());
    }
    Ok(())
}

async fn revoked_at_once(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    browser.get("/dashboard/accounts").await?.ok(200);
    let session = world.keys("session,link").await?.remove(0);
    keys::revoke(&world, &session.prefix, false).await?;
    let gone = browser.get("/dashboard/accounts").await?.ok(303);
    ensure!(gone.location().ends_with("why=key_revoked"), "{}", gone.location());
    let before = world.accounts().await?;
    browser.post("/dashboard/accounts/new", &[("name", "Other")]).await?.ok(303);
    assert_eq!(world.accounts().await?, before);
    // A user who is gone takes the sessions along.
    let jo = world.user("jo@example.com", "Jo").await?;
    let theirs = Browser::signed_in(&world.acting_as(&jo), "*").await?;
    theirs.get("/dashboard/accounts").await?.ok(200);
    ops::users::update(&world, "jo@example.com", &[], Some(false), false).await?;
    theirs.get("/dashboard/accounts").await?.ok(303);
    Ok(())
}

async fn other_origins(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let before = everything(&world.db, &world.scope()).await?;
    let foreign: [&[(&str, &str)]; 7] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        // Another port of this machine.
        &[("origin", "http://localhost:9999"), ("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[],
    ];
    let mut asked = 0;
    for row in rows().iter().filter(|row| row.method == Method::POST) {
        for headers in foreign {
            let refused = browser.post_with(&anywhere(&row.path), &[("name", "Evil")], headers).await?;
            assert_eq!(refused.status, 403, "{row:?} {headers:?}");
            ensure!(refused.header("set-cookie").is_empty(), "{row:?}");
            asked += 1;
        }
    }
    ensure!(asked > 100, "{asked}");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // Its own pages may, in old browsers and in new ones.
    for (n, own) in [("origin", "http://localhost"), ("sec-fetch-site", "same-origin")].into_iter().enumerate() {
        let name = format!("Own {n}");
        browser.post_with("/dashboard/accounts/new", &[("name", name.as_str())], &[own]).await?.ok(303);
    }
    Ok(())
}

/// Every address and every form that one organization's pages have leads another's session nowhere.
async fn tenants(backend: &Backend) -> Result<()> {
    let ours = world(backend).await?;
    let theirs = ours.organization("theirs").await?;
    let (ours, theirs) = (seed(ours, "ours").await?, seed(theirs, "theirs").await?);
    let them = Browser::signed_in(&theirs, "*").await?;
    let us = Browser::signed_in(&ours, "*").await?;
    let mut addresses = std::collections::BTreeSet::new();
    let mut forms = std::collections::BTreeSet::new();
    for page in super::crawl::crawl(&them, "/dashboard", backend.kind).await? {
        let html = page.shown.html();
        for link in html.select(&selector("a[href], form[action]")) {
            let address = link.attr("href").or(link.attr("action")).unwrap_or_default();
            let named = address
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .split('/')
                .any(|part| uuid::Uuid::parse_str(part).is_ok());
            match (named, link.attr("method")) {
                (true, Some("post")) => forms.insert(address.to_owned()),
                (true, _) => addresses.insert(address.split('#').next().unwrap_or_default().to_owned()),
                _ => false,
            };
        }
    }
    ensure!(addresses.len() > 5 && forms.len() > 5, "{addresses:?} {forms:?}");
    let before = everything(&theirs.db, &theirs.scope()).await?;
    for address in &addresses {
        them.visit(address).await?.ok(200);
        let refused = us.visit(address).await?.ok(404);
        ensure!(!refused.text.contains("theirs"), "{address}: {}", refused.words());
    }
    for address in &forms {
        let fields = [("name", "Ours"), ("reason", "x"), ("value", "1"), ("until", "7d"), ("outcome", "positive")];
        let refused = us.post(address, &fields).await?;
        ensure!([404, 415].contains(&refused.status), "{address}: {} {}", refused.status, refused.words());
    }
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, before);
    let listed = us.get("/dashboard/accounts").await?.ok(200);
    ensure!(listed.text.contains("ours account") && !listed.text.contains("theirs"));
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for (path, status) in [
        ("/dashboard/nowhere", 404),
        ("/dashboard/accounts/nobody", 404),
        ("/dashboard/accounts?statu=active", 400),
        ("/dashboard/accounts?status=lost", 400),
        ("/dashboard/accounts?cursor=nonsense", 422),
        ("/dashboard/accounts?health_min=90&health_max=10", 422),
        ("/dashboard/assets/app.css", 404),
        ("/dashboard/accounts/%00", 400),
        ("/dashboard/accounts?search=%ff", 400),
    ] {
        let shown = browser.get(path).await.with_context(|| path.to_owned())?;
        assert_eq!(shown.status, status, "{path}: {}", shown.words());
        ensure!(shown.header("content-type").starts_with("text/html"), "{path}: {}", shown.header("content-type"));
        ensure!(shown.header("content-security-policy").contains("script-src 'self'"), "{path}");
        assert_eq!(shown.texts("h1").len(), 1, "{path}: {}", shown.words());
    }
    // The API says it as it always did.
    let api = browser.get("/api/nowhere").await?;
    assert_eq!(api.header("content-type"), "application/problem+json");
    browser.send(Method::DELETE, "/dashboard/accounts", Vec::new(), &[]).await?.ok(405);
    Ok(())
}

async fn without_a_dashboard(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let state: State = with_keys(&world, uncounted()).with_dashboard(None);
    let browser = Browser::new(state);
    for path in ["/", "/dashboard", "/dashboard/sign-in", "/dashboard/accounts"] {
        let shown = browser.get(path).await?;
        assert_eq!((shown.status, shown.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    Ok(())
}
