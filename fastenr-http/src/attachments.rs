//! `/api/engagements/{id}/attachments`: files that belong to an engagement.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as FromState;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use fastenr_core::model::attachment::{ATTACHMENT, Attachment, MOST_BYTES};
use fastenr_core::model::cursor::{Extent, Part};
use fastenr_core::model::filter::Page;
use fastenr_core::ops::attachments;
use fastenr_core::view::record;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use utoipa::openapi::schema::ObjectBuilder;

use crate::at::PathParts;
use crate::body::unread;
use crate::endpoint::{Answer as Answers, Body, Endpoint, Media, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Parameter, RemainingParameters, dry_run};
use crate::reply::{self, Answer, VersionMatch, WriteOutcome};
use crate::{Problem, State, schema};

const PATH: &str = "/api/engagements/{id}/attachments";
const ONE: &str = "/api/engagements/{id}/attachments/{attachment}";
const TAG: &str = "engagements";
const NAMED: &str = "Id, or a unique name or title.";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let shown = || schema::reference("Attachment");
    let bytes = |name| vec![Media { name, schema: ObjectBuilder::new().into(), example: None }];
    let name = Parameter::new("name", schema::line(255), "Name of the attachment.").required();
    vec![
        Endpoint::get(PATH, "attachments_list", list)
            .of(TAG, Noun::Engagements, Verb::Read)
            .says("List the attachments of an engagement", "In the order in which they were attached.")
            .defines("Attachment", schema::record(ATTACHMENT.fields))
            .answers(StatusCode::OK, "The whole list.", schema::envelope(shown()), None),
        Endpoint::post(PATH, "attachments_create", create)
            .of(TAG, Noun::Engagements, Verb::Write)
            .says(
                "Attach a file to an engagement",
                "The body is the file, at most 10 MiB. The media type is detected from name and content. The same \
                 content is stored once per engagement.",
            )
            .takes([dry_run(), name])
            .body_limit(MOST_BYTES as u64)
            .body(Body { about: "The content of the file.", required: true, media: bytes("application/octet-stream") })
            .answers(
                StatusCode::OK,
                "Preview of the attachment, or the existing attachment with the same content.",
                shown(),
                None,
            )
            .answers(StatusCode::CREATED, "The new attachment.", shown(), None)
            .header("ETag", "The version of the record.")
            .header("Location", "Path of the new record.")
            .header("Fastenr-Operation", "The operation, for an undo."),
        Endpoint::get(ONE, "attachments_get", get)
            .of(TAG, Noun::Engagements, Verb::Read)
            .says(
                "Download an attachment of an engagement",
                "Byte for byte; browsers save the file instead of displaying it.",
            )
            .named(NAMED)
            .answer(Answers {
                status: StatusCode::OK,
                about: "The content of the file.".to_owned(),
                media: bytes("*/*"),
                headers: vec![("Content-Disposition", "Name of the file."), ("ETag", "The version of the record.")],
            }),
        Endpoint::delete(ONE, "attachments_delete", delete)
            .of(TAG, Noun::Engagements, Verb::Delete)
            .says("Remove an attachment from an engagement", "The operation can be undone.")
            .named(NAMED)
            .takes([dry_run()])
            .answers_empty(StatusCode::NO_CONTENT, "Deleted.")
            .header("Fastenr-Operation", "The operation, for an undo.")
            .answers(StatusCode::OK, "Preview of the removal.", shown(), None),
    ]
}

fn object(file: &Attachment) -> Map<String, Value> {
    record(ATTACHMENT.fields, |field| file.value(field))
}

async fn list(caller: Caller, PathParts(engagement): PathParts<String>) -> Answer {
    let (_, rows) = attachments::list(&caller.context, &engagement).await?;
    let count = rows.len() as u64;
    let page = Page { number: 1, limit: count.clamp(1, Page::MOST) };
    Ok(reply::page(
        &Part { rows, total: Some(Extent::Exactly(count)), page: Some(page), limit: page.limit, next: None },
        object,
    ))
}

async fn create(
    caller: Caller,
    PathParts(engagement): PathParts<String>,
    Query(pairs): Query,
    bytes: Result<Bytes, BytesRejection>,
) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let dry_run = taken.flag("dry_run")?;
    let missing = || Problem::invalid("required", "name is required: what the file is called").at_parameter("name");
    let name = taken.text("name")?.ok_or_else(missing)?;
    let bytes = bytes.map_err(unread)?;
    let made = attachments::attach(&caller.context, &engagement, &name, bytes.to_vec(), dry_run).await?;
    let file = &made.record;
    let is_new = made.operation.is_some();
    Ok(WriteOutcome {
        status: if is_new { StatusCode::CREATED } else { StatusCode::OK },
        location: is_new.then(|| format!("/api/engagements/{}/attachments/{}", file.engagement_id, file.id)),
        version: file.version,
        operation: made.operation,
        object: object(file),
        dry_run,
    }
    .into_response())
}

/// What stands in a `filename*` (RFC 8187) as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

async fn get(caller: Caller, PathParts((engagement, name)): PathParts<(String, String)>) -> Answer {
    file(&caller, &engagement, &name).await
}

/// A file to be kept and not to be shown.
pub(crate) async fn file(caller: &Caller, engagement: &str, name: &str) -> Answer {
    let (file, bytes) = attachments::fetch(&caller.context, engagement, name).await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(&file.name, PLAIN));
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let mut headers = HeaderMap::new();
    let media = value(&file.media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition).unwrap_or(HeaderValue::from_static("attachment")));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Somebody else's file: whatever it is, it runs nothing here.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Some(tag) = value(&reply::etag(file.version)) {
        headers.insert(header::ETAG, tag);
    }
    Ok((headers, bytes).into_response())
}

async fn delete(
    FromState(state): FromState<State>,
    caller: Caller,
    PathParts((engagement, name)): PathParts<(String, String)>,
    Query(pairs): Query,
    headers: HeaderMap,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let current = async { Ok(attachments::fetch(&caller.context, &engagement, &name).await?.0.version) };
    let expected = VersionMatch::read(&headers, &state)?.expected(current).await?;
    let gone = attachments::detach(&caller.context, &engagement, &name, expected, dry_run).await?;
    if dry_run {
        return Ok(Json(object(&gone.record)).into_response());
    }
    Ok(reply::deleted(gone.operation))
}
