//! How each column writes its dates, numbers and percentages.

use super::currency::in_header;
use super::headers::leave_out;
use super::{OrganizationDefaults, Slot, Target, ValueSource};
use crate::error::{Error, Note, Result};
use crate::import::format::{Ambiguous, DateReading, Mark, NumberReading, Scale};
use crate::import::mapping::ColumnFormat;
use crate::import::profile::Profiles;
use crate::import::request::Request;
use crate::import::source::Survey;
use crate::model::Currency;
use crate::model::noun::{Meaning, Noun, fold_header};
use crate::say;

/// What every column is settled by.
pub(super) struct FormatContext<'a> {
    pub(super) noun: &'static Noun,
    pub(super) profiles: &'a Profiles,
    pub(super) request: &'a Request,
    pub(super) survey: &'a Survey,
    pub(super) home: OrganizationDefaults<'a>,
    /// The file is an export of ours, whose numbers are as an export writes them.
    pub(super) is_export: bool,
}

impl FormatContext<'_> {
    pub(super) fn settle(
        &self,
        slot: Slot,
        from: ValueSource,
        header: String,
        notes: &mut Vec<Note>,
    ) -> Result<Target> {
        let field = match &slot {
            Slot::Field(bit) => Some(&self.noun.fields[*bit]),
            _ => None,
        };
        let meaning = match slot {
            Slot::EventTime => Some(Meaning::Instant),
            _ => field.map(|field| field.meaning),
        };
        // Nobody said that the column is the field.
        let by_other_name = field.is_some_and(|field| {
            matches!(from, ValueSource::Column(_))
                && fold_header(field.name) != fold_header(&header)
                && !self.request.mapping.columns.contains_key(field.name)
                && self.request.told(&header, &self.survey.header).is_none()
        });
        let ColumnFormat { date, number, scale, time_zone, language } = self.request.mapping.format(&header);
        let mut target = Target {
            currency: meaning.filter(|meaning| meaning.is_money()).and_then(|_| in_header(&header)),
            slot,
            from,
            header,
            dates: DateReading::ISO,
            numbers: NumberReading::PLAIN,
            scale: None,
            factor: field.and_then(|field| self.request.mapping.numbers.get(field.name).copied()),
            zone: self.request.time_zone.or(time_zone).or(self.request.mapping.time_zone).unwrap_or(self.home.zone),
            by_other_name,
        };
        let told = self.request.scales.iter().rev().find(|(name, _)| names(name, self.noun, &target));
        let told = told.map(|(_, scale)| *scale).or(scale);
        let ValueSource::Column(column) = target.from else {
            target.scale = told;
            return Ok(target);
        };
        let of = |ambiguous: Ambiguous| ambiguous.of(&target.header);
        match meaning {
            Some(Meaning::Date | Meaning::Instant) => {
                if let Some(profile) = self.profiles.dates(column) {
                    let language = language.or(self.request.language).or(self.request.mapping.language);
                    let format = date.or(self.request.date_format);
                    target.dates = profile.settle_in(format, language, Some(self.home.year)).map_err(of)?;
                    if self.is_export {
                        target.dates = target.dates.of_any_year();
                    }
                    self.tell_dates(&target, meaning == Some(Meaning::Date), notes);
                }
            }
            Some(meaning) if meaning.is_number() => {
                if let Some(profile) = self.profiles.numbers(column) {
                    let rates = meaning.is_money() && !self.request.mapping.fx.rates.is_empty();
                    let settled = profile.settle_with(number.or(self.request.number_format), rates);
                    target.numbers = settled.map_err(of)?;
                    if let Some(row) = target.numbers.proof() {
                        notes.push(Note::from(format!(
                            "numbers of {:?} read as {}: row {row} shows it",
                            target.header,
                            target.numbers.format()
                        )));
                    }
                    self.check_mark(&target, meaning)?;
                }
            }
            _ => {}
        }
        target.scale = match meaning {
            Some(meaning) if meaning.is_percent() || meaning.is_nps() => {
                // What is multiplied counts in percent by then.
                let known = self.is_export || target.factor.is_some();
                let as_it_is = if meaning.is_nps() { Scale::NPS } else { Scale::PERCENT };
                let told = told.or(known.then_some(as_it_is));
                Some(self.profiles.scale(column, meaning, &target.numbers, told).map_err(of)?)
            }
            _ => told,
        };
        Ok(target)
    }

    /// How dates are read, where that is not plain.
    fn tell_dates(&self, target: &Target, is_day: bool, notes: &mut Vec<Note>) {
        let (dates, header) = (target.dates, &target.header);
        if let Some(row) = dates.proof() {
            notes.push(format!("dates of {header:?} read as {}: row {row} shows it", dates.format()).into());
        }
        if dates.has_short_years() {
            let years = "00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999";
            notes.push(format!("years of two digits in {header:?}: {years}").into());
        }
        if is_day && dates.within_days() {
            let zone = target.zone.as_str();
            notes.push(format!("numbers in {header:?} are times: their days are those of {zone}").into());
        }
    }

    /// A currency sign on a count, or another currency's on money without rates, is no number to be taken as it is.
    fn check_mark(&self, target: &Target, meaning: Meaning) -> Result<()> {
        let Some(mark) = target.numbers.mark() else { return Ok(()) };
        let column = &target.header;
        if !meaning.is_money() {
            let message = format!("column {column:?} holds amounts of money ({})", mark.as_str());
            return Err(Error::invalid("number_currency", message)
                .hint(say!("leave it out with {}, or remove the sign from the file", leave_out(column))));
        }
        let currency = self.home.currency;
        let own = Currency::parse(currency).is_ok_and(|own| mark.may_be(own));
        if !own && self.request.mapping.fx.rates.is_empty() {
            let message =
                format!("column {column:?} is in {}, the organization's currency is {currency}", mark.as_str());
            let codes: Vec<&str> = match mark {
                Mark::Code(code) => vec![code.as_str()],
                Mark::Sign(sign) => sign.currencies().collect(),
            };
            let rates: Vec<String> = codes.iter().map(|code| format!("fx = {{ {code} = \"RATE\" }}")).collect();
            return Err(Error::invalid("currency", message)
                .hint(format!("give the rate in a mapping file: {}", rates.join(" or ")))
                .hint(say!("or leave the column out with {}", leave_out(column))));
        }
        Ok(())
    }
}

