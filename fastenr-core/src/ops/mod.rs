//! The use cases: what the command line, the HTTP API and other programs call.
//!
//! Each is a function of a [`Context`] and plain values. To add one, write it beside its noun; an edge only parses, calls
//! and renders.

pub mod accounts;
pub mod activities;
pub mod admin;
pub mod alerts;
pub mod arr;
pub mod attachments;
pub mod bulk;
pub mod calendar;
mod calendar_import;
pub mod copy;
pub mod dashboard;
pub mod demo;
pub mod duplicates;
pub mod engagements;
pub mod entries;
pub mod export;
pub mod extent;
pub mod goals;
pub mod handover;
pub mod idempotency;
pub mod import;
pub mod keys;
pub mod lists;
pub mod merge;
pub mod models;
pub mod notifications;
pub mod operations;
pub mod organizations;
pub mod overview;
pub mod people;
pub mod period;
mod pieces;
pub mod records;
mod remembered;
pub mod results;
pub mod rules;
pub mod scores;
pub mod segments;
pub mod selection;
pub mod sessions;
pub mod timeline;
pub mod today;
pub mod users;

use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Call, Error, Result, Setting, Text, Verb};
use crate::id::Ids;
use crate::model::idempotency::PendingCall;
use crate::model::number::counted;
use crate::model::organization::Organization;
use crate::model::user::User;
use crate::model::{Email, Role, TimeZone};
use crate::say;
use crate::store::{self, Db, Lock, MigrationState, Scope, Tx};
pub use keys::KeyInUse;
pub use period::Input;

/// Where, when and as whom.
#[derive(Clone)]
pub struct Context {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub organization: Organization,
    /// Who acts. A claim, not a login: whoever can open the database owns it.
    pub user: User,
    /// The call with an idempotency key that is worked on, where there is one.
    pub call: PendingCall,
    /// What the caller was let in by; none where whoever calls has the database.
    pub key: Option<KeyInUse>,
    /// How the caller may write days, moments and amounts.
    pub input: Input,
    /// Whether the caller has said who acts, and is not the one who acts where nobody does: [`ME`] means that user.
    pub is_named: bool,
}

/// Whoever calls, where a user is asked for.
pub const ME: &str = "@me";

impl Context {
    /// Opens an organization as one of its users.
    ///
    /// Without `organization`: the only one, or the one called `default`. Without `user`: the administrator that is there
    /// longest.
    ///
    /// # Errors
    /// `not_migrated`, `newer_schema`, `unknown_organization`, `unknown_user`, `deactivated_user`.
    pub async fn open(db: Db, clock: Clock, organization: Option<&str>, user: Option<&str>) -> Result<Self> {
        let state = db.migration_state().await?;
        if !state.pending.is_empty() {
            return Err(not_migrated(&state, "the database", Verb::DbMigrate.into()));
        }
        let mut tx = db.read().await?;
        let organization = organizations::choose(store::organizations::all(&mut tx).await?, organization)?;
        let scope = Scope { organization: organization.id };
        let is_named = user.is_some();
        let user = match user {
            Some(email) => {
                let key = Email::parse(email).map_err(|invalid| invalid.of("user", email))?;
                match store::users::by_email(&mut tx, &scope, &key.key()).await? {
                    Some(user) => user,
                    None => {
                        let users = store::users::all(&mut tx, &scope).await?;
                        return Err(users::unknown(email, &users));
                    }
                }
            }
            None => store::users::first_admin(&mut tx, &scope).await?.ok_or_else(|| {
                Error::not_found("unknown_user", format!("{} has no active administrator", organization.slug))
                    .hint(act_as())
            })?,
        };
        drop(tx);
        if user.deactivated_at.is_some() {
            return Err(Error::refused("deactivated_user", format!("{} is deactivated and can't act", user.email)));
        }
        Ok(Self {
            db,
            clock,
            ids: Ids::new(clock),
            organization,
            user,
            call: PendingCall::default(),
            key: None,
            input: Input::default(),
            is_named,
        })
    }

