//! Reading accounts. What writes them is [`super::records`], for every noun alike.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{ColumnIndex, Decode, FromRow, Type};
use uuid::Uuid;

use super::lists::{ListedRecord, typed};
use super::narrow::{counts_arr, narrow};
use super::query::Query;
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::account::{ACCOUNT, Account, Reference};
use crate::model::noun::{Noun, Storage};
use crate::model::selection::Selection;
use crate::model::{AccountBand, RenewalStage, Size, Status, StatusSource};
use crate::money::Money;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    external_id: Option<String>,
    name: String,
    domain: Option<String>,
    industry: Option<String>,
    size: Option<String>,
    status: String,
    status_source: String,
    arr: Option<i64>,
    health_score: Option<i64>,
    churn_risk_score: Option<i64>,
    scored_at: Option<DateTime<Utc>>,
    owner_id: Option<Uuid>,
    owner_email: Option<String>,
    parent_id: Option<Uuid>,
    parent_external_id: Option<String>,
    contract_start: Option<NaiveDate>,
    contract_end: Option<NaiveDate>,
    auto_renew: Option<bool>,
    renewal_stage: Option<String>,
    past_due_since: Option<NaiveDate>,
    seats: Option<i64>,
    tags: String,
    custom_fields: String,
    churned_on: Option<NaiveDate>,
    archived_at: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    band: Option<String>,
    health_coverage: Option<i64>,
    churn_coverage: Option<i64>,
    merged_into: Option<Uuid>,
    status_until: Option<NaiveDate>,
    imported_status: Option<String>,
    provisional_health_score: Option<i64>,
    churn_times_usual: Option<i64>,
    churn_probability: Option<i64>,
}

/// By place, in the order of [`COLUMNS`]: an export would look thirty names up for each row.
impl<'r, R> FromRow<'r, R> for Row
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    Option<Uuid>: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
    Option<NaiveDate>: Decode<'r, R::Database> + Type<R::Database>,
    DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
    Option<DateTime<Utc>>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            organization_id: row.try_get(1)?,
            external_id: row.try_get(2)?,
            name: row.try_get(3)?,
            domain: row.try_get(4)?,
            industry: row.try_get(5)?,
            size: row.try_get(6)?,
            status: row.try_get(7)?,
            status_source: row.try_get(8)?,
            arr: row.try_get(9)?,
            health_score: row.try_get(10)?,
            churn_risk_score: row.try_get(11)?,
            scored_at: row.try_get(12)?,
            owner_id: row.try_get(13)?,
            owner_email: row.try_get(14)?,
            parent_id: row.try_get(15)?,
            parent_external_id: row.try_get(16)?,
            contract_start: row.try_get(17)?,
            contract_end: row.try_get(18)?,
            auto_renew: row.try_get(19)?,
            renewal_stage: row.try_get(20)?,
            past_due_since: row.try_get(21)?,
            seats: row.try_get(22)?,
            tags: row.try_get(23)?,
            custom_fields: row.try_get(24)?,
            churned_on: row.try_get(25)?,
            archived_at: row.try_get(26)?,
            version: row.try_get(27)?,
            created_at: row.try_get(28)?,
            updated_at: row.try_get(29)?,
            band: row.try_get(30)?,
            health_coverage: row.try_get(31)?,
            churn_coverage: row.try_get(32)?,
            merged_into: row.try_get(33)?,
            status_until: row.try_get(34)?,
            imported_status: row.try_get(35)?,
            provisional_health_score: row.try_get(36)?,
            churn_times_usual: row.try_get(37)?,
            churn_probability: row.try_get(38)?,
        })
    }
}

const COLUMNS: &str = "a.id, a.organization_id, a.external_id, a.name, a.domain, a.industry, a.size, a.status, \
    a.status_source, a.arr, a.health_score, a.churn_risk_score, a.scored_at, a.owner_id, u.email as owner_email, \
    a.parent_id, p.external_id as parent_external_id, a.contract_start, a.contract_end, a.auto_renew, a.renewal_stage, \
    a.past_due_since, a.seats, a.tags, a.custom_fields, a.churned_on, a.archived_at, a.version, a.created_at, a.updated_at, \
    a.band, a.health_coverage, a.churn_coverage, a.merged_into, a.status_until, a.imported_status, \
    a.provisional_health_score, a.churn_times_usual, a.churn_probability";
