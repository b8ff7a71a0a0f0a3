//! The fields of a submitted form, and how they become values of the library.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use chrono::NaiveDateTime;
use fastenr_core::Error;
use fastenr_core::model::noun::{Field, Meaning, Noun, Value};
use fastenr_html::form;
use fastenr_html::format::RenderContext;
use serde_json::{Map, Value as Json, json};

use super::guard::is_form;
use crate::body::FieldValues;
use crate::params::{self, Pairs};
use crate::{Problem, body};

/// The hidden idempotency key of every form that creates something.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency_key";

/// Names and texts that a form may have: a goal of 100 milestones has 500, and a pair costs many times its bytes.
const MOST: usize = 2_000;

/// The names and texts of a form's body.
///
/// # Errors
/// `too_many_fields`, `query`.
pub(super) fn pairs(text: &str) -> Result<Pairs, Problem> {
    if text.bytes().filter(|byte| *byte == b'&').count() >= MOST {
        let detail = format!("a form has at most {MOST} fields");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many_fields", Some(detail)));
    }
    params::with_blanks(text)
}

/// The body of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(pub(crate) Pairs);

impl Fields {
    /// # Errors
    /// `media_type`, `too_large`, `too_many_fields`, `query`.
    pub(crate) async fn read(request: Request) -> Result<Self, Problem> {
        let is_one = request.headers().get(header::CONTENT_TYPE).is_none_or(is_form);
        if !is_one {
            let detail = "a form is sent as application/x-www-form-urlencoded";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", Some(detail.to_owned())));
        }
        let bytes = Bytes::from_request(request, &()).await.map_err(body::unread)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::invalid("body", "a form is UTF-8 text"))?;
        // Lines of a text end as HTTP has them, and are kept as everybody else has them.
        let pairs = pairs(text)?;
        Ok(Self(pairs.into_iter().map(|(name, text)| (name, text.replace("\r\n", "\n"))).collect()))
    }

    /// The text of a field, if it is not blank.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(found.1.trim()).filter(|text| !text.is_empty())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("true" | "on"))
    }

    pub(crate) fn version(&self) -> Option<i64> {
        self.text("version").and_then(|text| text.parse().ok())
    }

    /// The page to return to, if it belongs to the dashboard.
    pub(crate) fn back(&self) -> Option<String> {
        self.text("back").and_then(super::request::local)
    }

    /// The values when the form was opened.
    pub(crate) fn was(&self) -> BTreeMap<String, String> {
        self.text("was").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Self::read(request).await
    }
}

/// An error in a field: its name, and the rule.
pub(crate) type Mistakes = BTreeMap<String, String>;

