//! One JSON object a line.

use std::io::{self, Write};

use fastenr_core::model::noun::Field;

use super::{Output, Paging, Record};

pub(crate) struct Jsonl<'a> {
    fields: &'a [&'static Field],
    out: Box<dyn Write + 'a>,
}

impl<'a> Jsonl<'a> {
    pub(crate) fn new(fields: &'a [&'static Field], out: Box<dyn Write + 'a>) -> Self {
        Self { fields, out }
    }
}

impl Output for Jsonl<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        object(&mut *self.out, self.fields, record)?;
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(mut self: Box<Self>, _paging: Paging) -> io::Result<()> {
        self.out.flush()
    }
}

/// A record as an object with these members, in their order.
pub(crate) fn object(out: &mut dyn Write, fields: &[&'static Field], record: &dyn Record) -> io::Result<()> {
    for (at, field) in fields.iter().enumerate() {
        // Names of fields are plain ASCII words: nothing to escape.
        write!(out, "{}\"{}\":", if at == 0 { '{' } else { ',' }, field.name)?;
        serde_json::to_writer(&mut *out, &field.json(&record.value(field)))?;
    }
    out.write_all(if fields.is_empty() { b"{}" } else { b"}" })
}

#[cfg(test)]
mod tests {
    use crate::globals::Format;
    use crate::output::Shape;
    use crate::output::testing::{ACME, NEW, render};

    #[test]
    fn a_record_a_line() {
        let names = ["name", "arr", "tags", "custom_fields", "auto_renew", "contract_end"];
        let expected = concat!(
            r#"{"name":"Acme, Inc.","arr":1234567.5,"tags":["a","b"],"custom_fields":{"tier":"gold"},"#,
            r#""auto_renew":true,"contract_end":"2026-05-01"}"#,
            "\n",
            r#"{"name":"=New","arr":null,"tags":[],"custom_fields":{},"auto_renew":null,"contract_end":null}"#,
            "\n"
        );
        assert_eq!(render(Format::Jsonl, Shape::List, &names, &[ACME, NEW], false), expected);
    }
}
