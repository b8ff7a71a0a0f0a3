//! Why a score moved between two days: pure functions of two snapshots and the model that made them.

use crate::score::model::Model;
use crate::score::{BasisPoints, Component, Contributions, FULL, Factor};
use crate::store::scores::snapshots::Snapshot;

/// What moved a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Fingerprints: what two models say is not to be compared factor by factor.
    Model { from: String, to: String },
    /// The fact behind it changed; from and to in basis points.
    Factor { factor: Factor, from: BasisPoints, to: BasisPoints },
    /// These are no longer known, and their weight went to the others.
    Lost(Vec<Factor>),
    /// These became known.
    Found(Vec<Factor>),
    /// A cap came, went or moved; in words where it holds.
    Cap(Option<String>),
    /// A person's score came, went or changed.
    Adjustment { holds: bool },
    /// Too little was known at one end, and the score was drawn toward 50.
    Coverage,
    /// The model that made the scores is no longer known.
    Unknown,
}

/// A cause, and what it did to the score in basis points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    pub cause: Cause,
    pub effect: BasisPoints,
}

/// The factors of health of a snapshot, in the order of [`Factor::ALL`].
pub fn factors(snapshot: &Snapshot) -> [Option<BasisPoints>; 17] {
    let mut factors = [None; 17];
    let values = snapshot.parts.values().skip(Component::ALL.len());
    factors.iter_mut().zip(values).for_each(|(factor, value)| *factor = value);
    factors
}

/// What moved the score between two snapshots of one model; the effects add up to the move, to the basis point. `adjusted`
/// says of each end whether a person's score held.
///
/// What is known at both ends is compared with the same weights; what was lost or found meanwhile counts by what the mean
/// makes of its going or coming.
pub fn drivers(before: &Snapshot, after: &Snapshot, model: &Model, adjusted: (bool, bool)) -> Vec<Driver> {
    let (old, new) = (factors(before), factors(after));
    let both = |factor: Factor| {
        let there = |of: &[Option<BasisPoints>; 17]| of.get(factor.place()).copied().flatten();
        Some((there(&old)?, there(&new)?))
    };
    let common = |end: fn((BasisPoints, BasisPoints)) -> BasisPoints| {
        let mut points = [None; 17];
        Factor::ALL.iter().zip(&mut points).for_each(|(factor, place)| *place = both(*factor).map(end));
        Contributions::of(model, &points)
    };
    let (then, now) = (common(|(old, _)| old), common(|(_, new)| new));
    let mean = |contributions: &Contributions| contributions.raw().unwrap_or(FULL / 2);
    let raw = [mean(&Contributions::of(model, &old)), mean(&then), mean(&now), mean(&Contributions::of(model, &new))];
    let only = |there: &[Option<BasisPoints>; 17], not: &[Option<BasisPoints>; 17]| -> Vec<Factor> {
        let of = Factor::ALL.iter().zip(there.iter().zip(not));
        of.filter(|(_, (there, not))| there.is_some() && not.is_none()).map(|(factor, _)| *factor).collect()
    };

    let mut drivers = vec![
        Driver { cause: Cause::Lost(only(&old, &new)), effect: raw[1] - raw[0] },
        Driver { cause: Cause::Found(only(&new, &old)), effect: raw[3] - raw[2] },
        Driver { cause: Cause::Coverage, effect: (after.health_drawn - raw[3]) - (before.health_drawn - raw[0]) },
    ];
    let held = (after.health_points - after.health_drawn) - (before.health_points - before.health_drawn);
    let cause = match adjusted {
        (false, false) => Cause::Cap(cap(after, model)),
        (_, holds) => Cause::Adjustment { holds },
    };
    drivers.push(Driver { cause, effect: held });
    let effects = split(&then, &now, raw[2] - raw[1]);
    for (factor, effect) in Factor::ALL.iter().zip(effects) {
        if let Some((from, to)) = both(*factor) {
            drivers.push(Driver { cause: Cause::Factor { factor: *factor, from, to }, effect });
        }
    }
    drivers
}

