//! The day and the data move goals: values are taken anew, and status, completion and milestones follow.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::milestones;
use crate::error::{Error, Kind, Result};
use crate::goals::{State, StatusInput, derive};
use crate::import::mapping::AccountLookup;
use crate::import::request::Key;
use crate::model::activity::Activity;
use crate::model::goal::GOAL;
use crate::model::noun::Value;
use crate::model::operation::Ledger;
use crate::model::{GoalStatus, GoalStatusSource, StatusSource};
use crate::ops::Context;
use crate::ops::accounts;
use crate::ops::records::{StartedOperation, record_started};
use crate::store::goals::GoalToRefresh;
use crate::store::staging::{Encoder, RowRules, StagedRow, Staging};
use crate::store::{self, Conn, Lock, Tx};

/// Goals looked at in one go.
const BATCH: i64 = 1_000;

/// What a refresh sets, in the order of the noun's fields.
const FIELDS: [&str; 5] = ["current_value", "status", "completion_date", "milestones", "status_source"];

/// The result of a refresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = GoalsRefreshed))]
pub struct RefreshOutcome {
    /// Number of goals checked.
    pub goals: u64,
    /// Goals that changed.
    pub changed: u64,
    /// Goals with a new value.
    pub measured: u64,
    /// Goals that became achieved; likewise for the next three.
    pub achieved: u64,
    pub missed: u64,
    pub at_risk: u64,
    pub on_track: u64,
    /// The operation; null: nothing changed, or a dry run.
    pub operation: Option<Uuid>,
}

impl RefreshOutcome {
    fn count(&mut self, row: &GoalToRefresh, now: &RefreshedGoal) {
        self.measured += u64::from(now.current != row.current_value);
        if now.status.as_str() != row.status {
            match now.status {
                GoalStatus::Achieved => self.achieved += 1,
                GoalStatus::Missed => self.missed += 1,
                GoalStatus::AtRisk => self.at_risk += 1,
                GoalStatus::OnTrack => self.on_track += 1,
            }
        }
    }

