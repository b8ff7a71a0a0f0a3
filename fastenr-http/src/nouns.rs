//! The nouns that belong to an account: list, get, make, change, delete, each by its table of fields.
//!
//! To give the API another noun, give the noun its [`Api`].

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fastenr_core::model::cursor::ListRequest;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Api, Noun, Single, with_article};
use fastenr_core::model::nouns::NOUNS;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::export::ExportSelection;
use fastenr_core::ops::{self, Context, entries, lists};
use fastenr_core::view::record;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, RemainingParameters, dry_run};
use crate::replay::ShownRecord;
use crate::reply::{self, Answer, VersionMatch, WriteOutcome};
use crate::{Problem, State, endpoint, exports, filters, schema};

/// A noun that the API shows by its table.
#[derive(Clone, Copy)]
struct Kind {
    noun: &'static Noun,
    api: &'static Api,
    scope: endpoint::Noun,
}

fn kinds() -> impl Iterator<Item = Kind> {
    NOUNS.iter().filter_map(|noun| Some(Kind { noun, api: noun.api.as_ref()?, scope: noun.scope? }))
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    kinds().flat_map(of_kind).collect()
}

fn of_kind(kind: Kind) -> Vec<Endpoint> {
    let Kind { noun, api, scope } = kind;
    let Api { path, tag, schema: shape, example, single, .. } = *api;
    let id = |verb: &str| format!("{}_{verb}", noun.many);
    let one = format!("{path}/{{id}}");
    let shown = || schema::reference(shape);
    let list = Endpoint::get(path, id("list"), move |caller, query, headers| list(kind, caller, query, headers))
        .of(tag, scope, Verb::Read)
        .says(format!("List {}", noun.plural), "")
        .takes(filters::of_noun(noun))
        .defines(shape, schema::record(noun.fields))
        .answers(StatusCode::OK, "A page.", schema::envelope(shown()), None);
    let list = exports::also_as_file(list);
    if single == Single::Listed {
        return vec![list];
    }
    let get = Endpoint::get(&one, id("get"), move |caller, at, headers| get(kind, caller, at, headers))
        .of(tag, scope, Verb::Read)
        .says(format!("Get {}", with_article(noun.one)), "")
        .answers(StatusCode::OK, "The record.", shown(), None)
        .header("ETag", "The version of the record.");
    if single == Single::Read {
        return vec![list, get];
    }
    let (new, change) = (format!("New{shape}"), format!("{shape}Change"));
    let example = schema::example_of(noun, example);
    let about = match (single, noun.within) {
        (Single::Put, Some(within)) => {
            format!("If the account already has one with the same {within}, that one is updated.")
        }
        _ => String::new(),
    };
    let create = Endpoint::post(path, id("create"), move |caller, query, body| create(kind, caller, query, body))
        .of(tag, scope, Verb::Write)
        .says(format!("Create {}", with_article(noun.one)), about)
        .takes([dry_run()])
        .defines(&new, schema::given_of_account(noun, true))
        .json("The fields of the new record.", schema::reference(&new), Some(example))
        .answers(StatusCode::CREATED, "The new record.", shown(), None)
        .header("ETag", "The version of the record.")
        .header("Location", "Path of the new record.")
        .header("Fastenr-Operation", "The operation, for an undo.")
        .answers(StatusCode::OK, "Preview of the new record, or the existing record after the update.", shown(), None);
    let changed = schema::example_of(noun, api.example.last().map_or(&[], std::slice::from_ref));
    let update = Endpoint::put(&one, id("update"), move |state, caller, at, query, headers, body| {
        update(kind, state, caller, at, query, headers, body)
    })
    .of(tag, scope, Verb::Write)
    .says(format!("Update {}", with_article(noun.one)), "Only the given members change; null clears a member.")
    .takes([dry_run()])
    .defines(&change, schema::given_of_account(noun, false))
    .json("The members to change.", schema::reference(&change), Some(changed))
    .answers(StatusCode::OK, "The record after the change.", shown(), None)
    .header("ETag", "The version of the record.")
    .header("Fastenr-Operation", "The operation; absent: nothing changed.");
    let delete = Endpoint::delete(&one, id("delete"), move |state, caller, at, query, headers| {
        delete(kind, state, caller, at, query, headers)
    })
    .of(tag, scope, Verb::Delete)
    .says(
        format!("Delete {}", with_article(noun.one)),
        "Records that belong to it are deleted too. The operation can be undone.",
    )
    .takes([dry_run()])
    .answers_empty(StatusCode::NO_CONTENT, "Deleted.")
    .header("Fastenr-Operation", "The operation, for an undo.")
    .answers(StatusCode::OK, "Preview of the deletion.", shown(), None);
    vec![list, create, get, update, delete]
}

