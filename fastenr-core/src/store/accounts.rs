//! Reading accounts. What writes them is [`super::records`], for every noun alike.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::{BoxStream, StreamExt};
use sqlx::{ColumnIndex, Decode, FromRow, Type};
use uuid::Uuid;

use super::keyset::{Keyset, is_full};
use super::query::Query;
use super::{Engine, Scope, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::account::{Account, Reference};
use crate::model::cursor::Seek;
use crate::model::filter::{AccountFilter, AccountSort, AccountSortKey, Archived};
use crate::model::noun::{Storage, Value};
use crate::model::{AccountBand, RenewalStage, Size, Status, StatusSource, name_key};
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
}

/// By place, in the order of [`SELECT`]: an export would look thirty names up for each row.
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
        })
    }
}

const SELECT: &str = "select a.id, a.organization_id, a.external_id, a.name, a.domain, a.industry, a.size, a.status, \
    a.status_source, a.arr, a.health_score, a.churn_risk_score, a.scored_at, a.owner_id, u.email as owner_email, \
    a.parent_id, p.external_id as parent_external_id, a.contract_start, a.contract_end, a.auto_renew, a.renewal_stage, \
    a.past_due_since, a.seats, a.tags, a.custom_fields, a.churned_on, a.archived_at, a.version, a.created_at, a.updated_at, \
    a.band, a.health_coverage, a.churn_coverage, a.merged_into, a.status_until, a.imported_status, \
    a.provisional_health_score \
    from accounts a \
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

/// Adds the filter's conditions on the table `a`.
pub(super) fn narrow(query: &mut Query, tx: &Tx<'_>, filter: &AccountFilter) {
    narrow_on(query, tx.engine(), filter, filter.wants_churned());
}

/// Holds a column with the id of an account to those that pass.
pub(super) fn and_of(query: &mut Query, engine: Engine, column: &str, filter: &AccountFilter) {
    query.and(&format!("{column} in (select a.id from accounts a where a.organization_id = $1"));
    narrow_on(query, engine, filter, filter.wants_churned());
    query.push(")");
}

/// `churned`: whether the filter as a whole asks for churned accounts.
fn narrow_on(query: &mut Query, engine: Engine, filter: &AccountFilter, churned: bool) {
    let text = |text: &str| (Storage::Text, Value::Text(text.to_owned()));
    match filter.archived {
        Archived::Without => query.and("a.archived_at is null"),
        Archived::Only => query.and("a.archived_at is not null"),
        Archived::With => {}
    }
    query.and_in("a.status", filter.statuses.iter().map(|status| text(status.as_str())));
    query.and_in("a.size", filter.sizes.iter().map(|size| text(size.as_str())));
    // Both databases fold the letters of ASCII alone: others are asked for as they may be written.
    let spellings: BTreeSet<String> = filter.industries.iter().flat_map(|industry| spellings(industry)).collect();
    query.and_in("lower(a.industry)", spellings.iter().map(|industry| text(industry)));
    query.and_in("a.owner_id", filter.owners.iter().map(|owner| (Storage::Id, Value::Id(*owner))));
    if filter.unowned {
        query.and("a.owner_id is null");
    }
    if let Some(parent) = filter.parent {
        let place = query.value(Storage::Id, Value::Id(parent));
        query.and(&format!("a.parent_id = {place}"));
    }
    for tag in &filter.tags {
        let quoted = serde_json::Value::String(tag.to_ascii_lowercase()).to_string();
        let place = query.text(format!("%{}%", escape_like(&quoted)));
        query.and(&format!("lower(a.tags) like {place} escape '\\'"));
    }
    let mut at_least = |column: &str, comparison: &str, bound: Option<i64>| {
        if let Some(bound) = bound {
            let place = query.integer(bound);
            query.and(&format!("a.{column} {comparison} {place}"));
        }
    };
    at_least("health_score", ">=", filter.health_min);
    at_least("health_score", "<=", filter.health_max);
    at_least("churn_risk_score", ">=", filter.risk_min);
    at_least("churn_risk_score", "<=", filter.risk_max);
    at_least("arr", ">=", filter.arr_min.map(Money::cents));
    at_least("arr", "<=", filter.arr_max.map(Money::cents));
    narrow_bands(query, &filter.bands);
    if let Some(day) = filter.renews_by {
        let place = query.value(Storage::Date, Value::Date(day));
        query.and(&format!("a.contract_end <= {place}"));
    }
    // Who left does not renew, and what the scores were then is no longer judged.
    let judges = [filter.health_min, filter.health_max, filter.risk_min, filter.risk_max].iter().any(Option::is_some);
    if !churned && (judges || filter.renews_by.is_some()) {
        query.and("a.status <> 'churned'");
    }
    if let Some(since) = filter.not_engaged_since {
        let place = query.value(Storage::Instant, Value::Instant(since));
        query.and(&format!(
            "not exists (select 1 from engagements e where e.organization_id = $1 and e.account_id = a.id \
             and e.completed_at >= {place})"
        ));
    }
    for (key, value) in &filter.custom {
        let key = query.text(key);
        let value = query.text(value);
        query.and(&format!("{} = {value}", engine.json_member("a.custom_fields", &key)));
    }
    for word in filter.search.iter().flat_map(|text| text.split_whitespace()) {
        let place = query.text(format!("%{}%", escape_like(&name_key(word))));
        query.and(&format!(
            "(a.name_key like {place} escape '\\' or lower(a.domain) like {place} escape '\\' \
             or lower(a.external_id) like {place} escape '\\')"
        ));
    }
    for segment in &filter.segments {
        narrow_on(query, engine, segment, churned);
    }
}

