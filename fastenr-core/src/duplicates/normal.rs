//! The part of a company's name that tells it from others: without case, accents, punctuation and legal form.

use unicode_normalization::UnicodeNormalization;

use crate::model::name_key;

/// A name reduced to what is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Normal {
    /// Words of lowercase letters and digits with one space between; empty where the name has neither.
    pub key: String,
    /// The legal form that stood at the end, in its short writing, such as `ltd`; empty: none.
    pub form: String,
}

/// Legal forms as they end names, in words: as written here, or spelled letter by letter (`S. A.`). Beside it what it is called
/// where two forms are compared; a form that says nothing of its own has none. Longer ones come first.
const FORMS: &[(&[&str], &str)] = &[
    (&["public", "joint", "stock", "company"], "pjsc"),
    (&["open", "joint", "stock", "company"], "ojsc"),
    (&["public", "limited", "company"], "plc"),
    (&["public", "company", "limited"], "plc"),
    (&["public", "co", "ltd"], "plc"),
    (&["joint", "stock", "company"], "jsc"),
    (&["limited", "liability", "company"], "llc"),
    (&["sa", "de", "cv"], "sa"),
    (&["sab", "de", "cv"], "sa"),
    (&["sapi", "de", "cv"], "sa"),
    (&["gmbh", "and", "co", "kgaa"], "gmbh"),
    (&["gmbh", "and", "co", "kg"], "gmbh"),
    (&["ag", "and", "co", "kgaa"], "ag"),
    (&["se", "and", "co", "kgaa"], "se"),
    (&["sp", "z", "oo"], "spzoo"),
    (&["kabushiki", "kaisha"], "kk"),
    (&["anonim", "sirketi"], "as"),
    (&["societe", "anonyme"], "sa"),
    (&["sociedad", "anonima"], "sa"),
    (&["and", "company"], ""),
    (&["and", "co"], ""),
    (&["pvt", "ltd"], "ltd"),
    (&["private", "limited"], "ltd"),
    (&["pty", "ltd"], "ltd"),
    (&["pte", "ltd"], "ltd"),
    (&["sdn", "bhd"], "bhd"),
    (&["co", "ltd"], "ltd"),
    (&["incorporated"], "inc"),
    (&["inc"], "inc"),
    (&["corporation"], "corp"),
    (&["corp"], "corp"),
    (&["company"], ""),
    (&["co"], ""),
    (&["coltd"], "ltd"),
    (&["limited"], "ltd"),
    (&["ltd"], "ltd"),
    (&["ltda"], "ltda"),
    (&["limitada"], "ltda"),
    (&["llc"], "llc"),
    (&["llp"], "llp"),
    (&["ulc"], "ulc"),
    (&["plc"], "plc"),
    (&["pcl"], "plc"),
    (&["gmbh"], "gmbh"),
    (&["aktiengesellschaft"], "ag"),
    (&["ag"], "ag"),
    (&["kgaa"], "kgaa"),
    (&["kg"], "kg"),
    (&["ohg"], "ohg"),
    (&["se"], "se"),
    (&["sarl"], "sarl"),
    (&["sas"], "sas"),
    (&["saog"], "sa"),
    (&["sau"], "sa"),
    (&["sca"], "sca"),
    (&["sa"], "sa"),
    (&["spa"], "spa"),
    (&["srl"], "srl"),
    (&["slu"], "sl"),
    (&["sl"], "sl"),
    (&["nv"], "nv"),
    (&["bv"], "bv"),
    (&["bvba"], "bv"),
    (&["publ"], ""),
    (&["ab"], "ab"),
    (&["asa"], "asa"),
    (&["aps"], "aps"),
    (&["as"], "as"),
    (&["oyj"], "oyj"),
    (&["oy"], "oy"),
    (&["pjsc"], "pjsc"),
    (&["ojsc"], "ojsc"),
    (&["jsc"], "jsc"),
    (&["qpsc"], "qpsc"),
    (&["pao"], "pjsc"),
    (&["oao"], "ojsc"),
    (&["ooo"], "llc"),
    (&["tbk"], ""),
    (&["bhd"], "bhd"),
    (&["berhad"], "bhd"),
    (&["pte"], "ltd"),
    (&["pty"], "ltd"),
    (&["pvt"], "ltd"),
    (&["kk"], "kk"),
    (&["doo"], "doo"),
    (&["sro"], "sro"),
    (&["spzoo"], "spzoo"),
    (&["kft"], "kft"),
    (&["nyrt"], "nyrt"),
    (&["zrt"], "zrt"),
];

/// What begins names and says as little.
const FIRST: &[&[&str]] = &[
    &["public", "joint", "stock", "company"],
    &["open", "joint", "stock", "company"],
    &["joint", "stock", "company"],
    &["the"],
    &["pt"],
    &["pjsc"],
    &["ojsc"],
    &["jsc"],
    &["pao"],
    &["oao"],
    &["ooo"],
];

/// Legal forms in writing without spaces between words, at the beginning or the end.
const UNSPACED: [&str; 6] = ["株式会社", "有限会社", "股份有限公司", "有限公司", "주식회사", "(株)"];

/// The normal form of a name: `normal(&normal(x).key).key == normal(x).key`.
pub fn normal(name: &str) -> Normal {
    let mut form = String::new();
    let mut key = pass(name, &mut form);
    // What one pass leaves may be more to take away for the next; each makes it shorter, or is the last.
    loop {
        let next = pass(&key, &mut form);
        if next == key {
            return Normal { key, form };
        }
        key = next;
    }
}

