//! A straight line through points by least squares, and where its prediction interval holds a value.
//!
//! Floats, for there is no exact root; but only + − × ÷ √ in a fixed order, which IEEE 754 rounds in one way everywhere.
//! The formulas and their source are at [`super::project`].

/// A rising line of least squares.
pub(super) struct Line {
    pub(super) n: f64,
    /// The middle of the points.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) slope: f64,
    pub(super) sxx: f64,
    /// The sum of the squared distances from the line.
    pub(super) residual: f64,
    pub(super) r_squared: f64,
}

impl Line {
    /// `None` with fewer than two points and for a line that does not rise. The points have different x.
    pub(super) fn through(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < 2 {
            return None;
        }
        let n = points.len() as f64;
        let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(x, y)| of(*x, *y)).sum::<f64>();
        let (x, y) = (sum(&|x, _| x) / n, sum(&|_, y| y) / n);
        let sxx = sum(&|px, _| (px - x) * (px - x));
        let slope = sum(&|px, py| (px - x) * (py - y)) / sxx;
        if slope <= 0.0 || !slope.is_finite() {
            return None;
        }
        let residual = |px: f64, py: f64| py - y - slope * (px - x);
        let residual = sum(&|px, py| residual(px, py) * residual(px, py));
        let r_squared = 1.0 - residual / sum(&|_, py| (py - y) * (py - y));
        Some(Self { n, x, y, slope, sxx, residual, r_squared })
    }

    /// The x where the line has `target`.
    pub(super) fn meets(&self, target: f64) -> f64 {
        self.x + (target - self.y) / self.slope
    }

    /// The x between which the prediction interval holds `target`; no later one where the interval never leaves it.
    /// `None` with two points, which any line meets.
    ///
    /// With `a = b² − q/Sxx`, `c = D² − q·k`, `q = t²s²` and `k = 1 + 1/n` the roots are those of `a·d² − 2bD·d + c`, and
    /// a quarter of its discriminant is `q·(D²/Sxx + k·a)`.
    pub(super) fn range(&self, target: f64) -> Option<(f64, Option<f64>)> {
        let freedom = points_beyond_two(self.n)?;
        let t = student_t(freedom);
        let q = t * t * self.residual / freedom as f64;
        let k = 1.0 + 1.0 / self.n;
        let ahead = target - self.y;
        let a = self.slope * self.slope - q / self.sxx;
        let c = ahead * ahead - q * k;
        let quarter = q * (ahead * ahead / self.sxx + k * a);
        // Below 0 the interval holds the target on any day.
        let root = if quarter < 0.0 { return Some((self.x, None)) } else { quarter.sqrt() };
        let middle = self.slope * ahead;
        // Of the two forms of the first root the one that does not divide by `a`, which may be 0.
        // Where the line is past the target at its middle or the interval holds it there, it is that middle or earlier.
        let earliest = if ahead > 0.0 && c > 0.0 { c / (middle + root) } else { 0.0 };
        let latest = (a > 0.0).then(|| self.x + (middle + root) / a);
        Some((self.x + earliest, latest))
    }
}

fn points_beyond_two(n: f64) -> Option<usize> {
    (n > 2.0).then_some(n as usize - 2)
}

/// The 90 % quantile of Student's t, so that 80 % lie within ±t; between the lines of the table the larger one.
/// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
fn student_t(freedom: usize) -> f64 {
    const TO_30: [f64; 30] = [
        3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341, 1.337,
        1.333, 1.330, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314, 1.313, 1.311, 1.310,
    ];
    match freedom {
        0 => f64::INFINITY,
        1..=30 => TO_30[freedom - 1],
        31..=39 => 1.310,
        40..=59 => 1.303,
        60..=119 => 1.296,
        _ => 1.289,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        let table: Vec<f64> = (1..=130).map(student_t).collect();
        assert!(table.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!((table[0], table[29], table[129]), (3.078, 1.310, 1.289));
    }
}
