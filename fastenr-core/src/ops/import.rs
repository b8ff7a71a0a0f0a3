//! Import: survey the file, judge and stage every row, then compare and write in one short transaction.

mod guards;

use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::Context;
use super::calendar_import::{Prepared, Told, prepare};
use super::operations::running;
use super::records::{Begun, stamp};
use crate::error::{Error, Kind, Result};
use crate::import::convert::{Converter, Facts, Judged, Users};
use crate::import::mapping::Origin;
use crate::import::no_records::NoRecords;
use crate::import::nulls::{NullWords, names_a_record};
use crate::import::plan::{Home, Plan};
use crate::import::profile::Profiles;
use crate::import::rejects;
use crate::import::request::{Fate, Kept, Missing, Problem, Progress, Rejects, Report, Request, RowError, RowOutcome};
use crate::import::source::{Source, Survey};
use crate::import::suggest::Suggester;
use crate::import::tally::Tally;
use crate::model::TimeZone;
use crate::model::activity::Activity;
use crate::model::damage::ERRORS;
use crate::model::noun::{Field, Noun, Value};
use crate::model::operation::{Ledger, Operation, OperationStatus};
use crate::store::records::Stamp;
use crate::store::staging::{Batch, Encoder, Hold, Skipped};
use crate::store::{self, Alive, Conn, Lock, Tx};

/// From this many written rows on, the planner is told.
const STATISTICS_FROM: u64 = 5_000;

/// Rows between two looks at the progress while the file is surveyed.
const LOOK: u64 = 4_096;

/// Imports a file into `noun`.
///
/// The ledger of the report always holds. Under [`OnError::Stop`](crate::import::request::OnError::Stop) one bad row means that nothing is written; the report
/// then has `applied: false` and says what would have been.
///
/// # Errors
/// What the file or the request is refused for as a whole: see [`Source::survey`] and the plan's codes (`unknown_header`,
/// `column_twice`, `no_key`, `date_ambiguous`, …); `busy`, `disk_full` and the like. Nothing is written then.
pub async fn run(
    context: &Context,
    noun: &'static Noun,
    source: Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    match prepare(context, noun, source, request).await? {
        Prepared::Nothing(report) => Ok(*report),
        Prepared::Rows(rows) => {
            let (source, request, told) = *rows;
            Run::start(context, noun, source, request, told, on_progress).await?.finish(on_progress, None).await
        }
    }
}

/// A mapping file for this file, as TOML: columns that could be placed, and as comments what a person has to decide, such
/// as each value of a picklist that is no word of ours, with its count.
///
/// # Errors
/// As [`Source::survey`].
pub async fn suggest_mapping(
    context: &Context,
    noun: &'static Noun,
    source: &Source,
    request: &Request,
) -> Result<String> {
    if request.read.format == Some(crate::import::source::Format::Ics) || source.is_calendar()? {
        return Err(Error::invalid("source_calendar", "a calendar needs no mapping")
            .hint("import it: `fastenr engagements import FILE.ics --dry-run`"));
    }
    let mut suggester = Suggester::new(noun);
    let survey = source.survey(&request.reading(), &mut |header, record| suggester.see(header, record, request))?;
    let users = store::users::all(&mut context.db.read().await?, &context.scope()).await?;
    let users = Users::new(&users, request.mapping.owner);
    suggester.write(source.name(), &survey, request, &users, &context.organization.currency)
}

/// Hears of every field that changes; the report is whole by then, but for what writing adds to it.
pub type Visit<'v> = &'v mut (dyn FnMut(&Report, RowChange) -> Result<()> + Send);

/// One field of one existing record that an import changes, or would.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// The data row, from 1.
    pub row: i64,
    pub id: Option<Uuid>,
    pub field: &'static Field,
    /// As stored: users and accounts are ids.
    pub old: Value,
    pub new: Value,
}

/// As [`run`], and tells of each change field by field, in the order of the file.
pub async fn run_with_changes(
    context: &Context,
    noun: &'static Noun,
    source: Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
    visit: Visit<'_>,
) -> Result<Report> {
    match prepare(context, noun, source, request).await? {
        Prepared::Nothing(report) => Ok(*report),
        Prepared::Rows(rows) => {
            let (source, request, told) = *rows;
            Run::start(context, noun, source, request, told, on_progress).await?.finish(on_progress, Some(visit)).await
        }
    }
}

