//! The key of the HTTP API: who calls, what for, until when.

mod expiry;
mod scope;
mod text;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use expiry::Expiry;
pub use scope::{Scope, ScopeNoun, ScopeVerb, Scopes};
pub use text::{BYTES, KeyText, PREFIX, Secret};

use super::noun::{Field, Meaning, Noun, Storage, Value};
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};
use crate::error::{Error, Result};

picklist! {
    /// Whether a key works.
    KeyStatus, "key_status", "the status of a key" {
        Active = "active",
        Expired = "expired",
        /// The last.
        Revoked = "revoked",
    }
}

picklist! {
    /// What a key is for: each kind is accepted in its own place and nowhere else.
    KeyKind, "key_kind", "a kind of key" {
        /// Calls the API, in a header.
        Key = "key",
        /// A browser that is signed in, in its cookie.
        Session = "session",
        /// Signs a browser in, once.
        Link = "link",
    }
}

/// Positions are bits of no mask: keys are not journaled.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::new("prefix", Meaning::Line, "public part of the key: 12 hexadecimal digits; unique").read(),
    Field::new("name", Meaning::Line, "name of the key, 1 to 100 characters").required(),
    Field::new("user", Meaning::Line, "user as whom the key acts: e-mail address").required(),
    Field::new("scopes", Meaning::Tags, "scopes: NOUN:VERB").required(),
    Field::new("status", Meaning::Choice(&KeyStatus::CHOICES), "active, expired, revoked").read_by(STATUS),
    Field::new("created_at", Meaning::Instant, "time of creation").read(),
    Field::new("created_by", Meaning::Line, "user who created the key: e-mail address").read(),
    Field::new("expires_at", Meaning::Instant, "expiry; empty: never"),
    Field::new("revoked_at", Meaning::Instant, "time of revocation; empty: not revoked").read(),
    Field::new("last_used_at", Meaning::Instant, "time of the last use, to within ten minutes").read(),
    Field::new("kind", Meaning::Choice(&KeyKind::CHOICES), "key, session, link").read(),
]);

/// The status at the moment that stands for `{}`, as [`KeyStatus`] has it.
const STATUS: &str =
    "case when a.revoked_at is not null then 'revoked' when a.expires_at <= {} then 'expired' else 'active' end";

const FILTERS: &[Filter] = &[
    Filter::new(
        "status",
        Test::State { field: "status", at: Storage::Instant, ended: "a.revoked_at" },
        "STATUS,STATUS",
        "Statuses: active, expired, revoked; or all [default: active]",
    )
    .usual(KeyStatus::Active.as_str()),
    Filter::new(
        "kind",
        Test::AnyOf("kind"),
        "KIND,KIND",
        "Kinds: key, session (of a browser), link (that signs in) [default: key]",
    )
    .usual(KeyKind::Key.as_str()),
];

/// Written by [`crate::ops::keys`] alone.
pub static API_KEY: Noun = Noun {
    table: "api_keys",
    keys: &[],
    kept: &[],
    filters: FILTERS,
    sorts: &[Sort::by("created_at", "a.created_at", Storage::Instant).descending()],
    ..Noun::new("key", "keys", FIELDS)
};

/// A key, without its secret, which nobody has but its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    pub kind: KeyKind,
    /// What a session came of: a key or a link.
    pub parent: Option<Uuid>,
    /// 12 hexadecimal digits, unique in the organization.
    pub prefix: String,
    pub name: String,
    /// Whom it acts as.
    pub user: Uuid,
    /// Their e-mail address.
    pub user_email: String,
    pub scopes: Scopes,
    pub created_at: DateTime<Utc>,
    /// E-mail address.
    pub created_by: String,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Within ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was read.
    pub status: KeyStatus,
}

impl ApiKey {
    /// # Errors
    /// `missing_scope`, which names it.
    pub fn check(&self, noun: ScopeNoun, verb: ScopeVerb) -> Result<()> {
        if self.scopes.allow(noun, verb) {
            return Ok(());
        }
        let needed = Scope::of(noun, verb);
        Err(Error::forbidden("missing_scope", format!("the key {} has no scope {needed}", self.prefix))
            .hint(format!("make one with it: `fastenr keys create --scope {needed}`")))
    }

    /// As it stands at `now`.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.status = match (self.revoked_at, self.expires_at) {
            (Some(_), _) => KeyStatus::Revoked,
            (None, Some(at)) if at <= now => KeyStatus::Expired,
            _ => KeyStatus::Active,
        };
        self
    }

    /// The value of one of [`API_KEY`]'s fields.
    pub fn value(&self, field: &Field) -> Value {
        match field.name {
            "id" => Value::Id(self.id),
            "kind" => Value::Text(self.kind.as_str().to_owned()),
            "prefix" => Value::Text(self.prefix.clone()),
            "name" => Value::Text(self.name.clone()),
            "user" => Value::Text(self.user_email.clone()),
            "scopes" => Value::Text(self.scopes.to_json()),
            "status" => Value::Text(self.status.as_str().to_owned()),
            "created_at" => Value::Instant(self.created_at),
            "created_by" => Value::Text(self.created_by.clone()),
            "expires_at" => self.expires_at.map_or(Value::Null, Value::Instant),
            "revoked_at" => self.revoked_at.map_or(Value::Null, Value::Instant),
            "last_used_at" => self.last_used_at.map_or(Value::Null, Value::Instant),
            _ => Value::Null,
        }
    }
}
