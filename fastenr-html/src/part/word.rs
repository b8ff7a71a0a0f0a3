//! Words of closed lists as badges: text and shape, never colour alone.

use askama::Template;
use fastenr_core::model::Status as AccountStatus;
use fastenr_core::model::engagement::Outcome as OutcomeWord;

use super::{Icon, parts};
use crate::format::word;

/// The status of an account or of a goal.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "<span class=\"badge s-{{ class }}\">{{ text }}</span>")]
pub struct Status {
    text: String,
    class: &'static str,
}

impl Status {
    pub fn account(status: AccountStatus) -> Self {
        let class = match status {
            AccountStatus::Active => "good",
            AccountStatus::AtRisk => "bad",
            AccountStatus::Onboarding => "fair",
            AccountStatus::Churned => "gone",
        };
        Self { text: word(status.as_str()), class }
    }

    pub fn goal(status: &str) -> Self {
        let class = match status {
            "achieved" | "on_track" => "good",
            "at_risk" => "warn",
            _ => "bad",
        };
        Self { text: word(status), class }
    }

    pub fn plain(text: &str, class: &'static str) -> Self {
        Self { text: word(text), class }
    }
}

/// How an engagement went.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "{% if let Some(shape) = self.shape() %}<span class=\"outcome {{ self.class() }}\">{{ shape }} {{ self.text() }}</span>{% endif %}"
)]
pub struct Outcome {
    word: Option<OutcomeWord>,
}

impl Outcome {
    pub fn new(text: Option<&str>) -> Self {
        Self { word: text.and_then(|text| OutcomeWord::parse(text).ok()) }
    }

    fn shape(&self) -> Option<Icon> {
        self.word.map(|word| Icon::of("o-", word.as_str()))
    }

    fn class(&self) -> &'static str {
        match self.word {
            Some(OutcomeWord::Positive) => "healthy",
            Some(OutcomeWord::Negative) => "critical",
            Some(OutcomeWord::ActionRequired) => "concern",
            _ => "none",
        }
    }

    fn text(&self) -> String {
        self.word.map(|outcome| word(outcome.as_str())).unwrap_or_default()
    }
}

/// A tag.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "<span class=\"tag\">{{ text }}</span>")]
pub struct Tag {
    pub text: String,
}

parts!(Status, Outcome, Tag);
