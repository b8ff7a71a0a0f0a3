//! How likely two accounts are one customer, and why.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::block::is_shared;
use super::normal::{Normal, normal};

/// What is known of an account when it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub domain: Option<String>,
    pub industry: Option<String>,
    pub size: Option<String>,
    /// From the custom fields.
    pub country: Option<String>,
    pub parent: Option<Uuid>,
    pub owned: bool,
    /// In cents.
    pub arr: Option<i64>,
    pub churned: bool,
    pub archived: bool,
    pub engagements: i64,
    pub created_at: DateTime<Utc>,
}

/// A reason for or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    SameName,
    /// The same words in another order.
    SameWords,
    /// A letter or two differ.
    NearName,
    /// The name of one begins with that of the other.
    NameWithin,
    SameDomain,
    OtherDomain,
    OtherCountry,
    OtherIndustry,
    OtherSize,
    /// Ltd and GmbH, say.
    OtherForm,
    /// One is the other's parent.
    Parent,
    /// They have the same parent.
    Siblings,
}

impl Signal {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameName => "same_name",
            Self::SameWords => "same_words",
            Self::NearName => "near_name",
            Self::NameWithin => "name_within",
            Self::SameDomain => "same_domain",
            Self::OtherDomain => "other_domain",
            Self::OtherCountry => "other_country",
            Self::OtherIndustry => "other_industry",
            Self::OtherSize => "other_size",
            Self::OtherForm => "other_form",
            Self::Parent => "parent",
            Self::Siblings => "siblings",
        }
    }

    /// As a person says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SameName => "same name",
            Self::SameWords => "same words",
            Self::NearName => "nearly the same name",
            Self::NameWithin => "one name begins with the other",
            Self::SameDomain => "same domain",
            Self::OtherDomain => "other domain",
            Self::OtherCountry => "other country",
            Self::OtherIndustry => "other industry",
            Self::OtherSize => "other size",
            Self::OtherForm => "other legal form",
            Self::Parent => "parent and child",
            Self::Siblings => "same parent",
        }
    }
}

/// What was found of two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// 0 to 100: the points of the signals together, within these bounds.
    pub score: u8,
    /// With the points that each gives or takes.
    pub signals: Vec<(Signal, i32)>,
    /// Whether the first of the two is the one to keep: it is the one with more to lose.
    pub keep_first: bool,
}

/// Looks at two accounts; the same whichever comes first, but for `keep_first`, which then is the other.
pub fn judge(a: &Facts, b: &Facts) -> Verdict {
    let names = (normal(&a.name), normal(&b.name));
    let (domain_a, domain_b) = (own_domain(a), own_domain(b));
    let same_domain = domain_a.is_some() && domain_a == domain_b;
    let mut signals = Vec::new();
    signals.extend(likeness(&names.0, &names.1, same_domain));
    if same_domain {
        signals.push((Signal::SameDomain, 45));
    }
    let differ =
        |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if normal(a).key != normal(b).key);
    let forms = (&names.0.form, &names.1.form);
    let against = [
        (Signal::OtherDomain, -20, !same_domain && domain_a.is_some() && domain_b.is_some()),
        (Signal::OtherCountry, -15, differ(a.country.as_deref(), b.country.as_deref())),
        (Signal::OtherIndustry, -10, differ(a.industry.as_deref(), b.industry.as_deref())),
        (Signal::OtherSize, -5, differ(a.size.as_deref(), b.size.as_deref())),
        (Signal::OtherForm, -10, !forms.0.is_empty() && !forms.1.is_empty() && forms.0 != forms.1),
        (Signal::Parent, -40, a.parent == Some(b.id) || b.parent == Some(a.id)),
        (Signal::Siblings, -15, a.parent.is_some() && a.parent == b.parent),
    ];
    signals.extend(against.iter().filter(|(.., holds)| *holds).map(|(signal, points, _)| (*signal, *points)));
    let sum: i32 = signals.iter().map(|(_, points)| points).sum();
    let score = u8::try_from(sum.clamp(0, 100)).unwrap_or(100);
    Verdict { score, signals, keep_first: worth(a) >= worth(b) }
}

fn own_domain(facts: &Facts) -> Option<&str> {
    facts.domain.as_deref().filter(|domain| !is_shared(domain))
}

/// What there is to lose: customers before those who left, then what people have put in, then age.
pub(super) fn worth(facts: &Facts) -> impl Ord {
    let filled = u8::from(facts.owned) + u8::from(facts.arr.is_some());
    (
        (!facts.archived, !facts.churned, filled, facts.engagements),
        (facts.external_id.is_some(), Reverse(facts.created_at), Reverse(facts.id)),
    )
}

