//! The factors of health: what each makes of the facts. A factor has a score or says why it has none.
//!
//! Silence is not missing: while the organization's feed is alive and tells a thing of anyone, an account that once had rows
//! and has none in the window counts as zero; of tickets, which come seldom, also one that never had any. Whether rows are missing
//! is a matter of the feed.

mod business;
pub(super) mod churn;
#[cfg(test)]
mod churn_tests;
mod engagement;
mod support;
#[cfg(test)]
mod tests;
mod usage;

pub(super) use business::renewal_in;

pub(super) use business::days_past_due;
use engagement::stepped;
use support::{nothing as no_tickets, seat_tolerance, silent as support_silent};
use usage::active_users;
pub(super) use usage::has_session_baseline;

use super::curve::BasisPoints;
use super::factor::Factor;
use super::facts::{Book, Facts};
use super::model::Model;
use super::reading::{Fact, Missing, Reading};
use crate::rounding::half_to_even;

/// The factor's score.
pub(super) fn read(factor: Factor, facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    match factor {
        Factor::LoginFrequency => usage::login_frequency(facts, book, model),
        Factor::FeatureAdoption => usage::feature_adoption(facts, book, model),
        Factor::SessionDuration => usage::session_duration(facts, book, model),
        Factor::UserActivity => usage::user_activity(facts, book, model),
        Factor::Training => usage::training(facts, model),
        Factor::TicketVolume => support::ticket_volume(facts, book, model),
        Factor::TicketSeverity => support::ticket_severity(facts, book, model),
        Factor::ResolutionTime => support::resolution_time(facts, model),
        Factor::Csat => support::csat(facts, book, model),
        Factor::MeetingFrequency => engagement::meeting_frequency(facts, model),
        Factor::ResponseRate => engagement::response_rate(facts, model),
        Factor::Outcomes => engagement::outcomes(facts, model),
        Factor::Stakeholders => engagement::stakeholders(facts, model),
        Factor::ContractValue => business::contract_value(facts, book, model),
        Factor::Payment => business::payment(facts, book, model),
        Factor::Expansion => business::expansion(facts, book, model),
        Factor::Renewal => business::renewal(facts, model),
    }
}

/// Of every result of a factor: the points and the fact that they came from.
fn reading(points: BasisPoints, fact: Fact) -> Result<Reading, Missing> {
    Ok(Reading { points, fact })
}

/// For what is shown only: a mean in the unit of the sum.
fn mean(sum: i64, count: i64) -> i64 {
    half_to_even(i128::from(sum), i128::from(count)).unwrap_or(0)
}

/// Seats, where they are known and at least one.
fn seats(facts: &Facts) -> Option<i64> {
    facts.account.seats.filter(|seats| *seats >= 1)
}
