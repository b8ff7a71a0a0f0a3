//! `/api/notifications`: what is new for the caller.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::notifications::{self, DAYS, NotificationCursor, Notifications, USUAL_ROWS};
use fastenr_core::view::notification::NotificationList;
use serde_json::{Value, json};
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::Type;

use crate::body::{Object, unknown_member};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::problem::FieldError;
use crate::reply::Answer;
use crate::{Problem, schema};

const TAG: &str = "notifications";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let cursor = schema::line(200).description(Some("`cursor` of a list: what came after it stays unread."));
    let unread = ObjectBuilder::new().property("unread", schema::integer(0, i64::MAX)).required("unread");
    vec![
        Endpoint::get("/api/notifications", "notifications_list", list)
            .of(TAG, Noun::Activities, Verb::Read)
            .says(
                "List what is new for you",
                format!(
                    "Of the last {DAYS} days, the newest first: alerts of accounts that the key's user owns, accounts and tasks \
                     that others gave to the user, goals of the user's accounts achieved or missed, and the user's own \
                     operations on many records that took 10 seconds or more, or were interrupted. What was undone, \
                     resolved or done since is not listed. The key also needs `accounts:read`, `alerts:read`, \
                     `tasks:read`, `goals:read` and `operations:read`."
                ),
            )
            .takes(parameters())
            .answers_as::<NotificationList>(StatusCode::OK, "The notifications."),
        Endpoint::post("/api/notifications/read", "notifications_read", read)
            .of(TAG, Noun::Activities, Verb::Read)
            .says(
                "Mark your notifications as read",
                "Those of the key's user, up to a cursor or, without one, all. A state of the user and no record: it can't be \
                 undone and is not in the feed.",
            )
            .defines("NotificationsRead", ObjectBuilder::new().schema_type(Type::Object).property("cursor", cursor))
            .json("The cursor, if any.", schema::reference("NotificationsRead"), Some(json!({})))
            .defines("UnreadNotifications", unread)
            .answers(StatusCode::OK, "What is still unread.", schema::reference("UnreadNotifications"), None),
    ]
}

/// Those of the list, for the API and for its page.
pub(crate) fn parameters() -> [Parameter; 2] {
    const MOST: i64 = Page::MOST as i64;
    let says = format!("Maximum number of notifications, 1 to {MOST} (default {USUAL_ROWS}).");
    [
        Parameter::new("unread", schema::boolean(), "Only unread ones."),
        Parameter::new("limit", schema::integer(1, MOST), says),
    ]
}

/// Whether the caller may read all that notifications tell of.
pub(crate) fn may(caller: &Caller) -> Result<(), Problem> {
    notifications::READS.iter().try_for_each(|noun| caller.may(*noun, Verb::Read))
}

/// What a query asks for: for the API and for its page.
pub(crate) async fn found(caller: &Caller, pairs: Pairs) -> Result<Notifications, Problem> {
    may(caller)?;
    let mut taken = RemainingParameters::new(pairs);
    let limit = usize::try_from(taken.limit(USUAL_ROWS)?).unwrap_or(usize::MAX);
    let unread = taken.flag("unread")?;
    Ok(notifications::list(&caller.context, unread, limit).await?)
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let found = found(&caller, pairs).await?;
    Ok(Json(NotificationList::from(&found)).into_response())
}

async fn read(caller: Caller, Object(body): Object) -> Answer {
    may(&caller)?;
    let (mut cursor, mut errors) = (None, Vec::new());
    for (member, value) in body {
        match (member.as_str(), value) {
            ("cursor", Value::String(text)) => cursor = Some(text),
            ("cursor", Value::Null) => {}
            ("cursor", _) => errors.push(FieldError::member("cursor", "type", "cursor: a text is needed")),
            _ => errors.push(unknown_member(&member, &["cursor"])),
        }
    }
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let unread = marked(&caller, cursor.as_deref()).await.map_err(Problem::of_body)?;
    Ok(Json(json!({"unread": unread})).into_response())
}

/// Marks what is up to the cursor: for the API and for its page.
pub(crate) async fn marked(caller: &Caller, cursor: Option<&str>) -> Result<u64, Problem> {
    let cursor: Option<NotificationCursor> = cursor.map(notifications::cursor).transpose()?;
    Ok(notifications::read(&caller.context, cursor).await?)
}
