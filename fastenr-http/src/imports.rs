//! `/api/imports/{noun}`: a file of rows as the body, read as it comes.

use std::fs::File;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use fastenr_core::import::mapping::{Mapping, Origin};
use fastenr_core::import::request::{Missing, Progress, Rejects, Report, Request};
use fastenr_core::import::series::BODY;
use fastenr_core::import::source::{Options, Spool, parse_comment, parse_delimiter, parse_lines};
use fastenr_core::model::TimeZone;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::nouns::NOUNS;
use fastenr_core::ops::{self, Context};
use fastenr_core::view::import::{ImportChange, ImportReport};
use fastenr_core::{Error, Invalid};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::endpoint::{Body as Takes, Endpoint, Media, Noun as Scope, Verb};
use crate::guard::{Caller, Query};
use crate::long::{Begun, Done, Work, may_take_long};
use crate::params::{Parameter, Style, Taken, dry_run};
use crate::reply::Answer;
use crate::{Problem, patterns, schema};

/// As many changes and rejected rows are told one by one.
const MOST_TOLD: usize = 1_000;

/// What came of an import, or would.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    #[serde(flatten)]
    report: ImportReport,
    /// Of a dry run: what would change, field by field; the first 1,000.
    changes: Vec<ImportChange>,
    /// How many more there are.
    more_changes: u64,
    /// The rows that were rejected, with `on_error=skip`: the columns as the file has them, and `_row`, `_column` and `_error`; the
    /// first 1,000.
    #[schema(value_type = Vec<Object>)]
    rejects: Vec<Map<String, Value>>,
    /// How many more there are.
    more_rejects: u64,
    /// The rows whose bad cells were left out, with `bad_cells=keep`, likewise; the first 1,000.
    #[schema(value_type = Vec<Object>)]
    cells: Vec<Map<String, Value>>,
    /// How many more there are.
    more_cells: u64,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    NOUNS.iter().filter(|noun| noun.imports()).filter_map(|noun| Some(endpoint(noun, noun.scope?))).collect()
}

fn endpoint(noun: &'static Noun, scope: Scope) -> Endpoint {
    let types = [
        "text/csv",
        "text/tab-separated-values",
        "application/x-ndjson",
        "application/gzip",
        "application/zip",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
    ];
    let media = |name| Media { name, schema: schema::bytes().into(), example: None };
    let endpoint = Endpoint::post(
        format!("/api/imports/{}", noun.many),
        format!("{}_import", noun.many),
        move |caller, work, query, headers, body| import((noun, scope), caller, work, query, headers, body),
    )
    .of(tag(noun, scope), scope, Verb::Write)
    .says(
        format!("Import {}", noun.plural),
        "All rows are checked first. One bad row and nothing is written, unless `on_error=skip`. The ledger always adds up: rows = created \
         + updated + unchanged + skipped + rejected. The encoding, the delimiter and the formats of dates and numbers are found out, \
         or asked for.",
    )
    .imports()
    .takes(parameters())
    .body(Takes { about: "The file: CSV, TSV or JSON Lines, also gzipped or alone in a zip archive, or a workbook (.xlsx, .xls, .ods).", required: true, media: types.map(media).to_vec() })
    .answers_as::<Imported>(StatusCode::OK, "What was written, or would be.")
    .answers_as::<Imported>(StatusCode::UNPROCESSABLE_ENTITY, "Nothing was written; `refusal` and `problems` say why.");
    may_take_long(endpoint)
}

