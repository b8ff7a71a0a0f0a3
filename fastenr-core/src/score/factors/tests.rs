//! Every factor at its anchors, between them, outside, missing and silent.

use chrono::TimeDelta;

use crate::model::{RenewalStage, Size, Status};
use crate::score::factor::Factor;
use crate::score::facts::{Book, Connected, Facts, Outcome, Severe};
use crate::score::reading::Missing;
use crate::score::testing::{MODEL, book, in_days, nobody, steady, sum};

/// Points of a factor, or why it has none.
fn points(factor: Factor, facts: &Facts, book: &Book) -> Result<i64, Missing> {
    super::read(factor, facts, book, &MODEL).map(|reading| reading.points)
}

/// Each case changes a steady customer.
fn of(factor: Factor, change: impl FnOnce(&mut Facts)) -> Result<i64, Missing> {
    let mut facts = steady();
    change(&mut facts);
    points(factor, &facts, &book())
}

fn silent(facts: &mut Facts) {
    facts.usage.logins = sum(0, 0);
    facts.usage.adoption = sum(0, 0);
    facts.usage.session = sum(0, 0);
    facts.usage.active_users = None;
}

#[test]
fn logins_a_seat_and_week() {
    let logins = |logins| of(Factor::LoginFrequency, |facts| facts.usage.logins = sum(logins, 28));
    // 50 seats for 4 weeks: 200 logins are one per seat and week.
    for (count, expected) in
        [(0, 0), (50, 2_000), (100, 4_000), (150, 5_000), (200, 6_000), (500, 8_000), (1_000, 10_000), (9_000, 10_000)]
    {
        assert_eq!(logins(count), Ok(expected), "{count}");
    }
    let covered = |first| {
        of(Factor::LoginFrequency, |facts| {
            (facts.usage.first_row, facts.usage.logins) = (Some(first), sum(100, 14));
        })
    };
    assert_eq!(covered(12), Err(Missing::TooFewDays { days: 13, least: 14 }));
    assert_eq!((covered(13), covered(27), covered(400)), (Ok(6_000), Ok(4_000), Ok(4_000)));
    let absolute = |logins| {
        of(Factor::LoginFrequency, |facts| (facts.account.seats, facts.usage.logins) = (None, sum(logins, 28)))
    };
    assert_eq!(
        [0, 4, 12, 20, 30, 40, 80, 99].map(absolute),
        [0, 2_000, 4_000, 6_000, 7_000, 8_000, 10_000, 10_000].map(Ok)
    );
    // No seats are seats that are not known.
    assert_eq!(of(Factor::LoginFrequency, |facts| facts.account.seats = Some(0)), absolute(500));
}

#[test]
fn silence_is_not_missing() {
    let usage = [Factor::LoginFrequency, Factor::FeatureAdoption, Factor::SessionDuration, Factor::UserActivity];
    for factor in usage {
        assert_eq!(of(factor, silent), Ok(0), "{factor}");
        let mut facts = steady();
        silent(&mut facts);
        assert_eq!(points(factor, &facts, &Book { usage_live: false, ..book() }), Err(Missing::FeedSilent), "{factor}");
        let untold = Connected(Connected::ALL.0 & !(1 << factor.place()));
        assert_eq!(points(factor, &facts, &Book { connected: untold, ..book() }), Err(Missing::FeedSilent), "{factor}");
        let mut never = nobody();
        never.account.seats = Some(50);
        assert_eq!(points(factor, &never, &book()), Err(Missing::NoRows), "{factor}");
    }
    // Rows that tell other things are no silence.
    assert_eq!(of(Factor::LoginFrequency, |facts| facts.usage.logins = sum(0, 0)), Err(Missing::NotTold));
    assert_eq!(of(Factor::FeatureAdoption, |facts| facts.usage.adoption = sum(0, 0)), Err(Missing::NotTold));
    let never_counted = |facts: &mut Facts| {
        silent(facts);
        facts.usage.ever_active_users = false;
    };
    assert_eq!(of(Factor::UserActivity, never_counted), Err(Missing::NoRows));
    // Minutes that were told so long ago that they are forgotten must not turn missing, which could lift the score.
    let no_minutes = |facts: &mut Facts| {
        silent(facts);
        (facts.usage.session_before, facts.usage.session_first) = (sum(0, 0), None);
    };
    assert_eq!(of(Factor::SessionDuration, no_minutes), Ok(0));
    // What was learned stays.
    assert_eq!(of(Factor::Training, silent), Ok(8_500));
}

