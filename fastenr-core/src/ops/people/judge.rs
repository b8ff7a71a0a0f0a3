//! What becomes of a text that names a person: what is certainly about the person, and what somebody has to decide.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::person::{NamedAttendee, Person};
use crate::model::attendee::Attendees;
use crate::model::custom::CustomFields;
use crate::model::person::{Hit, Pseudonym, Sort};
use crate::model::tag::Tags;
use crate::store::people::{Holds, OWN_COLUMNS, SearchedRow, SearchedTable};

/// A text that names the person, and what it becomes.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) column: &'static str,
    pub(super) holds: Holds,
    pub(super) text: String,
    /// Without what is certain.
    pub(super) certain: Option<String>,
    /// Without the rest as well; the same where nothing has to be decided.
    pub(super) all: Option<String>,
    pub(super) named_by: Vec<&'static str>,
    /// Where the first name stands.
    pub(super) at: Option<Hit>,
}

impl Finding {
    pub(super) fn needs_decision(&self) -> bool {
        self.all != self.certain
    }
}

/// Fields of a contact or user that are about the person.
const PERSONAL: [&str; 6] = ["name", "email", "phone", "title", "external_id", "custom_fields"];

/// Judges the rows of one table.
pub(super) struct Judge<'a> {
    pub(super) person: &'a Person,
    pub(super) pseudonym: &'a Pseudonym,
    pub(super) table: &'a SearchedTable,
}