/// What the names say. Where the domain is the same, they need not be alike to say something.
fn likeness(a: &Normal, b: &Normal, same_domain: bool) -> Option<(Signal, i32)> {
    let (a, b) = (a.key.as_str(), b.key.as_str());
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a == b {
        return Some((Signal::SameName, if same_domain { 55 } else { 80 }));
    }
    let sorted = |key: &str| {
        let mut words: Vec<String> = key.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    if sorted(a) == sorted(b) {
        return Some((Signal::SameWords, if same_domain { 50 } else { 70 }));
    }
    if let Some(points) = near(a, b) {
        return Some((Signal::NearName, if same_domain { 45 } else { points }));
    }
    let within = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '));
    (same_domain && (within(a, b) || within(b, a))).then_some((Signal::NameWithin, 25))
}

/// The shortest name, and the shortest word, of which a letter may differ.
const SHORTEST: usize = 6;

/// The points of two names that differ in a letter, two in long ones: 50 to 65, the more the longer they are. None where they
/// differ in more, in a short word, which may be a code, or in what tells the numbers of a series apart.
pub(super) fn near(a: &str, b: &str) -> Option<i32> {
    let (long, short) = (a.chars().count().max(b.chars().count()), a.chars().count().min(b.chars().count()));
    let most = if short >= 20 { 2 } else { 1 };
    if short < SHORTEST || long - short > most || numbers(a) != numbers(b) || codes_differ(a, b) {
        return None;
    }
    let distance = strsim::osa_distance(a, b);
    if distance == 0 || distance > most {
        return None;
    }
    let lost = i32::try_from(200 * distance / long).unwrap_or(20);
    Some(70 - lost.clamp(5, 20))
}

/// Whether two names of equally many words differ in a short one, or in nothing but the last letter of one: `PAYPALC`, `PAYPALQ`.
fn codes_differ(a: &str, b: &str) -> bool {
    let last_differs = |a: &str, b: &str| {
        let (mut a, mut b) = (a.chars(), b.chars());
        a.next_back().is_some() && b.next_back().is_some() && a.as_str() == b.as_str()
    };
    let mut words = a.split(' ').zip(b.split(' ')).filter(|(a, b)| a != b);
    let short = |a: &str, b: &str| a.chars().count().min(b.chars().count()) < SHORTEST;
    a.split(' ').count() == b.split(' ').count() && words.any(|(a, b)| short(a, b) || last_differs(a, b))
}

/// The words of a name that count: numbers, Roman ones too, and single letters.
fn numbers(key: &str) -> Vec<&str> {
    let counts = |word: &&str| {
        word.chars().any(|c| c.is_ascii_digit())
            || word.chars().count() == 1
            || word.chars().all(|c| matches!(c, 'i' | 'v' | 'x'))
    };
    key.split(' ').filter(counts).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn facts(name: &str, domain: &str) -> Facts {
        Facts {
            id: Uuid::from_u128(name.len() as u128),
            external_id: None,
            name: name.to_owned(),
            domain: (!domain.is_empty()).then(|| domain.to_owned()),
            industry: None,
            size: None,
            country: None,
            parent: None,
            owned: false,
            arr: None,
            churned: false,
            archived: false,
            engagements: 0,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn scores() {
        let cases = [
            (("Acme Inc", "acme.com"), ("ACME", "acme.com"), 100),
            (("Acme Inc", "acme.com"), ("ACME", ""), 80),
            (("Acme Inc", "gmail.com"), ("ACME", "gmail.com"), 80),
            (("Acme Inc", "acme.com"), ("ACME", "acme.org"), 60),
            (("Acme Inc", ""), ("Acme GmbH", ""), 70),
            (("Acme Europe", "acme.com"), ("Acme", "acme.com"), 70),
            (("Bolt", "acme.com"), ("Acme", "acme.com"), 45),
            (("Smith Jones", ""), ("Jones & Smith", ""), 0),
            (("Smith Jones", ""), ("Jones Smith", ""), 70),
            (("Microsoft", ""), ("Mircosoft", ""), 50),
            (("Consolidated Edison", ""), ("Consolidated Edisson", ""), 60),
            (("Global Fund 1", ""), ("Global Fund 2", ""), 0),
            (("Global Fund II", ""), ("Global Fund III", ""), 0),
            (("Visa", ""), ("Vist", ""), 0),
            (("Notes on PAYPALC 2025", ""), ("Notes on PAYPALQ 2025", ""), 0),
            (("Long Daily FAANG Shares", ""), ("Long Daily FATANG Shares", ""), 0),
        ];
        for ((name, domain), (other, other_domain), score) in cases {
            let (a, b) = (facts(name, domain), facts(other, other_domain));
            assert_eq!((judge(&a, &b).score, judge(&b, &a).score), (score, score), "{name} and {other}");
        }
    }

    #[test]
    fn what_speaks_against() {
        let (mut a, mut b) = (facts("Acme Inc", "acme.com"), facts("Acme", "acme.com"));
        (a.industry, b.industry) = (Some("Retail".into()), Some("Mining".into()));
        (a.country, b.country) = (Some("DE".into()), Some("FR".into()));
        (a.size, b.size) = (Some("small".into()), Some("large".into()));
        assert_eq!(judge(&a, &b).score, 70);
        a.parent = Some(b.id);
        let verdict = judge(&a, &b);
        assert_eq!(verdict.score, 30);
        assert_eq!(verdict.signals.iter().map(|(_, points)| points).sum::<i32>(), 30);
        assert!(verdict.signals.contains(&(Signal::Parent, -40)));
    }

    #[test]
    fn the_one_to_keep() {
        let a = facts("Acme", "");
        let keeps = |change: &dyn Fn(&mut Facts)| {
            let mut b = facts("Acme Inc", "");
            change(&mut b);
            (judge(&a, &b).keep_first, judge(&b, &a).keep_first)
        };
        assert_eq!(keeps(&|_| {}), (true, false), "the lower id");
        assert_eq!(keeps(&|b| b.owned = true), (false, true));
        assert_eq!(keeps(&|b| b.engagements = 1), (false, true));
        assert_eq!(keeps(&|b| b.created_at -= chrono::TimeDelta::days(1)), (false, true));
        assert_eq!(keeps(&|b| (b.owned, b.churned) = (true, true)), (true, false));
        assert_eq!(keeps(&|b| (b.engagements, b.archived) = (9, true)), (true, false));
    }
}
