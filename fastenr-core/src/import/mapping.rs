//! What the columns of a foreign file mean; `file` has how that is written.

mod aggregate;
mod edit;
mod file;
mod lookup;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::format::{DateFormat, Language, NumberFormat, Scale};
use super::nulls::NullWords;
use super::source::{Encoding, QuoteEscape, ShortRows};
use crate::model::TimeZone;
use crate::model::noun::fold_header;
pub use aggregate::{Aggregate, Condition, Days, Function, Test};
pub use edit::MappingEdit;
pub use lookup::{AccountLookup, UserLookup};

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Origin {
    Header(String),
    Template {
        template: String,
    },
    Constant {
        constant: String,
    },
    /// 1 for an event that meets all of them, else 0: see [`Function::Count`].
    #[serde(skip)]
    Count(Vec<Condition>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFormat {
    pub date: Option<DateFormat>,
    pub number: Option<NumberFormat>,
    pub scale: Option<Scale>,
    /// Of times that say none.
    pub time_zone: Option<TimeZone>,
    /// Of the names of months.
    pub language: Option<Language>,
}

/// What the numbers of a field are multiplied and divided by: MRR by 12, cents by 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// Above zero.
    pub multiply: Decimal,
    /// Above zero.
    pub divide: Decimal,
}

/// Fixed rates: one unit of the currency is worth this much in the organization's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    /// The header of the column that names each row's currency.
    pub column: Option<String>,
    pub rates: BTreeMap<String, Decimal>,
}

/// How a file is read, where the import is not told: see [`super::source::Options`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFormat {
    pub encoding: Option<Encoding>,
    pub delimiter: Option<u8>,
    pub quote_escape: Option<QuoteEscape>,
    pub multiline: bool,
    pub sheet: Option<String>,
    pub skip_lines: Option<u64>,
    pub comment: Option<String>,
    pub short_rows: ShortRows,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    pub file: FileFormat,
    pub columns: BTreeMap<String, Origin>,
    /// Field, then the file's value, folded: see [`fold_value`].
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    pub owner: UserLookup,
    pub account: AccountLookup,
    /// By header.
    pub formats: BTreeMap<String, ColumnFormat>,
    pub fx: Rates,
    /// By field.
    pub numbers: BTreeMap<String, Factor>,
    /// Words that mean no value, instead of the built-in ones.
    pub nulls: Option<NullWords>,
    /// What clears a field, whatever an empty cell says.
    pub clear: Option<String>,
    /// The zone of times that say none.
    pub time_zone: Option<TimeZone>,
    /// The language of the names of months.
    pub language: Option<Language>,
    /// Headers of columns that are left out.
    pub ignore: Vec<String>,
    /// Header, and the values whose rows are passed over.
    pub filter: BTreeMap<String, Vec<String>>,
    /// The rows are events, of which days are made.
    pub aggregate: Option<Aggregate>,
}

impl Mapping {
    /// Says what a reference is looked up by, as a line of `[lookup]` does: `account` (also `parent`) or `owner` (also `user`,
    /// `created_by`).
    ///
    /// # Errors
    /// `lookup`.
    pub fn look_up(&mut self, reference: &str, by: &str) -> Result<(), crate::Invalid> {
        match reference.trim() {
            "account" | "parent" => self.account = by.parse()?,
            "owner" | "user" | "created_by" => self.owner = by.parse()?,
            other => {
                return Err(crate::Invalid::new("lookup", format!("{other:?} is not looked up: account or owner")));
            }
        }
        Ok(())
    }

    /// Whether rates, the filter or a count read the column, so that it is not left over.
    pub(crate) fn reads(&self, header: &str) -> bool {
        let folded = fold_header(header);
        let of_events = self.aggregate.iter().flat_map(Aggregate::headers);
        let others = self.fx.column.iter().chain(self.filter.keys()).map(String::as_str);
        others.chain(of_events).any(|known| fold_header(known) == folded)
    }

    /// Whether the column has the times at which events were written.
    pub(crate) fn dates_events(&self, header: &str) -> bool {
        let updated = self.aggregate.as_ref().and_then(|aggregate| aggregate.updated.as_deref());
        updated.is_some_and(|known| fold_header(known) == fold_header(header))
    }

    /// Our word for a word of the file's, where there is one: see [`fold_value`].
    pub(crate) fn translated(&self, field: &str, text: &str) -> Option<&str> {
        let values = self.values.get(field)?;
        values.get(&fold_value(text)).map(|ours| ours.trim())
    }

    /// The format that the file states for a header, however it is spelled.
    pub fn format(&self, header: &str) -> ColumnFormat {
        let folded = fold_header(header);
        let found = self.formats.iter().find(|(known, _)| *known == header || fold_header(known) == folded);
        found.map(|(_, format)| format.clone()).unwrap_or_default()
    }
}

/// Values of a picklist are compared without case and outer spaces.
pub fn fold_value(value: &str) -> String {
    value.trim().to_lowercase()
}
