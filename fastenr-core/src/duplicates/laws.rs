//! What holds of any names.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// Anything, and what names are made of.
fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "acme",
        "The",
        "S",
        "A",
        "s.a.",
        "Ltd.",
        "GmbH & Co. KG",
        "co",
        "é",
        "ß",
        "O'",
        "株式会社",
        "İ",
        "(publ)",
        "ii",
        "3",
        "-",
        ",",
    ]);
    prop_oneof![".{0,20}", prop::collection::vec(word, 0..6).prop_map(|words| words.join(" ")),]
}

proptest! {
    #[test]
    fn a_normal_name_is_its_own(name in name()) {
        let key = normal(&name).key;
        prop_assert_eq!(&normal(&key).key, &key);
        prop_assert!(!key.starts_with(' ') && !key.ends_with(' ') && !key.contains("  "));
    }

    #[test]
    fn case_says_nothing(name in "[ -~àéîöü]{0,30}") {
        prop_assert_eq!(normal(&name.to_uppercase()), normal(&name));
    }

    #[test]
    fn order_says_nothing(names in prop::collection::vec((name(), prop::option::of("[a-c]\\.com")), 0..12), turn in 0_usize..12) {
        let fill = |at: &[usize]| {
            let mut keys = Keys::default();
            for at in at {
                let (name, domain) = &names[*at];
                keys.push(Uuid::from_u128(*at as u128), name, domain.as_deref());
            }
            keys.candidates()
        };
        let order: Vec<usize> = (0..names.len()).collect();
        let mut turned = order.clone();
        turned.rotate_left(if names.is_empty() { 0 } else { turn % names.len() });
        turned.reverse();
        prop_assert_eq!(fill(&order), fill(&turned));
    }

    /// What has a key in common is found as comparing all finds it.
    #[test]
    fn nobody_is_missed(names in prop::collection::vec((name(), prop::option::of("[a-c]\\.com")), 0..12)) {
        let mut keys = Keys::default();
        for (at, (name, domain)) in names.iter().enumerate() {
            keys.push(Uuid::from_u128(at as u128), name, domain.as_deref());
        }
        let found = keys.candidates();
        for (a, (one, domain)) in names.iter().enumerate() {
            for (b, (other, other_domain)) in names.iter().enumerate().skip(a + 1) {
                let (key, other_key) = (normal(one).key, normal(other).key);
                let same = (!key.is_empty() && key == other_key) || (domain.is_some() && domain == other_domain);
                let pair = (Uuid::from_u128(a as u128), Uuid::from_u128(b as u128));
                prop_assert!(!same || found.pairs.contains(&pair), "{one:?} {other:?}");
            }
        }
    }
}

#[test]
fn a_large_block_is_said_and_not_compared() {
    let mut keys = Keys::default();
    for n in 0..=LARGEST_BLOCK {
        keys.push(Uuid::from_u128(n as u128), &format!("Name {n} of many"), Some("rh.com"));
    }
    for n in 1_000..1_500 {
        keys.push(Uuid::from_u128(n), &format!("Person {n}"), Some("gmail.com"));
    }
    let found = keys.candidates();
    assert_eq!(found.too_large, [Block { key: BlockKey::Domain("rh.com".into()), accounts: LARGEST_BLOCK + 1 }]);
    assert_eq!((found.pairs.len(), found.shared_domains), (0, 500));
}
