//! Import: survey the file, judge and stage every row, then compare and write in one short transaction.

mod apply;
mod guards;
mod judge;
mod lookups;
mod run;
mod told;

use chrono::Datelike;
use uuid::Uuid;

use self::run::Run;
use super::Context;
use super::calendar_import::{PreparedFile, prepare};
use crate::error::{Error, Result, Setting, Verb};
use crate::import::convert::Users;
use crate::import::request::{Progress, Report, Request};
use crate::import::source::Source;
use crate::import::suggest::Suggester;
pub use crate::import::suggest::{ColumnOutline, FileOutline, FormatOutline, UnknownWord};
use crate::model::noun::{Field, Noun, Value};
use crate::say;
use crate::store;

/// Imports a file into `noun`.
///
/// The ledger of the report always holds. Under [`OnError::Stop`](crate::import::request::OnError::Stop) one bad row means that nothing is written; the report
/// then has `applied: false` and says what would have been.
///
/// # Errors
/// What the file or the request is refused for as a whole: see [`Source::survey`] and the plan's codes (`unknown_header`,
/// `column_twice`, `no_key`, `date_ambiguous`, …); `busy`, `disk_full` and the like. Nothing is written then.
pub async fn run(
    context: &Context,
    noun: &'static Noun,
    source: Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    match prepare(context, noun, source, request).await? {
        PreparedFile::Nothing(report) => Ok(*report),
        PreparedFile::Rows(rows) => {
            let (source, request, told) = *rows;
            Run::start(context, noun, source, request, told, on_progress).await?.finish(on_progress, None).await
        }
    }
}

/// A mapping file for this file, as TOML: columns that could be placed, and as comments what a person has to decide, such
/// as each value of a picklist that is no word of ours, with its count.
///
/// # Errors
/// As [`Source::survey`].
pub async fn suggest_mapping(
    context: &Context,
    noun: &'static Noun,
    source: &Source,
    request: &Request,
) -> Result<String> {
    if request.read.format == Some(crate::import::source::Format::Ics) || source.is_calendar()? {
        return Err(Error::invalid("source_calendar", "a calendar needs no mapping")
            .hint(say!("import it: {}", Verb::EngagementsImport.on("FILE.ics").with(Setting::DryRun))));
    }
    let mut suggester = Suggester::new(noun, context.today().year());
    let survey = source.survey(&request.reading(), &mut |header, record| suggester.see(header, record, request))?;
    suggester.widen(survey.header.len());
    let users = store::users::all(&mut context.db.read().await?, &context.scope()).await?;
    let users = Users::new(&users, request.mapping.owner, context.me());
    suggester.write(source.name(), &survey, request, &users, &context.organization.currency)
}

/// What the file has, column by column, and what each column would be: by the mapping, by its header, or as a guess. None: a
/// calendar, which has no columns.
///
/// # Errors
/// As [`Source::survey`], and `unknown_header`, `unknown_field`, `column_twice` for a mapping that does not fit the file.
pub async fn outline(
    context: &Context,
    noun: &'static Noun,
    source: &Source,
    request: &Request,
) -> Result<Option<FileOutline>> {
    if request.read.format == Some(crate::import::source::Format::Ics) || source.is_calendar()? {
        return Ok(None);
    }
    let (source, request) = (source.clone(), request.clone());
    let (year, currency) = (context.today().year(), context.organization.currency.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let mut suggester = Suggester::new(noun, year);
        let survey = source.survey(&request.reading(), &mut |header, record| {
            source.check_row(record.number)?;
            suggester.see(header, record, &request)
        })?;
        suggester.widen(survey.header.len());
        suggester.outline(survey, &request, &currency)
    });
    reading.await.map_err(judge::thread_died)?.map(Some)
}

/// Hears of every field that changes; the report is whole by then, but for what writing adds to it.
pub type OnRowChange<'v> = &'v mut (dyn FnMut(&Report, RowChange) -> Result<()> + Send);

/// One field of one existing record that an import changes, or would.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// The data row, from 1.
    pub row: i64,
    pub id: Option<Uuid>,
    pub field: &'static Field,
    /// As stored: users and accounts are ids.
    pub old: Value,
    pub new: Value,
}

/// As [`run`], and tells of each change field by field, in the order of the file.
pub async fn run_with_changes(
    context: &Context,
    noun: &'static Noun,
    source: Source,
    request: Request,
    on_progress: &mut (dyn FnMut(Progress) + Send),
    visit: OnRowChange<'_>,
) -> Result<Report> {
    match prepare(context, noun, source, request).await? {
        PreparedFile::Nothing(report) => Ok(*report),
        PreparedFile::Rows(rows) => {
            let (source, request, told) = *rows;
            Run::start(context, noun, source, request, told, on_progress).await?.finish(on_progress, Some(visit)).await
        }
    }
}
