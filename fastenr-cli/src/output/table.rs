//! Tables for people. On a terminal they fit its width, see [`super::fit`]; in a pipe every record is one whole line, for `grep`.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use fastenr_core::model::TimeZone;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::money::Cents;

use unicode_width::UnicodeWidthStr;

use super::fit::{CUT, Column, cut, cuts, fit};
use super::{Output, Paging, Record, Style};
use crate::fields::title;

/// A cell before it is fitted.
struct Shown {
    text: String,
    hue: Option<Color>,
}

/// One row per record.
pub(crate) struct List<'a> {
    fields: &'a [&'static Field],
    rows: Vec<Vec<Shown>>,
    style: Style,
    width: Option<usize>,
    out: Box<dyn Write + 'a>,
}

impl<'a> List<'a> {
    pub(crate) fn new(fields: &'a [&'static Field], style: Style, out: Box<dyn Write + 'a>) -> Self {
        Self { fields, rows: Vec::new(), style, width: width(), out }
    }
}

impl Output for List<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        self.rows.push(self.fields.iter().map(|field| shown(field, record, self.style.zone)).collect());
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn end(self: Box<Self>, _paging: Paging) -> io::Result<()> {
        let Self { fields, rows, style: Style { color, .. }, width, mut out } = *self;
        // No headers for an empty table.
        if rows.is_empty() {
            return Ok(());
        }
        let mut headers: Vec<String> = fields.iter().map(|field| title(field).to_string()).collect();
        let columns = fields.iter().enumerate().map(|(at, field)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.width());
            let header = headers.get(at).map_or(0, |header| header.width());
            Column { content: cells.max().unwrap_or(0).max(header), header, cuts: cuts(field) }
        });
        let columns: Vec<Column> = columns.collect();
        let widths =
            width.map_or_else(|| columns.iter().map(|column| column.content).collect(), |all| fit(&columns, all));
        headers.truncate(widths.len());
        let mut table = blank(color);
        let mut header: Vec<Cell> =
            fields.iter().zip(&headers).map(|(field, text)| align(field, heading(text, color))).collect();
        if widths.len() < fields.len() {
            header.push(heading(CUT, color));
        }
        table.set_header(header);
        for row in rows {
            let cells = row.into_iter().zip(fields).zip(&widths);
            table.add_row(
                cells.map(|((shown, field), width)| align(field, cell(cut(shown.text, *width), shown.hue, color))),
            );
        }
        finish(&mut table, &mut *out)
    }
}

/// One row per field. On a terminal, fields without a value are left out.
pub(crate) struct One<'a> {
    fields: &'a [&'static Field],
    table: Table,
    style: Style,
    width: Option<usize>,
    out: Box<dyn Write + 'a>,
}

impl<'a> One<'a> {
    pub(crate) fn new(fields: &'a [&'static Field], style: Style, out: Box<dyn Write + 'a>) -> Self {
        let mut table = blank(style.color);
        let width = width();
        // Values are wrapped at words.
        if width.is_some() {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        Self { fields, table, style, width, out }
    }
}

