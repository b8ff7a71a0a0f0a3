//! Parents: named by a key, in any row order, and never above themselves.

use super::classify::settle;
use super::named::AccountSet;
use super::{RejectScope, Staging, verdict};
use crate::import::mapping::AccountLookup;
use crate::store::accounts::MOST_ANCESTORS;
use crate::store::{Scope, StoreResult, Tx};

impl Staging {
    /// Finds each row's parent, among the records and among the rows of the file, then looks for circles.
    pub async fn find_parents(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if !self.has("parent") {
            return Ok(());
        }
        let Some((bit, field)) = self.noun.field("parent") else { return Ok(()) };
        let (header, hold) = (self.header("parent"), self.hold(field));
        if self.account_lookup == AccountLookup::Key {
            self.parents_by_key(tx, scope).await?;
        } else {
            self.parents_by_name(tx, scope, &header, &hold).await?;
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule, value, hold)
             select s.n, $1, 'unknown_parent', 'no {} and no row of the file {}', s.{}, {hold}
             from staged s where s.account_ref is not null and s.parent_id is null
               and not exists (select 1 from rejects r where r.n = s.n and r.code = 'ambiguous_parent')",
            self.noun.one,
            self.account_lookup.described().replace('\'', "''"),
            self.account_said()
        );
        if tx.sql(sql).bind(header.clone()).execute().await? > 0 {
            settle(tx).await?;
        }
        self.leave_out(tx, bit).await?;
        self.reject_orphans(tx, &header, &hold, bit).await?;
        self.reject_circles(tx, scope, &header, &hold, bit).await
    }

    async fn parents_by_key(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        // A row of the file that matches a record has that record's id, so the order of these two does not matter.
        self.accounts_by_key(tx, scope, "parent_id").await?;
        if self.has("external_id") {
            self.parents_in_file(tx, "external_key").await?;
        }
        Ok(())
    }

    async fn parents_by_name(&self, tx: &mut Tx<'_>, scope: &Scope, header: &str, hold: &str) -> StoreResult<()> {
        self.begin_naming(tx).await?;
        self.name_records(tx, scope, AccountSet::Live).await?;
        self.name_rows(tx).await?;
        self.reject_ambiguous(tx, "parent_id", "ambiguous_parent", header, hold).await?;
        tx.sql("update staged set parent_id = k.id from named k where k.ref = staged.account_ref").execute().await?;
        tx.sql("drop table named").execute().await?;
        // One that stands in a row that is not written is told as such.
        match self.account_lookup {
            AccountLookup::Name if self.has("name") => self.parents_in_file(tx, "name_key").await,
            AccountLookup::Domain if self.has("domain") => self.parents_in_file(tx, "domain").await,
            _ => Ok(()),
        }
    }

    async fn parents_in_file(&self, tx: &mut Tx<'_>, column: &str) -> StoreResult<()> {
        // Of two rows with one key, the one that is passed over or refused is not the parent.
        for which in [format!("(v.n is null or v.verdict = {})", verdict::MATCHED), "true".to_owned()] {
            let sql = format!(
                "update staged set parent_id = coalesce(v.id, p.id)
                 from staged p left join verdicts v on v.n = p.n
                 where staged.account_ref is not null and staged.parent_id is null and p.{column} = staged.account_ref
                   and not exists (select 1 from rejects r where r.n = staged.n and r.code = 'ambiguous_parent')
                   and {which}"
            );
            tx.sql(sql).execute().await?;
        }
        Ok(())
    }

    /// A row whose parent was to be made by a row that is not written can't be written either; so on downwards.
    async fn reject_orphans(&self, tx: &mut Tx<'_>, header: &str, hold: &str, bit: usize) -> StoreResult<()> {
        let sql = format!(
            "insert into rejects (n, header, code, rule, value, hold)
             select s.n, $1, 'parent_rejected', 'its parent stands in a row that is not written', s.account_ref, {hold}
             from staged s
             join staged p on p.id = s.parent_id
             join verdicts v on v.n = p.n and v.verdict in ({}, {})
             where not exists (select 1 from verdicts w where w.n = s.n and w.verdict in ({0}, {1}))",
            verdict::SKIPPED,
            verdict::REJECTED
        );
        while tx.sql(sql.clone()).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
            self.leave_out(tx, bit).await?;
        }
        Ok(())
    }

    async fn reject_circles(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        header: &str,
        hold: &str,
        bit: usize,
    ) -> StoreResult<()> {
        let id = tx.engine().column_type(crate::model::noun::Storage::Id);
        tx.sql(format!("create temporary table links (child {id} primary key, parent {id}, n bigint)"))
            .execute()
            .await?;
        let gather = format!(
            "insert into links (child, parent, n)
             select coalesce(v.id, s.id), s.parent_id, s.n from staged s left join verdicts v on v.n = s.n
             where (s.present & {}) <> 0 and (v.n is null or v.verdict = {})",
            self.bit("parent"),
            verdict::MATCHED
        );
        // Upward from every row that sets a parent; the file's word counts before the record's.
        let sql = |which: &str| {
            format!(
                "insert into rejects (n, header, code, rule, value, hold)
             with recursive up (n, start, at, depth) as (
               select n, child, parent, 1 from links where parent is not null
               union all
               select up.n, up.start, case when l.child is not null then l.parent else a.parent_id end, up.depth + 1
               from up
               left join links l on l.child = up.at
               left join {} a on a.organization_id = $1 and a.id = up.at
               where up.at <> up.start and up.depth < {most}
                 and (case when l.child is not null then l.parent else a.parent_id end) is not null)
             select up.n, $2, case when up.at = up.start then 'parent_cycle' else 'parent_depth' end,
                    case when up.at = up.start then 'the account would be above itself'
                         else '{most} accounts or more, or a circle, would be above this one' end,
                    s.account_ref, {hold}
             from up join staged s on s.n = up.n where {which}",
                self.noun.table,
                most = MOST_ANCESTORS
            )
        };
        let (circle, deep) = ("up.at = up.start", format!("up.depth = {MOST_ANCESTORS}"));
        // Without the links of a circle, what hangs on it may be as deep as it should be.
        let steps = match hold == RejectScope::Row.as_i64().to_string() {
            true => vec![format!("{circle} or {deep}")],
            false => vec![circle.to_owned(), deep],
        };
        loop {
            tx.sql(gather.clone()).execute().await?;
            let mut refused = 0;
            for step in &steps {
                if refused == 0 {
                    refused = tx.of(scope, sql(step)).bind(header.to_owned()).execute().await?;
                }
            }
            if refused == 0 {
                break;
            }
            settle(tx).await?;
            self.leave_out(tx, bit).await?;
            self.reject_orphans(tx, header, hold, bit).await?;
            // What is left as it was may be above itself with what the others say.
            tx.sql("delete from links").execute().await?;
        }
        tx.sql("drop table links").execute().await?;
        Ok(())
    }
}
