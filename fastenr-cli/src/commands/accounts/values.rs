//! The values of an account, as flags: what create and update share.

use crate::commands::pair;
use crate::typed::{At, Since, Until};

/// What is set, and what is cleared.
pub(crate) type FieldValues = Vec<(String, Option<String>)>;

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Values")]
pub(crate) struct ValueArgs {
    /// External id: the id in the source system; unique.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,

    /// Web domain; a URL is shortened to its domain.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,

    #[arg(long, value_name = "TEXT", help = "Industry")]
    pub industry: Option<String>,

    /// Size: startup, small, medium, large or enterprise.
    #[arg(long, value_name = "SIZE")]
    pub size: Option<String>,

    /// Status: active, churned, at_risk or onboarding.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,

    /// Last day of the status, such as +2w; after it the nightly run sets the status again [default: no end].
    #[arg(long = "until", visible_alias = "status-until", value_name = "DATE")]
    pub status_until: Option<Until>,

    /// Annual recurring revenue in the organization's currency, e.g. 50000, 50000.50 or 50k.
    #[arg(long, value_name = "AMOUNT")]
    pub arr: Option<String>,

    /// Owner (customer success manager): e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,

    /// Parent account: id, external id, unique name or domain.
    #[arg(long, value_name = "ACCOUNT")]
    pub parent: Option<String>,

    /// First day of the contract.
    #[arg(long, value_name = "DATE")]
    pub contract_start: Option<At>,

    /// Day on which the contract ends or renews.
    #[arg(long, value_name = "DATE")]
    pub contract_end: Option<At>,

    /// Whether the contract renews automatically.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", require_equals = true)]
    pub auto_renew: Option<String>,

    /// Renewal stage: committed, likely, unknown, at_risk or will_churn.
    #[arg(long, value_name = "STAGE")]
    pub renewal_stage: Option<String>,

    /// Day since which a payment is past due.
    #[arg(long, value_name = "DATE")]
    pub past_due_since: Option<Since>,

    /// Paid seats.
    #[arg(long, value_name = "N")]
    pub seats: Option<String>,

    /// Tag (repeat for more); the given tags replace the existing ones.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,

    /// Custom field (repeat for more); other custom fields stay.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub custom: Vec<(String, String)>,

    /// Time since which the account exists.
    #[arg(long, value_name = "TIME")]
    pub created_at: Option<At>,

    /// Set any field by its name in exports and JSON; custom.KEY is a custom field.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
}

impl ValueArgs {
    pub(crate) fn given(self) -> FieldValues {
        let until = self.status_until.map(|day| day.as_str().to_owned());
        let since = self.past_due_since.map(|day| day.as_str().to_owned());
        let [start, end, created] = [self.contract_start, self.contract_end, self.created_at]
            .map(|time| time.map(|time| time.as_str().to_owned()));
        let mut given: FieldValues = [
            ("external_id", self.external_id),
            ("domain", self.domain),
            ("industry", self.industry),
            ("size", self.size),
            ("status", self.status),
            ("status_until", until),
            ("arr", self.arr),
            ("owner", self.owner),
            ("parent", self.parent),
            ("contract_start", start),
            ("contract_end", end),
            ("auto_renew", self.auto_renew),
            ("renewal_stage", self.renewal_stage),
            ("past_due_since", since),
            ("seats", self.seats),
            ("tags", (!self.tag.is_empty()).then(|| self.tag.join(", "))),
            ("created_at", created),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Some(value?))))
        .collect();
        given.extend(self.custom.into_iter().map(|(key, value)| (format!("custom.{key}"), Some(value))));
        given.extend(self.set.into_iter().map(|(name, value)| (name, Some(value))));
        given
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fastenr_core::model::account::ACCOUNT;
    use fastenr_core::model::noun::Meaning;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        values: ValueArgs,
    }

    fn given(line: &[&str]) -> Vec<(String, Option<String>)> {
        Only::try_parse_from(std::iter::once(&"fastenr").chain(line)).unwrap().values.given()
    }

    #[test]
    fn flags_are_fields() {
        let given = given(&["--tag", "b", "--tag", "a", "--custom", "tier=gold", "--auto-renew", "--set", "name=New"]);
        let expected = [("auto_renew", "yes"), ("tags", "b, a"), ("custom.tier", "gold"), ("name", "New")];
        assert_eq!(given, expected.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))));
    }

    /// Every field that can be written has a flag, but for the ones that other flags stand for.
    #[test]
    fn no_field_is_forgotten() {
        for field in ACCOUNT.fields.iter().filter(|field| field.writable()) {
            if matches!(field.name, "name" | "tags" | "custom_fields" | "churned_on") {
                continue;
            }
            let value = if matches!(field.meaning, Meaning::Date | Meaning::Instant) { "monday" } else { "x" };
            assert_eq!(given(&[&format!("--{}={value}", field.name.replace('_', "-"))])[0].0, field.name);
        }
    }
}
