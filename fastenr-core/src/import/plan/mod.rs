//! Which column of the file is which field of the noun, settled before a row is judged.

mod choose;
mod currency;
mod events;
mod format;
mod guess;
mod headers;
mod key;
mod leftovers;
mod template;

pub(crate) use choose::{Chooser, choices};
pub(crate) use currency::foreign;
pub(crate) use guess::guesses;
pub(crate) use headers::{HeaderMeaning, REJECT_COLUMNS, meaning, slot};

use std::collections::BTreeSet;

use super::format::{DateReading, NumberReading, Scale};
use super::mapping::{Factor, Test, fold_value};
use super::profile::Profiles;
use super::request::{Mode, Request};
use super::source::{Kind, Record, Survey};
use crate::error::{Error, Note, Result};
use crate::model::TimeZone;
use crate::model::noun::Noun;
use crate::store::staging::Staging;

/// What a value is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    Field(usize),
    /// The id of an existing record.
    Id,
    /// One member of the custom fields.
    Custom(String),
    /// Days since a payment was due: another way to say `past_due_since`.
    DaysPastDue,
    /// The id of an event, of which days are made.
    EventId,
    /// When this version of the event was written.
    EventTime,
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueSource {
    Column(usize),
    Template(Vec<Piece>),
    Constant(String),
    /// 1 for an event that meets all of these, else 0.
    Count(Vec<ColumnCondition>),
}

/// A condition, with its column in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnCondition {
    pub(crate) column: usize,
    pub(crate) test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Column(usize),
}

/// One value of every row: from where, to where, how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) slot: Slot,
    pub(crate) from: ValueSource,
    /// The header, or the field where there is none: what messages call it.
    pub(crate) header: String,
    pub(crate) dates: DateReading,
    pub(crate) numbers: NumberReading,
    pub(crate) scale: Option<Scale>,
    /// What its numbers are multiplied and divided by.
    pub(crate) factor: Option<Factor>,
    /// Of times that say none.
    pub(crate) zone: TimeZone,
    /// Only another name of the field makes the column be it.
    pub(crate) by_other_name: bool,
    /// The currency that the header of amounts names.
    pub(crate) currency: Option<&'static str>,
}

impl Target {
    /// How its number in a record is read: one that a program tells as a number is read as such.
    pub(crate) fn reading(&self, record: &Record) -> NumberReading {
        match self.from {
            ValueSource::Column(column) if record.kind(column) == Kind::Number => self.numbers.exact(),
            _ => self.numbers,
        }
    }
}

/// What amounts and times mean where the file does not say it: the organization's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrganizationDefaults<'a> {
    pub(crate) currency: &'a str,
    pub(crate) zone: TimeZone,
    /// The present one, to which years of two digits are near.
    pub(crate) year: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Target>,
    pub(crate) staging: Staging,
    /// The column that names each row's currency.
    pub(crate) currency: Option<usize>,
    /// Columns whose values pass a row over.
    pub(crate) filter: Vec<(usize, BTreeSet<String>)>,
    /// The file is an export of fastenr.
    pub(crate) is_export: bool,
    pub(crate) warnings: Vec<Note>,
    pub(crate) notes: Vec<Note>,
}

impl Plan {
    /// Settles everything that the survey of the file can tell.
    ///
    /// # Errors
    /// `unknown_header`, `unknown_field`, `column_twice`, `no_key`, `currency_column`, and what a column's format leaves open.
    pub(crate) fn settle(
        noun: &'static Noun,
        survey: &Survey,
        profiles: &Profiles,
        request: &Request,
        home: OrganizationDefaults<'_>,
    ) -> Result<Self> {
        let Chooser { chosen, unknown, mut warnings, mut notes, .. } = choices(noun, survey, profiles, request, false)?;
        let is_export = unknown.is_empty() && is_export(noun, survey, profiles, &chosen);
        let settler = format::FormatContext { noun, profiles, request, survey, home, is_export };
        let mut targets = Vec::new();
        for (slot, from, header) in chosen {
            targets.push(settler.settle(slot, from, header, &mut notes)?);
        }
        currency::check(noun, &targets, survey, profiles, request, home)?;
        let events = events::settle(noun, &targets, request)?;
        let staging = key::staging(noun, &targets, request, survey, profiles)?;
        if let Some(field) = noun.names_field().filter(|field| !staging.fields.contains(&field.place)) {
            let error =
                Error::invalid("no_field", format!("no column is {}: which field changed is unknown", field.name));
            return Err(error.hint(key::name_it(field.name, survey, &targets)));
        }
        if noun.account().is_some_and(|(bit, _)| !staging.fields.contains(&bit)) && request.mode != Mode::Update {
            let warning = Note::from(format!("no column is the account: new {} can't be created", noun.many));
            warnings.push(warning.hint(key::name_it("account", survey, &targets)).hint(key::one_account()));
        }
        format::check_scales(noun, &targets, request)?;
        let find = |header: &str| headers::find(survey, header);
        let currency = request.mapping.fx.column.as_deref().map(find).transpose()?;
        let mut filter = Vec::new();
        for (header, values) in &request.mapping.filter {
            filter.push((find(header)?, values.iter().map(|value| fold_value(value)).collect()));
        }
        for field in request.mapping.values.keys().chain(request.mapping.numbers.keys()) {
            let known = slot(noun, field).map_err(|error| {
                error.hint(format!("name another field in the mapping file, or remove what it says of {field}"))
            })?;
            if !targets.iter().any(|target| target.slot == known) {
                warnings
                    .push(format!("the mapping has values or numbers for {field}, but no column is {field}").into());
            }
        }
        Ok(Self {
            targets,
            staging: Staging { skips: !filter.is_empty(), events, ..staging },
            currency,
            filter,
            is_export,
            warnings,
            notes,
        })
    }
}

/// Whether the rows bear ids that fastenr made, and all columns are called as an export calls them: numbers and names are then
/// written as an export writes them. Whether the ids are read does not matter.
fn is_export(
    noun: &'static Noun,
    survey: &Survey,
    profiles: &Profiles,
    chosen: &[(Slot, ValueSource, String)],
) -> bool {
    let bears_ids = survey.header.iter().position(|header| header == "id").is_some_and(|column| {
        profiles.ids(column).is_some_and(|ids| ids.made_here > 0 && ids.made_here == ids.uuids && ids.others == 0)
    });
    let is_called = |(slot, from, header): &(Slot, ValueSource, String)| match (slot, from) {
        (Slot::Field(bit), ValueSource::Column(_)) => noun.fields[*bit].name == header,
        (Slot::Custom(member), _) => header.strip_prefix("custom.") == Some(member),
        _ => true,
    };
    bears_ids && chosen.iter().all(is_called)
}
