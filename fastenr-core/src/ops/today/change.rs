//! What changed about an account since yesterday, in words.

use crate::model::alert::Alert;
use crate::money::Cents;
use crate::score::alerts::Rule;
use crate::store::today::ChangeRow;

/// Something that changed since yesterday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TodayChange {
    /// Between the latest run and the one before it.
    Health { from: i64, to: i64 },
    /// An alert opened, or one that was open got worse.
    Alert { rule: Rule, is_new: bool },
    /// A task was due yesterday.
    TaskOverdue { title: String },
    /// A dated field of the account, as the journal has its values.
    Field { name: String, old: Option<String>, new: Option<String> },
}

/// Dated fields whose changes are told. Those of ARR are in cents.
const FIELDS: [&str; 5] = ["status", "renewal_stage", "contract_end", "arr", "auto_renew"];

impl TodayChange {
    pub(super) fn of_alert(alert: &Alert) -> Self {
        Self::Alert { rule: alert.rule, is_new: alert.fired_on == alert.opened_on }
    }

    /// None where nothing of it is told.
    pub(super) fn of_field(row: &ChangeRow) -> Option<Self> {
        let told = FIELDS.contains(&row.field.as_str()) && row.old_value != row.new_value;
        told.then(|| Self::Field { name: row.field.clone(), old: row.old_value.clone(), new: row.new_value.clone() })
    }

    /// `health 72 → 58`, `new alert: health drop`, `renewal stage likely → at risk`.
    pub fn words(&self) -> String {
        match self {
            Self::Health { from, to } => format!("health {from} → {to}"),
            Self::Alert { rule, is_new } => {
                let how = if *is_new { "new alert" } else { "alert got worse" };
                format!("{how}: {}", plain(rule.as_str()))
            }
            Self::TaskOverdue { title } => format!("task now overdue: {title}"),
            Self::Field { name, old, new } => {
                let label = match name.as_str() {
                    "contract_end" => "renewal date".to_owned(),
                    "arr" => "ARR".to_owned(),
                    other => plain(other),
                };
                format!("{label} {} → {}", value(name, old.as_deref()), value(name, new.as_deref()))
            }
        }
    }
}

fn value(name: &str, text: Option<&str>) -> String {
    match (name, text) {
        (_, None | Some("")) => "–".to_owned(),
        ("arr", Some(text)) => text.parse().map_or_else(|_| text.to_owned(), |cents| Cents(cents).short()),
        ("contract_end", Some(text)) => text.to_owned(),
        (_, Some(text)) => plain(text),
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        let field = |name: &str, old: Option<&str>, new: Option<&str>| TodayChange::Field {
            name: name.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        for (change, words) in [
            (TodayChange::Health { from: 72, to: 58 }, "health 72 → 58"),
            (TodayChange::Alert { rule: Rule::HealthDrop, is_new: true }, "new alert: health drop"),
            (TodayChange::Alert { rule: Rule::HealthBelow, is_new: false }, "alert got worse: health below"),
            (field("renewal_stage", None, Some("at_risk")), "renewal stage – → at risk"),
            (field("arr", Some("120000000"), Some("90000000")), "ARR 1.2 M → 900 k"),
            (field("contract_end", Some("2026-12-31"), Some("2027-12-31")), "renewal date 2026-12-31 → 2027-12-31"),
        ] {
            assert_eq!(change.words(), words);
        }
    }
}
