//! The health metrics of an account on one day. Missing is not zero: every metric may be absent.

use super::noun::{Api, Field, Journal, Key, Meaning, Merge, Noun, Reference, Single, Storage};
use super::nouns::{EventKind, ScopeNoun};
use super::number::{COUNT, HOURS, MINUTES, NPS, PERCENT};
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};

picklist! {
    /// What the customer success manager feels.
    Sentiment, "sentiment", "a sentiment" {
        Green = "green",
        Yellow = "yellow",
        Red = "red",
    }
}

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::OF_ACCOUNT.aliases(&[
        "accountid",
        "accountexternalid",
        "externalid",
        "company",
        "companyid",
        "customer",
        "customerid",
    ]),
    Field::new("metric_date", Meaning::Date, "day of the metrics; never after today").required().past().aliases(&[
        "date",
        "day",
        "metricday",
        "usagedate",
        "recordedon",
    ]),
    Field::new("login_frequency", Meaning::Number(&COUNT), "logins on the day").aliases(&["logins", "logincount"]),
    Field::new("feature_adoption_score", Meaning::Number(&PERCENT), "share of the features in use, 0 to 100 %")
        .aliases(&["featureadoption", "adoption", "adoptionscore"]),
    Field::new("support_tickets", Meaning::Number(&COUNT), "tickets opened on the day").aliases(&[
        "tickets",
        "ticketcount",
        "ticketsopened",
    ]),
    Field::new("training_completion_rate", Meaning::Number(&PERCENT), "share of the training completed, 0 to 100 %")
        .aliases(&["trainingcompletion", "training"]),
    Field::new("session_minutes", Meaning::Number(&MINUTES), "mean length of the day's sessions in minutes")
        .aliases(&["sessionduration", "avgsessionminutes"]),
    Field::new("active_users", Meaning::Number(&COUNT), "distinct users of the 28 days up to this day")
        .aliases(&["monthlyactiveusers", "mau"]),
    Field::new("daily_active_users", Meaning::Number(&COUNT), "distinct users on the day").aliases(&["dau"]),
    Field::new("urgent_tickets", Meaning::Number(&COUNT), "urgent tickets opened on the day, without escalated ones"),
    Field::new("escalated_tickets", Meaning::Number(&COUNT), "tickets escalated on the day").aliases(&["escalations"]),
    Field::new("open_urgent_tickets", Meaning::Number(&COUNT), "urgent tickets open at the end of the day"),
    Field::new("tickets_resolved", Meaning::Number(&COUNT), "tickets resolved on the day")
        .aliases(&["resolvedtickets", "ticketsclosed"]),
    Field::new("resolution_hours", Meaning::Number(&HOURS), "mean hours to resolve these tickets")
        .aliases(&["resolutiontime", "avgresolutionhours"]),
    Field::new("csat", Meaning::Number(&PERCENT), "share of satisfied answers, 0 to 100 %").aliases(&[
        "csatscore",
        "customersatisfaction",
        "satisfactionscore",
    ]),
    Field::new("csat_responses", Meaning::Number(&COUNT), "number of answers in csat").aliases(&["csatcount"]),
    Field::new("nps", Meaning::Number(&NPS), "net promoter score, -100 to 100").aliases(&["npsscore"]),
    Field::new(
        "sentiment",
        Meaning::Choice(&Sentiment::CHOICES),
        "sentiment, as judged by the customer success manager: green, yellow, red",
    ),
    Field::new("sentiment_reason", Meaning::Title, "reason for the sentiment, at most 255 characters"),
    Field::new("created_at", Meaning::Instant, "time of creation").looking_back().read().default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
    Field::new(
        "overall_health_score",
        Meaning::Score,
        "health score of the account on that day; empty: not scored, or insufficient data",
    )
    .read_by(
        "(select case when s.band <> 'insufficient_data' then cast(s.health_score as bigint) end \
         from score_snapshots s where s.organization_id = $1 \
         and s.snapshot_date = a.metric_date and s.account_id = a.account_id)",
    ),
]);

pub static METRIC: Noun = Noun {
    table: "health_metrics",
    keys: &[Key::Account],
    of_events: true,
    within: Some("metric_date"),
    kept: &["version", "created_at", "updated_at", "created_by_operation"],
    filters: &[
        Filter::ACCOUNT,
        Filter::new(
            "from",
            Test::From("a.metric_date", Storage::Date),
            "DATE|30d",
            "On or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("to", Test::To("a.metric_date", Storage::Date), "DATE", "On or before this day"),
        Filter::new(
            "sentiment",
            Test::AnyOf("sentiment"),
            "A,B",
            "Sentiments, separated by commas: green, yellow, red",
        ),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("metric_date", "a.metric_date", Storage::Date).descending(),
        Sort::by("account", "a.account_id", Storage::Id),
        Sort::ID,
    ],
    journal: Some(Journal::new(&[Reference::to("account_id", "accounts")], &[&["account_id", "metric_date"]])),
    merge: Some(Merge { called: "metrics", collides: Some("b.metric_date = a.metric_date") }),
    event: Some(EventKind::Metric),
    scope: Some(ScopeNoun::Metrics),
    api: Some(Api {
        path: "/api/metrics",
        tag: "health",
        about: None,
        schema: "Metrics",
        example: &["account", "metric_date", "login_frequency", "csat"],
        single: Single::Put,
    }),
    ..Noun::new("metrics row", "metrics", FIELDS)
};
