//! What is scored: four components of health with seventeen factors, and five factors of churn risk.

use crate::model::picklist::picklist;
pub use crate::model::{Band, ChurnBand};

picklist! {
    /// A part of health.
    Component, "component", "component" {
        ProductUsage = "product_usage",
        Support = "support",
        Engagement = "engagement",
        Business = "business",
    }
}

picklist! {
    /// A factor of health, in the order of [`super::Health::factors`].
    Factor, "factor", "factor" {
        LoginFrequency = "login_frequency",
        FeatureAdoption = "feature_adoption",
        SessionDuration = "session_duration",
        UserActivity = "user_activity",
        Training = "training",
        TicketVolume = "ticket_volume",
        TicketSeverity = "ticket_severity",
        ResolutionTime = "resolution_time",
        Csat = "csat",
        MeetingFrequency = "meeting_frequency",
        ResponseRate = "response_rate",
        Outcomes = "outcomes",
        Stakeholders = "stakeholders",
        ContractValue = "contract_value",
        Payment = "payment",
        Expansion = "expansion",
        Renewal = "renewal",
    }
}

picklist! {
    /// A factor of churn risk, in the order of [`super::Churn::factors`].
    ChurnFactor, "churn_factor", "churn factor" {
        DecliningHealth = "declining_health",
        ReducedEngagement = "reduced_engagement",
        SupportEscalations = "support_escalations",
        ContractPayment = "contract_payment",
        Competitive = "competitive",
    }
}

impl Factor {
    /// The place in [`Self::ALL`], and the bit of a [`super::Connected`].
    pub const fn place(self) -> usize {
        self as usize
    }

    pub const fn component(self) -> Component {
        match self as usize {
            0..5 => Component::ProductUsage,
            5..9 => Component::Support,
            9..13 => Component::Engagement,
            _ => Component::Business,
        }
    }
}

impl Component {
    pub const fn place(self) -> usize {
        self as usize
    }
}

impl ChurnFactor {
    /// The place in [`Self::ALL`]; its bit of a [`super::Connected`] follows those of the factors of health.
    pub const fn place(self) -> usize {
        self as usize
    }
}
