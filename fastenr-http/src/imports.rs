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
use crate::long::{OperationSignal, Work, WorkOutcome, may_take_long};
use crate::params::{Parameter, RemainingParameters, Style, dry_run};
use crate::reply::Answer;
use crate::{Problem, hints, patterns, schema};

/// As many changes and rejected rows are told one by one.
const MOST_TOLD: usize = 1_000;

/// The result of an import, or its preview.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    #[serde(flatten)]
    report: ImportReport,
    /// In a dry run: the changes by field; the first 1,000.
    changes: Vec<ImportChange>,
    /// Number of further changes.
    more_changes: u64,
    /// The rejected rows, with `on_error=skip`: the columns of the file, and `_row`, `_column` and `_error`; the first 1,000.
    #[schema(value_type = Vec<Object>)]
    rejects: Vec<Map<String, Value>>,
    /// Number of further rejected rows.
    more_rejects: u64,
    /// The rows whose bad cells were left out, with `bad_cells=keep`, in the same form; the first 1,000.
    #[schema(value_type = Vec<Object>)]
    cells: Vec<Map<String, Value>>,
    /// Number of further rows in `cells`.
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
        "All rows are checked first. If one row is bad, nothing is written, unless `on_error=skip`. The counts always \
         add up: rows = created + updated + unchanged + skipped + rejected. Encoding, delimiter, and the formats of \
         dates and numbers are detected, or refused with an error if they are ambiguous.",
    )
    .imports()
    .takes(parameters())
    .body(Takes {
        about: "The file: CSV, TSV or JSON Lines, also gzipped or as the only file in a zip archive, or a workbook \
            (.xlsx, .xls, .ods).",
        required: true,
        media: types.map(media).to_vec(),
    })
    .answers_as::<Imported>(StatusCode::OK, "The result, or a preview in a dry run.")
    .answers_as::<Imported>(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Nothing was written; `refusal` and `problems` have the reasons.",
    );
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
            "Key by which rows are matched to records (default: the id if the file has ids, otherwise the usual key \
             of the noun).",
        ),
        one(
            "mode",
            &["upsert", "create", "update"],
            "create skips rows that match a record, update skips rows that match none.",
        ),
        one(
            "missing",
            &["keep", "archive"],
            "What happens to records missing from the file; `archive` also needs `delete` for the noun.",
        ),
        Parameter::new(
            "max_missing",
            schema::pattern(r"^([0-9]{1,18}|([0-9]{1,2}(\.[0-9]{1,2})?|100)%)$"),
            "With missing=archive: write nothing if more records than this are missing, a number or a percentage \
             (default 10%).",
        ),
        one(
            "duplicates",
            &["reject", "first", "last"],
            "Rows with the same key: reject all, or use the first or the last and skip the others.",
        ),
        one(
            "ids",
            &["checked", "as-written"],
            "checked refuses new external ids that are damaged, or that differ from an existing one only in leading \
             zeros or case.",
        ),
        Parameter::new(
            "allow_id_changes",
            schema::boolean(),
            "Allow new external ids for records that are matched by another key.",
        ),
        one("empty", &["keep", "clear"], "Empty cells: keep the existing value, or clear it."),
        one("on_error", &["stop", "skip"], "skip writes the good rows; the bad rows are in the answer."),
        Parameter::new(
            "reject_limit",
            schema::integer(0, i64::MAX >> 11),
            "Write nothing if more rows than this are bad.",
        ),
        one(
            "bad_cells",
            &["reject", "keep"],
            "keep writes a row without its bad cells, if their fields are optional; `cells` has these rows.",
        ),
        pairs(
            "lookup",
            "How accounts or owners are matched, such as `account=email`: key, name, domain, email, custom.KEY.",
        ),
        pairs("map", "Column and its field, `COLUMN=FIELD`; an empty field leaves the column out."),
        pairs("constant", "One value for all rows, `FIELD=VALUE`."),
        text("mapping", "A mapping file, as TOML."),
        Parameter::new("custom", schema::boolean(), "Import columns that are not fields as custom fields."),
        one(
            "format",
            &["csv", "tsv", "jsonl", "xlsx", "ics"],
            "File format (default: from the content type or the content).",
        ),
        Parameter::new(
            "delimiter",
            schema::pattern(r"^(comma|semicolon|tab|pipe|\\t|[\u0001-\u0008\u000e-\u001f!#-\u007f])$"),
            "Delimiter: comma, semicolon, tab, pipe or a character.",
        ),
        Parameter::new(
            "encoding",
            schema::words(),
            "Encoding: a label of the WHATWG Encoding Standard, such as windows-1251 (default: from the content type \
             or the content).",
        ),
        one("quote_escape", &["double", "backslash"], "How a quote is escaped inside a quoted cell."),
        Parameter::new("multiline", schema::boolean(), "Allow quoted cells with lines that look like rows."),
        text("sheet", "Sheet of a workbook: its name, or its number from 1 (default: the only sheet with data)."),
        Parameter::new(
            "skip_lines",
            schema::integer(0, 1 << 20),
            "Number of lines above the header, or of rows in a sheet (default: detected titles).",
        ),
        Parameter::new("comment", schema::pattern(r"^[!#-/:-@\[-`{-~]{1,8}$"), "Prefix of comment lines, such as #."),
        one("short_rows", &["reject", "pad"], "pad reads missing cells at the end of a row as empty."),
        one(
            "date_format",
            &["iso", "dmy", "mdy", "ymd", "excel", "excel-1904", "epoch", "epoch-ms"],
            "Date format, if the columns don't show it; dmy, mdy and ymd also read two-digit years.",
        ),
        text("language", "Language of month names, such as fr, if a name is ambiguous."),
        text("number_format", "Number format, such as 1.234,56."),
        pairs("scale", "Scale of a column of percentages, ratings or an NPS, such as `csat=1-5`."),
        text("null_words", "Words that mean no value, separated by commas; `default` means the built-in ones."),
        text("time_zone", "Time zone of times without one, such as Europe/Berlin (default: the organization's)."),
        Parameter::new("raw", schema::boolean(), "Keep the apostrophe that an export adds before formulas."),
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
    let request = request(RemainingParameters::new(pairs), read)?;
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
    let run = move |begun: OperationSignal| async move {
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
        done(noun, &report.map_err(of_content)?, told, more)
    };
    work.run(format!("{}.import", noun.many), dry_run, run).await
}

