//! Goals end to end: their rules in single writes, imports and refreshes, their history, and what is told of them.

mod data;
mod files;
mod model;
mod single;
mod told;

use anyhow::Result;
use chrono::NaiveDate;
use fastenr_core::import::request::{Report, Request};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops;
use fastenr_core::ops::goals::{GroupBy, Step};
use fastenr_tests::harness::Tests;

use fastenr_tests::world::{World, given};

pub(crate) fn register(tests: &mut Tests) {
    single::register(tests);
    files::register(tests);
    data::register(tests);
    told::register(tests);
    model::register(tests);
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn create(world: &World, values: &[(&str, &str)]) -> fastenr_core::Result<Entry> {
    Ok(ops::entries::create(world, &GOAL, &given(values), false).await?.record)
}

async fn update(world: &World, name: &str, values: &[(&str, &str)]) -> fastenr_core::Result<Entry> {
    Ok(ops::entries::update(world, &GOAL, name, &given(values), None, false).await?.record)
}

async fn progress(world: &World, name: &str, value: &str, on: Option<&str>) -> fastenr_core::Result<Entry> {
    Ok(ops::goals::progress(world, name, &Step::To(value.to_owned()), on.map(day), false).await?.record)
}

async fn get(world: &World, name: &str) -> Result<Entry> {
    Ok(ops::entries::get(world, &GOAL, name).await?)
}

async fn import(world: &World, file: &str, dry_run: bool) -> fastenr_core::Result<Report> {
    let request = Request { dry_run, on_error: "skip".parse().unwrap(), ..Request::default() };
    ops::import::run(world, &GOAL, world.source(file)?, request, &mut |_| {}).await
}

/// The texts of some fields, blank where there is no value.
fn texts(goal: &Entry, fields: &[&str]) -> String {
    let text = |name: &&str| {
        let (_, field) = GOAL.field(name).unwrap();
        field.text(&goal.value(field)).into_owned()
    };
    fields.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Status, who set it, completion date.
fn stands(goal: &Entry) -> String {
    texts(goal, &["status", "status_source", "completion_date"])
}

/// Everything there is to do with goals, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    world.account(&[("external_id", "G"), ("name", "Goals"), ("arr", "100"), ("seats", "5")]).await?;
    for metric in ["arr", "nps", "accounts", "custom"] {
        let values = [("account", "G"), ("title", metric), ("metric_type", metric), ("target_value", "500")];
        create(world, &values).await?;
    }
    update(world, "custom", &[("target_date", "2026-04-01"), ("started_on", "2026-01-01")]).await?;
    progress(world, "custom", "10", Some("2026-02-01")).await?;
    progress(world, "custom", "5", Some("2026-01-15")).await?;
    world.update("G", &[("arr", "200")]).await?;
    for dry_run in [true, false] {
        ops::goals::refresh(world, None, dry_run).await?;
        ops::goals::refresh(world, Some("G"), dry_run).await?;
    }
    ops::goals::outlook(world, "custom").await?;
    for by in GroupBy::ALL {
        ops::goals::report(world, &Selection::default(), by).await?;
    }
    let full = "external_id,account,title,metric_type,start_value,current_value,target_value,started_on,target_date,status,completion_date,milestones\n\
                g1,G,One,arr,,5,10,2026-01-01,2026-02-01,,,\"[{\"\"title\"\":\"\"m\"\",\"\"target_value\"\":4}]\"\n\
                g2,G,Two,nps,,,,,,missed,2026-02-01,\n";
    for file in [full, full, "external_id,account,title\ng3,G,Three\n", "external_id,title\ng3,Renamed\n"] {
        import(world, file, true).await?;
        import(world, file, false).await?;
    }
    ops::entries::delete(world, &GOAL, "custom", None, false).await?;
    Ok(())
}
