//! How large a customer is.

use super::picklist::picklist;

picklist! {
    /// A size segment; scores compare an account with others of its size.
    Size, "size", "size" {
        Startup = "startup",
        Small = "small",
        Medium = "medium",
        Large = "large",
        Enterprise = "enterprise",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_size_and_reads_any_case() {
        assert!(Size::Startup < Size::Enterprise);
        assert_eq!(Size::parse("ENTERPRISE"), Ok(Size::Enterprise));
        assert_eq!(
            Size::parse("Entreprise").unwrap_err().rule,
            "size is one of startup, small, medium, large, enterprise (did you mean enterprise?)"
        );
    }
}
