//! Merging accounts that are one customer: what hangs on the duplicates goes to the account that is kept, which takes from them
//! what it lacks. They stay, archived, and name it.

mod arr;
mod fill;
mod parents;
mod sure;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::records::{StartedOperation, changes, record_started};
use super::{Change, Context, accounts};
use crate::error::{Error, Result, Setting};
use crate::model::account::{ACCOUNT, Account};
use crate::model::activity::Activity;
use crate::model::noun::Value;
use crate::model::operation::{Ledger, OperationStatus};
use crate::money::Money;
use crate::say;
use crate::store::merge::{ChildAccount, Merge, MovedRows, children_tables};
use crate::store::records::{Assignment, Stamp};
use crate::store::{self, Lock, Tx};

pub use parents::ReparentedAccount;
pub use sure::{SureMerges, merge_sure};

/// As many accounts as are merged into one at once.
pub const MOST: usize = 100;

/// The kind of the operation and of its activities.
const KIND: &str = "accounts.merge";

/// What a merge came to, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeOutcome {
    /// As it is afterwards.
    pub keep: Account,
    /// As they were, in the order named.
    pub duplicates: Vec<Account>,
    /// Of each kind of record, what became of those of the duplicates.
    pub children: Vec<(&'static str, MovedRows)>,
    /// Accounts that stood below a duplicate and are below the kept one now.
    pub adopted: u64,
    /// The kept account, or one above it, that stood below a duplicate and was put elsewhere.
    pub resettled: Vec<ReparentedAccount>,
    /// What the kept account took from the duplicates.
    pub filled: Vec<Change>,
    /// External ids that mean the kept account from now on.
    pub aliases: Vec<String>,
    /// The ARR of duplicates that counts no more, as the kept account has its own; by their places in `duplicates`.
    pub dropped_arr: Vec<(usize, Money)>,
    /// None in a dry run.
    pub operation: Option<Uuid>,
}

/// Merges accounts into one. `expected` is what a dry run foretold: where it would come out otherwise, nothing is done.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`; `named_twice`, `keep_named`, `too_many`; `archived` where the account to keep is,
/// `merged` where one was merged before; `stale` where `expected` is not what would be; `read_only_user`;
/// `custom_fields_size` where those of all are too long for one account.
pub async fn merge(
    context: &Context,
    keep: &str,
    duplicates: &[String],
    expected: Option<&MergeOutcome>,
    dry_run: bool,
) -> Result<MergeOutcome> {
    context.may_write()?;
    let mut tx = context.write(Lock::Exclusive).await?;
    let (keep, duplicates) = named(&mut tx, context, keep, duplicates).await?;
    let parameters = json!({
        "keep": keep.id, "name": keep.name, "external_id": keep.external_id,
        "duplicates": duplicates.iter().map(|account| json!({
            "id": account.id, "name": account.name, "external_id": account.external_id,
        })).collect::<Vec<_>>(),
    });
    let begun = StartedOperation::now(context);
    let stamp = record_started(&mut tx, context, begun, KIND, Ledger::default(), parameters.to_string()).await?;
    let (mut done, adopted) = merge_named(&mut tx, context, stamp, keep, duplicates).await?;
    if expected.is_some_and(|expected| !done.comes_out_as(expected)) {
        return Err(Error::refused(
            "stale",
            "the accounts have changed since it was asked: the merge would come out otherwise",
        )
        .hint(say!("preview it again with {}, then decide", Setting::DryRun)));
    }
    if dry_run {
        tx.rollback().await?;
        return Ok(done);
    }
    finish(&mut tx, context, stamp, done.ledger()).await?;
    tell(&mut tx, context, &done, &adopted, stamp).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    Ok(done)
}

