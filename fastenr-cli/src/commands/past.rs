//! What the commands that test scores on the past share: their window, and how they show figures.

use chrono::NaiveDate;
use fastenr_core::Result;
use fastenr_core::ops::Context;
use fastenr_core::ops::scores::BacktestedScore;
use fastenr_core::proof::Figure;

use super::grouped;
use crate::typed::Since;

/// The cut-offs, and the days after them in which churn counts.
#[derive(Debug, clap::Args)]
pub(crate) struct WindowArgs {
    /// Days from the cut-off to the window: the time to act on a score.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub lead: u32,

    /// Length of the window in days.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub horizon: u32,

    /// Use month ends from this day on [default: the last twelve].
    #[arg(long, value_name = "DATE")]
    pub from: Option<Since>,

    /// Use month ends up to this day [default: the last one whose window is over].
    #[arg(long, value_name = "DATE")]
    pub to: Option<Since>,
}

impl WindowArgs {
    /// The days of `--from` and `--to`.
    pub(crate) fn days(&self, context: &Context) -> Result<[Option<NaiveDate>; 2]> {
        let day = |given: &Option<Since>, name| given.as_ref().map(|day| day.day(context, name)).transpose();
        Ok([day(&self.from, "from")?, day(&self.to, "to")?])
    }
}

/// `31 to 120 days`: how long after a cut-off its window is.
pub(super) fn window(lead: u32, horizon: u32) -> String {
    match lead + horizon {
        1 => "1 day".to_owned(),
        ends if lead + 1 == ends => format!("{ends} days"),
        ends => format!("{} to {ends} days", lead + 1),
    }
}

pub(super) fn title(score: BacktestedScore) -> String {
    match score {
        BacktestedScore::Churn => "churn risk".to_owned(),
        other => other.as_str().replace('_', " "),
    }
}

pub(super) fn nothing() -> String {
    "–".to_owned()
}

pub(super) fn number(count: usize) -> String {
    grouped(count as u64)
}

/// Two decimals: the intervals are too wide for a third one.
pub(super) fn ratio(figure: Figure) -> String {
    format!("{:.2}", figure.rounded())
}

/// With its sign, except what is nothing at these places: no "-0.00".
pub(super) fn signed(figure: Figure, places: usize) -> String {
    let shown = format!("{:+.places$}", figure.rounded());
    let digits = shown.trim_start_matches(['+', '-']);
    if digits.chars().all(|digit| matches!(digit, '0' | '.')) { digits.to_owned() } else { shown }
}

pub(super) fn percent(share: Option<Figure>) -> String {
    share.map_or_else(nothing, |share| format!("{:.1} %", share.rounded() * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(percent(None), "–");
        assert_eq!(window(30, 1), "31 days");
        assert_eq!((window(0, 1), window(30, 90)), ("1 day".into(), "31 to 120 days".into()));
    }
}
