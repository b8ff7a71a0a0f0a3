//! The models that an organization's accounts are scored by.

use crate::error::Result;
use crate::score::Model;
use crate::score::model::Models;
use crate::store::{Scope, Tx, models};

/// Those in use, in their order; the built-in one is last.
pub(in crate::ops) async fn active(tx: &mut Tx<'_>, scope: &Scope) -> Result<Models> {
    let stored = models::in_use(tx, scope).await?;
    let read = stored.iter().map(crate::ops::models::read).collect::<Result<Vec<_>>>()?;
    Ok(Models::new(read))
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
