//! The encodings of texts: those of the WHATWG Encoding Standard, by any of their labels.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// An encoding; two are equal if their tables are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encoding(pub(super) &'static encoding_rs::Encoding);

/// Names that people and programs use beside the standard's labels.
const OTHER_NAMES: [(&str, &str); 9] = [
    ("utf16", "utf-16le"),
    ("utf16le", "utf-16le"),
    ("utf16be", "utf-16be"),
    ("macroman", "macintosh"),
    ("maccyrillic", "x-mac-cyrillic"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
];

impl Encoding {
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    pub const UTF_16LE: Self = Self(encoding_rs::UTF_16LE);
    pub const UTF_16BE: Self = Self(encoding_rs::UTF_16BE);
    pub const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);

    /// As prose has it: `Windows-1252`.
    pub(super) fn title(self) -> String {
        let name = self.0.name();
        match name.strip_prefix("windows-") {
            Some(page) => format!("Windows-{page}"),
            None => match name {
                "macintosh" => "Mac Roman".to_owned(),
                "x-mac-cyrillic" => "Mac Cyrillic".to_owned(),
                "Shift_JIS" => "Shift-JIS".to_owned(),
                other => other.to_owned(),
            },
        }
    }

    pub(super) fn is_utf16(self) -> bool {
        self == Self::UTF_16LE || self == Self::UTF_16BE
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Encoding {
    type Err = Invalid;

    /// By any label of the standard, such as `latin1`, `cp1251`, `sjis`, `macintosh`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let label = text.trim().to_ascii_lowercase();
        let letters: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        let other = OTHER_NAMES.iter().find(|(name, _)| *name == letters).map_or(label.as_str(), |(_, label)| label);
        let dashed = label.replace(['_', ' '], "-");
        let page = letters.strip_prefix("windows").or_else(|| letters.strip_prefix("win"));
        let windows = page.map(|page| format!("windows-{page}")).unwrap_or_default();
        [other, &dashed, &letters, &windows]
            .into_iter()
            .find_map(|label| encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()))
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "encoding",
                    "an encoding is utf-8, utf-16le, windows-1252, windows-1251, iso-8859-2, macintosh, shift_jis, gbk, big5, \
                     euc-kr or another label of the WHATWG Encoding Standard",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_known() {
        for (label, name) in [
            ("utf-8", "utf-8"),
            ("UTF8", "utf-8"),
            ("unicode-1-1-utf-8", "utf-8"),
            ("latin1", "windows-1252"),
            ("ISO-8859-1", "windows-1252"),
            ("iso_8859_1", "windows-1252"),
            ("cp1252", "windows-1252"),
            ("Windows 1252", "windows-1252"),
            ("windows1251", "windows-1251"),
            ("cp1251", "windows-1251"),
            ("koi8-r", "koi8-r"),
            ("macintosh", "macintosh"),
            ("mac-roman", "macintosh"),
            ("x-mac-roman", "macintosh"),
            ("sjis", "shift_jis"),
            ("Shift-JIS", "shift_jis"),
            ("cp932", "shift_jis"),
            ("gb2312", "gbk"),
            ("gb18030", "gb18030"),
            ("ks_c_5601-1987", "euc-kr"),
            ("utf-16", "utf-16le"),
            ("UTF-16BE", "utf-16be"),
        ] {
            let encoding: Encoding = label.parse().unwrap();
            assert_eq!(encoding.to_string(), name, "{label}");
            assert_eq!((encoding.to_string().parse(), encoding.title().parse()), (Ok(encoding), Ok(encoding)));
        }
        for label in ["", "ebcdic", "iso-2022-kr", "replacement", "auto"] {
            assert_eq!(label.parse::<Encoding>().unwrap_err().code, "encoding", "{label}");
        }
    }
}
