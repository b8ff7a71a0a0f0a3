//! Keys that stand in the file more than once.

use super::classify::{OPEN, settle};
use super::{Staging, verdict};
use crate::import::request::Duplicates;
use crate::model::noun::{Field, Key};
use crate::store::{Scope, StoreResult, Tx};

/// Rows that are passed over because another row of the file says the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SkippedRows {
    /// Their key stands in the row that counts.
    pub doubles: u64,
    /// Their account was merged into that of the other row.
    pub merged: u64,
}

impl Staging {
    /// Rejects rows that stand in each other's way within the file, or skips all but the one that counts. Needs no lock. Rows
    /// skipped.
    pub async fn reject_doubles(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        settle(tx).await?;
        let mut skipped = 0;
        let mut keys = Vec::new();
        if self.has_key() {
            keys.push(("key", self.key_header()));
        }
        if self.key == Key::Id {
            keys.push(("match_id", "id".to_owned()));
        }
        for (column, header) in keys {
            if self.row_rules.duplicates == Duplicates::Reject {
                self.reject_twins(tx, column, &header, "0").await?;
            } else {
                skipped += self.skip_equal(tx, column).await?;
            }
        }
        for (bit, field) in self.unique_fields() {
            self.reject_twins(tx, field.compared(), field.name, &self.hold(field)).await?;
            self.leave_out(tx, bit).await?;
        }
        Ok(skipped)
    }

    async fn reject_twins(&self, tx: &mut Tx<'_>, column: &str, header: &str, hold: &str) -> StoreResult<()> {
        let kept = self.kept();
        let (named, same) = self.also_alike();
        // Text of a UUID is of no use in a message on SQLite; the row numbers say it.
        let value = if column == "match_id" { "null" } else { &format!("s.{column}") };
        let sql = format!(
            "insert into rejects (n, line, header, code, rule, value, hold)
             select s.n, null, $1, 'duplicate_key',
                    case when d.times = 2 then 'the same key stands in rows ' || d.first || ' and ' || d.last
                         else 'the same key stands in ' || d.times || ' rows, from row ' || d.first || ' to ' || d.last end,
                    {value}, {hold}
             from staged s
             join (select s.{column} as value{named}, min(s.n) as first, max(s.n) as last, count(*) as times
                   from staged s where s.{column} is not null{kept}
                   group by s.{column}{named} having count(*) > 1) d on d.value = s.{column}{same}
             where true{kept}"
        );
        if tx.sql(sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }

    async fn skip_equal(&self, tx: &mut Tx<'_>, column: &str) -> StoreResult<u64> {
        let kept = self.kept();
        let (named, same) = self.also_alike();
        let twins = |aggregate: &str| {
            format!(
                "join (select s.{column} as value{named}, {aggregate}
                       from staged s where s.{column} is not null{kept}
                       group by s.{column}{named} having count(*) > 1) d on d.value = s.{column}{same}"
            )
        };
        self.skip_twins(tx, twins, String::new).await
    }

