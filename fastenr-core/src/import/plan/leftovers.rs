//! What becomes of columns that are no field, and what is said of them.

use super::choose::Chooser;
use super::guess::guesses;
use super::{Slot, ValueSource};
use crate::error::{Note, Result, Setting, Text};
use crate::import::profile::Profiles;
use crate::model::noun::Field;
use crate::say;

impl Chooser<'_> {
    /// What becomes of columns that are no field: with `--custom` they are custom fields, else they are named.
    pub(super) fn leftovers(&mut self, profiles: &Profiles) -> Result<()> {
        let mut said = Vec::new();
        for (column, field) in &self.misfits {
            let words = profiles.misfit(*column).map(|fit| fit.words.as_slice()).unwrap_or_default();
            said.push(self.misfit(*column, field, words));
        }
        self.unknown.sort_unstable();
        if self.request.custom {
            let misfits = self.misfits.iter().map(|(column, _)| *column);
            for column in self.unknown.iter().copied().chain(misfits).collect::<Vec<_>>() {
                let header = &self.survey.header[column];
                self.choose(Slot::Custom(header.trim().to_owned()), ValueSource::Column(column), header.clone())?;
            }
            self.notes.append(&mut said);
            return Ok(());
        }
        if self.request.mapping.aggregate.is_some() {
            // Most columns of an event are no matter of its day.
            let unread = self.unknown.iter().chain(self.misfits.iter().map(|(column, _)| column));
            let headers: Vec<&str> = unread.map(|column| self.survey.header[*column].as_str()).collect();
            if !headers.is_empty() {
                self.notes.push(format!("columns not imported: {}", headers.join(", ")).into());
            }
            return Ok(());
        }
        self.warnings.append(&mut said);
        let guessed = guesses(self.noun, self.survey, &self.chosen, &self.unknown, |_| true);
        let is_guessed = |column: &usize| guessed.iter().any(|(_, known)| known == column);
        let headers = |column: &usize| self.survey.header[*column].as_str();
        let mut members = Vec::new();
        let mut others = Vec::new();
        for column in self.unknown.iter().filter(|column| !is_guessed(column)) {
            match self.members(*column, profiles) {
                found if found.is_empty() => others.push(headers(column)),
                found => members.extend(found),
            }
        }
        if !members.is_empty() {
            let paths: Vec<&str> = members.iter().map(|(path, _)| path.as_str()).collect();
            let ways = members.iter().map(|(path, field)| Setting::Map.is(format_args!("{path}={field}")));
            let warning = format!("members of objects not imported that may be fields: {}", paths.join(", "));
            self.warnings.push(Note::from(warning).hint(say!("import them with {}", Text::joined(ways, " "))));
        }
        if !others.is_empty() {
            let map = Setting::Map.is(format_args!("{}=FIELD", others[0]));
            let mut warning = Note::from(format!("columns not imported: {}", others.join(", ")))
                .hint(say!("make one a field with {}", map));
            if self.noun.field("custom_fields").is_some() {
                warning = warning.hint(say!("keep them as custom fields with {}", Setting::Custom));
            }
            self.warnings.push(warning);
        }
        if !guessed.is_empty() {
            let names: Vec<&str> = guessed.iter().map(|(_, column)| headers(column)).collect();
            let ways = guessed.iter().map(|(bit, column)| {
                Setting::Map.is(format_args!("{}={}", headers(column), self.noun.fields[*bit].name))
            });
            let warning = Note::from(format!("columns not imported that may be fields: {}", names.join(", ")));
            self.warnings.push(warning.hint(say!("import them with {}", Text::joined(ways, " "))));
        }
        Ok(())
    }

    /// Members of a column's JSON objects that are called as fields are which no column is, each with its field.
    fn members(&self, column: usize, profiles: &Profiles) -> Vec<(String, &'static str)> {
        let header = &self.survey.header[column];
        let members = profiles.nested(column).map(|nested| nested.members.as_slice()).unwrap_or_default();
        let mut taken: Vec<usize> = Vec::new();
        let mut found = Vec::new();
        for member in members {
            let Some((bit, field)) = self.noun.field_by_header(member).filter(|(_, field)| field.writable()) else {
                continue;
            };
            let is_chosen = self.chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit));
            if is_chosen || taken.contains(&bit) {
                continue;
            }
            taken.push(bit);
            found.push((format!("{header}.{member}"), field.name));
        }
        found
    }

    fn misfit(&self, column: usize, field: &Field, words: &[String]) -> Note {
        let header = &self.survey.header[column];
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let words = words.join(", ");
        let name = field.name;
        let told = format!("column {header:?} is usually {name}, but {words} are not valid values");
        if self.request.custom {
            return format!("{told}: kept as a custom field").into();
        }
        let warning = Note::from(format!("{told}: not imported"))
            .hint(format!("[values.{name}] of a mapping file maps the values"));
        match self.noun.field("custom_fields") {
            Some(_) => {
                let kept = Setting::Map.is(format_args!("{header}=custom.{}", header.trim()));
                warning.hint(say!("{} keeps it", kept))
            }
            None => warning,
        }
    }
}
