//! The names of months in the languages of the world, by the tables of the GNU C library.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::Invalid;

/// A language by its code of two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(u8);

/// A set of languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Languages(u64);

impl Languages {
    pub const ALL: Self = Self(u64::MAX);
    pub(super) const NONE: Self = Self(0);

    pub const fn one(language: Language) -> Self {
        Self(1 << language.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Codes of those that the set has.
    pub(super) fn codes(self) -> impl Iterator<Item = &'static str> {
        TABLES.iter().enumerate().filter(move |(at, _)| self.0 & 1 << at != 0).map(|(_, table)| table.code)
    }
}

struct Table {
    code: &'static str,
    /// Names in full, in the forms that a date and a heading have, and short ones.
    names: [Option<&'static [&'static str]>; 4],
}

macro_rules! tables {
    ($($code:literal $locale:ident,)+) => {
        const TABLES: &[Table] = &[$({
            use pure_rust_locales::$locale::LC_TIME::{AB_ALT_MON, ABMON, ALT_MON, MON};
            Table { code: $code, names: [Some(MON), ALT_MON, Some(ABMON), AB_ALT_MON] }
        },)+];
    };
}

tables! {
    "en" en_US, "af" af_ZA, "az" az_AZ, "be" be_BY, "bg" bg_BG, "bs" bs_BA, "ca" ca_ES, "cs" cs_CZ, "cy" cy_GB, "da" da_DK,
    "de" de_DE, "el" el_GR, "es" es_ES, "et" et_EE, "eu" eu_ES, "fi" fi_FI, "fr" fr_FR, "ga" ga_IE, "gl" gl_ES, "hi" hi_IN,
    "hr" hr_HR, "hu" hu_HU, "id" id_ID, "is" is_IS, "it" it_IT, "kk" kk_KZ, "lt" lt_LT, "lv" lv_LV, "mk" mk_MK, "ms" ms_MY,
    "nb" nb_NO, "nl" nl_NL, "pl" pl_PL, "pt" pt_PT, "ro" ro_RO, "ru" ru_RU, "sk" sk_SK, "sl" sl_SI, "sq" sq_AL, "sr" sr_RS,
    "sv" sv_SE, "sw" sw_KE, "tr" tr_TR, "uk" uk_UA, "uz" uz_UZ, "vi" vi_VN, "ar" ar_EG, "he" he_IL,
}

/// Short names that programs write and the tables don't have: language, month, name.
const MORE: &[(&str, u8, &str)] = &[
    ("de", 3, "mrz"),
    ("de", 3, "maerz"),
    ("de", 1, "jänner"),
    ("de", 2, "feber"),
    ("es", 9, "set"),
    ("en", 9, "sept"),
    ("fr", 2, "fév"),
    ("fr", 7, "juil"),
    ("sr", 1, "januar"),
    ("sr", 2, "februar"),
    ("sr", 3, "mart"),
    ("sr", 4, "april"),
    ("sr", 5, "maj"),
    ("sr", 6, "jun"),
    ("sr", 7, "jul"),
    ("sr", 8, "avgust"),
    ("sr", 9, "septembar"),
    ("sr", 10, "oktobar"),
    ("sr", 11, "novembar"),
    ("sr", 12, "decembar"),
    ("sk", 1, "januára"),
    ("sk", 2, "februára"),
    ("sk", 3, "marca"),
    ("sk", 4, "apríla"),
    ("sk", 5, "mája"),
    ("sk", 6, "júna"),
    ("sk", 7, "júla"),
    ("sk", 8, "augusta"),
    ("sk", 9, "septembra"),
    ("sk", 10, "októbra"),
    ("sk", 11, "novembra"),
    ("sk", 12, "decembra"),
    ("sl", 1, "januarja"),
    ("sl", 2, "februarja"),
    ("sl", 3, "marca"),
    ("sl", 4, "aprila"),
    ("sl", 5, "maja"),
    ("sl", 6, "junija"),
    ("sl", 7, "julija"),
    ("sl", 8, "avgusta"),
    ("sl", 9, "septembra"),
    ("sl", 10, "oktobra"),
    ("sl", 11, "novembra"),
    ("sl", 12, "decembra"),
];

/// The months that a word may mean, with the languages in which it does.
pub(super) type Meanings = Vec<(Languages, u32)>;

