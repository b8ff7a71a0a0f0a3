//! What a curve reads of an account, as a number in the unit of its anchors. A fit learns from these numbers, and writes curves
//! over them.

use super::curve::{FULL, ONE};
use super::factor::Factor;
use super::factors;
use super::facts::{Book, Facts};
use super::model::Model;
use super::reading::{Fact, Reading};

/// A number that a factor's score depends on. A factor has one or two of them, and an account at most one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    LoginsPerSeat,
    Logins,
    Adoption,
    SessionRatio,
    SessionMinutes,
    ActiveUsers,
    Training,
    Tickets,
    Severity,
    Resolution,
    Csat,
    Met,
    Answered,
    Outcomes,
    Stakeholders,
    Rank,
    PastDue,
    Growth,
    RenewalDays,
    RenewalStage,
}

/// How the model turns the number into a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A curve with anchors of its own.
    Curve,
    /// Four scores, at 0 to 3 steps of the cadence.
    Steps,
    /// Constants of the model: the number is the score as a share of 1; of [`Term::Rank`] the rank between its two ends.
    Constants,
}

impl Term {
    /// In the order of the enum.
    pub(crate) const ALL: [Self; 20] = [
        Self::LoginsPerSeat,
        Self::Logins,
        Self::Adoption,
        Self::SessionRatio,
        Self::SessionMinutes,
        Self::ActiveUsers,
        Self::Training,
        Self::Tickets,
        Self::Severity,
        Self::Resolution,
        Self::Csat,
        Self::Met,
        Self::Answered,
        Self::Outcomes,
        Self::Stakeholders,
        Self::Rank,
        Self::PastDue,
        Self::Growth,
        Self::RenewalDays,
        Self::RenewalStage,
    ];

    /// What it is and its unit.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::LoginsPerSeat => "logins a week per seat",
            Self::Logins => "logins a week",
            Self::Adoption => "percent of the features",
            Self::SessionRatio => "session minutes to the baseline",
            Self::SessionMinutes => "session minutes",
            Self::ActiveUsers => "active users per seat",
            Self::Training => "percent of the training",
            Self::Tickets => "tickets in 30 days per 100 seats",
            Self::Severity => "score of ticket severity",
            Self::Resolution => "hours to resolve, to the target",
            Self::Csat => "percent satisfied",
            Self::Met => "steps of the cadence since the last meeting",
            Self::Answered => "share of e-mails answered",
            Self::Outcomes => "score of outcomes",
            Self::Stakeholders => "score of stakeholders",
            Self::Rank => "rank of ARR",
            Self::PastDue => "days past due",
            Self::Growth => "growth of ARR in 12 months",
            Self::RenewalDays => "days to contract_end",
            Self::RenewalStage => "score of the renewal stage",
        }
    }

    pub(crate) const fn place(self) -> usize {
        self as usize
    }

    pub(crate) const fn factor(self) -> Factor {
        match self {
            Self::LoginsPerSeat | Self::Logins => Factor::LoginFrequency,
            Self::Adoption => Factor::FeatureAdoption,
            Self::SessionRatio | Self::SessionMinutes => Factor::SessionDuration,
            Self::ActiveUsers => Factor::UserActivity,
            Self::Training => Factor::Training,
            Self::Tickets => Factor::TicketVolume,
            Self::Severity => Factor::TicketSeverity,
            Self::Resolution => Factor::ResolutionTime,
            Self::Csat => Factor::Csat,
            Self::Met => Factor::MeetingFrequency,
            Self::Answered => Factor::ResponseRate,
            Self::Outcomes => Factor::Outcomes,
            Self::Stakeholders => Factor::Stakeholders,
            Self::Rank => Factor::ContractValue,
            Self::PastDue => Factor::Payment,
            Self::Growth => Factor::Expansion,
            Self::RenewalDays | Self::RenewalStage => Factor::Renewal,
        }
    }

    /// Whether more of it is better for the account. It is fixed: a fit never turns a factor around.
    pub(crate) const fn is_better_high(self) -> bool {
        !matches!(self, Self::Tickets | Self::Resolution | Self::PastDue | Self::Met)
    }

    pub(crate) const fn shape(self) -> Shape {
        match self {
            Self::Met => Shape::Steps,
            Self::Severity | Self::Outcomes | Self::Stakeholders | Self::Rank | Self::RenewalStage => Shape::Constants,
            _ => Shape::Curve,
        }
    }
}

/// The numbers of an account, one a factor, in the order of [`Factor::ALL`]; none where the factor is missing.
pub(crate) type Observed = [Option<(Term, f32)>; 17];

/// Reads them. Of the model only what is no score counts: cadences, targets, how many rows are needed.
pub(crate) fn observe(facts: &Facts, book: &Book, model: &Model) -> Observed {
    let mut observed = [None; 17];
    for (factor, observed) in Factor::ALL.iter().zip(&mut observed) {
        *observed = factors::read(*factor, facts, book, model).ok().and_then(|reading| {
            let (term, number) = number(*factor, &reading, facts, model)?;
            Some((term, number as f32))
        });
    }
    observed
}