fn pass(name: &str, form: &mut String) -> String {
    let folded = folded(name);
    let words = folded.split(' ').filter(|word| !word.is_empty());
    let mut words: Vec<&str> = words.map(|word| if word == "und" { "and" } else { word }).collect();
    loop {
        let before = words.len();
        if let Some(first) = FIRST.iter().find(|first| words.len() > first.len() && words.starts_with(first)) {
            words.drain(..first.len());
        }
        if let Some((taken, short)) = FORMS.iter().find_map(|(words_of, short)| Some((ends(&words, words_of)?, short)))
        {
            words.truncate(words.len() - taken);
            if form.is_empty() {
                form.push_str(short);
            }
        }
        if words.len() == before {
            return joined(&words);
        }
    }
}

/// Of how many words the end of a name is this form, whole or letter by letter; something must be left of the name.
fn ends(words: &[&str], form: &[&str]) -> Option<usize> {
    if words.len() > form.len() && words.ends_with(form) {
        return Some(form.len());
    }
    let [form] = form else { return None };
    let letters = form.len();
    let spelled = words.len() > letters
        && words[words.len() - letters..].iter().zip(form.chars()).all(|(word, c)| word.chars().eq([c]));
    spelled.then_some(letters)
}

/// Single letters that follow each other are an abbreviation: `a o smith` is `ao smith`.
fn joined(words: &[&str]) -> String {
    let mut key = String::new();
    let mut single = false;
    for word in words {
        let one = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        if !(key.is_empty() || single && one) {
            key.push(' ');
        }
        key.push_str(word);
        single = one;
    }
    key
}

/// Letters and digits without case and accents; whatever else is a space, but for apostrophes, which are nothing.
fn folded(name: &str) -> String {
    let mut text = name_key(name);
    for form in UNSPACED {
        if let Some(rest) = text.strip_suffix(form).or_else(|| text.strip_prefix(form))
            && !rest.trim().is_empty()
        {
            text = rest.trim().to_owned();
        }
    }
    if text.is_ascii() {
        let mut folded = String::with_capacity(text.len());
        text.chars().for_each(|c| push(&mut folded, c));
        return folded;
    }
    // Accents of Latin, Greek and Cyrillic go; marks of other scripts make other letters.
    let bare: String = text.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).nfc().collect();
    let mut folded = String::with_capacity(bare.len());
    bare.chars().for_each(|c| push(&mut folded, c));
    folded
}

fn push(folded: &mut String, c: char) {
    match c {
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' => {}
        '&' | '+' => folded.push_str(" and "),
        'ø' => folded.push('o'),
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'ł' => folded.push('l'),
        'đ' | 'ð' => folded.push('d'),
        'þ' => folded.push_str("th"),
        'ı' => folded.push('i'),
        c if c.is_alphanumeric() => folded.push(c),
        // Marks that make other letters of other scripts are part of their words.
        c if !c.is_ascii() && unicode_normalization::char::is_combining_mark(c) => folded.push(c),
        _ => folded.push(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_writings() {
        let cases: &[(&str, &[&str])] = &[
            (
                "acme",
                &[
                    "Acme",
                    "ACME, Inc.",
                    "The Acme Company",
                    "Acme Ltd",
                    "acme corp",
                    "Acmé GmbH & Co. KG",
                    "Acme S. A.",
                ],
            ),
            ("ao smith", &["A. O. Smith", "A.O. Smith Corporation", "AO Smith Corp."]),
            ("loreal", &["L'Oréal S.A.", "L’ORÉAL", "LOreal SA"]),
            ("bolt and sons", &["Bolt & Sons", "Bolt and Sons Limited", "BOLT+SONS PLC"]),
            ("muller", &["Müller AG", "Muller Aktiengesellschaft"]),
            ("ap moller maersk", &["A.P. Møller - Mærsk A/S", "AP Moller Maersk AS"]),
            ("tri chemical laboratories", &["Tri Chemical Laboratories Inc", "Tri Chemical Laboratories Co.,Ltd."]),
            ("rosneft oil", &["Public Joint Stock Company Rosneft Oil Company", "PJSC Rosneft Oil"]),
            ("トヨタ自動車", &["トヨタ自動車株式会社", "株式会社トヨタ自動車"]),
            ("kuehne and nagel", &["Kuehne & Nagel AG", "Kuehne und Nagel"]),
            ("plan b", &["Plan B S.A.", "Plan B"]),
            ("bredband2 i skandinavien", &["Bredband2 i Skandinavien AB (publ)"]),
        ];
        for (key, names) in cases {
            for name in *names {
                assert_eq!(normal(name).key, *key, "{name}");
            }
        }
    }

    #[test]
    fn what_is_left_is_a_name() {
        for (name, key) in
            [("Limited", "limited"), ("The Co", "co"), ("S.A.", "sa"), ("!?", ""), ("", ""), ("3M Company", "3m")]
        {
            assert_eq!(normal(name).key, key, "{name}");
        }
        assert_ne!(normal("Fund II").key, normal("Fund III").key);
        assert_ne!(normal("が社").key, normal("か社").key);
    }

    #[test]
    fn forms() {
        for (name, form) in [
            ("Acme Limited", "ltd"),
            ("Acme Co., Ltd.", "ltd"),
            ("Acme Company", ""),
            ("Acme", ""),
            ("Acme S.A. de C.V.", "sa"),
            ("Acme GmbH & Co. KG", "gmbh"),
            ("Acme AB (publ)", "ab"),
        ] {
            assert_eq!(normal(name).form, form, "{name}");
        }
    }
}
