//! The working tables of a cluster: which there are, and whose rows they hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::WORK;
use super::rewrite::{Own, Rewritten, rewrite};
use crate::model::goal::GOAL;
use crate::model::metric::METRIC;
use crate::model::noun::{Noun, Storage};
use crate::model::nouns::NOUNS;
use crate::store::staging::{COMPLETED, EVENT_KEY, EVENT_TIME};
use crate::store::{Conn, Engine, Scope, StoreResult, Tx, handover, scores};

/// A working table with all columns that any statement gives it.
pub(super) struct WorkingTable {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(&'static str, Storage)>,
    /// What is unique among the rows of a holder.
    pub(super) unique: &'static [&'static str],
    pub(super) indexes: &'static [&'static str],
}

/// Columns of `staged` beside those of its noun.
const OF_ROWS: [(&str, Storage); 12] = [
    ("n", Storage::Integer),
    ("id", Storage::Id),
    ("match_id", Storage::Id),
    ("key", Storage::Text),
    ("present", Storage::Integer),
    ("account_ref", Storage::Text),
    ("account_uuid", Storage::Id),
    ("account_said", Storage::Text),
    ("custom_clear", Storage::Text),
    ("natural_key", Storage::Text),
    (EVENT_KEY, Storage::Text),
    (EVENT_TIME, Storage::Instant),
];

/// The nouns whose records are written in bulk.
fn staged() -> impl Iterator<Item = &'static Noun> {
    NOUNS.iter().copied().filter(|noun| noun.imports())
}

/// Their columns, in the order of their names.
fn of_nouns() -> BTreeMap<&'static str, Storage> {
    let mut columns = BTreeMap::new();
    for noun in staged() {
        // Whose a row is, every working table says.
        for field in noun.fields.iter().filter(|field| field.sql.is_none() && field.column != "organization_id") {
            columns.entry(field.column).or_insert(field.meaning.storage());
        }
        for derived in noun.derived {
            columns.entry(derived.column).or_insert(Storage::Text);
        }
    }
    columns
}

