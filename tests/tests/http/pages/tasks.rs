//! Tasks: whose and which the list shows, what is done in place, and the next step that is logged with a call.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::entries;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, given, world};

use super::browser::{Browser, Shown, but};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/tasks_are_mine_at_first", mine_at_first);
    tests.both("http/pages/tasks_are_by_due_date", by_due_date);
    tests.both("http/pages/tasks_are_done_in_place", done_in_place);
    tests.both("http/pages/a_call_brings_its_next_step", next_step);
    tests.both("http/pages/clicks_from_accounts", clicks);
}

const NONE: [(&str, &str); 0] = [];

async fn task(world: &World, values: &[(&str, &str)]) -> Result<Entry> {
    let mut all = vec![("account", "A-1001")];
    all.extend(values);
    Ok(entries::create(world, &TASK, &given(&all), false).await?.record)
}

fn titles(shown: &Shown) -> Vec<String> {
    shown.texts(".task .what > p:first-child")
}

async fn mine_at_first(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let jo = world.user("jo@example.com", "Jo Doe").await?;
    task(&world, &[("title", "Hers"), ("owner", &jo.email), ("due", "2026-02-20")]).await?;
    task(&world, &[("title", "Over"), ("done_at", "2026-02-25T10:00:00Z")]).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let mine = browser.get("/dashboard/tasks").await?.ok(200);
    assert_eq!(titles(&mine), ["ours task"]);
    assert_eq!(mine.texts(".tabs [aria-current]"), ["Mine", "Open"]);
    // What it says it shows is what the API is asked for.
    let call = mine.texts(".sheet code").into_iter().find(|text| text.starts_with("GET ")).context("a call")?;
    assert_eq!(call, format!("GET /api/tasks?owner={}&open=true", world.user.email));
    // Every view, by its link.
    let follow = async |shown: &Shown, text: &str| -> Result<Shown> {
        let place = shown.texts(".tabs a").iter().position(|tab| tab == text).with_context(|| text.to_owned())?;
        browser.get(&shown.attributes(".tabs a", "href")[place]).await
    };
    let all = follow(&mine, "Everyone's").await?.ok(200);
    assert_eq!(titles(&all), ["Hers", "ours task"]);
    ensure!(all.texts(".day h2") == ["Overdue", "Next 7 days"] && all.words().contains("Jo Doe"), "{}", all.words());
    assert_eq!(titles(&follow(&all, "Overdue").await?.ok(200)), ["Hers"]);
    assert_eq!(titles(&follow(&all, "Due in 7 days").await?.ok(200)), ["Hers", "ours task"]);
    let done = follow(&all, "Done").await?.ok(200);
    assert_eq!(
        (titles(&done), done.texts(".tabs [aria-current]")),
        (vec!["Over".into()], vec!["Everyone's".into(), "Done".into()])
    );
    assert_eq!(titles(&follow(&done, "Mine").await?.ok(200)), ["Over"]);
    // Without its filters it is not mine again.
    let out = mine.attributes(".chips a", "href");
    let unfiltered = browser.get(out.last().context("a way out")?).await?.ok(200);
    assert_eq!(titles(&unfiltered), ["Hers", "ours task", "Over"]);
    let form: Vec<String> = mine.attributes("form.filters input[type=hidden]", "name");
    assert_eq!(form, ["view"]);
    // Whoever has nothing to do is told so, and shown the way to the others'.
    let hers = Browser::signed_in(&world.acting_as(&world.user("sam@example.com", "Sam").await?), "*").await?;
    let none = hers.get("/dashboard/tasks").await?.ok(200);
    ensure!(none.words().contains("You have no open tasks"), "{}", none.words());
    assert_eq!(titles(&hers.get(&none.attributes(".empty a", "href")[0]).await?.ok(200)), ["Hers", "ours task"]);
    Ok(())
}

async fn by_due_date(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    for n in 0..12 {
        task(&world, &[("title", &format!("Some day {n:02}"))]).await?;
    }
    for n in 1..=9 {
        task(&world, &[("title", &format!("On day {n}")), ("due", &format!("2026-03-0{n}"))]).await?;
    }
    let browser = Browser::signed_in(&world, "*").await?;
    // What has no day does not stand before what is overdue.
    let first = browser.get("/dashboard/tasks?limit=4").await?.ok(200);
    assert_eq!(first.texts(".day h2"), ["Overdue", "Today", "Next 7 days", "No due date"]);
    assert_eq!(titles(&first)[0], "On day 1");
    ensure!(
        first.words().contains("2 more tasks without a due date") && first.words().contains("22 tasks"),
        "{}",
        first.words()
    );
    let undated = first.attributes("#rows > p.quiet > a", "href").pop().context("the others")?;
    ensure!(titles(&browser.get(&undated).await?.ok(200))[0].starts_with("Some day"));
    // Page by page each one that has a day, once.
    let (mut seen, mut address) = (Vec::new(), "/dashboard/tasks?limit=4".to_owned());
    for _ in 0..10 {
        let shown = browser.get(&address).await?.ok(200);
        seen.extend(titles(&shown).into_iter().filter(|title| !title.starts_with("Some day")));
        let Some(next) = shown.attributes(".pager a[rel=next]", "href").pop() else { break };
        let block = browser.block(&next, "rows").await?.ok(200);
        ensure!(!block.text.contains("<html") && block.text.contains("class=\"task"), "{}", block.text);
        address = next;
    }
    let unique: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (10, 10), "{seen:?}");
    ensure!(seen.is_sorted_by_key(|title| title.replace("ours task", "On day 5")), "{seen:?}");
    Ok(())
}

