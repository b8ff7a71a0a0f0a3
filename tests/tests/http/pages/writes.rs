//! What is done from pages: logged, changed where it stands, undone, attached.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops::{accounts, entries};
use fastenr_tests::books::alerts::alerts;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;

use super::browser::{Browser, Shown, but};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/log_change_and_undo", log_change_undo);
    tests.both("http/pages/a_form_sent_twice_is_done_once", sent_twice);
    tests.both("http/pages/undo_is_for_whoever_did_it", undo_of_others);
    tests.both("http/pages/planned_is_done_in_place", planned);
    tests.both("http/pages/goals_move", goals_move);
    tests.both("http/pages/alerts_are_dealt_with", alerts_dealt_with);
    tests.both("http/pages/archived_and_back", archived);
    tests.both("http/pages/attachments_are_not_shown_inline", attachments);
}

const NONE: [(&str, &str); 0] = [];

/// Presses the button that takes back what the page says was done.
async fn undo(browser: &Browser, page: &Shown) -> Result<Shown> {
    let action = page.attributes(".flash form", "action").pop().with_context(|| page.words())?;
    browser.post(&action, &page.form(&action)?).await
}

async fn log_change_undo(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = world.get("A-1001").await?.id;
    let page = browser.get(format!("/dashboard/accounts/{id}")).await?.ok(200);
    let form = but(page.form("/dashboard/engagements/new")?, "title", "Asked for a discount");
    let form = but(but(form, "outcome", "negative"), "type", "call");
    let done = browser.post("/dashboard/engagements/new", &form).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("Saved: created engagement Asked for a discount"), "{}", page.words());
    let entry = entries::get(&world, &ENGAGEMENT, "Asked for a discount").await?;
    assert_eq!((entry.text("outcome"), entry.instant("completed_at")), (Some("negative"), Some(world.clock.now())));
    // Its outcome, in the row of the list.
    let list = browser.get("/dashboard/engagements").await?.ok(200);
    let set = format!("/dashboard/engagements/{}/set", entry.id());
    let form = but(list.form(&set)?, "outcome", "positive");
    let done = browser.post(&set, &form).await?.ok(303);
    ensure!(done.location().starts_with("/dashboard/engagements?done="), "{}", done.location());
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("outcome negative → positive"), "{}", page.words());
    assert_eq!(entries::get(&world, &ENGAGEMENT, "Asked for a discount").await?.text("outcome"), Some("positive"));
    let done = undo(&browser, &page).await?.ok(303);
    ensure!(browser.get(done.location()).await?.ok(200).words().contains("Undone"));
    assert_eq!(entries::get(&world, &ENGAGEMENT, "Asked for a discount").await?.text("outcome"), Some("negative"));
    // A field of the account where it stands.
    let set = format!("/dashboard/accounts/{id}/set");
    let done = browser.post(&set, &[("renewal_stage", "likely")]).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("renewal stage – → likely"), "{}", page.words());
    undo(&browser, &page).await?.ok(303);
    assert_eq!(accounts::get(&world, "A-1001").await?.renewal_stage, None);
    // A record that is made and taken back leads to its list.
    let done = browser.post("/dashboard/accounts/new", &[("name", "Short-lived")]).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    let back = undo(&browser, &page).await?.ok(303);
    ensure!(back.location().starts_with("/dashboard/accounts?done="), "{}", back.location());
    assert_eq!(world.accounts().await?.len(), 1);
    Ok(())
}

async fn sent_twice(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let form = browser.get("/dashboard/accounts/new").await?.ok(200).form("/dashboard/accounts/new")?;
    let form = but(form, "name", "Once");
    let (one, two) = (
        browser.post("/dashboard/accounts/new", &form).await?.ok(303),
        browser.post("/dashboard/accounts/new", &form).await?.ok(303),
    );
    assert_eq!(one.location(), two.location());
    assert_eq!(world.accounts().await?.len(), 2);
    // What was mended is another form, with a key of its own.
    let wrong = browser.post("/dashboard/accounts/new", &but(form.clone(), "name", "")).await?;
    assert_eq!(wrong.status, 422);
    let again = browser.get("/dashboard/accounts/new").await?.ok(200).form("/dashboard/accounts/new")?;
    let wrong = browser.post("/dashboard/accounts/new", &but(again, "name", "")).await?.ok(422);
    let mended = but(wrong.form("/dashboard/accounts/new")?, "name", "Twice");
    browser.post("/dashboard/accounts/new", &mended).await?.ok(303);
    assert_eq!(world.accounts().await?.len(), 3);
    Ok(())
}

