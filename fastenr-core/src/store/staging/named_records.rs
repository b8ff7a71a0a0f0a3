//! Records that a bulk write names one by one: ids and external ids, in a temporary table of their own.

use uuid::Uuid;

use super::Staging;
use crate::model::noun::{Storage, Value};
use crate::store::{Conn, Scope, StoreResult, Tx, bulk};

/// What was named, once it is known what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRecords {
    /// Different records.
    pub records: u64,
    /// Names that mean no record, and the first of them.
    pub unknown: u64,
    pub first: Vec<String>,
}

/// Unknown names that an error lists.
const LISTED: i64 = 5;

impl Staging {
    /// Makes the table on the connection of the staging.
    pub async fn create_named_records(&self, conn: &mut Conn) -> StoreResult<()> {
        let mut tx = conn.read().await?;
        let of = |storage| tx.engine().column_type(storage);
        let sql = format!(
            "create temporary table wanted (n {}, said {text}, uuid {id}, key {text}, record {id})",
            of(Storage::Integer),
            text = of(Storage::Text),
            id = of(Storage::Id),
        );
        tx.sql(sql).execute().await?;
        tx.commit().await
    }

    /// Adds names, each with its number.
    pub async fn add_names(&self, tx: &mut Tx<'_>, names: Vec<(i64, String)>) -> StoreResult<()> {
        let keyed = self.noun.field("external_id").is_some();
        let rows = names.into_iter().map(|(n, said)| {
            let id = Uuid::parse_str(&said).map_or(Value::Null, Value::Id);
            let key = if keyed { Value::Text(crate::model::external_key(&said)) } else { Value::Null };
            vec![Value::Integer(n), Value::Text(said), id, key]
        });
        let columns = [("n", Storage::Integer), ("said", Storage::Text), ("uuid", Storage::Id), ("key", Storage::Text)];
        bulk::load(tx, "wanted", &columns, rows.collect()).await
    }

    /// Finds the records: by external id, by id, and accounts by the external id of one that was merged into them.
    pub async fn find_named_records(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<NamedRecords> {
        let table = self.noun.table;
        let mut ways = Vec::new();
        if self.noun.field("external_id").is_some() {
            ways.push((table, "id", "a.external_key = wanted.key"));
        }
        ways.push((table, "id", "a.id = wanted.uuid"));
        if let Some(aliases) = &self.noun.aliases {
            ways.push((aliases.table, aliases.record, "a.external_key = wanted.key"));
        }
        for (from, id, matches) in ways {
            let fixed = if from == table { self.noun.fixed_condition("a") } else { String::new() };
            let sql = format!(
                "update wanted set record = a.{id} from {from} a
                 where a.organization_id = $1 and wanted.record is null and {matches}{fixed}"
            );
            tx.of(scope, sql).execute().await?;
        }
        let counts: (i64, i64) = tx
            .sql("select count(distinct record), count(distinct case when record is null then said end) from wanted")
            .fetch_one()
            .await?;
        let sql = "select said from wanted where record is null group by said order by min(n) limit $1";
        let first: Vec<(String,)> = tx.sql(sql).bind(LISTED).fetch_all().await?;
        Ok(NamedRecords {
            records: u64::try_from(counts.0).unwrap_or(0),
            unknown: u64::try_from(counts.1).unwrap_or(0),
            first: first.into_iter().map(|(said,)| said).collect(),
        })
    }
}
