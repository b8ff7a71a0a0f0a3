//! The two passes over a source.

use super::broken_text::BrokenText;
use super::decode::Text;
use super::delimited::Delimited;
use super::encoding::Encoding;
use super::file::Source;
use super::jsonl::JsonLines;
use super::record::Record;
use super::settings::{Format, Options, fit_delimiter};
use super::sheet::SheetRows;
use super::totals::TotalsCandidates;
use crate::error::{Note, Verb};
use crate::model::number::counted;
use crate::say;
use crate::{Error, Result};

/// What a source is: the result of reading it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub format: Format,
    pub encoding: Encoding,
    /// Of text with delimiters.
    pub delimiter: Option<u8>,
    /// The sheet, where it is one: records are numbered as its rows.
    pub sheet: Option<String>,
    /// The names of the columns; a record's cells are in this order. Columns without name and data are left out.
    pub header: Vec<String>,
    /// The physical line of the header, or its row in the sheet; none for JSONL.
    pub header_line: Option<u64>,
    /// Records: those with a problem count, the header and blank lines do not.
    pub rows: u64,
    /// Records with a problem.
    pub problems: u64,
    /// Bytes of the file, compressed if it is.
    pub bytes: u64,
    /// What was guessed and matters, a sentence each without a full stop.
    pub guesses: Vec<Note>,
    /// What somebody should look at, likewise.
    pub warnings: Vec<Note>,
    /// Records that are the header again.
    pub repeated_headers: Rows,
    /// Records that may be a line of totals: one that is called so, or that has nothing in its first column at the end.
    pub maybe_totals: Vec<u64>,
    /// How the second pass reads.
    read: Options,
}

/// How many records, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    pub count: u64,
    /// Up to three of their numbers.
    pub first: Vec<u64>,
}

impl Rows {
    pub(crate) fn add(&mut self, number: u64) {
        self.count += 1;
        if self.first.len() < 3 {
            self.first.push(number);
        }
    }

    /// `2 rows are … (rows 3, 7)`.
    pub(crate) fn told(&self, one: &str, several: &str) -> String {
        let numbers: Vec<String> = self.first.iter().map(u64::to_string).collect();
        let what = if self.count == 1 { one } else { several };
        let which = match self.count {
            1 => "row",
            count if count == self.first.len() as u64 => "rows",
            _ => "first rows",
        };
        format!("{} {what} ({which} {})", counted(self.count, "row", "rows"), numbers.join(", "))
    }
}

/// The records of a surveyed source, lent one at a time.
pub struct Records {
    body: Body,
    record: Record,
    seen: u64,
    source: Source,
    survey: Survey,
}

enum Body {
    Sheet(Box<SheetRows>),
    Delimited(Box<Delimited>),
    Json(Box<JsonLines>),
}

impl Source {
    /// Reads the whole source once, settles what it is (see the module) and checks its form. `visit` sees the
    /// columns known so far and each record, both in the order of [`Survey::header`]. An error of `visit` ends the survey.
    ///
    /// Errors: `io`, `source_changed`; for what is no text or table `source_empty`, `source_binary`, `source_markup`,
    /// `source_json`, `gzip`, `encoding`, `encoding_unsure`, `nul`; for the header `header_duplicate`, `header_empty`,
    /// `header_unnamed`, `header_wide`, `header_changes`; `quote_unclosed`, `quote_broken`, `quote_swallows`, `record_long`;
    /// `delimiter`; for lines above the header `header_two`; for workbooks and archives `workbook_damaged`, `workbook_large`,
    /// `workbook_password`, `workbook_kind`, `archive_empty`, `archive_several`, `sheet_unknown`, `sheet_several`, `header_merged`,
    /// `cells_merged`, `formula_unvalued`. What only concerns one record is its [`Record::problem`].
    pub fn survey(&self, options: &Options, visit: &mut dyn FnMut(&[String], &Record) -> Result<()>) -> Result<Survey> {
        if let Some(table) = self.table(options)? {
            return Ok(Survey { bytes: self.bytes(), ..table.survey(options, visit)? });
        }
        let (mut body, format, told) = Body::open(self, options)?;
        let mut record = Record::default();
        let (mut rows, mut problems) = (0, 0);
        let mut repeated_headers = Rows::default();
        let (mut totals, mut broken) = (TotalsCandidates::default(), BrokenText::default());
        let mut last = 0;
        while body.next(&mut record)? {
            rows += 1;
            last = record.number;
            if record.repeats_header {
                repeated_headers.add(record.number);
                continue;
            }
            problems += u64::from(record.problem.is_some());
            totals.see(&record);
            broken.see(&record);
            visit(body.names(), &record)?;
        }
        self.check_unchanged()?;
        let (mut guesses, mut warnings) = (Vec::<Note>::new(), Vec::<Note>::new());
        if let Some(guess) = body.text().and_then(Text::guess) {
            if guess.matters { &mut warnings } else { &mut guesses }.push(guess.note.clone());
        }
        guesses.extend(told.map(Note::from));
        warnings.extend(broken.warnings().map(Note::from));
        let form = match &body {
            Body::Delimited(delimited) => Some((delimited.header(), delimited.notes())),
            Body::Sheet(sheet) => Some((sheet.header(), sheet.notes())),
            Body::Json(_) => None,
        };
        if let Some((header, notes)) = form {
            guesses.extend(notes);
            let unnamed = &header.unnamed;
            // A sheet has columns without end.
            if !unnamed.is_empty() && self.sheet().is_none() {
                let places: Vec<String> = unnamed.iter().map(|place| (place + 1).to_string()).collect();
                let (plural, verb) = if places.len() == 1 { ("", "has") } else { ("s", "have") };
                guesses.push(
                    format!("column{plural} {} left out: {verb} neither name nor data", places.join(", ")).into(),
                );
            }
        }
        Ok(Survey {
            format,
            encoding: body.encoding(),
            delimiter: body.delimiter(),
            sheet: self.sheet_name().map(str::to_owned),
            header: body.names().to_vec(),
            header_line: match &body {
                Body::Delimited(delimited) => Some(delimited.header().line),
                Body::Sheet(sheet) => Some(sheet.header().line),
                Body::Json(_) => None,
            },
            rows,
            problems,
            bytes: self.bytes(),
            guesses,
            warnings,
            repeated_headers,
            maybe_totals: totals.found(last),
            read: Options {
                format: Some(format),
                delimiter: body.delimiter(),
                encoding: Some(body.encoding()),
                ..options.clone()
            },
        })
    }

