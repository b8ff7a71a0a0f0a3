//! What a report on engagements says of a few, and what holds of any.

use crate::model::engagement::{Direction, Outcome};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::report::*;
use crate::arr::Period;
use crate::model::TimeZone;

type TestEngagement = Engagement<&'static str>;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

/// A call with account `account`, completed then.
fn call(account: u128, completed: &str) -> TestEngagement {
    Engagement {
        account: Uuid::from_u128(account),
        group: "call",
        email: false,
        direction: None,
        outcome: None,
        scheduled_at: None,
        completed_at: Some(at(completed)),
        responded_at: None,
    }
}

fn sent(completed: &str, responded: Option<&str>) -> TestEngagement {
    let answer = responded.map(at);
    Engagement {
        group: "email",
        email: true,
        direction: Some(Direction::Outbound),
        responded_at: answer,
        ..call(1, completed)
    }
}

/// Of March 2026, on the first of April, in Berlin.
fn march(engagements: &[TestEngagement]) -> EngagementReport<&'static str> {
    let period = Period::new(date("2026-03-01"), date("2026-03-31")).unwrap();
    let mut report = Report::new(period, date("2026-04-01"), TimeZone::parse("Europe/Berlin").unwrap());
    for engagement in engagements {
        report.add(engagement.clone());
    }
    report.finish()
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(march(&[]), EngagementReport { groups: Vec::new(), total: Statistics::default() });
}

#[test]
fn completed_in_the_period_by_the_days_of_the_place() {
    for (completed, counts) in [
        ("2026-02-28T22:59", 0),
        ("2026-02-28T23:00", 1), // midnight in Berlin
        ("2026-03-31T21:59", 1), // summer time by then
        ("2026-03-31T22:00", 0),
    ] {
        assert_eq!(march(&[call(1, completed)]).total.completed, counts, "{completed}");
    }
    let open =
        |scheduled: &str| Engagement { completed_at: None, scheduled_at: Some(at(scheduled)), ..call(1, scheduled) };
    for (scheduled, counts) in [("2026-02-28T22:59", 0), ("2026-02-28T23:00", 1), ("2026-03-31T22:00", 0)] {
        assert_eq!(march(&[open(scheduled)]).total.not_completed, counts, "{scheduled}");
    }
    let neither = Engagement { completed_at: None, ..call(1, "2026-03-05T10:00") };
    assert_eq!(march(&[neither]).total, Statistics::default());
}

#[test]
fn outcomes_and_frequency() {
    let with = |outcome| Engagement { outcome, ..call(1, "2026-03-05T10:00") };
    use Outcome::{ActionRequired, Negative, Neutral, Positive};
    let total =
        march(&[Some(Positive), Some(Positive), Some(Neutral), Some(Negative), Some(ActionRequired), None].map(with))
            .total;
    assert_eq!(total.outcomes, Outcomes { positive: 2, neutral: 1, negative: 1, action_required: 1, none: 1 });
    assert_eq!(total.per_30_days_hundredths, 581); // 6 × 30 / 31 = 5.806…
}

#[test]
fn gaps() {
    let gaps = |engagements: &[TestEngagement]| march(engagements).total.gaps;
    let one = gaps(&[call(1, "2026-03-20T10:00")]);
    assert_eq!((one.count, one.median_days, one.longest_days, one.since_last_days), (0, None, None, Some(12)));

    // The first is before the period, the last after today.
    let days = ["2026-02-20T10:00", "2026-03-02T10:00", "2026-03-02T15:00", "2026-03-23T10:00", "2026-04-09T10:00"];
    let some = gaps(&days.map(|day| call(1, day)));
    assert_eq!((some.count, some.longest_days), (3, Some(21))); // 10, 0, 21
    assert_eq!(some.median_days.unwrap().to_string(), "10");
    assert_eq!((some.since_last_days, some.longest_since_last_days), (Some(9), Some(9)));

    let two = gaps(&[call(1, "2026-03-20T10:00"), call(2, "2026-03-01T10:00"), call(2, "2026-03-06T10:00")]);
    assert_eq!((two.count, two.longest_days), (1, Some(5)));
    assert_eq!((two.since_last_days, two.longest_since_last_days), (Some(12), Some(26)));

    // Within a group only engagements of it follow each other.
    let mixed = march(&[call(1, "2026-03-01T10:00"), sent("2026-03-05T10:00", None), call(1, "2026-03-09T10:00")]);
    let longest: Vec<_> = mixed.groups.iter().map(|(group, figures)| (*group, figures.gaps.longest_days)).collect();
    assert_eq!(longest, [("call", Some(8)), ("email", None)]);
    assert_eq!((mixed.total.gaps.count, mixed.total.gaps.longest_days), (2, Some(4)));
}

