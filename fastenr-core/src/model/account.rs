//! The account: a customer, and everything known about it at first hand.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::noun::{
    Aliases, Derived, Field, History, Journal, Meaning, Noun, Reference as To, Storage, Value, member_value,
};
use super::nouns::ScopeNoun;
use super::number::{PERCENT, TIMES};
use super::selection::{Filter, Sort, Test};
use super::{AccountBand, RenewalStage, Size, Status, StatusSource, name_key};
use crate::money::Money;

/// Every field of an account. Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["accountid", "fastenrid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "customerid",
        "companyid",
        "recordid",
        "crmid",
        "accountnumber",
        "extid",
        "sourceid",
        "kundennummer",
        "kundennr",
        "kontonummer",
        "kontonr",
        "numéroclient",
        "idcliente",
    ]),
    Field::new("name", Meaning::AccountName, "1 to 255 characters").required().aliases(&[
        "accountname",
        "companyname",
        "company",
        "customer",
        "customername",
        "account",
        "organization",
        "organisation",
        "organizationname",
        "firma",
        "firmenname",
        "kunde",
        "kundenname",
        "unternehmen",
        "société",
        "empresa",
        "azienda",
    ]),
    Field::new("domain", Meaning::Domain, "web domain, without www").aliases(&[
        "website",
        "url",
        "web",
        "companydomain",
        "companydomainname",
        "homepage",
        "websiteurl",
    ]),
    Field::new("industry", Meaning::Industry, "at most 100 characters").aliases(&["sector", "vertical"]),
    Field::new("size", Meaning::Choice(&Size::CHOICES), "startup, small, medium, large, enterprise")
        .tracked()
        .aliases(&["segment", "companysize", "accountsize", "tier"]),
    Field::new("status", Meaning::Choice(&Status::CHOICES), "active, churned, at_risk, onboarding")
        .required()
        .default("'active'")
        .tracked()
        .aliases(&["accountstatus", "customerstatus", "lifecyclestage", "stage", "lifecycle"]),
    Field::new(
        "arr",
        Meaning::Money,
        "annual recurring revenue, 0 to 9,999,999,999.99, in the organization's currency",
    )
    .tracked()
    .aliases(&["annualrecurringrevenue", "annualcontractvalue", "acv", "recurringrevenue"]),
    Field::new("owner", Meaning::User, "customer success manager: e-mail address")
        .column("owner_id")
        .tracked()
        .aliases(&["csm", "accountowner", "owneremail", "customersuccessmanager", "accountmanager", "ownername"]),
    Field::new("parent", Meaning::Account, "parent account: external id or id").column("parent_id").aliases(&[
        "parentid",
        "parentaccount",
        "parentaccountid",
        "parentcompany",
        "parentexternalid",
    ]),
    Field::new("contract_start", Meaning::Date, "first day of the contract").aliases(&[
        "startdate",
        "contractstartdate",
        "customersince",
        "subscriptionstart",
    ]),
    Field::new("contract_end", Meaning::Date, "day on which the contract ends or renews").tracked().aliases(&[
        "renewaldate",
        "renewal",
        "contractenddate",
        "renewson",
        "enddate",
        "expirationdate",
        "subscriptionend",
    ]),
    Field::new("auto_renew", Meaning::Boolean, "whether the contract renews automatically").tracked().aliases(&[
        "autorenewal",
        "autorenews",
        "autorenewflag",
    ]),
    Field::new(
        "renewal_stage",
        Meaning::Choice(&RenewalStage::CHOICES),
        "committed, likely, unknown, at_risk, will_churn",
    )
    .tracked()
    .aliases(&["renewalstatus", "renewalforecast"]),
    Field::new("past_due_since", Meaning::Date, "day since which a payment is past due")
        .looking_back()
        .tracked()
        .aliases(&["overduesince", "pastdue"]),
    Field::new("seats", Meaning::Count, "paid seats").tracked().aliases(&[
        "licenses",
        "licences",
        "seatcount",
        "numberofseats",
        "users",
    ]),
    Field::new("tags", Meaning::Tags, "comma-separated list").default("'[]'").aliases(&["labels", "tag"]),
    Field::new("custom_fields", Meaning::Custom, "JSON object").default("'{}'"),
    Field::new("churned_on", Meaning::Date, "day on which the customer churned").aliases(&[
        "churndate",
        "churnedat",
        "cancelledon",
        "cancellationdate",
    ]),
    Field::CREATED_AT.about("time since which the account exists"),
    Field::new("health_score", Meaning::Score, "0 to 100, 100 is best; empty: never scored, or insufficient data")
        .read(),
    Field::new("churn_risk_score", Meaning::Score, "0 to 100, 100 is worst; empty: never scored, or insufficient data")
        .read(),
    Field::new("scored_at", Meaning::Instant, "time of the last scoring; empty: never scored").read(),
    Field::new("status_source", Meaning::Line, "source of the status: person, import, model").read(),
    Field::new("archived_at", Meaning::Instant, "time of archiving; empty: not archived").read(),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ORGANIZATION_ID,
    Field::new(
        "band",
        Meaning::Choice(&AccountBand::CHOICES),
        "band of the health score; churned: from the last day as a customer; empty: never scored",
    )
    .read(),
    Field::new(
        "health_coverage",
        Meaning::Number(&PERCENT),
        "share of the health model for which there is data, in percent",
    )
    .read(),
    Field::new(
        "churn_coverage",
        Meaning::Number(&PERCENT),
        "share of the churn model for which there is data, in percent",
    )
    .read(),
    Field::new("merged_into", Meaning::Account, "account into which this one was merged").column("merged_into").read(),
    Field::new("status_until", Meaning::Date, "last day of the status; after it the nightly run sets the status again")
        .ahead(),
    Field::new("imported_status", Meaning::Choice(&Status::CHOICES), "last status set by an import; empty: none")
        .read(),
    Field::new(
        "provisional_health_score",
        Meaning::Score,
        "score from insufficient data, pulled toward 50; empty: there is a health score, or never scored",
    )
    .read(),
    Field::new(
        "churn_times_usual",
        Meaning::Number(&TIMES),
        "probability of churn as a multiple of the usual, such as 3; empty: the model does not know it, or there is no health score \
         of the model",
    )
    .read(),
    Field::new(
        "churn_probability",
        Meaning::Number(&PERCENT),
        "percent of accounts with this health score that churn, in the window of the model; empty: the model does not know it, or the \
         last check did not confirm it",
    )
    .read(),
]);

