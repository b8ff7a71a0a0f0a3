//! A score over days: a line above the bands.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use chrono::NaiveDate;

const WIDTH: i64 = 300;
const HEIGHT: i64 = 56;

/// Scores of days, 0 to 100, the oldest first.
#[derive(Debug, Clone)]
pub struct Spark {
    pub days: Vec<(NaiveDate, i64)>,
    /// What it is of, such as `Health`.
    pub what: &'static str,
    /// The least scores of the bands concern, moderate and healthy.
    pub edges: [i64; 3],
}

impl Spark {
    /// The same as text, for screen readers.
    fn sentence(&self) -> String {
        let (Some((first, from)), Some((last, to))) = (self.days.first(), self.days.last()) else {
            return format!("{}: no score yet.", self.what);
        };
        let least = self.days.iter().map(|(_, score)| *score).min().unwrap_or(*to);
        let most = self.days.iter().map(|(_, score)| *score).max().unwrap_or(*to);
        format!("{} from {first} to {last}: {from} to {to}, between {least} and {most}.", self.what)
    }

    fn points(&self) -> Vec<(i64, i64)> {
        let Some((first, _)) = self.days.first() else { return Vec::new() };
        let whole = self.days.last().map_or(1, |(last, _)| (*last - *first).num_days()).max(1);
        let place = |day: &NaiveDate| 2 + (*day - *first).num_days() * (WIDTH - 8) / whole;
        self.days.iter().map(|(day, score)| (place(day), height(*score))).collect()
    }
}

fn height(score: i64) -> i64 {
    HEIGHT - 3 - score.clamp(0, 100) * (HEIGHT - 6) / 100
}

impl fmt::Display for Spark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            self.sentence()
        )?;
        let edges = [0, self.edges[0], self.edges[1], self.edges[2], 100];
        for (class, pair) in ["critical", "concern", "moderate", "healthy"].iter().zip(edges.windows(2)) {
            let (top, bottom) = (height(pair[1]), height(pair[0]));
            let tall = bottom - top;
            write!(f, "<rect class=\"band {class}\" x=\"0\" y=\"{top}\" width=\"{WIDTH}\" height=\"{tall}\"/>")?;
        }
        let points = self.points();
        let mut line = String::new();
        for (x, y) in &points {
            let _ = write!(line, "{x},{y} ");
        }
        if points.len() > 1 {
            write!(f, "<polyline class=\"line\" points=\"{}\"/>", line.trim_end())?;
        }
        if let Some((x, y)) = points.last() {
            write!(f, "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>")?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Spark {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_a_sentence() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let spark = Spark {
            days: vec![(day("2026-11-01"), 72), (day("2026-11-16"), 90), (day("2026-12-01"), 58)],
            what: "Health",
            edges: [40, 60, 80],
        };
        let text = spark.to_string();
        assert!(
            text.contains("aria-label=\"Health from 2026-11-01 to 2026-12-01: 72 to 58, between 58 and 90.\""),
            "{text}"
        );
        assert!(text.contains("points=\"2,17 148,8 294,24\""), "{text}");
        let none = Spark { days: Vec::new(), ..spark }.to_string();
        assert!(none.contains("no score yet") && !none.contains("polyline"), "{none}");
    }
}