#[test]
fn responses() {
    let responses = |engagements: &[TestEngagement]| march(engagements).total.responses;
    let none = responses(&[call(1, "2026-03-02T10:00")]);
    assert_eq!((none, none.answered_share(), none.median_hours_hundredths()), (Responses::default(), None, None));

    let received = Engagement { direction: Some(Direction::Inbound), ..sent("2026-03-02T09:00", None) };
    let answered_call = Engagement { responded_at: Some(at("2026-03-02T12:15")), ..call(1, "2026-03-02T10:00") };
    let all = responses(&[
        received,
        answered_call,
        sent("2026-03-03T10:00", Some("2026-03-03T11:00")),
        sent("2026-03-04T10:00", None),
        sent("2026-03-05T10:00", Some("2026-03-05T09:00")), // from before: 0
        sent("2026-03-06T10:00", Some("2026-03-16T10:00")),
    ]);
    assert_eq!((all.expected, all.answered, all.answered_share()), (5, 4, Some(8_000)));
    assert_eq!(all.median_seconds.unwrap().to_string(), "5850"); // between 3,600 and 8,100
    assert_eq!(all.median_hours_hundredths(), Some(162)); // 1.625
}

const DAYS: i64 = 40;

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..DAYS * 8).prop_map(|part| at("2026-02-24T00:00") + TimeDelta::hours(part * 3))
}

prop_compose! {
    fn engagement()(
        account in 0_u128..3,
        group in prop_oneof![Just("call"), Just("email")],
        direction in proptest::option::of(prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound)]),
        outcome in proptest::option::of(prop_oneof![
            Just(Outcome::Positive), Just(Outcome::Neutral), Just(Outcome::Negative), Just(Outcome::ActionRequired)
        ]),
        scheduled_at in proptest::option::of(instant()),
        completed_at in proptest::option::weighted(0.8, instant()),
        responded_at in proptest::option::of(instant()),
    ) -> TestEngagement {
        let account = Uuid::from_u128(account);
        Engagement { account, group, email: group == "email", direction, outcome, scheduled_at, completed_at, responded_at }
    }
}

fn engagements() -> impl Strategy<Value = Vec<TestEngagement>> {
    prop::collection::vec(engagement(), 0..24).prop_map(|mut all| {
        all.sort_by_key(|engagement| (engagement.account, engagement.completed_at));
        all
    })
}

/// The gaps of [`march`] and, by account, the day last met: computed by comparing all with all.
fn gaps_of(engagements: &[TestEngagement]) -> (Vec<i64>, Vec<NaiveDate>) {
    let zone = TimeZone::parse("Europe/Berlin").unwrap();
    let (mut gaps, mut last) = (Vec::new(), Vec::new());
    for account in 0..3 {
        let own = engagements.iter().filter(|engagement| engagement.account == Uuid::from_u128(account));
        let days: Vec<_> = own.filter_map(|engagement| engagement.completed_at).map(|at| zone.day(at)).collect();
        let follow = days.iter().zip(days.iter().skip(1));
        gaps.extend(
            follow.filter(|(_, day)| day.to_string().starts_with("2026-03")).map(|(from, to)| (*to - *from).num_days()),
        );
        last.extend(days.iter().filter(|day| **day <= date("2026-04-01")).max());
    }
    (gaps, last)
}

proptest! {
    #[test]
    fn groups_make_the_total(engagements in engagements()) {
        let report = march(&engagements);
        let counts = |of: &Statistics| {
            let Outcomes { positive, neutral, negative, action_required, none } = of.outcomes;
            let Responses { expected, answered, .. } = of.responses;
            [of.completed, of.not_completed, positive, neutral, negative, action_required, none, expected, answered]
        };
        let mut sums = [0; 9];
        for (_, of) in &report.groups {
            sums.iter_mut().zip(counts(of)).for_each(|(sum, count)| *sum += count);
        }
        prop_assert_eq!(sums, counts(&report.total));
    }

    #[test]
    fn counts_fit_together(engagements in engagements()) {
        let report = march(&engagements);
        for of in report.groups.iter().map(|(_, of)| of).chain([&report.total]) {
            let Outcomes { positive, neutral, negative, action_required, none } = of.outcomes;
            prop_assert_eq!(positive + neutral + negative + action_required + none, of.completed);
            prop_assert!(of.responses.answered <= of.responses.expected && of.responses.expected <= of.completed);
            prop_assert!(of.gaps.count <= of.completed);
            prop_assert!(of.gaps.since_last_days <= of.gaps.longest_since_last_days);
            prop_assert!(of.gaps.median_days.map(Median::halves) <= of.gaps.longest_days.map(|days| 2 * days));
            prop_assert_eq!(of.gaps.median_days.is_some(), of.gaps.count > 0);
            prop_assert!(of.responses.answered_share().is_none_or(|share| (0..=10_000).contains(&share)));
        }
    }

    #[test]
    fn gaps_are_what_comparing_finds(engagements in engagements()) {
        let report = march(&engagements);
        let of_group = |group: &str| engagements.iter().filter(|one| one.group == group).cloned().collect::<Vec<_>>();
        let groups = report.groups.iter().map(|(group, of)| (of_group(group), of));
        for (engagements, of) in groups.chain([(engagements.clone(), &report.total)]) {
            let (mut gaps, last) = gaps_of(&engagements);
            let since = |day: Option<&NaiveDate>| day.map(|day| (date("2026-04-01") - *day).num_days());
            prop_assert_eq!(of.gaps, Gaps {
                count: gaps.len() as u64,
                longest_days: gaps.iter().copied().max(),
                median_days: Median::of(&mut gaps),
                since_last_days: since(last.iter().max()),
                longest_since_last_days: since(last.iter().min()),
            });
        }
    }
}
