//! The flags of an import.

use std::path::PathBuf;

use fastenr_core::import::request::{BadCells, Duplicates, Empty, Ids, Key, MaxMissing, Missing, Mode, OnError};
use fastenr_core::model::arr_change::ArrChangeKind;

use crate::commands::pair;

// A repeated option overrides the first one, so that an option from a hint can be appended.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub(crate) struct ImportArgs {
    /// File, or - for stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Preview without saving: all rows are checked, and the result is shown.
    #[arg(long)]
    pub dry_run: bool,

    /// Field by which rows are matched to records: external_id, id, name, domain, email or account (with a field that is unique
    /// within the account).
    ///
    /// Default: the id if the file has a column of ids, otherwise the usual key of the noun, mostly the external id.
    #[arg(long, value_name = "FIELD", help_heading = "What is written")]
    pub key: Option<Key>,

    /// upsert creates and updates; create skips rows that match a record; update skips rows that match none.
    #[arg(long, value_name = "MODE", default_value = "upsert", help_heading = "What is written")]
    pub mode: Mode,

    /// What happens to records missing from the file: keep or archive. Archiving asks for confirmation.
    #[arg(long, value_name = "WHAT", default_value = "keep", help_heading = "What is written")]
    pub missing: Missing,

    /// With --missing archive: write nothing if more records than this would be archived (a number or a percentage).
    ///
    /// The percentage is of the records that have a value in the key field. A file without rows is always refused.
    #[arg(long, value_name = "N|N%", default_value = "10%", help_heading = "What is written")]
    pub max_missing: MaxMissing,

    /// How new external ids are checked. checked refuses ids that a spreadsheet has damaged, or that differ from an existing id
    /// only in leading zeros or letter case; as-written accepts all ids.
    #[arg(long, value_name = "HOW", default_value = "checked", help_heading = "What is written")]
    pub ids: Ids,

    /// Allow changes of the external id of records that are matched by another field.
    #[arg(long, help_heading = "What is written")]
    pub allow_id_changes: bool,

    /// What an empty cell does: keep the existing value, or clear it.
    #[arg(long, value_name = "WHAT", default_value = "keep", help_heading = "What is written")]
    pub empty: Empty,

    /// What a bad row does: stop writes nothing; skip writes the good rows and puts the bad ones into the rejects file.
    #[arg(long, value_name = "WHAT", default_value = "stop", help_heading = "Bad rows")]
    pub on_error: OnError,

    /// With --on-error skip: write nothing if more rows than this are bad.
    #[arg(long, value_name = "N", help_heading = "Bad rows")]
    pub reject_limit: Option<u64>,

    /// Rows with the same key: reject all of them, or use the first or the last one and skip the others.
    #[arg(long, value_name = "WHICH", default_value = "reject", help_heading = "Bad rows")]
    pub duplicates: Duplicates,

    /// A bad cell of an optional field: reject the row, or keep the row without the cell.
    ///
    /// With keep, existing values stay, the rows are also written to FILE.cells.csv, and the exit code is 3.
    #[arg(long, value_name = "WHAT", default_value = "reject", help_heading = "Bad rows")]
    pub bad_cells: BadCells,

    /// File for rejected rows, to be corrected and imported again [default: FILE.rejected.csv].
    #[arg(long, value_name = "FILE", help_heading = "Bad rows")]
    pub rejects: Option<PathBuf>,

    /// Column and its field (repeat for more); an empty field leaves the column out.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair, help_heading = "Columns")]
    pub map: Vec<(String, String)>,

    /// Value of a field for all rows, e.g. account=Acme (repeat for more).
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair, help_heading = "Columns")]
    pub constant: Vec<(String, String)>,

    /// How accounts or owners are looked up, e.g. account=domain.
    ///
    /// account (parents too): key, name, domain, email (of a contact), custom.KEY. owner: any, email, name, external_id.
    #[arg(long, value_name = "WHAT=BY", value_parser = pair, help_heading = "Columns")]
    pub lookup: Vec<(String, String)>,

    /// Mapping file with columns, values, formats, currency rates and filters.
    #[arg(long, value_name = "FILE.toml", help_heading = "Columns")]
    pub mapping: Option<PathBuf>,

    /// Import columns without a matching field as custom fields.
    #[arg(long, help_heading = "Columns")]
    pub custom: bool,

    /// Print a draft of a mapping file for this file, without importing.
    #[arg(long, help_heading = "Columns")]
    pub suggest_mapping: bool,

    /// Format: csv, tsv, jsonl or xlsx (also .xls and .ods), for engagements also ics [default: from the content and the file
    /// extension].
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub format: Option<String>,

    /// Delimiter: comma, semicolon, tab, pipe or a character [default: auto].
    #[arg(long, value_name = "CHAR", help_heading = "How the file is read")]
    pub delimiter: Option<String>,

    /// Encoding: utf-8, windows-1252, windows-1251, macintosh, shift_jis or another label of the WHATWG standard [default: auto,
    /// if the text is unambiguous].
    #[arg(long, value_name = "NAME", help_heading = "How the file is read")]
    pub encoding: Option<String>,

    /// How a quote is written inside a quoted cell: double (""), or backslash (\") [default: double].
    #[arg(long, value_name = "HOW", help_heading = "How the file is read")]
    pub quote_escape: Option<String>,

    /// Allow quoted cells with lines that look like rows; without it, such lines are reported as a broken quote.
    #[arg(long, help_heading = "How the file is read")]
    pub multiline: bool,

    /// Sheet of a workbook: its name, or its number from 1 [default: the only one with data].
    #[arg(long, value_name = "NAME|N", help_heading = "How the file is read")]
    pub sheet: Option<String>,

    /// Lines (or rows of a sheet) above the header [default: auto, if the file shows which lines are titles].
    #[arg(long, value_name = "N", help_heading = "How the file is read")]
    pub skip_lines: Option<String>,

    /// Prefix of comment lines, which are skipped, e.g. '#'.
    #[arg(long, value_name = "SIGNS", help_heading = "How the file is read")]
    pub comment: Option<String>,

    /// Rows with fewer fields than the header: reject them, or pad them with empty cells.
    #[arg(long, value_name = "WHAT", help_heading = "How the file is read")]
    pub short_rows: Option<String>,

    /// Date format: iso, dmy, mdy, ymd, excel, excel-1904, epoch, epoch-ms [default: auto, from the whole column].
    ///
    /// dmy, mdy and ymd also read two-digit years: 00 to 68 are 2000 to 2068. excel: a spreadsheet's serial numbers (45658 is
    /// 2025-01-01). epoch: seconds since 1970, epoch-ms: milliseconds.
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub date_format: Option<String>,

    /// Language of month names, e.g. fr; needed if a name means two different months [default: auto, English included].
    #[arg(long, value_name = "CODE", help_heading = "How the file is read")]
    pub language: Option<String>,

    /// Number format: 1234.56, 1,234.56, 1.234,56, '1 234,56', … [default: auto, if the column is unambiguous].
    #[arg(long, value_name = "FORMAT", help_heading = "How the file is read")]
    pub number_format: Option<String>,

    /// Scale of a column of percentages, ratings or an NPS, e.g. csat=1-5 or nps=-100-100.
    #[arg(long, value_name = "COLUMN=FROM-TO", value_parser = pair, help_heading = "How the file is read")]
    pub scale: Vec<(String, String)>,

    /// Words that mean no value, separated by commas; "default" adds the built-in ones [default: N/A, NULL, -, TBD, …].
    #[arg(long, value_name = "WORDS", help_heading = "How the file is read")]
    pub null_words: Option<String>,

    /// Time zone of times without one, e.g. Europe/Berlin [default: that of the organization].
    #[arg(long, value_name = "ZONE", help_heading = "How the file is read")]
    pub time_zone: Option<String>,

    /// Import text unchanged: keep the apostrophe that an export puts before formulas.
    #[arg(long, help_heading = "How the file is read")]
    pub raw: bool,

    /// How a different ARR is recorded; only for accounts, whose verb has the option.
    #[arg(skip)]
    pub arr_as: Option<ArrChangeKind>,
}
