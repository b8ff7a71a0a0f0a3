//! What rows are matched to records by.

use std::collections::BTreeSet;

use super::{Slot, Target};
use crate::error::{Error, Result};
use crate::import::profile::Profiles;
use crate::import::request::{Key, Request};
use crate::import::source::Survey;
use crate::model::StatusSource;
use crate::model::noun::{Field, Noun, fold_header};
use crate::model::shell::shell_word;
use crate::store::staging::{RowRules, Staging};

pub(super) fn staging(
    noun: &'static Noun,
    targets: &[Target],
    request: &Request,
    survey: &Survey,
    profiles: &Profiles,
) -> Result<Staging> {
    let bit_of = |name: &str| noun.field(name).map(|(bit, _)| bit);
    let mut fields = BTreeSet::new();
    let mut merge_custom = false;
    let mut has_id = false;
    for target in targets {
        match &target.slot {
            Slot::Field(bit) => {
                fields.insert(*bit);
            }
            Slot::Id => has_id = true,
            Slot::Custom(_) => {
                merge_custom = true;
                fields.extend(bit_of("custom_fields"));
            }
            Slot::DaysPastDue => fields.extend(bit_of("past_due_since")),
            Slot::EventId | Slot::EventTime => {}
        }
    }
    let has = |name: &str| bit_of(name).is_some_and(|bit| fields.contains(&bit));
    let present = |key: Key| match key {
        Key::Id => has_id,
        Key::Account => {
            has("account") && (noun.within.is_some_and(has) || noun.natural.as_ref().is_some_and(|key| has(key.title)))
        }
        other => has(other.as_str()),
    };
    let natural = noun.keys.iter().copied().find(|key| present(*key)).or(noun.keys.first().copied());
    let key = request.key.unwrap_or(if has_id { Key::Id } else { natural.unwrap_or(Key::ExternalId) });
    // An e-mail address is a contact's within its account.
    let key = if key == Key::Email && noun.within == Some("email") { Key::Account } else { key };
    if !may_be_key(noun, key) {
        return Err(not_a_key(noun, key));
    }
    if !present(key) {
        return Err(no_key(noun, key, &has, survey, targets, profiles));
    }
    let header_of = |(bit, field): (usize, &'static Field)| {
        let slot = if field.name == "id" { Slot::Id } else { Slot::Field(bit) };
        let target = targets.iter().find(|target| target.slot == slot)?;
        Some((bit, target.header.clone()))
    };
    Ok(Staging {
        noun,
        fields: fields.into_iter().collect(),
        key,
        headers: noun.fields.iter().enumerate().filter_map(header_of).collect(),
        account_lookup: request.mapping.account.clone(),
        merge_custom,
        skips: false,
        events: None,
        source: StatusSource::Import,
        row_rules: RowRules { duplicates: request.duplicates, bad_cells: request.bad_cells, ids: request.ids },
    })
}

/// Whether rows may be matched by it: names and domains go with nouns that are archived, not deleted.
fn may_be_key(noun: &'static Noun, key: Key) -> bool {
    let Some((_, field)) = noun.field(key.as_str()) else { return false };
    match key {
        Key::Id | Key::ExternalId => true,
        Key::Name | Key::Domain => noun.field("archived_at").is_some(),
        Key::Email => field.unique,
        Key::Account => noun.within.is_some() || noun.natural.is_some(),
    }
}

fn not_a_key(noun: &'static Noun, key: Key) -> Error {
    let all = [Key::Id, Key::ExternalId, Key::Name, Key::Domain, Key::Email, Key::Account];
    let ways = all.into_iter().filter(|key| may_be_key(noun, *key)).map(|key| match (key, noun.within) {
        (Key::Account, Some(within)) => format!("account (with {within})"),
        (Key::Account, None) => "account (with type, time and title)".to_owned(),
        (key, _) => key.as_str().to_owned(),
    });
    let ways: Vec<String> = ways.collect();
    Error::invalid("no_key", format!("rows of {} are not matched by {}", noun.many, key.as_str()))
        .hint(format!("--key is one of {}", ways.join(", ")))
}

