//! Names that stand for others: the same for the same text and key, and nobody reads the text from them.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The secret of a copy. Who has it can find out whether a text that they guess is in the copy.
#[derive(Clone)]
pub struct Key([u8; 32]);

const CONSONANTS: &[u8] = b"bdfghjklmnprstvz";
const VOWELS: &[u8] = b"aeiou";

/// As long as texts may be that a person edits on one line.
const LINE: usize = 255;

impl Key {
    /// The same seed gives the same key.
    pub fn seeded(seed: u64) -> Self {
        Self(Sha256::digest(format!("anonymised {seed}")).into())
    }

    pub const fn random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn hash(&self, kind: &str, text: &str) -> [u8; 32] {
        Sha256::new_with_prefix(self.0).chain_update(kind).chain_update([0]).chain_update(text).finalize().into()
    }

    pub(super) fn digits(&self, kind: &str, text: &str, length: usize) -> String {
        self.stream(kind, text, length).into_iter().map(|byte| char::from(b'0' + byte % 10)).collect()
    }

    pub(super) fn hexadecimal(&self, kind: &str, text: &str, length: usize) -> String {
        let digits = crate::digest::hexadecimal(&self.hash(kind, text));
        digits.chars().take(length).collect()
    }

    /// As many bytes, for a file.
    pub(super) fn stream(&self, kind: &str, text: &str, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 32);
        let mut block = self.hash(kind, text);
        while bytes.len() < length {
            bytes.extend_from_slice(&block);
            block = Sha256::digest(block).into();
        }
        bytes.truncate(length);
        bytes
    }

    /// Each word becomes another one, numbers become others of the same length; blanks and punctuation stay. No word has more than
    /// three letters in a row, so that none is one of the source.
    pub(super) fn words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        let mut word = String::new();
        for c in text.chars() {
            if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) {
                word.push(c);
            } else {
                self.put_word(&mut out, &word);
                word.clear();
                out.push(c);
            }
        }
        self.put_word(&mut out, &word);
        if text.chars().count() <= LINE && out.chars().count() > LINE {
            out = out.chars().take(LINE).collect::<String>().trim_end().to_owned();
        }
        out
    }

    fn put_word(&self, out: &mut String, word: &str) {
        if word.is_empty() {
            return;
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&self.digits("number", word, word.len()));
            return;
        }
        let hash = self.hash("word", &word.to_lowercase());
        let is_capital = word.starts_with(char::is_uppercase);
        for (place, byte) in hash.iter().take(8).enumerate() {
            let letters = match place % 4 {
                1 => VOWELS,
                3 => b"0123456789",
                _ => CONSONANTS,
            };
            let letter = letters[usize::from(*byte) % letters.len()];
            out.push(char::from(if place == 0 && is_capital { letter.to_ascii_uppercase() } else { letter }));
        }
    }

    /// Words that nothing else in the source is called.
    pub(super) fn unique(&self, text: &str) -> String {
        format!("{} {}", self.words(text), self.digits("unique", text, 8))
    }

    pub(super) fn identifier(&self, text: &str) -> String {
        format!("x{}", self.digits("identifier", text, 18))
    }

    pub(super) fn domain(&self, text: &str) -> String {
        let text = text.to_lowercase();
        format!("d{}.example", self.digits("domain", text.strip_prefix("www.").unwrap_or(&text), 12))
    }

    pub(super) fn email(&self, text: &str) -> String {
        let text = text.to_lowercase();
        let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
        format!("p{}@{}", self.digits("address", &text, 14), self.domain(domain))
    }

    /// A text of which nothing is known. What has no letters stays, and so do ids.
    pub(super) fn value(&self, text: &str) -> String {
        if matches!(text, "true" | "false") || !text.chars().any(char::is_alphabetic) || Uuid::parse_str(text).is_ok() {
            return text.to_owned();
        }
        if !text.contains('@') {
            return self.words(text);
        }
        let is_between = |c: char| c.is_whitespace() || ",;<>\"()".contains(c);
        text.split_inclusive(is_between)
            .map(|part| {
                let (own, end) = part
                    .char_indices()
                    .last()
                    .filter(|(_, c)| is_between(*c))
                    .map_or((part, ""), |(at, _)| part.split_at(at));
                let own = if own.contains('@') { self.email(own) } else { self.words(own) };
                own + end
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_names() {
        let (one, same, other) = (Key::seeded(1), Key::seeded(1), Key::seeded(2));
        for text in ["Acme GmbH", "jo@acme.example", "A-1", ""] {
            for pseudonym in [Key::words, Key::value, Key::identifier, Key::email, Key::domain, Key::unique] {
                assert_eq!(pseudonym(&one, text), pseudonym(&same, text));
                assert!(pseudonym(&one, text) != pseudonym(&other, text) || text.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn words_keep_their_shape_and_are_none_of_the_source() {
        let key = Key::seeded(7);
        let words = key.words("Éclair & Söhne, 2026: 東京 x");
        assert_eq!(words.split(' ').count(), 5 + 1, "{words}");
        assert!(words.contains(" & ") && words.contains(", ") && words.contains(": "), "{words}");
        assert!(words.starts_with(|c: char| c.is_ascii_uppercase()), "{words}");
        let most = words.split(|c: char| !c.is_alphabetic()).map(str::len).max();
        assert!(most.is_some_and(|most| most <= 3), "{words}");
        assert_eq!(key.words("acme").to_lowercase(), key.words("ACME").to_lowercase());
        assert!(key.words(&"a b ".repeat(60)).chars().count() <= 255);
        assert_eq!(key.value("Jo <jo@x.example>, 5").matches('@').count(), 1);
        assert_eq!(key.value("2026-01-31"), "2026-01-31");
    }
}
