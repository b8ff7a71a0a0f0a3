//! Every factor of churn risk at its anchors, between them, missing and silent.

use crate::model::{RenewalStage, Size};
use crate::score::factor::{ChurnFactor, Factor};
use crate::score::facts::{Book, Connected, EarlierHealth, Facts, Severe, Stage, Touch};
use crate::score::reading::Missing;
use crate::score::testing::{MODEL, book, in_days, nobody, steady, sum};
use crate::score::{Band, score};

fn of(factor: ChurnFactor, change: impl FnOnce(&mut Facts)) -> Result<i64, Missing> {
    let mut facts = steady();
    change(&mut facts);
    risk(factor, &facts, &book())
}

fn risk(factor: ChurnFactor, facts: &Facts, book: &Book) -> Result<i64, Missing> {
    score(facts, book, &MODEL).churn.factors[factor.place()].map(|reading| reading.points)
}

#[test]
fn declining_health() {
    let health = score(&steady(), &book(), &MODEL).health.points;
    let older = |older| of(ChurnFactor::DecliningHealth, |facts| facts.past.older = sum(older, 1));
    assert_eq!(of(ChurnFactor::DecliningHealth, |_| ()), Ok(10_000 - health));
    assert_eq!(older(health), Ok(10_000 - health));
    // Twelve points lost are 46 of 100, which is worse than the level.
    assert_eq!(older(health + 1_200), Ok(4_600));
    // Today's health is one of the last fortnight's.
    let week = EarlierHealth { recent: sum(health + 1_000, 1), older: sum((health + 2_500) * 2, 2) };
    assert_eq!(of(ChurnFactor::DecliningHealth, |facts| facts.past = week), Ok(7_000));

    let mut facts = nobody();
    assert_eq!(score(&facts, &book(), &MODEL).health.band, Band::InsufficientData);
    assert_eq!(risk(ChurnFactor::DecliningHealth, &facts, &book()), Err(Missing::NoHealth));
    facts.past = EarlierHealth { recent: sum(5_000, 1), older: sum(7_000, 1) };
    assert_eq!(risk(ChurnFactor::DecliningHealth, &facts, &book()), Ok(7_000));
    facts.past = EarlierHealth { recent: sum(9_000, 1), older: sum(7_000, 1) };
    assert_eq!(risk(ChurnFactor::DecliningHealth, &facts, &book()), Ok(0));
}

#[test]
fn reduced_engagement() {
    let touches = |recent, before| {
        of(ChurnFactor::ReducedEngagement, |facts| {
            facts.touch.last = Some(0);
            (facts.touch.recent, facts.touch.before) = (recent, before);
        })
    };
    assert_eq!([8, 7, 6, 4, 0, 20].map(|recent| touches(recent, 8)), [0, 2_000, 4_000, 8_000, 10_000, 0].map(Ok));
    assert_eq!(touches(0, 2), Ok(0)); // too few before
    let gap = |days| {
        of(ChurnFactor::ReducedEngagement, |facts| {
            (facts.account.size, facts.touch.last) = (Some(Size::Large), Some(days));
        })
    };
    assert_eq!([0, 7, 35, 60, 90, 120, 500].map(gap), [0, 600, 3_000, 6_000, 8_000, 10_000, 10_000].map(Ok));
    let unused = |facts: &mut Facts| (facts.usage.last_login_ever, facts.usage.last_active) = (None, None);
    let startup = |facts: &mut Facts| {
        unused(facts);
        (facts.account.size, facts.touch.before) = (Some(Size::Startup), 0);
    };
    assert_eq!(of(ChurnFactor::ReducedEngagement, startup), Err(Missing::NoCadence));
    let none = |facts: &mut Facts| {
        unused(facts);
        facts.touch.any = false;
    };
    assert_eq!(of(ChurnFactor::ReducedEngagement, none), Err(Missing::NoEngagement));
}

