//! The third step: what the columns are.

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use fastenr_core::import::mapping::MappingEdit;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::import;
use fastenr_core::ops::import::FileOutline;

use super::super::answer;
use super::super::answer::Plain;
use super::super::fields::Fields;
use super::super::request::PageRequest;
use super::map_form::{CUSTOM, MAX_MISSING, PART, fields_of, is_answered, options_of, page};
use super::{Outline, Upload, asked, changed, keep, not_busy, outline, said, upload_of};
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::Verb;
use crate::long::Work;
use crate::reply::Answer;

pub(super) async fn show(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let upload = upload_of(&request, &id)?;
    match &upload.outline {
        Outline::Table(outline) => answer::page(&page(&request, &upload, outline, None).await?),
        _ => Ok(answer::see_other(&upload.path())),
    }
}

/// The mapping as a file: what was said so far, or else what the file suggests.
pub(super) async fn file(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let upload = upload_of(&request, &id)?;
    let text = match upload.mapping.is_empty() {
        true => import::suggest_mapping(request.context(), upload.noun, &upload.source, &asked(&upload)?).await?,
        false => upload.mapping,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"mapping.toml\""),
    ];
    let mut response = (headers, text).into_response();
    response.extensions_mut().insert(Plain);
    Ok(response)
}

pub(super) async fn set(request: PageRequest, PathParts(id): PathParts<String>, work: Work, fields: Fields) -> Answer {
    let upload = upload_of(&request, &id)?;
    not_busy(&upload)?;
    let Outline::Table(found) = &upload.outline else { return Ok(answer::see_other(&upload.path())) };
    if fields.version() != i64::try_from(upload.version).ok() {
        return Err(changed());
    }
    if fields.text("o.missing") == Some("archive")
        && let Some(scope) = upload.noun.scope
    {
        request.caller.may(scope, Verb::Delete)?;
    }
    let mapped = match edit(upload.noun, found, &fields).apply("mapping", &upload.mapping) {
        Ok(mapping) => {
            let mapped = Upload { mapping, options: options(&upload, &fields), ..upload.clone() };
            outline(&request, &mapped).await.map(|outline| Upload { outline, ..mapped })
        }
        Err(error) => Err(Problem::from(error)),
    };
    match mapped {
        Ok(mapped) => keep(&request, mapped)?,
        Err(problem) => {
            let shown = page(&request, &upload, found, Some((said(&problem), &fields))).await?;
            return answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    }
    match fields.text("go") {
        Some("check") => super::check::begin(&request, &upload, work).await,
        Some("file") => Ok(answer::see_other(&format!("{}/mapping.toml", upload.path()))),
        _ => Ok(answer::see_other(&format!("{}/map", upload.path()))),
    }
}

/// The options of the form; those that it does not have stay.
fn options(upload: &Upload, fields: &Fields) -> Vec<(String, String)> {
    let names = options_of(upload.noun, true).into_iter().map(|(name, ..)| name).chain([MAX_MISSING]);
    let mut options = upload.options.clone();
    for name in names {
        options.retain(|(known, _)| known != name);
        options.extend(fields.text(&format!("o.{name}")).map(|text| (name.to_owned(), text.to_owned())));
    }
    options
}

/// What the form says of the columns.
fn edit(noun: &'static Noun, outline: &FileOutline, fields: &Fields) -> MappingEdit {
    let mut edit = MappingEdit { columns: Some(Vec::new()), ..MappingEdit::default() };
    let text = |name: String| fields.text(&name).map(str::to_owned);
    let mut parts = Vec::new();
    for (place, column) in outline.columns.iter().enumerate() {
        let header = column.header.clone();
        let field = match text(format!("c.{place}")).as_deref() {
            None => {
                edit.ignore.push(header);
                continue;
            }
            Some(PART) => {
                parts.extend(column.part_of.clone());
                continue;
            }
            Some(CUSTOM) => format!("custom.{}", header.trim()),
            Some(field) => field.to_owned(),
        };
        // Questions of the form are those of the field that it was drawn with.
        if column.field.as_ref() == Some(&field) {
            for (number, word) in column.unknown.iter().enumerate() {
                let name = format!("v.{place}.{number}");
                if fields.has(&name) {
                    edit.values.push((field.clone(), word.text.clone(), text(name)));
                }
            }
            if let Some(format) = &column.format
                && fields.has(&format!("f.{place}"))
            {
                edit.formats.push((header.clone(), format.key, text(format!("f.{place}"))));
            }
            if fields.has(&format!("s.{place}")) {
                edit.formats.push((header.clone(), "scale", text(format!("s.{place}"))));
            }
        }
        edit.columns.get_or_insert_default().push((field, header));
    }
    for (field, template) in &outline.templates {
        let whole = outline.columns.iter().filter(|column| column.part_of.as_ref() == Some(field)).count();
        let kept = parts.iter().filter(|part| *part == field).count() == whole;
        edit.templates.push((field.clone(), if kept { template.clone() } else { String::new() }));
    }
    for field in fields_of(noun) {
        let name = format!("k.{field}");
        if fields.has(&name) {
            edit.constants.push((field.to_owned(), text(name).unwrap_or_default()));
        }
    }
    for reference in ["account", "owner"] {
        let name = format!("l.{reference}");
        if fields.has(&name) {
            edit.lookup.push((reference, text(name)));
        }
    }
    if let Some((header, codes)) = &outline.currencies
        && is_answered(fields, "r.")
    {
        edit.currency = Some(header.clone());
        edit.rates = codes.iter().map(|(code, _)| (code.clone(), text(format!("r.{code}")))).collect();
    }
    edit
}
