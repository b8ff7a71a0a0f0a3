//! The closed lists of a customer's goal: what it measures, how often, where it stands and who said so.

use super::picklist::picklist;

picklist! {
    /// What a goal measures.
    GoalMetric, "metric_type", "metric type" {
        Accounts = "accounts",
        Arr = "arr",
        Nps = "nps",
        HealthScore = "health_score",
        Adoption = "adoption",
        Renewals = "renewals",
        SeatCount = "seat_count",
        Custom = "custom",
    }
}

picklist! {
    /// How often a goal is measured.
    MeasurementPeriod, "measurement_period", "measurement period" {
        Daily = "daily",
        Weekly = "weekly",
        Monthly = "monthly",
        Quarterly = "quarterly",
        Yearly = "yearly",
    }
}

picklist! {
    /// Where a goal stands; [`crate::goals::status`] is the rule.
    GoalStatus, "goal_status", "goal status" {
        OnTrack = "on_track",
        AtRisk = "at_risk",
        Achieved = "achieved",
        Missed = "missed",
    }
}

picklist! {
    /// Who set the status of a goal: what a person or an import said stands until progress changes.
    GoalStatusSource, "goal_status_source", "goal status source" {
        Person = "person",
        Import = "import",
        Rule = "rule",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling() {
        assert_eq!(GoalMetric::parse("Health score"), Ok(GoalMetric::HealthScore));
        assert_eq!(MeasurementPeriod::parse("QUARTERLY"), Ok(MeasurementPeriod::Quarterly));
        assert_eq!(GoalStatus::parse("on-track"), Ok(GoalStatus::OnTrack));
        assert_eq!(GoalStatusSource::parse("Rule"), Ok(GoalStatusSource::Rule));
        assert_eq!(GoalMetric::parse("mood").unwrap_err().code, "metric_type");
        assert_eq!(MeasurementPeriod::parse("hourly").unwrap_err().code, "measurement_period");
        assert_eq!(GoalStatus::parse("done").unwrap_err().code, "goal_status");
        assert_eq!(GoalStatusSource::parse("model").unwrap_err().code, "goal_status_source");
    }
}
