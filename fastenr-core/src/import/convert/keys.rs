//! What a row is matched by.

use uuid::Uuid;

use super::Converter;
use crate::import::plan::{Slot, ValueSource};
use crate::import::request::Key;
use crate::import::source::Record;
use crate::model::noun::Value;
use crate::model::{Domain, ExternalId, name_key};
use crate::store::staging::{StagedRow, Staging};

impl Converter<'_> {
    /// The key of a row that is passed over: it keeps its record from being missing.
    pub(super) fn key_of(&self, record: &Record, row: &mut StagedRow) {
        for target in &self.plan.targets {
            let ValueSource::Column(column) = &target.from else { continue };
            if target.slot == Slot::Id {
                row.match_id = record.cell(*column).text().and_then(|text| Uuid::parse_str(text.trim()).ok());
            }
            let Slot::Field(bit) = &target.slot else { continue };
            let field = self.plan.staging.field(*bit);
            if field.name == self.plan.staging.key.as_str()
                && let Some(text) = record.cell(*column).text()
                && let Ok(value) = field.parse(text)
            {
                self.put(field, *bit, value, row);
            }
        }
        row.key = self.key_from(row);
    }

    /// Whether the row names an account and the field that is unique within it.
    pub(super) fn has_key_within(&self, row: &StagedRow) -> bool {
        let has = |(account, field): (usize, usize)| !row.values[account].is_null() && !row.values[field].is_null();
        self.within.is_some_and(has) || self.natural.is_some_and(has)
    }

    /// Kind, moment and folded title of a row without an id, as one text.
    pub(super) fn put_natural(&self, row: &mut StagedRow) {
        let Some((natural, (_, place))) = self.plan.staging.natural().zip(self.natural) else { return };
        let value = |name: &str| {
            let (bit, _) = self.plan.staging.noun.field(name)?;
            Some(&row.values[self.places[bit]?]).filter(|value| !value.is_null())
        };
        let Some(Value::Text(title)) = value(natural.title) else { return };
        let text = |value: Option<&Value>| value.map(|value| value.journal().into_owned()).unwrap_or_default();
        let moment = natural.moment.iter().find_map(|name| value(name));
        let key = format!("{}\u{1f}{}\u{1f}{}", text(value(natural.kind)), text(moment), name_key(title));
        row.values[place] = Value::Text(key);
    }

    /// What the row is matched by, from its values.
    pub(super) fn key_from(&self, row: &StagedRow) -> Option<String> {
        let name = match self.plan.staging.key {
            Key::Id => "external_id",
            Key::Account => return None,
            other => other.as_str(),
        };
        let (bit, _) = self.plan.staging.noun.field(name)?;
        let Value::Text(text) = &row.values[self.places[bit]?] else { return None };
        Some(match self.plan.staging.key {
            Key::Id | Key::ExternalId => ExternalId::parse(text).ok()?.key().to_owned(),
            Key::Name => name_key(text),
            Key::Domain => Domain::parse(text).ok()?.into_string(),
            Key::Email | Key::Account => text.clone(),
        })
    }
}

pub(super) fn key_rule(staging: &Staging) -> String {
    let mut ways: Vec<String> = match staging.key {
        Key::Id => vec!["an id".to_owned()],
        Key::ExternalId | Key::Account if staging.noun.within.is_some() || staging.natural().is_some() => Vec::new(),
        key => return format!("the row has no {} to be matched by", key.as_str()),
    };
    if staging.key != Key::Account && staging.noun.field("external_id").is_some() {
        ways.push("an external id".to_owned());
    }
    ways.extend(staging.noun.within.map(|within| format!("an account and {within}")));
    ways.extend(staging.natural().map(|natural| format!("an account and {}", natural.title)));
    match ways.split_last() {
        Some((last, [])) => format!("the row has no {} to be matched by", last.trim_start_matches("an ")),
        Some((last, others)) => format!("the row has neither {} nor {last} to be matched by", others.join(" nor ")),
        None => "the row has nothing to be matched by".to_owned(),
    }
}