const FROM: &str = " from accounts a \
    left join users u on u.organization_id = a.organization_id and u.id = a.owner_id \
    left join accounts p on p.organization_id = a.organization_id and p.id = a.parent_id \
    where a.organization_id = $1";

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        fn known<T, E>(parsed: Result<T, E>, column: &str, text: &str) -> Result<T, Error> {
            parsed.map_err(|_| Error::new(Kind::Storage, "corrupt", format!("accounts.{column} holds {text:?}")))
        }
        let owner = row.owner_id.map(|id| Reference { id, label: row.owner_email.unwrap_or_default() });
        let parent =
            row.parent_id.map(|id| Reference { id, label: row.parent_external_id.unwrap_or_else(|| id.to_string()) });
        let status = known(Status::parse(&row.status), "status", &row.status)?;
        // The column keeps the band of the last day, in case the customer comes back.
        let band = match status {
            Status::Churned => Some(AccountBand::Churned),
            _ => row.band.map(|text| known(AccountBand::parse(&text), "band", &text)).transpose()?,
        };
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            external_id: row.external_id,
            name: row.name,
            domain: row.domain,
            industry: row.industry,
            size: row.size.map(|text| known(Size::parse(&text), "size", &text)).transpose()?,
            status,
            status_source: known(StatusSource::parse(&row.status_source), "status_source", &row.status_source)?,
            status_until: row.status_until,
            imported_status: row
                .imported_status
                .map(|text| known(Status::parse(&text), "imported_status", &text))
                .transpose()?,
            arr: row.arr.map(|cents| known(Money::from_cents(cents), "arr", &cents.to_string())).transpose()?,
            health_score: row.health_score,
            churn_risk_score: row.churn_risk_score,
            provisional_health_score: row.provisional_health_score,
            // Who has left can't leave.
            churn_times_usual: row.churn_times_usual.filter(|_| status != Status::Churned),
            churn_probability: row.churn_probability.filter(|_| status != Status::Churned),
            scored_at: row.scored_at,
            band,
            health_coverage: row.health_coverage,
            churn_coverage: row.churn_coverage,
            owner,
            parent,
            contract_start: row.contract_start,
            contract_end: row.contract_end,
            auto_renew: row.auto_renew,
            renewal_stage: row
                .renewal_stage
                .map(|text| known(RenewalStage::parse(&text), "renewal_stage", &text))
                .transpose()?,
            past_due_since: row.past_due_since,
            seats: row.seats,
            tags: row.tags,
            custom_fields: row.custom_fields,
            churned_on: row.churned_on,
            archived_at: row.archived_at,
            merged_into: row.merged_into,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl ListedRecord for Account {
    fn columns(_: &'static Noun, _: Engine) -> String {
        COLUMNS.to_owned()
    }

    fn source(_: &'static Noun) -> String {
        FROM.to_owned()
    }

    fn counted(_: &'static Noun) -> String {
        " from accounts a where a.organization_id = $1".to_owned()
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Self::try_from(row))
    }
}

/// How many, and their ARR together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Totals {
    pub count: i64,
    /// In cents; of churned accounts only where the filter asks for them, see [`Selection::wants_churned`].
    pub arr: i64,
    /// How many of them have an ARR above 0 that is not in the sum, because they have churned.
    pub arr_left_out: i64,
}

pub async fn totals(tx: &mut Tx<'_>, scope: &Scope, selection: &Selection) -> StoreResult<Totals> {
    let counts = counts_arr(selection);
    let mut query = Query::new(format!(
        "select count(*) as count, cast(coalesce(sum(case when {counts} then a.arr end), 0) as bigint) as arr, \
           count(case when not ({counts}) and a.arr > 0 then 1 end) as arr_left_out \
         from accounts a where a.organization_id = $1"
    ));
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_one().await
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Account>> {
    let row: Option<Row> =
        tx.of(scope, format!("select {COLUMNS}{FROM} and a.id = $2")).bind(id).fetch_optional().await?;
    row.map(Account::try_from).transpose()
}

/// By the key of an external id, or of an alias that a merge left behind.
pub async fn by_external_key(tx: &mut Tx<'_>, scope: &Scope, key: &str) -> StoreResult<Option<Account>> {
    let sql = format!(
        "select {COLUMNS}{FROM} and a.id = coalesce(
           (select id from accounts where organization_id = $1 and external_key = $2),
           (select account_id from account_aliases where organization_id = $1 and external_key = $2))"
    );
    let row: Option<Row> = tx.of(scope, sql).bind(key.to_owned()).fetch_optional().await?;
    row.map(Account::try_from).transpose()
}

