//! Files of engagements: attached with a form, and only served as downloads.

use axum::extract::{FromRequest, Multipart, Request, State as FromState};
use axum::http::StatusCode;
use fastenr_core::model::attachment::MOST_BYTES;
use fastenr_core::ops::attachments;

use super::answer::Plain;
use super::request::PageRequest;
use super::{answer, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::reply::Answer;
use crate::{Problem, State, body};

const PATH: &str = "/dashboard/engagements/{id}/attachments";

/// The extra bytes of the form around a file.
const AROUND: u64 = 16 << 10;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::form(PATH, "Attach a file", (Noun::Engagements, Verb::Write), attach)
            .once()
            .body_limit(MOST_BYTES as u64 + AROUND),
        row::page("/dashboard/engagements/{id}/attachments/{attachment}", "A file", Noun::Engagements, get),
        row::form(
            "/dashboard/engagements/{id}/attachments/{attachment}/delete",
            "Delete a file",
            (Noun::Engagements, Verb::Delete),
            delete,
        ),
    ]
}

async fn delete(request: PageRequest, PathParts((engagement, name)): PathParts<(String, String)>) -> Answer {
    let gone = attachments::detach(request.context(), &engagement, &name, None, false).await?;
    Ok(answer::done(&format!("/dashboard/engagements/{}", gone.record.engagement_id), gone.operation))
}

async fn get(request: PageRequest, PathParts((engagement, name)): PathParts<(String, String)>) -> Answer {
    let mut response = crate::attachments::file(&request.caller, &engagement, &name).await?;
    response.extensions_mut().insert(Plain);
    Ok(response)
}

async fn attach(
    page: PageRequest,
    FromState(state): FromState<State>,
    PathParts(engagement): PathParts<String>,
    request: Request,
) -> Answer {
    let form = Multipart::from_request(request, &state).await;
    let mut form = form.map_err(|_| {
        let detail = "a file is sent as multipart/form-data";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", Some(detail.to_owned()))
    })?;
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        file = Some((name, field.bytes().await.map_err(unread)?));
    }
    let chosen = file.filter(|(name, _)| !name.is_empty());
    let missing = || Problem::invalid("required", "no file was chosen").of_content();
    let (name, bytes) = chosen.ok_or_else(missing)?;
    let made = attachments::attach(page.context(), &engagement, &name, bytes.to_vec(), false).await?;
    Ok(answer::done(&format!("/dashboard/engagements/{}", made.record.engagement_id), made.operation))
}

pub(super) fn unread(error: axum::extract::multipart::MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => body::too_large(),
        _ => Problem::invalid("body", "the form ended before it was whole"),
    }
}