/// The part of the document.
fn tag(noun: &'static Noun, scope: Scope) -> &'static str {
    noun.api.as_ref().map_or(scope.as_str(), |api| api.tag)
}

fn parameters() -> Vec<Parameter> {
    let one = |name: &'static str, texts: &[&str], about: &str| Parameter::new(name, schema::choice(texts), about);
    let text = |name: &'static str, about: &str| Parameter::new(name, schema::words(), about);
    let pairs = |name: &'static str, about: &str| {
        let pair = schema::pattern(patterns::EQUATION);
        Parameter::new(name, schema::array(pair), about).style(Style::Repeated)
    };
    vec![
        dry_run(),
        one(
            "key",
            &["id", "external_id", "name", "domain", "email", "account"],
            "What a row finds its record by; else the id where the file has ids, or what the noun goes by.",
        ),
        one(
            "mode",
            &["upsert", "create", "update"],
            "create passes over rows that match, update over those that don't.",
        ),
        one(
            "missing",
            &["keep", "archive"],
            "What becomes of records that the file does not have; `archive` needs the noun's `delete` as well.",
        ),
        Parameter::new(
            "max_missing",
            schema::pattern(r"^([0-9]{1,18}|([0-9]{1,2}(\.[0-9]{1,2})?|100)%)$"),
            "With missing=archive: more missing records than this, a number or a percentage, and nothing is written. Else 10%.",
        ),
        one(
            "duplicates",
            &["reject", "first", "last"],
            "Which of several rows with one key counts; the others are skipped.",
        ),
        one(
            "ids",
            &["checked", "as-written"],
            "checked refuses new external ids that are damaged, or differ from one that there is in leading zeros or case alone.",
        ),
        Parameter::new(
            "allow_id_changes",
            schema::boolean(),
            "Let records that are matched by something else get another external id.",
        ),
        one("empty", &["keep", "clear"], "What an empty cell says."),
        one("on_error", &["stop", "skip"], "skip writes the good rows; the bad ones are in the answer."),
        Parameter::new(
            "reject_limit",
            schema::integer(0, i64::MAX >> 11),
            "More bad rows than this and nothing is written.",
        ),
        one(
            "bad_cells",
            &["reject", "keep"],
            "keep writes a row without its bad cells, where their fields may be absent; `cells` has such rows.",
        ),
        pairs(
            "lookup",
            "What accounts or owners are looked up by, `account=email`: key, name, domain, email, custom.KEY.",
        ),
        pairs("map", "A column and the field it holds, `COLUMN=FIELD`; without a field the column is left out."),
        pairs("constant", "One value for all rows, `FIELD=VALUE`."),
        text("mapping", "A mapping file, as TOML."),
        Parameter::new("custom", schema::boolean(), "Keep columns that are no field as custom fields."),
        one("format", &["csv", "tsv", "jsonl", "xlsx", "ics"], "Else the content type says it, or the content."),
        Parameter::new(
            "delimiter",
            schema::pattern(r"^(comma|semicolon|tab|pipe|\\t|[\u0001-\u0008\u000e-\u001f!#-\u007f])$"),
            "comma, semicolon, tab, pipe or a character.",
        ),
        Parameter::new(
            "encoding",
            schema::words(),
            "A label of the WHATWG Encoding Standard, such as windows-1251. Else the charset of the content type, or the content.",
        ),
        one("quote_escape", &["double", "backslash"], "How a quote is written inside a quoted cell."),
        Parameter::new("multiline", schema::boolean(), "Quoted cells may hold lines that look like rows."),
        text("sheet", "The sheet of a workbook: its name, or its number from 1. Else the only one with data."),
        Parameter::new(
            "skip_lines",
            schema::integer(0, 1 << 20),
            "Lines above the header, or rows of a sheet. Else what the file proves to be titles.",
        ),
        Parameter::new(
            "comment",
            schema::pattern(r"^[!#-/:-@\[-`{-~]{1,8}$"),
            "What begins a line that is no row, such as #.",
        ),
        one("short_rows", &["reject", "pad"], "pad reads what is missing at the end of a row as empty."),
        one(
            "date_format",
            &["iso", "dmy", "mdy", "ymd", "excel", "excel-1904", "epoch", "epoch-ms"],
            "How dates are written, where the columns don't prove it; dmy, mdy and ymd read years of two digits too.",
        ),
        text("language", "The language of the names of months, such as fr, where a name means two months."),
        text("number_format", "How numbers are written, such as 1.234,56."),
        pairs("scale", "The scale of a column of percentages, ratings or an NPS, `csat=1-5`."),
        text("null_words", "Words that mean no value, separated by commas; `default` stands for the built-in ones."),
        text("time_zone", "The zone of times that say none, such as Europe/Berlin; else the organization's."),
        Parameter::new("raw", schema::boolean(), "Leave the apostrophe that an export puts before formulas."),
    ]
}

