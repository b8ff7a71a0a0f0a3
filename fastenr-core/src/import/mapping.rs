//! The mapping file: what the columns of a foreign file mean.
//!
//! ```toml
//! [columns]                           # field = header, template of headers, or constant
//! name = "Company"
//! domain = { template = "{Subdomain}.example.com" }
//! status = { constant = "active" }
//! "custom.region" = "Region"
//! [values.status]                     # the file's values = ours; "" is no value
//! "Gekündigt" = "churned"
//! [lookup]                            # what people and parents are named by
//! owner = "name"                      # any (default), email, name, external_id
//! account = "name"                    # key (default: external id or id), name, domain; for parents too
//! [formats."Renewal"]                 # by header
//! date = "dmy"
//! [formats."Revenue"]
//! number = "1.234,56"
//! [fx]                                # fixed rates into the organization's currency
//! column = "Currency"
//! EUR = "1.08"
//! [filter]                            # rows to pass over, by the value of a column
//! IsDeleted = ["true"]
//! [file]                              # how the file is read
//! encoding = "windows-1251"
//! delimiter = "semicolon"
//! quote_escape = "backslash"
//! multiline = true
//! ```

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::format::{DateFormat, NumberFormat, Scale};
use super::source::{Encoding, QuoteEscape, parse_delimiter};
use crate::error::{Error, Result};
use crate::model::Currency;
use crate::model::noun::fold_header;

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Origin {
    Header(String),
    Template { template: String },
    Constant { constant: String },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFormat {
    pub date: Option<DateFormat>,
    pub number: Option<NumberFormat>,
    pub scale: Option<Scale>,
}

/// What owners are named by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserLookup {
    #[default]
    Any,
    Email,
    Name,
    ExternalId,
}

/// What accounts are named by, in the columns of parents and of what belongs to an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountLookup {
    /// An external id, or an id.
    #[default]
    #[serde(alias = "external_id", alias = "id")]
    Key,
    Name,
    /// A web domain; an e-mail address or a URL is cut down to it.
    Domain,
}

/// Fixed rates: one unit of the currency is worth this much in the organization's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    /// The header of the column that names each row's currency.
    pub column: Option<String>,
    pub rates: BTreeMap<String, Decimal>,
}

/// How a file is read, where the import is not told: see [`super::source::Options`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFormat {
    pub encoding: Option<Encoding>,
    pub delimiter: Option<u8>,
    pub quote_escape: Option<QuoteEscape>,
    pub multiline: bool,
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
    /// Header, and the values whose rows are passed over.
    pub filter: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    columns: BTreeMap<String, Origin>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    lookup: Lookups,
    #[serde(default)]
    formats: BTreeMap<String, Formats>,
    #[serde(default)]
    fx: BTreeMap<String, toml::Value>,
    #[serde(default)]
    filter: BTreeMap<String, Vec<String>>,
    #[serde(default, rename = "file")]
    reading: Reading,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    encoding: Option<String>,
    delimiter: Option<String>,
    quote_escape: Option<String>,
    #[serde(default)]
    multiline: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lookups {
    #[serde(default, alias = "user", alias = "created_by")]
    owner: UserLookup,
    #[serde(default, alias = "parent")]
    account: AccountLookup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    date: Option<String>,
    number: Option<String>,
    scale: Option<String>,
}