pub(super) fn tables() -> Vec<WorkingTable> {
    use Storage::{Date, Id, Instant, Integer, Text};
    let table = |name, columns: &[(&'static str, Storage)], unique, indexes| WorkingTable {
        name,
        columns: columns.to_vec(),
        unique,
        indexes,
    };
    let mut staged = OF_ROWS.to_vec();
    let known: Vec<&str> = staged.iter().map(|(name, _)| *name).collect();
    staged.extend(of_nouns().into_iter().filter(|(name, _)| !known.contains(name)));
    let mut events = vec![("n", Integer), ("id", Id), ("account_id", Id), ("metric_date", Date)];
    events.extend([(EVENT_KEY, Text), (EVENT_TIME, Instant)]);
    let numbers = METRIC.fields.iter().filter(|field| field.sql.is_none() && field.meaning.storage() == Integer);
    events.extend(numbers.map(|field| (field.column, Integer)));
    let mut completed = vec![("n", Integer), ("changed", Integer)];
    completed.extend(COMPLETED.iter().filter_map(|name| Some((*name, GOAL.field(name)?.1.meaning.storage()))));
    vec![
        table("staged", &staged, &[], &["n", "key", "id", "match_id", "account_ref", "account_id", EVENT_KEY]),
        table(
            "verdicts",
            &[("n", Integer), ("id", Id), ("verdict", Integer), ("changed", Integer), ("says_status", Integer)],
            &["n"],
            &["id"],
        ),
        table(
            "rejects",
            &[
                ("n", Integer),
                ("line", Integer),
                ("header", Text),
                ("code", Text),
                ("rule", Text),
                ("detail", Text),
                ("value", Text),
                ("record", Text),
                ("hold", Integer),
            ],
            &[],
            &["n"],
        ),
        table("named", &[("ref", Text), ("id", Id), ("said", Text)], &[], &["ref"]),
        table(
            "links",
            &[("child", Id), ("parent", Id), ("n", Integer), ("id", Id), ("series", Text), ("value", Text)],
            &[],
            &["child", "id"],
        ),
        table(
            "near",
            &[("n", Integer), ("own", Id), ("hold", Integer), ("key", Text), ("folded", Text)],
            &[],
            &["folded"],
        ),
        table("completed", &completed, &["n"], &[]),
        table("rewritten", &[("n", Integer), ("value", Text)], &["n"], &[]),
        table("line_ids", &[("n", Integer), ("id", Id)], &["n"], &[]),
        table(
            "wanted",
            &[("n", Integer), ("said", Text), ("uuid", Id), ("key", Text), ("record", Id)],
            &[],
            &["n", "record"],
        ),
        table(
            "points",
            &[
                ("n", Integer),
                ("record", Id),
                ("series", Text),
                ("account_id", Id),
                ("effective_on", Date),
                ("value", Text),
                ("was", Text),
                ("made", Instant),
                ("fresh", Integer),
            ],
            &["record, series"],
            &["n", "account_id"],
        ),
        table("events", &events, &["n"], &["account_id, metric_date", EVENT_KEY]),
        table(
            "days",
            &[("n", Integer), ("account_id", Id), ("metric_date", Date)],
            &["n", "account_id, metric_date"],
            &[],
        ),
        table("kept", &[("n", Integer), ("bit", Integer), ("id", Id), ("changed", Integer)], &["n, bit"], &["id, bit"]),
        table(
            "counted",
            &[("n", Integer), ("bit", Integer), ("total", Integer), ("times", Integer), ("claims", Integer)],
            &[],
            &["n"],
        ),
        table(
            "undoing",
            &[
                ("tbl", Integer),
                ("id", Id),
                ("part", Text),
                ("act", Integer),
                ("changed", Integer),
                ("conflict", Integer),
                ("blocked", Integer),
                ("forced", Integer),
                ("version", Integer),
                ("moved", Integer),
                ("reason", Integer),
                ("erased", Integer),
            ],
            &["tbl, id, part"],
            &[],
        ),
        table("rescored", &[("account_id", Id), ("settled", Integer)], &["account_id"], &[]),
        table("moves", &handover::MOVES, &["account_id"], &[]),
        table("score_sums", &scores::gather::working_columns(), &["account_id"], &[]),
        table("score_days", &[("day", Date), ("age", Integer)], &["day"], &[]),
        table("scored", &scores::apply::columns(), &["account_id"], &[]),
        table("alert_moves", &scores::apply::MOVES, &[], &["account_id"]),
    ]
}

/// Columns that not every statement gives a value: table, column, the rest of its definition.
const DEFAULTS: [(&str, &str, &str); 2] =
    [("rejects", "hold", " not null default 0"), ("undoing", "erased", " not null default 0")];

impl WorkingTable {
    /// The statement that makes it, without a log, as nothing in it outlives its operation; and those that follow once it is
    /// distributed.
    pub(super) fn create(&self) -> (String, Vec<String>) {
        let name = self.name;
        let columns: String = self
            .columns
            .iter()
            .map(|(column, storage)| {
                let default = DEFAULTS.iter().find(|(table, of, _)| *table == name && of == column);
                let default = default.map_or("", |(.., text)| text);
                format!(", {column} {}{default}", Engine::Postgres.column_type(*storage))
            })
            .collect();
        let make = format!(
            "create unlogged table {WORK}.{name} (organization_id uuid not null, holder bigint not null{columns})"
        );
        let mut made = Vec::new();
        let index = |unique: &str, columns: &str| {
            format!("create {unique}index on {WORK}.{name} (organization_id, {columns}, holder)")
        };
        made.extend(self.unique.iter().map(|columns| index("unique ", columns)));
        made.extend(self.indexes.iter().map(|columns| index("", columns)));
        // What the planner would know of them is of rows that are gone.
        made.push(format!("alter table {WORK}.{name} set (autovacuum_analyze_threshold = 2000000000)"));
        (make, made)
    }
}

/// The rows of working tables that a connection holds: its own, since the lock of its number is.
#[derive(Debug)]
pub(in crate::store) struct Working {
    organization: Uuid,
    /// Each table that it makes gets the next number.
    next: i64,
    made: Vec<Own>,
}

/// The numbers of one connection, and those it gives to its tables.
const TABLES_OF_ONE: i64 = 1 << 16;

impl Working {
    /// The statement, as it is on a cluster.
    pub(in crate::store) fn rewrite(&mut self, sql: Cow<'static, str>) -> Cow<'static, str> {
        match rewrite(&sql, self.organization, &self.made, self.next) {
            Rewritten::Same => sql,
            Rewritten::As(text) => text.into(),
            Rewritten::Creates(table, text) => {
                self.made.push(Own { table, holder: self.next });
                self.next += 1;
                text.into()
            }
            Rewritten::Drops(table, text) => {
                self.made.retain(|own| own.table != table);
                text.into()
            }
        }
    }

    /// What each line of a `COPY` into the table begins with.
    fn prefix(&self, table: &str) -> Option<String> {
        let own = self.made.iter().rev().find(|own| own.table == table)?;
        Some(format!("{}\t{}\t", self.organization, own.holder))
    }
}

impl Tx<'_> {
    /// The text of a `COPY` into a table, and what each of its lines begins with.
    pub(in crate::store) fn copy_into(&mut self, table: &str, columns: &str) -> (String, String) {
        let sql = format!("copy {table} ({columns}) from stdin");
        match self.working() {
            Some(working) => {
                let prefix = working.prefix(table).unwrap_or_default();
                (working.rewrite(sql.into()).into_owned(), prefix)
            }
            None => (sql, String::new()),
        }
    }
}

/// The lines of a `COPY`, each with this before it.
pub(in crate::store) fn prefixed(prefix: &str, lines: Vec<u8>) -> Vec<u8> {
    if prefix.is_empty() {
        return lines;
    }
    let mut out = Vec::with_capacity(lines.len() + lines.len() / 4);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(line);
    }
    out
}

