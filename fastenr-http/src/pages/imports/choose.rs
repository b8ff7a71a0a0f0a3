//! The first step: a noun and a file.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State as FromState};
use axum::http::StatusCode;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::source::{Source, Spool};
use fastenr_core::model::nouns::called;
use fastenr_html::format::{grouped, label};
use fastenr_html::page::{ImportStartPage, UploadRow};
use uuid::Uuid;

use super::super::answer;
use super::super::files::unread;
use super::super::request::PageRequest;
use super::{PATH, Stage, Upload, offered, resurvey, said};
use crate::at::PathParts;
use crate::endpoint::Verb;
use crate::guard::Query;
use crate::reply::Answer;
use crate::server::RequestLimits;
use crate::{Problem, State};

/// Bytes of a mapping.
const MOST_TEXT: usize = 1 << 20;

/// Characters of a file's name that are kept.
const MOST_NAME: usize = 200;

pub(super) async fn show(request: PageRequest, Query(_): Query) -> Answer {
    answer::page(&start(&request, None).await?)
}

async fn start(request: &PageRequest, error: Option<String>) -> Result<ImportStartPage, Problem> {
    let uploads = request.caller.state.uploads().list(request.context());
    let row = |upload: &Upload| UploadRow {
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
    let nouns = offered(request).iter().map(|(noun, _)| (noun.many.to_owned(), label(noun.plural))).collect();
    Ok(ImportStartPage {
        frame: request.frame("Import", "imports").await?,
        error,
        uploads: uploads.iter().map(row).collect(),
        nouns,
    })
}

/// Takes a file. What is wrong with it is told where another can be chosen.
pub(super) async fn upload(page: PageRequest, FromState(state): FromState<State>, request: Request) -> Answer {
    let limit = request.extensions().get::<RequestLimits>().map(RequestLimits::body);
    page.context().may_write()?;
    let taken = async {
        state.uploads().check_room(page.context())?;
        let form = Form::read(request, &state).await?;
        form.take(&page, &state, limit).await
    };
    match taken.await {
        Ok(upload) => {
            let path = upload.path();
            resurvey(&page, upload).await?;
            Ok(answer::see_other(&path))
        }
        Err(problem) if SHOWN_HERE.contains(&problem.status()) => {
            answer::page_with(problem.status(), &start(&page, Some(said(&problem))).await?)
        }
        Err(problem) => Err(problem),
    }
}

const SHOWN_HERE: [StatusCode; 5] = [
    StatusCode::BAD_REQUEST,
    StatusCode::CONFLICT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

/// What was sent.
#[derive(Default)]
struct Form {
    noun: String,
    file: Option<Source>,
    mapping: String,
}

impl Form {
    async fn read(request: Request, state: &State) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| {
            let detail = "a file is sent as multipart/form-data";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", Some(detail.to_owned()))
        })?;
        let mut read = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(unread)? {
            match field.name() {
                Some("noun") => read.noun = text(&mut field).await?,
                Some("mapping") => read.mapping = text(&mut field).await?,
                Some("file") if read.file.is_none() => {
                    let name = file_name(field.file_name().unwrap_or_default());
                    // The server's own limits hold for the size and the pace of the body.
                    let mut spool = Spool::new(&name, u64::MAX)?;
                    while let Some(piece) = field.chunk().await.map_err(unread)? {
                        spool.push(&piece).await?;
                    }
                    // A browser sends a field without a name where nothing was chosen.
                    read.file = Some(spool.finish().await?).filter(|_| !name.is_empty());
                }
                _ => {}
            }
        }
        Ok(read)
    }

    async fn take(self, page: &PageRequest, state: &State, limit: Option<u64>) -> Result<Upload, Problem> {
        let context = page.context();
        let source = self.file.ok_or_else(|| required("no file was chosen"))?;
        let known = called(self.noun.trim()).filter(|noun| noun.imports());
        let noun = known.ok_or_else(|| required("choose what the file has, such as accounts"))?;
        if let Some(scope) = noun.scope {
            page.caller.may(scope, Verb::Write)?;
        }
        if noun.admin {
            context.may_administer()?;
        }
        Mapping::parse("mapping", &self.mapping).map_err(|error| Problem::from(error).of_content())?;
        if let Some(bytes) = limit {
            source.hold_to(bytes);
        }
        state.uploads().add(context, noun, source, self.mapping)
    }
}

/// A text that is kept in memory.
async fn text(field: &mut Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(unread)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MOST_TEXT {
            return Err(Problem::invalid("mapping", "a mapping has at most 1 MiB").of_content());
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::invalid("mapping", "a mapping is text in UTF-8").of_content())
}

fn required(detail: &str) -> Problem {
    Problem::invalid("required", detail).of_content()
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
