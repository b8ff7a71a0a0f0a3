//! How each column writes its dates, numbers and percentages.

use super::{From, Slot, Target};
use crate::error::{Error, Result};
use crate::import::format::{Ambiguous, DateReading, NumberReading};
use crate::import::mapping::ColumnFormat;
use crate::import::profile::Profiles;
use crate::import::request::Request;
use crate::model::Currency;
use crate::model::noun::{Meaning, Noun, fold_header};

#[expect(clippy::too_many_arguments, reason = "all of them are read once, here")]
pub(super) fn settle(
    noun: &'static Noun,
    slot: Slot,
    from: From,
    header: String,
    profiles: &Profiles,
    request: &Request,
    currency: &str,
    notes: &mut Vec<String>,
) -> Result<Target> {
    let mut target = Target { slot, from, header, dates: DateReading::ISO, numbers: NumberReading::PLAIN, scale: None };
    let meaning = match &target.slot {
        Slot::Field(bit) => Some(noun.fields[*bit].meaning),
        _ => None,
    };
    let ColumnFormat { date, number, scale } = request.mapping.format(&target.header);
    let told = request.scales.iter().find(|(name, _)| names(name, noun, &target));
    let told = told.map(|(_, scale)| *scale).or(scale);
    let From::Column(column) = target.from else {
        target.scale = told;
        return Ok(target);
    };
    let of = |ambiguous: Ambiguous| ambiguous.of(&target.header);
    match meaning {
        Some(Meaning::Date | Meaning::Instant) => {
            if let Some(profile) = profiles.dates(column) {
                target.dates = profile.settle(date.or(request.date_format)).map_err(of)?;
                if let Some(row) = target.dates.proof() {
                    notes.push(format!(
                        "dates of {:?} read as {}: row {row} shows it",
                        target.header,
                        target.dates.format()
                    ));
                }
            }
        }
        Some(meaning) if meaning.is_number() => {
            if let Some(profile) = profiles.numbers(column) {
                target.numbers = profile.settle(number.or(request.number_format)).map_err(of)?;
                if let Some(row) = target.numbers.proof() {
                    notes.push(format!(
                        "numbers of {:?} read as {}: row {row} shows it",
                        target.header,
                        target.numbers.format()
                    ));
                }
                check_mark(&target, meaning == Meaning::Money || meaning == Meaning::MoneyText, currency, request)?;
            }
        }
        _ => {}
    }
    target.scale = match meaning {
        Some(meaning) if meaning.is_percent() => Some(profiles.scale(column, &target.numbers, told).map_err(of)?),
        _ => told,
    };
    Ok(target)
}

/// A currency sign on a count, or another currency's on money without rates, is no number to be taken as it is.
fn check_mark(target: &Target, is_money: bool, currency: &str, request: &Request) -> Result<()> {
    let Some(mark) = target.numbers.mark() else { return Ok(()) };
    let column = &target.header;
    if !is_money {
        return Err(Error::invalid(
            "number_currency",
            format!("column {column:?} holds amounts of money ({})", mark.as_str()),
        ));
    }
    let own = Currency::parse(currency).is_ok_and(|own| mark.may_be(own));
    if !own && request.mapping.fx.rates.is_empty() {
        let message = format!("column {column:?} is in {}, the organization's currency is {currency}", mark.as_str());
        return Err(Error::invalid("currency", message)
            .hint("a mapping file with [fx] gives the rate; amounts are never taken for another currency's"));
    }
    Ok(())
}

/// Whether a flag's column is this one: by its header, or by the field it holds.
fn names(column: &str, noun: &'static Noun, target: &Target) -> bool {
    let field = match target.slot {
        Slot::Field(bit) => noun.fields[bit].name,
        _ => "",
    };
    fold_header(column) == fold_header(&target.header) || column == field
}

/// A scale is for a percentage that the file has.
pub(super) fn check_scales(noun: &'static Noun, targets: &[Target], request: &Request) -> Result<()> {
    let is_percent = |target: &Target| match target.slot {
        Slot::Field(bit) => noun.fields[bit].meaning.is_percent(),
        _ => false,
    };
    let scaled = targets.iter().find(|target| target.scale.is_some() && !is_percent(target));
    let told = || {
        let known = |name: &str| targets.iter().any(|target| is_percent(target) && names(name, noun, target));
        request.scales.iter().find(|(name, _)| !known(name)).map(|(name, _)| name.as_str())
    };
    match scaled.map(|target| target.header.as_str()).or_else(told) {
        Some(column) => {
            let percents = targets.iter().filter(|target| is_percent(target)).map(|target| target.header.as_str());
            let hint = match percents.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "this file has no column of percentages".to_owned(),
                some => format!("percentages of this file: {some}"),
            };
            let message = format!("column {column:?} is no percentage; a scale says nothing about it");
            Err(Error::invalid("scale", message).hint(hint))
        }
        None => Ok(()),
    }
}
