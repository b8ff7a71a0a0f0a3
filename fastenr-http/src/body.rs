//! Bodies: JSON in, and the names and texts out that the library's writes take.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use fastenr_core::model::noun::{Field, Meaning, Noun};
use fastenr_core::model::number::plain;
use fastenr_core::ops;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::Problem;
use crate::params::{ACCOUNT, ACCOUNT_ID};
use crate::problem::FieldError;

/// Field and text; no text clears.
pub(crate) type FieldValues = Vec<(String, Option<String>)>;

/// A body that is a JSON object.
pub(crate) struct Object(pub(crate) Map<String, Json>);

impl<S: Send + Sync> FromRequest<S> for Object {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        parse(&bytes).map(Self)
    }
}

/// # Errors
/// `media_type`, 415.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format!("the body is application/json, not {essence:?}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", Some(detail)))
}

/// Why a body could not be read: too large, or cut off.
pub(crate) fn unread(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::invalid("body", "the body ended before it was whole"),
    }
}

pub(crate) fn too_large() -> Problem {
    let detail = "the body is larger than this path takes";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", Some(detail.to_owned()))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Json>, Problem> {
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::invalid("body", "the body is a JSON object")),
        Err(error) => Err(Problem::invalid("body", format!("the body is no JSON: {error}"))),
    }
}

/// A body with members of its own, not those of a noun. An unknown member is refused with the nearest name.
pub(crate) fn of_type<T: DeserializeOwned>(mut object: Map<String, Json>, known: &[&str]) -> Result<T, Problem> {
    let unknown: Vec<FieldError> =
        object.keys().filter(|name| !known.contains(&name.as_str())).map(|name| unknown_member(name, known)).collect();
    if !unknown.is_empty() {
        return Err(Problem::fields(unknown));
    }
    for value in object.values_mut() {
        if let Json::Number(number) = value
            && let Ok(whole) = whole(number).parse()
        {
            *number = whole;
        }
    }
    serde_path_to_error::deserialize(Json::Object(object)).map_err(|error| {
        let path: Vec<String> = error.path().iter().map(ToString::to_string).collect();
        let rule = error.inner().to_string();
        if path.is_empty() {
            return Problem::invalid("body", rule);
        }
        let at = FieldError::member(&path[0], "body", format!("{}: {rule}", path.join(".")));
        Problem::fields(vec![FieldError { pointer: Some(format!("/{}", path.join("/"))), ..at }])
    })
}