#[test]
fn who_stops_using_it() {
    let factor = ChurnFactor::ReducedEngagement;
    // Used for a year, never met; without logins active users speak.
    let stopped = |login: Option<i64>, active: Option<i64>, book: &Book| {
        let mut facts = steady();
        facts.touch = Touch::default();
        facts.usage.first_row = Some(365);
        (facts.usage.last_login_ever, facts.usage.last_active) = (login, active);
        risk(factor, &facts, book)
    };
    let days = [0, 7, 14, 21, 28, 44, 60, 200];
    let risks = [0, 0, 4_000, 5_500, 7_000, 8_500, 10_000, 10_000].map(Ok);
    assert_eq!(days.map(|days| stopped(Some(days), None, &book())), risks);
    assert_eq!(days.map(|days| stopped(None, Some(days), &book())), risks);
    assert_eq!(stopped(Some(28), Some(0), &book()), Ok(7_000));
    // A feed that is late by five days stops nobody.
    let late = Book { usage_last: Some(5), ..book() };
    assert_eq!(days.map(|days| stopped(Some(days + 5), None, &late)), risks);
    assert_eq!(stopped(Some(2), None, &late), Ok(0));
    // What the feed tells of nobody any more is no use: then active users, or nothing.
    let without = |factor: Factor| Book { connected: Connected(Connected::ALL.0 & !(1 << factor.place())), ..book() };
    assert_eq!(stopped(Some(60), Some(14), &without(Factor::LoginFrequency)), Ok(4_000));
    assert_eq!(stopped(None, Some(14), &without(Factor::UserActivity)), Err(Missing::NoEngagement));
    assert_eq!(stopped(Some(14), None, &Book { usage_last: None, ..book() }), Err(Missing::NoEngagement));
    // Four weeks of use at least.
    assert_eq!(
        (stopped(Some(338), None, &book()), stopped(Some(339), None, &book())),
        (Ok(10_000), Err(Missing::NoEngagement))
    );
    // The worst of the three.
    let both = of(factor, |facts| (facts.touch.last, facts.usage.last_login_ever) = (Some(65), Some(14)));
    assert_eq!(both, Ok(4_000));
}

#[test]
fn support_escalations() {
    let severe = |severe: &[(i64, i64, i64)], tickets, seats| {
        of(ChurnFactor::SupportEscalations, |facts| {
            let day = |(age, urgent, escalated): &(i64, i64, i64)| Severe {
                age: *age,
                urgent: *urgent,
                escalated: *escalated,
            };
            facts.support.severe = severe.iter().map(day).collect();
            facts.support.tickets_90 = sum(tickets, 12);
            facts.account.seats = Some(seats);
        })
    };
    assert_eq!(severe(&[], 6, 50), Ok(0));
    let ages = [0, 6, 7, 29, 30, 89];
    assert_eq!(ages.map(|age| severe(&[(age, 1, 0)], 6, 50)), [8_000, 8_000, 5_000, 5_000, 2_000, 2_000].map(Ok));
    assert_eq!(severe(&[(0, 1, 0)], 6, 2_000), Ok(2_000));
    // 5, 10, 15, 30 and 60 of 100 escalated, long ago.
    let shares = [(1, 20), (1, 10), (3, 20), (3, 10), (6, 10)];
    assert_eq!(
        shares.map(|(escalated, all)| severe(&[(80, 0, escalated)], all, 5_000)),
        [3_000, 4_500, 6_000, 10_000, 10_000].map(Ok)
    );
    assert_eq!(severe(&[(80, 0, 2)], 2, 50), Ok(2_000)); // too few
    let untold = |facts: &mut Facts| facts.support.severity_rows = 0;
    assert_eq!(of(ChurnFactor::SupportEscalations, untold), Err(Missing::NotTold));
    let mut silent = steady();
    (silent.support.severity_rows, silent.support.tickets_90) = (0, sum(0, 0));
    assert_eq!(risk(ChurnFactor::SupportEscalations, &silent, &book()), Ok(0));
    let dead = Book { support_live: false, ..book() };
    assert_eq!(risk(ChurnFactor::SupportEscalations, &silent, &dead), Err(Missing::FeedSilent));
    assert_eq!(risk(ChurnFactor::SupportEscalations, &nobody(), &book()), Ok(0));
    assert_eq!(risk(ChurnFactor::SupportEscalations, &nobody(), &dead), Err(Missing::NoRows));
}

