//! `/api/segments`: named filters of accounts.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use fastenr_core::model::SegmentName;
use fastenr_core::model::account::{ACCOUNT, RENEWS};
use fastenr_core::model::segment::{SEGMENT, Segment};
use fastenr_core::ops::segments;
use fastenr_core::view::record;
use serde_json::{Map, Value, json};

use crate::at::PathParts;
use crate::body::{Object, unknown_member};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, RemainingParameters, dry_run};
use crate::problem::FieldError;
use crate::reply::{self, Answer, VersionMatch, WriteOutcome};
use crate::{Problem, State, filter_body, filters, nouns, schema};

const TAG: &str = "segments";
const PATH: &str = "/api/segments";
const ONE: &str = "/api/segments/{id}";
const NAMED: &str = "Id or name of the segment, ignoring case.";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let shown = || schema::reference("Segment");
    let change = || {
        filter_body::closed()
            .property("name", schema::line(SegmentName::MAX).description(Some("Unique, ignoring case.")))
            .property("filter", schema::reference("AccountFilter"))
    };
    let new = change().required("name").required("filter");
    let example = json!({"name": "renewals at risk", "filter": {"status": ["at_risk"], (RENEWS): "90d"}});
    vec![
        Endpoint::get(PATH, "segments_list", list)
            .of(TAG, Noun::Segments, Verb::Read)
            .says("List segments", "By name, with the number of their accounts today.")
            .takes(filters::of_noun(&SEGMENT))
            .defines("Segment", schema::record(SEGMENT.fields))
            .answers(StatusCode::OK, "A page.", schema::envelope(shown()), None),
        Endpoint::post(PATH, "segments_create", create)
            .of(TAG, Noun::Segments, Verb::Write)
            .says(
                "Save a filter of accounts as a segment",
                "The filter is saved as given: `90d` means 90 days from the day the segment is used.",
            )
            .takes([dry_run()])
            .defines("AccountFilter", filter_body::schema(&filters::noun_filters(&ACCOUNT)))
            .defines("NewSegment", new)
            .json("The name and the filter.", schema::reference("NewSegment"), Some(example))
            .answers(StatusCode::OK, "Preview of the new record.", shown(), None)
            .answers(StatusCode::CREATED, "The new segment.", shown(), None)
            .header("ETag", "The version of the record.")
            .header("Location", "Path of the new record.")
            .header("Fastenr-Operation", "The operation, for an undo."),
        Endpoint::get(ONE, "segments_get", get)
            .of(TAG, Noun::Segments, Verb::Read)
            .says("Get a segment", "")
            .named(NAMED)
            .answers(StatusCode::OK, "The segment.", shown(), None)
            .header("ETag", "The version of the record."),
        Endpoint::put(ONE, "segments_update", update)
            .of(TAG, Noun::Segments, Verb::Write)
            .says("Rename a segment, or replace its filter", "A member that is not given stays as it is.")
            .named(NAMED)
            .takes([dry_run()])
            .defines("SegmentChange", change())
            .json(
                "The new name, the new filter, or both.",
                schema::reference("SegmentChange"),
                Some(json!({"filter": {"status": ["at_risk"], (RENEWS): "60d"}})),
            )
            .answers(StatusCode::OK, "The segment after the change.", shown(), None)
            .header("ETag", "The version of the record.")
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
        Endpoint::delete(ONE, "segments_delete", delete)
            .of(TAG, Noun::Segments, Verb::Delete)
            .says("Delete a segment", "Its accounts are not changed.")
            .named(NAMED)
            .takes([dry_run()])
            .answers_empty(StatusCode::NO_CONTENT, "Deleted.")
            .header("Fastenr-Operation", "The operation, for an undo.")
            .answers(StatusCode::OK, "Preview of the deletion.", shown(), None),
    ]
}

fn object(segment: &Segment) -> Map<String, Value> {
    record(SEGMENT.fields, |field| segment.value(field))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let (chosen, order, ask) = nouns::asked(&SEGMENT, &caller.context, pairs).await?;
    let part = segments::part(&caller.context, &chosen, order, &ask).await?;
    Ok(reply::page(&part, object))
}

async fn get(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let segment = segments::get(&caller.context, &name).await?;
    // What it holds today is no part of its version: it is never answered with 304.
    Ok(reply::record(&HeaderMap::new(), object(&segment), segment.version))
}

/// The name and the filter of a body, as far as it has them.
struct GivenSegment {
    name: Option<String>,
    filter: Option<Pairs>,
    errors: Vec<FieldError>,
}

fn given(body: Map<String, Value>) -> Result<GivenSegment, Problem> {
    let (mut name, mut filter, mut errors) = (None, None, Vec::new());
    for (member, value) in body {
        match (member.as_str(), value) {
            ("name", Value::String(text)) => name = Some(text),
            ("name", _) => errors.push(FieldError::member("name", "type", "name: a text is needed")),
            ("filter", value) => filter = Some(filter_body::pairs(&filters::noun_filters(&ACCOUNT), "filter", value)?),
            _ => errors.push(unknown_member(&member, &["name", "filter"])),
        }
    }
    Ok(GivenSegment { name, filter, errors })
}

async fn create(caller: Caller, Query(pairs): Query, Object(body): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let GivenSegment { name, filter, mut errors } = given(body)?;
    let told = |member: &str| errors.iter().any(|error: &FieldError| error.pointer.as_deref() == Some(member));
    let missing = [("/name", name.is_none()), ("/filter", filter.is_none())];
    let missing: Vec<&str> = missing.iter().filter(|(at, none)| *none && !told(at)).map(|(at, _)| &at[1..]).collect();
    errors.extend(missing.iter().map(|name| FieldError::member(name, "required", format!("{name} is required"))));
    let (true, Some(name), Some(filter)) = (errors.is_empty(), name, filter) else {
        return Err(Problem::fields(errors));
    };
    let written = segments::create(&caller.context, &name, &filter, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    Ok(WriteOutcome {
        status: StatusCode::CREATED,
        location: Some(format!("{PATH}/{}", written.record.id)),
        version: written.record.version,
        operation: written.operation,
        object: object(&written.record),
        dry_run,
    }
    .into_response())
}

async fn update(
    state: FromState<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
    Object(body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let GivenSegment { name: new_name, filter, errors } = given(body)?;
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let expected = expected(&state, &caller, &name, &headers).await?;
    let change = (new_name.as_deref(), filter.as_deref());
    let written = segments::update(&caller.context, &name, change, expected, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    Ok(WriteOutcome {
        status: StatusCode::OK,
        location: None,
        version: written.record.version,
        operation: written.operation,
        object: object(&written.record),
        dry_run,
    }
    .into_response())
}

async fn expected(state: &State, caller: &Caller, name: &str, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let current = async { Ok(segments::get(&caller.context, name).await?.version) };
    VersionMatch::read(headers, state)?.expected(current).await
}

async fn delete(
    FromState(state): FromState<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let expected = expected(&state, &caller, &name, &headers).await?;
    let gone = segments::delete(&caller.context, &name, expected, dry_run).await?;
    if dry_run {
        return Ok(Json(object(&gone.record)).into_response());
    }
    Ok(reply::deleted(gone.operation))
}
