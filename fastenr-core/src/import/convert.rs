//! A record of the file as a row to be staged: every cell read, judged and put in its place.

mod amounts;
mod events;
mod keys;
mod users;
mod values;
mod words;

pub(crate) use users::Users;
pub(crate) use words::OR_LEAVE_OUT;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use self::events::NO_EVENT_ID;
use self::keys::key_rule;
use self::words::CellMeaning;
use super::mapping::{Mapping, fold_value};
use super::nulls::NullWords;
use super::plan::{Plan, Slot, Target, ValueSource};
use super::request::{Empty, Ids, Key};
use super::source::{Cell, Kind, Record, trimmed};
use super::tally::Tally;
use crate::error::Invalid;
use crate::model::TimeZone;
use crate::model::damage::{damage, day};
use crate::model::noun::{Field, Meaning, Value};
use crate::store::staging::{EVENT_KEY, EVENT_TIME, Reject, RejectScope, StagedRow};

/// What a row is judged by, beyond its plan.
pub(crate) struct Facts {
    pub(crate) users: Users,
    pub(crate) today: NaiveDate,
    pub(crate) now: DateTime<Utc>,
    pub(crate) currency: String,
    /// The organization's: its days are those of events.
    pub(crate) zone: TimeZone,
    pub(crate) empty: Empty,
    pub(crate) nulls: NullWords,
    /// Keys of records that are called by a word for no value: the field's column and what is kept in it.
    pub(crate) borne: BTreeSet<(&'static str, String)>,
}

/// Turns records into rows; one for each import, on the thread that reads the file.
pub(crate) struct Converter<'p> {
    plan: &'p Plan,
    facts: &'p Facts,
    mapping: &'p Mapping,
    /// By a field's bit, where its value lies among the staged columns.
    places: Vec<Option<usize>>,
    width: usize,
    /// What the columns of the key and of the account are called in the file.
    key_header: String,
    account_header: String,
    /// The places of the account's name and of the field that is unique within it, where rows may be matched by both.
    within: Option<(usize, usize)>,
    /// The places of the account's name and of the key that rows without ids have within it.
    natural: Option<(usize, usize)>,
    /// The places of an event's id and of its time.
    event: (Option<usize>, Option<usize>),
    tally: RefCell<Tally>,
}

/// What became of a record.
pub(crate) enum RowVerdict {
    Row(StagedRow),
    /// Passed over: by the mapping's filter, or because all its cells are empty.
    Skip(StagedRow),
}

impl<'p> Converter<'p> {
    pub(crate) fn new(plan: &'p Plan, facts: &'p Facts, mapping: &'p Mapping) -> Self {
        let columns = plan.staging.columns();
        let mut places = vec![None; plan.staging.noun.fields.len()];
        for &bit in &plan.staging.fields {
            let column = plan.staging.field(bit).column;
            places[bit] = columns.iter().position(|(name, _)| *name == column);
        }
        let place = |name: &str| plan.staging.noun.field(name).and_then(|(bit, _)| places[bit]);
        let within = match plan.staging.key {
            // Beside the account's own column are those of its name.
            Key::Account | Key::ExternalId | Key::Id => plan.staging.noun.within.and_then(place),
            _ => None,
        };
        let within = place("account").map(|account| account + 1).zip(within);
        let natural = plan.staging.natural().and_then(|_| Some((place("account")? + 1, columns.len() - 1)));
        let of_event = |name: &str| columns.iter().position(|(known, _)| *known == name);
        let event = (of_event(EVENT_KEY), of_event(EVENT_TIME));
        let tally = RefCell::default();
        let (key_header, account_header) = (plan.staging.key_header(), plan.staging.header("account"));
        let width = columns.len();
        Self { plan, facts, mapping, places, width, key_header, account_header, within, natural, event, tally }
    }

    /// What was counted in passing.
    pub(crate) fn into_tally(self) -> Tally {
        self.tally.into_inner()
    }

