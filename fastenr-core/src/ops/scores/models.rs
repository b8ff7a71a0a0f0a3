//! The models that an organization's accounts are scored by.

use crate::error::Result;
use crate::score::model::Models;
use crate::store::{Scope, Tx};

/// Those in use, in their order; the built-in one is last.
pub(in crate::ops) async fn active(_tx: &mut Tx<'_>, _scope: &Scope) -> Result<Models> {
    Ok(Models::default())
}
