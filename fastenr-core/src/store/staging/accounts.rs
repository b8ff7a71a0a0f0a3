//! The account that each row of a file belongs to: named by a key, a name or a domain.

use super::Staging;
use super::classify::settle;
use crate::import::mapping::AccountLookup;
use crate::store::{Scope, StoreResult, Tx};

/// What belongs to an archived account rests with it.
pub(super) const ARCHIVED: &str = "the account is archived (`fastenr accounts restore` brings it back)";

impl Staging {
    /// Finds the account of each row, and rejects rows whose account is unknown, archived or not the only one of its name.
    pub async fn find_accounts(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if self.noun.account().is_none() || !self.has("account") {
            return Ok(());
        }
        let header = self.header("account");
        match self.account_lookup {
            AccountLookup::Key => self.accounts_by_key(tx, scope, "account_id").await?,
            AccountLookup::Name => self.accounts_by(tx, scope, "name_key", "name", &header).await?,
            AccountLookup::Domain => self.accounts_by(tx, scope, "domain", "domain", &header).await?,
        }
        let called = match self.account_lookup {
            AccountLookup::Key => {
                "has this external id or id ([lookup] account = \"name\" in a mapping file goes by names)"
            }
            AccountLookup::Name => "has this name",
            AccountLookup::Domain => "has this domain",
        };
        let said = self.account_said();
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'unknown_account', 'no account {called}', s.{said}
             from staged s where s.account_ref is not null and s.account_id is null
               and not exists (select 1 from rejects r
                               where r.n = s.n and r.code in ('ambiguous_account', 'archived_account'))"
        );
        let unknown = tx.sql(sql).bind(header.clone()).execute().await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $2, 'archived_account', '{ARCHIVED}', s.{said}
             from staged s join accounts a on a.organization_id = $1 and a.id = s.account_id
             where a.archived_at is not null"
        );
        let archived = tx.of(scope, sql).bind(header).execute().await?;
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
    async fn accounts_by(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        column: &str,
        what: &str,
        header: &str,
    ) -> StoreResult<()> {
        let said = self.account_said();
        // An id is an id, whatever the others are named by: a calendar knows some accounts by their contacts.
        let sql = "update staged set account_id = a.id from accounts a
                   where a.organization_id = $1 and a.id = staged.account_uuid";
        tx.of(scope, sql).execute().await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $2, 'ambiguous_account', 'several accounts have this {what}; use external ids or ids', s.{said}
             from staged s
             join (select a.{column} as ref from accounts a
                   where a.organization_id = $1 and a.archived_at is null and a.{column} is not null
                   group by a.{column} having count(*) > 1) d on d.ref = s.account_ref
             where s.account_id is null"
        );
        if tx.of(scope, sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        let sql = format!(
            "update staged set account_id = a.id from accounts a
             where a.organization_id = $1 and a.{column} = staged.account_ref and a.archived_at is null
               and staged.account_id is null
               and not exists (select 1 from rejects r where r.n = staged.n and r.code = 'ambiguous_account')"
        );
        tx.of(scope, sql).execute().await?;
        // All that are left of this name are archived.
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $2, 'archived_account', '{ARCHIVED}', s.{said}
             from staged s
             where s.account_ref is not null and s.account_id is null
               and not exists (select 1 from rejects r where r.n = s.n and r.code = 'ambiguous_account')
               and exists (select 1 from accounts a where a.organization_id = $1 and a.{column} = s.account_ref)"
        );
        if tx.of(scope, sql).bind(header.to_owned()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }
}
