//! The segment: a filter of accounts with a name.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::account::ACCOUNT;
use super::boolean::parse_bool;
use super::noun::{Field, Meaning, Noun, Storage, Value};
use super::nouns::ScopeNoun;
use super::selection::{Filter, Sort};
use super::shell::shell_word;

/// Positions are bits of no mask: the journal has the columns of its own.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::new("name", Meaning::Line, "1 to 100 characters; unique").required(),
    Field::new("filter", Meaning::Line, "filter, such as --status at_risk --renews-within 90d").required(),
    Field::new("accounts", Meaning::Count, "number of accounts in the segment today").read(),
    Field::new("arr", Meaning::Money, "total ARR of these accounts; churned ones count only if the filter names them")
        .read(),
    Field::new("problem", Meaning::Line, "problem, if the filter can't be used").read(),
    Field::new("created_by", Meaning::Line, "user who created it: e-mail address").read(),
    Field::new("created_at", Meaning::Instant, "time of creation").read(),
    Field::UPDATED_AT,
    Field::VERSION,
]);

/// Written by [`crate::ops::segments`] alone.
pub static SEGMENT: Noun = Noun {
    keys: &[],
    kept: &[],
    sorts: &[Sort::by("name", "a.name_key", Storage::Text).unique()],
    scope: Some(ScopeNoun::Segments),
    ..Noun::new("segment", "segments", FIELDS)
};

/// A segment, and what it holds today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub id: Uuid,
    pub name: String,
    /// Names and texts, as they were given: a relative time stays one.
    pub filter: Vec<(String, String)>,
    /// None where the filter can't be used.
    pub accounts: Option<i64>,
    /// In cents; none where the filter can't be used.
    pub arr: Option<i64>,
    pub problem: Option<String>,
    /// E-mail address.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Segment {
    /// The value of one of [`SEGMENT`]'s fields.
    pub fn value(&self, field: &Field) -> Value {
        match field.name {
            "id" => Value::Id(self.id),
            "name" => Value::Text(self.name.clone()),
            "filter" => Value::Text(flags(&ACCOUNT, &self.filter)),
            "accounts" => self.accounts.map_or(Value::Null, Value::Integer),
            "arr" => self.arr.map_or(Value::Null, Value::Integer),
            "problem" => self.problem.clone().map_or(Value::Null, Value::Text),
            "created_by" => Value::Text(self.created_by.clone()),
            "created_at" => Value::Instant(self.created_at),
            "updated_at" => Value::Instant(self.updated_at),
            "version" => Value::Integer(self.version),
            _ => Value::Null,
        }
    }
}

/// A filter of a noun as somebody would type it: `--status at_risk --renews-within 90d`.
pub fn flags(noun: &Noun, filter: &[(String, String)]) -> String {
    let flag = |(name, text): &(String, String)| match (name.as_str(), name.strip_prefix("custom.")) {
        (_, Some(key)) => Some(("custom".to_owned(), Some(format!("{key}={text}")))),
        (name, None) if noun.filter(name).is_some_and(Filter::is_flag) => {
            // One that is not set asks for nothing.
            parse_bool(text).unwrap_or(true).then(|| (name.replace('_', "-"), None))
        }
        (name, None) => Some((name.replace('_', "-"), Some(text.clone()))),
    };
    let words = filter.iter().filter_map(flag).map(|(name, text)| match text {
        None => format!("--{name}"),
        Some(text) if text.starts_with('-') => format!("--{name}={}", shell_word(&text)),
        Some(text) => format!("--{name} {}", shell_word(&text)),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_as_flags() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        for (filter, line) in [
            (
                pairs(&[("status", "at_risk,active"), ("renews_within", "90d")]),
                "--status at_risk,active --renews-within 90d",
            ),
            (pairs(&[("unowned", "true"), ("custom.tier", "gold")]), "--unowned --custom tier=gold"),
            (pairs(&[("custom.my tier", ""), ("search", "it's")]), r"--custom 'my tier=' --search 'it'\''s'"),
            (pairs(&[("search", "-x"), ("industry", "Égide")]), "--search=-x --industry Égide"),
            (pairs(&[("search", "$(rm)")]), "--search '$(rm)'"),
            (pairs(&[("unowned", "false"), ("status", "active")]), "--status active"),
        ] {
            assert_eq!(flags(&ACCOUNT, &filter), line);
        }
    }
}
