//! Texts that the cells of a workbook share: kept one after the other, so that they cost little more than their bytes.

use std::io::Read;

use quick_xml::events::Event;

use super::too_large;
use super::xml::{Xml, append, unescaped};
use crate::Result;
use crate::import::source::file::Source;

/// Bytes of all of them.
const MOST: usize = 256 << 20;

#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)? as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        self.text.get(start..end)
    }

    pub(super) fn push(&mut self, source: &Source, text: &str) -> Result<()> {
        self.text.push_str(text);
        // An end costs bytes too.
        let bytes = self.text.len() + 4 * self.ends.len();
        match u32::try_from(self.text.len()).ok().filter(|_| bytes <= MOST) {
            Some(end) => self.ends.push(end),
            None => return Err(too_large(source, &format!("{} MiB of shared texts", MOST >> 20))),
        }
        Ok(())
    }

    /// The part `sharedStrings.xml`.
    pub(super) fn read<R: Read>(source: &Source, mut xml: Xml<R>) -> Result<Self> {
        let mut strings = Self::default();
        let mut text = String::new();
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "si" => {
                    text.clear();
                    rich_text(&mut xml, &mut text)?;
                    strings.push(source, &unescaped(&text))?;
                }
                Event::Eof => return Ok(strings),
                _ => {}
            }
        }
    }
}

/// The text of an element that was begun, which may be in runs of different fonts. How it is spoken (`rPh`) is no part of it.
pub(super) fn rich_text<R: Read>(xml: &mut Xml<R>, out: &mut String) -> Result<()> {
    let (mut depth, mut in_text, mut spoken) = (0_u32, false, 0_u32);
    loop {
        match xml.next()? {
            Event::Start(element) => {
                depth += 1;
                match element.local_name().as_ref() {
                    "rPh" => spoken += 1,
                    "t" => in_text = spoken == 0,
                    _ => {}
                }
            }
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(element) => {
                depth -= 1;
                match element.local_name().as_ref() {
                    "rPh" => spoken = spoken.saturating_sub(1),
                    "t" => in_text = false,
                    _ => {}
                }
            }
            Event::Eof => return Err(xml.breaks_off()),
            event if in_text => append(&event, out),
            _ => {}
        }
        xml.fits(out)?;
    }
}
