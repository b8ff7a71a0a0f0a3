//! The smallest single change that would lift an account into the next band.

use std::fmt;

use serde::Serialize;

use super::curve::{BasisPoints, FULL};
use super::explain::Amount;
use super::factor::{Band, Factor};
use super::factors;
use super::facts::{Book, Facts, Sum};
use super::health::assemble;
use super::model::Model;
use super::reading::{Fact, Reading};
use super::scores::{CapRule, Scores};
use crate::model::RenewalStage;

/// What is needed to reach the next band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = NextBand))]
pub enum NextBand {
    /// There is no better band.
    Top,
    /// The account has no data of its own on usage, support or engagement; without it there is no band.
    Behaviour,
    /// More data is needed first: the coverage, and the coverage that is needed, in percent.
    Data {
        #[cfg_attr(feature = "schema", schema(value_type = f64))]
        coverage: Amount,
        #[cfg_attr(feature = "schema", schema(value_type = f64))]
        floor: Amount,
    },
    /// An adjustment applies until its date.
    Adjusted { until: chrono::NaiveDate },
    /// A cap must be lifted first.
    Cap {
        band: Band,
        cap: &'static str,
        #[cfg_attr(feature = "schema", schema(value_type = f64))]
        limit: Amount,
    },
    /// This factor alone would be enough.
    Factor {
        band: Band,
        factor: Factor,
        /// Null: the factor is missing.
        #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
        score: Option<Amount>,
        #[cfg_attr(feature = "schema", schema(value_type = f64))]
        needed: Amount,
        fact: String,
        /// A value of the data that would be enough, if the factor has one that can change.
        by: Option<String>,
    },
    /// No single factor is enough, not even at 100; `lacking`: the missing points.
    Several {
        band: Band,
        #[cfg_attr(feature = "schema", schema(value_type = f64))]
        lacking: Amount,
    },
}

/// What it would take to lift `scores`, which are those of the same facts, into the next band; of several factors the one that
/// has the least way to go. A missing factor goes from the score of its component, as which it counts.
pub fn reach(facts: &Facts, book: &Book, model: &Model, scores: &Scores) -> NextBand {
    let health = &scores.health;
    if let Some(adjustment) = &health.adjustment {
        return NextBand::Adjusted { until: adjustment.until };
    }
    if !health.own {
        return NextBand::Behaviour;
    }
    if health.is_insufficient() {
        return NextBand::Data { coverage: Amount(health.coverage), floor: Amount(health.floor) };
    }
    let bands = &model.bands;
    let edges = [(bands.concern, Band::Concern), (bands.moderate, Band::Moderate), (bands.healthy, Band::Healthy)];
    let Some((edge, band)) = edges.into_iter().find(|(edge, _)| health.score < *edge) else { return NextBand::Top };
    // A weak component's cap may go with the factor that is lifted; the others stand.
    let stands = health.caps.iter().rev().find(|cap| !matches!(cap.rule, CapRule::WeakComponent { .. }));
    if let Some(cap) = stands.filter(|cap| cap.most / 100 < edge) {
        let name = match cap.rule {
            CapRule::ChampionLeft { .. } => "champion_left",
            CapRule::UrgentTicket { .. } => "urgent_ticket",
            CapRule::SentimentRed { .. } => "sentiment_red",
            CapRule::WeakComponent { .. } => "weak_component",
        };
        return NextBand::Cap { band, cap: name, limit: Amount(cap.most) };
    }

    let lifted = |factor: Factor, points: BasisPoints| {
        let mut readings = health.factors;
        if let Some(reading) = readings.get_mut(factor.place()) {
            *reading = Ok(Reading { points, fact: Fact::NoUsage });
        }
        assemble(readings, facts, book, model).score
    };
    let mut best: Option<(BasisPoints, Factor, BasisPoints)> = None;
    for (factor, reading) in Factor::ALL.iter().zip(&health.factors) {
        let component = health.components.get(factor.component().place()).copied().flatten();
        let from = reading.map_or_else(|_| component.unwrap_or(health.raw), |reading| reading.points);
        if lifted(*factor, FULL) < edge {
            continue;
        }
        let needed = first(0, FULL, |points| lifted(*factor, points) >= edge);
        let way = needed - from;
        if best.is_none_or(|(least, ..)| way < least) {
            best = Some((way, *factor, needed));
        }
    }
    let Some((_, factor, needed)) = best else {
        return NextBand::Several { band, lacking: Amount(edge * 100 - health.points) };
    };
    let reading = health.factors.get(factor.place()).copied();
    let known = reading.and_then(Result::ok);
    let fact = reading.map_or_else(String::new, |reading| {
        reading.map_or_else(|missing| missing.to_string(), |reading| reading.fact.to_string())
    });
    let score = known.map(|reading| Amount(reading.points));
    let by = turned(factor, facts, book, model, needed).map(|fact| fact.to_string());
    NextBand::Factor { band, factor, score, needed: Amount(needed), fact, by }
}

