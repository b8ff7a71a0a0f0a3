//! Which columns hold people's data: every text column of the schema stands here, and a test compares.
//!
//! A new text or JSON column gets a line: what it holds, or [`Holds::Nothing`] with the reason.

/// What a column holds, and what an erasure does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// No person's data, for this reason: it is not searched.
    Nothing(&'static str),
    /// Text that people write: where it names the person, the pseudonym.
    Text,
    /// The same as JSON, in each of its texts.
    Json,
    /// Attendees as JSON.
    Attendees,
    /// What an activity calls the record that it is about.
    Subject,
    /// Fields with their old and new values as JSON.
    Changes,
    /// The name of something else, such as an account: only on somebody's decision.
    Label,
    /// The same, which no two records share.
    Unique,
    /// Computed from this column.
    Follows(&'static str),
    /// An answer that is kept for a while: it is let go.
    Answer,
    /// Its row is let go.
    Row,
}

impl Holds {
    pub const fn is_searched(self) -> bool {
        !matches!(self, Self::Nothing(_) | Self::Follows(_))
    }
}

const WORD: Holds = Holds::Nothing("one word of a closed list");
const DIGEST: Holds = Holds::Nothing("a hash or a random number");
const DATED: Holds = Holds::Nothing("amounts, days, words of a closed list, and ids");
const OWN: Holds = Holds::Nothing("the organization itself");
const COMPUTED: Holds = Holds::Nothing("computed by a run");

/// A table and its text columns. Before-images have those of their table.
pub struct TextColumns {
    pub table: &'static str,
    /// What its rows are told apart by, beside the organization; of journaled tables the journal knows it.
    pub key: &'static [&'static str],
    /// SQL of the account that a row `a` is of; empty: of none.
    pub account: &'static str,
    /// SQL of the contact or user that a row `a` is about; empty: nobody.
    pub subject: &'static str,
    pub columns: &'static [(&'static str, Holds)],
}

const fn table(
    table: &'static str,
    account: &'static str,
    subject: &'static str,
    columns: &'static [(&'static str, Holds)],
) -> TextColumns {
    TextColumns { table, key: &[], account, subject, columns }
}

/// An external id and what imports match by.
macro_rules! external_id {
    () => {
        ("external_id", Holds::Unique)
    };
    (key) => {
        ("external_key", Holds::Follows("external_id"))
    };
}

const OF_ACCOUNT: &str = "a.account_id";

