//! Keys of the HTTP API: make, list, revoke; and who it is that calls with one.
//!
//! A key acts as its user, whose role still holds, and may be used for its scopes only. Nothing here is journaled: a key that was
//! revoked stays so, and the feed tells about both.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::records::Subject;
use super::{Change, Context, Written, lists, nearest, users};
use crate::clock::Clock;
use crate::error::{Error, Result, Verb};
use crate::id::Ids;
use crate::model::activity::Activity;
use crate::model::api_key::{API_KEY, ApiKey, Expiry, KeyKind, KeyStatus, KeyText, Scopes, Secret};
use crate::model::idempotency::PendingCall;
use crate::model::noun::{Storage, Value};
use crate::model::selection::{Condition, Order, Selection};
use crate::model::short_id::ShortId;
use crate::model::user::User;
use crate::model::{KeyName, Role, TimeZone};
use crate::say;
use crate::secret::Secrets;
use crate::store::{self, Conn, Db, Lock, Tx};

/// How long a use goes unnoted after one that was.
const UNNOTED: TimeDelta = TimeDelta::minutes(10);

/// What a key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub name: KeyName,
    /// Whom it acts as: a user's e-mail address, id, external id or unique name; none: who makes it.
    pub user: Option<String>,
    pub scopes: Scopes,
    pub expiry: Expiry,
}

/// A key just made, and its text, which is told this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    pub key: ApiKey,
    /// None in a dry run.
    pub secret: Option<Secret>,
    pub changes: Vec<Change>,
}

/// Makes a key: an administrator for anybody, everybody else for themselves.
///
/// # Errors
/// `not_admin`, `unknown_user`, `deactivated_user`, `read_only_user` where the user may only read and the scopes say more,
/// `expires`, `no_randomness`; `exists` where its prefix is another key's, which chance brings about once in 2^48.
pub async fn create(context: &Context, secrets: Secrets, new: &NewKey, dry_run: bool) -> Result<CreatedKey> {
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let user = match &new.user {
        Some(name) => users::find(&mut tx, context, name).await?,
        None => context.user.clone(),
    };
    check_user(context, &user, &new.scopes)?;
    let now = context.clock.now();
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let expires_at = new.expiry.from(now, zone).map_err(|invalid| Error::invalid(invalid.code, invalid.rule))?;
    let secret = Secret::make(scope.organization, &secrets.draw()?);
    let text = secret.text();
    let key = ApiKey {
        id: context.ids.next(),
        kind: KeyKind::Key,
        parent: None,
        prefix: text.prefix.to_owned(),
        name: new.name.as_str().to_owned(),
        user: user.id,
        user_email: user.email,
        scopes: new.scopes.clone(),
        created_at: now,
        created_by: context.user.email.clone(),
        expires_at,
        revoked_at: None,
        last_used_at: None,
        status: KeyStatus::Active,
    };
    store::keys::insert(&mut tx, &scope, &key, &text.sha256(), context.user.id).await?;
    // A dry run can't foretell what chance will bring.
    let told = API_KEY.fields.iter().filter(|field| field.writable() || (field.name == "prefix" && !dry_run));
    let changes: Vec<Change> = told
        .map(|field| Change { field: field.name, old: String::new(), new: field.text(&key.value(field)).into_owned() })
        .filter(|change| !change.new.is_empty())
        .collect();
    if dry_run {
        tx.rollback().await?;
        return Ok(CreatedKey { key, secret: None, changes });
    }
    record_activity(&mut tx, context, "keys.create", &key, &changes, now).await?;
    tx.commit().await?;
    Ok(CreatedKey { key, secret: Some(secret), changes })
}

