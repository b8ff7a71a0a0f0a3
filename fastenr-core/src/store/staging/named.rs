//! Accounts by what several may share: a name, a domain, a contact's e-mail address, a custom field.

use super::classify::settle;
use super::{Staging, verdict};
use crate::import::mapping::AccountLookup;
use crate::model::noun::Storage;
use crate::store::{Scope, StoreResult, Tx};

/// Which accounts are looked among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountSet {
    Live,
    Archived,
}

/// Candidates that a message lists.
const LISTED: usize = 5;

impl Staging {
    /// Makes room for what the file names accounts by, the accounts of each, and what people call them.
    pub(super) async fn begin_naming(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        let engine = tx.engine();
        let of = |storage| engine.column_type(storage);
        let sql = format!(
            "create temporary table named (ref {text}, id {}, said {text})",
            of(Storage::Id),
            text = of(Storage::Text)
        );
        tx.sql(sql).execute().await?;
        tx.sql("create index named_ref on named (ref)").execute().await?;
        Ok(())
    }

    /// Accounts of the organization that bear what a row of the file says.
    pub(super) async fn name_records(&self, tx: &mut Tx<'_>, scope: &Scope, found: AccountSet) -> StoreResult<()> {
        let engine = tx.engine();
        let at = match found {
            AccountSet::Live => "a.archived_at is null",
            AccountSet::Archived => "a.archived_at is not null",
        };
        let said =
            format!("coalesce(a.external_id, {}) || ' (' || a.name || ')'", engine.journal_text("a.id", Storage::Id));
        let wanted = "(select s.account_ref from staged s)";
        let of_column = |column: &str| {
            format!(
                "select a.{column}, a.id, {said} from accounts a where a.organization_id = $1 and {at} and a.{column} in {wanted}"
            )
        };
        let (names, key) = match &self.account_lookup {
            AccountLookup::Key => return Ok(()),
            AccountLookup::Name => (of_column("name_key"), None),
            AccountLookup::Domain => (of_column("domain"), None),
            AccountLookup::Email => (
                format!(
                    "select distinct c.email, a.id, {said}
                     from contacts c join accounts a on a.organization_id = $1 and a.id = c.account_id
                     where c.organization_id = $1 and {at} and c.email in {wanted}"
                ),
                None,
            ),
            AccountLookup::Custom(key) => (
                format!(
                    "select m.ref, m.id, m.said
                     from (select {} as ref, a.id as id, {said} as said from accounts a
                           where a.organization_id = $1 and {at} and a.custom_fields <> '{{}}') m
                     where m.ref in {wanted}",
                    engine.json_member("a.custom_fields", "$2")
                ),
                Some(key.clone()),
            ),
        };
        let statement = tx.of(scope, format!("insert into named (ref, id, said) {names}"));
        match key {
            Some(key) => statement.bind(key).execute().await?,
            None => statement.execute().await?,
        };
        Ok(())
    }

    /// Rows of the file that are accounts themselves: each is the record that it matches, or the one it makes.
    pub(super) async fn name_rows(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        let (column, key) = match &self.account_lookup {
            AccountLookup::Name if self.has("name") => ("p.name_key".to_owned(), None),
            AccountLookup::Domain if self.has("domain") => ("p.domain".to_owned(), None),
            AccountLookup::Custom(key) if self.has("custom_fields") => {
                (tx.engine().json_member("p.custom_fields", "$1"), Some(key.clone()))
            }
            _ => return Ok(()),
        };
        let sql = format!(
            "insert into named (ref, id, said)
             select r.ref, r.id, r.said
             from (select {column} as ref, coalesce(v.id, p.id) as id, 'row ' || p.n as said
                   from staged p left join verdicts v on v.n = p.n
                   where v.n is null or v.verdict = {}) r
             where r.ref in (select s.account_ref from staged s)
               and not exists (select 1 from named k where k.ref = r.ref and k.id = r.id)",
            verdict::MATCHED
        );
        match key {
            Some(key) => tx.sql(sql).bind(key).execute().await?,
            None => tx.sql(sql).execute().await?,
        };
        Ok(())
    }

    /// Rejects rows that name several accounts, with the first of them, and forgets what they are named by. `column` has the
    /// account of a row that is found already.
    pub(super) async fn reject_ambiguous(
        &self,
        tx: &mut Tx<'_>,
        column: &str,
        code: &str,
        header: &str,
        hold: &str,
    ) -> StoreResult<u64> {
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, value, hold)
             select s.n, $1, '{code}', 'several accounts {}; use external ids or ids', d.candidates, s.{}, {hold}
             from staged s
             join (select c.ref as ref,
                          ': ' || string_agg(c.said, ', ' order by c.place)
                          || case when max(c.times) > {LISTED} then ' and ' || (max(c.times) - {LISTED}) || ' more' else '' end
                          as candidates
                   from (select k.ref as ref, k.said as said, count(*) over (partition by k.ref) as times,
                                row_number() over (partition by k.ref order by k.said, k.id) as place
                         from named k) c
                   where c.times > 1 and c.place <= {LISTED}
                   group by c.ref) d on d.ref = s.account_ref
             where s.{column} is null",
            self.account_lookup.shared().replace('\'', "''"),
            self.account_said(),
        );
        let rejected = tx.sql(sql).bind(header.to_owned()).execute().await?;
        if rejected > 0 {
            settle(tx).await?;
            tx.sql("delete from named where ref in (select k.ref from named k group by k.ref having count(*) > 1)")
                .execute()
                .await?;
        }
        Ok(rejected)
    }
}
