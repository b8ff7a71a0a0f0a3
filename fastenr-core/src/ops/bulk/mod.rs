//! Bulk writes: many records at once, by a filter or by their ids; foreseen by a dry run, held by guards, one operation.
//!
//! To give a verb to a noun, call [`run`] with another [`BulkAction`]; to add an action, say in `action.rs` what it stages.

mod action;
mod apply;
mod ids;
mod plan;
mod which;

pub use action::BulkAction;
pub(super) use which::filter_words;

use std::path::PathBuf;

use futures_util::stream::StreamExt;
use serde_json::Value as Json;
use uuid::Uuid;

use self::action::StagedWrite;
use super::operations::running;
use super::records::StartedOperation;
use super::{Context, OnStart};
use crate::error::{Error, Result, Setting};
use crate::import::request::{Preview, PreviewHasher};
use crate::import::source::Source;
use crate::model::noun::{Noun, Value};
use crate::say;
use crate::store::staging::{NamedRecords, RejectScope, ReportedChange};
use crate::store::{Conn, Lock, Tx};

/// What is to be done to which records.
#[derive(Debug, Clone)]
pub struct Request {
    pub noun: &'static Noun,
    pub action: BulkAction,
    /// Filters of the noun's lists, by name and text.
    pub filter: Vec<(String, String)>,
    /// Ids and external ids, one a line or a column; with filters both must hold.
    pub ids: Option<Source>,
    /// Every record that is not archived, where neither a filter nor ids say which.
    pub all: bool,
    pub dry_run: bool,
    /// No more than this many may change.
    pub max_affected: Option<u64>,
    /// Exactly this many must change.
    pub expect: Option<u64>,
    /// Written by a dry run; a run does what it says, or nothing.
    pub plan: Option<PathBuf>,
    /// What a dry run has shown; a run does exactly this, or nothing.
    pub expect_preview: Option<Preview>,
    /// How many changes a dry run tells; a plan and a preview have them all.
    pub most_told: Option<u64>,
}

/// How many records a bulk write may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// No more than this many.
    pub max_affected: Option<u64>,
    /// Exactly this many.
    pub expect: Option<u64>,
}

impl Limits {
    /// `max_affected` or `expected` where so many are not allowed; `told` is the message with the limit.
    pub(super) fn refusal(self, changed: u64, told: impl FnOnce(String) -> String) -> Option<Error> {
        let error = if let Some(most) = self.max_affected.filter(|most| changed > *most) {
            Error::refused("max_affected", told(format!("more than the maximum of {most}")))
        } else {
            let expected = self.expect.filter(|expected| changed != *expected)?;
            Error::refused("expected", told(format!("{expected} expected")))
        };
        Some(error.hint("nothing was written").hint(say!("preview the changes with {}", Setting::DryRun)))
    }
}

/// What came of it, or would.
#[derive(Debug)]
pub struct Report {
    /// None in a dry run and where nothing changed.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// `accounts.bulk-update`.
    pub command: String,
    /// The filter in words: `status=active tag=vip`.
    pub filter: String,
    /// Records that pass.
    pub matched: u64,
    /// Of these, those that change.
    pub changed: u64,
    pub unchanged: u64,
    /// Different records that the ids name.
    pub named: Option<u64>,
    /// What a run would be refused with; of a dry run alone.
    pub refusal: Option<Error>,
    /// All that would change; of a dry run that tells all of it.
    pub preview: Option<Preview>,
}

/// One field of one record that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    pub id: Uuid,
    pub external_id: Option<String>,
    /// What the record is called.
    pub name: String,
    /// `record` where it is deleted.
    pub field: &'static str,
    pub old: ShownValue,
    pub new: ShownValue,
}

/// A value as people read it: users by their e-mail addresses, accounts by their external ids, amounts in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownValue {
    pub text: String,
    pub json: Json,
}

/// Hears of each change, in the order of the records' ids.
pub type OnRowChange<'v> = &'v mut (dyn FnMut(&Report, RowChange) -> Result<()> + Send);

/// Does it, in one transaction and as one operation, or foretells it. `visit` hears of a dry run's changes.
///
/// # Errors
/// `no_filter` where nothing says which records; `no_change`; `unknown_ids`; `max_affected`, `expected` and `plan_differs`
/// before anything is written; `not_changed` where some record can't be; the rules of fields and filters; `busy`.
pub async fn run(context: &Context, request: Request, visit: OnRowChange<'_>) -> Result<Report> {
    run_notifying(context, request, visit, &mut |_| {}).await
}