/// The first of `from..=to` for which it holds; it holds for `to` and, from the first on, for all.
fn first(from: i64, to: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut from, mut to) = (from, to);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) { to = middle } else { from = middle + 1 }
    }
    from
}

/// The nearest fact with which the factor has at least `needed`: read by the factor itself, from facts changed in one number.
fn turned(factor: Factor, facts: &Facts, book: &Book, model: &Model, needed: BasisPoints) -> Option<Fact> {
    let usage = &facts.usage;
    let read = |change: &dyn Fn(&mut Facts, i64), number: i64| {
        let mut facts = facts.clone();
        change(&mut facts, number);
        factors::read(factor, &facts, book, model).ok()
    };
    let enough = |reading: Option<Reading>| reading.filter(|reading| reading.points >= needed);
    // More is better.
    let up = |from: i64, to: i64, change: &dyn Fn(&mut Facts, i64)| {
        enough(read(change, to))?;
        let number = first(from, to, |number| enough(read(change, number)).is_some());
        read(change, number).map(|reading| reading.fact)
    };
    // Less is better.
    let down = |from: i64, change: &dyn Fn(&mut Facts, i64)| {
        enough(read(change, 0))?;
        let less = first(0, from, |less| enough(read(change, from - less)).is_some());
        read(change, from - less).map(|reading| reading.fact)
    };
    let one = |sum: i64| Sum { sum, count: 1 };
    match factor {
        Factor::LoginFrequency => up(usage.logins.sum, 1_000_000_000, &|facts, n| facts.usage.logins = one(n)),
        Factor::FeatureAdoption => up(0, 100, &|facts, n| facts.usage.adoption = one(n * 100)),
        Factor::SessionDuration => up(0, 1_440, &|facts, n| facts.usage.session = one(n * 100)),
        Factor::UserActivity => up(0, facts.account.seats?, &|facts, n| facts.usage.active_users = Some(n)),
        Factor::Training => up(0, 100, &|facts, n| facts.usage.training = Some(n * 100)),
        Factor::TicketVolume => {
            // A model may take a few tickets for better than none: not monotone, so one after the other.
            let tickets = facts.support.tickets_30.sum.min(10_000);
            let change = |facts: &mut Facts, n| facts.support.tickets_30 = one(n);
            (0..=tickets).rev().find_map(|n| enough(read(&change, n))).map(|reading| reading.fact)
        }
        Factor::ResolutionTime => {
            let hours = facts.support.resolution;
            let mean = hours.sum / hours.count.max(1) / 100;
            down(mean, &move |facts, n| facts.support.resolution.sum = n * 100 * hours.count)
        }
        Factor::Csat => up(0, 100, &|facts, n| facts.support.csat.sum = n * 100 * facts.support.csat.count),
        Factor::MeetingFrequency => down(facts.touch.last?, &|facts, n| facts.touch.last = Some(n)),
        Factor::ResponseRate => up(facts.touch.answered, facts.touch.outbound, &|facts, n| facts.touch.answered = n),
        Factor::Payment => down(factors::days_past_due(facts, book).ok()?, &|facts, n| {
            facts.account.past_due_since = facts.as_of.checked_sub_days(chrono::Days::new(n.unsigned_abs()));
        }),
        Factor::Expansion => {
            let before = facts.account.arr_before?;
            up(-100, 1_000, &move |facts, n| facts.account.arr = Some(before.saturating_mul(100 + n) / 100))
        }
        Factor::Renewal => [RenewalStage::Likely, RenewalStage::Committed].iter().find_map(|stage| {
            let change = |facts: &mut Facts, _| facts.account.renewal_stage = Some(*stage);
            enough(read(&change, 0)).map(|reading| reading.fact)
        }),
        Factor::TicketSeverity | Factor::Outcomes | Factor::Stakeholders | Factor::ContractValue => None,
    }
}

impl fmt::Display for NextBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => f.write_str("in the best band"),
            Self::Behaviour => f.write_str("no band without usage, support or engagement data of this account"),
            Self::Data { coverage, floor } => {
                write!(f, "data for {coverage} % of the model, {floor} % needed for a band")
            }
            Self::Adjusted { until } => write!(f, "adjusted by a user until {until}"),
            Self::Cap { band, cap, limit } => {
                write!(f, "{band}: not possible while the cap {cap} limits health to {limit}")
            }
            Self::Factor { band, factor, score, needed, fact, by } => {
                write!(f, "{band}: {factor} at {needed}")?;
                match score {
                    Some(score) => write!(f, " instead of {score}")?,
                    None => f.write_str(", which is missing")?,
                }
                match by {
                    Some(by) => write!(f, " ({by}; now {fact})"),
                    None => write!(f, " (now {fact})"),
                }
            }
            Self::Several { band, lacking } => {
                write!(f, "{band}: {lacking} more points needed, more than one factor can add")
            }
        }
    }
}
