//! The account's team: users who look after an account beside its owner.

use super::noun::{Api, Field, Journal, Key, Meaning, Merge, Noun, Reference, Single, Storage};
use super::nouns::{EventKind, ScopeNoun};
use super::selection::{Filter, Sort, Test};

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] =
    &[
        Field::new("id", Meaning::Id, "UUIDv7").read(),
        Field::new("account", Meaning::Account, "account: external id or id")
            .column("account_id")
            .required()
            .aliases(&["accountid", "accountexternalid", "company", "customer", "customerid"]),
        Field::new("user", Meaning::User, "team member: e-mail address").column("user_id").required().aliases(&[
            "userid",
            "useremail",
            "email",
            "member",
            "teammember",
        ]),
        Field::new("role", Meaning::Label, "role in the team, such as support or sales, at most 100 characters")
            .aliases(&["teamrole", "teammemberrole"]),
        Field::new("created_at", Meaning::Instant, "time since which the user is a member").required().default("$now"),
        Field::new("updated_at", Meaning::Instant, "time of the last change").read(),
        Field::new("version", Meaning::Count, "version number; increases with every change").read(),
        Field::new("account_id", Meaning::Id, "id of the account").read(),
        Field::new("account_name", Meaning::Line, "name of the account").read(),
        Field::new("organization_id", Meaning::Id, "UUIDv7").read(),
    ];

pub static TEAM: Noun = Noun {
    table: "account_team",
    keys: &[Key::Account],
    within: Some("user"),
    filters: &[
        Filter {
            name: "account",
            test: Test::Account,
            value: "ACCOUNT",
            about: "Account: id, external id, or a unique name or domain (can be archived)",
        },
        Filter { name: "member", test: Test::Users("user"), value: "USER,USER", about: "Users, separated by commas" },
        Filter { name: "role", test: Test::Exactly("role"), value: "TEXT", about: "Role, matched exactly" },
        Filter {
            name: "segment",
            test: Test::Segment,
            value: "NAME",
            about: "Segment of the accounts (repeat to match all)",
        },
        Filter { name: "archived", test: Test::Archived, value: "", about: "Only records of archived accounts" },
    ],
    sorts: &[Sort::by("account", "acc.name_key", Storage::Text), Sort::by("id", "a.id", Storage::Id)],
    journal: Some(Journal::new(
        &[Reference::to("account_id", "accounts"), Reference::to("user_id", "users")],
        &[&["account_id", "user_id"]],
    )),
    merge: Some(Merge { called: "team members", collides: Some("b.user_id = a.user_id") }),
    event: Some(EventKind::Team),
    scope: Some(ScopeNoun::Accounts),
    api: Some(Api {
        path: "/api/team",
        tag: "accounts",
        about: None,
        schema: "TeamMember",
        example: &["account", "user", "role"],
        single: Single::Put,
    }),
    ..Noun::new("team member", "team", FIELDS)
};