/// An import whose rows are staged.
struct Run<'c> {
    context: &'c Context,
    request: Arc<Request>,
    source: Source,
    survey: Arc<Survey>,
    plan: Arc<Plan>,
    no_records: Arc<NoRecords>,
    /// What was said of the file before it was surveyed.
    told: Told,
    /// What was counted while rows were judged.
    tally: Tally,
    conn: Conn,
    skipped: Skipped,
    /// The operation, and the sign that it is at work; none in a dry run.
    operation: Option<(Uuid, Alive)>,
}

impl<'c> Run<'c> {
    async fn start(
        context: &'c Context,
        noun: &'static Noun,
        source: Source,
        request: Request,
        told: Told,
        on_progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Self> {
        if noun.admin {
            context.may_administer()?;
        } else {
            context.may_write()?;
        }
        let request = Arc::new(settle_account(context, noun, request).await?);
        let (survey, profiles) = survey(noun, &source, &request, on_progress).await?;
        let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
        let home = Home { currency: &context.organization.currency, zone };
        let plan = Plan::settle(noun, &survey, &profiles, &request, home)?;
        if request.missing == Missing::Archive && noun.field("archived_at").is_none() {
            return Err(Error::invalid("missing", format!("{} can't be archived", noun.many))
                .hint("--missing keep leaves those that the file does not have"));
        }
        let (survey, plan) = (Arc::new(survey), Arc::new(plan));
        let no_records = {
            let (source, survey, plan) = (source.clone(), Arc::clone(&survey), Arc::clone(&plan));
            tokio::task::spawn_blocking(move || NoRecords::find(&source, &survey, &plan))
                .await
                .map_err(thread_died)??
        };
        let no_records = Arc::new(no_records);
        let mut conn = context.db.hold().await?;
        let operation = if request.dry_run {
            None
        } else {
            let begun = running::begin(context, &mut conn, operation(context, noun, &source, &request)?).await?;
            on_progress(Progress::Begun { operation: begun.0 });
            Some(begun)
        };
        let mut run = Self {
            context,
            request,
            source,
            survey,
            plan,
            no_records,
            told,
            tally: Tally::default(),
            conn,
            skipped: Skipped::default(),
            operation,
        };
        if let Err(error) = run.stage(on_progress).await {
            return Err(run.fail(error).await);
        }
        Ok(run)
    }

    /// Judges every row on a thread of its own, and stages what it says, outside any lock.
    async fn stage(&mut self, on_progress: &mut (dyn FnMut(Progress) + Send)) -> Result<()> {
        let staging = &self.plan.staging;
        staging.create(&mut self.conn).await?;
        let users = store::users::all(&mut self.context.db.read().await?, &self.context.scope()).await?;
        let facts = Facts {
            users: Users::new(&users, self.request.mapping.owner),
            today: self.context.today(),
            now: self.context.clock.now(),
            currency: self.context.organization.currency.clone(),
            empty: self.request.empty,
            nulls: self.request.null_words().clone(),
            borne: borne(self.context, staging, self.request.null_words()).await?,
        };
        let mut tx = self.conn.read().await?;
        let (sender, mut batches) = mpsc::channel(4);
        let encoder = Encoder::new(tx.engine(), staging);
        let judging = {
            let (source, survey, plan, request) =
                (self.source.clone(), Arc::clone(&self.survey), Arc::clone(&self.plan), Arc::clone(&self.request));
            let ids = self.context.ids.clone();
            let no_records = Arc::clone(&self.no_records);
            tokio::task::spawn_blocking(move || {
                judge(&source, &survey, &plan, &no_records, &request, &facts, &ids, encoder, &sender)
            })
        };
        let total = self.survey.rows;
        let mut rows = 0;
        let loaded = staging
            .load(&mut tx, &mut batches, &mut |count| {
                rows += count;
                on_progress(Progress::Staging { rows, total });
            })
            .await;
        drop(batches);
        let judged = judging.await.map_err(thread_died)?;
        loaded?;
        self.tally = judged?;
        self.skipped.doubles += staging.reject_doubles(&mut tx).await?;
        tx.commit().await
    }

    async fn finish(
        mut self,
        on_progress: &mut (dyn FnMut(Progress) + Send),
        visit: Option<Visit<'_>>,
    ) -> Result<Report> {
        on_progress(Progress::Applying { rows: self.survey.rows });
        match self.decide_and_apply(visit).await {
            Ok(report) => {
                if let Some((operation, _)) = self.operation.take()
                    && !report.applied
                {
                    let ledger = serde_json::to_string(&report.ledger).unwrap_or_default();
                    let refusal = report.refusal.as_ref().map(ToString::to_string);
                    running::fail(self.context, operation, Some(ledger), refusal).await?;
                }
                drop(self.conn);
                if report.applied && report.ledger.created + report.ledger.updated >= STATISTICS_FROM {
                    // The import is done and stays so: a signal must not call it rolled back. Statistics are for speed alone.
                    let _done = store::Committing::begin();
                    if let Err(error) = self.context.db.refresh_statistics(self.plan.staging.noun).await {
                        tracing::warn!(%error, "statistics were not refreshed");
                    }
                }
                Ok(report)
            }
            Err(error) => Err(self.fail(error).await),
        }
    }

    /// Marks the operation as failed, and gives the error back.
    async fn fail(mut self, error: Error) -> Error {
        let error = self.context.db.busy(error);
        let operation = self.operation.take();
        drop(self.conn);
        if let Some((operation, _)) = operation {
            // The first error is the one to tell; the operation shows as interrupted if this fails too.
            let _ = running::fail(self.context, operation, None, Some(error.to_string())).await;
        }
        error
    }

    async fn decide_and_apply(&mut self, visit: Option<Visit<'_>>) -> Result<Report> {
        let scope = self.context.scope();
        let request = &self.request;
        let staging = &self.plan.staging;
        let mut tx = match request.dry_run {
            true => self.conn.read().await?,
            false => self.conn.write(&scope, Lock::Exclusive).await?,
        };
        staging.find_accounts(&mut tx, &scope).await?;
        let mut skipped = self.skipped;
        skipped.doubles += staging.reject_doubles_within(&mut tx).await?;
        let shared = staging.find_matches(&mut tx, &scope).await?;
        skipped = Skipped { doubles: skipped.doubles + shared.doubles, merged: shared.merged };
        staging.reject_strange_new_ids(&mut tx, &scope).await?;
        staging.hold_to_mode(&mut tx, request.mode).await?;
        staging.reject_taken(&mut tx, &scope).await?;
        staging.find_parents(&mut tx, &scope).await?;
        staging.merge_custom(&mut tx, &scope).await?;
        let ruled = super::goals::carry_milestones(staging, &mut tx, self.context).await?;
        staging.compare(&mut tx, &scope).await?;
        staging.reject_strange_changed_ids(&mut tx, &scope).await?;
        staging.reject_deactivated(&mut tx, &scope).await?;
        staging.reject_broken_pasts(&mut tx, &scope).await?;
        super::goals::complete_rows(staging, &mut tx, self.context, ruled).await?;
        let bad_cells = staging.settle_cells(&mut tx).await?;
        let mut report = Report {
            operation: self.operation.as_ref().map(|(id, _)| *id),
            dry_run: request.dry_run,
            applied: false,
            ledger: staging.ledger(&mut tx, self.survey.rows).await?,
            rejects_file: None,
            bad_cells,
            cells_file: None,
            kept: None,
            warnings: [&self.told.warnings, &self.survey.warnings, &self.no_records.warnings(), &self.plan.warnings]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            notes: self
                .told
                .notes
                .iter()
                .chain(&self.survey.guesses)
                .chain(&self.plan.notes)
                .cloned()
                .chain(self.tally.notes())
                .collect(),
            problems: problems(staging, &mut tx, Hold::Row).await?,
            cell_problems: problems(staging, &mut tx, Hold::Cell).await?,
            refusal: None,
            rows: Vec::new(),
        };
        let held = staging.held_statuses(&mut tx, &scope).await?;
        if held > 0 {
            report.warnings.push(format!(
                "{} a status that is not taken over: what a person or the nightly run set since the last import stays until the \
                 file says something new, and active never lifts an at_risk of theirs",
                if held == 1 { "1 row has".to_owned() } else { format!("{held} rows have") }
            ));
        }
        guards::tell_skipped(skipped, request, &mut report);
        report.refusal = guards::bad_rows(&report.ledger, request);
        guards::id_changes(staging, &mut tx, &scope, request, &mut report).await?;
        if request.missing == Missing::Archive {
            guards::missing(staging, &mut tx, &scope, request, &mut report).await?;
        }
        if request.tell_rows {
            report.rows = rows(staging, &mut tx, !request.dry_run && report.refusal.is_none()).await?;
        }
        if let Some(visit) = visit {
            tell_changes(staging, &mut tx, &scope, &report, visit).await?;
        }
        if !request.dry_run && report.refusal.is_none() {
            put_aside(staging, &mut tx, (&self.source, &self.survey, request), &mut report).await?;
        }
        check_ledger(&report.ledger)?;
        let Some(operation) = report.operation.filter(|_| report.refusal.is_none()) else {
            tx.rollback().await?;
            return Ok(report);
        };
        let stamp = stamp(self.context, operation, self.context.clock.now());
        apply(staging, &mut tx, self.context, &report.ledger, stamp, request).await?;
        tx.commit().await?;
        report.applied = true;
        Ok(report)
    }
}

/// Writes the files of the rows and cells that are not taken.
async fn put_aside(
    staging: &store::staging::Staging,
    tx: &mut Tx<'_>,
    (source, survey, request): (&Source, &Survey, &Request),
    report: &mut Report,
) -> Result<()> {
    for (of, count) in [(Hold::Row, report.ledger.rejected), (Hold::Cell, report.bad_cells)] {
        if count == 0 {
            continue;
        }
        let path = match (&request.rejects, of) {
            (Rejects::At(path), Hold::Row) => path.clone(),
            (Rejects::Kept, _) => {
                let kept = match report.kept.take() {
                    Some(kept) => kept,
                    None => Kept::new()?,
                };
                report.kept.insert(kept).path().join(format!("{}.csv", rejects::suffix(of)))
            }
            _ => rejects::beside(source, of),
        };
        rejects::write(tx, staging, source, survey, of, &path).await?;
        match of {
            Hold::Cell => report.cells_file = Some(path),
            _ => report.rejects_file = Some(path),
        }
    }
    Ok(())
}

/// One account for all rows is named as a person names one, not as the file names others.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `archived_account`.
async fn settle_account(context: &Context, noun: &'static Noun, mut request: Request) -> Result<Request> {
    if noun.account().is_some()
        && let Some(Origin::Constant { constant }) = request.mapping.columns.get_mut("account")
    {
        let account = super::accounts::get(context, constant).await?;
        super::entries::at_work(&account)?;
        *constant = account.id.to_string();
    }
    Ok(request)
}

/// Reads the file through on a thread of its own, so that a signal is heard meanwhile.
async fn survey(
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

fn thread_died(error: tokio::task::JoinError) -> Error {
    Error::new(Kind::Storage, "thread", format!("reading rows: {error}"))
}

#[expect(clippy::too_many_arguments, reason = "it runs on a thread of its own and takes its share of everything along")]
fn judge(
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
            Judged::Row(row) => encoder.row(row),
            Judged::Skip(row) => {
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
async fn borne(
    context: &Context,
    staging: &store::staging::Staging,
    words: &NullWords,
) -> Result<std::collections::BTreeSet<(&'static str, String)>> {
    let mut borne = std::collections::BTreeSet::new();
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

fn operation(context: &Context, noun: &'static Noun, source: &Source, request: &Request) -> Result<Operation> {
    let parameters = serde_json::json!({
        "key": request.key.map(super::super::import::request::Key::as_str),
        "mode": format!("{:?}", request.mode).to_lowercase(),
        "missing": format!("{:?}", request.missing).to_lowercase(),
        "on_error": format!("{:?}", request.on_error).to_lowercase(),
        "duplicates": format!("{:?}", request.duplicates).to_lowercase(),
        "bad_cells": format!("{:?}", request.bad_cells).to_lowercase(),
    });
    Ok(Operation {
        source_name: Some(source.name().to_owned()),
        source_sha256: Some(source.sha256()?.to_owned()),
        ..Begun::now(context).operation(context, &format!("{}.import", noun.many), parameters.to_string())
    })
}

async fn apply(
    staging: &store::staging::Staging,
    tx: &mut Tx<'_>,
    context: &Context,
    ledger: &Ledger,
    stamp: Stamp,
    request: &Request,
) -> Result<()> {
    let scope = context.scope();
    if ledger.updated > 0 {
        staging.keep_before(tx, &scope, stamp).await?;
        staging.track(tx, &scope, stamp, request.arr_as_correction).await?;
        expect(staging.update(tx, &scope, stamp).await?, ledger.updated, "updated")?;
    }
    staging.note_statuses(tx, &scope).await?;
    // Before the new ones come: they are not missing.
    if ledger.archived > 0 {
        expect(staging.archive_missing(tx, &scope, stamp).await?, ledger.archived, "archived")?;
    }
    if ledger.created > 0 {
        expect(staging.create_new(tx, &scope, stamp, ledger.created).await?, ledger.created, "created")?;
    }
    if ledger.created + ledger.updated > 0 {
        staging.chain(tx, &scope, stamp).await?;
    }
    let text = serde_json::to_string(ledger).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(tx, &scope, stamp.operation, status, Some(text), None, stamp.now).await?;
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: format!("{}.import", staging.noun.many),
        noun: staging.noun.many.to_owned(),
        record: None,
        account: None,
        label: summary(ledger),
        changes: serde_json::Value::Array(Vec::new()),
    };
    store::activities::insert(tx, &scope, &activity).await
}

/// What the database says it did must be what the ledger says, or nothing is kept.
fn expect(written: u64, promised: u64, what: &str) -> Result<()> {
    if written == promised {
        return Ok(());
    }
    let message = format!("{promised} rows were to be {what} and {written} were; nothing was kept");
    Err(Error::new(Kind::Storage, "ledger", message).hint("this is a defect of fastenr: please report it"))
}

fn check_ledger(ledger: &Ledger) -> Result<()> {
    if ledger.holds() {
        return Ok(());
    }
    let message = format!("the ledger does not add up ({ledger:?}); nothing was written");
    Err(Error::new(Kind::Storage, "ledger", message).hint("this is a defect of fastenr: please report it"))
}

/// More groups than this are cut: nobody reads them, and the rejects file has every row.
const MOST_PROBLEMS: usize = 50;

async fn problems(staging: &store::staging::Staging, tx: &mut Tx<'_>, of: Hold) -> Result<Vec<Problem>> {
    let mut told = Vec::new();
    for row in staging.problems(tx, of).await?.into_iter().take(MOST_PROBLEMS) {
        let examples = staging.examples(tx, of, &row).await?;
        told.push(Problem {
            column: row.header,
            code: row.code,
            rule: row.rule,
            value: row.value,
            rows: u64::try_from(row.rows).unwrap_or(0),
            examples: examples.into_iter().filter_map(|n| u64::try_from(n).ok()).collect(),
        });
    }
    Ok(told)
}

/// Row by row; only records that are written tell their ids.
async fn rows(staging: &store::staging::Staging, tx: &mut Tx<'_>, written: bool) -> Result<Vec<RowOutcome>> {
    use futures_util::stream::TryStreamExt;
    let outcome = |(row, fate, id): (i64, Fate, Option<Uuid>)| {
        let id = match fate {
            Fate::Created => id.filter(|_| written),
            Fate::Updated | Fate::Unchanged => id,
            Fate::Skipped | Fate::Rejected => None,
        };
        RowOutcome { row: u64::try_from(row).unwrap_or(0), fate, id, errors: Vec::new() }
    };
    let mut rows: Vec<RowOutcome> = staging.fates(tx).await?.into_iter().map(outcome).collect();
    let mut rejects = staging.rejects(tx, Hold::Row)?;
    while let Some(reject) = rejects.try_next().await? {
        let n = u64::try_from(reject.n).unwrap_or(0);
        let error = RowError { column: reject.header, code: reject.code, rule: reject.rule };
        if let Ok(at) = rows.binary_search_by_key(&n, |row| row.row) {
            rows[at].errors.push(error);
        }
    }
    Ok(rows)
}

async fn tell_changes(
    staging: &store::staging::Staging,
    tx: &mut Tx<'_>,
    scope: &store::Scope,
    report: &Report,
    visit: Visit<'_>,
) -> Result<()> {
    use futures_util::stream::StreamExt;
    let mut changes = staging.changes(tx, scope)?;
    while let Some(change) = changes.next().await {
        let change = change?;
        let field = staging.field(usize::try_from(change.bit).unwrap_or(0));
        let value = |text: Option<String>| Value::from_journal(text.as_deref(), field.meaning.storage());
        let (old, new) = (value(change.old_value), value(change.new_value));
        visit(report, RowChange { row: change.n, id: change.id, field, old, new })?;
    }
    Ok(())
}

/// A ledger in words, for the feed.
fn summary(ledger: &Ledger) -> String {
    let parts = [
        (ledger.created, "created"),
        (ledger.updated, "updated"),
        (ledger.archived, "archived"),
        (ledger.unchanged, "unchanged"),
        (ledger.skipped, "skipped"),
        (ledger.rejected, "rejected"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "no rows".to_owned() } else { told.join(", ") }
}
