//! Taking an operation back: what it wrote over is put back, what it made goes, what it deleted comes back.

use serde_json::json;
use uuid::Uuid;

use super::{find, running};
use crate::error::{Error, Kind, Result, Verb};
use crate::model::activity::Activity;
use crate::model::noun::{Field, Meaning, Value};
use crate::model::nouns;
use crate::model::operation::{DERIVED_KINDS, Ledger, Operation, OperationStatus};
use crate::model::user::User;
use crate::ops::records::{StartedOperation, stamp};
use crate::ops::{Context, OnStart};
use crate::say;
use crate::store::undo::{ERASED, RawConflict, TableCount, Undo, day_of};
use crate::store::{self, Conn, Lock, Tx};

/// What taking back came to, or would.
#[derive(Debug, Clone)]
pub struct UndoOutcome {
    /// None in a dry run, or where nothing was left to take back.
    pub operation: Option<Uuid>,
    /// What was taken back.
    pub of: Operation,
    /// `created` were brought back, `deleted` removed, `updated` put back, `skipped` left alone.
    pub ledger: Ledger,
    pub tables: Vec<TableCount>,
    /// Accounts whose scores are those of an earlier run again.
    pub rescored: u64,
    /// What was left alone, the first of each kind; erased fields among it are not counted as skipped.
    pub left: Vec<Conflict>,
}

/// A field of a record, or a record, that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub table: &'static str,
    pub id: Uuid,
    pub label: String,
    pub field: Option<&'static str>,
    /// `changed_since`, `in_use`, `gone`, `taken`, `missing`; [`ERASED`], which is no conflict.
    pub code: &'static str,
    /// Why, in a sentence.
    pub why: String,
    pub before: String,
    pub wrote: String,
    pub now: String,
    /// The operation that came later, its kind, and who did it.
    pub by: Option<(Uuid, String, String)>,
}

/// Of each kind of conflict no more than this are told.
const MOST_TOLD: u64 = 10_000;

/// From this many written rows on, the planner is told.
const STATISTICS_FROM: u64 = 5_000;

/// Takes back the operation that `name` means, in one transaction. What somebody has changed since is left alone, field by field,
/// unless `force`; so is a record on which something hangs that the operation did not make. An undo is an operation like others
/// and can be taken back as well. One that left something alone can be asked for again.
///
/// # Errors
/// `read_only_user`, `not_admin` where users would change; `unknown_operation`, `ambiguous_operation`; `still_running`,
/// `nothing_done` for one that failed, `undone` for one that was taken back already, `pruned`, `not_journaled`; `busy`.
pub async fn undo(context: &Context, name: &str, force: bool, dry_run: bool) -> Result<UndoOutcome> {
    undo_notifying(context, name, force, dry_run, &mut |_| {}).await
}

/// As [`undo`], and says which operation it is as soon as that is committed as running. A dry run is none.
///
/// # Errors
/// As [`undo`]; once it has begun the operation has then failed, and its message is the error's.
pub async fn undo_notifying(
    context: &Context,
    name: &str,
    force: bool,
    dry_run: bool,
    on_start: OnStart<'_>,
) -> Result<UndoOutcome> {
    undo_if_permitted(context, name, force, dry_run, &|_| Ok(()), on_start).await
}

/// Says whether an undo may do this to the records of some tables.
pub type UndoPermission<'m> = &'m (dyn Fn(&[TableCount]) -> Result<()> + Send + Sync);

/// As [`undo_notifying`], where `may` allows what it comes to; it is asked in the transaction that writes.
///
/// # Errors
/// As [`undo_notifying`], and those of `may`.
pub async fn undo_if_permitted(
    context: &Context,
    name: &str,
    force: bool,
    dry_run: bool,
    may: UndoPermission<'_>,
    on_start: OnStart<'_>,
) -> Result<UndoOutcome> {
    context.may_write()?;
    let of = find(&mut context.db.read().await?, context, name).await?;
    refuse(context, &of).await?;
    let mut conn = context.db.hold(&context.scope()).await?;
    let begun = StartedOperation::now(context);
    let mut alive = None;
    if !dry_run {
        let parameters = json!({"operation": of.id, "force": force});
        let operation =
            Operation { undoes: Some(of.id), ..begun.operation(context, "operations.undo", parameters.to_string()) };
        alive = Some(running::begin(context, &mut conn, operation).await?);
        on_start(begun.id);
    }
    let outcome = run(context, &mut conn, of, begun, (force, dry_run), may).await;
    conn.settle().await;
    let outcome = match outcome {
        Ok(undone) => {
            if !dry_run && undone.operation.is_none() {
                let message = "nothing left to undo".to_owned();
                running::fail(context, begun.id, None, Some(message)).await?;
            }
            let rows = undone.ledger.updated + undone.ledger.deleted + undone.ledger.created;
            if undone.operation.is_some() && rows >= STATISTICS_FROM {
                refresh_statistics(context, &undone).await;
            }
            Ok(undone)
        }
        Err(error) => {
            let error = context.db.busy(error);
            if !dry_run {
                // The first error is the one to tell.
                let _ = running::fail(context, begun.id, None, Some(error.to_string())).await;
            }
            Err(error)
        }
    };
    // Until it is written down how it ended, it is at work.
    drop((alive, conn));
    outcome
}