/// A churned account is in the band of its status, whatever its last score was.
fn narrow_bands(query: &mut Query, bands: &[AccountBand]) {
    if bands.is_empty() {
        return;
    }
    let scored: Vec<String> = bands
        .iter()
        .filter(|band| **band != AccountBand::Churned)
        .map(|band| query.text(band.as_str().to_owned()))
        .collect();
    let scored = (!scored.is_empty()).then(|| format!("a.status <> 'churned' and a.band in ({})", scored.join(", ")));
    query.and(&match (scored, bands.contains(&AccountBand::Churned)) {
        (Some(scored), true) => format!("(a.status = 'churned' or {scored})"),
        (Some(scored), false) => scored,
        (None, _) => "a.status = 'churned'".to_owned(),
    });
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Each has an index; all of these but that of the names say where missing values go.
fn keyset(sort: AccountSort) -> Keyset {
    let (column, nullable) = match sort.key {
        AccountSortKey::Name => ("a.name_key", false),
        AccountSortKey::Arr => ("a.arr", true),
        AccountSortKey::HealthScore => ("a.health_score", true),
        AccountSortKey::ChurnRiskScore => ("a.churn_risk_score", true),
        AccountSortKey::ContractEnd => ("a.contract_end", true),
        AccountSortKey::UpdatedAt => ("a.updated_at", true),
        AccountSortKey::Id => ("a.id", false),
    };
    Keyset::new(column, sort.key.storage(), nullable, "a.id", sort.descending)
}

/// One part of the list.
pub async fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &AccountFilter,
    sort: AccountSort,
    seek: impl Into<Seek>,
) -> StoreResult<Vec<Account>> {
    let (keyset, seek) = (keyset(sort), seek.into());
    let mut rows: Vec<Row> = Vec::new();
    for range in keyset.ranges(&seek) {
        if is_full(&seek, rows.len()) {
            break;
        }
        let mut query = Query::new(SELECT);
        narrow(&mut query, tx, filter);
        keyset.hold(&mut query, range);
        keyset.close(&mut query, &seek, rows.len());
        let (text, values) = query.into_parts();
        rows.extend(Query::bind(values, tx.of(scope, text)).fetch_all::<Row>().await?);
    }
    rows.into_iter().map(Account::try_from).collect()
}

