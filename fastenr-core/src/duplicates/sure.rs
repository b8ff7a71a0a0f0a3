//! Which duplicates are sure: they may be merged many at once, without a person's look at each pair.
//!
//! A pair is sure where its score is 100 (the same normalized name, the same domain that strangers don't share, and nothing that
//! speaks against it) and a merge loses nothing that a person has to weigh: neither account is archived, both are churned or
//! neither, and they don't have two different ARRs. A group is sure where each of its pairs is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::score::{Facts, worth};

/// The score of a pair for which everything speaks and nothing against it.
pub const SURE_SCORE: u8 = 100;

/// Why a pair with a score of 100 is left to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    Archived,
    OneChurned,
    OtherArr,
    /// A third account matches only one of the two.
    Group,
    /// It stands above or below an account of another pair that is merged.
    Related,
}

impl Doubt {
    pub const ALL: [Self; 5] = [Self::Archived, Self::OneChurned, Self::OtherArr, Self::Group, Self::Related];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archived => "archived",
            Self::OneChurned => "one_churned",
            Self::OtherArr => "other_arr",
            Self::Group => "group",
            Self::Related => "related",
        }
    }

    /// As a person says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Archived => "one is archived",
            Self::OneChurned => "one is churned, the other is not",
            Self::OtherArr => "different ARRs",
            Self::Group => "a third account matches only one of them surely",
            Self::Related => "parent or child of an account that is merged in this run; run it again",
        }
    }
}

/// Two accounts that are left to a person, the one with more data first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtfulPair {
    pub keep: Facts,
    pub duplicate: Facts,
    pub doubt: Doubt,
}

/// What may be merged, and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SureGroups {
    /// Of each group first the account to keep, then its duplicates, those with more data first; no account is in two groups.
    pub groups: Vec<Vec<Facts>>,
    pub left_out: Vec<DoubtfulPair>,
}

/// Groups the pairs that have a score of [`SURE_SCORE`]; the order of pairs and of their members says nothing.
pub fn sure_groups(facts: &BTreeMap<Uuid, Facts>, pairs: &[(Uuid, Uuid)]) -> SureGroups {
    let mut partners: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (a, b) in pairs.iter().filter(|(a, b)| facts.contains_key(a) && facts.contains_key(b)) {
        partners.entry(*a).or_default().insert(*b);
        partners.entry(*b).or_default().insert(*a);
    }
    let mut found = SureGroups::default();
    let mut seen = BTreeSet::new();
    for start in partners.keys() {
        let ids = component(&partners, *start, &mut seen);
        if ids.is_empty() {
            continue;
        }
        let mut members: Vec<&Facts> = ids.iter().filter_map(|id| facts.get(id)).collect();
        members.sort_by_key(|facts| Reverse(worth(facts)));
        let mut doubts = Vec::new();
        let mut whole = true;
        for (at, one) in members.iter().enumerate() {
            for other in members.iter().skip(at + 1) {
                if !partners.get(&one.id).is_some_and(|partners| partners.contains(&other.id)) {
                    whole = false;
                    continue;
                }
                doubts.push((*one, *other, doubt(one, other)));
            }
        }
        if whole && doubts.iter().all(|(.., doubt)| doubt.is_none()) {
            found.groups.push(members.into_iter().cloned().collect());
            continue;
        }
        found.left_out.extend(doubts.into_iter().map(|(keep, duplicate, doubt)| DoubtfulPair {
            keep: keep.clone(),
            duplicate: duplicate.clone(),
            doubt: doubt.unwrap_or(Doubt::Group),
        }));
    }
    found
}

/// What is not yet seen of the accounts that pairs connect with this one, itself among them.
fn component(partners: &BTreeMap<Uuid, BTreeSet<Uuid>>, start: Uuid, seen: &mut BTreeSet<Uuid>) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut next = vec![start];
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            ids.push(id);
            next.extend(partners.get(&id).into_iter().flatten());
        }
    }
    ids
}

