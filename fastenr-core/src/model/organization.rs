//! The organization: whose data it is, in which currency and on which clock.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::noun::{Field, Meaning, Noun, Value};

const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::new("slug", Meaning::Line, "lower-case letters, digits and hyphens; unique").required(),
    Field::new("name", Meaning::Line, "1 to 255 characters").required(),
    Field::new("currency", Meaning::Line, "ISO 4217, e.g. EUR").required(),
    Field::new("time_zone", Meaning::Line, "IANA name, e.g. Europe/Berlin").required(),
    Field::new("own_domains", Meaning::Tags, "domains of the organization"),
    Field::new("created_at", Meaning::Instant, "time of creation").read(),
    Field::new("updated_at", Meaning::Instant, "time of the last change").read(),
]);

/// What is shown of an organization; [`crate::ops::organizations`] writes it.
pub static ORGANIZATION: Noun = Noun::new("organization", "organizations", FIELDS);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: Uuid,
    /// Lower-case letters, digits and hyphens: how the command line names it.
    pub slug: String,
    pub name: String,
    /// ISO 4217; every amount of the organization is in it.
    pub currency: String,
    /// An IANA name; its midnight begins the organization's day.
    pub time_zone: String,
    /// Domains of the organization itself: their people are colleagues, not customers.
    pub own_domains: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Organization {
    /// The value of one of [`ORGANIZATION`]'s fields.
    pub fn value(&self, field: &Field) -> Value {
        match field.name {
            "id" => Value::Id(self.id),
            "slug" => Value::Text(self.slug.clone()),
            "name" => Value::Text(self.name.clone()),
            "currency" => Value::Text(self.currency.clone()),
            "time_zone" => Value::Text(self.time_zone.clone()),
            "own_domains" => Value::Text(serde_json::Value::from(self.own_domains.clone()).to_string()),
            "created_at" => Value::Instant(self.created_at),
            "updated_at" => Value::Instant(self.updated_at),
            _ => Value::Null,
        }
    }
}
