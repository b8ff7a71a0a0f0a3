//! The task: a next step that somebody is to take for an account, by a day.

use crate::model::noun::{
    Api, BULK, Derived, Field, Journal, Key, Meaning, Merge, Natural, Noun, Reference, Single, Storage,
};
use crate::model::nouns::{EventKind, ScopeNoun};
use crate::model::picklist::picklist;
use crate::model::selection::{Filter, Sort, Test};

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
const FIELDS: &[Field] = &[
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["taskid"]),
    Field::new("external_id", Meaning::ExternalId, "the id in the system it came from; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "recordid",
        "crmid",
        "extid",
    ]),
    Field::new("account", Meaning::Account, "the account: an external id, or an id")
        .column("account_id")
        .required()
        .aliases(&["accountid", "accountexternalid", "company", "companyid", "customer", "customerid", "whatid"]),
    Field::new("title", Meaning::Title, "what is to be done, 1 to 255 characters")
        .required()
        .aliases(&["subject", "task", "taskname", "summary", "name"]),
    Field::new("owner", Meaning::User, "who is to do it: an e-mail address; whoever creates it unless given")
        .column("owner_id")
        .default("$user")
        .aliases(&["assignee", "assignedto", "owneremail", "assigneeemail", "ownername"]),
    Field::new("due", Meaning::Date, "the last day to do it").aliases(&[
        "duedate",
        "dueon",
        "deadline",
        "activitydate",
    ]),
    Field::new("done_at", Meaning::Instant, "when it was done, never in the future; empty: it is open")
        .past()
        .aliases(&["completedat", "completedon", "completeddatetime", "doneon", "closedat"]),
    Field::new("source", Meaning::Choice(&TaskSource::CHOICES), "what it comes from: manual, alert, engagement, goal")
        .required()
        .default("'manual'")
        .aliases(&["tasksource", "origin"]),
    Field::new("source_id", Meaning::Id, "the id of that alert, engagement or goal, which may be gone by now"),
    Field::new("notes", Meaning::Prose, "any text").aliases(&["description", "details", "comments", "body"]),
    Field::new("created_at", Meaning::Instant, "since when it is known").required().default("$now").aliases(&[
        "createddate",
        "createdon",
        "created",
        "datecreated",
        "createdate",
    ]),
    Field::new("updated_at", Meaning::Instant, "when it last changed").read(),
    Field::new("version", Meaning::Count, "raised by every change").read(),
    Field::new("account_id", Meaning::Id, "the account's id").read(),
    Field::new("account_name", Meaning::Line, "the account's name").read(),
    Field::new("organization_id", Meaning::Id, "UUIDv7").read(),
];

pub static TASK: Noun = Noun {
    derived: &[Derived { from: "external_id", column: "external_key", compute: crate::model::external_key }],
    keys: &[Key::ExternalId, Key::Account],
    natural: Some(Natural { kind: "source", moment: &["due"], title: "title" }),
    filters: &[
        Filter { name: "account", test: Test::Account, value: "ACCOUNT", about: "Of this account, archived or not" },
        Filter {
            name: "owner",
            test: Test::Users("owner"),
            value: "USER,USER",
            about: "That any of these users is to do",
        },
        Filter { name: "unowned", test: Test::Is("a.owner_id is null"), value: "", about: "That nobody is to do" },
        Filter { name: "open", test: Test::Is("a.done_at is null"), value: "", about: "Not done" },
        Filter { name: "done", test: Test::Is("a.done_at is not null"), value: "", about: "Done" },
        Filter {
            name: "overdue",
            test: Test::Today("a.done_at is null and a.due < {}"),
            value: "",
            about: "Not done by the day they were due",
        },
        Filter {
            name: "due_within",
            test: Test::Ahead("a.done_at is null and a.due <= {}"),
            value: "TIME",
            about: "Not done, and due within this time, such as 7d or 2w, or overdue",
        },
        Filter {
            name: "due_from",
            test: Test::From("a.due", Storage::Date),
            value: "DATE|30d",
            about: "Due on this day or later, or since so long ago",
        },
        Filter {
            name: "due_to",
            test: Test::To("a.due", Storage::Date),
            value: "DATE",
            about: "Due on this day or earlier",
        },
        Filter {
            name: "source",
            test: Test::AnyOf("source"),
            value: "A,B",
            about: "From any of these: manual, alert, engagement, goal",
        },
        Filter {
            name: "source_id",
            test: Test::AnyOf("source_id"),
            value: "ID,ID",
            about: "From any of the alerts, engagements and goals with these ids",
        },
        Filter {
            name: "search",
            test: Test::Search(&["lower(a.title)", "lower(a.notes)"]),
            value: "TEXT",
            about: "Every word occurs in the title or the notes",
        },
        Filter {
            name: "segment",
            test: Test::Segment,
            value: "NAME",
            about: "Of accounts in this segment; given again: in all",
        },
        Filter { name: "archived", test: Test::Archived, value: "", about: "Only those of archived accounts" },
    ],
    sorts: &[
        Sort::by("due", "a.due", Storage::Date).nullable(),
        Sort::by("title", "lower(a.title)", Storage::Text),
        Sort::by("done_at", "a.done_at", Storage::Instant).nullable().descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).nullable().descending(),
        Sort::by("id", "a.id", Storage::Id),
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
        about: Some("Next steps: who is to do what for an account, by when."),
        schema: "Task",
        example: &["account", "title", "owner", "due"],
        single: Single::Written,
    }),
    bulk: BULK,
    ..Noun::new("task", "tasks", FIELDS)
};
