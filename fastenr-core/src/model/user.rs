//! The user: a member of the organization, who owns accounts and acts.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Role;
use super::noun::{Derived, Field, Journal, Key, Meaning, Noun, Storage, Value};
use super::nouns::ScopeNoun;
use super::selection::{Filter, Sort, Test};

/// Every field of a user. Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["userid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "recordid",
        "employeeid",
    ]),
    Field::new("email", Meaning::Email, "e-mail address; unique").required().unique().aliases(&[
        "emailaddress",
        "mail",
        "username",
        "login",
    ]),
    Field::new("name", Meaning::UserName, "1 to 255 characters").required().aliases(&["fullname", "displayname"]),
    Field::new("role", Meaning::Choice(&Role::CHOICES), "read, write, admin")
        .required()
        .default("'write'")
        .aliases(&["profile", "permission"]),
    Field::new("deactivated_at", Meaning::Instant, "time of deactivation; empty: active").read(),
    Field::new("created_at", Meaning::Instant, "time of creation").looking_back().read().default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ORGANIZATION_ID,
]);

pub static USER: Noun = Noun {
    derived: &[Derived { from: "external_id", column: "external_key", compute: super::external_key }],
    keys: &[Key::Email],
    kept: &["deactivated_at", "version", "created_at", "updated_at", "created_by_operation"],
    admin: true,
    filters: &[Filter::new("active", Test::Is("a.deactivated_at is null"), "", "Leave out deactivated users")],
    sorts: &[Sort::by("email", "a.email", Storage::Text).unique()],
    journal: Some(Journal::new(&[], &[&["external_key"], &["email"]])),
    scope: Some(ScopeNoun::Users),
    ..Noun::new("user", "users", FIELDS)
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub external_id: Option<String>,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub deactivated_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl User {
    /// The value of one of [`USER`]'s fields.
    pub fn value(&self, field: &Field) -> Value {
        match field.name {
            "id" => Value::Id(self.id),
            "organization_id" => Value::Id(self.organization_id),
            "external_id" => self.external_id.clone().map_or(Value::Null, Value::Text),
            "email" => Value::Text(self.email.clone()),
            "name" => Value::Text(self.name.clone()),
            "role" => Value::Text(self.role.as_str().to_owned()),
            "deactivated_at" => self.deactivated_at.map_or(Value::Null, Value::Instant),
            "created_at" => Value::Instant(self.created_at),
            "updated_at" => Value::Instant(self.updated_at),
            "version" => Value::Integer(self.version),
            _ => Value::Null,
        }
    }
}
