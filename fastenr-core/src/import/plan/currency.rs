//! Amounts whose currency stands beside them: in a column of its own, or in their header.

use std::collections::BTreeMap;

use super::headers::leave_out;
use super::{OrganizationDefaults, Slot, Target, ValueSource};
use crate::error::{Error, Result};
use crate::import::format::Mark;
use crate::import::profile::{Currencies, Profiles};
use crate::import::request::Request;
use crate::import::source::Survey;
use crate::model::Currency;
use crate::model::noun::{Noun, fold_header};
use crate::say;

/// Currencies that many files have. A column of other codes alone may be one of words: ALL, TOP.
const USUAL: [&str; 30] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "INR",
    "CNY", "HKD", "SGD", "BRL", "MXN", "ZAR", "ILS", "KRW", "THB", "AED", "SAR", "TWD", "TRY", "UAH",
];

/// What a column of currencies is called, in part.
const NAMES: [&str; 9] = ["currency", "curr", "ccy", "währung", "waehrung", "devise", "moneda", "valuta", "divisa"];

/// Refuses amounts that are in another currency than the organization's, as long as nothing is said of it.
///
/// # Errors
/// `currency_column`, `currency`.
pub(super) fn check(
    noun: &'static Noun,
    targets: &[Target],
    survey: &Survey,
    profiles: &Profiles,
    request: &Request,
    home: OrganizationDefaults<'_>,
) -> Result<()> {
    let is_money = |target: &&Target| matches!(target.slot, Slot::Field(bit) if noun.fields[bit].meaning.is_money());
    let Some(money) = targets.iter().find(|target| is_money(target) && matches!(target.from, ValueSource::Column(_)))
    else {
        return Ok(());
    };
    let fx = &request.mapping.fx;
    if fx.column.is_some() {
        return Ok(());
    }
    let Ok(own) = Currency::parse(home.currency) else { return Ok(()) };
    if let Some(code) = in_header(&money.header).filter(|code| *code != own.as_str())
        && !fx.rates.contains_key(code)
        && money.numbers.mark().is_none()
    {
        let message =
            format!("column {:?} is in {code} by its name, the organization's currency is {own}", money.header);
        let rate = format!(
            "give the rate in a mapping file: fx = {{ {code} = \"RATE\" }}, with \"1\" where the name is wrong"
        );
        return Err(Error::invalid("currency", message)
            .hint(rate)
            .hint(say!("or leave the column out with {}", leave_out(&money.header))));
    }
    // Amounts that say their own currency need no column for it.
    if money.numbers.mark().is_some() && !fx.rates.is_empty() {
        return Ok(());
    }
    for (column, header) in survey.header.iter().enumerate() {
        if let Some(word) =
            profiles.no_currency(column).filter(|word| is_currency(header) && !word.contains(char::is_numeric))
        {
            let message = format!(
                "amounts of {:?} may be in another currency than {own}: the column {header:?} says {word:?}",
                money.header
            );
            return Err(Error::invalid("currency_column", message)
                .hint("write currencies by their codes, such as EUR")
                .hint(say!(
                    "or, where all amounts are in {}, leave the column out with {}",
                    own.as_str(),
                    leave_out(header)
                )));
        }
        let Some(said) = profiles.currencies(column) else { continue };
        let foreign = foreign(header, said, own);
        if foreign.is_empty() {
            continue;
        }
        let shown: Vec<&str> = foreign.keys().copied().take(5).collect();
        let more = if foreign.len() > shown.len() { ", …" } else { "" };
        let message = format!(
            "amounts of {:?} are in {}{more} by the column {header:?}; the organization's currency is {own}",
            money.header,
            shown.join(", "),
        );
        let rates: Vec<String> = shown.iter().map(|code| format!("{code} = \"RATE\"")).collect();
        let column = toml::Value::String(header.clone());
        return Err(Error::invalid("currency_column", message)
            .hint(format!("give the rates in a mapping file: fx = {{ column = {column}, {} }}", rates.join(", ")))
            .hint(say!(
                "or, where all amounts are in {}, leave the column out with {}",
                own.as_str(),
                leave_out(header)
            )));
    }
    Ok(())
}

/// The currencies of a column that are not the organization's, with the number of rows; a sign is the first currency that it
/// may be. None where the column is likely one of words.
pub(crate) fn foreign(header: &str, said: &Currencies, own: Currency) -> BTreeMap<&'static str, u64> {
    let marks: Vec<(Mark, u64)> =
        said.marks.iter().filter_map(|(text, rows)| Some((Mark::of_currency(text)?, *rows))).collect();
    let usual = |(mark, _): &(Mark, u64)| match mark {
        Mark::Code(code) => USUAL.contains(&code.as_str()),
        Mark::Sign(sign) => !sign.as_str().starts_with(char::is_alphabetic),
    };
    let mut foreign = BTreeMap::new();
    if is_called_currency(header) || marks.iter().any(usual) {
        for (mark, rows) in marks.iter().filter(|(mark, _)| !mark.may_be(own)) {
            let code = match mark {
                Mark::Code(code) => Some(code.as_str()),
                Mark::Sign(sign) => sign.currencies().next(),
            };
            if let Some(code) = code {
                *foreign.entry(code).or_default() += rows;
            }
        }
    }
    foreign
}

/// Whether a column is likely called so for its currencies.
fn is_called_currency(header: &str) -> bool {
    let folded = fold_header(header);
    NAMES.iter().any(|name| folded.contains(name))
}

/// Whether it certainly is: `Current plan` and `Recurring` have `curr` in them.
fn is_currency(header: &str) -> bool {
    let folded = fold_header(header);
    NAMES.iter().filter(|name| **name != "curr").any(|name| folded.contains(name))
}

/// The currency that a header of amounts names: `ARR (EUR)`, `acv_eur`, `Revenue in €`.
pub(crate) fn in_header(header: &str) -> Option<&'static str> {
    let words = header.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() == 3);
    // Not TRY, which is a word.
    let code = |word: &str| USUAL.iter().copied().find(|code| *code != "TRY" && code.eq_ignore_ascii_case(word));
    let sign = || match header.chars().find(|c| matches!(c, '€' | '£'))? {
        '€' => Some("EUR"),
        _ => Some("GBP"),
    };
    words.into_iter().find_map(code).or_else(sign)
}

/// The header without the currency that it names: `ARR (EUR)` is `ARR`.
pub(super) fn without_currency(header: &str) -> Option<String> {
    let code = in_header(header)?;
    let words = header.split(|c: char| !c.is_alphanumeric());
    let others =
        words.filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case(code) && !word.eq_ignore_ascii_case("in"));
    Some(others.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_names_its_currency() {
        for (header, code) in [
            ("ARR (EUR)", Some("EUR")),
            ("acv_eur", Some("EUR")),
            ("Revenue in €", Some("EUR")),
            ("ARR £", Some("GBP")),
            ("ARR USD", Some("USD")),
            ("ARR", None),
            ("Try ARR", None),
            ("Annual Contract Value", None),
            ("ARR $", None),
        ] {
            assert_eq!(in_header(header), code, "{header}");
        }
        for (header, rest) in [
            ("ARR (EUR)", Some("ARR")),
            ("acv_eur", Some("acv")),
            ("Recurring Revenue in €", Some("Recurring Revenue")),
            ("ARR", None),
        ] {
            assert_eq!(without_currency(header).as_deref(), rest, "{header}");
        }
    }
}
