//! A value as people read it.

use std::fmt;

use askama::Template;
use fastenr_core::model::Tags;
use fastenr_core::model::noun::{Field, Meaning, Value as Plain};

use super::parts;
use crate::format::{Day, Moment, RenderContext, grouped, money, word};
use crate::link;

#[derive(Debug, Clone)]
pub enum Value {
    None,
    Text(String),
    /// Several lines.
    Lines(String),
    Number(String),
    Day(Day),
    Moment(Moment),
    Tags(Vec<String>),
    Link {
        href: String,
        text: String,
    },
}

impl Value {
    pub fn of(field: &Field, value: &Plain, here: &RenderContext) -> Self {
        match (field.meaning, value) {
            (_, Plain::Null) => Self::None,
            (Meaning::Money, Plain::Integer(cents)) => Self::Number(money(*cents)),
            (Meaning::Count | Meaning::Score, Plain::Integer(count)) => {
                Self::Number(u64::try_from(*count).map_or_else(|_| count.to_string(), grouped))
            }
            (Meaning::Number(_), value) => Self::Number(field.text(value).into_owned()),
            (_, Plain::Date(day)) => Self::Day(here.day(*day)),
            (_, Plain::Instant(at)) => Self::Moment(here.moment(*at)),
            (_, Plain::Boolean(yes)) => Self::Text(if *yes { "yes" } else { "no" }.to_owned()),
            (Meaning::Choice(_), Plain::Text(text)) => Self::Text(word(text)),
            (Meaning::Tags, Plain::Text(text)) => match Tags::from_json(text) {
                Ok(tags) if tags.iter().next().is_none() => Self::None,
                Ok(tags) => Self::Tags(tags.iter().map(|tag| tag.as_str().to_owned()).collect()),
                Err(_) => Self::Text(text.clone()),
            },
            (Meaning::Domain, Plain::Text(text)) => {
                Self::Link { href: format!("https://{}/", link::part(text)), text: text.clone() }
            }
            (Meaning::Email, Plain::Text(text)) => {
                Self::Link { href: format!("mailto:{}", link::part(text)), text: text.clone() }
            }
            (Meaning::Attendees | Meaning::Milestones, Plain::Text(text)) if text == "[]" => Self::None,
            (Meaning::Attendees, Plain::Text(text)) => Self::Lines(crate::form::attendee_lines(text)),
            (Meaning::Prose, Plain::Text(text)) => Self::Lines(text.clone()),
            (Meaning::Custom, Plain::Text(text)) if text == "{}" => Self::None,
            (_, value) => match field.text(value) {
                text if text.is_empty() => Self::None,
                text => Self::Text(text.into_owned()),
            },
        }
    }

    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    fn is_outside(&self) -> bool {
        matches!(self, Self::Link { href, .. } if href.starts_with("https:"))
    }
}

/// The template of a value.
#[derive(Template)]
#[template(path = "parts/value.html")]
struct ValueTemplate<'v> {
    value: &'v Value,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ValueTemplate { value: self }.render_into(f).map_err(|_| fmt::Error)
    }
}

parts!(Value);
