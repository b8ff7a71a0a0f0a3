//! The pages, each with what it shows.

mod account;
mod accounts;
mod engagements;
mod goals;
mod record;
mod refusal;
mod segments;
mod session;
mod sign_in;
mod tasks;
mod why;

pub use account::{
    AccountPage, AlertLine, Children, Contact, Detail, GoalLine, MetricLine, NextStep, QuickLog, Renewal, Team,
    TimelineItem,
};
pub use accounts::{AccountRow, AccountsPage, ColumnHead, SaveSegment};
pub use engagements::{AttachmentLine, DayGroup, EngagementPage, EngagementRow, EngagementsPage};
pub use goals::{Bar, GoalPage, GoalRow, GoalsPage, Milestone};
pub use record::FormPage;
pub use refusal::RefusalPage;
pub use segments::{SegmentRow, SegmentsPage};
pub use session::{KeysPage, SessionPage, SessionRow};
pub use sign_in::{ConfirmPage, SignInPage};
pub use tasks::{LaterDay, TaskGroup, TaskPage, TaskRow, TasksPage};
pub use why::{Component, Factor, Line, Step, WhyPage};
