//! Identifies the user of a page: by the session cookie, by a trusted proxy, or without sign-in with `--no-auth`. API keys are
//! not accepted as sessions, and sessions not as keys.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use fastenr_core::model::api_key::KeyKind;
use fastenr_core::ops::{keys, sessions};

use super::config::{Dashboard, Proxy};
use crate::guard::{Caller, CallerInfo, count_refusal, note_key_use};
use crate::server::host_name;
use crate::{Access, Problem, State};

/// # Errors
/// `unauthenticated` and why; 429.
pub(super) async fn identify(
    state: &State,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    known: &mut CallerInfo,
) -> Result<Caller, Problem> {
    match caller(state, headers, peer).await {
        Ok(caller) => {
            known.count(&caller)?;
            Ok(caller)
        }
        Err(problem) => Err(count_refusal(state, peer, problem)),
    }
}

async fn caller(state: &State, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<Caller, Problem> {
    let (db, clock, ids) = match state.access() {
        Access::Open(context) => {
            return Ok(Caller { context: (**context).clone(), key: None, state: state.clone() });
        }
        Access::Keys { db, clock, ids } => (db, *clock, ids),
    };
    let dashboard = state.dashboard();
    if let Some((dashboard, proxy)) = dashboard.and_then(|own| Some((own, own.proxy.as_ref()?)))
        && let Some(email) = vouched(proxy, headers, peer)?
    {
        meant_for(dashboard, headers)?;
        let context = sessions::as_identified_user(&proxy.context, email).await?;
        return Ok(Caller { context, key: None, state: state.clone() });
    }
    let secure = dashboard.is_some_and(|dashboard| dashboard.secure);
    let text = cookie(headers, cookie_name(secure)).ok_or_else(signed_out)?;
    let found = keys::authenticate_as(KeyKind::Session, db, clock, ids, text).await?;
    note_key_use(&found);
    Ok(Caller { context: found.context, key: Some(Arc::new(found.key)), state: state.clone() })
}

/// The user named by the proxy, if the peer is a trusted one. Two such headers are rejected: one of them may be forged.
fn vouched<'h>(proxy: &Proxy, headers: &'h HeaderMap, peer: Option<IpAddr>) -> Result<Option<&'h str>, Problem> {
    if !peer.is_some_and(|peer| proxy.networks.iter().any(|network| network.holds(peer))) {
        return Ok(None);
    }
    let mut given = headers.get_all(&proxy.header).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(email), None) => Ok(Some(email.to_str().map_err(|_| signed_out())?)),
        (Some(_), Some(_)) => Err(signed_out()),
    }
}

/// A page under another name than the public one was not sent through the proxy: a browser beside it shows whatever somebody's name
/// leads to, and lets that page set the header.
fn meant_for(dashboard: &Dashboard, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(url) = dashboard.public_url.as_deref() else { return Ok(()) };
    let own = url.split_once("://").and_then(|(_, authority)| host_name(authority.trim_end_matches('/')));
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(host_name);
    if own.zip(asked).is_some_and(|(own, asked)| asked.trim_end_matches('.').eq_ignore_ascii_case(&own)) {
        return Ok(());
    }
    let detail = format!(
        "this request was not sent to {url}, the --public-url; the proxy must forward the header Host, in nginx with \
         `proxy_set_header Host $host`"
    );
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "not_this_host", Some(detail)))
}

fn signed_out() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", None)
}

/// With the prefix that browsers take from this host over TLS alone, where there is TLS.
pub(super) const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-fastenr" } else { "fastenr" }
}

/// The text of the session that a browser came with.
pub(super) fn session_cookie<'h>(dashboard: &Dashboard, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie(headers, cookie_name(dashboard.secure))
}

/// The cookie with this name. Two of them are rejected: another program on the host may have set one.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut own = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.trim());
    let found = own.next()?;
    own.next().is_none().then_some(found)
}

/// The header that gives the browser a session, or takes it away.
pub(super) fn set_cookie(dashboard: &Dashboard, text: Option<&str>, seconds: i64) -> String {
    let name = cookie_name(dashboard.secure);
    let secure = if dashboard.secure { "; Secure" } else { "" };
    let (text, age) = text.map_or(("", 0), |text| (text, seconds.max(0)));
    format!("{name}={text}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn cookies() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(text))]);
            cookie(&headers, "fastenr").map(str::to_owned)
        };
        assert_eq!(of("a=1; fastenr=x; b=2").as_deref(), Some("x"));
        assert_eq!(of("fastenr=x; fastenr=y"), None);
        assert_eq!(of("xfastenr=x; fastenrx=y; fastenr"), None);
        let plain = set_cookie(&Dashboard::default(), Some("x"), 60);
        assert_eq!(plain, "fastenr=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let secure = Dashboard { secure: true, ..Dashboard::default() };
        assert_eq!(set_cookie(&secure, None, 60), "__Host-fastenr=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    }
}