    /// Judges one record. Bad cells go to `rejects`; the row is staged all the same, so that its key counts.
    pub(crate) fn judge(&self, record: &Record, id: Uuid, rejects: &mut dyn FnMut(Reject)) -> RowVerdict {
        let n = i64::try_from(record.number).unwrap_or(i64::MAX);
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        let mut row = StagedRow { n, id, match_id: None, key: None, present: 0, values: vec![Value::Null; self.width] };
        let mut refuse = |hold, header: Option<&str>, code: &str, rule: Cow<'_, str>, value: Option<&str>| {
            rejects(Reject {
                hold,
                n,
                line,
                header: header.map(str::to_owned),
                code: code.to_owned(),
                rule: rule.into_owned(),
                value: value.map(|text| text.chars().take(200).collect()),
            });
        };
        if let Some(problem) = &record.problem {
            refuse(
                RejectScope::Row,
                None,
                problem.code,
                Cow::Owned(format!("line {line}: the row {}", problem.message)),
                None,
            );
            return RowVerdict::Row(row);
        }
        let filtered =
            self.plan.filter.iter().any(|(column, values)| {
                record.cell(*column).text().is_some_and(|text| values.contains(&fold_value(text)))
            });
        if filtered {
            self.key_of(record, &mut row);
            return RowVerdict::Skip(row);
        }
        let mut custom: Option<Map<String, Json>> = None;
        let mut cleared: Vec<String> = Vec::new();
        let mut template = String::new();
        let mut bad_key = false;
        // What can be read once the row says what it is about.
        let names = self.plan.staging.noun.names_field();
        let mut named: Vec<(&Target, usize, Option<String>)> = Vec::new();
        let mut bad_name = false;
        // What a row can do without, if it has a key.
        let mut spared: Vec<(&str, Invalid, Option<String>)> = Vec::new();
        for target in &self.plan.targets {
            let cell = match &target.from {
                ValueSource::Column(column) => record.cell(*column),
                ValueSource::Constant(text) => Cell::Text(text),
                ValueSource::Count(counted) => Cell::Text(if self.meets(counted, record) { "1" } else { "0" }),
                ValueSource::Template(pieces) => {
                    template.clear();
                    if let Err(invalid) = self.fill(&mut template, pieces, record) {
                        if self.spares(&target.slot) {
                            spared.push((&target.header, invalid, None));
                        } else {
                            refuse(RejectScope::Row, Some(&target.header), invalid.code, invalid.rule, None);
                        }
                        continue;
                    }
                    Cell::Text(&template)
                }
            };
            let written = match cell {
                Cell::Absent => continue,
                Cell::Null => "",
                Cell::Text(text) => trimmed(text),
            };
            let kind = match target.from {
                ValueSource::Column(column) => record.kind(column),
                _ => Kind::Text,
            };
            let result = self.say(target, written).and_then(|said| match (&target.slot, said) {
                (Slot::Field(bit), said) if self.plan.staging.field(*bit).meaning == Meaning::AccountValue => {
                    let text = if let CellMeaning::Value(text) = said { Some(text.to_owned()) } else { None };
                    named.push((target, *bit, text));
                    Ok(())
                }
                (_, CellMeaning::Nothing) => Ok(()),
                (Slot::Field(bit), said) => {
                    let field = self.plan.staging.field(*bit);
                    match said {
                        CellMeaning::Value(_) if kind == Kind::Nested && !takes_nested(field.meaning) => Err(nested()),
                        CellMeaning::Value(text) => {
                            if let Some(damage) = self.damage(field, text, kind) {
                                refuse(
                                    RejectScope::Unknown,
                                    Some(&target.header),
                                    damage.code,
                                    damage.rule,
                                    Some(text),
                                );
                            }
                            self.read(target, field, *bit, text, record, &mut row)
                        }
                        CellMeaning::Clear => self.clear(field, *bit, &mut row),
                        _ => self.empty(field, *bit, &mut row),
                    }
                }
                (Slot::Id, CellMeaning::Value(text)) => Uuid::parse_str(text)
                    .map(|id| row.match_id = Some(id))
                    .map_err(|_| Invalid::new("id", "an id is a UUID")),
                (Slot::Id, _) => Ok(()),
                (Slot::DaysPastDue, said) => self.days_past_due(&said, &mut row),
                (Slot::EventId, said) => self.event_id(&said, kind, &mut row),
                (Slot::EventTime, said) => self.event_time(target, &said, &mut row),
                (Slot::Custom(member), CellMeaning::Value(text)) => {
                    custom.get_or_insert_default().insert(member.clone(), Json::String(text.to_owned()));
                    Ok(())
                }
                (Slot::Custom(member), said) => {
                    if matches!(said, CellMeaning::Clear) || self.facts.empty == Empty::Clear {
                        custom.get_or_insert_default();
                        cleared.push(member.clone());
                    }
                    Ok(())
                }
            });
            if let Err(invalid) = result {
                // A key that breaks its rule is told once, not also as missing.
                bad_key |= target.header == self.key_header
                    || target.slot == Slot::EventId
                    || (target.header == self.account_header && (self.within.is_some() || self.natural.is_some()));
                bad_name |= names.is_some_and(|field| target.slot == Slot::Field(field.place));
                let invalid = self.why(target, invalid);
                if self.spares(&target.slot) {
                    spared.push((&target.header, invalid, Some(written.to_owned())));
                } else {
                    refuse(RejectScope::Row, Some(&target.header), invalid.code, invalid.rule, Some(written));
                }
            }
        }
        if let Some(field) = names.filter(|_| !bad_name && !record.is_blank())
            && let Err(invalid) = self.check_name(field, &row)
        {
            refuse(RejectScope::Row, Some(&self.plan.staging.header(field.name)), invalid.code, invalid.rule, None);
        }
        for (target, bit, text) in named {
            if let Err(invalid) = self.read_named(target, bit, text.as_deref(), record, &mut row) {
                let invalid = self.why(target, invalid);
                refuse(RejectScope::Row, Some(&target.header), invalid.code, invalid.rule, text.as_deref());
            }
        }
        if let Some(members) = custom
            && let Err(invalid) = self.put_custom(members, &cleared, &mut row)
        {
            let header = self.plan.staging.header("custom_fields");
            let spares =
                self.plan.staging.noun.field("custom_fields").is_some_and(|(_, field)| self.plan.staging.spares(field));
            let hold = if spares { RejectScope::Cell } else { RejectScope::Row };
            refuse(hold, Some(&header), invalid.code, invalid.rule, None);
        }
        if !bad_key && self.lacks_event_id(&row) && !record.is_blank() {
            bad_key = true;
            refuse(RejectScope::Row, self.event_header(), "event_id", Cow::Borrowed(NO_EVENT_ID), None);
        }
        let mut hold = RejectScope::Cell;
        if row.key.is_none() && row.match_id.is_none() {
            row.key = self.key_from(&row);
            if row.key.is_none() {
                self.put_natural(&mut row);
            }
            let within = self.has_key_within(&row);
            if row.key.is_none() && !within && record.is_blank() {
                // What a spreadsheet leaves below its table.
                return RowVerdict::Skip(row);
            }
            if row.key.is_none() && !within {
                hold = RejectScope::Row;
            }
            if row.key.is_none() && !within && !bad_key {
                let staging = &self.plan.staging;
                refuse(RejectScope::Row, Some(&self.key_header), "key_empty", Cow::Owned(key_rule(staging)), None);
            }
        }
        for (header, invalid, written) in spared {
            refuse(hold, Some(header), invalid.code, invalid.rule, written.as_deref());
        }
        RowVerdict::Row(row)
    }

    /// What a spreadsheet may have made of an external id: only the records can tell.
    fn damage(&self, field: &Field, text: &str, kind: Kind) -> Option<Invalid> {
        let checked = field.meaning == Meaning::ExternalId && self.plan.staging.row_rules.ids == Ids::Checked;
        match (checked, kind) {
            (false, _) => None,
            (true, Kind::Date) => Some(day()),
            (true, _) => damage(text),
        }
    }

    /// Whether a bad cell may be left out of its row.
    fn spares(&self, slot: &Slot) -> bool {
        let staging = &self.plan.staging;
        match slot {
            Slot::Field(bit) => staging.spares(staging.field(*bit)),
            Slot::DaysPastDue => staging.noun.field("past_due_since").is_some_and(|(_, field)| staging.spares(field)),
            Slot::Custom(_) => staging.noun.field("custom_fields").is_some_and(|(_, field)| staging.spares(field)),
            Slot::Id | Slot::EventId | Slot::EventTime => false,
        }
    }
}

/// Whether a field reads a JSON object or array.
const fn takes_nested(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Tags | Meaning::Custom | Meaning::Attendees | Meaning::Milestones)
}

fn nested() -> Invalid {
    Invalid::new("json_nested", "a JSON object or list is no value of this field")
}
