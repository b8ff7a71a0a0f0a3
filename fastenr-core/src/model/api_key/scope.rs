//! Scopes: what a key may be used for, as pairs of a noun and a verb.

use std::fmt;
use std::str::FromStr;

use crate::error::Invalid;
pub use crate::model::nouns::ScopeNoun;
use crate::model::picklist::picklist;

picklist! {
    /// What may be done to it. None includes another.
    ScopeVerb, "scope", "the verb of a scope" {
        Read = "read",
        /// Create, change, change in bulk, import, undo.
        Write = "write",
        Delete = "delete",
    }
}

/// `accounts:read`, `accounts:*`, `*:read`, or `*` for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// None: any.
    noun: Option<ScopeNoun>,
    verb: Option<ScopeVerb>,
}

impl Scope {
    pub const EVERYTHING: Self = Self { noun: None, verb: None };

    pub const fn of(noun: ScopeNoun, verb: ScopeVerb) -> Self {
        Self { noun: Some(noun), verb: Some(verb) }
    }

    /// Code `scope`: what it looks like, or which nouns or verbs there are, with the nearest one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::EVERYTHING);
        }
        let (noun, verb) = text.split_once(':').ok_or_else(|| {
            Invalid::new(
                "scope",
                "a scope is NOUN:VERB such as accounts:read, and * stands for any: accounts:*, *:read, *",
            )
        })?;
        let any = |text: &str| text.trim() == "*";
        let noun = if any(noun) { None } else { Some(ScopeNoun::parse(noun)?) };
        let verb = if any(verb) { None } else { Some(ScopeVerb::parse(verb)?) };
        Ok(Self { noun, verb })
    }

    /// Whether it allows whatever `other` does.
    pub fn covers(self, other: Self) -> bool {
        (self.noun.is_none() || self.noun == other.noun) && (self.verb.is_none() || self.verb == other.verb)
    }

    /// Whether it changes nothing.
    pub fn only_reads(self) -> bool {
        self.verb == Some(ScopeVerb::Read)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.noun, self.verb) {
            (None, None) => f.write_str("*"),
            (noun, verb) => {
                write!(f, "{}:{}", noun.map_or("*", ScopeNoun::as_str), verb.map_or("*", ScopeVerb::as_str))
            }
        }
    }
}

impl FromStr for Scope {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// The scopes of a key: one at least, sorted, none that another one covers. What allows the same is mostly written the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Codes `scope`, `no_scope`.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, Invalid> {
        let mut all: Vec<Scope> = scopes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let scopes: Vec<Scope> = all
            .iter()
            .filter(|scope| !all.iter().any(|other| other != *scope && other.covers(**scope)))
            .copied()
            .collect();
        if scopes.is_empty() {
            return Err(Invalid::new("no_scope", "a key has at least one scope, such as accounts:read"));
        }
        Ok(Self(scopes))
    }

    /// A list with commas. Codes as [`Scopes::new`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        Self::new(words.map(Scope::parse).collect::<Result<Vec<_>, _>>()?)
    }

    /// From the stored form, an array of texts.
    pub fn from_json(text: &str) -> Result<Self, Invalid> {
        let words: Vec<String> =
            serde_json::from_str(text).map_err(|_| Invalid::new("scope", "scopes are a JSON array of texts"))?;
        Self::new(words.iter().map(|word| Scope::parse(word)).collect::<Result<Vec<_>, _>>()?)
    }

    /// The stored form: `["accounts:read","health:*"]`.
    pub fn to_json(&self) -> String {
        serde_json::Value::from_iter(self.0.iter().map(Scope::to_string)).to_string()
    }

    pub fn allow(&self, noun: ScopeNoun, verb: ScopeVerb) -> bool {
        self.0.iter().any(|scope| scope.covers(Scope::of(noun, verb)))
    }

    /// Those that allow more than reading.
    pub fn beyond_reading(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied().filter(|scope| !scope.only_reads())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            write!(f, "{}{scope}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_by_one() {
        for (text, canonical) in [
            ("accounts:read", "accounts:read"),
            (" Accounts : Read ", "accounts:read"),
            ("goals:*", "goals:*"),
            ("*:read", "*:read"),
            ("*", "*"),
            ("*:*", "*"),
        ] {
            assert_eq!(Scope::parse(text).map(|scope| scope.to_string()).as_deref(), Ok(canonical), "{text}");
        }
        for (text, rule) in [
            ("accounts", "a scope is NOUN:VERB"),
            ("", "a scope is NOUN:VERB"),
            ("acounts:read", "did you mean accounts?"),
            ("accounts:raed", "did you mean read?"),
            ("accounts:read:write", "the verb of a scope is one of read, write, delete"),
            (":", "the noun of a scope is one of accounts"),
        ] {
            let invalid = Scope::parse(text).unwrap_err();
            assert!(invalid.code == "scope" && invalid.rule.contains(rule), "{text}: {invalid}");
        }
    }

    #[test]
    fn lists() {
        let list = |text: &str| Scopes::parse(text).map(|scopes| scopes.to_json());
        assert_eq!(list("health:*,accounts:read, accounts:read").as_deref(), Ok(r#"["accounts:read","health:*"]"#));
        assert_eq!(list("accounts:read,*:read,accounts:write").as_deref(), Ok(r#"["*:read","accounts:write"]"#));
        assert_eq!(list("accounts:read,*").as_deref(), Ok(r#"["*"]"#));
        for empty in ["", " , "] {
            assert_eq!(list(empty).unwrap_err().code, "no_scope");
        }
        assert_eq!(Scopes::from_json("{}").unwrap_err().code, "scope");
    }

    fn scope() -> impl Strategy<Value = Scope> {
        let noun = proptest::option::of(proptest::sample::select(ScopeNoun::ALL));
        let verb = proptest::option::of(proptest::sample::select(ScopeVerb::ALL));
        (noun, verb).prop_map(|(noun, verb)| Scope { noun, verb })
    }

    proptest! {
        #[test]
        fn what_is_left_out_takes_nothing_away(given in proptest::collection::vec(scope(), 1..8)) {
            let scopes = Scopes::new(given.clone()).unwrap();
            for noun in ScopeNoun::ALL {
                for verb in ScopeVerb::ALL {
                    let any = given.iter().any(|scope| scope.covers(Scope::of(*noun, *verb)));
                    prop_assert_eq!(scopes.allow(*noun, *verb), any, "{} {}", noun, verb);
                }
            }
            let reversed: Vec<Scope> = given.into_iter().rev().collect();
            prop_assert_eq!(&Scopes::new(reversed).unwrap(), &scopes);
            prop_assert_eq!(&Scopes::from_json(&scopes.to_json()).unwrap(), &scopes);
            prop_assert_eq!(&Scopes::parse(&scopes.to_string()).unwrap(), &scopes);
        }

        #[test]
        fn any_text_is_judged(text in "\\PC{0,40}|[a-z:*,]{0,20}") {
            if let Ok(scopes) = Scopes::parse(&text) {
                prop_assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
            }
        }
    }
}
