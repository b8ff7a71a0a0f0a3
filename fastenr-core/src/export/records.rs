//! Delimited records, quoted so that a reader that doubts every quote reads them back.

use std::io::{self, Write};

use memchr::{memchr, memchr2};

/// Bytes that are gathered before they are written.
const BLOCK: usize = 1 << 16;

/// Writes records cell by cell. A cell that needs quotes has them; a record that spans lines has all its cells quoted, so that
/// no line of it is taken for a row of its own.
#[derive(Debug)]
pub struct RecordWriter<W: Write> {
    out: W,
    delimiter: u8,
    end: &'static [u8],
    /// The record at hand: its cells without quotes, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Records that are not yet written.
    block: Vec<u8>,
}

impl<W: Write> RecordWriter<W> {
    /// `crlf` ends lines as Excel does.
    pub const fn new(out: W, delimiter: u8, crlf: bool) -> Self {
        let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
        Self { out, delimiter, end, cells: Vec::new(), ends: Vec::new(), block: Vec::new() }
    }

    /// The next cell of the record at hand.
    pub fn write_field(&mut self, cell: impl AsRef<[u8]>) {
        self.cells.extend_from_slice(cell.as_ref());
        self.ends.push(self.cells.len());
    }

    /// The last cells of the record at hand, and its end.
    ///
    /// # Errors
    /// Those of the writer below.
    pub fn write_record<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        cells.into_iter().for_each(|cell| self.write_field(cell));
        let spans = memchr2(b'\n', b'\r', &self.cells).is_some();
        // An empty line would be no record.
        let all = spans || (self.ends.len() == 1 && self.cells.is_empty());
        let some = all || memchr2(self.delimiter, b'"', &self.cells).is_some();
        let mut start = 0;
        for (at, &end) in self.ends.iter().enumerate() {
            if at > 0 {
                self.block.push(self.delimiter);
            }
            let cell = &self.cells[start..end];
            if all || (some && memchr2(self.delimiter, b'"', cell).is_some()) {
                quote(cell, &mut self.block);
            } else {
                self.block.extend_from_slice(cell);
            }
            start = end;
        }
        self.block.extend_from_slice(self.end);
        self.cells.clear();
        self.ends.clear();
        if self.block.len() >= BLOCK { self.write_block() } else { Ok(()) }
    }

    /// # Errors
    /// Those of the writer below.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_block()?;
        self.out.flush()
    }

    /// # Errors
    /// Those of the writer below.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.out.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }
}

fn quote(mut cell: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    while let Some(at) = memchr(b'"', cell) {
        out.extend_from_slice(&cell[..=at]);
        out.push(b'"');
        cell = &cell[at + 1..];
    }
    out.extend_from_slice(cell);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(records: &[&[&str]]) -> String {
        let mut writer = RecordWriter::new(Vec::new(), b',', false);
        for record in records {
            writer.write_record(*record).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn quotes_stand_where_they_are_needed() {
        assert_eq!(written(&[&["a", "b,c", "d\"e", "", " f"]]), "a,\"b,c\",\"d\"\"e\",, f\n");
        assert_eq!(written(&[&[""], &["x"]]), "\"\"\nx\n");
    }

    #[test]
    fn a_record_that_spans_lines_is_quoted_throughout() {
        assert_eq!(written(&[&["a", "b\nc", ""], &["d", "e", "f"]]), "\"a\",\"b\nc\",\"\"\nd,e,f\n");
        assert_eq!(written(&[&["a\rb", "c"]]), "\"a\rb\",\"c\"\n");
    }
}
