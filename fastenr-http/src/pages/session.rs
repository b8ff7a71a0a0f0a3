//! The sessions page, signing out, and the start page.

use axum::http::{HeaderValue, Method, header};
use axum::response::IntoResponse;
use fastenr_core::model::Role;
use fastenr_core::model::api_key::{API_KEY, KeyKind};
use fastenr_core::ops::{keys, selection, sessions};
use fastenr_html::SignInMethod;
use fastenr_html::page::{KeysPage, SessionPage, SessionRow};

use super::fields::Fields;
use super::request::{PageRequest, who};
use super::{answer, identify, row};
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::Endpoint;
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::open(Method::GET, "/", "Redirects to the dashboard", || async { answer::see_other("/dashboard") }),
        row::signed(Method::GET, "/dashboard/session", "Sessions", show),
        row::signed(Method::GET, "/dashboard/keys", "Keyboard shortcuts", shortcuts),
        row::signed(Method::POST, "/dashboard/session/{id}/end", "End a session", end),
        row::signed(Method::POST, "/dashboard/sign-out", "Sign out, here or everywhere", sign_out),
    ]
}

async fn show(request: PageRequest) -> Answer {
    let frame = request.frame("Sessions", "").await?;
    let (here, own) = (request.here(), request.caller.key.clone());
    let context = request.context();
    let sign_in = who(&request.caller).sign_in;
    let how = match (sign_in, own.as_ref().and_then(|key| key.expires_at)) {
        (SignInMethod::Anybody, _) => {
            "This server has no sign-in: everyone on this machine acts as the same user.".to_owned()
        }
        (SignInMethod::Proxy, _) => "A proxy in front of this server has signed you in.".to_owned(),
        (SignInMethod::Session, Some(end)) => {
            format!("Signed in until {}.", here.moment(end).local().replace('T', " "))
        }
        (SignInMethod::Session, None) => "Signed in.".to_owned(),
    };
    let scopes = match &own {
        Some(key) if key.scopes.to_string() == "*" => "everything the user's role allows".to_owned(),
        Some(key) => key.scopes.to_string(),
        None => "everything the user's role allows".to_owned(),
    };
    // Admins with full scopes see all sessions, others only their own.
    let every = context.user.role == Role::Admin && own.as_ref().is_none_or(|key| key.scopes.to_string() == "*");
    let all = match sign_in {
        SignInMethod::Anybody => Vec::new(),
        _ => sessions_of(&request, every).await?,
    };
    let row = |key: &fastenr_core::model::api_key::ApiKey| SessionRow {
        id: key.id.to_string(),
        browser: key.name.clone(),
        user: key.user_email.clone(),
        since: here.moment(key.created_at),
        until: key.expires_at.map(|end| here.moment(end)),
        this: own.as_ref().is_some_and(|own| own.id == key.id),
    };
    let rows = all.iter().map(row).collect();
    answer::page(&SessionPage { frame, how, scopes, sessions: rows, ends: sign_in == SignInMethod::Session })
}

async fn sessions_of(request: &PageRequest, every: bool) -> Result<Vec<fastenr_core::model::api_key::ApiKey>, Problem> {
    let context = request.context();
    let active = selection::selection(context, &API_KEY, [("kind", KeyKind::Session.as_str())]).await?;
    let mut all = keys::list(context, &active).await?;
    all.retain(|key| every || key.user == context.user.id);
    Ok(all)
}

async fn end(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let context = request.context();
    let every =
        context.user.role == Role::Admin && request.caller.key.as_ref().is_none_or(|key| key.scopes.to_string() == "*");
    let all = sessions_of(&request, every).await?;
    let session = all.iter().find(|key| key.id.to_string() == id).ok_or_else(|| {
        Problem::new(axum::http::StatusCode::NOT_FOUND, "unknown_session", Some("there is no such session".to_owned()))
    })?;
    sessions::sign_out(context, session, false).await?;
    Ok(answer::see_other("/dashboard/session"))
}

async fn shortcuts(request: PageRequest) -> Answer {
    answer::page(&KeysPage { frame: request.frame("Keyboard shortcuts", "").await? })
}

async fn sign_out(request: PageRequest, fields: Fields) -> Answer {
    let everywhere = fields.flag("everywhere");
    if let Some(key) = &request.caller.key {
        sessions::sign_out(request.context(), key, everywhere).await?;
    }
    let mut response = answer::see_other("/dashboard/sign-in").into_response();
    let headers = response.headers_mut();
    if let Some(dashboard) = request.caller.state.dashboard()
        && let Ok(cookie) = HeaderValue::from_str(&identify::set_cookie(dashboard, None, 0))
    {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}