#[test]
fn adoption_sessions_users_training() {
    let adoption = |percent: i64| of(Factor::FeatureAdoption, |facts| facts.usage.adoption = sum(percent * 100 * 3, 3));
    assert_eq!([0, 20, 40, 50, 60, 80, 100].map(adoption), [0, 2_000, 4_000, 6_000, 8_000, 9_000, 10_000].map(Ok));

    // Ten minutes before.
    let session = |minutes: i64| of(Factor::SessionDuration, |facts| facts.usage.session = sum(minutes * 2_800, 28));
    assert_eq!([0, 5, 8, 9, 10, 30].map(session), [0, 4_000, 8_000, 9_000, 10_000, 10_000].map(Ok));
    let minutes = |minutes: i64, first: i64| {
        of(Factor::SessionDuration, |facts| {
            (facts.usage.session, facts.usage.session_first) = (sum(minutes * 2_800, 28), Some(first));
        })
    };
    // 28 days of baseline are there from the 56th day on.
    assert_eq!((minutes(8, 54), minutes(8, 55)), (Ok(8_000), Ok(8_000)));
    assert_eq!((minutes(1, 54), minutes(1, 55)), (Ok(2_000), Ok(800)));
    assert_eq!((minutes(14, 54), minutes(60, 54)), (Ok(9_000), Ok(10_000)));
    // A baseline of nothing is none.
    let idle = |facts: &mut Facts| facts.usage.session_before = sum(0, 84);
    assert_eq!(of(Factor::SessionDuration, idle), Ok(8_333));

    let users = |users| of(Factor::UserActivity, |facts| facts.usage.active_users = Some(users));
    assert_eq!([0, 10, 25, 40, 45, 50, 70].map(users), [0, 1_600, 4_000, 8_000, 9_000, 10_000, 10_000].map(Ok));
    assert_eq!(of(Factor::UserActivity, |facts| facts.account.seats = None), Err(Missing::NoSeats));

    let training = |percent: i64| of(Factor::Training, |facts| facts.usage.training = Some(percent * 100));
    assert_eq!([0, 25, 50, 65, 80, 100].map(training), [0, 2_000, 4_000, 6_000, 8_000, 10_000].map(Ok));
    assert_eq!(of(Factor::Training, |facts| facts.usage.training = None), Err(Missing::NoRows));
}

#[test]
fn tickets() {
    let volume = |tickets, seats| {
        of(Factor::TicketVolume, |facts| {
            (facts.account.seats, facts.support.tickets_30) = (seats, sum(tickets, 4));
        })
    };
    for (tickets, expected) in
        [(0, 10_000), (1, 10_000), (3, 9_000), (5, 8_000), (10, 6_000), (15, 4_000), (30, 0), (99, 0)]
    {
        for seats in [None, Some(0), Some(40), Some(100)] {
            assert_eq!(volume(tickets, seats), Ok(expected), "{tickets} {seats:?}");
        }
        assert_eq!(volume(tickets * 20, Some(2_000)), Ok(expected));
    }
    let quiet = |facts: &mut Facts| facts.support.tickets_30 = sum(0, 0);
    assert_eq!(of(Factor::TicketVolume, quiet), Ok(10_000));
    let mut facts = steady();
    quiet(&mut facts);
    let dead = Book { support_live: false, ..book() };
    assert_eq!(points(Factor::TicketVolume, &facts, &dead), Err(Missing::FeedSilent));
}

/// Who never had a row has no ticket, where the feed would have told of one.
#[test]
fn no_ticket_is_none() {
    for factor in [Factor::TicketVolume, Factor::TicketSeverity] {
        assert_eq!(points(factor, &nobody(), &book()), Ok(10_000), "{factor}");
        let untold = Connected(Connected::ALL.0 & !(1 << factor.place()));
        for silent in [
            Book { support_live: false, ..book() },
            Book { support_settled: false, ..book() },
            Book { connected: untold, ..book() },
        ] {
            assert_eq!(points(factor, &nobody(), &silent), Err(Missing::NoRows), "{factor} {silent:?}");
        }
    }
    for factor in [Factor::ResolutionTime, Factor::Csat] {
        assert_eq!(points(factor, &nobody(), &book()), Err(Missing::NoRows), "{factor}");
    }
}

