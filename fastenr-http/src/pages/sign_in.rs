//! Signing in: with an API key, or with a one-time link. A link is used only by the button of its page, so that link previews
//! do not use it.

use axum::extract::{Request, State as FromState};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::ops::sessions::{self, NewSession, SignedIn};
use fastenr_core::secret::Secrets;
use fastenr_core::{Error, Kind};
use fastenr_html::page::{ConfirmPage, SignInPage};
use fastenr_html::{Frame, Permissions, link};

use super::fields::Fields;
use super::request::local;
use super::{answer, guard, identify, row};
use crate::at::PathParts;
use crate::endpoint::Endpoint;
use crate::guard::{Query, count_refusal};
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Access, Problem, State, schema};

const PATH: &str = "/dashboard/sign-in";
const LINK: &str = "/dashboard/sign-in/{link}";

/// The largest body without sign-in, in bytes.
const SMALL: u64 = 64 << 10;

pub(super) fn rows() -> Vec<Endpoint> {
    let next = || Parameter::new("next", schema::text(), "Page to open after signing in.");
    let why = || Parameter::new("why", schema::text(), "Reason for the sign-in page.");
    vec![
        row::open(Method::GET, PATH, "Sign in", show).takes([next(), why()]),
        row::open(Method::POST, PATH, "Sign in with a key", with_key).body_limit(SMALL),
        row::open(Method::GET, LINK, "A one-time link", show_link).takes([next()]),
        row::open(Method::POST, LINK, "Sign in with the link", with_link).body_limit(SMALL),
    ]
}

fn next(text: Option<&str>) -> String {
    text.and_then(local).filter(|next| !next.starts_with(PATH)).unwrap_or_else(|| "/dashboard".to_owned())
}

async fn show(FromState(state): FromState<State>, Query(pairs): Query) -> Answer {
    if matches!(state.access(), Access::Open(_)) {
        return Ok(answer::see_other("/dashboard"));
    }
    let mut taken = RemainingParameters::new(pairs);
    let next = next(taken.text("next")?.as_deref());
    let reason = match taken.text("why")?.as_deref() {
        Some("key_expired") => Some("The session has expired. Sign in again to continue."),
        Some("key_revoked") => Some("You were signed out. Sign in again to continue."),
        Some("deactivated_user") => Some("The user of this session is deactivated."),
        _ => None,
    };
    answer::page(&SignInPage { frame: Frame::bare("Sign in"), next, error: None, reason: reason.map(str::to_owned) })
}

/// The database for key look-ups; none with `--no-auth`.
fn keys(state: &State) -> Option<(&fastenr_core::store::Db, fastenr_core::clock::Clock, &fastenr_core::id::Ids)> {
    match state.access() {
        Access::Keys { db, clock, ids } => Some((db, *clock, ids)),
        Access::Open(_) => None,
    }
}

async fn with_key(FromState(state): FromState<State>, request: Request) -> Answer {
    let Some((db, clock, ids)) = keys(&state) else { return Ok(answer::see_other("/dashboard")) };
    let (peer, browser) = (guard::peer(&request), browser(request.headers()));
    let fields = Fields::read(request).await?;
    let next = next(fields.text("next"));
    let lifetime = lifetime(&state);
    let visit = NewSession { browser: &browser, lifetime };
    match sessions::by_key((db, clock, ids), fields.text("key").unwrap_or_default(), Secrets::System, &visit).await {
        Ok(signed) => Ok(signed_in(&state, &signed, &next)),
        Err(error) if error.kind == Kind::Unauthenticated => {
            let told = refused(&state, peer, error)?;
            let page = SignInPage { frame: Frame::bare("Sign in"), next, error: Some(told), reason: None };
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// The message for a refused key; an address with too many of them gets 429.
fn refused(state: &State, peer: Option<std::net::IpAddr>, error: Error) -> Result<String, Problem> {
    let told = error.message.clone();
    let problem = count_refusal(state, peer, error.into());
    if problem.is_unauthenticated() { Ok(answer::sentence(told)) } else { Err(problem) }
}

async fn show_link(
    FromState(state): FromState<State>,
    PathParts(text): PathParts<String>,
    Query(pairs): Query,
    request: Request,
) -> Answer {
    let Some((db, clock, ids)) = keys(&state) else { return Ok(answer::see_other("/dashboard")) };
    let next = next(RemainingParameters::new(pairs).text("next")?.as_deref());
    match sessions::look_at_link(db, clock, ids, &text).await {
        Ok(found) => answer::page(&ConfirmPage {
            frame: Frame::bare("Sign in"),
            organization: found.context.organization.name.clone(),
            user: found.context.user.email.clone(),
            name: found.context.user.name.clone(),
            action: format!("{PATH}/{}", link::part(&text)),
            next,
            only_reads: Permissions::of(found.context.user.role, Some(&found.key.scopes)).only_reads(),
        }),
        Err(error) => used(&state, guard::peer(&request), error, next),
    }
}

/// A link that does not work: the sign-in page with the reason.
fn used(state: &State, peer: Option<std::net::IpAddr>, error: Error, next: String) -> Answer {
    if error.kind != Kind::Unauthenticated {
        return Err(error.into());
    }
    let told = refused(state, peer, error)?;
    let reason = Some(format!("{told} Links work only once: request a new one."));
    answer::page_with(StatusCode::GONE, &SignInPage { frame: Frame::bare("Sign in"), next, error: None, reason })
}

async fn with_link(FromState(state): FromState<State>, PathParts(text): PathParts<String>, request: Request) -> Answer {
    let Some(access) = keys(&state) else { return Ok(answer::see_other("/dashboard")) };
    let (peer, browser) = (guard::peer(&request), browser(request.headers()));
    let fields = Fields::read(request).await?;
    let next = next(fields.text("next"));
    let visit = NewSession { browser: &browser, lifetime: lifetime(&state) };
    match sessions::by_link(access, &text, Secrets::System, &visit).await {
        Ok(signed) => Ok(signed_in(&state, &signed, &next)),
        Err(error) => used(&state, peer, error, next),
    }
}

fn lifetime(state: &State) -> chrono::TimeDelta {
    state.dashboard().map_or(sessions::SESSION_LIFETIME, |dashboard| dashboard.session_lifetime)
}

fn signed_in(state: &State, signed: &SignedIn, next: &str) -> Response {
    let mut response = answer::see_other(next).into_response();
    let left = signed.key.expires_at.map_or(0, |end| (end - signed.context.clock.now()).num_seconds());
    if let Some(dashboard) = state.dashboard()
        && let Ok(cookie) = HeaderValue::from_str(&identify::set_cookie(dashboard, Some(signed.secret.expose()), left))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The browser and the system: `Firefox on Linux`.
fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first =
        |words: &[(&str, &'static str)]| words.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    // Browsers also contain the names of others: the order matters.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => "A browser".to_owned(),
    }
}
