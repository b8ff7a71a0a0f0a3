//! Churn risk put together: the mean of what is known, drawn toward 0 where that is little, held up by floors. An index, not a
//! probability.

use super::curve::{FULL, Points};
use super::factor::{ChurnBand, ChurnFactor, Factor};
use super::factors::{self, renewal_in};
use super::facts::{Book, Connected, Facts};
use super::health::{champion_left, draw, shown};
use super::model::Model;
use super::reading::{Missing, Reading};
use super::scores::{Churn, Floor, FloorRule, Health};
use super::survey::{floor, is_little};
use super::weigh;
use crate::model::RenewalStage;

pub(super) fn churn(facts: &Facts, book: &Book, model: &Model, health: &Health) -> Churn {
    let mut readings: [Result<Reading, Missing>; 5] = [Err(Missing::NoRows); 5];
    for (factor, reading) in ChurnFactor::ALL.iter().zip(&mut readings) {
        *reading = factors::churn::read(*factor, facts, book, model, health);
    }
    let known = weigh::points(&readings);
    let raw = weigh::churn_shares(model, &known).mean(&known).unwrap_or(0);
    // Their bits follow those of health.
    let before = Factor::ALL.iter().map(|_| false);
    let present = Connected::of(before.chain(readings.iter().map(Result::is_ok)));
    let coverage = weigh::churn_coverage(model, present);
    let floor = floor(book.known.churn, model);
    let insufficient = is_little(coverage, floor);
    let drawn = if insufficient { draw(raw, 0, coverage, model) } else { raw };

    let floors = floors(facts, model);
    let points = floors.iter().fold(drawn, |points, floor| points.max(floor.least)).min(FULL);
    let score = shown(points);
    let band = if insufficient { ChurnBand::InsufficientData } else { band(score, model) };
    Churn { factors: readings, raw, coverage, floor, drawn, floors, points, score, band }
}

fn band(score: i64, model: &Model) -> ChurnBand {
    let bands = &model.churn_bands;
    match score {
        _ if score >= bands.severe => ChurnBand::Severe,
        _ if score >= bands.high => ChurnBand::High,
        _ if score >= bands.medium => ChurnBand::Medium,
        _ => ChurnBand::Low,
    }
}

/// The floors that hold, the highest last.
fn floors(facts: &Facts, model: &Model) -> Vec<Floor> {
    let numbers = &model.floors;
    let mut floors = Vec::new();
    let mut hold = |rule: FloorRule, least: Points| floors.push(Floor { rule, least: least.0 });
    match facts.account.renewal_stage {
        Some(RenewalStage::WillChurn) => hold(FloorRule::WillChurn, numbers.will_churn),
        Some(RenewalStage::AtRisk) => hold(FloorRule::AtRisk, numbers.at_risk),
        _ => {}
    }
    let due = facts.account.past_due_since.map(|since| (facts.as_of - since).num_days());
    if let Some(days) = due.filter(|days| *days > numbers.past_due_days) {
        hold(FloorRule::PastDue { days }, numbers.past_due);
    }
    let renewal = renewal_in(facts, model.churn.contract_payment.overdue_days);
    if let (Some(age), Ok(renewal_in)) = (champion_left(facts), renewal)
        && renewal_in <= numbers.renewal_days
    {
        hold(FloorRule::ChampionLeft { age, renewal_in }, numbers.champion_left);
    }
    floors.sort_by_key(|floor| floor.least);
    floors
}