async fn refresh_statistics(context: &Context, undone: &UndoOutcome) {
    // The undo is done and stays so: a signal must not call it rolled back. Statistics are for speed alone.
    let _done = store::Committing::begin();
    for count in &undone.tables {
        let noun =
            store::journal::TABLES.iter().filter_map(store::journal::Table::noun).find(|noun| noun.many == count.table);
        if let Some(noun) = noun
            && let Err(error) = context.db.refresh_statistics(noun).await
        {
            tracing::warn!(%error, "statistics were not refreshed");
        }
    }
}

async fn refuse(context: &Context, of: &Operation) -> Result<()> {
    let what = format!("{} {}", of.kind, of.id);
    if of.status == OperationStatus::Running.as_str() {
        let hint = if running::is_alive(context, of.id).await? {
            "wait until it is done, or interrupt it"
        } else {
            "its process has ended: it wrote nothing"
        };
        return Err(Error::refused("still_running", format!("{what} is still running")).hint(hint));
    }
    if of.status != OperationStatus::Done.as_str() {
        return Err(Error::refused("nothing_done", format!("{what} was {}: it wrote nothing", of.status)));
    }
    if let Some(at) = of.pruned_at {
        let message = format!("{what} can't be undone: its undo data was pruned on {}", at.date_naive());
        return Err(Error::refused("pruned", message));
    }
    if matches!(of.kind.as_str(), "organizations.create" | "operations.prune" | crate::ops::people::ERASE) {
        return Err(Error::refused("not_journaled", format!("{what} can't be undone")));
    }
    if let Some(by) = of.undone_by {
        let undo = store::operations::get(&mut context.db.read().await?, &context.scope(), by).await?;
        let ledger = undo.and_then(|undo| undo.ledger).and_then(|ledger| serde_json::from_str::<Ledger>(&ledger).ok());
        if ledger.is_some_and(|ledger| ledger.skipped == 0) {
            return Err(Error::refused("undone", format!("{what} was already undone by {by}"))
                .hint(say!("redo it with {}", Verb::OperationsUndo.on(by))));
        }
    }
    Ok(())
}

async fn run(
    context: &Context,
    conn: &mut Conn,
    of: Operation,
    begun: StartedOperation,
    (force, dry_run): (bool, bool),
    may: UndoPermission<'_>,
) -> Result<UndoOutcome> {
    let scope = context.scope();
    Undo::create(conn).await?;
    let mut tx = match dry_run {
        true => conn.read().await?,
        false => conn.write(&scope, Lock::Exclusive).await?,
    };
    // Under the lock nobody prunes it or takes it back any more.
    let of = store::operations::get(&mut tx, &scope, of.id).await?.unwrap_or(of);
    refuse(context, &of).await?;
    let undo = Undo {
        operation: of.id,
        last: store::operations::last_id(&mut tx, &scope, of.id).await?,
        derived: DERIVED_KINDS.contains(&of.kind.as_str()),
        day: day_of(&of.kind, &of.parameters),
        force,
    };
    undo.decide(&mut tx, &scope).await?;
    let tables = undo.counts(&mut tx).await?;
    if tables.iter().any(|count| nouns::called(count.table).is_some_and(|noun| noun.admin)) {
        context.may_administer()?;
    }
    may(&tables)?;
    let sum = |part: fn(&TableCount) -> u64| tables.iter().map(part).sum::<u64>();
    let (put_back, brought_back, left) =
        (sum(|count| count.put_back), sum(|count| count.brought_back), sum(|count| count.left));
    let mut ledger = Ledger {
        updated: put_back,
        created: brought_back,
        skipped: left,
        deleted: sum(|count| count.removed),
        ..Ledger::default()
    };
    ledger.rows = ledger.updated + ledger.created + ledger.skipped;
    let rescored = undo.rescored(&mut tx).await?;
    let conflicts = if left > 0 || undo.erased(&mut tx).await? > 0 {
        undo.conflicts(&mut tx, &scope, MOST_TOLD).await?
    } else {
        Vec::new()
    };
    let left = told(&mut tx, context, conflicts).await?;
    let mut undone = UndoOutcome { operation: None, of, ledger, tables, rescored, left };
    let nothing = put_back + brought_back + ledger.deleted + rescored == 0;
    if dry_run || nothing {
        tx.rollback().await?;
        return Ok(undone);
    }
    let stamp = stamp(context, begun.id, context.clock.now());
    let forced = undo.overridden_values(&mut tx, &scope).await?;
    let written = undo.apply(&mut tx, &scope, stamp).await?;
    if (written.put_back, written.removed, written.brought_back) != (put_back, ledger.deleted, brought_back) {
        let message = format!(
            "expected {put_back} rows to be overwritten, {} removed and {brought_back} restored, but it was {}, {} and {}; nothing was kept",
            ledger.deleted, written.put_back, written.removed, written.brought_back
        );
        return Err(
            Error::new(Kind::Storage, "ledger", message).hint("this is a defect of the program: please report it")
        );
    }
    undo.record_overridden(&mut tx, &scope, forced, || context.ids.next(), stamp).await?;
    undo.link(&mut tx, &scope, begun.id).await?;
    let text = serde_json::to_string(&ledger).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(&mut tx, &scope, begun.id, status, Some(text), None, stamp.now).await?;
    let noun = undone.of.kind.split('.').next().unwrap_or_default();
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(begun.id),
        kind: "operations.undo".to_owned(),
        noun: noun.to_owned(),
        record: None,
        account: None,
        label: format!("{}: {}", undone.of.kind, undone.summary()),
        changes: json!([{"field": "operation", "old": undone.of.id, "new": serde_json::Value::Null}]),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    undone.operation = Some(begun.id);
    Ok(undone)
}

