//! Whole accounts whose scores a customer success manager would believe.

use super::testing::{MODEL, book, in_days, nobody, steady, sum};
use super::*;
use crate::model::{RenewalStage, Size, Status, StatusSource};

fn turned(scores: &Scores) -> Option<Status> {
    status(Status::Active, StatusSource::Import, scores, &MODEL.status)
}

/// An organization that has nothing but accounts.
fn bare() -> Book {
    Book::default()
}

/// The alerts of scores that would open.
fn opened(facts: &Facts, scores: &Scores) -> usize {
    let levels = alerts::conditions(facts, scores, &alerts::Trail::default(), &MODEL, &alerts::Levels::NONE);
    let rules = alerts::Rule::ALL.iter().filter(|rule| rule.of_scores());
    rules.filter(|rule| levels.level(**rule) > 0).count()
}

#[test]
fn nothing_is_known() {
    let scores = score(&nobody(), &Book::default(), &MODEL);
    let (health, churn) = (&scores.health, &scores.churn);
    assert_eq!((health.score, health.band, health.coverage), (50, Band::InsufficientData, 0));
    assert_eq!((churn.score, churn.band, churn.coverage), (0, ChurnBand::InsufficientData, 0));
    assert_eq!(turned(&scores), None);
    let explained = explain(&MODEL, &scores);
    assert_eq!(
        (explained.lines.len(), explained.lines[0].name, explained.lines[0].contribution),
        (1, "no_data", Amount(5_000))
    );
}

#[test]
fn only_arr_and_a_contract() {
    for days in [300, -5] {
        let mut facts = nobody();
        (facts.account.arr, facts.account.contract_end) = (Some(1_200_000), in_days(days));
        let scores = score(&facts, &bare(), &MODEL);
        assert_eq!(scores.health.band, Band::InsufficientData);
        assert!((44..=55).contains(&scores.health.score), "{days}: {}", scores.health.score);
        assert_eq!((turned(&scores), opened(&facts, &scores)), (None, 0));
        assert_eq!(reach(&facts, &bare(), &MODEL, &scores), NextBand::Behaviour);
    }
}

/// A business that is known in full, and a feed that would have told of tickets, say nothing of how the product is used.
#[test]
fn nothing_of_its_own() {
    let mut facts = steady();
    (facts.usage, facts.support, facts.touch) = (Usage::default(), Tickets::default(), Touch::default());
    let scores = score(&facts, &book(), &MODEL);
    assert!(scores.health.coverage > 2_000, "{}", scores.health.coverage);
    assert_eq!((scores.health.band, scores.health.own), (Band::InsufficientData, false));
    assert_eq!((turned(&scores), opened(&facts, &scores)), (None, 0));
    let explained = explain(&MODEL, &scores);
    let line = explained.lines.iter().find(|line| line.name == "coverage").map(|line| line.fact.as_str());
    assert_eq!(line, Some("no usage, support or engagement data of its own: score pulled toward 50"));
    // One row of tickets, long ago, is enough; so is a factor that weighs nothing.
    facts.support.first_row = Some(300);
    assert_eq!(score(&facts, &book(), &MODEL).health.band, Band::Healthy);
    (facts.support.first_row, facts.usage.training) = (None, Some(9_000));
    let mut model = MODEL.clone();
    model.health.product_usage.training.weight = Points(0);
    assert_eq!(score(&facts, &book(), &model).health.band, Band::Healthy);
}

#[test]
fn only_logins_and_adoption() {
    let mut facts = nobody();
    facts.usage =
        Usage { first_row: Some(300), logins: sum(60, 28), adoption: sum(28 * 6_500, 28), ..Usage::default() };
    let connected = Connected(1 << Factor::LoginFrequency.place() | 1 << Factor::FeatureAdoption.place());
    let known = MeanCoverages { health: 2_200, churn: 0 };
    let book = Book { usage_live: true, usage_last: Some(0), connected, known, ..Book::default() };
    let scores = score(&facts, &book, &MODEL);
    let health = &scores.health;
    assert_eq!((health.coverage, health.floor, health.drawn), (2_200, 1_100, health.raw));
    assert_eq!(health.band, Band::Healthy, "{}", health.score);
    assert_eq!(explain(&MODEL, &scores).coverage, Amount(2_200));
    // The mean, and so the floor, is that of the book: the account is not judged by itself.
    let mut survey = Survey::default();
    survey.add(&facts, &scores, &MODEL);
    assert_eq!(survey.known().health, 2_200);
}

