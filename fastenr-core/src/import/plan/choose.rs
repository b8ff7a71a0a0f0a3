//! Which columns, templates and constants are read, and into what.

use super::events::of_any_event;
use super::guess::name_parts;
use super::headers::leave_out;
use super::headers::{REJECT_COLUMNS, find, meaning, slot};
use super::template::pieces;
use super::{ColumnCondition, HeaderMeaning, Piece, Slot, ValueSource};
use crate::error::{Error, Note, Result, Setting};
use crate::import::mapping::{Mapping, Origin};
use crate::import::profile::Profiles;
use crate::import::request::{Key, Request};
use crate::import::source::Survey;
use crate::model::noun::{Field, Noun, fold_header};
use crate::say;

/// What is chosen so far, and what is to be said about it.
pub(crate) struct Chooser<'a> {
    pub(super) noun: &'static Noun,
    pub(super) survey: &'a Survey,
    pub(super) request: &'a Request,
    /// With the header, or the field where there is none.
    pub(crate) chosen: Vec<(Slot, ValueSource, String)>,
    /// Columns that are no field, and those whose field is another column already.
    pub(crate) unknown: Vec<usize>,
    /// Columns that another name of a field makes that field, while their words are none of it.
    pub(crate) misfits: Vec<(usize, &'static Field)>,
    pub(super) warnings: Vec<Note>,
    pub(super) notes: Vec<Note>,
    /// For a mapping file that a person reads before it is used.
    draft: bool,
}

/// What a mapping file names comes first, then the headers. A `draft` chooses where an import asks.
///
/// # Errors
/// `unknown_header`, `unknown_field`, `column_twice`, `header_duplicate`, `id_mixed`, `custom_fields`.
pub(crate) fn choices<'a>(
    noun: &'static Noun,
    survey: &'a Survey,
    profiles: &Profiles,
    request: &'a Request,
    draft: bool,
) -> Result<Chooser<'a>> {
    if request.custom && noun.field("custom_fields").is_none() {
        let message = format!("{} have no custom fields", noun.plural);
        return Err(Error::invalid("custom_fields", message).hint(say!("leave {} out", Setting::Custom)));
    }
    let mut chooser = Chooser {
        noun,
        survey,
        request,
        chosen: Vec::new(),
        unknown: Vec::new(),
        misfits: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        draft,
    };
    chooser.headers_differ()?;
    chooser.by_mapping(&request.mapping)?;
    chooser.by_name_parts()?;
    chooser.by_headers(profiles)?;
    chooser.leftovers(profiles)?;
    Ok(chooser)
}

