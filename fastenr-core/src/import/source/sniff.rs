//! What the bytes of a file tell about it.

use memchr::memmem;

use super::encoding::Encoding;

/// How a file starts that is no text, and what it is.
const MAGIC: [(&[u8], &str, &str); 13] = [
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save it as CSV UTF-8, or unpack it"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook", "save it as CSV UTF-8"),
    (b"\x1F\x8B", "compressed twice", "decompress it once"),
    (b"\x28\xB5\x2F\xFD", "compressed with zstd", "decompress it first: zstd -dc"),
    (b"BZh", "compressed with bzip2", "decompress it first: bzip2 -dc"),
    (b"\xFD7zXZ", "compressed with xz", "decompress it first: xz -dc"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
    (b"PAR1\x15", "a Parquet file", "export the table as CSV"),
    (b"%PDF-", "a PDF document", "export the table as CSV"),
    (b"{\\rtf", "a document of formatted text", "export the table as CSV"),
    (b"\x89PNG", "a picture", "export the table as CSV"),
    (b"GIF8", "a picture", "export the table as CSV"),
    (b"\xFF\xD8\xFF", "a picture", "export the table as CSV"),
];

/// What a file is that is no text, and the way out.
pub(super) fn binary(head: &[u8]) -> Option<(&'static str, &'static str)> {
    MAGIC.iter().find(|(magic, ..)| head.starts_with(magic)).map(|&(_, what, hint)| (what, hint))
}

/// What a file is that is text, but no table.
pub(super) fn markup(head: &[u8]) -> Option<&'static str> {
    const STARTS: [(&str, &str); 8] = [
        ("<!doctype html", "an HTML page"),
        ("<html", "an HTML page"),
        ("<head", "an HTML page"),
        ("<body", "an HTML page"),
        ("<meta", "an HTML page"),
        ("<table", "an HTML table"),
        ("<?xml", "an XML document"),
        ("mime-version:", "a web archive"),
    ];
    // What else a page may begin with; a table may have such a header.
    const TAGS: [&str; 12] =
        ["<style", "<script", "<title", "<div", "<p", "<tr", "<td", "<th", "<span", "<font", "<link", "<center"];
    let narrow: Vec<u8>;
    let mut head = match head {
        // UTF-16: the tags are of ASCII.
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => {
            narrow = rest.iter().copied().take(2_000).filter(|byte| *byte != 0).collect();
            narrow.as_slice()
        }
        _ => head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head),
    }
    .trim_ascii_start();
    while let Some(comment) = head.strip_prefix(b"<!--") {
        let end = memmem::find(comment, b"-->")?;
        head = comment[end + 3..].trim_ascii_start();
    }
    let starts = |start: &str| head.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    let opens =
        |tag: &&str| starts(tag) && head.get(tag.len()).is_some_and(|next| matches!(next, b'>' | b' ' | b'\n' | b'\r'));
    let is_page = || TAGS.iter().any(opens) && memmem::find(head, b"</").is_some();
    let known = STARTS.iter().find(|(start, _)| starts(start)).map(|(_, what)| *what);
    known.or_else(|| is_page().then_some("an HTML page"))
}

/// The byte order mark and its length. Files that were put together may start with more than one.
pub(super) fn mark(head: &[u8]) -> Option<(Encoding, usize)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => {
            let marks = head.chunks_exact(3).take_while(|chunk| *chunk == [0xEF, 0xBB, 0xBF]).count();
            Some((Encoding::UTF_8, 3 * marks))
        }
        [0xFF, 0xFE, ..] => Some((Encoding::UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::UTF_16BE, 2)),
        _ => None,
    }
}

/// Whether a byte order mark is to be taken off although the caller names the encoding. No text in an encoding of before
/// Unicode starts with `ï»¿`, or what that is there.
pub(super) fn agree(told: Encoding, marked: Encoding) -> bool {
    told == marked || (marked == Encoding::UTF_8 && !told.is_utf16())
}

/// UTF-16 without byte order mark: at least half of the bytes in even or in odd places are zero, and hardly any of
/// the others, as only few characters end in a zero byte.
pub(super) fn zeros(head: &[u8]) -> Option<Encoding> {
    let head = &head[..head.len().min(4096) & !1];
    let [mut even, mut odd] = [0; 2];
    for pair in head.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let mostly = |these: usize, others: usize| these >= 2 && these * 4 >= head.len() && others * 8 <= these;
    if mostly(odd, even) {
        Some(Encoding::UTF_16LE)
    } else if mostly(even, odd) {
        Some(Encoding::UTF_16BE)
    } else {
        None
    }
}
