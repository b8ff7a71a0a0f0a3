//! Accounts made by hand, and any account, for the tests of scoring.

use std::sync::LazyLock;

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::model::BUILTIN;
use super::*;
use crate::model::{RenewalStage, Size, Status};

pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(|| toml::from_str(BUILTIN).unwrap());

/// The day of all of them.
pub(super) fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 30).unwrap()
}

/// So many days after the day.
pub(super) fn in_days(days: i64) -> Option<NaiveDate> {
    Some(day() + TimeDelta::days(days))
}

pub(super) fn sum(sum: i64, count: i64) -> Sum {
    Sum { sum, count }
}

/// An active account of which nothing is known.
pub(super) fn nobody() -> Facts {
    let account = AccountFacts {
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
        exists_since: day() - TimeDelta::days(800),
    };
    Facts {
        as_of: day(),
        account,
        usage: Usage::default(),
        support: Tickets::default(),
        touch: Touch::default(),
        past: EarlierHealth::default(),
        adjustment: None,
    }
}

/// An organization whose feeds are alive and tell everything.
pub(crate) fn book() -> Book {
    Book {
        usage_live: true,
        support_live: true,
        support_settled: true,
        usage_last: Some(0),
        payments: true,
        connected: Connected::ALL,
        known: MeanCoverages { health: FULL, churn: FULL },
        ..Book::default()
    }
}

/// A customer who does well and of whom everything is known: 50 seats, all feeds, met lately.
pub(crate) fn steady() -> Facts {
    let mut facts = nobody();
    facts.account.size = Some(Size::Medium);
    facts.account.seats = Some(50);
    facts.account.arr = Some(5_000_000);
    facts.account.arr_before = Some(5_000_000);
    facts.account.contract_start = in_days(-400);
    facts.account.contract_end = in_days(300);
    facts.usage = Usage {
        first_row: Some(500),
        logins: sum(500, 28),
        adoption: sum(65 * 100 * 28, 28),
        session: sum(28_000, 28),
        session_before: sum(84_000, 84),
        session_first: Some(111),
        active_users: Some(42),
        ever_active_users: true,
        training: Some(8_500),
        last_login: Some(0),
        last_login_ever: Some(0),
        last_active: Some(0),
    };
    facts.support = Tickets {
        first_row: Some(500),
        tickets_30: sum(2, 4),
        tickets_90: sum(6, 12),
        severity_rows: 12,
        severe: Vec::new(),
        resolution: sum(6 * 1_800, 6),
        csat: sum(10 * 9_000, 10),
        open_urgent: Some(0),
        sentiment: None,
    };
    facts.touch = Touch {
        any: true,
        last: Some(20),
        recent: 4,
        before: 4,
        outbound: 5,
        answered: 4,
        outcomes: vec![(20, Outcome::Positive), (60, Outcome::Neutral)],
        engagements: 5,
        people: 3,
        champion_attended: true,
        roles: true,
        champion: true,
        ..Touch::default()
    };
    facts
}

fn count(most: i64) -> impl Strategy<Value = i64> {
    prop_oneof![3 => 0..=most.min(40), 1 => 0..=most]
}

fn some(most: i64) -> impl Strategy<Value = Option<i64>> {
    prop::option::of(count(most))
}

/// A sum of `rows` values, each at most `each`.
fn total(rows: i64, each: i64) -> impl Strategy<Value = Sum> {
    (0..=rows, 0..=1_000_i64).prop_map(move |(count, share)| sum(count * each * share / 1_000, count))
}

fn date(from: i64, to: i64) -> impl Strategy<Value = Option<NaiveDate>> {
    prop::option::of((from..=to).prop_map(|days| day() + TimeDelta::days(days)))
}

fn account() -> impl Strategy<Value = AccountFacts> {
    let choices = (
        prop::option::of(prop::sample::select(Size::ALL)),
        prop::sample::select(Status::ALL),
        prop::option::of(prop::sample::select(RenewalStage::ALL)),
        prop::option::of(any::<bool>()),
    );
    let counts = (some(100_000_000_000), some(100_000_000_000), some(200_000));
    (choices, counts, date(-900, 5), date(-200, 900), date(-200, 5)).prop_map(
        |((size, status, renewal_stage, auto_renew), (arr, arr_before, seats), start, end, due)| AccountFacts {
            size,
            status,
            arr,
            arr_before,
            seats,
            contract_start: start,
            contract_end: end,
            auto_renew,
            renewal_stage,
            past_due_since: due,
            exists_since: day() - TimeDelta::days(800),
        },
    )
}

pub(super) fn usage() -> impl Strategy<Value = Usage> {
    let sums = (total(28, 5_000), total(28, 10_000), total(28, 30_000), total(84, 30_000));
    let last = (some(900), some(900));
    (sums, some(900), some(111), some(200_000), any::<bool>(), some(10_000), last).prop_map(
        |((logins, adoption, session, before), first_row, session_first, active_users, ever, training, last)| Usage {
            first_row,
            logins,
            adoption,
            session,
            session_before: before,
            session_first,
            active_users,
            ever_active_users: ever || active_users.is_some(),
            training: training.map(|percent| percent.min(10_000)),
            last_login: None,
            last_login_ever: last.0,
            last_active: last.1,
        },
    )
}

