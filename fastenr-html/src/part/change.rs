//! How much something has risen or fallen.

use askama::Template;

use super::parts;
use crate::format::signed;

#[derive(Debug, Clone, Copy, Template)]
#[template(
    ext = "html",
    source = "{% if let Some(points) = points %}<span class=\"change {{ self.class(points) }}\">{{ self.text(points) }}</span>\
              {% else %}<span class=\"none\">–</span>{% endif %}"
)]
pub struct Change {
    /// None: one of the ends is not known.
    pub points: Option<i64>,
}

impl Change {
    fn class(&self, points: &i64) -> &'static str {
        match *points {
            ..=-5 => "down",
            5.. => "up",
            _ => "level",
        }
    }

    fn text(&self, points: &i64) -> String {
        signed(*points)
    }
}

parts!(Change);