/// Below the floor a score is drawn by coverage / 25 %, whatever the floor.
#[test]
fn little_is_drawn_toward_50() {
    let mut facts = nobody();
    facts.usage = Usage { training: Some(10_000), ..Usage::default() };
    facts.account.auto_renew = Some(true);
    let drawn = |known| {
        let book = Book { known, ..Book::default() };
        let scores = score(&facts, &book, &MODEL);
        assert_eq!((scores.health.coverage, scores.health.band), (775, Band::InsufficientData));
        (scores.health.raw, scores.health.drawn, reach(&facts, &book, &MODEL, &scores))
    };
    // 100 weighs 40, 80 weighs 15.
    let data = |floor| NextBand::Data { coverage: Amount(775), floor: Amount(floor) };
    assert_eq!(drawn(MeanCoverages::default()), (9_455, 6_381, data(1_000)));
    assert_eq!(drawn(MeanCoverages { health: 9_000, churn: 0 }), (9_455, 6_381, data(2_000)));
}

#[test]
fn onboarding() {
    let mut facts = nobody();
    facts.account.seats = Some(50);
    facts.account.contract_start = in_days(-12);
    facts.usage = Usage {
        first_row: Some(11),
        logins: sum(30, 12),
        adoption: sum(12 * 1_500, 12),
        active_users: Some(5),
        ever_active_users: true,
        ..Usage::default()
    };
    let scores = score(&facts, &book(), &MODEL);
    assert_eq!(scores.health.band, Band::Onboarding);
    assert!(scores.health.components[0].unwrap() < 2_000);
    assert_eq!(scores.health.caps, []);
    assert_eq!((turned(&scores), opened(&facts, &scores)), (None, 0));
    // The same usage a year later is a weak component.
    facts.account.contract_start = in_days(-365);
    facts.usage.first_row = Some(365);
    let later = score(&facts, &book(), &MODEL);
    assert!(matches!(later.health.caps[..], [Cap { rule: CapRule::WeakComponent { .. }, most: 5_900 }]));
}

#[test]
fn a_large_enterprise() {
    let mut facts = nobody();
    facts.account.size = Some(Size::Enterprise);
    facts.account.seats = Some(2_000);
    facts.account.contract_end = in_days(200);
    facts.usage =
        Usage { first_row: Some(900), active_users: Some(1_300), ever_active_users: true, ..Usage::default() };
    facts.support = Tickets {
        first_row: Some(900),
        tickets_30: sum(40, 30),
        tickets_90: sum(120, 90),
        severity_rows: 90,
        severe: [8, 22, 38, 52, 68, 82].map(|age| Severe { age, urgent: 1, escalated: 0 }).to_vec(),
        open_urgent: Some(0),
        ..Tickets::default()
    };
    (facts.touch.any, facts.touch.last, facts.touch.recent) = (true, Some(20), 4);
    // The organization's feeds tell what is told here.
    let told = Book { connected: score(&facts, &book(), &MODEL).present(), ..book() };
    let scores = score(&facts, &told, &MODEL);
    let points = |factor: Factor| scores.health.factors[factor.place()].unwrap().points;
    assert!((7_200..7_800).contains(&points(Factor::TicketSeverity)), "{}", points(Factor::TicketSeverity));
    assert!((75..=85).contains(&scores.health.score), "{}", scores.health.score);
    assert!(scores.churn.score < 40, "{}", scores.churn.score);
}

#[test]
fn ten_seats_and_never_met() {
    let mut facts = nobody();
    facts.account.seats = Some(10);
    facts.account.auto_renew = Some(true);
    facts.usage = Usage {
        first_row: Some(200),
        logins: sum(100, 28),
        adoption: sum(28 * 6_000, 28),
        active_users: Some(8),
        ever_active_users: true,
        ..Usage::default()
    };
    facts.support = Tickets {
        first_row: Some(150),
        tickets_30: sum(1, 1),
        tickets_90: sum(3, 3),
        severity_rows: 3,
        ..Tickets::default()
    };
    let scores = score(&facts, &book(), &MODEL);
    assert!((80..=90).contains(&scores.health.score), "{}", scores.health.score);
    assert_eq!(scores.health.components[2], None);
    assert_eq!(scores.churn.band, ChurnBand::Low, "{}", scores.churn.score);
}

