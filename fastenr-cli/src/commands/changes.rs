//! What a write changed, in a few words: `arr 50,000 → 60,000; +2 more`.

use serde_json::Value as Json;

use super::grouped;
use crate::output::one_line;

/// The first `most` changes, and how many more there are. The values of a created or deleted record are not changes.
pub(crate) fn summary(changes: &Json, most: usize) -> String {
    let told = told(changes);
    let rest = told.len().saturating_sub(most);
    let mut parts: Vec<String> = told.into_iter().take(most).collect();
    if rest > 0 {
        parts.push(format!("+{rest} more"));
    }
    parts.join("; ")
}

/// Each change as `field old → new`.
pub(crate) fn told(changes: &Json) -> Vec<String> {
    let Some(changes) = changes.as_array() else { return Vec::new() };
    let all = |side: &str| changes.iter().all(|change| change[side].is_null());
    if changes.len() > 1 && (all("old") || all("new")) {
        return Vec::new();
    }
    let one = |change: &Json| {
        let field = change["field"].as_str().unwrap_or_default();
        format!("{} {} → {}", field.replace('_', " "), value(&change["old"]), value(&change["new"]))
    };
    changes.iter().map(one).collect()
}

/// Longer texts are cut; JSON has the whole text.
const LONGEST: usize = 40;

fn value(value: &Json) -> String {
    let text = match value {
        Json::Null => "–".to_owned(),
        Json::String(text) => text.clone(),
        Json::Number(number) => number_text(&number.to_string()),
        Json::Array(items) if items.iter().all(Json::is_string) => {
            items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let text = one_line(&text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text,
    }
}

/// `1,234.5`.
fn number_text(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, part) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    match (whole.parse(), part) {
        (Ok(whole), Some(part)) => format!("{sign}{}.{part}", grouped(whole)),
        (Ok(whole), None) => format!("{sign}{}", grouped(whole)),
        (Err(_), _) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_few_words() {
        let change = |field: &str, old: Json, new: Json| json!({"field": field, "old": old, "new": new});
        let arr = change("arr", json!(50_000), json!(60_000.5));
        assert_eq!(summary(&json!([arr]), 2), "arr 50,000 → 60,000.5");
        let others =
            [change("churned_on", json!(null), json!("2026-01-01")), change("tags", json!(["a", "b"]), json!([]))];
        let all = json!([arr, others[0], others[1]]);
        assert_eq!(summary(&all, 1), "arr 50,000 → 60,000.5; +2 more");
        assert_eq!(summary(&all, 9), "arr 50,000 → 60,000.5; churned on – → 2026-01-01; tags a, b → ");
        // A new record.
        assert_eq!(summary(&json!([others[0], change("arr", json!(null), json!(1))]), 9), "");
        assert_eq!(summary(&json!([others[0]]), 9), "churned on – → 2026-01-01");
        assert_eq!(value(&json!("x".repeat(50))), format!("{}…", "x".repeat(40)));
        assert_eq!(value(&json!("a\nb")), "a\\nb");
        assert_eq!(summary(&json!({}), 2), "");
    }
}
