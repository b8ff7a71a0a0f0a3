//! A copy without names: every free text, address and identifier replaced, and all else as it is.
//!
//! Numbers, days, moments, ids and links stay, so lists, scores, reports and histories have the same shape and the same sums. What
//! is equal in the source is equal in the copy: a tag, an industry, the domain of a company and of its people.

mod pseudonyms;
mod rules;

use serde_json::{Map, Value as Json};

pub use pseudonyms::Key;
use rules::Rule;
pub(super) use rules::is_left_out;

use super::line;
use super::schema::{Form, Table};
use crate::error::{Error, Kind};
use crate::model::nouns::NOUNS;
use crate::model::selection::Test;
use crate::model::{Tag, external_key, name_key};
use crate::score::Model;
use crate::store::StoreResult;

/// Whether the values of a column are replaced; false for what stays.
pub fn is_replaced(table: &Table, column: &str) -> bool {
    table.columns.iter().any(|own| own.name == column && matches!(own.form, Form::Text | Form::Bytes))
        && rules::of(&table.name, column) != Some(Rule::Keep)
}

/// The columns of a table, to be replaced.
pub(super) struct Anonymous<'a> {
    key: &'a Key,
    table: &'a Table,
    rules: Vec<Rule>,
}

impl<'a> Anonymous<'a> {
    /// # Errors
    /// `not_listed` where nothing says what a column holds: nothing of it may be copied.
    pub(super) fn new(key: &'a Key, table: &'a Table) -> StoreResult<Self> {
        let rules = rules::of_table(table).map_err(|column| {
            Error::new(Kind::Refused, "not_listed", format!("{column} is not known to the anonymised copy"))
        })?;
        Ok(Self { key, table, rules })
    }

    /// Appends a line, given without its end, with other values.
    pub(super) fn put(&self, out: &mut Vec<u8>, line: &[u8]) {
        let fields: Vec<&[u8]> = line::fields(line).collect();
        for (place, (field, rule)) in fields.iter().zip(&self.rules).enumerate() {
            if place > 0 {
                out.push(b'\t');
            }
            match (rule, line::unescaped(field)) {
                (Rule::Keep, _) | (_, None) => out.extend_from_slice(field),
                (Rule::Content, Some(_)) => line::put_bytes(out, &self.content(&fields)),
                (rule, Some(text)) => {
                    let text = String::from_utf8_lossy(&text);
                    line::put_text(out, self.text(*rule, &text, &fields).as_bytes());
                }
            }
        }
        out.push(b'\n');
    }

    /// The original of another column of the row.
    fn other(&self, fields: &[&[u8]], column: &str) -> Option<String> {
        let place = self.table.columns.iter().position(|own| own.name == column)?;
        String::from_utf8(line::unescaped(fields[place])?).ok()
    }

    fn content(&self, fields: &[&[u8]]) -> Vec<u8> {
        let size = self.other(fields, "size").and_then(|size| size.parse().ok()).unwrap_or(0);
        self.key.stream("content", &self.other(fields, "sha256").unwrap_or_default(), size)
    }

    fn text(&self, rule: Rule, text: &str, fields: &[&[u8]]) -> String {
        let key = self.key;
        match rule {
            Rule::NameKey => {
                let name = self.other(fields, "name").unwrap_or_default();
                let rule = rules::of(&self.table.name, "name").unwrap_or(Rule::Words);
                name_key(&self.text(rule, &name, fields))
            }
            Rule::ExternalKey => external_key(&key.identifier(&self.other(fields, "external_id").unwrap_or_default())),
            Rule::Changes => {
                let noun = self.other(fields, "noun").unwrap_or_default();
                json(text, |all| changes(key, &noun, all))
            }
            Rule::ContentHash => crate::digest::sha256(&self.content(fields)),
            rule => plain(key, rule, text),
        }
    }
}