/// A customer in good standing who stops, seen every week.
#[test]
fn who_stops_falls_every_week() {
    let weeks: Vec<i64> = (0..=4)
        .map(|week| {
            let mut facts = steady();
            let rows = 28 - 7 * week;
            facts.usage.logins = sum(500 * rows / 28, rows);
            facts.usage.adoption = sum(6_500 * rows, rows);
            facts.usage.session = sum(1_000 * rows, rows);
            facts.usage.active_users = facts.usage.active_users.filter(|_| rows > 0);
            score(&facts, &book(), &MODEL).health.points
        })
        .collect();
    assert!(weeks.is_sorted_by(|before, after| before > after), "{weeks:?}");
    assert!(weeks[0] > 8_000 && weeks[4] <= 5_900, "{weeks:?}");
    // And the risk rises, though they still meet.
    let risks: Vec<i64> = (0..=6)
        .map(|week| {
            let mut facts = steady();
            facts.usage.last_login_ever = Some(7 * week);
            score(&facts, &book(), &MODEL).churn.points
        })
        .collect();
    assert!(risks.is_sorted() && risks[4] - risks[0] > 1_000, "{risks:?}");
}

#[test]
fn caps_and_floors() {
    let of = |change: fn(&mut Facts)| {
        let mut facts = steady();
        change(&mut facts);
        score(&facts, &book(), &MODEL)
    };
    let scores = of(|_| ());
    assert!(scores.health.score > 80 && scores.health.caps.is_empty(), "{}", scores.health.score);
    let left = of(|facts| (facts.touch.champion_left, facts.touch.champion) = (Some(30), false));
    assert_eq!((left.health.score, left.health.band, left.churn.floors.len()), (79, Band::Moderate, 0));
    let replaced = of(|facts| facts.touch.champion_left = Some(30));
    assert_eq!(replaced.health.score, scores.health.score);
    let renewing = of(|facts| {
        (facts.touch.champion_left, facts.touch.champion) = (Some(30), false);
        facts.account.contract_end = in_days(180);
    });
    assert_eq!((renewing.churn.score, renewing.churn.band), (60, ChurnBand::High));
    let urgent = of(|facts| facts.support.open_urgent = Some(2));
    assert_eq!(urgent.health.score, 79);
    let red = |reasoned| Some(Sentiment { age: 5, red: true, reasoned });
    let mut facts = steady();
    facts.support.sentiment = red(true);
    assert_eq!(score(&facts, &book(), &MODEL).health.band, Band::Critical);
    facts.support.sentiment = red(false);
    assert_eq!(score(&facts, &book(), &MODEL).health.caps, []);

    let will_churn = of(|facts| facts.account.renewal_stage = Some(RenewalStage::WillChurn));
    assert_eq!((will_churn.churn.score, turned(&will_churn)), (95, Some(Status::AtRisk)));
    assert_eq!(of(|facts| facts.account.renewal_stage = Some(RenewalStage::AtRisk)).churn.score, 60);
    assert_eq!(of(|facts| facts.account.past_due_since = in_days(-61)).churn.score, 70);
    assert!(of(|facts| facts.account.past_due_since = in_days(-60)).churn.score < 70);
}

#[test]
fn a_component_is_weak_only_where_half_of_it_is_known() {
    let mut facts = steady();
    facts.usage = Usage { first_row: Some(90), logins: sum(0, 28), ..Usage::default() };
    assert_eq!(score(&facts, &book(), &MODEL).health.caps, []);
    facts.usage.adoption = sum(0, 28);
    let scores = score(&facts, &book(), &MODEL);
    assert_eq!(scores.health.caps.len(), 1);
    assert!(scores.health.score <= 59);
}

