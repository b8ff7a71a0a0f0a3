//! Meetings, calls and mails with a customer.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::customer::{Customer, between, chance};
use super::people::{self, Person};
use crate::model::Size;
use crate::random::Random;

const TALKS: u64 = 4;
const MAILS: u64 = 5;
const PLANS: u64 = 6;

/// Titles by how it goes: well, so-so, badly.
const MEETINGS: [[&str; 4]; 3] = [
    ["Quarterly business review", "Roadmap review", "Success plan", "Expansion to a second team"],
    ["Check-in", "Onboarding of new users", "Review of open tickets", "Training plan"],
    ["Escalation call", "Why usage is down", "Renewal at risk", "Complaint about response times"],
];

/// What is held from one day to another; where that is up to yesterday, also what is planned beyond.
pub(super) fn rows(
    customer: &Customer,
    from: NaiveDate,
    to: NaiveDate,
    today: NaiveDate,
) -> impl Iterator<Item = [String; 14]> {
    let people = people::of(customer, today);
    let days = from.iter_days().take_while(move |day| *day <= to);
    let mut rows: Vec<[String; 14]> = Vec::new();
    for day in days.filter(|day| customer.is_here(*day) && !is_weekend(*day)) {
        let level = customer.level(day, today);
        rows.extend(talk(customer, day, level, &people));
        rows.extend(mail(customer, day, level, &people, to));
    }
    if to.succ_opt() == Some(today) && customer.is_here(today) {
        rows.extend(plan(customer, today, &people));
    }
    rows.into_iter()
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A meeting or a call, about as often as the size asks for; less often where nobody answers.
fn talk(customer: &Customer, day: NaiveDate, level: i64, people: &[Person]) -> Option<[String; 14]> {
    let mut random = customer.random(TALKS, day);
    let every = match customer.size {
        Size::Startup => 80,
        Size::Small | Size::Medium => 45,
        Size::Large | Size::Enterprise => 24,
    };
    let is_silent = level < 380 && chance(&mut random, 550);
    if is_silent || !is_due(customer, day, every * 1_000 / (400 + level)) {
        return None;
    }
    let going = match level {
        650.. => 0,
        380..650 => 1,
        _ => 2,
    };
    let outcomes: [&str; 4] = match going {
        0 => ["positive", "positive", "neutral", "positive"],
        1 => ["neutral", "action_required", "positive", "neutral"],
        _ => ["negative", "action_required", "negative", "neutral"],
    };
    let kind = ["meeting", "call", "call", "demo", "training"][random.below(5) as usize];
    let hour = between(&mut random, 8, 15);
    let competitor = going == 2 && chance(&mut random, 220);
    let stage = ["mention", "evaluation", "evaluation", "pilot"][random.below(4) as usize];
    Some([
        format!("{}-T{day}", customer.key()),
        customer.key(),
        kind.to_owned(),
        MEETINGS[going][random.below(4) as usize].to_owned(),
        String::new(),
        outcomes[random.below(4) as usize].to_owned(),
        "outbound".to_owned(),
        moment(day, hour, 0),
        moment(day, hour, 45),
        String::new(),
        if competitor { "Rivalsoft".to_owned() } else { String::new() },
        if competitor { stage.to_owned() } else { String::new() },
        attendees(&mut random, day, people),
        customer.owner(),
    ])
}

/// Whether one of the days that come every so many days has come; those of a weekend come on Monday.
fn is_due(customer: &Customer, day: NaiveDate, every: i64) -> bool {
    let back = if day.weekday() == Weekday::Mon { 2 } else { 0 };
    let number = i64::try_from(customer.number % 1_000).unwrap_or(0) * 37;
    (0..=back).any(|back| ((day - customer.start).num_days() - back + number) % every == 0)
}

/// A mail to the customer, with its answer where there is one by then.
fn mail(customer: &Customer, day: NaiveDate, level: i64, people: &[Person], seen: NaiveDate) -> Option<[String; 14]> {
    let mut random = customer.random(MAILS, day);
    if !chance(&mut random, 130) {
        return None;
    }
    let answered = day + TimeDelta::days(between(&mut random, 0, 5));
    let answers = chance(&mut random, 200 + level * 75 / 100);
    let subject = ["New release", "Invitation to the webinar", "Follow-up", "Usage report"][random.below(4) as usize];
    Some([
        format!("{}-M{day}", customer.key()),
        customer.key(),
        "email".to_owned(),
        subject.to_owned(),
        String::new(),
        String::new(),
        "outbound".to_owned(),
        String::new(),
        moment(day, 7, 30),
        if answers && answered < seen { moment(answered, 16, 10) } else { String::new() },
        String::new(),
        String::new(),
        attendees(&mut random, day, people),
        customer.owner(),
    ])
}

/// The next meeting of some, and one that nobody has closed of a few.
fn plan(customer: &Customer, today: NaiveDate, people: &[Person]) -> Option<[String; 14]> {
    let mut random = customer.random(PLANS, today);
    let ahead = match random.below(100) {
        0..20 => between(&mut random, 1, 16),
        20..24 => -between(&mut random, 1, 6),
        _ => return None,
    };
    let day = today + TimeDelta::days(ahead);
    let hour = between(&mut random, 8, 15);
    Some([
        format!("{}-P{day}", customer.key()),
        customer.key(),
        ["meeting", "call", "demo"][random.below(3) as usize].to_owned(),
        ["Business review", "Check-in", "Renewal talk"][random.below(3) as usize].to_owned(),
        String::new(),
        String::new(),
        "outbound".to_owned(),
        moment(day, hour, 0),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        attendees(&mut random, today, people),
        customer.owner(),
    ])
}

fn moment(day: NaiveDate, hour: i64, minute: i64) -> String {
    format!("{day}T{hour:02}:{minute:02}:00Z")
}

/// One to three of those who are still there.
fn attendees(random: &mut Random, day: NaiveDate, people: &[Person]) -> String {
    let there: Vec<&Person> = people.iter().filter(|person| person.left_on.is_none_or(|left| day < left)).collect();
    let count = between(random, 1, 3) as usize;
    let some: Vec<String> =
        there.iter().take(count).map(|person| format!("{} <{}>", person.name, person.email)).collect();
    some.join(", ")
}
