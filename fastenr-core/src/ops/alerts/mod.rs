//! Alerts: count them, deal with them, let held ones through; they are listed as every noun is. A run opens and clears them, see [`crate::score::alerts`].

mod actions;
mod named;

use std::collections::HashMap;

use chrono::NaiveDate;
use futures_util::TryStreamExt;
use uuid::Uuid;

pub use actions::{AlertAction, AlertActionOutcome, ReleaseOutcome, act, held, mark_sent, release};
pub use named::{id_of, since, until};

pub use crate::model::alert::HeldFilter;

use super::{Context, lists};
use crate::error::{Result, Setting, Text, Verb};
use crate::model::alert::{ALERT, Alert, AlertAccount, AlertState};
use crate::model::selection::{Order, Selection};
use crate::say;
use crate::score::alerts::{Rule, Severity};
use crate::store::alert_records;

/// The way out where an alert is not found.
fn list_all() -> Text {
    say!("{} shows them with their ids", Verb::AlertsList.with(Setting::State.is("all")))
}

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
pub async fn by_account(context: &Context, selection: &Selection, order: Order) -> Result<Vec<AccountAlerts>> {
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<Alert>(&mut tx, context, &ALERT, selection, order)?;
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

/// How many pass the filter whatever their state, by state and severity.
pub async fn counts(context: &Context, selection: &Selection) -> Result<Counts> {
    let whatever = selection.clone().in_any_state();
    let mut tx = context.db.read().await?;
    let rows = alert_records::counts(&mut tx, &context.scope(), &whatever, context.today()).await?;
    let read = |(state, severity, count): (String, String, i64)| {
        Some((AlertState::parse(&state).ok()?, Severity::parse(&severity).ok()?, u64::try_from(count).ok()?))
    };
    Ok(Counts(rows.into_iter().filter_map(read).collect()))
}