    /// The records again, as the survey saw them.
    ///
    /// Errors: as [`Source::survey`]; `source_changed` if the file is no longer the one that was surveyed.
    pub fn records(&self, survey: &Survey) -> Result<Records> {
        if let Some(table) = self.table(&survey.read)? {
            return table.records(survey);
        }
        self.check_unchanged()?;
        let (body, ..) = Body::open(self, &survey.read)?;
        Ok(Records { body, record: Record::default(), seen: 0, source: self.clone(), survey: survey.clone() })
    }
}

impl Survey {
    /// The same, with cells as they stand in the file: what a copy of them needs.
    #[must_use]
    pub fn as_written(&self) -> Self {
        Self { read: Options { raw: true, ..self.read.clone() }, ..self.clone() }
    }
}

impl Records {
    /// The next record, or nothing at the end.
    ///
    /// Errors: as [`Source::records`].
    #[expect(clippy::should_implement_trait, reason = "a record is lent, which an iterator cannot do")]
    pub fn next(&mut self) -> Result<Option<&Record>> {
        if self.body.next(&mut self.record)? {
            self.seen += 1;
            return Ok(Some(&self.record));
        }
        self.source.check_unchanged()?;
        if self.seen != self.survey.rows || self.body.names() != self.survey.header {
            return Err(self.source.changed());
        }
        Ok(None)
    }
}

impl Body {
    /// With the format and, if it had to be found out against the file's name, the sentence about it.
    fn open(source: &Source, options: &Options) -> Result<(Self, Format, Option<String>)> {
        if let Some(delimiter) = options.delimiter.filter(|&delimiter| !fit_delimiter(delimiter)) {
            let message = format!("a file cannot be separated by {:?}", char::from(delimiter));
            return Err(Error::invalid("delimiter", message).hint("give comma, semicolon, tab, pipe or one character"));
        }
        if let Some(sheet) = source.sheet() {
            let rows = SheetRows::open(source, sheet, options)?;
            return Ok((Self::Sheet(Box::new(rows)), Format::Spreadsheet, None));
        }
        let mut text = Text::open(source, options.encoding)?;
        let promised = match source.extension() {
            Some("csv") => Some(Format::Csv),
            Some("tsv" | "tab") => Some(Format::Tsv),
            Some("jsonl" | "ndjson" | "json") => Some(Format::Jsonl),
            _ => None,
        };
        let shown = shows_json(text.fill()?).then_some(Format::Jsonl);
        let format = options.format.or(shown).or(promised).unwrap_or(Format::Csv);
        if format == Format::Ics {
            return Err(Error::invalid("source_calendar", format!("{} is read as a calendar", source.name()))
                .hint(say!("import calendars with {}, without a mapping", Verb::EngagementsImport)));
        }
        if format == Format::Jsonl {
            let guessed = options.format.is_none() && promised != Some(Format::Jsonl);
            let guess = guessed.then(|| "read as JSONL: the first line is a JSON object".to_owned());
            return Ok((Self::Json(Box::new(JsonLines::open(text, &options.paths)?)), format, guess));
        }
        let tabs = (format == Format::Tsv).then_some(b'\t');
        let mut options = options.clone();
        if options.format == Some(Format::Tsv) {
            options.delimiter = options.delimiter.or(tabs);
        }
        let delimited = Delimited::open(text, &options, tabs)?;
        let format = match options.format {
            Some(told) => told,
            None if delimited.delimiter() == b'\t' => Format::Tsv,
            None => Format::Csv,
        };
        Ok((Self::Delimited(Box::new(delimited)), format, None))
    }

    fn next(&mut self, record: &mut Record) -> Result<bool> {
        match self {
            Self::Delimited(delimited) => delimited.next(record),
            Self::Sheet(sheet) => sheet.next(record),
            Self::Json(lines) => lines.next(record),
        }
    }

    fn text(&self) -> Option<&Text> {
        match self {
            Self::Delimited(delimited) => Some(delimited.text()),
            Self::Json(lines) => Some(lines.text()),
            Self::Sheet(_) => None,
        }
    }

    fn encoding(&self) -> Encoding {
        self.text().map_or(Encoding::UTF_8, Text::encoding)
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Delimited(delimited) => &delimited.header().names,
            Self::Sheet(sheet) => &sheet.header().names,
            Self::Json(lines) => lines.names(),
        }
    }

    fn delimiter(&self) -> Option<u8> {
        match self {
            Self::Delimited(delimited) => Some(delimited.delimiter()),
            Self::Json(_) | Self::Sheet(_) => None,
        }
    }
}

/// Whether the first line is a JSON object, or begins an array of objects, which no header of a table is.
fn shows_json(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    if let Some(list) = head.strip_prefix(b"[") {
        let object = list.trim_ascii_start().strip_prefix(b"{");
        return object.is_some_and(|object| object.trim_ascii_start().starts_with(b"\""));
    }
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}
