//! What spreadsheets leave of external ids.

use crate::error::Invalid;

/// The rule that an external id breaks where it looks like what a spreadsheet has made of another one. None for an id that
/// may well be what its system wrote.
///
/// Codes `external_id_scientific` (`1.23457E+15`), `external_id_decimal` (`1001.0`), `external_id_apostrophe` (`'00123`),
/// `external_id_error` (`#N/A`), `external_id_formula` (`="00123`, `=00123`), `external_id_date` (`01.Mrz`),
/// `external_id_grouped` (`1,001`).
pub fn damage(id: &str) -> Option<Invalid> {
    let id = id.trim();
    let invalid = |code, rule: &'static str| Some(Invalid::new(code, rule));
    if is_spreadsheet_error(id) {
        return invalid("external_id_error", "this is the error of a spreadsheet's formula, not an id");
    }
    match id.chars().next()? {
        '\'' => invalid(
            "external_id_apostrophe",
            "an apostrophe before the id is a spreadsheet's mark for text, not part of the id",
        ),
        '=' if id.starts_with("=\"") || are_digits(&id[1..]) => {
            invalid("external_id_formula", "this is a spreadsheet's formula, not an id")
        }
        _ if is_scientific(id) => invalid(
            "external_id_scientific",
            "a spreadsheet wrote this id as a number in scientific notation and lost its digits",
        ),
        _ if is_spreadsheet_date(id) => Some(day()),
        _ if has_decimal_tail(id) => {
            invalid("external_id_decimal", "a program took this id for a number and wrote decimals behind it")
        }
        _ if is_grouped(id) => {
            invalid("external_id_grouped", "a program took this id for a number and put a mark between its thousands")
        }
        _ => None,
    }
}

/// The rule that an id breaks which is a day.
pub(crate) fn day() -> Invalid {
    Invalid::new(
        "external_id_date",
        "a spreadsheet took this id for a day and wrote it as one, such as 01.Mrz for MAR1",
    )
}

/// What spreadsheets show for a value that is not there: a word for no value, where there may be none.
pub(crate) const NOT_AVAILABLE: [&str; 13] =
    ["#n/a", "#n/d", "#n/b", "#n/v", "#nv", "#nd", "#na", "#i/t", "#н/д", "#yok", "#hiányzik", "#puuttuu!", "#saknas!"];

/// What spreadsheets show in place of a value that they can't compute, in the languages of their users.
pub(crate) const ERRORS: &[&str] = &[
    "#ref!",
    "#value!",
    "#div/0!",
    "#name?",
    "#num!",
    "#null!",
    "#spill!",
    "#calc!",
    "#field!",
    "#blocked!",
    "#unknown!",
    "#connect!",
    "#busy!",
    "#python!",
    "#error!",
    "#getting_data",
    "#bezug!",
    "#wert!",
    "#zahl!",
    "#überlauf!",
    "#valeur!",
    "#nom?",
    "#nombre!",
    "#nul!",
    "#¡ref!",
    "#¡valor!",
    "#¿nombre?",
    "#¡num!",
    "#¡div/0!",
    "#¡nulo!",
    "#rif!",
    "#valore!",
    "#nome?",
    "#verw!",
    "#waarde!",
    "#naam?",
    "#getal!",
    "#deel/0!",
    "#leeg!",
    "#adr!",
    "#arg!",
    "#nazwa?",
    "#liczba!",
    "#valor!",
    "#núm!",
    "#nulo!",
    "#värdefel!",
    "#ogiltig!",
    "#referens!",
    "#namn?",
    "#verdi!",
    "#værdi!",
    "#navn?",
    "#div/0",
    "#propagation!",
    "#calcul!",
    "#champ!",
    "#bloqué!",
    "#connexion!",
    "#desbordamiento!",
    "#¡desbordamiento!",
    "#¡calc!",
    "#¡campo!",
    "#despejar!",
    "#espansione!",
    "#calcolo!",
    "#overloop!",
    "#division/0!",
    "#skärning!",
    "#ogiltigt!",
    "#nummer!",
    "#dziel/0!",
    "#zero!",
    "#hodnota!",
    "#název?",
    "#názov?",
    "#odkaz!",
    "#číslo!",
    "#dělení_nulou!",
    "#érték!",
    "#név?",
    "#hiv!",
    "#szám!",
    "#zérusosztó!",
    "#nulla!",
    "#arvo!",
    "#nimi?",
    "#viittaus!",
    "#luku!",
    "#jako/0!",
    "#tyhjä!",
    "#değer!",
    "#ad?",
    "#başv!",
    "#sayı!",
    "#sayı/0!",
    "#boş!",
    "#знач!",
    "#имя?",
    "#ссылка!",
    "#дел/0!",
    "#число!",
    "#пусто!",
    "#перенос!",
    "#переполнение!",
    "#вычисл!",
    "#поле!",
    "#заблокировано!",
    "#ім'я?",
    "#посилання!",
    "#діл/0!",
];

