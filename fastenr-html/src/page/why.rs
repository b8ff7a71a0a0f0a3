//! The explanation of a score: its lines, which add up to it.

use askama::Template;

use crate::format::Day;
use crate::frame::Frame;
use crate::part::Health;

/// A factor, and the fact behind it.
#[derive(Debug, Clone)]
pub struct Factor {
    pub name: String,
    pub fact: String,
    /// Points of 100; none without data.
    pub score: Option<String>,
    pub contribution: String,
}

/// A component with its factors.
#[derive(Debug, Clone)]
pub struct Component {
    pub name: String,
    /// 0 to 100; none without data.
    pub score: Option<String>,
    /// The same as whole points, for the bar.
    pub share: i64,
    pub weight: String,
    pub contribution: String,
    pub factors: Vec<Factor>,
}

impl Component {
    fn class(&self) -> &'static str {
        match self.share {
            80.. => "healthy",
            60..80 => "moderate",
            40..60 => "concern",
            _ => "critical",
        }
    }
}

/// What else changed the score.
#[derive(Debug, Clone)]
pub struct Line {
    pub name: String,
    pub fact: String,
    pub contribution: String,
}

/// What changed it since another day.
#[derive(Debug, Clone)]
pub struct Step {
    pub cause: String,
    pub points: String,
    pub facts: Vec<String>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "accounts/why.html", blocks = ["why"])]
pub struct WhyPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub health: Health,
    /// As the title has it: `58`, `about 22`.
    pub score: String,
    pub as_of: Day,
    pub components: Vec<Component>,
    pub lines: Vec<Line>,
    pub risk: Option<String>,
    pub churn: Vec<Factor>,
    pub churn_lines: Vec<Line>,
    /// What is needed for the next band, in a sentence.
    pub next: String,
    /// How likely churn is, and how that was checked, in a sentence each.
    pub likelihood: Option<(String, String)>,
    /// The earlier day, its score, and what changed.
    pub since: Option<(Day, String, Vec<Step>)>,
    /// The same since other days: a word and an address.
    pub others: Vec<(String, String)>,
    pub model: String,
}