/// What pages offer beside a time of one's own.
const RENEWALS: &[(&str, &str)] =
    &[("0d", "Overdue"), ("30d", "Renews in 30 days"), ("90d", "Renews in 90 days"), ("180d", "Renews in 180 days")];
const SILENCES: &[(&str, &str)] =
    &[("30d", "No engagement for 30 days"), ("60d", "No engagement for 60 days"), ("90d", "No engagement for 90 days")];

/// The filter for contracts that end soon.
pub const RENEWS: &str = "renews_within";
pub const UNOWNED: &str = "unowned";
pub const HEALTH_MIN: &str = "health_min";
pub const HEALTH_MAX: &str = "health_max";

const FILTERS: &[Filter] = &[
    Filter::new(
        "status",
        Test::AnyOf("status"),
        "A,B",
        "Any of these statuses: active, churned, at_risk, onboarding",
    )
    .prominent(),
    Filter::new("size", Test::AnyOf("size"), "A,B", "Any of these sizes: startup, small, medium, large, enterprise"),
    Filter::new("industry", Test::AnyExactly("industry"), "TEXT", "Industry; repeat to match any"),
    Filter::new(
        "owner",
        Test::Users("owner"),
        "USER,USER",
        "Owned by any of these users: e-mail address, id, unique name, or @me",
    )
    .excludes(UNOWNED)
    .prominent(),
    Filter::new(UNOWNED, Test::Is("a.owner_id is null"), "", "Has no owner"),
    Filter::new("tag", Test::Tags, "A,B", "Has all of these tags"),
    Filter::new(
        "band",
        Test::Band("band"),
        "A,B",
        "Any of these health bands: healthy (80-100), moderate (60-79), concern (40-59), critical (0-39), insufficient_data \
         (no score), onboarding, churned (the score of the last day)",
    )
    .prominent(),
    Filter::new(
        HEALTH_MIN,
        Test::Least("health_score"),
        "0-100",
        "A health score of at least this; accounts without one and churned accounts do not match",
    )
    .of_customers(),
    Filter::new(
        HEALTH_MAX,
        Test::Most("health_score"),
        "0-100",
        "A health score of at most this; accounts without one and churned accounts do not match",
    )
    .of_customers(),
    Filter::new(
        "risk_min",
        Test::Least("churn_risk_score"),
        "0-100",
        "A churn risk of at least this; accounts without one and churned accounts do not match",
    )
    .of_customers(),
    Filter::new(
        "risk_max",
        Test::Most("churn_risk_score"),
        "0-100",
        "A churn risk of at most this; accounts without one and churned accounts do not match",
    )
    .of_customers(),
    Filter::new("arr_min", Test::Least("arr"), "AMOUNT", "An ARR of at least this"),
    Filter::new("arr_max", Test::Most("arr"), "AMOUNT", "An ARR of at most this"),
    Filter::new(
        RENEWS,
        Test::Ahead("a.contract_end <= {}"),
        "TIME",
        "The contract ends within this time, such as 90d, 12w or 3m, or has ended already; churned accounts match only where \
         a status or band names them",
    )
    .of_customers()
    .offers(RENEWALS)
    .prominent(),
    Filter::new(
        "no_engagement_for",
        Test::Ago(
            "not exists (select 1 from engagements e where e.organization_id = $1 and e.account_id = a.id \
             and e.completed_at >= {})",
        ),
        "TIME",
        "No engagement completed for this time, such as 60d, 8w or 2m, or never one",
    )
    .offers(SILENCES),
    Filter::new("parent", Test::Under("parent"), "ACCOUNT", "Directly under this account"),
    Filter::new("segment", Test::Segment, "NAME", "In this segment; repeat to match all").prominent(),
    Filter::new(
        "search",
        Test::Search(&["a.name_key", "lower(a.domain)", "lower(a.external_id)"]),
        "TEXT",
        "Every word occurs in the name, the domain or the external id",
    ),
    Filter::new("archived", Test::Archived, "", "Only archived accounts; without it they are left out"),
    Filter::new("custom", Test::Member, "KEY=VALUE", "A custom field with exactly this value; repeat to match all"),
];

