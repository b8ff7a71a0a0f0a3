//! Health: shape, name and colour of the band, the score, the coverage.

use askama::Template;
use fastenr_core::model::AccountBand;
use fastenr_core::model::account::Account;

use super::{Icon, parts};
use crate::format::{percent, word};

/// Below this coverage, in hundredths of a percent, it is shown next to the score.
const TELLING: i64 = 9_950;

#[derive(Debug, Clone, Template)]
#[template(path = "parts/health.html")]
pub struct Health {
    pub score: Option<i64>,
    band: Option<AccountBand>,
    coverage: Option<i64>,
}

impl From<&Account> for Health {
    fn from(account: &Account) -> Self {
        Self { score: account.health_score, band: account.band, coverage: account.health_coverage }
    }
}

impl Health {
    pub fn new(score: Option<i64>, band: Option<&str>, coverage: Option<i64>) -> Self {
        Self { score, band: band.and_then(|band| AccountBand::parse(band).ok()), coverage }
    }

    /// The class of its colour.
    pub fn class(&self) -> &'static str {
        class(self.band)
    }

    pub fn word(&self) -> String {
        self.band.map_or_else(|| "not scored".to_owned(), |band| word(band.as_str()))
    }

    /// `92 %`, if it is below the limit.
    pub fn known(&self) -> Option<String> {
        let of_score = !matches!(self.band, None | Some(AccountBand::Churned | AccountBand::Onboarding));
        self.coverage.filter(|known| of_score && *known < TELLING).map(percent)
    }

    fn shape(&self) -> Icon {
        Icon::of("b-", self.class())
    }
}

fn class(band: Option<AccountBand>) -> &'static str {
    match band {
        Some(AccountBand::Healthy) => "healthy",
        Some(AccountBand::Moderate) => "moderate",
        Some(AccountBand::Concern) => "concern",
        Some(AccountBand::Critical) => "critical",
        _ => "none",
    }
}

parts!(Health);
