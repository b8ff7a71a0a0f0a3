//! What customers want to reach.

use chrono::{NaiveDate, TimeDelta};

use super::customer::{Customer, between, chance};

const GOALS: u64 = 7;

/// Titles with what they count, where they begin and where they are to end.
const KINDS: [(&str, &str, i64, i64); 4] = [
    ("Every team on the platform", "custom", 0, 12),
    ("Adoption of 80 %", "adoption", 35, 80),
    ("Reports out in one day instead of five", "custom", 0, 100),
    ("NPS of 40", "custom", 5, 40),
];

/// The goal of about every third customer, as far as it has come on the day.
pub(super) fn row(customer: &Customer, day: NaiveDate, today: NaiveDate) -> Option<[String; 10]> {
    let mut random = customer.random(GOALS, NaiveDate::default());
    if !chance(&mut random, 360) || !customer.is_here(day) {
        return None;
    }
    let (title, metric, start, target) = KINDS[random.below(4) as usize];
    let begun = today - TimeDelta::days(between(&mut random, 60, 260));
    let due = today + TimeDelta::days(between(&mut random, -40, 150));
    if day < begun || begun < customer.start {
        return None;
    }
    let whole = (due - begun).num_days().max(1);
    let passed = (day.min(due) - begun).num_days();
    // Who uses it much is ahead of the plan, who does not is behind.
    let pace = 350 + customer.level(day, today) * 9 / 10;
    let done = ((target - start) * passed * pace / whole / 1_000).clamp(0, target - start);
    Some([
        format!("{}-G", customer.key()),
        customer.key(),
        title.to_owned(),
        metric.to_owned(),
        start.to_string(),
        if metric == "custom" { (start + done).to_string() } else { String::new() },
        target.to_string(),
        begun.to_string(),
        due.to_string(),
        customer.owner(),
    ])
}
