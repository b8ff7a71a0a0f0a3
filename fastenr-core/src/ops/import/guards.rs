//! What an import is not done for, though its rows are good; and what is said of rows that are passed over.

use chrono::TimeDelta;

use crate::error::{Result, Setting, Verb};
use crate::import::request::{Duplicates, OnError, Refusal, Report, Request};
use crate::import::series::{self, series};
use crate::model::noun::{Field, Noun};
use crate::model::number::{counted, grouped};
use crate::model::operation::Ledger;
use crate::ops::Context;
use crate::say;
use crate::score::alerts::is_short;
use crate::store;
use crate::store::staging::{EventCounts, IdChanges, SkippedEvents, SkippedRows, Staging};
use crate::store::{Scope, Tx};

fn records(number: u64, noun: &Noun) -> String {
    counted(number, noun.one, noun.plural)
}

fn rows(number: u64) -> String {
    counted(number, "row", "rows")
}

pub(super) fn tell_skipped(skipped: SkippedRows, request: &Request, report: &mut Report) {
    if skipped.doubles > 0 {
        let which = if request.duplicates == Duplicates::Last { "a later" } else { "an earlier" };
        let rows = rows(skipped.doubles);
        report.notes.push(format!("skipped {rows}: {which} row has the same key").into());
    }
    if skipped.merged > 0 {
        let rows = rows(skipped.merged);
        report.notes.push(format!("skipped {rows} of merged accounts: the kept account has its own row").into());
    }
}

/// Notes on events, and warnings about rows with values that are computed from events.
pub(super) fn tell_events(
    passed: SkippedEvents,
    counts: Option<EventCounts>,
    left: &[(&'static Field, u64)],
    report: &mut Report,
) {
    if let Some(EventCounts { new, changed, known }) = counts {
        let told = [(new, "new"), (changed, "changed"), (known, "known")];
        let told: Vec<String> = told
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", grouped(*count)))
            .collect();
        if !told.is_empty() {
            report.notes.push(format!("events: {}", told.join(", ")).into());
        }
    }
    if passed.doubles > 0 {
        let events = counted(passed.doubles, "duplicate event", "duplicate events");
        report.notes.push(format!("skipped {events}").into());
    }
    if passed.older > 0 {
        let versions = counted(passed.older, "older version of an event", "older versions of events");
        report.notes.push(format!("skipped {versions}").into());
    }
    for (field, rows) in left {
        let (name, rows) = (field.name, counted(*rows, "row", "rows"));
        let why = "it is computed from the events of these days";
        report.warnings.push(format!("{name} was left unchanged in {rows}: {why}").into());
    }
}

/// Warns about a file that is much shorter than the previous one: the next run holds the alerts based on it.
pub(super) async fn short_file(
    context: &Context,
    tx: &mut Tx<'_>,
    noun: &Noun,
    name: &str,
    report: &mut Report,
) -> Result<()> {
    let Some(of) = series(name) else { return Ok(()) };
    let (kind, now) = (format!("{}.import", noun.many), context.clock.now());
    let imports = store::operations::imports(tx, &context.scope(), (now - TimeDelta::days(series::DAYS), now)).await?;
    let same = |import: &&store::operations::Import| {
        import.kind == kind && series(&import.source_name).as_deref() == Some(of.as_str())
    };
    let Some(last) = imports.iter().rev().find(same) else { return Ok(()) };
    let before = serde_json::from_str::<Ledger>(&last.ledger).map_or(0, |ledger| ledger.rows);
    if is_short(report.ledger.rows, before) {
        let warning = format!(
            "{} of {name}, less than half of the {before} of {}: the next recompute holds the alerts based on it",
            rows(report.ledger.rows),
            last.source_name
        );
        report.warnings.push(warning.into());
    }
    Ok(())
}

/// One bad row stops the import, or more than a limit.
pub(super) fn bad_rows(ledger: &Ledger, request: &Request) -> Option<Refusal> {
    let are = |count: u64| format!("{} {}", rows(count), if count == 1 { "is" } else { "are" });
    match (request.on_error, request.reject_limit) {
        (OnError::Stop, _) if ledger.rejected > 0 => {
            let message = format!("{} bad; nothing was written", are(ledger.rejected));
            let hint = say!("{} writes the good ones", Setting::OnError.is("skip"));
            Some(Refusal::new("bad_rows", message).hint(hint))
        }
        (OnError::Skip, Some(limit)) if ledger.rejected > limit => {
            let message = format!("{} bad, more than the limit of {limit}; nothing was written", are(ledger.rejected));
            Some(Refusal::new("reject_limit", message))
        }
        _ => None,
    }
}

/// Records keep their external ids unless that is asked for.
pub(super) async fn id_changes(
    staging: &Staging,
    tx: &mut Tx<'_>,
    scope: &Scope,
    request: &Request,
    report: &mut Report,
) -> Result<()> {
    let IdChanges { count: changes, examples } = staging.id_changes(tx, scope).await?;
    if changes == 0 {
        return Ok(());
    }
    let told: Vec<String> = examples
        .into_iter()
        .map(|(old, new)| match new {
            Some(new) => format!("{old} → {new}"),
            None => format!("{old} → no external id"),
        })
        .collect();
    let more = if changes > told.len() as u64 { ", …" } else { "" };
    let concerned = records(changes, staging.noun);
    let told = format!("{}{more}", told.join(", "));
    if request.allow_id_changes {
        report.notes.push(format!("changes the external id of {concerned}: {told}").into());
        return Ok(());
    }
    let message = format!("{concerned} would get another external id: {told}");
    match report.refusal {
        Some(_) => report.warnings.push(message.into()),
        None => {
            let hint = say!("if these ids are right, {} writes them", Setting::AllowIdChanges);
            report.refusal = Some(Refusal::new("id_changes", message).hint(hint));
        }
    }
    Ok(())
}

/// A file that is cut short must not empty the book.
pub(super) async fn missing(
    staging: &Staging,
    tx: &mut Tx<'_>,
    scope: &Scope,
    request: &Request,
    report: &mut Report,
) -> Result<()> {
    if report.ledger.rejected > 0 {
        if report.refusal.is_none() {
            report.warnings.push("nothing was archived: a rejected row may belong to a missing record".into());
            return Ok(());
        }
        report.ledger.archived = u64::try_from(staging.count_missing(tx, scope).await?).unwrap_or(0);
        return Ok(());
    }
    let missing = u64::try_from(staging.count_missing(tx, scope).await?).unwrap_or(0);
    report.ledger.archived = missing;
    let all = staging.count_keyed(tx, scope).await?;
    let refusal = if !staging.any_key(tx).await? {
        let message = format!(
            "the file has no rows; {} would be archived because it does not have them",
            records(missing, staging.noun)
        );
        let refusal = Refusal::new("missing_empty", message).hint("check where the file comes from");
        match staging.noun.many {
            "accounts" => refusal.hint(say!(
                "archive them on purpose with {}",
                Verb::AccountsBulkArchive.with(Setting::All).with(Setting::Yes)
            )),
            _ => refusal,
        }
    } else if request.max_missing.is_less_than(missing, all) {
        let message = format!(
            "the file does not have {} of {}, more than {}: they would be archived",
            grouped(missing),
            records(all, staging.noun),
            request.max_missing
        );
        let hint = say!("if the file is complete, {} archives them", Setting::MaxMissing.is(missing));
        Refusal::new("too_many_missing", message).hint(hint)
    } else {
        return Ok(());
    };
    match &report.refusal {
        Some(_) => report.warnings.push(refusal.message.into()),
        None => report.refusal = Some(refusal),
    }
    Ok(())
}
