//! Where an account stands, and who said so.

use super::picklist::picklist;

picklist! {
    /// The status of an account.
    Status, "status", "status" {
        /// Healthy, engaged.
        Active = "active",
        /// Cancelled or left.
        Churned = "churned",
        /// Shows signs of leaving.
        AtRisk = "at_risk",
        /// Being set up.
        Onboarding = "onboarding",
    }
}

picklist! {
    /// Who set a status: a recompute only changes what a model may change.
    StatusSource, "status_source", "status source" {
        Person = "person",
        Import = "import",
        Model = "model",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        assert_eq!(StatusSource::parse("Model"), Ok(StatusSource::Model));
        assert_eq!(StatusSource::parse("robot").unwrap_err().code, "status_source");
    }
}
