//! The pages, each with what it shows.

mod account;
mod accounts;
mod alerts;
mod bulk;
mod engagements;
mod find;
mod goals;
mod health;
mod imports;
mod notifications;
mod operations;
mod record;
mod refusal;
mod report;
mod segments;
mod session;
mod sign_in;
mod tasks;
mod today;
mod why;

pub use account::{
    AccountPage, AlertLine, Children, Contact, Detail, GoalLine, MetricLine, NextStep, QuickLog, Renewal, Team,
    TimelineItem,
};
pub use accounts::{AccountRow, AccountsPage, ColumnHead, SaveSegment};
pub use alerts::{AlertGroup, AlertRow, AlertsPage, HeldLine};
pub use bulk::{BulkChangeRow, BulkField, BulkFieldGroup, BulkPage, BulkPreviewPage, BulkSelection};
pub use engagements::{AttachmentLine, DayGroup, EngagementPage, EngagementRow, EngagementsPage};
pub use find::{FindPage, FoundAccount};
pub use goals::{Achieved, Bar, GoalPage, GoalRow, GoalsPage, Milestone};
pub use health::{AverageRow, BandRow, GroupRow, HealthPage, LeftOutRow};
pub use imports::{
    ImportChangeRow, ImportCheckPage, ImportColumn, ImportDone, ImportMapPage, ImportProblemRow, ImportReadPage,
    ImportStartPage, ImportSteps, ImportWord, UploadRow,
};
pub use notifications::{NotificationRow, NotificationsPage};
pub use operations::{OperationPage, OperationRow, OperationsPage, UndoLeftRow, UndoPage, UndoTableRow};
pub use record::FormPage;
pub use refusal::RefusalPage;
pub use report::{ReportCell, ReportChart, ReportPage, ReportRow, ReportTable, ReportTile};
pub use segments::{SegmentRow, SegmentsPage};
pub use session::{KeysPage, SessionPage, SessionRow};
pub use sign_in::{ConfirmPage, SignInPage};
pub use tasks::{LaterDay, TaskGroup, TaskPage, TaskRow, TasksPage};
pub use today::{Book, FeatRow, Figure, NeedRow, RenewalRow, TodayPage, Urgency};
pub use why::{Component, Factor, Line, Step, WhyPage};
