//! Signing in to the dashboard: one-time links, sessions of browsers, and users whom a proxy vouches for.
//!
//! Both are keys of another kind: one authenticator, one expiry, one revocation. A session acts within the scopes of what it came of and
//! never outlives the key that it came of; revoking that key ends it.

use chrono::{DateTime, TimeDelta, Utc};

use super::keys::{Authenticated, CreatedKey, authenticate_as, check_user, record_activity, works_within};
use super::{Context, users};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::Ids;
use crate::model::KeyName;
use crate::model::api_key::{ApiKey, KeyKind, KeyStatus, Scopes, Secret};
use crate::model::user::User;
use crate::secret::Secrets;
use crate::store::{self, Db, Lock, Tx};

/// How long a link works.
pub const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The longest that a link may work.
pub const LONGEST_LINK: TimeDelta = TimeDelta::hours(24);
/// How long a session lasts unless it is said.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(12);
/// The longest that a session may last.
pub const LONGEST_SESSION: TimeDelta = TimeDelta::days(30);

/// How long ended sessions and links can still be looked at.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What a link is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// Whom it signs in: an e-mail address, an id, an external id or a unique name; none: who makes it.
    pub user: Option<String>,
    /// What the session may do.
    pub scopes: Scopes,
    pub lifetime: TimeDelta,
}

/// Makes a link that signs in once: an administrator for anybody, everybody else for themselves.
///
/// # Errors
/// `not_admin`, `unknown_user`, `deactivated_user`, `read_only_user` where the user may only read and the scopes say more, `expires`,
/// `no_randomness`.
pub async fn create_link(context: &Context, secrets: Secrets, new: &NewLink) -> Result<CreatedKey> {
    if new.lifetime <= TimeDelta::zero() || new.lifetime > LONGEST_LINK {
        return Err(Error::invalid("expires", "a sign-in link works for 24 hours at most").field("expires"));
    }
    let mut tx = context.write(Lock::Shared).await?;
    let user = match &new.user {
        Some(name) => users::find(&mut tx, context, name).await?,
        None => context.user.clone(),
    };
    check_user(context, &user, &new.scopes)?;
    let draft = Draft { kind: KeyKind::Link, name: "sign-in link", parent: None, scopes: &new.scopes };
    let until = context.clock.now() + new.lifetime;
    let (key, secret) = draft.insert(&mut tx, context, secrets, &user, until).await?;
    tx.commit().await?;
    Ok(CreatedKey { key, secret: Some(secret), changes: Vec::new() })
}

/// Who would be signed in by this link. Looking uses nothing up.
///
/// # Errors
/// As [`authenticate_as`].
pub async fn look_at_link(db: &Db, clock: Clock, ids: &Ids, text: &str) -> Result<Authenticated> {
    authenticate_as(KeyKind::Link, db, clock, ids, text).await
}

/// A session that has begun, and the text that its browser keeps.
pub struct SignedIn {
    pub context: Context,
    pub key: ApiKey,
    pub secret: Secret,
}

/// Who signs in, from what kind of browser and for how long.
#[derive(Debug, Clone)]
pub struct NewSession<'v> {
    /// What the session is called, such as `Firefox on Linux`; longer than 100 characters, or blank: just a browser.
    pub browser: &'v str,
    pub lifetime: TimeDelta,
}

/// Begins a session with a one-time link, which is then used.
///
/// # Errors
/// As [`authenticate_as`]; `key_revoked` where somebody else was quicker.
pub async fn by_link(
    (db, clock, ids): (&Db, Clock, &Ids),
    text: &str,
    secrets: Secrets,
    visit: &NewSession<'_>,
) -> Result<SignedIn> {
    let Authenticated { context, key } = look_at_link(db, clock, ids, text).await?;
    let mut tx = context.write(Lock::Shared).await?;
    if store::keys::consume(&mut tx, &context.scope(), key.id, clock.now()).await? == 0 {
        return Err(Error::unauthenticated("key_revoked", "this link was used or revoked"));
    }
    begin(tx, context, &key, secrets, visit).await
}

/// Begins a session with an API key, which stays as it is.
///
/// # Errors
/// As [`authenticate_as`].
pub async fn by_key(
    (db, clock, ids): (&Db, Clock, &Ids),
    text: &str,
    secrets: Secrets,
    visit: &NewSession<'_>,
) -> Result<SignedIn> {
    let Authenticated { context, key } = authenticate_as(KeyKind::Key, db, clock, ids, text.trim()).await?;
    let mut tx = context.write(Lock::Shared).await?;
    // A session outlives the call: whoever revokes the key meanwhile ends those sessions that there are, and this one is not yet.
    works_within(&mut tx, &context, &key).await?;
    begin(tx, context, &key, secrets, visit).await
}

