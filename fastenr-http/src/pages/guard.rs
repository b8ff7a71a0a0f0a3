//! The checks before every page: sign-in, scopes, known parameters. Every error becomes an error page.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, Request, State as FromState};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fastenr_core::model::idempotency::IdempotencyKey;
use fastenr_html::link;
use uuid::Uuid;

use super::request::{PageAddress, local};
use super::{answer, csrf, identify};
use crate::endpoint::{Rules, Verb};
use crate::guard::{Caller, CallerInfo, Query, check_names, check_spelling};
use crate::params::{self, Pairs};
use crate::problem::ProblemSummary;
use crate::reply::OPERATION;
use crate::{Problem, State, body, hints, idempotency};

/// Asks for one block of a page.
pub(super) const FRAGMENT: &str = "fastenr-fragment";

/// Names the operation of the last change, so that the page can offer an undo.
const DONE: &str = "done";

pub(crate) async fn guard(
    FromState((state, rules)): FromState<(State, Arc<Rules>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut known = CallerInfo::default();
    let place = RequestParts::of(&request);
    let mut caller = None;
    let response = match check(&state, &rules, &mut request, &mut known, &mut caller).await {
        Ok(Some(elsewhere)) => answer::see_other(&elsewhere),
        Ok(None) => {
            let key = caller.as_ref().and_then(|caller| caller.key.clone());
            match keyed(&rules, request).await {
                Ok(request) => {
                    hints::within(key, &rules, idempotency::answer(caller.clone(), &rules, request, next)).await
                }
                Err(problem) => problem.into_response(),
            }
        }
        Err(problem) => problem.into_response(),
    };
    let mut response = place.finish(response, caller.as_ref()).await;
    known.tell(&mut response);
    response
}

/// Refusals of what has no row, or that come from further out, as pages too.
pub(crate) async fn refusals(request: Request, next: Next) -> Response {
    let is_page = request.uri().path().starts_with("/dashboard");
    let response = next.run(request).await;
    let is_html = response.headers().get(header::CONTENT_TYPE).is_some_and(answer::is_html);
    match response.extensions().get::<ProblemSummary>() {
        Some(told) if is_page && !is_html => answer::with_headers_of(answer::bare(told), response.headers()),
        _ => response,
    }
}

/// The parts of a request that its response needs.
struct RequestParts {
    reads: bool,
    fragment: bool,
    /// The page itself, without the last change.
    here: String,
    /// The page of the form.
    referrer: Option<String>,
}

impl RequestParts {
    fn of(request: &Request) -> Self {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let referrer =
            text("referer").and_then(|from| from.split_once("://")).and_then(|(_, rest)| rest.split_once('/'));
        Self {
            reads: matches!(*request.method(), Method::GET | Method::HEAD),
            fragment: request.headers().contains_key(FRAGMENT),
            here: target.to_owned(),
            referrer: referrer.and_then(|(_, path)| local(&format!("/{path}"))),
        }
    }

    async fn finish(&self, response: Response, caller: Option<&Caller>) -> Response {
        let media = response.headers().get(header::CONTENT_TYPE);
        if media.is_some_and(answer::is_html) || response.extensions().get::<answer::Plain>().is_some() {
            return answer::finished(response);
        }
        let response = match response.extensions().get::<ProblemSummary>().cloned() {
            Some(told) if told.status == StatusCode::UNAUTHORIZED && !self.fragment => self.sign_in(&told),
            Some(told) => answer::with_headers_of(answer::refusal(&told, caller).await, response.headers()),
            // A repeated form whose first response was lost: its change is done.
            None if !self.reads && response.status().is_success() => {
                let done = response.headers().get(OPERATION).and_then(|id| id.to_str().ok()).map(str::to_owned);
                answer::done(self.referrer.as_deref().unwrap_or("/dashboard"), done.and_then(|id| id.parse().ok()))
            }
            None => response,
        };
        answer::finished(response)
    }

    /// Redirects to the sign-in page, and from there back.
    fn sign_in(&self, told: &ProblemSummary) -> Response {
        let next = if self.reads { local(&self.here) } else { self.referrer.clone() };
        let why = if told.code == "unauthenticated" { None } else { Some(("why", told.code.as_str())) };
        let next = next.as_deref().filter(|next| *next != "/dashboard").map(|next| ("next", next));
        answer::see_other(&link::with("/dashboard/sign-in", next.into_iter().chain(why)))
    }
}

/// The normalized address of the page, if it differs. `caller` is the user, also if the request is refused.
async fn check(
    state: &State,
    rules: &Rules,
    request: &mut Request,
    known: &mut CallerInfo,
    caller: &mut Option<Caller>,
) -> Result<Option<String>, Problem> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads {
        csrf::tells_origin(request.headers())?;
    }
    if rules.need.is_some() || rules.signed {
        let is = identify::identify(state, request.headers(), peer(request), known).await?;
        *caller = Some(is.clone());
        if let (Some(need), Some(key)) = (rules.need, &is.key) {
            key.check(need.noun, need.verb)?;
        }
        if rules.need.is_some_and(|need| need.verb != Verb::Read) {
            is.context.may_write()?;
        }
        request.extensions_mut().insert(is);
    }
    let mut pairs = params::with_blanks(request.uri().query().unwrap_or_default())?;
    let done = take_done(rules, &mut pairs);
    let (canonical, moved) = canonical(rules, pairs);
    if reads && moved {
        let done = done.map(|id| (DONE.to_owned(), id.to_string()));
        return Ok(Some(link::with(request.uri().path(), canonical.into_iter().chain(done))));
    }
    let here = link::with(request.uri().path(), canonical.iter().map(|(name, text)| (name, text)));
    let mut pairs = canonical;
    check_names(rules, &pairs)?;
    check_spelling(rules, &pairs)?;
    params::name_accounts(&mut pairs)?;
    let fragment = request.headers().get(FRAGMENT).and_then(|name| name.to_str().ok()).map(str::to_owned);
    request.extensions_mut().insert(PageAddress { fragment, done, here });
    request.extensions_mut().insert(Query(pairs));
    Ok(None)
}

pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// Lists have a filter of that name as well; it is no id.
fn take_done(rules: &Rules, pairs: &mut Pairs) -> Option<Uuid> {
    let is_filter = rules.query.iter().any(|name| name == DONE);
    let is_told = |text: &str| !is_filter || Uuid::parse_str(text).is_ok();
    let place = pairs.iter().position(|(name, text)| name == DONE && is_told(text))?;
    pairs.remove(place).1.parse().ok()
}

/// As the API takes it: without blanks, lists in one text with commas. Says whether that is another address.
fn canonical(rules: &Rules, pairs: Pairs) -> (Pairs, bool) {
    let mut moved = false;
    let mut kept = Pairs::new();
    for (name, text) in pairs {
        if params::is_blank(&name, &text) {
            moved = true;
            continue;
        }
        let is_list = rules.lists.iter().any(|list| *list == name);
        match kept.iter_mut().find(|(known, _)| is_list && *known == name) {
            Some((_, whole)) => {
                whole.push(',');
                whole.push_str(&text);
                moved = true;
            }
            None => kept.push((name, text)),
        }
    }
    (kept, moved)
}

/// The hidden key of a form as the header that callers of the API send.
async fn keyed(rules: &Rules, request: Request) -> Result<Request, Problem> {
    let is_form = request.headers().get(header::CONTENT_TYPE).is_some_and(is_form);
    if *request.method() != Method::POST || !rules.idempotent || !is_form {
        return Ok(request);
    }
    let (mut parts, stream) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), stream), &()).await.map_err(body::unread)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let key = super::fields::pairs(text)?.into_iter().find(|(name, _)| name == super::fields::IDEMPOTENCY_KEY);
    if let Some((_, key)) = key
        && IdempotencyKey::parse(&key).is_ok()
        && let Ok(value) = HeaderValue::from_str(&key)
    {
        parts.headers.insert(idempotency::KEY, value);
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

pub(super) fn is_form(media: &HeaderValue) -> bool {
    let media = media.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_the_api_takes_them() {
        let rules = Rules { lists: vec!["status".into()], ..Rules::default() };
        let of = |query: &str| {
            let (pairs, moved) = canonical(&rules, params::with_blanks(query).unwrap());
            (link::with("", pairs), moved)
        };
        assert_eq!(of("status=active&status=at_risk&search=&owner=+"), ("?status=active,at_risk".to_owned(), true));
        assert_eq!(
            of("status=active,at_risk&industry=a&industry=b"),
            ("?status=active,at_risk&industry=a&industry=b".to_owned(), false)
        );
        assert_eq!(of("custom%5Btier%5D="), ("?custom.tier=".to_owned(), false));
    }
}
