//! The dated history of an account's ARR: each record says what it is from its day on. The figures are in [`crate::arr`].

use super::noun::{Api, DatedHistory, Field, Journal, Key, Meaning, Noun, Reference, Single, Storage};
use super::nouns::ScopeNoun;
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};

picklist! {
    /// What a new value says of the old one.
    ArrChangeKind, "arr_kind", "a kind" {
        /// The customer pays something else from the day on.
        Change = "change",
        /// The value was wrong since it was set.
        Correction = "correction",
    }
}

picklist! {
    /// What the figures of a period are told apart by.
    GroupBy, "group_by", "a grouping" {
        Size = "size",
        Industry = "industry",
        Owner = "owner",
        /// One period after the other.
        Month = "month",
        Quarter = "quarter",
        Year = "year",
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
    Field::new("effective_on", Meaning::Date, "day from which the ARR applies; never after today")
        .required()
        .past()
        .period()
        .aliases(&["date", "day", "month", "period", "effectivedate", "effectivefrom", "since", "startdate"]),
    Field::new(
        "arr",
        Meaning::MoneyText,
        "annual recurring revenue from that day on; 0: no ARR; empty: it was cleared",
    )
    .column("new_value")
    .required()
    .cleared()
    .aliases(&["annualrecurringrevenue", "arramount", "newarr", "newvalue"]),
    Field::new(
        "kind",
        Meaning::Choice(&ArrChangeKind::CHOICES),
        "change: the ARR changed on that day; correction: the previous value was wrong",
    )
    .required()
    .default("'change'")
    .aliases(&["arrkind", "changekind"]),
    Field::new("old_arr", Meaning::MoneyText, "ARR before the change; empty: none").column("old_value").read(),
    Field::new("created_at", Meaning::Instant, "time of creation").looking_back().read().default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
]);

pub static ARR_CHANGE: Noun = Noun {
    plural: "ARR changes",
    table: "account_changes",
    keys: &[Key::Account],
    within: Some("effective_on"),
    kept: &["old_value", "version", "created_at", "updated_at", "created_by_operation"],
    fixed: &[("field", "'arr'")],
    past: Some(DatedHistory { of: Some("arr"), value: "arr", before: "old_arr" }),
    filters: &[
        Filter::ACCOUNT,
        Filter::new(
            "from",
            Test::From("a.effective_on", Storage::Date),
            "DATE|30d",
            "On or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("to", Test::To("a.effective_on", Storage::Date), "DATE", "On or before this day"),
        Filter::new("kind", Test::AnyOf("kind"), "A,B", "Kind: change, correction"),
        Filter::new("owner", Test::Owners, "USER,USER", "Owners of the accounts, separated by commas"),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("effective_on", "a.effective_on", Storage::Date).descending(),
        Sort::by("account", "acc.name_key", Storage::Text),
        Sort::by("arr", "cast(a.new_value as bigint)", Storage::Integer).nullable().descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).descending(),
        Sort::ID,
    ],
    // A history may say several things of a record: a line is told apart by its field as well.
    journal: Some(Journal {
        key: &[("id", Storage::Id), ("field", Storage::Text)],
        references: &[Reference::follows("account_id", "accounts")],
        unique: &[],
    }),
    scope: Some(ScopeNoun::Arr),
    api: Some(Api {
        path: "/api/arr",
        tag: "arr",
        about: None,
        schema: "ArrChange",
        example: &[],
        single: Single::Read,
    }),
    ..Noun::new("ARR change", "arr", FIELDS)
};