#[test]
fn severity_fades_and_large_customers_bear_more() {
    let severity = |severe: &[(i64, i64, i64)], seats| {
        of(Factor::TicketSeverity, |facts| {
            facts.account.seats = seats;
            let day = |(age, urgent, escalated): &(i64, i64, i64)| Severe {
                age: *age,
                urgent: *urgent,
                escalated: *escalated,
            };
            facts.support.severe = severe.iter().map(day).collect();
        })
    };
    assert_eq!(severity(&[], None), Ok(10_000));
    assert_eq!(severity(&[(0, 1, 0)], None), Ok(7_000));
    assert_eq!(severity(&[(0, 0, 1)], Some(500)), Ok(6_000));
    assert_eq!(severity(&[(45, 1, 0)], None), Ok(8_500));
    assert_eq!(severity(&[(0, 1, 0), (45, 0, 1)], None), Ok(5_000));
    assert_eq!(severity(&[(30, 1, 0)], None), Ok(8_110)); // 30 x 0.62996
    assert_eq!(severity(&[(0, 1, 0)], Some(2_000)), Ok(9_250));
    assert_eq!(severity(&[(0, 1, 0)], Some(750)), Ok(8_000));
    assert_eq!(severity(&[(0, 9, 9)], None), Ok(0));
    let untold = |facts: &mut Facts| facts.support.severity_rows = 0;
    assert_eq!(of(Factor::TicketSeverity, untold), Err(Missing::NotTold));
    let silent = |facts: &mut Facts| (facts.support.severity_rows, facts.support.tickets_90) = (0, sum(0, 0));
    assert_eq!(of(Factor::TicketSeverity, silent), Ok(10_000));
}

#[test]
fn resolution_and_satisfaction() {
    let resolution = |hours: i64| of(Factor::ResolutionTime, |facts| facts.support.resolution = sum(hours * 400, 4));
    assert_eq!(
        [0, 12, 18, 24, 36, 48, 72, 96, 500].map(resolution),
        [10_000, 10_000, 9_000, 8_000, 6_000, 4_000, 2_000, 0, 0].map(Ok)
    );
    let few = |facts: &mut Facts| facts.support.resolution = sum(200, 2);
    assert_eq!(
        of(Factor::ResolutionTime, few),
        Err(Missing::TooFew { what: "resolved in 90 days", count: 2, least: 3 })
    );
    assert_eq!(points(Factor::ResolutionTime, &nobody(), &book()), Err(Missing::NoRows));

    let csat = |percent: i64, answers: i64, organization: i64| {
        let mut facts = steady();
        facts.support.csat = sum(percent * 100 * answers, answers);
        points(Factor::Csat, &facts, &Book { csat: sum(organization * 100 * 40, 40), ..book() })
    };
    // Five answers of the organization's mean beside the customer's own.
    assert_eq!(csat(85, 5, 85), Ok(8_000));
    assert_eq!(csat(95, 5, 75), Ok(8_000));
    assert_eq!(csat(100, 5, 90), Ok(10_000));
    assert_eq!(csat(0, 1, 84), Ok(4_000));
    assert_eq!(csat(0, 1_000_000, 0), Ok(0));
    assert_eq!(csat(70, 3, 70), Ok(4_000));
    assert_eq!(csat(35, 3, 35), Ok(2_000));
    let none = |facts: &mut Facts| facts.support.csat = sum(0, 0);
    assert_eq!(of(Factor::Csat, none), Err(Missing::NoRows));
}

#[test]
fn engagement_has_to_be_logged() {
    let all = [Factor::MeetingFrequency, Factor::ResponseRate, Factor::Outcomes, Factor::Stakeholders];
    for factor in all {
        assert_eq!(of(factor, |facts| facts.touch.any = false), Err(Missing::NoEngagement), "{factor}");
    }
}

