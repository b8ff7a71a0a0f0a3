//! Records without ids: what is of one kind, at one moment and called the same is the same, within an account.

use super::classify::{OPEN, settle};
use super::{Staging, verdict};
use crate::model::name_key;
use crate::model::noun::{Key, NaturalKey, Storage, Value};
use crate::store::{Engine, Scope, StoreResult, Tx, bulk};

/// Pairs that are looked at together.
const BATCH: i64 = 2_000;

impl Staging {
    /// What tells records apart that have no id, where the file has it and rows may go by it.
    pub(crate) fn natural(&self) -> Option<&'static NaturalKey> {
        let natural = self.noun.natural.as_ref()?;
        let goes = matches!(self.key, Key::Account | Key::ExternalId | Key::Id);
        (goes && self.has("account") && self.has(natural.title)).then_some(natural)
    }

    /// What a row has of the moment, or a record: the first of its fields that has a value.
    fn moment(&self, natural: &NaturalKey, of: &str) -> String {
        let columns: Vec<String> = natural
            .moment
            .iter()
            .filter(|name| of == "a" || self.has(name))
            .filter_map(|name| self.noun.field(name))
            .map(|(_, field)| format!("{of}.{}", field.column))
            .collect();
        match columns.as_slice() {
            [] => "null".to_owned(),
            [one] => one.clone(),
            more => format!("coalesce({})", more.join(", ")),
        }
    }

    /// Skips rows that say what another one says, and rejects those that are the same and say something else. Rows skipped.
    pub(super) async fn reject_natural_doubles(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let Some(natural) = self.natural() else { return Ok(0) };
        let kept =
            format!(" and not exists (select 1 from verdicts v where v.n = s.n and v.verdict = {})", verdict::SKIPPED);
        let twins = |aggregate: &str| {
            format!(
                "join (select s.account_id as account, s.natural_key as natural_key, {aggregate}
                       from staged s where s.account_id is not null and s.natural_key is not null{kept}
                       group by s.account_id, s.natural_key having count(*) > 1) d
                   on d.account = s.account_id and d.natural_key = s.natural_key"
            )
        };
        let skipped = self.skip_twins(tx, twins, || self.same_as("f", natural)).await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'duplicate_key',
                    'rows ' || d.first || ' and ' || d.last || ' are one {} by account, {}, time and {}, and differ', s.{}
             from staged s
             {}
             where true{kept}",
            self.noun.one,
            natural.kind,
            natural.title,
            self.noun.field(natural.title).map_or("n", |(_, field)| field.column),
            twins("min(s.n) as first, max(s.n) as last"),
        );
        if tx.sql(sql).bind(self.header(natural.title)).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(skipped)
    }

    /// That the row says in every cell what another one says, but for how its account and title are written.
    fn same_as(&self, other: &str, natural: &NaturalKey) -> String {
        let columns = self.columns().into_iter().map(|(column, _)| column);
        columns
            .filter(|column| !column.starts_with("account_") && *column != natural.title && *column != "natural_key")
            .map(|column| format!(" and s.{column} is not distinct from {other}.{column}"))
            .collect()
    }

    /// Finds the records of rows without ids. Titles are folded by Rust: what may be the same goes through it, in batches.
    pub(super) async fn match_natural(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some(natural) = self.natural() else { return Ok(()) };
        let column = |name: &str| self.noun.field(name).map_or("id", |(_, field)| field.column);
        let (kind, title) = (column(natural.kind), column(natural.title));
        let unsaid = self.noun.field(natural.kind).and_then(|(_, field)| field.default).unwrap_or("null");
        let said = if self.has(natural.kind) { format!("coalesce(s.{kind}, {unsaid})") } else { unsaid.to_owned() };
        let sql = format!(
            "select s.n, a.id, s.{title}, a.{title}
             from staged s
             join {} a on a.organization_id = $1 and a.account_id = s.account_id and a.{kind} = {said}
               and {} is not distinct from {}
             where s.natural_key is not null and s.n > $2 and s.n <= $3 and {OPEN}
             order by s.n, a.id",
            self.noun.table,
            self.moment(natural, "a"),
            self.moment(natural, "s"),
        );
        let (last,): (i64,) =
            tx.sql("select coalesce(max(n), 0) from staged where natural_key is not null").fetch_one().await?;
        if last > BATCH && tx.engine() == Engine::Postgres {
            tx.sql("create index if not exists staged_n on staged (n)").execute().await?;
        }
        let mut after = 0;
        let mut ambiguous = Vec::new();
        while after < last {
            let to = after + BATCH;
            let pairs: Vec<(i64, uuid::Uuid, String, String)> =
                tx.of(scope, sql.clone()).bind(after).bind(to).fetch_all().await?;
            after = to;
            let mut found: Vec<(i64, uuid::Uuid)> = Vec::new();
            for (n, id, said, has) in pairs {
                if name_key(&said) != name_key(&has) || ambiguous.contains(&n) {
                    continue;
                }
                if found.last().is_some_and(|(known, _)| *known == n) {
                    found.pop();
                    ambiguous.push(n);
                } else {
                    found.push((n, id));
                }
            }
            let columns = [
                ("n", Storage::Integer),
                ("id", Storage::Id),
                ("verdict", Storage::Integer),
                ("changed", Storage::Integer),
            ];
            let matched = Value::Integer(verdict::MATCHED);
            let rows = found
                .into_iter()
                .map(|(n, id)| vec![Value::Integer(n), Value::Id(id), matched.clone(), Value::Integer(0)]);
            bulk::load(tx, "verdicts", &columns, rows.collect()).await?;
        }
        self.reject_ambiguous_natural(tx, natural, ambiguous).await
    }

    async fn reject_ambiguous_natural(&self, tx: &mut Tx<'_>, natural: &NaturalKey, rows: Vec<i64>) -> StoreResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let rule = format!(
            "several {} of the account are of this {}, time and {}; use ids or external ids",
            self.noun.plural, natural.kind, natural.title
        );
        let columns =
            [("n", Storage::Integer), ("header", Storage::Text), ("code", Storage::Text), ("rule", Storage::Text)];
        let text = |text: &str| Value::Text(text.to_owned());
        let header = self.header(natural.title);
        let rejected =
            rows.into_iter().map(|n| vec![Value::Integer(n), text(&header), text("ambiguous_key"), text(&rule)]);
        bulk::load(tx, "rejects", &columns, rejected.collect()).await?;
        settle(tx).await
    }
}
