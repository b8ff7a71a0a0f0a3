//! When a goal will be reached if it goes on as it did.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::line::Line;
use super::share::{Direction, reached};

/// How far ahead is told: ten years, in days. A finish beyond it is no finish.
const HORIZON: i64 = 3_653;

/// How much a projection is worth, by thresholds; all of a line hold, or the next line counts.
///
/// | | days with a value | R² | span of the values | finish after the last value |
/// |---|---|---|---|---|
/// | high | 6 | 0.90 | 28 days | at most half the span |
/// | medium | 4 | 0.70 | 14 days | at most the span |
/// | low | 2 | – | – | – |
///
/// It is low as well where the line is past the target already and the value is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    Low,
    Medium,
    High,
}

impl Certainty {
    /// `low`, `medium` or `high`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// The first day on which the line is at the target; never before today.
    pub finish: NaiveDate,
    /// The earlier end of the range; `None` with two points, which tell nothing about their scatter.
    pub earliest: Option<NaiveDate>,
    /// The later end; `None` with two points, and where it is ten years away or there is none, as the line may be flat.
    pub latest: Option<NaiveDate>,
    pub certainty: Certainty,
    /// The days that the line was laid through, the baseline among them.
    pub points: usize,
}

/// Lays a line through the recorded progress and the baseline and says when it meets the target.
///
/// With x in days, y in hundredths and n points, one for each day (the last given of a day; a value recorded on
/// `started_on` takes the place of the baseline; what is before `started_on` or after `today` is left out):
///
/// - slope `b = Sxy/Sxx`, line `ȳ + b·(x − x̄)`, where `Sxy = Σ(x − x̄)(y − ȳ)` and `Sxx = Σ(x − x̄)²`
/// - finish `x̄ + D/b`, where `D = target − ȳ`
/// - scatter `s² = Σ(y − line)² / (n − 2)`, and `R² = 1 − Σ(y − line)² / Σ(y − ȳ)²`
/// - range: the days x between which the 80 % prediction interval of a single value,
///   `line ± t·s·√(1 + 1/n + (x − x̄)²/Sxx)` with Student's t for n − 2 degrees of freedom, holds the target:
///   the roots d = x − x̄ of `(b·d − D)² = t²s²·(1 + 1/n + d²/Sxx)`.
///
/// Least squares, the prediction interval and its inversion ("inverse regression", after Fieller) are as in N. R. Draper
/// and H. Smith, *Applied Regression Analysis*, 3rd ed., Wiley 1998, chapters 1 and 3. They take the scatter of one day to be
/// independent of the next. Progress that adds up is not quite so: take the range for a hint rather than for 80 %.
///
/// `None` where there is no progress to lay a line through (fewer than two days), where the line is flat or goes away from
/// the target, where the finish is more than ten years after today, and where the last value has reached the target.
///
/// The result does not depend on the machine, nor on the order of points of different days: they are summed by day, with
/// the operations that IEEE 754 rounds in one way (+ − × ÷ √).
pub fn project(
    points: &[(NaiveDate, i64)],
    start: i64,
    started_on: NaiveDate,
    target: i64,
    today: NaiveDate,
) -> Option<Projection> {
    let mut days = BTreeMap::from([(started_on, start)]);
    days.extend(points.iter().copied().filter(|(day, _)| (started_on..=today).contains(day)));
    let (first, (last, current)) = (*days.first_key_value()?.0, days.last_key_value()?);
    if started_on > today || reached(start, *current, target) {
        return None;
    }
    let direction = Direction::of(start, target);
    // From the start and towards the target, so that the line rises and large values keep their digits.
    let point =
        |(day, value): (&NaiveDate, &i64)| ((*day - first).num_days() as f64, direction.way(start, *value) as f64);
    let line = Line::through(&days.iter().map(point).collect::<Vec<_>>())?;
    let target = direction.way(start, target) as f64;

    let now = (today - first).num_days();
    let date = |x: f64| {
        let x = whole_day(x).max(now as f64);
        // In range, so the conversion is exact.
        let within = x <= (now + HORIZON) as f64;
        within.then(|| TimeDelta::try_days(x as i64)).flatten().and_then(|days| first.checked_add_signed(days))
    };
    let meets = line.meets(target);
    let finish = date(meets)?;
    let (earliest, latest) = line.range(target).unzip();
    let span = (*last - first).num_days();
    let ahead = (finish - *last).num_days();
    Some(Projection {
        finish,
        // Without scatter all three are one day, up to what the sums leave behind the point.
        earliest: earliest.and_then(date).map(|day| day.min(finish)),
        latest: latest.flatten().and_then(date).map(|day| day.max(finish)),
        certainty: if whole_day(meets) < now as f64 { Certainty::Low } else { certainty(&line, span, ahead) },
        points: days.len(),
    })
}

/// The first whole day at or after `x`. What the sums left behind the point of a whole day does not make a day.
fn whole_day(x: f64) -> f64 {
    (x - 1e-6).ceil()
}

