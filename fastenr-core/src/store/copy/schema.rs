//! The tables that a copy takes, as the database itself lists them: a new table or column is copied without being named here.

use std::collections::BTreeMap;

use crate::error::{Error, Kind};
use crate::store::{Engine, StoreResult, Tx};

/// How a value of a column is written in the canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Id,
    Text,
    Integer,
    Boolean,
    Date,
    Moment,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub form: Form,
}

/// A table, its columns in the order of the canonical form: the organization first, then by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// What its rows are sorted by, as SQL.
    pub order: String,
}

/// Of a SQLite column that is declared as `text`, `integer` or `blob`, its name tells the rest; it means the same in every table.
const DATES: &[&str] = &[
    "checked_on",
    "churned_on",
    "completion_date",
    "contract_end",
    "contract_start",
    "due",
    "effective_on",
    "fired_on",
    "from_date",
    "left_on",
    "metric_date",
    "opened_on",
    "past_due_since",
    "snapshot_date",
    "snoozed_until",
    "started_on",
    "status_until",
    "target_date",
    "until_date",
];
const MOMENTS: &[&str] = &[
    "acknowledged_at",
    "archived_at",
    "at",
    "changed_at",
    "completed_at",
    "created_at",
    "deactivated_at",
    "done_at",
    "expires_at",
    "finished_at",
    "last_used_at",
    "lease_until",
    "opened_at",
    "pruned_at",
    "read_at",
    "resolved_at",
    "responded_at",
    "revoked_at",
    "scheduled_at",
    "scored_at",
    "sent_at",
    "started_at",
    "updated_at",
];
const BOOLEANS: &[&str] = &["active", "auto_renew", "held", "live"];
const BYTES: &[&str] = &["arr_ranks", "content"];

/// Numbers that only mean something in the database that gave them; the copy counts anew, in the same order.
const POSITIONS: &[&str] = &["seq", "xid"];

/// The only table of an organization's rows that has them.
pub(super) const FEED_TABLE: &str = "activities";
const ORGANIZATIONS: &str = "organizations";

const SQLITE_COLUMNS: &str = "select t.name, c.name, lower(c.type), cast(c.pk as integer) \
    from sqlite_master t, pragma_table_info(t.name) c \
    where t.type = 'table' and t.name not like '\\_%' escape '\\' and t.name not like 'sqlite\\_%' escape '\\' order by 1, 2";

const POSTGRES_COLUMNS: &str = "select cast(c.relname as text), cast(a.attname as text), format_type(a.atttypid, null), \
      cast(coalesce(array_position(k.conkey, a.attnum), 0) as bigint) \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
      left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p' \
    where c.relkind in ('r', 'p') and n.nspname = any(current_schemas(false)) and pg_table_is_visible(c.oid) \
      and left(c.relname, 1) <> '_' order by 1, 2";

const SQLITE_REFERENCES: &str = "select distinct t.name, f.\"table\" from sqlite_master t, pragma_foreign_key_list(t.name) f \
    where t.type = 'table' and t.name <> f.\"table\" order by 1, 2";

const POSTGRES_REFERENCES: &str = "select distinct cast(c.relname as text), cast(o.relname as text) \
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class o on o.oid = k.confrelid \
    where k.contype = 'f' and k.conrelid <> k.confrelid and pg_table_is_visible(c.oid) order by 1, 2";

/// The tables of organizations, each after those that it refers to.
///
/// # Errors
/// `database` where a column has a type that no migration of ours uses.
pub async fn tables(tx: &mut Tx<'_>) -> StoreResult<Vec<Table>> {
    let (columns, references) = match tx.engine() {
        Engine::Sqlite => (SQLITE_COLUMNS, SQLITE_REFERENCES),
        Engine::Postgres => (POSTGRES_COLUMNS, POSTGRES_REFERENCES),
    };
    let rows: Vec<(String, String, String, i64)> = tx.sql(columns).fetch_all().await?;
    let mut found: BTreeMap<String, Vec<(String, String, i64)>> = BTreeMap::new();
    for (table, column, declared, key) in rows {
        found.entry(table).or_default().push((column, declared, key));
    }
    found.retain(|table, columns| table == ORGANIZATIONS || columns.iter().any(|(name, ..)| name == "organization_id"));
    let mut waiting = BTreeMap::new();
    for (name, columns) in found {
        waiting.insert(name.clone(), table(tx.engine(), name, columns)?);
    }
    let references: Vec<(String, String)> = tx.sql(references).fetch_all().await?;
    let mut sorted: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let waits = |name: &str| references.iter().any(|(from, to)| from == name && waiting.contains_key(to));
        // What refers to itself in a circle would wait for ever; one of them goes first.
        let next = waiting.keys().find(|name| !waits(name)).or(waiting.keys().next()).cloned();
        sorted.extend(next.and_then(|name| waiting.remove(&name)));
    }
    Ok(sorted)
}

fn table(engine: Engine, name: String, columns: Vec<(String, String, i64)>) -> StoreResult<Table> {
    let mut key: Vec<(i64, &str)> =
        columns.iter().filter(|(.., place)| *place > 0).map(|(column, _, place)| (*place, column.as_str())).collect();
    key.sort_unstable();
    let order = match &*name {
        FEED_TABLE => "organization_id, xid, seq".to_owned(),
        _ => key.iter().map(|(_, column)| *column).collect::<Vec<_>>().join(", "),
    };
    let first = organization_column(&name);
    let mut all = Vec::new();
    for (column, declared, _) in &columns {
        if name == FEED_TABLE && POSITIONS.contains(&column.as_str()) {
            continue;
        }
        let form = form(engine, column, declared).ok_or_else(|| {
            let message = format!("{name}.{column} has the type {declared}, which this program does not use");
            Error::new(Kind::Storage, "database", message)
        })?;
        all.push(Column { name: column.clone(), form });
    }
    all.sort_by(|a, b| (a.name != first, &a.name).cmp(&(b.name != first, &b.name)));
    Ok(Table { name, columns: all, order })
}

/// The column that says whose a row is.
fn organization_column(table: &str) -> &'static str {
    if table == ORGANIZATIONS { "id" } else { "organization_id" }
}

fn form(engine: Engine, column: &str, declared: &str) -> Option<Form> {
    Some(match (engine, declared) {
        (Engine::Postgres, "uuid") => Form::Id,
        (Engine::Postgres, "bytea") => Form::Bytes,
        (Engine::Postgres, "boolean") => Form::Boolean,
        (Engine::Postgres, "bigint" | "smallint" | "integer") => Form::Integer,
        (Engine::Postgres, "date") => Form::Date,
        (Engine::Postgres, "timestamp with time zone") => Form::Moment,
        (Engine::Sqlite, "blob") if BYTES.contains(&column) => Form::Bytes,
        (Engine::Sqlite, "blob") => Form::Id,
        (Engine::Sqlite, "integer") if BOOLEANS.contains(&column) => Form::Boolean,
        (Engine::Sqlite, "integer") => Form::Integer,
        (Engine::Sqlite, "text") if DATES.contains(&column) => Form::Date,
        (Engine::Sqlite, "text") if MOMENTS.contains(&column) => Form::Moment,
        (_, "text") => Form::Text,
        _ => return None,
    })
}

impl Table {
    pub(super) fn names(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Which rows are of this organization, as SQL with the id written `literal`; all of them without one.
    pub(super) fn of(&self, literal: Option<&str>) -> String {
        literal.map(|id| format!(" where {} = {id}", organization_column(&self.name))).unwrap_or_default()
    }
}
