//! Words that stand for no value.

use std::str::FromStr;
use std::sync::LazyLock;

use crate::error::Invalid;
use crate::model::damage::NOT_AVAILABLE;
use crate::model::noun::{Field, Meaning};

/// The words that mean "no value" unless a file says otherwise, beside [`NOT_AVAILABLE`]. None of them is a word of a closed list.
const BUILT_IN: &[&str] = &[
    "-",
    "--",
    "---",
    "–",
    "—",
    "n/a",
    "n.a.",
    "n.a",
    "n/d",
    "n/v",
    "k.a.",
    "k. a.",
    "na",
    "<na>",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "\\n",
    "nil",
    "none",
    "(none)",
    "<none>",
    "-none-",
    "--none--",
    "nan",
    "undefined",
    "(undefined)",
    "(blank)",
    "(blanks)",
    "(empty)",
    "<empty>",
    "(leer)",
    "tbd",
    "tba",
    "t.b.d.",
    "tbc",
    "not set",
    "(not set)",
    "not available",
    "not applicable",
    "no value",
    "(no value)",
    "missing",
    "not provided",
    "not specified",
    "- none -",
    "keine angabe",
    "sin datos",
    "sin definir",
    "non renseigné",
    "não informado",
    "brak danych",
    "н/д",
    "нет данных",
    "なし",
    "未定",
    "无",
    "無",
    "暂无",
    // What MySQL has where no date was given.
    "0000-00-00",
    "0000-00-00 00:00:00",
    "?",
    "??",
    "...",
    "…",
];

/// A code of Namibia and of North America, and a name: no value, but where it may be one of these.
const CODE: &str = "na";

/// Words that stand for no value, without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NullWords {
    /// Lower case, by their length in bytes: most cells are told apart by that alone.
    by_length: Vec<Vec<Box<str>>>,
    /// Whether `NA` is one because the built-in list has it, and so not where it may be a code.
    na_may_be_a_code: bool,
}

impl Default for NullWords {
    fn default() -> Self {
        let mut words = Self { by_length: Vec::new(), na_may_be_a_code: true };
        BUILT_IN.iter().chain(&NOT_AVAILABLE).for_each(|word| words.add(word));
        words
    }
}

impl NullWords {
    /// The built-in list.
    pub fn built_in() -> &'static Self {
        static WORDS: LazyLock<NullWords> = LazyLock::new(NullWords::default);
        &WORDS
    }

    /// Of these words instead of the built-in ones; `default` among them stands for all of those.
    ///
    /// # Errors
    /// `null_words` for a word of more than 100 bytes.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, Invalid> {
        let words: Vec<String> = words.into_iter().map(|word| word.trim().to_lowercase()).collect();
        let mut all = match words.iter().any(|word| word == "default") {
            true => Self::default(),
            false => Self { by_length: Vec::new(), na_may_be_a_code: false },
        };
        for word in words.iter().filter(|word| !word.is_empty() && *word != "default") {
            if word.len() > 100 {
                return Err(Invalid::new("null_words", "a word that means no value has at most 100 bytes"));
            }
            all.na_may_be_a_code &= word != CODE;
            all.add(word);
        }
        Ok(all)
    }

    fn add(&mut self, word: &str) {
        if self.by_length.len() <= word.len() {
            self.by_length.resize(word.len() + 1, Vec::new());
        }
        let same = &mut self.by_length[word.len()];
        if !same.iter().any(|known| **known == *word) {
            same.push(word.into());
        }
    }

    /// Whether the cell, without blanks around it, says that a field of this meaning has no value. `None` is a column that is no
    /// field.
    pub(crate) fn is_none(&self, cell: &str, meaning: Option<Meaning>) -> bool {
        self.has(cell) && !(self.na_may_be_a_code && may_be_code(meaning) && cell.eq_ignore_ascii_case(CODE))
    }

    /// Whether the cell is one of the words.
    pub fn has(&self, cell: &str) -> bool {
        let Some(same) = self.by_length.get(cell.len()) else { return false };
        // Lower-casing leaves the words of the list as long as they are.
        same.iter().any(|word| word.eq_ignore_ascii_case(cell)) || (!cell.is_ascii() && has_folded(same, cell))
    }

    /// The words as they are kept, in lower case.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.by_length.iter().flatten().map(|word| &**word)
    }
}