fn certainty(line: &Line, span: i64, ahead: i64) -> Certainty {
    if line.n >= 6.0 && line.r_squared >= 0.9 && span >= 28 && 2 * ahead <= span {
        Certainty::High
    } else if line.n >= 4.0 && line.r_squared >= 0.7 && span >= 14 && ahead <= span {
        Certainty::Medium
    } else {
        Certainty::Low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();

    fn on(day: i64) -> NaiveDate {
        FIRST + TimeDelta::days(day)
    }

    /// Days and values after a start at 0 on day 0, seen on the last day.
    fn after(points: &[(i64, i64)], target: i64) -> Option<Projection> {
        let today = points.last().map_or(FIRST, |(day, _)| on(*day));
        let points: Vec<_> = points.iter().map(|(day, value)| (on(*day), *value)).collect();
        project(&points, 0, FIRST, target, today)
    }

    const STEADY: [(i64, i64); 5] = [(7, 1_000), (14, 1_800), (21, 3_300), (28, 4_100), (35, 4_900)];

    /// The numbers were found by bisection of both ends of the interval, not by its roots.
    #[test]
    fn against_another_calculation() {
        let long = (1..=12).map(|n| (n * 7, n * 500)).collect::<Vec<_>>();
        for (points, target, finish, earliest, latest, certainty) in [
            // 69.44 (65.44 to 73.95); R² 0.992, but the finish is as far ahead as the values reach back.
            (&STEADY[..], 10_000, 70, Some(66), Some(74), Certainty::Medium),
            // 41.68 (39.01 to 44.58)
            (&STEADY, 6_000, 42, Some(40), Some(45), Certainty::High),
            // 103.30 (49.55 and never): the slope may as well be 0.
            (&[(7, 1_800), (14, 600), (21, 2_600)], 10_000, 104, Some(50), None, Certainty::Low),
            // The interval holds the target on any day.
            (&[(3, 900), (10, 500)], 2_000, 54, Some(10), None, Certainty::Low),
            // The line was at the target on day 18.21, the value on day 20 is not; 57.54 at the latest.
            (&[(5, 6_000), (10, 9_900), (15, 7_000), (20, 9_000)], 9_500, 20, Some(20), Some(58), Certainty::Low),
            // Two points tell nothing about scatter.
            (&[(10, 1_000)], 2_000, 20, None, None, Certainty::Low),
            (&long, 8_000, 112, Some(112), Some(112), Certainty::High),
        ] {
            let expected = Projection {
                finish: on(finish),
                earliest: earliest.map(on),
                latest: latest.map(on),
                certainty,
                points: points.len() + 1,
            };
            assert_eq!(after(points, target), Some(expected), "{points:?}");
        }
    }

    #[test]
    fn thresholds() {
        // One step every seven days is exact; what differs is how many, how long and how far.
        let steps = |n: i64, every: i64| (1..n).map(|step| (step * every, step * 100)).collect::<Vec<_>>();
        for (n, every, target, certainty) in [
            (6, 7, 700, Certainty::High),
            (6, 7, 742, Certainty::High),
            (6, 7, 743, Certainty::Medium), // 18 days ahead of a span of 35
            (6, 7, 1_000, Certainty::Medium),
            (6, 7, 1_010, Certainty::Low),
            (5, 7, 450, Certainty::Medium),
            (4, 7, 450, Certainty::Medium),
            (3, 7, 250, Certainty::Low),
            (6, 5, 550, Certainty::Medium), // a span of 25 days
            (6, 2, 550, Certainty::Low),
        ] {
            assert_eq!(after(&steps(n, every), target).unwrap().certainty, certainty, "{n} {every} {target}");
        }
        let line = |r_squared| Line { n: 6.0, x: 0.0, y: 0.0, slope: 1.0, sxx: 1.0, residual: 0.0, r_squared };
        for (r_squared, expected) in
            [(0.9, Certainty::High), (0.899, Certainty::Medium), (0.7, Certainty::Medium), (0.699, Certainty::Low)]
        {
            assert_eq!(certainty(&line(r_squared), 28, 14), expected, "{r_squared}");
        }
        assert!(Certainty::Low < Certainty::Medium && Certainty::Medium < Certainty::High);
    }

    #[test]
    fn falling_goals_are_the_mirror() {
        let points: Vec<_> = STEADY.iter().map(|(day, value)| (on(*day), 20_000 - value)).collect();
        assert_eq!(project(&points, 20_000, FIRST, 10_000, on(35)), after(&STEADY, 10_000));
    }

    #[test]
    fn no_projection() {
        for (points, target) in [
            (&[][..], 1_000),
            (&[(0, 500)], 1_000),              // one day, the baseline's
            (&[(7, 0), (14, 0)], 1_000),       // flat
            (&[(7, -100), (14, -200)], 1_000), // away from it
            (&[(7, 500), (14, 1_000)], 1_000), // there
            (&[(7, 500), (14, 900)], 0),       // there from the start
            (&[(10, 10)], 3_674),              // 3,664 days after the last value
            (&[(7, 1)], i64::MAX),
        ] {
            assert_eq!(after(points, target), None, "{points:?} to {target}");
        }
        assert!(after(&[(10, 10)], 3_663).is_some());
        // Before it began.
        assert_eq!(project(&[(on(-9), 100), (on(-8), 200)], 0, FIRST, 1_000, on(-7)), None);
    }

    #[test]
    fn one_value_a_day() {
        let points = [(on(-5), 9_999), (on(0), 400), (on(10), 1), (on(10), 500), (on(40), 1)];
        // From 4 on day 0 to 5 on day 10; the value of day 40 has not been recorded yet.
        let projection = project(&points, 0, FIRST, 600, on(12)).unwrap();
        assert_eq!((projection.finish, projection.points), (on(20), 2));
    }

    #[test]
    fn extremes() {
        let points = [(NaiveDate::MIN, i64::MIN), (NaiveDate::MAX, i64::MAX - 1)];
        let projection = project(&points, i64::MIN, NaiveDate::MIN, i64::MAX, NaiveDate::MAX).unwrap();
        assert_eq!(projection.finish, NaiveDate::MAX);
        let before = NaiveDate::MAX - TimeDelta::days(1);
        assert_eq!(project(&[(before, 1)], 0, before - TimeDelta::days(1), 100, NaiveDate::MAX), None);
    }
}
