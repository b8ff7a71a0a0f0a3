//! Where in a word a language has its letters: text that was read as another language's has them in other places.

/// Of Latin script, in small letters.
pub(super) fn is_vowel(c: char) -> bool {
    "aeiouyáéíóúýàèìòùâêîôûäëïöüÿãõåæøœăąęěėįųūāēīőűůơư".contains(c)
}

/// The letters beside a place.
fn beside_place(small: &[char], at: usize) -> (Option<char>, Option<char>) {
    let letter = |at: Option<usize>| at.and_then(|at| small.get(at)).copied().filter(|c| c.is_alphabetic());
    (letter(at.checked_sub(1)), letter(Some(at + 1)))
}

/// Whether a letter is where the languages of Western Europe have it. Central European, Baltic and Turkish text that is
/// read as Western has the same letters in other places.
pub(super) fn fits_in_the_west(c: char, small: &[char], at: usize) -> bool {
    let (before, after) = beside_place(small, at);
    let next = |set: &str| after.is_some_and(|after| set.contains(after));
    match c {
        'õ' => next("e"),
        'ã' => after.is_none() || next("oes"),
        'ñ' => next("aeiouáéíóúü"),
        'ç' => next("aeiouáéíóúàèòâêôãõ"),
        'è' => after.is_none_or(|after| !is_vowel(after)),
        'ì' | 'ù' => after.is_none(),
        'ò' => after.is_none() && before != Some('e'),
        'à' => after.is_none() || next("s"),
        'û' => next("tlrnm") || (next("c") && small.get(at + 2) == Some(&'h')) || (after.is_none() && at < 3),
        'ï' | 'ë' => before.is_some_and(is_vowel),
        'ø' => after.is_none_or(|after| !is_vowel(after)),
        'æ' => after.is_some() || before.is_none_or(|before| !"ijvcšœ".contains(before)),
        'þ' => after.is_some() && (before.is_none() || next("aeiouyáéíóúýjrv")),
        'ð' => before.is_some(),
        'œ' => next("uidtsn"),
        'š' | 'ž' => before.is_none_or(is_vowel) || after.is_some_and(is_vowel),
        _ => true,
    }
}

/// The same for the languages of Central and Northern Europe, as which Western text is read.
pub(super) fn fits_elsewhere(c: char, small: &[char], at: usize) -> bool {
    let (before, after) = beside_place(small, at);
    let vowel_before = before.is_some_and(is_vowel);
    let vowel_after = after.is_some_and(is_vowel);
    match c {
        'õ' => false,
        'ě' => before.is_some_and(|before| "dtnbpvmf".contains(before)),
        'ů' => before.is_some() && !vowel_before,
        'ő' | 'ű' => !vowel_before || before == Some('y'),
        'ă' => !vowel_after || after.is_some_and(|after| "iu".contains(after)),
        'ń' => !vowel_after,
        'ŕ' | 'ĺ' => before.is_some() && after.is_some() && !vowel_before && !vowel_after,
        'ď' | 'ř' | 'č' | 'ć' | 'đ' | 'ţ' => vowel_before || vowel_after,
        'ģ' | 'ķ' => vowel_after,
        'ļ' | 'ņ' => vowel_after || after == Some('š'),
        'ē' | 'ā' => !vowel_after,
        _ => true,
    }
}
