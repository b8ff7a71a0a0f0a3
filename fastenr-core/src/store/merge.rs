//! Merging accounts: what hangs on the duplicates goes to the account that is kept, a table at a time.
//!
//! To move the rows of another table: the `merge` of its noun, or a line in `OTHERS`; it is journaled, so it stands in
//! [`super::journal`] too.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::journal::{DELETED, Table};
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::noun::{Noun, Storage, Value};
use crate::model::nouns::NOUNS;

/// One merge: of several rows for which there is one place, the kept account's counts, then that of the duplicate named first.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'a> {
    pub keep: Uuid,
    /// In the order named; never empty.
    pub duplicates: &'a [Uuid],
    pub operation: Uuid,
    pub now: DateTime<Utc>,
}

/// A table whose rows belong to an account, in `account_id`.
#[derive(Debug, Clone, Copy)]
pub struct ChildTable {
    pub table: &'static str,
    /// What its rows are called.
    pub called: &'static str,
    /// When the rows `a` and `b` of two accounts can't both be in one, as SQL.
    collides: Option<&'static str>,
    /// It has `updated_at`.
    dated: bool,
}

/// Those of the nouns of the registry, then those of no noun.
pub fn children_tables() -> impl Iterator<Item = ChildTable> {
    let of_noun = |noun: &&'static Noun| {
        let merge = noun.merge.as_ref()?;
        Some(ChildTable { table: noun.table, called: merge.called, collides: merge.collides, dated: true })
    };
    NOUNS.iter().filter_map(of_noun).chain(OTHERS)
}

const OTHERS: [ChildTable; 4] = [
    ChildTable { table: "metric_events", called: "metric events", collides: None, dated: true },
    ChildTable {
        table: "health_adjustments",
        called: "adjustments",
        // Of one day only one counts.
        collides: Some("b.from_date <= a.until_date and a.from_date <= b.until_date"),
        dated: false,
    },
    ChildTable {
        table: "alerts",
        called: "alerts",
        collides: Some("b.rule = a.rule and a.resolved_at is null and b.resolved_at is null"),
        dated: true,
    },
    ChildTable { table: "account_aliases", called: "aliases", collides: None, dated: true },
];

/// What became of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MovedRows {
    pub moved: u64,
    /// They had no place beside those of the kept account, or of a duplicate named before; the journal has them.
    pub left_out: u64,
}

/// The placeholders that the statements share.
struct Places {
    query: Query,
    /// `$2`.
    operation: String,
    keep: String,
    duplicates: String,
    each: Vec<String>,
}

impl Places {
    fn of(merge: &Merge<'_>) -> Self {
        let mut query = Query::new(String::new());
        let operation = query.value(Storage::Id, Value::Id(merge.operation));
        let each: Vec<String> = merge.duplicates.iter().map(|id| query.value(Storage::Id, Value::Id(*id))).collect();
        Self { query, operation, keep: String::new(), duplicates: each.join(", "), each }
    }

    /// The kept account's place; a statement that does not name it must not bind it.
    fn keeping(merge: &Merge<'_>) -> Self {
        let mut places = Self::of(merge);
        places.keep = places.query.value(Storage::Id, Value::Id(merge.keep));
        places
    }

    /// How soon an account's rows count: the kept one first, then the duplicates as they were named.
    fn order(&self, column: &str) -> String {
        let each = self.each.iter().enumerate().map(|(at, place)| format!(" when {place} then {}", at + 1));
        format!("case {column} when {} then 0{} end", self.keep, each.collect::<String>())
    }

    async fn run(self, tx: &mut Tx<'_>, scope: &Scope, text: String) -> StoreResult<u64> {
        let (_, values) = self.query.into_parts();
        Query::bind(values, tx.of(scope, text)).execute().await
    }
}

fn table(name: &str) -> StoreResult<&'static Table> {
    Table::find(name).ok_or_else(|| Error::new(Kind::Storage, "database", format!("{name} is not journaled")))
}