pub(crate) fn unknown_member(name: &str, known: &[&str]) -> FieldError {
    let near = ops::nearest(name, known.iter().copied(), 2);
    let hint = if near.is_empty() {
        format!("there are {}", known.join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    FieldError::member(name, "unknown_field", format!("there is no member {name:?}; {hint}"))
}

/// The members of a noun's record as the library takes them. Every member that breaks a rule is told at once.
///
/// `account_id` is another name of `account`.
///
/// # Errors
/// `unknown_field` with the nearest name, `read_only_field`, `type`, `blank`, or the rule that a value breaks.
pub(crate) fn given(noun: &'static Noun, object: Map<String, Json>) -> Result<FieldValues, Problem> {
    let mut given = FieldValues::new();
    let mut errors = Vec::new();
    for (name, value) in object {
        let field = match name.as_str() {
            ACCOUNT_ID => noun.field(ACCOUNT).filter(|(_, field)| field.writable()),
            other => noun.field(other),
        };
        match field {
            None => {
                let names: Vec<&str> =
                    noun.fields.iter().filter(|field| field.writable()).map(|field| field.name).collect();
                errors.push(unknown_member(&name, &names));
            }
            Some((_, field)) if !field.writable() => {
                let detail = format!("{name} is computed and can't be set");
                errors.push(FieldError::member(&name, "read_only_field", detail));
            }
            Some((_, field)) if given.iter().any(|(known, _)| known == field.name) => {
                errors.push(FieldError::member(&name, "given_twice", format!("{} is given twice", field.name)));
            }
            Some((_, field)) => match text(field, &value) {
                Ok(text) => given.push((field.name.to_owned(), text)),
                Err((code, rule)) => errors.push(FieldError::member(&name, code, format!("{name}: {rule}"))),
            },
        }
    }
    if errors.is_empty() { Ok(given) } else { Err(Problem::fields(errors)) }
}

type Rule = (&'static str, String);

/// A member's value as text, judged by the rule of its field; those that name another record are looked up later.
fn text(field: &Field, value: &Json) -> Result<Option<String>, Rule> {
    let wrong = |what: &str| Err(("type", format!("{what} is needed")));
    let text = match (field.meaning, value) {
        (_, Json::Null) => {
            return match field.blank() {
                Ok(_) => Ok(None),
                Err(invalid) => Err((invalid.code, invalid.rule.into_owned())),
            };
        }
        (Meaning::Money | Meaning::MoneyText | Meaning::Number(_) | Meaning::Count | Meaning::Score, value) => {
            match value {
                Json::Number(number) => whole(number),
                _ => return wrong("a number"),
            }
        }
        (Meaning::Boolean, Json::Bool(yes)) => yes.to_string(),
        (Meaning::Boolean, _) => return wrong("true or false"),
        (Meaning::Tags | Meaning::Attendees | Meaning::Milestones, Json::Array(_)) => value.to_string(),
        (Meaning::Tags | Meaning::Attendees | Meaning::Milestones, _) => return wrong("an array"),
        (Meaning::Custom, Json::Object(_)) => value.to_string(),
        (Meaning::Custom, _) => return wrong("an object"),
        (Meaning::Choice(choices), Json::String(text)) if !choices.texts.contains(&text.as_str()) => {
            return Err((choices.code, format!("{} is one of {}", choices.what, choices.texts.join(", "))));
        }
        (_, Json::String(text)) if text.trim().is_empty() => {
            return Err(("blank", "it is blank; null clears a value".to_owned()));
        }
        (_, Json::String(text)) if text.contains('\0') => {
            return Err(("nul", "a text has no U+0000".to_owned()));
        }
        (Meaning::Date | Meaning::Instant, Json::String(text)) if text.trim() != text => {
            return Err(("blank_around", "a day or a time has no space around it".to_owned()));
        }
        (_, Json::String(text)) => text.clone(),
        _ => return wrong("a text"),
    };
    if !field.meaning.is_reference() {
        field.parse(&text).map_err(|invalid| (invalid.code, invalid.rule.into_owned()))?;
    }
    Ok(Some(text))
}

/// `5.0` and `0.5e1` are five, as JSON has only one kind of number.
pub(crate) fn whole(number: &serde_json::Number) -> String {
    let text = number.to_string();
    plain(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;
    use fastenr_core::model::engagement::ENGAGEMENT;
    use serde_json::json;

    use super::*;

    fn read(noun: &'static Noun, body: Json) -> Result<FieldValues, Problem> {
        given(noun, parse(body.to_string().as_bytes())?)
    }

    #[test]
    fn members_become_texts() {
        let body = json!({"name": "Acme", "arr": 1234.5, "auto_renew": true, "tags": ["a", "b"], "seats": 5.0,
                          "custom_fields": {"tier": 1}, "industry": null, "owner": "jo@example.com"});
        let text = |name: &str, text: &str| (name.to_owned(), Some(text.to_owned()));
        let expected = [
            text("name", "Acme"),
            text("arr", "1234.5"),
            text("auto_renew", "true"),
            text("tags", r#"["a","b"]"#),
            text("seats", "5"),
            text("custom_fields", r#"{"tier":1}"#),
            ("industry".to_owned(), None),
            text("owner", "jo@example.com"),
        ];
        assert_eq!(read(&ACCOUNT, body).unwrap(), expected);
        assert_eq!(read(&ENGAGEMENT, json!({"account_id": "A-1"})).unwrap(), [text("account", "A-1")]);
    }

    #[test]
    fn every_mistake_is_told() {
        let body = json!({"nam": "Acme", "arr": "12", "seats": 1.5, "health_score": 5, "status": "lost", "name": null,
                          "domain": " ", "auto_renew": 1});
        let problem = read(&ACCOUNT, body).unwrap_err();
        let told = serde_json::to_value(&problem).unwrap();
        let told: Vec<(&str, &str)> = told["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("/nam", "unknown_field"),
                ("/arr", "type"),
                ("/seats", "seats"),
                ("/health_score", "read_only_field"),
                ("/status", "status"),
                ("/name", "required"),
                ("/domain", "blank"),
                ("/auto_renew", "type"),
            ]
        );
        assert_eq!(problem.code(), "invalid_fields");
    }

    #[test]
    fn bodies_are_objects() {
        for text in ["", "[]", "1", "{", "{\"a\":1,}", "\u{0}"] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().code(), "body", "{text}");
        }
    }
}
