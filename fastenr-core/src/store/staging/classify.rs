//! What becomes of each staged row: which record it means, and whether it may be written.

use super::{SkippedRows, Staging, verdict};
use crate::error::Invalid;
use crate::import::request::Mode;
use crate::model::CustomFields;
use crate::model::noun::{Key, Meaning, Storage, with_article};
use crate::store::{Engine, Scope, StoreResult, Tx};
use serde_json::Value as Json;

/// A staged row that nothing was decided about yet.
pub(super) const OPEN: &str = "not exists (select 1 from verdicts v where v.n = s.n)";

impl Staging {
    /// Finds each row's record.
    pub async fn find_matches(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<SkippedRows> {
        let mut skipped = SkippedRows::default();
        if tx.engine() == Engine::Postgres {
            // Whole tables are joined below; with the default of 4 MB every join would go through files.
            tx.sql("set local work_mem = '64MB'").execute().await?;
        }
        let table = self.noun.table;
        let fixed = self.own("a");
        let matched = verdict::MATCHED;
        if self.key == Key::Id {
            let sql = format!(
                "insert into verdicts (n, id, verdict, changed)
                 select s.n, a.id, {matched}, 0 from staged s
                 join {table} a on a.organization_id = $1 and a.id = s.match_id{fixed}
                 where s.match_id is not null and {OPEN}"
            );
            tx.of(scope, sql).execute().await?;
            if self.skips {
                // A row that is passed over means its record all the same: it is not missing.
                let sql = format!(
                    "update verdicts set id = a.id from staged s, {table} a
                     where a.organization_id = $1 and a.id = s.match_id and s.n = verdicts.n and verdicts.verdict = {}",
                    verdict::SKIPPED
                );
                tx.of(scope, sql).execute().await?;
            }
            let sql = format!(
                "insert into rejects (n, header, code, rule, value)
                 select s.n, 'id', 'unknown_id', 'no {} of this organization has this id', null
                 from staged s where s.match_id is not null and {OPEN}",
                self.noun.one
            );
            if tx.sql(sql).execute().await? > 0 {
                settle(tx).await?;
            }
        }
        let column = self.key_column();
        let aliased = self.has_aliases(tx, scope).await?;
        if self.has_key() && self.key_is_unique() {
            let sql = format!(
                "insert into verdicts (n, id, verdict, changed)
                 select s.n, a.id, {matched}, 0 from staged s
                 join {table} a on a.organization_id = $1 and a.{column} = s.key{fixed}
                 where s.key is not null and s.match_id is null and {OPEN}"
            );
            tx.of(scope, sql).execute().await?;
            if aliased && column == "external_key" && self.match_aliases(tx, scope).await? > 0 {
                skipped.merged += self.skip_merged(tx, scope).await?;
            }
        } else if self.has_key() {
            self.match_names(tx, scope, column).await?;
        }
        if self.matches_within() {
            self.match_within(tx, scope).await?;
        }
        self.match_natural(tx, scope).await?;
        skipped.merged += self.reject_archived(tx, scope).await?;
        // By one key that no two records share, no two rows come to the same one.
        let by_one_key = matches!(self.key, Key::ExternalId | Key::Email) && !aliased && !self.matches_within();
        if !by_one_key || self.natural().is_some() {
            skipped.doubles += self.reject_shared_matches(tx).await?;
        }
        Ok(skipped)
    }

    /// Whether some external id means a record that another was merged into.
    async fn has_aliases(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<bool> {
        let Some(aliases) = &self.noun.aliases else { return Ok(false) };
        any(tx, scope, &format!("{} b where b.organization_id = $1", aliases.table)).await
    }

    async fn match_aliases(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
        let sql = format!(
            "insert into verdicts (n, id, verdict, changed)
             select s.n, b.account_id, {}, 0 from staged s
             join account_aliases b on b.organization_id = $1 and b.external_key = s.key
             where s.match_id is null and {OPEN}",
            verdict::MATCHED
        );
        tx.of(scope, sql).execute().await
    }

    /// By a key that several records may have: archived ones count only where there is no other.
    async fn match_names(&self, tx: &mut Tx<'_>, scope: &Scope, column: &str) -> StoreResult<()> {
        let (table, one) = (self.noun.table, self.noun.one);
        let id = tx.engine().journal_text("a.id", Storage::Id);
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $2, 'ambiguous_key', 'several {table} have this {}; use ids or external ids', min(s.key)
             from staged s join {table} a on a.organization_id = $1 and a.{column} = s.key and a.archived_at is null
             where {OPEN} group by s.n having count(*) > 1",
            self.key.as_str()
        );
        if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
            settle(tx).await?;
        }
        let sql = format!(
            "insert into verdicts (n, id, verdict, changed)
             select s.n, a.id, {}, 0 from staged s
             join {table} a on a.organization_id = $1 and a.{column} = s.key and a.archived_at is null
             where {OPEN}",
            verdict::MATCHED
        );
        tx.of(scope, sql).execute().await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, value, record)
             select f.n, $2, 'archived_match', 'the {one} is archived', ' (' || f.record || ')', f.key, f.record
             from (select s.n as n, s.key as key,
                          (select min({id}) from {table} a where a.organization_id = $1 and a.{column} = s.key) as record
                   from staged s
                   where exists (select 1 from {table} a where a.organization_id = $1 and a.{column} = s.key) and {OPEN}) f"
        );
        if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }

    /// Rows skipped, since what their account was merged into has a row of its own.
    async fn reject_archived(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
        if !self.archivable() {
            self.reject_of_archived(tx, scope).await?;
            return Ok(0);
        }
        let mut skipped = 0;
        let (table, one) = (self.noun.table, self.noun.one);
        if !any(tx, scope, &format!("{table} a where a.organization_id = $1 and a.archived_at is not null")).await? {
            return Ok(0);
        }
        let id = tx.engine().journal_text("a.id", Storage::Id);
        if self.noun.aliases.is_some() {
            let sql = format!(
                "insert into rejects (n, header, code, rule, value)
                 select s.n, $2, 'merged_match', 'the account was merged into ' || k.name || ': name that one',
                        coalesce(s.key, a.name)
                 from verdicts v
                 join accounts a on a.organization_id = $1 and a.id = v.id
                 join accounts k on k.organization_id = $1 and k.id = a.merged_into
                 join staged s on s.n = v.n
                 where v.verdict = {}",
                verdict::MATCHED
            );
            if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
                skipped = self.skip_merged(tx, scope).await?;
                settle(tx).await?;
            }
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule, detail, value, record)
             select s.n, $2, 'archived_match', 'the {one} is archived', ' (' || {id} || ')', coalesce(s.key, a.name), {id}
             from verdicts v
             join {table} a on a.organization_id = $1 and a.id = v.id
             join staged s on s.n = v.n
             where v.verdict = {} and a.archived_at is not null",
            verdict::MATCHED
        );
        if tx.of(scope, sql).bind(self.key_header()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(skipped)
    }

    /// Skips what the mode does not want, and rejects creations that lack what a record needs.
    pub async fn hold_to_mode(&self, tx: &mut Tx<'_>, mode: Mode) -> StoreResult<()> {
        match mode {
            Mode::Upsert => {}
            Mode::Create => {
                let sql =
                    format!("update verdicts set verdict = {} where verdict = {}", verdict::SKIPPED, verdict::MATCHED);
                tx.sql(sql).execute().await?;
            }
            Mode::Update => {
                let sql = format!(
                    "insert into verdicts (n, verdict, changed) select s.n, {}, 0 from staged s where {OPEN}",
                    verdict::SKIPPED
                );
                tx.sql(sql).execute().await?;
            }
        }
        for field in self.noun.fields.iter().filter(|field| field.needed()) {
            let name = field.name;
            let lacks = if self.has(name) { format!("s.{} is null and ", field.column) } else { String::new() };
            let sql = format!(
                "insert into rejects (n, header, code, rule, value)
                 select s.n, $1, 'required', 'a new {} needs {}', null from staged s where {lacks}{OPEN}",
                self.noun.one,
                with_article(name)
            );
            if tx.sql(sql).bind(name.to_owned()).execute().await? > 0 {
                settle(tx).await?;
            }
        }
        Ok(())
    }

    /// Rejects rows that would take an external id or e-mail address from another record.
    pub async fn reject_taken(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        for (bit, field) in self.unique_fields() {
            let sql = format!(
                "insert into rejects (n, header, code, rule, value, hold)
                 select s.n, $2, 'taken', 'another {} has this {} already', s.{}, {}
                 from staged s
                 join {} a on a.organization_id = $1 and a.{2} = s.{2}
                 left join verdicts v on v.n = s.n
                 where (v.n is null or (v.verdict = {} and v.id <> a.id))",
                self.noun.one,
                field.name,
                field.compared(),
                self.hold(field),
                self.noun.table,
                verdict::MATCHED
            );
            if tx.of(scope, sql).bind(self.header(field.name)).execute().await? > 0 {
                settle(tx).await?;
                self.leave_out(tx, bit).await?;
            }
        }
        self.reject_aliased(tx, scope).await?;
        self.reject_taken_within(tx, scope).await
    }

    /// Rejects rows that would give a record an external id which means another, or itself, since a merge: going by external
    /// ids, it is an alias, and no id has two owners.
    async fn reject_aliased(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if !self.has("external_id") || self.key == Key::ExternalId || !self.has_aliases(tx, scope).await? {
            return Ok(());
        }
        let Some((bit, field)) = self.noun.field("external_id") else { return Ok(()) };
        // Beside ids, a row without one goes by its external id.
        let named = if self.key == Key::Id { " and (v.n is null or s.match_id is not null)" } else { "" };
        let sql = format!(
            "insert into rejects (n, header, code, rule, value, hold)
             select s.n, $2, 'merged',
                    'this external id means ' || k.name || ' since another account was merged into it',
                    s.external_id, {}
             from staged s
             join account_aliases b on b.organization_id = $1 and b.external_key = s.external_key
             join accounts k on k.organization_id = $1 and k.id = b.account_id
             left join verdicts v on v.n = s.n
             where (v.n is null or v.verdict = {}){named}",
            self.hold(field),
            verdict::MATCHED
        );
        if tx.of(scope, sql).bind(self.header("external_id")).execute().await? > 0 {
            settle(tx).await?;
            self.leave_out(tx, bit).await?;
        }
        Ok(())
    }

    /// Puts the members that the file sets over those that a record has: canonical text is Rust's to write.
    pub async fn merge_custom(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if !self.merge_custom {
            return Ok(());
        }
        let sql = format!(
            "select s.n, a.custom_fields, s.custom_fields, s.custom_clear
             from verdicts v
             join staged s on s.n = v.n
             join {} a on a.organization_id = $1 and a.id = v.id
             where v.verdict = {} and v.n > $2 and s.custom_fields is not null
               and a.custom_fields <> '{{}}' and (a.custom_fields <> s.custom_fields or s.custom_clear is not null)
             order by s.n limit 1000",
            self.noun.table,
            verdict::MATCHED
        );
        let mut after = 0_i64;
        loop {
            let rows: Vec<(i64, String, String, Option<String>)> =
                tx.of(scope, sql.clone()).bind(after).fetch_all().await?;
            let Some((last, ..)) = rows.last() else { return Ok(()) };
            after = *last;
            let mut too_large = false;
            let hold = self.noun.field("custom_fields").map_or(0, |(_, field)| i64::from(self.spares(field)));
            for (n, had, sets, clears) in rows {
                match merged(&had, &sets, clears.as_deref()) {
                    Ok(merged) if merged == sets => {}
                    Ok(merged) => {
                        let sql = "update staged set custom_fields = $1 where n = $2";
                        tx.sql(sql).bind(merged).bind(n).execute().await?;
                    }
                    Err(invalid) => {
                        too_large = true;
                        let sql = "insert into rejects (n, header, code, rule, hold) values ($1, $2, $3, $4, $5)";
                        let (header, rule) = (self.header("custom_fields"), invalid.rule.into_owned());
                        let refused = tx.sql(sql).bind(n).bind(header).bind(invalid.code.to_owned()).bind(rule);
                        refused.bind(hold).execute().await?;
                    }
                }
            }
            if too_large {
                settle(tx).await?;
                if let Some((bit, _)) = self.noun.field("custom_fields") {
                    self.leave_out(tx, bit).await?;
                }
            }
        }
    }

    /// Compares matched rows with their records, field by field.
    pub async fn compare(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let mut terms = Vec::new();
        for (bit, field) in self.mapped() {
            let mask = 1_i64 << bit;
            // The 15- and the 18-character form of an external id are one key: neither overwrites the other.
            let column = field.compared();
            let held = match (field.name, self.key) {
                ("status", _) if self.gives_statuses() => self.status_condition(),
                // Matched by what is unique within its account, a record may get its first external id.
                ("external_id", Key::ExternalId) if self.within().is_some() => " and a.external_key is null".to_owned(),
                // Matched by an alias, a record keeps its own external id.
                ("external_id", Key::ExternalId) => continue,
                // Of accounts, what is matched without an id and has no external id was matched by an alias.
                ("external_id", Key::Id) if self.noun.aliases.is_some() => " and s.match_id is not null".to_owned(),
                ("external_id", Key::Id) => " and (s.match_id is not null or a.external_key is null)".to_owned(),
                // What follows by a rule is not taken away by a blank cell, only by the rule itself, which sets the source.
                (name, _)
                    if self.rules(name) && !self.has("status_source") && !field.required && !self.is_a_persons() =>
                {
                    format!(" and s.{column} is not null")
                }
                _ => String::new(),
            };
            terms.push(format!(
                "case when (s.present & {mask}) <> 0 and s.{column} is distinct from a.{column}{held} then {mask} else 0 end"
            ));
        }
        terms.extend(self.status_terms());
        let changed = if terms.is_empty() { "0".to_owned() } else { terms.join(" + ") };
        let says_status = self.says_status();
        // In one go: PostgreSQL writes a row anew for each update of it.
        let sql = format!(
            "update verdicts set changed = d.changed, verdict = case when d.changed <> 0 then {} else {} end,
                    says_status = d.says_status
             from (select v.n as n, {changed} as changed, {says_status} as says_status
                   from verdicts v
                   join staged s on s.n = v.n
                   join {} a on a.organization_id = $1 and a.id = v.id
                   where v.verdict = {}{}) d
             where d.n = verdicts.n",
            verdict::UPDATE,
            verdict::UNCHANGED,
            self.noun.table,
            verdict::MATCHED,
            self.own("a")
        );
        tx.of(scope, sql).execute().await?;
        Ok(())
    }

    /// A deactivated user keeps what is theirs and is given nothing more.
    pub async fn reject_deactivated(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if !any(tx, scope, "users u where u.organization_id = $1 and u.deactivated_at is not null").await? {
            return Ok(());
        }
        for (bit, field) in self.mapped().filter(|(_, field)| field.meaning == Meaning::User) {
            let sql = format!(
                "insert into rejects (n, header, code, rule, value, hold)
                 select s.n, $2, 'deactivated_user', 'this user is deactivated', u.email, {}
                 from staged s
                 join users u on u.organization_id = $1 and u.id = s.{} and u.deactivated_at is not null
                 left join verdicts v on v.n = s.n
                 where v.n is null or (v.verdict = {} and (v.changed & {}) <> 0)",
                self.hold(field),
                field.column,
                verdict::UPDATE,
                1_i64 << bit
            );
            if tx.of(scope, sql).bind(self.header(field.name)).execute().await? > 0 {
                settle(tx).await?;
                self.leave_out(tx, bit).await?;
            }
        }
        Ok(())
    }
}

