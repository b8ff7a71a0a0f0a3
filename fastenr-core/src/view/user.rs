//! What a user who leaves gives to others.

use super::record::{count, text};
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::handover::Share;

/// What one user gets.
pub static SHARE_FIELDS: &[Field] = &[
    Field::new("owner", Meaning::Line, "who gets it: an e-mail address").required(),
    Field::new("accounts", Meaning::Count, "how many accounts").required(),
    Field::new("arr", Meaning::Money, "of these accounts together, archived and churned ones aside").required(),
    Field::new("engagements", Meaning::Count, "how many scheduled engagements").required(),
    Field::new("alerts", Meaning::Count, "how many alerts").required(),
];

/// The value of a field of [`SHARE_FIELDS`].
pub fn share(share: &Share, field: &Field) -> Value {
    match field.name {
        "owner" => text(&share.owner.email),
        "accounts" => count(share.accounts),
        "arr" => Value::Integer(share.arr.0),
        "engagements" => count(share.engagements),
        "alerts" => count(share.alerts),
        _ => Value::Null,
    }
}
