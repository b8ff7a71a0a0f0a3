//! Rules of its own that a noun may have, hooked into every write: single, bulk, import.

use std::fmt::Debug;

use chrono::NaiveDate;
use futures_util::future::{self, BoxFuture};

use super::Context;
use crate::error::Result;
use crate::model::entry::Entry;
use crate::store::Tx;
use crate::store::records::Assignment;
use crate::store::staging::Staging;

/// What a noun's rules do; each does nothing where it is not said.
pub trait NounRules: Debug + Sync {
    /// What the rules make of a single write: a new record where there is no `old`. A value that is given is of the day `on`.
    ///
    /// # Errors
    /// What contradicts a rule.
    fn complete<'a>(
        &'a self,
        _tx: &'a mut Tx<'_>,
        _context: &'a Context,
        _old: Option<&'a Entry>,
        given: Vec<Assignment>,
        _on: Option<NaiveDate>,
    ) -> BoxFuture<'a, Result<Vec<Assignment>>> {
        Box::pin(future::ready(Ok(given)))
    }

    /// Before the staged rows of a file or a bulk write are compared; the result is what [`NounRules::complete_staged`] is given.
    fn prepare_staged<'a>(
        &'a self,
        _staging: &'a Staging,
        _tx: &'a mut Tx<'_>,
        _context: &'a Context,
    ) -> BoxFuture<'a, Result<Option<i64>>> {
        Box::pin(future::ready(Ok(None)))
    }

    /// What the rules make of the rows that create or change a record.
    fn complete_staged<'a>(
        &'a self,
        _staging: &'a Staging,
        _tx: &'a mut Tx<'_>,
        _context: &'a Context,
        _prepared: Option<i64>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(future::ready(Ok(())))
    }
}

/// The rules of the noun that is staged, before its rows are compared.
pub(super) async fn prepare_staged(staging: &Staging, tx: &mut Tx<'_>, context: &Context) -> Result<Option<i64>> {
    match staging.noun.rules {
        Some(rules) => rules.prepare_staged(staging, tx, context).await,
        None => Ok(None),
    }
}

/// And after.
pub(super) async fn complete_staged(
    staging: &Staging,
    tx: &mut Tx<'_>,
    context: &Context,
    prepared: Option<i64>,
) -> Result<()> {
    match staging.noun.rules {
        Some(rules) => rules.complete_staged(staging, tx, context, prepared).await,
        None => Ok(()),
    }
}
