//! Lines above the header: titles of reports, dates of exports, a second header. What is no header is only passed over where the
//! file proves it, and that is said.

use crate::error::{Note, Setting, Text};
use crate::say;
use std::collections::HashSet;

use memchr::memchr_iter;

use super::dialect::lines_of;
use super::quotes::Quoting;
use crate::model::noun::fold_header;
use crate::model::nouns::NOUNS;
use crate::model::number::counted;

/// Lines that are looked at.
pub(super) const SAMPLE: usize = 130;
/// Titles are no longer than this.
const MOST_TITLES: usize = 30;

/// A line with content, before it is known which one is the header.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Physical lines that it begins and ends in, from 1; of a sheet its row.
    pub(super) number: u64,
    pub(super) end: u64,
    /// Where it begins in the head of the file.
    pub(super) start: usize,
    /// Places that have something in them, ascending.
    filled: Vec<usize>,
    /// Fields that it has, filled or not.
    fields: usize,
    texts: Vec<String>,
}

/// Where the header stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderPlace {
    /// In the first line.
    First,
    /// Below titles.
    At(usize),
    /// Two lines one below the other look like one.
    Two(usize),
}

impl Line {
    pub(super) fn of_cells<'t>(number: u64, cells: impl Iterator<Item = (usize, &'t str)>) -> Self {
        let mut line = Self { number, end: number, ..Self::default() };
        for (place, text) in cells {
            line.fields = place + 1;
            let text = text.trim_matches(super::is_blank);
            if !text.is_empty() {
                line.filled.push(place);
                line.texts.push(text.chars().take(100).collect());
            }
        }
        // A sheet has all columns everywhere.
        line.fields = usize::MAX;
        line
    }

    /// Of a text, with the byte and the lines where it stands.
    pub(super) fn of_fields<'t>(
        start: usize,
        (number, end): (u64, u64),
        fields: impl Iterator<Item = &'t str>,
    ) -> Self {
        let mut count = 0;
        let counting = fields.enumerate().inspect(|(place, _)| count = place + 1);
        let line = Self::of_cells(number, counting);
        Self { start, end, fields: count, ..line }
    }

    pub(super) const fn is_blank(&self) -> bool {
        self.filled.is_empty()
    }

    /// Whether it has empty cells.
    fn has_holes(&self) -> bool {
        let last = self.filled.last().map_or(0, |last| last + 1);
        last > self.filled.len() || (self.fields < usize::MAX && self.fields > self.filled.len())
    }

    fn covers(&self, others: &[Self]) -> bool {
        others.iter().all(|other| other.filled.iter().all(|place| self.filled.binary_search(place).is_ok()))
    }

    /// Whether its cells could be names of columns: all of them different, none a mere number.
    pub(super) fn is_header_like(&self) -> bool {
        let mut seen = HashSet::new();
        self.filled.len() > 1
            && self.texts.iter().all(|text| text.chars().any(char::is_alphabetic) && seen.insert(text.to_lowercase()))
    }

    /// Cells that are called as fields are. Those of a history of fields, such as `old` and `new`, are words of any table.
    fn known(&self) -> usize {
        let nouns = || NOUNS.iter().filter(|noun| noun.imports() && noun.names_field().is_none());
        let known = |text: &&String| nouns().any(|noun| noun.field_by_header(text).is_some());
        self.texts.iter().filter(known).count()
    }
}

