//! Alerts: list them, deal with them, let held ones through. A run opens and clears them, see [`crate::score::alerts`].

mod acts;
mod filter;

use std::collections::HashMap;

use chrono::NaiveDate;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use uuid::Uuid;

pub use acts::{Act, Acted, Released, act, mark_sent, release};
pub use filter::{ALERT_FILTERS, filter, id_of, since, until};

pub use crate::store::alert_records::HeldFilter;

use super::Context;
use crate::error::Result;
use crate::model::alert::{Alert, AlertAccount, AlertFilter, AlertSort, AlertState};
use crate::model::cursor::{Ask, ListOrder, Part, Total};
use crate::model::filter::{Found, Page};
use crate::model::noun::{Storage, Value};
use crate::score::alerts::{Rule, Severity};
use crate::store::{StoreResult, Tx, alert_records};

/// How many alerts there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<(AlertState, Severity, u64)>);

impl Counts {
    pub fn of(&self, state: AlertState) -> u64 {
        self.0.iter().filter(|(of, ..)| *of == state).map(|(.., count)| count).sum()
    }

    /// Open ones that are critical.
    pub fn critical(&self) -> u64 {
        let is_critical = |of: &&(AlertState, Severity, u64)| of.0 == AlertState::Open && of.1 == Severity::Critical;
        self.0.iter().filter(is_critical).map(|(.., count)| count).sum()
    }
}

/// A page, and how many there are in all.
pub async fn list(context: &Context, filter: &AlertFilter, page: Page) -> Result<Found<Alert>> {
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.db.read().await?;
    let rows = alert_records::list(&mut tx, &scope, filter, today, page).await?;
    let counts = alert_records::counts(&mut tx, &scope, filter, today).await?;
    let total = counts.iter().map(|(.., count)| u64::try_from(*count).unwrap_or(0)).sum();
    Ok(Found { rows, total, page })
}

/// A part of the list, by page or by cursor.
///
/// # Errors
/// `cursor` for one of another list or filter.
pub async fn part(context: &Context, filter: &AlertFilter, ask: &Ask) -> Result<Part<Alert>> {
    let (scope, today) = (context.scope(), context.today());
    let mut storages = vec![Storage::Integer, Storage::Instant, Storage::Id];
    if filter.sort == AlertSort::Opened {
        storages.remove(0);
    }
    let order = ListOrder { list: "alerts", sort: filter.sort.as_str(), descending: true, storages };
    let seek = ask.seek(&order)?.and_one();
    let mut tx = context.db.read().await?;
    let rows = alert_records::list(&mut tx, &scope, filter, today, seek).await?;
    let total = match ask.total {
        Total::None => None,
        _ => {
            let counts = alert_records::counts(&mut tx, &scope, filter, today).await?;
            ask.total.of(counts.iter().map(|(.., count)| u64::try_from(*count).unwrap_or(0)).sum())
        }
    };
    let place = |alert: &Alert| {
        let urgency = match alert.severity {
            Severity::Critical => 2,
            Severity::Warning => 1,
            Severity::Info => 0,
        };
        let first = match filter.sort {
            AlertSort::Urgency => Some(urgency),
            AlertSort::Arr => Some(alert.account.as_ref().and_then(|account| account.arr).unwrap_or(-1)),
            AlertSort::Opened => None,
        };
        let rest = [Value::Instant(alert.opened_at), Value::Id(alert.id)];
        first.map(Value::Integer).into_iter().chain(rest).collect()
    };
    Ok(ask.part(rows, total, &order, place))
}

/// An account with its alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAlerts {
    pub account: AlertAccount,
    pub count: u64,
    /// The most urgent of them.
    pub severity: Severity,
    /// For what, each once, in the order of the alerts.
    pub rules: Vec<Rule>,
    /// Since the first of them.
    pub opened_on: NaiveDate,
}

/// The accounts that alerts which pass are about, in the order of their first alert. Alerts about no account are left out.
pub async fn by_account(context: &Context, filter: &AlertFilter) -> Result<Vec<AccountAlerts>> {
    let mut tx = context.db.read().await?;
    let mut rows = stream(&mut tx, context, filter)?;
    let mut found: Vec<AccountAlerts> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    while let Some(alert) = rows.try_next().await? {
        let Some(account) = alert.account else { continue };
        let place = *places.entry(account.id).or_insert_with(|| {
            let (severity, opened_on) = (alert.severity, alert.opened_on);
            found.push(AccountAlerts { account, count: 0, severity, rules: Vec::new(), opened_on });
            found.len() - 1
        });
        if let Some(of) = found.get_mut(place) {
            of.count += 1;
            of.severity = of.severity.max(alert.severity);
            of.opened_on = of.opened_on.min(alert.opened_on);
            if !of.rules.contains(&alert.rule) {
                of.rules.push(alert.rule);
            }
        }
    }
    Ok(found)
}

/// All that pass, from one consistent state: `tx` comes from [`crate::store::Db::read`].
pub fn stream<'t>(
    tx: &'t mut Tx<'_>,
    context: &Context,
    filter: &AlertFilter,
) -> Result<BoxStream<'t, StoreResult<Alert>>> {
    alert_records::stream(tx, &context.scope(), filter, context.today())
}

/// The same at once.
pub async fn all(context: &Context, filter: &AlertFilter) -> Result<Vec<Alert>> {
    let mut tx = context.db.read().await?;
    stream(&mut tx, context, filter)?.try_collect().await
}

/// How many pass the filter whatever their state, by state and severity.
pub async fn counts(context: &Context, filter: &AlertFilter) -> Result<Counts> {
    let whatever = AlertFilter { states: Vec::new(), ..filter.clone() };
    let mut tx = context.db.read().await?;
    let rows = alert_records::counts(&mut tx, &context.scope(), &whatever, context.today()).await?;
    let read = |(state, severity, count): (String, String, i64)| {
        Some((AlertState::parse(&state).ok()?, Severity::parse(&severity).ok()?, u64::try_from(count).ok()?))
    };
    Ok(Counts(rows.into_iter().filter_map(read).collect()))
}

/// Whether there is, or was, any at all.
pub async fn any(context: &Context) -> Result<bool> {
    alert_records::any(&mut context.db.read().await?, &context.scope()).await
}
