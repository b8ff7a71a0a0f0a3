//! Parents: named by a key, in any row order, and never above themselves.

use super::classify::settle;
use super::{Staging, verdict};
use crate::import::mapping::AccountLookup;
use crate::store::accounts::MOST_ANCESTORS;
use crate::store::{Scope, StoreResult, Tx};

impl Staging {
    /// Finds each row's parent, among the records and among the rows of the file, then looks for circles.
    pub async fn find_parents(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if !self.has("parent") {
            return Ok(());
        }
        let header = self.header("parent");
        if self.account_lookup != AccountLookup::Key {
            self.parents_by_name(tx, scope, &header).await?;
        } else {
            self.parents_by_key(tx, scope).await?;
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'unknown_parent', 'no {} and no row of the file is called so', s.{}
             from staged s where s.account_ref is not null and s.parent_id is null",
            self.noun.one,
            self.account_said()
        );
        if tx.sql(sql).bind(header.clone()).execute().await? > 0 {
            settle(tx).await?;
        }
        self.reject_orphans(tx, &header).await?;
        self.reject_circles(tx, scope, &header).await
    }

    async fn parents_by_key(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        // A row of the file that matches a record has that record's id, so the order of these two does not matter.
        self.accounts_by_key(tx, scope, "parent_id").await?;
        if self.has("external_id") {
            self.parents_in_file(tx, "external_key").await?;
        }
        Ok(())
    }

    async fn parents_by_name(&self, tx: &mut Tx<'_>, scope: &Scope, header: &str) -> StoreResult<()> {
        let table = self.noun.table;
        let (column, field) = match self.account_lookup {
            AccountLookup::Domain => ("domain", "domain"),
            _ => ("name_key", "name"),
        };
        let said = self.account_said();
        // A row of the file that matches a record is that record.
        let in_file = if self.has(field) {
            format!(
                " union select p.{column}, coalesce(v.id, p.id) from staged p left join verdicts v on v.n = p.n
                  where v.n is null or v.verdict = {}",
                verdict::MATCHED
            )
        } else {
            String::new()
        };
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $2, 'ambiguous_parent', 'several {table} have this {field}', min(s.{said})
             from staged s
             join (select a.{column} as ref, a.id as id from {table} a
                   where a.organization_id = $1 and a.archived_at is null
                     and a.{column} in (select account_ref from staged){in_file}) c on c.ref = s.account_ref
             group by s.n having count(*) > 1"
        );
        if tx.of(scope, sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        let sql = format!(
            "update staged set parent_id = a.id from {table} a
             where a.organization_id = $1 and a.{column} = staged.account_ref and a.archived_at is null"
        );
        tx.of(scope, sql).execute().await?;
        if self.has(field) {
            self.parents_in_file(tx, column).await?;
        }
        Ok(())
    }

    async fn parents_in_file(&self, tx: &mut Tx<'_>, column: &str) -> StoreResult<()> {
        // Of two rows with one key, the one that is passed over or refused is not the parent.
        for which in [format!("(v.n is null or v.verdict = {})", verdict::MATCHED), "true".to_owned()] {
            let sql = format!(
                "update staged set parent_id = coalesce(v.id, p.id)
                 from staged p left join verdicts v on v.n = p.n
                 where staged.account_ref is not null and staged.parent_id is null and p.{column} = staged.account_ref
                   and {which}"
            );
            tx.sql(sql).execute().await?;
        }
        Ok(())
    }

    /// A row whose parent was to be made by a row that is not written can't be written either; so on downwards.
    async fn reject_orphans(&self, tx: &mut Tx<'_>, header: &str) -> StoreResult<()> {
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'parent_rejected', 'its parent stands in a row that is not written', s.account_ref
             from staged s
             join staged p on p.id = s.parent_id
             join verdicts v on v.n = p.n and v.verdict in ({}, {})
             where not exists (select 1 from verdicts w where w.n = s.n and w.verdict in ({0}, {1}))",
            verdict::SKIPPED,
            verdict::REJECTED
        );
        while tx.sql(sql.clone()).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }

    async fn reject_circles(&self, tx: &mut Tx<'_>, scope: &Scope, header: &str) -> StoreResult<()> {
        let id = tx.engine().column_type(crate::model::noun::Storage::Id);
        tx.sql(format!("create temporary table links (child {id} primary key, parent {id}, n bigint)"))
            .execute()
            .await?;
        let sql = format!(
            "insert into links (child, parent, n)
             select coalesce(v.id, s.id), s.parent_id, s.n from staged s left join verdicts v on v.n = s.n
             where (s.present & {}) <> 0 and (v.n is null or v.verdict = {})",
            self.bit("parent"),
            verdict::MATCHED
        );
        tx.sql(sql).execute().await?;
        // Upward from every row that sets a parent; the file's word counts before the record's.
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
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
                    s.account_ref
             from up join staged s on s.n = up.n where up.at = up.start or up.depth = {most}",
            self.noun.table,
            most = MOST_ANCESTORS
        );
        if tx.of(scope, sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
            self.reject_orphans(tx, header).await?;
        }
        tx.sql("drop table links").execute().await?;
        Ok(())
    }
}
