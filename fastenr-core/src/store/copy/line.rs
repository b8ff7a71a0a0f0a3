//! The canonical form of a row: one line of PostgreSQL's `COPY` text format, the same whichever database it comes from.
//!
//! Values are separated by tabs, `\N` is null, and `\\ \b \t \n \v \f \r` are written so. Ids are 36 lower-case characters, numbers
//! decimal, booleans `t` and `f`, bytes `\\x` and hexadecimal digits, days `2026-01-31`, moments in UTC `2026-01-31 09:30:00.25+00`
//! without zeros at the end. Money and other decimals are whole numbers in both schemas; JSON is the text that fastenr wrote.

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Decode, Row, Sqlite, ValueRef};
use uuid::Uuid;

use super::schema::{Form, Table};
use crate::error::{Error, Kind};
use crate::store::error::translate;
use crate::store::{Statement, StoreResult};

pub(super) const NULL: &[u8] = b"\\N";

/// Appends a row of SQLite.
pub(super) fn put_row(out: &mut Vec<u8>, table: &Table, row: &SqliteRow) -> StoreResult<()> {
    for (place, column) in table.columns.iter().enumerate() {
        if place > 0 {
            out.push(b'\t');
        }
        let value = row.try_get_raw(place).map_err(translate)?;
        if value.is_null() {
            out.extend_from_slice(NULL);
        } else {
            put(out, column.form, value).ok_or_else(|| unreadable(table, place))?;
        }
    }
    out.push(b'\n');
    Ok(())
}

fn unreadable(table: &Table, place: usize) -> Error {
    let (name, column) = (&table.name, &table.columns[place].name);
    Error::new(Kind::Storage, "corrupt", format!("{name}.{column} has a value that can't be read"))
}

fn put(out: &mut Vec<u8>, form: Form, value: SqliteValueRef<'_>) -> Option<()> {
    fn read<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> Option<T> {
        T::decode(value).ok()
    }
    match form {
        Form::Text => put_text(out, read::<&str>(value)?.as_bytes()),
        Form::Date => out.extend_from_slice(read::<&str>(value)?.as_bytes()),
        Form::Moment => put_moment(out, read::<&str>(value)?)?,
        Form::Integer => out.extend_from_slice(read::<i64>(value)?.to_string().as_bytes()),
        Form::Boolean => out.push(if read::<i64>(value)? == 0 { b'f' } else { b't' }),
        Form::Id => put_id(out, Uuid::from_slice(read::<&[u8]>(value)?).ok()?),
        Form::Bytes => put_bytes(out, read::<&[u8]>(value)?),
    }
    Some(())
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        let escaped = match byte {
            b'\\' => b'\\',
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0b => b'v',
            0x0c => b'f',
            b'\r' => b'r',
            other => {
                out.push(*other);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', escaped]);
    }
}

pub(super) fn put_id(out: &mut Vec<u8>, id: Uuid) {
    out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
}

pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\\\x");
    out.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

/// `2026-01-31T09:30:00.250+00:00` as `2026-01-31 09:30:00.25+00`.
fn put_moment(out: &mut Vec<u8>, text: &str) -> Option<()> {
    if let Some((day, time)) = in_utc(text).and_then(|text| text.split_once('T')) {
        out.extend_from_slice(day.as_bytes());
        out.push(b' ');
        let time = if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time };
        out.extend_from_slice(time.as_bytes());
        out.extend_from_slice(b"+00");
        return Some(());
    }
    // Not as fastenr writes it.
    let moment = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    put_moment(out, &moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

/// Zeros stand for digits.
const PATTERN: &[u8; 26] = b"0000-00-00T00:00:00.000000";

/// A moment without its offset, if that is zero, and if it has at most microseconds.
fn in_utc(text: &str) -> Option<&str> {
    let plain = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z'))?;
    let fits = |(byte, place): (u8, &u8)| if *place == b'0' { byte.is_ascii_digit() } else { byte == *place };
    let is_so = (plain.len() == 19 || (21..=26).contains(&plain.len())) && plain.bytes().zip(PATTERN).all(fits);
    is_so.then_some(plain)
}

/// The values of a line, still escaped.
pub(super) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b'\t')
}

