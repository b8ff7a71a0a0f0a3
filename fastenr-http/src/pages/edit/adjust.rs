//! The adjusted score, in the form of the account.

use super::*;
use fastenr_core::model::day;
use fastenr_core::ops::scores::views::{self, Adjustment};

pub(super) const SCORE: &str = "adjusted_score";
pub(super) const REASON: &str = "adjusted_because";
pub(super) const UNTIL: &str = "adjusted_until";

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::form(
        "/dashboard/accounts/{id}/clear-adjustment",
        "End the adjusted score",
        (Noun::Health, Verb::Write),
        clear,
    )]
}

/// What the fields hold of an account that has one.
pub(super) async fn held(request: &PageRequest, account: &Account) -> Result<BTreeMap<String, String>, Problem> {
    let mut held: BTreeMap<String, String> = [SCORE, REASON, UNTIL].map(|name| (name.to_owned(), String::new())).into();
    if request.can().read(Noun::Health)
        && let Some(row) = views::show(request.context(), &account.id.to_string(), None).await?.adjustment
        && row.until_date >= request.context().today()
    {
        let texts = [row.score.to_string(), row.reason, row.until_date.to_string()];
        held.extend([SCORE, REASON, UNTIL].map(str::to_owned).into_iter().zip(texts));
    }
    Ok(held)
}

/// The requested adjustment; none if there is none, or if it already applies.
pub(super) fn requested(request: &PageRequest, fields: &Fields, mistakes: &mut Mistakes) -> Option<Adjustment> {
    let was = fields.was();
    let names = [SCORE, REASON, UNTIL];
    let changed = |name: &&str| fields.text(name).unwrap_or_default() != was.get(*name).map_or("", |text| text.trim());
    if !names.iter().any(changed) || names.iter().all(|name| fields.text(name).is_none()) {
        return None;
    }
    if !request.can().write(Noun::Health) {
        mistakes.insert(SCORE.to_owned(), "this session is not allowed to set scores".to_owned());
        return None;
    }
    let score = fields.text(SCORE).and_then(|text| text.parse::<i64>().ok()).filter(|score| (0..=100).contains(score));
    if score.is_none() {
        mistakes.insert(SCORE.to_owned(), "a whole number from 0 to 100".to_owned());
    }
    let reason = fields.text(REASON).map(str::to_owned);
    if reason.is_none() {
        mistakes.insert(REASON.to_owned(), "a reason is required; it is shown next to the score".to_owned());
    }
    let until = match fields.text(UNTIL) {
        None => Some(Adjustment::usual_end(request.context().today())),
        Some(text) => day::day(text),
    };
    if until.is_none() {
        mistakes.insert(UNTIL.to_owned(), "a day written YYYY-MM-DD".to_owned());
    }
    Some(Adjustment { score: score?, reason: reason?, until: until? })
}

pub(super) async fn update(
    request: &PageRequest,
    id: &str,
    given: &FieldValues,
    adjustment: &Adjustment,
    expected: Option<i64>,
) -> Result<(Record, Option<Uuid>), Error> {
    let adjusted = views::update_and_adjust(request.context(), id, given, adjustment, expected, false).await;
    let written = adjusted.map_err(renamed)?.written;
    Ok((Record::Account(Box::new(written.record)), written.operation))
}

/// Its fields are called otherwise in the form.
fn renamed(mut error: Error) -> Error {
    let name = match error.field.as_deref() {
        Some("score") => SCORE,
        Some("reason") => REASON,
        Some("until") => UNTIL,
        _ => return error,
    };
    error.field = Some(name.to_owned());
    error
}

async fn clear(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let done = views::clear_adjustment(request.context(), &name, false).await?;
    Ok(answer::done(&format!("/dashboard/accounts/{}", done.written.record.id), done.written.operation))
}
