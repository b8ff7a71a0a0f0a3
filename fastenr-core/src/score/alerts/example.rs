//! An account on 1 January 2026 for which no rule holds.

use chrono::NaiveDate;

use crate::score::model::{BUILTIN, Model};
use crate::score::testing::nobody;
use crate::score::{Band, Churn, ChurnBand, FULL, Facts, Health, Missing, Scores};

pub(super) fn model() -> Model {
    toml::from_str(BUILTIN).unwrap()
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

pub(super) fn facts() -> Facts {
    Facts { as_of: day(1), ..nobody() }
}

/// Whole points, nothing missing, without caps.
pub(super) fn scores(health: i64, churn: i64) -> Scores {
    let band = match health {
        80.. => Band::Healthy,
        60..80 => Band::Moderate,
        40..60 => Band::Concern,
        _ => Band::Critical,
    };
    let risk = match churn {
        80.. => ChurnBand::Severe,
        60..80 => ChurnBand::High,
        30..60 => ChurnBand::Medium,
        _ => ChurnBand::Low,
    };
    Scores {
        health: Health {
            factors: [Err(Missing::NoRows); 17],
            components: [None; 4],
            raw: health * 100,
            coverage: FULL,
            own: true,
            floor: FULL / 5,
            drawn: health * 100,
            caps: Vec::new(),
            adjustment: None,
            points: health * 100,
            score: health,
            band,
        },
        churn: Churn {
            factors: [Err(Missing::NoRows); 5],
            raw: churn * 100,
            coverage: FULL,
            floor: FULL / 5,
            drawn: churn * 100,
            floors: Vec::new(),
            points: churn * 100,
            score: churn,
            band: risk,
        },
    }
}
