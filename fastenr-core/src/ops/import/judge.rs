//! The two passes over the file: what it is, and what each of its rows says.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::error::{Error, Kind, Result};
use crate::import::convert::{Converter, Facts, RowVerdict};
use crate::import::no_records::NoRecords;
use crate::import::nulls::{NullWords, names_a_record};
use crate::import::plan::Plan;
use crate::import::profile::Profiles;
use crate::import::request::{Progress, Request};
use crate::import::source::{Source, Survey};
use crate::import::tally::Tally;
use crate::model::damage::ERRORS;
use crate::model::noun::{Field, Noun};
use crate::ops::Context;
use crate::store;
use crate::store::staging::{Batch, Encoder};

/// Rows between two looks at the progress while the file is surveyed.
const LOOK: u64 = 4_096;

/// Reads the file through on a thread of its own, so that a signal is heard meanwhile.
pub(super) async fn survey(
    noun: &'static Noun,
    source: &Source,
    request: &Arc<Request>,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(Survey, Profiles)> {
    let total = source.bytes();
    let (looks, mut seen) = mpsc::unbounded_channel();
    let reading = {
        let (source, request) = (source.clone(), Arc::clone(request));
        tokio::task::spawn_blocking(move || {
            let mut profiles = Profiles::new(noun);
            let survey = source.survey(&request.reading(), &mut |header, record| {
                if record.number % LOOK == 1 && looks.send(source.progress()).is_err() {
                    return Err(Error::new(Kind::Interrupted, "interrupted", "nobody waits for the survey any more"));
                }
                source.check_row(record.number)?;
                profiles.see(header, record, &request)
            })?;
            Ok((survey, profiles))
        })
    };
    while let Some(read) = seen.recv().await {
        on_progress(Progress::Surveying { read, total });
    }
    reading.await.map_err(thread_died)?
}

pub(super) fn thread_died(error: tokio::task::JoinError) -> Error {
    Error::new(Kind::Storage, "thread", "the thread that reads rows has failed").because(error)
}

#[expect(clippy::too_many_arguments, reason = "it runs on a thread of its own and takes its share of everything along")]
pub(super) fn judge(
    source: &Source,
    survey: &Survey,
    plan: &Plan,
    no_records: &NoRecords,
    request: &Request,
    facts: &Facts,
    ids: &crate::id::Ids,
    mut encoder: Encoder,
    sender: &mpsc::Sender<Batch>,
) -> Result<Tally> {
    let converter = Converter::new(plan, facts, &request.mapping);
    let mut records = source.records(survey)?;
    let mut rejects = Vec::new();
    while let Some(record) = records.next()? {
        let judged = converter.judge(record, ids.next(), &mut |reject| rejects.push(reject));
        match no_records.pass_over(record, judged, &mut rejects) {
            RowVerdict::Row(row) => encoder.row(row),
            RowVerdict::Skip(row) => {
                encoder.skip(row.n);
                encoder.row(row);
            }
        }
        rejects.drain(..).for_each(|reject| encoder.reject(reject));
        if encoder.is_full() && sender.blocking_send(encoder.take()).is_err() {
            // Nobody listens any more: the other side has the error.
            return Ok(converter.into_tally());
        }
    }
    let _ = sender.blocking_send(encoder.take());
    Ok(converter.into_tally())
}

/// Records that are called by a word for no value, or by a spreadsheet's error: their names and ids come back from an export.
pub(super) async fn borne(
    context: &Context,
    staging: &store::staging::Staging,
    words: &NullWords,
) -> Result<BTreeSet<(&'static str, String)>> {
    let mut borne = BTreeSet::new();
    let named: Vec<&Field> =
        staging.fields.iter().map(|bit| staging.field(*bit)).filter(|field| names_a_record(field)).collect();
    let mut tx = context.db.read().await?;
    for field in named {
        let derived = staging.noun.derived_from(field.name).next();
        let column = derived.map_or(field.column, |derived| derived.column);
        let mut keys = Vec::new();
        for word in words.words().chain(ERRORS.iter().copied()) {
            for spelt in [word.to_owned(), word.to_uppercase()] {
                keys.push(derived.map_or_else(|| spelt.clone(), |derived| (derived.compute)(&spelt)));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let keys = store::records::borne(&mut tx, &context.scope(), staging.noun, column, keys).await?;
        borne.extend(keys.into_iter().map(|key| (column, key)));
    }
    Ok(borne)
}
