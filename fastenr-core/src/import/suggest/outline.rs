//! What a file has, for a person who decides what its columns are.

use super::columns::template;
use super::values::meant;
use super::{Draft, Suggester};
use crate::error::{Note, Result};
use crate::import::format::Ambiguous;
use crate::import::plan::{Piece, Slot, foreign};
use crate::import::request::Request;
use crate::import::source::{Encoding, Format, Survey};
use crate::model::Currency;
use crate::model::noun::{Field, Meaning};

/// A file, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOutline {
    pub format: Format,
    pub encoding: Encoding,
    /// Of text with delimiters.
    pub delimiter: Option<u8>,
    /// Of a workbook.
    pub sheet: Option<String>,
    /// The line of the header, or its row; none for JSON Lines.
    pub header_line: Option<u64>,
    pub rows: u64,
    /// How it was read, where that was a guess.
    pub notes: Vec<Note>,
    pub warnings: Vec<Note>,
    pub columns: Vec<ColumnOutline>,
    /// Fields that are made of several columns: `{First Name} {Last Name}`.
    pub templates: Vec<(String, String)>,
    /// Fields that have one value in all rows.
    pub constants: Vec<(String, String)>,
    /// A column of currencies: its header, and those that are not the organization's, with their rows.
    pub currencies: Option<(String, Vec<(String, u64)>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnOutline {
    pub header: String,
    /// Rows with a value.
    pub filled: u64,
    /// Up to three different values, shortened.
    pub examples: Vec<String>,
    /// The field that it would be: a name, `id`, or `custom.KEY`.
    pub field: Option<String>,
    /// The field is only a guess.
    pub guessed: bool,
    /// The field that is made of this column and others.
    pub part_of: Option<String>,
    /// Values of a picklist that are none of the field's words.
    pub unknown: Vec<UnknownWord>,
    /// There are more values than are counted.
    pub too_many: bool,
    /// How its dates or numbers are written.
    pub format: Option<FormatOutline>,
    /// Why what its percentages or its NPS count in has to be said.
    pub scale: Option<String>,
}

/// A value that is no word of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub text: String,
    pub rows: u64,
    /// The word that it is most like.
    pub near: Option<String>,
}

/// How the dates or numbers of a column are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatOutline {
    /// `date` or `number`.
    pub key: &'static str,
    /// The format, and the row that proves it; none: plain.
    pub proven: Option<(String, u64)>,
    /// Why it has to be said.
    pub question: Option<String>,
}

impl Suggester {
    /// # Errors
    /// As a draft of a mapping: `unknown_header`, `unknown_field`, `column_twice`, `header_duplicate`.
    pub(crate) fn outline(&self, survey: Survey, request: &Request, currency: &str) -> Result<FileOutline> {
        let draft = self.place(&survey, request)?;
        let columns = (0..survey.header.len()).map(|column| self.column(column, &survey, &draft, request)).collect();
        let Draft { templates, constants, .. } = &draft;
        let templates = templates.iter().map(|(slot, pieces)| (self.plain_name(slot), template(pieces, &survey)));
        let constants = constants.iter().map(|(slot, text)| (self.plain_name(slot), text.clone()));
        Ok(FileOutline {
            columns,
            templates: templates.collect(),
            constants: constants.collect(),
            currencies: self.currencies(&survey, request, currency),
            format: survey.format,
            encoding: survey.encoding,
            delimiter: survey.delimiter,
            sheet: survey.sheet,
            header_line: survey.header_line,
            rows: survey.rows,
            notes: survey.guesses,
            warnings: survey.warnings,
        })
    }

