//! Metrics as of many days: each row is read once, while [`super::gather`] sums those of a day in the database.
//!
//! The days ascend. What [`gather`](super::gather) and the look-ups beyond its window give for a day is made of the rows of
//! its 120 days, which are kept in memory, and of what is remembered of those before.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::NaiveDate;
use uuid::Uuid;

use super::accounts::{AccountRow, Feeds, Sums};
use super::book::FeedDay;
use super::gather::WINDOW;
use crate::score::{Connected, Factor, Sum};
use crate::store::{Scope, StoreResult, Tx};

/// A row of metrics, as far as sums are made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
struct Row {
    account_id: Uuid,
    metric_date: NaiveDate,
    login_frequency: Option<i64>,
    feature_adoption_score: Option<i64>,
    session_minutes: Option<i64>,
    active_users: Option<i64>,
    training_completion_rate: Option<i64>,
    support_tickets: Option<i64>,
    urgent_tickets: Option<i64>,
    escalated_tickets: Option<i64>,
    open_urgent_tickets: Option<i64>,
    tickets_resolved: Option<i64>,
    resolution_hours: Option<i64>,
    csat: Option<i64>,
    csat_responses: Option<i64>,
}

/// A value that may be missing; those of metrics are from 0 to [`i32::MAX`].
#[derive(Debug, Clone, Copy)]
struct Cell(i32);

impl Cell {
    fn of(value: Option<i64>) -> Self {
        Self(value.map_or(-1, |value| i32::try_from(value).unwrap_or(i32::MAX)))
    }

    fn get(self) -> Option<i64> {
        (self.0 >= 0).then(|| i64::from(self.0))
    }
}

/// A row as it is kept: there are many of them.
#[derive(Debug, Clone, Copy)]
struct CompactRow {
    date: NaiveDate,
    logins: Cell,
    adoption: Cell,
    session: Cell,
    active_users: Cell,
    training: Cell,
    tickets: Cell,
    urgent: Cell,
    escalated: Cell,
    open_urgent: Cell,
    resolved: Cell,
    hours: Cell,
    csat: Cell,
    responses: Cell,
}

impl From<Row> for CompactRow {
    fn from(row: Row) -> Self {
        Self {
            date: row.metric_date,
            logins: Cell::of(row.login_frequency),
            adoption: Cell::of(row.feature_adoption_score),
            session: Cell::of(row.session_minutes),
            active_users: Cell::of(row.active_users),
            training: Cell::of(row.training_completion_rate),
            tickets: Cell::of(row.support_tickets),
            urgent: Cell::of(row.urgent_tickets),
            escalated: Cell::of(row.escalated_tickets),
            open_urgent: Cell::of(row.open_urgent_tickets),
            resolved: Cell::of(row.tickets_resolved),
            hours: Cell::of(row.resolution_hours),
            csat: Cell::of(row.csat),
            responses: Cell::of(row.csat_responses),
        }
    }
}

impl Row {
    const fn usage(&self) -> bool {
        self.login_frequency.is_some()
            || self.feature_adoption_score.is_some()
            || self.session_minutes.is_some()
            || self.active_users.is_some()
    }
}

/// The metrics of an organization up to a day.
#[derive(Debug, Default)]
pub struct Fold {
    day: Option<NaiveDate>,
    accounts: HashMap<Uuid, Account>,
    /// Days on which the feeds of usage and of tickets had a row for anyone.
    feeds: BTreeMap<NaiveDate, (bool, bool)>,
    training: bool,
}

#[derive(Debug, Default)]
struct Account {
    /// Of the window, the oldest first.
    rows: VecDeque<CompactRow>,
    usage_first: Option<NaiveDate>,
    tickets_first: Option<NaiveDate>,
    ever_active_users: Option<i64>,
    training: Option<i64>,
    last_login: Option<NaiveDate>,
    last_active: Option<NaiveDate>,
}

