//! `/api/bulk/…`: many records at once, by a filter, by their ids, or each with values of its own.

use std::collections::HashMap;

use axum::http::StatusCode;
use fastenr_core::import::request::{Empty, Ids, OnError, Progress, Rejects, Request as ImportRequest};
use fastenr_core::import::source::{Format, Options, Source, Spool};
use fastenr_core::model::account::RENEWS;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::nouns::NOUNS;
use fastenr_core::ops::bulk::{self, BulkAction, Request};
use fastenr_core::ops::{self, Context};
use fastenr_core::view::bulk::{BulkAnswer, BulkItems, BulkReport};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};

use crate::body::{self, Object};
use crate::endpoint::{self, Endpoint, Verb};
use crate::guard::{Caller, Query};
use crate::long::{self, Work, WorkOutcome};
use crate::params::{self, ACCOUNT_ID, Parameter, RemainingParameters, dry_run};
use crate::problem::{FieldError, MOST_ERRORS};
use crate::reply::Answer;
use crate::schema::Shape;
use crate::{Problem, filter_body, filters, hints, schema};

/// As many items, or ids, are taken at once.
pub(crate) const MOST: usize = 10_000;

/// Bytes of a body; ten thousand records with some text each.
const BODY: u64 = 32 << 20;

/// Changes that a dry run tells.
const TOLD: u64 = 1_000;

/// A noun whose records can be written many at once.
#[derive(Clone, Copy)]
struct Kind {
    noun: &'static Noun,
    scope: endpoint::Noun,
}

impl Kind {
    fn tag(self) -> &'static str {
        self.noun.api.as_ref().map_or(self.scope.as_str(), |api| api.tag)
    }

    /// The names of its schemas begin so.
    fn schema(self) -> &'static str {
        self.noun.api.as_ref().map_or("Account", |api| api.schema)
    }

    fn filters(self) -> Vec<Parameter> {
        filters::noun_filters(self.noun)
    }
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let kinds = NOUNS.iter().filter(|noun| !noun.bulk.is_empty());
    kinds.filter_map(|noun| Some(of_kind(Kind { noun, scope: noun.scope? }))).collect()
}

fn of_kind(kind: Kind) -> Endpoint {
    let noun = kind.noun;
    let name = format!("{}BulkWrite", kind.schema());
    let filter = format!("{}Filter", kind.schema());
    let mut endpoint = Endpoint::post(
        format!("/api/bulk/{}", noun.many),
        format!("{}_bulk", noun.many),
        move |caller, work, query, body| write(kind, caller, work, query, body),
    )
    .of(kind.tag(), kind.scope, Verb::Write)
    .says(
        format!("Write many {} at once", noun.plural),
        format!(
            "Either an `action` on the records that `filter` or `ids` select: all change or none. Or `items`, up to \
             {MOST}, each with its `id` or `external_id` and the members to change: all are written or, with \
             `on_error: skip`, the valid ones. An item with an unknown `external_id` creates a record. Each request \
             is one operation. Actions that remove records ({}) also need `{}:delete`.",
            kind.noun
                .bulk
                .iter()
                .filter(|action| takes_away(action))
                .map(|action| format!("`{action}`"))
                .collect::<Vec<_>>()
                .join(", "),
            kind.scope
        ),
    )
    .takes([dry_run()])
    .defines(&filter, filter_body::schema(&kind.filters()))
    .defines(&name, body_schema(kind, &filter))
    .json("The action and the records, or the items.", schema::reference(&name), Some(example(kind)))
    .body_limit(BODY);
    let (answer, items) = (endpoint.schema_of::<BulkAnswer>(), endpoint.schema_of::<BulkItems>());
    let either = OneOfBuilder::new().item(answer).item(items.clone());
    long::may_take_long(
        endpoint
            .answers(StatusCode::OK, "The result, or a preview in a dry run.", either, None)
            .header("Fastenr-Operation", "The operation; absent: nothing changed.")
            .answers(StatusCode::UNPROCESSABLE_ENTITY, "An item is invalid: nothing was written.", items, None),
    )
}

