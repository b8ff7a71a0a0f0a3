//! Whether a word that was decoded looks like one that somebody wrote.
//!
//! Text in a wrong encoding has signs inside words, capitals after small letters, letters that no language has together,
//! or letters where their language never has them. A word with the first kinds is no word; the last kinds cast a doubt.

mod places;

use self::places::{fits_elsewhere, fits_in_the_west, is_vowel};

/// What a word looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plausibility {
    Fine,
    Doubtful,
    Wrong,
}

/// The letters beyond ASCII of languages in Latin script.
const ALPHABETS: [&str; 20] = [
    "äöüßé",               // German
    "àâæçéèêëîïôœùûüÿ",    // French
    "áéíñóúü",             // Spanish
    "àçèéíïòóúü",          // Catalan
    "àáâãçéêíóôõúü",       // Portuguese
    "àèéìíîòóùú",          // Italian
    "æøåéôöäü",            // Danish, Norwegian
    "åäöéüàšž",            // Swedish, Finnish
    "áðéíóúýþæö",          // Icelandic
    "áèéêëíïóöü",          // Dutch
    "ąćęłńóśźż",           // Polish
    "áčďéěíňóřšťúůýžäöü",  // Czech
    "áäčďéíĺľňóôŕšťúýžöü", // Slovak
    "áéíóöőúüűä",          // Hungarian
    "ăâîșțşţ",             // Romanian
    "čćđšž",               // Croatian, Slovenian
    "äöõüšž",              // Estonian
    "āčēģīķļņōŗšūž",       // Latvian
    "ąčęėįšųūž",           // Lithuanian
    "çğıöşüâîû",           // Turkish
];

/// Cyrillic letters of the South, and those that languages with them lack.
const SERBIAN: &str = "ђћљњџјѓќѕ";
const RUSSIAN: &str = "ыэъьюящйёїєў";

/// Words out of a thousand that don't look like words, each for itself or among the others.
pub(super) fn oddity(words: &[String], western: bool) -> usize {
    let with = |set: &str| words.iter().filter(|word| word.chars().any(|c| set.contains(c))).count();
    let odd = words.iter().filter(|word| look(word, western) > Plausibility::Fine).count();
    // Letters of the South alone are what Cyrillic of the Macintosh comes to elsewhere.
    let southern = with("ЂЃЉЊЌЋЏЈЅђѓљњќћџјѕ");
    // An eth comes with other letters of Icelandic.
    let eths = if western && with("þæíóýÞÆÍÓÝ") == 0 { with("ðÐ") } else { 0 };
    (1000 * (odd + southern + eths)).div_ceil(words.len().max(1))
}

/// Looks at a word; `western` says that the encoding is one of Western Europe, whose letters have their places.
pub(super) fn look(word: &str, western: bool) -> Plausibility {
    let chars: Vec<char> = word.chars().collect();
    let mut look = Plausibility::Fine;
    let mut run = 0;
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1).copied();
        if c.is_ascii() {
            run = 0;
            continue;
        }
        if !c.is_alphabetic() {
            run = 0;
            look = look.max(sign(c, &chars[..at], &chars[at + 1..]));
            continue;
        }
        let script = script(c);
        run = if script == Script::Latin { run + 1 } else { 0 };
        let neighbours = [before, after].into_iter().flatten().filter(|c| c.is_alphabetic());
        look = look.max(match run {
            0..=2 => Plausibility::Fine,
            // `Žďár`, `Þýðing`.
            3 if !western || chars.iter().any(|c| "þðýÞÝ".contains(*c)) => Plausibility::Fine,
            _ => Plausibility::Doubtful,
        });
        for other in neighbours {
            look = look.max(beside(script, self::script(other)));
        }
        // `CafÉ` and `nÑo` are not written, `ÉTÉ` and `Éa` are.
        let small_before = before.is_some_and(char::is_lowercase);
        let lone_capital = before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_lowercase);
        if c.is_uppercase() && (small_before || lone_capital) {
            look = Plausibility::Wrong;
        }
        if c.is_lowercase() && !matches!(c, 'ß' | 'ı') {
            let between = before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_uppercase);
            let capital_after = after.is_some_and(char::is_uppercase);
            if between || (capital_after && script != Script::Latin) {
                look = Plausibility::Wrong;
            }
        }
        let number = [before, after].into_iter().flatten().any(|c| c.is_ascii_digit());
        if number && script == Script::Latin && !is_abbreviation(c) {
            look = look.max(Plausibility::Doubtful);
        }
        if script == Script::HalfWidth {
            look = look.max(Plausibility::Doubtful);
        }
    }
    let small: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let fits = if western { fits_in_the_west } else { fits_elsewhere };
    let odd = small.iter().enumerate().any(|(at, &c)| !c.is_ascii() && !fits(c, &small, at));
    look.max(letters(&chars)).max(if odd { Plausibility::Doubtful } else { Plausibility::Fine })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    /// Han, Kana and Hangul, which stand beside Latin words.
    Wide,
    HalfWidth,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{400}'..='\u{52F}' => Script::Cyrillic,
        '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' => Script::Wide,
        '\u{FF61}'..='\u{FFDC}' => Script::HalfWidth,
        _ => Script::Other,
    }
}