/// What each factor did to the mean, over the same weights: by the largest remainder, so that they add up to `all`.
fn split(then: &Contributions, now: &Contributions, all: BasisPoints) -> [BasisPoints; 17] {
    let mut effects = [0; 17];
    if now.whole == 0 {
        return effects;
    }
    let mut rests = Vec::with_capacity(17);
    let moves = now.weighed.iter().zip(&then.weighed).map(|(now, then)| now - then);
    for (place, (part, effect)) in moves.zip(&mut effects).enumerate() {
        *effect = i64::try_from(part.div_euclid(now.whole)).unwrap_or(0);
        // One that is missing takes none of what is left over.
        let missing = now.parts.get(place).is_none_or(|part| *part == 0);
        rests.push((std::cmp::Reverse(part.rem_euclid(now.whole)), missing, place));
    }
    rests.sort_unstable();
    let mut left = all - effects.iter().sum::<i64>();
    for (.., place) in rests.iter().cycle().take(2 * effects.len()) {
        let Some(effect) = effects.get_mut(*place).filter(|_| left != 0) else { break };
        *effect += left.signum();
        left -= left.signum();
    }
    effects
}

/// The one that did most in the direction of the move; none where the score stands.
pub fn main_cause(drivers: Vec<Driver>, change: i64) -> Option<Driver> {
    let along = |driver: &Driver| driver.effect * change.signum();
    drivers.into_iter().filter(|driver| along(driver) > 0).max_by_key(along)
}

/// The cap that holds a score down, in words as far as the snapshot tells it; none where none does.
pub fn cap(snapshot: &Snapshot, model: &Model) -> Option<String> {
    if snapshot.health_points >= snapshot.health_drawn {
        return None;
    }
    let caps = &model.caps;
    let is = |most: crate::score::Points| snapshot.health_points == most.0;
    let components = Component::ALL.iter().zip(snapshot.parts.values());
    let weak: Vec<String> = components
        .filter_map(|(component, points)| {
            points.filter(|points| *points <= caps.weak_from.0).map(|points| (component, points))
        })
        .map(|(component, points)| format!("{} at {}", component.as_str().replace('_', " "), whole(points)))
        .collect();
    Some(match () {
        () if is(caps.sentiment_red) => "the account manager's sentiment is red".to_owned(),
        () if is(caps.weak_component) && !weak.is_empty() => weak.join(", "),
        () if is(caps.urgent_ticket) && is(caps.champion_left) => {
            "an urgent ticket is open, or the champion left".to_owned()
        }
        () if is(caps.urgent_ticket) => "an urgent ticket is open".to_owned(),
        () if is(caps.champion_left) => "the champion left".to_owned(),
        () => "a cap".to_owned(),
    })
}

/// Basis points as the whole number that is shown.
pub fn whole(points: BasisPoints) -> i64 {
    crate::rounding::half_to_even(i128::from(points), 100).unwrap_or(0)
}

impl Cause {
    /// `login frequency from 80 to 45`.
    pub fn words(&self) -> String {
        let name = |factor: &Factor| factor.as_str().replace('_', " ");
        let names = |factors: &[Factor]| factors.iter().map(name).collect::<Vec<_>>().join(", ");
        match self {
            Self::Model { from, to } => format!("scored with another model: {} instead of {}", short(to), short(from)),
            Self::Factor { factor, from, to } => format!("{} from {} to {}", name(factor), whole(*from), whole(*to)),
            Self::Lost(factors) => format!("no more data: {}", names(factors)),
            Self::Found(factors) => format!("new data: {}", names(factors)),
            Self::Cap(Some(cap)) => format!("capped: {cap}"),
            Self::Cap(None) => "no longer capped".to_owned(),
            Self::Adjustment { holds: true } => "adjusted by a user".to_owned(),
            Self::Adjustment { holds: false } => "the adjustment ended".to_owned(),
            Self::Coverage => "the amount of available data changed".to_owned(),
            Self::Unknown => "the model of the earlier score is unknown".to_owned(),
        }
    }

    /// What kind it is, for programs: a factor by its name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Model { .. } => "model",
            Self::Factor { factor, .. } => factor.as_str(),
            Self::Lost(_) => "lost_data",
            Self::Found(_) => "found_data",
            Self::Cap(_) => "cap",
            Self::Adjustment { .. } => "adjustment",
            Self::Coverage => "coverage",
            Self::Unknown => "unknown",
        }
    }
}

