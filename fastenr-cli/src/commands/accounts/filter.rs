//! Which accounts: the flags that every list, export and bulk write shares.

use fastenr_core::Result;
use fastenr_core::model::filter::AccountFilter;
use fastenr_core::ops::Context;
use fastenr_core::ops::filters::account_filter;

use crate::commands::pair;
use crate::typed::Span;

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Any of these statuses: active, churned, at_risk, onboarding.
    #[arg(long, value_name = "A,B")]
    pub status: Vec<String>,

    /// Any of these sizes: startup, small, medium, large, enterprise.
    #[arg(long, value_name = "A,B")]
    pub size: Vec<String>,

    /// This industry; given again: any of them.
    #[arg(long, value_name = "TEXT")]
    pub industry: Vec<String>,

    /// Owned by any of these users: e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER,USER", conflicts_with = "unowned")]
    pub owner: Vec<String>,

    /// Owned by nobody.
    #[arg(long)]
    pub unowned: bool,

    /// Bearing all of these tags.
    #[arg(long, value_name = "A,B")]
    pub tag: Vec<String>,

    /// In any of these bands: healthy (80-100), moderate (60-79), concern (40-59), critical (0-39), insufficient_data (no score),
    /// onboarding, churned (the score of the last day).
    #[arg(long, value_name = "A,B")]
    pub band: Vec<String>,

    /// A health score of at least this; unknown ones and those of churned accounts do not pass.
    #[arg(long, value_name = "0-100")]
    pub health_min: Option<String>,

    /// A health score of at most this; unknown ones and those of churned accounts do not pass.
    #[arg(long, value_name = "0-100")]
    pub health_max: Option<String>,

    /// A churn risk of at least this; unknown ones and those of churned accounts do not pass.
    #[arg(long, value_name = "0-100")]
    pub risk_min: Option<String>,

    /// A churn risk of at most this; unknown ones and those of churned accounts do not pass.
    #[arg(long, value_name = "0-100")]
    pub risk_max: Option<String>,

    /// An ARR of at least this.
    #[arg(long, value_name = "AMOUNT")]
    pub arr_min: Option<String>,

    /// An ARR of at most this.
    #[arg(long, value_name = "AMOUNT")]
    pub arr_max: Option<String>,

    /// A contract that ends within this time, e.g. 90d, 12w or 3m, or has ended already; churned accounts do not renew, and pass
    /// only where --status or --band names them.
    #[arg(long, value_name = "TIME")]
    pub renews_within: Option<Span>,

    /// No engagement was completed for this time, e.g. 60d, 8w or 2m; an account that never had one passes too.
    #[arg(long, value_name = "TIME")]
    pub no_engagement_for: Option<Span>,

    /// The accounts directly under this one.
    #[arg(long, value_name = "ACCOUNT")]
    pub parent: Option<String>,

    /// A custom field with exactly this value; given again: all of them.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub custom: Vec<(String, String)>,

    /// In this segment; given again: in all of them. `fastenr segments list` shows them.
    #[arg(long, value_name = "NAME")]
    pub segment: Vec<String>,

    /// Every word occurs in the name, the domain or the external id.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,

    /// Only archived accounts; without it they are left out.
    #[arg(long)]
    pub archived: bool,
}

impl FilterArgs {
    pub(crate) async fn read(&self, context: &Context) -> Result<AccountFilter> {
        account_filter(context, self.pairs()).await
    }

    /// Whether it lets every account through that is not archived.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    /// Names and texts, as the library reads them.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut put = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        let many = [
            ("status", &self.status),
            ("size", &self.size),
            ("industry", &self.industry),
            ("owner", &self.owner),
            ("tag", &self.tag),
            ("band", &self.band),
            ("segment", &self.segment),
        ];
        many.iter().for_each(|(name, values)| values.iter().for_each(|value| put(name, value)));
        let single = [
            ("health_min", &self.health_min),
            ("health_max", &self.health_max),
            ("risk_min", &self.risk_min),
            ("risk_max", &self.risk_max),
            ("arr_min", &self.arr_min),
            ("arr_max", &self.arr_max),
            ("parent", &self.parent),
            ("search", &self.search),
        ];
        single.iter().for_each(|(name, value)| value.iter().for_each(|value| put(name, value)));
        [("renews_within", &self.renews_within), ("no_engagement_for", &self.no_engagement_for)]
            .iter()
            .for_each(|(name, value)| value.iter().for_each(|value| put(name, value.as_str())));
        [("unowned", self.unowned), ("archived", self.archived)]
            .iter()
            .filter(|(_, set)| *set)
            .for_each(|(name, _)| put(name, "true"));
        self.custom.iter().for_each(|(key, value)| put(&format!("custom.{key}"), value));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fastenr_core::ops::filters::ACCOUNT_FILTERS;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        filter: FilterArgs,
    }

    /// Each flag reaches the filter under the name that the library knows, and none of the library's is missing here.
    #[test]
    fn flags_and_filters_are_the_same() {
        for (name, _) in ACCOUNT_FILTERS {
            let flag = format!("--{}", name.replace('_', "-"));
            let value = if matches!(*name, "renews_within" | "no_engagement_for") { "3m" } else { "x" };
            let line = if matches!(*name, "unowned" | "archived") { vec![flag] } else { vec![flag, value.to_owned()] };
            let parsed = Only::try_parse_from(std::iter::once("fastenr".to_owned()).chain(line)).unwrap();
            let pairs = parsed.filter.pairs();
            assert_eq!(pairs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [*name]);
        }
        let parsed = Only::try_parse_from(["fastenr", "--custom", "tier=gold"]).unwrap();
        assert_eq!(parsed.filter.pairs(), [("custom.tier".to_owned(), "gold".to_owned())]);
        assert!(FilterArgs::default().is_empty());
    }
}
