//! The end of a session: said before it comes, and put off.

use anyhow::{Result, ensure};
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{Expiry, KeyKind, Scopes};
use fastenr_core::ops::keys::{self, NewKey};
use fastenr_core::secret::Secrets;
use fastenr_http::Dashboard;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

use super::browser::{Browser, Shown};
use crate::guard::{text, uncounted, with_keys};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/the_end_of_a_session_is_said", the_end_is_said);
    tests.both("http/pages/a_session_lasts_longer_when_asked", lasts_longer);
    tests.both("http/pages/never_beyond_its_key_or_thirty_days", never_beyond);
}

const NONE: [(&str, &str); 0] = [];
const EXTEND: &str = "/dashboard/session/extend";

/// The same browser at another time.
fn at(browser: &Browser, world: &World, time: &str) -> Browser {
    Browser { cookie: browser.cookie.clone(), ..Browser::new(with_keys(&world.at(time), uncounted())) }
}

fn is_hidden(shown: &Shown) -> bool {
    shown.attributes("#ending", "hidden").len() == 1
}

async fn the_end_is_said(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    // From 07:00 for twelve hours.
    let browser = Browser::signed_in(&world, "*").await?;
    let early = browser.get("/dashboard/accounts").await?.ok(200);
    ensure!(is_hidden(&early) && early.attributes("#ending", "data-left") == ["43200"], "{}", early.text);
    let before = at(&browser, &world, "2026-03-01T18:54:59Z").get("/dashboard/accounts").await?.ok(200);
    ensure!(is_hidden(&before), "{}", before.words());
    let near = at(&browser, &world, "2026-03-01T18:55:00Z").get("/dashboard/accounts").await?.ok(200);
    ensure!(!is_hidden(&near) && near.attributes("#ending", "data-left") == ["300"], "{}", near.text);
    ensure!(near.words().contains("Your session ends at 19:00. Stay signed in"), "{}", near.words());
    // Where there is no session there is no end.
    ensure!(Browser::open(&world).get("/dashboard/accounts").await?.ok(200).texts("#ending").is_empty());
    let signed_out = Browser::new(with_keys(&world, uncounted())).get("/dashboard/sign-in").await?.ok(200);
    ensure!(signed_out.texts("#ending").is_empty());
    Ok(())
}

async fn lasts_longer(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*:read").await?;
    let near = at(&browser, &world, "2026-03-01T18:58:00Z");
    let own = [("origin", "http://localhost"), ("fastenr-fragment", "ending")];
    let block = near.post_with(EXTEND, &NONE, &own).await?.ok(200);
    ensure!(!block.text.contains("<html") && is_hidden(&block), "{}", block.text);
    assert_eq!(block.attributes("#ending", "data-left"), ["43200"]);
    // The same text of the session, kept for as long.
    let cookie = near.cookie.clone().unwrap_or_default();
    ensure!(
        block.header("set-cookie").starts_with(&format!("{cookie}; Path=/; Max-Age=43200;")),
        "{:?}",
        block.headers
    );
    let later = at(&browser, &world, "2026-03-02T06:57:00Z");
    let shown = later.get("/dashboard/accounts").await?.ok(200);
    ensure!(shown.words().contains("ends at 06:58"), "{}", shown.words());
    // Without scripts one is led to where it is said until when.
    let sent = later.post(EXTEND, &NONE).await?.ok(303);
    assert_eq!(sent.location(), "/dashboard/session");
    let session = later.get(sent.location()).await?.ok(200);
    ensure!(session.words().contains("Signed in until 2026-03-02 18:57"), "{}", session.words());
    // What has ended is over, and another site asks for nothing.
    at(&browser, &world, "2026-03-02T18:57:00Z").post(EXTEND, &NONE).await?.ok(303);
    let over = at(&browser, &world, "2026-03-02T18:57:01Z").get("/dashboard/accounts").await?.ok(303);
    ensure!(over.location().contains("why=key_expired"), "{}", over.location());
    later.post_with(EXTEND, &NONE, &[("origin", "https://evil.example")]).await?.ok(403);
    // A session that was ended elsewhere does not come back.
    let other = Browser::signed_in(&world, "*").await?;
    other.post("/dashboard/sign-out", &NONE).await?.ok(303);
    let back = other.post(EXTEND, &NONE).await?.ok(303);
    ensure!(back.location().starts_with("/dashboard/sign-in"), "{}", back.location());
    Ok(())
}

async fn never_beyond(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    // A key that ends at midnight.
    let new = NewKey {
        name: KeyName::parse("Short")?,
        user: None,
        scopes: Scopes::parse("*")?,
        expiry: Expiry::parse("2026-03-01")?,
    };
    let made = keys::create(&world, Secrets::System, &new, false).await?;
    let mut browser = Browser::new(with_keys(&world.at("2026-03-01T20:00:00Z"), uncounted()));
    browser.keep(&browser.post("/dashboard/sign-in", &[("key", text(&made))]).await?.ok(303))?;
    let own = [("origin", "http://localhost"), ("fastenr-fragment", "ending")];
    let last = at(&browser, &world, "2026-03-01T23:58:00Z").post_with(EXTEND, &NONE, &own).await?.ok(200);
    ensure!(last.words().contains("can't be extended") && last.texts("form").is_empty(), "{}", last.words());
    let session = world.keys("session,link").await?.into_iter().find(|key| key.kind == KeyKind::Session);
    assert_eq!(session.and_then(|session| session.expires_at), made.key.expires_at);
    // Thirty days after it began a session is over, however often it was put off.
    let long = Dashboard { session_lifetime: chrono::TimeDelta::days(20), ..Dashboard::default() };
    let state = |time: &str| with_keys(&world.at(time), uncounted()).with_dashboard(Some(long.clone()));
    let mut browser = Browser::new(state("2026-03-01T07:00:00Z"));
    browser.sign_in(&world, "*").await?;
    let at = |time: &str| Browser { cookie: browser.cookie.clone(), ..Browser::new(state(time)) };
    let first = at("2026-03-19T07:00:00Z").post_with(EXTEND, &NONE, &own).await?.ok(200);
    assert_eq!(first.attributes("#ending", "data-left"), [(12 * 86_400).to_string()]);
    let second = at("2026-03-30T07:00:00Z").post_with(EXTEND, &NONE, &own).await?.ok(200);
    ensure!(second.words().contains("can't be extended"), "{}", second.words());
    at("2026-03-31T07:00:00Z").get("/dashboard/accounts").await?.ok(303);
    Ok(())
}
