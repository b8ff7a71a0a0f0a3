//! What stands before every handler: who asks, whether they may, and whether the query is one that the endpoint knows.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State as FromState};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fastenr_core::model::api_key::{ApiKey, Scope, ScopeNoun, ScopeVerb};
use fastenr_core::ops::filters::unknown_name;
use fastenr_core::ops::{Context, keys};

use crate::endpoint::Rules;
use crate::params::{self, Pairs, Taken};
use crate::server::KeyPrefix;
use crate::{Access, Problem, State};

/// Who asks: the organization and the user in whose name a handler acts.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) context: Context,
    /// None where nobody is asked for one.
    pub(crate) key: Option<Arc<ApiKey>>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

pub(crate) async fn guard(
    FromState((state, rules)): FromState<(State, Arc<Rules>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut prefix = None;
    let mut response = match check(&state, &rules, &mut request, &mut prefix).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if let Some(prefix) = prefix {
        response.extensions_mut().insert(prefix);
    }
    response
}

async fn check(
    state: &State,
    rules: &Rules,
    request: &mut Request,
    prefix: &mut Option<KeyPrefix>,
) -> Result<(), Problem> {
    if let Some(need) = rules.need {
        let token = if rules.by_token { token(request.uri().query().unwrap_or_default())? } else { None };
        let caller = caller(state, request.headers(), token.as_deref()).await?;
        if let Some(key) = &caller.key {
            *prefix = Some(KeyPrefix(key.prefix.clone()));
            key.check(need.noun, need.verb)?;
        }
        request.extensions_mut().insert(caller);
    }
    let pairs = params::pairs(request.uri().query().unwrap_or_default())?;
    known(rules, &pairs)?;
    request.extensions_mut().insert(Query(pairs));
    Ok(())
}

/// The parameter that has a key for programs that can't send headers.
pub(crate) const TOKEN: &str = "token";

fn token(query: &str) -> Result<Option<String>, Problem> {
    Taken::new(params::pairs(query)?).text(TOKEN)
}

/// Addresses end up in histories and in other people's mail: a key there may read the calendar and do nothing else.
fn for_addresses(key: &ApiKey) -> Result<(), Problem> {
    let only = Scope::of(ScopeNoun::Calendar, ScopeVerb::Read);
    if key.scopes.to_string() == only.to_string() {
        return Ok(());
    }
    let detail = "a key in an address has the scope calendar:read and no other; make one for it";
    Err(Problem::new(StatusCode::FORBIDDEN, "token_scope", Some(detail.to_owned())))
}

async fn caller(state: &State, headers: &HeaderMap, token: Option<&str>) -> Result<Caller, Problem> {
    match state.access() {
        Access::Open(context) => Ok(Caller { context: (**context).clone(), key: None }),
        Access::Keys { db, clock, ids } => {
            let text = bearer(headers).or(token).ok_or_else(Problem::unauthenticated)?;
            let known = keys::authenticate(db, *clock, ids, text).await?;
            if bearer(headers).is_none() {
                for_addresses(&known.key)?;
            }
            if known.is_unnoted() {
                let known = known.clone();
                // Nobody waits for it.
                tokio::spawn(async move {
                    if let Err(error) = keys::touch_key(&known).await {
                        tracing::warn!(code = error.code, "the use of a key was not noted: {error}");
                    }
                });
            }
            Ok(Caller { context: known.context, key: Some(Arc::new(known.key)) })
        }
    }
}

/// The key of `Authorization: Bearer KEY`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn known(rules: &Rules, pairs: &Pairs) -> Result<(), Problem> {
    let is = |name: &str| {
        rules.query.iter().any(|known| known == name || (known == "custom" && name.starts_with("custom.")))
    };
    match pairs.iter().find(|(name, _)| name == "custom" || !is(name)) {
        Some((name, _)) if rules.query.is_empty() => {
            Err(Problem::invalid("unknown_filter", format!("there is no parameter {name:?}; this path takes none"))
                .at_parameter(name))
        }
        Some((name, _)) => Err(unknown_name(name, rules.query.iter().map(AsRef::as_ref)).into()),
        None => Ok(()),
    }
}

/// The query's names and texts, all of which the endpoint knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Pairs);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