pub(super) fn check_user(context: &Context, user: &User, scopes: &Scopes) -> Result<()> {
    if user.id != context.user.id {
        context.may_administer()?;
    }
    if user.deactivated_at.is_some() {
        return Err(Error::refused("deactivated_user", format!("{} is deactivated and can't act", user.email)));
    }
    let beyond: Vec<String> = scopes.beyond_reading().map(|scope| scope.to_string()).collect();
    if user.role == Role::Read && !beyond.is_empty() {
        let message = format!("{} may only read, and these scopes say more: {}", user.email, beyond.join(", "));
        return Err(Error::forbidden("read_only_user", message)
            .hint("give the key scopes that read, such as accounts:read or *:read"));
    }
    Ok(())
}

/// The keys, sessions and links that pass, the newest first: an administrator sees all, everybody else their own.
pub async fn list(context: &Context, selection: &Selection) -> Result<Vec<ApiKey>> {
    visible(&mut context.db.read().await?, context, selection.clone()).await
}

/// How many of those pass.
pub async fn count(context: &Context, selection: &Selection) -> Result<u64> {
    lists::count::<ApiKey>(context, &API_KEY, &held_to(context, selection.clone())).await
}

async fn visible(tx: &mut Tx<'_>, context: &Context, selection: Selection) -> Result<Vec<ApiKey>> {
    let seen = held_to(context, selection);
    lists::stream(tx, context, &API_KEY, &seen, Order::first(&API_KEY))?.try_collect().await
}

/// What the acting user sees of it.
fn held_to(context: &Context, selection: Selection) -> Selection {
    let own = || Condition::In("a.user_id".into(), Storage::Id, vec![Value::Id(context.user.id)]);
    if context.user.role == Role::Admin { selection } else { selection.and(own()) }
}

/// The key that `name` means, of those that the acting user sees: its prefix, its id, its whole text, or a name that no other has.
///
/// # Errors
/// `unknown_key` with the nearest, `ambiguous_key` with their prefixes.
pub async fn get(context: &Context, name: &str) -> Result<ApiKey> {
    find(&mut context.db.read().await?, context, name).await
}

async fn find(tx: &mut Tx<'_>, context: &Context, name: &str) -> Result<ApiKey> {
    let keys = visible(tx, context, Selection::default()).await?;
    let typed = name.trim();
    // Whoever finds a key in a log pastes the whole of it; it is not told again.
    let whole = KeyText::parse(typed).filter(|text| text.organization == context.organization.id);
    let shown = if whole.is_some() || typed.starts_with("fnr_") { "the key given" } else { typed };
    let prefix = whole.map_or(typed, |text| text.prefix);
    let id = Uuid::parse_str(typed).ok();
    if let Some(key) = keys.iter().find(|key| key.prefix == prefix || Some(key.id) == id) {
        return Ok(key.clone());
    }
    let named: Vec<&ApiKey> = keys.iter().filter(|key| key.name == typed).collect();
    let named = match (named.as_slice(), ShortId::parse(typed)) {
        ([], Some(short)) => keys.iter().filter(|key| short.is_of(key.id)).collect(),
        _ => named,
    };
    match named.as_slice() {
        [key] => Ok((*key).clone()),
        [] => {
            let error = Error::not_found("unknown_key", format!("no key is called {shown:?}"));
            let near = nearest(typed, keys.iter().map(|key| key.name.as_str()), 3);
            Err(if near.is_empty() {
                error.hint(say!("list them with {}", Verb::KeysList))
            } else {
                error.hint(format!("did you mean {}?", near.join(" or ")))
            })
        }
        several => {
            let prefixes: Vec<&str> = several.iter().map(|key| key.prefix.as_str()).collect();
            Err(Error::not_found("ambiguous_key", format!("several keys are called {typed:?}"))
                .hint(format!("name one by its prefix: {}", prefixes.join(", "))))
        }
    }
}

