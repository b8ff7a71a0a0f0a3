//! What becomes of columns that are no field, and what is said of them.

use super::choose::Chooser;
use super::guess::guesses;
use super::{From, Slot};
use crate::error::Result;
use crate::import::profile::Profiles;
use crate::model::noun::Field;
use crate::model::shell::shell_word;

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
                self.choose(Slot::Custom(header.trim().to_owned()), From::Column(column), header.clone())?;
            }
            self.notes.append(&mut said);
            return Ok(());
        }
        if self.request.mapping.aggregate.is_some() {
            // Most columns of an event are no matter of its day.
            let unread = self.unknown.iter().chain(self.misfits.iter().map(|(column, _)| column));
            let headers: Vec<&str> = unread.map(|column| self.survey.header[*column].as_str()).collect();
            if !headers.is_empty() {
                self.notes.push(format!("columns not imported: {}", headers.join(", ")));
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
            self.warnings.push(format!("members of objects not imported that may be fields: {}", members.join(", ")));
        }
        if !others.is_empty() {
            let mut way = format!("--map {} makes one a field", shell_word(&format!("{}=FIELD", others[0])));
            if self.noun.field("custom_fields").is_some() {
                way.push_str(", --custom keeps them as custom fields");
            }
            self.warnings.push(format!("columns not imported: {} ({way})", others.join(", ")));
        }
        if !guessed.is_empty() {
            let ways = guessed.iter().map(|(bit, column)| {
                let header = headers(column);
                format!("{header} (--map {})", shell_word(&format!("{header}={}", self.noun.fields[*bit].name)))
            });
            self.warnings
                .push(format!("columns not imported that may be fields: {}", ways.collect::<Vec<_>>().join(", ")));
        }
        Ok(())
    }

    /// Members of a column's JSON objects that are called as fields are which no column is, with the way to take each.
    fn members(&self, column: usize, profiles: &Profiles) -> Vec<String> {
        let header = &self.survey.header[column];
        let members = profiles.nested(column).map(|nested| nested.members.as_slice()).unwrap_or_default();
        let mut taken: Vec<usize> = Vec::new();
        let mut ways = Vec::new();
        for member in members {
            let Some((bit, field)) = self.noun.field_by_header(member).filter(|(_, field)| field.writable()) else {
                continue;
            };
            let is_chosen = self.chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit));
            if is_chosen || taken.contains(&bit) {
                continue;
            }
            taken.push(bit);
            let path = format!("{header}.{member}");
            let way = shell_word(&format!("{path}={}", field.name));
            ways.push(format!("{path} (--map {way})"));
        }
        ways
    }

    fn misfit(&self, column: usize, field: &Field, words: &[String]) -> String {
        let header = &self.survey.header[column];
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let words = words.join(", ");
        let name = field.name;
        let told = format!("column {header:?} is usually {name}, but {words} are not valid values");
        if self.request.custom {
            return format!("{told}: kept as a custom field");
        }
        let mut ways = vec![format!("[values.{name}] of a mapping file maps the values")];
        if self.noun.field("custom_fields").is_some() {
            ways.push(format!("--map {} keeps it", shell_word(&format!("{header}=custom.{}", header.trim()))));
        }
        format!("{told}: not imported ({})", ways.join(", "))
    }
}