/// What a query asks of a noun's list, by the parameters that [`filters::of_noun`] tells: for the API and for its page.
pub(crate) async fn asked(
    noun: &'static Noun,
    context: &Context,
    pairs: Pairs,
) -> Result<(Selection, Order, ListRequest), Problem> {
    let mut taken = RemainingParameters::new(pairs);
    exports::refuse_raw(&mut taken)?;
    let sort = taken.text("sort")?.unwrap_or_default();
    let ask = taken.ask(context)?;
    let order = ops::selection::order(noun, &sort).map_err(|invalid| Problem::from(invalid.of("sort", &sort)))?;
    Ok((ops::selection::selection(context, noun, taken.rest()).await?, order, ask))
}

/// A page of the noun, by the query that [`filters::of_noun`] tells.
pub(crate) async fn page(noun: &'static Noun, caller: &Caller, pairs: Pairs) -> Answer {
    let (selection, order, ask) = asked(noun, &caller.context, pairs).await?;
    let part = lists::part::<Entry>(&caller.context, noun, &selection, order, &ask).await?;
    Ok(reply::page(&part, object))
}

/// The record as it is, none where it is no more.
pub(crate) async fn shown(context: &Context, noun: &str, id: Uuid) -> Result<Option<ShownRecord>, Problem> {
    let of_noun = |kind: &Kind| kind.noun.many == noun && !matches!(kind.api.single, Single::Read | Single::Listed);
    let Some(kind) = kinds().find(of_noun) else { return Ok(None) };
    match entries::get(context, kind.noun, &id.to_string()).await {
        Ok(entry) => Ok(Some(ShownRecord {
            path: kind.api.path,
            id,
            version: entry.version(),
            updated_at: entry.instant("updated_at"),
            object: object(&entry),
        })),
        Err(error) if error.kind == fastenr_core::Kind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Every field, by its name.
pub(crate) fn object(entry: &Entry) -> Map<String, Value> {
    record(entry.noun.fields, |field| entry.value(field))
}

async fn list(kind: Kind, caller: Caller, Query(pairs): Query, headers: HeaderMap) -> Answer {
    let Some(format) = exports::wanted_format(&headers) else { return page(kind.noun, &caller, pairs).await };
    let (pairs, format) = exports::filters(pairs, format)?;
    let selection = ops::selection::selection(&caller.context, kind.noun, pairs).await?;
    exports::file(&caller, ExportSelection::Entries(kind.noun, selection), format)
}

async fn get(kind: Kind, caller: Caller, PathParts(name): PathParts<String>, headers: HeaderMap) -> Answer {
    let entry = entries::get(&caller.context, kind.noun, &name).await?;
    Ok(reply::record(&headers, object(&entry), entry.version()))
}

async fn create(kind: Kind, caller: Caller, Query(pairs): Query, Object(body): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given = body::given(kind.noun, body)?;
    let context = &caller.context;
    let written = match kind.api.single {
        Single::Put => entries::put(context, kind.noun, &given, dry_run).await,
        _ => entries::create(context, kind.noun, &given, dry_run).await,
    };
    let written = written.map_err(|error| Problem::from(error).of_body())?;
    let record = &written.record;
    let new = record.version() == 1 && written.operation.is_some();
    Ok(WriteOutcome {
        status: if new { StatusCode::CREATED } else { StatusCode::OK },
        location: new.then(|| format!("{}/{}", kind.api.path, record.id())),
        version: record.version(),
        operation: written.operation,
        object: object(record),
        dry_run,
    }
    .into_response())
}

async fn update(
    kind: Kind,
    state: axum::extract::State<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
    Object(body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given = body::given(kind.noun, body)?;
    let expected = expected(&kind, &state, &caller, &name, &headers).await?;
    let written = entries::update(&caller.context, kind.noun, &name, &given, expected, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    Ok(WriteOutcome {
        status: StatusCode::OK,
        location: None,
        version: written.record.version(),
        operation: written.operation,
        object: object(&written.record),
        dry_run,
    }
    .into_response())
}

async fn delete(
    kind: Kind,
    state: axum::extract::State<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let expected = expected(&kind, &state, &caller, &name, &headers).await?;
    let written = entries::delete(&caller.context, kind.noun, &name, expected, dry_run).await?;
    if dry_run {
        return Ok(axum::Json(object(&written.record)).into_response());
    }
    Ok(reply::deleted(written.operation))
}

async fn expected(
    kind: &Kind,
    state: &State,
    caller: &Caller,
    name: &str,
    headers: &HeaderMap,
) -> Result<Option<i64>, Problem> {
    let current = async { Ok(entries::get(&caller.context, kind.noun, name).await?.version()) };
    VersionMatch::read(headers, state)?.expected(current).await
}
