//! The encoding of a file that is not UTF-8: found with a proof, or refused with what each encoding would make of it.
//!
//! All words with bytes above 7F are read by every encoding in question. Those that read them alike are one. What
//! doesn't decode, or doesn't look like words, is out. Where several are left, the statistics of chardetng must speak for
//! one of them word by word.

mod sample;

use crate::error::{Setting, Text};
use crate::say;
use std::collections::HashSet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{self as tables, Encoding as Table};

use self::sample::Sample;
use super::encoding::Encoding;
use super::file::Source;
use super::plausible::{Plausibility, look, oddity};
use crate::{Error, Result};

/// In the order of preference among those that read alike.
const CANDIDATES: [&Table; 25] = [
    tables::WINDOWS_1252,
    tables::ISO_8859_15,
    tables::MACINTOSH,
    tables::WINDOWS_1250,
    tables::ISO_8859_2,
    tables::WINDOWS_1254,
    tables::WINDOWS_1257,
    tables::ISO_8859_13,
    tables::WINDOWS_1251,
    tables::KOI8_U,
    tables::IBM866,
    tables::ISO_8859_5,
    tables::X_MAC_CYRILLIC,
    tables::WINDOWS_1253,
    tables::ISO_8859_7,
    tables::WINDOWS_1255,
    tables::WINDOWS_1256,
    tables::ISO_8859_6,
    tables::WINDOWS_874,
    tables::WINDOWS_1258,
    tables::SHIFT_JIS,
    tables::EUC_JP,
    tables::GBK,
    tables::BIG5,
    tables::EUC_KR,
];

/// Words that are asked for their encoding one by one.
const MOST_VOTERS: usize = 400;
/// Encodings that a refusal shows.
const MOST_SHOWN: usize = 3;

/// An encoding, and all that read every word as it does.
struct Reading {
    table: &'static Table,
    words: Vec<String>,
    /// Words out of a thousand that don't look like words.
    odd: usize,
    /// Whether it is what the statistics make of all words together.
    guessed: bool,
}

/// A word, and how the statistics read it alone.
struct Vote {
    place: usize,
    read: String,
}

/// Why an encoding is not certain.
pub(super) struct EncodingDoubt {
    /// Whether some words are UTF-8.
    pub(super) utf8: Option<String>,
    /// Whether any encoding makes words of it.
    pub(super) plausible: bool,
    /// What encodings make of the same three cells.
    pub(super) readings: Vec<(Encoding, Vec<String>)>,
}

/// What is known of the encoding of a source, none of whose bytes tell it for certain.
pub(super) enum Detected {
    /// With words as they are read.
    Certain(Encoding, Vec<String>),
    Unsure(EncodingDoubt),
}

/// Looks through the whole source.
///
/// Errors: `io`, `gzip`.
pub(super) fn detect(source: &Source) -> Result<Detected> {
    let sample = Sample::take(source)?;
    Ok(sample.settle())
}

impl Sample {
    fn settle(&self) -> Detected {
        let guess = guess(&self.words);
        let mut readings: Vec<Reading> = Vec::new();
        let others = [guess].into_iter().filter(|guess| !CANDIDATES.contains(guess));
        for table in CANDIDATES.into_iter().chain(others) {
            let Some(words) = self.words.iter().map(|word| decode(table, word)).collect::<Option<Vec<String>>>() else {
                continue;
            };
            if let Some(known) = readings.iter_mut().find(|known| known.words == words) {
                known.guessed |= table == guess;
                continue;
            }
            let odd = oddity(&words, is_western(table));
            readings.push(Reading { table, words, odd, guessed: table == guess });
        }
        let votes = self.votes(&readings);
        // A few odd words are in any large file; what has more is not read, but may still be what was meant.
        let clean: Vec<&Reading> = readings.iter().filter(|reading| reading.odd <= 50).collect();
        let rivals = |most: usize| readings.iter().filter(move |reading| reading.odd <= most);
        let wins = |reading: &&&Reading| {
            let usual = reading.table == tables::WINDOWS_1252;
            let alone = rivals(500).count() == 1 && self.words.len() >= 3;
            let beats = |rival: &Reading| {
                let (own, others) = duel(reading, rival, &votes);
                match usual {
                    true => own > 2 * others || (others == 0 && reading.guessed),
                    false => own >= 3.max(4 * others),
                }
            };
            (usual || reading.guessed || alone)
                && rivals(if usual { 200 } else { 500 }).filter(|rival| rival.table != reading.table).all(beats)
        };
        let winner = clean.iter().find(wins).copied();
        // A file of both UTF-8 and something else is garbled by either. Yet two letters of another script may look like UTF-8.
        let by_chance = self.words.len() >= 3 && 4 * self.in_utf8 <= self.words.len();
        let winner = winner.filter(|winner| self.in_utf8 == 0 || (by_chance && !is_latin(winner.table)));
        if let Some(winner) = winner {
            let words = winner.words.iter().filter(|word| word.chars().any(char::is_alphabetic)).take(3).cloned();
            return Detected::Certain(Encoding(winner.table), words.collect());
        }
        let plausible = !clean.is_empty();
        let mut shown: Vec<&Reading> = if plausible { clean } else { readings.iter().collect() };
        let count = |reading: &Reading| votes.iter().filter(|vote| reading.words[vote.place] == vote.read).count();
        shown.sort_by_key(|reading| (!reading.guessed, std::cmp::Reverse(count(reading)), reading.odd));
        shown.truncate(MOST_SHOWN);
        Detected::Unsure(EncodingDoubt { utf8: self.utf8.clone(), plausible, readings: self.show(&shown) })
    }