async fn done_in_place(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let task = || entries::get(&world, &TASK, "ours task");
    let id = task().await?.id();
    let set = format!("/dashboard/tasks/{id}/set");
    for page in ["/dashboard/tasks".to_owned(), format!("/dashboard/accounts/{}", world.get("A-1001").await?.id)] {
        let shown = browser.get(&page).await?.ok(200);
        ensure!(shown.words().contains("ours task"), "{page}: {}", shown.words());
        let done = browser.post(&set, &shown.form(&set)?).await?.ok(303);
        ensure!(done.location().starts_with(&page), "{page}: {}", done.location());
        assert_eq!(task().await?.instant("done_at"), Some(world.clock.now()));
        let after = browser.get(done.location()).await?.ok(200);
        ensure!(after.words().contains("Done: ours task."), "{page}: {}", after.words());
        let undo = after.attributes(".flash form", "action").pop().context("undo")?;
        browser.post(&undo, &after.form(&undo)?).await?.ok(303);
        assert_eq!(task().await?.instant("done_at"), None, "{page}");
    }
    // To another day, by one of the buttons.
    let shown = browser.get("/dashboard/tasks").await?.ok(200);
    let later = shown.attributes(".task .sheet button", "value");
    assert_eq!(later, ["2026-03-02", "2026-03-03", "2026-03-09", "2026-04-01"]);
    let moved = browser.post(&set, &[("due", later[2].as_str()), ("back", "/dashboard/tasks")]).await?.ok(303);
    ensure!(browser.get(moved.location()).await?.ok(200).words().contains("due 2026-03-05 → 2026-03-09"));
    // Its page: done, and open again.
    let page = format!("/dashboard/tasks/{id}");
    browser.post(&set, &[("done_at", "now")]).await?.ok(303);
    let shown = browser.get(&page).await?.ok(200);
    ensure!(shown.words().contains("Reopen"), "{}", shown.words());
    let done = browser.post(&set, &shown.form(&set)?).await?.ok(303);
    ensure!(done.location().starts_with(&page), "{}", done.location());
    assert_eq!(task().await?.instant("done_at"), None);
    // The timeline tells it, and leads to it.
    let account = format!("/dashboard/accounts/{}", world.get("A-1001").await?.id);
    let told = browser.get(&account).await?.ok(200);
    ensure!(told.words().contains("Finished task ours task"), "{}", told.words());
    ensure!(told.attributes(".timeline a", "href").contains(&page));
    // Created for an account, edited, deleted; then nothing leads to it.
    let new = browser.get("/dashboard/tasks/new?account=A-1001").await?.ok(200).form("/dashboard/tasks/new")?;
    ensure!(new.contains(&("owner".to_owned(), world.user.email.clone())), "{new:?}");
    let wrong = browser.post("/dashboard/tasks/new", &but(new, "title", "")).await?.ok(422);
    let new = wrong.form("/dashboard/tasks/new")?;
    let made =
        browser.post("/dashboard/tasks/new", &but(but(new, "title", "Call back"), "due", "2026-03-06")).await?.ok(303);
    let other = entries::get(&world, &TASK, "Call back").await?.id();
    ensure!(made.location().starts_with(&format!("/dashboard/tasks/{other}?done=")), "{}", made.location());
    let edit = format!("/dashboard/tasks/{other}/edit");
    let form = browser.get(&edit).await?.ok(200).form(&edit)?;
    browser.post(&edit, &but(form, "notes", "At ten.")).await?.ok(303);
    ensure!(browser.get(format!("/dashboard/tasks/{other}")).await?.ok(200).words().contains("At ten."));
    let gone = browser.post(&format!("/dashboard/tasks/{other}/delete"), &NONE).await?.ok(303);
    ensure!(gone.location().starts_with("/dashboard/tasks?done="), "{}", gone.location());
    let told = browser.get(&account).await?.ok(200);
    ensure!(told.words().contains("Deleted task Call back"), "{}", told.words());
    ensure!(told.attributes(".timeline a", "href").iter().all(|href| !href.contains(&other.to_string())));
    Ok(())
}

