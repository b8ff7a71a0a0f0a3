//! The second step: how the file is read, and what shows it.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::import::mapping::{Mapping, MappingEdit};
use fastenr_core::import::source::{ShortRows, parse_lines};
use fastenr_core::ops::import::FileOutline;
use fastenr_html::format::grouped;
use fastenr_html::page::ImportReadPage;
use fastenr_html::part::{LineInput, Pick};

use super::super::answer;
use super::super::fields::Fields;
use super::super::request::PageRequest;
use super::{Outline, Upload, not_busy, outline, resurvey, steps, upload_of};
use crate::at::PathParts;
use crate::reply::Answer;
use crate::{Problem, hints};

const ENCODINGS: [(&str, &str); 8] = [
    ("", "Detected"),
    ("utf-8", "UTF-8"),
    ("windows-1252", "Western European (Windows-1252)"),
    ("windows-1250", "Central European (Windows-1250)"),
    ("windows-1251", "Cyrillic (Windows-1251)"),
    ("utf-16le", "UTF-16"),
    ("shift_jis", "Japanese (Shift-JIS)"),
    ("gb18030", "Chinese (GB18030)"),
];

const DELIMITERS: [(&str, &str); 5] =
    [("", "Detected"), ("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab"), ("pipe", "Pipe")];

const LINES: &str = "Lines above the header";

const QUOTES: [(&str, &str); 3] = [("", "Detected"), ("double", "By another quote"), ("backslash", "By a backslash")];

const MULTILINE: [(&str, &str); 2] = [("", "Refuse: a quote may be missing"), ("true", "Allow")];

const SHORT: [(&str, &str); 2] = [("", "Reject"), ("pad", "Read the missing cells as empty")];

/// What the form sets, as `[file]` of a mapping has it.
const SETTINGS: [&str; 8] =
    ["encoding", "delimiter", "quote_escape", "multiline", "short_rows", "sheet", "skip_lines", "comment"];

pub(super) async fn show(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let upload = upload_of(&request, &id)?;
    Ok(answer::page(&page(&request, &upload, None).await?)?.into_response())
}

