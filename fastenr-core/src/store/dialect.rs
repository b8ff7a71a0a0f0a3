//! The few texts that the two databases can't share.

use super::Engine;
use crate::model::noun::Storage;

pub(super) const SQLITE_BEGIN_WRITE: &str = "begin immediate";
/// A write of nothing: whoever did it has the lock.
pub(super) const SQLITE_LOCK: &str = "delete from organizations where false";
pub(super) const PG_BEGIN_WRITE: &str = "begin";
/// One snapshot for every statement of the transaction, as SQLite gives by itself.
pub(super) const PG_BEGIN_READ: &str = "begin transaction isolation level repeatable read read only";
/// The same, but temporary tables may be written.
pub(super) const PG_BEGIN_STAGE: &str = "begin transaction isolation level repeatable read";

impl Engine {
    /// The type of a temporary table's column.
    pub(crate) const fn column_type(self, storage: Storage) -> &'static str {
        match (self, storage) {
            (Self::Postgres, Storage::Text) => "text collate \"C\"",
            (Self::Postgres, Storage::Integer) => "bigint",
            (Self::Postgres, Storage::Boolean) => "boolean",
            (Self::Postgres, Storage::Date) => "date",
            (Self::Postgres, Storage::Instant) => "timestamptz",
            (Self::Postgres, Storage::Id) => "uuid",
            (Self::Sqlite, Storage::Integer | Storage::Boolean) => "integer",
            (Self::Sqlite, Storage::Id) => "blob",
            (Self::Sqlite, Storage::Text | Storage::Date | Storage::Instant) => "text",
        }
    }

    /// A column as the text that the journal keeps: see [`crate::model::noun::Value::journal`]. Instants are RFC 3339, and
    /// for the reader to write the one way.
    pub(crate) fn journal_text(self, column: &str, storage: Storage) -> String {
        match (self, storage) {
            (_, Storage::Text) | (Self::Sqlite, Storage::Date | Storage::Instant) => column.to_owned(),
            (_, Storage::Boolean) => format!("case when {column} then 'true' when not {column} then 'false' end"),
            // hex(null) is '', not null.
            (Self::Sqlite, Storage::Id) => format!(
                "case when {column} is not null then lower(substr(hex({column}), 1, 8) || '-' || substr(hex({column}), 9, 4) || '-' || substr(hex({column}), 13, 4) \
                 || '-' || substr(hex({column}), 17, 4) || '-' || substr(hex({column}), 21)) end"
            ),
            (Self::Postgres, Storage::Instant) => format!("replace(cast({column} as text), ' ', 'T') || ':00'"),
            _ => format!("cast({column} as text)"),
        }
    }

    /// What the dated history keeps of the account's field that `field` says, as people write it: amounts with two decimals, users by
    /// their e-mail addresses. `$1` is the organization.
    pub(crate) fn account_value(self, field: &str, kept: &str) -> String {
        let user = match self {
            Self::Sqlite => format!("unhex(replace({kept}, '-', ''))"),
            Self::Postgres => format!("cast({kept} as uuid)"),
        };
        format!(
            "case {field} when 'arr' then {} \
             when 'owner' then coalesce((select w.email from users w where w.organization_id = $1 and w.id = {user}), {kept}) \
             else {kept} end",
            Self::amount(&format!("cast({kept} as bigint)"))
        )
    }

    /// Cents as people write an amount.
    fn amount(cents: &str) -> String {
        format!("cast({cents} / 100 as text) || '.' || substr(cast(100 + {cents} % 100 as text), 2)")
    }

    /// A member of a JSON object as the text that a person sees in it, given the column and the placeholder of the key.
    pub(crate) fn json_member(self, column: &str, key: &str) -> String {
        match self {
            // Not jsonb, which writes numbers and spaces its own way.
            Self::Postgres => format!("({column}::json ->> {key})"),
            // A path built from the key would need the key escaped; a join on the keys does not. Numbers are taken from the
            // text: as values they lose digits.
            Self::Sqlite => format!(
                "(select case when m.type in ('true', 'false') then m.type \
                 when m.type in ('integer', 'real') then {column} -> m.fullkey else cast(m.value as text) end \
                 from json_each({column}) m where m.key = {key})"
            ),
        }
    }

    /// The elements of a JSON array as rows whose column `value` is one of them: what stands after `join`.
    pub(crate) fn json_elements(self, column: &str, alias: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({column}) {alias}"),
            Self::Postgres => format!("json_array_elements({column}::json) {alias} (value)"),
        }
    }

    /// The members of a JSON object as rows whose column `key` is the name of one of them: what stands after `join`.
    pub(crate) fn json_keys(self, column: &str, alias: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({column}) {alias}"),
            Self::Postgres => format!("json_object_keys({column}::json) {alias} (key)"),
        }
    }

    /// The placeholder of a day where nothing beside it tells its type.
    pub(crate) fn date_place(self, place: &str) -> String {
        match self {
            Self::Sqlite => place.to_owned(),
            Self::Postgres => format!("cast({place} as date)"),
        }
    }

    /// Text with its ASCII letters in lower case; others stay, as SQLite knows no more.
    pub(crate) fn ascii_lower(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("lower({text})"),
            Self::Postgres => format!("lower(({text}) collate \"C\")"),
        }
    }

    /// The same in capitals.
    pub(crate) fn ascii_upper(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("upper({text})"),
            Self::Postgres => format!("upper(({text}) collate \"C\")"),
        }
    }

    /// Whether a text may be an id of Salesforce, in which the case of letters tells two ids apart: 15 letters and digits, the
    /// first of which is a digit or `a`.
    pub(crate) fn is_salesforce_id(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("({text} glob '[0-9a]{}')", "[0-9A-Za-z]".repeat(14)),
            Self::Postgres => format!("({text} ~ '^[0-9a][0-9A-Za-z]{{14}}$')"),
        }
    }

    /// What a `select` ends with whose rows are to be deleted: those that somebody else is deleting are left to them.
    pub(crate) const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " for update skip locked",
        }
    }

    /// The number of the transaction that wrote a row of the feed; SQLite has one writer at a time and needs none.
    pub(crate) const fn feed_xid(self) -> &'static str {
        match self {
            Self::Sqlite => "a.xid",
            Self::Postgres => "cast(cast(a.xid as text) as bigint)",
        }
    }
}
