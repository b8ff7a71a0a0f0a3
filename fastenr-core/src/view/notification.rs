//! What is new for the user.

use serde::Serialize;

use super::record::{count, optional_text, text};
use super::{Members, record};
use crate::model::notification::NotificationKind;
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::notifications::{Notification, Notifications};

/// A notification.
pub static NOTIFICATION_FIELDS: &[Field] = &[
    Field::new("at", Meaning::Instant, "time").required(),
    Field::new(
        "kind",
        Meaning::Choice(&NotificationKind::CHOICES),
        "kind: alert, account, task, goal_achieved, goal_missed, work, failed_work",
    )
    .required(),
    Field::new("text", Meaning::Line, "what is new, in one sentence").required(),
    Field::new("unread", Meaning::Boolean, "whether it is unread").required(),
    Field::new("count", Meaning::Count, "number of records").required(),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none; null: none or several"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("record_id", Meaning::Id, "id of the alert, account, task or goal; null: none or several"),
    Field::new("operation", Meaning::Id, "id of the operation").required(),
    Field::new("actor", Meaning::Email, "user who did it: e-mail address").required(),
];

/// The value of a field of [`NOTIFICATION_FIELDS`].
pub fn value(row: &Notification, field: &Field) -> Value {
    let account = row.account.as_ref();
    match field.name {
        "at" => Value::Instant(row.at),
        "kind" => text(row.kind.as_str()),
        "text" => text(&row.text),
        "unread" => Value::Boolean(row.is_unread),
        "count" => count(row.count),
        "account" => account.map_or(Value::Null, |account| {
            Value::Text(account.external_id.clone().unwrap_or_else(|| account.id.to_string()))
        }),
        "account_name" => optional_text(account.map(|account| account.name.as_str())),
        "record_id" => row.record.map_or(Value::Null, Value::Id),
        "operation" => Value::Id(row.operation),
        "actor" => text(&row.actor),
        _ => Value::Null,
    }
}

/// The newest notifications of the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NotificationList {
    /// Number of unread notifications, listed or not.
    pub unread: u64,
    /// Number of notifications that match, listed or not.
    pub total: u64,
    /// Marks these and earlier ones as read.
    pub cursor: String,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::notifications))]
    pub notifications: Vec<Members>,
}

impl From<&Notifications> for NotificationList {
    fn from(found: &Notifications) -> Self {
        let row = |row: &Notification| record(NOTIFICATION_FIELDS, |field| value(row, field));
        Self {
            unread: found.unread,
            total: found.total,
            cursor: found.cursor.to_string(),
            notifications: found.rows.iter().map(row).collect(),
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::records;
    use super::NOTIFICATION_FIELDS;

    pub(super) fn notifications() -> RefOr<Schema> {
        records(NOTIFICATION_FIELDS, "the newest first")
    }
}
