//! The factors of churn risk, 100 is worst. Each is the worse of its parts; a part that is missing is left out.

use super::{days_past_due, no_tickets, reading, renewal_in, seat_tolerance, stepped, support_silent};
use crate::model::RenewalStage;
use crate::rounding::half_to_even;
use crate::score::curve::{FULL, ONE, Points};
use crate::score::decay::{WHOLE, decay};
use crate::score::factor::{Band, ChurnFactor, Factor};
use crate::score::facts::{Book, Facts, Stage};
use crate::score::model::{Competitive, Model};
use crate::score::reading::{Fact, Missing, Reading};
use crate::score::scores::Health;

/// Tickets this young, and those of the two longer windows, are a sign of their own.
const WEEK: i64 = 7;
const MONTH: i64 = 30;

/// The factor's risk; `health` is that of the day.
pub(in crate::score) fn read(
    factor: ChurnFactor,
    facts: &Facts,
    book: &Book,
    model: &Model,
    health: &Health,
) -> Result<Reading, Missing> {
    match factor {
        ChurnFactor::DecliningHealth => declining_health(facts, model, health),
        ChurnFactor::ReducedEngagement => reduced_engagement(facts, book, model),
        ChurnFactor::SupportEscalations => support_escalations(facts, book, model),
        ChurnFactor::ContractPayment => contract_payment(facts, book, model),
        ChurnFactor::Competitive => competitive(facts, model),
    }
}

/// The first of those that are worst; where there is none, why the first has none.
fn worst<const N: usize>(parts: [Result<Reading, Missing>; N]) -> Result<Reading, Missing> {
    let worse = |first: Result<Reading, Missing>, second: Result<Reading, Missing>| match (first, second) {
        (Ok(first), Ok(second)) if second.points > first.points => Ok(second),
        (Err(_), Ok(second)) => Ok(second),
        (first, _) => first,
    };
    parts.into_iter().reduce(worse).unwrap_or(Err(Missing::NoRows))
}

/// How low health is, or how many points it lost between 60 to 90 days ago and the last 14 days.
fn declining_health(facts: &Facts, model: &Model, health: &Health) -> Result<Reading, Missing> {
    let known = health.band != Band::InsufficientData;
    let level = if known {
        reading(FULL - health.points, Fact::Health { points: health.points })
    } else {
        Err(Missing::NoHealth)
    };
    let (older, recent) = (facts.past.older, facts.past.recent);
    let today = if known { (health.points, 1) } else { (0, 0) };
    let (sum, count) = (i128::from(recent.sum + today.0), i128::from(recent.count + today.1));
    let trend = if older.count > 0 && count > 0 {
        let before = i128::from(older.count);
        let (lost, whole) = (i128::from(older.sum) * count - sum * before, before * count);
        let points = model.churn.declining_health.trend.at(lost, whole * 100);
        reading(points, Fact::Lost { points: half_to_even(lost, whole).unwrap_or(0) })
    } else {
        Err(Missing::NoHealth)
    };
    worst([level, trend])
}

/// Fewer touches than in the 90 days before, none for longer than the cadence, or no use of the product any more.
fn reduced_engagement(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let (touch, numbers) = (&facts.touch, &model.churn.reduced_engagement);
    let stopped = stopped(facts, book, model);
    if !touch.any {
        return worst([Err(Missing::NoEngagement), stopped]);
    }
    let (recent, before) = (touch.recent, touch.before);
    let fall = if before >= numbers.least.max(1) {
        let points = numbers.fall.at(i128::from(before) - i128::from(recent), i128::from(before));
        reading(points, Fact::Touches { recent, before })
    } else {
        Err(Missing::TooFew { what: "engagements in the 90 days before", count: before, least: numbers.least })
    };
    let gap = match (touch.last, model.cadence(facts.account.size)) {
        (Some(days), Some(cadence)) => {
            reading(stepped(days, cadence, numbers.steps), Fact::Met { days, cadence: cadence[0] })
        }
        (None, _) => Err(Missing::NoTouch),
        (_, None) => Err(Missing::NoCadence),
    };
    worst([gap, fall, stopped])
}

/// Days without use while the feed went on: to its latest day for anyone, so that a feed that is late stops nobody. Use is a login;
/// without logins an active user.
fn stopped(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let (usage, numbers) = (&facts.usage, &model.churn.reduced_engagement);
    let told = |factor: Factor, last: Option<i64>| last.filter(|_| book.connected.has(factor.place()));
    let last = told(Factor::LoginFrequency, usage.last_login_ever);
    let last = last.or_else(|| told(Factor::UserActivity, usage.last_active)).ok_or(Missing::NoRows)?;
    let (Some(first), Some(latest)) = (usage.first_row, book.usage_last) else { return Err(Missing::FeedSilent) };
    let used = first - last + 1;
    if used < numbers.stopped_after {
        return Err(Missing::TooFewDays { days: used.max(0), least: numbers.stopped_after });
    }
    let days = (last - latest).max(0);
    reading(numbers.stopped.at(i128::from(days), 1), Fact::Stopped { days })
}

