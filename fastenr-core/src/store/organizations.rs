//! Organizations: the only rows that no scope holds.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{StoreResult, Tx};
use crate::model::organization::Organization;

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    currency: String,
    time_zone: String,
    own_domains: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Organization {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            own_domains: read_domains(&row.own_domains),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

const SELECT: &str =
    "select id, slug, name, currency, time_zone, own_domains, created_at, updated_at from organizations";

pub async fn all(tx: &mut Tx<'_>) -> StoreResult<Vec<Organization>> {
    let rows: Vec<Row> = tx.sql(format!("{SELECT} order by slug")).fetch_all().await?;
    Ok(rows.into_iter().map(Organization::from).collect())
}

pub async fn by_slug(tx: &mut Tx<'_>, slug: &str) -> StoreResult<Option<Organization>> {
    let row: Option<Row> = tx.sql(format!("{SELECT} where slug = $1")).bind(slug.to_owned()).fetch_optional().await?;
    Ok(row.map(Organization::from))
}

pub async fn insert(tx: &mut Tx<'_>, organization: &Organization) -> StoreResult<()> {
    let sql = "insert into organizations (id, slug, name, currency, time_zone, own_domains, created_at, updated_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.sql(sql)
        .bind(organization.id)
        .bind(organization.slug.clone())
        .bind(organization.name.clone())
        .bind(organization.currency.clone())
        .bind(organization.time_zone.clone())
        .bind(domains(organization))
        .bind(organization.created_at)
        .bind(organization.updated_at)
        .execute()
        .await?;
    Ok(())
}

/// Everything but the id and the day it was made.
pub async fn update(tx: &mut Tx<'_>, organization: &Organization) -> StoreResult<u64> {
    let sql = "update organizations set slug = $2, name = $3, currency = $4, time_zone = $5, own_domains = $6, \
               updated_at = $7 where id = $1";
    tx.sql(sql)
        .bind(organization.id)
        .bind(organization.slug.clone())
        .bind(organization.name.clone())
        .bind(organization.currency.clone())
        .bind(organization.time_zone.clone())
        .bind(domains(organization))
        .bind(organization.updated_at)
        .execute()
        .await
}

pub(super) fn read_domains(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

fn domains(organization: &Organization) -> String {
    serde_json::Value::from(organization.own_domains.clone()).to_string()
}