/// Merges accounts that are fit for it, in a transaction that goes on; and those that are below the kept one now.
async fn merge_named(
    tx: &mut Tx<'_>,
    context: &Context,
    stamp: Stamp,
    keep: Account,
    duplicates: Vec<Account>,
) -> Result<(MergeOutcome, Vec<ChildAccount>)> {
    let scope = context.scope();
    let ids: Vec<Uuid> = duplicates.iter().map(|account| account.id).collect();
    let merge = Merge { keep: keep.id, duplicates: &ids, operation: stamp.operation, now: stamp.now };
    let mut children = Vec::new();
    for child in children_tables() {
        children.push((child.called, store::merge::children(tx, &scope, &merge, &child).await?));
    }
    let settled = parents::move_children(tx, context, &merge, &keep, &duplicates, stamp).await?;
    store::merge::rest(tx, &scope, &merge).await?;
    let mut aliases = Vec::new();
    for external_id in duplicates.iter().filter_map(|account| account.external_id.as_deref()) {
        store::merge::alias(tx, &scope, &merge, context.ids.next(), external_id).await?;
        aliases.push(external_id.to_owned());
    }
    let owners = owners_at_work(tx, context, &duplicates).await?;
    let mut fills = fill::fills(&keep, &duplicates, &owners)?;
    fills.extend(settled.own);
    let arr_from = fill::donor_of_arr(&keep, &duplicates).filter(|_| keep.arr.is_none());
    let after = write_keep(tx, context, &merge, &keep, &fills, arr_from, stamp).await?;

    let filled = changes(&fills, |field| keep.value(field), |field| after.value(field));
    let dropped_arr = duplicates.iter().enumerate();
    let dropped_arr = dropped_arr.filter(|(_, account)| arr_from.is_none_or(|from| from.id != account.id));
    let dropped_arr = dropped_arr.filter_map(|(at, account)| Some((at, account.arr?))).collect();
    let done = MergeOutcome {
        keep: after,
        duplicates,
        children,
        adopted: settled.adopted.len() as u64,
        resettled: settled.resettled,
        filled,
        aliases,
        dropped_arr,
        operation: None,
    };
    Ok((done, settled.adopted))
}

async fn finish(tx: &mut Tx<'_>, context: &Context, stamp: Stamp, ledger: Ledger) -> Result<()> {
    let text = serde_json::to_string(&ledger).unwrap_or_default();
    store::operations::finish(
        tx,
        &context.scope(),
        stamp.operation,
        OperationStatus::Done,
        Some(text),
        None,
        stamp.now,
    )
    .await?;
    Ok(())
}

impl MergeOutcome {
    /// Rows are the duplicates; deleted are the records that found their place taken.
    fn ledger(&self) -> Ledger {
        let rows = self.duplicates.len() as u64;
        let archived = self.duplicates.iter().filter(|account| account.archived_at.is_none()).count() as u64;
        let deleted = self.children.iter().map(|(_, moved)| moved.left_out).sum();
        Ledger { rows, updated: rows, archived, deleted, ..Ledger::default() }
    }

    /// Whether the same happens to the same: moments and versions of what is kept aside.
    fn comes_out_as(&self, expected: &Self) -> bool {
        let plain = |of: &Self| {
            let keep = Account { updated_at: of.keep.created_at, ..of.keep.clone() };
            Self { keep, operation: None, ..of.clone() }
        };
        plain(self) == plain(expected)
    }
}

/// The accounts that are named, fit to be merged.
async fn named(tx: &mut Tx<'_>, context: &Context, keep: &str, names: &[String]) -> Result<(Account, Vec<Account>)> {
    if names.is_empty() || names.len() > MOST {
        return Err(Error::invalid("too_many", format!("1 to {MOST} duplicates are merged into an account at once")));
    }
    let keep_named = keep;
    let keep = accounts::find(tx, context, keep).await?;
    accounts::check_not_merged(tx, context, &keep).await?;
    if keep.archived_at.is_some() {
        return Err(Error::refused("archived", format!("{} is archived and can't be kept", keep.name))
            .hint(accounts::restore_first(keep.id))
            .hint("or keep another of them"));
    }
    let mut duplicates: Vec<Account> = Vec::with_capacity(names.len());
    for name in names {
        let account = accounts::find(tx, context, name).await?;
        if account.id == keep.id {
            let message = format!("{name:?} is {} itself, which {keep_named:?} means", keep.name);
            return Err(Error::invalid("keep_named", message)
                .hint("name the account to keep once, then its duplicates; ids tell accounts of one name apart"));
        }
        if duplicates.iter().any(|known| known.id == account.id) {
            return Err(Error::invalid("named_twice", format!("{name:?} names {} a second time", account.name)));
        }
        accounts::check_not_merged(tx, context, &account).await?;
        duplicates.push(account);
    }
    Ok((keep, duplicates))
}