    /// Asks words one by one how they read.
    fn votes(&self, readings: &[Reading]) -> Vec<Vote> {
        let differs = |place: &usize| readings.windows(2).any(|pair| pair[0].words[*place] != pair[1].words[*place]);
        let step = self.words.len().div_ceil(MOST_VOTERS).max(1);
        let vote = |place: usize| {
            let word = &self.words[place];
            decode(guess(std::slice::from_ref(word)), word).map(|read| Vote { place, read })
        };
        (0..self.words.len()).step_by(step).filter(differs).filter_map(vote).collect()
    }

    /// Three cells as each encoding reads them, those first on which they differ most.
    fn show(&self, readings: &[&Reading]) -> Vec<(Encoding, Vec<String>)> {
        let read =
            |table, cell: &[u8]| decode(table, cell).unwrap_or_default().trim().chars().take(40).collect::<String>();
        let variants =
            |cell: &[u8]| readings.iter().map(|reading| read(reading.table, cell)).collect::<HashSet<_>>().len();
        let mut cells: Vec<&Vec<u8>> = self.cells.iter().collect();
        cells.sort_by_key(|cell| std::cmp::Reverse(variants(cell)));
        let cells = &cells[..cells.len().min(3)];
        let cells_of = |table| cells.iter().map(|cell| read(table, cell)).collect();
        readings.iter().map(|reading| (Encoding(reading.table), cells_of(reading.table))).collect()
    }
}

/// Words for either of two readings, of those that they read differently: what looks like a word there alone, or else what
/// the statistics say.
fn duel(one: &Reading, other: &Reading, votes: &[Vote]) -> (usize, usize) {
    let mut points = (0, 0);
    for Vote { place, read } in votes {
        let words = [one, other].map(|reading| &reading.words[*place]);
        if words[0] == words[1] {
            continue;
        }
        let odd =
            [one, other].map(|reading| look(&reading.words[*place], is_western(reading.table)) > Plausibility::Fine);
        match odd {
            [false, true] => points.0 += 1,
            [true, false] => points.1 += 1,
            _ if read == words[0] => points.0 += 1,
            _ if read == words[1] => points.1 += 1,
            _ => {}
        }
    }
    points
}

fn guess(words: &[Vec<u8>]) -> &'static Table {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for word in words {
        detector.feed(word, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The text, if all bytes have a meaning; control characters are none.
fn decode(table: &'static Table, bytes: &[u8]) -> Option<String> {
    let text = table.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.chars().any(|c| matches!(c, '\u{80}'..='\u{9F}'))).then(|| text.into_owned())
}

fn is_western(table: &'static Table) -> bool {
    [tables::WINDOWS_1252, tables::ISO_8859_15, tables::MACINTOSH].contains(&table)
}

fn is_latin(table: &'static Table) -> bool {
    is_western(table)
        || [
            tables::WINDOWS_1250,
            tables::ISO_8859_2,
            tables::WINDOWS_1254,
            tables::WINDOWS_1257,
            tables::ISO_8859_4,
            tables::ISO_8859_13,
            tables::WINDOWS_1258,
        ]
        .contains(&table)
}

/// The refusal where nothing is certain: `place` is where the first byte stands that is not UTF-8.
pub(super) fn refusal(name: &str, byte: u8, place: &str, unsure: &EncodingDoubt) -> Error {
    let start = format!("{name}, {place}: byte 0x{byte:02X} is not UTF-8");
    if let Some(utf8) = &unsure.utf8 {
        return Error::invalid("encoding", format!("{start}, but {utf8:?} is")).hint(fix_or_name());
    }
    let readings: Vec<String> = unsure
        .readings
        .iter()
        .map(|(encoding, cells)| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:?}")).collect();
            format!("{encoding} reads {}", cells.join(", "))
        })
        .collect();
    let ways = unsure.readings.iter().map(|(encoding, _)| Setting::Encoding.is(encoding));
    let message = match unsure.plausible {
        true => format!("{start}, and its encoding is not certain: {}", readings.join("; ")),
        false => format!("{start}, and no encoding makes words of it: {}", readings.join("; ")),
    };
    let error =
        Error::invalid("encoding_unsure", message).hint(say!("name the right one: {}", Text::joined(ways, " or ")));
    match unsure.plausible {
        true => error,
        false => error.hint("if it is a code page of DOS, convert it first: iconv -f CP850 -t UTF-8"),
    }
}

/// Most of the file is UTF-8, or all but one line.
pub(super) fn fix_or_name() -> Text {
    say!(
        "fix that line, convert the file to UTF-8, or name the encoding of all of it, such as {}",
        Setting::Encoding.is("windows-1252")
    )
}
