//! What the survey learns of each column: the evidence for its format.

mod percents;
mod words;

use serde_json::Value as Json;

use super::format::{Ambiguous, DateProfile, NumberProfile, NumberReading, Scale};
use super::mapping::Origin;
use super::plan::{HeaderMeaning, Slot, meaning};
use super::request::Request;
use super::source::{Cell, Kind, Record, trimmed};
use crate::error::Result;
use crate::model::noun::{Field, Meaning, Noun, fold_header};
use percents::Percents;
pub(crate) use words::{Currencies, Ids, WordFit};

enum Profile {
    None,
    Input(Box<DateProfile>),
    Numbers(Box<NumberProfile>),
    Percents(Box<Percents>),
    Ids(Ids),
    Currencies(Currencies),
    /// Whether there is any value at all.
    Filled(bool),
}

/// What is known of one column.
struct Column {
    /// What it would be by its header.
    field: Option<&'static Field>,
    /// Kept where only another name of the field, which may mean something else elsewhere, makes the column be it.
    fit: Option<WordFit>,
    profile: Profile,
    nested: Option<Nested>,
}

/// What the first JSON object or list of objects of a column has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nested {
    /// It is a list of objects: the records may be these.
    pub(crate) is_list: bool,
    /// The keys of the object.
    pub(crate) members: Vec<String>,
}

impl Nested {
    /// More keys are not looked at.
    const MOST: usize = 100;

    fn of(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Json::Object(object)) => {
                Self { is_list: false, members: object.into_iter().map(|(key, _)| key).take(Self::MOST).collect() }
            }
            Ok(Json::Array(list)) => Self { is_list: list.first().is_some_and(Json::is_object), members: Vec::new() },
            _ => Self::default(),
        }
    }
}

/// One profile a column, made when the column is first seen.
pub(crate) struct Profiles {
    noun: &'static Noun,
    columns: Vec<Column>,
    /// Whether the noun has amounts of money, so that their currency matters.
    has_money: bool,
}

impl Profiles {
    pub(crate) fn new(noun: &'static Noun) -> Self {
        let has_money = noun.fields.iter().any(|field| field.writable() && field.meaning.is_money());
        Self { noun, columns: Vec::new(), has_money }
    }

    pub(crate) fn see(&mut self, header: &[String], record: &Record, request: &Request) -> Result<()> {
        while self.columns.len() < header.len() {
            let column = self.column(self.columns.len(), header, request)?;
            self.columns.push(column);
        }
        let nulls = request.null_words();
        for (column, Column { field, fit, profile, nested }) in self.columns.iter_mut().enumerate() {
            if nested.is_none() && record.kind(column) == Kind::Nested {
                *nested = record.cell(column).text().map(Nested::of);
            }
            if fit.is_none() && !profile.watches() {
                continue;
            }
            let Cell::Text(text) = record.cell(column) else { continue };
            let mut text = trimmed(text);
            if let Some(field) = field {
                text = request.mapping.translated(field.name, text).unwrap_or(text);
            }
            if text.is_empty() || nulls.is_none(text, field.map(|field| field.meaning)) {
                continue;
            }
            if let (Some(fit), Some(field)) = (fit, field) {
                fit.see(field, text);
            }
            match profile {
                Profile::None => {}
                Profile::Input(dates) => dates.see(text, record.number),
                Profile::Numbers(numbers) if record.kind(column) == Kind::Number => {
                    numbers.see_exact(text, record.number)
                }
                Profile::Numbers(numbers) => numbers.see(text, record.number),
                Profile::Percents(percents) => {
                    percents.see(text, record.number, record.kind(column) == Kind::Number);
                }
                Profile::Currencies(currencies) => currencies.see(text),
                Profile::Filled(filled) => *filled = true,
                Profile::Ids(ids) => ids.see(text, record.number),
            }
        }
        Ok(())
    }

    fn column(&self, at: usize, headers: &[String], request: &Request) -> Result<Column> {
        let header = headers[at].as_str();
        let mapped = request.mapping.columns.iter().find_map(|(field, origin)| match origin {
            Origin::Header(known) if fold_header(known) == fold_header(header) => Some(field),
            _ => None,
        });
        let meant = match mapped.filter(|_| request.told(header, headers) != Some("")) {
            Some(field) => HeaderMeaning::Slot(super::plan::slot(self.noun, field)?),
            None => meaning(self.noun, header, headers, request)?,
        };
        let told = mapped.is_some() || request.told(header, headers).is_some();
        let ignored = told && matches!(meant, HeaderMeaning::Nothing) || request.mapping.reads(header);
        let field = match meant {
            HeaderMeaning::Slot(Slot::Field(bit)) => Some(&self.noun.fields[bit]),
            _ => None,
        };
        let profile = match meant {
            _ if request.mapping.dates_events(header) => Profile::Input(Box::default()),
            HeaderMeaning::Slot(Slot::Field(bit)) => Profile::of(self.noun.fields[bit].meaning),
            HeaderMeaning::Slot(Slot::Id) => Profile::Ids(Ids::default()),
            // Left out or not, it tells an export of fastenr.
            HeaderMeaning::Nothing if header == "id" => Profile::Ids(Ids::default()),
            HeaderMeaning::Slot(Slot::Custom(_)) | HeaderMeaning::Nothing if self.has_money && !ignored => {
                Profile::Currencies(Currencies::default())
            }
            _ => Profile::None,
        };
        let may_be_another = |field: &&Field| {
            !told && fold_header(field.name) != fold_header(header) && has_words_of_its_own(field.meaning)
        };
        Ok(Column { field, fit: field.filter(may_be_another).map(|_| WordFit::default()), profile, nested: None })
    }

