//! The target of an export: stdout, or a file that gets its name only when it is complete.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fastenr_core::export;
use fastenr_core::model::noun::{Field, Noun};
use fastenr_core::part::Part;
use fastenr_core::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::ProgressBar;

use crate::app::App;
use crate::commands::count;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::{Csv, Dialect, Jsonl, Output, Paging, Record};
use crate::printer::{Printer, writing};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ExportArgs {
    /// File: .csv, .tsv or .jsonl, each also with .gz. Without it, or with -: stdout.
    ///
    /// -o csv or -o jsonl overrides the ending of the file name. Without
    /// -o and without such an ending, the format is CSV.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Fields to export, in this order [default: all that an import can set, id and scores].
    ///
    /// custom.KEY is a custom field, custom.* is all of them. Each gets its own column, which an import reads back.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,

    /// Export text unchanged, even if a spreadsheet would run it as a formula.
    ///
    /// Without it, such text starts with an apostrophe, which an import removes again.
    #[arg(long)]
    pub raw: bool,

    /// Export for this program.
    #[arg(long = "for", value_enum, value_name = "PROGRAM")]
    pub for_program: Option<Program>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// Byte order mark, CRLF, and external ids written in a way that Excel keeps their zeros and digits.
    Excel,
}

/// The format of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Delimited(Dialect),
    Lines,
}

impl ExportArgs {
    /// None for stdout.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref().filter(|file| *file != Path::new("-"))
    }

    /// The chosen fields, or the default ones.
    pub(crate) async fn fields(&self, app: &mut App, noun: &'static Noun) -> Result<Vec<&'static Field>> {
        let chosen = fields::choose(noun, &fields::expand(app, noun, &self.fields).await?)?;
        Ok(if chosen.is_empty() { export::fields(noun) } else { chosen })
    }

    /// # Errors
    /// `format`, `encoding`.
    pub(crate) fn shape(&self, app: &App) -> Result<Shape> {
        let dialect = |delimiter| {
            Shape::Delimited(Dialect { delimiter, guard: !self.raw, excel: self.for_program == Some(Program::Excel) })
        };
        let shape = match app.settings.output_given {
            Some(Format::Csv) => dialect(b','),
            Some(Format::Jsonl) => Shape::Lines,
            Some(Format::Json | Format::Table) => {
                return Err(Error::invalid("format", "an export is CSV, TSV or JSON Lines")
                    .hint("use -o csv or -o jsonl, or a file that ends in .csv, .tsv or .jsonl"));
            }
            None => match self.file().map(ending).as_deref() {
                None | Some("" | "csv") => dialect(b','),
                Some("tsv" | "tab") => dialect(b'\t'),
                Some("jsonl" | "ndjson") => Shape::Lines,
                Some(other) => {
                    return Err(Error::invalid("format", format!("what a .{other} file is to hold is unknown"))
                        .hint("end it in .csv, .tsv or .jsonl, each also with .gz, or say -o csv or -o jsonl"));
                }
            },
        };
        if matches!(shape, Shape::Lines) && self.for_program.is_some() {
            return Err(Error::invalid("format", "--for excel is for CSV and TSV"));
        }
        Ok(shape)
    }
}

/// The file extension in lower case, without `.gz`.
fn ending(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}

/// A running export. If it is dropped before [`Target::finish`], it leaves no file.
pub(crate) struct Target<'a> {
    output: Box<dyn Output + 'a>,
    part: Option<Part>,
    bar: ProgressBar,
    rows: u64,
}

impl<'a> Target<'a> {
    pub(crate) fn open(
        printer: &'a mut Printer,
        file: Option<&Path>,
        shape: Shape,
        fields: &'a [&'static Field],
    ) -> Result<Self> {
        let part = file.map(Part::create).transpose()?;
        // No progress bar on stdout: the terminal shows the rows.
        let bar = if part.is_some() { printer.progress() } else { ProgressBar::hidden() };
        let out: Box<dyn Write + 'a> = match &part {
            Some(part) => writer(part)?,
            None => Box::new(printer.data()),
        };
        let output: Box<dyn Output + 'a> = match shape {
            Shape::Delimited(dialect) => {
                Box::new(Csv::new(fields, dialect, out).map_err(|error| failed(part.as_ref(), error))?)
            }
            Shape::Lines => Box::new(Jsonl::new(fields, out)),
        };
        Ok(Self { output, part, bar, rows: 0 })
    }

    pub(crate) fn record(&mut self, record: &dyn Record) -> Result<()> {
        self.output.record(record).map_err(|error| failed(self.part.as_ref(), error))?;
        self.rows += 1;
        if self.rows.is_multiple_of(1024) {
            self.bar.set_position(self.rows);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<FinishedExport> {
        self.output.end(Paging::whole(self.rows)).map_err(|error| failed(self.part.as_ref(), error))?;
        self.bar.finish_and_clear();
        let file = self.part.map(Part::keep).transpose()?;
        Ok(FinishedExport { rows: self.rows, file })
    }
}

/// An error of the target.
fn failed(part: Option<&Part>, error: io::Error) -> Error {
    match part {
        Some(part) => part.failed(error),
        None => writing(error),
    }
}

/// A finished export.
pub(crate) struct FinishedExport {
    rows: u64,
    file: Option<PathBuf>,
}

impl FinishedExport {
    pub(crate) fn tell(self, printer: &mut Printer, noun: &Noun) -> Result<Code> {
        printer.finish()?;
        let rows = count(self.rows, noun);
        match self.file {
            Some(file) => printer.talk(format_args!("{rows} → {}", file.display())),
            None => printer.talk(rows),
        }
        Ok(exit::DONE)
    }
}

/// Compressed where the name ends in `.gz`.
pub(crate) fn writer(part: &Part) -> Result<Box<dyn Write>> {
    let buffered = part.writer()?;
    let gzip = |inner| Gzip(Some(GzEncoder::new(inner, Compression::default())));
    let zipped = part.place().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    // Cells are small: the compressor gets them in blocks.
    Ok(if zipped { Box::new(BufWriter::with_capacity(1 << 16, gzip(buffered))) } else { Box::new(buffered) })
}

/// A gzip stream whose `flush` ends it: formats flush once, at their end.
struct Gzip<W: Write>(Option<GzEncoder<W>>);

impl<W: Write> Write for Gzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(encoder) => encoder.write(bytes),
            None => Err(io::Error::other("written after its end")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.take() {
            Some(encoder) => encoder.finish()?.flush(),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        for (file, is) in [("a.csv", "csv"), ("a.TSV.gz", "tsv"), ("b/a.b.jsonl", "jsonl"), ("a", ""), ("a.gz", "")] {
            assert_eq!(ending(Path::new(file)), is, "{file}");
        }
    }
}
