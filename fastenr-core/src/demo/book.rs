//! The whole book.

use std::io;

use chrono::{NaiveDate, TimeDelta};

use super::customer::Customer;
use super::{CONTRACT_DAYS, USAGE_DAYS, files, goals, people, talks, tasks, usage};

/// Customers of an organization as of a day and before it.
#[derive(Debug, Clone)]
pub struct DemoBook {
    pub(super) today: NaiveDate,
    pub(super) customers: Vec<Customer>,
}

impl DemoBook {
    /// `accounts` customers, at most 1,800: there are no more names. Equal arguments make equal books.
    pub fn new(today: NaiveDate, accounts: u32, seed: u64) -> Self {
        let count = u64::from(accounts.min(Self::MOST));
        Self { today, customers: (0..count).map(|number| Customer::new(today, seed, number)).collect() }
    }

    /// As many names as there are.
    pub const MOST: u32 = 1_800;

    /// Domains of the organization's own people.
    pub const fn own_domain() -> &'static str {
        super::words::OWN_DOMAIN
    }

    /// The first day of which contracts are told.
    pub fn first_day(&self) -> NaiveDate {
        self.today - TimeDelta::days(CONTRACT_DAYS)
    }

    /// The first day of which usage is told.
    pub fn first_usage(&self) -> NaiveDate {
        self.today - TimeDelta::days(USAGE_DAYS)
    }

    /// Who works there.
    ///
    /// # Errors
    /// None in practice: the rows are written to memory.
    pub fn users(&self) -> io::Result<Vec<u8>> {
        people::team()
    }

    /// The CRM's accounts as they are on the day; those that came later are left out.
    ///
    /// # Errors
    /// As [`Self::users`], as those of the other files.
    pub fn accounts(&self, day: NaiveDate) -> io::Result<Vec<u8>> {
        files::write(&files::ACCOUNTS, self.customers.iter().filter_map(|customer| customer.row(day, self.today)))
    }

    /// The people of the customers that there are on the day.
    ///
    /// # Errors
    /// As [`Self::users`].
    pub fn contacts(&self, day: NaiveDate) -> io::Result<Vec<u8>> {
        let known = self.customers.iter().filter(|customer| customer.start <= day);
        files::write(&files::CONTACTS, known.flat_map(|customer| people::rows(customer, day, self.today)))
    }

    /// What the product and the support desk counted from one day to another, both included.
    ///
    /// # Errors
    /// As [`Self::users`].
    pub fn metrics(&self, from: NaiveDate, to: NaiveDate) -> io::Result<Vec<u8>> {
        let days = from.iter_days().take_while(|day| *day <= to);
        let rows = days
            .flat_map(|day| self.customers.iter().filter_map(move |customer| usage::row(customer, day, self.today)));
        files::write(&files::METRICS, rows)
    }

    /// What was held from one day to another, both included; where that is up to yesterday, also what is planned beyond.
    ///
    /// # Errors
    /// As [`Self::users`].
    pub fn engagements(&self, from: NaiveDate, to: NaiveDate) -> io::Result<Vec<u8>> {
        let rows = self.customers.iter().flat_map(|customer| talks::rows(customer, from, to, self.today));
        files::write(&files::ENGAGEMENTS, rows)
    }

    /// Goals as they stand on the day.
    ///
    /// # Errors
    /// As [`Self::users`].
    pub fn goals(&self, day: NaiveDate) -> io::Result<Vec<u8>> {
        files::write(&files::GOALS, self.customers.iter().filter_map(|customer| goals::row(customer, day, self.today)))
    }

    /// What is to be done for customers as of today, and what was done lately.
    ///
    /// # Errors
    /// As [`Self::users`].
    pub fn tasks(&self) -> io::Result<Vec<u8>> {
        files::write(&files::TASKS, self.customers.iter().flat_map(|customer| tasks::rows(customer, self.today)))
    }
}
