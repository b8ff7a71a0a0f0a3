//! Health put together: the mean of what is known, drawn toward 50 where that is little, held down by caps, overridden by a
//! person.

use super::curve::{BasisPoints, FULL, Points};
use super::factor::{Band, Component, Factor};
use super::factors;
use super::facts::{Book, Connected, Facts};
use super::model::Model;
use super::reading::{Missing, Reading};
use super::scores::{Cap, CapRule, Health};
use super::survey::{floor, is_little};
use super::weigh;
use crate::model::Status;
use crate::rounding::half_to_even;

/// Where health stands of which nothing is known.
const MIDDLE: BasisPoints = FULL / 2;

pub(super) fn health(facts: &Facts, book: &Book, model: &Model) -> Health {
    let mut readings: Readings = [Err(Missing::NoRows); 17];
    for (factor, reading) in Factor::ALL.iter().zip(&mut readings) {
        *reading = factors::read(*factor, facts, book, model);
    }
    assemble(readings, facts, book, model)
}

/// What the factors read, in their order.
pub(super) type Readings = [Result<Reading, Missing>; 17];

/// Whether a component's score is one that limits health: half of the weight of its factors has to be covered.
pub(crate) fn is_weak(model: &Model, points: BasisPoints, covered: BasisPoints) -> bool {
    points <= model.caps.weak_from.0 && covered >= FULL / 2
}

pub(super) fn assemble(readings: Readings, facts: &Facts, book: &Book, model: &Model) -> Health {
    let known = weigh::points(&readings);
    let mut components = [None; 4];
    let mut weak = Vec::new();
    let onboarding = onboarding(facts, model);
    for (component, score) in Component::ALL.iter().zip(&mut components) {
        let (points, covered) = weigh::component(model, *component, &known);
        *score = points;
        if let Some(points) = points.filter(|points| !onboarding && is_weak(model, *points, covered)) {
            let rule = CapRule::WeakComponent { component: *component, points };
            weak.push(Cap { rule, most: model.caps.weak_component.0 });
        }
    }
    let raw = weigh::health_shares(model, &known).mean(&known).unwrap_or(MIDDLE);
    let present = Connected::of(readings.iter().map(Result::is_ok));
    let coverage = weigh::health_coverage(model, present);
    let (floor, own) = (floor(book.known.health, model), own(&readings, facts));
    let insufficient = is_little(coverage, floor) || !own;
    let drawn = if insufficient { draw(raw, MIDDLE, coverage, model) } else { raw };

    let caps = caps(facts, model, weak);
    let capped = caps.iter().fold(drawn, |points, cap| points.min(cap.most));
    let points = facts.adjustment.as_ref().map_or(capped, |adjustment| Points::whole(adjustment.score));
    let score = shown(points);
    let band = match &facts.adjustment {
        _ if onboarding => Band::Onboarding,
        None if insufficient => Band::InsufficientData,
        _ => model.bands.of(score),
    };
    let adjustment = facts.adjustment.clone();
    Health { factors: readings, components, raw, coverage, own, floor, drawn, caps, adjustment, points, score, band }
}

/// A customer that is being set up is not yet judged.
fn onboarding(facts: &Facts, model: &Model) -> bool {
    let since = facts.account.contract_start.map(|start| (facts.as_of - start).num_days());
    facts.account.status == Status::Onboarding || since.is_some_and(|days| (0..model.onboarding.days).contains(&days))
}

/// Whether a factor of behaviour rests on a row or record of the account's own: that it has no ticket may be the feed's word
/// alone.
fn own(readings: &Readings, facts: &Facts) -> bool {
    let support = &facts.support;
    let implied = |factor: Factor| match factor {
        Factor::TicketVolume => support.first_row.is_none() && support.tickets_30.count == 0,
        Factor::TicketSeverity => support.first_row.is_none() && support.severity_rows == 0,
        _ => factor.component() == Component::Business,
    };
    Factor::ALL.iter().zip(readings).any(|(factor, reading)| reading.is_ok() && !implied(*factor))
}

/// The less is known, the nearer to `toward`.
pub(super) fn draw(raw: BasisPoints, toward: BasisPoints, coverage: BasisPoints, model: &Model) -> BasisPoints {
    let whole = model.coverage.draw_below.0;
    let away = i128::from(raw - toward) * i128::from(coverage.min(whole));
    toward + half_to_even(away, i128::from(whole)).unwrap_or(0)
}

/// Basis points as the whole number that is shown.
pub(super) fn shown(points: BasisPoints) -> i64 {
    half_to_even(i128::from(points), 100).unwrap_or(0)
}

/// A champion who left, where no other is there; how long ago.
pub(super) fn champion_left(facts: &Facts) -> Option<i64> {
    facts.touch.champion_left.filter(|_| !facts.touch.champion)
}

/// The caps that hold, the lowest last.
fn caps(facts: &Facts, model: &Model, mut caps: Vec<Cap>) -> Vec<Cap> {
    let numbers = &model.caps;
    if let Some(age) = champion_left(facts) {
        caps.push(Cap { rule: CapRule::ChampionLeft { age }, most: numbers.champion_left.0 });
    }
    if let Some(open) = facts.support.open_urgent.filter(|open| *open > 0) {
        caps.push(Cap { rule: CapRule::UrgentTicket { open }, most: numbers.urgent_ticket.0 });
    }
    if let Some(sentiment) = facts.support.sentiment.filter(|sentiment| sentiment.red && sentiment.reasoned) {
        caps.push(Cap { rule: CapRule::SentimentRed { age: sentiment.age }, most: numbers.sentiment_red.0 });
    }
    caps.sort_by_key(|cap| std::cmp::Reverse(cap.most));
    caps
}