fn over(part: i64, whole: i64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn number(factor: Factor, reading: &Reading, facts: &Facts, model: &Model) -> Option<(Term, f64)> {
    let score = reading.points as f64 / FULL as f64;
    Some(match reading.fact {
        Fact::Logins { logins, days, seats: Some(seats) } => {
            (Term::LoginsPerSeat, 7.0 * over(logins, days) / seats as f64)
        }
        Fact::Logins { logins, days, seats: None } => (Term::Logins, 7.0 * over(logins, days)),
        Fact::Adoption { percent } => (Term::Adoption, percent as f64 / 100.0),
        Fact::NoUsage if factor == Factor::FeatureAdoption => (Term::Adoption, 0.0),
        Fact::NoUsage if factors::has_session_baseline(facts) => (Term::SessionRatio, 0.0),
        Fact::NoUsage => (Term::SessionMinutes, 0.0),
        Fact::Session { baseline: Some(_), .. } => {
            let (now, before) = (facts.usage.session, facts.usage.session_before);
            (Term::SessionRatio, over(now.sum, now.count) / over(before.sum, before.count))
        }
        Fact::Session { minutes, baseline: None } => (Term::SessionMinutes, minutes as f64 / 100.0),
        Fact::ActiveUsers { users, seats } => (Term::ActiveUsers, over(users, seats)),
        Fact::Training { percent } => (Term::Training, percent as f64 / 100.0),
        Fact::Tickets { tickets, seats } => (Term::Tickets, 100.0 * over(tickets, seats.unwrap_or(0).max(100))),
        Fact::Severe { .. } => (Term::Severity, score),
        Fact::Resolution { hours, .. } => {
            let target = model.health.support.resolution_time.target_hours.0 as f64 / ONE as f64;
            (Term::Resolution, hours as f64 / 100.0 / target)
        }
        Fact::Satisfied { percent, .. } => (Term::Csat, percent as f64 / 100.0),
        Fact::Met { days, .. } => (Term::Met, steps(days, model.cadence(facts.account.size)?)),
        Fact::Answered { answered, sent } => (Term::Answered, over(answered, sent)),
        Fact::Outcomes { .. } => (Term::Outcomes, score),
        Fact::People { .. } => (Term::Stakeholders, score),
        Fact::Rank { rank, .. } => (Term::Rank, over(rank, FULL)),
        Fact::PastDue { days } => (Term::PastDue, days as f64),
        Fact::Growth { growth, .. } => (Term::Growth, growth as f64 / ONE as f64),
        Fact::RenewalIn { days } if days >= 0 => (Term::RenewalDays, days as f64),
        Fact::RenewalIn { .. } | Fact::Stage { .. } | Fact::AutoRenews => (Term::RenewalStage, score),
        _ => return None,
    })
}

/// How many steps of the cadence so many days are: 1 at the first, at most 3.
fn steps(days: i64, cadence: [i64; 3]) -> f64 {
    let ends = [(0, cadence[0]), (cadence[0], cadence[1]), (cadence[1], cadence[2])];
    let step = |(from, to): (i64, i64)| over((days - from).clamp(0, to - from), to - from);
    ends.into_iter().map(step).sum()
}

/// The points that a model gives for a number, by the factor's own curve; none where constants give them.
#[cfg(test)]
pub(crate) fn points(term: Term, number: f64, model: &Model) -> Option<i64> {
    let curve = match term.shape() {
        Shape::Curve => model.clone().curve_mut(term)?.clone(),
        Shape::Steps => {
            let steps = model.health.engagement.meeting_frequency.steps;
            let place = number.floor().clamp(0.0, 2.0);
            let (from, to) = (steps[place as usize].0 as f64, steps[place as usize + 1].0 as f64);
            return Some((from + (to - from) * (number - place)).round() as i64);
        }
        Shape::Constants if term == Term::Rank => {
            let value = &model.health.business.contract_value;
            return Some((value.base.0 as f64 + value.span.0 as f64 * number).round() as i64);
        }
        Shape::Constants => return Some((number * FULL as f64).round() as i64),
    };
    Some(curve.at((number * ONE as f64).round() as i128, i128::from(ONE)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{MODEL, any_book, any_facts};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// What a fit learns from is what the curve reads: by the number alone the curve gives the score of the factor.
        #[test]
        fn a_number_gives_the_score(facts in any_facts(), book in any_book()) {
            let mut model = MODEL.clone();
            // Seats in use are added to growth: a fitted model has none of it.
            model.health.business.expansion.bonus.0 = 0;
            model.health.business.expansion.malus.0 = 0;
            let observed = observe(&facts, &book, &model);
            for (factor, observed) in Factor::ALL.iter().zip(observed) {
                let reading = factors::read(*factor, &facts, &book, &model);
                prop_assert_eq!(reading.is_ok(), observed.is_some(), "{}", factor);
                let (Ok(reading), Some((term, number))) = (reading, observed) else { continue };
                prop_assert_eq!(term.factor(), *factor);
                let points = points(term, f64::from(number), &model).unwrap();
                // Numbers are rounded to hundredths of their unit, curves are steep.
                prop_assert!((points - reading.points).abs() <= 12, "{} {:?} {}: {} {}", factor, term, number, points, reading.points);
            }
        }
    }
}
