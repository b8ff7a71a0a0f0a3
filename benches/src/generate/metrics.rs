//! Measurements of a book's accounts, sparse as real feeds are: days without a row, and most cells empty.

use std::io::Write;

use anyhow::Result;
use chrono::{Days, NaiveDate};

use super::account::WRITTEN_ON;
use super::random::Random;

/// What decides the content of a file of metrics.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    /// Those of an accounts file of at least as many rows.
    pub(crate) accounts: u64,
    /// Those of a file of the foreign CRM, after them.
    pub(crate) crm: u64,
    /// Days with a row, for each account.
    pub(crate) days: u64,
    pub(crate) seed: u64,
}

#[rustfmt::skip]
pub(crate) const HEADER: [&str; 19] = [
    "account", "metric_date", "login_frequency", "feature_adoption_score", "support_tickets",
    "training_completion_rate", "session_minutes", "active_users", "daily_active_users", "urgent_tickets",
    "escalated_tickets", "open_urgent_tickets", "tickets_resolved", "resolution_hours", "csat", "csat_responses", "nps",
    "sentiment", "sentiment_reason",
];

const REASONS: &[&str] = &["champion left", "quiet since the last release", "renewal is agreed", "slow answers"];

/// One account after the other, each from its first day to its last.
pub(crate) fn metrics(feed: Feed, out: &mut dyn Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    let ids =
        (0..feed.accounts).map(|n| format!("ACC-{:08}", n + 1)).chain((0..feed.crm).map(|n| format!("K-{:07}", n + 1)));
    for (account, id) in (0..).zip(ids) {
        // Not the account's own generator: its first numbers would be those of its name and size.
        let mut random = Random::of_row(!feed.seed, account);
        let level = Level::random(&mut random);
        let gaps: Vec<u64> = (0..feed.days).map(|_| random.weighted(&[(70, 1), (20, 2), (10, 3)])).collect();
        let mut date = WRITTEN_ON - Days::new(gaps.iter().sum());
        for (day, gap) in (0..feed.days).zip(gaps) {
            date = date + Days::new(gap);
            csv.write_record(row(&mut random, &level, &id, account, day, date))?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// What an account's days lie around.
struct Level {
    users: u64,
    adoption: u64,
    /// Percent of the users who come on a day, at least.
    present: u64,
    /// Percent of the days on which tickets are opened.
    tickets: u64,
}

impl Level {
    /// Most customers do well; a few hardly come, and some have trouble.
    fn random(random: &mut Random) -> Self {
        let users = 1 + random.below(80);
        let (adoption, present) = random.weighted(&[(45, (60, 40)), (35, (35, 20)), (20, (5, 0))]);
        let tickets = random.weighted(&[(60, 3), (25, 12), (15, 35)]);
        Self { users, adoption: adoption + random.below(35), present: present + random.below(20), tickets }
    }
}

fn row(random: &mut Random, level: &Level, id: &str, account: u64, day: u64, date: NaiveDate) -> [String; 19] {
    let mut cells: [String; 19] = std::array::from_fn(|_| String::new());
    id.clone_into(&mut cells[0]);
    cells[1] = date.to_string();
    let least = level.users * level.present / 100;
    let daily = least + random.below(level.users / 2 + 1).min(level.users - least);
    cells[2] = (daily * (1 + random.below(4))).to_string();
    cells[3] = hundredths(level.adoption * 100 + random.below(500));
    cells[6] = (5 + random.below(90)).to_string();
    cells[7] = level.users.to_string();
    cells[8] = daily.to_string();
    if random.percent(level.tickets) {
        let (tickets, resolved) = (1 + random.below(5), random.below(5));
        cells[4] = tickets.to_string();
        cells[9] = random.below(2).to_string();
        cells[10] = (tickets / 5).to_string();
        cells[11] = random.below(3).to_string();
        cells[12] = resolved.to_string();
        if resolved > 0 {
            cells[13] = hundredths(25 + random.below(20_000));
        }
    }
    if random.percent(5) {
        cells[14] = hundredths(2_000 + random.below(8_001));
        cells[15] = (1 + random.below(30)).to_string();
    }
    if day % 14 == account % 14 {
        cells[5] = (random.below(11) * 10).to_string();
    }
    if day % 90 == account % 90 {
        // -100 to 100.
        let score = random.below(201);
        cells[16] = if score < 100 { format!("-{}", 100 - score) } else { (score - 100).to_string() };
    }
    if day % 30 == account % 30 {
        cells[17] = random.weighted(&[(60, "green"), (28, "yellow"), (12, "red")]).to_owned();
        cells[18] = random.pick(REASONS).to_owned();
    }
    cells
}

/// As an export writes it: `12`, `12.5`, `12.05`.
fn hundredths(units: u64) -> String {
    match (units / 100, units % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) if part % 10 == 0 => format!("{whole}.{}", part / 10),
        (whole, part) => format!("{whole}.{part:02}"),
    }
}