/// As much of a fingerprint as tells one from another.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..8).unwrap_or(fingerprint)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::scores::snapshots::Parts;

    fn snapshot(factors: &[Option<i64>; 17], points: Option<i64>) -> Snapshot {
        let raw = Contributions::of(Model::builtin(), factors).raw().unwrap_or(5_000);
        Snapshot {
            account_id: uuid::Uuid::nil(),
            snapshot_date: chrono::NaiveDate::default(),
            model: String::new(),
            health_score: whole(points.unwrap_or(raw)),
            churn_risk_score: 0,
            band: "moderate".into(),
            churn_band: "low".into(),
            health_points: points.unwrap_or(raw),
            health_drawn: raw,
            health_coverage: 10_000,
            churn_points: 0,
            churn_coverage: 10_000,
            churn_times_usual: None,
            churn_probability: None,
            alert_levels: 0,
            parts: Parts::of([None; 4].into_iter().chain(factors.iter().copied())),
        }
    }

    fn main(before: &Snapshot, after: &Snapshot) -> Cause {
        let change = after.health_points - before.health_points;
        main_cause(drivers(before, after, Model::builtin(), (false, false)), change).unwrap().cause
    }

    #[test]
    fn what_fell_is_named() {
        let all = [Some(8_000); 17];
        let mut fell = all;
        fell[0] = Some(1_000);
        fell[16] = Some(6_000);
        let (before, after) = (snapshot(&all, None), snapshot(&fell, None));
        let cause = main(&before, &after);
        assert_eq!(cause, Cause::Factor { factor: Factor::LoginFrequency, from: 8_000, to: 1_000 });
        assert_eq!(cause.words(), "login frequency from 80 to 10");
        let risen = main(&after, &before);
        assert_eq!(risen.words(), "login frequency from 10 to 80");
    }

    #[test]
    fn caps_and_people_are_named() {
        let all = [Some(8_000); 17];
        let (free, held) = (snapshot(&all, None), snapshot(&all, Some(3_900)));
        assert_eq!(main(&free, &held).words(), "capped: the account manager's sentiment is red");
        assert_eq!(main(&held, &free), Cause::Cap(None));
        let by_hand = drivers(&free, &held, Model::builtin(), (false, true));
        assert_eq!(main_cause(by_hand, -1).unwrap().cause, Cause::Adjustment { holds: true });
        let (two, either) = (snapshot(&all, Some(7_900)), "capped: an urgent ticket is open, or the champion left");
        assert_eq!(main(&free, &two).words(), either);
    }

    #[test]
    fn what_went_missing_is_named() {
        let mut all = [Some(4_000); 17];
        all[3] = Some(10_000);
        let mut lost = all;
        lost[3] = None;
        let (before, after) = (snapshot(&all, None), snapshot(&lost, None));
        assert_eq!(main(&before, &after), Cause::Lost(vec![Factor::UserActivity]));
        assert_eq!(main(&after, &before).words(), "new data: user activity");
    }

    fn points() -> impl Strategy<Value = [Option<i64>; 17]> {
        prop::array::uniform17(prop::option::weighted(0.8, 0_i64..=10_000))
    }

    proptest! {
        #[test]
        fn contributions_add_up_to_the_mean(points in points()) {
            let contributions = Contributions::of(Model::builtin(), &points);
            let there = points.iter().any(Option::is_some);
            prop_assert_eq!(contributions.parts.iter().sum::<i128>(), contributions.whole);
            prop_assert_eq!(contributions.raw().is_some(), there);
            if let Some(raw) = contributions.raw() {
                let known = points.iter().flatten();
                prop_assert!(*known.clone().min().unwrap() <= raw && raw <= *known.max().unwrap());
            }
        }

        #[test]
        fn effects_add_up_to_the_move(
            old in points(), new in points(), was in prop::option::of(0_i64..=10_000), is in prop::option::of(0_i64..=10_000),
        ) {
            let (before, after) = (snapshot(&old, was), snapshot(&new, is));
            let change = after.health_points - before.health_points;
            let drivers = drivers(&before, &after, Model::builtin(), (false, false));
            prop_assert_eq!(drivers.iter().map(|driver| driver.effect).sum::<i64>(), change);
            let main = main_cause(drivers, change);
            prop_assert_eq!(main.is_some(), change != 0);
            prop_assert!(main.is_none_or(|main| main.effect.signum() == change.signum()));
        }
    }
}