fn example(kind: Kind) -> Value {
    match kind.noun.bulk {
        ["update", "tag", ..] => {
            json!({"action": "tag", "tags": {"add": ["renewal"]}, "filter": {(RENEWS): "90d"}, "max_affected": 200})
        }
        _ => json!({"action": "delete", "ids": ["X-1001"], "expect": 1}),
    }
}

fn body_schema(kind: Kind, filter: &str) -> ObjectBuilder {
    let texts = || schema::array(schema::words()).max_items(Some(MOST));
    let tags = || schema::array(schema::tag()).max_items(Some(MOST));
    let count = || schema::integer(0, i64::from(u32::MAX));
    let mut object = filter_body::closed()
        .property("action", schema::choice(kind.noun.bulk).description(Some("Action on each record.")))
        .property("set", schema::given_of_account(kind.noun, false))
        .property("filter", schema::reference(filter))
        .property(
            "ids",
            texts()
                .min_items(Some(1))
                .description(Some("Ids or external ids. With a filter, a record must match both.")),
        )
        .property("all", schema::boolean().description(Some("Select all records, if there is no filter and no ids.")))
        .property(
            "max_affected",
            count().description(Some("Change nothing if more than this many records would change.")),
        )
        .property("expect", count().description(Some("Change nothing unless exactly this many records would change.")))
        .property("items", schema::array(item_schema(kind.noun)).min_items(Some(1)).max_items(Some(MOST)))
        .property(
            "on_error",
            schema::choice(&["stop", "skip"]).description(Some(
                "What to do if an item is invalid: `stop` writes nothing, `skip` writes the valid items.",
            )),
        );
    if kind.noun.bulk.contains(&"tag") {
        let tags = filter_body::closed().property("add", tags()).property("remove", tags());
        object = object.property("tags", tags);
    }
    object
}

/// What the members of an item may be is told of each item in the answer.
fn item_schema(noun: &'static Noun) -> Shape {
    let item = |without: &str| {
        let names: Vec<&str> = members(noun).filter(|name| *name != without).collect();
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property_names(Some(schema::choice(&names)))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
    };
    if noun.field(params::ACCOUNT).is_none() {
        return item(ACCOUNT_ID).into();
    }
    OneOfBuilder::new().item(item(ACCOUNT_ID)).item(item(params::ACCOUNT).required(ACCOUNT_ID)).into()
}

/// Whether a key needs `delete` for it.
pub(crate) fn takes_away(action: &str) -> bool {
    matches!(action, "archive" | "delete")
}