/// Moves the rows of one table. First go those that find their place taken.
pub async fn children(tx: &mut Tx<'_>, scope: &Scope, merge: &Merge<'_>, child: &ChildTable) -> StoreResult<MovedRows> {
    let (name, table) = (child.table, table(child.table)?);
    let mut done = MovedRows::default();
    if let Some(same) = child.collides {
        let mut places = Places::keeping(merge);
        let deleted = places.query.integer(DELETED);
        let rest = format!(
            "where a.organization_id = $1 and a.account_id in ({duplicates}) \
               and exists (select 1 from {name} b where b.organization_id = $1 and b.account_id in ({keep}, {duplicates}) \
                           and {same} and {} < {})",
            places.order("b.account_id"),
            places.order("a.account_id"),
            keep = places.keep,
            duplicates = places.duplicates,
        );
        let text = table.keep(&deleted, &rest);
        places.run(tx, scope, text).await?;
        let sql = format!(
            "delete from {name} where organization_id = $1 and id in \
               (select b.id from {name}_before b where b.organization_id = $1 and b.operation_id = $2 and b.changed = $3)"
        );
        done.left_out = tx.of(scope, sql).bind(merge.operation).bind(DELETED).execute().await?;
    }
    done.moved = move_rows(tx, scope, merge, table, "account_id", child.dated, None).await?;
    Ok(done)
}

/// Points the rows of a table at the kept account whose `column` names a duplicate, but for these accounts.
async fn move_rows(
    tx: &mut Tx<'_>,
    scope: &Scope,
    merge: &Merge<'_>,
    table: &'static Table,
    column: &str,
    dated: bool,
    but: Option<&[Uuid]>,
) -> StoreResult<u64> {
    let within = |places: &mut Places, alias: &str| {
        let mut text = format!("where {alias}organization_id = $1 and {alias}{column} in ({})", places.duplicates);
        if let Some(but) = but {
            let but: Vec<String> = but.iter().map(|id| places.query.value(Storage::Id, Value::Id(*id))).collect();
            text.push_str(&format!(" and {alias}id not in ({}, {})", but.join(", "), places.duplicates));
        }
        text
    };
    let mut places = Places::of(merge);
    let mask = places.query.integer(table.mask(&[column]));
    let rest = within(&mut places, "a.");
    places.run(tx, scope, table.keep(&mask, &rest)).await?;
    let mut query = Query::new(String::new());
    let keep = query.value(Storage::Id, Value::Id(merge.keep));
    let each: Vec<String> = merge.duplicates.iter().map(|id| query.value(Storage::Id, Value::Id(*id))).collect();
    let mut places = Places { query, operation: String::new(), keep: keep.clone(), duplicates: each.join(", "), each };
    let at = if dated {
        format!(", updated_at = {}", places.query.value(Storage::Instant, Value::Instant(merge.now)))
    } else {
        String::new()
    };
    let rest = within(&mut places, "");
    let text = format!("update {} set {column} = {keep}, version = version + 1{at} {rest}", table.name);
    places.run(tx, scope, text).await
}

/// An account below another.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ChildAccount {
    pub id: Uuid,
    pub name: String,
    pub external_id: Option<String>,
}

