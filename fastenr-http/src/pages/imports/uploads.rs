//! Files that users have uploaded and not imported yet. They are on disk, belong to a user, and end with the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use fastenr_core::import::request::{Preview, Report};
use fastenr_core::import::source::Source;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::Context;
use fastenr_core::ops::import::FileOutline;
use fastenr_core::view::import::{ImportChange, ImportReport};
use uuid::Uuid;

use crate::Problem;
use crate::params::Pairs;

/// Files of one user, and of all.
const MOST: (usize, usize) = (3, 100);

/// A file is removed so long after its last use.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// A file, and what was said about it.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) id: Uuid,
    pub(super) organization: Uuid,
    pub(super) user: Uuid,
    pub(crate) noun: &'static Noun,
    pub(crate) source: Source,
    pub(super) used: DateTime<Utc>,
    /// A mapping file.
    pub(crate) mapping: String,
    /// The other options, as the API has them.
    pub(crate) options: Pairs,
    pub(crate) outline: Outline,
    pub(crate) stage: Stage,
    /// Grows whenever what the columns are is decided anew.
    pub(crate) version: u64,
}

/// What the file has, or why it can't be read.
#[derive(Clone)]
pub(crate) enum Outline {
    Table(Arc<FileOutline>),
    Calendar,
    Unread(String),
}

/// How far the import is.
#[derive(Clone, Default)]
pub(crate) enum Stage {
    #[default]
    Open,
    Checking,
    Checked(Arc<Checked>),
    /// The check or the import failed as a whole.
    Failed(String),
    Importing,
    Imported(Arc<Checked>),
}

impl Stage {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Checking | Self::Importing)
    }
}

/// What a check found, or an import did.
pub(crate) struct Checked {
    pub(crate) view: ImportReport,
    /// Holds the folder of the rejected rows.
    pub(crate) report: Report,
    /// Of the check.
    pub(crate) preview: Option<Preview>,
    /// The first ones.
    pub(crate) changes: Vec<ImportChange>,
    /// Of all, by field.
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Checked {
    /// Whether a form is about this check.
    pub(super) fn is(&self, sent: Option<&str>) -> bool {
        sent.is_some() && sent == self.preview.as_ref().map(Preview::as_str)
    }
}

#[derive(Default)]
pub(crate) struct Uploads(Mutex<HashMap<Uuid, Upload>>);

impl Uploads {
    /// Takes a file; the mapping is a mapping file or empty.
    ///
    /// # Errors
    /// `too_many_uploads`.
    pub(crate) fn add(
        &self,
        context: &Context,
        noun: &'static Noun,
        source: Source,
        mapping: String,
    ) -> Result<Upload, Problem> {
        let upload = Upload {
            id: context.ids.next(),
            organization: context.organization.id,
            user: context.user.id,
            noun,
            source,
            used: context.clock.now(),
            mapping,
            options: Pairs::new(),
            outline: Outline::Calendar,
            stage: Stage::Open,
            version: 1,
        };
        self.with(context, |uploads| {
            check_room(context, uploads)?;
            let own = uploads.values().filter(|upload| upload.is_of(context));
            // What was imported makes room.
            let oldest = own.clone().filter(|upload| upload.is_imported()).map(|upload| upload.id).min();
            if own.count() >= MOST.0
                && let Some(oldest) = oldest
            {
                uploads.remove(&oldest);
            }
            uploads.insert(upload.id, upload.clone());
            Ok(upload)
        })
    }

    /// Whether one more file can be taken.
    ///
    /// # Errors
    /// `too_many_uploads`.
    pub(crate) fn check_room(&self, context: &Context) -> Result<(), Problem> {
        self.with(context, |uploads| check_room(context, uploads))
    }

    /// The user's file.
    ///
    /// # Errors
    /// `unknown_upload`, whoever else it may belong to.
    pub(crate) fn get(&self, context: &Context, id: Uuid) -> Result<Upload, Problem> {
        self.change(context, id, |upload| Ok(upload.clone()))
    }

    /// Changes the user's file.
    ///
    /// # Errors
    /// `unknown_upload`; those of the change.
    pub(crate) fn change<T>(
        &self,
        context: &Context,
        id: Uuid,
        change: impl FnOnce(&mut Upload) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let now = context.clock.now();
        self.with(context, |uploads| match uploads.get_mut(&id).filter(|upload| upload.is_of(context)) {
            Some(upload) => {
                upload.used = now;
                change(upload)
            }
            None => Err(unknown()),
        })
    }

    pub(crate) fn remove(&self, context: &Context, id: Uuid) {
        self.with(context, |uploads| {
            if uploads.get(&id).is_some_and(|upload| upload.is_of(context) && !upload.stage.is_busy()) {
                uploads.remove(&id);
            }
        });
    }

    /// The user's files, the newest first.
    pub(crate) fn list(&self, context: &Context) -> Vec<Upload> {
        let mut own: Vec<Upload> =
            self.with(context, |uploads| uploads.values().filter(|upload| upload.is_of(context)).cloned().collect());
        own.sort_by_key(|upload| std::cmp::Reverse(upload.id));
        own
    }

    fn with<T>(&self, context: &Context, with: impl FnOnce(&mut HashMap<Uuid, Upload>) -> T) -> T {
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = context.clock.now();
        uploads.retain(|_, upload| upload.is_kept(now));
        with(&mut uploads)
    }
}

fn check_room(context: &Context, uploads: &HashMap<Uuid, Upload>) -> Result<(), Problem> {
    let own = uploads.values().filter(|upload| upload.is_of(context) && !upload.is_imported()).count();
    let refused = |detail: String| Err(Problem::new(StatusCode::CONFLICT, "too_many_uploads", Some(detail)));
    if own >= MOST.0 {
        return refused(format!("you have {own} uploaded files, the most there can be: import or remove one of them"));
    }
    if uploads.len() >= MOST.1 {
        return refused("the server has no room for another uploaded file: try again later".to_owned());
    }
    Ok(())
}

impl Upload {
    fn is_of(&self, context: &Context) -> bool {
        self.organization == context.organization.id && self.user == context.user.id
    }

    fn is_kept(&self, now: DateTime<Utc>) -> bool {
        self.stage.is_busy() || now - self.used < KEPT
    }

    fn is_imported(&self) -> bool {
        matches!(self.stage, Stage::Imported(_))
    }

    pub(crate) fn path(&self) -> String {
        path(self.id)
    }
}

pub(crate) fn path(id: Uuid) -> String {
    format!("{}/{id}", super::PATH)
}

fn unknown() -> Problem {
    let detail = "this uploaded file is no longer there: files are removed an hour after their last use, and when the server \
                  restarts. Choose the file again";
    Problem::new(StatusCode::NOT_FOUND, "unknown_upload", Some(detail.to_owned()))
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;

    use super::*;

    #[test]
    fn a_file_is_kept_for_an_hour_after_its_last_use_and_while_it_is_imported() {
        let used = DateTime::UNIX_EPOCH;
        let mut upload = Upload {
            id: Uuid::nil(),
            organization: Uuid::nil(),
            user: Uuid::nil(),
            noun: &ACCOUNT,
            source: Source::spool("a.csv", b"name\n".as_slice()).unwrap(),
            used,
            mapping: String::new(),
            options: Pairs::new(),
            outline: Outline::Calendar,
            stage: Stage::Open,
            version: 1,
        };
        assert!(upload.is_kept(used + TimeDelta::minutes(59)));
        assert!(!upload.is_kept(used + TimeDelta::hours(1)));
        upload.stage = Stage::Importing;
        assert!(upload.is_kept(used + TimeDelta::days(1)));
    }
}
