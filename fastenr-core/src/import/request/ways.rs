//! The ways out of what rows are refused for.

use super::report::{Problem, Report};
use crate::error::{Setting, Text, Verb};
use crate::import::convert::OR_LEAVE_OUT;
use crate::import::source::{BACKSLASHES, backslash_escapes};
use crate::model::noun::{Key, Noun};
use crate::ops::users::activate;
use crate::say;

impl Report {
    /// One text for each kind of problem that has a way out, in the order of the problems.
    pub fn ways(&self, noun: &Noun) -> Vec<Text> {
        let mut ways = Vec::new();
        for way in self.problems.iter().filter_map(|problem| problem.way(noun)) {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }
}

impl Problem {
    /// What whoever imports can do about it.
    pub fn way(&self, noun: &Noun) -> Option<Text> {
        Some(match self.code.as_str() {
            "archived_account" | "archived_match" => {
                say!("restore the account first: {}", Verb::AccountsRestore.on(self.record?))
            }
            "deactivated_user" => {
                let user = self.value.as_deref().unwrap_or("EMAIL");
                say!("activate the user first: {}", activate(user))
            }
            "external_id_scientific"
            | "external_id_decimal"
            | "external_id_apostrophe"
            | "external_id_error"
            | "external_id_formula"
            | "external_id_date" => say!(
                "export the ids again, as text, and don't save the file in a spreadsheet; {} takes them as they are",
                Setting::Ids.is("as-written")
            ),
            "external_id_zeros" | "external_id_case" => say!(
                "write the id as the existing record has it; if it is another record, {} creates it",
                Setting::Ids.is("as-written")
            ),
            "fields_few" => {
                say!("{} reads missing cells at the end of a row as empty", Setting::ShortRows.is("pad"))
            }
            "date_year" => {
                let [day, month, year] = ["dmy", "mdy", "ymd"].map(|order| Setting::DateFormat.is(order));
                say!("choose the date format: {} for 31/12/25, {} for 12/31/25, {} for 25-12-31", day, month, year)
            }
            "date_serial" => {
                say!("if they are the serial numbers of a spreadsheet: {}", Setting::DateFormat.is("excel"))
            }
            "date_language" => say!("name the language of the months, such as {}", Setting::Language.is("hr")),
            "duplicate_key" => {
                let [first, last] = ["first", "last"].map(|which| Setting::Duplicates.is(which));
                say!("{} or {} imports one of them and skips the others", first, last)
            }
            "unknown_account" => {
                say!("import the accounts first; {} leaves rows without one out", Setting::OnError.is("skip"))
            }
            "unknown_parent" => say!(
                "import the parents first, or in the same file; {} writes rows without them",
                Setting::BadCells.is("keep")
            ),
            "unknown_id" => {
                let key = noun.keys.first().copied().unwrap_or(Key::ExternalId);
                say!("match rows by another key: {}", Setting::Key.is(key.as_str()))
            }
            "merged" => say!("leave the id out, or match rows by it: {}", Setting::Key.is("external_id")),
            "null_word" => {
                say!("if a record is called that, {} takes every such word as it stands", Setting::NullWords.is(""))
            }
            "quote_broken" | "quote_stray" if self.rule.contains(BACKSLASHES) => backslash_escapes(),
            _ if self.rule.ends_with(OR_LEAVE_OUT) => {
                let column = self.column.as_deref()?;
                say!("leave the column out with {}", Setting::Map.is(format_args!("{column}=")))
            }
            _ => return None,
        })
    }
}
