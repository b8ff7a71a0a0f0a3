//! What becomes of each text and file. A column that is not listed can't be copied anonymously, and a test says so first.

use super::super::schema::{Form, Table};

/// What a value of a column is replaced by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// One of a few words of fastenr's own, a number, a fingerprint.
    Keep,
    /// Free text, word by word.
    Words,
    /// The same, of which no two are alike.
    Unique,
    Identifier,
    /// Made from the new value of another column of the row.
    ExternalKey,
    NameKey,
    Email,
    Domain,
    Slug,
    /// A JSON array of domains.
    Domains,
    /// A JSON array of texts, sorted.
    Tags,
    /// A JSON array of people, or of milestones.
    Members,
    /// A JSON object whose texts are free; its names stay.
    Fields,
    /// Changes of an activity: each value as its field says.
    Changes,
    /// Pairs of a filter and its text.
    Filter,
    /// The text of a scoring model.
    Model,
    /// The reason why an alert was resolved.
    Resolved,
    /// A hash that nobody's secret has.
    Hash,
    /// A file of the same size, and its hash.
    Content,
    ContentHash,
}

/// By table and column, or by column where it means the same everywhere; a table of before-images is as its table.
const RULES: &[(&str, Rule)] = &[
    ("acknowledged_reason", Rule::Words),
    ("account_team.role", Rule::Words),
    ("arr_ranks", Rule::Keep),
    ("attachments.name", Rule::Words),
    ("attendees", Rule::Members),
    ("band", Rule::Keep),
    ("changes", Rule::Changes),
    ("churn_band", Rule::Keep),
    ("competitor", Rule::Words),
    ("competitor_stage", Rule::Keep),
    ("content", Rule::Content),
    ("currency", Rule::Keep),
    ("custom_fields", Rule::Fields),
    ("description", Rule::Words),
    ("direction", Rule::Keep),
    ("domain", Rule::Domain),
    ("email", Rule::Email),
    ("event_key", Rule::Identifier),
    ("external_id", Rule::Identifier),
    ("external_key", Rule::ExternalKey),
    ("field", Rule::Keep),
    ("filter", Rule::Filter),
    ("fingerprint", Rule::Keep),
    ("held_by", Rule::Keep),
    ("imported_status", Rule::Keep),
    ("industry", Rule::Words),
    ("kind", Rule::Keep),
    ("label", Rule::Words),
    ("ledger", Rule::Keep),
    ("measurement_period", Rule::Keep),
    ("media_type", Rule::Keep),
    ("message", Rule::Words),
    ("metric_events.source", Rule::Words),
    ("metric_type", Rule::Keep),
    ("milestones", Rule::Members),
    ("model", Rule::Keep),
    ("models", Rule::Keep),
    ("name", Rule::Words),
    ("name_key", Rule::NameKey),
    ("new_value", Rule::Keep),
    ("notes", Rule::Words),
    ("noun", Rule::Keep),
    ("old_value", Rule::Keep),
    ("outcome", Rule::Keep),
    ("own_domains", Rule::Domains),
    ("parameters", Rule::Fields),
    ("part", Rule::Keep),
    ("phone", Rule::Words),
    ("place", Rule::Keep),
    ("prefix", Rule::Hash),
    ("reason", Rule::Words),
    ("renewal_stage", Rule::Keep),
    ("resolved_reason", Rule::Resolved),
    ("role", Rule::Keep),
    ("rule", Rule::Keep),
    ("scopes", Rule::Keep),
    ("score_models.name", Rule::Unique),
    ("score_models.source", Rule::Model),
    ("secret_sha256", Rule::Hash),
    ("segments.name", Rule::Unique),
    ("sentiment", Rule::Keep),
    ("sentiment_reason", Rule::Words),
    ("severity", Rule::Keep),
    ("sha256", Rule::ContentHash),
    ("size", Rule::Keep),
    ("slug", Rule::Slug),
    ("snoozed_reason", Rule::Words),
    ("source_name", Rule::Words),
    ("source_sha256", Rule::Hash),
    ("status", Rule::Keep),
    ("status_source", Rule::Keep),
    ("tags", Rule::Tags),
    ("tasks.source", Rule::Keep),
    ("time_zone", Rule::Keep),
    ("title", Rule::Words),
    ("topic", Rule::Keep),
    ("type", Rule::Keep),
    ("unit", Rule::Words),
];

/// Kept responses of requests, which any text may be in; they expire within days.
const LEFT_OUT: &[&str] = &["idempotency_keys", "operation_results"];

pub(in crate::store::copy) fn is_left_out(table: &str) -> bool {
    LEFT_OUT.contains(&table)
}

fn find(name: &str) -> Option<Rule> {
    RULES.iter().find(|(listed, _)| *listed == name).map(|(_, rule)| *rule)
}

/// Of a text or a file, or of a field of a noun; none where it is not listed.
pub(super) fn of(table: &str, column: &str) -> Option<Rule> {
    let table = table.strip_suffix("_before").unwrap_or(table);
    find(&format!("{table}.{column}")).or_else(|| find(column))
}

/// Of every column of a table: numbers, days, moments and ids stay. The name of the first one that is not listed otherwise.
pub(super) fn of_table(table: &Table) -> Result<Vec<Rule>, String> {
    let rule = |form, column: &str| match form {
        Form::Text | Form::Bytes => of(&table.name, column).ok_or_else(|| format!("{}.{column}", table.name)),
        _ => Ok(Rule::Keep),
    };
    table.columns.iter().map(|column| rule(column.form, &column.name)).collect()
}