async fn import(
    (noun, scope): (&'static Noun, Scope),
    caller: Caller,
    work: Work,
    Query(pairs): Query,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let media = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let read = Options::of_media_type(media).map_err(|invalid| unsupported(&invalid))?;
    let request = request(Taken::new(pairs), read)?;
    let dry_run = request.dry_run;
    if request.missing == Missing::Archive {
        caller.may(scope, Verb::Delete)?;
    }
    let context = caller.context;
    // The server's own limits hold for the size and the pace of the body.
    let mut spool = Spool::new(BODY, u64::MAX)?;
    let mut pieces = body.into_data_stream();
    let cut = |_| Problem::invalid("body", "the body ended before it was whole");
    while let Some(piece) = pieces.try_next().await.map_err(cut)? {
        spool.push(&piece).await?;
    }
    let source = spool.finish().await?;
    if let Some(bytes) = work.body_limit() {
        source.hold_to(bytes);
    }
    let run = move |begun: Begun| async move {
        let mut told = Vec::new();
        let mut more = 0;
        let mut on_progress = |progress: Progress| {
            if let Progress::Begun { operation } = progress {
                begun.tell(operation);
            }
        };
        let report = match dry_run {
            false => ops::import::run(&context, noun, source, request, &mut on_progress).await,
            true => {
                let mut visit = |_: &Report, change: ops::import::RowChange| {
                    if told.len() < MOST_TOLD {
                        told.push(ImportChange::from(&change));
                    } else {
                        more += 1;
                    }
                    Ok(())
                };
                import_dry(&context, noun, source, request, &mut on_progress, &mut visit).await
            }
        };
        done(&report.map_err(of_content)?, told, more)
    };
    work.run(format!("{}.import", noun.many), dry_run, run).await
}

async fn import_dry(
    context: &Context,
    noun: &'static Noun,
    source: fastenr_core::import::source::Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
    visit: ops::import::Visit<'_>,
) -> Result<Report, Error> {
    ops::import::run_with_changes(context, noun, source, request, on_progress, visit).await
}

fn done(report: &Report, changes: Vec<ImportChange>, more_changes: u64) -> Result<Done, Problem> {
    let (rejects, more_rejects) = put_aside(report.rejects_file.as_deref())?;
    let (cells, more_cells) = put_aside(report.cells_file.as_deref())?;
    // Where they lie here is nobody's business.
    let shown = ImportReport { rejects_file: None, cells_file: None, ..ImportReport::from(report) };
    let body = Imported { report: shown, changes, more_changes, rejects, more_rejects, cells, more_cells };
    let done = Done::new(&body, report.operation, report.ledger.rows);
    let written = report.applied || (report.dry_run && report.refusal.is_none());
    Ok(if written { done } else { done.refused(StatusCode::UNPROCESSABLE_ENTITY) })
}

/// The first of the rows that were put aside, and how many more there are.
fn put_aside(path: Option<&Path>) -> Result<(Vec<Map<String, Value>>, u64), Problem> {
    let Some(path) = path else { return Ok((Vec::new(), 0)) };
    let failed = |error: std::io::Error| Problem::from(Error::io("reading the rows that were put aside", error));
    let read = |error: csv::Error| failed(error.into());
    let mut file = csv::ReaderBuilder::new().flexible(true).from_reader(File::open(path).map_err(failed)?);
    let names = file.headers().map_err(read)?.clone();
    let (mut rows, mut more) = (Vec::new(), 0);
    for record in file.records() {
        let record = record.map_err(read)?;
        if rows.len() < MOST_TOLD {
            rows.push(names.iter().zip(&record).map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect());
        } else {
            more += 1;
        }
    }
    Ok((rows, more))
}

/// What no schema tells of: a file, and texts that have a form of their own.
fn of_content(error: Error) -> Problem {
    Problem::from(error).of_content()
}

fn unsupported(invalid: &Invalid) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid.code, Some(invalid.rule.clone().into_owned()))
}

