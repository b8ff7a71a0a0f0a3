//! Merging all sure duplicates at once: one operation, with guards, or a preview.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use super::{KIND, MergeOutcome, finish, merge_named, tell};
use crate::duplicates::{Doubt, DoubtfulPair, Facts, SURE_SCORE, sure_groups};
use crate::error::{Error, Result};
use crate::model::account::{ACCOUNT, Account};
use crate::model::operation::Ledger;
use crate::ops::bulk::{Limits, filter_words};
use crate::ops::records::{StartedOperation, record_started};
use crate::ops::selection::selection;
use crate::ops::{Context, accounts, duplicates};
use crate::store::merge::Merge;
use crate::store::{self, Lock, Tx};

/// What the merges came to, or would.
#[derive(Debug)]
pub struct SureMerges {
    /// None in a dry run and where there was nothing to merge.
    pub operation: Option<Uuid>,
    /// How many accounts were looked at.
    pub accounts: usize,
    pub merges: Vec<MergeOutcome>,
    /// Pairs with the same score that are left to a person.
    pub left_out: Vec<DoubtfulPair>,
    /// What a run would be refused with; of a dry run alone.
    pub refusal: Option<Error>,
}

impl SureMerges {
    /// How many accounts are merged into others: what the limits count.
    pub fn merged(&self) -> u64 {
        self.merges.iter().map(|done| done.duplicates.len() as u64).sum()
    }
}

/// Merges the sure duplicates among the accounts that pass the filter, as [`crate::duplicates::sure_groups`] chooses them: all of
/// them or none, in one transaction and as one operation. The limits count the accounts that are merged into others.
///
/// # Errors
/// `read_only_user`; those of [`selection()`]; `max_affected` and `expected` before anything is kept; `custom_fields_size` where those of one group are too
/// long for one account; `busy`.
pub async fn merge_sure(
    context: &Context,
    filter: &[(String, String)],
    limits: Limits,
    dry_run: bool,
) -> Result<SureMerges> {
    context.may_write()?;
    let chosen = selection(context, &ACCOUNT, filter.iter().map(|(name, text)| (name, text))).await?;
    let words = match filter_words(filter) {
        words if words.is_empty() => format!("all {}", ACCOUNT.plural),
        words => words.join(" "),
    };
    let mut tx = context.write(Lock::Exclusive).await?;
    let found = duplicates::find(&mut tx, context, &chosen, SURE_SCORE).await?;
    let pairs: Vec<(Uuid, Uuid)> = found.pairs.iter().map(|pair| (pair.keep, pair.duplicate)).collect();
    let facts = duplicates::facts(&mut tx, context, pairs.iter().flat_map(|(a, b)| [*a, *b])).await?;
    let sure = sure_groups(&facts, &pairs);

    let begun = StartedOperation::now(context);
    let parameters = json!({"sure": true, "filter": words}).to_string();
    let stamp = record_started(&mut tx, context, begun, KIND, Ledger::default(), parameters).await?;
    let mut done = SureMerges {
        operation: None,
        accounts: found.accounts,
        merges: Vec::new(),
        left_out: sure.left_out,
        refusal: None,
    };
    let mut ledger = Ledger::default();
    let mut written = HashSet::new();
    for group in sure.groups {
        let (keep, others) = read(&mut tx, context, &group).await?;
        let touched = touched(&mut tx, context, &keep, &others).await?;
        if touched.iter().any(|id| written.contains(id)) {
            done.left_out.extend(related(group));
            continue;
        }
        let (merged, adopted) = merge_named(&mut tx, context, stamp, keep, others).await?;
        if !dry_run {
            tell(&mut tx, context, &merged, &adopted, stamp).await?;
        }
        written.extend(touched);
        let own = merged.ledger();
        ledger.rows += own.rows;
        ledger.updated += own.updated;
        ledger.archived += own.archived;
        ledger.deleted += own.deleted;
        done.merges.push(merged);
    }
    let merged = done.merged();
    let refusal = limits.refusal(merged, |limit| {
        let accounts = if merged == 1 { ACCOUNT.one } else { ACCOUNT.plural };
        format!("{words}: {merged} {accounts} would be merged into others, {limit}")
    });
    if dry_run {
        tx.rollback().await?;
        done.refusal = refusal;
        return Ok(done);
    }
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    if done.merges.is_empty() {
        tx.rollback().await?;
        return Ok(done);
    }
    finish(&mut tx, context, stamp, ledger).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    for merge in &mut done.merges {
        merge.operation = done.operation;
    }
    Ok(done)
}

async fn read(tx: &mut Tx<'_>, context: &Context, group: &[Facts]) -> Result<(Account, Vec<Account>)> {
    let mut all = Vec::with_capacity(group.len());
    for facts in group {
        all.push(accounts::reread(tx, context, facts.id).await?);
    }
    let keep = all.remove(0);
    Ok((keep, all))
}

/// The accounts that a merge may write: its own, those above the kept one, those below the duplicates. The journal has one image
/// of a row for each operation, so two merges of one operation never write the same account.
async fn touched(tx: &mut Tx<'_>, context: &Context, keep: &Account, others: &[Account]) -> Result<Vec<Uuid>> {
    let scope = context.scope();
    let ids: Vec<Uuid> = others.iter().map(|account| account.id).collect();
    let merge = Merge { keep: keep.id, duplicates: &ids, operation: Uuid::nil(), now: context.clock.now() };
    let below = store::merge::below(tx, &scope, &merge, &[keep.id]).await?;
    let mut touched = store::accounts::ancestors(tx, &scope, keep.id).await?;
    touched.push(keep.id);
    touched.extend(below.into_iter().map(|account| account.id));
    touched.extend(ids);
    Ok(touched)
}

/// The pairs of a group that has to wait.
fn related(group: Vec<Facts>) -> Vec<DoubtfulPair> {
    let mut rest = group.into_iter();
    let Some(keep) = rest.next() else { return Vec::new() };
    rest.map(|duplicate| DoubtfulPair { keep: keep.clone(), duplicate, doubt: Doubt::Related }).collect()
}