#[test]
fn meetings_by_cadence() {
    let met = |size: Option<Size>, days: i64| {
        of(Factor::MeetingFrequency, |facts| (facts.account.size, facts.touch.last) = (size, Some(days)))
    };
    for size in [Some(Size::Large), Some(Size::Enterprise)] {
        let large = |days| met(size, days);
        assert_eq!([0, 7, 35, 60, 90, 120, 900].map(large), [10_000, 9_600, 8_000, 4_000, 2_000, 0, 0].map(Ok));
    }
    for size in [Some(Size::Small), Some(Size::Medium), None] {
        assert_eq!([0, 65, 90, 135, 180, 181].map(|days| met(size, days)), [10_000, 8_000, 4_000, 2_000, 0, 0].map(Ok));
    }
    assert_eq!(met(Some(Size::Startup), 3), Err(Missing::NoCadence));
    assert_eq!(of(Factor::MeetingFrequency, |facts| facts.touch.last = None), Err(Missing::NoTouch));
}

#[test]
fn answers_outcomes_and_people() {
    let answered =
        |answered| of(Factor::ResponseRate, |facts| (facts.touch.outbound, facts.touch.answered) = (20, answered));
    assert_eq!([0, 5, 12, 15, 18, 20].map(answered), [0, 4_000, 8_000, 9_000, 10_000, 10_000].map(Ok));
    let few = |facts: &mut Facts| facts.touch.outbound = 2;
    assert_eq!(of(Factor::ResponseRate, few), Err(Missing::TooFew { what: "e-mails sent", count: 2, least: 3 }));

    let outcomes = |outcomes: &[(i64, Outcome)]| of(Factor::Outcomes, |facts| facts.touch.outcomes = outcomes.to_vec());
    for (outcome, expected) in [
        (Outcome::Positive, 10_000),
        (Outcome::Neutral, 6_000),
        (Outcome::ActionRequired, 5_000),
        (Outcome::Negative, 0),
    ] {
        assert_eq!(outcomes(&[(170, outcome)]), Ok(expected));
    }
    // The older one counts half.
    assert_eq!(outcomes(&[(0, Outcome::Positive), (45, Outcome::Negative)]), Ok(6_667));
    assert_eq!(outcomes(&[(0, Outcome::Negative), (45, Outcome::Positive)]), Ok(3_333));
    assert_eq!(outcomes(&[]), Err(Missing::NoOutcome));

    let people = |people, champion, decision_maker| {
        of(Factor::Stakeholders, |facts| {
            facts.touch.people = people;
            (facts.touch.champion_attended, facts.touch.decision_maker_attended) = (champion, decision_maker);
        })
    };
    assert_eq!(
        (people(1, false, false), people(1, true, false), people(1, true, true)),
        (Ok(4_000), Ok(6_000), Ok(6_000))
    );
    assert_eq!(
        (people(2, false, false), people(2, false, true), people(5, true, true)),
        (Ok(4_000), Ok(7_000), Ok(10_000))
    );
    assert_eq!(people(0, false, false), Err(Missing::NoAttendee));
    assert_eq!(of(Factor::Stakeholders, |facts| facts.touch.engagements = 0), Err(Missing::NoAttendee));
    assert_eq!(of(Factor::Stakeholders, |facts| facts.touch.roles = false), Err(Missing::NoRoles));
}

