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
