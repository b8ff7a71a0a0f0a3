//! What needs somebody today: one row an account, the most urgent first, each with its reason, the last touch, the next step and what
//! changed since yesterday.
//!
//! An account is in the list while an alert of it is open or a task of it is due. It leaves the list when its alerts are acknowledged,
//! snoozed or resolved and its tasks are done or moved.

mod change;
mod rank;

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

pub use change::TodayChange;
use rank::Ranked;
pub use rank::weight;

use super::{Context, lists};
use crate::error::Result;
use crate::model::account::{ACCOUNT, Account};
use crate::model::alert::{ALERT, Alert, AlertState, in_state};
use crate::model::engagement::ENGAGEMENT;
use crate::model::entry::Entry;
use crate::model::noun::{Noun, Storage, Value};
use crate::model::nouns::{ScopeNoun, TASK};
use crate::model::selection::{Condition, Order, Selection};
use crate::score::alerts::Severity;
use crate::store::lists::ListedRecord;
use crate::store::scores::snapshots;
use crate::store::{self, Tx};

/// As many rows as are listed where no number is given.
pub const USUAL_ROWS: u64 = 25;

/// Whose records the rows tell of: whoever looks at them must be able to read all of these.
pub const READS: [ScopeNoun; 5] =
    [ScopeNoun::Accounts, ScopeNoun::Alerts, ScopeNoun::Tasks, ScopeNoun::Engagements, ScopeNoun::Health];

/// What comes next for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// A task, or else an engagement.
    pub is_task: bool,
    pub id: Uuid,
    pub title: String,
    /// When it is due, or planned for; none: a task without a due date.
    pub day: Option<NaiveDate>,
}

/// An account that needs something.
#[derive(Debug, Clone)]
pub struct TodayRow {
    pub account: Account,
    /// Of the most urgent open alert; an overdue task is as urgent as a warning, one that is due today as an info.
    pub severity: Severity,
    /// The ARR in cents, weighted by how near the renewal is: see [`weight`].
    pub weight: i64,
    /// The open alerts, the most urgent first.
    pub alerts: Vec<Alert>,
    /// The open tasks that are due by today, the first due first.
    pub due: Vec<Entry>,
    /// When its last engagement was completed.
    pub last_engagement: Option<DateTime<Utc>>,
    pub next: Option<NextStep>,
    /// Since yesterday.
    pub changes: Vec<TodayChange>,
}

impl TodayRow {
    /// Why it is in the list, in words: the most urgent alert, or else the task that is due first.
    pub fn reason(&self) -> String {
        if let Some(alert) = self.alerts.first() {
            return alert.message.clone();
        }
        match self.due.first() {
            Some(task) => format!("task due {}: {}", task.date("due").unwrap_or_default(), task.title()),
            None => String::new(),
        }
    }

    /// Alerts and due tasks beside the reason.
    pub fn more(&self) -> usize {
        (self.alerts.len() + self.due.len()).saturating_sub(1)
    }

    /// The change of health between the latest two runs.
    pub fn health_change(&self) -> Option<i64> {
        self.changes.iter().find_map(|change| match change {
            TodayChange::Health { from, to } => Some(to - from),
            _ => None,
        })
    }
}

/// What needs somebody on a day.
#[derive(Debug, Clone)]
pub struct Today {
    pub day: NaiveDate,
    /// The organization's currency.
    pub currency: String,
    /// The day of the latest run; none: there was none.
    pub scored: Option<NaiveDate>,
    /// The run that scores are compared with.
    pub compared: Option<NaiveDate>,
    /// Accounts that need something, listed or not, and how many of them are critical.
    pub total: u64,
    pub critical: u64,
    /// In order: by severity, then by weight.
    pub rows: Vec<TodayRow>,
}

/// At most `limit` of the accounts that pass and need something, from one consistent state.
///
/// # Errors
/// Those of reading.
pub async fn today(context: &Context, selection: &Selection, limit: usize) -> Result<Today> {
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.db.read().await?;
    let needs = store::today::needs(&mut tx, &scope, selection, today).await?;
    let severity = |urgency: i64| match urgency {
        2.. => Severity::Critical,
        1 => Severity::Warning,
        _ => Severity::Info,
    };
    let all: Vec<Ranked> = needs
        .iter()
        .map(|need| Ranked {
            account: need.id,
            severity: severity(need.urgency),
            weight: weight(need.arr, need.contract_end, today),
        })
        .collect();
    let total = all.len() as u64;
    let critical = all.iter().filter(|one| one.severity == Severity::Critical).count() as u64;
    let scored = snapshots::last_day(&mut tx, &scope, None).await?;
    let compared = match scored {
        Some(day) => snapshots::last_day(&mut tx, &scope, Some(day)).await?,
        None => None,
    };
    let first = rank::first(all, limit);
    let rows =
        Reader { context, ids: first.iter().map(|one| one.account).collect() }.rows(&mut tx, &first, compared).await?;
    Ok(Today { day: today, currency: context.organization.currency.clone(), scored, compared, total, critical, rows })
}

/// Reads what is told of a few accounts.
struct Reader<'c> {
    context: &'c Context,
    ids: Vec<Uuid>,
}

