//! Dates in other scripts, brought into the form that [`super::scan`] takes apart.

use std::borrow::Cow;

use crate::import::format::number::latin;

/// The years from which the eras of Japan and of Taiwan count.
const ERAS: [(&str, u32); 5] = [("令和", 2018), ("平成", 1988), ("昭和", 1925), ("民國", 1911), ("民国", 1911)];

/// What is read of a cell: ASCII stays as it is; digits, marks and blanks of other scripts become those of ASCII, what nobody sees is
/// gone, and `2026年1月31日` is `2026-1-31`. Whether its digits were of ASCII.
pub(super) fn plain(cell: &str) -> (Cow<'_, str>, bool) {
    if cell.is_ascii() {
        return (Cow::Borrowed(cell.trim()), true);
    }
    let western = cell.chars().any(|c| c.is_ascii_digit());
    let latin = latin(cell);
    let mut text = String::with_capacity(latin.len());
    let mut rest = latin.trim();
    if let Some((era, base)) = ERAS.iter().find(|(era, _)| rest.starts_with(era)) {
        rest = rest[era.len()..].trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let year = if rest.starts_with('元') { Some(1) } else { rest[..digits].parse::<u32>().ok() };
        if let Some(year) = year.filter(|year| *year < 200) {
            text.push_str(&(base + year).to_string());
            rest = if digits == 0 { &rest['元'.len_utf8()..] } else { &rest[digits..] };
        }
    }
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '年' | '년' | '月' | '월' => {
                while text.ends_with(' ') {
                    text.pop();
                }
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                // A month alone ends with its sign.
                if chars.peek().is_some() {
                    text.push('-');
                }
            }
            '日' | '号' | '號' | '일' => text.push(' '),
            '時' | '时' | '시' => {
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                text.push(':');
            }
            '分' | '분' => {
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                if chars.peek().is_some() {
                    text.push(':');
                }
            }
            '秒' | '초' => {}
            '\u{60D}' | '⁄' | '∕' => text.push('/'),
            c if c.is_whitespace() => text.push(' '),
            c => text.push(c),
        }
    }
    (Cow::Owned(text.trim().to_owned()), western)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts() {
        for (cell, text) in [
            (" 2026-01-31 ", "2026-01-31"),
            ("２０２６／０１／３１", "2026/01/31"),
            ("٣١/١٢/٢٠٢٥", "31/12/2025"),
            ("\u{200E}31/12/25\u{200E}", "31/12/25"),
            ("2026年1月31日", "2026-1-31"),
            ("2026年01月31日 10:30", "2026-01-31  10:30"),
            ("2026年1月31日10時05分", "2026-1-31 10:05"),
            ("2026년 1월 31일", "2026-1-31"),
            ("2026年1月", "2026-1"),
            ("令和8年1月31日", "2026-1-31"),
            ("令和元年5月1日", "2019-5-1"),
            ("民國115年1月31日", "2026-1-31"),
            ("Jan 31, 2026, 10:00\u{202F}AM", "Jan 31, 2026, 10:00 AM"),
        ] {
            assert_eq!(plain(cell).0, text, "{cell}");
        }
    }
}