/// A value without its escapes; none is null.
pub(super) fn unescaped(field: &[u8]) -> Option<Vec<u8>> {
    if field == NULL {
        return None;
    }
    let mut out = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'b') => 0x08,
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'v') => 0x0b,
                Some(b'f') => 0x0c,
                Some(b'r') => b'\r',
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    Some(out)
}

/// Binds the values of a line as SQLite keeps them.
pub(super) fn bind<'t>(mut statement: Statement<'t>, table: &Table, line: &[u8]) -> StoreResult<Statement<'t>> {
    for (place, field) in fields(line).enumerate() {
        let form = table.columns[place].form;
        let value = unescaped(field);
        let bound = match (form, value) {
            (Form::Id, None) => Some(statement.bind(None::<Uuid>)),
            (Form::Bytes, None) => Some(statement.bind(None::<Vec<u8>>)),
            (Form::Integer | Form::Boolean, None) => Some(statement.bind(None::<i64>)),
            (Form::Text | Form::Date | Form::Moment, None) => Some(statement.bind(None::<String>)),
            (form, Some(value)) => bind_value(statement, form, value),
        };
        statement = bound.ok_or_else(|| unreadable(table, place))?;
    }
    Ok(statement)
}

fn bind_value(statement: Statement<'_>, form: Form, value: Vec<u8>) -> Option<Statement<'_>> {
    if form == Form::Bytes {
        return Some(statement.bind(bytes(&value)?));
    }
    let text = String::from_utf8(value).ok()?;
    Some(match form {
        Form::Id => statement.bind(Uuid::parse_str(&text).ok()?),
        Form::Integer => statement.bind(text.parse::<i64>().ok()?),
        Form::Boolean => statement.bind(i64::from(text == "t")),
        Form::Moment => statement.bind(moment(&text)?),
        Form::Text | Form::Date | Form::Bytes => statement.bind(text),
    })
}

fn bytes(value: &[u8]) -> Option<Vec<u8>> {
    let digits = value.strip_prefix(b"\\x")?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some((digit(pair[0])? << 4) | digit(*pair.get(1)?)?)).collect()
}

/// A moment as SQLite's driver writes it: with as many digits as it needs, of 0, 3 and 6.
fn moment(text: &str) -> Option<String> {
    let (day, time) = text.strip_suffix("+00")?.split_once(' ')?;
    let zeros = match time.len() {
        8 => 0,
        length @ 9..=12 => 12 - length,
        length => 15_usize.checked_sub(length)?,
    };
    Some(format!("{day}T{time}{}+00:00", &"000000"[..zeros]))
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;

    use super::*;

    #[test]
    fn moments_are_written_as_postgres_writes_them() {
        for (sqlite, line) in [
            ("2026-01-31T09:30:00+00:00", "2026-01-31 09:30:00+00"),
            ("2026-01-31T09:30:10Z", "2026-01-31 09:30:10+00"),
            ("2026-01-31T09:30:00.250+00:00", "2026-01-31 09:30:00.25+00"),
            ("2026-01-31T09:30:00.000001+00:00", "2026-01-31 09:30:00.000001+00"),
            ("2026-01-31T10:30:00+01:00", "2026-01-31 09:30:00+00"),
        ] {
            let mut out = Vec::new();
            put_moment(&mut out, sqlite).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), line);
            let parsed = sqlite.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(moment(line).unwrap(), parsed.to_rfc3339_opts(SecondsFormat::AutoSi, false));
        }
    }

    #[test]
    fn text_comes_back() {
        for text in ["", "\\N", "a\tb\nc\rd\\e\u{8}\u{b}\u{c}", "\\\\", "Ünï 🎉", "\\x41"] {
            let mut out = Vec::new();
            put_text(&mut out, text.as_bytes());
            assert!(!out.contains(&b'\n') && !out.contains(&b'\t') && out != NULL);
            assert_eq!(unescaped(&out).unwrap(), text.as_bytes());
        }
        assert_eq!(unescaped(NULL), None);
        let mut out = Vec::new();
        put_bytes(&mut out, &[0, 15, 255]);
        assert_eq!(out, br"\\x000fff");
        assert_eq!(bytes(&unescaped(&out).unwrap()).unwrap(), [0, 15, 255]);
    }
}
