//! The whole database, or one organization of it, to another place: to move it, to back it up, to restore it.

use crate::clock::Clock;
use crate::error::{Result, Setting, Verb};
use crate::model::organization::Organization;
use crate::secret::Secrets;
use crate::store::copy::anonymise::Key;
use crate::store::copy::{self, CopyRequest};
pub use crate::store::copy::{Copied, CopyProgress, Digest};
use crate::store::{self, Db};

use super::admin::FIRST_ADMIN;
use super::{not_migrated, organizations};

/// A database that can be copied, seen to be whole and current.
#[derive(Clone)]
pub struct CopySource {
    db: Db,
    /// The only one that is copied; all without.
    organization: Option<Organization>,
    anonymise: Option<Key>,
}

impl CopySource {
    /// `organization` is a slug.
    ///
    /// # Errors
    /// `not_migrated`, `newer_schema`, `unfinished_copy`, `unknown_organization`.
    pub async fn open(db: Db, organization: Option<&str>) -> Result<Self> {
        let state = db.migration_state().await?;
        if !state.pending.is_empty() {
            let place = db.path().map_or(Setting::Database.like("URL"), |path| Setting::Database.is(path.display()));
            return Err(not_migrated(&state, "the source", Verb::DbMigrate.with(place)));
        }
        let organization = match organization {
            Some(slug) => {
                let mut tx = db.read().await?;
                Some(organizations::choose(store::organizations::all(&mut tx).await?, Some(slug))?)
            }
            None => None,
        };
        Ok(Self { db, organization, anonymise: None })
    }

    /// Copies it without names, texts and addresses: the same seed gives the same pseudonyms. Without one they are new each time.
    ///
    /// # Errors
    /// `no_randomness`.
    pub fn anonymised(self, seed: Option<u64>, secrets: Secrets) -> Result<Self> {
        let key = match seed {
            Some(seed) => Key::seeded(seed),
            None => Key::random(secrets.draw()?),
        };
        Ok(Self { anonymise: Some(key), ..self })
    }

    /// The one that is copied, where it is not all of them.
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.as_ref()
    }

    /// Copies it into an empty database, or over an interrupted copy. An empty database is migrated first. What was written is read
    /// back and compared. The target's feed begins a new epoch: positions in the feed of the source are refused there.
    ///
    /// # Errors
    /// `target_not_empty`, `busy`, `copy_differs`, `corrupt`. The target then refuses work until it is copied again.
    pub async fn copy_into(
        &self,
        to: &Db,
        clock: Clock,
        on_progress: &mut (dyn FnMut(CopyProgress) + Send),
    ) -> Result<Copied> {
        let only = self.organization.as_ref().map(|organization| organization.id);
        let request =
            CopyRequest { only, anonymise: self.anonymise.as_ref(), now: clock.now(), first_admin: FIRST_ADMIN };
        copy::copy(&self.db, to, request, on_progress).await
    }
}
