//! The feed: who did what to which record, when.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::noun::{Field, Meaning, Noun, Storage};
use super::nouns::{self, ScopeNoun};
use super::selection::{Filter, Sort, Test};
use super::team::TEAM;
use crate::error::Invalid;

/// What is written of a deed, in the transaction that does it.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub user: Uuid,
    pub operation: Option<Uuid>,
    /// `accounts.update`: the noun and what was done.
    pub kind: String,
    /// The plural of the noun.
    pub noun: String,
    /// None for a bulk write, which its operation tells about.
    pub record: Option<Uuid>,
    /// The account that the record is or belongs to.
    pub account: Option<Uuid>,
    /// What the record was called then; of a bulk write, its ledger in words.
    pub label: String,
    /// A JSON array of objects with field, old and new: the values as JSON shows them, users and accounts by label.
    pub changes: Json,
}

/// An activity as the feed shows it, with the names of what it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedItem {
    pub activity: Activity,
    /// The e-mail address of who did it.
    pub actor: String,
    /// The account's external id, or its id where it has none; and its name.
    pub account: Option<(String, String)>,
    /// Where it stands in the feed.
    pub cursor: Cursor,
}

/// A place in the feed, between what was delivered and what was not. To be kept and given back, not to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Within one, places can be compared.
    pub(crate) epoch: u64,
    pub(crate) xid: i64,
    pub(crate) seq: i64,
    /// What was delivered last: in a history that went another way, as one from a backup does, something else stands there.
    pub(crate) last: Option<u64>,
}

impl Cursor {
    /// Before everything, in whatever epoch.
    pub const START: Self = Self { epoch: 0, xid: 0, seq: 0, last: None };

    pub(crate) fn is_of(&self, epoch: u64) -> bool {
        self.epoch == epoch || *self == Self::START
    }

    /// By its place alone; only of one epoch.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        (self.xid, self.seq) < (other.xid, other.seq)
    }

    /// The half of an id that is random: enough to tell one from another.
    pub(crate) fn tail(id: Uuid) -> u64 {
        id.as_u64_pair().1
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}-{}", self.epoch, self.xid, self.seq)?;
        self.last.map_or(Ok(()), |last| write!(f, "-{last:016x}"))
    }
}

impl FromStr for Cursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| plain).ok_or_else(rule)
        };
        let digits = |text: &str| {
            let plain = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            u64::from_str_radix(text, 16).ok().filter(|_| plain).ok_or_else(rule)
        };
        let (epoch, xid, seq, last) = match text.trim().split('-').collect::<Vec<_>>()[..] {
            [epoch, xid, seq] => (epoch, xid, seq, None),
            [epoch, xid, seq, last] => (epoch, xid, seq, Some(digits(last)?)),
            _ => return Err(rule()),
        };
        Ok(Self { epoch: digits(epoch)?, xid: number(xid)?, seq: number(seq)?, last })
    }
}

fn rule() -> Invalid {
    Invalid::new("cursor", "a cursor is a text that the feed gave, unchanged")
}

/// What is told of an activity.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("at", Meaning::Instant, "time of the activity").required(),
    Field::new("actor", Meaning::Custom, "user: an object with email").column("user_id").required(),
    Field::new("kind", Meaning::Line, "kind, such as accounts.update").required(),
    Field::new("noun", Meaning::Line, "noun: accounts, goals").required(),
    Field::new("record_id", Meaning::Id, "id of the record; null for a bulk write"),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("label", Meaning::Line, "name of the record; for a bulk write or an import a summary").required(),
    Field::new("operation", Meaning::Id, "id of the operation"),
    Field::new("changes", Meaning::Custom, "changed fields: a list of objects with field, old and new").required(),
]);

const FILTERS: &[Filter] = &[
    Filter::new(
        "account",
        Test::Account,
        "ACCOUNT",
        "Only activities of this account and its records, without imports",
    ),
    Filter::new(
        "actor",
        Test::Users("actor"),
        "USER,USER",
        "Users, separated by commas: e-mail address, id, unique name, or @me",
    ),
    Filter::new(
        "kind",
        Test::Kinds("a.kind"),
        "KIND,KIND",
        "Kinds, separated by commas: accounts.update, engagements.*, *.delete, or all of a noun: goals",
    ),
    Filter::new("record", Test::Record("record_id"), "ID", "Id of the record, also a deleted one"),
    Filter::new("since", Test::Since("a.at"), "TIME", "From this time on, such as 7d or 2026-03-01"),
    Filter::new("until", Test::Until("a.at"), "TIME", "Up to this time"),
];