/// Owners of the duplicates who may be given an account.
async fn owners_at_work(tx: &mut Tx<'_>, context: &Context, duplicates: &[Account]) -> Result<Vec<Uuid>> {
    let mut owners = Vec::new();
    for owner in duplicates.iter().filter_map(|account| account.owner.as_ref()) {
        let user = store::users::get(tx, &context.scope(), owner.id).await?;
        if user.is_some_and(|user| user.deactivated_at.is_none()) {
            owners.push(owner.id);
        }
    }
    Ok(owners)
}

/// Writes what the kept account takes, with its before-image and history; as it is afterwards.
async fn write_keep(
    tx: &mut Tx<'_>,
    context: &Context,
    merge: &Merge<'_>,
    keep: &Account,
    fills: &[(Assignment, Value)],
    arr_from: Option<&Account>,
    stamp: Stamp,
) -> Result<Account> {
    let scope = context.scope();
    if !fills.is_empty() {
        let changed = fills.iter().fold(0, |mask, ((field, _), _)| mask | field.bit());
        store::records::keep_before(tx, &scope, &ACCOUNT, keep.id, changed, stamp.operation).await?;
        let carried = match arr_from {
            Some(from) => arr::carry(tx, context, merge, from).await?,
            None => false,
        };
        for ((field, new), old) in fills {
            if let Some(history) = ACCOUNT.history.as_ref().filter(|_| field.tracked)
                && !(field.name == "arr" && carried)
            {
                let ids = (context.ids.next(), keep.id);
                store::records::track(tx, &scope, history, ids, field, (old, new), stamp).await?;
            }
        }
        let assignments: Vec<Assignment> = fills.iter().map(|(assignment, _)| assignment.clone()).collect();
        store::records::update(tx, &scope, &ACCOUNT, keep.id, keep.version, &assignments, stamp.now).await?;
    }
    let after = store::accounts::get(tx, &scope, keep.id).await?;
    after.ok_or_else(|| Error::not_found("unknown_account", format!("account {} no longer exists", keep.id)))
}

/// An activity on the kept account with all that happened, and one on each other account that was written.
async fn tell(
    tx: &mut Tx<'_>,
    context: &Context,
    done: &MergeOutcome,
    adopted: &[ChildAccount],
    stamp: Stamp,
) -> Result<()> {
    let change = |field: &str, old: Json, new: Json| json!({"field": field, "old": old, "new": new});
    let text = |text: &str| if text.is_empty() { Json::Null } else { json!(text) };
    let called = |name: &str, external_id: Option<&str>, id: Uuid| match external_id {
        Some(external_id) => format!("{name} ({external_id})"),
        None => format!("{name} ({id})"),
    };
    let of = |account: &Account| called(&account.name, account.external_id.as_deref(), account.id);
    let kept = of(&done.keep);
    let mut told: Vec<(Uuid, &str, Vec<Json>)> = Vec::new();
    for account in &done.duplicates {
        told.push((account.id, &account.name, vec![change("merged_into", Json::Null, json!(kept))]));
    }
    for below in adopted {
        told.push((below.id, &below.name, vec![change("parent", Json::Null, json!(kept))]));
    }
    for moved in done.resettled.iter().filter(|moved| moved.account != done.keep.id) {
        told.push((moved.account, &moved.name, vec![change("parent", text(&moved.old), text(&moved.new))]));
    }
    let mut own: Vec<Json> =
        done.duplicates.iter().map(|account| change("merged", Json::Null, json!(of(account)))).collect();
    own.extend(done.children.iter().filter(|(_, moved)| *moved != MovedRows::default()).map(|(called, moved)| {
        let words = match moved.left_out {
            0 => format!("{} moved", moved.moved),
            left_out => format!("{} moved, {left_out} left out", moved.moved),
        };
        change(called, Json::Null, json!(words))
    }));
    if done.adopted > 0 {
        own.push(change("child accounts", Json::Null, json!(format!("{} moved", done.adopted))));
    }
    let subject = accounts::subject(&done.keep);
    own.extend(done.filled.iter().map(|filled| subject.change(filled)));
    told.push((done.keep.id, &done.keep.name, own));
    for (account, label, changes) in told {
        let activity = Activity {
            id: context.ids.next(),
            at: stamp.now,
            user: context.user.id,
            operation: Some(stamp.operation),
            kind: KIND.to_owned(),
            noun: ACCOUNT.many.to_owned(),
            record: Some(account),
            account: Some(account),
            label: label.to_owned(),
            changes: Json::Array(changes),
        };
        store::activities::insert(tx, &context.scope(), &activity).await?;
    }
    Ok(())
}
