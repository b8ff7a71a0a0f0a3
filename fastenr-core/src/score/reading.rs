//! What a factor read: its score and the fact behind it, or why there is none.

use std::fmt;

use super::curve::BasisPoints;
use super::facts::Stage;
use crate::model::RenewalStage;

/// A factor's score, with the fact that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// 0 to 10,000; of churn factors 10,000 is worst.
    pub points: BasisPoints,
    pub fact: Fact,
}

/// A fact in its numbers; displays as one short English phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// None for 28 days, where there was some.
    NoUsage,
    Logins {
        logins: i64,
        days: i64,
        seats: Option<i64>,
    },
    /// Percent in hundredths, as everywhere here.
    Adoption {
        percent: i64,
    },
    /// Minutes in hundredths.
    Session {
        minutes: i64,
        baseline: Option<i64>,
    },
    ActiveUsers {
        users: i64,
        seats: i64,
    },
    Training {
        percent: i64,
    },
    Tickets {
        tickets: i64,
        seats: Option<i64>,
    },
    Severe {
        urgent: i64,
        escalated: i64,
    },
    /// Hours in hundredths.
    Resolution {
        hours: i64,
        tickets: i64,
    },
    /// After the draw toward the organization's mean, and the customer's own.
    Satisfied {
        percent: i64,
        own: i64,
        answers: i64,
    },
    /// Days since the last touch, and the cadence's first step.
    Met {
        days: i64,
        cadence: i64,
    },
    Answered {
        answered: i64,
        sent: i64,
    },
    Outcomes {
        all: i64,
        positive: i64,
        negative: i64,
    },
    People {
        people: i64,
        champion: bool,
        decision_maker: bool,
    },
    /// Rank in basis points.
    Rank {
        rank: i64,
        accounts: i64,
    },
    PastDue {
        days: i64,
    },
    /// Growth in ten-thousandths; basis points for the use of seats.
    Growth {
        growth: i64,
        extra: i64,
    },
    Stage {
        stage: RenewalStage,
    },
    AutoRenews,
    /// Below 0: past.
    RenewalIn {
        days: i64,
    },
    /// The level of health, in basis points.
    Health {
        points: i64,
    },
    /// Basis points lost in about two months.
    Lost {
        points: i64,
    },
    /// Touches of 90 days, and of the 90 before.
    Touches {
        recent: i64,
        before: i64,
    },
    /// Days from the last use to the latest day of the usage feed.
    Stopped {
        days: i64,
    },
    Escalated {
        escalated: i64,
        tickets: i64,
    },
    /// Age of the last urgent or escalated ticket within 90 days.
    LastSevere {
        age: Option<i64>,
    },
    /// How many signs of a competitor, and the one that counts most.
    Signals {
        count: i64,
        age: i64,
        stage: Stage,
    },
}

/// Why a factor has no score; displays as one short English phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The account never had a row that tells it.
    NoRows,
    /// The organization's feed is silent.
    FeedSilent,
    /// There are rows, but they do not tell it.
    NotTold,
    TooFewDays {
        days: i64,
        least: i64,
    },
    TooFew {
        what: &'static str,
        count: i64,
        least: i64,
    },
    NoSeats,
    NoEngagement,
    NoTouch,
    NoCadence,
    NoOutcome,
    NoRoles,
    NoAttendee,
    NoArr,
    NoEarlierArr,
    Churned,
    NoPayments,
    NoContractEnd,
    StaleContractEnd {
        days: i64,
    },
    /// Health is of insufficient data, and there is no earlier one.
    NoHealth,
    NoSignal,
}

/// Hundredths as a decimal without trailing zeros.
struct Decimal(i64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, number) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (number / 100, number % 100) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, rest) if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            (whole, rest) => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

/// A share in hundredths of a percent; shows nothing as 0.
fn percent(part: i64, whole: i64) -> Decimal {
    Decimal(crate::rounding::half_to_even(i128::from(part) * 10_000, i128::from(whole)).unwrap_or(0))
}