const MEMBERS: &[&str] =
    &["action", "set", "tags", "filter", "ids", "all", "max_affected", "expect", "items", "on_error"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkBody {
    action: Option<String>,
    set: Option<Map<String, Value>>,
    tags: Option<GivenTags>,
    filter: Option<Value>,
    ids: Option<Vec<String>>,
    #[serde(default)]
    all: bool,
    max_affected: Option<u64>,
    expect: Option<u64>,
    items: Option<Vec<Map<String, Value>>>,
    on_error: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with add, remove or both")]
struct GivenTags {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

async fn write(kind: Kind, caller: Caller, work: Work, Query(pairs): Query, Object(body): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let mut given: BulkBody = body::of_type(body, MEMBERS)?;
    match (given.items.take(), given.action.take()) {
        (Some(items), None) => write_items(kind, caller.context, work, given, items, dry_run).await,
        (None, Some(action)) => act(kind, caller, work, given, &action, dry_run).await,
        (None, None) => Err(member("action", "action_or_items", "action or items is required")),
        (Some(_), Some(_)) => Err(member("items", "action_and_items", "either an action or items, not both")),
    }
}

fn member(name: &str, code: &str, detail: impl Into<String>) -> Problem {
    Problem::fields(vec![FieldError::member(name, code, detail)])
}

/// What goes only with the other kind of request.
fn none_of(given: &[(&str, bool)], with: &str) -> Result<(), Problem> {
    let wrong = given.iter().filter(|(_, is_given)| *is_given);
    let errors: Vec<FieldError> = wrong
        .map(|(name, _)| FieldError::member(name, "not_with", format!("{name} does not go with {with}")))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

fn most(name: &str, count: usize) -> Result<(), Problem> {
    if count > MOST {
        return Err(member(name, "too_many", format!("{name}: at most {MOST} at once, not {count}")));
    }
    Ok(())
}

/// One JSON object a line, as a source of rows.
pub(crate) async fn lines(rows: impl Iterator<Item = Value>) -> Result<Source, Problem> {
    let mut spool = Spool::new("body.jsonl", u64::MAX)?;
    for row in rows {
        spool.push(format!("{row}\n").as_bytes()).await?;
    }
    Ok(spool.finish().await?)
}

async fn act(kind: Kind, caller: Caller, work: Work, given: BulkBody, action: &str, dry_run: bool) -> Answer {
    if !kind.noun.bulk.contains(&action) {
        return Err(member("action", "action", format!("action is one of {}", kind.noun.bulk.join(", "))));
    }
    if takes_away(action)
        && let Some(key) = &caller.key
    {
        key.check(kind.scope, Verb::Delete)?;
    }
    none_of(&[("on_error", given.on_error.is_some())], "an action")?;
    none_of(
        &[("set", given.set.is_some() && action != "update"), ("tags", given.tags.is_some() && action != "tag")],
        action,
    )?;
    let ids = match given.ids {
        None => None,
        Some(ids) if ids.is_empty() => return Err(member("ids", "ids", "ids: one at least")),
        Some(ids) => {
            most("ids", ids.len())?;
            Some(lines(ids.into_iter().map(|id| json!({"id": id}))).await?)
        }
    };
    let filter = match given.filter {
        Some(filter) => filter_body::pairs(&kind.filters(), "filter", filter)?,
        None => Vec::new(),
    };
    let request = Request {
        noun: kind.noun,
        action: bulk_action(kind.noun, action, given.set, given.tags)?,
        filter,
        ids,
        all: given.all,
        dry_run,
        max_affected: given.max_affected,
        expect: given.expect,
        plan: None,
        expect_preview: None,
        most_told: Some(TOLD),
    };
    let context = caller.context;
    let command = format!("{}.{}", kind.noun.many, request.action.verb());
    work.run(command, dry_run, move |begun| async move {
        let mut changes = Vec::new();
        let report = bulk::run_notifying(
            &context,
            request,
            &mut |_, change| {
                changes.push(change.into());
                Ok(())
            },
            &mut |id| begun.tell(id),
        )
        .await
        .map_err(|error| Problem::from(error).of_body())?;
        let answer = BulkAnswer { report: BulkReport::from(&report), changes };
        match report.refusal {
            Some(refusal) => Err(Problem::from(refusal).of_body()),
            None => Ok(WorkOutcome::new(&answer, report.operation, report.matched)),
        }
    })
    .await
}

fn bulk_action(
    noun: &'static Noun,
    action: &str,
    set: Option<Map<String, Value>>,
    tags: Option<GivenTags>,
) -> Result<BulkAction, Problem> {
    Ok(match action {
        "tag" => {
            let GivenTags { add, remove } = tags.unwrap_or_default();
            if add.iter().chain(&remove).any(|tag| tag.contains(',')) {
                return Err(member("tags", "comma", "a tag has no comma"));
            }
            BulkAction::Tag { add: add.join(","), remove: remove.join(",") }
        }
        "archive" => BulkAction::Archive,
        "restore" => BulkAction::Restore,
        "delete" => BulkAction::Delete,
        _ => BulkAction::Update(body::given(noun, set.unwrap_or_default())?),
    })
}

async fn write_items(
    kind: Kind,
    context: Context,
    work: Work,
    given: BulkBody,
    items: Vec<Map<String, Value>>,
    dry_run: bool,
) -> Answer {
    let with_action = [
        ("set", given.set.is_some()),
        ("tags", given.tags.is_some()),
        ("filter", given.filter.is_some()),
        ("ids", given.ids.is_some()),
        ("all", given.all),
        ("max_affected", given.max_affected.is_some()),
        ("expect", given.expect.is_some()),
    ];
    none_of(&with_action, "items")?;
    most("items", items.len())?;
    if items.is_empty() {
        return Err(member("items", "items", "items: one at least"));
    }
    known_members(kind.noun, &items)?;
    let items = items.into_iter().map(|item| with_account(kind.noun, item)).collect::<Result<Vec<_>, _>>()?;
    let on_error = match given.on_error.as_deref() {
        None => OnError::default(),
        Some(text) => text.parse().map_err(|_| member("on_error", "on_error", "on_error is stop or skip"))?,
    };
    let source = lines(items.into_iter().map(Value::Object)).await?;
    let request = ImportRequest {
        on_error,
        empty: Empty::Clear,
        dry_run,
        read: Options { format: Some(Format::Jsonl), raw: true, ..Options::default() },
        rejects: Rejects::Kept,
        tell_rows: true,
        // Whoever sends an item means what it says.
        ids: Ids::AsWritten,
        allow_id_changes: true,
        ..ImportRequest::default()
    };
    work.run(format!("{}.import", kind.noun.many), dry_run, move |begun| async move {
        let report = ops::import::run(&context, kind.noun, source, request, &mut |progress| {
            if let Progress::Begun { operation } = progress {
                begun.tell(operation);
            }
        })
        .await
        .map_err(|error| if error.code == NO_KEY { unnamed(kind.noun) } else { error.into() })?;
        let answer = BulkItems::new(&report, &hints::edge());
        let done = WorkOutcome::new(&answer, answer.operation, report.ledger.rows);
        Ok(if report.refusal.is_some() { done.refused(StatusCode::UNPROCESSABLE_ENTITY) } else { done })
    })
    .await
}

/// The code of a file whose rows name no record.
const NO_KEY: &str = "no_key";

/// No item says which record it is.
fn unnamed(noun: &'static Noun) -> Problem {
    let natural = noun.natural.as_ref().map(|natural| format!(", nor {} and {}", params::ACCOUNT, natural.title));
    let detail = format!("no item has an id or an external_id{}", natural.unwrap_or_default());
    Problem::fields(vec![FieldError::member("items", NO_KEY, detail)]).of_content()
}

/// What an item may have.
fn members(noun: &'static Noun) -> impl Iterator<Item = &'static str> {
    let other = noun.field(params::ACCOUNT).map(|_| ACCOUNT_ID);
    let fields = noun.fields.iter().filter(|field| field.writable()).map(|field| field.name);
    ["id"].into_iter().chain(other).chain(fields)
}

/// `account_id` is another name of `account`.
fn with_account(noun: &'static Noun, mut item: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    if noun.field(params::ACCOUNT).is_some()
        && let Some(account) = item.shift_remove(ACCOUNT_ID)
        && item.insert(params::ACCOUNT.to_owned(), account).is_some()
    {
        return Err(member("items", "given_twice", "an item has account and account_id: give one"));
    }
    Ok(item)
}

/// # Errors
/// `unknown_field` with the nearest name, `read_only_field`; of the first hundred mistakes each, and the number of the others.
fn known_members(noun: &'static Noun, items: &[Map<String, Value>]) -> Result<(), Problem> {
    let wrong = |name: &str| match noun.field(name).map(|(_, field)| field) {
        Some(field) if field.writable() || field.name == "id" => None,
        Some(_) if name == ACCOUNT_ID && noun.field(params::ACCOUNT).is_some() => None,
        Some(_) => Some(FieldError::member(name, "read_only_field", format!("{name} is computed and can't be set"))),
        None => Some(body::unknown_member(name, &members(noun).collect::<Vec<_>>())),
    };
    let given = items.iter().enumerate().flat_map(|(index, item)| item.keys().map(move |name| (index, name)));
    let mut mistakes = Vec::new();
    let mut more = 0;
    // Many items tend to have the same few mistakes: what is near to a name is looked for once.
    let mut known: HashMap<&str, Option<FieldError>> = HashMap::new();
    for (index, name) in given {
        let Some(error) = known.entry(name).or_insert_with(|| wrong(name)).as_ref() else { continue };
        if mistakes.len() == MOST_ERRORS {
            more += 1;
            continue;
        }
        let pointer = error.pointer.as_ref().map(|pointer| format!("/items/{index}{pointer}"));
        mistakes.push(FieldError { pointer, ..error.clone() });
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Problem::first_fields(mistakes, more)) }
}