/// Written by whatever is done, and never changed.
pub static ACTIVITY: Noun = Noun {
    keys: &[],
    kept: &[],
    filters: FILTERS,
    sorts: &[Sort::by("seq", "a.seq", Storage::Integer).unique().descending()],
    scope: Some(ScopeNoun::Activities),
    ..Noun::new("activity", "activities", FIELDS)
};

/// `accounts.update`, `engagements.*`, `*.delete`; a noun alone means all that is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindPattern(String);

impl KindPattern {
    /// # Errors
    /// `kind`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_lowercase();
        let text = if text.contains('.') { text } else { format!("{text}.*") };
        let (noun, verb) = text.split_once('.').unwrap_or((&text, ""));
        let word = |word: &str| {
            word == "*" || (!word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-')))
        };
        if word(noun) && word(verb) {
            return Ok(Self(text));
        }
        Err(Invalid::new("kind", "a kind is NOUN.VERB such as accounts.update, and * stands for any: engagements.*"))
    }

    /// For `like … escape '\\'`.
    pub(crate) fn like(&self) -> String {
        self.0.replace('_', "\\_").replace('*', "%")
    }
}

/// The kind of an activity as people say it: `updated account`, `imported contacts`.
pub fn words(kind: &str) -> String {
    let Some((many, verb)) = kind.split_once('.') else { return kind.to_owned() };
    let one = nouns::called(many).map_or(many.trim_end_matches('s'), |noun| noun.one);
    match verb {
        "import" => format!("imported {many}"),
        "send" => format!("sent {many}"),
        "undo" => format!("undid {one}"),
        "sign-in" => "signed in".to_owned(),
        "sign-out" => "signed out".to_owned(),
        "extend" => "stayed signed in".to_owned(),
        "create" if many == TEAM.many => format!("added {one}"),
        "delete" if many == TEAM.many => format!("removed {one}"),
        _ if verb.starts_with("bulk") => format!("{} {many}", past(verb)),
        _ => format!("{} {one}", past(verb)),
    }
}

fn past(verb: &str) -> String {
    if let Some(stem) = verb.strip_suffix("tag") {
        return format!("{stem}tagged");
    }
    if verb.ends_with('e') { format!("{verb}d") } else { format!("{verb}ed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        for last in [None, Some(0), Some(u64::MAX)] {
            for cursor in [Cursor::START, Cursor { epoch: 1, xid: 7, seq: i64::MAX, last }] {
                assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
        let epoch = "00000000000000ff";
        for rest in ["", "-", "-1", "-1-", "--1-2", "-1-x", "-+1-2", "-1-99999999999999999999", "-1-2-3", "-1-2-3-4"] {
            assert_eq!(format!("{epoch}{rest}").parse::<Cursor>().unwrap_err().code, "cursor", "{rest}");
        }
        // As an earlier version wrote them, and almost right.
        for text in ["", "7-12", "0-0", "ff-1-2", "00000000000000FF-1-2", "+0000000000000ff-1-2"] {
            assert_eq!(text.parse::<Cursor>().unwrap_err().code, "cursor", "{text}");
        }
    }

    #[test]
    fn kinds() {
        let like = |text| KindPattern::parse(text).map(|pattern| pattern.like());
        assert_eq!(like("accounts.update").as_deref(), Ok("accounts.update"));
        assert_eq!(like(" Engagements.* ").as_deref(), Ok("engagements.%"));
        assert_eq!(like("goals").as_deref(), Ok("goals.%"));
        assert_eq!(like("*.bulk_delete").as_deref(), Ok("%.bulk\\_delete"));
        for text in ["", ".", "accounts.", "a%.b", "accounts.up*", "a.b.c"] {
            assert_eq!(like(text).unwrap_err().code, "kind", "{text}");
        }
    }

    #[test]
    fn deeds_in_words() {
        for (kind, text) in [
            ("accounts.update", "updated account"),
            ("metrics.create", "created metrics row"),
            ("team.delete", "removed team member"),
            ("contacts.import", "imported contacts"),
            ("attachments.attach", "attached attachment"),
            ("accounts.bulk-update", "bulk-updated accounts"),
            ("alerts.send", "sent alerts"),
            ("odd", "odd"),
        ] {
            assert_eq!(words(kind), text);
        }
    }
}
