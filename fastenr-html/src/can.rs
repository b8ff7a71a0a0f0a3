//! What a caller may do: the role and the scopes together, so that a page draws no more than the server would let through.

use fastenr_core::model::Role;
use fastenr_core::model::api_key::{ScopeNoun, ScopeVerb, Scopes};

/// Nouns that may be read, written and deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions {
    verbs: [u32; 3],
    pub administers: bool,
}

impl Permissions {
    /// Of a role, within these scopes; without scopes the role alone decides.
    pub fn of(role: Role, scopes: Option<&Scopes>) -> Self {
        let mut can = Self { verbs: [0; 3], administers: role == Role::Admin };
        for (verb, place) in ScopeVerb::ALL.iter().zip(0..) {
            for (noun, bit) in ScopeNoun::ALL.iter().zip(0_u32..) {
                let by_role = *verb == ScopeVerb::Read || role != Role::Read;
                if by_role && scopes.is_none_or(|scopes| scopes.allow(*noun, *verb)) {
                    can.verbs[place] |= 1 << bit;
                }
            }
        }
        can
    }

    fn may(&self, noun: ScopeNoun, verb: ScopeVerb) -> bool {
        let verb = ScopeVerb::ALL.iter().position(|known| *known == verb).unwrap_or_default();
        let noun = ScopeNoun::ALL.iter().position(|known| *known == noun).unwrap_or_default();
        self.verbs[verb] & (1 << noun) != 0
    }

    pub fn read(&self, noun: ScopeNoun) -> bool {
        self.may(noun, ScopeVerb::Read)
    }

    pub fn write(&self, noun: ScopeNoun) -> bool {
        self.may(noun, ScopeVerb::Write)
    }

    pub fn delete(&self, noun: ScopeNoun) -> bool {
        self.may(noun, ScopeVerb::Delete)
    }

    /// Nothing can be changed.
    pub fn only_reads(&self) -> bool {
        self.verbs[1] == 0 && self.verbs[2] == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_never_widens_a_role() {
        let all = Scopes::parse("*").ok();
        let reader = Permissions::of(Role::Read, all.as_ref());
        assert!(reader.read(ScopeNoun::Goals) && reader.only_reads() && !reader.administers);
        let narrow = Scopes::parse("accounts:*,goals:read").ok();
        let can = Permissions::of(Role::Admin, narrow.as_ref());
        assert!(can.delete(ScopeNoun::Accounts) && can.read(ScopeNoun::Goals));
        assert!(!can.write(ScopeNoun::Goals) && !can.read(ScopeNoun::Contacts));
        assert!(Permissions::of(Role::Write, None).write(ScopeNoun::Alerts));
    }
}