/// Whether a spreadsheet wrote the text because it had no value: `#REF!` and `#N/A` in the languages of their users, LibreOffice's
/// `Err:502`, and `####` where a column was too narrow.
pub fn is_spreadsheet_error(text: &str) -> bool {
    if let Some(number) = text.strip_prefix("Err:") {
        return !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    }
    // Most texts end here.
    if !text.starts_with('#') {
        return false;
    }
    if text.len() >= 3 && text.bytes().all(|byte| byte == b'#') {
        return true;
    }
    let small = text.to_lowercase();
    NOT_AVAILABLE.contains(&small.as_str()) || ERRORS.contains(&small.as_str())
}

/// Digits, with or without decimals, and an exponent as programs write it: with a sign, or behind decimals. `12E4` is an id.
pub(crate) fn is_scientific(id: &str) -> bool {
    let Some((mantissa, exponent)) = id.split_once(['e', 'E']) else { return false };
    let mantissa = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, decimals) = mantissa.split_once(['.', ',']).map_or((mantissa, None), |(a, b)| (a, Some(b)));
    let unsigned = exponent.strip_prefix(['+', '-']);
    are_digits(whole)
        && decimals.is_none_or(are_digits)
        && are_digits(unsigned.unwrap_or(exponent))
        && (unsigned.is_some() || decimals.is_some())
}

/// How spreadsheets show a day of this year, or a month: `1-Mar`, `01.Mrz`, `Mar-01`, `1. Mär`. `MAR1` and `SEP-22` are ids.
fn is_spreadsheet_date(id: &str) -> bool {
    const MONTHS: [&str; 34] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Mrz", "Mär",
        "Mai", "Okt", "Dez", "janv", "févr", "mars", "avr", "juin", "juil", "août", "déc", "ene", "abr", "ago", "dic",
        "mei", "mrt", "maj", "gen",
    ];
    let is_day = |text: &str| matches!(text.len(), 1 | 2) && are_digits(text);
    let is_month = |text: &str| MONTHS.contains(&text.trim_end_matches('.'));
    let Some((first, rest)) = id.split_once(['-', '.']) else { return false };
    let rest = rest.trim_start();
    (is_day(first) && is_month(rest)) || (is_month(first) && is_day(rest))
}

/// `1001.0`, `1001,00`.
fn has_decimal_tail(id: &str) -> bool {
    let id = id.strip_prefix(['-', '+']).unwrap_or(id);
    id.split_once(['.', ','])
        .is_some_and(|(whole, rest)| are_digits(whole) && !rest.is_empty() && rest.bytes().all(|byte| byte == b'0'))
}