impl Fold {
    /// Goes on to the end of a day, which must not be before the one it stands at.
    pub async fn advance(&mut self, tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<()> {
        let sql = format!(
            "select m.account_id, m.metric_date, m.login_frequency, m.feature_adoption_score, m.session_minutes, \
               m.active_users, m.training_completion_rate, m.support_tickets, m.urgent_tickets, m.escalated_tickets, \
               m.open_urgent_tickets, m.tickets_resolved, m.resolution_hours, m.csat, m.csat_responses \
             from health_metrics m where m.organization_id = $1 and m.metric_date <= $2{} order by m.metric_date",
            if self.day.is_some() { " and m.metric_date > $3" } else { "" }
        );
        let statement = tx.of(scope, sql).bind(day);
        let mut rows = match self.day {
            Some(from) => statement.bind(from).fetch::<Row>()?,
            None => statement.fetch::<Row>()?,
        };
        while let Some(row) = futures_util::TryStreamExt::try_next(&mut rows).await? {
            self.take(row);
        }
        self.day = Some(day);
        for account in self.accounts.values_mut() {
            while account.rows.front().is_some_and(|row| age(day, row) >= WINDOW.cast_signed()) {
                account.rows.pop_front();
            }
        }
        Ok(())
    }

    fn take(&mut self, row: Row) {
        let (usage, tickets) = (row.usage(), row.support_tickets.is_some());
        let feed = self.feeds.entry(row.metric_date).or_default();
        *feed = (feed.0 || usage, feed.1 || tickets);
        self.training |= row.training_completion_rate.is_some();
        let account = self.accounts.entry(row.account_id).or_default();
        account.usage_first = account.usage_first.or(usage.then_some(row.metric_date));
        account.tickets_first = account.tickets_first.or(tickets.then_some(row.metric_date));
        account.ever_active_users = row.active_users.or(account.ever_active_users);
        account.training = row.training_completion_rate.or(account.training);
        let date = Some(row.metric_date);
        account.last_login = date.filter(|_| row.login_frequency > Some(0)).or(account.last_login);
        account.last_active = date.filter(|_| row.active_users > Some(0)).or(account.last_active);
        account.rows.push_back(row.into());
    }

    /// As [`super::book::feed_days`].
    pub fn feed_days(&self, most: u64) -> Vec<FeedDay> {
        let Some(day) = self.day else { return Vec::new() };
        let feed = |age: u64| {
            let (usage, tickets) = self.feeds.get(&super::back(day, age)).copied().unwrap_or_default();
            FeedDay { age: age.cast_signed(), usage, tickets }
        };
        (0..=most).map(feed).collect()
    }

    /// As [`super::book::any_tickets`].
    pub fn any_tickets(&self, by: NaiveDate) -> bool {
        self.feeds.range(..=by).any(|(_, (_, tickets))| *tickets)
    }

    /// As [`super::book::connected`].
    pub fn connected(&self) -> Connected {
        let Some(day) = self.day else { return Connected::default() };
        let mut found = Connected::default();
        for row in self.accounts.values().flat_map(|account| &account.rows) {
            let age = age(day, row);
            let severe = row.urgent.get().or(row.escalated.get());
            for (factor, told) in [
                (Factor::LoginFrequency, age < 28 && row.logins.get().is_some()),
                (Factor::FeatureAdoption, age < 28 && row.adoption.get().is_some()),
                (Factor::SessionDuration, age < 28 && row.session.get().is_some()),
                (Factor::UserActivity, age < 28 && row.active_users.get().is_some()),
                (Factor::TicketVolume, age < 30 && row.tickets.get().is_some()),
                (Factor::TicketSeverity, age < 90 && severe.is_some()),
            ] {
                found.0 |= u32::from(told) << factor.place();
            }
        }
        found
    }

    /// As [`super::book::any_training`].
    pub const fn any_training(&self) -> bool {
        self.training
    }

    /// As [`super::book::csat`].
    pub fn csat(&self) -> Sum {
        let Some(day) = self.day else { return Sum::default() };
        let mut all = Sum::default();
        for row in self.accounts.values().flat_map(|account| &account.rows).filter(|row| age(day, row) < 90) {
            if let Some(csat) = row.csat.get() {
                let responses = row.responses.get().unwrap_or(1);
                all.sum += csat * responses;
                all.count += responses;
            }
        }
        all
    }

    /// Puts into the row of an account what [`super::accounts::batch`] finds of its metrics.
    pub fn fill(&self, row: &mut AccountRow, feeds: Feeds) {
        let (Some(day), Some(account)) = (self.day, self.accounts.get(&row.id)) else { return };
        row.sums = sums(day, &account.rows);
        row.usage_first = account.usage_first.filter(|_| feeds.usage);
        row.tickets_first = account.tickets_first.filter(|_| feeds.tickets);
        row.ever_active_users = account.ever_active_users.filter(|_| feeds.usage);
        row.training_ever = account.training.filter(|_| feeds.training);
        row.login_before = account.last_login.filter(|_| feeds.logins && row.sums.last_login.is_none());
        let unseen = row.sums.last_login.is_none() && row.sums.last_active.is_none();
        row.active_before = account.last_active.filter(|_| feeds.active_users && unseen);
    }
}

fn age(day: NaiveDate, row: &CompactRow) -> i64 {
    (day - row.date).num_days()
}

/// The sums of [`super::gather`], by the same rules; the latest values as they are.
fn sums(day: NaiveDate, rows: &VecDeque<CompactRow>) -> Sums {
    let mut sums = Sums::default();
    for row in rows {
        let age = age(day, row);
        if age < 28 {
            tally(&mut sums.logins, &mut sums.login_rows, row.logins.get());
            tally(&mut sums.adoption, &mut sums.adoption_rows, row.adoption.get());
            tally(&mut sums.session, &mut sums.session_rows, row.session.get());
            // The rows come with their dates ascending: a later one stands.
            sums.active_users = row.active_users.get().or(sums.active_users);
        } else if age < 112 {
            tally(&mut sums.session_before, &mut sums.session_before_rows, row.session.get());
        }
        if age < 112 && row.session.get().is_some() {
            sums.session_first = sums.session_first.or(Some(age));
        }
        sums.training = row.training.get().or(sums.training);
        if row.logins.get().is_some_and(|logins| logins > 0) {
            sums.last_login = Some(age);
        }
        if row.active_users.get().is_some_and(|users| users > 0) {
            sums.last_active = Some(age);
        }
        if age < 30 {
            tally(&mut sums.tickets_30, &mut sums.ticket_rows_30, row.tickets.get());
            sums.open_urgent = row.open_urgent.get().or(sums.open_urgent);
        }
        if age < 90 {
            tally(&mut sums.tickets_90, &mut sums.ticket_rows_90, row.tickets.get());
            if row.urgent.get().or(row.escalated.get()).is_some() {
                add(&mut sums.severity_rows, 1);
            }
            let resolved = row.resolved.get().unwrap_or(1);
            if let Some(hours) = row.hours.get() {
                add(&mut sums.resolution, hours * resolved);
                add(&mut sums.resolution_count, resolved);
            }
            let responses = row.responses.get().unwrap_or(1);
            if let Some(csat) = row.csat.get() {
                add(&mut sums.csat, csat * responses);
                add(&mut sums.csat_count, responses);
            }
        }
    }
    sums
}

fn add(sum: &mut Option<i64>, value: i64) {
    *sum = Some(sum.unwrap_or(0) + value);
}

/// A value and that there was one.
fn tally(sum: &mut Option<i64>, count: &mut Option<i64>, value: Option<i64>) {
    if let Some(value) = value {
        add(sum, value);
        add(count, 1);
    }
}