/// Which of the lines, of which none is blank, is the header.
///
/// The first one is, if it names every column that has data. Else the first that does so and whose cells could be names, if each
/// line above it is a title: one cell, in a line with room for more or with a blank line before the header, or above cells of which
/// two are called as fields are.
pub(super) fn header_at(lines: &[Line]) -> HeaderPlace {
    let Some((first, rest)) = lines.split_first() else { return HeaderPlace::First };
    if first.covers(rest) {
        let Some(second) = rest.first() else { return HeaderPlace::First };
        let folded: HashSet<String> = first.texts.iter().map(|text| fold_header(text)).collect();
        let is_new = second.texts.iter().all(|text| !folded.contains(&fold_header(text)));
        if second.texts.len() < 2 || !is_new {
            return HeaderPlace::First;
        }
        let (above, below, cells) = (first.known(), second.known(), second.texts.len());
        // A title as wide as the table, or the names of groups of columns.
        let is_header = below == cells || (below > 1 && below * 2 > cells && above == 0 && second.is_header_like());
        return if is_header && (first.is_header_like() || above < below) {
            HeaderPlace::Two(1)
        } else {
            HeaderPlace::First
        };
    }
    let Some(at) = (1..lines.len().min(MOST_TITLES)).find(|&at| lines[at].covers(&lines[at + 1..])) else {
        return HeaderPlace::First;
    };
    let (titles, header) = (&lines[..at], &lines[at]);
    if !header.is_header_like() {
        return HeaderPlace::First;
    }
    let Some(above) = titles.last() else { return HeaderPlace::First };
    let has_gap = header.number > above.end + 1;
    let is_known = header.known() > 1;
    // A row may have more cells than the header has names: that is for the row to say.
    if above.known() > 1 && header.known() == 0 {
        return HeaderPlace::First;
    }
    if above.filled.len() > 1 && !has_gap {
        // A header with a name too few for its rows is no header of groups.
        return if above.has_holes() || is_known { HeaderPlace::Two(at) } else { HeaderPlace::First };
    }
    // What is as wide as the header, or stands to the right of where it begins, is no title.
    let are_small = titles.iter().all(|title| {
        title.filled.len() <= 2 && title.filled.len() < header.filled.len() && title.filled[0] <= header.filled[0]
    });
    let are_titles = titles.iter().all(|title| {
        let has_room = title.fields > 1 || has_gap;
        title.known() < title.filled.len() && (has_gap || title.filled.len() == 1) && has_room
    });
    if are_small && (is_known || are_titles) { HeaderPlace::At(at) } else { HeaderPlace::First }
}

/// How the header is said that is not the first line.
pub(super) fn told(header: &Line, word: &'static str) -> Note {
    let names: Vec<&str> = header.texts.iter().take(3).map(String::as_str).collect();
    let more = if header.texts.len() > names.len() { ", …" } else { "" };
    let names = names.join(", ");
    Note::from(format!("{word} {} is the header ({names}{more}): everything above it is skipped", header.number))
        .hint(say!("{} uses the first {}", Setting::SkipLines.is(0), word))
}

/// What is wrong with two headers, and the way out.
pub(super) fn two(lines: &[Line], at: usize, word: &'static str) -> (String, Text) {
    let (one, other) = (&lines[at - 1], &lines[at]);
    let message = format!("{word}s {} and {} both look like the header", one.number, other.number);
    let take =
        |line: &Line| say!("{} takes {} {} as the header", Setting::SkipLines.is(line.number - 1), word, line.number);
    let mut ways = vec![take(other)];
    // Names that stand twice, or columns without one, would be refused in turn.
    if one.is_header_like() && !one.has_holes() {
        ways.push(take(one));
    }
    (message, Text::joined(ways, ", "))
}

/// A sentence about lines that are comments, if there are any.
pub(super) fn comments_told(count: u64, mark: Option<&str>) -> Option<String> {
    let mark = mark.filter(|_| count > 0)?;
    Some(format!("skipped {} that begin with {mark:?}", counted(count, "line", "lines")))
}

/// The header of a text that is not in its first line, the delimiter by which it is found, and what is to be said.
pub(super) struct HeaderBelowTitles {
    pub(super) delimiter: u8,
    pub(super) lines: Vec<Line>,
    pub(super) found: HeaderPlace,
}

