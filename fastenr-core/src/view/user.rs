//! What a user who leaves gives to others.

use super::record::{count, text};
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::handover::Share;

/// What one new owner gets.
pub static SHARE_FIELDS: &[Field] = &[
    Field::new("owner", Meaning::Line, "new owner: e-mail address").required(),
    Field::new("accounts", Meaning::Count, "number of accounts").required(),
    Field::new("arr", Meaning::Money, "total ARR of these accounts, without archived and churned ones").required(),
    Field::new("engagements", Meaning::Count, "number of scheduled engagements").required(),
    Field::new("alerts", Meaning::Count, "number of alerts").required(),
    Field::new("tasks", Meaning::Count, "number of open tasks").required(),
];

/// The value of a field of [`SHARE_FIELDS`].
pub fn share(share: &Share, field: &Field) -> Value {
    match field.name {
        "owner" => text(&share.owner.email),
        "accounts" => count(share.accounts),
        "arr" => Value::Integer(share.arr.0),
        "engagements" => count(share.engagements),
        "alerts" => count(share.alerts),
        "tasks" => count(share.tasks),
        _ => Value::Null,
    }
}