fn has_folded(words: &[Box<str>], cell: &str) -> bool {
    let folded = cell.to_lowercase();
    words.iter().any(|word| **word == *folded)
}

/// Names, ids, tags and what a file has beyond the fields.
const fn may_be_code(meaning: Option<Meaning>) -> bool {
    matches!(
        meaning,
        None | Some(Meaning::AccountName | Meaning::UserName | Meaning::ExternalId | Meaning::Account | Meaning::Tags)
    )
}

/// Separated by commas.
impl FromStr for NullWords {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text.split(','))
    }
}

/// Whether the field is what a record is known by: a word for no value is a mistake there, not silence.
pub(crate) fn names_a_record(field: &Field) -> bool {
    matches!(field.meaning, Meaning::ExternalId | Meaning::AccountName | Meaning::UserName)
        || (field.meaning == Meaning::Title && field.name == "name")
}

/// Whether the word stands for itself: titles of engagements and goals, as `TBD` is one; and the account that a row is of, which
/// may be called so. A row can't do without either.
pub(crate) fn stands_for_itself(field: &Field) -> bool {
    field.required && (field.meaning == Meaning::Account || (field.meaning == Meaning::Title && field.name != "name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::ACCOUNT;
    use crate::model::arr_change::ARR_CHANGE;
    use crate::model::contact::CONTACT;
    use crate::model::engagement::ENGAGEMENT;
    use crate::model::goal::GOAL;
    use crate::model::metric::METRIC;
    use crate::model::team::TEAM;
    use crate::model::user::USER;

    #[test]
    fn words() {
        let words = NullWords::built_in();
        for cell in ["Н/Д", "Keine Angabe", "なし", "0000-00-00", "Não informado"] {
            assert!(words.has(cell), "{cell}");
        }
        for cell in
            ["N/A", "n/a", "#N/A", "NULL", "null", "-", "—", "(blank)", "TBD", "NaN", "None", "undefined", "\\N", "…"]
        {
            assert!(words.has(cell), "{cell}");
            assert!(words.is_none(cell, Some(Meaning::Money)), "{cell}");
        }
        for cell in ["", "0", "no", "false", "nope", "N/A corp", "nullable", "unknown", "―x", "é", "ü/a"] {
            assert!(!words.has(cell), "{cell}");
        }
        // North America is a region and Namibia a country.
        assert!(words.is_none("NA", Some(Meaning::Money)) && words.is_none("NA", Some(Meaning::Date)));
        assert!(!words.is_none("NA", None) && !words.is_none("NA", Some(Meaning::Tags)));
        let told: NullWords = "default, NA".parse().unwrap();
        assert!(told.is_none("na", None) && told.has("N/A"));
    }

    #[test]
    fn other_words() {
        let words: NullWords = "unknown, K.A. ,ÄHM".parse().unwrap();
        assert!(words.has("UNKNOWN") && words.has("k.a.") && words.has("ähm") && !words.has("N/A"));
        let more: NullWords = "Default,unknown".parse().unwrap();
        assert!(more.has("unknown") && more.has("N/A"));
        let no: NullWords = "".parse().unwrap();
        assert!(no.words().next().is_none() && !no.has("") && !no.has("N/A"));
        assert_eq!("x".repeat(101).parse::<NullWords>().unwrap_err().code, "null_words");
    }

    /// No word of ours is taken for silence.
    #[test]
    fn no_word_of_a_list() {
        for noun in [&ACCOUNT, &ARR_CHANGE, &CONTACT, &ENGAGEMENT, &GOAL, &METRIC, &TEAM, &USER] {
            for field in noun.fields {
                for word in BUILT_IN {
                    if matches!(
                        field.meaning,
                        Meaning::Choice(_) | Meaning::Boolean | Meaning::Number(_) | Meaning::Money
                    ) {
                        assert!(field.parse(word).is_err(), "{word} of {}", field.name);
                    }
                }
            }
        }
        assert!(BUILT_IN.iter().all(|word| *word == word.to_lowercase()));
    }
}