impl Output for One<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        let Style { color, zone } = self.style;
        let cells: Vec<Shown> = self.fields.iter().map(|field| shown(field, record, zone)).collect();
        let hides = self.width.is_some() && cells.iter().any(|cell| !cell.text.is_empty());
        for (field, shown) in self.fields.iter().zip(cells) {
            if !(hides && shown.text.is_empty()) {
                self.table.add_row([heading(&title(field), color), cell(shown.text, shown.hue, color)]);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn end(mut self: Box<Self>, _paging: Paging) -> io::Result<()> {
        finish(&mut self.table, &mut *self.out)
    }
}

/// The smallest width that tables are fitted to.
const NARROWEST: u16 = 20;

/// The terminal's; none in a pipe, and of a terminal that does not know its width and reports 0.
fn width() -> Option<usize> {
    Table::new().width().filter(|width| *width >= NARROWEST).map(usize::from)
}

fn blank(color: bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if color {
        table.enforce_styling();
    }
    table
}

fn finish(table: &mut Table, out: &mut dyn Write) -> io::Result<()> {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    out.flush()
}

fn heading(text: &str, color: bool) -> Cell {
    if color { Cell::new(text).add_attribute(Attribute::Bold) } else { Cell::new(text) }
}

fn align(field: &Field, cell: Cell) -> Cell {
    match field.meaning {
        meaning if meaning.is_number() || meaning == Meaning::Score => cell.set_alignment(CellAlignment::Right),
        _ => cell,
    }
}

fn shown(field: &Field, record: &dyn Record, zone: TimeZone) -> Shown {
    if record.unknown(field) {
        return Shown { text: "–".to_owned(), hue: None };
    }
    let value = record.value(field);
    let text = match (field.meaning, &value) {
        (Meaning::Money, Value::Integer(cents)) => thousands(*cents),
        (Meaning::Instant, Value::Instant(at)) => minute(zone, *at),
        _ => one_line(&field.text(&value)),
    };
    Shown { text, hue: hue(field, &value) }
}

fn cell(text: String, hue: Option<Color>, color: bool) -> Cell {
    match hue.filter(|_| color) {
        Some(hue) => Cell::new(text).fg(hue),
        None => Cell::new(text),
    }
}

fn hue(field: &Field, value: &Value) -> Option<Color> {
    match (field.meaning, value) {
        (Meaning::Choice(_), Value::Text(choice)) => match choice.as_str() {
            "active" | "achieved" | "positive" | "green" | "healthy" => Some(Color::Green),
            "at_risk" | "action_required" | "yellow" | "moderate" => Some(Color::Yellow),
            "concern" => Some(Color::DarkYellow),
            "churned" | "missed" | "negative" | "red" | "critical" => Some(Color::Red),
            "onboarding" => Some(Color::Cyan),
            _ => None,
        },
        (Meaning::Score, Value::Integer(score)) if field.name == "health_score" => Some(match score {
            80.. => Color::Green,
            60.. => Color::Yellow,
            40.. => Color::DarkYellow,
            _ => Color::Red,
        }),
        _ => None,
    }
}

/// `2026-03-01 14:00`, as clocks there show it.
pub(crate) fn minute(zone: TimeZone, at: DateTime<Utc>) -> String {
    zone.local(at).format("%Y-%m-%d %H:%M").to_string()
}

/// `1,234,567.50`; whole amounts without cents.
pub(crate) fn thousands(cents: i64) -> String {
    let text = Cents(cents).to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if part != "00" {
        grouped.push('.');
        grouped.push_str(part);
    }
    grouped
}

/// Control characters are shown, so that they cannot move the cursor.
pub(crate) fn one_line(text: &str) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globals::Format;
    use crate::output::Shape;
    use crate::output::testing::{ACME, NEW, render};

    #[test]
    fn a_list() {
        let text = render(
            Format::Table,
            Shape::List,
            &["name", "status", "health_score", "churn_risk_score", "arr", "contract_end"],
            &[ACME, NEW],
            false,
        );
        let expected = "\
name        status      health  risk           ARR  renewal
Acme, Inc.  at_risk         35    80  1,234,567.50  2026-05-01
=New        onboarding       –     –
";
        assert_eq!(text, expected);
        assert_eq!(render(Format::Table, Shape::List, &["name"], &[], false), "");
    }

    #[test]
    fn one_record() {
        let text = render(Format::Table, Shape::One, &["name", "arr", "tags"], &[ACME], false);
        assert_eq!(text, "name  Acme, Inc.\nARR   1,234,567.50\ntags  a, b\n");
    }

    #[test]
    fn colours_only_where_asked() {
        assert!(render(Format::Table, Shape::List, &["status"], &[ACME], true).contains("\u{1b}["));
        assert!(!render(Format::Table, Shape::List, &["status"], &[ACME], false).contains('\u{1b}'));
    }

    #[test]
    fn amounts_and_lines() {
        for (cents, text) in [(0, "0"), (99_999, "999.99"), (100_000, "1,000"), (-123_456_700, "-1,234,567")] {
            assert_eq!(thousands(cents), text);
        }
        assert_eq!(one_line("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
    }
}
