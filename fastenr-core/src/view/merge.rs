//! What merging accounts came to, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::Named;
use super::account::AccountName;
use crate::duplicates::{DoubtfulPair, Facts};
use crate::model::account::ACCOUNT;
use crate::money::Money;
use crate::ops::Change;
use crate::ops::merge::{MergeOutcome, ReparentedAccount, SureMerges};

/// Accounts merged into one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountMerge {
    pub dry_run: bool,
    /// The operation; null: a dry run.
    pub operation: Option<Uuid>,
    /// The kept account.
    pub keep: AccountName,
    /// The merged accounts, in the order of the request; they are archived.
    pub duplicates: Vec<AccountName>,
    /// The records of the duplicates, by kind: `contacts`, `team_members`, `engagements`, `metrics`, `goals`,
    /// `adjustments`, `alerts`, `aliases`, `accounts_below`.
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, MergeMoved>))]
    pub moved: Named<MergeMoved>,
    /// Fields of the kept account filled from the duplicates.
    pub filled: Vec<FieldFilled>,
    /// Accounts that got another parent: the kept account, or an ancestor of it, that was below a duplicate.
    pub resettled: Vec<AccountResettled>,
    /// External ids that from now on name the kept account, in imports too.
    pub aliases: Vec<String>,
    /// ARR of duplicates that no longer counts, because the kept account has its own ARR.
    pub dropped_arr: Vec<DroppedArr>,
}

/// Records of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MergeMoved {
    pub moved: u64,
    /// Records left out because the kept account has the same one.
    pub left_out: u64,
}

/// A blank field that was filled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FieldFilled {
    pub field: &'static str,
    /// Value before; users as e-mail address, accounts as external id or id.
    pub old: Json,
    pub new: Json,
}

/// An account with a new parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountResettled {
    pub id: Uuid,
    pub name: String,
    /// Name of the parent before; null: none.
    pub old_parent: Option<String>,
    pub new_parent: Option<String>,
}

/// An ARR that no longer counts, also on past days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DroppedArr {
    /// Id of the duplicate.
    pub id: Option<Uuid>,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Money,
}

/// All sure duplicates, merged.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SureAccountMerges {
    pub dry_run: bool,
    /// The operation; null: a dry run, or nothing to merge.
    pub operation: Option<Uuid>,
    /// Number of accounts that were compared.
    pub accounts: u64,
    /// Number of accounts that were merged into others.
    pub merged: u64,
    pub merges: Vec<AccountMerge>,
    /// Pairs with a score of 100 that were not merged.
    pub left_out: Vec<LeftOutPair>,
}

/// Two accounts that a person has to decide about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LeftOutPair {
    pub keep: AccountName,
    pub duplicate: AccountName,
    /// Why: `archived`, `one_churned`, `other_arr`, `group`, `related`.
    pub reason: &'static str,
}

impl SureAccountMerges {
    pub fn new(done: &SureMerges, dry_run: bool) -> Self {
        Self {
            dry_run,
            operation: done.operation,
            accounts: done.accounts as u64,
            merged: done.merged(),
            merges: done.merges.iter().map(|merge| AccountMerge::new(merge, dry_run)).collect(),
            left_out: done.left_out.iter().map(LeftOutPair::from).collect(),
        }
    }
}

impl From<&DoubtfulPair> for LeftOutPair {
    fn from(pair: &DoubtfulPair) -> Self {
        let named = |facts: &Facts| AccountName {
            id: facts.id,
            external_id: facts.external_id.clone(),
            name: facts.name.clone(),
        };
        Self { keep: named(&pair.keep), duplicate: named(&pair.duplicate), reason: pair.doubt.as_str() }
    }
}

impl AccountMerge {
    pub fn new(done: &MergeOutcome, dry_run: bool) -> Self {
        let children = done.children.iter().map(|(called, moved)| (*called, moved.moved, moved.left_out));
        let moved = children.chain([("child accounts", done.adopted, 0)]);
        let dropped = done
            .dropped_arr
            .iter()
            .map(|(at, arr)| DroppedArr { id: done.duplicates.get(*at).map(|account| account.id), arr: *arr });
        Self {
            dry_run,
            operation: done.operation,
            keep: AccountName::from(&done.keep),
            duplicates: done.duplicates.iter().map(AccountName::from).collect(),
            moved: moved
                .map(|(called, moved, left_out)| (called.replace(' ', "_"), MergeMoved { moved, left_out }))
                .collect(),
            filled: done.filled.iter().map(FieldFilled::from).collect(),
            resettled: done.resettled.iter().map(AccountResettled::from).collect(),
            aliases: done.aliases.clone(),
            dropped_arr: dropped.collect(),
        }
    }
}

impl From<&Change> for FieldFilled {
    fn from(change: &Change) -> Self {
        let value = |text: &str| match ACCOUNT.field(change.field) {
            _ if text.is_empty() => Json::Null,
            Some((_, field)) if !field.meaning.is_reference() => {
                field.parse(text).map_or_else(|_| Json::from(text), |value| field.json(&value))
            }
            _ => Json::from(text),
        };
        Self { field: change.field, old: value(&change.old), new: value(&change.new) }
    }
}

impl From<&ReparentedAccount> for AccountResettled {
    fn from(moved: &ReparentedAccount) -> Self {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self { id: moved.account, name: moved.name.clone(), old_parent: text(&moved.old), new_parent: text(&moved.new) }
    }
}
