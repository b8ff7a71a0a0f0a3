//! Turns the options of an import into a request of the library.

use fastenr_core::import::mapping::{Mapping, Origin};
use fastenr_core::import::request::{Progress, Rejects, Report, Request};
use fastenr_core::import::source::{Options, parse_comment, parse_delimiter, parse_lines};
use fastenr_core::model::TimeZone;
use fastenr_core::model::arr_change::ArrChangeKind;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::{self, Context};
use fastenr_core::{Error, Invalid, Result};

use super::import::ImportArgs;
use super::input;

/// Opens the file (or spools stdin), makes the request, runs the import.
pub(crate) async fn run(
    context: &Context,
    noun: &'static Noun,
    args: &ImportArgs,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    let request = request(args)?;
    let source = input::open(&args.file).await?;
    ops::import::run(context, noun, source, request, on_progress).await
}

/// As [`run`]; hears of every field that would change.
pub(crate) async fn run_with_changes(
    context: &Context,
    noun: &'static Noun,
    args: &ImportArgs,
    on_progress: &mut (dyn FnMut(Progress) + Send),
    visit: ops::import::OnRowChange<'_>,
) -> Result<Report> {
    let request = request(args)?;
    let source = input::open(&args.file).await?;
    ops::import::run_with_changes(context, noun, source, request, on_progress, visit).await
}

/// A draft of a mapping file for this file, as TOML.
pub(crate) async fn suggest_mapping(context: &Context, noun: &'static Noun, args: &ImportArgs) -> Result<String> {
    let request = request(args)?;
    let source = input::open(&args.file).await?;
    ops::import::suggest_mapping(context, noun, &source, &request).await
}

fn request(args: &ImportArgs) -> Result<Request> {
    let mut mapping = match &args.mapping {
        Some(file) => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file).map_err(|error| Error::io(format!("reading {name}"), error))?;
            Mapping::parse(&name, &text)?
        }
        None => Mapping::default(),
    };
    for (field, constant) in &args.constant {
        let constant = Origin::Constant { constant: constant.clone() };
        if mapping.columns.insert(field.clone(), constant).is_some() {
            return Err(Error::invalid("given_twice", format!("{field} is given a value twice")));
        }
    }
    for (reference, by) in &args.lookup {
        mapping.look_up(reference, by).map_err(|invalid| invalid.of("lookup", &format!("{reference}={by}")))?;
    }
    let scales = args.scale.iter().map(|(column, ends)| {
        let scale = ends.parse().map_err(|invalid: Invalid| invalid.of("scale", ends))?;
        Ok((column.clone(), scale))
    });
    Ok(Request {
        key: args.key,
        mode: args.mode,
        missing: args.missing,
        max_missing: args.max_missing,
        duplicates: args.duplicates,
        ids: args.ids,
        allow_id_changes: args.allow_id_changes,
        maps: args.map.clone(),
        mapping,
        on_error: args.on_error,
        reject_limit: args.reject_limit,
        bad_cells: args.bad_cells,
        empty: args.empty,
        dry_run: args.dry_run,
        custom: args.custom,
        read: Options {
            format: given("format", args.format.as_deref(), str::parse)?,
            delimiter: given("delimiter", args.delimiter.as_deref(), parse_delimiter)?,
            encoding: given("encoding", args.encoding.as_deref(), str::parse)?,
            quote_escape: given("quote-escape", args.quote_escape.as_deref(), str::parse)?,
            multiline: args.multiline,
            sheet: args.sheet.clone(),
            skip_lines: given("skip-lines", args.skip_lines.as_deref(), parse_lines)?,
            comment: parsed("comment", args.comment.as_deref(), parse_comment)?,
            short_rows: parsed("short-rows", args.short_rows.as_deref(), str::parse)?.unwrap_or_default(),
            raw: args.raw,
            ..Options::default()
        },
        date_format: given("date-format", args.date_format.as_deref(), str::parse)?,
        number_format: given("number-format", args.number_format.as_deref(), str::parse)?,
        scales: scales.collect::<Result<_>>()?,
        null_words: parsed("null-words", args.null_words.as_deref(), str::parse)?,
        time_zone: parsed("time-zone", args.time_zone.as_deref(), TimeZone::parse)?,
        language: given("language", args.language.as_deref(), str::parse)?,
        rejects: args.rejects.clone().map_or(Rejects::Beside, Rejects::At),
        tell_rows: false,
        preview: false,
        expect: None,
        arr_as_correction: args.arr_as == Some(ArrChangeKind::Correction),
    })
}

/// The value of an option; `auto` is the default.
fn given<T>(flag: &str, text: Option<&str>, parse: fn(&str) -> Result<T, Invalid>) -> Result<Option<T>> {
    parsed(flag, text.filter(|text| *text != "auto"), parse)
}

fn parsed<T>(flag: &str, text: Option<&str>, parse: fn(&str) -> Result<T, Invalid>) -> Result<Option<T>> {
    text.map(|text| parse(text).map_err(|invalid| invalid.of(flag, text))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_no_flag() {
        assert_eq!(given("delimiter", None, parse_delimiter).unwrap(), None);
        assert_eq!(given("delimiter", Some("auto"), parse_delimiter).unwrap(), None);
        assert_eq!(given("delimiter", Some("tab"), parse_delimiter).unwrap(), Some(b'\t'));
        assert_eq!(given("delimiter", Some("||"), parse_delimiter).unwrap_err().code, "delimiter");
    }
}
