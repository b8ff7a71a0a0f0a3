//! A list as one JSON document, written record by record.

use std::io::{self, Write};

use fastenr_core::export::object;
use fastenr_core::model::noun::Field;

use super::{Output, Paging, Record};

/// `{"data":[…],"total":n,"page":1,"limit":25,"hasMore":bool}`, as the HTTP API answers.
pub(crate) struct Envelope<'a> {
    fields: &'a [&'static Field],
    out: Box<dyn Write + 'a>,
    first: bool,
}

impl<'a> Envelope<'a> {
    pub(crate) fn new(fields: &'a [&'static Field], mut out: Box<dyn Write + 'a>) -> io::Result<Self> {
        out.write_all(b"{\"data\":[")?;
        Ok(Self { fields, out, first: true })
    }
}

impl Output for Envelope<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        if !std::mem::replace(&mut self.first, false) {
            self.out.write_all(b",")?;
        }
        object(&mut *self.out, self.fields, record)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(mut self: Box<Self>, paging: Paging) -> io::Result<()> {
        let Paging { total, is_minimum, page, limit, has_more } = paging;
        let minimum = if is_minimum { "\"totalIsMinimum\":true," } else { "" };
        writeln!(self.out, "],\"total\":{total},{minimum}\"page\":{page},\"limit\":{limit},\"hasMore\":{has_more}}}")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use crate::globals::Format;
    use crate::output::Shape;
    use crate::output::testing::{ACME, NEW, render};

    #[test]
    fn the_envelope() {
        assert_eq!(
            render(Format::Json, Shape::List, &["name", "arr"], &[ACME, NEW], false),
            r#"{"data":[{"name":"Acme, Inc.","arr":1234567.5},{"name":"=New","arr":null}],"total":7,"page":1,"limit":2,"hasMore":true}"#
                .to_owned() + "\n"
        );
        assert_eq!(
            render(Format::Json, Shape::List, &["name"], &[], false),
            "{\"data\":[],\"total\":7,\"page\":1,\"limit\":2,\"hasMore\":true}\n"
        );
        assert_eq!(render(Format::Json, Shape::One, &["name"], &[NEW], false), "{\"name\":\"=New\"}\n");
    }
}