/// Whether a flag's column is this one: by its header, or by the field it holds.
fn names(column: &str, noun: &'static Noun, target: &Target) -> bool {
    let field = match target.slot {
        Slot::Field(bit) => noun.fields[bit].name,
        _ => "",
    };
    fold_header(column) == fold_header(&target.header) || column == field
}

/// A scale is for a percentage or an NPS that the file has.
pub(super) fn check_scales(noun: &'static Noun, targets: &[Target], request: &Request) -> Result<()> {
    let is_scaled = |target: &Target| match target.slot {
        Slot::Field(bit) => noun.fields[bit].meaning.is_percent() || noun.fields[bit].meaning.is_nps(),
        _ => false,
    };
    let scaled = targets.iter().find(|target| target.scale.is_some() && !is_scaled(target));
    let told = || {
        let known = |name: &str| targets.iter().any(|target| is_scaled(target) && names(name, noun, target));
        request.scales.iter().find(|(name, _)| !known(name)).map(|(name, _)| name.as_str())
    };
    match scaled.map(|target| target.header.as_str()).or_else(told) {
        Some(column) => {
            let scaled = targets.iter().filter(|target| is_scaled(target)).map(|target| target.header.as_str());
            let hint = match scaled.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "this file has no column of percentages and no NPS".to_owned(),
                some => format!("columns of this file that have a scale: {some}"),
            };
            let message = format!("column {column:?} is no percentage and no NPS; a scale says nothing about it");
            Err(Error::invalid("scale", message).hint(hint))
        }
        None => Ok(()),
    }
}
