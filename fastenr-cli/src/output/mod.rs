//! Records as text, one file per format. To add one, implement [`Output`] and name it in [`open`].

mod csv;
mod facts;
mod fit;
mod json;
mod jsonl;
mod layout;
mod table;

pub(crate) use self::csv::{Csv, Dialect};
pub(crate) use facts::{facts, object};
pub(crate) use jsonl::Jsonl;
pub(crate) use layout::{bar, capital, columns, percent, sparkline};
pub(crate) use table::{minute, one_line, thousands};

use std::io::{self, Write};

use fastenr_core::Result;
use fastenr_core::export::Row;
use fastenr_core::model::TimeZone;
use fastenr_core::model::account::Account;
use fastenr_core::model::attachment::Attachment;
use fastenr_core::model::cursor::{Extent, Part};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::{Found, Page};
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::model::number::grouped;
use fastenr_core::model::organization::Organization;
use fastenr_core::model::segment::Segment;
use fastenr_core::model::user::User;

use crate::app::App;
use crate::globals::Format;
use crate::printer::writing;

/// Anything with fields.
pub(crate) trait Record {
    fn value(&self, field: &Field) -> Value;

    /// The value's text where it needs no formatting, without a copy.
    fn plain_text(&self, _field: &Field) -> Option<&str> {
        None
    }

    /// The name or title of the record.
    fn title(&self) -> String;

    /// The value is unknown, although the field is always shown.
    fn unknown(&self, _field: &Field) -> bool {
        false
    }
}

/// Lists and exports write values in the same way.
impl Row for dyn Record + '_ {
    fn value(&self, field: &Field) -> Value {
        Record::value(self, field)
    }

    fn plain_text(&self, field: &Field) -> Option<&str> {
        Record::plain_text(self, field)
    }
}

impl Record for Account {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }

    fn plain_text(&self, field: &Field) -> Option<&str> {
        self.plain_text(field)
    }

    fn unknown(&self, field: &Field) -> bool {
        matches!(field.name, "health_score" | "churn_risk_score") && self.value(field).is_null()
    }
}

impl Record for User {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Record for Attachment {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Record for Entry {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.title()
    }
}

impl Record for Organization {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Record for Segment {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }
}

/// The page of a list: its number, its size, the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    pub total: u64,
    /// There are more than `total`, which were not counted.
    pub is_minimum: bool,
    pub page: u64,
    pub limit: u64,
    pub has_more: bool,
}

impl Paging {
    pub(crate) fn of<T>(found: &Found<T>) -> Self {
        let Page { number: page, limit } = found.page;
        Self { total: found.total, is_minimum: false, page, limit, has_more: found.has_more() }
    }

    /// Of a part whose total was asked for.
    pub(crate) fn of_part<T>(part: &Part<T>, page: Page) -> Self {
        let total = part.total.unwrap_or(Extent::Exactly(0));
        let Page { number, limit } = page;
        Self { total: total.count(), is_minimum: total.is_minimum(), page: number, limit, has_more: part.has_more() }
    }

    /// `312`, `10,000+`.
    pub(crate) fn total_shown(self) -> String {
        format!("{}{}", grouped(self.total), if self.is_minimum { "+" } else { "" })
    }

    /// All of `total` on one page.
    pub(crate) const fn whole(total: u64) -> Self {
        Self { total, is_minimum: false, page: 1, limit: total, has_more: false }
    }
}

/// Writes records, one after the other.
pub(crate) trait Output {
    fn record(&mut self, record: &dyn Record) -> io::Result<()>;

    /// Flushes what was written so far, if the format can do that before the end.
    fn flush(&mut self) -> io::Result<()>;

    /// Writes what follows the last record.
    fn end(self: Box<Self>, paging: Paging) -> io::Result<()>;
}

/// One record or a list of them: JSON and tables tell the two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    List,
}

