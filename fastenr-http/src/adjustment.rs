//! A person's score over the model's, as bodies give it: a score, why, and until when.

use fastenr_core::model::{Title, day};
use fastenr_core::ops::Context;
use fastenr_core::ops::scores::views::{Adjustment, USUAL_DAYS};
use serde_json::{Map, Value as Json};
use utoipa::openapi::schema::ObjectBuilder;

use crate::problem::FieldError;
use crate::{Problem, schema};

/// Adds the members to an object; the score is called `score` there.
pub(crate) fn members(object: ObjectBuilder, score: &str) -> ObjectBuilder {
    let until = format!("Last day of the adjustment: after today, within a year (default {USUAL_DAYS} days).");
    object
        .property(score, schema::integer(0, 100).description(Some("The adjusted health score, 100 is best.")))
        .property("reason", schema::line(255).description(Some("Reason, on one line.")))
        .property("until", schema::or_null(schema::date()).description(Some(until)))
        .required(score)
        .required("reason")
}

/// Takes the members out of a body; none where it has no score. The first of `scores` that is there is the score.
///
/// # Errors
/// `reason_required` for a score without a reason, `score_required` for a reason or an end without a score, `given_twice`,
/// `type`, `score`, `date`, and the rules of a reason; each with a pointer.
pub(crate) fn taken(
    body: &mut Map<String, Json>,
    scores: &[&str],
    context: &Context,
) -> Result<Option<Adjustment>, Problem> {
    let refuse = |name: &str, code: &str, detail: String| Problem::fields(vec![FieldError::member(name, code, detail)]);
    let usual = scores.first().copied().unwrap_or_default();
    let mut found = None;
    for name in scores {
        let Some(value) = body.shift_remove(*name) else { continue };
        if found.is_some() {
            return Err(refuse(name, "given_twice", format!("{name} is another name of {usual}: give one")));
        }
        found = Some((*name, score(name, &value)?));
    }
    let (reason, until) = (body.shift_remove("reason"), body.shift_remove("until"));
    let Some((name, score)) = found else {
        let lonely = [("reason", &reason), ("until", &until)].into_iter().find(|(_, value)| value.is_some());
        return match lonely {
            Some((name, _)) => {
                Err(refuse(usual, "score_required", format!("{name} is of a {usual} that a person sets: give it too")))
            }
            None => Ok(None),
        };
    };
    let reason = match reason {
        None | Some(Json::Null) => {
            let detail = format!("{name} is computed; a person sets it over the model's with a reason: say why");
            return Err(refuse("reason", "reason_required", detail));
        }
        Some(Json::String(text)) => {
            let rule = |invalid: fastenr_core::Invalid| refuse("reason", invalid.code, format!("reason: {invalid}"));
            Title::parse(&text).map_err(rule)?.into_string()
        }
        Some(_) => return Err(refuse("reason", "type", "reason: a text is needed".to_owned())),
    };
    let until = match until {
        None | Some(Json::Null) => Adjustment::usual_end(context.today()),
        Some(value) => value
            .as_str()
            .and_then(day::day)
            .ok_or_else(|| refuse("until", "date", "until: a day written YYYY-MM-DD is needed".to_owned()))?,
    };
    Ok(Some(Adjustment { score, reason, until }))
}

fn score(name: &str, value: &Json) -> Result<i64, Problem> {
    let whole = match value {
        Json::Number(number) => crate::body::whole(number).parse().ok(),
        _ => None,
    };
    whole.filter(|score| (0..=100).contains(score)).ok_or_else(|| {
        let detail = format!("{name}: a whole number from 0 to 100 is needed");
        Problem::fields(vec![FieldError::member(name, "score", detail)])
    })
}
