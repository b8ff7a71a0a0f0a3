//! What stands before every handler: who asks, how often, whether they may, and whether the query is one that the endpoint knows.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State as FromState};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fastenr_core::Kind;
use fastenr_core::model::api_key::{ApiKey, Scope, ScopeNoun, ScopeVerb};
use fastenr_core::ops::selection::unknown_name;
use fastenr_core::ops::{Context, keys, sessions};
use tokio::time::Instant;
use uuid::Uuid;

use crate::endpoint::{Noun, Rules, Verb};
use crate::params::{self, Pairs, RemainingParameters};
use crate::rates::{BucketState, RateKey};
use crate::server::KeyPrefix;
use crate::{Access, Problem, State, hints, idempotency};

/// Who asks: the organization and the user in whose name a handler acts.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) context: Context,
    /// None where nobody is asked for one.
    pub(crate) key: Option<Arc<ApiKey>>,
    pub(crate) state: State,
}

/// How often it is looked at whether a key still works while an answer to it goes on.
pub(crate) const RECHECK: Duration = Duration::from_secs(2);

impl Caller {
    /// What a call needs beyond its endpoint, for what else its body says.
    ///
    /// # Errors
    /// `missing_scope`.
    pub(crate) fn may(&self, noun: Noun, verb: Verb) -> Result<(), Problem> {
        match &self.key {
            Some(key) => Ok(key.check(noun, verb)?),
            None => Ok(()),
        }
    }

    /// What a view of several nouns leaves out for this caller: of `nouns` those that the key may not read, as scopes that would
    /// show them.
    pub(crate) fn left_out(&self, nouns: &[Noun]) -> Vec<String> {
        let hidden = nouns.iter().filter(|noun| self.may(**noun, Verb::Read).is_err());
        hidden.map(|noun| Scope::of(*noun, Verb::Read).to_string()).collect()
    }

    /// Whom calls and places are counted for, and whose calls are sent again: the key, or the user where there is none.
    pub(crate) fn id(&self) -> Uuid {
        self.key.as_ref().map_or(self.context.user.id, |key| key.id)
    }

    /// Whether nobody is asked who they are.
    fn is_anybody(&self) -> bool {
        self.key.is_none() && matches!(self.state.access(), Access::Open(_))
    }

    /// Whether another call like this one would be answered now.
    pub(crate) async fn is_let_in(&self) -> bool {
        let known = match &self.key {
            Some(key) => keys::check(&self.context, key).await,
            None if self.is_anybody() => return true,
            None => sessions::as_identified_user(&self.context, &self.context.user.email).await.map(drop),
        };
        match known {
            Ok(()) => true,
            // Whoever can't be asked for lets nobody in, and puts nobody out.
            Err(error) => error.kind != Kind::Unauthenticated,
        }
    }

