//! What belongs to an account: one of a kind within it, and at rest where the account is archived.

use super::accounts::{ARCHIVED, at_rest};
use super::classify::{OPEN, any, settle};
use super::{Staging, verdict};
use crate::import::request::Duplicates;
use crate::model::noun::{Key, Storage};
use crate::store::{Scope, StoreResult, Tx};

impl Staging {
    /// Rejects rows that mean the same account and the same field within it, or skips all but the one that counts: known once the
    /// accounts are found. Rows skipped.
    pub async fn reject_doubles_within(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let Some(field) = self.within() else { return self.reject_natural_doubles(tx).await };
        if self.key == Key::Id && self.noun.past.is_some() {
            // A day may have had several values, one after the other: ids tell them apart.
            return Ok(0);
        }
        let column = field.column;
        let (named, same) = self.also_alike();
        let of = if named.is_empty() { "" } else { " and field" };
        let mut skipped = 0;
        if self.row_rules.duplicates != Duplicates::Reject {
            // What has another key is no twin of a row that is found by this one.
            let kept = format!("{} and s.key is null and s.match_id is null", self.kept());
            let sql = format!(
                "insert into verdicts (n, verdict, changed)
                 select s.n, {}, 0
                 from staged s
                 join (select s.account_id as account, s.{column} as value{named}, {}(s.n) as counts
                       from staged s where s.account_id is not null and s.{column} is not null{kept}
                       group by s.account_id, s.{column}{named} having count(*) > 1) d
                   on d.account = s.account_id and d.value = s.{column}{same}
                 where s.n <> d.counts{kept} and {OPEN}",
                verdict::SKIPPED,
                self.counts(),
            );
            skipped = tx.sql(sql).execute().await?;
        }
        // A bad twin is a twin: which of the two is meant, nobody knows.
        let kept =
            format!("not exists (select 1 from verdicts v where v.n = s.n and v.verdict = {})", verdict::SKIPPED);
        // A row with a key of its own can do without this one.
        let hold = match self.spares(field) {
            true => "case when s.key is null and s.match_id is null then 0 else 1 end",
            false => "0",
        };
        let sql = format!(
            "insert into rejects (n, header, code, rule, value, hold)
             select s.n, $1, 'duplicate_key',
                    case when d.times = 2 then 'the same {name} of the same account{of} stands in rows ' || d.first || ' and ' || d.last
                         else 'the same {name} of the same account{of} stands in ' || d.times || ' rows, from row ' || d.first || ' to ' || d.last end,
                    null, {hold}
             from staged s
             join (select s.account_id as account, s.{column} as value{named}, min(s.n) as first, max(s.n) as last, count(*) as times
                   from staged s where s.account_id is not null and s.{column} is not null and {kept}
                   group by s.account_id, s.{column}{named} having count(*) > 1) d
               on d.account = s.account_id and d.value = s.{column}{same}
             where {kept}",
            name = field.name
        );
        if tx.sql(sql).bind(self.header(field.name)).execute().await? > 0 {
            settle(tx).await?;
            self.leave_out(tx, field.place).await?;
        }
        Ok(skipped)
    }

