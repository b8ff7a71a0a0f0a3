//! What a caller may say about a file, and how it is written in a command.

use std::fmt;
use std::str::FromStr;

pub use super::encoding::Encoding;

use crate::Invalid;

/// How to read a source; `None` is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub format: Option<Format>,
    /// One ASCII character that is neither a quote nor ends a line.
    pub delimiter: Option<u8>,
    pub encoding: Option<Encoding>,
    pub quote_escape: Option<QuoteEscape>,
    /// Quoted cells may hold lines that look like rows.
    pub multiline: bool,
    /// The sheet of a workbook: its name, or its number from 1.
    pub sheet: Option<String>,
    /// Physical lines above the header, or rows of a sheet; none finds the header.
    pub skip_lines: Option<u64>,
    /// What begins a line that is no row.
    pub comment: Option<String>,
    pub short_rows: ShortRows,
    /// Keep cells as they stand: do not undo the formula guard.
    pub raw: bool,
    /// Members of nested JSON objects that are wanted as columns, such as `properties.name`; their neighbours become columns too.
    pub paths: Vec<String>,
}

/// How a quote stands inside a quoted cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum QuoteEscape {
    /// `""`.
    #[default]
    Doubled,
    /// `\"`, and a backslash as `\\`; `""` is read as well.
    Backslash,
}

/// What becomes of a row with fewer fields than the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ShortRows {
    #[default]
    Reject,
    /// What is missing at its end is empty.
    Pad,
}

impl fmt::Display for ShortRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reject => "reject",
            Self::Pad => "pad",
        })
    }
}

impl FromStr for ShortRows {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "reject" => Ok(Self::Reject),
            "pad" => Ok(Self::Pad),
            _ => Err(Invalid::new("short_rows", "rows with fewer fields than the header: reject or pad")),
        }
    }
}

/// A number of lines.
///
/// # Errors
/// `skip_lines`.
pub fn parse_lines(text: &str) -> Result<u64, Invalid> {
    let rule = || Invalid::new("skip_lines", "a number of lines from 0 to 1,048,576");
    text.trim().parse().ok().filter(|lines| *lines <= 1 << 20).ok_or_else(rule)
}

/// What begins a comment, such as `#` or `//`.
///
/// # Errors
/// `comment`.
pub fn parse_comment(text: &str) -> Result<String, Invalid> {
    let fits = (1..=8).contains(&text.chars().count())
        && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && !c.is_ascii_alphanumeric());
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("comment", "a comment begins with one to eight signs such as # or //"))
    }
}

impl fmt::Display for QuoteEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doubled => "double",
            Self::Backslash => "backslash",
        })
    }
}

impl FromStr for QuoteEscape {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "double" => Ok(Self::Doubled),
            "backslash" => Ok(Self::Backslash),
            _ => Err(Invalid::new("quote_escape", "a quote inside a quoted cell is written as double or backslash")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Separated by commas or, where the file shows it, by something else.
    Csv,
    /// Separated by tabs, quoted like CSV.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// A workbook: .xlsx, .xls or .ods.
    Spreadsheet,
    /// An iCalendar file, which [`crate::ops::import`] turns into JSON lines before it is surveyed.
    Ics,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Spreadsheet => "xlsx",
            Self::Ics => "ics",
        })
    }
}

impl FromStr for Format {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "xlsx" | "xlsm" | "xls" | "ods" => Ok(Self::Spreadsheet),
            "ics" | "ical" => Ok(Self::Ics),
            _ => Err(Invalid::new("format", "a file format is csv, tsv, jsonl, xlsx or ics")),
        }
    }
}