#[test]
fn value_and_payment() {
    let ranked = |arr, others: Vec<i64>| {
        let mut facts = steady();
        facts.account.arr = Some(arr);
        let mut book = book();
        book.arr[Size::Medium as usize] = others;
        points(Factor::ContractValue, &facts, &book)
    };
    let ascending = || (1..=21).collect();
    assert_eq!(
        (ranked(1, ascending()), ranked(11, ascending()), ranked(21, ascending())),
        (Ok(4_000), Ok(7_000), Ok(10_000))
    );
    assert_eq!(ranked(6, ascending()), Ok(5_500));
    assert_eq!(ranked(7, vec![7; 20]), Ok(7_000));
    assert_eq!(ranked(7, vec![7; 19]), Err(Missing::TooFew { what: "accounts of its size", count: 19, least: 20 }));
    assert_eq!(of(Factor::ContractValue, |facts| facts.account.arr = None), Err(Missing::NoArr));
    assert_eq!(of(Factor::ContractValue, |facts| facts.account.status = Status::Churned), Err(Missing::Churned));

    let due = |days: i64| of(Factor::Payment, |facts| facts.account.past_due_since = in_days(-days));
    assert_eq!([0, 7, 30, 45, 60, 75, 90, 400].map(due), [10_000, 8_000, 4_000, 2_500, 1_000, 500, 0, 0].map(Ok));
    assert_eq!(due(-3), Ok(10_000));
    assert_eq!(of(Factor::Payment, |_| ()), Ok(10_000));
    assert_eq!(points(Factor::Payment, &steady(), &Book { payments: false, ..book() }), Err(Missing::NoPayments));
}

#[test]
fn growth_and_renewal() {
    // 42 of 50 seats are neither a bonus nor a malus.
    let growth = |percent: i64| of(Factor::Expansion, |facts| facts.account.arr = Some(50_000 * (100 + percent)));
    assert_eq!(
        [-60, -30, -20, -10, 0, 5, 10, 20, 90].map(growth),
        [0, 0, 2_000, 4_000, 6_000, 7_000, 8_000, 10_000, 10_000].map(Ok)
    );
    let used = |users| of(Factor::Expansion, |facts| facts.usage.active_users = Some(users));
    assert_eq!([37, 38, 44, 45].map(used), [5_000, 6_000, 6_000, 7_000].map(Ok));
    assert_eq!(of(Factor::Expansion, silent), Ok(5_000));
    assert_eq!(of(Factor::Expansion, |facts| facts.account.arr = Some(0)), Err(Missing::NoArr));
    assert_eq!(of(Factor::Expansion, |facts| facts.account.arr_before = None), Err(Missing::NoEarlierArr));
    assert_eq!(of(Factor::Expansion, |facts| facts.account.arr_before = Some(0)), Err(Missing::NoEarlierArr));

    let stage = |stage| of(Factor::Renewal, |facts| facts.account.renewal_stage = Some(stage));
    assert_eq!(stage(RenewalStage::Committed), Ok(10_000));
    assert_eq!(stage(RenewalStage::Likely), Ok(8_000));
    assert_eq!(stage(RenewalStage::AtRisk), Ok(3_000));
    assert_eq!(stage(RenewalStage::WillChurn), Ok(0));
    let auto = |facts: &mut Facts| facts.account.auto_renew = Some(true);
    assert_eq!(of(Factor::Renewal, auto), Ok(8_000));
    let ends = |days: i64| of(Factor::Renewal, |facts| facts.account.contract_end = in_days(days));
    assert_eq!([0, 15, 30, 90, 135, 180, 700].map(ends), [3_000, 4_000, 5_000, 7_000, 7_500, 8_000, 8_000].map(Ok));
    assert_eq!((ends(-1), ends(-90), ends(-91)), (Ok(1_000), Ok(1_000), Err(Missing::StaleContractEnd { days: 91 })));
    let none = |facts: &mut Facts| facts.account.contract_end = None;
    assert_eq!(of(Factor::Renewal, none), Err(Missing::NoContractEnd));
    let late = steady().as_of + TimeDelta::days(1);
    assert_eq!(of(Factor::Renewal, |facts| facts.as_of = late), Ok(8_000));
}

#[test]
fn facts_are_told_in_a_phrase() {
    let told = |factor| super::read(factor, &steady(), &book(), &MODEL).map(|reading| reading.fact.to_string());
    assert_eq!(told(Factor::LoginFrequency).unwrap(), "500 logins in 28 days, 50 seats: 2.5 per seat and week");
    assert_eq!(told(Factor::UserActivity).unwrap(), "42 active users on 50 seats: 84 %");
    assert_eq!(told(Factor::MeetingFrequency).unwrap(), "last met 20 days ago, cadence 65 days");
    assert_eq!(told(Factor::Renewal).unwrap(), "contract ends in 300 days");
    assert_eq!(told(Factor::ContractValue).unwrap_err().to_string(), "0 accounts of its size, at least 20 needed");
}
