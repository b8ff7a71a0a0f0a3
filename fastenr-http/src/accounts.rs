//! `/api/accounts`

use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fastenr_core::Kind;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::noun::{Field, Meaning, Value as Cell};
use fastenr_core::ops::accounts::Listed;
use fastenr_core::ops::export::ExportSelection;
use fastenr_core::ops::scores::views;
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::{self, Context};
use fastenr_core::view::record;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::OneOfBuilder;
use uuid::Uuid;

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{RemainingParameters, dry_run};
use crate::replay::ShownRecord;
use crate::reply::{self, Answer, VersionMatch, WriteOutcome};
use crate::{Problem, State, adjustment, exports, filters, nouns, schema};

const PATH: &str = "/api/accounts";
const ONE: &str = "/api/accounts/{id}";
const TAG: &str = "accounts";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let shown = || schema::reference("Account");
    let example = schema::example_of(&ACCOUNT, &["name", "industry", "size", "arr", "status"]);
    let wrote = |endpoint: Endpoint| {
        endpoint
            .header("ETag", "The version of the record.")
            .header("Fastenr-Operation", "The operation; absent: nothing changed.")
    };
    vec![
        exports::also_as_file(
            Endpoint::get(PATH, "accounts_list", list)
                .of(TAG, Noun::Accounts, Verb::Read)
                .says("List accounts", "")
                .takes(filters::of_noun(&ACCOUNT))
                .defines("Account", schema::record(ACCOUNT.fields))
                .defines("ListedAccount", schema::record(ACCOUNT.fields.iter().chain([&LAST_ENGAGEMENT])))
                .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("ListedAccount")), None),
        ),
        wrote(
            Endpoint::post(PATH, "accounts_create", create)
                .of(TAG, Noun::Accounts, Verb::Write)
                .says("Create an account", "")
                .takes([dry_run()])
                .defines("NewAccount", schema::given(&ACCOUNT, true))
                .json("The fields of the new record.", schema::reference("NewAccount"), Some(example))
                .answers(StatusCode::OK, "Preview of the new record.", shown(), None)
                .answers(StatusCode::CREATED, "The new account.", shown(), None)
                .header("Location", "Path of the new record."),
        ),
        wrote(
            Endpoint::put(ONE, "accounts_update", update)
                .of(TAG, Noun::Accounts, Verb::Write)
                .says(
                    "Update an account",
                    "Only the given members change; null clears a member. `health_score` is computed by the model: \
                     setting it creates an adjustment `until` a day, and needs a `reason` and a key with \
                     `health:write`. All changes are one operation, and the account is scored again at once.",
                )
                .takes([dry_run()])
                .defines("AccountChange", changes())
                .json(
                    "The members to change.",
                    schema::reference("AccountChange"),
                    Some(json!({"status": "at_risk", "industry": null})),
                )
                .answers(StatusCode::OK, "The account after the change.", shown(), None),
        ),
        wrote(
            Endpoint::delete(ONE, "accounts_archive", |state, caller, at, query, headers| {
                set_archived(true, state, caller, at, query, headers)
            })
            .of(TAG, Noun::Accounts, Verb::Delete)
            .says("Archive an account", "An archived account is hidden from lists; nothing is deleted.")
            .takes([dry_run()])
            .answers(StatusCode::OK, "The account after the change.", shown(), None),
        ),
        wrote(
            Endpoint::post("/api/accounts/{id}/restore", "accounts_restore", |state, caller, at, query, headers| {
                set_archived(false, state, caller, at, query, headers)
            })
            .of(TAG, Noun::Accounts, Verb::Write)
            .says("Restore an archived account", "")
            .takes([dry_run()])
            .conditional()
            .answers(StatusCode::OK, "The account after the change.", shown(), None),
        ),
    ]
}

