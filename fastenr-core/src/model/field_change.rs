//! The dated history of an account's fields: each record says what one of them is from its day on. Scores of past days read it.

use super::arr_change::ArrChangeKind;
use super::noun::{Api, DatedHistory, Field, Key, Meaning, Noun, Single, Storage};
use super::nouns::ScopeNoun;
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};

picklist! {
    /// The fields of an account whose past is kept.
    ChangedField, "changed_field", "a field with a history" {
        Seats = "seats",
        ContractEnd = "contract_end",
        RenewalStage = "renewal_stage",
        PastDueSince = "past_due_since",
        Size = "size",
        Owner = "owner",
        AutoRenew = "auto_renew",
        Arr = "arr",
        /// Only read: people, files and runs set it, and what they set is not made up afterwards.
        Status = "status",
    }
}

/// Of one table with [`super::arr_change::ARR_CHANGE`], whose places are the bits of the journal: those that both have are the same.
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
    Field::new("effective_on", Meaning::Date, "day from which the new value applies; never after today")
        .required()
        .past()
        .period()
        .aliases(&["date", "day", "month", "changedate", "changedon", "changedat", "editdate", "effectivedate", "createddate"]),
    Field::new("new", Meaning::AccountValue, "value from that day on; empty: none")
        .column("new_value")
        .aliases(&["newvalue", "to", "value", "after"]),
    Field::new("kind", Meaning::Choice(&ArrChangeKind::CHOICES), "change or correction; correction only of ARR")
        .required()
        .read()
        .default("'change'"),
    Field::new("old", Meaning::AccountValue, "value before that day; empty: none")
        .column("old_value")
        .aliases(&["oldvalue", "from", "previousvalue", "before"]),
    Field::new("created_at", Meaning::Instant, "time of creation").looking_back().read().default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
    Field::new(
        DatedHistory::NAMED,
        Meaning::Choice(&ChangedField::CHOICES),
        "field of the account: seats, contract_end, renewal_stage, past_due_since, size, owner, auto_renew, arr, status",
    )
    .required()
    .aliases(&["fieldname", "property", "attribute"]),
]);

/// One write may change several fields of an account under one id.
const FIELD: &str = "a.field";

pub static FIELD_CHANGE: Noun = Noun {
    table: "account_changes",
    keys: &[Key::Account],
    within: Some("effective_on"),
    kept: &["kind", "version", "created_at", "updated_at", "created_by_operation"],
    past: Some(DatedHistory { of: None, value: "new", before: "old" }),
    filters: &[
        Filter::ACCOUNT,
        Filter::new(
            "field",
            Test::AnyOf(DatedHistory::NAMED),
            "A,B",
            "Field: seats, contract_end, renewal_stage, past_due_since, size, owner, auto_renew, arr, status",
        ),
        Filter::new(
            "from",
            Test::From("a.effective_on", Storage::Date),
            "DATE|30d",
            "On or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("to", Test::To("a.effective_on", Storage::Date), "DATE", "On or before this day"),
        Filter::new("owner", Test::Owners, "USER,USER", "Owners of the accounts, separated by commas"),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("effective_on", "a.effective_on", Storage::Date).descending().then(FIELD, Storage::Text),
        Sort::by("account", "acc.name_key", Storage::Text).then(FIELD, Storage::Text),
        Sort::by("field", FIELD, Storage::Text),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).descending().then(FIELD, Storage::Text),
        Sort::ID.then(FIELD, Storage::Text),
    ],
    scope: Some(ScopeNoun::Changes),
    api: Some(Api {
        path: "/api/changes",
        tag: "changes",
        about: Some("Changes: the dated history of accounts' fields, which scores of past days read."),
        schema: "FieldChange",
        example: &[],
        single: Single::Listed,
    }),
    ..Noun::new("change", "changes", FIELDS)
};

#[cfg(test)]
mod tests {
    use super::{ChangedField, FIELD_CHANGE};
    use crate::model::account::ACCOUNT;
    use crate::model::arr_change::ARR_CHANGE;

    #[test]
    fn one_table_has_one_set_of_bits() {
        for field in FIELD_CHANGE.fields {
            let places: Vec<usize> = ARR_CHANGE
                .fields
                .iter()
                .filter(|other| other.column == field.column)
                .map(|other| other.place)
                .collect();
            assert!(places.is_empty() || places.contains(&field.place), "{}: {places:?}", field.name);
        }
    }

    #[test]
    fn the_fields_are_those_whose_past_is_kept() {
        let mut tracked: Vec<&str> =
            ACCOUNT.fields.iter().filter(|field| field.tracked).map(|field| field.name).collect();
        let mut listed = ChangedField::TEXTS.to_vec();
        tracked.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, tracked);
    }
}