/// A field's text as the library reads it: moments are written as clocks of the organization show them.
pub(crate) fn canonical(field: &Field, text: &str, here: &RenderContext) -> String {
    if field.meaning != Meaning::Instant {
        return text.to_owned();
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"));
    match local {
        Ok(local) => here.zone.instant(local).to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        Err(_) => text.to_owned(),
    }
}

/// What is given to the fields of a noun, and every mistake in it that shows without looking anything up.
pub(crate) fn given(noun: &'static Noun, fields: &Fields, new: bool, here: &RenderContext) -> (FieldValues, Mistakes) {
    let (was, mut given, mut mistakes) = (fields.was(), FieldValues::new(), Mistakes::new());
    for field in noun.fields.iter().filter(|field| field.writable() && fields.has(field.name)) {
        let typed = fields.text(field.name).unwrap_or_default();
        let unchanged = if new {
            typed.is_empty() && !field.needed()
        } else {
            was.get(field.name).is_some_and(|was| was.trim() == typed)
        };
        if unchanged {
            continue;
        }
        let text = canonical(field, typed, here);
        let judged = match (text.as_str(), field.meaning) {
            ("", _) => field.blank().map(|_| ()),
            ("now", Meaning::Instant) | ("today", Meaning::Date) => Ok(()),
            (_, meaning) if meaning.is_reference() => Ok(()),
            (text, _) => field.parse(text).and_then(|value| field.check_day(&value, here.now, here.today)),
        };
        if let Err(invalid) = judged {
            mistakes.insert(field.name.to_owned(), invalid.rule.into_owned());
        }
        given.push((field.name.to_owned(), Some(text).filter(|text| !text.is_empty())));
    }
    if noun.field("custom_fields").is_some() {
        members(fields, &was, &mut given);
    }
    if noun.field("milestones").is_some() {
        milestones(fields, &was, &mut given, &mut mistakes);
    }
    (given, mistakes)
}

/// Custom fields one by one, and a new one.
fn members(fields: &Fields, was: &BTreeMap<String, String>, given: &mut FieldValues) {
    for (name, text) in fields.0.iter().filter(|(name, _)| name.starts_with("custom.")) {
        if was.get(name).is_none_or(|was| was != text) {
            given.push((name.clone(), Some(text.clone()).filter(|text| !text.trim().is_empty())));
        }
    }
    if let Some(name) = fields.text("new_field") {
        let text = fields.text("new_value").map(str::to_owned);
        given.push((format!("custom.{name}"), text));
    }
}

/// Rows that milestones have in a form beyond those there are.
pub(crate) const SPARE: usize = 3;

const MEMBERS: [&str; 4] = ["title", "target_value", "target_date", "completed_on"];

fn milestones(fields: &Fields, was: &BTreeMap<String, String>, given: &mut FieldValues, mistakes: &mut Mistakes) {
    if !fields.has("milestone.0.title") {
        return;
    }
    let mut list = Vec::new();
    for n in 0..200 {
        let text = |member: &str| fields.text(&format!("milestone.{n}.{member}"));
        if !fields.has(&format!("milestone.{n}.title")) {
            break;
        }
        if MEMBERS.iter().all(|member| text(member).is_none()) {
            continue;
        }
        let mut row = Map::new();
        for member in MEMBERS {
            let Some(text) = text(member) else { continue };
            let value = match member {
                "target_value" => match serde_json::from_str::<serde_json::Number>(text) {
                    Ok(number) => Json::Number(number),
                    Err(_) => {
                        mistakes.insert(format!("milestone.{n}.{member}"), "a number such as 50 or 12.5".to_owned());
                        continue;
                    }
                },
                _ => json!(text),
            };
            row.insert(member.to_owned(), value);
        }
        list.push(Json::Object(row));
    }
    let text = Json::Array(list).to_string();
    let before = was.get("milestones").map_or("[]", String::as_str);
    if form::milestone_rows(&text) != form::milestone_rows(before) || !mistakes.is_empty() {
        if let Err(invalid) = fastenr_core::model::Milestones::parse(&text)
            && mistakes.is_empty()
        {
            mistakes.insert("milestone.0.title".to_owned(), invalid.rule.into_owned());
        }
        given.push(("milestones".to_owned(), Some(text)));
    }
}

/// An error of the library, at its field if it names one.
pub(crate) fn mistake(error: Error, mistakes: &mut Mistakes, others: &mut Vec<String>) {
    let field = error.field.clone();
    let text = Problem::from(error).detail().to_owned();
    match field {
        Some(field) => {
            mistakes.entry(field).or_insert(text);
        }
        None => others.push(super::answer::sentence(text)),
    }
}

/// What the fields of a form hold, by their names: of a record, as it is drawn.
pub(crate) fn held(
    noun: &'static Noun,
    here: &RenderContext,
    value: impl Fn(&Field) -> Value,
) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for field in noun.fields.iter().filter(|field| field.writable()) {
        let value = value(field);
        match (field.meaning, &value) {
            (Meaning::Custom, Value::Text(text)) => {
                held.extend(
                    form::custom_members(text).into_iter().map(|(name, text)| (format!("custom.{name}"), text)),
                );
            }
            (Meaning::Milestones, Value::Text(text)) => {
                held.insert(field.name.to_owned(), text.clone());
            }
            _ => {
                held.insert(field.name.to_owned(), form::shown(field, &value, here));
            }
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;
    use fastenr_core::model::engagement::ENGAGEMENT;
    use fastenr_core::model::goal::GOAL;

    use super::*;

    fn read(text: &str) -> Fields {
        Fields(params::with_blanks(text).unwrap())
    }

    fn berlin() -> RenderContext {
        let now: chrono::DateTime<chrono::Utc> = "2026-12-01T10:00:00Z".parse().unwrap();
        let zone = fastenr_core::model::TimeZone::parse("Europe/Berlin").unwrap();
        RenderContext { now, today: zone.day(now), zone }
    }

    #[test]
    fn only_what_differs_is_given() {
        let was = json!({"name": "Acme", "arr": "50000", "industry": "Retail"}).to_string();
        let text = format!("name=Acme&arr=60000&industry=&was={}", fastenr_html::link::part(&was));
        let (given, mistakes) = given(&ACCOUNT, &read(&text), false, &berlin());
        assert_eq!(given, [("industry".to_owned(), None), ("arr".to_owned(), Some("60000".to_owned()))]);
        assert!(mistakes.is_empty());
    }

    #[test]
    fn every_mistake_at_once() {
        let (_, mistakes) = given(&ACCOUNT, &read("name=&arr=x&contract_end=soon&seats=1.5"), true, &berlin());
        assert_eq!(mistakes.keys().collect::<Vec<_>>(), ["arr", "contract_end", "name", "seats"]);
    }

    #[test]
    fn moments_are_of_the_zone() {
        let (given, mistakes) = given(
            &ENGAGEMENT,
            &read("title=x&completed_at=2026-12-01T09:30&scheduled_at=2026-07-01T09:30"),
            true,
            &berlin(),
        );
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let of = |name: &str| given.iter().find(|(known, _)| known == name).and_then(|(_, text)| text.clone());
        assert_eq!(of("completed_at").as_deref(), Some("2026-12-01T08:30:00Z"));
        assert_eq!(of("scheduled_at").as_deref(), Some("2026-07-01T07:30:00Z"));
        let (_, mistakes) = super::given(&ENGAGEMENT, &read("completed_at=2027-01-01T00:00"), true, &berlin());
        assert!(mistakes.contains_key("completed_at"));
    }

    #[test]
    fn milestones_row_by_row() {
        let text = "milestone.0.title=Half&milestone.0.target_value=50&milestone.1.title=&milestone.2.title=All";
        let (given, mistakes) = given(&GOAL, &read(text), true, &berlin());
        assert!(mistakes.is_empty());
        let list = given.iter().find(|(name, _)| name == "milestones").and_then(|(_, text)| text.clone());
        assert_eq!(list.as_deref(), Some(r#"[{"title":"Half","target_value":50},{"title":"All"}]"#));
        let (_, mistakes) =
            super::given(&GOAL, &read("milestone.0.title=A&milestone.0.target_value=many"), true, &berlin());
        assert_eq!(mistakes.keys().collect::<Vec<_>>(), ["milestone.0.target_value"]);
    }
}