/// Each has an index, which says of all but that of the names where missing values go.
const SORTS: &[Sort] = &[
    Sort::by("name", "a.name_key", Storage::Text),
    Sort::by("arr", "a.arr", Storage::Integer).nullable(),
    Sort::by("health_score", "a.health_score", Storage::Integer).nullable(),
    Sort::by("churn_risk_score", "a.churn_risk_score", Storage::Integer).nullable(),
    Sort::by("contract_end", "a.contract_end", Storage::Date).nullable(),
    Sort::by("updated_at", "a.updated_at", Storage::Instant).nullable(),
    Sort::ID,
];

pub static ACCOUNT: Noun = Noun {
    filters: FILTERS,
    sorts: SORTS,
    derived: &[
        Derived { from: "name", column: "name_key", compute: name_key },
        Derived { from: "external_id", column: "external_key", compute: super::external_key },
    ],
    history: Some(History { table: "account_changes", record: "account_id" }),
    sourced: Some("model"),
    kept: &[
        "status_source",
        "imported_status",
        "archived_at",
        "merged_into",
        "version",
        "updated_at",
        "created_by_operation",
        "health_score",
        "churn_risk_score",
        "scored_at",
        "band",
        "health_coverage",
        "churn_coverage",
        "provisional_health_score",
        "churn_times_usual",
        "churn_probability",
    ],
    journal: Some(Journal::new(
        &[To::to("owner_id", "users"), To::to("parent_id", "accounts"), To::to("merged_into", "accounts")],
        &[&["external_key"]],
    )),
    aliases: Some(Aliases { table: "account_aliases", record: "account_id" }),
    exported: &["health_score", "churn_risk_score", "scored_at", "band", "health_coverage", "churn_coverage"],
    scope: Some(ScopeNoun::Accounts),
    bulk: &["update", "tag", "archive", "restore"],
    ..Noun::new("account", "accounts", FIELDS)
};

