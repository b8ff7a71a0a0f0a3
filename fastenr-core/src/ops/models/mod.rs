//! The scoring models of an organization: those in use, what a file would change, taking one into use and going back.
//!
//! A model is stored complete, so that what another version of fastenr has built in changes nothing. Its revisions count by
//! its name; one of them at most is in use. Those that say which accounts they score are tried in their order; one at most
//! scores all the others, and where none does, the built-in one.

mod plan;
mod preview;
mod usage;

pub use preview::{AccountMove, AlertChange, BandMove, Check, Preview, check, preview};
pub use usage::{ModelUseOutcome, RescoredDays, Step, rollback, use_model};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{Context, nearest};
use crate::error::{Error, Kind, Result, Verb};
use crate::model::name_key;
use crate::say;
use crate::score::Model;
use crate::store;
use crate::store::models::StoredModel;

/// A revision of a model, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelLine {
    pub name: String,
    /// Counts from 1; of the built-in one 0.
    pub revision: i64,
    pub fingerprint: String,
    /// The conditions on accounts, `;` between them; empty: all.
    pub applies_to: String,
    /// The place among those in use, from 1; none: it is not in use.
    pub position: Option<u64>,
    /// The e-mail address of who stored it; none of the built-in one.
    pub created_by: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub id: Option<Uuid>,
}

/// Those in use in their order, the built-in one last of them, then the revisions that are not.
pub async fn list(context: &Context) -> Result<Vec<ModelLine>> {
    let mut tx = context.db.read().await?;
    let stored = store::models::all(&mut tx, &context.scope()).await?;
    let users = store::users::all(&mut tx, &context.scope()).await?;
    let mut used: Vec<&StoredModel> = stored.iter().filter(|model| model.active).collect();
    used.sort_by(|a, b| (a.position, &a.name).cmp(&(b.position, &b.name)));
    let line = |stored: &StoredModel, place: Option<usize>| {
        let model = read(stored)?;
        Ok(ModelLine {
            name: stored.name.clone(),
            revision: stored.revision,
            // With the numbers that it has got since: by this one scores are stored.
            fingerprint: model.fingerprint(),
            applies_to: model.applies_to.map(|applies| applies.to_string()).unwrap_or_default(),
            position: place.map(|place| place as u64 + 1),
            created_by: users.iter().find(|user| user.id == stored.created_by).map(|user| user.email.clone()),
            created_at: Some(stored.created_at),
            id: Some(stored.id),
        })
    };
    let mut lines =
        used.iter().enumerate().map(|(place, model)| line(model, Some(place))).collect::<Result<Vec<_>>>()?;
    let builtin = Model::builtin();
    lines.push(ModelLine {
        name: builtin.name.clone(),
        revision: 0,
        fingerprint: builtin.fingerprint(),
        applies_to: String::new(),
        position: Some(used.len() as u64 + 1),
        created_by: None,
        created_at: None,
        id: None,
    });
    for model in stored.iter().filter(|model| !model.active) {
        lines.push(line(model, None)?);
    }
    Ok(lines)
}

/// A model by its name, which `@` and a revision may follow; without a revision the one in use, else the newest. The built-in one
/// is called `built-in`.
///
/// # Errors
/// `unknown_model`, with the nearest names.
pub async fn get(context: &Context, name: &str) -> Result<Model> {
    let builtin = Model::builtin();
    if name_key(name) == builtin.name {
        return Ok(builtin.clone());
    }
    let stored = store::models::all(&mut context.db.read().await?, &context.scope()).await?;
    let named = |name: &str| revisions(&stored, name);
    let newest = named(name).into_iter().max_by_key(|model| (model.active, model.revision));
    let asked = || {
        let (name, revision) = name.rsplit_once('@')?;
        let revision: i64 = revision.trim().parse().ok()?;
        named(name).into_iter().find(|model| model.revision == revision)
    };
    match newest.or_else(asked) {
        Some(found) => read(found),
        None => Err(unknown(&stored, name)),
    }
}

/// Those of one name: as it is spelled, else whatever its case.
fn revisions<'s>(stored: &'s [StoredModel], name: &str) -> Vec<&'s StoredModel> {
    let exactly: Vec<_> = stored.iter().filter(|model| model.name == name.trim()).collect();
    if !exactly.is_empty() {
        return exactly;
    }
    let key = name_key(name);
    stored.iter().filter(|model| name_key(&model.name) == key).collect()
}

fn unknown(stored: &[StoredModel], name: &str) -> Error {
    let error = Error::not_found("unknown_model", format!("no model is called {name:?}"));
    let near = nearest(name, stored.iter().map(|model| model.name.as_str()), 3);
    if near.is_empty() {
        return error.hint(say!("list them with {}", Verb::ModelList));
    }
    error.hint(format!("did you mean {}?", near.join(" or ")))
}

/// The model of a stored text.
///
/// # Errors
/// `stored_model` where this fastenr can't read what another one stored.
pub(super) fn read(stored: &StoredModel) -> Result<Model> {
    Model::parse(&stored.source).map_err(|error| {
        let message = format!("model {} revision {} can't be read: {error}", stored.name, stored.revision);
        Error::new(Kind::Storage, "stored_model", message).because(error)
    })
}
