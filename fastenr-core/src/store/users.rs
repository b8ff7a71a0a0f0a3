//! Reading users.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::lists::{ListedRecord, typed};
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::Role;
use crate::model::noun::{Noun, Storage};
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

const COLUMNS: &str = "a.id, a.organization_id, a.external_id, a.email, a.name, a.role, a.deactivated_at, a.version, \
    a.created_at, a.updated_at";
const FROM: &str = " from users a where a.organization_id = $1";

impl ListedRecord for User {
    fn columns(_: &'static Noun, _: Engine) -> String {
        COLUMNS.to_owned()
    }

    fn source(_: &'static Noun) -> String {
        FROM.to_owned()
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Self::try_from(row))
    }
}

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
    let rows: Vec<Row> = tx.of(scope, format!("select {COLUMNS}{FROM} order by a.email")).fetch_all().await?;
    rows.into_iter().map(User::try_from).collect()
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<User>> {
    let row: Option<Row> =
        tx.of(scope, format!("select {COLUMNS}{FROM} and a.id = $2")).bind(id).fetch_optional().await?;
    row.map(User::try_from).transpose()
}

pub async fn by_email(tx: &mut Tx<'_>, scope: &Scope, email: &str) -> StoreResult<Option<User>> {
    let row: Option<Row> = tx
        .of(scope, format!("select {COLUMNS}{FROM} and a.email = $2"))
        .bind(email.to_owned())
        .fetch_optional()
        .await?;
    row.map(User::try_from).transpose()
}

/// Who acts where nobody is named: the administrator that is there longest.
pub async fn first_admin(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Option<User>> {
    let sql = format!("select {COLUMNS}{FROM} and a.role = 'admin' and a.deactivated_at is null order by a.id limit 1");
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
