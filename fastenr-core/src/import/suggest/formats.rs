//! The sections about how things are written: `[file]`, `[formats."HEADER"]`, `[fx]`.

use std::fmt::Write as _;

use super::{Suggester, toml_text};
use crate::import::plan::{Slot, foreign};
use crate::import::request::Request;
use crate::import::source::{Encoding, Options, ShortRows, Survey};
use crate::model::Currency;
use crate::model::noun::{Field, Meaning};

impl Suggester {
    pub(super) fn write_formats(&self, out: &mut String, survey: &Survey, placed: &[(Slot, usize)], request: &Request) {
        if let Some(language) = request.language.or(request.mapping.language) {
            let _ = writeln!(out, "\n[dates]\nlanguage = \"{language}\"");
        }
        for (slot, column) in placed {
            let Some(field) = self.field_of(slot) else { continue };
            let header = &survey.header[*column];
            let format = self.format_line(field, *column, header, request);
            let lines: Vec<String> = [format, self.scale_line(field, *column)].into_iter().flatten().collect();
            if !lines.is_empty() {
                let header = toml_text(header);
                let _ = writeln!(out, "\n[formats.{header}]\n{}", lines.join("\n"));
            }
        }
    }

    /// How a column's dates or numbers are written, where that is not plain.
    fn format_line(&self, field: &Field, column: usize, header: &str, request: &Request) -> Option<String> {
        let (key, settled) = match field.meaning {
            Meaning::Date | Meaning::Instant => {
                if let Some(told) = request.date_format {
                    return Some(format!("date = {}", toml_text(told.as_str())));
                }
                let language = request.language.or(request.mapping.language);
                let settled = self.profiles.dates(column)?.settle_in(None, language, Some(self.year));
                ("date", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            meaning if meaning.is_number() => {
                let settled = self.profiles.numbers(column)?.settle(None);
                ("number", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            _ => return None,
        };
        match settled {
            Ok(proven) => proven.map(|(format, row)| format!("{key} = {}  # row {row} shows it", toml_text(&format))),
            Err(ambiguous) => Some(format!("# {key} = \"\"  # {}; {}", ambiguous.rule, ambiguous.way_out(header))),
        }
    }

    /// What a column of percentages counts in, where its numbers leave that open.
    fn scale_line(&self, field: &Field, column: usize) -> Option<String> {
        let choices = match field.meaning {
            meaning if meaning.is_percent() => "0-100 where it is percent, else 0-1, 1-5, 0-5 or 0-10",
            meaning if meaning.is_nps() => "-100-100 where it is an NPS, 0-10 where each row is one answer",
            _ => return None,
        };
        let reading = self.profiles.numbers(column)?.settle(None).ok()?;
        let ambiguous = self.profiles.scale(column, field.meaning, &reading, None).err()?;
        let rows: Vec<String> = ambiguous.rows.iter().map(u64::to_string).collect();
        Some(format!("# scale = \"\"  # {} (row {}); {choices}", ambiguous.rule, rows.join(", ")))
    }

    pub(super) fn write_rates(&self, out: &mut String, survey: &Survey, currency: &str) {
        if self.noun.field("arr").is_none() {
            return;
        }
        let Ok(own) = Currency::parse(currency) else { return };
        for (column, header) in survey.header.iter().enumerate() {
            // What the import asks about.
            let Some(said) = self.profiles.currencies(column) else { continue };
            let foreign = foreign(header, said, own);
            if foreign.is_empty() {
                continue;
            }
            let _ = writeln!(
                out,
                "\n# Amounts are kept in {currency}; a currency without a rate is refused.\n[fx]\ncolumn = {}",
                toml_text(header)
            );
            for (code, rows) in foreign {
                let _ = writeln!(out, "# {code} = \"\"  # one {code} in {currency}; rows: {rows}");
            }
            return;
        }
    }
}

/// How the file is read, where that is not plain: what was said or seen once need not be asked again.
pub(super) fn write_file(out: &mut String, survey: &Survey, reading: &Options) {
    let encoding = survey.encoding;
    let is_plain = encoding == Encoding::UTF_8 || encoding == Encoding::UTF_16LE || encoding == Encoding::UTF_16BE;
    let lines = [
        (!is_plain || reading.encoding.is_some()).then(|| format!("encoding = \"{encoding}\"")),
        reading.delimiter.map(|byte| format!("delimiter = {}", toml_text(&char::from(byte).to_string()))),
        reading.quote_escape.map(|escape| format!("quote_escape = \"{escape}\"")),
        reading.multiline.then(|| "multiline = true".to_owned()),
        reading.sheet.as_ref().map(|sheet| format!("sheet = {}", toml_text(sheet))),
        reading.skip_lines.map(|lines| format!("skip_lines = {lines}")),
        reading.comment.as_ref().map(|mark| format!("comment = {}", toml_text(mark))),
        (reading.short_rows == ShortRows::Pad).then(|| "short_rows = \"pad\"".to_owned()),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n[file]\n{}", lines.join("\n"));
    }
}