    fn column(&self, column: usize, survey: &Survey, draft: &Draft, request: &Request) -> ColumnOutline {
        let (seen, header) = (&self.columns[column], &survey.header[column]);
        let is = |(_, known): &&(Slot, usize)| *known == column;
        let slot = draft.placed.iter().chain(&draft.misfits).find(is).map(|(slot, _)| slot);
        let is_misfit = draft.misfits.iter().any(|(_, known)| *known == column);
        let whole = draft.templates.iter().find(|(_, pieces)| pieces.contains(&Piece::Column(column)));
        let field = slot.and_then(|slot| self.field_of(slot));
        ColumnOutline {
            header: header.clone(),
            filled: seen.filled,
            examples: seen.examples.clone(),
            field: slot.map(|slot| self.plain_name(slot)),
            guessed: is_misfit || draft.guessed.contains(&column),
            part_of: whole.map(|(slot, _)| self.plain_name(slot)),
            unknown: field.map_or_else(Vec::new, |field| self.unknown(column, field)),
            too_many: field.is_some_and(is_picklist) && seen.values.is_none(),
            format: field.and_then(|field| self.format(field, column, header, request)),
            scale: field.and_then(|field| self.scale(field, column, header, request)),
        }
    }

    fn unknown(&self, column: usize, field: &Field) -> Vec<UnknownWord> {
        let values = self.columns[column].values.iter().flatten().filter(|_| is_picklist(field));
        let unknown = values.filter_map(|(text, rows)| {
            let invalid = field.parse(text).err()?;
            Some(UnknownWord { text: text.clone(), rows: *rows, near: meant(&invalid.rule) })
        });
        unknown.collect()
    }

    fn format(&self, field: &Field, column: usize, header: &str, request: &Request) -> Option<FormatOutline> {
        let told = request.mapping.format(header);
        let (key, settled) = match field.meaning {
            Meaning::Date | Meaning::Instant => {
                let language = told.language.or(request.language).or(request.mapping.language);
                let told = told.date.or(request.date_format);
                let settled = self.profiles.dates(column)?.settle_in(told, language, Some(self.year));
                ("date", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            meaning if meaning.is_number() => {
                let settled = self.profiles.numbers(column)?.settle(told.number.or(request.number_format));
                ("number", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            _ => return None,
        };
        let question = settled.as_ref().err().map(told_rows);
        Some(FormatOutline { key, proven: settled.ok().flatten(), question })
    }

    fn scale(&self, field: &Field, column: usize, header: &str, request: &Request) -> Option<String> {
        if !field.meaning.is_percent() && !field.meaning.is_nps() {
            return None;
        }
        let told = request.mapping.format(header);
        let reading = self.profiles.numbers(column)?.settle(told.number).ok()?;
        self.profiles.scale(column, field.meaning, &reading, told.scale).err().as_ref().map(told_rows)
    }

    /// Also where rates are known by now: they can be changed.
    fn currencies(&self, survey: &Survey, request: &Request, currency: &str) -> Option<(String, Vec<(String, u64)>)> {
        self.noun.field("arr")?;
        if let Some(header) = &request.mapping.fx.column {
            let column = survey.header.iter().position(|known| known == header)?;
            let counted = self.columns[column].values.iter().flatten();
            let codes = counted.filter(|(code, _)| Currency::parse(code).is_ok_and(|known| known.as_str() != currency));
            return Some((header.clone(), codes.map(|(code, rows)| (code.to_uppercase(), *rows)).collect()));
        }
        let own = Currency::parse(currency).ok()?;
        survey.header.iter().enumerate().find_map(|(column, header)| {
            let found = foreign(header, self.profiles.currencies(column)?, own);
            let found: Vec<(String, u64)> = found.into_iter().map(|(code, rows)| (code.to_owned(), rows)).collect();
            (!found.is_empty()).then(|| (header.clone(), found))
        })
    }

    fn plain_name(&self, slot: &Slot) -> String {
        match slot {
            Slot::Custom(member) => format!("custom.{member}"),
            slot => self.field_name(slot),
        }
    }
}

fn is_picklist(field: &Field) -> bool {
    matches!(field.meaning, Meaning::Choice(_) | Meaning::Boolean)
}

fn told_rows(ambiguous: &Ambiguous) -> String {
    let rows: Vec<String> = ambiguous.rows.iter().map(u64::to_string).collect();
    match rows.as_slice() {
        [] => ambiguous.rule.to_string(),
        [row] => format!("{} (row {row})", ambiguous.rule),
        rows => format!("{} (rows {})", ambiguous.rule, rows.join(", ")),
    }
}