fn merged(had: &str, sets: &str, clears: Option<&str>) -> Result<String, Invalid> {
    let mut fields = CustomFields::parse(had).unwrap_or_default().to_map();
    for (name, value) in CustomFields::parse(sets).unwrap_or_default().to_map() {
        // A cell is text: one that says what is there already leaves it the number, or the list, that it is.
        let said = |held: &Json| !held.is_string() && value.as_str() == Some(held.to_string().as_str());
        if !fields.get(&name).is_some_and(said) {
            fields.insert(name, value);
        }
    }
    let clears: Vec<String> = clears.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default();
    for name in clears {
        fields.remove(&name);
    }
    CustomFields::from_map(fields).map(CustomFields::into_string)
}

/// Whether there is such a record at all: what nobody has need not be looked for in every row.
pub(super) async fn any(tx: &mut Tx<'_>, scope: &Scope, such: &str) -> StoreResult<bool> {
    let found: Option<(i64,)> =
        tx.of(scope, format!("select cast(1 as bigint) from {such} limit 1")).fetch_optional().await?;
    Ok(found.is_some())
}

/// Rows that `rejects` refuses are rejected, whatever was decided before.
pub(super) async fn settle(tx: &mut Tx<'_>) -> StoreResult<()> {
    let (rejected, row) = (verdict::REJECTED, super::RejectScope::Row.as_i64());
    let sql = format!(
        "update verdicts set verdict = {rejected} \
         where verdict <> {rejected} and n in (select n from rejects where hold = {row})"
    );
    tx.sql(sql).execute().await?;
    let sql = format!(
        "insert into verdicts (n, verdict, changed)
         select distinct r.n, {rejected}, 0 from rejects r
         where r.hold = {row} and not exists (select 1 from verdicts v where v.n = r.n)"
    );
    tx.sql(sql).execute().await?;
    Ok(())
}