pub(super) async fn set(request: PageRequest, PathParts(id): PathParts<String>, fields: Fields) -> Answer {
    let mut upload = upload_of(&request, &id)?;
    not_busy(&upload)?;
    let text = |name: &'static str| (name, fields.text(name).map(str::to_owned));
    let edit = MappingEdit { file: SETTINGS.map(text).to_vec(), ..MappingEdit::default() };
    let lines =
        fields.text("skip_lines").map_or(Ok(0), parse_lines).map_err(|invalid| format!("{LINES}: {}", invalid.rule));
    let edited = edit.apply("mapping", &upload.mapping).map_err(|error| error.message);
    match lines.and(edited) {
        Ok(mapping) => upload.mapping = mapping,
        Err(error) => {
            let shown = page(&request, &upload, Some((answer::sentence(error), &fields))).await?;
            return answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    }
    // Another sheet or header has other columns: what was said of those that are gone counts no more.
    if outline(&request, &upload).await.is_err() {
        upload.mapping = edit.apply("mapping", "").map_err(Problem::from)?;
    }
    resurvey(&request, upload).await?;
    Ok(answer::see_other(&super::uploads::path(id.parse().unwrap_or_default())))
}

async fn page(
    request: &PageRequest,
    upload: &Upload,
    wrong: Option<(String, &Fields)>,
) -> Result<ImportReadPage, Problem> {
    let mapping = Mapping::parse("mapping", &upload.mapping)?;
    let file = mapping.file;
    let kept = |name: &str| match name {
        "encoding" => file.encoding.map(|encoding| encoding.to_string()),
        "delimiter" => file.delimiter.map(delimiter),
        "quote_escape" => file.quote_escape.map(|escape| escape.to_string()),
        "multiline" => file.multiline.then(|| "true".to_owned()),
        "short_rows" => (file.short_rows == ShortRows::Pad).then(|| "pad".to_owned()),
        "sheet" => file.sheet.clone(),
        "skip_lines" => file.skip_lines.map(|lines| lines.to_string()),
        _ => file.comment.clone(),
    };
    let value = |name: &str| match &wrong {
        Some((_, fields)) => fields.text(name).unwrap_or_default().to_owned(),
        None => kept(name).unwrap_or_default(),
    };
    let line = |name: &str, label: &str, hint: &'static str| LineInput {
        name: name.to_owned(),
        label: label.to_owned(),
        value: value(name),
        hint,
    };
    let unread = match &upload.outline {
        Outline::Unread(error) => Some(error.clone()),
        _ => None,
    };
    let told = match &upload.outline {
        Outline::Table(outline) => told(outline),
        Outline::Calendar => Told { facts: vec![("Format", "calendar".to_owned())], ..Told::default() },
        Outline::Unread(_) => Told::default(),
    };
    let (next, checks) = match &upload.outline {
        Outline::Table(_) => (Some((format!("{}/map", upload.path()), "Next: columns")), false),
        Outline::Calendar => (Some((format!("{}/check", upload.path()), "Check")), true),
        Outline::Unread(_) => (None, false),
    };
    Ok(ImportReadPage {
        frame: request.frame("How the file is read", "imports").await?,
        steps: steps(upload, 0),
        error: wrong.as_ref().map(|(error, _)| error.clone()).or(unread),
        facts: told.facts,
        notes: told.notes,
        warnings: told.warnings,
        formats: told.formats,
        picks: vec![
            Pick::new("encoding", "Encoding", &ENCODINGS, &value("encoding")),
            Pick::new("delimiter", "Delimiter", &DELIMITERS, &value("delimiter")),
            Pick::new("quote_escape", "A quote within quotes is escaped", &QUOTES, &value("quote_escape")),
            Pick::new("multiline", "Quoted cells with lines that look like rows", &MULTILINE, &value("multiline")),
            Pick::new("short_rows", "Rows with too few cells", &SHORT, &value("short_rows")),
        ],
        lines: vec![
            line("sheet", "Sheet of a workbook", "Its name, or its number from 1"),
            line("skip_lines", LINES, "A whole number; empty: detected"),
            line("comment", "Prefix of comment lines", "Such as #"),
        ],
        next,
        checks,
    })
}

#[derive(Default)]
struct Told {
    facts: Vec<(&'static str, String)>,
    notes: Vec<String>,
    warnings: Vec<String>,
    formats: Vec<(String, String, String)>,
}

fn told(outline: &FileOutline) -> Told {
    let mut facts = vec![("Rows", grouped(outline.rows)), ("Format", outline.format.to_string())];
    facts.push(("Columns", grouped(outline.columns.len() as u64)));
    if outline.sheet.is_none() {
        facts.push(("Encoding", outline.encoding.to_string()));
    }
    facts.extend(outline.delimiter.map(|byte| ("Delimiter", delimiter(byte))));
    facts.extend(outline.sheet.clone().map(|sheet| ("Sheet", sheet)));
    facts.extend(outline.header_line.map(|line| ("Line of the header", grouped(line))));
    let notes = |notes: &[fastenr_core::error::Note]| {
        notes.iter().map(|note| answer::sentence(note.at(&hints::edge()))).collect::<Vec<_>>()
    };
    let formats = outline.columns.iter().filter_map(|column| {
        let format = column.format.as_ref()?;
        let (written, proof) = match (&format.proven, &format.question) {
            (Some((written, row)), _) => (written.clone(), format!("row {row}")),
            (None, Some(question)) => ("to be said".to_owned(), question.clone()),
            (None, None) => return None,
        };
        Some((column.header.clone(), written, proof))
    });
    Told { facts, notes: notes(&outline.notes), warnings: notes(&outline.warnings), formats: formats.collect() }
}

fn delimiter(byte: u8) -> String {
    match byte {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "pipe".to_owned(),
        other => char::from(other).to_string(),
    }
}