impl Mapping {
    /// Reads the text of a mapping file; `name` is the file's, for messages.
    ///
    /// # Errors
    /// `mapping` with the line, for what is not TOML or not a mapping; `mapping_rate`, or the rule of a format.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let bad = |what: String| {
            Error::invalid("mapping", format!("{name}: {what}"))
                .hint("sections: [columns] [values.FIELD] [lookup] [formats.\"HEADER\"] [fx] [filter] [file]")
        };
        let file: File = toml::from_str(text).map_err(|error| bad(error.to_string().trim_end().to_owned()))?;
        let mut formats = BTreeMap::new();
        for (header, written) in file.formats {
            let section = format!("{name}: [formats.{header:?}]");
            let format = ColumnFormat {
                date: written.date.map(|text| option(&section, "date", &text)).transpose()?,
                number: written.number.map(|text| option(&section, "number", &text)).transpose()?,
                scale: written.scale.map(|text| option(&section, "scale", &text)).transpose()?,
            };
            formats.insert(header, format);
        }
        let mut fx = Rates::default();
        for (key, value) in file.fx {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Float(number) => number.to_string(),
                _ => return Err(bad(format!("[fx] {key} is a rate, such as \"1.08\""))),
            };
            if key == "column" {
                fx.column = Some(text);
                continue;
            }
            let currency = Currency::parse(&key).map_err(|invalid| bad(format!("[fx] {key}: {invalid}")))?;
            let rate = Decimal::from_str(&text).ok().filter(|rate| *rate > Decimal::ZERO);
            let rate = rate.ok_or_else(|| bad(format!("[fx] {key} = {text:?} is no rate above zero")))?;
            fx.rates.insert(currency.as_str().to_owned(), rate);
        }
        let section = format!("{name}: [file]");
        let Reading { encoding, delimiter, quote_escape, multiline } = file.reading;
        let delimiter = delimiter
            .map(|text| parse_delimiter(&text).map_err(|invalid| invalid.of(&format!("{section} delimiter"), &text)));
        let reading = FileFormat {
            encoding: encoding.map(|text| option(&section, "encoding", &text)).transpose()?,
            delimiter: delimiter.transpose()?,
            quote_escape: quote_escape.map(|text| option(&section, "quote_escape", &text)).transpose()?,
            multiline,
        };
        let fold = |values: BTreeMap<String, String>| {
            values.into_iter().map(|(theirs, ours)| (fold_value(&theirs), ours)).collect()
        };
        Ok(Self {
            file: reading,
            columns: file.columns,
            values: file.values.into_iter().map(|(field, values)| (field, fold(values))).collect(),
            owner: file.lookup.owner,
            account: file.lookup.account,
            formats,
            fx,
            filter: file.filter,
        })
    }

    /// Whether rates or the filter read the column, so that it is not left over.
    pub(crate) fn reads(&self, header: &str) -> bool {
        let folded = fold_header(header);
        self.fx.column.iter().chain(self.filter.keys()).any(|known| fold_header(known) == folded)
    }

    /// The format that the file states for a header, however it is spelled.
    pub fn format(&self, header: &str) -> ColumnFormat {
        let folded = fold_header(header);
        let found = self.formats.iter().find(|(known, _)| *known == header || fold_header(known) == folded);
        found.map(|(_, format)| format.clone()).unwrap_or_default()
    }
}

fn option<T: FromStr<Err = crate::Invalid>>(section: &str, key: &str, text: &str) -> Result<T> {
    text.parse().map_err(|invalid: crate::Invalid| {
        Error::invalid(invalid.code, format!("{section} {key} = {text:?}: {invalid}"))
    })
}

/// Values of a picklist are compared without case and outer spaces.
pub fn fold_value(value: &str) -> String {
    value.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_module_reads() {
        let text: String = include_str!("mapping.rs")
            .lines()
            .skip_while(|line| !line.contains("```toml"))
            .skip(1)
            .take_while(|line| !line.contains("```"))
            .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
            .collect();
        let mapping = Mapping::parse("crm.toml", &text).unwrap();
        assert_eq!(mapping.columns["name"], Origin::Header("Company".into()));
        assert_eq!(mapping.values["status"]["gekündigt"], "churned");
        assert_eq!((mapping.owner, mapping.account), (UserLookup::Name, AccountLookup::Name));
        assert!(mapping.format("renewal").date.is_some());
        assert_eq!(mapping.fx.rates["EUR"].to_string(), "1.08");
        assert_eq!(mapping.file.encoding.map(|encoding| encoding.to_string()).as_deref(), Some("windows-1251"));
        assert_eq!((mapping.file.delimiter, mapping.file.multiline), (Some(b';'), true));
        assert_eq!(mapping.file.quote_escape, Some(QuoteEscape::Backslash));
    }

    #[test]
    fn a_slip_is_named() {
        for (text, told) in [
            ("[colums]\nname = \"a\"", "colums"),
            ("[fx]\nEUR = \"-1\"", "no rate above zero"),
            ("[fx]\nEURO = \"1\"", "EURO"),
            ("[formats.\"End\"]\ndate = \"dayfirst\"", "dayfirst"),
            ("[lookup]\nowner = \"nickname\"", "nickname"),
            ("[file]\nencoding = \"ebcdic\"", "ebcdic"),
            ("[file]\ndelimiter = \"::\"", "::"),
            ("[file]\nquote_escape = \"single\"", "single"),
            ("[file]\nmultilines = true", "multilines"),
            ("name = ", "line 1"),
        ] {
            let error = Mapping::parse("crm.toml", text).unwrap_err().to_string();
            assert!(error.contains("crm.toml") && error.contains(told), "{text}: {error}");
        }
    }
}
