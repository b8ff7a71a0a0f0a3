//! Numbers of a model, and the maps from facts to scores: whole numbers throughout, so that both databases and every machine
//! give the same bytes.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::rounding::half_to_even;

/// One point of a score is 100 basis points; a score is 0 to 10,000 of them.
pub type BasisPoints = i64;

/// 100 points.
pub const FULL: BasisPoints = 10_000;

/// One in a [`Ratio`].
pub const ONE: i64 = 10_000;

/// Reads a number with at most `places` decimals as so many parts of one.
fn scaled<'de, D: Deserializer<'de>>(deserializer: D, parts: f64, places: u32) -> Result<i64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    whole(number, parts)
        .ok_or_else(|| D::Error::custom(format!("{number} has more than {places} decimals, or is too large")))
}

/// Exact: a decimal of few places is the nearest whole number of its parts.
#[expect(clippy::cast_possible_truncation, reason = "the bound is checked before")]
pub(super) fn whole(number: f64, parts: f64) -> Option<i64> {
    let scaled = number * parts;
    let near = scaled.round();
    ((scaled - near).abs() < 1e-6 && near.abs() < 1e15).then_some(near as i64)
}

/// Writes it as [`scaled`] reads it: whole where it is.
#[expect(clippy::cast_precision_loss, reason = "within what `whole` lets in the quotient is the nearest decimal")]
fn plain<S: Serializer>(serializer: S, number: i64, parts: i64) -> Result<S::Ok, S::Error> {
    if number % parts == 0 {
        return serializer.serialize_i64(number / parts);
    }
    serializer.serialize_f64(number as f64 / parts as f64)
}

/// A score, or a weight, of a model in basis points; written as a number with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub BasisPoints);

impl Points {
    /// Of a score in whole points, held within 0 to 100.
    pub(super) fn whole(score: i64) -> BasisPoints {
        score.clamp(0, 100) * 100
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scaled(deserializer, 100.0, 2).map(Self)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        plain(serializer, self.0, 100)
    }
}

/// A fact of a model in ten-thousandths; written as a number with at most four decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(pub i64);

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scaled(deserializer, 10_000.0, 4).map(Self)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        plain(serializer, self.0, ONE)
    }
}

/// A piecewise linear map from a fact to a score, level beyond its first and last anchor.
///
/// Anchors are at least two, their facts ascend strictly: [`super::model::Model::parse`] holds it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(transparent)]
pub struct Curve(pub Vec<(Ratio, Points)>);

impl Curve {
    /// The score at the fact `part / whole`, in the unit of the anchors; rounded half to even to basis points. `whole` is
    /// above 0.
    pub fn at(&self, part: i128, whole: i128) -> BasisPoints {
        // fact < anchor  <=>  part * ONE < anchor * whole
        let fact = part.saturating_mul(i128::from(ONE));
        let reaches = |(at, _): &&(Ratio, Points)| i128::from(at.0).saturating_mul(whole) <= fact;
        let below = self.0.iter().take_while(reaches).count();
        let (Some(before), after) = (below.checked_sub(1).and_then(|place| self.0.get(place)), self.0.get(below))
        else {
            return self.0.first().map_or(0, |(_, score)| score.0);
        };
        let Some(after) = after else { return before.1.0 };
        let (x0, x1) = (i128::from(before.0.0), i128::from(after.0.0));
        let (y0, y1) = (i128::from(before.1.0), i128::from(after.1.0));
        let span = (x1 - x0) * whole;
        half_to_even(y0 * span + (y1 - y0) * (fact - x0 * whole), span).unwrap_or(before.1.0)
    }
}
