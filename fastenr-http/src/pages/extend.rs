//! Stay signed in: extends a session that is about to end.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use chrono::{DateTime, Utc};
use fastenr_core::ops::sessions;
use fastenr_html::part::SessionEnd;

use super::request::{PageRequest, here};
use super::{answer, identify, row};
use crate::endpoint::Endpoint;
use crate::guard::Caller;
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::signed(Method::POST, "/dashboard/session/extend", "Stay signed in", extend)]
}

/// When the caller's session ends; none where there is no session.
pub(super) fn ending(caller: &Caller) -> Option<SessionEnd> {
    let end = caller.key.as_ref()?.expires_at?;
    Some(at(caller, end, true))
}

fn at(caller: &Caller, end: DateTime<Utc>, extendable: bool) -> SessionEnd {
    let here = here(&caller.context);
    SessionEnd { at: here.moment(end), left: (end - here.now).num_seconds().max(0), extendable }
}

async fn extend(request: PageRequest, headers: HeaderMap) -> Answer {
    let caller = &request.caller;
    let (Some(session), Some(dashboard)) = (&caller.key, caller.state.dashboard()) else {
        return Ok(answer::see_other("/dashboard/session"));
    };
    let end = sessions::extend(request.context(), session, dashboard.session_lifetime).await?;
    let ending = at(caller, end, session.expires_at.is_some_and(|before| before < end));
    let mut response = match request.wants("ending") {
        true => answer::fragment(ending)?,
        false => answer::see_other("/dashboard/session"),
    };
    // The cookie still has its old expiry, so it is set again.
    if let Some(text) = identify::session_cookie(dashboard, &headers)
        && let Ok(cookie) = HeaderValue::from_str(&identify::set_cookie(dashboard, Some(text), ending.left))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
