//! Product usage: how often, how much of it, how long, by how many, and how well trained.

use super::{mean, reading, seats};
use crate::score::factor::Factor;
use crate::score::facts::{Book, Facts};
use crate::score::model::Model;
use crate::score::reading::{Fact, Missing, Reading};

/// Days of the window of usage.
const WINDOW: i64 = 28;
/// Days that the feed must have covered before a rate is one.
const LEAST_COVERED: i64 = 14;
/// Days that the window of sessions and the baseline before it take together.
const LEAST_BASELINE: i64 = 2 * WINDOW;

/// Why there is nothing in the window, where it does not count as zero: `factor` is asked of the feed.
fn nothing(facts: &Facts, book: &Book, factor: Factor) -> Option<Missing> {
    let usage = &facts.usage;
    let told = usage.logins.count + usage.adoption.count + usage.session.count > 0 || usage.active_users.is_some();
    match usage.first_row {
        None => Some(Missing::NoRows),
        Some(_) if told => Some(Missing::NotTold),
        Some(_) if !book.usage_live || !book.connected.has(factor.place()) => Some(Missing::FeedSilent),
        Some(_) => None,
    }
}

/// Logins a week, per seat where seats are known.
pub(super) fn login_frequency(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let usage = &facts.usage;
    if usage.logins.count == 0
        && let Some(missing) = nothing(facts, book, Factor::LoginFrequency)
    {
        return Err(missing);
    }
    let days = usage.first_row.map_or(0, |first| (first + 1).clamp(0, WINDOW));
    if days < LEAST_COVERED {
        return Err(Missing::TooFewDays { days, least: LEAST_COVERED });
    }
    let (logins, seats) = (usage.logins.sum, seats(facts));
    let curves = &model.health.product_usage.login_frequency;
    let weekly = i128::from(logins) * 7;
    let points = match seats {
        Some(seats) => curves.per_seat.at(weekly, i128::from(days) * i128::from(seats)),
        None => curves.absolute.at(weekly, i128::from(days)),
    };
    reading(points, Fact::Logins { logins, days, seats })
}

/// Mean share of the features in use.
pub(super) fn feature_adoption(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let adoption = facts.usage.adoption;
    let curve = &model.health.product_usage.feature_adoption.curve;
    if adoption.count == 0 {
        let missing = nothing(facts, book, Factor::FeatureAdoption);
        return missing.map_or_else(|| reading(curve.at(0, 1), Fact::NoUsage), Err);
    }
    let points = curve.at(i128::from(adoption.sum), i128::from(adoption.count) * 100);
    reading(points, Fact::Adoption { percent: mean(adoption.sum, adoption.count) })
}

/// Whether there are minutes of sessions to compare with.
pub(in crate::score) fn has_session_baseline(facts: &Facts) -> bool {
    let (first, before) = (facts.usage.session_first, facts.usage.session_before);
    first.is_some_and(|first| first + 1 >= LEAST_BASELINE) && before.count > 0 && before.sum > 0
}

/// Mean minutes of a session to those of the 84 days before; without 28 days of these the minutes themselves.
pub(super) fn session_duration(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let usage = &facts.usage;
    let (now, before) = (usage.session, usage.session_before);
    let curves = &model.health.product_usage.session_duration;
    let has_baseline = has_session_baseline(facts);
    if now.count == 0 {
        let curve = if has_baseline { &curves.ratio } else { &curves.minutes };
        let missing = nothing(facts, book, Factor::SessionDuration);
        return missing.map_or_else(|| reading(curve.at(0, 1), Fact::NoUsage), Err);
    }
    let minutes = mean(now.sum, now.count);
    let (sum, count) = (i128::from(now.sum), i128::from(now.count));
    if has_baseline {
        let points = curves.ratio.at(sum * i128::from(before.count), count * i128::from(before.sum));
        let baseline = Some(mean(before.sum, before.count));
        return reading(points, Fact::Session { minutes, baseline });
    }
    reading(curves.minutes.at(sum, count * 100), Fact::Session { minutes, baseline: None })
}

/// Distinct users of 28 days; zero where a customer who had some fell silent.
pub(in crate::score) fn active_users(facts: &Facts, book: &Book) -> Result<i64, Missing> {
    match (facts.usage.active_users, facts.usage.ever_active_users) {
        (Some(users), _) => Ok(users),
        (None, false) => Err(Missing::NoRows),
        (None, true) => nothing(facts, book, Factor::UserActivity).map_or(Ok(0), Err),
    }
}

/// Active users a seat.
pub(super) fn user_activity(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let seats = seats(facts).ok_or(Missing::NoSeats)?;
    let users = active_users(facts, book)?;
    let points = model.health.product_usage.user_activity.curve.at(i128::from(users), i128::from(seats));
    reading(points, Fact::ActiveUsers { users, seats })
}

/// What was learned is not forgotten when the feed falls silent: there is no expiry.
pub(super) fn training(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    let percent = facts.usage.training.ok_or(Missing::NoRows)?;
    reading(model.health.product_usage.training.curve.at(i128::from(percent), 100), Fact::Training { percent })
}
