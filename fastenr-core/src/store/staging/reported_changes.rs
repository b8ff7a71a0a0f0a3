//! What a bulk write changes, field by field, for people and for plans: users and accounts by what they are called.

use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::{Staging, verdict};
use crate::model::noun::{Field, Meaning, Storage};
use crate::store::{Engine, Scope, StoreResult, Tx};

/// One field of one record that changes, or would; or a record that is deleted, whose bit is -1 and whose old value is its
/// version.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportedChange {
    pub id: Uuid,
    pub external_id: Option<String>,
    /// Its name or title; of a record without, its account's.
    pub name: Option<String>,
    pub bit: i64,
    /// As the journal writes them; of a user the e-mail address, of an account the external id or else the id.
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

impl Staging {
    /// Every field that changes, or the first `most` of them, in the order of the records' ids and of the noun's fields.
    pub fn told<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        scope: &Scope,
        most: Option<i64>,
    ) -> StoreResult<BoxStream<'t, StoreResult<ReportedChange>>> {
        let engine = tx.engine();
        let parts: Vec<String> = self
            .written()
            .map(|(bit, field)| {
                format!(
                    "select v.n as n, v.id as id, {}, cast({bit} as bigint) as bit, {} as old_value, {} as new_value
                     from verdicts v join staged s on s.n = v.n
                     join {} a on a.organization_id = $1 and a.id = v.id{}
                     where v.verdict = {} and (v.changed & {}) <> 0",
                    self.called(engine),
                    label(engine, field, "a"),
                    label(engine, field, "s"),
                    self.noun.table,
                    self.account_joined(),
                    verdict::UPDATE,
                    1_i64 << bit,
                )
            })
            .collect();
        self.stream(tx, scope, &parts.join(" union all "), most)
    }

    /// Every record that is marked to be deleted, or the first `most` of them, in the order of their ids.
    pub fn told_deleted<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        scope: &Scope,
        most: Option<i64>,
    ) -> StoreResult<BoxStream<'t, StoreResult<ReportedChange>>> {
        let part = format!(
            "select v.n as n, v.id as id, {}, cast(-1 as bigint) as bit, cast(a.version as text) as old_value,
                    cast(null as text) as new_value
             from verdicts v
             join {} a on a.organization_id = $1 and a.id = v.id{}
             where v.verdict = {}",
            self.called(tx.engine()),
            self.noun.table,
            self.account_joined(),
            verdict::UPDATE,
        );
        self.stream(tx, scope, &part, most)
    }

    fn stream<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        scope: &Scope,
        parts: &str,
        most: Option<i64>,
    ) -> StoreResult<BoxStream<'t, StoreResult<ReportedChange>>> {
        let limit = most.map_or_else(String::new, |most| format!(" limit {most}"));
        let sql = format!(
            "select t.id, t.external_id, t.name, t.bit, t.old_value, t.new_value from ({parts}) t \
             order by t.n, t.bit{limit}"
        );
        tx.of(scope, sql).fetch()
    }

    /// What the record is called, in columns `external_id` and `name`.
    fn called(&self, engine: Engine) -> String {
        let has = |name: &str| self.noun.field(name).is_some();
        let external_id = if has("external_id") { "a.external_id" } else { "cast(null as text)" };
        let name = match (has("name"), has("title"), self.noun.within.and_then(|within| self.noun.field(within))) {
            (true, ..) => "a.name".to_owned(),
            (_, true, _) => "a.title".to_owned(),
            (_, _, Some((_, field))) => {
                let within = engine.journal_text(&format!("a.{}", field.column), field.meaning.storage());
                format!("acc.name || ', ' || {within}")
            }
            _ => "acc.name".to_owned(),
        };
        format!("{external_id} as external_id, {name} as name")
    }

    fn account_joined(&self) -> String {
        match self.noun.account() {
            Some(_) => " join accounts acc on acc.organization_id = $1 and acc.id = a.account_id".to_owned(),
            None => String::new(),
        }
    }
}

/// A value as the journal writes it, or what is called so.
fn label(engine: Engine, field: &Field, of: &str) -> String {
    let column = format!("{of}.{}", field.column);
    match field.meaning {
        Meaning::User | Meaning::Author => {
            format!("(select u.email from users u where u.organization_id = $1 and u.id = {column})")
        }
        Meaning::Account => format!(
            "(select coalesce(p.external_id, {}) from accounts p where p.organization_id = $1 and p.id = {column})",
            engine.journal_text("p.id", Storage::Id)
        ),
        meaning => engine.journal_text(&column, meaning.storage()),
    }
}
