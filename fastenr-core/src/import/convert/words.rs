//! What a cell says, before its field reads it: a word of the file's, a word for no value, a spreadsheet's error.

use super::Converter;
use crate::error::Invalid;
use crate::import::nulls;
use crate::import::plan::{Piece, Slot, Target, ValueSource};
use crate::import::source::Record;
use crate::model::damage::is_spreadsheet_error;
use crate::model::noun::{Field, Meaning};

/// Ends the rule of a cell whose column may be no such field.
pub(crate) const OR_LEAVE_OUT: &str = ", or leave the column out";

/// What a cell says.
pub(super) enum CellMeaning<'t> {
    Value(&'t str),
    /// It is empty, or `null`, or a word that the mapping says is empty.
    Empty,
    /// That there is to be no value.
    Clear,
    /// Nothing: a word that means no value clears none.
    Nothing,
}

impl Converter<'_> {
    /// What a cell says: our word for it, nothing, or that the value is to go.
    ///
    /// # Errors
    /// `null_word` for a name or an id that is a word for no value, `spreadsheet_error` but for ids, which `damage` judges.
    pub(super) fn say<'t>(&'t self, target: &Target, written: &'t str) -> Result<CellMeaning<'t>, Invalid> {
        let field = match target.slot {
            Slot::Field(bit) => Some(self.plan.staging.field(bit)),
            _ => None,
        };
        if let Some(ours) = self.translated(target, field, written) {
            return Ok(if ours.is_empty() { CellMeaning::Empty } else { CellMeaning::Value(ours) });
        }
        if written.is_empty() {
            return Ok(CellMeaning::Empty);
        }
        if self.mapping.clear.as_ref().is_some_and(|word| word.eq_ignore_ascii_case(written)) {
            return Ok(CellMeaning::Clear);
        }
        // What somebody has written for the whole file is meant as it stands; templates look at their parts.
        if !matches!(target.from, ValueSource::Column(_)) || target.slot == Slot::Id {
            return Ok(CellMeaning::Value(written));
        }
        let is_error = is_spreadsheet_error(written);
        // Of what is damaged as an id the records themselves tell.
        if is_error && field.is_some_and(|field| field.meaning == Meaning::ExternalId) {
            return Ok(CellMeaning::Value(written));
        }
        // A person may be called Na, as an account may.
        let meaning =
            field.map(|field| if nulls::names_a_record(field) { Meaning::AccountName } else { field.meaning });
        if self.facts.nulls.is_none(written, meaning) {
            return match field {
                Some(field) if nulls::names_a_record(field) => {
                    // No export writes such a word for what is not there.
                    if self.is_borne(field, written) || (self.plan.is_export && !is_error) {
                        Ok(CellMeaning::Value(written))
                    } else {
                        Err(null_word(field, written))
                    }
                }
                Some(field) if nulls::stands_for_itself(field) => Ok(CellMeaning::Value(written)),
                _ => {
                    self.tally.borrow_mut().null(written);
                    Ok(CellMeaning::Nothing)
                }
            };
        }
        let is_borne = |field| nulls::names_a_record(field) && self.is_borne(field, written);
        if is_error && !field.is_some_and(is_borne) {
            return Err(spreadsheet_error(target, field, written));
        }
        Ok(CellMeaning::Value(written))
    }

    /// The word of ours for a word of the file's, where the mapping has one.
    pub(super) fn translated(&self, target: &Target, field: Option<&Field>, written: &str) -> Option<&str> {
        if self.mapping.values.is_empty() {
            return None;
        }
        match field {
            Some(field) => self.mapping.translated(field.name, written),
            None => self.mapping.translated(&named(target, None), written),
        }
    }

    /// Whether a record has the word for a name or an id already: what was exported comes back.
    pub(super) fn is_borne(&self, field: &Field, written: &str) -> bool {
        let derived = self.plan.staging.noun.derived_from(field.name).next();
        let (column, key) = match derived {
            Some(derived) => (derived.column, (derived.compute)(written)),
            None => (field.column, written.to_owned()),
        };
        self.facts.borne.contains(&(column, key))
    }

    /// A rule with why the column is held to it, where only its name says so.
    pub(super) fn why(&self, target: &Target, invalid: Invalid) -> Invalid {
        let Slot::Field(bit) = target.slot else { return invalid };
        let field = self.plan.staging.field(bit);
        if !target.by_other_name || !matches!(field.meaning, Meaning::Choice(_) | Meaning::Boolean) {
            return invalid;
        }
        let (header, name) = (&target.header, field.name);
        Invalid {
            code: invalid.code,
            rule: format!(
                "{}; {header:?} is read as {name}: map its words under [values.{name}] of a mapping file{OR_LEAVE_OUT}",
                invalid.rule
            )
            .into(),
        }
    }

    /// Fills a template; a part that means no value is empty.
    pub(super) fn fill(&self, out: &mut String, pieces: &[Piece], record: &Record) -> Result<(), Invalid> {
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Column(column) => {
                    let text = record.cell(*column).text().unwrap_or_default().trim();
                    if self.facts.nulls.is_none(text, Some(Meaning::AccountName)) {
                        self.tally.borrow_mut().null(text);
                    } else if is_spreadsheet_error(text) {
                        return Err(Invalid::new(
                            "spreadsheet_error",
                            format!("{text} is an error of a spreadsheet, not a value: correct the formula"),
                        ));
                    } else {
                        out.push_str(text);
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a mapping file calls the field that a column is.
fn named(target: &Target, field: Option<&Field>) -> String {
    match (&target.slot, field) {
        (_, Some(field)) => field.name.to_owned(),
        (Slot::Custom(member), _) => format!("custom.{member}"),
        (Slot::DaysPastDue, _) => "days_past_due".to_owned(),
        (Slot::EventTime, _) => "updated".to_owned(),
        _ => "id".to_owned(),
    }
}

fn null_word(field: &Field, written: &str) -> Invalid {
    let what = if field.meaning == Meaning::ExternalId { "id" } else { "name" };
    let name = field.name;
    let word = toml::Value::String(written.to_owned());
    let rule = format!(
        "this word means no value and is no {what}; in a mapping file values.{name}.{word} = {word} makes it one"
    );
    Invalid::new("null_word", rule)
}

/// `field` is none where the column is not a field.
fn spreadsheet_error(target: &Target, field: Option<&Field>, written: &str) -> Invalid {
    let name = named(target, field);
    // A key of TOML with a point in it is quoted.
    let name = match name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        true => toml::Value::String(name).to_string(),
        false => name,
    };
    let word = toml::Value::String(written.to_owned());
    let way = match field.is_some_and(Field::needed) {
        true => format!("values.{name}.{word} = {word} in a mapping file imports it unchanged"),
        false => format!("values.{name}.{word} = \"\" in a mapping file makes it empty"),
    };
    Invalid::new("spreadsheet_error", format!("an error of a spreadsheet is not a value: correct the formula; {way}"))
}
