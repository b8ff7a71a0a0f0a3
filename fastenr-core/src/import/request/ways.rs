//! The ways out of what rows are refused for.

use super::report::{Problem, Report};
use crate::error::{GivenSetting, Hints, Setting, Text, Verb};
use crate::import::convert::OR_LEAVE_OUT;
use crate::import::source::{BACKSLASHES, backslash_escapes};
use crate::model::noun::{Key, Noun};
use crate::ops::users::activate;
use crate::say;

impl Report {
    /// The ways out of each kind of problem that has some, in the order of the problems.
    pub fn ways(&self, noun: &Noun) -> Vec<Hints> {
        let mut ways = Vec::new();
        for way in self.problems.iter().map(|problem| problem.ways(noun)) {
            if !way.is_empty() && !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }
}

impl Problem {
    /// What whoever imports can do about it.
    pub fn ways(&self, noun: &Noun) -> Hints {
        let mut ways = Hints::default();
        match self.way(noun) {
            Some(way) => ways.push(way),
            // A closed list, by the field's own name.
            None if self.rule.contains(" is one of ") => {
                ways.push("a mapping file maps other words");
                ways.push(say!("{} drafts it", Setting::SuggestMapping));
                ways.push(say!("{} leaves the column out", self.left_out()));
            }
            None => {}
        }
        ways
    }

    /// Without the column.
    fn left_out(&self) -> GivenSetting {
        Setting::Map.is(format_args!("{}=", self.column.as_deref().unwrap_or("HEADER")))
    }

    fn way(&self, noun: &Noun) -> Option<Text> {
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
            | "external_id_grouped"
            | "external_id_date" => say!(
                "export the ids again, as text, and don't save the file in a spreadsheet; {} accepts them as they are",
                Setting::Ids.is("as-written")
            ),
            "external_id_zeros" | "external_id_case" => say!(
                "write the id as the other record has it; if both are records of their own, {} takes them as they are",
                Setting::Ids.is("as-written")
            ),
            "fields_many" => say!(
                "a cell with the delimiter in it is quoted, as in \"Acme, Inc\"; {} leaves these rows out",
                Setting::OnError.is("skip")
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
            "date_order" if self.rule.ends_with("month/day/year") => {
                let day = Setting::DateFormat.is("dmy");
                say!("if the day stands first, {} reads the whole column in this order", day)
            }
            "date_order" => {
                let month = Setting::DateFormat.is("mdy");
                say!("if the month stands first, {} reads the whole column in this order", month)
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
            "json_nested" => {
                let column = self.column.as_deref().unwrap_or("HEADER");
                let map = Setting::Map.is(format_args!("{column}.MEMBER=FIELD"));
                say!("{} reads one member of an object", map)
            }
            "number_percent" => {
                say!("write amounts instead of percentages, or leave the column out with {}", self.left_out())
            }
            "null_word" => {
                say!("if a record has this name, {} imports such words as text", Setting::NullWords.is(""))
            }
            "quote_broken" | "quote_stray" if self.rule.contains(BACKSLASHES) => backslash_escapes(),
            _ if self.rule.ends_with(OR_LEAVE_OUT) => say!("leave the column out with {}", self.left_out()),
            _ => return None,
        })
    }
}