    /// In words, for the feed.
    pub fn summary(&self) -> String {
        let parts = [
            (self.changed, "changed"),
            (self.achieved, "achieved"),
            (self.missed, "missed"),
            (self.at_risk, "at risk"),
            (self.on_track, "on track"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if told.is_empty() { "nothing to change".to_owned() } else { told.join(", ") }
    }
}

/// Takes today's values from the data for the goals whose metric type names them, and derives where each goal stands today.
///
/// It looks at open goals, and at others until their target date is over; at those of one account, if it is named. All of it
/// is one operation, and none where nothing changes: a second run on the same day does nothing.
///
/// # Errors
/// `read_only_user`, `unknown_account`, `archived_account`, `busy`.
pub async fn refresh(context: &Context, account: Option<&str>, dry_run: bool) -> Result<RefreshOutcome> {
    context.may_write()?;
    let account = match account {
        Some(name) => Some(accounts::get(context, name).await?),
        None => None,
    };
    if let Some(archived) = account.as_ref().filter(|account| account.archived_at.is_some()) {
        return Err(Error::refused("archived_account", format!("{} is archived: its goals rest", archived.name))
            .hint(accounts::restore_first(archived.id)));
    }
    let mut conn = context.db.hold(&context.scope()).await?;
    let today = (context.today(), None);
    let outcome = run(context, &mut conn, today, account.map(|account| account.id), dry_run).await;
    drop(conn);
    outcome.map_err(|error| context.db.busy(error))
}

/// Where all goals stand on a night. With a moment it is one that is made up for: a goal that somebody has made or changed since
/// then is left as it is. It leaves nothing on the connection, which the run keeps for its next night.
pub(in crate::ops) async fn of_night(context: &Context, conn: &mut Conn, night: Night) -> Result<()> {
    run(context, conn, night, None, false).await?;
    Staging::remove(conn).await
}

type Night = (NaiveDate, Option<DateTime<Utc>>);

async fn run(
    context: &Context,
    conn: &mut Conn,
    night: Night,
    account: Option<Uuid>,
    dry_run: bool,
) -> Result<RefreshOutcome> {
    let scope = context.scope();
    let staging = Staging {
        noun: &GOAL,
        fields: FIELDS.iter().filter_map(|name| GOAL.field(name)).map(|(bit, _)| bit).collect(),
        key: Key::Id,
        headers: Vec::new(),
        account_lookup: AccountLookup::Key,
        merge_custom: false,
        skips: false,
        events: None,
        source: StatusSource::Model,
        row_rules: RowRules::default(),
    };
    staging.create(conn).await?;
    let mut tx = match dry_run {
        true => conn.read().await?,
        false => conn.write(&scope, Lock::Exclusive).await?,
    };
    let begun = StartedOperation::now(context);
    let mut done = stage(context, &staging, &mut tx, night, account).await?;
    staging.find_matches(&mut tx, &scope).await?;
    staging.compare(&mut tx, &scope).await?;
    let rows = done.changed;
    let ledger = staging.ledger(&mut tx, rows).await?;
    done.changed = ledger.updated;
    if dry_run || done.changed == 0 {
        tx.rollback().await?;
        return Ok(done);
    }
    let kept = Ledger { rows: done.goals, unchanged: done.goals - ledger.updated, ..ledger };
    let parameters = serde_json::json!({"account": account, "day": night.0.to_string()});
    let mut stamp = record_started(&mut tx, context, begun, "goals.refresh", kept, parameters.to_string()).await?;
    stamp.effective_on = night.0;
    staging.keep_before(&mut tx, &scope, stamp).await?;
    staging.track(&mut tx, &scope, stamp, false).await?;
    let written = staging.update(&mut tx, &scope, stamp).await?;
    if written != ledger.updated || rows != ledger.updated {
        let message = format!("{rows} goals were to change and {written} did; nothing was kept");
        return Err(
            Error::new(Kind::Storage, "ledger", message).hint("this is a defect of the program: please report it")
        );
    }
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: "goals.refresh".to_owned(),
        noun: GOAL.many.to_owned(),
        record: None,
        account,
        label: done.summary(),
        changes: serde_json::Value::Array(Vec::new()),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    Ok(done)
}

/// Stages the goals that change, batch by batch.
async fn stage(
    context: &Context,
    staging: &Staging,
    tx: &mut Tx<'_>,
    night: Night,
    account: Option<Uuid>,
) -> Result<RefreshOutcome> {
    let (scope, today) = (context.scope(), night.0);
    let mut done = RefreshOutcome::default();
    let mut encoder = Encoder::new(tx.engine(), staging);
    let mut after = Uuid::nil();
    loop {
        let rows = store::goals::due(tx, &scope, account, after, night, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            done.goals += 1;
            let now = RefreshedGoal::of(&row, today)?;
            if now.is_as(&row) {
                continue;
            }
            done.changed += 1;
            done.count(&row, &now);
            let n = i64::try_from(done.changed).unwrap_or(i64::MAX);
            encoder.row(now.staged(row.id, context.ids.next(), n));
            if encoder.is_full() {
                load(staging, tx, &mut encoder).await?;
            }
        }
    }
    load(staging, tx, &mut encoder).await?;
    Ok(done)
}

async fn load(staging: &Staging, tx: &mut Tx<'_>, encoder: &mut Encoder) -> Result<()> {
    let batch = encoder.take();
    if batch.count == 0 {
        return Ok(());
    }
    let (sender, mut batches) = mpsc::channel(1);
    // There is room for one, and the receiver is at hand.
    let _ = sender.try_send(batch);
    drop(sender);
    staging.load(tx, &mut batches, &mut |_| {}).await
}

/// A goal as it is to be today.
struct RefreshedGoal {
    current: i64,
    status: GoalStatus,
    source: GoalStatusSource,
    completion_date: Option<NaiveDate>,
    milestones: String,
}

impl RefreshedGoal {
    fn of(row: &GoalToRefresh, today: NaiveDate) -> Result<Self> {
        let current = row.measured.unwrap_or(row.current_value);
        let unknown = |invalid: crate::Invalid| Error::invalid(invalid.code, invalid.rule.into_owned());
        let state = State {
            start: row.start_value,
            started_on: row.started_on,
            current,
            target: row.target_value,
            target_date: row.target_date,
            milestones: milestones(&row.milestones)?,
            status: GoalStatus::parse(&row.status).map_err(unknown)?,
            source: GoalStatusSource::parse(&row.status_source).map_err(unknown)?,
            completion_date: row.completion_date,
        };
        let said = StatusInput { progressed: current != row.current_value, ..StatusInput::NOTHING };
        let derived = derive(state, &said, today).map_err(unknown)?;
        Ok(Self {
            current,
            status: derived.status,
            source: derived.source,
            completion_date: derived.completion_date,
            milestones: derived.milestones.to_json(),
        })
    }

    fn is_as(&self, row: &GoalToRefresh) -> bool {
        self.current == row.current_value
            && self.status.as_str() == row.status
            && self.source.as_str() == row.status_source
            && self.completion_date == row.completion_date
            && self.milestones == row.milestones
    }

    /// The goal's row; what it adds to the history gets the id `of_change`.
    fn staged(self, goal: Uuid, of_change: Uuid, n: i64) -> StagedRow {
        let present = GOAL.mask(&FIELDS);
        let text = |text: &str| Value::Text(text.to_owned());
        let values = vec![
            Value::Integer(self.current),
            text(self.status.as_str()),
            self.completion_date.map_or(Value::Null, Value::Date),
            Value::Text(self.milestones),
            text(self.source.as_str()),
        ];
        StagedRow { n, id: of_change, match_id: Some(goal), key: None, present, values }
    }
}
