//! The mapping file as it is written.
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
//! account = "name"                    # key (default: external id or id), name, domain, email, custom.KEY; for parents too
//! [formats."Renewal"]                 # by header
//! date = "dmy"
//! [formats."Revenue"]
//! number = "1.234,56"
//! [formats."Created"]
//! time_zone = "Europe/Berlin"
//! [numbers.arr]                       # what a field's numbers are multiplied and divided by
//! multiply = 12
//! [fx]                                # fixed rates into the organization's currency
//! column = "Currency"
//! EUR = "1.08"
//! [nulls]                             # words that mean no value
//! words = ["default", "unknown"]
//! [clear]                             # the word that clears a field
//! word = "#CLEAR"
//! [times]                             # the zone of times that say none
//! zone = "Europe/Berlin"
//! [dates]                             # the language of names of months that mean two
//! language = "hr"
//! [ignore]                            # columns to leave out
//! columns = ["Notes"]
//! [filter]                            # rows to pass over, by the value of a column
//! IsDeleted = ["true"]
//! [aggregate]                         # the rows are events: see `aggregate`
//! csat_responses = "count"
//! id = "Response"
//! [file]                              # how the file is read
//! encoding = "windows-1251"
//! delimiter = "semicolon"
//! quote_escape = "backslash"
//! multiline = true
//! sheet = "Accounts"                  # of a workbook: a name, or a number from 1
//! skip_lines = 3                      # above the header
//! comment = "#"
//! short_rows = "pad"
//! ```

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::{
    AccountLookup, Aggregate, ColumnFormat, Factor, FileFormat, Mapping, Origin, Rates, UserLookup, fold_value,
};
use crate::error::{Error, Result};
use crate::import::nulls::NullWords;
use crate::import::source::{parse_comment, parse_delimiter};
use crate::model::{Currency, TimeZone};

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
    numbers: BTreeMap<String, Factors>,
    nulls: Option<Nulls>,
    clear: Option<Clear>,
    times: Option<Times>,
    dates: Option<Dates>,
    #[serde(default)]
    ignore: Ignore,
    #[serde(default)]
    filter: BTreeMap<String, Vec<String>>,
    aggregate: Option<BTreeMap<String, Spanned<toml::Value>>>,
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
    sheet: Option<toml::Value>,
    skip_lines: Option<u64>,
    comment: Option<String>,
    short_rows: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Factors {
    multiply: Option<toml::Value>,
    divide: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nulls {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clear {
    word: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    zone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    language: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignore {
    columns: Vec<String>,
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
    time_zone: Option<String>,
    language: Option<String>,
}

impl Mapping {
    /// Reads the text of a mapping file; `name` is the file's, for messages.
    ///
    /// # Errors
    /// `mapping` with the line, for what is not TOML or not a mapping; the rule of a rate or a format.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let bad = |what: String| {
            Error::invalid("mapping", format!("{name}: {what}"))
                .hint(
                    "sections: [columns] [values.FIELD] [lookup] [formats.\"HEADER\"] [numbers.FIELD] [fx] [nulls] [clear] [times] [dates] \
                     [ignore] [filter] [aggregate] [file]",
                )
        };
        let file: File = toml::from_str(text).map_err(|error| bad(error.to_string().trim_end().to_owned()))?;
        let mut formats = BTreeMap::new();
        for (header, written) in file.formats {
            let section = format!("{name}: [formats.{header:?}]");
            let format = ColumnFormat {
                date: written.date.map(|text| option(&section, "date", &text)).transpose()?,
                number: written.number.map(|text| option(&section, "number", &text)).transpose()?,
                scale: written.scale.map(|text| option(&section, "scale", &text)).transpose()?,
                time_zone: written.time_zone.map(|text| time_zone(&section, "time_zone", &text)).transpose()?,
                language: written.language.map(|text| option(&section, "language", &text)).transpose()?,
            };
            formats.insert(header, format);
        }
        let mut fx = Rates::default();
        for (key, value) in file.fx {
            let text = text_of(&value);
            if key == "column" {
                fx.column = Some(text);
                continue;
            }
            let currency = Currency::parse(&key).map_err(|invalid| bad(format!("[fx] {key}: {invalid}")))?;
            let rate = above_zero(&text).ok_or_else(|| bad(format!("[fx] {key} = {text:?} is no rate above zero")))?;
            fx.rates.insert(currency.as_str().to_owned(), rate);
        }
        let section = format!("{name}: [file]");
        let Reading { encoding, delimiter, quote_escape, multiline, sheet, skip_lines, comment, short_rows } =
            file.reading;
        let delimiter = delimiter
            .map(|text| parse_delimiter(&text).map_err(|invalid| invalid.of(&format!("{section} delimiter"), &text)));
        let comment = comment
            .map(|text| parse_comment(&text).map_err(|invalid| invalid.of(&format!("{section} comment"), &text)));
        let reading = FileFormat {
            encoding: encoding.map(|text| option(&section, "encoding", &text)).transpose()?,
            delimiter: delimiter.transpose()?,
            quote_escape: quote_escape.map(|text| option(&section, "quote_escape", &text)).transpose()?,
            multiline,
            sheet: sheet.as_ref().map(text_of),
            skip_lines,
            comment: comment.transpose()?,
            short_rows: short_rows.map(|text| option(&section, "short_rows", &text)).transpose()?.unwrap_or_default(),
        };
        let mut numbers = BTreeMap::new();
        for (field, Factors { multiply, divide }) in file.numbers {
            let factor = |key: &str, value: Option<toml::Value>| {
                let Some(text) = value.as_ref().map(text_of) else { return Ok(Decimal::ONE) };
                above_zero(&text).ok_or_else(|| {
                    bad(format!("[numbers.{field}] {key} = {text:?} is no number above zero, such as 12"))
                })
            };
            let factor = Factor { multiply: factor("multiply", multiply)?, divide: factor("divide", divide)? };
            numbers.insert(field, factor);
        }
        let nulls = file.nulls.map(|nulls| NullWords::new(nulls.words.iter().map(String::as_str)));
        let nulls = nulls.transpose().map_err(|invalid| bad(format!("[nulls] words: {invalid}")))?;
        let clear = file.clear.map(|clear| clear.word.trim().to_owned());
        if clear.as_ref().is_some_and(String::is_empty) {
            return Err(bad(
                "[clear] word is a word, such as \"#CLEAR\"; an empty cell clears by the option for empty cells".into(),
            ));
        }
        let fold = |values: BTreeMap<String, String>| {
            values.into_iter().map(|(theirs, ours)| (fold_value(&theirs), ours)).collect()
        };
        let aggregate = file.aggregate.map(|section| Aggregate::parse(name, text, section)).transpose()?;
        let mut columns = file.columns;
        for (field, origin) in aggregate.iter().flat_map(Aggregate::origins) {
            if columns.insert(field.to_owned(), origin).is_some() {
                return Err(bad(format!("{field} stands under [columns] and under [aggregate]: leave one out")));
            }
        }
        Ok(Self {
            file: reading,
            columns,
            values: file.values.into_iter().map(|(field, values)| (field, fold(values))).collect(),
            owner: file.lookup.owner,
            account: file.lookup.account,
            formats,
            fx,
            numbers,
            nulls,
            clear,
            time_zone: file
                .times
                .map(|times| time_zone(&format!("{name}: [times]"), "zone", &times.zone))
                .transpose()?,
            language: file
                .dates
                .map(|dates| option(&format!("{name}: [dates]"), "language", &dates.language))
                .transpose()?,
            ignore: file.ignore.columns,
            filter: file.filter,
            aggregate,
        })
    }
}

fn option<T: FromStr<Err = crate::Invalid>>(section: &str, key: &str, text: &str) -> Result<T> {
    text.parse().map_err(|invalid: crate::Invalid| {
        Error::invalid(invalid.code, format!("{section} {key} = {text:?}: {invalid}"))
    })
}

fn time_zone(section: &str, key: &str, text: &str) -> Result<TimeZone> {
    TimeZone::parse(text)
        .map_err(|invalid| Error::invalid(invalid.code, format!("{section} {key} = {text:?}: {invalid}")))
}

/// A number may be written with or without quotes.
fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn above_zero(text: &str) -> Option<Decimal> {
    Decimal::from_str(text.trim()).ok().filter(|number| *number > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::{QuoteEscape, ShortRows};

    #[test]
    fn the_example_of_the_module_reads() {
        let text: String = include_str!("file.rs")
            .lines()
            .skip_while(|line| !line.contains("```toml"))
            .skip(1)
            .take_while(|line| !line.contains("```"))
            .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
            .collect();
        let mapping = Mapping::parse("crm.toml", &text).unwrap();
        assert_eq!(mapping.columns["name"], Origin::Header("Company".into()));
        assert_eq!(mapping.values["status"]["gekündigt"], "churned");
        assert_eq!((mapping.owner, &mapping.account), (UserLookup::Name, &AccountLookup::Name));
        assert!(mapping.format("renewal").date.is_some());
        assert_eq!(mapping.fx.rates["EUR"].to_string(), "1.08");
        assert_eq!(mapping.file.encoding.map(|encoding| encoding.to_string()).as_deref(), Some("windows-1251"));
        assert_eq!((mapping.file.delimiter, mapping.file.multiline), (Some(b';'), true));
        assert_eq!(mapping.file.quote_escape, Some(QuoteEscape::Backslash));
        assert_eq!((mapping.file.sheet.as_deref(), mapping.file.skip_lines), (Some("Accounts"), Some(3)));
        assert_eq!((mapping.file.comment.as_deref(), mapping.file.short_rows), (Some("#"), ShortRows::Pad));
        assert_eq!(mapping.numbers["arr"], Factor { multiply: Decimal::from(12), divide: Decimal::ONE });
        assert!(mapping.nulls.is_some_and(|nulls| nulls.has("Unknown") && nulls.has("N/A")));
        assert_eq!((mapping.clear.as_deref(), mapping.ignore.as_slice()), (Some("#CLEAR"), &["Notes".to_owned()][..]));
        assert_eq!(mapping.time_zone.map(TimeZone::as_str), Some("Europe/Berlin"));
        assert_eq!(mapping.language.map(|language| language.to_string()).as_deref(), Some("hr"));
        assert_eq!(mapping.aggregate.and_then(|aggregate| aggregate.id).as_deref(), Some("Response"));
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
            ("[file]\nskip_lines = -1", "skip_lines"),
            ("[file]\ncomment = \"rem\"", "rem"),
            ("[file]\nshort_rows = \"fill\"", "fill"),
            ("[numbers.arr]\nmultiply = 0", "no number above zero"),
            ("[numbers.arr]\ndivide = \"x\"", "no number above zero"),
            ("[numbers.arr]\ntimes = 12", "times"),
            ("[nulls]\nword = \"N/A\"", "word"),
            ("[clear]\nword = \" \"", "is a word"),
            ("[times]\nzone = \"Europe/Atlantis\"", "Atlantis"),
            ("[formats.\"End\"]\ntime_zone = \"CET+1\"", "CET+1"),
            ("[ignore]\ncolumn = [\"x\"]", "column"),
            ("[dates]\nlanguage = \"xx\"", "xx"),
            ("[formats.\"End\"]\nlanguage = \"xx\"", "xx"),
            ("name = ", "line 1"),
        ] {
            let error = Mapping::parse("crm.toml", text).unwrap_err().to_string();
            assert!(error.contains("crm.toml") && error.contains(told), "{text}: {error}");
        }
    }
}
