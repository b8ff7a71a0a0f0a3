//! What stands before every handler: who asks, whether they may, and whether the query is one that the endpoint knows.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State as FromState};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fastenr_core::ops::Context;
use fastenr_core::ops::filters::unknown_name;

use crate::endpoint::Rules;
use crate::params::{self, Pairs};
use crate::{Access, Problem, State};

/// Who asks: the organization and the user in whose name a handler acts.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) context: Context,
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
    match check(&state, &rules, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check(state: &State, rules: &Rules, request: &mut Request) -> Result<(), Problem> {
    if rules.need.is_some() {
        let caller = caller(state).await?;
        request.extensions_mut().insert(caller);
    }
    let pairs = params::pairs(request.uri().query().unwrap_or_default())?;
    known(rules, &pairs)?;
    request.extensions_mut().insert(Query(pairs));
    Ok(())
}

async fn caller(state: &State) -> Result<Caller, Problem> {
    match state.access() {
        Access::Open(context) => Ok(Caller { context: (**context).clone() }),
    }
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
