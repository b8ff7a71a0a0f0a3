//! Which accounts are looked at in pairs: those that share a key, and neighbours in the order of names.

use std::hash::{DefaultHasher, Hash, Hasher};

use uuid::Uuid;

use super::normal::normal;
use super::score::near;

/// The most accounts with one key that are compared with each other.
pub const LARGEST_BLOCK: usize = 50;

/// How many names after it, in their order, a name is compared with.
const NEIGHBOURS: usize = 3;

/// Of accounts with one name, so many are paired with those of a name nearly alike.
const OF_A_NAME: usize = 4;

/// Domains where anybody has an address or a page: having one says nothing. What lies below one of them is somebody's own.
const SHARED: [&str; 46] = [
    "126.com",
    "163.com",
    "aol.com",
    "blogspot.com",
    "comcast.net",
    "facebook.com",
    "free.fr",
    "freenet.de",
    "github.io",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "instagram.com",
    "laposte.net",
    "libero.it",
    "linkedin.com",
    "live.com",
    "mac.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "sites.google.com",
    "squarespace.com",
    "t-online.de",
    "twitter.com",
    "wanadoo.fr",
    "web.de",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
    "x.com",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.ru",
];

/// Whether a domain is one that strangers share.
pub(super) fn is_shared(domain: &str) -> bool {
    SHARED.binary_search(&domain).is_ok()
}

/// What accounts have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockKey {
    Domain(String),
    /// The normalized name.
    Name(String),
}

/// Accounts with one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    pub key: BlockKey,
    pub accounts: usize,
}

/// Pairs to be judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The lower id first; each once, in order.
    pub pairs: Vec<(Uuid, Uuid)>,
    /// More than [`LARGEST_BLOCK`] accounts have this in common: they were not compared by it. In order.
    pub too_large: Vec<Block>,
    /// Accounts whose domain is one that strangers share: it was not looked at.
    pub shared_domains: usize,
}

/// Texts one after the other, without an allocation for each.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.all.get(start..end).unwrap_or_default()
    }

    /// The places of texts that are not empty, in the order of texts, equal ones by `ids`.
    fn sorted(&self, ids: &[Uuid]) -> Vec<u32> {
        let mut order: Vec<u32> =
            (0..ids.len()).filter(|at| !self.get(*at).is_empty()).filter_map(|at| u32::try_from(at).ok()).collect();
        order.sort_unstable_by(|a, b| {
            let (a, b) = (*a as usize, *b as usize);
            self.get(a).cmp(self.get(b)).then_with(|| ids[a].cmp(&ids[b]))
        });
        order
    }
}

/// What is held of each account: some 60 bytes and its name.
#[derive(Debug, Default)]
pub struct Keys {
    ids: Vec<Uuid>,
    names: Texts,
    domains: Texts,
    shared: usize,
}

impl Keys {
    pub fn push(&mut self, id: Uuid, name: &str, domain: Option<&str>) {
        self.ids.push(id);
        self.names.push(&normal(name).key);
        let shared = domain.is_some_and(is_shared);
        self.shared += usize::from(shared);
        self.domains.push(domain.filter(|_| !shared).unwrap_or_default());
    }

    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The same whatever order the accounts came in.
    pub fn candidates(&self) -> Candidates {
        let mut found = FoundPairs { keys: self, pairs: Vec::new(), too_large: Vec::new() };
        let by_domain = self.domains.sorted(&self.ids);
        for run in by_domain.chunk_by(|a, b| self.domains.get(*a as usize) == self.domains.get(*b as usize)) {
            found.block(run, |at| BlockKey::Domain(self.domains.get(at).to_owned()));
        }
        drop(by_domain);
        let by_name = self.names.sorted(&self.ids);
        let runs: Vec<&[u32]> = by_name.chunk_by(|a, b| self.name(*a) == self.name(*b)).collect();
        for run in &runs {
            found.block(run, |at| BlockKey::Name(self.names.get(at).to_owned()));
        }
        for (at, run) in runs.iter().enumerate() {
            for next in runs.iter().skip(at + 1).take(NEIGHBOURS) {
                if let (Some(a), Some(b)) = (run.first(), next.first())
                    && near(self.name(*a), self.name(*b)).is_some()
                {
                    found.across(run, next);
                }
            }
        }
        found.reordered(&runs);
        let FoundPairs { mut pairs, mut too_large, .. } = found;
        pairs.sort_unstable();
        pairs.dedup();
        too_large.sort_unstable();
        Candidates { pairs, too_large, shared_domains: self.shared }
    }

    fn name(&self, at: u32) -> &str {
        self.names.get(at as usize)
    }
}

struct FoundPairs<'k> {
    keys: &'k Keys,
    pairs: Vec<(Uuid, Uuid)>,
    too_large: Vec<Block>,
}

impl FoundPairs<'_> {
    /// All pairs of a block, unless it is too large.
    fn block(&mut self, run: &[u32], key: impl Fn(usize) -> BlockKey) {
        if run.len() > LARGEST_BLOCK {
            let first = run.first().map_or(0, |at| *at as usize);
            self.too_large.push(Block { key: key(first), accounts: run.len() });
            return;
        }
        for (at, a) in run.iter().enumerate() {
            run.iter().skip(at + 1).for_each(|b| self.pair(*a, *b));
        }
    }

    /// The first of one name with the first of another.
    fn across(&mut self, one: &[u32], other: &[u32]) {
        for a in one.iter().take(OF_A_NAME) {
            other.iter().take(OF_A_NAME).for_each(|b| self.pair(*a, *b));
        }
    }

    fn pair(&mut self, a: u32, b: u32) {
        if let (Some(a), Some(b)) = (self.keys.ids.get(a as usize), self.keys.ids.get(b as usize)) {
            self.pairs.push((*a.min(b), *a.max(b)));
        }
    }

    /// Names of the same words in another order.
    fn reordered(&mut self, runs: &[&[u32]]) {
        let mut hashes: Vec<(u64, usize)> = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            let mut words: Vec<&str> = run.first().map_or("", |first| self.keys.name(*first)).split(' ').collect();
            if words.len() > 1 {
                words.sort_unstable();
                let mut hasher = DefaultHasher::new();
                words.hash(&mut hasher);
                hashes.push((hasher.finish(), at));
            }
        }
        hashes.sort_unstable();
        for run in hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() <= LARGEST_BLOCK) {
            for (at, (_, a)) in run.iter().enumerate() {
                for (_, b) in run.iter().skip(at + 1) {
                    self.across(runs[*a], runs[*b]);
                }
            }
        }
    }
}
