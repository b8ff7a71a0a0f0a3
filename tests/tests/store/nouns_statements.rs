//! Every statement that the nouns of an account run, once each: for the checks that read recorded statements.

use anyhow::Result;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{Mode, Request};
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::api_key::{API_KEY, ApiKey};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::noun::{Meaning, Noun};
use fastenr_core::model::selection::Selection;
use fastenr_core::model::selection::Test;
use fastenr_core::ops::{self, entries, selection};
use fastenr_core::store::lists::ListedRecord;

use super::nouns::{around, children, export, full, rows};
use fastenr_tests::world::{World, by};

pub(crate) async fn once(world: &World) -> Result<()> {
    let world = &world.organization("nouns").await?;
    around(world).await?;
    let filter = [("status".to_owned(), "active".to_owned()), ("custom.k".to_owned(), "v".to_owned())];
    ops::segments::create(world, "vips", &filter, false).await?;
    lists::<Account>(world, &ACCOUNT).await?;
    lists::<Alert>(world, &ALERT).await?;
    lists::<ApiKey>(world, &API_KEY).await?;
    for sort in ACCOUNT.sorts {
        ops::accounts::list(world, &Selection::everything(), by(sort.name), Page::default()).await?;
    }
    for noun in children() {
        let id = entries::create(world, noun, &full(noun, 0), false).await?.record.id().to_string();
        entries::put(world, noun, &full(noun, 1), false).await?;
        entries::update(world, noun, &id, &full(noun, 2), None, true).await?;
        for name in [id.as_str(), "x-0", "p0@example.com", "nothing at all"] {
            let _ = entries::get(world, noun, name).await;
        }
        lists::<Entry>(world, noun).await?;
        imports(world, noun).await?;
        entries::delete(world, noun, &id, None, false).await?;
    }
    Ok(())
}

/// Every order, and every filter with one of them.
pub(super) async fn lists<T: ListedRecord>(world: &World, noun: &'static Noun) -> Result<()> {
    ops::lists::any(world, noun).await?;
    for sort in noun.sorts {
        let order = selection::order(noun, sort.name).map_err(|invalid| invalid.of("sort", sort.name))?;
        let archived = noun.filters.iter().filter(|filter| filter.test == Test::Archived);
        let all = selection::selection(world, noun, archived.map(|filter| (filter.name, "true"))).await?;
        ops::lists::list::<T>(world, noun, &all, order, Page::default()).await?;
    }
    for (filter, sort) in noun.filters.iter().zip(noun.sorts.iter().cycle()) {
        let order = selection::order(noun, sort.name).map_err(|invalid| invalid.of("sort", sort.name))?;
        let text = match filter.test {
            Test::AnyOf(name) | Test::Band(name) => match noun.field(name).map(|(_, field)| field.meaning) {
                Some(Meaning::Choice(choices)) => choices.texts.join(","),
                Some(Meaning::Id) => uuid::Uuid::nil().to_string(),
                _ => "x".to_owned(),
            },
            Test::State { field, .. } => match noun.field(field).map(|(_, field)| field.meaning) {
                Some(Meaning::Choice(choices)) => choices.texts.join(","),
                _ => unreachable!("{field} is no state"),
            },
            Test::Users(_) | Test::Owners => "mia@example.com".to_owned(),
            Test::Account | Test::Under(_) => "a0".to_owned(),
            Test::Ahead(_) | Test::Ago(_) => "7d".to_owned(),
            Test::Least(_) | Test::Most(_) => "7".to_owned(),
            Test::From(..) | Test::Since(_) | Test::Until(_) => "30d".to_owned(),
            Test::Kinds(_) => "goals.*".to_owned(),
            Test::Record(_) | Test::Alerts => uuid::Uuid::nil().to_string(),
            Test::To(..) => "2026-03-01".to_owned(),
            Test::Segment => "vips".to_owned(),
            Test::Is(_) | Test::Today(_) | Test::Archived => "true".to_owned(),
            Test::Exactly(_) | Test::AnyExactly(_) | Test::Tags | Test::Search(_) | Test::Member => {
                "two words".to_owned()
            }
        };
        let chosen = selection::selection(world, noun, [(filter.shown().replace("KEY", "k"), text)]).await?;
        ops::lists::list::<T>(world, noun, &chosen, order, Page::default()).await?;
    }
    Ok(())
}

async fn imports(world: &World, noun: &'static Noun) -> Result<()> {
    let skip = || Request { on_error: "skip".parse().unwrap(), empty: "clear".parse().unwrap(), ..Request::default() };
    let all = rows(world, noun).await?;
    let by_id = export(noun, &all, |field| field.writable() || field.name == "id");
    let by_key = export(noun, &all, |field| field.writable());
    let later = world.at("2026-03-02T07:00:00Z");
    for file in [&by_id, &by_key] {
        let changed = file.replace("=1+1", "New").replace(",100", ",99").replace(",a0,", ",a1,");
        let source = later.source(&changed)?;
        let dry = Request { dry_run: true, ..skip() };
        ops::import::run_with_changes(&later, noun, source, dry, &mut |_| {}, &mut |_, _| Ok(())).await?;
        for mode in [Mode::Create, Mode::Update, Mode::Upsert] {
            later.import_of(noun, &changed, Request { mode, ..skip() }).await?;
        }
    }
    for key in noun.keys {
        later.import_of(noun, &by_key, Request { key: Some(*key), ..skip() }).await?;
    }
    if let Some(within) = noun.within {
        // One of the two and not the other.
        let half = export(noun, &all, |field| field.name == "id" || field.name == within);
        later.import_of(noun, &half, skip()).await?;
        let half = export(noun, &all, |field| matches!(field.name, "id" | "account"));
        later.import_of(noun, &half, skip()).await?;
    }
    for lookup in ["name", "domain", "email", "custom.k"] {
        let mapping = Mapping::parse("m.toml", &format!("[lookup]\naccount = \"{lookup}\""))?;
        later.import_of(noun, &by_key, Request { mapping, ..skip() }).await?;
    }
    for duplicates in ["first", "last"] {
        let (duplicates, bad_cells) = (duplicates.parse().unwrap(), "keep".parse().unwrap());
        later.import_of(noun, &by_key, Request { duplicates, bad_cells, ..skip() }).await?;
    }
    Ok(())
}