async fn undo_of_others(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let sam = world.user("sam@example.com", "Sam").await?;
    let (mine, theirs) =
        (Browser::signed_in(&world, "*").await?, Browser::signed_in(&world.acting_as(&sam), "*").await?);
    let id = world.get("A-1001").await?.id;
    let done = mine.post(&format!("/dashboard/accounts/{id}/set"), &[("industry", "Retail")]).await?.ok(303);
    ensure!(mine.get(done.location()).await?.ok(200).words().contains("Saved"));
    ensure!(!theirs.get(done.location()).await?.ok(200).words().contains("Saved"));
    let later = world.at("2026-03-02T07:11:00Z");
    let late = Browser {
        cookie: mine.cookie.clone(),
        ..Browser::new(crate::guard::with_keys(&later, crate::guard::uncounted()))
    };
    ensure!(!late.get(done.location()).await?.ok(200).words().contains("Saved"));
    // Without the scope it is said, and no button is drawn.
    let narrow = Browser::signed_in(&world, "accounts:*").await?;
    let page = narrow.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("Saved") && page.texts(".flash form").is_empty(), "{}", page.words());
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
        mine.get(format!("/dashboard/accounts/{id}?done={nonsense}")).await?.ok(200);
    }
    Ok(())
}

async fn planned(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = world.get("A-1001").await?.id;
    let form = browser
        .get(format!("/dashboard/engagements/new?account={id}&plan=true"))
        .await?
        .ok(200)
        .form("/dashboard/engagements/new")?;
    ensure!(form.contains(&("completed_at".to_owned(), String::new())), "{form:?}");
    let form = but(but(form, "title", "Quarterly review"), "scheduled_at", "2026-03-01T09:00");
    browser.post("/dashboard/engagements/new", &form).await?.ok(303);
    let entry = entries::get(&world, &ENGAGEMENT, "Quarterly review").await?;
    let list = browser.get("/dashboard/engagements").await?.ok(200);
    let first = list.texts(".day").remove(0);
    ensure!(
        first.starts_with("Planned and overdue") && first.contains("Quarterly review") && first.contains("overdue"),
        "{first}"
    );
    let set = format!("/dashboard/engagements/{}/set", entry.id());
    browser.post(&set, &[("completed_at", "now"), ("back", "/dashboard/engagements")]).await?.ok(303);
    let entry = entries::get(&world, &ENGAGEMENT, "Quarterly review").await?;
    assert_eq!(entry.instant("completed_at"), Some(world.clock.now()));
    Ok(())
}

async fn goals_move(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let form = browser.get("/dashboard/goals/new?account=A-1001").await?.ok(200).form("/dashboard/goals/new")?;
    let form = but(but(but(form, "title", "All seats"), "target_value", "100"), "target_date", "2026-12-31");
    let done = browser.post("/dashboard/goals/new", &form).await?.ok(303);
    let goal = entries::get(&world, &GOAL, "All seats").await?;
    ensure!(done.location().starts_with(&format!("/dashboard/goals/{}", goal.id())), "{}", done.location());
    let progress = format!("/dashboard/goals/{}/progress", goal.id());
    let done = browser.post(&progress, &[("value", "40"), ("back", "/dashboard/goals")]).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("40 of 100") && page.words().contains("40 %"), "{}", page.words());
    undo(&browser, &page).await?.ok(303);
    assert_eq!(entries::get(&world, &GOAL, "All seats").await?.integer("current_value"), Some(0));
    for wrong in [[("value", "")], [("value", "many")]] {
        let shown = browser.post(&progress, &wrong).await?;
        ensure!([400, 422].contains(&shown.status), "{}", shown.words());
    }
    browser.post(&progress, &[("value", "100")]).await?.ok(303);
    let page = browser.get(format!("/dashboard/goals/{}", goal.id())).await?.ok(200).words();
    ensure!(page.contains("achieved") && page.contains("early"), "{page}");
    browser.post(&format!("/dashboard/goals/{}/delete", goal.id()), &NONE).await?.ok(303);
    browser.get(format!("/dashboard/goals/{}", goal.id())).await?.ok(404);
    Ok(())
}

