//! The filter options of alerts.

use fastenr_core::Result;
use fastenr_core::model::alert::{AlertFilter, AlertState};
use fastenr_core::ops::{Context, alerts};

use crate::typed::Since;

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Owners of the accounts, separated by commas: e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER,USER")]
    pub owner: Vec<String>,

    /// Only alerts of accounts without an owner; with --owner: alerts of both.
    #[arg(long)]
    pub unowned: bool,

    /// Severities, separated by commas: info, warning, critical.
    #[arg(long, value_name = "SEVERITY,SEVERITY")]
    pub severity: Vec<String>,

    /// Alert rules, separated by commas, such as health_drop or renewal_window.
    #[arg(long, value_name = "RULE,RULE")]
    pub rule: Vec<String>,

    /// Segment of the accounts (repeat to match all).
    #[arg(long, value_name = "NAME")]
    pub segment: Vec<String>,

    /// Minimum ARR of the account.
    #[arg(long, value_name = "AMOUNT")]
    pub arr_min: Option<String>,

    /// Only alerts of this account.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,

    /// Opened or got worse since this time, such as 7d, monday or 2026-03-01; see `fastenr help dates`.
    #[arg(long, value_name = "DATE")]
    pub since: Option<Since>,
}

impl FilterArgs {
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = Vec::new();
        for (name, values) in
            [("owner", &self.owner), ("severity", &self.severity), ("rule", &self.rule), ("segment", &self.segment)]
        {
            pairs.extend(values.iter().map(|value| (name, value.as_str())));
        }
        if self.unowned {
            pairs.push(("unowned", "true"));
        }
        let single = [("account", &self.account), ("arr_min", &self.arr_min)];
        pairs.extend(single.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        pairs.extend(self.since.iter().map(|since| ("since", since.as_str())));
        pairs
    }
}

/// Alerts by their ids, or all that match a filter.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ChosenArgs {
    /// Ids of alerts, as in the list; without ids, a filter is needed.
    #[arg(value_name = "ALERT", required_unless_present_any = ["owner", "unowned", "severity", "rule", "segment", "account", "arr_min", "since"])]
    pub alerts: Vec<String>,

    #[command(flatten)]
    pub filter: FilterArgs,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

impl ChosenArgs {
    /// The named alerts in any state; without names, the matching ones in one of `states`.
    pub(crate) async fn read(&self, context: &Context, states: &[AlertState]) -> Result<AlertFilter> {
        let ids = self.alerts.iter().map(|id| ("id", id.as_str()));
        let mut filter = alerts::filter(context, self.filter.pairs().into_iter().chain(ids)).await?;
        if filter.ids.is_empty() {
            filter.states = states.to_vec();
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        filter: FilterArgs,
    }

    #[test]
    fn flags_and_filters_are_the_same() {
        // Ids are arguments, states and why an alert is held the list's own.
        let own = ["id", "state", "held_by", "sort"];
        let names = alerts::ALERT_FILTERS.iter().map(|(name, _)| *name).filter(|name| !own.contains(name));
        for name in names {
            let mut words = vec!["fastenr".to_owned(), format!("--{}", name.replace('_', "-"))];
            let value = if name == "since" { "monday" } else { "true" };
            if name != "unowned" {
                words.push(value.to_owned());
            }
            assert_eq!(Only::try_parse_from(words).unwrap().filter.pairs(), [(name, value)]);
        }
    }
}
