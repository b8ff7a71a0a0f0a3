//! Alerts: list them, deal with them, let held ones through. A run opens and clears them, see [`crate::score::alerts`].

mod acts;
mod filter;

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

pub use acts::{Act, Acted, Released, act, mark_sent, release};
pub use filter::{ALERT_FILTERS, filter, id_of, since, until};

use super::Context;
use crate::error::Result;
use crate::model::alert::{Alert, AlertFilter, AlertState};
use crate::model::cursor::{Ask, ListOrder, Part};
use crate::model::filter::{Found, Page};
use crate::model::noun::{Storage, Value};
use crate::score::alerts::Severity;
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

/// A page, the most urgent first and of these the latest, and how many there are in all.
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
    let storages = vec![Storage::Integer, Storage::Instant, Storage::Id];
    let order = ListOrder { list: "alerts", sort: "urgency", descending: true, storages };
    let seek = ask.seek(&order)?.and_one();
    let mut tx = context.db.read().await?;
    let rows = alert_records::list(&mut tx, &scope, filter, today, seek).await?;
    let total = match ask.total {
        true => {
            let counts = alert_records::counts(&mut tx, &scope, filter, today).await?;
            Some(counts.iter().map(|(.., count)| u64::try_from(*count).unwrap_or(0)).sum())
        }
        false => None,
    };
    let place = |alert: &Alert| {
        let urgency = match alert.severity {
            Severity::Critical => 2,
            Severity::Warning => 1,
            Severity::Info => 0,
        };
        vec![Value::Integer(urgency), Value::Instant(alert.opened_at), Value::Id(alert.id)]
    };
    Ok(ask.part(rows, total, &order, place))
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