async fn alerts_dealt_with(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = world.get("A-1001").await?.id;
    let page = browser.get(format!("/dashboard/accounts/{id}")).await?.ok(200);
    let open = alerts(&world, &Default::default()).await?;
    assert_eq!(page.texts(".alert").len(), open.len().min(5), "{}", page.words());
    let alert = open[0].id;
    let act = |what: &str| format!("/dashboard/alerts/{alert}/{what}");
    browser.post(&act("resolve"), &NONE).await?.ok(422);
    browser.post(&act("snooze"), &[("until", "soon")]).await?.ok(422);
    let done =
        browser.post(&act("snooze"), &[("until", "7d"), ("back", &format!("/dashboard/accounts/{id}"))]).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    assert_eq!(page.texts(".alert").len(), open.len() - 1, "{}", page.words());
    undo(&browser, &page).await?.ok(303);
    browser.post(&act("acknowledge"), &NONE).await?.ok(303);
    browser.post("/dashboard/alerts/00000000-0000-0000-0000-000000000000/acknowledge", &NONE).await?.ok(404);
    Ok(())
}

async fn archived(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = world.get("A-1001").await?.id;
    let done = browser.post(&format!("/dashboard/accounts/{id}/archive"), &NONE).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(
        page.words().contains("Archived: hidden from lists")
            && page.attributes("a", "href").iter().all(|href| *href != format!("/dashboard/accounts/{id}/edit")),
        "{}",
        page.words()
    );
    ensure!(browser.get("/dashboard/accounts").await?.ok(200).words().contains("No accounts match"));
    let set = browser.post(&format!("/dashboard/accounts/{id}/set"), &[("industry", "x")]).await?;
    assert_eq!(set.status, 409, "{}", set.words());
    browser.post(&format!("/dashboard/accounts/{id}/restore"), &NONE).await?.ok(303);
    ensure!(browser.get("/dashboard/accounts").await?.ok(200).words().contains("ours account"));
    Ok(())
}

async fn attachments(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = entries::get(&world, &ENGAGEMENT, "E-1").await?.id();
    let path = format!("/dashboard/engagements/{id}/attachments");
    let body = |name: &str, content: &str| {
        format!("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n{content}\r\n--xyz--\r\n").into_bytes()
    };
    let headers = [("content-type", "multipart/form-data; boundary=xyz"), ("origin", "http://localhost")];
    let done = browser
        .send(axum::http::Method::POST, &path, body("page.html", "<script>alert(1)</script>"), &headers)
        .await?
        .ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("page.html"), "{}", page.words());
    let file = page.attributes(".files a", "href").pop().context("a file")?;
    let got = browser.get(&file).await?.ok(200);
    assert_eq!(got.text, "<script>alert(1)</script>");
    ensure!(got.header("content-disposition").starts_with("attachment"), "{:?}", got.headers);
    ensure!(
        got.header("content-security-policy").contains("sandbox") && got.header("x-content-type-options") == "nosniff",
        "{:?}",
        got.headers
    );
    // It is deleted, and comes back.
    ensure!(page.words().contains("Attached page.html to"), "{}", page.words());
    let delete = format!("{file}/delete");
    let reader = Browser::signed_in(&world, "engagements:read,engagements:write").await?;
    ensure!(reader.get(format!("/dashboard/engagements/{id}")).await?.ok(200).form(&delete).is_err());
    reader.post(&delete, &NONE).await?.ok(403);
    let gone = browser.post(&delete, &page.form(&delete)?).await?.ok(303);
    let after = browser.get(gone.location()).await?.ok(200);
    ensure!(
        after.words().contains("Deleted page.html from") && after.texts(".files li").len() == 1,
        "{}",
        after.words()
    );
    browser.get(&file).await?.ok(404);
    browser.post(&delete, &NONE).await?.ok(404);
    undo(&browser, &after).await?.ok(303);
    assert_eq!(browser.get(&file).await?.ok(200).text, "<script>alert(1)</script>");
    browser.send(axum::http::Method::POST, &path, body("", ""), &headers).await?.ok(422);
    browser.send(axum::http::Method::POST, &path, b"--xyz\r\nbroken".to_vec(), &headers).await?.ok(400);
    browser.post(&path, &[("file", "x")]).await?.ok(415);
    let foreign = [("content-type", "multipart/form-data; boundary=xyz"), ("origin", "https://evil.example")];
    browser.send(axum::http::Method::POST, &path, body("evil.html", "x"), &foreign).await?.ok(403);
    Ok(())
}
