//! A customer: what stays the same for as long as there is one.

use chrono::{NaiveDate, TimeDelta};

use super::contract::Contract;
use super::course::Course;
use super::files::cell;
use super::words::{FIRST, OWN_DOMAIN, SECOND, TEAM};
use crate::model::Size;
use crate::random::Random;

#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) number: u64,
    pub(super) seed: u64,
    pub(super) name: String,
    pub(super) domain: String,
    industry: &'static str,
    pub(super) size: Size,
    pub(super) seats: i64,
    /// Place in the team.
    owner: usize,
    pub(super) start: NaiveDate,
    pub(super) course: Course,
    pub(super) contract: Contract,
}

/// Sizes with how many of 100 have them, the least and most seats, and the price of a seat a year.
const SIZES: [(Size, u32, i64, i64, i64); 5] = [
    (Size::Startup, 16, 5, 20, 720),
    (Size::Small, 32, 12, 60, 660),
    (Size::Medium, 28, 60, 240, 560),
    (Size::Large, 16, 240, 900, 460),
    (Size::Enterprise, 8, 900, 4_000, 380),
];

impl Customer {
    pub(super) fn new(today: NaiveDate, seed: u64, number: u64) -> Self {
        let names = (FIRST.len() * SECOND.len()) as u64;
        // Steps that share no divisor with the number of names meet each name once.
        let name = (number % names * 1_009 + seed % names * 101) % names;
        let first = FIRST[(name as usize) % FIRST.len()];
        let (second, industry) = SECOND[(name as usize) / FIRST.len()];
        let mut random = random(seed, number, 0);
        let mut dice = i64::from(random.below(100));
        let (size, _, least, most, price) = SIZES
            .into_iter()
            .find(|(_, share, ..)| {
                dice -= i64::from(*share);
                dice < 0
            })
            .unwrap_or(SIZES[1]);
        let seats = between(&mut random, least, most);
        let seats = if seats > 100 { seats / 10 * 10 } else { seats };
        let start = match random.below(100) {
            0..5 => today - TimeDelta::days(between(&mut random, 4, 40)),
            5..22 => today - TimeDelta::days(between(&mut random, 120, 540)),
            _ => today - TimeDelta::days(between(&mut random, 560, 1_700)),
        };
        let course = Course::draw(&mut random, (today - start).num_days());
        let price = price * between(&mut random, 80, 125) / 100;
        let contract = Contract::draw(&mut random, start, today, &course, seats * price);
        // Each manager has customers of one size more than of others.
        let owner = match random.below(4) {
            0 => 1 + random.below(TEAM.len() as u32 - 1) as usize,
            _ => 1 + (size as usize + usize::from(number.is_multiple_of(2)) * 3) % (TEAM.len() - 1),
        };
        Self {
            number,
            seed,
            name: format!("{first} {second}"),
            domain: format!("{}-{}.example", first.to_lowercase(), second.to_lowercase()),
            industry,
            size,
            seats,
            owner,
            start,
            course,
            contract,
        }
    }

    pub(super) fn key(&self) -> String {
        format!("C-{:04}", self.number + 1)
    }

    /// Who looks after it.
    pub(super) fn owner(&self) -> String {
        format!("{}@{OWN_DOMAIN}", TEAM[self.owner].1)
    }

    /// Numbers for a purpose and a day, apart from all others.
    pub(super) fn random(&self, purpose: u64, day: NaiveDate) -> Random {
        let day = u64::try_from((day - NaiveDate::default()).num_days()).unwrap_or(0);
        random(self.seed, self.number, purpose << 32 | day)
    }

    /// Whether it is a customer on the day.
    pub(super) fn is_here(&self, day: NaiveDate) -> bool {
        self.start <= day && self.contract.churned_on.is_none_or(|left| day < left)
    }

    /// How much it is in use, 0 to 1,000.
    pub(super) fn level(&self, day: NaiveDate, today: NaiveDate) -> i64 {
        let end = self.contract.churned_on.unwrap_or(today);
        self.course.level((end - day).num_days(), (day - self.start).num_days())
    }

    /// Its row in the CRM.
    pub(super) fn row(&self, day: NaiveDate, today: NaiveDate) -> Option<[String; 16]> {
        let age = (day - self.start).num_days();
        if age < 0 {
            return None;
        }
        let churned_on = self.contract.churned_on.filter(|left| *left <= day);
        let status = match (churned_on, age) {
            (Some(_), _) => "churned",
            (None, 0..45) => "onboarding",
            _ => "active",
        };
        let level = self.level(day, today);
        let end = self.contract.end(day);
        let stage = self.contract.stage(day, level);
        let tags = match (self.size, self.course.is_growing()) {
            (Size::Large | Size::Enterprise, true) => "strategic,reference",
            (Size::Large | Size::Enterprise, false) => "strategic",
            (_, true) => "reference",
            _ => "",
        };
        Some([
            self.key(),
            self.name.clone(),
            self.domain.clone(),
            self.industry.to_owned(),
            self.size.as_str().to_owned(),
            status.to_owned(),
            self.contract.arr(day).to_string(),
            self.owner(),
            self.start.to_string(),
            end.to_string(),
            self.contract.auto_renew.to_string(),
            stage.to_owned(),
            cell(self.contract.past_due_since.filter(|since| *since <= day && churned_on.is_none())),
            self.seats.to_string(),
            tags.to_owned(),
            cell(churned_on),
        ])
    }
}

/// Numbers apart from those of any other seed, customer and purpose.
fn random(seed: u64, number: u64, purpose: u64) -> Random {
    let mut mixed = Random::new(seed ^ number.wrapping_mul(0x0100_0000_01b3));
    let spread = u64::from(mixed.below(u32::MAX)) << 32 | u64::from(mixed.below(u32::MAX));
    Random::new(spread ^ purpose.wrapping_mul(0x9e37_79b1))
}

/// A number from `least` to `most`, both included.
pub(super) fn between(random: &mut Random, least: i64, most: i64) -> i64 {
    let span = u32::try_from(most - least + 1).unwrap_or(1);
    least + i64::from(random.below(span))
}

/// Whether one of so many of 1,000 chances comes true.
pub(super) fn chance(random: &mut Random, of_1000: i64) -> bool {
    i64::from(random.below(1_000)) < of_1000
}