fn tickets() -> impl Strategy<Value = Tickets> {
    let severe = (0..90_i64, 0..4_i64, 0..3_i64).prop_map(|(age, urgent, escalated)| Severe { age, urgent, escalated });
    let sums = (total(30, 50), total(90, 50), total(200, 20_000), total(200, 10_000));
    let sentiment = (0..=120_i64, any::<bool>(), any::<bool>());
    let sentiment = sentiment.prop_map(|(age, red, reasoned)| Sentiment { age, red, reasoned });
    (sums, some(900), 0..=90_i64, prop::collection::vec(severe, 0..6), some(5), prop::option::of(sentiment)).prop_map(
        |((tickets_30, tickets_90, resolution, csat), first_row, rows, mut severe, open_urgent, sentiment)| {
            severe.sort_by_key(|day| day.age);
            let severity_rows = if severe.is_empty() { rows } else { rows.max(1) };
            Tickets {
                first_row,
                tickets_30,
                tickets_90,
                severity_rows,
                severe,
                resolution,
                csat,
                open_urgent,
                sentiment,
            }
        },
    )
}

fn touch() -> impl Strategy<Value = Touch> {
    let outcomes = [Outcome::Positive, Outcome::Neutral, Outcome::ActionRequired, Outcome::Negative];
    let stages = [Stage::Mention, Stage::Evaluation, Stage::Pilot, Stage::Decision];
    let outcomes = prop::collection::vec((0..180_i64, prop::sample::select(outcomes.to_vec())), 0..6);
    let signals = prop::collection::vec((0..400_i64, prop::sample::select(stages.to_vec())), 0..6);
    let counts = (some(900), 0..20_i64, 0..20_i64, 0..20_i64, 0..20_i64, 0..20_i64, 0..6_i64);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (outcomes, signals, counts, flags, prop::option::of(0..180_i64)).prop_map(
        |(mut outcomes, mut signals, (last, recent, before, outbound, answered, engagements, people), flags, left)| {
            outcomes.sort_by_key(|(age, outcome)| (*age, *outcome as u8));
            signals.sort_by_key(|(age, stage)| (*age, *stage as u8));
            let (any, champion_attended, decision_maker_attended, roles, champion) = flags;
            Touch {
                any,
                last,
                recent,
                before,
                outbound,
                answered: answered.min(outbound),
                outcomes,
                signals,
                engagements,
                people,
                champion_attended,
                decision_maker_attended,
                roles,
                champion_left: left,
                champion,
            }
        },
    )
}

/// Any account.
pub(super) fn any_facts() -> impl Strategy<Value = Facts> {
    let past = (total(13, 10_000), total(31, 10_000)).prop_map(|(recent, older)| EarlierHealth { recent, older });
    let adjustment = prop::option::weighted(0.1, 0..=100_i64).prop_map(|score| {
        score.map(|score| Adjustment { score, reason: "known better".into(), until: day(), by: "Ann".into() })
    });
    (account(), usage(), tickets(), touch(), past, adjustment).prop_map(
        |(account, usage, support, touch, past, adjustment)| Facts {
            as_of: day(),
            account,
            usage,
            support,
            touch,
            past,
            adjustment,
        },
    )
}

/// Any organization.
pub(super) fn any_book() -> impl Strategy<Value = Book> {
    let arr = prop::collection::vec(0..100_000_000_000_i64, 0..30);
    let feeds = (any::<bool>(), any::<bool>(), any::<bool>(), prop::option::of(0..64_i64), 0..=Connected::ALL.0);
    let known = (0..=FULL, 0..=FULL).prop_map(|(health, churn)| MeanCoverages { health, churn });
    (feeds, total(500, 10_000), any::<bool>(), arr, known).prop_map(|(feeds, csat, payments, mut arr, known)| {
        let (usage_live, support_live, support_settled, usage_last, connected) = feeds;
        arr.sort_unstable();
        let arr = std::array::from_fn(|_| arr.clone());
        let connected = Connected(connected);
        Book { usage_live, support_live, support_settled, usage_last, csat, payments, arr, connected, known }
    })
}

/// Any model: the built-in one with other weights, of which some may be 0.
pub(super) fn any_model() -> impl Strategy<Value = Model> {
    prop::collection::vec(prop_oneof![Just(0), 1..=100_000_i64, Just(100_000)], 26).prop_map(|weights| {
        let mut weights = weights.into_iter().map(Points);
        let mut next = || weights.next().unwrap_or(Points(1));
        let mut model = MODEL.clone();
        let (health, churn) = (&mut model.health, &mut model.churn);
        health.product_usage.weight = next();
        health.product_usage.login_frequency.weight = next();
        health.product_usage.feature_adoption.weight = next();
        health.product_usage.session_duration.weight = next();
        health.product_usage.user_activity.weight = next();
        health.product_usage.training.weight = Points(100);
        health.support.weight = next();
        health.support.ticket_volume.weight = next();
        health.support.ticket_severity.weight = next();
        health.support.resolution_time.weight = next();
        health.support.csat.weight = Points(100);
        health.engagement.weight = next();
        health.engagement.meeting_frequency.weight = next();
        health.engagement.response_rate.weight = next();
        health.engagement.outcomes.weight = next();
        health.engagement.stakeholders.weight = Points(100);
        health.business.weight = Points(100);
        health.business.contract_value.weight = next();
        health.business.payment.weight = next();
        health.business.expansion.weight = next();
        health.business.renewal.weight = Points(100);
        churn.declining_health.weight = next();
        churn.reduced_engagement.weight = next();
        churn.support_escalations.weight = next();
        churn.contract_payment.weight = next();
        churn.competitive.weight = Points(100);
        model
    })
}
