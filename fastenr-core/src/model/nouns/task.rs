//! The task: a next step that somebody is to take for an account, by a day.

use crate::model::noun::{
    Api, BULK, Derived, Field, Journal, Key, Meaning, Merge, NaturalKey, Noun, Reference, Single, Storage,
};
use crate::model::nouns::{EventKind, ScopeNoun};
use crate::model::picklist::picklist;
use crate::model::selection::{Condition, Filter, Sort, Test};

picklist! {
    /// What a task comes from.
    TaskSource, "task_source", "the source of a task" {
        /// Somebody thought of it.
        Manual = "manual",
        Alert = "alert",
        Engagement = "engagement",
        Goal = "goal",
    }
}

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["taskid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "recordid",
        "crmid",
        "extid",
    ]),
    Field::OF_ACCOUNT.aliases(&[
        "accountid",
        "accountexternalid",
        "company",
        "companyid",
        "customer",
        "customerid",
        "whatid",
    ]),
    Field::new("title", Meaning::Title, "title, 1 to 255 characters")
        .required()
        .aliases(&["subject", "task", "taskname", "summary", "name"]),
    Field::new("owner", Meaning::User, "owner: e-mail address; default: the user who creates the task")
        .column("owner_id")
        .default("$user")
        .aliases(&["assignee", "assignedto", "owneremail", "assigneeemail", "ownername"]),
    Field::new("due", Meaning::Date, "due date").aliases(&["duedate", "dueon", "deadline", "activitydate"]),
    Field::new("done_at", Meaning::Instant, "time at which the task was done, never in the future; empty: open")
        .past()
        .aliases(&["completedat", "completedon", "completeddatetime", "doneon", "closedat"]),
    Field::new("source", Meaning::Choice(&TaskSource::CHOICES), "source of the task: manual, alert, engagement, goal")
        .required()
        .default("'manual'")
        .aliases(&["tasksource", "origin"]),
    Field::new("source_id", Meaning::Id, "id of the source alert, engagement or goal, which may be deleted"),
    Field::new("notes", Meaning::Prose, "free text").aliases(&["description", "details", "comments", "body"]),
    Field::CREATED_AT,
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
]);

/// What an order by due date tells apart.
pub const DATED: Condition = Condition::Is("a.due is not null");
pub const UNDATED: Condition = Condition::Is("a.due is null");

/// Filters that pages begin with.
pub const OVERDUE: &str = "overdue";
pub const DUE_WITHIN: &str = "due_within";

/// What a page offers of the time within which tasks are due.
const DUES: &[(&str, &str)] = &[("0d", "Due today or overdue"), ("7d", "Due in 7 days"), ("30d", "Due in 30 days")];

pub static TASK: Noun = Noun {
    derived: &[Derived { from: "external_id", column: "external_key", compute: crate::model::external_key }],
    keys: &[Key::ExternalId, Key::Account],
    natural: Some(NaturalKey { kind: "source", moment: &["due"], title: "title" }),
    filters: &[
        Filter::ACCOUNT,
        Filter::new("owner", Test::Users("owner"), "USER,USER", "Owners of the tasks, separated by commas").prominent(),
        Filter::new("unowned", Test::Is("a.owner_id is null"), "", "Only tasks without an owner"),
        Filter::new("open", Test::Is("a.done_at is null"), "", "Only open tasks"),
        Filter::new("done", Test::Is("a.done_at is not null"), "", "Only tasks that are done"),
        Filter::new(OVERDUE, Test::Today("a.done_at is null and a.due < {}"), "", "Only overdue tasks"),
        Filter::new(
            DUE_WITHIN,
            Test::Ahead("a.done_at is null and a.due <= {}"),
            "TIME",
            "Only open tasks due within this time, such as 7d or 2w, including overdue ones",
        )
        .offers(DUES),
        Filter::new(
            "due_from",
            Test::From("a.due", Storage::Date),
            "DATE|30d",
            "Due on or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("due_to", Test::To("a.due", Storage::Date), "DATE", "Due on or before this day"),
        Filter::new(
            "source",
            Test::AnyOf("source"),
            "A,B",
            "Sources, separated by commas: manual, alert, engagement, goal",
        ),
        Filter::new(
            "source_id",
            Test::AnyOf("source_id"),
            "ID,ID",
            "Ids of the source alerts, engagements or goals, separated by commas",
        ),
        Filter::new(
            "search",
            Test::Search(&["lower(a.title)", "lower(a.notes)"]),
            "TEXT",
            "All words must occur in the title or the notes",
        ),
        Filter::SEGMENT.prominent(),
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("due", "a.due", Storage::Date).nullable(),
        Sort::by("title", "lower(a.title)", Storage::Text),
        Sort::by("done_at", "a.done_at", Storage::Instant).nullable().descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).nullable().descending(),
        Sort::ID,
    ],
    journal: Some(Journal::new(
        &[Reference::to("account_id", "accounts"), Reference::to("owner_id", "users")],
        &[&["external_key"]],
    )),
    merge: Some(Merge { called: "tasks", collides: None }),
    event: Some(EventKind::Task),
    scope: Some(ScopeNoun::Tasks),
    api: Some(Api {
        path: "/api/tasks",
        tag: "tasks",
        about: Some("Next steps of accounts, with owner and due date."),
        schema: "Task",
        example: &["account", "title", "owner", "due"],
        single: Single::Written,
    }),
    bulk: BULK,
    ..Noun::new("task", "tasks", FIELDS)
};
