//! Whose health fell and rose between two runs, each with its cause.

use askama::Template;

use super::parts;
use crate::format::{Day, grouped};
use crate::part::Change;

/// An account whose health moved.
#[derive(Debug, Clone)]
pub struct MoverRow {
    /// As the address of its page has it.
    pub account: String,
    pub name: String,
    pub from: i64,
    pub to: i64,
    pub why: String,
    /// Short, and exact.
    pub arr: Option<(String, String)>,
}

impl MoverRow {
    fn href(&self, since: &Option<Day>) -> String {
        let page = format!("/dashboard/accounts/{}/health", crate::link::part(&self.account));
        match since {
            Some(day) => format!("{page}?since={}", day.day),
            None => page,
        }
    }

    fn change(&self) -> Change {
        Change { points: Some(self.to - self.from) }
    }
}

#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/movers.html")]
pub struct Movers {
    /// The days of the two runs; none: there is no such run.
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub falls: Vec<MoverRow>,
    pub rises: Vec<MoverRow>,
    pub fell: u64,
    pub rose: u64,
}

impl Movers {
    /// `9 fell, 4 rose`.
    pub fn total(&self) -> String {
        format!("{} fell, {} rose", grouped(self.fell), grouped(self.rose))
    }

    fn lists(&self) -> Vec<(&'static str, &[MoverRow])> {
        let lists = [("Falls", self.falls.as_slice()), ("Rises", self.rises.as_slice())];
        lists.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

parts!(Movers);
