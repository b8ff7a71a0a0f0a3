//! Comma-separated values with a header, safe to open in a spreadsheet.

use std::io::{self, Write};

use fastenr_core::export::Delimited;
pub(crate) use fastenr_core::export::Dialect;
use fastenr_core::model::noun::Field;

use super::{Output, Paging, Record};

pub(crate) struct Csv<'a>(Delimited<Box<dyn Write + 'a>>);

impl<'a> Csv<'a> {
    pub(crate) fn new(fields: &[&'static Field], dialect: Dialect, out: Box<dyn Write + 'a>) -> io::Result<Self> {
        Delimited::new(fields, dialect, out).map(Self)
    }
}

impl Output for Csv<'_> {
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
    use super::*;
    use crate::globals::Format;
    use crate::output::Shape;
    use crate::output::testing::{ACME, NEW, render};

    #[test]
    fn quotes_and_guards() {
        assert_eq!(
            render(Format::Csv, Shape::List, &["name", "arr", "tags"], &[ACME, NEW], false),
            "name,arr,tags\n\"Acme, Inc.\",1234567.50,\"a, b\"\n'=New,,\n"
        );
    }

    #[test]
    fn for_excel() {
        let fields = crate::fields::named(&fastenr_core::model::account::ACCOUNT, &["name"]);
        let mut text = Vec::new();
        let dialect = Dialect { delimiter: b'\t', guard: false, excel: true };
        let mut output = Box::new(Csv::new(&fields, dialect, Box::new(&mut text)).unwrap());
        output.record(&NEW).unwrap();
        output.end(Paging::whole(1)).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "\u{feff}name\r\n=New\r\n");
    }
}
