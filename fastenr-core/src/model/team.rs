//! The account's team: users who look after an account beside its owner.

use super::noun::{Api, Field, Journal, Key, Meaning, Merge, Noun, Reference, Single, Storage};
use super::nouns::{EventKind, ScopeNoun};
use super::selection::{Filter, Sort, Test};

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::OF_ACCOUNT.aliases(&["accountid", "accountexternalid", "company", "customer", "customerid"]),
    Field::new("user", Meaning::User, "team member: e-mail address").column("user_id").required().aliases(&[
        "userid",
        "useremail",
        "email",
        "member",
        "teammember",
    ]),
    Field::new("role", Meaning::Label, "role in the team, such as support or sales, at most 100 characters")
        .aliases(&["teamrole", "teammemberrole"]),
    Field::new("created_at", Meaning::Instant, "time since which the user is a member")
        .looking_back()
        .required()
        .default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
    Field::new("user_name", Meaning::Line, "name of the team member").read().read_by("u_user.name"),
]);

pub static TEAM: Noun = Noun {
    table: "account_team",
    keys: &[Key::Account],
    within: Some("user"),
    filters: &[
        Filter::ACCOUNT,
        Filter::new("member", Test::Users("user"), "USER,USER", "Users, separated by commas"),
        Filter::new("role", Test::Exactly("role"), "TEXT", "Role, matched exactly"),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[Sort::by("account", "acc.name_key", Storage::Text), Sort::ID],
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