#[test]
fn contract_payment() {
    let ends = |stage, auto, days: i64| {
        of(ChurnFactor::ContractPayment, |facts| {
            facts.account.contract_end = in_days(days);
            (facts.account.renewal_stage, facts.account.auto_renew) = (stage, auto);
        })
    };
    let days = [400, 365, 180, 90, 30, 0, -1, -90];
    assert_eq!(days.map(|days| ends(None, None, days)), [0, 0, 1_000, 3_000, 6_000, 8_000, 9_000, 9_000].map(Ok));
    assert_eq!(
        days.map(|days| ends(Some(RenewalStage::Likely), None, days)),
        [0, 0, 500, 1_500, 3_000, 4_000, 4_500, 4_500].map(Ok)
    );
    assert_eq!(days.map(|days| ends(Some(RenewalStage::Committed), None, days)), [Ok(0); 8]);
    assert_eq!(days.map(|days| ends(Some(RenewalStage::Unknown), Some(true), days)), [Ok(0); 8]);
    assert_eq!(ends(Some(RenewalStage::AtRisk), Some(true), 30), Ok(6_000));
    let due = |days: i64| of(ChurnFactor::ContractPayment, |facts| facts.account.past_due_since = in_days(-days));
    assert_eq!([0, 7, 30, 60, 75, 90, 200].map(due), [351, 2_000, 6_000, 8_500, 9_250, 10_000, 10_000].map(Ok));
    // A stale date is none; then only the payment speaks, where payments are recorded.
    let silent = Book { payments: false, ..book() };
    let mut facts = steady();
    facts.account.contract_end = in_days(-91);
    assert_eq!(risk(ChurnFactor::ContractPayment, &facts, &book()), Ok(0));
    assert_eq!(risk(ChurnFactor::ContractPayment, &facts, &silent), Err(Missing::StaleContractEnd { days: 91 }));
}

#[test]
fn competitors_add_up_to_less_than_certainty() {
    let signals =
        |signals: &[(i64, Stage)]| of(ChurnFactor::Competitive, |facts| facts.touch.signals = signals.to_vec());
    assert_eq!(signals(&[]), Err(Missing::NoSignal));
    let one = [Stage::Mention, Stage::Evaluation, Stage::Pilot, Stage::Decision];
    assert_eq!(one.map(|stage| signals(&[(0, stage)])), [2_500, 6_000, 8_000, 10_000].map(Ok));
    assert_eq!(one.map(|stage| signals(&[(60, stage)])), [1_250, 3_000, 4_000, 5_000].map(Ok));
    assert_eq!(signals(&[(0, Stage::Mention), (0, Stage::Mention)]), Ok(4_375));
    assert_eq!(signals(&[(0, Stage::Mention), (60, Stage::Evaluation)]), Ok(4_750));
    assert_eq!(signals(&[(60, Stage::Evaluation), (0, Stage::Mention)]), Ok(4_750));
    assert_eq!(signals(&[(9_000, Stage::Decision)]), Ok(0));
    // Not by a billionth does the order matter.
    let mut given: Vec<_> = (1..30).map(|age| (age * 7, one[usize::try_from(age % 3).unwrap()])).collect();
    let none = super::churn::none_of(&given, &MODEL.churn.competitive);
    for _ in 0..given.len() {
        given.rotate_left(1);
        assert_eq!(super::churn::none_of(&given, &MODEL.churn.competitive), none);
    }
}