fn open<'a>(
    format: Format,
    shape: Shape,
    fields: &'a [&'static Field],
    style: Style,
    out: Box<dyn Write + 'a>,
) -> io::Result<Box<dyn Output + 'a>> {
    Ok(match (format, shape) {
        (Format::Table, Shape::List) => Box::new(table::List::new(fields, style, out)),
        (Format::Table, Shape::One) => Box::new(table::One::new(fields, style, out)),
        (Format::Json, Shape::List) => Box::new(json::Envelope::new(fields, out)?),
        (Format::Json | Format::Jsonl, _) => Box::new(Jsonl::new(fields, out)),
        (Format::Csv, _) => Box::new(Csv::new(fields, Dialect::default(), out)?),
    })
}

/// How tables look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub color: bool,
    /// The clocks that times are read on: the organization's.
    pub zone: TimeZone,
}

impl App {
    fn style(&self) -> Style {
        Style { color: self.printer.colored(), zone: self.zone }
    }

    /// A list in the chosen format, written record by record.
    pub(crate) fn list<'a>(&'a mut self, fields: &'a [&'static Field]) -> Result<Box<dyn Output + 'a>> {
        let (format, style) = (self.settings.output, self.style());
        open(format, Shape::List, fields, style, Box::new(self.printer.data())).map_err(writing)
    }

    /// One record in the chosen format.
    pub(crate) fn show(&mut self, fields: &[&'static Field], record: &dyn Record) -> Result<()> {
        let (format, style) = (self.settings.output, self.style());
        let mut write = || -> io::Result<()> {
            let mut output = open(format, Shape::One, fields, style, Box::new(self.printer.data()))?;
            output.record(record)?;
            output.end(Paging::whole(1))
        };
        write().map_err(writing)
    }

    /// A list that is in memory.
    pub(crate) fn show_all<R: Record>(
        &mut self,
        fields: &[&'static Field],
        records: &[R],
        paging: Paging,
    ) -> Result<()> {
        let mut output = self.list(fields)?;
        let mut write = || records.iter().try_for_each(|record| output.record(record));
        write().map_err(writing)?;
        output.end(paging).map_err(writing)
    }
}

/// The records that the formats are tested with.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// An account whose every value is what [`Field::parse`] makes of the text.
    pub(crate) struct Sample(pub &'static [(&'static str, &'static str)]);

    impl Record for Sample {
        fn value(&self, field: &Field) -> Value {
            let text = self.0.iter().find(|(name, _)| *name == field.name).map_or("", |(_, text)| *text);
            field.parse(text).unwrap_or_default()
        }

        fn title(&self) -> String {
            String::new()
        }

        fn unknown(&self, field: &Field) -> bool {
            field.name.ends_with("_score") && self.value(field).is_null()
        }
    }

    pub(crate) const ACME: Sample = Sample(&[
        ("name", "Acme, Inc."),
        ("status", "at_risk"),
        ("arr", "1234567.50"),
        ("health_score", "35"),
        ("churn_risk_score", "80"),
        ("tags", "b, a"),
        ("custom_fields", r#"{"tier":"gold"}"#),
        ("contract_end", "2026-05-01"),
        ("auto_renew", "true"),
    ]);

    pub(crate) const NEW: Sample = Sample(&[("name", "=New"), ("status", "onboarding")]);

    pub(crate) fn render(format: Format, shape: Shape, names: &[&str], samples: &[Sample], color: bool) -> String {
        let fields = crate::fields::named(&fastenr_core::model::account::ACCOUNT, names);
        let mut text = Vec::new();
        let style = Style { color, zone: TimeZone::UTC };
        let mut output = open(format, shape, &fields, style, Box::new(&mut text)).unwrap();
        for sample in samples {
            output.record(sample).unwrap();
        }
        output.end(Paging { total: 7, is_minimum: false, page: 1, limit: 2, has_more: true }).unwrap();
        String::from_utf8(text).unwrap()
    }
}
