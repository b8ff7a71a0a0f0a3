//! Keys of the HTTP API.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::lists::{ListedRecord, typed};
use super::organizations::read_domains;
use super::{Conn, Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::Role;
use crate::model::api_key::{ApiKey, KeyKind, KeyStatus, Scopes};
use crate::model::noun::{Noun, Storage};
use crate::model::organization::Organization;
use crate::model::user::User;

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    parent_id: Option<Uuid>,
    prefix: String,
    name: String,
    user_id: Uuid,
    user_email: String,
    scopes: String,
    created_at: DateTime<Utc>,
    created_by: String,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;

    /// Its status is that of a moment: see `at_moment`.
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            kind: KeyKind::parse(&row.kind).map_err(|_| corrupt("api_keys.kind", &row.kind))?,
            parent: row.parent_id,
            prefix: row.prefix,
            name: row.name,
            user: row.user_id,
            user_email: row.user_email,
            scopes: Scopes::from_json(&row.scopes).map_err(|_| corrupt("api_keys.scopes", &row.scopes))?,
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            status: KeyStatus::Active,
        })
    }
}

fn corrupt(column: &str, text: &str) -> Error {
    Error::new(Kind::Storage, "corrupt", format!("{column} holds {text:?}"))
}

const COLUMNS: &str = "a.id, a.kind, a.parent_id, a.prefix, a.name, a.user_id, u.email as user_email, a.scopes, a.created_at, \
    c.email as created_by, a.expires_at, a.revoked_at, a.last_used_at";
const TABLES: &str = "api_keys a join users u on u.organization_id = $1 and u.id = a.user_id \
    join users c on c.organization_id = $1 and c.id = a.created_by";

impl ListedRecord for ApiKey {
    fn columns(_: &'static Noun, _: Engine) -> String {
        COLUMNS.to_owned()
    }

    fn source(_: &'static Noun) -> String {
        format!(" from {TABLES} where a.organization_id = $1")
    }

    fn counted(_: &'static Noun) -> String {
        " from api_keys a where a.organization_id = $1".to_owned()
    }

    fn at_moment(self, now: DateTime<Utc>, _: NaiveDate) -> Self {
        self.at(now)
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Self::try_from(row))
    }
}

/// A key as it is looked up at each call: with its hash, its user and its organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    pub key: ApiKey,
    /// Of the key's whole text, in hexadecimal.
    pub sha256: String,
    pub user: User,
    pub organization: Organization,
}

#[derive(sqlx_macros::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    key: Row,
    secret_sha256: String,
    user_external_id: Option<String>,
    user_name: String,
    user_role: String,
    user_deactivated_at: Option<DateTime<Utc>>,
    user_version: i64,
    user_created_at: DateTime<Utc>,
    user_updated_at: DateTime<Utc>,
    organization_slug: String,
    organization_name: String,
    organization_currency: String,
    organization_time_zone: String,
    organization_own_domains: String,
    organization_created_at: DateTime<Utc>,
    organization_updated_at: DateTime<Utc>,
}

static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select {COLUMNS}, a.secret_sha256, u.external_id as user_external_id, u.name as user_name, \
         u.role as user_role, u.deactivated_at as user_deactivated_at, u.version as user_version, \
         u.created_at as user_created_at, u.updated_at as user_updated_at, o.slug as organization_slug, \
         o.name as organization_name, o.currency as organization_currency, o.time_zone as organization_time_zone, \
         o.own_domains as organization_own_domains, o.created_at as organization_created_at, \
         o.updated_at as organization_updated_at \
         from {TABLES} join organizations o on o.id = $1 where a.organization_id = $1 and a.prefix = $2"
    )
});

/// The one with this id as it stands at `now`.
pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, now: DateTime<Utc>) -> StoreResult<Option<ApiKey>> {
    let sql = format!("select {COLUMNS} from {TABLES} where a.organization_id = $1 and a.id = $2");
    let row: Option<Row> = tx.of(scope, sql).bind(id).fetch_optional().await?;
    row.map(|row| Ok(ApiKey::try_from(row)?.at(now))).transpose()
}

/// The key with this prefix as it stands at `now`, by one statement.
pub async fn find(conn: &mut Conn, scope: &Scope, prefix: &str, now: DateTime<Utc>) -> StoreResult<Option<FoundKey>> {
    let row: Option<FoundRow> = conn.of(scope, FIND.as_str()).bind(prefix.to_owned()).fetch_optional().await?;
    row.map(|row| row.found(scope, now)).transpose()
}