fn request(mut taken: Taken, mut read: Options) -> Result<Request, Problem> {
    let mut mapping = match taken.text("mapping")? {
        Some(text) => Mapping::parse("mapping", &text).map_err(of_content)?,
        None => Mapping::default(),
    };
    for (field, constant) in equations(&mut taken, "constant")? {
        if mapping.columns.insert(field.clone(), Origin::Constant { constant }).is_some() {
            return Err(Problem::invalid("given_twice", format!("{field} is given a value twice"))
                .at_parameter("constant")
                .of_content());
        }
    }
    for (reference, by) in equations(&mut taken, "lookup")? {
        let invalid = |invalid: Invalid| of_content(invalid.of("lookup", &format!("{reference}={by}")));
        mapping.look_up(&reference, &by).map_err(invalid)?;
    }
    let scales = equations(&mut taken, "scale")?.into_iter().map(|(column, ends)| {
        let scale = ends.parse().map_err(|invalid: Invalid| of_content(invalid.of("scale", &ends)))?;
        Ok((column, scale))
    });
    let scales = scales.collect::<Result<_, Problem>>()?;
    if let Some(format) = parsed(&mut taken, "format", str::parse)? {
        read.format = Some(format);
    }
    if let Some(encoding) = parsed(&mut taken, "encoding", str::parse).map_err(Problem::of_content)? {
        read.encoding = Some(encoding);
    }
    read.quote_escape = parsed(&mut taken, "quote_escape", str::parse)?;
    read.multiline = taken.flag("multiline")?;
    read.sheet = taken.text("sheet")?;
    read.skip_lines = parsed(&mut taken, "skip_lines", parse_lines)?;
    read.comment = parsed(&mut taken, "comment", parse_comment)?;
    read.short_rows = parsed(&mut taken, "short_rows", str::parse)?.unwrap_or_default();
    read.delimiter = parsed(&mut taken, "delimiter", parse_delimiter)?;
    read.raw = taken.flag("raw")?;
    Ok(Request {
        key: parsed(&mut taken, "key", str::parse)?,
        mode: parsed(&mut taken, "mode", str::parse)?.unwrap_or_default(),
        missing: parsed(&mut taken, "missing", str::parse)?.unwrap_or_default(),
        max_missing: parsed(&mut taken, "max_missing", str::parse)?.unwrap_or_default(),
        duplicates: parsed(&mut taken, "duplicates", str::parse)?.unwrap_or_default(),
        ids: parsed(&mut taken, "ids", str::parse)?.unwrap_or_default(),
        allow_id_changes: taken.flag("allow_id_changes")?,
        maps: equations(&mut taken, "map")?,
        mapping,
        on_error: parsed(&mut taken, "on_error", str::parse)?.unwrap_or_default(),
        bad_cells: parsed(&mut taken, "bad_cells", str::parse)?.unwrap_or_default(),
        reject_limit: taken.parsed("reject_limit", "a whole number from 0")?,
        empty: parsed(&mut taken, "empty", str::parse)?.unwrap_or_default(),
        dry_run: taken.flag("dry_run")?,
        custom: taken.flag("custom")?,
        read,
        date_format: parsed(&mut taken, "date_format", str::parse)?,
        number_format: parsed(&mut taken, "number_format", str::parse).map_err(Problem::of_content)?,
        scales,
        null_words: parsed(&mut taken, "null_words", str::parse).map_err(Problem::of_content)?,
        time_zone: parsed(&mut taken, "time_zone", TimeZone::parse).map_err(Problem::of_content)?,
        language: parsed(&mut taken, "language", str::parse).map_err(Problem::of_content)?,
        rejects: Rejects::Kept,
        arr_as_correction: false,
        tell_rows: false,
    })
}

fn parsed<T>(
    taken: &mut Taken,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    let Some(text) = taken.text(name)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|invalid| Problem::from(invalid.of(name, &text)))
}

/// `LEFT=RIGHT`, given any number of times.
fn equations(taken: &mut Taken, name: &str) -> Result<Vec<(String, String)>, Problem> {
    let split =
        |text: String| match text.split_once('=') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => Err(Problem::invalid("equation", format!("{name} {text:?}: two texts with = between them"))
                .at_parameter(name)),
        };
    taken.all(name).into_iter().map(split).collect()
}