/// An account as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub domain: Option<String>,
    pub industry: Option<String>,
    pub size: Option<Size>,
    pub status: Status,
    pub status_source: StatusSource,
    /// The last day of the status; none: it has no end.
    pub status_until: Option<NaiveDate>,
    /// The last status that an import gave.
    pub imported_status: Option<Status>,
    pub arr: Option<Money>,
    /// 0 to 100, 100 is best; none: never scored, or the data cover too little of health.
    pub health_score: Option<i64>,
    /// 0 to 100, 100 is worst; none: never scored, or the data cover too little of churn risk.
    pub churn_risk_score: Option<i64>,
    /// What health comes to where too little is known of it, drawn toward 50.
    pub provisional_health_score: Option<i64>,
    /// Hundredths: the probability of churn as a multiple of the usual.
    pub churn_times_usual: Option<i64>,
    /// Hundredths of a percent.
    pub churn_probability: Option<i64>,
    pub scored_at: Option<DateTime<Utc>>,
    /// `Churned` whatever the last score was; none: never scored.
    pub band: Option<AccountBand>,
    /// Hundredths of a percent.
    pub health_coverage: Option<i64>,
    pub churn_coverage: Option<i64>,
    pub owner: Option<Reference>,
    pub parent: Option<Reference>,
    pub contract_start: Option<NaiveDate>,
    pub contract_end: Option<NaiveDate>,
    pub auto_renew: Option<bool>,
    pub renewal_stage: Option<RenewalStage>,
    pub past_due_since: Option<NaiveDate>,
    pub seats: Option<i64>,
    /// A canonical JSON array of text.
    pub tags: String,
    /// A canonical JSON object.
    pub custom_fields: String,
    pub churned_on: Option<NaiveDate>,
    pub archived_at: Option<DateTime<Utc>>,
    /// The account that this duplicate was merged into.
    pub merged_into: Option<Uuid>,
    /// Rises with every change by a person, an import or an undo.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Another record, by its id and by the name that people and files use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub id: Uuid,
    pub label: String,
}

impl Account {
    /// The health score where it is judged: with enough data, of no account that is being set up or has left.
    pub fn judged_health(&self) -> Option<i64> {
        use AccountBand::{Churned, InsufficientData, Onboarding};
        let judged = !matches!(self.band, None | Some(InsufficientData | Onboarding | Churned));
        self.health_score.filter(|_| judged)
    }

    /// The value of one of [`ACCOUNT`]'s fields; references give their label.
    pub fn value(&self, field: &Field) -> Value {
        fn text(value: Option<&str>) -> Value {
            value.map_or(Value::Null, |text| Value::Text(text.to_owned()))
        }
        fn date(value: Option<NaiveDate>) -> Value {
            value.map_or(Value::Null, Value::Date)
        }
        fn instant(value: Option<DateTime<Utc>>) -> Value {
            value.map_or(Value::Null, Value::Instant)
        }
        fn integer(value: Option<i64>) -> Value {
            value.map_or(Value::Null, Value::Integer)
        }
        match field.name {
            "id" => Value::Id(self.id),
            "organization_id" => Value::Id(self.organization_id),
            "external_id" => text(self.external_id.as_deref()),
            "name" => text(Some(&self.name)),
            "domain" => text(self.domain.as_deref()),
            "industry" => text(self.industry.as_deref()),
            "size" => text(self.size.map(Size::as_str)),
            "status" => text(Some(self.status.as_str())),
            "status_source" => text(Some(self.status_source.as_str())),
            "status_until" => date(self.status_until),
            "imported_status" => text(self.imported_status.map(Status::as_str)),
            "arr" => self.arr.map_or(Value::Null, |arr| Value::Integer(arr.cents())),
            "health_score" => integer(self.health_score),
            "churn_risk_score" => integer(self.churn_risk_score),
            "provisional_health_score" => integer(self.provisional_health_score),
            "churn_times_usual" => integer(self.churn_times_usual),
            "churn_probability" => integer(self.churn_probability),
            "scored_at" => instant(self.scored_at),
            "band" => text(self.band.map(AccountBand::as_str)),
            "health_coverage" => integer(self.health_coverage),
            "churn_coverage" => integer(self.churn_coverage),
            "owner" => text(self.owner.as_ref().map(|owner| owner.label.as_str())),
            "parent" => text(self.parent.as_ref().map(|parent| parent.label.as_str())),
            "contract_start" => date(self.contract_start),
            "contract_end" => date(self.contract_end),
            "auto_renew" => self.auto_renew.map_or(Value::Null, Value::Boolean),
            "renewal_stage" => text(self.renewal_stage.map(RenewalStage::as_str)),
            "past_due_since" => date(self.past_due_since),
            "seats" => integer(self.seats),
            "tags" => text(Some(&self.tags)),
            "custom_fields" => text(Some(&self.custom_fields)),
            "churned_on" => date(self.churned_on),
            "archived_at" => instant(self.archived_at),
            "merged_into" => self.merged_into.map_or(Value::Null, Value::Id),
            "version" => Value::Integer(self.version),
            "created_at" => Value::Instant(self.created_at),
            "updated_at" => Value::Instant(self.updated_at),
            _ if field.meaning == Meaning::Member => member_value(&self.custom_fields, field),
            _ => Value::Null,
        }
    }