/// The same within a transaction.
pub async fn find_within(
    tx: &mut Tx<'_>,
    scope: &Scope,
    prefix: &str,
    now: DateTime<Utc>,
) -> StoreResult<Option<FoundKey>> {
    let row: Option<FoundRow> = tx.of(scope, FIND.as_str()).bind(prefix.to_owned()).fetch_optional().await?;
    row.map(|row| row.found(scope, now)).transpose()
}

impl FoundRow {
    fn found(self, scope: &Scope, now: DateTime<Utc>) -> StoreResult<FoundKey> {
        let user = User {
            id: self.key.user_id,
            organization_id: scope.organization,
            external_id: self.user_external_id,
            email: self.key.user_email.clone(),
            name: self.user_name,
            role: Role::parse(&self.user_role).map_err(|_| corrupt("users.role", &self.user_role))?,
            deactivated_at: self.user_deactivated_at,
            version: self.user_version,
            created_at: self.user_created_at,
            updated_at: self.user_updated_at,
        };
        let organization = Organization {
            id: scope.organization,
            slug: self.organization_slug,
            name: self.organization_name,
            currency: self.organization_currency,
            time_zone: self.organization_time_zone,
            own_domains: read_domains(&self.organization_own_domains),
            created_at: self.organization_created_at,
            updated_at: self.organization_updated_at,
        };
        Ok(FoundKey { key: ApiKey::try_from(self.key)?.at(now), sha256: self.secret_sha256, user, organization })
    }
}

/// Puts one there. `sha256` is of its whole text.
pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, key: &ApiKey, sha256: &str, created_by: Uuid) -> StoreResult<()> {
    let sql = "insert into api_keys (organization_id, id, prefix, secret_sha256, name, user_id, scopes, created_at, \
               created_by, expires_at, kind, parent_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    tx.of(scope, sql)
        .bind(key.id)
        .bind(key.prefix.clone())
        .bind(sha256.to_owned())
        .bind(key.name.clone())
        .bind(key.user)
        .bind(key.scopes.to_json())
        .bind(key.created_at)
        .bind(created_by)
        .bind(key.expires_at)
        .bind(key.kind.as_str().to_owned())
        .bind(key.parent)
        .execute()
        .await?;
    Ok(())
}

/// From `now` on it is refused, and every session that came of it; 0 rows where all were before.
pub async fn revoke(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "update api_keys set revoked_at = $3 where organization_id = $1 and (id = $2 or parent_id = $2) \
               and revoked_at is null";
    tx.of(scope, sql).bind(id).bind(now).execute().await
}

/// Uses a link: 0 rows where it was used, revoked or has expired.
pub async fn consume(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "update api_keys set revoked_at = $3 where organization_id = $1 and id = $2 and kind = 'link' \
               and revoked_at is null and expires_at > $3";
    tx.of(scope, sql).bind(id).bind(now).execute().await
}

/// Moves the end of a session: 0 rows where it has ended, or ends no earlier than `until`.
pub async fn extend(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update api_keys set expires_at = $3 where organization_id = $1 and id = $2 and kind = 'session' \
               and revoked_at is null and expires_at > $4 and expires_at < $3";
    tx.of(scope, sql).bind(id).bind(until).bind(now).execute().await
}

/// All sessions and links of a user.
pub async fn revoke_sessions(tx: &mut Tx<'_>, scope: &Scope, user: Uuid, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "update api_keys set revoked_at = $3 where organization_id = $1 and user_id = $2 and kind <> 'key' \
               and revoked_at is null";
    tx.of(scope, sql).bind(user).bind(now).execute().await
}

/// Sessions and links that ended before `before` are deleted: one is made at each sign-in.
pub async fn sweep(tx: &mut Tx<'_>, scope: &Scope, before: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "delete from api_keys where organization_id = $1 and kind <> 'key' and expires_at < $2";
    tx.of(scope, sql).bind(before).execute().await
}

/// Says that it was used at `now`, unless that was said after `since`: then 0 rows.
pub async fn touch(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update api_keys set last_used_at = $3 where organization_id = $1 and id = $2 \
               and (last_used_at is null or last_used_at <= $4)";
    tx.of(scope, sql).bind(id).bind(now).bind(since).execute().await
}
