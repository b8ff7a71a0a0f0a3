//! The contact: a person at an account.

use super::name_key;
use super::noun::{Api, Derived, Field, Journal, Key, Meaning, Merge, Noun, Reference, Single, Storage};
use super::nouns::{EventKind, ScopeNoun};
use super::picklist::picklist;
use super::selection::{Filter, Sort, Test};

picklist! {
    /// What a contact is to us.
    ContactRole, "contact_role", "a contact's role" {
        Champion = "champion",
        DecisionMaker = "decision_maker",
        ExecutiveSponsor = "executive_sponsor",
        User = "user",
        Billing = "billing",
        Other = "other",
    }
}

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["contactid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "recordid",
        "crmid",
        "vid",
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
        "associatedcompanyid",
        "kundennummer",
        "kundennr",
        "kontonummer",
        "firma",
        "kunde",
        "unternehmen",
        "société",
        "empresa",
        "azienda",
    ]),
    Field::new("name", Meaning::Title, "1 to 255 characters").required().aliases(&[
        "fullname",
        "contactname",
        "displayname",
    ]),
    Field::new("email", Meaning::Email, "e-mail address; unique within the account").aliases(&[
        "emailaddress",
        "mail",
        "workemail",
        "emailadresse",
        "adresseemail",
        "correoelectrónico",
    ]),
    Field::new("title", Meaning::Label, "job title, at most 100 characters").aliases(&["jobtitle", "position"]),
    Field::new(
        "role",
        Meaning::Choice(&ContactRole::CHOICES),
        "champion, decision_maker, executive_sponsor, user, billing, other",
    )
    .aliases(&["contactrole", "buyingrole"]),
    Field::new("left_on", Meaning::Date, "day on which the contact left the customer")
        .aliases(&["leftat", "departedon"]),
    Field::CREATED_AT.about("time since which the contact exists"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
    Field::new("phone", Meaning::Label, "phone number in any format, at most 100 characters").aliases(&[
        "phonenumber",
        "telephone",
        "tel",
        "mobile",
        "mobilephone",
        "mobilephonenumber",
        "workphone",
        "businessphone",
        "directphone",
    ]),
    Field::new("custom_fields", Meaning::Custom, "JSON object").default("'{}'"),
]);

pub static CONTACT: Noun = Noun {
    derived: &[
        Derived { from: "name", column: "name_key", compute: name_key },
        Derived { from: "external_id", column: "external_key", compute: super::external_key },
    ],
    keys: &[Key::ExternalId, Key::Account],
    within: Some("email"),
    filters: &[
        Filter::ACCOUNT,
        Filter::new("role", Test::AnyOf("role"), "A,B", "Roles, separated by commas"),
        Filter::new("left", Test::Is("a.left_on is not null"), "", "Only contacts who left the customer"),
        Filter::new("active", Test::Is("a.left_on is null"), "", "Only contacts who have not left"),
        Filter::new(
            "search",
            Test::Search(&["a.name_key", "lower(a.email)", "lower(a.title)", "a.phone"]),
            "TEXT",
            "All words must occur in the name, the e-mail address, the title or the phone number",
        ),
        Filter::SEGMENT,
        Filter::new("custom", Test::Member, "KEY=VALUE", "Custom field with exactly this value (repeat to match all)"),
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("name", "a.name_key", Storage::Text),
        Sort::by("email", "a.email", Storage::Text).nullable(),
        Sort::by("left_on", "a.left_on", Storage::Date).nullable().descending(),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).descending(),
        Sort::ID,
    ],
    journal: Some(Journal::new(
        &[Reference::to("account_id", "accounts")],
        &[&["external_key"], &["account_id", "email"]],
    )),
    merge: Some(Merge { called: "contacts", collides: Some("b.email = a.email") }),
    event: Some(EventKind::Contact),
    scope: Some(ScopeNoun::Contacts),
    api: Some(Api {
        path: "/api/contacts",
        tag: "contacts",
        about: None,
        schema: "Contact",
        example: &["account", "name", "email", "role"],
        single: Single::Written,
    }),
    ..Noun::new("contact", "contacts", FIELDS)
};