/// All of them.
pub const TEXT_COLUMNS: &[TextColumns] = &[
    table(
        "organizations",
        "",
        "",
        &[("slug", OWN), ("name", OWN), ("currency", WORD), ("time_zone", WORD), ("own_domains", OWN)],
    ),
    table(
        "users",
        "",
        "a.id",
        &[external_id!(), external_id!(key), ("email", Holds::Label), ("name", Holds::Label), ("role", WORD)],
    ),
    table(
        "accounts",
        "a.id",
        "",
        &[
            external_id!(),
            external_id!(key),
            ("name", Holds::Label),
            ("name_key", Holds::Follows("name")),
            ("domain", Holds::Nothing("the name of a host")),
            ("industry", Holds::Label),
            ("size", WORD),
            ("status", WORD),
            ("status_source", WORD),
            ("renewal_stage", WORD),
            ("tags", Holds::Json),
            ("custom_fields", Holds::Json),
            ("band", WORD),
            ("imported_status", WORD),
        ],
    ),
    table("account_aliases", OF_ACCOUNT, "", &[external_id!(), external_id!(key)]),
    table(
        "account_changes",
        OF_ACCOUNT,
        "",
        &[("field", WORD), ("kind", WORD), ("old_value", DATED), ("new_value", DATED)],
    ),
    table(
        "contacts",
        OF_ACCOUNT,
        "a.id",
        &[
            external_id!(),
            external_id!(key),
            ("name", Holds::Label),
            ("name_key", Holds::Follows("name")),
            ("email", Holds::Label),
            ("title", Holds::Text),
            ("role", WORD),
            ("phone", Holds::Text),
            ("custom_fields", Holds::Json),
        ],
    ),
    table("account_team", OF_ACCOUNT, "", &[("role", Holds::Text)]),
    table(
        "engagements",
        OF_ACCOUNT,
        "",
        &[
            external_id!(),
            external_id!(key),
            ("type", WORD),
            ("title", Holds::Text),
            ("description", Holds::Text),
            ("outcome", WORD),
            ("direction", WORD),
            ("competitor", Holds::Text),
            ("competitor_stage", WORD),
            ("tags", Holds::Json),
            ("attendees", Holds::Attendees),
        ],
    ),
    table(
        "attachments",
        "(select e.account_id from engagements e where e.organization_id = $1 and e.id = a.engagement_id)",
        "",
        &[("name", Holds::Text), ("media_type", WORD), ("sha256", DIGEST)],
    ),
    table("health_metrics", OF_ACCOUNT, "", &[("sentiment", WORD), ("sentiment_reason", Holds::Text)]),
    table("metric_events", OF_ACCOUNT, "", &[("field", WORD), ("source", Holds::Label), ("event_key", Holds::Unique)]),
    table(
        "customer_goals",
        OF_ACCOUNT,
        "",
        &[
            external_id!(),
            external_id!(key),
            ("title", Holds::Text),
            ("description", Holds::Text),
            ("metric_type", WORD),
            ("unit", Holds::Text),
            ("measurement_period", WORD),
            ("status", WORD),
            ("status_source", WORD),
            ("milestones", Holds::Json),
        ],
    ),
    table("goal_changes", "", "", &[("field", WORD), ("kind", WORD), ("old_value", DATED), ("new_value", DATED)]),
    table(
        "tasks",
        OF_ACCOUNT,
        "",
        &[external_id!(), external_id!(key), ("title", Holds::Text), ("source", WORD), ("notes", Holds::Text)],
    ),
    table(
        "segments",
        "",
        "",
        &[("name", Holds::Unique), ("name_key", Holds::Follows("name")), ("filter", Holds::Json)],
    ),
    table("score_models", "", "", &[("name", Holds::Label), ("fingerprint", DIGEST), ("source", Holds::Label)]),
    table("score_snapshots", "", "", &[("model", DIGEST), ("band", COMPUTED), ("churn_band", COMPUTED)]),
    table("score_books", "", "", &[("models", DIGEST)]),
    table("health_adjustments", OF_ACCOUNT, "", &[("reason", Holds::Text)]),
    table(
        "alerts",
        OF_ACCOUNT,
        "",
        &[
            ("rule", WORD),
            ("topic", WORD),
            ("severity", WORD),
            ("message", Holds::Text),
            ("held_by", WORD),
            ("acknowledged_reason", Holds::Text),
            ("snoozed_reason", Holds::Text),
            ("resolved_reason", Holds::Text),
        ],
    ),
    TextColumns {
        key: &["id"],
        ..table(
            "activities",
            OF_ACCOUNT,
            "a.record_id",
            &[("kind", WORD), ("noun", WORD), ("label", Holds::Subject), ("changes", Holds::Changes)],
        )
    },
    TextColumns {
        key: &["id"],
        ..table(
            "operations",
            "",
            "",
            &[
                ("kind", WORD),
                ("status", WORD),
                ("source_name", Holds::Text),
                ("source_sha256", DIGEST),
                ("parameters", Holds::Json),
                ("ledger", Holds::Nothing("counts")),
                ("message", Holds::Text),
            ],
        )
    },
    TextColumns {
        key: &["id"],
        ..table(
            "api_keys",
            "",
            "a.user_id",
            &[("prefix", DIGEST), ("secret_sha256", DIGEST), ("name", Holds::Text), ("scopes", WORD), ("kind", WORD)],
        )
    },
    TextColumns {
        key: &["api_key_id", "idempotency_key"],
        ..table(
            "idempotency_keys",
            "",
            "",
            &[
                ("idempotency_key", Holds::Row),
                ("fingerprint", DIGEST),
                ("status", WORD),
                ("answer_headers", Holds::Answer),
                ("answer_body", Holds::Answer),
            ],
        )
    },
    TextColumns { key: &["operation_id"], ..table("operation_results", "", "", &[("body", Holds::Row)]) },
    table("erased_fields", "", "", &[("noun", WORD), ("part", WORD)]),
    table("notification_marks", "", "", &[("place", Holds::Nothing("a position in the feed"))]),
];

/// What an erasure does to the person's own records, beside the name and the address: the column and whether it is JSON.
pub const OWN_COLUMNS: &[(&str, &[&str])] =
    &[("contacts", &["external_id", "title", "phone", "custom_fields"]), ("users", &["external_id"])];

impl TextColumns {
    pub fn find(table: &str) -> Option<&'static Self> {
        TEXT_COLUMNS.iter().find(|columns| columns.table == table)
    }

    pub fn holds(&self, column: &str) -> Option<Holds> {
        self.columns.iter().find(|(name, _)| *name == column).map(|(_, holds)| *holds)
    }
}