/// As [`run`], and says which operation it is as soon as that is committed as running. A dry run is none.
///
/// # Errors
/// As [`run`]; the operation has then failed, and its message is the error's.
pub async fn run_notifying(
    context: &Context,
    request: Request,
    visit: OnRowChange<'_>,
    on_start: OnStart<'_>,
) -> Result<Report> {
    context.may_write()?;
    let planned = match &request.plan {
        Some(path) if !request.dry_run => Some(plan::Plan::open(path, context, &request)?),
        _ => None,
    };
    let which = which::read(context, &request).await?;
    let prepared = action::prepare(context, &request, planned.as_ref().map(plan::Plan::at)).await?;
    let mut conn = context.db.hold(&context.scope()).await?;
    let bulk = Bulk { context, request, which, prepared };
    let begun = StartedOperation::now(context);
    let mut alive = None;
    if !bulk.request.dry_run {
        let operation = begun.operation(context, &bulk.request.command(), bulk.parameters());
        let (id, sign) = running::begin(context, &mut conn, operation).await.map_err(|error| context.db.busy(error))?;
        on_start(id);
        alive = Some(sign);
    }
    let outcome = bulk.run(&mut conn, begun, planned, visit).await;
    conn.settle().await;
    let outcome = match outcome {
        Ok(report) if alive.is_some() && report.operation.is_none() => {
            let ledger = serde_json::to_string(&apply::ledger(&bulk.request.action, &report)).unwrap_or_default();
            running::idle(context, begun.id, ledger).await?;
            Ok(report)
        }
        Ok(report) => Ok(report),
        Err(error) => {
            let error = context.db.busy(error);
            if alive.is_some() {
                // The first error is the one to tell.
                let _ = running::fail(context, begun.id, None, Some(error.to_string())).await;
            }
            Err(error)
        }
    };
    // Until it is written down how it ended, it is at work.
    drop((alive, conn));
    outcome
}

/// A bulk write whose request was understood.
struct Bulk<'c> {
    context: &'c Context,
    request: Request,
    which: which::ChosenFilter,
    prepared: StagedWrite,
}

