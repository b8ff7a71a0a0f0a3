//! What a run came to, in figures and in words.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::model::operation::Ledger;
use crate::score::alerts::HeldBy;
use crate::score::{Amount, Component, LITTLE};

/// Number of accounts whose band changed since the previous snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = BandsMoved))]
pub struct BandsMoved {
    pub up: u64,
    pub down: u64,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = RecomputeOutcome))]
pub struct Outcome {
    /// The operation; null: nothing changed, or a dry run.
    pub operation: Option<Uuid>,
    pub as_of: NaiveDate,
    /// Unarchived accounts, including churned ones.
    pub accounts: u64,
    pub scored: u64,
    /// Accounts or snapshots that changed.
    pub changed: u64,
    pub insufficient: u64,
    /// Accounts with insufficient data that had a band before.
    pub became_insufficient: u64,
    /// The component of which these accounts lost most data; null: no data lost.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub missing_data: Option<&'static str>,
    /// Mean share of the health model for which there is data, in percent, without onboarding accounts; null: no accounts, or the
    /// run scored only some accounts.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub mean_coverage: Option<Amount>,
    pub bands: BTreeMap<&'static str, u64>,
    pub moved: BandsMoved,
    pub status_changes: u64,
    pub alerts_opened: u64,
    pub alerts_cleared: u64,
    /// Held alerts, including those of earlier runs.
    pub alerts_held: u64,
    /// Held alerts, by reason and rule.
    pub held: Vec<AlertsHeld>,
    /// Data that looks wrong, each as the topic of its alert; alerts based on it are held.
    pub doubts: Vec<String>,
    /// Fingerprint of the model; of several models, in their order, separated by commas.
    pub model: String,
    pub seconds: f64,
}

/// Held alerts of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AlertsHeld))]
pub struct AlertsHeld {
    /// Reason for holding: `guard`, `first_run`, `new_rule` or `new_model`.
    pub held_by: String,
    pub rule: String,
    pub alerts: u64,
}

impl Outcome {
    pub(super) fn ledger(&self) -> Ledger {
        let unchanged = self.accounts - self.changed;
        Ledger { rows: self.accounts, updated: self.changed, unchanged, ..Ledger::default() }
    }

    /// The summary, for the activity feed and the last line of the output.
    pub fn summary(&self) -> String {
        let mut parts = vec![format!("{} of {} accounts scored as of {}", self.scored, self.accounts, self.as_of)];
        parts.push(format!("{} up and {} down", self.moved.up, self.moved.down));
        for (count, what) in [
            (self.status_changes, ["status changed", "statuses changed"]),
            (self.alerts_opened, ["alert opened", "alerts opened"]),
            (self.alerts_cleared, ["cleared"; 2]),
            (self.insufficient, ["with too little data"; 2]),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", what[usize::from(count != 1)]));
            }
        }
        // More than one account in twenty suggests a problem with the data.
        if self.became_insufficient * 20 > self.scored {
            let share = (self.became_insufficient * 100 + self.scored / 2) / self.scored.max(1);
            let missing = match self.missing_data.and_then(|name| Component::parse(name).ok()) {
                Some(Component::ProductUsage) => ": the usage feed is missing",
                Some(Component::Support) => ": the support feed is missing",
                Some(Component::Engagement) => ": engagements are missing",
                Some(Component::Business) => ": fields of accounts are missing",
                None => "",
            };
            let count = self.became_insufficient;
            parts.push(format!("{count} ({share} % of the accounts) moved to insufficient_data{missing}"));
        }
        if let Some(mean) = self.mean_coverage.filter(|mean| mean.0 < LITTLE) {
            parts.push(format!("data for {} % of the model", (mean.0 + 50) / 100));
        }
        for reason in HeldBy::ALL {
            let of = self.held.iter().filter(|held| held.held_by == reason.as_str());
            let rules: Vec<String> = of.clone().map(|held| format!("{} {}", held.rule, held.alerts)).collect();
            if !rules.is_empty() {
                let (alerts, rules) = (of.map(|held| held.alerts).sum::<u64>(), rules.join(", "));
                let held = if *reason == HeldBy::Guard { "HELD" } else { "held" };
                let what = if alerts == 1 { "alert" } else { "alerts" };
                parts.push(format!("{alerts} {what} {held}, reason {} ({rules})", reason.as_str()));
            }
        }
        if !self.doubts.is_empty() {
            parts.push(format!("doubtful data, alerts HELD: {}", self.doubts.join(", ")));
        }
        parts.join(", ")
    }

    /// Whether somebody has to look at the data: the guard holds alerts, or would.
    pub fn is_guarded(&self) -> bool {
        !self.doubts.is_empty() || self.held.iter().any(|held| held.held_by == HeldBy::Guard.as_str())
    }

    /// What is held now, those of earlier runs included.
    pub(super) fn hold(&mut self, mut held: Vec<AlertsHeld>) {
        held.sort();
        self.alerts_held = held.iter().map(|held| held.alerts).sum();
        self.held = held;
    }
}
