//! The files: what other systems would send.

use std::io;

use crate::export::RecordWriter;

pub(super) const ACCOUNTS: [&str; 16] = [
    "external_id",
    "name",
    "domain",
    "industry",
    "size",
    "status",
    "arr",
    "owner",
    "contract_start",
    "contract_end",
    "auto_renew",
    "renewal_stage",
    "past_due_since",
    "seats",
    "tags",
    "churned_on",
];

pub(super) const CONTACTS: [&str; 7] = ["external_id", "account", "name", "email", "title", "role", "left_on"];

pub(super) const METRICS: [&str; 18] = [
    "account",
    "metric_date",
    "login_frequency",
    "feature_adoption_score",
    "session_minutes",
    "active_users",
    "daily_active_users",
    "training_completion_rate",
    "support_tickets",
    "urgent_tickets",
    "escalated_tickets",
    "open_urgent_tickets",
    "tickets_resolved",
    "resolution_hours",
    "csat",
    "csat_responses",
    "sentiment",
    "sentiment_reason",
];

pub(super) const ENGAGEMENTS: [&str; 14] = [
    "external_id",
    "account",
    "type",
    "title",
    "description",
    "outcome",
    "direction",
    "scheduled_at",
    "completed_at",
    "responded_at",
    "competitor",
    "competitor_stage",
    "attendees",
    "created_by",
];

pub(super) const GOALS: [&str; 10] = [
    "external_id",
    "account",
    "title",
    "metric_type",
    "start_value",
    "current_value",
    "target_value",
    "started_on",
    "target_date",
    "created_by",
];

pub(super) const TASKS: [&str; 7] = ["external_id", "account", "title", "owner", "due", "done_at", "created_at"];

/// A file with a header and these rows; none where there is no row.
pub(super) fn write<const N: usize>(
    header: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<Vec<u8>> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(Vec::new());
    }
    let mut file = RecordWriter::new(Vec::new(), b',', false);
    file.write_record(header)?;
    for row in rows {
        file.write_record(row)?;
    }
    file.into_inner()
}

/// A value, or nothing.
pub(super) fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