    /// Returns when the key works no more: what goes on for longer than a call ends with it.
    pub(crate) async fn until_revoked(self) {
        if self.is_anybody() {
            return std::future::pending().await;
        }
        while self.is_let_in().await {
            tokio::time::sleep(RECHECK).await;
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

/// What the answer tells of whoever asked, whatever it is.
#[derive(Default)]
pub(crate) struct CallerInfo {
    prefix: Option<KeyPrefix>,
    standing: Option<BucketState>,
}

impl CallerInfo {
    /// How many calls are left to whoever asks; those who are not asked who they are have any number.
    ///
    /// # Errors
    /// 429 where none is.
    pub(crate) fn count(&mut self, caller: &Caller) -> Result<(), Problem> {
        self.prefix = caller.key.as_ref().map(|key| KeyPrefix(key.prefix.clone()));
        if !caller.is_anybody() {
            self.standing = caller.state.rates().take(RateKey::Key(caller.id()), Instant::now());
        }
        self.standing.as_ref().map_or(Ok(()), BucketState::check)
    }

    pub(crate) fn tell(self, response: &mut Response) {
        if let Some(prefix) = self.prefix {
            response.extensions_mut().insert(prefix);
        }
        if let Some(standing) = self.standing {
            standing.tell(response.headers_mut());
        }
    }
}

/// A refusal of somebody who is not known costs a call of the address that it came from.
pub(crate) fn count_refusal(state: &State, peer: Option<IpAddr>, problem: Problem) -> Problem {
    // Keys are looked at first: whoever sends bad ones locks out nobody else at the same address.
    let peer = peer.filter(|_| problem.is_unauthenticated());
    let standing = peer.and_then(|peer| state.rates().take(RateKey::at(peer), Instant::now()));
    match standing.map_or(Ok(()), |standing| standing.check()) {
        Ok(()) => problem,
        Err(too_many) => too_many,
    }
}

pub(crate) async fn guard(
    FromState((state, rules)): FromState<(State, Arc<Rules>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut known = CallerInfo::default();
    let mut response = match check(&state, &rules, &mut request, &mut known).await {
        Ok(caller) => {
            let key = caller.as_ref().and_then(|caller| caller.key.clone());
            let hides =
                rules.need.zip(key.as_ref()).is_some_and(|(need, key)| key.check(need.noun, Verb::Read).is_err());
            let response = hints::within(key, &rules, idempotency::answer(caller, &rules, request, next)).await;
            if hides { without_record(response) } else { response }
        }
        Err(problem) => problem.into_response(),
    };
    known.tell(&mut response);
    response
}

/// A write answers with the record, to whoever may read it; its version and where it is are told to everybody who wrote it.
fn without_record(response: Response) -> Response {
    if !response.status().is_success() || !response.headers().contains_key(header::ETAG) {
        return response;
    }
    let mut response = response.map(|_| Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        response.headers_mut().remove(name);
    }
    response
}

/// None where anybody may ask.
async fn check(
    state: &State,
    rules: &Rules,
    request: &mut Request,
    known: &mut CallerInfo,
) -> Result<Option<Caller>, Problem> {
    let mut caller = None;
    if let Some(need) = rules.need {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let token = if rules.by_token { token(request.uri().query().unwrap_or_default())? } else { None };
        let is = identified(state, request.headers(), token.as_deref(), peer, known).await?;
        if let Some(key) = &is.key {
            key.check(need.noun, need.verb)?;
        }
        if need.verb != Verb::Read {
            is.context.may_write()?;
        }
        request.extensions_mut().insert(is.clone());
        caller = Some(is);
    }
    let mut pairs = params::pairs(request.uri().query().unwrap_or_default())?;
    check_names(rules, &pairs)?;
    check_spelling(rules, &pairs)?;
    params::name_accounts(&mut pairs)?;
    if let (Some(need), Some(caller)) = (rules.need, &caller)
        && need.verb != Verb::Read
        && pairs.iter().any(|(name, text)| name == "dry_run" && text.trim() == "true")
    {
        // What would change tells what is there.
        caller.may(need.noun, Verb::Read)?;
    }
    request.extensions_mut().insert(Query(pairs));
    Ok(caller)
}

/// Who asks, and that they don't ask too often.
async fn identified(
    state: &State,
    headers: &HeaderMap,
    token: Option<&str>,
    peer: Option<IpAddr>,
    known: &mut CallerInfo,
) -> Result<Caller, Problem> {
    match caller(state, headers, token).await {
        Ok(caller) => {
            known.count(&caller)?;
            Ok(caller)
        }
        Err(problem) => Err(count_refusal(state, peer, problem)),
    }
}

/// The parameter that has a key for programs that can't send headers.
pub(crate) const TOKEN: &str = "token";

fn token(query: &str) -> Result<Option<String>, Problem> {
    RemainingParameters::new(params::pairs(query)?).text(TOKEN)
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
        Access::Open(context) => Ok(Caller { context: (**context).clone(), key: None, state: state.clone() }),
        Access::Keys { db, clock, ids } => {
            // A token that is given is the one that counts: it is never passed over unseen.
            let text = token.or(bearer(headers)).ok_or_else(Problem::unauthenticated)?;
            let known = keys::authenticate(db, *clock, ids, text).await?;
            if token.is_some() {
                for_addresses(&known.key)?;
            }
            note_key_use(&known);
            Ok(Caller { context: known.context, key: Some(Arc::new(known.key)), state: state.clone() })
        }
    }
}

/// Notes the use of a key; nobody waits for it.
pub(crate) fn note_key_use(known: &keys::Authenticated) {
    if known.is_unnoted() {
        let known = known.clone();
        tokio::spawn(async move {
            if let Err(error) = keys::touch_key(&known).await {
                tracing::warn!(code = error.code, "the use of a key was not noted: {error}");
            }
        });
    }
}

/// The key of `Authorization: Bearer KEY`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

pub(crate) fn check_names(rules: &Rules, pairs: &Pairs) -> Result<(), Problem> {
    let is = |name: &str| {
        rules.query.iter().any(|known| known == name || (known.ends_with('.') && name.starts_with(known.as_ref())))
    };
    match pairs.iter().find(|(name, _)| !is(name)) {
        Some((name, _)) if rules.query.is_empty() => {
            Err(Problem::invalid("unknown_filter", format!("there is no parameter {name:?}; this path takes none"))
                .at_parameter(name))
        }
        Some((name, _)) => {
            // What ends with a full stop goes on with a key.
            let shown =
                |name: &Cow<'static, str>| if name.ends_with('.') { format!("{name}KEY") } else { name.to_string() };
            let names: Vec<String> = rules.query.iter().map(shown).collect();
            Err(unknown_name(name, names.iter().map(String::as_str)).into())
        }
        None => no_gaps(rules, pairs),
    }
}

/// # Errors
/// `blank` for a list with nothing between two commas.
fn no_gaps(rules: &Rules, pairs: &Pairs) -> Result<(), Problem> {
    let has_gap = |text: &str| text.split(',').any(|item| item.trim().is_empty());
    match pairs.iter().find(|(name, text)| rules.lists.iter().any(|list| list == name) && has_gap(text)) {
        Some((name, _)) => {
            let detail = format!("{name} has nothing between two commas; give a value or leave the comma out");
            Err(Problem::invalid("blank", detail).at_parameter(name))
        }
        None => Ok(()),
    }
}

/// The command line reads choices as people write them; here they are written as the document has them.
///
/// # Errors
/// With the parameter's name as its code, for another spelling. What is none of them is refused by whoever reads it.
pub(crate) fn check_spelling(rules: &Rules, pairs: &Pairs) -> Result<(), Problem> {
    for (name, text) in pairs {
        if name == "sort" && text.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(Problem::invalid("sort", format!("sort {text:?} is written in lower case")).at_parameter(name));
        }
        let Some((_, choices)) = rules.choices.iter().find(|(known, _)| known == name) else { continue };
        let is_list = rules.lists.iter().any(|list| list == name);
        for item in text.split(|c| is_list && c == ',') {
            params::exactly(name, item.trim(), choices).map_err(|problem| problem.at_parameter(name))?;
        }
    }
    Ok(())
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