/// All of them, as they come, in flat memory.
pub fn stream<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    filter: &AccountFilter,
    sort: AccountSort,
) -> StoreResult<BoxStream<'t, StoreResult<Account>>> {
    let mut query = Query::new(SELECT);
    narrow(&mut query, tx, filter);
    query.push(&keyset(sort).order());
    let (text, values) = query.into_parts();
    let rows = Query::bind(values, tx.of(scope, text)).fetch::<Row>()?;
    Ok(rows.map(|row| row.and_then(Account::try_from)).boxed())
}

/// How many, and their ARR together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Totals {
    pub count: i64,
    /// In cents; of churned accounts only where the filter asks for them, see [`AccountFilter::wants_churned`].
    pub arr: i64,
    /// How many of them have an ARR above 0 that is not in the sum, because they have churned.
    pub arr_left_out: i64,
}

pub async fn totals(tx: &mut Tx<'_>, scope: &Scope, filter: &AccountFilter) -> StoreResult<Totals> {
    let counts = if filter.wants_churned() { "1 = 1" } else { "a.status <> 'churned'" };
    let mut query = Query::new(format!(
        "select count(*) as count, cast(coalesce(sum(case when {counts} then a.arr end), 0) as bigint) as arr, \
           count(case when not ({counts}) and a.arr > 0 then 1 end) as arr_left_out \
         from accounts a where a.organization_id = $1"
    ));
    narrow(&mut query, tx, filter);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_one().await
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Account>> {
    let row: Option<Row> = tx.of(scope, format!("{SELECT} and a.id = $2")).bind(id).fetch_optional().await?;
    row.map(Account::try_from).transpose()
}

/// By the key of an external id, or of an alias that a merge left behind.
pub async fn by_external_key(tx: &mut Tx<'_>, scope: &Scope, key: &str) -> StoreResult<Option<Account>> {
    let sql = format!(
        "{SELECT} and a.id = coalesce(
           (select id from accounts where organization_id = $1 and external_key = $2),
           (select account_id from account_aliases where organization_id = $1 and external_key = $2))"
    );
    let row: Option<Row> = tx.of(scope, sql).bind(key.to_owned()).fetch_optional().await?;
    row.map(Account::try_from).transpose()
}

/// Unarchived ones with this name, at most `most`.
pub async fn by_name_key(tx: &mut Tx<'_>, scope: &Scope, key: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!("{SELECT} and a.name_key = $2 and a.archived_at is null order by a.id limit $3");
    let rows: Vec<Row> = tx.of(scope, sql).bind(key.to_owned()).bind(most).fetch_all().await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// A word in any case, but for its ASCII letters, which are small.
fn spellings(word: &str) -> [String; 4] {
    let title: String = word
        .split_inclusive(' ')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
            })
        })
        .collect();
    [word.to_owned(), word.to_lowercase(), word.to_uppercase(), title].map(|word| word.to_ascii_lowercase())
}

/// Unarchived ones whose names begin so, at most `most`.
pub async fn by_name_beginning(tx: &mut Tx<'_>, scope: &Scope, key: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!(
        "{SELECT} and a.name_key >= $2 and a.name_key < $3 and a.archived_at is null order by a.name_key, a.id limit $4"
    );
    let end = format!("{key}\u{10FFFF}");
    let rows: Vec<Row> = tx.of(scope, sql).bind(key.to_owned()).bind(end).bind(most).fetch_all().await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Unarchived ones with this domain, at most `most`.
pub async fn by_domain(tx: &mut Tx<'_>, scope: &Scope, domain: &str, most: i64) -> StoreResult<Vec<Account>> {
    let sql = format!("{SELECT} and a.domain = $2 and a.archived_at is null order by a.id limit $3");
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
pub struct Around {
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

pub async fn around(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<Around> {
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

/// Whether the organization has any account at all, archived or not.
pub async fn any(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<bool> {
    let row: Option<(i64,)> =
        tx.of(scope, "select version from accounts where organization_id = $1 limit 1").fetch_optional().await?;
    Ok(row.is_some())
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