/// `1,001`, also with the narrow blanks of other languages. A point or a blank may be the id's own.
fn is_grouped(id: &str) -> bool {
    let Some(mark) = id.chars().find(|c| !c.is_ascii_digit()) else { return false };
    let mut groups = id.split(mark);
    matches!(mark, ',' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '’')
        && groups
            .next()
            .is_some_and(|first| matches!(first.len(), 1..=3) && are_digits(first) && !first.starts_with('0'))
        && groups.all(|group| group.len() == 3 && are_digits(group))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_and_what_is_left_of_them() {
        for (ids, code) in [
            (
                &["1.23457E+15", "4.89E+09", "1,23457E+15", "1E+15", "1.5e-7", "-1.2E+5", "1.2e15", "9.99E20"][..],
                "external_id_scientific",
            ),
            (&["1-Mar", "01.Mrz", "01. Mrz", "Mar-01", "2-Sep", "1-mars", "Sept-02"], "external_id_date"),
            (&["1001.0", "1001.00", "1001,0", "0.0", "-5.0"], "external_id_decimal"),
            (&["'00123", "''x", "'"], "external_id_apostrophe"),
            (
                &[
                    "#N/A",
                    "#REF!",
                    "#NAME?",
                    "#DIV/0!",
                    "#VALUE!",
                    "#NULL!",
                    "#NUM!",
                    "#SPILL!",
                    "#BEZUG!",
                    "#WERT!",
                    "#NV",
                    "#¡VALOR!",
                    "#¿NOMBRE?",
                    "Err:502",
                    "########",
                    "#ERROR!",
                ],
                "external_id_error",
            ),
            (&["=\"00123", "=\"a\"\"b\"", "=00123"], "external_id_formula"),
            (&["1,001", "12,345,678", "1\u{a0}001", "1\u{202f}234", "1’001"], "external_id_grouped"),
        ] {
            for id in ids {
                assert_eq!(damage(id).map(|invalid| invalid.code), Some(code), "{id}");
            }
        }
        for id in [
            "00123",
            "12E4",
            "1e5",
            "E+5",
            "1.2.0",
            "1001.5",
            "1.0.0",
            "v1.0",
            "1001.",
            ".0",
            "#1001",
            "#A-1",
            "#a!",
            "#",
            "##",
            "Err:",
            "A'1",
            "1.23457E+",
            "=A1",
            "=1+1",
            "=N'-1",
            "+49",
            "-5",
            "e+e",
            "1E+1x",
            "0013000000Gz3Xa",
            "a=b",
            "MAR1",
            "A,0",
            "1,0,0",
            "1.001",
            "1 001",
            "0,001",
            "1,0011",
            "A1,001",
            "=",
        ] {
            assert_eq!(damage(id), None, "{id}");
        }
    }

    #[test]
    fn errors_of_spreadsheets() {
        for text in [
            "#REF!",
            "#VALUE!",
            "#DIV/0!",
            "#NAME?",
            "#ref!",
            "#BEZUG!",
            "#¡REF!",
            "#ÜBERLAUF!",
            "#N/A",
            "#NV",
            "###",
            "#######",
            "#ЗНАЧ!",
            "#Н/Д",
            "#ССЫЛКА!",
            "#DIV/0",
            "#PROPAGATION!",
            "#DEĞER!",
            "#HODNOTA!",
            "Err:502",
        ] {
            assert!(is_spreadsheet_error(text), "{text}");
        }
        for text in ["", "#", "##", "#1", "#VIP!", "REF!", "Err:", "Err:x", "N/A"] {
            assert!(!is_spreadsheet_error(text), "{text}");
        }
        assert!(ERRORS.iter().chain(&NOT_AVAILABLE).all(|word| *word == word.to_lowercase()));
    }

    proptest! {
        #[test]
        fn nothing_panics(id in "\\PC{0,12}") {
            let _ = damage(&id);
        }

        /// Whatever a double prints as an exponent is known.
        #[test]
        fn numbers_of_programs(number in 1e15_f64..1e300) {
            let written = format!("{number:E}").replace('E', "E+");
            let code = damage(&written).map(|invalid| invalid.code);
            prop_assert_eq!(code, Some("external_id_scientific"), "{}", written);
        }
    }
}