    /// What [`Field::text`] gives of a field that is text already, without a copy; none where it has to be formatted.
    pub fn plain_text(&self, field: &Field) -> Option<&str> {
        let text = match field.name {
            "external_id" => self.external_id.as_deref(),
            "name" => Some(self.name.as_str()),
            "domain" => self.domain.as_deref(),
            "industry" => self.industry.as_deref(),
            "size" => self.size.map(Size::as_str),
            "status" => Some(self.status.as_str()),
            "owner" => self.owner.as_ref().map(|owner| owner.label.as_str()),
            "parent" => self.parent.as_ref().map(|parent| parent.label.as_str()),
            "renewal_stage" => self.renewal_stage.map(RenewalStage::as_str),
            "tags" if self.tags == "[]" => None,
            "custom_fields" => Some(self.custom_fields.as_str()).filter(|text| *text != "{}"),
            _ => return None,
        };
        Some(text.unwrap_or_default())
    }

    /// The value as the column holds it: references give their id.
    pub fn stored(&self, field: &Field) -> Value {
        let id = |reference: &Option<Reference>| reference.as_ref().map_or(Value::Null, |to| Value::Id(to.id));
        match field.meaning {
            Meaning::User => id(&self.owner),
            Meaning::Account if field.name == "parent" => id(&self.parent),
            _ => self.value(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_the_text() {
        let now = "2026-03-01T07:00:00Z".parse().unwrap();
        let mut account = Account {
            id: Uuid::nil(),
            organization_id: Uuid::nil(),
            external_id: Some("x".into()),
            name: "Acme".into(),
            domain: None,
            industry: None,
            size: Some(Size::Small),
            status: Status::Active,
            status_source: StatusSource::Person,
            status_until: None,
            imported_status: None,
            arr: None,
            health_score: None,
            churn_risk_score: None,
            provisional_health_score: None,
            churn_times_usual: None,
            churn_probability: None,
            band: None,
            health_coverage: None,
            churn_coverage: None,
            scored_at: None,
            owner: Some(Reference { id: Uuid::nil(), label: "jo@example.com".into() }),
            parent: None,
            contract_start: None,
            contract_end: None,
            auto_renew: None,
            renewal_stage: Some(RenewalStage::Likely),
            past_due_since: None,
            seats: None,
            tags: "[]".into(),
            custom_fields: "{}".into(),
            churned_on: None,
            archived_at: None,
            merged_into: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let check = |account: &Account| {
            for field in ACCOUNT.fields {
                if let Some(text) = account.plain_text(field) {
                    assert_eq!(field.text(&account.value(field)), text, "{}", field.name);
                }
            }
        };
        check(&account);
        account.tags = r#"["a","b"]"#.into();
        account.custom_fields = r#"{"tier":"gold"}"#.into();
        check(&account);
    }
}