    /// Which of several rows counts, as an aggregate of their numbers.
    pub(super) fn counts(&self) -> &'static str {
        if self.row_rules.duplicates == Duplicates::Last { "max" } else { "min" }
    }

    /// Skips the twins of the row that counts; where rows that differ are to be rejected, only those that are `same` as it. How many.
    /// `twins` joins a row `s` to an aggregate over its twins, called `d`; `same` compares `s` with `f`, the row that counts.
    pub(super) async fn skip_twins(
        &self,
        tx: &mut Tx<'_>,
        twins: impl Fn(&str) -> String,
        same: impl FnOnce() -> String,
    ) -> StoreResult<u64> {
        let same = match self.row_rules.duplicates {
            Duplicates::Reject => same(),
            Duplicates::First | Duplicates::Last => String::new(),
        };
        let sql = format!(
            "insert into verdicts (n, verdict, changed)
             select s.n, {}, 0
             from staged s
             {}
             join staged f on f.n = d.counts
             where s.n <> d.counts and {OPEN}{same}",
            verdict::SKIPPED,
            twins(&format!("{}(s.n) as counts", self.counts())),
        );
        tx.sql(sql).execute().await
    }

    /// Rows that are passed over stand in nobody's way.
    pub(super) fn kept(&self) -> String {
        if self.skips || self.row_rules.duplicates != Duplicates::Reject {
            format!(" and not exists (select 1 from verdicts v where v.n = s.n and v.verdict = {})", verdict::SKIPPED)
        } else {
            String::new()
        }
    }

    /// Fields that must be unique in the organization and are not the key.
    pub(super) fn unique_fields(&self) -> impl Iterator<Item = (usize, &'static Field)> {
        let (key, column) = (self.key, self.key_column());
        // Beside ids, the external id is a second key and has to be looked at too.
        self.mapped().filter(move |(_, field)| {
            field.unique && (field.compared() != column || matches!(key, Key::Id | Key::Account))
        })
    }

    /// Two rows may come to the same record by different keys: an id and an external id, or an alias. Rows skipped.
    pub(super) async fn reject_shared_matches(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let matched = verdict::MATCHED;
        let (named, same) = self.also_alike();
        let found = if named.is_empty() { "verdicts v" } else { "verdicts v join staged s on s.n = v.n" };
        let shared = |columns: &str| {
            format!(
                "from {found}
                 join (select v.id{named}, {columns} from {found} where v.verdict = {matched}
                       group by v.id{named} having count(*) > 1) d on d.id = v.id{same}
                 where v.verdict = {matched}"
            )
        };
        if self.row_rules.duplicates != Duplicates::Reject {
            let sql = format!(
                "update verdicts set verdict = {} where n in (select v.n {} and v.n <> d.counts)",
                verdict::SKIPPED,
                shared(&format!("{}(v.n) as counts", self.counts())),
            );
            return tx.sql(sql).execute().await;
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select v.n, $1, 'duplicate_key', 'rows ' || d.first || ' and ' || d.last || ' mean the same {}', null {}",
            self.noun.one,
            shared("min(v.n) as first, max(v.n) as last"),
        );
        if tx.sql(sql).bind(self.key_header()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(0)
    }

    /// A row of an account that was merged away says nothing where the account that it was merged into has a row of its own.
    /// Rows skipped.
    pub(super) async fn skip_merged(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
        // Found by the external id that the merge left behind, which is not the account's own, or by the id of what is archived.
        let sql = format!(
            "update verdicts set verdict = {skipped}, id = m.kept
             from (select v.n as n, case when a.merged_into is null then a.id else a.merged_into end as kept
                   from verdicts v
                   join staged s on s.n = v.n
                   join accounts a on a.organization_id = $1 and a.id = v.id
                   where v.verdict = {matched}
                     and (a.merged_into is not null
                          or (s.match_id is null
                              and s.key in (select b.external_key from account_aliases b where b.organization_id = $1)))) m
             where m.n = verdicts.n
               and m.kept in (select v.id
                              from verdicts v
                              join staged s on s.n = v.n
                              join accounts a on a.organization_id = $1 and a.id = v.id
                              where v.verdict = {matched} and a.merged_into is null
                                and a.id in (select b.account_id from account_aliases b where b.organization_id = $1
                                             union select c.merged_into from accounts c
                                             where c.organization_id = $1 and c.merged_into is not null)
                                and (s.match_id is not null or s.key = a.external_key))",
            skipped = verdict::SKIPPED,
            matched = verdict::MATCHED,
        );
        let skipped = tx.of(scope, sql).execute().await?;
        if skipped > 0 {
            let sql = format!(
                "delete from rejects where code = 'merged_match' \
                 and n in (select v.n from verdicts v where v.verdict = {})",
                verdict::SKIPPED
            );
            tx.sql(sql).execute().await?;
        }
        Ok(skipped)
    }
}