/// Fields, with or without a score that a person sets.
fn changes() -> impl Into<schema::Shape> {
    let fields = || schema::given(&ACCOUNT, false);
    OneOfBuilder::new().item(fields()).item(adjustment::members(fields(), "health_score"))
}

/// Every field, by its name.
pub(crate) fn object(account: &Account) -> Map<String, Value> {
    record(ACCOUNT.fields, |field| account.value(field))
}

/// The account as it is, none where it is no more.
pub(crate) async fn shown(context: &Context, id: Uuid) -> Result<Option<ShownRecord>, Problem> {
    match ops::accounts::get(context, &id.to_string()).await {
        Ok(account) => Ok(Some(ShownRecord {
            path: PATH,
            id,
            version: account.version,
            updated_at: Some(account.updated_at),
            object: object(&account),
        })),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The same with the moment of its last engagement.
fn listed(listed: &Listed) -> Map<String, Value> {
    let mut object = object(&listed.account);
    let last = listed.last_engagement.map_or(Cell::Null, Cell::Instant);
    object.insert(LAST_ENGAGEMENT.name.to_owned(), LAST_ENGAGEMENT.json(&last));
    object
}

/// What a list tells beside the account's own fields.
static LAST_ENGAGEMENT: Field =
    Field::new("last_engagement", Meaning::Instant, "time at which its last engagement was completed").read();

async fn list(caller: Caller, Query(pairs): Query, headers: HeaderMap) -> Answer {
    if let Some(format) = exports::wanted_format(&headers) {
        let (pairs, format) = exports::filters(pairs, format)?;
        let chosen = selection(&caller.context, &ACCOUNT, pairs).await?;
        return exports::file(&caller, ExportSelection::Accounts(chosen), format);
    }
    let (chosen, order, ask) = nouns::asked(&ACCOUNT, &caller.context, pairs).await?;
    let part = ops::accounts::part(&caller.context, &chosen, order, &ask).await?;
    Ok(reply::page(&part, listed))
}

async fn create(caller: Caller, Query(pairs): Query, Object(body): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given = body::given(&ACCOUNT, body)?;
    let written = ops::accounts::create(&caller.context, &given, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    let location = format!("{PATH}/{}", written.record.id);
    Ok(wrote(written, StatusCode::CREATED, Some(location), dry_run))
}

fn wrote(
    written: ops::Written<Account>,
    status: StatusCode,
    location: Option<String>,
    dry_run: bool,
) -> axum::response::Response {
    let ops::Written { record, operation, .. } = written;
    WriteOutcome { status, location, version: record.version, operation, object: object(&record), dry_run }
        .into_response()
}

async fn update(
    FromState(state): FromState<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
    Object(mut body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let context = &caller.context;
    let adjustment = adjustment::taken(&mut body, &["health_score"], context)?;
    let given = body::given(&ACCOUNT, body)?;
    let expected = expected(&state, &caller, &name, &headers).await?;
    let written = match adjustment {
        None => ops::accounts::update(context, &name, &given, expected, dry_run).await,
        Some(adjustment) => {
            caller.may(Noun::Health, Verb::Write)?;
            let adjusted = views::update_and_adjust(context, &name, &given, &adjustment, expected, dry_run).await;
            adjusted.map(|adjusted| adjusted.written)
        }
    };
    let written = written.map_err(|error| Problem::from(error).of_body())?;
    Ok(wrote(written, StatusCode::OK, None, dry_run))
}

async fn set_archived(
    archived: bool,
    FromState(state): FromState<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let expected = expected(&state, &caller, &name, &headers).await?;
    let written = ops::accounts::set_archived(&caller.context, &name, archived, expected, dry_run).await?;
    Ok(wrote(written, StatusCode::OK, None, dry_run))
}

async fn expected(state: &State, caller: &Caller, name: &str, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let current = async { Ok(ops::accounts::get(&caller.context, name).await?.version) };
    VersionMatch::read(headers, state)?.expected(current).await
}