/// A value that depends on no other of its row.
fn plain(key: &Key, rule: Rule, text: &str) -> String {
    match rule {
        Rule::Keep => text.to_owned(),
        Rule::Words => key.words(text),
        Rule::Unique => key.unique(text),
        Rule::Identifier => key.identifier(text),
        Rule::Email => key.email(text),
        Rule::Domain => key.domain(text),
        Rule::Slug if text == "default" => text.to_owned(),
        Rule::Slug => format!("o{}", key.digits("slug", text, 8)),
        Rule::Resolved if text == "cleared" => text.to_owned(),
        Rule::Resolved => key.words(text),
        Rule::Hash => key.hexadecimal("hash", text, text.len()),
        Rule::Model => model(key, text),
        Rule::Domains => json(text, |all| texts(all, &|domain| key.domain(domain))),
        Rule::Tags => json(text, |all| {
            texts(all, &|tag| key.words(tag).chars().take(Tag::MAX).collect());
            if let Json::Array(tags) = all {
                // As they are kept: in the order of their keys, each once.
                let key = |tag: &Json| name_key(tag.as_str().unwrap_or_default());
                tags.sort_by_cached_key(key);
                tags.dedup_by_key(|tag| key(tag));
            }
        }),
        Rule::Fields => json(text, |all| texts(all, &|value| key.value(value))),
        Rule::Members => json(text, |all| {
            members(all, &|member, value| match member {
                "email" => Some(key.email(value)),
                "name" | "role" | "title" => Some(key.words(value)),
                _ => None,
            })
        }),
        // Those that follow from other columns of the row are made where the row is.
        Rule::Content | Rule::ContentHash | Rule::ExternalKey | Rule::NameKey | Rule::Changes => String::new(),
        Rule::Filter => json(text, |all| filters(key, all)),
    }
}

/// JSON with other texts in it; what is none is replaced as a whole.
fn json(text: &str, change: impl FnOnce(&mut Json)) -> String {
    let mut value = serde_json::from_str(text).unwrap_or_default();
    change(&mut value);
    value.to_string()
}

/// Every text in a value, but for the names of members.
fn texts(value: &mut Json, change: &dyn Fn(&str) -> String) {
    match value {
        Json::String(text) => *text = change(text),
        Json::Array(all) => all.iter_mut().for_each(|value| texts(value, change)),
        Json::Object(all) => all.values_mut().for_each(|value| texts(value, change)),
        _ => {}
    }
}

fn objects(value: &mut Json) -> impl Iterator<Item = &mut Map<String, Json>> {
    value.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut)
}

fn members(value: &mut Json, change: &dyn Fn(&str, &str) -> Option<String>) {
    for object in objects(value) {
        for (name, value) in object {
            if let Some(new) = value.as_str().and_then(|text| change(name, text)) {
                *value = new.into();
            }
        }
    }
}

fn changes(key: &Key, noun: &str, all: &mut Json) {
    for change in objects(all) {
        let field = change.get("field").and_then(Json::as_str).unwrap_or_default().to_owned();
        for side in ["old", "new"] {
            if let Some(value) = change.get_mut(side) {
                let rule = rules::of(if noun == "team" { "account_team" } else { noun }, &field);
                texts(value, &|text| match rule {
                    Some(Rule::Keep) => text.to_owned(),
                    Some(rule @ (Rule::Words | Rule::Identifier | Rule::Email | Rule::Domain)) if !text.is_empty() => {
                        plain(key, rule, text)
                    }
                    _ => key.value(text),
                });
            }
        }
    }
}

/// What filters have a text of fastenr's own: a state, a number, a length of time.
fn is_of_our_own(filter: &str) -> bool {
    let found = NOUNS.iter().find_map(|noun| noun.filter(filter));
    found.is_some_and(|filter| match filter.test {
        Test::Exactly(_)
        | Test::AnyExactly(_)
        | Test::Users(_)
        | Test::Owners
        | Test::Account
        | Test::Under(_)
        | Test::Segment
        | Test::Tags
        | Test::Search(_)
        | Test::Member => false,
        Test::AnyOf(_)
        | Test::Band(_)
        | Test::State { .. }
        | Test::Kinds(_)
        | Test::Least(_)
        | Test::Most(_)
        | Test::From(..)
        | Test::To(..)
        | Test::Since(_)
        | Test::Until(_)
        | Test::Ahead(_)
        | Test::Ago(_)
        | Test::Today(_)
        | Test::Is(_)
        | Test::Archived
        | Test::Record(_)
        | Test::Alerts => true,
    })
}

fn filters(key: &Key, all: &mut Json) {
    for pair in all.as_array_mut().into_iter().flatten() {
        let Some([Json::String(name), Json::String(text)]) = pair.as_array_mut().map(Vec::as_mut_slice) else {
            continue;
        };
        if !is_of_our_own(name) {
            *text = key.value(text);
        }
    }
}

/// The numbers of a model, under another name and for accounts that are described in other words.
fn model(key: &Key, source: &str) -> String {
    let Ok(mut model) = Model::parse(source) else { return Model::builtin().to_toml() };
    model.name = key.unique(&model.name);
    if let Some(applies) = &mut model.applies_to {
        applies.rename(&|word| key.value(word));
    }
    model.to_toml()
}