/// The accounts directly below the duplicates, but for these and the duplicates themselves.
pub async fn below(tx: &mut Tx<'_>, scope: &Scope, merge: &Merge<'_>, but: &[Uuid]) -> StoreResult<Vec<ChildAccount>> {
    let mut query = Query::new("select a.id, a.name, a.external_id from accounts a where a.organization_id = $1");
    let ids = |ids: &[Uuid]| ids.iter().map(|id| (Storage::Id, Value::Id(*id))).collect::<Vec<_>>();
    query.and_in("a.parent_id", ids(merge.duplicates));
    query.and_in("a.id not", ids(but));
    query.and_in("a.id not", ids(merge.duplicates));
    query.push(" order by a.id");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Puts the accounts below the duplicates below the kept one, but for these.
pub async fn adopt(tx: &mut Tx<'_>, scope: &Scope, merge: &Merge<'_>, but: &[Uuid]) -> StoreResult<u64> {
    move_rows(tx, scope, merge, table("accounts")?, "parent_id", true, Some(but)).await
}

/// Lays the duplicates to rest: archived, without an external id, and named after the kept account.
pub async fn rest(tx: &mut Tx<'_>, scope: &Scope, merge: &Merge<'_>) -> StoreResult<u64> {
    let table = table("accounts")?;
    let places = Places::of(merge);
    let changed = format!(
        "{} + case when a.archived_at is null then {} else 0 end + case when a.external_id is null then 0 else {} end",
        table.mask(&["merged_into"]),
        table.mask(&["archived_at"]),
        table.mask(&["external_id"]),
    );
    let rest = format!("where a.organization_id = $1 and a.id in ({})", places.duplicates);
    debug_assert_eq!(places.operation, "$2");
    places.run(tx, scope, table.keep(&changed, &rest)).await?;
    let mut query = Query::new("update accounts set merged_into = ");
    let keep = query.value(Storage::Id, Value::Id(merge.keep));
    let now = query.value(Storage::Instant, Value::Instant(merge.now));
    query.push(&format!(
        "{keep}, archived_at = coalesce(archived_at, {now}), external_id = null, external_key = null, \
         version = version + 1, updated_at = {now} where organization_id = $1"
    ));
    query.and_in("id", merge.duplicates.iter().map(|id| (Storage::Id, Value::Id(*id))));
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).execute().await
}

/// Makes an external id another name of the kept account, under an id of its own.
pub async fn alias(tx: &mut Tx<'_>, scope: &Scope, merge: &Merge<'_>, id: Uuid, external_id: &str) -> StoreResult<()> {
    let sql = "insert into account_aliases (organization_id, id, external_id, external_key, account_id, \
               created_by_operation, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $7)";
    tx.of(scope, sql)
        .bind(id)
        .bind(external_id.to_owned())
        .bind(crate::model::external_key(external_id))
        .bind(merge.keep)
        .bind(merge.operation)
        .bind(merge.now)
        .execute()
        .await?;
    Ok(())
}

/// The account that an external id means since another one was merged into it.
pub async fn aliased(tx: &mut Tx<'_>, scope: &Scope, key: &str) -> StoreResult<Option<Uuid>> {
    let sql = "select account_id from account_aliases where organization_id = $1 and external_key = $2";
    let row: Option<(Uuid,)> = tx.of(scope, sql).bind(key.to_owned()).fetch_optional().await?;
    Ok(row.map(|(id,)| id))
}

/// The merge that an account went away by.
pub async fn operation_of(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<Option<Uuid>> {
    let sql = "select o.id from operations o join accounts_before b on b.organization_id = $1 and b.operation_id = o.id \
               where o.organization_id = $1 and b.id = $2 and o.kind = 'accounts.merge' order by o.id desc limit 1";
    let row: Option<(Uuid,)> = tx.of(scope, sql).bind(account).fetch_optional().await?;
    Ok(row.map(|(id,)| id))
}

/// A line of an account's dated ARR, as stored: amounts are text of cents.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ArrLine {
    pub effective_on: NaiveDate,
    pub kind: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// In their order.
pub async fn arr_lines(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<Vec<ArrLine>> {
    let sql = "select effective_on, kind, old_value, new_value from account_changes \
               where organization_id = $1 and account_id = $2 and field = 'arr' order by effective_on, created_at, id";
    tx.of(scope, sql).bind(account).fetch_all().await
}

/// Writes a line of the kept account's ARR, under an id of its own.
pub async fn add_arr_line(
    tx: &mut Tx<'_>,
    scope: &Scope,
    merge: &Merge<'_>,
    id: Uuid,
    line: &ArrLine,
) -> StoreResult<()> {
    let sql = "insert into account_changes (organization_id, id, account_id, field, effective_on, created_by_operation, \
               kind, old_value, new_value, created_at, updated_at) values ($1, $2, $3, 'arr', $4, $5, $6, $7, $8, $9, $9)";
    tx.of(scope, sql)
        .bind(id)
        .bind(merge.keep)
        .bind(line.effective_on)
        .bind(merge.operation)
        .bind(line.kind.clone())
        .bind(line.old_value.clone())
        .bind(line.new_value.clone())
        .bind(merge.now)
        .execute()
        .await?;
    Ok(())
}
