//! How likely an account is to churn, by its last snapshot.

use chrono::NaiveDate;

use super::models;
use crate::error::Result;
use crate::model::Status;
use crate::model::account::Account;
use crate::score::Likelihood;
use crate::store::scores::snapshots::Snapshot;
use crate::store::scores::{Range, touch};
use crate::store::{Scope, Tx};

/// None where the model that scored it is no longer in use or knows no probability, and where a person set the score. Of a snapshot from
/// before `today` there is no percent.
pub(in crate::ops) async fn likelihood(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &Account,
    snapshot: &Snapshot,
    today: NaiveDate,
) -> Result<Option<Likelihood>> {
    let Some(score) = snapshot.health().filter(|_| account.status != Status::Churned) else { return Ok(None) };
    let models = models::active(tx, scope).await?;
    let listed = models.iter().find(|listed| listed.fingerprint == snapshot.model);
    let Some(listed) = listed.filter(|listed| listed.model.probability.is_some()) else { return Ok(None) };
    let day = snapshot.snapshot_date;
    let adjusted = !touch::adjustments(tx, scope, Range::one(account.id), day).await?.is_empty();
    Ok(if adjusted { None } else { Likelihood::at(listed, score, (day, today)) })
}