impl UndoOutcome {
    /// The summary: `3 restored, 2 removed`.
    pub fn summary(&self) -> String {
        let parts = [
            (self.ledger.updated, "restored"),
            (self.ledger.deleted, "removed"),
            (self.ledger.created, "recreated"),
            (self.rescored, "accounts with earlier scores"),
            (self.ledger.skipped, "not changed"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if told.is_empty() { "nothing to undo".to_owned() } else { told.join(", ") }
    }
}

async fn told(tx: &mut Tx<'_>, context: &Context, conflicts: Vec<RawConflict>) -> Result<Vec<Conflict>> {
    if conflicts.is_empty() {
        return Ok(Vec::new());
    }
    let scope = context.scope();
    let users = store::users::all(tx, &scope).await?;
    let mut operations: std::collections::HashMap<Uuid, Operation> = std::collections::HashMap::new();
    for by in conflicts.iter().filter_map(|conflict| conflict.by) {
        if !operations.contains_key(&by)
            && let Some(operation) = store::operations::get(tx, &scope, by).await?
        {
            operations.insert(by, operation);
        }
    }
    let mut accounts: std::collections::HashMap<Uuid, String> = std::collections::HashMap::new();
    for conflict in conflicts.iter().filter(|conflict| names_account(conflict)) {
        for value in [&conflict.before, &conflict.wrote, &conflict.now] {
            if let Value::Id(id) = value
                && !accounts.contains_key(id)
                && let Some(account) = store::accounts::get(tx, &scope, *id).await?
            {
                let id = account.external_id.unwrap_or_else(|| account.id.to_string());
                accounts.insert(account.id, format!("{} ({id})", account.name));
            }
        }
    }
    let left = conflicts.into_iter().map(|conflict| {
        let value = |value: &Value| match value {
            Value::Id(id) if names_account(&conflict) => accounts.get(id).cloned().unwrap_or_else(|| id.to_string()),
            value => text(&conflict, value, &users),
        };
        let by = conflict.by.and_then(|by| operations.get(&by)).map(|operation| {
            let who = users.iter().find(|user| user.id == operation.user).map(|user| user.email.clone());
            (operation.id, operation.kind.clone(), who.unwrap_or_default())
        });
        let who = by.as_ref().map(|(_, kind, who)| format!(" by {who} ({kind})"));
        let created = who.as_ref().map_or_else(String::new, |who| format!(", created{who}"));
        let why = match (conflict.code, conflict.used_by) {
            ("changed_since", _) => format!("changed since{}", who.as_deref().unwrap_or_default()),
            ("in_use", Some((table, 1))) => format!("1 row of {table} still references it{created}"),
            ("in_use", Some((table, count))) => format!("{count} rows of {table} still reference it{created}"),
            ("in_use", None) => "other records still reference it".to_owned(),
            ("gone", _) => "it no longer exists".to_owned(),
            (ERASED, _) => "the content was erased since".to_owned(),
            ("taken", _) => "another record has the same unique value".to_owned(),
            _ => "the record it belongs to no longer exists".to_owned(),
        };
        Conflict {
            table: conflict.table,
            id: conflict.id,
            label: conflict.label.clone(),
            field: conflict.field.map(|field| field.name).or(conflict.column.map(|column| column.name)),
            code: conflict.code,
            why,
            before: value(&conflict.before),
            wrote: value(&conflict.wrote),
            now: value(&conflict.now),
            by,
        }
    });
    Ok(left.collect())
}

/// Whether its values are accounts, which people know by their names.
fn names_account(conflict: &RawConflict) -> bool {
    let column = conflict.column.map(|column| column.name);
    conflict.field.is_some_and(|field| field.meaning == Meaning::Account)
        || matches!(column, Some("account_id" | "parent_id" | "merged_into"))
}

/// As people read it: users by their addresses.
fn text(conflict: &RawConflict, value: &Value, users: &[User]) -> String {
    let is_user = |field: &Field| matches!(field.meaning, Meaning::User | Meaning::Author);
    match (conflict.field, value) {
        (Some(field), Value::Id(id)) if is_user(field) => {
            users.iter().find(|user| user.id == *id).map_or_else(|| id.to_string(), |user| user.email.clone())
        }
        (Some(field), value) => field.text(value).into_owned(),
        (None, value) => value.journal().into_owned(),
    }
}
