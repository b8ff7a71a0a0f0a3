//! What taking a model into use does to those that are.

use super::read;
use crate::error::{Error, Result, Setting};
use crate::say;
use crate::score::Model;
use crate::score::model::Models;
use crate::store::models::StoredModel;

/// A model in the order in which they are tried.
#[derive(Debug, Clone)]
pub(super) struct InUse {
    pub(super) model: Model,
    /// None: it is not stored yet.
    pub(super) stored: Option<StoredModel>,
}

/// The models that are to be in use, and those that are no longer.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) line: Vec<InUse>,
    /// The place of the model that it is about, from 0; none where that is the built-in one, or none any more.
    pub(super) place: Option<usize>,
    /// The revision that it replaces.
    pub(super) before: Option<StoredModel>,
    /// Models of other names that scored all the rest, which now another one does.
    pub(super) replaced: Vec<StoredModel>,
}

/// Those in use, read.
pub(super) fn in_use(stored: &[StoredModel]) -> Result<Vec<InUse>> {
    let mut active: Vec<&StoredModel> = stored.iter().filter(|model| model.active).collect();
    active.sort_by(|a, b| (a.position, &a.name).cmp(&(b.position, &b.name)));
    active.into_iter().map(|stored| Ok(InUse { model: read(stored)?, stored: Some(stored.clone()) })).collect()
}

/// Puts `model` in the place of the revision in use, or at `position`, which counts from 1, or last of those that say which
/// accounts they score. One that scores all comes after these, and replaces the one that did.
///
/// # Errors
/// `position` where a model for all accounts is to have one.
pub(super) fn plan(stored: &[StoredModel], model: &Model, position: Option<u64>) -> Result<Plan> {
    let mut line = in_use(stored)?;
    let named = line.iter().position(|used| used.model.name == model.name);
    let before = named.and_then(|place| line.remove(place).stored);
    if model.applies_to.is_none() {
        if position.is_some() {
            let message = format!("{} scores all accounts, and so comes after those that score some", model.name);
            return Err(Error::invalid("position", message)
                .hint(say!("leave {} out, or give the model an [applies_to]", Setting::Position)));
        }
        let (some, all): (Vec<_>, Vec<_>) = line.into_iter().partition(|used| used.model.applies_to.is_some());
        let replaced = all.into_iter().filter_map(|used| used.stored).collect();
        let mut plan = Plan { line: some, place: None, before, replaced };
        if model != Model::builtin() {
            plan.place = Some(plan.line.len());
            plan.line.push(InUse { model: model.clone(), stored: known(stored, model) });
        }
        return Ok(plan);
    }
    let some = line.iter().filter(|used| used.model.applies_to.is_some()).count();
    let asked = position.map(|position| usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX));
    let place = asked.or(named).unwrap_or(usize::MAX).min(some);
    line.insert(place, InUse { model: model.clone(), stored: known(stored, model) });
    Ok(Plan { line, place: Some(place), before, replaced: Vec::new() })
}

/// Takes the model of this revision out of use.
pub(super) fn without(stored: &[StoredModel], active: &StoredModel) -> Result<Plan> {
    let mut line = in_use(stored)?;
    line.retain(|used| used.stored.as_ref().is_some_and(|stored| stored.id != active.id));
    Ok(Plan { line, place: None, before: Some(active.clone()), replaced: Vec::new() })
}

/// The revision that says the same; one that another version of fastenr stored has got numbers since.
fn known(stored: &[StoredModel], model: &Model) -> Option<StoredModel> {
    let fingerprint = model.fingerprint();
    let named = || stored.iter().filter(|known| known.name == model.name);
    let same = |known: &&StoredModel| known.fingerprint == fingerprint;
    let read_so = |known: &&StoredModel| read(known).is_ok_and(|read| read == *model);
    named().find(same).or_else(|| named().find(read_so)).cloned()
}

impl Plan {
    pub(super) fn models(&self) -> Models {
        Models::new(self.line.iter().map(|used| used.model.clone()))
    }

    /// Those that were in use and are not in the line.
    pub(super) fn retired(&self) -> impl Iterator<Item = &StoredModel> {
        let stays = |old: &StoredModel| {
            self.line.iter().any(|used| used.stored.as_ref().is_some_and(|stored| stored.id == old.id))
        };
        self.before.iter().chain(&self.replaced).filter(move |old| !stays(old))
    }
}
