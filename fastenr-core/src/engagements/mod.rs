//! Engagements: calls, meetings and e-mails with a customer. So far what a report makes of them, without I/O.

mod median;
pub mod report;
mod statistics;

#[cfg(test)]
mod laws;