    fn profile(&self, column: usize) -> Option<&Profile> {
        self.columns.get(column).map(|column| &column.profile)
    }

    pub(crate) fn dates(&self, column: usize) -> Option<&DateProfile> {
        match self.profile(column) {
            Some(Profile::Input(profile)) => Some(profile),
            _ => None,
        }
    }

    pub(crate) fn numbers(&self, column: usize) -> Option<&NumberProfile> {
        match self.profile(column) {
            Some(Profile::Numbers(profile)) => Some(profile),
            Some(Profile::Percents(profile)) => Some(&profile.numbers),
            _ => None,
        }
    }

    /// What a column of percentages or of an NPS counts in, once it is known how its numbers are written.
    pub(crate) fn scale(
        &self,
        column: usize,
        meaning: Meaning,
        reading: &NumberReading,
        told: Option<Scale>,
    ) -> Result<Scale, Ambiguous> {
        match self.profile(column) {
            Some(Profile::Percents(profile)) if meaning.is_percent() => profile.settle(reading, told),
            Some(Profile::Percents(profile)) => profile.settle_nps(reading, told),
            _ => Ok(told.unwrap_or(Scale::PERCENT)),
        }
    }

    /// A column called `id`; one without cells counts as one of UUIDs.
    pub(crate) fn ids(&self, column: usize) -> Option<Ids> {
        match self.profile(column) {
            Some(Profile::Ids(ids)) => Some(*ids),
            Some(_) => None,
            None => Some(Ids::default()),
        }
    }

    /// The currencies that a column says, if it says nothing else and is no field.
    pub(crate) fn currencies(&self, column: usize) -> Option<&Currencies> {
        match self.profile(column) {
            Some(Profile::Currencies(currencies)) if !currencies.other && !currencies.marks.is_empty() => {
                Some(currencies)
            }
            _ => None,
        }
    }

    /// A word of a column that is no field and has words that are no currencies.
    pub(crate) fn no_currency(&self, column: usize) -> Option<&str> {
        match self.profile(column) {
            Some(Profile::Currencies(currencies)) if currencies.other => Some(&currencies.word),
            _ => None,
        }
    }

    /// What a column of JSON objects or lists has.
    pub(crate) fn nested(&self, column: usize) -> Option<&Nested> {
        self.columns.get(column)?.nested.as_ref()
    }

    /// Whether a column of external ids has none.
    pub(crate) fn has_no_ids(&self, column: usize) -> bool {
        matches!(self.profile(column), Some(Profile::Filled(false)))
    }

    /// Where a column is a field by another name of it alone and most of its cells are none of the field's: what it says.
    pub(crate) fn misfit(&self, column: usize) -> Option<&WordFit> {
        self.columns.get(column)?.fit.as_ref().filter(|fit| fit.is_another())
    }
}

impl Profile {
    fn of(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Date | Meaning::Instant => Self::Input(Box::default()),
            meaning if meaning.is_percent() => Self::Percents(Box::default()),
            meaning if meaning.is_nps() => Self::Percents(Box::new(Percents::of_nps())),
            Meaning::ExternalId => Self::Filled(false),
            meaning if meaning.takes_percent_sign() => Self::Numbers(Box::default()),
            meaning if meaning.is_money() || meaning == Meaning::Count => {
                Self::Numbers(Box::new(NumberProfile::of_amounts()))
            }
            meaning if meaning.is_number() => Self::Numbers(Box::new(NumberProfile::without_percents())),
            _ => Self::None,
        }
    }

    const fn watches(&self) -> bool {
        match self {
            Self::None => false,
            Self::Currencies(currencies) => !currencies.other,
            Self::Filled(filled) => !*filled,
            _ => true,
        }
    }
}

/// Whether a column of other words can be told from one of this meaning.
const fn has_words_of_its_own(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Choice(_) | Meaning::Boolean | Meaning::Date | Meaning::Instant) || meaning.is_number()
}