impl Judge<'_> {
    /// The texts of a row that name the person.
    pub(super) fn findings(&self, row: &SearchedRow) -> Vec<Finding> {
        if self.is_own(row) {
            return self.own_record(row);
        }
        let about = row.subject.is_some_and(|id| self.person.contacts.contains(&id) || self.person.users.contains(&id));
        let columns = self.table.columns.iter().zip(&row.texts);
        columns
            .filter_map(|((column, holds), text)| self.finding(row, column, *holds, text.as_deref()?, about))
            .collect()
    }

    pub(super) fn is_own(&self, row: &SearchedRow) -> bool {
        let contacts = match self.table.of.table {
            "contacts" => true,
            "users" => false,
            _ => return false,
        };
        let text = |column| self.table.place_of(column).and_then(|place| row.texts.get(place)?.as_deref());
        let (email, name) = (text("email"), text("name").unwrap_or_default());
        self.person.is_own_row(contacts, self.table.record(row), email, name)
    }

    /// A contact or user that is somebody else and has the person's name.
    pub(super) fn is_namesake(&self, row: &SearchedRow) -> bool {
        if !matches!(self.table.of.table, "contacts" | "users") || self.is_own(row) {
            return false;
        }
        let name = self.table.place_of("name").and_then(|place| row.texts.get(place)?.as_deref());
        name.is_some_and(|name| self.person.identifiers.has_name(name))
    }

    /// Everything that the record says of the person.
    fn own_record(&self, row: &SearchedRow) -> Vec<Finding> {
        let table = self.table.of.table;
        let emptied = OWN_COLUMNS.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, columns)| columns);
        let mut findings = Vec::new();
        for ((column, holds), text) in self.table.columns.iter().zip(&row.texts) {
            let Some(text) = text.as_deref() else { continue };
            let becomes = match *column {
                "name" => Some(self.pseudonym.name()),
                "email" => Some(self.address(text)),
                "custom_fields" => Some("{}".to_owned()),
                column if emptied.contains(&column) => None,
                _ => continue,
            };
            if becomes.as_deref() != Some(text) {
                findings.push(Finding {
                    column,
                    holds: *holds,
                    text: text.to_owned(),
                    certain: becomes.clone(),
                    all: becomes,
                    named_by: vec!["record"],
                    at: None,
                });
            }
        }
        findings
    }

    fn address(&self, text: &str) -> String {
        if Pseudonym::of_address(text).is_some() {
            return text.to_owned();
        }
        let known = self.person.identifiers.addresses().iter().position(|address| address.eq_ignore_ascii_case(text));
        self.pseudonym.address(known.unwrap_or(0))
    }

    fn finding(
        &self,
        row: &SearchedRow,
        column: &'static str,
        holds: Holds,
        text: &str,
        about: bool,
    ) -> Option<Finding> {
        let hits = self.hits(text);
        let certain = |hits: &[Hit]| self.is_certain(row, holds, hits, about);
        let (certain, all) = match holds {
            Holds::Row | Holds::Answer => {
                let named = hits.iter().any(|hit| hit.sort != Sort::Word);
                let becomes = if named { None } else { Some(text.to_owned()) };
                (becomes.clone(), becomes)
            }
            Holds::Unique if !hits.is_empty() => {
                (Some(text.to_owned()), Some(self.pseudonym.unique(self.table.record(row))))
            }
            Holds::Json | Holds::Attendees | Holds::Changes => match serde_json::from_str::<Json>(text) {
                Ok(json) => {
                    let sorted = |only_certain: bool| {
                        let keep = |hits: &[Hit]| !only_certain || certain(hits);
                        let json = match holds {
                            Holds::Attendees => self.attendees(&json, &keep),
                            Holds::Changes if about => self.changes(&json, &keep),
                            _ => self.json(&json, &keep),
                        };
                        Some(stored(column, &json, text))
                    };
                    (sorted(true), sorted(false))
                }
                Err(_) => self.plain(text, &hits, certain(&hits)),
            },
            // What is done to a contact has the contact's name.
            Holds::Subject if about && self.is_label(text) => {
                (Some(self.pseudonym.name()), Some(self.pseudonym.name()))
            }
            _ => self.plain(text, &hits, certain(&hits)),
        };
        if all.as_deref() == Some(text) {
            return None;
        }
        let mut named_by: Vec<&'static str> = hits.iter().map(|hit| hit.sort.as_str()).collect();
        named_by.sort_unstable();
        named_by.dedup();
        if named_by.is_empty() {
            named_by.push("record");
        }
        Some(Finding { column, holds, text: text.to_owned(), certain, all, named_by, at: hits.into_iter().next() })
    }

    fn hits(&self, text: &str) -> Vec<Hit> {
        let hits = self.person.identifiers.hits(text);
        // After an erasure the person is found by the pseudonym: that stays.
        hits.into_iter()
            .filter(|hit| {
                hit.sort != Sort::Address
                    || text.get(hit.start..hit.end).is_none_or(|text| Pseudonym::of_address(text).is_none())
            })
            .collect()
    }

    fn is_label(&self, text: &str) -> bool {
        text != self.pseudonym.name() && !text.is_empty()
    }

    /// Whether a text with these names is surely about the person: it has the address; or the full name, which nobody else has, in a
    /// record of the person's accounts.
    fn is_certain(&self, row: &SearchedRow, holds: Holds, hits: &[Hit], about: bool) -> bool {
        if matches!(holds, Holds::Label | Holds::Unique) {
            return false;
        }
        let near = row.account.is_some_and(|account| self.person.accounts.contains(&account));
        about
            || hits.iter().any(|hit| hit.sort.is_certain())
            || (near && !self.person.shared_name && hits.iter().all(|hit| hit.sort == Sort::Name))
    }

    fn plain(&self, text: &str, hits: &[Hit], certain: bool) -> (Option<String>, Option<String>) {
        let all = self.pseudonym.replace(text, hits);
        (Some(if certain { all.clone() } else { text.to_owned() }), Some(all))
    }

    /// The same, each text by itself.
    fn json(&self, json: &Json, wanted: &impl Fn(&[Hit]) -> bool) -> Json {
        let text = |text: &str| {
            let hits = self.hits(text);
            if hits.is_empty() || !wanted(&hits) { text.to_owned() } else { self.pseudonym.replace(text, &hits) }
        };
        match json {
            Json::String(own) => Json::String(text(own)),
            Json::Array(all) => all.iter().map(|one| self.json(one, wanted)).collect(),
            Json::Object(members) => members
                .iter()
                .map(|(name, member)| (text(name), self.json(member, wanted)))
                .collect::<Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    fn attendees(&self, json: &Json, wanted: &impl Fn(&[Hit]) -> bool) -> Json {
        let Json::Array(all) = json else { return self.json(json, wanted) };
        let identifiers = &self.person.identifiers;
        let one = |attendee: &Json| {
            let named = NamedAttendee::of(attendee);
            match named.email {
                Some(email) if identifiers.has_address(&email) && Pseudonym::of_address(&email).is_none() => {
                    serde_json::json!({"name": self.pseudonym.name(), "email": self.address(&email)})
                }
                _ => self.json(attendee, wanted),
            }
        };
        all.iter().map(one).collect()
    }

    /// What was done to a record of the person's own: the old and new values of its fields.
    fn changes(&self, json: &Json, wanted: &impl Fn(&[Hit]) -> bool) -> Json {
        let Json::Array(all) = json else { return self.json(json, wanted) };
        let value = |value: &Json| match value {
            Json::String(text) if text.is_empty() || text.starts_with(&self.pseudonym.name()) => value.clone(),
            Json::String(text) if text.contains('@') => Json::String(self.address(text)),
            Json::String(_) => Json::String(self.pseudonym.name()),
            Json::Object(_) => Json::Object(Map::new()),
            other => other.clone(),
        };
        let one = |change: &Json| {
            let field = change.get("field").and_then(Json::as_str).unwrap_or_default();
            match change {
                Json::Object(members) if PERSONAL.contains(&field) || field.starts_with("custom.") => members
                    .iter()
                    .map(|(name, member)| match name.as_str() {
                        "old" | "new" => (name.clone(), value(member)),
                        _ => (name.clone(), member.clone()),
                    })
                    .collect::<Map<_, _>>()
                    .into(),
                other => self.json(other, wanted),
            }
        };
        all.iter().map(one).collect()
    }
}

/// As the column keeps it.
fn stored(column: &str, json: &Json, was: &str) -> String {
    let canonical = match (column, json) {
        ("tags", Json::Array(all)) => {
            Tags::collect(all.iter().filter_map(Json::as_str)).ok().map(|tags| tags.to_json())
        }
        ("attendees", all) => Attendees::from_value(all).ok().map(|attendees| attendees.to_json()),
        ("custom_fields", Json::Object(members)) => {
            CustomFields::from_map(members.clone()).ok().map(CustomFields::into_string)
        }
        _ => None,
    };
    // What was not written by a parser of today stays as it is where nothing is replaced.
    if serde_json::from_str::<Json>(was).is_ok_and(|was| was == *json) {
        return was.to_owned();
    }
    canonical.unwrap_or_else(|| json.to_string())
}

/// What decides about a place are called by.
pub(super) fn place(table: &str, column: &str, record: Uuid) -> String {
    format!("{table}.{column}:{record}")
}