async fn import_dry(
    context: &Context,
    noun: &'static Noun,
    source: fastenr_core::import::source::Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
    visit: ops::import::OnRowChange<'_>,
) -> Result<Report, Error> {
    ops::import::run_with_changes(context, noun, source, request, on_progress, visit).await
}

fn done(
    noun: &'static Noun,
    report: &Report,
    changes: Vec<ImportChange>,
    more_changes: u64,
) -> Result<WorkOutcome, Problem> {
    let (rejects, more_rejects) = put_aside(report.rejects_file.as_deref())?;
    let (cells, more_cells) = put_aside(report.cells_file.as_deref())?;
    // Where they lie here is nobody's business.
    let shown =
        ImportReport { rejects_file: None, cells_file: None, ..ImportReport::new(noun, report, &hints::edge()) };
    let body = Imported { report: shown, changes, more_changes, rejects, more_rejects, cells, more_cells };
    let done = WorkOutcome::new(&body, report.operation, report.ledger.rows);
    let written = report.applied || (report.dry_run && report.refusal.is_none());
    Ok(if written { done } else { done.refused(StatusCode::UNPROCESSABLE_ENTITY) })
}

/// The first of the rows that were put aside, and how many more there are.
pub(crate) fn put_aside(path: Option<&Path>) -> Result<(Vec<Map<String, Value>>, u64), Problem> {
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

pub(crate) fn request(mut taken: RemainingParameters, mut read: Options) -> Result<Request, Problem> {
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
        preview: false,
        expect: None,
        arr_as_correction: false,
        tell_rows: false,
    })
}

fn parsed<T>(
    taken: &mut RemainingParameters,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    let Some(text) = taken.text(name)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|invalid| Problem::from(invalid.of(name, &text)))
}

/// `LEFT=RIGHT`, given any number of times.
fn equations(taken: &mut RemainingParameters, name: &str) -> Result<Vec<(String, String)>, Problem> {
    let split =
        |text: String| match text.split_once('=') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => Err(Problem::invalid("equation", format!("{name} {text:?}: two texts with = between them"))
                .at_parameter(name)),
        };
    taken.all(name).into_iter().map(split).collect()
}
