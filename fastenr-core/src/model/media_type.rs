//! What kind of file some bytes are.

/// Kinds of text, which have no first bytes of their own, by their endings.
const TEXTS: [(&str, &str); 14] = [
    ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("ics", "text/calendar"),
    ("vcf", "text/vcard"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
    ("xml", "application/xml"),
    ("svg", "image/svg+xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("eml", "message/rfc822"),
];

/// Office files whose first bytes only say that they are archives, by their endings.
const ARCHIVES: [(&str, &str); 6] = [
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
];

/// By the bytes where they tell, so that a wrong ending deceives nobody; else by the ending. Text that says nothing more is
/// `text/plain`, anything else `application/octet-stream`.
pub fn of(name: &str, content: &[u8]) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let by_ending =
        |known: &[(&str, &'static str)]| known.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind);
    match infer::get(content).map(|kind| kind.mime_type()) {
        Some("application/zip") => by_ending(&ARCHIVES).unwrap_or("application/zip"),
        // A page or a document in XML is known by its tags; which one, by its ending.
        Some(kind @ ("text/xml" | "text/html")) => by_ending(&TEXTS).unwrap_or(kind),
        Some(kind) => kind,
        None if is_text(content) => by_ending(&TEXTS).unwrap_or("text/plain"),
        None => "application/octet-stream",
    }
}

fn is_text(content: &[u8]) -> bool {
    let binary = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    std::str::from_utf8(content).is_ok() && !content.iter().any(binary)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn bytes_count_before_endings() {
        for (name, content, kind) in [
            ("a.pdf", &b"%PDF-1.7 x"[..], "application/pdf"),
            ("a.txt", b"%PDF-1.7 x", "application/pdf"),
            ("a.PNG", b"\x89PNG\r\n\x1a\nxxxx", "image/png"),
            ("a.txt", b"hello", "text/plain"),
            ("notes", "größe".as_bytes(), "text/plain"),
            ("a.CSV", b"a,b\r\n", "text/csv"),
            ("a.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar"),
            ("a.csv", b"a\0b", "application/octet-stream"),
            ("a.csv", b"\xff\xfea", "application/octet-stream"),
            (
                "deck.pptx",
                b"PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ),
            ("a.bin", b"", "text/plain"),
        ] {
            assert_eq!(of(name, content), kind, "{name}");
        }
    }
}