impl Conn {
    /// Lets the connection make working tables of an organization, once what dead ones have left there is removed.
    pub(in crate::store) async fn begin_working(&mut self, scope: &Scope) -> StoreResult<()> {
        // The lock shows that the connection is there for as long as it is.
        let sql = format!(
            "select m.base, cast(pg_advisory_lock(m.base) as text) \
             from (select cast(cast('x' || substr(md5(cast(gen_random_uuid() as text)), 1, 12) as bit(46)) as bigint) \
                          * {TABLES_OF_ONE} as base offset 0) m"
        );
        let (base, _): (i64, String) = self.sql(sql).fetch_one().await?;
        self.sweep(scope).await?;
        // Memory for a transaction is for its work on other machines; a view of the connection is none of theirs.
        self.sql("select set_config('citus.propagate_set_commands', 'local', false), set_config('client_min_messages', 'error', false)")
            .execute()
            .await?;
        self.work(Working { organization: scope.organization, next: base + 1, made: Vec::new() });
        Ok(())
    }

    async fn sweep(&mut self, scope: &Scope) -> StoreResult<()> {
        let each = tables().into_iter().map(|WorkingTable { name, .. }| {
            format!("select '{name}', holder from {WORK}.{name} where organization_id = $1")
        });
        // What is there before the locks are looked at is of a connection that had its lock.
        let sql = each.collect::<Vec<_>>().join(" union ");
        let left: Vec<(String, i64)> = self.of(scope, sql).fetch_all().await?;
        if left.is_empty() {
            return Ok(());
        }
        let sql = "select (cast(classid as bigint) << 32) | cast(objid as bigint) from pg_locks \
                   where locktype = 'advisory' and granted and objsubid = 1 \
                     and database = (select oid from pg_database where datname = current_database())";
        let alive: Vec<(i64,)> = self.sql(sql).fetch_all().await?;
        for (table, holder) in left {
            if !alive.contains(&(holder - holder % TABLES_OF_ONE,)) {
                let sql = format!("delete from {WORK}.{table} where organization_id = $1 and holder = $2");
                self.of(scope, sql).bind(holder).execute().await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One table has the rows of all nouns.
    #[test]
    fn a_column_means_the_same_in_every_noun() {
        let columns: BTreeMap<_, _> = OF_ROWS.into_iter().collect();
        for noun in staged() {
            for field in noun.fields.iter().filter(|field| field.sql.is_none() && field.column != "organization_id") {
                let storage = field.meaning.storage();
                assert_eq!(of_nouns()[field.column], storage, "{}.{}", noun.many, field.column);
                assert_eq!(columns.get(field.column).unwrap_or(&storage), &storage, "{}", field.column);
            }
        }
    }
}