/// The share of tickets that were escalated, or how lately one was urgent or escalated.
fn support_escalations(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let (support, numbers) = (&facts.support, &model.churn.support_escalations);
    if support.severity_rows == 0 {
        if support.tickets_90.count > 0 {
            return Err(Missing::NotTold);
        }
        if !support_silent(book, Factor::TicketSeverity) {
            return Err(no_tickets(facts));
        }
    }
    let severe = support.severe.iter().filter(|day| day.urgent + day.escalated > 0);
    let age = severe.map(|day| day.age).min();
    let level = match age {
        Some(..WEEK) => numbers.within_7_days,
        Some(WEEK..MONTH) => numbers.within_30_days,
        Some(_) => numbers.within_90_days,
        None => Points(0),
    };
    let (tolerance, unit) = seat_tolerance(facts, model);
    let points = half_to_even(i128::from(level.0) * unit, tolerance).unwrap_or(0);
    let lately = reading(points, Fact::LastSevere { age });
    let tickets = support.tickets_90.sum;
    let share = if tickets >= numbers.least.max(1) {
        let escalated: i64 = support.severe.iter().map(|day| day.escalated).sum();
        let points = numbers.share.at(i128::from(escalated.min(tickets)), i128::from(tickets));
        reading(points, Fact::Escalated { escalated, tickets })
    } else {
        Err(Missing::TooFew { what: "tickets in 90 days", count: tickets, least: numbers.least })
    };
    worst([lately, share])
}

/// How near the renewal is and how sure, or how long a payment is past due.
fn contract_payment(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.churn.contract_payment;
    let due = days_past_due(facts, book);
    let due = due.and_then(|days| reading(numbers.past_due.at(i128::from(days), 1), Fact::PastDue { days }));
    worst([renewal(facts, model), due])
}

fn renewal(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.churn.contract_payment;
    let stage = facts.account.renewal_stage;
    let doubted = matches!(stage, Some(RenewalStage::AtRisk | RenewalStage::WillChurn));
    if stage == Some(RenewalStage::Committed) {
        return reading(0, Fact::Stage { stage: RenewalStage::Committed });
    }
    if facts.account.auto_renew == Some(true) && !doubted {
        return reading(0, Fact::AutoRenews);
    }
    let days = renewal_in(facts, numbers.overdue_days)?;
    let points = if days < 0 { numbers.overdue.0 } else { numbers.renewal.at(i128::from(days), 1) };
    let likely = stage == Some(RenewalStage::Likely);
    let points = if likely { half_to_even(i128::from(points), 2).unwrap_or(0) } else { points };
    reading(points, Fact::RenewalIn { days })
}

/// Signs of a competitor taken together, each as likely as its stage and less so as it ages.
fn competitive(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    let (signals, numbers) = (&facts.touch.signals, &model.churn.competitive);
    let (age, stage) = signals
        .iter()
        .copied()
        .max_by_key(|(age, stage)| (likely(*age, *stage, numbers), -age, *stage as u8))
        .ok_or(Missing::NoSignal)?;
    let risk = (i128::from(WHOLE) - none_of(signals, numbers)) * i128::from(FULL);
    let count = i64::try_from(signals.len()).unwrap_or(i64::MAX);
    reading(half_to_even(risk, i128::from(WHOLE)).unwrap_or(0), Fact::Signals { count, age, stage })
}

/// How likely the sign is one, of `ONE` times `WHOLE`.
fn likely(age: i64, stage: Stage, numbers: &Competitive) -> i128 {
    let signal = match stage {
        Stage::Mention => numbers.mention,
        Stage::Evaluation => numbers.evaluation,
        Stage::Pilot => numbers.pilot,
        Stage::Decision => numbers.decision,
    };
    i128::from(signal.0) * i128::from(decay(age, numbers.half_life))
}

/// How likely none of them is one, in billionths. Every step rounds: in another order it could end a billionth elsewhere.
pub(super) fn none_of(signals: &[(i64, Stage)], numbers: &Competitive) -> i128 {
    let mut sorted = Vec::new();
    let signals = if signals.is_sorted_by_key(|(age, stage)| (*age, *stage as u8)) {
        signals
    } else {
        sorted.extend_from_slice(signals);
        sorted.sort_unstable_by_key(|(age, stage)| (*age, *stage as u8));
        &sorted
    };
    let one = i128::from(ONE) * i128::from(WHOLE);
    signals.iter().fold(i128::from(WHOLE), |none, (age, stage)| {
        half_to_even(none * (one - likely(*age, *stage, numbers)), one).map_or(0, i128::from)
    })
}
