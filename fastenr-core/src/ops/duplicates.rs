//! Accounts that may be one customer: pairs of them, with how likely it is and why.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use uuid::Uuid;

use super::Context;
use crate::duplicates::{Block, Facts, Keys, Signal, judge};
use crate::error::{Error, Result};
use crate::model::cursor::{ListOrder, ListRequest, Part};
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;
use crate::model::{CustomFields, Status};
use crate::store::duplicates::{self as rows, Fact};
use crate::store::{StoreResult, Tx};

/// The score from which pairs are shown where nothing else is asked for.
pub const MIN_SCORE: u8 = 60;

/// As many pairs are judged with one look at the database.
const SLICE: usize = 2_000;

/// Two accounts by their ids, and their score: what is held of each pair that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoredPair {
    pub score: u8,
    /// The one to keep.
    pub keep: Uuid,
    pub duplicate: Uuid,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// How many accounts were looked at.
    pub accounts: usize,
    /// How many pairs had something in common, whatever their score.
    pub compared: usize,
    /// The likeliest first.
    pub pairs: Vec<ScoredPair>,
    /// What too many accounts have in common to be compared by it.
    pub too_large: Vec<Block>,
    /// Accounts whose domain is one that strangers share, such as gmail.com.
    pub shared_domains: usize,
}

/// A pair as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub score: u8,
    pub keep: Facts,
    pub duplicate: Facts,
    /// With the points that each gives or takes.
    pub signals: Vec<(Signal, i32)>,
}

/// Looks for duplicates among the accounts that pass the filter. `tx` is one of [`crate::store::Db::read`].
///
/// Of each account the name and the domain are held in memory, of each pair its ids.
///
/// # Errors
/// `min_score` above 100.
pub async fn find(tx: &mut Tx<'_>, context: &Context, selection: &Selection, min_score: u8) -> Result<Duplicates> {
    if min_score > 100 {
        return Err(Error::invalid("min_score", "a score is 0 to 100"));
    }
    let scope = context.scope();
    let mut keys = Keys::default();
    let mut read = rows::keys(tx, &scope, selection)?;
    while let Some(row) = read.try_next().await? {
        keys.push(row.id, &row.name, row.domain.as_deref());
    }
    drop(read);
    let accounts = keys.len();
    let candidates = keys.candidates();
    drop(keys);
    let mut found = Duplicates {
        accounts,
        compared: candidates.pairs.len(),
        pairs: Vec::new(),
        too_large: candidates.too_large,
        shared_domains: candidates.shared_domains,
    };
    for slice in candidates.pairs.chunks(SLICE) {
        let facts = facts(tx, context, slice.iter().flat_map(|(a, b)| [*a, *b])).await?;
        for (a, b) in slice {
            let (Some(one), Some(other)) = (facts.get(a), facts.get(b)) else { continue };
            let verdict = judge(one, other);
            if verdict.score >= min_score {
                let (keep, duplicate) = if verdict.keep_first { (*a, *b) } else { (*b, *a) };
                found.pairs.push(ScoredPair { score: verdict.score, keep, duplicate });
            }
        }
    }
    found.pairs.sort_unstable_by_key(|pair| (std::cmp::Reverse(pair.score), pair.keep, pair.duplicate));
    Ok(found)
}

/// A part of the pairs, by page or by cursor; all are looked for each time.
///
/// # Errors
/// As [`find`]; `cursor` for one of another list or filter.
pub async fn part(context: &Context, selection: &Selection, min_score: u8, ask: &ListRequest) -> Result<Part<Pair>> {
    let storages = vec![Storage::Integer, Storage::Id, Storage::Id];
    let order = ListOrder { list: "duplicates", sort: "score", descending: true, storages };
    let seek = ask.seek(&order)?.and_one();
    let mut tx = context.db.read().await?;
    let mut pairs = find(&mut tx, context, selection, min_score).await?.pairs;
    let total = ask.total.of(pairs.len() as u64);
    if let Some([Value::Integer(score), Value::Id(keep), Value::Id(duplicate)]) = seek.after.as_deref() {
        let before = (std::cmp::Reverse(*score), *keep, *duplicate);
        pairs.retain(|pair| (std::cmp::Reverse(i64::from(pair.score)), pair.keep, pair.duplicate) > before);
    }
    let (offset, limit) = (usize::try_from(seek.offset), usize::try_from(seek.limit));
    let rows: Vec<ScoredPair> =
        pairs.into_iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or(usize::MAX)).collect();
    let rows = describe(&mut tx, context, &rows).await?;
    let place = |pair: &Pair| {
        vec![Value::Integer(i64::from(pair.score)), Value::Id(pair.keep.id), Value::Id(pair.duplicate.id)]
    };
    Ok(ask.part(rows, total, &order, place))
}

/// The pairs with what is to be said of them, in their order.
pub async fn describe(tx: &mut Tx<'_>, context: &Context, pairs: &[ScoredPair]) -> Result<Vec<Pair>> {
    let facts = facts(tx, context, pairs.iter().flat_map(|pair| [pair.keep, pair.duplicate])).await?;
    let pair = |pair: &ScoredPair| {
        let (keep, duplicate) = (facts.get(&pair.keep)?.clone(), facts.get(&pair.duplicate)?.clone());
        Some(Pair { score: pair.score, signals: judge(&keep, &duplicate).signals, keep, duplicate })
    };
    Ok(pairs.iter().filter_map(pair).collect())
}

pub(super) async fn facts(
    tx: &mut Tx<'_>,
    context: &Context,
    ids: impl Iterator<Item = Uuid>,
) -> StoreResult<BTreeMap<Uuid, Facts>> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = rows::facts(tx, &context.scope(), &ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, of(row))).collect())
}

fn of(row: Fact) -> Facts {
    Facts {
        id: row.id,
        country: country(&row.custom_fields),
        external_id: row.external_id,
        name: row.name,
        domain: row.domain,
        industry: row.industry,
        size: row.size,
        parent: row.parent_id,
        owned: row.owner_id.is_some(),
        arr: row.arr,
        churned: row.status == Status::Churned.as_str(),
        archived: row.archived_at.is_some(),
        engagements: row.engagements,
        created_at: row.created_at,
    }
}

/// The custom field that says the country, under the names that systems give it.
fn country(custom: &str) -> Option<String> {
    const NAMES: [&str; 4] = ["country", "billingcountry", "countryregion", "hqcountry"];
    if custom == "{}" {
        return None;
    }
    let fields = CustomFields::parse(custom).ok()?.to_map();
    let folded = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let mut known = fields.iter().filter(|(name, _)| NAMES.contains(&folded(name).as_str()));
    known.find_map(|(_, value)| value.as_str().filter(|text| !text.trim().is_empty())).map(str::to_owned)
}
