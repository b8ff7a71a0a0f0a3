//! One JSON object per line.

use std::io::{self, Write};

use fastenr_core::export::Lines;
use fastenr_core::model::noun::Field;

use super::{Output, Paging, Record};

pub(crate) struct Jsonl<'a>(Lines<Box<dyn Write + 'a>>);

impl<'a> Jsonl<'a> {
    pub(crate) fn new(fields: &[&'static Field], out: Box<dyn Write + 'a>) -> Self {
        Self(Lines::new(fields, out))
    }
}

impl Output for Jsonl<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        self.0.row(record)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn end(mut self: Box<Self>, _paging: Paging) -> io::Result<()> {
        self.0.flush()
    }
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
