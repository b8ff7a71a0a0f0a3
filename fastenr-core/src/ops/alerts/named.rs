//! What alerts are named by, and the days that they are asked for.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::{Error, Invalid, Result};
use crate::model::short_id::ShortId;
use crate::model::when::Sense;
use crate::ops::Context;
use crate::ops::period::day_of;
use crate::store;

/// The alert that is meant: an id, or the beginning or end of one that no other alert has.
///
/// # Errors
/// `id` for what is no part of an id, `unknown_alert`, `ambiguous_alert`.
pub async fn id_of(context: &Context, text: &str) -> Result<Uuid> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Ok(id);
    }
    let rule = || Invalid::new("id", "an alert is named by its id, or 6 digits and more of its beginning or end");
    let short = ShortId::parse(text).ok_or_else(|| rule().of("id", text))?;
    let mut tx = context.db.read().await?;
    let found = store::short_ids::matching(&mut tx, &context.scope(), ("alerts", "id", ""), &short, 6).await?;
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(Error::not_found("unknown_alert", format!("there is no alert {text:?}"))
            .hint("`fastenr alerts list --state all` shows them with their ids")),
        several => {
            let listed: Vec<String> = several.iter().take(5).map(Uuid::to_string).collect();
            Err(Error::not_found("ambiguous_alert", format!("the ids of several alerts begin or end with {text:?}"))
                .hint(format!("name one of {}", listed.join(", "))))
        }
    }
}

/// The day until which something rests: written `2026-04-15`, or in so long as `2w` says.
///
/// # Errors
/// `date`.
pub fn until(context: &Context, text: &str) -> Result<NaiveDate, Invalid> {
    day_of(context, text, Sense::Ahead)
}

/// The day since which something is asked: written `2026-03-01`, or so long ago as `90d` says.
///
/// # Errors
/// `date`.
pub fn since(context: &Context, text: &str) -> Result<NaiveDate, Invalid> {
    day_of(context, text, Sense::Back)
}