    /// By the account and the field that is unique within it. A row with an external id means no record that has another.
    pub(super) async fn match_within(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some(field) = self.within() else { return Ok(()) };
        let (table, column) = (self.noun.table, field.column);
        let fixed = self.own("a");
        let other = if self.has_key() { " and (s.key is null or a.external_key is null)" } else { "" };
        if self.noun.past.is_some() {
            // Its table does not keep the key unique.
            let sql = format!(
                "insert into rejects (n, header, code, rule)
                 select s.n, $2, 'ambiguous_key', 'several {} of this account have this {}; use ids'
                 from staged s
                 join {table} a on a.organization_id = $1 and a.account_id = s.account_id and a.{column} = s.{column}{fixed}
                 where s.match_id is null and {OPEN} group by s.n having count(*) > 1",
                self.noun.plural, field.name
            );
            if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
                settle(tx).await?;
            }
        }
        let sql = format!(
            "insert into verdicts (n, id, verdict, changed)
             select s.n, a.id, {}, 0 from staged s
             join {table} a on a.organization_id = $1 and a.account_id = s.account_id and a.{column} = s.{column}{fixed}
             where s.match_id is null{other} and {OPEN}",
            verdict::MATCHED
        );
        tx.of(scope, sql).execute().await?;
        Ok(())
    }

    /// Rejects rows that would take what is unique within an account from another record. A row may say one of the two and leave the other as it is.
    pub(super) async fn reject_taken_within(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some((bit, field)) = self.noun.within.and_then(|within| self.noun.field(within)) else { return Ok(()) };
        let (has_account, has_field) = (self.has("account"), self.has(field.name));
        // The past of an account may have several values on one day.
        if self.key == Key::Account || self.noun.past.is_some() || !(has_account || has_field) {
            return Ok(());
        }
        let (table, column, name, matched) = (self.noun.table, field.column, field.name, verdict::MATCHED);
        let account = if has_account { "coalesce(s.account_id, b.account_id)" } else { "b.account_id" };
        let value = match has_field {
            true => format!("case when (s.present & {}) <> 0 then s.{column} else b.{column} end", 1_i64 << bit),
            false => format!("b.{column}"),
        };
        // A row without another key is found by this one.
        let hold = match self.spares(field) {
            true => "case when s.key is null and s.match_id is null then 0 else 1 end",
            false => "0",
        };
        // What each row that is to be written will hold.
        let own = format!(
            "with own as (
               select s.n as n, v.id as id, {account} as account, {value} as value, {hold} as hold
               from staged s
               left join verdicts v on v.n = s.n
               left join {table} b on b.organization_id = $1 and b.id = v.id
               where v.n is null or v.verdict = {matched})"
        );
        let said = match field.meaning.storage() {
            Storage::Id => "null".to_owned(),
            storage => tx.engine().journal_text("own.value", storage),
        };
        for sql in [
            format!(
                "insert into rejects (n, header, code, rule, value, hold) {own}
                 select own.n, $2, 'taken', 'another {one} of the account has this {name} already', {said}, own.hold
                 from own
                 join {table} a on a.organization_id = $1 and a.account_id = own.account and a.{column} = own.value
                 where own.id is null or own.id <> a.id",
                one = self.noun.one
            ),
            format!(
                "insert into rejects (n, header, code, rule, value, hold) {own}
                 select own.n, $2, 'duplicate_key',
                        'rows ' || d.first || ' and ' || d.last || ' would give one account the same {name} twice', {said},
                        own.hold
                 from own
                 join (select o.account as account, o.value as value, min(o.n) as first, max(o.n) as last from own o
                       where o.account is not null and o.value is not null
                       group by o.account, o.value having count(*) > 1) d
                   on d.account = own.account and d.value = own.value"
            ),
        ] {
            if tx.of(scope, sql).bind(self.header(name)).execute().await? > 0 {
                settle(tx).await?;
                self.leave_out(tx, bit).await?;
            }
        }
        Ok(())
    }

    /// A record of an archived account stays as it is, also where the row does not name the account.
    pub(super) async fn reject_of_archived(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if self.noun.account().is_none() || self.key == Key::Account || !any(tx, scope, ARCHIVED).await? {
            return Ok(());
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, record)
             select v.n, $2, {}
             from verdicts v
             join staged s on s.n = v.n
             join {} b on b.organization_id = $1 and b.id = v.id{}
             join accounts a on a.organization_id = $1 and a.id = b.account_id
             left join accounts m on m.organization_id = $1 and m.id = a.merged_into
             where v.verdict = {} and a.archived_at is not null",
            at_rest(tx.engine()),
            self.noun.table,
            self.own("b"),
            verdict::MATCHED
        );
        if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }
}
