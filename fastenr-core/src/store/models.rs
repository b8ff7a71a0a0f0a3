//! The scoring models of an organization, every revision of them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx, journal};
use crate::score::ProbabilityCheck;

/// A revision of a model.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StoredModel {
    pub id: Uuid,
    pub name: String,
    /// Counts from 1, by name.
    pub revision: i64,
    pub fingerprint: String,
    /// The text, as it was given.
    pub source: String,
    /// The order in which those in use are tried.
    pub position: i64,
    /// Of one name at most one.
    pub active: bool,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub check: StoredCheck,
}

/// What became of the accounts that the model scored; churns expected in hundredths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StoredCheck {
    checked_on: Option<NaiveDate>,
    checked_accounts: Option<i64>,
    expected_churns: Option<i64>,
    observed_churns: Option<i64>,
}

impl StoredCheck {
    pub fn read(self) -> Option<ProbabilityCheck> {
        Some(ProbabilityCheck {
            scored_on: self.checked_on?,
            accounts: self.checked_accounts?,
            expected: self.expected_churns?,
            observed: self.observed_churns?,
        })
    }
}

const SELECT: &str = "select id, name, revision, fingerprint, source, position, active, created_by, created_at, updated_at, \
    checked_on, checked_accounts, expected_churns, observed_churns from score_models where organization_id = $1";

/// Those in use, in their order.
pub async fn in_use(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<StoredModel>> {
    tx.of(scope, format!("{SELECT} and active order by position, name")).fetch_all().await
}

/// All, the newest revision of each name first.
pub async fn all(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<StoredModel>> {
    tx.of(scope, format!("{SELECT} order by name, revision desc")).fetch_all().await
}

pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, model: &StoredModel, operation: Uuid) -> StoreResult<()> {
    let sql = "insert into score_models (organization_id, id, name, revision, fingerprint, source, position, active, \
               created_by, created_by_operation, created_at, updated_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    tx.of(scope, sql)
        .bind(model.id)
        .bind(model.name.clone())
        .bind(model.revision)
        .bind(model.fingerprint.clone())
        .bind(model.source.clone())
        .bind(model.position)
        .bind(model.active)
        .bind(model.created_by)
        .bind(operation)
        .bind(model.created_at)
        .bind(model.updated_at)
        .execute()
        .await?;
    Ok(())
}

/// Takes one into use, out of it, or to another place; it is kept as it was.
pub async fn place(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    (active, position): (bool, i64),
    (operation, now): (Uuid, DateTime<Utc>),
) -> StoreResult<u64> {
    let sql = journal::keep(
        "score_models",
        |models| models.mask(&["active", "position"]).to_string(),
        "where a.organization_id = $1 and a.id = $3",
    );
    tx.of(scope, sql).bind(operation).bind(id).execute().await?;
    let sql = "update score_models set active = $3, position = $4, updated_at = $5, version = version + 1 \
               where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(active).bind(position).bind(now).execute().await
}

/// Notes what became of the accounts that a model scored. It is computed, and so no change of the model.
pub async fn set_check(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, check: ProbabilityCheck) -> StoreResult<u64> {
    let sql = "update score_models set checked_on = $3, checked_accounts = $4, expected_churns = $5, observed_churns = $6 \
               where organization_id = $1 and id = $2";
    let statement = tx.of(scope, sql).bind(id).bind(check.scored_on).bind(check.accounts);
    statement.bind(check.expected).bind(check.observed).execute().await
}
