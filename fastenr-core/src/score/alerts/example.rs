//! An account on 1 January 2026 for which no rule holds.

use chrono::NaiveDate;

use crate::model::Status;
use crate::score::model::{BUILTIN, Model};
use crate::score::{
    AccountFacts, Band, Churn, ChurnBand, FULL, Facts, Health, Missing, Past, Scores, Tickets, Touch, Usage,
};

pub(super) fn model() -> Model {
    toml::from_str(BUILTIN).unwrap()
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

pub(super) fn facts() -> Facts {
    Facts {
        as_of: day(1),
        account: AccountFacts {
            size: None,
            status: Status::Active,
            arr: None,
            arr_before: None,
            seats: None,
            contract_start: None,
            contract_end: None,
            auto_renew: None,
            renewal_stage: None,
            past_due_since: None,
            created_on: NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(),
        },
        usage: Usage::default(),
        support: Tickets::default(),
        touch: Touch::default(),
        past: Past::default(),
        adjustment: None,
    }
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
            connected: FULL,
            floor: FULL / 2,
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
            connected: FULL,
            floor: FULL / 2,
            drawn: churn * 100,
            floors: Vec::new(),
            points: churn * 100,
            score: churn,
            band: risk,
        },
    }
}