fn words() -> &'static HashMap<String, Meanings> {
    static WORDS: OnceLock<HashMap<String, Meanings>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words: HashMap<String, Meanings> = HashMap::new();
        let mut put = |word: String, language: usize, month: u32| {
            let meanings = words.entry(word).or_default();
            match meanings.iter_mut().find(|(_, known)| *known == month) {
                Some((languages, _)) => languages.0 |= 1 << language,
                None => meanings.push((Languages(1 << language), month)),
            }
        };
        for (language, table) in TABLES.iter().enumerate() {
            let lists = || table.names.iter().copied().flatten();
            let all: Vec<(String, u32)> =
                lists().flat_map(|names| names.iter().zip(1..).map(|(name, month)| (fold(name), month))).collect();
            for (name, month) in &all {
                // Names are cut short after four letters or more, where that leaves no other month of the language.
                let letters = name.chars().count();
                for length in 4..=letters.max(4) {
                    let short: String = name.chars().take(length).collect();
                    let is_whole = length >= letters;
                    let is_alone = all.iter().all(|(other, of)| of == month || !other.starts_with(&short));
                    if is_whole || is_alone {
                        put(short, language, *month);
                    }
                }
            }
        }
        // In Finnish a date has another case than the table.
        if let Some((language, table)) = TABLES.iter().enumerate().find(|(_, table)| table.code == "fi") {
            for (name, month) in table.names[0].unwrap_or_default().iter().zip(1..) {
                put(fold(name) + "ta", language, month);
            }
        }
        for (code, month, name) in MORE {
            if let Some(language) = TABLES.iter().position(|table| table.code == *code) {
                put(fold(name), language, u32::from(*month));
            }
        }
        words.retain(|word, _| !word.is_empty() && word.chars().all(char::is_alphabetic));
        words
    })
}

/// Without case, accents and a dot behind it.
fn fold(name: &str) -> String {
    let small = name.trim().trim_end_matches('.').to_lowercase();
    small.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// What a word means as a month; nothing if it is none in any language.
pub(super) fn meanings(word: &str) -> Option<&'static Meanings> {
    words().get(&fold(word))
}

/// The only month that a word means in some languages; nothing if it means none there, or two.
pub(super) fn month(word: &Meanings, languages: Languages) -> Option<u32> {
    let mut months = word.iter().filter(|(of, _)| !of.and(languages).is_empty());
    let (_, month) = months.next()?;
    months.next().is_none().then_some(*month)
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(TABLES.get(usize::from(self.0)).map_or("", |table| table.code))
    }
}

impl FromStr for Language {
    type Err = Invalid;

    /// `fr`, also `fr-CA` and `fr_FR`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let code = text.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let code = if code == "no" || code == "nn" { "nb" } else { &code };
        let place = TABLES.iter().position(|table| table.code == code).and_then(|at| u8::try_from(at).ok());
        place.map(Self).ok_or_else(|| {
            let all: Vec<&str> = TABLES.iter().map(|table| table.code).collect();
            Invalid::new("language", format!("the language of month names is one of {}", all.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> Option<u32> {
        month(meanings(word)?, Languages::ALL)
    }

    #[test]
    fn months_of_many_languages() {
        for (word, number) in [
            ("janv", 1),
            ("février", 2),
            ("FEVRIER", 2),
            ("Févr.", 2),
            ("mars", 3),
            ("Mrz", 3),
            ("März", 3),
            ("Maerz", 3),
            ("abril", 4),
            ("ago", 8),
            ("giugno", 6),
            ("dicembre", 12),
            ("января", 1),
            ("Январь", 1),
            ("грудня", 12),
            ("stycznia", 1),
            ("październik", 10),
            ("Ιανουαρίου", 1),
            ("toukokuuta", 5),
            ("augusztus", 8),
            ("Şubat", 2),
            ("ağustos", 8),
            ("sausio", 1),
            ("يناير", 1),
            ("יוני", 6),
            ("जनवरी", 1),
            ("Sept", 9),
            ("October", 10),
        ] {
            assert_eq!(of(word), Some(number), "{word}");
        }
        for word in ["", "ma", "foo", "ju", "monday", "j1n"] {
            assert_eq!(meanings(word).map(|_| ()), None, "{word}");
        }
    }

    #[test]
    fn words_of_two_months() {
        // Leaf fall is October here and November there.
        assert_eq!(of("listopad"), None);
        for (code, number) in [("hr", 10), ("pl", 11), ("cs", 11)] {
            let word = meanings("listopad").unwrap();
            assert_eq!(month(word, Languages::one(code.parse().unwrap())), Some(number), "{code}");
        }
        let english = Languages::one("en".parse().unwrap());
        for (at, name) in
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].iter().enumerate()
        {
            assert_eq!(month(meanings(name).unwrap(), english), u32::try_from(at + 1).ok(), "{name}");
        }
    }

    #[test]
    fn languages_by_code() {
        for code in ["fr", "fr-CA", "FR_fr"] {
            assert_eq!(code.parse::<Language>().unwrap().to_string(), "fr");
        }
        assert_eq!("no".parse::<Language>().unwrap().to_string(), "nb");
        assert_eq!("xx".parse::<Language>().unwrap_err().code, "language");
        assert!(TABLES.len() <= 64);
    }
}