async fn next_step(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let account = world.get("A-1001").await?.id;
    let new = "/dashboard/engagements/new";
    let form = browser.get(format!("/dashboard/accounts/{account}")).await?.ok(200).form(new)?;
    let form = but(but(but(form, "title", "Renewal agreed"), "next", "Send contract"), "next_due", "2026-03-06");
    let done = browser.post(new, &form).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(
        page.words().contains("Saved: created engagement Renewal agreed, created task Send contract."),
        "{}",
        page.words()
    );
    let (call, next) = (
        entries::get(&world, &ENGAGEMENT, "Renewal agreed").await?,
        entries::get(&world, &TASK, "Send contract").await?,
    );
    assert_eq!((next.text("source"), next.id_of("source_id")), (Some("engagement"), Some(call.id())));
    assert_eq!(
        (next.label("owner"), next.date("due").map(|day| day.to_string())),
        (Some(world.user.email.as_str()), Some("2026-03-06".into()))
    );
    let shown = browser.get(format!("/dashboard/tasks/{}", next.id())).await?.ok(200);
    ensure!(
        shown.attributes(".sub a", "href").contains(&format!("/dashboard/engagements/{}", call.id())),
        "{}",
        shown.words()
    );
    // Both are one operation.
    let undo = page.attributes(".flash form", "action").pop().context("undo")?;
    browser.post(&undo, &page.form(&undo)?).await?.ok(303);
    ensure!(entries::get(&world, &TASK, "Send contract").await.is_err());
    // The whole form, somebody else's task; its mistakes are told with the others.
    let jo = world.user("jo@example.com", "Jo Doe").await?;
    let form = browser.get(format!("{new}?account={account}")).await?.ok(200).form(new)?;
    let wrong = [("next", ""), ("next_due", "soon"), ("next_owner", "nobody@example.com"), ("title", "")];
    let wrong = wrong.iter().fold(form, |form, (name, value)| but(form, name, value));
    let shown = browser.post(new, &wrong).await?.ok(422);
    for field in ["title", "next", "next_due", "next_owner"] {
        assert_eq!(shown.texts(&format!("#f-{field}-error")).len(), 1, "{field}: {}", shown.words());
    }
    let mended = [("title", "Asked for help"), ("next", "Find an answer"), ("next_due", ""), ("next_owner", &jo.email)];
    let mended = mended.iter().fold(shown.form(new)?, |form, (name, value)| but(form, name, value));
    browser.post(new, &mended).await?.ok(303);
    assert_eq!(entries::get(&world, &TASK, "Find an answer").await?.label("owner"), Some(jo.email.as_str()));
    // A session that may not write tasks does not see the fields, nor get past that.
    let narrow = Browser::signed_in(&world, "accounts:read,engagements:*").await?;
    let page = narrow.get(format!("/dashboard/accounts/{account}")).await?.ok(200);
    let form = page.form(new)?;
    ensure!(
        form.iter().all(|(name, _)| !name.starts_with("next")) && !page.text.contains("Find an answer"),
        "{form:?}"
    );
    narrow.post(new, &but(but(form, "title", "Forged"), "next", "x")).await?.ok(422);
    ensure!(entries::get(&world, &ENGAGEMENT, "Forged").await.is_err());
    Ok(())
}

/// From the list of accounts, a click each: a link that is followed, a button that is pressed, a field that is gone into.
async fn clicks(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let list = browser.get("/dashboard/accounts").await?.ok(200);
    let account = list.attributes("tbody th a", "href").remove(0);
    // A call is logged: the account, the title, the button.
    let mut clicks = 1;
    let page = browser.get(&account).await?.ok(200);
    clicks += 1;
    let form = but(page.form("/dashboard/engagements/new")?, "title", "Asked for a discount");
    ensure!(form.contains(&("type".to_owned(), "call".to_owned())), "a call is what is logged unless said otherwise");
    clicks += 1;
    let done = browser.post("/dashboard/engagements/new", &form).await?.ok(303);
    ensure!(clicks <= 4, "{clicks}");
    // It is undone: one more.
    let page = browser.get(done.location()).await?.ok(200);
    let undo = page.attributes(".flash form", "action");
    assert_eq!(undo.len(), 1, "one button undoes it: {}", page.words());
    browser.post(&undo[0], &page.form(&undo[0])?).await?.ok(303);
    ensure!(entries::get(&world, &ENGAGEMENT, "Asked for a discount").await.is_err());
    // Why the score is what it is: the account, which loads the lines; without scripts one more.
    let page = browser.get(&account).await?.ok(200);
    let late = page.attributes("#why", "data-late").pop().context("the lines come by themselves")?;
    assert_eq!(page.attributes("#why a", "href"), std::slice::from_ref(&late));
    let why = browser.get(&late).await?.ok(200);
    ensure!(why.words().contains("Why ") && !why.texts("table.why tr").is_empty(), "{}", why.words());
    Ok(())
}
