//! Import in the browser: choose a file, see how it is read, map its columns, check, and apply exactly what was checked.

mod check;
mod choose;
mod map;
mod uploads;

use axum::http::{Method, StatusCode};
use fastenr_core::import::source::Options;
use fastenr_core::model::nouns::NOUNS;
use fastenr_core::ops::import;
use fastenr_html::page::ImportSteps;
use uuid::Uuid;

pub(crate) use uploads::Uploads;
use uploads::{Outline, Stage, Upload};

use super::request::PageRequest;
use super::row;
use crate::Problem;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::imports;
use crate::params::RemainingParameters;

pub(super) const PATH: &str = "/dashboard/imports";
const ONE: &str = "/dashboard/imports/{id}";

pub(super) fn rows() -> Vec<Endpoint> {
    let of = |rest: &str| format!("{ONE}{rest}");
    vec![
        row::signed(Method::GET, PATH, "Import: choose a file", choose::show),
        row::signed(Method::POST, PATH, "Upload a file", choose::upload).imports(),
        row::signed(Method::GET, ONE, "Import: how the file is read", map::read),
        row::signed(Method::POST, ONE, "Read the file in another way", map::set_reading).imports(),
        row::signed(Method::GET, &of("/map"), "Import: map the columns", map::show),
        row::signed(Method::POST, &of("/map"), "Map the columns", map::set).imports(),
        row::signed(Method::GET, &of("/mapping.toml"), "The mapping as a file", map::file),
        row::signed(Method::POST, &of("/mapping"), "Use a mapping file", map::set_file).imports(),
        row::signed(Method::POST, &of("/check"), "Check the import", check::start).imports(),
        row::signed(Method::GET, &of("/check"), "Import: what would change, and the result", check::show),
        row::signed(Method::GET, &of("/rejects.csv"), "Rejected rows", check::rejects),
        row::signed(Method::GET, &of("/changes.csv"), "Changes of an import", check::changes),
        row::signed(Method::POST, &of("/apply"), "Import what was checked", check::apply).imports(),
        row::signed(Method::POST, &of("/remove"), "Remove an uploaded file", choose::remove),
    ]
}

/// Nouns that this session can import, with their scopes.
fn offered(request: &PageRequest) -> Vec<(&'static fastenr_core::model::noun::Noun, Noun)> {
    let can = request.can();
    let importable = NOUNS.iter().filter(|noun| noun.imports() && (!noun.admin || can.administers));
    importable.filter_map(|noun| Some((*noun, noun.scope?))).filter(|(_, scope)| can.write(*scope)).collect()
}

/// The upload of a path, which the user may import.
fn upload_of(request: &PageRequest, id: &str) -> Result<Upload, Problem> {
    let upload = request.caller.state.uploads().get(request.context(), id.parse().unwrap_or(Uuid::nil()))?;
    if let Some(scope) = upload.noun.scope {
        request.caller.may(scope, Verb::Write)?;
    }
    request.context().may_write()?;
    Ok(upload)
}

/// # Errors
/// `upload_busy`.
fn not_busy(upload: &Upload) -> Result<(), Problem> {
    if !upload.stage.is_busy() {
        return Ok(());
    }
    let detail = "the file is being checked or imported: wait for its end".to_owned();
    Err(Problem::new(StatusCode::CONFLICT, "upload_busy", Some(detail)))
}

/// What the library is asked for this file.
fn asked(upload: &Upload) -> Result<fastenr_core::import::request::Request, Problem> {
    let mut pairs = upload.options.clone();
    pairs.push(("mapping".to_owned(), upload.mapping.clone()));
    pairs.retain(|(_, text)| !text.is_empty());
    imports::request(RemainingParameters::new(pairs), Options::default())
}

/// Reads the file, as it is to be read now, and keeps what it has. What was checked before counts no more.
async fn survey(request: &PageRequest, id: Uuid) -> Result<(), Problem> {
    let uploads = request.caller.state.uploads();
    let upload = uploads.get(request.context(), id)?;
    let outline = match import::outline(request.context(), upload.noun, &upload.source, &asked(&upload)?).await {
        Ok(Some(outline)) => Outline::Table(outline.into()),
        Ok(None) => Outline::Calendar,
        Err(error) => Outline::Unread(super::answer::sentence(Problem::from(error).detail().to_owned())),
    };
    uploads.change(request.context(), id, |upload| {
        not_busy(upload)?;
        (upload.outline, upload.stage) = (outline, Stage::Open);
        Ok(())
    })
}

/// Where the user is within the import.
fn steps(upload: &Upload, now: usize) -> ImportSteps {
    ImportSteps {
        name: upload.source.name().to_owned(),
        noun: upload.noun.plural.to_owned(),
        path: upload.path(),
        now,
        has_columns: matches!(upload.outline, Outline::Table(_)),
        is_checked: !matches!(upload.stage, Stage::Open),
    }
}
