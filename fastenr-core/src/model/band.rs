//! Where scores stand.

use super::picklist::picklist;

picklist! {
    /// Where a health score stands; lower edges inclusive. The first four are shown green, yellow, orange and red; the last
    /// two stand apart.
    Band, "band", "band" {
        Healthy = "healthy",
        Moderate = "moderate",
        Concern = "concern",
        Critical = "critical",
        InsufficientData = "insufficient_data",
        Onboarding = "onboarding",
    }
}

picklist! {
    /// Where a churn risk stands; 100 is worst.
    ChurnBand, "churn_band", "churn band" {
        Low = "low",
        Medium = "medium",
        High = "high",
        Severe = "severe",
        InsufficientData = "insufficient_data",
    }
}

picklist! {
    /// Where an account stands: the band of its latest health score, or that it has left. A churned account keeps the score
    /// of its last day, which is judged no more.
    AccountBand, "band", "band" {
        Healthy = "healthy",
        Moderate = "moderate",
        Concern = "concern",
        Critical = "critical",
        InsufficientData = "insufficient_data",
        Onboarding = "onboarding",
        Churned = "churned",
    }
}

impl Band {
    /// The four that a score may fall in, the best first; the model that scores draws their edges.
    pub const SCORED: [Self; 4] = [Self::Healthy, Self::Moderate, Self::Concern, Self::Critical];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A band that scoring gives is one that an account can be in, under the same name.
    #[test]
    fn an_account_can_be_in_every_band() {
        let (churned, others) = AccountBand::TEXTS.split_last().unwrap();
        assert_eq!((*churned, others), ("churned", Band::TEXTS));
    }
}