    /// For what is done beside that which a call asks for: an operation of its own, which is not the call's.
    pub(crate) fn beside(&self) -> Self {
        Self { call: PendingCall::default(), ..self.clone() }
    }

    /// Whom [`ME`] means, where the caller has said who acts.
    pub(crate) fn me(&self) -> Option<Uuid> {
        self.is_named.then_some(self.user.id)
    }

    /// For a caller who is a person at a keyboard, and to whom remarks are told.
    #[must_use]
    pub fn typed(self, remarks: period::Remarks) -> Self {
        Self { input: Input::Typed(remarks), ..self }
    }

    /// At another time.
    #[must_use]
    pub fn at(self, now: chrono::DateTime<chrono::Utc>) -> Self {
        let clock = Clock::Fixed(now);
        Self { clock, ids: Ids::new(clock), ..self }
    }

    /// The day it is for the organization.
    pub fn today(&self) -> chrono::NaiveDate {
        self.zone().day(self.clock.now())
    }

    /// The organization's time zone.
    pub fn zone(&self) -> TimeZone {
        TimeZone::parse(&self.organization.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub const fn scope(&self) -> Scope {
        Scope { organization: self.organization.id }
    }

    /// A transaction that writes, as long as the key of the caller lets in: reading a slow body and waiting for a lock take time.
    ///
    /// # Errors
    /// `busy`; `key_revoked`, `key_expired`, `deactivated_user`.
    pub(crate) async fn write(&self, lock: Lock) -> Result<Tx<'static>> {
        let mut tx = self.db.write(&self.scope(), lock).await?;
        self.is_let_in(&mut tx).await?;
        Ok(tx)
    }

    /// # Errors
    /// `key_revoked`, `key_expired`, `deactivated_user`.
    pub(crate) async fn is_let_in(&self, tx: &mut Tx<'_>) -> Result<()> {
        match &self.key {
            Some(key) => keys::check_again(tx, self, key).await,
            None => Ok(()),
        }
    }

    /// # Errors
    /// `read_only_user` where the acting user may only read.
    pub fn may_write(&self) -> Result<()> {
        if self.user.role == Role::Read {
            return Err(Error::forbidden("read_only_user", format!("{} may only read", self.user.email))
                .hint(say!("act as another user with {}", Setting::User.like("EMAIL"))));
        }
        Ok(())
    }

    /// # Errors
    /// `not_admin` where the acting user is no administrator.
    pub fn may_administer(&self) -> Result<()> {
        if self.user.role != Role::Admin {
            return Err(Error::forbidden("not_admin", format!("{} is not an administrator", self.user.email))
                .hint(say!("act as another user with {}", Setting::User.like("EMAIL"))));
        }
        Ok(())
    }
}

/// That a database lacks migrations, and what brings it up to date.
pub(crate) fn not_migrated(state: &MigrationState, what: &str, migrate: Call) -> Error {
    let message = if state.is_empty() {
        format!("{what} is empty")
    } else {
        let migrations = counted(state.pending.len() as u64, "migration", "migrations");
        format!("{what} is {migrations} behind this version of the program")
    };
    Error::refused("not_migrated", message).hint(say!("run {}", migrate))
}

/// The way out where nobody is named who could act.
fn act_as() -> Text {
    say!("name the acting user with {}", Setting::User.like("EMAIL"))
}

/// Hears the id of an operation that takes long, once it is committed as running: from then on it can be looked at.
pub type OnStart<'b> = &'b mut (dyn FnMut(Uuid) + Send);

/// What a single write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    pub record: T,
    /// None when nothing changed, or in a dry run.
    pub operation: Option<Uuid>,
    /// Field, old text, new text: what changed, or would.
    pub changes: Vec<Change>,
}

/// One field's change, in the text of [`crate::model::noun::Field::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: &'static str,
    pub old: String,
    pub new: String,
}

/// The nearest of `candidates` to what was typed, best first, at most `most`.
pub fn nearest<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>, most: usize) -> Vec<&'c str> {
    let typed = typed.to_lowercase();
    let mut ranked: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.dedup_by(|a, b| a.1 == b.1);
    ranked.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}
