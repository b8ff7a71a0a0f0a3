//! The first step: a noun and a file.

use axum::extract::{FromRequest, Multipart, Request, State as FromState};
use axum::http::StatusCode;
use fastenr_core::import::source::Spool;
use fastenr_core::model::nouns::called;
use fastenr_html::format::{grouped, label};
use fastenr_html::page::{ImportStartPage, UploadRow};
use uuid::Uuid;

use super::super::answer;
use super::super::files::unread;
use super::super::request::PageRequest;
use super::uploads::path;
use super::{PATH, Stage, offered, resurvey};
use crate::at::PathParts;
use crate::endpoint::Verb;
use crate::guard::Query;
use crate::reply::Answer;
use crate::server::RequestLimits;
use crate::{Problem, State};

/// Characters of a file's name that are kept.
const MOST_NAME: usize = 200;

pub(super) async fn show(request: PageRequest, Query(_): Query) -> Answer {
    let uploads = request.caller.state.uploads().list(request.context());
    let row = |upload: &super::Upload| UploadRow {
        name: upload.source.name().to_owned(),
        noun: upload.noun.plural.to_owned(),
        size: format!("{} bytes", grouped(upload.source.bytes())),
        state: match &upload.stage {
            Stage::Open => "not checked yet",
            Stage::Checking => "being checked",
            Stage::Checked(_) => "checked, not imported",
            Stage::Failed(_) => "failed",
            Stage::Importing => "being imported",
            Stage::Imported(_) => "imported",
        },
        href: match &upload.stage {
            Stage::Open => upload.path(),
            _ => format!("{}/check", upload.path()),
        },
        path: upload.path(),
        busy: upload.stage.is_busy(),
    };
    let nouns = offered(&request).iter().map(|(noun, _)| (noun.many.to_owned(), label(noun.plural))).collect();
    answer::page(&ImportStartPage {
        frame: request.frame("Import", "imports").await?,
        uploads: uploads.iter().map(row).collect(),
        nouns,
    })
}

pub(super) async fn upload(page: PageRequest, FromState(state): FromState<State>, request: Request) -> Answer {
    let limit = request.extensions().get::<RequestLimits>().map(RequestLimits::body);
    let context = page.context();
    context.may_write()?;
    state.uploads().check_room(context)?;
    let form = Multipart::from_request(request, &state).await;
    let mut form = form.map_err(|_| {
        let detail = "a file is sent as multipart/form-data";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", Some(detail.to_owned()))
    })?;
    let (mut noun, mut file) = (String::new(), None);
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("noun") => noun = field.text().await.map_err(unread)?,
            Some("file") if file.is_none() => {
                let name = file_name(field.file_name().unwrap_or_default());
                // The server's own limits hold for the size and the pace of the body.
                let mut spool = Spool::new(&name, u64::MAX)?;
                while let Some(piece) = field.chunk().await.map_err(unread)? {
                    spool.push(&piece).await?;
                }
                file = Some((name, spool.finish().await?));
            }
            _ => {}
        }
    }
    let required = |detail: &str| Problem::invalid("required", detail).of_content();
    let (name, source) = file.ok_or_else(|| required("no file was chosen"))?;
    if name.is_empty() {
        return Err(required("no file was chosen"));
    }
    let known = called(noun.trim()).filter(|noun| noun.imports());
    let noun = known.ok_or_else(|| required("choose what the file has, such as accounts"))?;
    if let Some(scope) = noun.scope {
        page.caller.may(scope, Verb::Write)?;
    }
    if noun.admin {
        context.may_administer()?;
    }
    if let Some(bytes) = limit {
        source.hold_to(bytes);
    }
    let id = state.uploads().add(context, noun, source)?;
    resurvey(&page, state.uploads().get(context, id)?).await?;
    Ok(answer::see_other(&path(id)))
}

/// The last part of a path, without what no name has.
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect::<String>().trim().to_owned()
}

pub(super) async fn remove(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    request.caller.state.uploads().remove(request.context(), id.parse().unwrap_or(Uuid::nil()));
    Ok(answer::see_other(PATH))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files() {
        for (sent, name) in [("a.csv", "a.csv"), ("C:\\x\\b.csv", "b.csv"), ("../../etc/c", "c"), ("\r\n d \0", "d")] {
            assert_eq!(file_name(sent), name);
        }
    }
}
