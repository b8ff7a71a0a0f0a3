//! What a column of percentages counts in.

use crate::error::Setting;
use crate::say;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::import::format::{Ambiguous, NumberProfile, NumberReading, Scale, ScaleProfile, latin};

/// A column of percentages, or of an NPS: how its numbers are written, and how high they go either way.
#[derive(Default)]
pub(super) struct Percents {
    pub(super) numbers: NumberProfile,
    with_point: ScaleProfile,
    with_comma: ScaleProfile,
    /// The first row with a percent sign.
    signed: Option<u64>,
}

impl Percents {
    /// A percent sign is none of an NPS.
    pub(super) fn of_nps() -> Self {
        Self { numbers: NumberProfile::without_percents(), ..Self::default() }
    }

    pub(super) fn see(&mut self, text: &str, row: u64, exact: bool) {
        if exact {
            self.numbers.see_exact(text, row);
        } else {
            self.numbers.see(text, row);
        }
        let text = &*latin(text);
        if text.ends_with('%') {
            self.signed.get_or_insert(row);
            return;
        }
        let with_point = decimal(text);
        let with_comma = match !exact && text.contains(['.', ',']) {
            true => decimal(&text.replace('.', "").replace(',', ".")),
            false => with_point,
        };
        for (profile, value) in [(&mut self.with_point, with_point), (&mut self.with_comma, with_comma)] {
            if let Some(value) = value {
                profile.see(value, row);
            }
        }
    }

    pub(super) fn settle_nps(&self, reading: &NumberReading, told: Option<Scale>) -> Result<Scale, Ambiguous> {
        if reading.format().decimal() == ',' { &self.with_comma } else { &self.with_point }.settle_nps(told)
    }

    /// A percent sign says what it is.
    pub(super) fn settle(&self, reading: &NumberReading, told: Option<Scale>) -> Result<Scale, Ambiguous> {
        match (reading.percent(), told, reading.format().decimal()) {
            (true, Some(told), _) if told != Scale::PERCENT => Err(Ambiguous {
                code: "scale_percent",
                rule: format!("the numbers have a percent sign, so they are not on the scale {told}").into(),
                hint: say!("leave {} out, or give {}", Setting::Scale, Setting::Scale.of_column(Scale::PERCENT)),
                rows: self.signed.into_iter().collect(),
            }),
            (true, ..) => Ok(Scale::PERCENT),
            (false, _, ',') => self.with_comma.settle(told),
            (false, ..) => self.with_point.settle(told),
        }
    }
}

/// `0.5`, `5e-1`.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}