async fn begin(
    mut tx: Tx<'static>,
    context: Context,
    parent: &ApiKey,
    secrets: Secrets,
    visit: &NewSession<'_>,
) -> Result<SignedIn> {
    let now = context.clock.now();
    let until = end(now + visit.lifetime.min(LONGEST_SESSION), Some(parent));
    let name = KeyName::parse(visit.browser).map_or_else(|_| "a browser".to_owned(), |name| name.as_str().to_owned());
    let draft = Draft { kind: KeyKind::Session, name: &name, parent: Some(parent), scopes: &parent.scopes };
    store::keys::sweep(&mut tx, &context.scope(), now - KEPT).await?;
    let user = context.user.clone();
    let (key, secret) = draft.insert(&mut tx, &context, secrets, &user, until).await?;
    record_activity(&mut tx, &context, "keys.sign-in", &key, &[], now).await?;
    tx.commit().await?;
    Ok(SignedIn { context, key, secret })
}

/// A link is over in minutes; a key's own end is the end of what came of it.
fn end(until: DateTime<Utc>, parent: Option<&ApiKey>) -> DateTime<Utc> {
    let key = parent.filter(|parent| parent.kind == KeyKind::Key);
    key.and_then(|key| key.expires_at).map_or(until, |end| end.min(until))
}

struct Draft<'d> {
    kind: KeyKind,
    name: &'d str,
    parent: Option<&'d ApiKey>,
    scopes: &'d Scopes,
}

impl Draft<'_> {
    async fn insert(
        &self,
        tx: &mut Tx<'_>,
        context: &Context,
        secrets: Secrets,
        user: &User,
        until: DateTime<Utc>,
    ) -> Result<(ApiKey, Secret)> {
        let scope = context.scope();
        let secret = Secret::make(scope.organization, &secrets.draw()?);
        let text = secret.text();
        let key = ApiKey {
            id: context.ids.next(),
            kind: self.kind,
            parent: self.parent.map(|parent| parent.id),
            prefix: text.prefix.to_owned(),
            name: self.name.to_owned(),
            user: user.id,
            user_email: user.email.clone(),
            scopes: self.scopes.clone(),
            created_at: context.clock.now(),
            created_by: context.user.email.clone(),
            expires_at: Some(until),
            revoked_at: None,
            last_used_at: None,
            status: KeyStatus::Active,
        };
        store::keys::insert(tx, &scope, &key, &text.sha256(), context.user.id).await?;
        Ok((key, secret))
    }
}

/// Lets a session last for this long from now on: never beyond the key that it came of, nor longer than [`LONGEST_SESSION`] since
/// it began. Returns when it ends, which stays as it was where it can't be later.
///
/// # Errors
/// `key_revoked` where it has ended meanwhile.
pub async fn extend(context: &Context, session: &ApiKey, lifetime: TimeDelta) -> Result<DateTime<Utc>> {
    let (scope, now) = (context.scope(), context.clock.now());
    let mut tx = context.write(Lock::Shared).await?;
    let ended = || Error::unauthenticated("key_revoked", "you were signed out");
    let known = store::keys::get(&mut tx, &scope, session.id, now).await?;
    let known = known.filter(|known| known.status == KeyStatus::Active).ok_or_else(ended)?;
    let parent = match known.parent {
        Some(parent) => store::keys::get(&mut tx, &scope, parent, now).await?,
        None => None,
    };
    let until = end(now + lifetime, parent.as_ref()).min(known.created_at + LONGEST_SESSION);
    if store::keys::extend(&mut tx, &scope, known.id, until, now).await? == 0 {
        return known.expires_at.ok_or_else(ended);
    }
    record_activity(&mut tx, context, "keys.extend", &known, &[], now).await?;
    tx.commit().await?;
    Ok(until)
}

/// Ends a session, or all sessions and links of the acting user.
///
/// # Errors
/// Those of the database.
pub async fn sign_out(context: &Context, session: &ApiKey, everywhere: bool) -> Result<()> {
    let (scope, now) = (context.scope(), context.clock.now());
    let mut tx = context.write(Lock::Shared).await?;
    match everywhere {
        true => store::keys::revoke_sessions(&mut tx, &scope, context.user.id, now).await?,
        false => store::keys::revoke(&mut tx, &scope, session.id, now).await?,
    };
    record_activity(&mut tx, context, "keys.sign-out", session, &[], now).await?;
    tx.commit().await?;
    Ok(())
}

/// The same organization as a user whom somebody else has identified, by the e-mail address.
///
/// # Errors
/// `unauthenticated` where the organization has no such user, `deactivated_user`.
pub async fn as_identified_user(context: &Context, email: &str) -> Result<Context> {
    let unknown = || Error::unauthenticated("unauthenticated", "no user has the e-mail address that the proxy gave");
    let key = crate::model::Email::parse(email).map_err(|_| unknown())?.key();
    let user = store::users::by_email(&mut context.db.read().await?, &context.scope(), &key).await?;
    let user = user.ok_or_else(unknown)?;
    if user.deactivated_at.is_some() {
        return Err(Error::unauthenticated("deactivated_user", "this user is deactivated"));
    }
    Ok(Context { user, ..context.clone() })
}
