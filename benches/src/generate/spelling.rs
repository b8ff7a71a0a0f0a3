//! How the same value is written elsewhere: in ASCII, in Windows-1252, in German.

use chrono::NaiveDate;

/// Lowercase ASCII letters and digits, words joined by `gap`, at most 50 bytes: the local part of an address or a domain.
pub(crate) fn ascii(text: &str, gap: char) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if plain.len() > 47 {
            break;
        }
        match c {
            'a'..='z' | '0'..='9' => plain.push(c),
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' | 'œ' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'å' | 'á' | 'à' | 'â' | 'ã' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'î' | 'ï' => plain.push('i'),
            'ó' | 'ô' | 'õ' => plain.push('o'),
            'ú' | 'û' | 'ù' => plain.push('u'),
            'ç' => plain.push('c'),
            'ñ' => plain.push('n'),
            'š' => plain.push('s'),
            'ž' => plain.push('z'),
            ' ' | '-' if !plain.ends_with(gap) => plain.push(gap),
            _ => {}
        }
    }
    plain.truncate(plain.trim_end_matches(gap).len());
    plain
}

/// Appends the text in Windows-1252; what that can't write becomes `?`.
pub(crate) fn windows_1252(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend(text.chars().map(|c| match c {
        '€' => 0x80,
        'Š' => 0x8A,
        'Œ' => 0x8C,
        'Ž' => 0x8E,
        '–' => 0x96,
        'š' => 0x9A,
        'œ' => 0x9C,
        'ž' => 0x9E,
        c if c.is_ascii() || ('\u{A0}'..='\u{FF}').contains(&c) => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        _ => b'?',
    }));
}

/// `1234567.89` for 123456789.
pub(crate) fn decimal(cents: u64) -> String {
    match cents % 100 {
        0 => format!("{}", cents / 100),
        part => format!("{}.{part:02}", cents / 100),
    }
}

/// `1.234.567,89` for 123456789.
pub(crate) fn german_decimal(cents: u64) -> String {
    let whole = (cents / 100).to_string();
    let mut text = String::with_capacity(whole.len() * 4 / 3 + 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text.push_str(&format!(",{:02}", cents % 100));
    text
}

/// `31/12/2026`; empty for none.
pub(crate) fn day_month_year(date: Option<NaiveDate>) -> String {
    date.map_or_else(String::new, |date| date.format("%d/%m/%Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells() {
        assert_eq!(ascii("Müller & Søn  A/S", '-'), "mueller-soen-as");
        assert_eq!(ascii("Jürgen O'Neill", '.'), "juergen.oneill");
        assert_eq!(decimal(123_405), "1234.05");
        assert_eq!(decimal(5_000_000), "50000");
        assert_eq!(german_decimal(123_456_789), "1.234.567,89");
        assert_eq!(german_decimal(99_900), "999,00");
        assert_eq!(day_month_year(NaiveDate::from_ymd_opt(2026, 3, 9)), "09/03/2026");
        let mut bytes = Vec::new();
        windows_1252("Größe € Łódź", &mut bytes);
        assert_eq!(bytes, b"Gr\xF6\xDFe \x80 ?\xF3d?");
    }
}
