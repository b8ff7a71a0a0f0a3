//! What a user may do.

use super::picklist::picklist;

picklist! {
    /// Each role may do what the ones before it may.
    Role, "role", "role" {
        Read = "read",
        Write = "write",
        Admin = "admin",
    }
}

impl Role {
    /// Whether this role may do what `needed` may.
    pub fn allows(self, needed: Self) -> bool {
        self >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_includes_the_ones_before() {
        assert!(Role::Admin.allows(Role::Write) && Role::Write.allows(Role::Write));
        assert!(!Role::Read.allows(Role::Write));
        assert_eq!(Role::parse("Admin"), Ok(Role::Admin));
        assert_eq!(Role::parse("root").unwrap_err().rule, "role is one of read, write, admin");
    }
}
