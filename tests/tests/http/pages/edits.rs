//! Forms: every field of the table, all mistakes at once, edits that overtake each other.

use anyhow::{Result, ensure};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::{accounts, entries, lists};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;

use super::browser::{Browser, but};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/forms_have_every_field", every_field);
    tests.both("http/pages/a_form_sent_unchanged_changes_nothing", unchanged);
    tests.both("http/pages/every_mistake_is_told", every_mistake);
    tests.both("http/pages/stale_edits_show_both", stale);
    tests.both("http/pages/scores_are_adjusted", adjusted);
    tests.both("http/pages/milestones_and_custom_fields", members);
}

async fn every_field(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for (noun, page) in [
        (&ACCOUNT, "accounts"),
        (&ENGAGEMENT, "engagements"),
        (&GOAL, "goals"),
        (&CONTACT, "contacts"),
        (&TASK, "tasks"),
    ] {
        let id = match page {
            "accounts" => world.get("A-1001").await?.id,
            _ => {
                let chosen = fastenr_core::model::selection::Selection::default();
                let order = fastenr_core::ops::selection::order(noun, "").map_err(|_| anyhow::anyhow!("an order"))?;
                lists::list::<Entry>(&world, noun, &chosen, order, Default::default()).await?.rows[0].id()
            }
        };
        let edit = format!("/dashboard/{page}/{id}/edit");
        let form = browser.get(&edit).await?.ok(200).form(&edit)?;
        for field in noun.fields.iter().filter(|field| field.writable()) {
            if ["custom_fields", "milestones"].contains(&field.name) {
                continue;
            }
            ensure!(form.iter().any(|(name, _)| name == field.name), "{page} has no {}", field.name);
        }
    }
    Ok(())
}

async fn unchanged(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let id = world.get("A-1001").await?.id.to_string();
    world
        .update(&id, &[("tags", "a, b"), ("auto_renew", "true"), ("custom.tier", "gold"), ("domain", "example.com")])
        .await?;
    let goal = entries::get(&world, &GOAL, "ours goal").await?;
    let call = entries::get(&world, &ENGAGEMENT, "E-1").await?;
    let contact = entries::get(&world, &CONTACT, "ours contact").await?;
    let task = entries::get(&world, &TASK, "ours task").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let before = world.operations().await?;
    for edit in [
        format!("/dashboard/accounts/{id}/edit"),
        format!("/dashboard/goals/{}/edit", goal.id()),
        format!("/dashboard/engagements/{}/edit", call.id()),
        format!("/dashboard/contacts/{}/edit", contact.id()),
        format!("/dashboard/tasks/{}/edit", task.id()),
    ] {
        let form = browser.get(&edit).await?.ok(200).form(&edit)?;
        let done = browser.post(&edit, &form).await?.ok(303);
        ensure!(!done.location().contains("done="), "{edit}: {}", done.location());
    }
    assert_eq!(world.operations().await?, before);
    Ok(())
}

async fn every_mistake(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let fields = [
        ("name", ""),
        ("arr", "lots"),
        ("seats", "1.5"),
        ("contract_end", "soon"),
        ("owner", "nobody@example.com"),
        ("domain", "not a domain"),
        ("parent", "nowhere"),
        ("industry", "Retail"),
        ("adjusted_score", "500"),
    ];
    let shown = browser.post("/dashboard/accounts/new", &fields).await?.ok(422);
    for field in ["name", "arr", "seats", "contract_end", "owner", "domain", "parent"] {
        assert_eq!(shown.texts(&format!("#f-{field}-error")).len(), 1, "{field}: {}", shown.words());
        ensure!(shown.attributes("#mistakes a", "href").contains(&format!("#f-{field}")), "{field}: {}", shown.words());
    }
    // What was typed is still there.
    let form = shown.form("/dashboard/accounts/new")?;
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with("adjusted")) {
        ensure!(form.iter().any(|(known, text)| known == name && text == value), "{name}: {form:?}");
    }
    assert_eq!(world.accounts().await?.len(), 1);
    // What only the database knows.
    let taken = browser.post("/dashboard/accounts/new", &[("name", "Other"), ("external_id", "A-1001")]).await?.ok(422);
    ensure!(taken.words().contains("A-1001"), "{}", taken.words());
    let call = browser
        .post("/dashboard/engagements/new", &[("title", ""), ("type", "visit"), ("completed_at", "2030-01-01T10:00")])
        .await?
        .ok(422);
    for field in ["title", "type", "account", "completed_at"] {
        assert_eq!(call.texts(&format!("#f-{field}-error")).len(), 1, "{field}: {}", call.words());
    }
    Ok(())
}

