//! The models that an organization's accounts are scored by.

use crate::error::Result;
use crate::score::Model;
use crate::score::model::Models;
use crate::store::models::StoredModel;
use crate::store::{Scope, Tx, models};

/// Those in use, in their order; the built-in one is last.
pub(in crate::ops) async fn active(tx: &mut Tx<'_>, scope: &Scope) -> Result<Models> {
    Ok(active_stored(tx, scope).await?.0)
}

/// The same, and how they are stored.
pub(in crate::ops) async fn active_stored(tx: &mut Tx<'_>, scope: &Scope) -> Result<(Models, Vec<StoredModel>)> {
    let stored = models::in_use(tx, scope).await?;
    let read = stored.iter().map(crate::ops::models::read).collect::<Result<Vec<_>>>()?;
    let mut models = Models::new(read);
    models.set_checks(stored.iter().map(|stored| stored.check.read()));
    Ok((models, stored))
}

/// The model of a fingerprint, if it is in use or was.
pub(in crate::ops) async fn known(tx: &mut Tx<'_>, scope: &Scope, fingerprint: &str) -> Result<Option<Model>> {
    if Model::builtin().fingerprint() == fingerprint {
        return Ok(Some(Model::builtin().clone()));
    }
    let stored = models::all(tx, scope).await?;
    if let Some(found) = stored.iter().find(|stored| stored.fingerprint == fingerprint) {
        return crate::ops::models::read(found).map(Some);
    }
    // One that another version of fastenr stored has more numbers today, and so another fingerprint.
    for stored in &stored {
        let model = crate::ops::models::read(stored)?;
        if model.fingerprint() == fingerprint {
            return Ok(Some(model));
        }
    }
    Ok(None)
}
