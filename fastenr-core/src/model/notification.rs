//! What a user is told of.

use super::picklist::picklist;

picklist! {
    /// What a notification is about.
    NotificationKind, "notification_kind", "the kind of a notification" {
        /// Alerts of the user's accounts.
        Alert = "alert",
        /// Accounts that somebody gave to the user; likewise tasks.
        Account = "account",
        Task = "task",
        /// Goals of the user's accounts.
        GoalAchieved = "goal_achieved",
        GoalMissed = "goal_missed",
        /// The user's own long work that ended.
        Work = "work",
        FailedWork = "failed_work",
    }
}