/// Unarchived ones with this name, at most `most`.
pub async fn by_name_key(tx: &mut Tx<'_>, scope: &Scope, key: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!("select {COLUMNS}{FROM} and a.name_key = $2 and a.archived_at is null order by a.id limit $3");
    let rows: Vec<Row> = tx.of(scope, sql).bind(key.to_owned()).bind(most).fetch_all().await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Unarchived ones whose names begin so, at most `most`.
pub async fn by_name_beginning(tx: &mut Tx<'_>, scope: &Scope, key: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!(
        "select {COLUMNS}{FROM} and a.name_key >= $2 and a.name_key < $3 and a.archived_at is null order by a.name_key, a.id limit $4"
    );
    let end = format!("{key}\u{10FFFF}");
    let rows: Vec<Row> = tx.of(scope, sql).bind(key.to_owned()).bind(end).bind(most).fetch_all().await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Unarchived ones with this domain, at most `most`.
pub async fn by_domain(tx: &mut Tx<'_>, scope: &Scope, domain: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!("select {COLUMNS}{FROM} and a.domain = $2 and a.archived_at is null order by a.id limit $3");
    let rows: Vec<Row> = tx.of(scope, sql).bind(domain.to_owned()).bind(most).fetch_all().await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Names that begin alike, for an error that offers the nearest.
pub async fn names_like(tx: &mut Tx<'_>, scope: &Scope, key: &str, most: i64) -> StoreResult<Vec<String>> {
    let start: String = key.chars().take(2).collect();
    let sql = "select name from accounts where organization_id = $1 and name_key >= $2 and name_key < $3 \
               and archived_at is null order by name_key limit $4";
    let rows: Vec<(String,)> =
        tx.of(scope, sql).bind(start.clone()).bind(format!("{start}\u{10FFFF}")).bind(most).fetch_all().await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// How many records there are around an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RelatedCounts {
    #[sqlx(rename = "contact_count")]
    pub contacts: i64,
    #[sqlx(rename = "engagement_count")]
    pub engagements: i64,
    #[sqlx(rename = "attachment_count")]
    pub attachments: i64,
    #[sqlx(rename = "goal_count")]
    pub goals: i64,
    #[sqlx(rename = "metric_count")]
    pub metrics: i64,
}

pub async fn around(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<RelatedCounts> {
    let sql = "select
        (select count(*) from contacts c where c.organization_id = $1 and c.account_id = a.id) as contact_count,
        (select count(*) from engagements e where e.organization_id = $1 and e.account_id = a.id) as engagement_count,
        (select count(*) from engagements e join attachments f on f.organization_id = $1 and f.engagement_id = e.id
         where e.organization_id = $1 and e.account_id = a.id) as attachment_count,
        (select count(*) from customer_goals g where g.organization_id = $1 and g.account_id = a.id) as goal_count,
        (select count(*) from health_metrics m where m.organization_id = $1 and m.account_id = a.id) as metric_count
        from accounts a where a.organization_id = $1 and a.id = $2";
    tx.of(scope, sql).bind(account).fetch_one().await
}

/// Whether any account, archived or not, has an ARR.
pub async fn any_arr(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<bool> {
    let sql = "select version from accounts where organization_id = $1 and arr is not null limit 1";
    let row: Option<(i64,)> = tx.of(scope, sql).fetch_optional().await?;
    Ok(row.is_some())
}

/// How many unarchived accounts a user owns.
pub async fn owned_by(tx: &mut Tx<'_>, scope: &Scope, user: Uuid) -> StoreResult<i64> {
    let sql = "select count(*) from accounts where organization_id = $1 and owner_id = $2 and archived_at is null";
    let (count,): (i64,) = tx.of(scope, sql).bind(user).fetch_one().await?;
    Ok(count)
}

/// As many accounts as may stand above another one: what goes further is no company, and nobody looks further for a circle.
pub const MOST_ANCESTORS: usize = 100;

/// The ids from an account upward, itself first, up to [`MOST_ANCESTORS`]: what a new parent must not be among.
pub async fn ancestors(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Vec<Uuid>> {
    let sql = "with recursive up (id, depth) as (
                 select id, 1 from accounts where organization_id = $1 and id = $2
                 union all
                 select a.parent_id, up.depth + 1 from up join accounts a on a.organization_id = $1 and a.id = up.id
                 where a.parent_id is not null and up.depth < $3)
               select id from up order by depth";
    let most = i32::try_from(MOST_ANCESTORS).unwrap_or(i32::MAX);
    let rows: Vec<(Uuid,)> = tx.of(scope, sql).bind(id).bind(most).fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