/// Two letters side by side.
fn beside(one: Script, other: Script) -> Plausibility {
    match (one, other) {
        (Script::Wide, _) | (_, Script::Wide) => Plausibility::Fine,
        (one, other) if one == other => Plausibility::Fine,
        _ => Plausibility::Wrong,
    }
}

/// A character that is no letter and not ASCII, with what stands around it in its word.
fn sign(c: char, before: &[char], after: &[char]) -> Plausibility {
    let letter = |c: Option<&char>| c.is_some_and(|c| c.is_alphabetic());
    let (left, right) = (letter(before.last()), letter(after.first()));
    match c {
        '\u{80}'..='\u{9F}' | '\u{E000}'..='\u{F8FF}' | '\u{FFFD}' => Plausibility::Wrong,
        '’' if left && right => elision(before, after),
        '\u{300}'..='\u{36F}' if before.last().is_some_and(|c| c.to_lowercase().next().is_some_and(is_vowel)) => {
            Plausibility::Fine
        }
        '\u{300}'..='\u{36F}' => Plausibility::Wrong,
        '\u{591}'..='\u{65F}' | '\u{E31}'..='\u{E4E}' => match before.last() {
            // Marks of Hebrew, Arabic and Thai stand on letters of theirs.
            Some(letter) if script(*letter) == Script::Other => Plausibility::Fine,
            _ => Plausibility::Wrong,
        },
        // The middle dot of Catalan.
        '·' if before.last() == Some(&'l') => Plausibility::Fine,
        '–' | '—' if left && right => match after.first() {
            Some(next) if next.is_lowercase() => Plausibility::Doubtful,
            _ => Plausibility::Fine,
        },
        '¤' | '¬' | '¦' => Plausibility::Doubtful,
        '§' if left => Plausibility::Wrong,
        _ if is_wide_sign(c) => Plausibility::Fine,
        '…' if right && !left => Plausibility::Doubtful,
        '\u{A0}' | '…' | '\u{AD}' | '\u{200B}'..='\u{200F}' => Plausibility::Fine,
        _ if left && right => Plausibility::Wrong,
        '“' | '‘' | '«' | '‹' | '„' | '‚' | '¿' | '¡' | '€' | '£' | '¥' | '$' | '§' | '•' | '–' | '—' | '’' | '”'
        | '»' | '©' | '№'
            if right =>
        {
            Plausibility::Fine
        }
        _ if right => Plausibility::Wrong,
        '‚' | '„' | '‹' | '«' | '¿' | '¡' | 'ˆ' | '˜' | '¯' | '¨' | '¸' | '‰' | '±' if left => {
            Plausibility::Wrong
        }
        _ => Plausibility::Fine,
    }
}

/// Letters that stand for words: `5º`, `µm`.
const fn is_abbreviation(c: char) -> bool {
    matches!(c, 'ª' | 'º' | 'µ')
}

/// Punctuation and symbols of East Asia.
fn is_wide_sign(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{30FB}'..='\u{30FF}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}')
}

/// An apostrophe between letters: `it’s`, `O’Brien`, `dell’arte`.
fn elision(before: &[char], after: &[char]) -> Plausibility {
    let head: String = before.iter().rev().take_while(|c| c.is_alphabetic()).collect();
    let tail: String = after.iter().take_while(|c| c.is_alphabetic()).collect();
    let ends = ["s", "t", "d", "m", "ll", "re", "ve", "n", "i", "S", "T"].contains(&tail.as_str());
    let begins = head.chars().count() <= 2 || head.starts_with("ll") || head.starts_with("d") || head.starts_with("nu");
    let latin = head.chars().any(|c| script(c) == Script::Latin);
    if ends || begins || !latin { Plausibility::Fine } else { Plausibility::Doubtful }
}

