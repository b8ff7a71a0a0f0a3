//! The engagement: a touchpoint with a customer, planned or done.

use super::attachment::ATTACHMENT;
use super::noun::{
    Api, BULK, Dependent, Derived, Field, Journal, Key, Meaning, Merge, Natural, Noun, Reference, Single, Storage,
};
use super::nouns::{EventKind, ScopeNoun};
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};

picklist! {
    /// How we met.
    EngagementType, "engagement_type", "an engagement's type" {
        Meeting = "meeting",
        Call = "call",
        Email = "email",
        Note = "note",
        Demo = "demo",
        Training = "training",
    }
}

picklist! {
    /// How it went.
    Outcome, "outcome", "an outcome" {
        Positive = "positive",
        Neutral = "neutral",
        Negative = "negative",
        ActionRequired = "action_required",
    }
}

picklist! {
    /// Who began: they (inbound) or we (outbound).
    Direction, "direction", "a direction" {
        Inbound = "inbound",
        Outbound = "outbound",
    }
}

picklist! {
    /// How far a competitor has come.
    CompetitorStage, "competitor_stage", "a competitor's stage" {
        Mention = "mention",
        Evaluation = "evaluation",
        Pilot = "pilot",
        Decision = "decision",
    }
}

/// When it was, or is to be: what lists and timelines go by.
pub const AT: &str = "coalesce(a.completed_at, a.scheduled_at, a.created_at)";

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &[
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["engagementid"]),
    Field::new("external_id", Meaning::ExternalId, "the id in the system it came from; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "engagementid",
        "activityid",
        "eventid",
        "recordid",
        "uid",
        "extid",
        "sourceid",
    ]),
    Field::new("account", Meaning::Account, "the account: an external id, or an id")
        .column("account_id")
        .required()
        .aliases(&["accountid", "accountexternalid", "company", "companyid", "customer", "customerid", "whatid"]),
    Field::new("type", Meaning::Choice(&EngagementType::CHOICES), "meeting, call, email, note, demo, training")
        .required()
        .aliases(&["engagementtype", "activitytype", "kind"]),
    Field::new("title", Meaning::Title, "1 to 255 characters").required().aliases(&["subject", "summary", "topic"]),
    Field::new("description", Meaning::Prose, "any text").aliases(&["body", "notes", "note", "details", "comments"]),
    Field::new("outcome", Meaning::Choice(&Outcome::CHOICES), "positive, neutral, negative, action_required")
        .aliases(&["result", "meetingoutcome", "calloutcome"]),
    Field::new("direction", Meaning::Choice(&Direction::CHOICES), "inbound: they began; outbound: we did"),
    Field::new("scheduled_at", Meaning::Instant, "when it is planned for").aliases(&[
        "starttime",
        "startdatetime",
        "start",
        "scheduledfor",
        "activitydate",
    ]),
    Field::new("completed_at", Meaning::Instant, "when it was done, never in the future; empty: it was not")
        .past()
        .aliases(&["endtime", "completedon", "occurredat", "happenedat", "date"]),
    Field::new("responded_at", Meaning::Instant, "when the other side answered, never in the future")
        .past()
        .aliases(&["repliedat", "answeredat"]),
    Field::new("competitor", Meaning::Label, "a competitor that came up, at most 100 characters")
        .aliases(&["competitorname"]),
    Field::new(
        "competitor_stage",
        Meaning::Choice(&CompetitorStage::CHOICES),
        "how far the competitor has come: mention, evaluation, pilot, decision",
    ),
    Field::new("tags", Meaning::Tags, "a comma-separated list").default("'[]'").aliases(&["labels", "tag"]),
    Field::new("attendees", Meaning::Attendees, "who took part: name, e-mail address, role")
        .default("'[]'")
        .aliases(&["participants", "invitees"]),
    Field::new("created_by", Meaning::Author, "whose engagement it is: an e-mail address")
        .required()
        .default("$user")
        .aliases(&["owner", "owneremail", "createdbyemail", "author", "host"]),
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

pub static ENGAGEMENT: Noun = Noun {
    keys: &[Key::ExternalId, Key::Account],
    natural: Some(Natural { kind: "type", moment: &["scheduled_at", "completed_at"], title: "title" }),
    derived: &[Derived { from: "external_id", column: "external_key", compute: super::external_key }],
    filters: &[
        Filter { name: "account", test: Test::Account, value: "ACCOUNT", about: "Of this account, archived or not" },
        Filter {
            name: "type",
            test: Test::AnyOf("type"),
            value: "A,B",
            about: "Of any of these types: meeting, call, email, note, demo, training",
        },
        Filter {
            name: "outcome",
            test: Test::AnyOf("outcome"),
            value: "A,B",
            about: "With any of these outcomes: positive, neutral, negative, action_required",
        },
        Filter {
            name: "created_by",
            test: Test::Users("created_by"),
            value: "USER,USER",
            about: "Of any of these users",
        },
        Filter {
            name: "owner",
            test: Test::Owners,
            value: "USER,USER",
            about: "Of accounts that any of these users owns",
        },
        Filter { name: "direction", test: Test::AnyOf("direction"), value: "A,B", about: "inbound or outbound" },
        Filter {
            name: "from",
            test: Test::From(AT, Storage::Instant),
            value: "DATE|30d",
            about: "On this day or later, or since so long ago",
        },
        Filter { name: "to", test: Test::To(AT, Storage::Instant), value: "DATE", about: "On this day or earlier" },
        Filter {
            name: "open",
            test: Test::Is("a.scheduled_at is not null and a.completed_at is null"),
            value: "",
            about: "Scheduled and not done",
        },
        Filter { name: "done", test: Test::Is("a.completed_at is not null"), value: "", about: "Done" },
        Filter {
            name: "competitor",
            test: Test::Exactly("competitor"),
            value: "NAME",
            about: "Where this competitor came up, whatever its case",
        },
        Filter { name: "tag", test: Test::Tags, value: "A,B", about: "Bearing all of these tags" },
        Filter {
            name: "search",
            test: Test::Search(&["lower(a.title)", "lower(a.description)"]),
            value: "TEXT",
            about: "Every word occurs in the title or the description",
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
        Sort::by("at", AT, Storage::Instant).descending(),
        Sort::by("scheduled_at", "a.scheduled_at", Storage::Instant).nullable(),
        Sort::by("completed_at", "a.completed_at", Storage::Instant).nullable().descending(),
        Sort::by("created_at", "a.created_at", Storage::Instant).descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).descending(),
        Sort::by("title", "lower(a.title)", Storage::Text),
        Sort::by("id", "a.id", Storage::Id),
    ],
    dependents: &[Dependent { noun: &ATTACHMENT, column: "engagement_id" }],
    journal: Some(Journal::new(
        &[Reference::to("account_id", "accounts"), Reference::to("created_by", "users")],
        &[&["external_key"]],
    )),
    merge: Some(Merge { called: "engagements", collides: None }),
    event: Some(EventKind::Engagement),
    scope: Some(ScopeNoun::Engagements),
    api: Some(Api {
        path: "/api/engagements",
        tag: "engagements",
        about: None,
        schema: "Engagement",
        example: &["account", "type", "title", "outcome", "completed_at"],
        single: Single::Written,
    }),
    bulk: BULK,
    ..Noun::new("engagement", "engagements", FIELDS)
};
