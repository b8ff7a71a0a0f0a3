//! What the contract is worth, when it renews, and how it ends.

use chrono::{Months, NaiveDate, TimeDelta};

use super::course::Course;
use super::customer::{between, chance};
use crate::random::Random;

#[derive(Debug, Clone)]
pub(super) struct Contract {
    start: NaiveDate,
    /// Months of a term.
    term: u32,
    pub(super) auto_renew: bool,
    /// The days on which ARR changed, with what it was from then on; the first is the start.
    arr: Vec<(NaiveDate, i64)>,
    pub(super) churned_on: Option<NaiveDate>,
    pub(super) past_due_since: Option<NaiveDate>,
    /// What the manager thinks of the renewal, 0 to 99, beside what usage says.
    mood: i64,
}

impl Contract {
    pub(super) fn draw(random: &mut Random, start: NaiveDate, today: NaiveDate, course: &Course, arr: i64) -> Self {
        let term = if chance(random, 200) { 24 } else { 12 };
        let mut contract = Self {
            start,
            term,
            auto_renew: chance(random, 300),
            arr: vec![(start, arr / 10 * 10)],
            churned_on: None,
            past_due_since: None,
            mood: between(random, 0, 99),
        };
        if course.is_leaving() {
            contract.auto_renew = false;
            contract.churned_on = contract.last_renewal(today).filter(|left| (today - *left).num_days() < 540);
        }
        let mut renewal = contract.end(start);
        while renewal <= today && contract.churned_on.is_none_or(|left| renewal < left) {
            let factor = match random.below(100) {
                0..7 => between(random, 75, 95),
                7..50 => between(random, 105, 124),
                _ if course.is_growing() => between(random, 108, 125),
                _ => 100,
            };
            contract.scale(renewal, factor);
            renewal = contract.end(renewal);
        }
        // Some buy seats in between.
        if course.is_growing() && chance(random, 600) {
            let bought = today - TimeDelta::days(between(random, 20, 300));
            if bought > start && contract.arr.last().is_some_and(|(last, _)| *last < bought) {
                contract.scale(bought, between(random, 105, 118));
            }
        }
        if chance(random, 45) && contract.churned_on.is_none() {
            contract.past_due_since = Some(today - TimeDelta::days(between(random, 5, 75)));
        }
        contract
    }

    fn scale(&mut self, day: NaiveDate, percent: i64) {
        let before = self.arr.last().map_or(0, |(_, arr)| *arr);
        if percent != 100 {
            self.arr.push((day, before * percent / 1_000 * 10));
        }
    }

    /// The day on which the term ends that runs on the day.
    pub(super) fn end(&self, day: NaiveDate) -> NaiveDate {
        if let Some(left) = self.churned_on.filter(|left| day >= *left) {
            return left;
        }
        let mut months = self.term;
        while self.start + Months::new(months) <= day {
            months += self.term;
        }
        self.start + Months::new(months)
    }

    /// The last renewal that has come.
    fn last_renewal(&self, today: NaiveDate) -> Option<NaiveDate> {
        let mut months = 0;
        while self.start + Months::new(months + self.term) < today {
            months += self.term;
        }
        (months > 0).then(|| self.start + Months::new(months))
    }

    pub(super) fn arr(&self, day: NaiveDate) -> i64 {
        self.arr.iter().rev().find(|(since, _)| *since <= day).map_or(0, |(_, arr)| *arr)
    }

    /// How the renewal stands, in the words of the CRM.
    pub(super) fn stage(&self, day: NaiveDate, level: i64) -> &'static str {
        let left = (self.end(day) - day).num_days();
        if self.churned_on.is_some_and(|left| left > day && (left - day).num_days() < 60) {
            return if self.mood < 60 { "at_risk" } else { "will_churn" };
        }
        match (left, level) {
            (0..40, 700..) if self.mood < 70 => "committed",
            (0..120, 550..) if self.mood < 60 => "likely",
            (0..120, ..300) if self.mood < 30 => "at_risk",
            _ => "unknown",
        }
    }
}