impl Bulk<'_> {
    /// What was asked, for the journal.
    fn parameters(&self) -> String {
        let mut parameters = self.request.action.parameters();
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.insert("filter".to_owned(), self.which.words.clone().into());
        }
        parameters.to_string()
    }

    async fn run(
        &self,
        conn: &mut Conn,
        begun: StartedOperation,
        planned: Option<plan::Plan>,
        visit: OnRowChange<'_>,
    ) -> Result<Report> {
        let scope = self.context.scope();
        let staging = &self.prepared.staging;
        staging.create(conn).await?;
        if let Some(source) = &self.request.ids {
            staging.create_named_records(conn).await?;
            ids::load(staging, conn, source).await?;
        }
        let mut tx = match self.request.dry_run {
            true => conn.read().await?,
            false => conn.write(&scope, Lock::Exclusive).await?,
        };
        let named = match self.request.ids {
            Some(_) => Some(ids::known(staging.find_named_records(&mut tx, &scope).await?, self.request.noun)?),
            None => None,
        };
        let mut report = self.decide(&mut tx, named).await?;
        let refusal = self.refusal(&report);
        if self.request.dry_run {
            report.preview = self.tell(&mut tx, &report, visit).await?;
            tx.rollback().await?;
            report.refusal = refusal;
            return Ok(report);
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        if let Some(planned) = planned {
            self.compare(&mut tx, planned).await?;
        }
        if let Some(expected) = &self.request.expect_preview {
            self.check_preview(&mut tx, &report, expected).await?;
        }
        if report.changed == 0 {
            tx.rollback().await?;
            return Ok(report);
        }
        apply::apply(self, tx, begun, &mut report).await?;
        Ok(report)
    }

    /// What becomes of each record.
    async fn decide(&self, tx: &mut Tx<'_>, named: Option<NamedRecords>) -> Result<Report> {
        let scope = self.context.scope();
        let StagedWrite { staging, values, rewrite } = &self.prepared;
        let which = &self.which.which;
        let matched = match self.request.action {
            BulkAction::Delete => staging.mark_for_deletion(tx, &scope, which, named.as_ref()).await?,
            _ => {
                let matched = staging.choose(tx, &scope, which, named.as_ref(), values).await?;
                action::check_unique(values, matched)?;
                staging.reject_taken(tx, &scope).await?;
                staging.find_parents(tx, &scope).await?;
                if let Some(rewrite) = rewrite {
                    rewrite.run(staging, tx, &scope).await?;
                }
                let ruled = super::rules::prepare_staged(staging, tx, self.context).await?;
                staging.compare(tx, &scope).await?;
                staging.reject_deactivated(tx, &scope).await?;
                super::rules::complete_staged(staging, tx, self.context, ruled).await?;
                matched
            }
        };
        if let Some(problem) = staging.problems(tx, RejectScope::Row).await?.into_iter().next() {
            return Err(action::not_changed(self.request.noun, &problem));
        }
        let ledger = staging.ledger(tx, matched).await?;
        Ok(Report {
            operation: None,
            dry_run: self.request.dry_run,
            command: self.request.command(),
            filter: self.which.words.clone(),
            matched,
            changed: ledger.updated,
            unchanged: ledger.unchanged,
            named: named.map(|named| named.records),
            refusal: None,
            preview: None,
        })
    }

    /// What the guards say.
    fn refusal(&self, report: &Report) -> Option<Error> {
        let (matched, changed) = (counted(report.matched, self.request.noun), report.changed);
        let limits = Limits { max_affected: self.request.max_affected, expect: self.request.expect };
        limits.refusal(changed, |limit| format!("{}: {matched} match, {changed} would change, {limit}", report.filter))
    }

    /// Tells a dry run's changes, and writes its plan.
    async fn tell(&self, tx: &mut Tx<'_>, report: &Report, visit: OnRowChange<'_>) -> Result<Option<Preview>> {
        let mut plan = match &self.request.plan {
            Some(path) => Some(plan::Writer::create(path, self.context, &self.request, report)?),
            None => None,
        };
        let most = self.request.most_told;
        let read = most.filter(|_| plan.is_none()).map(|most| i64::try_from(most).unwrap_or(i64::MAX));
        let mut told = 0;
        let mut hasher = read.is_none().then(|| self.hasher(report));
        let mut changes = self.changes(tx, read)?;
        while let Some(change) = changes.next().await {
            let change = self.shown(change?);
            if let Some(hasher) = &mut hasher {
                self.see(hasher, &change);
            }
            if let Some(plan) = &mut plan {
                plan.line(&change)?;
            }
            if most.is_none_or(|most| told < most) {
                visit(report, change)?;
                told += 1;
            }
        }
        drop(changes);
        plan.map_or(Ok(()), plan::Writer::finish)?;
        Ok(hasher.map(PreviewHasher::finish))
    }

    fn hasher(&self, report: &Report) -> PreviewHasher {
        let mut hasher = PreviewHasher::default();
        let counts = [report.matched, report.changed].map(|count| count.to_string());
        hasher.see(&[&report.command, &counts[0], &counts[1]]);
        hasher
    }

    fn see(&self, hasher: &mut PreviewHasher, change: &RowChange) {
        let new = plan::new_text(change, &self.request.action);
        hasher.see(&[&change.id.to_string(), change.field, &change.old.text, new]);
    }

    /// # Errors
    /// `plan_differs` where the run would do anything else than the dry run has shown.
    async fn check_preview(&self, tx: &mut Tx<'_>, report: &Report, expected: &Preview) -> Result<()> {
        let mut hasher = self.hasher(report);
        let mut changes = self.changes(tx, None)?;
        while let Some(change) = changes.next().await {
            self.see(&mut hasher, &self.shown(change?));
        }
        if hasher.finish() == *expected {
            return Ok(());
        }
        let message = "the data changed since the preview, and something else would change; nothing was written";
        Err(Error::refused("plan_differs", message).hint("preview the change again"))
    }

    /// Holds what would be done to what the plan says.
    async fn compare(&self, tx: &mut Tx<'_>, planned: plan::Plan) -> Result<()> {
        let mut planned = planned;
        let mut changes = self.changes(tx, None)?;
        while let Some(change) = changes.next().await {
            planned.meet(&self.shown(change?))?;
        }
        planned.end()
    }

    fn changes<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        most: Option<i64>,
    ) -> Result<futures_util::stream::BoxStream<'t, Result<ReportedChange>>> {
        let (staging, scope) = (&self.prepared.staging, self.context.scope());
        match self.request.action {
            BulkAction::Delete => staging.told_deleted(tx, &scope, most),
            _ => staging.told(tx, &scope, most),
        }
    }

    fn shown(&self, change: ReportedChange) -> RowChange {
        let field = usize::try_from(change.bit).ok().map(|bit| self.prepared.staging.field(bit));
        let shown = |text: Option<String>| match field {
            None => {
                let text = text.map(|version| format!("version {version}")).unwrap_or_default();
                ShownValue::plain(text)
            }
            Some(field) if field.meaning.is_reference() => ShownValue::plain(text.unwrap_or_default()),
            Some(field) => {
                let value = Value::from_journal(text.as_deref(), field.meaning.storage());
                ShownValue { text: field.text(&value).into_owned(), json: field.json(&value) }
            }
        };
        RowChange {
            id: change.id,
            external_id: change.external_id,
            name: change.name.unwrap_or_default(),
            field: field.map_or("record", |field| field.name),
            old: shown(change.old_value),
            new: shown(change.new_value),
        }
    }
}

impl ShownValue {
    fn plain(text: String) -> Self {
        let json = if text.is_empty() { Json::Null } else { Json::from(text.as_str()) };
        Self { text, json }
    }
}

impl Request {
    /// `accounts.bulk-update`.
    fn command(&self) -> String {
        format!("{}.{}", self.noun.many, self.action.verb())
    }
}

/// `11 accounts`.
fn counted(count: u64, noun: &Noun) -> String {
    format!("{count} {}", if count == 1 { noun.one } else { noun.plural })
}
