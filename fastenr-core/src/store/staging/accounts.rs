//! The account that each row of a file belongs to: named by a key, or by something that several accounts may share.

use super::Staging;
use super::classify::{any, settle};
use super::named::AccountSet;
use crate::import::mapping::AccountLookup;
use crate::model::noun::Storage;
use crate::store::{Engine, Scope, StoreResult, Tx};

/// Accounts that [`any`] looks for.
pub(super) const ARCHIVED: &str = "accounts a where a.organization_id = $1 and a.archived_at is not null";

/// What belongs to an archived account rests with it: code, rule, detail and record of the refusal of a row of the account `a`,
/// which `m` is merged into where there is one.
pub(super) fn at_rest(engine: Engine) -> String {
    let id = engine.journal_text("a.id", Storage::Id);
    format!(
        "case when m.id is null then 'archived_account' else 'merged_account' end,
         case when m.id is null then 'the account is archived' else 'the account was merged into ' || m.name || ': name that one' end,
         case when m.id is null then ' (' || {id} || ')' end,
         case when m.id is null then {id} end"
    )
}

impl Staging {
    /// Finds the account of each row, and rejects rows whose account is unknown, archived or not the only one of its name.
    pub async fn find_accounts(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if self.noun.account().is_none() || !self.has("account") {
            return Ok(());
        }
        let header = self.header("account");
        if self.account_lookup == AccountLookup::Key {
            self.accounts_by_key(tx, scope, "account_id").await?;
        } else {
            self.accounts_by_name(tx, scope, &header).await?;
        }
        let said = self.account_said();
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'unknown_account', 'no account {}', s.{said}
             from staged s where s.account_ref is not null and s.account_id is null
               and not exists (select 1 from rejects r
                               where r.n = s.n and r.code in ('ambiguous_account', 'archived_account', 'merged_account'))",
            self.account_lookup.described().replace('\'', "''"),
        );
        let unknown = tx.sql(sql).bind(header.clone()).execute().await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, record, value)
             select s.n, $2, {}, s.{said}
             from staged s join accounts a on a.organization_id = $1 and a.id = s.account_id
             left join accounts m on m.organization_id = $1 and m.id = a.merged_into
             where a.archived_at is not null",
            at_rest(tx.engine())
        );
        let archived = match any(tx, scope, ARCHIVED).await? {
            true => tx.of(scope, sql).bind(header).execute().await?,
            false => 0,
        };
        if unknown + archived > 0 {
            settle(tx).await?;
        }
        Ok(())
    }

    /// By external id, also one that a merge left behind, or by id.
    pub(super) async fn accounts_by_key(&self, tx: &mut Tx<'_>, scope: &Scope, column: &str) -> StoreResult<()> {
        for (table, id, matches) in [
            ("accounts", "id", "a.external_key = staged.account_ref"),
            ("accounts", "id", "a.id = staged.account_uuid"),
            ("account_aliases", "account_id", "a.external_key = staged.account_ref"),
        ] {
            let sql = format!(
                "update staged set {column} = a.{id} from {table} a
                 where a.organization_id = $1 and staged.{column} is null and {matches}"
            );
            tx.of(scope, sql).execute().await?;
        }
        Ok(())
    }

    /// By what several accounts may share: archived ones count only where there is no other.
    async fn accounts_by_name(&self, tx: &mut Tx<'_>, scope: &Scope, header: &str) -> StoreResult<()> {
        // An id is an id, whatever the others are named by: a calendar knows some accounts by their contacts.
        let sql = "update staged set account_id = a.id from accounts a
                   where a.organization_id = $1 and a.id = staged.account_uuid";
        tx.of(scope, sql).execute().await?;
        self.begin_naming(tx).await?;
        self.name_records(tx, scope, AccountSet::Live).await?;
        self.reject_ambiguous(tx, "account_id", "ambiguous_account", header, "0").await?;
        tx.sql("update staged set account_id = k.id from named k where k.ref = staged.account_ref and staged.account_id is null")
            .execute()
            .await?;
        // All that are left of this name are archived.
        tx.sql("delete from named").execute().await?;
        self.name_records(tx, scope, AccountSet::Archived).await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, record, value)
             select s.n, $2, {}, s.{}
             from staged s
             join (select k.ref as ref, k.id as id,
                          row_number() over (partition by k.ref order by k.merged, k.said, k.id) as place
                   from (select n.ref as ref, n.id as id, n.said as said,
                                case when b.merged_into is null then 0 else 1 end as merged
                         from named n join accounts b on b.organization_id = $1 and b.id = n.id) k) f
               on f.ref = s.account_ref and f.place = 1
             join accounts a on a.organization_id = $1 and a.id = f.id
             left join accounts m on m.organization_id = $1 and m.id = a.merged_into
             where s.account_id is null
               and not exists (select 1 from rejects r where r.n = s.n and r.code = 'ambiguous_account')",
            at_rest(tx.engine()),
            self.account_said(),
        );
        if tx.of(scope, sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        tx.sql("drop table named").execute().await?;
        Ok(())
    }
}