#[test]
fn a_person_overrides() {
    let mut facts = steady();
    facts.support.sentiment = Some(Sentiment { age: 5, red: true, reasoned: true });
    facts.adjustment =
        Some(Adjustment { score: 85, reason: "renewed by word".into(), until: facts.as_of, by: "Ann".into() });
    let scores = score(&facts, &book(), &MODEL);
    assert_eq!((scores.health.score, scores.health.band), (85, Band::Healthy));
    let explained = explain(&MODEL, &scores);
    let names: Vec<_> = explained.lines.iter().map(|line| line.name).collect();
    assert_eq!(names, ["cap", "adjustment"]);
    assert_eq!(explained.lines[1].fact, "set to 85 by Ann until 2026-06-30: renewed by word");
}

#[test]
fn only_what_holds_the_score_is_told_as_a_cap() {
    let mut facts = steady();
    facts.support.open_urgent = Some(1);
    let mut scores = score(&facts, &book(), &MODEL);
    assert_eq!(explain(&MODEL, &scores).caps.len(), 1);
    // Below the cap already.
    (scores.health.drawn, scores.health.points) = (6_000, 6_000);
    assert_eq!(explain(&MODEL, &scores).caps, []);
}

#[test]
fn statuses() {
    let mut scores = score(&steady(), &book(), &MODEL);
    let rule = &MODEL.status;
    for (health, risk, active, at_risk) in [
        (90, 10, None, Some(Status::Active)),
        (40, 69, None, None),
        (39, 10, Some(Status::AtRisk), None),
        (90, 70, Some(Status::AtRisk), None),
        (50, 59, None, Some(Status::Active)),
        (49, 10, None, None),
        (90, 60, None, None),
    ] {
        (scores.health.score, scores.churn.score) = (health, risk);
        for source in [StatusSource::Import, StatusSource::Model] {
            assert_eq!(status(Status::Active, source, &scores, rule), active, "{health} {risk}");
            // An import's word stands until the import says otherwise.
            let back = at_risk.filter(|_| source == StatusSource::Model);
            assert_eq!(status(Status::AtRisk, source, &scores, rule), back, "{health} {risk}");
            assert_eq!(status(Status::Onboarding, source, &scores, rule), None);
            assert_eq!(status(Status::Churned, source, &scores, rule), None);
        }
        for current in Status::ALL {
            assert_eq!(status(*current, StatusSource::Person, &scores, rule), None);
            assert_eq!(
                status(*current, StatusSource::Model, &scores, &model::StatusRule { enabled: false, ..rule.clone() }),
                None
            );
        }
    }
    // A risk of which little is known turns nothing.
    (scores.health.score, scores.churn.score, scores.churn.band) = (90, 75, ChurnBand::InsufficientData);
    assert_eq!(status(Status::Active, StatusSource::Model, &scores, rule), None);
}

#[test]
fn the_next_band() {
    let told = |change: fn(&mut Facts)| {
        let mut facts = steady();
        change(&mut facts);
        let scores = score(&facts, &book(), &MODEL);
        reach(&facts, &book(), &MODEL, &scores).to_string()
    };
    assert_eq!(told(|_| ()), "in the best band");
    assert_eq!(
        told(|facts| facts.support.open_urgent = Some(1)),
        "healthy: not possible while the cap urgent_ticket limits health to 79.00"
    );
    assert_eq!(
        told(|facts| {
            facts.usage.active_users = Some(15);
            facts.usage.adoption = sum(28 * 5_000, 28);
        }),
        "healthy: feature_adoption at 80.00 instead of 60.00 (60 % of the features in use; now 50 % of the features in use)"
    );
    assert_eq!(
        told(|facts| {
            facts.usage.active_users = Some(8);
            facts.usage.adoption = sum(28 * 3_000, 28);
            facts.usage.logins = sum(60, 28);
        }),
        "healthy: 13.22 more points needed, more than one factor can add"
    );
    assert_eq!(
        told(|facts| {
            facts.usage = Usage { first_row: Some(400), logins: sum(0, 28), adoption: sum(0, 28), ..Usage::default() };
            facts.touch.last = Some(400);
            facts.touch.answered = 0;
            facts.touch.outcomes = vec![(3, Outcome::Negative)];
        }),
        "concern: feature_adoption at 2.56 instead of 0.00 (3 % of the features in use; now 0 % of the features in use)"
    );
}
