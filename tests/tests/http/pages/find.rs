//! From a few letters to an account or a page.

use anyhow::{Result, ensure};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;

use super::browser::Browser;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/find_jumps", find_jumps);
    tests.both("http/pages/find_stays_with_ones_own", stays_with_ones_own);
}

const PATH: &str = "/dashboard/find?q=";

async fn find_jumps(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut ids = Vec::new();
    for (key, name, domain) in [
        ("N-1", "Nimbus", "nimbus.example"),
        ("N-2", "Nimbus Marine", "marine.example"),
        ("Q-1", "Quill Ärzte 100%", "quill.example"),
        ("Q-2", "Quiet Ones", ""),
    ] {
        let account = world.account(&[("external_id", key), ("name", name), ("domain", domain)]).await?;
        ids.push(account.id.to_string());
    }
    ops::accounts::set_archived(&world, "Q-2", true, None, false).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    // What is meant without a doubt is opened.
    for (text, place) in [
        ("N-2", 1),
        (" N-2 ", 1),
        ("nimbus", 0),
        ("NIMBUS.example", 0),
        ("nimbus m", 1),
        ("quill ä", 2),
        ("Quill Ärzte 100%25", 2),
        ("https://marine.example", 1),
        (&ids[3], 3),
        ("Q-2", 3),
    ] {
        let shown = browser
            .get(format!("{PATH}{}", text.replace(' ', "+").replace('ä', "%C3%A4").replace('Ä', "%C3%84")))
            .await?;
        ensure!(shown.status == 303, "{text}: {}", shown.words());
        assert_eq!(shown.location(), format!("/dashboard/accounts/{}", ids[place]), "{text}");
    }
    // Several are listed, by name.
    let shown = browser.get(format!("{PATH}nim")).await?.ok(200);
    assert_eq!(shown.attributes(".found a", "href")[..2], [0, 1].map(|n| format!("/dashboard/accounts/{}", ids[n])));
    ensure!(shown.words().contains("nimbus.example, N-1"), "{}", shown.words());
    let block = browser.block(&format!("{PATH}nimbus"), "found").await?.ok(200);
    ensure!(!block.text.contains("<html") && block.attributes("a", "href").len() == 2, "{}", block.text);
    // Archived accounts are found by what names them alone.
    let shown = browser.get(format!("{PATH}qui")).await?.ok(303);
    assert_eq!(shown.location(), format!("/dashboard/accounts/{}", ids[2]));
    // Pages too.
    assert_eq!(browser.get(format!("{PATH}opera")).await?.ok(303).location(), "/dashboard/operations");
    let pages = browser.block(&format!("{PATH}a"), "found").await?.ok(200);
    ensure!(
        ["/dashboard/accounts", "/dashboard/alerts", "/dashboard/arr"]
            .iter()
            .all(|page| pages.attributes("a", "href").contains(&(*page).to_owned())),
        "{}",
        pages.text
    );
    // What is called by nothing is searched for.
    for (text, encoded) in [("marine", "marine"), ("%25", "%25"), ("100%25", "100%25"), ("_", "_"), ("<b>", "%3Cb%3E")]
    {
        let shown = browser.get(format!("{PATH}{encoded}")).await?.ok(303);
        ensure!(shown.location().starts_with("/dashboard/accounts?search="), "{text}: {}", shown.location());
    }
    assert_eq!(browser.visit(format!("{PATH}marine")).await?.ok(200).texts("tbody th"), ["Nimbus Marine"]);
    let none = browser.block(&format!("{PATH}nothing%3Cb%3E"), "found").await?.ok(200);
    ensure!(none.words().contains("No account is called") && !none.text.contains("<b>\""), "{}", none.text);
    // Nothing typed.
    assert_eq!(browser.get(format!("{PATH}+")).await?.ok(303).location(), "/dashboard/find");
    browser.get("/dashboard/find").await?.ok(200);
    Ok(())
}

async fn stays_with_ones_own(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let theirs = world.organization("theirs").await?;
    let secret = theirs.account(&[("external_id", "S-1"), ("name", "Secret"), ("domain", "secret.example")]).await?.id;
    let browser = Browser::signed_in(&world, "accounts:read").await?;
    for text in ["S-1", "secret", "secret.example", &secret.to_string()] {
        let shown = browser.get(format!("{PATH}{text}")).await?.ok(303);
        ensure!(shown.location().starts_with("/dashboard/accounts?search="), "{}", shown.location());
        let block = browser.block(&format!("{PATH}{text}"), "found").await?.ok(200);
        assert_eq!(block.attributes("a", "href").len(), 1, "{}", block.text);
    }
    // Pages that the session can't open are not offered.
    let block = browser.block(&format!("{PATH}a"), "found").await?.ok(200);
    ensure!(!block.text.contains("/dashboard/alerts") && block.text.contains("/dashboard/accounts"), "{}", block.text);
    Browser::signed_in(&world, "goals:read").await?.get(format!("{PATH}secret")).await?.ok(403);
    Ok(())
}
