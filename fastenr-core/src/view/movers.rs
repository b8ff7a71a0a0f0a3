//! Whose health fell and rose most between two runs, and why.

use chrono::NaiveDate;
use serde::Serialize;

use super::record::{optional_number, optional_text, text};
use super::{Members, record};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::{GOAL_VALUE, NumberRule};
use crate::ops::scores::views::{LeftOut, Mover, Movers};

/// The difference of two scores.
pub(super) static CHANGE: NumberRule = NumberRule {
    code: "change",
    rule: "a change of a score is a whole number from -100 to 100",
    decimals: 0,
    least: -100,
    most: 100,
    rounded: false,
    percent: false,
};

/// An account whose health changed.
pub static MOVER_FIELDS: &[Field] = &[
    Field::new("account_name", Meaning::Line, "name of the account").required(),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none").required(),
    Field::new("owner", Meaning::Line, "owner of the account: e-mail address"),
    Field::new("arr", Meaning::Money, "ARR of the account"),
    Field::new("from", Meaning::Score, "health score on the earlier day").required(),
    Field::new("to", Meaning::Score, "health score on the later day").required(),
    Field::new("change", Meaning::Number(&CHANGE), "change: later minus earlier score").required(),
    Field::new("cause", Meaning::Line, "main cause of the change, as a code").required(),
    Field::new(
        "effect",
        Meaning::Number(&GOAL_VALUE),
        "effect of the cause alone, in points; other causes may have the opposite effect",
    ),
    Field::new("why", Meaning::Line, "cause in words; for a factor, its data on both days").required(),
    Field::new("adjusted", Meaning::Boolean, "true: an adjustment applies now").required(),
];

/// The value of a field of [`MOVER_FIELDS`].
pub fn value(mover: &Mover, field: &Field) -> Value {
    match field.name {
        "account_name" => text(&mover.name),
        "account" => Value::Text(mover.external_id.clone().unwrap_or_else(|| mover.account.to_string())),
        "owner" => optional_text(mover.owner.as_deref()),
        "arr" => optional_number(mover.arr),
        "from" => Value::Integer(mover.from),
        "to" => Value::Integer(mover.to),
        "change" => Value::Integer(mover.change()),
        "cause" => text(mover.cause.code()),
        "effect" => optional_number(mover.effect),
        "why" => Value::Text(mover.why()),
        "adjusted" => Value::Boolean(mover.adjusted),
        _ => Value::Null,
    }
}

/// Changes of health between two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthMovers {
    /// The day of the earlier run; null: there is no run that old.
    pub from: Option<NaiveDate>,
    /// The day of the latest run; null: no run yet.
    pub to: Option<NaiveDate>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::falls))]
    pub falls: Vec<Members>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::rises))]
    pub rises: Vec<Members>,
    /// Number of accounts that fell, listed or not.
    pub fell: u64,
    /// Number of accounts that rose, listed or not.
    pub rose: u64,
    /// Number of accounts without a change.
    pub stayed: u64,
    /// Accounts left out because of their state in one of the two runs.
    pub left_out: LeftOut,
}

impl From<&Movers> for HealthMovers {
    fn from(found: &Movers) -> Self {
        let rows = |movers: &[Mover]| -> Vec<Members> {
            movers.iter().map(|mover| record(MOVER_FIELDS, |field| value(mover, field))).collect()
        };
        Self {
            from: found.from,
            to: found.to,
            falls: rows(&found.falls),
            rises: rows(&found.rises),
            fell: found.fell,
            rose: found.rose,
            stayed: found.stayed,
            left_out: found.left_out,
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::records;
    use super::MOVER_FIELDS;

    pub(super) fn falls() -> RefOr<Schema> {
        records(MOVER_FIELDS, "falls: 5 points or more first, by ARR")
    }

    pub(super) fn rises() -> RefOr<Schema> {
        records(MOVER_FIELDS, "rises: 5 points or more first, by ARR")
    }
}
