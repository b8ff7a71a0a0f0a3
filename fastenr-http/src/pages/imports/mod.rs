//! Import in the browser: choose a file, see how it is read, map its columns, check, and apply exactly what was checked.

mod check;
mod check_page;
mod choose;
mod map;
mod map_form;
mod read;
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
use super::{answer, row};
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
        row::signed(Method::GET, ONE, "Import: how the file is read", read::show),
        row::signed(Method::POST, ONE, "Read the file in another way", read::set).imports(),
        row::signed(Method::GET, &of("/map"), "Import: map the columns", map::show),
        row::signed(Method::POST, &of("/map"), "Map the columns", map::set).imports(),
        row::signed(Method::GET, &of("/mapping.toml"), "The mapping as a file", map::file),
        row::signed(Method::POST, &of("/check"), "Check the import", check::start).imports(),
        row::signed(Method::GET, &of("/check"), "Import: what would change, and the result", check::show),
        row::signed(Method::GET, &of("/rejects.csv"), "Rejected rows", check::rejects),
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

/// The same import as a command, with the mapping as a file.
fn command(upload: &Upload) -> String {
    let said = upload.options.iter().map(|(name, text)| match (name.replace('_', "-"), text.as_str()) {
        (name, "true") => format!(" --{name}"),
        (name, text) => format!(" --{name} {text}"),
    });
    format!("fastenr {} import FILE --mapping mapping.toml{}", upload.noun.many, said.collect::<String>())
}

/// What the file has, as it is to be read now.
async fn outline(request: &PageRequest, upload: &Upload) -> Result<Outline, Problem> {
    let found = import::outline(request.context(), upload.noun, &upload.source, &asked(upload)?).await?;
    Ok(found.map_or(Outline::Calendar, |outline| Outline::Table(outline.into())))
}

/// Reads the file as this upload says, and keeps what it has. What was checked before counts no more.
async fn resurvey(request: &PageRequest, upload: Upload) -> Result<(), Problem> {
    let outline = match outline(request, &upload).await {
        Ok(outline) => outline,
        Err(problem) => Outline::Unread(said(&problem)),
    };
    keep(request, Upload { outline, ..upload })
}

/// # Errors
/// `upload_busy`, and `not_checked` where another page has changed the upload meanwhile.
fn keep(request: &PageRequest, upload: Upload) -> Result<(), Problem> {
    request.caller.state.uploads().change(request.context(), upload.id, |kept| {
        not_busy(kept)?;
        if kept.version != upload.version {
            return Err(changed());
        }
        let Upload { mapping, options, outline, version, .. } = upload;
        *kept = Upload { mapping, options, outline, version: version + 1, stage: Stage::Open, ..kept.clone() };
        Ok(())
    })
}

fn changed() -> Problem {
    let detail = "the file was read or mapped in another way since: look at it again".to_owned();
    Problem::new(StatusCode::CONFLICT, "not_checked", Some(detail))
}

/// A problem as a sentence of a page.
fn said(problem: &Problem) -> String {
    answer::sentence(problem.detail().to_owned())
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