impl Reader<'_> {
    async fn rows(&self, tx: &mut Tx<'_>, first: &[Ranked], compared: Option<NaiveDate>) -> Result<Vec<TodayRow>> {
        if first.is_empty() {
            return Ok(Vec::new());
        }
        let (scope, today) = (self.context.scope(), self.context.today());
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        let mut accounts: HashMap<Uuid, Account> = self
            .all::<Account>(tx, &ACCOUNT, Selection::of_ids(self.ids.iter().copied()), Order::BY_ID)
            .await?
            .into_iter()
            .map(|account| (account.id, account))
            .collect();
        let open = self.of_these(in_state(AlertState::Open, today)?);
        let mut alerts: HashMap<Uuid, Vec<Alert>> = HashMap::new();
        for alert in self.all::<Alert>(tx, &ALERT, open, Order::first(&ALERT)).await? {
            if let Some(account) = &alert.account {
                alerts.entry(account.id).or_default().push(alert);
            }
        }
        let (mut due, mut next) = self.steps(tx, today).await?;
        let mut last = store::engagements::last_completed(tx, &scope, &self.ids).await?;
        let then = match compared {
            Some(day) => store::extent::health_on(tx, &scope, day, &self.ids).await?,
            None => HashMap::new(),
        };
        let mut fields: HashMap<Uuid, Vec<TodayChange>> = HashMap::new();
        for row in store::today::changes(tx, &scope, (yesterday, today), &self.ids).await? {
            fields.entry(row.account_id).or_default().extend(TodayChange::of_field(&row));
        }
        let row = |one: &Ranked| {
            let account = accounts.remove(&one.account)?;
            let (id, health) = (account.id, account.judged_health());
            let (alerts, due) = (alerts.remove(&id).unwrap_or_default(), due.remove(&id).unwrap_or_default());
            let mut changes = Vec::new();
            if let (Some(from), Some(to)) = (then.get(&id).copied(), health)
                && from != to
            {
                changes.push(TodayChange::Health { from, to });
            }
            changes.extend(alerts.iter().filter(|alert| alert.fired_on >= yesterday).map(TodayChange::of_alert));
            let overdue = due.iter().filter(|task| task.date("due") == Some(yesterday));
            changes.extend(overdue.map(|task| TodayChange::TaskOverdue { title: task.title() }));
            changes.extend(fields.remove(&id).unwrap_or_default());
            Some(TodayRow {
                severity: one.severity,
                weight: one.weight,
                alerts,
                due,
                last_engagement: last.remove(&id),
                next: next.remove(&id),
                changes,
                account,
            })
        };
        Ok(first.iter().filter_map(row).collect())
    }

    /// The tasks that are due by today, and what comes next: the open task that is due first, or the engagement that is planned
    /// for before it; else a task without a due date.
    async fn steps(
        &self,
        tx: &mut Tx<'_>,
        today: NaiveDate,
    ) -> Result<(HashMap<Uuid, Vec<Entry>>, HashMap<Uuid, NextStep>)> {
        let open = self.of_these(Selection::default()).and(Condition::Is("a.done_at is null"));
        let mut tasks = self.all::<Entry>(tx, &TASK, open, Order::BY_ID).await?;
        tasks.sort_by_key(|task| (task.date("due").is_none(), task.date("due")));
        let now = Value::Instant(self.context.clock.now());
        let ahead = self
            .of_these(Selection::default())
            .and(Condition::Is("a.completed_at is null"))
            .and(Condition::AtLeast("a.scheduled_at".into(), Storage::Instant, now));
        let planned = self.all::<Entry>(tx, &ENGAGEMENT, ahead, Order::BY_ID).await?;
        let zone = self.context.zone();
        let (mut due, mut next) = (HashMap::<Uuid, Vec<Entry>>::new(), HashMap::<Uuid, NextStep>::new());
        let steps = tasks.iter().map(|task| (true, task, task.date("due")));
        let meetings = planned.iter().map(|entry| (false, entry, entry.instant("scheduled_at").map(|at| zone.day(at))));
        for (is_task, entry, day) in steps.chain(meetings) {
            let Some(account) = entry.id_of("account") else { continue };
            let step = || NextStep { is_task, id: entry.id(), title: entry.title(), day };
            let place = |step: &NextStep| (step.day.is_none(), step.day);
            match next.entry(account) {
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(step());
                }
                std::collections::hash_map::Entry::Occupied(mut known) => {
                    if (day.is_none(), day) < place(known.get()) {
                        known.insert(step());
                    }
                }
            }
        }
        for task in tasks {
            if let Some(account) = task.id_of("account").filter(|_| task.date("due").is_some_and(|day| day <= today)) {
                due.entry(account).or_default().push(task);
            }
        }
        Ok((due, next))
    }

    /// Records of these accounts, archived or not: which accounts there are is settled.
    fn of_these(&self, selection: Selection) -> Selection {
        let ids = self.ids.iter().map(|id| Value::Id(*id)).collect();
        let archived = crate::model::filter::Archived::With;
        Selection { archived, ..selection }.and(Condition::In("a.account_id".into(), Storage::Id, ids))
    }

    async fn all<T: ListedRecord>(
        &self,
        tx: &mut Tx<'_>,
        noun: &'static Noun,
        selection: Selection,
        order: Order,
    ) -> Result<Vec<T>> {
        lists::stream::<T>(tx, self.context, noun, &selection, order)?.try_collect().await
    }
}
