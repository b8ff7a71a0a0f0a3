//! The rules, how severe they are, and what an alert of the whole organization is about.

use super::feeds::Feed;
use super::levels::Level;
use crate::error::Invalid;
use crate::model::picklist::picklist;

picklist! {
    /// What an alert is for. A rule's place is its bits in [`super::Levels`]: append, never reorder.
    Rule, "alert_rule", "alert rule" {
        HealthBelow = "health_below",
        HealthDrop = "health_drop",
        ChurnRise = "churn_rise",
        EngagementGap = "engagement_gap",
        SupportEscalation = "support_escalation",
        RenewalWindow = "renewal_window",
        UsageStop = "usage_stop",
        GoalAtRisk = "goal_at_risk",
        GoalMissed = "goal_missed",
        /// Of the organization, not of an account.
        DataQuality = "data_quality",
    }
}

picklist! {
    /// How urgent an alert is, the least first.
    Severity, "severity", "severity" {
        Info = "info",
        Warning = "warning",
        Critical = "critical",
    }
}

impl Rule {
    /// The place in [`Self::ALL`].
    pub const fn place(self) -> usize {
        self as usize
    }

    /// How severe the rule is at a level, 1 to 3.
    pub const fn severity(self, level: Level) -> Severity {
        match (self, level) {
            (Self::RenewalWindow, 0 | 1) => Severity::Info,
            (Self::RenewalWindow, 2) => Severity::Warning,
            (Self::UsageStop | Self::GoalMissed | Self::RenewalWindow, _) => Severity::Critical,
            (_, 0 | 1) => Severity::Warning,
            _ => Severity::Critical,
        }
    }

    /// Whether it reads a score, so that it rests while there is none worth the name.
    pub const fn of_scores(self) -> bool {
        matches!(self, Self::HealthBelow | Self::HealthDrop | Self::ChurnRise)
    }

    /// Whether it reads feeds, so that a dead one may open it for many: [`super::Guard`] watches these.
    pub const fn of_feeds(self) -> bool {
        self.of_scores() || matches!(self, Self::EngagementGap | Self::SupportEscalation | Self::UsageStop)
    }

    /// Whether it tells an event, the turn of a goal's status, and not how high a number is.
    pub const fn of_goals(self) -> bool {
        matches!(self, Self::GoalAtRisk | Self::GoalMissed)
    }
}

/// What an alert of the whole organization, a `data_quality`, is about; one is open for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A feed that died.
    Feed(Feed),
    /// A feed of zeros for the whole book.
    Zeros(Feed),
    /// A file that is cut short: what it holds, and its name without digits.
    File { noun: String, series: String },
    /// A rule whose alerts are held.
    Guard(Rule),
}

impl Topic {
    /// As stored and shown: `feed:usage`, `zeros:usage`, `file:metrics/usage.csv`, `guard:health_below`.
    pub fn key(&self) -> String {
        match self {
            Self::Feed(feed) => format!("feed:{}", feed.as_str()),
            Self::Zeros(feed) => format!("zeros:{}", feed.as_str()),
            Self::File { noun, series } => format!("file:{noun}/{series}"),
            Self::Guard(rule) => format!("guard:{}", rule.as_str()),
        }
    }

    /// Reads [`Self::key`]. Code `alert_topic`, or that of the feed or rule.
    pub fn parse(key: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("alert_topic", "a topic is feed:FEED, zeros:FEED, file:NOUN/NAME or guard:RULE");
        match key.split_once(':') {
            Some(("feed", feed)) => Feed::parse(feed).map(Self::Feed),
            Some(("zeros", feed)) => Feed::parse(feed).map(Self::Zeros),
            Some(("guard", rule)) => Rule::parse(rule).map(Self::Guard),
            Some(("file", file)) => {
                let (noun, series) = file.split_once('/').ok_or_else(invalid)?;
                Ok(Self::File { noun: noun.to_owned(), series: series.to_owned() })
            }
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_never_milder() {
        for rule in Rule::ALL {
            assert!(rule.severity(1) <= rule.severity(2) && rule.severity(2) <= rule.severity(3), "{rule}");
        }
        assert_eq!(Rule::HealthBelow.severity(1), Severity::Warning);
        assert_eq!(Rule::HealthBelow.severity(2), Severity::Critical);
        assert_eq!(Rule::RenewalWindow.severity(1), Severity::Info);
    }

    #[test]
    fn topics_come_back() {
        let guards = Rule::ALL.iter().map(|rule| Topic::Guard(*rule));
        let feeds = Feed::ALL.iter().flat_map(|feed| [Topic::Feed(*feed), Topic::Zeros(*feed)]);
        let file = Topic::File { noun: "metrics".into(), series: "a:b/c.csv".into() };
        for topic in feeds.chain(guards).chain([file]) {
            assert_eq!(Topic::parse(&topic.key()), Ok(topic));
        }
        assert_eq!(Topic::Feed(Feed::Usage).key(), "feed:usage");
        assert_eq!(Topic::Guard(Rule::HealthBelow).key(), "guard:health_below");
        assert_eq!(Topic::parse("usage").unwrap_err().code, "alert_topic");
        assert_eq!(Topic::parse("file:usage.csv").unwrap_err().code, "alert_topic");
        assert_eq!(Topic::parse("feed:payments").unwrap_err().code, "feed");
    }

    #[test]
    fn places_are_kept() {
        // They are in every snapshot.
        let places: Vec<_> = Rule::ALL.iter().map(|rule| (rule.as_str(), rule.place())).collect();
        assert_eq!(places[0], ("health_below", 0));
        assert_eq!(places[5], ("renewal_window", 5));
        assert_eq!(places[9], ("data_quality", 9));
    }
}