/// Revokes a key, for good: the next call with it is refused, and every session that came of it ends. An administrator any, everybody
/// else their own.
///
/// # Errors
/// As [`get`].
pub async fn revoke(context: &Context, name: &str, dry_run: bool) -> Result<Written<ApiKey>> {
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let key = find(&mut tx, context, name).await?;
    let now = context.clock.now();
    if store::keys::revoke(&mut tx, &scope, key.id, now).await? == 0 {
        return Ok(Written { record: key, operation: None, changes: Vec::new() });
    }
    let key = ApiKey { revoked_at: Some(now), status: KeyStatus::Revoked, ..key };
    let changes: Vec<Change> = API_KEY
        .field("revoked_at")
        .map(|(_, field)| Change {
            field: field.name,
            old: String::new(),
            new: field.text(&key.value(field)).into_owned(),
        })
        .into_iter()
        .collect();
    if dry_run {
        tx.rollback().await?;
    } else {
        record_activity(&mut tx, context, "keys.revoke", &key, &changes, now).await?;
        tx.commit().await?;
    }
    Ok(Written { record: key, operation: None, changes })
}

/// The feed's row, in the transaction of what it tells.
pub(super) async fn record_activity(
    tx: &mut Tx<'_>,
    context: &Context,
    kind: &str,
    key: &ApiKey,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<()> {
    let subject = Subject { noun: &API_KEY, record: key.id, account: None, label: key.name.clone() };
    let activity = Activity {
        id: context.ids.next(),
        at: now,
        user: context.user.id,
        operation: None,
        kind: kind.to_owned(),
        noun: subject.noun.many.to_owned(),
        record: Some(subject.record),
        account: subject.account,
        changes: changes.iter().map(|change| subject.change(change)).collect(),
        label: subject.label,
    };
    store::activities::insert(tx, &context.scope(), &activity).await
}

/// Who calls: with which key, and as whom.
#[derive(Clone)]
pub struct Authenticated {
    /// The key's organization and user.
    pub context: Context,
    pub key: ApiKey,
}

impl Authenticated {
    /// Whether [`touch_key`] has something to do.
    pub fn is_unnoted(&self) -> bool {
        let since = self.context.clock.now() - UNNOTED;
        self.key.last_used_at.is_none_or(|at| at <= since)
    }
}

/// Finds out who calls the API with this text; see [`authenticate_as`].
///
/// # Errors
/// As [`authenticate_as`].
pub async fn authenticate(db: &Db, clock: Clock, ids: &Ids, text: &str) -> Result<Authenticated> {
    authenticate_as(KeyKind::Key, db, clock, ids, text).await
}

/// Finds out who calls with this text where a key of this kind belongs, by one statement. What is wrong with it is told only to
/// whoever has the secret; one of another kind is none.
///
/// # Errors
/// `unauthenticated` for whatever is no key: malformed, unknown, wrong or of another kind; `key_revoked`, `key_expired`,
/// `deactivated_user`.
pub async fn authenticate_as(kind: KeyKind, db: &Db, clock: Clock, ids: &Ids, text: &str) -> Result<Authenticated> {
    let unknown = || {
        let what = match kind {
            KeyKind::Key => "this is not an API key",
            KeyKind::Session => "this is not a session",
            KeyKind::Link => "this is not a sign-in link",
        };
        Error::unauthenticated("unauthenticated", what)
    };
    let text = KeyText::parse(text).ok_or_else(unknown)?;
    let (scope, now) = (store::Scope { organization: text.organization }, clock.now());
    let found = find_by_prefix(db, &scope, text.prefix, now).await?;
    // Compared also where nothing was found, so that the time tells nothing of which prefixes there are.
    let same = text.is(found.as_ref().map_or(NOBODY, |found| found.sha256.as_str()));
    let found = found.filter(|found| same && found.key.kind == kind).ok_or_else(unknown)?;
    works(&found)?;
    let context = Context {
        db: db.clone(),
        clock,
        ids: ids.clone(),
        organization: found.organization,
        user: found.user,
        call: PendingCall::default(),
        key: Some(KeyInUse { prefix: found.key.prefix.clone(), id: found.key.id, looked_at: Instant::now() }),
        input: super::Input::default(),
        is_named: true,
    };
    Ok(Authenticated { context, key: found.key })
}

/// Whether whoever has the secret is let in.
fn works(found: &store::keys::FoundKey) -> Result<()> {
    match found.key.status {
        KeyStatus::Active => {}
        KeyStatus::Revoked => return Err(Error::unauthenticated("key_revoked", ended(found.key.kind).0)),
        KeyStatus::Expired => return Err(Error::unauthenticated("key_expired", ended(found.key.kind).1)),
    }
    if found.user.deactivated_at.is_some() {
        return Err(Error::unauthenticated("deactivated_user", "the user of this key is deactivated"));
    }
    Ok(())
}

/// That it was revoked, and that it has expired.
const fn ended(kind: KeyKind) -> (&'static str, &'static str) {
    match kind {
        KeyKind::Key => ("this key was revoked", "this key has expired"),
        KeyKind::Session => ("you were signed out", "the session has expired"),
        KeyKind::Link => ("this link was used or revoked", "this link has expired"),
    }
}

/// Whether a key that somebody came with would still let them in, for what goes on for longer than a call.
///
/// # Errors
/// As [`authenticate`].
pub async fn check(context: &Context, key: &ApiKey) -> Result<()> {
    let found = find_by_prefix(&context.db, &context.scope(), &key.prefix, context.clock.now()).await?;
    let found = found.filter(|found| found.key.id == key.id);
    works(&found.ok_or_else(gone)?)
}

/// The key that a caller was let in by, and when it was looked at.
#[derive(Debug, Clone)]
pub struct KeyInUse {
    prefix: String,
    id: Uuid,
    looked_at: Instant,
}

/// So soon after it was looked at a key is not looked at again: the writes of quick calls do without.
const JUST_SEEN: Duration = Duration::from_millis(200);

/// In the transaction that is to write, with the lock in hand: whoever revoked the key before has done it.
pub(super) async fn check_again(tx: &mut Tx<'_>, context: &Context, key: &KeyInUse) -> Result<()> {
    if key.looked_at.elapsed() < JUST_SEEN {
        return Ok(());
    }
    look_again(tx, context, &key.prefix, key.id).await
}

/// The same for a key that is to be good for more than this transaction, however short ago it was looked at.
///
/// # Errors
/// As [`authenticate`].
pub(super) async fn works_within(tx: &mut Tx<'_>, context: &Context, key: &ApiKey) -> Result<()> {
    look_again(tx, context, &key.prefix, key.id).await
}

async fn look_again(tx: &mut Tx<'_>, context: &Context, prefix: &str, id: Uuid) -> Result<()> {
    let found = store::keys::find_within(tx, &context.scope(), prefix, context.clock.now()).await?;
    let found = found.filter(|found| found.key.id == id);
    works(&found.ok_or_else(gone)?)
}

fn gone() -> Error {
    Error::unauthenticated("key_revoked", "this key is no more")
}

async fn find_by_prefix(
    db: &Db,
    scope: &store::Scope,
    prefix: &str,
    now: DateTime<Utc>,
) -> Result<Option<store::keys::FoundKey>> {
    let mut tried = 0;
    loop {
        let mut conn: Conn = db.borrow().await?;
        tried += 1;
        match store::keys::find(&mut conn, scope, prefix, now).await {
            // Nothing has begun: another connection may do.
            Err(error) if error.code == store::LOST && tried < db.tries() => {}
            found => return found,
        }
    }
}

/// In place of a hash: no text has it.
const NOBODY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Notes that a key was used, unless that was noted in the last ten minutes; then it is false and costs nothing. It writes, so
/// a call should not wait for it.
pub async fn touch_key(caller: &Authenticated) -> Result<bool> {
    let Authenticated { context, key } = caller;
    let now = context.clock.now();
    let since = now - UNNOTED;
    if !caller.is_unnoted() {
        return Ok(false);
    }
    let mut tx = context.db.write_any().await.map_err(|error| context.db.busy(error))?;
    let rows = store::keys::touch(&mut tx, &context.scope(), key.id, now, since).await?;
    tx.commit().await?;
    Ok(rows > 0)
}