impl<'a> Chooser<'a> {
    fn told(&self, header: &str) -> Option<&'a str> {
        self.request.told(header, &self.survey.header)
    }

    /// Of two headers that differ in case alone nobody can say which one is meant.
    fn headers_differ(&self) -> Result<()> {
        let mut seen = std::collections::HashMap::new();
        for header in self.survey.header.iter().filter(|header| self.told(header) != Some("")) {
            if let Some(first) = seen.insert(header.to_lowercase(), header) {
                let message = format!("the columns {first:?} and {header:?} differ in case only");
                return Err(Error::invalid("header_duplicate", message)
                    .hint(say!("leave one of them out with {}, or rename it in the file", leave_out(header))));
            }
        }
        Ok(())
    }

    fn by_mapping(&mut self, mapping: &Mapping) -> Result<()> {
        for (field, origin) in &mapping.columns {
            let slot = slot(self.noun, field)?;
            let find = |header: &str| find(self.survey, header);
            let (from, header) = match origin {
                Origin::Header(header) => {
                    let column = find(header)?;
                    // An option overrules the file.
                    if self.told(&self.survey.header[column]) == Some("") {
                        continue;
                    }
                    (ValueSource::Column(column), self.survey.header[column].clone())
                }
                Origin::Template { template } => (ValueSource::Template(pieces(template, find)?), field.clone()),
                Origin::Constant { constant } => (ValueSource::Constant(constant.clone()), field.clone()),
                Origin::Count(conditions) => {
                    let counted = conditions.iter().map(|condition| {
                        find(&condition.column).map(|column| ColumnCondition { column, test: condition.test.clone() })
                    });
                    (ValueSource::Count(counted.collect::<Result<_>>()?), field.clone())
                }
            };
            self.choose(slot, from, header)?;
        }
        let Some(aggregate) = &mapping.aggregate else { return Ok(()) };
        for (slot, header) in [(Slot::EventId, &aggregate.id), (Slot::EventTime, &aggregate.updated)] {
            if let Some(header) = header {
                let column = find(self.survey, header)?;
                self.choose(slot, ValueSource::Column(column), self.survey.header[column].clone())?;
            }
        }
        Ok(())
    }

    /// A field that a file of events has only by a header: what a day has of it is not what one event says.
    fn is_beside_events(&self, meant: &HeaderMeaning) -> bool {
        self.request.mapping.aggregate.is_some()
            && match meant {
                HeaderMeaning::Slot(Slot::Field(bit)) => !of_any_event(self.noun.fields[*bit].name),
                HeaderMeaning::Slot(Slot::Id) => true,
                _ => false,
            }
    }

    /// First and last name make a person's name, where no column is all of it.
    fn by_name_parts(&mut self) -> Result<()> {
        let Some((first, last)) = name_parts(self.noun, &self.survey.header) else { return Ok(()) };
        let Some((bit, _)) = self.noun.field("name") else { return Ok(()) };
        let slot = Slot::Field(bit);
        let headers = &self.survey.header;
        let is_name = |header: &String| matches!(meaning(self.noun, header, headers, self.request), Ok(HeaderMeaning::Slot(s)) if s == slot);
        let told = |column: usize| self.told(&headers[column]).is_some();
        if self.chosen.iter().any(|(known, ..)| *known == slot)
            || headers.iter().any(is_name)
            || told(first)
            || told(last)
        {
            return Ok(());
        }
        self.notes.push(format!("{:?} and {:?} are combined into the name", headers[first], headers[last]).into());
        let pieces = vec![Piece::Column(first), Piece::Text(" ".to_owned()), Piece::Column(last)];
        self.choose(slot, ValueSource::Template(pieces), "name".to_owned())
    }

    fn is_used(&self, column: usize) -> bool {
        self.chosen.iter().any(|(_, from, _)| match from {
            ValueSource::Column(used) => *used == column,
            ValueSource::Template(pieces) => pieces.contains(&Piece::Column(column)),
            ValueSource::Count(counted) => counted.iter().any(|counted| counted.column == column),
            ValueSource::Constant(_) => false,
        })
    }

    fn by_headers(&mut self, profiles: &Profiles) -> Result<()> {
        for (header, _) in &self.request.maps {
            find(self.survey, header)?;
        }
        let mut passed_over = Vec::new();
        for (column, header) in self.survey.header.iter().enumerate() {
            let told = self.told(header).is_some();
            let read = self.request.mapping.reads(header);
            if (self.is_used(column) || read) && !told || REJECT_COLUMNS.contains(&header.as_str()) {
                continue;
            }
            let meant = meaning(self.noun, header, &self.survey.header, self.request)?;
            if !told && self.is_beside_events(&meant) {
                self.unknown.push(column);
                continue;
            }
            match meant {
                HeaderMeaning::Slot(Slot::Id) if !told => self.choose_id(column, header, profiles)?,
                HeaderMeaning::Slot(slot) => self.choose_by_header(slot, column, told, profiles)?,
                HeaderMeaning::ReadOnly(field) => passed_over.push(field.name),
                HeaderMeaning::Nothing if told => {}
                HeaderMeaning::Nothing => self.unknown.push(column),
            }
        }
        if !passed_over.is_empty() {
            self.notes.push(format!("ignored read-only columns: {}", passed_over.join(", ")).into());
        }
        Ok(())
    }

    /// A field's own name wins over its other names, and what is told wins over both.
    fn choose_by_header(&mut self, slot: Slot, column: usize, told: bool, profiles: &Profiles) -> Result<()> {
        let header = &self.survey.header[column];
        if let Slot::Field(bit) = slot
            && !told
            && !self.noun.fields[bit].needed()
            && profiles.misfit(column).is_some()
        {
            self.misfits.push((column, &self.noun.fields[bit]));
            return Ok(());
        }
        let is_own = match &slot {
            Slot::Field(bit) => fold_header(self.noun.fields[*bit].name) == fold_header(header),
            _ => true,
        };
        // Rows can't be matched by what is empty: another column may be the id.
        if !told && !is_own && self.survey.rows > 0 && profiles.has_no_ids(column) {
            self.unknown.push(column);
            return Ok(());
        }
        match self.chosen.iter().position(|(known, ..)| *known == slot) {
            Some(at) if !told && is_own && !self.is_told(at) => {
                if let (_, ValueSource::Column(other), _) = self.chosen.remove(at) {
                    self.unknown.push(other);
                }
            }
            Some(_) if !told => {
                self.unknown.push(column);
                return Ok(());
            }
            _ => {}
        }
        self.choose(slot, ValueSource::Column(column), header.clone())
    }

    /// Whether a choice was told by `--map` or a mapping file.
    fn is_told(&self, at: usize) -> bool {
        let (slot, from, header) = &self.chosen[at];
        let mapped =
            self.request.mapping.columns.keys().any(|field| self::slot(self.noun, field).is_ok_and(|s| s == *slot));
        mapped || !matches!(from, ValueSource::Column(_)) || self.told(header).is_some()
    }

    /// A column `id` that holds no UUIDs is another system's id.
    fn choose_id(&mut self, column: usize, header: &str, profiles: &Profiles) -> Result<()> {
        let Some(profile) = profiles.ids(column) else { return Ok(()) };
        let external_id = self.noun.field("external_id").map(|(bit, _)| bit);
        match (profile.uuids, profile.others) {
            (_, 0) => {
                if matches!(self.request.key, None | Some(Key::Id)) {
                    self.choose(Slot::Id, ValueSource::Column(column), header.to_owned())?;
                } else {
                    let why = "was ignored: rows are matched by another column";
                    self.notes.push(format!("column {header:?} {why}").into());
                }
            }
            (uuids, _) if uuids == 0 || self.draft => {
                let Some(bit) = external_id else {
                    let many = self.noun.many;
                    let warning = format!("column {header:?} has no UUIDs and was ignored: {many} have no external id");
                    self.warnings.push(warning.into());
                    return Ok(());
                };
                let means = |(at, other): (usize, &String)| {
                    let meant = meaning(self.noun, other, &self.survey.header, self.request);
                    other != header
                        && !(self.survey.rows > 0 && profiles.has_no_ids(at))
                        && matches!(meant, Ok(HeaderMeaning::Slot(Slot::Field(other))) if other == bit)
                };
                let taken = self.chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit))
                    || self.survey.header.iter().enumerate().any(means);
                if taken && self.request.custom {
                    self.unknown.push(column);
                } else if taken {
                    let why = "has no UUIDs and was ignored: another column is the external id";
                    self.warnings.push(format!("column {header:?} {why}").into());
                } else {
                    self.notes.push(format!("column {header:?} has no UUIDs: used as the external id").into());
                    self.choose(Slot::Field(bit), ValueSource::Column(column), header.to_owned())?;
                }
            }
            _ => {
                let message = format!("column {header:?} holds UUIDs and other text (row {})", profile.first_other);
                // Left out, it has to leave a key.
                let taken = |bit: usize| self.chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit));
                let hint = match external_id {
                    Some(bit) if !taken(bit) => {
                        say!("name its field: {}", Setting::Map.is(format_args!("{header}=external_id")))
                    }
                    _ => say!("leave it out with {}", leave_out(header)),
                };
                return Err(Error::invalid("id_mixed", message).hint(hint));
            }
        }
        Ok(())
    }

    pub(super) fn choose(&mut self, slot: Slot, from: ValueSource, header: String) -> Result<()> {
        if let Some((_, known, other)) = self.chosen.iter().find(|(known, ..)| *known == slot) {
            // A mapping file and --map may say the same.
            if *known == from {
                return Ok(());
            }
            let field = match &slot {
                Slot::Field(bit) => self.noun.fields[*bit].name,
                Slot::Custom(member) => member,
                Slot::Id => "id",
                Slot::DaysPastDue => "days_past_due",
                Slot::EventId => "the event's id",
                Slot::EventTime => "the event's time",
            };
            return Err(Error::invalid("column_twice", format!("{other:?} and {header:?} would both be {field}"))
                .hint(say!("leave one out with {}", leave_out(&header))));
        }
        self.chosen.push((slot, from, header));
        Ok(())
    }
}
