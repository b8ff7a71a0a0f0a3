//! Support: how many tickets, how bad, how fast resolved, how satisfied.

use super::{mean, reading, seats};
use crate::rounding::half_to_even;
use crate::score::curve::{FULL, ONE};
use crate::score::decay::{WHOLE, decay};
use crate::score::factor::Factor;
use crate::score::facts::{Book, Facts};
use crate::score::model::Model;
use crate::score::reading::{Fact, Missing, Reading};

/// Tickets are counted for so many seats, and a smaller customer as one of so many.
const SEATS: i64 = 100;

/// For the reason why there is no score.
const RESOLVED: &str = "resolved in 90 days";

/// Millionths of a percent in a hundredth of it: what the organization's mean satisfaction is rounded to.
const FINE: i128 = 10_000;

/// Whether an account without a row has none because it opened no ticket: the feed is alive, covers the window, and tells the
/// thing of others.
pub(in crate::score) fn silent(book: &Book, factor: Factor) -> bool {
    book.support_live && book.support_settled && book.connected.has(factor.place())
}

/// Why there is nothing in a window.
pub(in crate::score) fn nothing(facts: &Facts) -> Missing {
    if facts.support.first_row.is_some() { Missing::FeedSilent } else { Missing::NoRows }
}

/// A large customer has more of everything: one unit of tolerance for each so many seats, at least one; as a fraction.
pub(in crate::score) fn seat_tolerance(facts: &Facts, model: &Model) -> (i128, i128) {
    let unit = model.health.support.seats.max(1);
    let seats = seats(facts).unwrap_or(0).max(unit);
    (i128::from(seats), i128::from(unit))
}

/// Tickets of 30 days per 100 seats.
pub(super) fn ticket_volume(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let told = facts.support.tickets_30;
    if told.count == 0 && !silent(book, Factor::TicketVolume) {
        return Err(nothing(facts));
    }
    let seats = seats(facts);
    let whole = seats.unwrap_or(SEATS).max(SEATS);
    let curve = &model.health.support.ticket_volume.curve;
    let points = curve.at(i128::from(told.sum) * i128::from(SEATS), i128::from(whole));
    reading(points, Fact::Tickets { tickets: told.sum, seats })
}

/// 100 less a penalty for each urgent or escalated ticket of 90 days, which fades.
pub(super) fn ticket_severity(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let support = &facts.support;
    if support.severity_rows == 0 {
        if support.tickets_90.count > 0 {
            return Err(Missing::NotTold);
        }
        if !silent(book, Factor::TicketSeverity) {
            return Err(nothing(facts));
        }
    }
    let numbers = &model.health.support.ticket_severity;
    let (mut penalty, mut urgent, mut escalated) = (0_i128, 0_i64, 0_i64);
    for day in &support.severe {
        let points = i128::from(day.urgent) * i128::from(numbers.urgent.0)
            + i128::from(day.escalated) * i128::from(numbers.escalated.0);
        penalty += points * i128::from(decay(day.age, numbers.half_life));
        urgent = urgent.saturating_add(day.urgent);
        escalated = escalated.saturating_add(day.escalated);
    }
    let (tolerance, unit) = seat_tolerance(facts, model);
    let whole = i128::from(WHOLE) * tolerance;
    let points = half_to_even(i128::from(FULL) * whole - penalty * unit, whole).unwrap_or(0);
    reading(points.clamp(0, FULL), Fact::Severe { urgent, escalated })
}

/// Mean hours to resolve a ticket, to the target.
pub(super) fn resolution_time(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.health.support.resolution_time;
    let hours = facts.support.resolution;
    if hours.count == 0 {
        return Err(Missing::NoRows);
    }
    if hours.count < numbers.least {
        return Err(Missing::TooFew { what: RESOLVED, count: hours.count, least: numbers.least });
    }
    let whole = i128::from(hours.count) * 100 * i128::from(numbers.target_hours.0);
    let points = numbers.curve.at(i128::from(hours.sum) * i128::from(ONE), whole);
    reading(points, Fact::Resolution { hours: mean(hours.sum, hours.count), tickets: hours.count })
}

/// Satisfied answers, drawn toward the organization's mean: three answers are not yet an opinion.
pub(super) fn csat(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.health.support.csat;
    let own = facts.support.csat;
    if own.count <= 0 {
        return Err(Missing::NoRows);
    }
    let organization = half_to_even(i128::from(book.csat.sum) * FINE, i128::from(book.csat.count));
    let (prior, drawn) = organization.map_or((0, 0), |mean| (numbers.prior, mean));
    let sum = i128::from(own.sum) * FINE + i128::from(prior) * i128::from(drawn);
    let whole = (i128::from(own.count) + i128::from(prior)) * FINE;
    let points = numbers.curve.at(sum, whole * 100);
    let percent = half_to_even(sum, whole).unwrap_or(0);
    reading(points, Fact::Satisfied { percent, own: mean(own.sum, own.count), answers: own.count })
}