impl Options {
    /// What a media type says, such as `text/csv; charset=windows-1252`. A type that is none of data says nothing: the format
    /// is then seen from the content.
    ///
    /// # Errors
    /// `media_type` for one that is no table; `encoding` for a charset that can't be read.
    pub fn of_media_type(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let format = match kind.as_str() {
            "" | "application/octet-stream" | "application/gzip" | "application/x-gzip" => None,
            // Browsers call a CSV file so as well where Excel is installed.
            "application/vnd.ms-excel"
            | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            | "application/vnd.ms-excel.sheet.macroenabled.12"
            | "application/vnd.oasis.opendocument.spreadsheet"
            | "application/zip"
            | "application/x-zip-compressed" => None,
            "text/csv" | "application/csv" => Some(Format::Csv),
            "text/tab-separated-values" => Some(Format::Tsv),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                Some(Format::Jsonl)
            }
            "text/calendar" => Some(Format::Ics),
            _ => {
                let rule = "an import is text/csv, text/tab-separated-values, application/x-ndjson, a spreadsheet or text/calendar";
                return Err(Invalid::new("media_type", rule));
            }
        };
        let charset =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
        let encoding = match charset.map(|(_, charset)| charset.trim().trim_matches('"')) {
            // Of which UTF-8 is the wider one; a byte order mark says which UTF-16 it is.
            Some(charset) if charset.eq_ignore_ascii_case("us-ascii") => Some(Encoding::UTF_8),
            Some(charset) if charset.eq_ignore_ascii_case("utf-16") => None,
            Some(charset) => Some(charset.parse()?),
            None => None,
        };
        Ok(Self { format, encoding, ..Self::default() })
    }
}

/// A delimiter as it is typed: the character itself, `\t`, or one of `comma`, `semicolon`, `tab`, `pipe`.
pub fn parse_delimiter(text: &str) -> Result<u8, Invalid> {
    match (text.to_ascii_lowercase().as_str(), text.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("pipe", _) => Ok(b'|'),
        (_, &[byte]) if fit_delimiter(byte) => Ok(byte),
        _ => Err(Invalid::new("delimiter", "a delimiter is comma, semicolon, tab, pipe or one ASCII character")),
    }
}

/// Whether a CSV file can be separated by this byte.
pub(super) fn fit_delimiter(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0)
}

/// The delimiter in a sentence: `semicolon`.
pub(super) fn delimiter_name(byte: u8) -> String {
    match byte {
        b',' => "comma".into(),
        b';' => "semicolon".into(),
        b'\t' => "tab".into(),
        b'|' => "pipe".into(),
        other => format!("{:?}", char::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        let of = |text| Options::of_media_type(text).map(|options| (options.format, options.encoding));
        assert_eq!(of("text/csv"), Ok((Some(Format::Csv), None)));
        assert_eq!(
            of("Text/CSV; header=present; Charset=\"Windows-1252\""),
            Ok((Some(Format::Csv), Some(Encoding::WINDOWS_1252)))
        );
        assert_eq!(of("application/x-ndjson;charset=utf-8"), Ok((Some(Format::Jsonl), Some(Encoding::UTF_8))));
        assert_eq!(of("text/tab-separated-values; charset=UTF-16"), Ok((Some(Format::Tsv), None)));
        assert_eq!(of("application/gzip"), Ok((None, None)));
        assert_eq!(of(""), Ok((None, None)));
        assert_eq!(of("application/json").unwrap_err().code, "media_type");
        assert_eq!(
            of("text/csv; charset=shift_jis").map(|(_, encoding)| encoding.unwrap().to_string()),
            Ok("shift_jis".into())
        );
        assert_eq!(of("text/csv; charset=ebcdic").unwrap_err().code, "encoding");
    }

    #[test]
    fn names_read_back() {
        for format in [Format::Csv, Format::Tsv, Format::Jsonl, Format::Spreadsheet, Format::Ics] {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        for escape in [QuoteEscape::Doubled, QuoteEscape::Backslash] {
            assert_eq!(escape.to_string().parse(), Ok(escape));
        }
        assert_eq!("ndjson".parse(), Ok(Format::Jsonl));
        assert!("docx".parse::<Format>().is_err() && "single".parse::<QuoteEscape>().is_err());
        for short in [ShortRows::Reject, ShortRows::Pad] {
            assert_eq!(short.to_string().parse(), Ok(short));
        }
        for (mark, fits) in
            [("#", true), ("//", true), ("--", true), ("", false), ("\"", false), ("a", false), ("é", false)]
        {
            assert_eq!(parse_comment(mark).is_ok(), fits, "{mark}");
        }
    }

    #[test]
    fn delimiters_by_name_and_by_character() {
        for (text, byte) in [("tab", b'\t'), ("\\t", b'\t'), ("\t", b'\t'), (";", b';'), ("Pipe", b'|'), ("^", b'^')] {
            assert_eq!(parse_delimiter(text), Ok(byte));
        }
        for text in ["", "\"", "\n", "||", "é"] {
            assert_eq!(parse_delimiter(text).unwrap_err().code, "delimiter");
        }
    }
}