fn doubt(a: &Facts, b: &Facts) -> Option<Doubt> {
    if a.archived || b.archived {
        Some(Doubt::Archived)
    } else if a.churned != b.churned {
        Some(Doubt::OneChurned)
    } else if a.arr.is_some() && b.arr.is_some() && a.arr != b.arr {
        Some(Doubt::OtherArr)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::duplicates::judge;
    use crate::duplicates::score::tests::facts;

    fn book(changes: &[&dyn Fn(&mut Facts)]) -> (BTreeMap<Uuid, Facts>, Vec<(Uuid, Uuid)>) {
        let accounts = changes.iter().enumerate().map(|(at, change)| {
            let mut account = Facts { id: Uuid::from_u128(at as u128 + 1), ..facts("Acme", "acme.com") };
            change(&mut account);
            account
        });
        let facts: BTreeMap<Uuid, Facts> = accounts.map(|account| (account.id, account)).collect();
        let mut pairs = Vec::new();
        for (a, one) in &facts {
            for (b, other) in facts.range(a..).skip(1) {
                if judge(one, other).score == SURE_SCORE {
                    pairs.push((*a, *b));
                }
            }
        }
        (facts, pairs)
    }

    type Left = (u128, u128, &'static str);
    type Edit = Box<dyn Fn(&mut Facts)>;

    fn told(changes: &[&dyn Fn(&mut Facts)]) -> (Vec<Vec<u128>>, Vec<Left>) {
        let (facts, pairs) = book(changes);
        let found = sure_groups(&facts, &pairs);
        let number = |facts: &Facts| facts.id.as_u128();
        let groups = found.groups.iter().map(|group| group.iter().map(number).collect()).collect();
        let left = found.left_out.iter().map(|pair| (number(&pair.keep), number(&pair.duplicate), pair.doubt.as_str()));
        (groups, left.collect())
    }

    #[test]
    fn what_is_sure() {
        let same = &|_: &mut Facts| {};
        let arr = |cents: i64| move |facts: &mut Facts| facts.arr = Some(cents);
        assert_eq!(told(&[same, same, same]), (vec![vec![1, 2, 3]], vec![]));
        assert_eq!(told(&[same, &|facts| facts.engagements = 1]).0, [[2, 1]], "more data is kept");
        assert_eq!(told(&[&arr(5), &arr(5), same]).0, [[1, 2, 3]]);
        assert_eq!(told(&[&arr(5), &arr(6)]).1, [(1, 2, "other_arr")]);
        assert_eq!(told(&[same, &|facts| facts.archived = true]).1, [(1, 2, "archived")]);
        assert_eq!(told(&[&|facts| facts.churned = true, same]).1, [(2, 1, "one_churned")]);
        assert_eq!(told(&[&|facts| facts.churned = true, &|facts| facts.churned = true]).0, [[1, 2]]);
        assert_eq!(told(&[same, &|facts| facts.domain = Some("acme.org".into())]), (vec![], vec![]));
        // Two industries: each goes with the account that names none, and not with the other.
        let industry = |name: &'static str| move |facts: &mut Facts| facts.industry = Some(name.into());
        let (groups, left) = told(&[&industry("Retail"), same, &industry("Mining")]);
        assert_eq!((groups.len(), left), (0, vec![(1, 2, "group"), (2, 3, "group")]));
    }

    proptest! {
        /// Whatever the accounts are: nobody is in two groups, each pair of a group is sure, and each pair is merged or left out.
        #[test]
        fn every_pair_has_its_place(kinds in prop::collection::vec((0..3_u8, 0..3_i64, any::<bool>()), 2..9)) {
            let changes: Vec<Edit> = kinds.iter().map(|(industry, arr, churned)| {
                let (industry, arr, churned) = (*industry, *arr, *churned && *arr == 2);
                Box::new(move |facts: &mut Facts| {
                    facts.industry = [None, Some("Retail".to_owned()), Some("Mining".to_owned())][usize::from(industry)].clone();
                    facts.arr = (arr > 0).then_some(arr);
                    facts.churned = churned;
                }) as Edit
            }).collect();
            let (facts, mut pairs) = book(&changes.iter().map(AsRef::as_ref).collect::<Vec<_>>());
            let found = sure_groups(&facts, &pairs);
            let members: Vec<Uuid> = found.groups.iter().flatten().map(|facts| facts.id).collect();
            prop_assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), members.len());
            let mut places = found.left_out.len();
            for group in &found.groups {
                prop_assert!(group.len() > 1);
                places += group.len() * (group.len() - 1) / 2;
                for (at, one) in group.iter().enumerate() {
                    for other in &group[at + 1..] {
                        prop_assert!(judge(one, other).score == SURE_SCORE && doubt(one, other).is_none());
                        prop_assert!(judge(one, other).keep_first);
                    }
                }
            }
            prop_assert_eq!(places, pairs.len());
            pairs.reverse();
            let turned: Vec<(Uuid, Uuid)> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
            prop_assert_eq!(sure_groups(&facts, &turned), found);
        }
    }
}
