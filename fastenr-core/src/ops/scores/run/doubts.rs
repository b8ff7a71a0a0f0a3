//! What is wrong with the data of a night as a whole.

use chrono::{DateTime, Days, TimeDelta, Utc};

use crate::error::Result;
use crate::import::series::{self, series};
use crate::model::operation::Ledger;
use crate::ops::Context;
use crate::ops::scores::Engine;
use crate::score::alerts::{self, DaysWithRows, Doubt, Feed, ImportedFile, Topic};
use crate::store::scores::book;
use crate::store::{self, Tx};

/// Days that zeros are looked for on.
const ZERO_DAYS: u64 = 63;

/// Feeds that died, by the days that had rows; where the book is large enough to be guarded also those that tell zeros, and files that are cut short, of what had
/// come at a moment. What a person has accepted since it began is none.
pub(in crate::ops::scores) async fn find(
    context: &Context,
    tx: &mut Tx<'_>,
    engine: &Engine,
    (usage, tickets): (DaysWithRows, DaysWithRows),
    (at, guarded): (DateTime<Utc>, bool),
) -> Result<Vec<Doubt>> {
    let (scope, date) = (context.scope(), engine.day.date);
    let rule = &engine.first_model().alerts.data_quality;
    let open = store::alerts::topics(tx, &scope).await?;
    let known: Vec<Topic> = open.iter().filter_map(|key| Topic::parse(key).ok()).collect();
    let silences = alerts::feeds(&[(Feed::Usage, usage), (Feed::Support, tickets)], rule, &known);
    let mut doubts: Vec<Doubt> = silences.into_iter().map(|silence| Doubt::of_silence(silence, date)).collect();
    if guarded {
        doubts.extend(zeros(context, tx, engine).await?);
        let imports = store::operations::imports(tx, &scope, (at - TimeDelta::days(series::DAYS), at)).await?;
        let arrived: Vec<ImportedFile> = imports.into_iter().filter_map(|import| arrived(engine, import)).collect();
        doubts.extend(alerts::short_files(&arrived, date));
    }
    if !doubts.is_empty() {
        let accepted = store::alerts::accepted(tx, &scope).await?;
        doubts.retain(|doubt| {
            let key = doubt.topic.key();
            !accepted.iter().any(|(topic, on)| *topic == key && engine.day.date_of(*on) >= doubt.since)
        });
    }
    Ok(doubts)
}

async fn zeros(context: &Context, tx: &mut Tx<'_>, engine: &Engine) -> Result<Option<Doubt>> {
    let (scope, date) = (context.scope(), engine.day.date);
    let Some(age) = engine.whole.usage_days.last() else { return Ok(None) };
    let last = engine.day.back(u64::from(age));
    let least = engine.first_model().alerts.guard_from;
    // One day is looked at every night; the others only where it looks odd.
    let day = book::usage_told(tx, &scope, (last, last)).await?;
    if !day.iter().any(|(_, fields)| fields.iter().any(|told| told.is_zero(least))) {
        return Ok(None);
    }
    let from = date.checked_sub_days(Days::new(ZERO_DAYS)).unwrap_or(date);
    Ok(alerts::zeros(&book::usage_told(tx, &scope, (from, last)).await?, least))
}

fn arrived(engine: &Engine, import: store::operations::Import) -> Option<ImportedFile> {
    let ledger: Ledger = serde_json::from_str(&import.ledger).ok()?;
    Some(ImportedFile {
        noun: import.kind.strip_suffix(".import")?.to_owned(),
        series: series(&import.source_name)?,
        name: import.source_name,
        rows: ledger.rows,
        on: engine.day.date_of(import.finished_at),
    })
}
