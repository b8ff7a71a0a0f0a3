//! Engagement quality: how lately one met, who answers, how it came out, and with whom.

use super::reading;
use crate::rounding::half_to_even;
use crate::score::curve::{BasisPoints, Points};
use crate::score::decay::decay;
use crate::score::facts::{Facts, Outcome};
use crate::score::model::Model;
use crate::score::reading::{Fact, Missing, Reading};

/// The score of so many days along the three steps of a cadence: `steps` are the scores at 0 days and at each step; linear
/// between them, level beyond the last.
pub(in crate::score) fn stepped(days: i64, cadence: [i64; 3], steps: [Points; 4]) -> BasisPoints {
    let at = [0, cadence[0], cadence[1], cadence[2]];
    let anchors = at.windows(2).zip(steps.windows(2));
    for (days_of, scores) in anchors {
        if let ([from, to], [low, high]) = (days_of, scores)
            && days <= *to
        {
            let (days, span) = (i128::from(days.max(*from) - from), i128::from(to - from));
            let part = i128::from(low.0) * span + i128::from(high.0 - low.0) * days;
            return half_to_even(part, span).unwrap_or(high.0);
        }
    }
    steps[3].0
}

/// An account of which nothing was ever logged says nothing of its engagement.
fn any(facts: &Facts) -> Result<(), Missing> {
    if facts.touch.any { Ok(()) } else { Err(Missing::NoEngagement) }
}

/// Days since the last touch, by the cadence of the account's size.
pub(super) fn meeting_frequency(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    any(facts)?;
    let cadence = model.cadence(facts.account.size).ok_or(Missing::NoCadence)?;
    let days = facts.touch.last.ok_or(Missing::NoTouch)?;
    let points = stepped(days, cadence, model.health.engagement.meeting_frequency.steps);
    reading(points, Fact::Met { days, cadence: cadence[0] })
}

/// Share of outbound e-mails that were answered within 7 days.
pub(super) fn response_rate(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    any(facts)?;
    let numbers = &model.health.engagement.response_rate;
    let (sent, answered) = (facts.touch.outbound, facts.touch.answered);
    if sent < numbers.least {
        return Err(Missing::TooFew { what: "e-mails sent", count: sent, least: numbers.least });
    }
    reading(numbers.curve.at(i128::from(answered), i128::from(sent)), Fact::Answered { answered, sent })
}

/// Mean of the outcomes of 180 days; what is long past counts less.
pub(super) fn outcomes(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    any(facts)?;
    let numbers = &model.health.engagement.outcomes;
    let (mut sum, mut whole) = (0_i128, 0_i128);
    let (mut good, mut bad, mut all) = (0, 0, 0);
    for (age, outcome) in &facts.touch.outcomes {
        let counts = i128::from(decay(*age, numbers.half_life));
        let score = match outcome {
            Outcome::Positive => numbers.positive,
            Outcome::Neutral => numbers.neutral,
            Outcome::ActionRequired => numbers.action_required,
            Outcome::Negative => numbers.negative,
        };
        sum += counts * i128::from(score.0);
        whole += counts;
        good += i64::from(*outcome == Outcome::Positive);
        bad += i64::from(*outcome == Outcome::Negative);
        all += 1;
    }
    let points = half_to_even(sum, whole).ok_or(Missing::NoOutcome)?;
    reading(points, Fact::Outcomes { all, positive: good, negative: bad })
}

/// How many people of the customer one speaks with, and whether those who decide are among them.
pub(super) fn stakeholders(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    any(facts)?;
    let (touch, numbers) = (&facts.touch, &model.health.engagement.stakeholders);
    if !touch.roles {
        return Err(Missing::NoRoles);
    }
    if touch.engagements == 0 || touch.people == 0 {
        return Err(Missing::NoAttendee);
    }
    let (champion, decision_maker) = (touch.champion_attended, touch.decision_maker_attended);
    let points = match (touch.people, champion, decision_maker) {
        (1, false, false) => numbers.single,
        (1, ..) => numbers.single_key,
        (_, false, false) => numbers.no_key,
        (_, true, true) => numbers.both_keys,
        _ => numbers.one_key,
    };
    reading(points.0, Fact::People { people: touch.people, champion, decision_maker })
}
