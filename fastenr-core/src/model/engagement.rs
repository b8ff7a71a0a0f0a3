//! The engagement: a touchpoint with a customer, planned or done.

use super::attachment::ATTACHMENT;
use super::noun::{
    Api, BULK, Dependent, Derived, Field, Journal, Key, Meaning, Merge, NaturalKey, Noun, Reference, Single, Storage,
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
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["engagementid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
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
    Field::OF_ACCOUNT.aliases(&[
        "accountid",
        "accountexternalid",
        "company",
        "companyid",
        "customer",
        "customerid",
        "whatid",
    ]),
    Field::new("type", Meaning::Choice(&EngagementType::CHOICES), "meeting, call, email, note, demo, training")
        .required()
        .aliases(&["engagementtype", "activitytype", "kind"]),
    Field::new("title", Meaning::Title, "1 to 255 characters").required().aliases(&["subject", "summary", "topic"]),
    Field::new("description", Meaning::Prose, "free text").aliases(&["body", "notes", "note", "details", "comments"]),
    Field::new("outcome", Meaning::Choice(&Outcome::CHOICES), "positive, neutral, negative, action_required")
        .aliases(&["result", "meetingoutcome", "calloutcome"]),
    Field::new(
        "direction",
        Meaning::Choice(&Direction::CHOICES),
        "inbound: started by the customer; outbound: started by you",
    ),
    Field::new("scheduled_at", Meaning::Instant, "planned time").aliases(&[
        "starttime",
        "startdatetime",
        "start",
        "scheduledfor",
        "activitydate",
    ]),
    Field::new("completed_at", Meaning::Instant, "time of completion, never in the future; empty: not completed")
        .past()
        .aliases(&["endtime", "completedon", "occurredat", "happenedat", "date"]),
    Field::new("responded_at", Meaning::Instant, "time of the response, never in the future")
        .past()
        .aliases(&["repliedat", "answeredat"]),
    Field::new("competitor", Meaning::Label, "competitor that was mentioned, at most 100 characters")
        .aliases(&["competitorname"]),
    Field::new(
        "competitor_stage",
        Meaning::Choice(&CompetitorStage::CHOICES),
        "stage of the competitor: mention, evaluation, pilot, decision",
    ),
    Field::new("tags", Meaning::Tags, "comma-separated list").default("'[]'").aliases(&["labels", "tag"]),
    Field::new("attendees", Meaning::Attendees, "attendees: name, e-mail address, role")
        .default("'[]'")
        .aliases(&["participants", "invitees"]),
    Field::new("created_by", Meaning::Author, "user who owns the engagement: e-mail address")
        .required()
        .default("$user")
        .aliases(&["owner", "owneremail", "createdbyemail", "author", "host"]),
    Field::CREATED_AT,
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
]);

pub static ENGAGEMENT: Noun = Noun {
    calendars: true,
    keys: &[Key::ExternalId, Key::Account],
    natural: Some(NaturalKey { kind: "type", moment: &["scheduled_at", "completed_at"], title: "title" }),
    derived: &[Derived { from: "external_id", column: "external_key", compute: super::external_key }],
    filters: &[
        Filter::ACCOUNT,
        Filter::new(
            "type",
            Test::AnyOf("type"),
            "A,B",
            "Types, separated by commas: meeting, call, email, note, demo, training",
        )
        .prominent(),
        Filter::new(
            "outcome",
            Test::AnyOf("outcome"),
            "A,B",
            "Outcomes, separated by commas: positive, neutral, negative, action_required",
        )
        .prominent(),
        Filter::new(
            "created_by",
            Test::Users("created_by"),
            "USER,USER",
            "Owners of the engagements, separated by commas",
        ),
        Filter::new("owner", Test::Owners, "USER,USER", "Owners of the accounts, separated by commas").prominent(),
        Filter::new("direction", Test::AnyOf("direction"), "A,B", "Direction: inbound, outbound"),
        Filter::new(
            "from",
            Test::From(AT, Storage::Instant),
            "DATE|30d",
            "On or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("to", Test::To(AT, Storage::Instant), "DATE", "On or before this day"),
        Filter::new(
            "open",
            Test::Is("a.scheduled_at is not null and a.completed_at is null"),
            "",
            "Only scheduled and not completed engagements",
        )
        .prominent(),
        Filter::new("done", Test::Is("a.completed_at is not null"), "", "Done").prominent(),
        Filter::new("competitor", Test::Exactly("competitor"), "NAME", "Competitor that was mentioned, ignoring case"),
        Filter::new("tag", Test::Tags, "A,B", "Has all of these tags"),
        Filter::new(
            "search",
            Test::Search(&["lower(a.title)", "lower(a.description)"]),
            "TEXT",
            "All words must occur in the title or the description",
        ),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("at", AT, Storage::Instant).descending(),
        Sort::by("scheduled_at", "a.scheduled_at", Storage::Instant).nullable(),
        Sort::by("completed_at", "a.completed_at", Storage::Instant).nullable().descending(),
        Sort::by("created_at", "a.created_at", Storage::Instant).descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).descending(),
        Sort::by("title", "lower(a.title)", Storage::Text),
        Sort::ID,
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
