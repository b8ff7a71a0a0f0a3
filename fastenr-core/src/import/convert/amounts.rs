//! Numbers of cells: amounts in the organization's currency, counts, percentages.

use super::Converter;
use crate::error::Invalid;
use crate::import::amount::{Amount, too_long};
use crate::import::format::{Mark, Scale};
use crate::import::plan::Target;
use crate::import::source::Record;
use crate::model::Currency;
use crate::model::noun::Meaning;
use crate::model::number::NumberRule;
use crate::money::Money;

impl Converter<'_> {
    /// An amount in the organization's currency. Converted amounts are rounded half to even, to the cent.
    pub(super) fn money(&self, target: &Target, text: &str, record: &Record) -> Result<Money, Invalid> {
        let number = target.reading(record).read(text)?;
        let rate = match self.currency(target, number.mark, record)? {
            None => None,
            Some(code) => Some(*self.mapping.fx.rates.get(&code).ok_or_else(|| {
                Invalid::new(
                    "currency_rate",
                    format!("the amount is in {code}; [fx] of the mapping has no rate for it"),
                )
            })?),
        };
        if rate.is_none() && target.factor.is_none() {
            let read = Money::parse(&number.plain);
            // Nearly every amount: no arithmetic is done with it.
            if !read.as_ref().is_err_and(|invalid| invalid.code == "arr_decimals") {
                return read;
            }
        }
        let amount = Amount::of(&number.plain, target.factor).ok_or_else(too_long)?;
        let value = match rate {
            Some(rate) => {
                amount.at_rate(rate).ok_or_else(|| Invalid::new("arr_range", "the converted amount is too large"))?
            }
            None => self.quiet(amount, 2).unwrap_or_else(|| amount.value()),
        };
        Money::try_from(value.normalize())
    }

    /// With so many decimals, without noise, which is counted; none where it has more.
    pub(super) fn quiet(&self, amount: Amount, decimals: u32) -> Option<rust_decimal::Decimal> {
        let (value, noisy) = amount.within(decimals)?;
        if noisy {
            self.tally.borrow_mut().noise();
        }
        Some(value)
    }

    /// The currency of an amount, where it is not the organization's: by the column for it, else by the cell, else by the
    /// column's other cells or its header.
    pub(super) fn currency(
        &self,
        target: &Target,
        mark: Option<Mark>,
        record: &Record,
    ) -> Result<Option<String>, Invalid> {
        let own = self.facts.currency.as_str();
        let rates = &self.mapping.fx.rates;
        let code = if let Some(column) = self.plan.currency {
            let said = record.cell(column).text().map(str::trim).unwrap_or_default();
            if said.is_empty() || self.facts.nulls.has(said) {
                return Ok(None);
            }
            match Mark::of_currency(said) {
                Some(mark) => self.code(mark).unwrap_or_else(|| mark.as_str().to_owned()),
                None => said.to_uppercase(),
            }
        } else if rates.is_empty() {
            return Ok(None);
        } else if let Some(mark) = mark.or(target.numbers.mark().filter(|_| !target.numbers.several())) {
            self.code(mark).unwrap_or_else(|| mark.as_str().to_owned())
        } else if target.numbers.several() {
            return Err(Invalid::new(
                "currency_unsaid",
                "the amounts of this column say their currency, and this one does not",
            ));
        } else if let Some(code) = target.currency {
            code.to_owned()
        } else {
            return Ok(None);
        };
        Ok(Some(code).filter(|code| code != own))
    }

    /// The currency that a mark means: the organization's if it may be, else one that there is a rate for.
    pub(super) fn code(&self, mark: Mark) -> Option<String> {
        let known =
            std::iter::once(self.facts.currency.as_str()).chain(self.mapping.fx.rates.keys().map(String::as_str));
        let mut fits = known.filter(|code| Currency::parse(code).is_ok_and(|code| mark.may_be(code)));
        fits.next().map(str::to_owned)
    }

    /// A whole number as plain text; its own type judges it.
    pub(super) fn whole(&self, target: &Target, text: &str, record: &Record) -> Result<String, Invalid> {
        let reading = target.reading(record);
        let plain = reading.parse(text)?;
        if target.factor.is_none() && !plain.contains('.') {
            return Ok(plain.into_owned());
        }
        let amount = Amount::of(&plain, target.factor).ok_or_else(too_long)?;
        Ok(self.quiet(amount, 0).unwrap_or_else(|| amount.value()).normalize().to_string())
    }

    /// A number by its rule; a percentage or an NPS by what its column counts in.
    pub(super) fn number(
        &self,
        rule: &'static NumberRule,
        meaning: Meaning,
        target: &Target,
        text: &str,
        record: &Record,
    ) -> Result<i64, Invalid> {
        let reading = target.reading(record);
        let plain = reading.parse(text)?;
        let parts = if self.plan.staging.events.is_some() { rule.parts() } else { 1 };
        let Some(amount) = Amount::of(&plain, target.factor) else {
            return rule.parse(&plain).map(|units| units * parts);
        };
        let value = match target.scale {
            Some(scale) if meaning.is_percent() => scale.apply(amount.value())?,
            Some(scale @ Scale::MARKS) if meaning.is_nps() => scale.nps(amount.value())?,
            _ if rule.rounded => amount.value(),
            _ => self.quiet(amount, rule.decimals).unwrap_or_else(|| amount.value()),
        };
        if self.plan.staging.events.is_some() {
            return rule.of_event(value);
        }
        rule.measured(value)
    }
}