/// Looks for titles at the head of a text; the first of the delimiters is the one that its first line shows.
pub(super) fn titled(
    head: &[u8],
    whole: bool,
    quotings: &[Quoting],
    comment: Option<&str>,
) -> Option<HeaderBelowTitles> {
    let mut best: Option<HeaderBelowTitles> = None;
    for (nth, quoting) in quotings.iter().enumerate() {
        let lines = lines_of(head, whole, *quoting, SAMPLE, comment);
        let found = header_at(&lines);
        let at = match found {
            HeaderPlace::First => {
                // A first line of several cells that names all columns is what it seems to be.
                if nth == 0 && lines.first().is_some_and(|line| line.filled.len() > 1 && line.covers(&lines[1..])) {
                    return None;
                }
                continue;
            }
            HeaderPlace::At(at) | HeaderPlace::Two(at) => at,
        };
        let wider = |best: &HeaderBelowTitles| {
            let (HeaderPlace::At(place) | HeaderPlace::Two(place)) = best.found else { return true };
            lines[at].filled.len() > best.lines[place].filled.len()
        };
        if best.as_ref().is_none_or(wider) {
            best = Some(HeaderBelowTitles { delimiter: quoting.delimiter, lines, found });
        }
    }
    best
}

/// How many physical lines there are in a text.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', text).count();
    let lone = memchr_iter(b'\r', text).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + lone) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> HeaderPlace {
        let mut lines = Vec::new();
        for (number, line) in text.split('\n').enumerate() {
            let line = Line::of_fields(0, (number as u64 + 1, number as u64 + 1), line.split(','));
            if !line.is_blank() {
                lines.push(line);
            }
        }
        header_at(&lines)
    }

    #[test]
    fn titles_are_proven() {
        for (text, header) in [
            ("external_id,name\nA-1,Acme", HeaderPlace::First),
            ("name\nAcme\nGlobex", HeaderPlace::First),
            ("external_id,name,\nA-1,Acme,", HeaderPlace::First),
            ("Customer list,,\nGenerated 01.12.2025,,\n,,\nexternal_id,name,arr\nA-1,Acme,100", HeaderPlace::At(2)),
            ("Customer list\n\nexternal_id,name,arr\nA-1,Acme,100", HeaderPlace::At(1)),
            ("Customer list\nexternal_id,name,arr\nA-1,Acme,100", HeaderPlace::At(1)),
            ("Report,Customers,\nDate,2025-12-01,\n\nKunde,Umsatz,Ort\nAcme,5,X", HeaderPlace::At(2)),
            ("Kundenliste,,\nKunde,Umsatz,Ort\nAcme,5,X", HeaderPlace::At(1)),
            // No proof: it may be a header with too few names.
            ("name\nAcme, Inc\nGlobex, LLC", HeaderPlace::First),
            ("name\n\nAcme, Inc\nGlobex, LLC", HeaderPlace::First),
            ("external_id,name\nA-1,Acme,Retail", HeaderPlace::First),
            ("Customer,,Money,\nID,Name,ARR,End\nA-1,Acme,5,2026-01-01", HeaderPlace::Two(1)),
            ("Account ID,Customer\nexternal_id,name\nA-1,Acme", HeaderPlace::Two(1)),
            ("external_id,name\nexternal_id,name\nA-1,Acme", HeaderPlace::First),
            ("Report,Customer list,2025\nexternal_id,name,arr\nA-1,Acme,5", HeaderPlace::Two(1)),
            ("Account,Account,Revenue\nexternal_id,name,arr\nA-1,Acme,5", HeaderPlace::Two(1)),
            ("Usage,November,2026,x\naccount,metric_date,logins,note\nA-1,2026-11-01,5,x", HeaderPlace::Two(1)),
            ("Todo,all,2026\ntitle,account,due_date\nCall,A-1,2026-12-01", HeaderPlace::Two(1)),
            // A row with a cell too many is no header.
            ("external_id,name,\nA-1,Acme,x", HeaderPlace::First),
            ("name,2025,2026\nAcme,5,6", HeaderPlace::First),
            ("Title,,\n,,\n1,2,3\n4,5,6", HeaderPlace::First),
            // A row with a field too many, and a blank line behind it, make no titles of the rows above.
            ("id,name\n,ja,\na,b\n,x,y\n\na,b,c", HeaderPlace::First),
            (",name\na,b\nc,d", HeaderPlace::First),
            ("", HeaderPlace::First),
        ] {
            assert_eq!(found(text), header, "{text}");
        }
    }
}
