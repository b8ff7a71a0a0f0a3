//! A book of customers to look at: companies, their contracts and people, what they do every day, and how it goes with them.
//!
//! Pure functions of a day, a number of accounts and a seed, in whole numbers: the same book on every machine. Each customer
//! has a course, from which everything else follows, so that usage, tickets, talks and the end of
//! a contract tell one story. What they tell comes as the files that other systems would send; `ops::demo` imports them, day
//! by day.

mod book;
mod contract;
mod course;
mod customer;
mod files;
mod goals;
mod people;
mod talks;
mod tasks;
#[cfg(test)]
mod tests;
mod usage;
mod words;

pub use book::DemoBook;

/// Days of product usage and tickets.
pub const USAGE_DAYS: i64 = 180;

/// Days for which contracts and their ARR are told: about 18 months.
pub const CONTRACT_DAYS: i64 = 548;
