//! The flags of an import.

use std::path::PathBuf;

use fastenr_core::import::request::{BadCells, Duplicates, Empty, Ids, Key, MaxMissing, Missing, Mode, OnError};
use fastenr_core::model::arr_change::ArrChangeKind;

use crate::commands::pair;

// An option that a message offers can be put behind those that are there.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub(crate) struct ImportArgs {
    /// The file, or - for stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Check everything and say what would happen, but write nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// What a row finds its record by: external_id, id, name, domain, email or account (with what is unique in it).
    ///
    /// Default: the id where the file has a column of ids, else what the noun goes by: mostly the external id.
    #[arg(long, value_name = "FIELD", help_heading = "What is written")]
    pub key: Option<Key>,

    /// upsert; create skips rows that match a record, update skips those that match none.
    #[arg(long, value_name = "MODE", default_value = "upsert", help_heading = "What is written")]
    pub mode: Mode,

    /// What becomes of records that the file does not have: keep or archive. Archiving asks first.
    #[arg(long, value_name = "WHAT", default_value = "keep", help_heading = "What is written")]
    pub missing: Missing,

    /// With --missing archive: write nothing if more records than this would be archived, a number or a percentage.
    ///
    /// The percentage is of the records that have the key by which rows are matched. A file without rows is always refused.
    #[arg(long, value_name = "N|N%", default_value = "10%", help_heading = "What is written")]
    pub max_missing: MaxMissing,

    /// checked refuses new external ids that a spreadsheet has damaged, or that differ from an existing one only in leading zeros
    /// or letter case; as-written takes them as they are.
    #[arg(long, value_name = "HOW", default_value = "checked", help_heading = "What is written")]
    pub ids: Ids,

    /// Let records that are matched by something else get another external id.
    #[arg(long, help_heading = "What is written")]
    pub allow_id_changes: bool,

    /// What an empty cell says: keep the value there is, or clear it.
    #[arg(long, value_name = "WHAT", default_value = "keep", help_heading = "What is written")]
    pub empty: Empty,

    /// stop: one bad row and nothing is written. skip: good rows are written, bad ones go to the rejects file.
    #[arg(long, value_name = "WHAT", default_value = "stop", help_heading = "Bad rows")]
    pub on_error: OnError,

    /// With skip: write nothing either if more rows than this are bad.
    #[arg(long, value_name = "N", help_heading = "Bad rows")]
    pub reject_limit: Option<u64>,

    /// Rows with the same key: reject them all, or let the first or the last count and skip the others.
    #[arg(long, value_name = "WHICH", default_value = "reject", help_heading = "Bad rows")]
    pub duplicates: Duplicates,

    /// A bad cell of a field that may be absent: reject the row, or keep the row without the cell.
    ///
    /// With keep nothing is cleared; the rows of such cells go to FILE.cells.csv, and the exit code is 3.
    #[arg(long, value_name = "WHAT", default_value = "reject", help_heading = "Bad rows")]
    pub bad_cells: BadCells,

    /// Where bad rows go, ready to be mended and imported again [default: FILE.rejected.csv].
    #[arg(long, value_name = "FILE", help_heading = "Bad rows")]
    pub rejects: Option<PathBuf>,

    /// A column and the field it holds; an empty field leaves the column out.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair, help_heading = "Columns")]
    pub map: Vec<(String, String)>,

    /// One value for all rows, e.g. account=Acme.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair, help_heading = "Columns")]
    pub constant: Vec<(String, String)>,

    /// What accounts or owners are looked up by, e.g. account=domain.
    ///
    /// account (parents too): key, name, domain, email (of a contact), custom.KEY. owner: any, email, name, external_id.
    #[arg(long, value_name = "WHAT=BY", value_parser = pair, help_heading = "Columns")]
    pub lookup: Vec<(String, String)>,

    /// A mapping file: columns, values, formats, rates, filters.
    #[arg(long, value_name = "FILE.toml", help_heading = "Columns")]
    pub mapping: Option<PathBuf>,

    /// Keep columns that are no field as custom fields.
    #[arg(long, help_heading = "Columns")]
    pub custom: bool,

    /// Print a mapping file made from this file, and import nothing.
    #[arg(long, help_heading = "Columns")]
    pub suggest_mapping: bool,

    /// csv, tsv, jsonl or xlsx (also .xls and .ods), for engagements also ics [default: by the content and the file's ending].
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub format: Option<String>,

    /// comma, semicolon, tab, pipe or a character [default: auto].
    #[arg(long, value_name = "CHAR", help_heading = "How the file is read")]
    pub delimiter: Option<String>,

    /// The encoding: utf-8, windows-1252, windows-1251, macintosh, shift_jis or any other label of the WHATWG standard [default:
    /// auto, where the text proves it].
    #[arg(long, value_name = "NAME", help_heading = "How the file is read")]
    pub encoding: Option<String>,

    /// How a quote is written inside a quoted cell: double (""), or backslash (\") [default: double].
    #[arg(long, value_name = "HOW", help_heading = "How the file is read")]
    pub quote_escape: Option<String>,

    /// Quoted cells may hold lines that look like rows; otherwise they are taken for a broken quote.
    #[arg(long, help_heading = "How the file is read")]
    pub multiline: bool,

    /// The sheet of a workbook: its name, or its number from 1 [default: the only one with data].
    #[arg(long, value_name = "NAME|N", help_heading = "How the file is read")]
    pub sheet: Option<String>,

    /// Lines above the header, or rows of a sheet [default: auto, where the file proves which ones are titles].
    #[arg(long, value_name = "N", help_heading = "How the file is read")]
    pub skip_lines: Option<String>,

    /// What begins a line that is no row, e.g. '#'.
    #[arg(long, value_name = "SIGNS", help_heading = "How the file is read")]
    pub comment: Option<String>,

    /// Rows with fewer fields than the header: reject them, or pad them with empty cells.
    #[arg(long, value_name = "WHAT", help_heading = "How the file is read")]
    pub short_rows: Option<String>,

    /// How dates are written: iso, dmy, mdy, ymd, excel, excel-1904, epoch, epoch-ms [default: auto, what the whole column proves].
    ///
    /// dmy, mdy and ymd read years of two digits too: 00 to 68 are 2000 to 2068. excel: a spreadsheet's serial numbers (45658 is
    /// 2025-01-01). epoch: seconds since 1970, epoch-ms: milliseconds.
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub date_format: Option<String>,

    /// The language of the names of months, e.g. fr; needed where a name means two months [default: auto, English included].
    #[arg(long, value_name = "CODE", help_heading = "How the file is read")]
    pub language: Option<String>,

    /// How numbers are written: 1234.56, 1,234.56, 1.234,56, '1 234,56', … [default: auto, where the whole column is certain].
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub number_format: Option<String>,

    /// The scale of a column of percentages, ratings or an NPS, e.g. csat=1-5 or nps=-100-100.
    #[arg(long, value_name = "COLUMN=FROM-TO", value_parser = pair, help_heading = "How the file is read")]
    pub scale: Vec<(String, String)>,

    /// Words that mean no value, separated by commas; "default" stands for the built-in ones [default: N/A, NULL, -, TBD, …].
    #[arg(long, value_name = "WORDS", help_heading = "How the file is read")]
    pub null_words: Option<String>,

    /// The zone of times that say none, e.g. Europe/Berlin [default: the organization's].
    #[arg(long, value_name = "ZONE", help_heading = "How the file is read")]
    pub time_zone: Option<String>,

    /// Take text as it is: leave the apostrophe that an export puts before formulas.
    #[arg(long, help_heading = "How the file is read")]
    pub raw: bool,

    /// What an ARR that differs is; for accounts alone, whose verb has the flag.
    #[arg(skip)]
    pub arr_as: Option<ArrChangeKind>,
}
