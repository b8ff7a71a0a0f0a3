//! Values as editable text, and the few that consist of several texts.

use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::{Attendees, Milestones};
use serde_json::{Map, Value as Json};

use crate::format::RenderContext;

/// A value as the text of its control; [`Field::parse`] or the server reads it again.
pub fn shown(field: &Field, value: &Value, here: &RenderContext) -> String {
    match (field.meaning, value) {
        (Meaning::Instant, Value::Instant(at)) => here.moment(*at).local(),
        (Meaning::Attendees, Value::Text(text)) => attendee_lines(text),
        // Without cents if there are none, as people type it.
        (Meaning::Money, _) => {
            let text = field.text(value);
            text.strip_suffix(".00").unwrap_or(&text).to_owned()
        }
        _ => field.text(value).into_owned(),
    }
}

/// Attendees, one a line. What has a role or could be read as something else stays as it is stored.
pub fn attendee_lines(json: &str) -> String {
    let Ok(Json::Array(list)) = serde_json::from_str::<Json>(json) else { return json.to_owned() };
    let line = |one: &Json| {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        match (text("name"), text("email")) {
            (name, "") => name.to_owned(),
            ("", email) => email.to_owned(),
            (name, email) => format!("{name} <{email}>"),
        }
    };
    let lines = list.iter().map(line).collect::<Vec<_>>().join("\n");
    let again = Attendees::parse(&lines).map(|list| list.to_json());
    let same = again.ok().as_deref() == Attendees::parse(json).map(|list| list.to_json()).ok().as_deref();
    if same || list.is_empty() { lines } else { json.to_owned() }
}

/// Custom fields one by one: names, and values as text.
pub fn custom_members(json: &str) -> Vec<(String, String)> {
    let members: Map<String, Json> = serde_json::from_str(json).unwrap_or_default();
    let text = |value: Json| match value {
        Json::String(text) => text,
        other => other.to_string(),
    };
    members.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// Milestones one by one, each member as text: title, target value, target date, completed on.
pub fn milestone_rows(json: &str) -> Vec<[String; 4]> {
    let list = Milestones::parse(json).map(|list| list.to_json()).unwrap_or_default();
    let rows: Vec<Json> = serde_json::from_str(&list).unwrap_or_default();
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    };
    rows.iter()
        .map(|row| ["title", "target_value", "target_date", "completed_on"].map(|name| text(&row[name])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attendees_a_line_each() {
        let json = r#"[{"name":"Jo Doe","email":"jo@example.com"},{"name":"Ann"},{"email":"mia@example.com"}]"#;
        assert_eq!(attendee_lines(json), "Jo Doe <jo@example.com>\nAnn\nmia@example.com");
        let role = r#"[{"name":"Jo","role":"champion"}]"#;
        assert_eq!(attendee_lines(role), role);
        assert_eq!(attendee_lines("[]"), "");
    }

    #[test]
    fn members() {
        assert_eq!(
            custom_members(r#"{"tier":"gold","seats":5}"#),
            [("tier".to_owned(), "gold".to_owned()), ("seats".to_owned(), "5".to_owned())]
        );
        let rows = milestone_rows(r#"[{"title":"Half","target_value":50.5}]"#);
        assert_eq!(rows, [["Half".to_owned(), "50.5".to_owned(), String::new(), String::new()]]);
    }
}
