//! Where an export goes: stdout, or a file that appears under its name only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fastenr_core::export;
use fastenr_core::model::noun::{Field, Noun};
use fastenr_core::{Error, Result, private};
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
    /// The file: .csv, .tsv or .jsonl, each also with .gz. Without it, or with -: stdout.
    ///
    /// -o csv or -o jsonl counts for more than the ending; with neither it is CSV.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// The fields to write, in this order [default: all that an import can set, id and scores].
    ///
    /// custom.KEY is a custom field, custom.* each of them: columns of their own, which an import reads back.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,

    /// Write text as it is, also where a spreadsheet would run it as a formula.
    ///
    /// Without it such text gets one apostrophe before it, which an import takes off again.
    #[arg(long)]
    pub raw: bool,

    /// Write as this program likes it.
    #[arg(long = "for", value_enum, value_name = "PROGRAM")]
    pub for_program: Option<Program>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// A byte order mark, CRLF, and external ids so that Excel keeps their zeros and digits.
    Excel,
}

/// How the file is written.
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

    /// The fields asked for, or the usual ones.
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

/// The ending in lower case, `.gz` aside.
fn ending(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}

/// An export under way. Dropped before [`Target::finish`] it leaves no file behind.
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
        // On stdout a terminal shows the rows themselves.
        let bar = if part.is_some() { printer.progress() } else { ProgressBar::hidden() };
        let out: Box<dyn Write + 'a> = match &part {
            Some(part) => part.writer()?,
            None => Box::new(printer.data()),
        };
        let output: Box<dyn Output + 'a> = match shape {
            Shape::Delimited(dialect) => Box::new(Csv::new(fields, dialect, out).map_err(writing)?),
            Shape::Lines => Box::new(Jsonl::new(fields, out)),
        };
        Ok(Self { output, part, bar, rows: 0 })
    }

    pub(crate) fn record(&mut self, record: &dyn Record) -> Result<()> {
        self.output.record(record).map_err(writing)?;
        self.rows += 1;
        if self.rows.is_multiple_of(1024) {
            self.bar.set_position(self.rows);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Done> {
        self.output.end(Paging::whole(self.rows)).map_err(writing)?;
        self.bar.finish_and_clear();
        let file = self.part.map(Part::keep).transpose()?;
        Ok(Done { rows: self.rows, file })
    }
}

/// An export that is through.
pub(crate) struct Done {
    rows: u64,
    file: Option<PathBuf>,
}

impl Done {
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

/// A file in the making, beside its place.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    place: PathBuf,
    kept: bool,
}

impl Part {
    pub(crate) fn create(place: &Path) -> Result<Self> {
        let mut name = place.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let file =
            private::create(&path).map_err(|error| Error::io(format_args!("making {}", path.display()), error))?;
        Ok(Self { file, path, place: place.to_owned(), kept: false })
    }

    /// Bytes as they are, whatever the name ends in.
    pub(crate) fn plain(&self) -> Result<BufWriter<File>> {
        let file = self.file.try_clone().map_err(|error| self.failed(error))?;
        Ok(BufWriter::with_capacity(1 << 17, file))
    }

    /// Compressed where the name ends in `.gz`.
    pub(crate) fn writer(&self) -> Result<Box<dyn Write>> {
        let buffered = self.plain()?;
        let gzip = |inner| Gzip(Some(GzEncoder::new(inner, Compression::default())));
        let zipped = self.place.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        // Cells are small: the compressor gets them in blocks too.
        Ok(if zipped { Box::new(BufWriter::with_capacity(1 << 16, gzip(buffered))) } else { Box::new(buffered) })
    }

    pub(crate) fn keep(mut self) -> Result<PathBuf> {
        // Synced first: a name that survives a power cut must not stand for an empty file.
        self.file.sync_all().map_err(|error| self.failed(error))?;
        std::fs::rename(&self.path, &self.place).map_err(|error| self.failed(error))?;
        self.kept = true;
        Ok(self.place.clone())
    }

    pub(crate) fn failed(&self, error: io::Error) -> Error {
        Error::io(format_args!("writing {}", self.place.display()), error)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
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

    #[test]
    fn a_file_is_whole_or_not_there() {
        let place = std::env::temp_dir().join(format!("fastenr-export-{}.csv", std::process::id()));
        let part = Part::create(&place).unwrap();
        let path = part.path.clone();
        assert!(path.exists() && !place.exists());
        drop(part);
        assert!(!path.exists() && !place.exists());
        let part = Part::create(&place).unwrap();
        part.writer().unwrap().write_all(b"x").unwrap();
        part.keep().unwrap();
        assert_eq!(std::fs::read(&place).unwrap(), b"x");
        assert!(!path.exists());
        std::fs::remove_file(&place).unwrap();
    }
}
