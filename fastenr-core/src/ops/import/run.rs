//! One import, from its start to its end.

use std::sync::Arc;

use chrono::Datelike;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::apply::{apply, check_ledger};
use super::judge::{borne, judge, survey, thread_died};
use super::told::{check_preview, preview, problems, rows, tell_changes, write_reject_files};
use super::{OnRowChange, guards, lookups};
use crate::error::{Error, Result, Setting};
use crate::import::convert::{Facts, Users};
use crate::import::mapping::Origin;
use crate::import::no_records::NoRecords;
use crate::import::plan::{OrganizationDefaults, Plan};
use crate::import::request::{Missing, Progress, Report, Request};
use crate::import::source::{Source, Survey};
use crate::import::tally::Tally;
use crate::model::TimeZone;
use crate::model::noun::Noun;
use crate::model::number::counted;
use crate::model::operation::Operation;
use crate::ops::Context;
use crate::ops::calendar_import::FileNotes;
use crate::ops::operations::running;
use crate::ops::records::{StartedOperation, stamp};
use crate::say;
use crate::store::staging::{Encoder, RejectScope, SkippedRows};
use crate::store::{self, Conn, LivenessLock, Lock};

/// From this many written rows on, the planner is told.
const STATISTICS_FROM: u64 = 5_000;

/// An import whose rows are staged.
pub(super) struct Run<'c> {
    context: &'c Context,
    request: Arc<Request>,
    source: Source,
    survey: Arc<Survey>,
    plan: Arc<Plan>,
    no_records: Arc<NoRecords>,
    /// What was said of the file before it was surveyed.
    told: FileNotes,
    /// What was counted while rows were judged.
    tally: Tally,
    conn: Conn,
    skipped: SkippedRows,
    /// The operation, and the sign that it is at work; none in a dry run.
    operation: Option<(Uuid, LivenessLock)>,
}

