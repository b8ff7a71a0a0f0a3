//! Reading users.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::Role;
use crate::model::user::User;

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    external_id: Option<String>,
    email: String,
    name: String,
    role: String,
    deactivated_at: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "select id, organization_id, external_id, email, name, role, deactivated_at, version, created_at, \
    updated_at from users where organization_id = $1";

impl TryFrom<Row> for User {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let role = Role::parse(&row.role)
            .map_err(|_| Error::new(Kind::Storage, "corrupt", format!("users.role holds {:?}", row.role)))?;
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            external_id: row.external_id,
            email: row.email,
            name: row.name,
            role,
            deactivated_at: row.deactivated_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// All of them, deactivated ones too, by e-mail address. An organization's users fit in memory.
pub async fn all(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<User>> {
    let rows: Vec<Row> = tx.of(scope, format!("{SELECT} order by email")).fetch_all().await?;
    rows.into_iter().map(User::try_from).collect()
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<User>> {
    let row: Option<Row> = tx.of(scope, format!("{SELECT} and id = $2")).bind(id).fetch_optional().await?;
    row.map(User::try_from).transpose()
}

pub async fn by_email(tx: &mut Tx<'_>, scope: &Scope, email: &str) -> StoreResult<Option<User>> {
    let row: Option<Row> =
        tx.of(scope, format!("{SELECT} and email = $2")).bind(email.to_owned()).fetch_optional().await?;
    row.map(User::try_from).transpose()
}

/// Who acts where nobody is named: the administrator that is there longest.
pub async fn first_admin(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Option<User>> {
    let sql = format!("{SELECT} and role = 'admin' and deactivated_at is null order by id limit 1");
    let row: Option<Row> = tx.of(scope, sql).fetch_optional().await?;
    row.map(User::try_from).transpose()
}

/// Sets or clears the day of deactivation.
pub async fn set_deactivated(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    deactivated_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update users set deactivated_at = $3, version = version + 1, updated_at = $4 \
               where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(deactivated_at).bind(now).execute().await
}
