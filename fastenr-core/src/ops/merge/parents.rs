//! The tree of accounts in a merge: what stood below a duplicate stands below the kept account, and never a circle.

use uuid::Uuid;

use crate::error::Result;
use crate::model::account::{ACCOUNT, Account};
use crate::model::noun::{Field, Value};
use crate::ops::Context;
use crate::store::accounts::MOST_ANCESTORS;
use crate::store::merge::{ChildAccount, Merge};
use crate::store::records::{Assignment, Stamp};
use crate::store::{self, Tx};

/// An account that stood below a duplicate and above, or at, the kept one: it goes to the next account above that is no
/// duplicate, since it can't go below the kept one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReparentedAccount {
    pub account: Uuid,
    pub name: String,
    /// What the parents are called; empty: none.
    pub old: String,
    pub new: String,
}

/// What became of the tree.
pub(super) struct ParentChanges {
    /// They are below the kept account now.
    pub(super) adopted: Vec<ChildAccount>,
    pub(super) resettled: Vec<ReparentedAccount>,
    /// The kept account's own parent, where it is to change: its caller writes it.
    pub(super) own: Option<(Assignment, Value)>,
}

pub(super) async fn move_children(
    tx: &mut Tx<'_>,
    context: &Context,
    merge: &Merge<'_>,
    keep: &Account,
    duplicates: &[Account],
    stamp: Stamp,
) -> Result<ParentChanges> {
    let scope = context.scope();
    // Itself first, then upward.
    let above = store::accounts::ancestors(tx, &scope, keep.id).await?;
    let is_duplicate = |id: &Uuid| merge.duplicates.contains(id);
    let adopted = store::merge::below(tx, &scope, merge, &above).await?;
    store::merge::adopt(tx, &scope, merge, &above).await?;

    let parent = ACCOUNT.field("parent").map(|(_, field)| field);
    let mut settled = ParentChanges { adopted, resettled: Vec::new(), own: None };
    let mut own_parent = keep.parent.as_ref().map(|parent| parent.id);
    for (at, id) in above.iter().enumerate() {
        if is_duplicate(id) || !above.get(at + 1).is_some_and(is_duplicate) {
            continue;
        }
        let next = above.iter().skip(at + 1).find(|id| !is_duplicate(id)).copied();
        let account = super::super::accounts::reread(tx, context, *id).await?;
        let new = called(tx, context, next).await?;
        let old = account.parent.as_ref().map(|parent| parent.label.clone()).unwrap_or_default();
        settled.resettled.push(ReparentedAccount { account: *id, name: account.name.clone(), old, new });
        if *id == keep.id {
            own_parent = next;
        } else if let Some(field) = parent {
            write(tx, context, &account, field, next, stamp).await?;
        }
    }
    if own_parent.is_none() {
        own_parent = taken(tx, context, keep, duplicates).await?;
    }
    let (old, new) = (keep.parent.as_ref().map(|parent| parent.id), own_parent);
    if let Some(field) = parent.filter(|_| old != new) {
        let value = |id: Option<Uuid>| id.map_or(Value::Null, Value::Id);
        settled.own = Some(((field, value(new)), value(old)));
    }
    Ok(settled)
}

/// The parent that an account without one takes from the first duplicate that has one: not itself, no duplicate, nothing below
/// the kept account.
async fn taken(tx: &mut Tx<'_>, context: &Context, keep: &Account, duplicates: &[Account]) -> Result<Option<Uuid>> {
    let scope = context.scope();
    for account in duplicates {
        let above = store::accounts::ancestors(tx, &scope, account.id).await?;
        if above.contains(&keep.id) || above.len() >= MOST_ANCESTORS {
            continue;
        }
        let next = above.into_iter().find(|id| !duplicates.iter().any(|duplicate| duplicate.id == *id));
        if next.is_some() {
            return Ok(next);
        }
    }
    Ok(None)
}

/// What people know an account by, for a change: its external id, or its id.
async fn called(tx: &mut Tx<'_>, context: &Context, id: Option<Uuid>) -> Result<String> {
    let Some(id) = id else { return Ok(String::new()) };
    let account = super::super::accounts::reread(tx, context, id).await?;
    Ok(account.external_id.unwrap_or_else(|| id.to_string()))
}

async fn write(
    tx: &mut Tx<'_>,
    context: &Context,
    account: &Account,
    field: &'static Field,
    parent: Option<Uuid>,
    stamp: Stamp,
) -> Result<()> {
    let scope = context.scope();
    store::records::keep_before(tx, &scope, &ACCOUNT, account.id, field.bit(), stamp.operation).await?;
    let assignments: [Assignment; 1] = [(field, parent.map_or(Value::Null, Value::Id))];
    store::records::update(tx, &scope, &ACCOUNT, account.id, account.version, &assignments, stamp.now).await?;
    Ok(())
}
