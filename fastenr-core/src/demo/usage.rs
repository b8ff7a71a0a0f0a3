//! A day of a customer: what the product and the support desk counted.

use chrono::{Datelike, NaiveDate, Weekday};

use super::USAGE_DAYS;
use super::customer::{Customer, between, chance};
use super::files::cell;

/// Days for which the support desk has sent nothing.
const SUPPORT_SILENT: i64 = 4;

const LOGINS: u64 = 1;
const TICKETS: u64 = 2;

/// Tickets of a day.
#[derive(Debug, Clone, Copy, Default)]
struct Tickets {
    all: i64,
    urgent: i64,
    escalated: i64,
}

/// Its row; none before it was a customer, after it left, or where nobody has connected it.
pub(super) fn row(customer: &Customer, day: NaiveDate, today: NaiveDate) -> Option<[String; 18]> {
    if !customer.is_here(day) || !customer.course.is_connected() || (today - day).num_days() > USAGE_DAYS {
        return None;
    }
    let mut random = customer.random(LOGINS, day);
    let level = customer.level(day, today);
    let noise = |random: &mut _, percent: i64| 100 + between(random, -percent, percent);

    let active = customer.seats * (level * 95 / 100) / 1_000 * noise(&mut random, 4) / 100;
    let active = active.clamp(i64::from(level > 30), customer.seats);
    let daily = active * 45 / 100 * season(day) / 1_000 * noise(&mut random, 15) / 100;
    let logins = daily * between(&mut random, 14, 21) / 10;
    let adoption = (120 + level * 85 / 100 + between(&mut random, -25, 25)).clamp(0, 1_000);
    let session = (40 + level * 13 / 100 + between(&mut random, -12, 12)).max(0);
    let used = logins > 0;
    let training = (day.day() == 1).then(|| (25 + level * 75 / 1_000 + between(&mut random, -5, 5)).clamp(0, 100));
    let (sentiment, reason) = sentiment(customer, day, level);

    let support = (today - day).num_days() > SUPPORT_SILENT;
    let told = |value: i64| if support { value.to_string() } else { String::new() };
    let tickets = tickets(customer, day, today);
    let yesterday = day.pred_opt().map_or_else(Tickets::default, |day| self::tickets(customer, day, today));
    let resolved = yesterday.all;
    let hours = (60 + (1_000 - level) * 32 / 100) * noise(&mut random, 40) / 100;
    let answers = if day.weekday() == Weekday::Fri { between(&mut random, 0, 4) } else { 0 };
    let csat = (52 + level * 47 / 1_000 + between(&mut random, -8, 8)).clamp(0, 100);
    let answered = support && answers > 0;

    Some([
        customer.key(),
        day.to_string(),
        logins.to_string(),
        tenths(adoption),
        if used { tenths(session) } else { String::new() },
        active.to_string(),
        daily.to_string(),
        cell(training),
        told(tickets.all),
        told(tickets.urgent),
        told(tickets.escalated),
        told(tickets.urgent + yesterday.urgent),
        if support && resolved > 0 { resolved.to_string() } else { String::new() },
        if support && resolved > 0 { tenths(hours) } else { String::new() },
        cell(answered.then_some(csat)),
        cell(answered.then_some(answers)),
        sentiment.to_owned(),
        reason.to_owned(),
    ])
}

/// Tenths as a decimal.
fn tenths(value: i64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

/// What of a full day's use the calendar leaves, of 1,000: weekends, summer, the end of the year.
fn season(day: NaiveDate) -> i64 {
    let week = match day.weekday() {
        Weekday::Sat | Weekday::Sun => 120,
        Weekday::Fri => 850,
        _ => 1_000,
    };
    let year = match (day.month(), day.day()) {
        (12, 20..) | (1, ..4) => 450,
        (7 | 8, _) => 860,
        _ => 1_000,
    };
    week * year / 1_000
}

/// The worse it goes, the more there are, and the worse they are.
fn tickets(customer: &Customer, day: NaiveDate, today: NaiveDate) -> Tickets {
    let mut random = customer.random(TICKETS, day);
    let level = customer.level(day, today);
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    // In thousandths of a ticket a day.
    let rate = (25 + customer.seats / 2) * (1_600 - level) / 1_000 / if weekend { 5 } else { 1 };
    let all = rate / 1_000 + i64::from(chance(&mut random, rate % 1_000));
    if all == 0 {
        return Tickets::default();
    }
    let trouble = if customer.course.is_going_down((today - day).num_days()) { 3 } else { 1 };
    let escalated = i64::from(chance(&mut random, 8 * trouble));
    let urgent = if escalated == all { 0 } else { i64::from(chance(&mut random, 22 * trouble)) };
    Tickets { all, urgent, escalated }
}

/// What the manager says once a month.
fn sentiment(customer: &Customer, day: NaiveDate, level: i64) -> (&'static str, &'static str) {
    if u64::from(day.day()) != 2 + customer.number % 20 {
        return ("", "");
    }
    match level {
        ..150 => ("red", "nobody answers, usage is almost gone"),
        150..420 => ("yellow", ""),
        _ => ("green", ""),
    }
}