impl<'c> Run<'c> {
    pub(super) async fn start(
        context: &'c Context,
        noun: &'static Noun,
        source: Source,
        request: Request,
        told: FileNotes,
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
        let home =
            OrganizationDefaults { currency: &context.organization.currency, zone, year: context.today().year() };
        let plan = Plan::settle(noun, &survey, &profiles, &request, home)?;
        if request.missing == Missing::Archive && noun.field("archived_at").is_none() {
            return Err(Error::invalid("missing", format!("{} can't be archived", noun.many))
                .hint(say!("{} leaves those that the file does not have", Setting::Missing.is("keep"))));
        }
        let (survey, plan) = (Arc::new(survey), Arc::new(plan));
        let no_records = {
            let (source, survey, plan) = (source.clone(), Arc::clone(&survey), Arc::clone(&plan));
            tokio::task::spawn_blocking(move || NoRecords::find(&source, &survey, &plan))
                .await
                .map_err(thread_died)??
        };
        let no_records = Arc::new(no_records);
        let mut conn = context.db.hold(&context.scope()).await?;
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
            skipped: SkippedRows::default(),
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
            users: Users::new(&users, self.request.mapping.owner, self.context.me()),
            today: self.context.today(),
            now: self.context.clock.now(),
            currency: self.context.organization.currency.clone(),
            zone: TimeZone::parse(&self.context.organization.time_zone).unwrap_or(TimeZone::UTC),
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

    pub(super) async fn finish(
        mut self,
        on_progress: &mut (dyn FnMut(Progress) + Send),
        visit: Option<OnRowChange<'_>>,
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
        self.conn.settle().await;
        if let Some((operation, _)) = operation {
            // The first error is the one to tell; the operation shows as interrupted if this fails too.
            let _ = running::fail(self.context, operation, None, Some(error.to_string())).await;
        }
        error
    }

    async fn decide_and_apply(&mut self, visit: Option<OnRowChange<'_>>) -> Result<Report> {
        let scope = self.context.scope();
        let request = &self.request;
        let staging = &self.plan.staging;
        let mut tx = match request.dry_run {
            true => self.conn.read().await?,
            false => self.conn.write(&scope, Lock::Exclusive).await?,
        };
        staging.find_accounts(&mut tx, &scope).await?;
        let passed = staging.make_days(&mut tx, &scope).await?;
        let mut skipped = self.skipped;
        skipped.doubles += staging.reject_doubles_within(&mut tx).await?;
        let shared = staging.find_matches(&mut tx, &scope).await?;
        skipped = SkippedRows { doubles: skipped.doubles + shared.doubles, merged: shared.merged };
        staging.reject_strange_new_ids(&mut tx, &scope).await?;
        staging.hold_to_mode(&mut tx, request.mode).await?;
        staging.reject_taken(&mut tx, &scope).await?;
        staging.find_parents(&mut tx, &scope).await?;
        staging.merge_custom(&mut tx, &scope).await?;
        let left = staging.leave_to_events(&mut tx, &scope).await?;
        let ruled = crate::ops::rules::prepare_staged(staging, &mut tx, self.context).await?;
        staging.compare(&mut tx, &scope).await?;
        staging.reject_strange_changed_ids(&mut tx, &scope).await?;
        staging.reject_deactivated(&mut tx, &scope).await?;
        staging.reject_broken_pasts(&mut tx, &scope).await?;
        crate::ops::rules::complete_staged(staging, &mut tx, self.context, ruled).await?;
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
                .chain(self.tally.warnings())
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
            problems: problems(staging, &mut tx, RejectScope::Row).await?,
            cell_problems: problems(staging, &mut tx, RejectScope::Cell).await?,
            refusal: None,
            rows: Vec::new(),
            preview: None,
        };
        let held = staging.held_statuses(&mut tx).await?;
        if held > 0 {
            let warning = format!(
                "{} a status that is not taken over: what a person or the nightly run set since the last import stays until the \
                 file says something new, and active never lifts an at_risk of theirs",
                counted(u64::try_from(held).unwrap_or(0), "row has", "rows have")
            );
            report.warnings.push(warning.into());
        }
        lookups::tell(staging, &mut tx, &scope, &mut report).await?;
        guards::short_file(self.context, &mut tx, staging.noun, self.source.name(), &mut report).await?;
        guards::tell_skipped(skipped, request, &mut report);
        guards::tell_events(passed, staging.event_counts(&mut tx).await?, &left, &mut report);
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
        if request.preview {
            report.preview = Some(preview(staging, &mut tx, &scope, &report).await?);
        }
        if request.preview || !request.dry_run && report.refusal.is_none() {
            write_reject_files(staging, &mut tx, (&self.source, &self.survey, request), &mut report).await?;
        }
        check_ledger(&report.ledger)?;
        if let Some(expected) = &request.expect {
            check_preview(staging, &mut tx, &scope, &report, expected).await?;
        }
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

/// One account for all rows is named as a person names one, not as the file names others.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `archived_account`.
async fn settle_account(context: &Context, noun: &'static Noun, mut request: Request) -> Result<Request> {
    if noun.account().is_some()
        && let Some(Origin::Constant { constant }) = request.mapping.columns.get_mut("account")
    {
        let account = crate::ops::accounts::get(context, constant).await?;
        crate::ops::entries::check_not_archived(&account)?;
        *constant = account.id.to_string();
    }
    Ok(request)
}

fn operation(context: &Context, noun: &'static Noun, source: &Source, request: &Request) -> Result<Operation> {
    let parameters = serde_json::json!({
        "key": request.key.map(crate::import::request::Key::as_str),
        "mode": format!("{:?}", request.mode).to_lowercase(),
        "missing": format!("{:?}", request.missing).to_lowercase(),
        "on_error": format!("{:?}", request.on_error).to_lowercase(),
        "duplicates": format!("{:?}", request.duplicates).to_lowercase(),
        "bad_cells": format!("{:?}", request.bad_cells).to_lowercase(),
    });
    Ok(Operation {
        source_name: Some(source.name().to_owned()),
        source_sha256: Some(source.sha256()?.to_owned()),
        ..StartedOperation::now(context).operation(context, &format!("{}.import", noun.many), parameters.to_string())
    })
}