/// Nothing in the file says which record a row means.
fn no_key(
    noun: &'static Noun,
    key: Key,
    has: &dyn Fn(&str) -> bool,
    survey: &Survey,
    targets: &[Target],
    profiles: &Profiles,
) -> Error {
    let read = header_read(survey);
    let doubt = not_the_header(noun, survey, targets, profiles);
    let natural = noun.natural.as_ref().map(|natural| natural.title);
    if let Some(within) = noun.within.or(natural).filter(|_| matches!(key, Key::Account | Key::ExternalId)) {
        let mut missing: Vec<&str> = ["account", within].into_iter().filter(|name| !has(name)).collect();
        let mut ways = format!("by account and {within}");
        if key == Key::ExternalId {
            missing.insert(0, "external_id");
            ways = format!("by external_id, or {ways}");
        }
        let message = format!(
            "no column of the file is {}: rows of {} are matched {ways}; {read}",
            missing.join(" or "),
            noun.many
        );
        // A row without the account has nothing else.
        let wanted = if has("account") { within } else { "account" };
        let mut hint = name_it(wanted, survey, targets);
        if !has("account") {
            hint.push_str("; one account for all rows: --constant account=ACCOUNT");
        }
        let hint = doubt.unwrap_or(hint);
        return Error::invalid("no_key", message).hint(hint);
    }
    let mut others: Vec<&str> =
        ["external_id", "name", "domain", "email"].into_iter().filter(|name| has(name)).collect();
    others.retain(|name| noun.field(name).is_some());
    let mut hint = name_it(key.as_str(), survey, targets);
    if !others.is_empty() {
        hint.push_str(&format!("; or go by another: --key {}", others.join(" or --key ")));
    }
    let message = format!("no column of the file is the {} that rows are matched by; {read}", key.as_str());
    Error::invalid("no_key", message).hint(doubt.unwrap_or(hint))
}

/// The way out where what was read as the names of columns is likely none: naming a column would not help.
fn not_the_header(noun: &'static Noun, survey: &Survey, targets: &[Target], profiles: &Profiles) -> Option<String> {
    let list = |column: &usize| profiles.nested(*column).is_some_and(|nested| nested.is_list);
    if let Some(column) = (0..survey.header.len()).find(list) {
        let header = &survey.header[column];
        let way = shell_word(&format!(".[{}][]", serde_json::Value::from(header.as_str())));
        return Some(format!("the records are a list in {header:?}: jq -c {way} writes one object a line"));
    }
    if let [header] = survey.header.as_slice()
        && survey.delimiter.is_some()
        && let Some(mark) = header.chars().find(|c| c.is_ascii_punctuation() && !"\"'_-.()&/".contains(*c))
    {
        return Some(format!("where {mark} separates the columns: --delimiter {}", shell_word(&mark.to_string())));
    }
    let is_known = |header: &String| noun.field_by_header(header).is_some();
    let is_first = survey.header_line == Some(1) && survey.sheet.is_none();
    if survey.header.len() > 1 && is_first && targets.is_empty() && !survey.header.iter().any(is_known) {
        let key = noun.keys.first().map_or("id", |key| key.as_str());
        return Some(format!(
            "the first line has to name the columns: if it is a row, put a line with their names above it ({key}, …); if it names \
             them, --map 'HEADER=FIELD' says which is which, and --suggest-mapping drafts that"
        ));
    }
    None
}

/// How to say which column is the field: those that are nothing else come into question, first the ones that are called like an
/// id.
pub(super) fn name_it(field: &str, survey: &Survey, targets: &[Target]) -> String {
    const SHOWN: usize = 3;
    let is_free = |header: &&String| !targets.iter().any(|target| target.header == **header);
    let mut free: Vec<&String> = survey.header.iter().filter(is_free).collect();
    let is_id = |header: &str| {
        let folded = fold_header(header);
        ["id", "key", "code", "number", "nr", "no"].iter().any(|end| folded.ends_with(end))
    };
    free.sort_by_key(|header| !is_id(header));
    let ways: Vec<String> =
        free.iter().take(SHOWN).map(|header| format!("--map {}", shell_word(&format!("{header}={field}")))).collect();
    if ways.is_empty() {
        return match survey.header.len() {
            1 if survey.sheet.is_none() => format!("add a column {field} to the file, or name its --delimiter"),
            _ => format!("add a column {field} to the file"),
        };
    }
    format!("name the column: {}", ways.join(" or "))
}

/// What was taken for the header, from where: where that is wrong, so is all that follows.
fn header_read(survey: &Survey) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = survey.header.iter().take(SHOWN).map(String::as_str).collect();
    let more =
        if survey.header.len() > SHOWN { format!(" and {} more", survey.header.len() - SHOWN) } else { String::new() };
    let from = match (survey.header_line, &survey.sheet) {
        (None, _) => "the objects".to_owned(),
        (Some(row), Some(sheet)) => format!("row {row} of the sheet {sheet:?}"),
        (Some(line), None) => format!("line {line}"),
    };
    let by = match survey.delimiter {
        None => String::new(),
        Some(b',') => ", separated by commas".to_owned(),
        Some(b';') => ", separated by semicolons".to_owned(),
        Some(b'\t') => ", separated by tabs".to_owned(),
        Some(b'|') => ", separated by pipes".to_owned(),
        Some(other) => format!(", separated by {:?}", char::from(other)),
    };
    format!("the columns read from {from}{by} are {}{more}", names.join(", "))
}