/// `1 day`, `2 days`.
struct CountWithUnit(i64, &'static str);

impl fmt::Display for CountWithUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mention => "mention",
            Self::Evaluation => "evaluation",
            Self::Pilot => "pilot",
            Self::Decision => "decision",
        })
    }
}

impl Fact {
    /// Short, for a comparison of two days: logins only as a number per week.
    pub fn brief(&self) -> String {
        match *self {
            Self::Logins { logins, days, .. } => {
                let weekly = crate::rounding::half_to_even(i128::from(logins) * 7, i128::from(days)).unwrap_or(0);
                format!("{} per week", CountWithUnit(weekly, "login"))
            }
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let logins = |logins| CountWithUnit(logins, "login");
        let ago = |days| CountWithUnit(days, "day");
        match *self {
            Self::NoUsage => f.write_str("no usage in 28 days"),
            Self::Logins { logins: count, days, seats: Some(seats) } => {
                let weekly =
                    crate::rounding::half_to_even(i128::from(count) * 700, i128::from(days) * i128::from(seats));
                let weekly = Decimal(weekly.unwrap_or(0));
                write!(
                    f,
                    "{} in {days} days, {}: {weekly} per seat and week",
                    logins(count),
                    CountWithUnit(seats, "seat")
                )
            }
            Self::Logins { logins: count, days, seats: None } => {
                let weekly = crate::rounding::half_to_even(i128::from(count) * 700, i128::from(days));
                write!(f, "{} in {days} days: {} per week", logins(count), Decimal(weekly.unwrap_or(0)))
            }
            Self::Adoption { percent } => write!(f, "{} % of the features in use", Decimal(percent)),
            Self::Session { minutes, baseline: Some(baseline) } => {
                write!(f, "{} minutes per session, {} in the 84 days before", Decimal(minutes), Decimal(baseline))
            }
            Self::Session { minutes, baseline: None } => write!(f, "{} minutes per session", Decimal(minutes)),
            Self::ActiveUsers { users, seats } => {
                write!(
                    f,
                    "{} on {}: {} %",
                    CountWithUnit(users, "active user"),
                    CountWithUnit(seats, "seat"),
                    percent(users, seats)
                )
            }
            Self::Training { percent } => write!(f, "{} % of the training done", Decimal(percent)),
            Self::Tickets { tickets, seats: Some(seats) } => {
                write!(f, "{} in 30 days, {}", CountWithUnit(tickets, "ticket"), CountWithUnit(seats, "seat"))
            }
            Self::Tickets { tickets, seats: None } => write!(f, "{} in 30 days", CountWithUnit(tickets, "ticket")),
            Self::Severe { urgent: 0, escalated: 0 } => f.write_str("no urgent or escalated ticket in 90 days"),
            Self::Severe { urgent, escalated } => {
                write!(f, "{urgent} urgent and {escalated} escalated tickets in 90 days")
            }
            Self::Resolution { hours, tickets } => {
                write!(f, "{} hours to resolve, over {}", Decimal(hours), CountWithUnit(tickets, "ticket"))
            }
            Self::Satisfied { percent, own, answers } => {
                let answers = CountWithUnit(answers, "answer");
                write!(f, "{} % satisfied in {answers}, counted as {} %", Decimal(own), Decimal(percent))
            }
            Self::Met { days: 0, cadence } => write!(f, "met today, cadence {cadence} days"),
            Self::Met { days, cadence } => write!(f, "last met {} ago, cadence {cadence} days", ago(days)),
            Self::Answered { answered, sent } => {
                write!(f, "{answered} of {} answered within 7 days", CountWithUnit(sent, "e-mail"))
            }
            Self::Outcomes { all, positive, negative } => {
                write!(f, "{} in 180 days, {positive} positive, {negative} negative", CountWithUnit(all, "outcome"))
            }
            Self::People { people, champion, decision_maker } => {
                let who = if people == 1 { "person" } else { "people" };
                let keys = match (champion, decision_maker) {
                    (true, true) => "with champion and decision maker",
                    (true, false) => "with a champion",
                    (false, true) => "with a decision maker",
                    (false, false) => "no champion or decision maker",
                };
                write!(f, "{people} {who} met in 90 days, {keys}")
            }
            Self::Rank { rank, accounts } => {
                write!(f, "ARR above {} % of the {accounts} accounts of its size", Decimal(rank))
            }
            Self::PastDue { days: 0 } => f.write_str("nothing past due"),
            Self::PastDue { days } => write!(f, "{} past due", ago(days)),
            Self::Growth { growth, extra } => {
                let sign = if growth > 0 { "+" } else { "" };
                write!(f, "ARR {sign}{} % in 12 months", Decimal(growth))?;
                match extra {
                    0 => Ok(()),
                    1.. => write!(f, ", seats in use: +{}", Decimal(extra)),
                    _ => write!(f, ", seats idle: {}", Decimal(extra)),
                }
            }
            Self::Stage { stage } => write!(f, "renewal stage {stage}"),
            Self::AutoRenews => f.write_str("renews automatically"),
            Self::RenewalIn { days: 0 } => f.write_str("contract ends today"),
            Self::RenewalIn { days } if days < 0 => write!(f, "contract ended {} ago", ago(-days)),
            Self::RenewalIn { days } => write!(f, "contract ends in {}", ago(days)),
            Self::Health { points } => write!(f, "health {}", Decimal(points)),
            Self::Lost { points } if points < 0 => write!(f, "health gained {} points in two months", Decimal(-points)),
            Self::Lost { points } => write!(f, "health lost {} points in two months", Decimal(points)),
            Self::Touches { recent, before } => {
                write!(f, "{} in 90 days, {before} in the 90 days before", CountWithUnit(recent, "engagement"))
            }
            Self::Stopped { days: 0 } => f.write_str("used on the latest day of the usage feed"),
            Self::Stopped { days } => write!(f, "not used in the last {} of the usage feed", ago(days)),
            Self::Escalated { escalated, tickets } => {
                write!(f, "{escalated} of {} escalated in 90 days", CountWithUnit(tickets, "ticket"))
            }
            Self::LastSevere { age: None } => f.write_str("no urgent or escalated ticket in 90 days"),
            Self::LastSevere { age: Some(0) } => f.write_str("an urgent or escalated ticket today"),
            Self::LastSevere { age: Some(age) } => write!(f, "an urgent or escalated ticket {} ago", ago(age)),
            Self::Signals { count, age, stage } => {
                write!(f, "{}, {stage} {} ago", CountWithUnit(count, "competitor signal"), ago(age))
            }
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoRows => f.write_str("no data"),
            Self::FeedSilent => f.write_str("no rows for any account"),
            Self::NotTold => f.write_str("rows without this value"),
            Self::TooFewDays { days, least } => write!(f, "{days} days of rows, at least {least} needed"),
            Self::TooFew { what, count, least } => write!(f, "{count} {what}, at least {least} needed"),
            Self::NoSeats => f.write_str("number of seats unknown"),
            Self::NoEngagement => f.write_str("no engagement ever logged"),
            Self::NoTouch => f.write_str("no meeting, call, demo or training yet"),
            Self::NoCadence => f.write_str("no cadence for its size"),
            Self::NoOutcome => f.write_str("no outcome in 180 days"),
            Self::NoRoles => f.write_str("no contact has a role"),
            Self::NoAttendee => f.write_str("no customer contacts met in the last 90 days"),
            Self::NoArr => f.write_str("ARR unknown"),
            Self::NoEarlierArr => f.write_str("no ARR of 3 to 12 months ago"),
            Self::Churned => f.write_str("churned"),
            Self::NoPayments => f.write_str("no payments recorded for any account"),
            Self::NoContractEnd => f.write_str("no renewal date (contract_end)"),
            Self::StaleContractEnd { days } => write!(f, "contract ended {days} days ago: outdated"),
            Self::NoHealth => f.write_str("health has insufficient data"),
            Self::NoSignal => f.write_str("no competitor signals"),
        }
    }
}
