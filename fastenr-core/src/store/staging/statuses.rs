//! Whose word the status of an account is, in imports and bulk writes.
//!
//! A person's word is obeyed. An import says something only where its word differs from the last one it gave; its `active` never
//! overwrites an `at_risk` that a person or the model set.

use super::{Staging, verdict};
use crate::model::StatusSource;
use crate::store::{Scope, StoreResult, Tx};

/// An import's word is new.
const NEW: &str = "s.status is distinct from a.imported_status";
/// It is what the account says.
const SAME: i64 = 1;
/// The account keeps what it says.
const OTHER: i64 = 2;
/// An import's `active` does not lift this.
const HELD: &str = "s.status = 'active' and a.status = 'at_risk' and a.status_source in ('person', 'model')";

impl Staging {
    /// Whether the rows give statuses to records that keep an import's word beside their own: accounts.
    pub(super) fn gives_statuses(&self) -> bool {
        self.noun.field("imported_status").is_some() && self.has("status")
    }

    fn imports_statuses(&self) -> bool {
        self.gives_statuses() && !self.is_a_persons()
    }

    /// What else has to hold for a row's status to overwrite its account's, as SQL.
    pub(super) fn status_condition(&self) -> String {
        if self.imports_statuses() { format!(" and {NEW} and not ({HELD})") } else { String::new() }
    }

    /// The bits of the fields that follow from a row's status, as SQL terms.
    pub(super) fn status_terms(&self) -> Vec<String> {
        let bit = |name: &str| self.bit(name);
        let (status, source) = (bit("status"), bit("status_source"));
        let mut terms = Vec::new();
        if self.is_a_persons() && (self.gives_statuses() || (self.has("status") && self.rules("status_source"))) {
            // The word that a rule or an import had said is a person's now, and stands.
            let same = if self.gives_statuses() { " and s.status = a.status" } else { "" };
            terms.push(format!(
                "case when (s.present & {status}) <> 0{same} and a.status_source <> 'person' then {source} else 0 end"
            ));
        }
        if !self.gives_statuses() {
            return terms;
        }
        let said = format!("(s.present & {status}) <> 0 and s.status is not null");
        if !self.has("status_until") {
            // A person's word begins anew; of an import's only one that is taken over ends what was.
            let ends = match self.is_a_persons() {
                true => said.clone(),
                false => format!("{said} and s.status is distinct from a.status{}", self.status_condition()),
            };
            let until = bit("status_until");
            terms.push(format!("case when {ends} and a.status_until is not null then {until} else 0 end"));
        }
        if self.imports_statuses() {
            let imported = bit("imported_status");
            terms.push(format!(
                "case when {said} and {NEW} and s.status is distinct from a.status then {imported} else 0 end"
            ));
        }
        terms
    }

    /// What the word of an import does beside changing the account's, as SQL: 1 where it is new and is what the account says already
    /// (the model's own `at_risk` is left out: once it turns back, the import's word is a new one); 2 where the account says another,
    /// and keeps it.
    pub(super) fn says_status(&self) -> String {
        if !self.imports_statuses() {
            return "0".to_owned();
        }
        format!(
            "case when (s.present & {}) = 0 then 0
                  when {NEW} and s.status = a.status and not (a.status = 'at_risk' and a.status_source = 'model') then {SAME}
                  when s.status <> a.status and not ({NEW} and not ({HELD})) then {OTHER} else 0 end",
            self.bit("status")
        )
    }

    /// Notes words of an import that change nothing of their accounts: no version is raised, an undo has nothing to put back.
    pub async fn note_statuses(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
        if !self.imports_statuses() {
            return Ok(0);
        }
        let sql = format!(
            "update accounts as a set imported_status = s.status from verdicts v, staged s
             where v.says_status = {SAME} and v.verdict in ({}, {}) and s.n = v.n and a.organization_id = $1 and a.id = v.id",
            verdict::UPDATE,
            verdict::UNCHANGED
        );
        tx.of(scope, sql).execute().await
    }

    /// The columns that follow from a status, and what an update sets them to, as SQL.
    pub(super) fn status_sets(&self) -> Vec<String> {
        if !self.gives_statuses() {
            return Vec::new();
        }
        let when = |names: &[&str], value: &str, column: &str| {
            let mask = names.iter().fold(0, |mask, name| mask | self.bit(name));
            format!("{column} = case when (v.changed & {mask}) <> 0 then {value} else a.{column} end")
        };
        let source = format!("'{}'", self.source.as_str());
        let mut sets = vec![when(&["status", "status_source"], &source, "status_source")];
        if !self.has("status_until") {
            sets.push(when(&["status_until"], "null", "status_until"));
        }
        if self.source == StatusSource::Import {
            sets.push(when(&["imported_status"], "s.status", "imported_status"));
        }
        sets
    }

    /// How many rows give a status that their account does not take: it was changed since the import last said the same, or the
    /// row says `active` over an `at_risk` that a person or the model set.
    pub async fn held_statuses(&self, tx: &mut Tx<'_>) -> StoreResult<i64> {
        if !self.imports_statuses() {
            return Ok(0);
        }
        let sql = format!(
            "select count(*) from verdicts v where v.says_status = {OTHER} and v.verdict in ({}, {})",
            verdict::UPDATE,
            verdict::UNCHANGED,
        );
        let (count,): (i64,) = tx.sql(sql).fetch_one().await?;
        Ok(count)
    }
}