/// Whether some language has all of the letters.
fn letters(chars: &[char]) -> Plausibility {
    let small = |c: char| c.to_lowercase().next().unwrap_or(c);
    let beyond: Vec<char> = chars.iter().filter(|c| !c.is_ascii() && c.is_alphabetic()).map(|&c| small(c)).collect();
    let latin: Vec<char> =
        beyond.iter().copied().filter(|&c| script(c) == Script::Latin && !is_abbreviation(c)).collect();
    if !latin.is_empty() && !ALPHABETS.iter().any(|alphabet| latin.iter().all(|&c| alphabet.contains(c) || c == 'i')) {
        return Plausibility::Doubtful;
    }
    let any = |set: &str| beyond.iter().any(|&c| set.contains(c));
    if any(SERBIAN) && any(RUSSIAN) {
        return Plausibility::Doubtful;
    }
    let accents = beyond.iter().filter(|c| "άέήίόύώΐΰ".contains(**c)).count();
    let end = chars.iter().rposition(|c| c.is_alphabetic());
    let early = chars.iter().enumerate().any(|(at, &c)| c == 'ς' && Some(at) != end);
    if accents > 1 || early {
        return Plausibility::Doubtful;
    }
    // `M黮ler`: a wide letter that two of a Latin word became.
    let wide = |c: &char| script(*c) == Script::Wide && c.is_alphabetic();
    let mut look = Plausibility::Fine;
    for (at, _) in chars.iter().enumerate().filter(|(_, c)| wide(c)) {
        let small_before = at >= 1 && chars[at - 1].is_ascii_lowercase();
        let letter_before = at >= 1 && chars[at - 1].is_ascii_alphabetic();
        let small_after = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter_before && small_after {
            return Plausibility::Wrong;
        }
        if small_before && at >= 2 && chars[at - 2].is_ascii_lowercase() && chars.get(at + 1).is_none_or(|c| !wide(c)) {
            look = Plausibility::Doubtful;
        }
    }
    look
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_they_are_written() {
        let words = "Müller Größe STRAßE Père Crèche Forêt Goût Où à Noël Maïs L’Oréal Children’s O’Brien dell’Opera Møller \
                     Ørsted Åse Mærsk Muñoz García São Construções Città Nicolò Così Þór Guðmundur België “Best” €10 £5 5€ © \
                     Company™ ½ 90° Éa ÉTÉ Paris–London";
        for word in words.split_whitespace() {
            assert_eq!(look(word, true), Plausibility::Fine, "{word}");
        }
        let words = "Dvořák Žďár Łódź Wałęsa Győr Szűcs Kovačević Čačak Bucureşti Şişli Güneş Žemaitė Rīga Ромашка ЗАО Ђорђе \
                     Ελλάδα Πειραιώς 株式会社 トヨタ自動車 IBM中国 삼성전자 ישראל";
        for word in words.split_whitespace() {
            assert_eq!(look(word, false), Plausibility::Fine, "{word}");
        }
    }

    #[test]
    fn words_in_a_wrong_encoding() {
        for (word, expected) in [
            ("CafŽ", Plausibility::Wrong),
            ("SociŽtŽ", Plausibility::Wrong),
            ("Gr”áe", Plausibility::Wrong),
            ("†bersee", Plausibility::Wrong),
            ("Ðîìàøêà", Plausibility::Doubtful),
            ("Wa³êsa", Plausibility::Wrong),
            ("нНЛЮЬЙЮ", Plausibility::Wrong),
            ("Mьller", Plausibility::Wrong),
            ("M黮ler", Plausibility::Wrong),
            ("MÃ¼ller", Plausibility::Wrong),
            ("Garc’a", Plausibility::Doubtful),
            ("Gyõr", Plausibility::Doubtful),
            ("Tûz", Plausibility::Doubtful),
            ("Hùlka", Plausibility::Doubtful),
            ("Nìmec", Plausibility::Doubtful),
            ("Dvoøák", Plausibility::Doubtful),
            ("Èerný", Plausibility::Doubtful),
            ("Gdañsk", Plausibility::Doubtful),
            ("Bendrovë", Plausibility::Doubtful),
            ("Çaðlar", Plausibility::Doubtful),
            ("Ì¡ÊÁÅ", Plausibility::Wrong),
            ("Њосквя", Plausibility::Doubtful),
            ("Πξμΰψκΰ", Plausibility::Doubtful),
        ] {
            assert_eq!(look(word, true), expected, "{word}");
        }
    }
}