async fn stale(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let id = world.get("A-1001").await?.id.to_string();
    world.update(&id, &[("industry", "Retail"), ("seats", "10"), ("domain", "old.example")]).await?;
    let sam = world.user("sam@example.com", "Sam").await?;
    let (mine, theirs) =
        (Browser::signed_in(&world, "*").await?, Browser::signed_in(&world.acting_as(&sam), "*").await?);
    let edit = format!("/dashboard/accounts/{id}/edit");
    let form = mine.get(&edit).await?.ok(200).form(&edit)?;
    let other = theirs.get(&edit).await?.ok(200).form(&edit)?;
    let other = but(but(other, "industry", "Software"), "seats", "99");
    theirs.post(&edit, &other).await?.ok(303);
    // Two change one field, and each another one.
    let form = but(but(form, "industry", "Logistics"), "domain", "new.example");
    let shown = mine.post(&edit, &form).await?.ok(412);
    let account = world.get(&id).await?;
    assert_eq!(
        (account.industry.as_deref(), account.seats, account.domain.as_deref()),
        (Some("Software"), Some(99), Some("old.example"))
    );
    ensure!(shown.words().contains("Saved by sam@example.com"), "{}", shown.words());
    assert_eq!(shown.texts("#f-industry-theirs"), ["Saved value: Software"]);
    assert_eq!(shown.texts("#f-seats-theirs"), ["Changed by someone else; before: 10"]);
    assert_eq!(shown.texts("#f-domain-theirs"), Vec::<String>::new());
    let again = shown.form(&edit)?;
    let value =
        |name: &str| again.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone()).unwrap_or_default();
    assert_eq!([value("industry"), value("seats"), value("domain")], ["Logistics", "99", "new.example"]);
    mine.post(&edit, &again).await?.ok(303);
    let account = world.get(&id).await?;
    assert_eq!(
        (account.industry.as_deref(), account.seats, account.domain.as_deref()),
        (Some("Logistics"), Some(99), Some("new.example"))
    );
    Ok(())
}

async fn adjusted(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let id = world.get("A-1001").await?.id.to_string();
    let browser = Browser::signed_in(&world, "*").await?;
    let edit = format!("/dashboard/accounts/{id}/edit");
    let form = browser.get(&edit).await?.ok(200).form(&edit)?;
    let wrong = browser.post(&edit, &but(form.clone(), "adjusted_score", "35")).await?.ok(422);
    assert_eq!(wrong.texts("#f-adjusted_because-error").len(), 1, "{}", wrong.words());
    let form = wrong.form(&edit)?;
    let form =
        but(but(but(form, "adjusted_score", "35"), "adjusted_because", "The sponsor resigned"), "industry", "Retail");
    let done = browser.post(&edit, &form).await?.ok(303);
    let account = accounts::get(&world, &id).await?;
    assert_eq!((account.health_score, account.industry.as_deref()), (Some(35), Some("Retail")));
    let page = browser.get(done.location()).await?.ok(200).words();
    ensure!(page.contains("The sponsor resigned") && page.contains("Set to 35"), "{page}");
    let shown = browser.get(&edit).await?.ok(200);
    ensure!(shown.form(&edit)?.contains(&("adjusted_score".to_owned(), "35".to_owned())), "{}", shown.words());
    let none: [(&str, &str); 0] = [];
    browser.post(&format!("/dashboard/accounts/{id}/clear-adjustment"), &none).await?.ok(303);
    ensure!(accounts::get(&world, &id).await?.health_score != Some(35));
    // A session that may not set scores does not see the fields, nor get past that.
    let narrow = Browser::signed_in(&world, "accounts:*,operations:read").await?;
    let shown = narrow.get(&edit).await?.ok(200).form(&edit)?;
    ensure!(!shown.iter().any(|(name, _)| name == "adjusted_score"));
    let forged = but(but(shown, "adjusted_score", "1"), "adjusted_because", "x");
    narrow.post(&edit, &forged).await?.ok(422);
    Ok(())
}

async fn members(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let id = world.get("A-1001").await?.id.to_string();
    let edit = format!("/dashboard/accounts/{id}/edit");
    let form = browser.get(&edit).await?.ok(200).form(&edit)?;
    browser.post(&edit, &but(but(form, "new_field", "tier"), "new_value", "gold")).await?.ok(303);
    assert_eq!(world.get(&id).await?.custom_fields, r#"{"tier":"gold"}"#);
    let form = browser.get(&edit).await?.ok(200).form(&edit)?;
    ensure!(form.contains(&("custom.tier".to_owned(), "gold".to_owned())), "{form:?}");
    browser.post(&edit, &but(form, "custom.tier", "")).await?.ok(303);
    assert_eq!(world.get(&id).await?.custom_fields, "{}");
    let goal = entries::get(&world, &GOAL, "ours goal").await?.id();
    let edit = format!("/dashboard/goals/{goal}/edit");
    let form = browser.get(&edit).await?.ok(200).form(&edit)?;
    let form = but(
        but(but(form, "milestone.1.title", "All of it"), "milestone.1.target_value", "12.5"),
        "milestone.1.target_date",
        "2026-09-30",
    );
    browser.post(&edit, &form).await?.ok(303);
    let goal = entries::get(&world, &GOAL, &goal.to_string()).await?;
    let milestones: serde_json::Value = serde_json::from_str(goal.text("milestones").unwrap_or_default())?;
    assert_eq!(
        milestones[1],
        serde_json::json!({"title": "All of it", "target_value": 12.5, "target_date": "2026-09-30"})
    );
    Ok(())
}
