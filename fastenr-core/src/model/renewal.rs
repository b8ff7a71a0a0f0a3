//! How sure a renewal is.

use super::picklist::picklist;

picklist! {
    /// The forecast of the next renewal, as its owner sees it.
    RenewalStage, "renewal_stage", "renewal stage" {
        Committed = "committed",
        Likely = "likely",
        Unknown = "unknown",
        AtRisk = "at_risk",
        WillChurn = "will_churn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_spelling() {
        assert_eq!(RenewalStage::parse("Will churn"), Ok(RenewalStage::WillChurn));
        assert_eq!(RenewalStage::parse("maybe").unwrap_err().code, "renewal_stage");
    }
}
