//! Digits and marks of other scripts.

use std::borrow::Cow;

/// The cell with the digits and marks that ASCII has: full-width forms, Arabic-Indic and Persian digits with their decimal
/// and thousands marks, every dash that stands for a minus. Marks that take no room, such as those of direction, are gone.
pub(crate) fn latin(cell: &str) -> Cow<'_, str> {
    if cell.is_ascii() { Cow::Borrowed(cell) } else { Cow::Owned(cell.chars().filter_map(ascii).collect()) }
}

fn ascii(c: char) -> Option<char> {
    let digit = |zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10);
    match c {
        '\u{AD}'
        | '\u{61C}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' => None,
        '\u{660}'..='\u{669}' => digit('\u{660}'),
        '\u{6F0}'..='\u{6F9}' => digit('\u{6F0}'),
        '\u{66A}' => Some('%'),
        '\u{66B}' => Some('.'),
        '\u{66C}' => Some(','),
        // Hyphens, the figure dash, the en dash and the minus; the em dash alone is no minus.
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FE63}' => Some('-'),
        '\u{3000}' => Some(' '),
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFF01 + 0x21),
        '\u{FFE0}' => Some('¢'),
        '\u{FFE1}' => Some('£'),
        '\u{FFE5}' => Some('¥'),
        '\u{FFE6}' => Some('₩'),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_other_scripts() {
        for (cell, plain) in [
            ("１，２３４．５６", "1,234.56"),
            ("１２％", "12%"),
            ("（５）", "(5)"),
            ("￥１２０", "¥120"),
            ("＄５", "$5"),
            ("ＵＳＤ　５", "USD 5"),
            ("١٬٢٣٤٫٥٠", "1,234.50"),
            ("۱۲۳", "123"),
            ("٤٥٪", "45%"),
            ("\u{200F}−5\u{200F}", "-5"),
            ("–5", "-5"),
            ("5²", "5²"),
            ("1’234", "1’234"),
        ] {
            assert_eq!(latin(cell), plain, "{cell}");
        }
        assert!(matches!(latin("1234.50"), Cow::Borrowed(_)));
    }
}
