//! A person by what texts call them: e-mail addresses, names and phone numbers, found in any text and replaced by a pseudonym.
//!
//! Texts are compared as [`name_key`](super::name_key) compares names: without case, in one Unicode form, without invisible
//! characters. Between the words of a name any of space, `_`, `-` and `.` may stand, so that `jane_doe.pdf` names Jane Doe.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::{fold_more, is_invisible};

/// The domain of the addresses of erased people: no mail is ever delivered to it (RFC 2606).
const ERASED_DOMAIN: &str = "@erased.invalid";

/// What the name of an erased person begins with.
const ERASED_NAME: &str = "person-";

/// A phone number with fewer digits is not looked for: it would be found in other numbers.
const LEAST_DIGITS: usize = 6;

/// What an identifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    Address,
    Phone,
    /// Two words or more.
    Name,
    /// One word, which others may have as well.
    Word,
}

impl Sort {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Name | Self::Word => "name",
        }
    }

    /// Whether nobody else is called so.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Address | Self::Phone)
    }
}

/// Where a text names the person, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub start: usize,
    pub end: usize,
    pub sort: Sort,
    /// Of an address its place among the person's addresses.
    pub place: usize,
}

/// One way to name the person, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needle {
    folded: Vec<char>,
    sort: Sort,
    place: usize,
    /// Letters and digits that every text with it has, in lower case; none where no such ASCII text is known.
    fragment: Option<String>,
}

/// Everything that the person is called.
#[derive(Debug, Clone, Default)]
pub struct Identifiers {
    addresses: Vec<String>,
    names: Vec<String>,
    phones: Vec<String>,
    needles: Vec<Needle>,
}

impl Identifiers {
    /// Adds an e-mail address: whether it is new.
    pub fn add_address(&mut self, address: &str) -> bool {
        let key = address.trim().to_lowercase();
        if key.is_empty() || self.addresses.contains(&key) {
            return false;
        }
        self.needles.push(Needle::new(&key, Sort::Address, self.addresses.len()));
        self.addresses.push(key);
        true
    }

    /// Adds a name as it is written: whether it is new. `Jane Doe` is also found as `Doe, Jane`.
    pub fn add_name(&mut self, name: &str) -> bool {
        let name = name.trim();
        let key = super::name_key(name);
        // Some records have the address in the place of the name.
        if key.is_empty() || name.contains('@') || self.names.iter().any(|known| super::name_key(known) == key) {
            return false;
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        let sort = if words.len() > 1 { Sort::Name } else { Sort::Word };
        self.needles.push(Needle::new(name, sort, 0));
        if let [first @ .., last] = &words[..]
            && !first.is_empty()
        {
            let turned = format!("{}, {}", last.trim_end_matches(','), first.join(" "));
            self.needles.push(Needle::new(&turned, sort, 0));
        }
        self.names.push(name.to_owned());
        true
    }

    /// Adds a phone number as it is written: whether it is new and long enough to be looked for.
    pub fn add_phone(&mut self, phone: &str) -> bool {
        let phone = phone.trim();
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        if digits < LEAST_DIGITS || self.phones.iter().any(|known| known == phone) {
            return false;
        }
        self.needles.push(Needle::new(phone, Sort::Phone, 0));
        self.phones.push(phone.to_owned());
        true
    }

    /// Lower case.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn phones(&self) -> &[String] {
        &self.phones
    }

    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Whether this address is one of the person's.
    pub fn has_address(&self, address: &str) -> bool {
        let key = address.trim().to_lowercase();
        self.addresses.contains(&key)
    }

    /// Whether this is one of the person's names.
    pub fn has_name(&self, name: &str) -> bool {
        let key = super::name_key(name);
        self.names.iter().any(|known| super::name_key(known) == key)
    }

    /// ASCII texts in lower case, of which every text that names the person has one, whatever the case of its letters. None where
    /// a name has no such text: then any text may name the person.
    pub fn fragments(&self) -> Option<Vec<&str>> {
        let mut all: Vec<&str> =
            self.needles.iter().map(|needle| needle.fragment.as_deref()).collect::<Option<Vec<_>>>()?;
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    /// Where the text names the person, from its beginning on; none overlaps another.
    pub fn hits(&self, text: &str) -> Vec<Hit> {
        if text.is_empty() || self.needles.is_empty() {
            return Vec::new();
        }
        let plain = fold(text, |_| false);
        let spaced = fold(text, is_gap);
        let mut all: Vec<Hit> = Vec::new();
        for needle in &self.needles {
            let folded = if needle.sort == Sort::Address { &plain } else { &spaced };
            let hits = needle.hits(folded).into_iter();
            all.extend(hits.filter(|hit| hit.sort == Sort::Address || !is_within_address(text, hit)));
        }
        // What begins first, and of these the longest.
        all.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end), hit.sort));
        let mut end = 0;
        all.retain(|hit| {
            let keep = hit.start >= end;
            if keep {
                end = hit.end;
            }
            keep
        });
        all
    }
}

/// What stands in the place of an erased person: the same in all places, and without a way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pseudonym {
    code: String,
}

impl Pseudonym {
    /// One that follows from the last, random digits of an id.
    pub fn of(id: uuid::Uuid) -> Self {
        let digits = id.simple().to_string();
        Self { code: digits.get(20..).unwrap_or(&digits).to_owned() }
    }

    /// The one that an address is of, if it is that of an erased person.
    pub fn of_address(address: &str) -> Option<Self> {
        let local = address.strip_suffix(ERASED_DOMAIN)?.strip_prefix(ERASED_NAME)?;
        let code = local.split('-').next().unwrap_or(local);
        let fits = code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self { code: code.to_owned() })
    }

    /// The name, also in texts.
    pub fn name(&self) -> String {
        format!("{ERASED_NAME}{}", self.code)
    }

    /// The address in the place of the person's first, second … address: different ones stay different.
    pub fn address(&self, place: usize) -> String {
        match place {
            0 => format!("{}{ERASED_DOMAIN}", self.name()),
            _ => format!("{}-{}{ERASED_DOMAIN}", self.name(), place + 1),
        }
    }

    /// A name that no other record has.
    pub fn unique(&self, record: uuid::Uuid) -> String {
        format!("{}-{}", self.name(), &record.simple().to_string()[20..])
    }

    fn of_hit(&self, hit: &Hit) -> String {
        match hit.sort {
            Sort::Address => self.address(hit.place),
            Sort::Phone | Sort::Name | Sort::Word => self.name(),
        }
    }

    /// The text with these hits replaced.
    pub fn replace(&self, text: &str, hits: &[Hit]) -> String {
        let (mut replaced, mut at) = (String::with_capacity(text.len()), 0);
        for hit in hits {
            replaced.push_str(text.get(at..hit.start).unwrap_or_default());
            replaced.push_str(&self.of_hit(hit));
            at = hit.end;
        }
        replaced.push_str(text.get(at..).unwrap_or_default());
        replaced
    }
}

/// A character of a folded text, and the bytes that it comes from.
type Folded = (char, usize, usize);

/// Whether the hit is a part of an e-mail address: a name in it may be that of somebody else.
fn is_within_address(text: &str, hit: &Hit) -> bool {
    let local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let after = text.get(hit.end..).unwrap_or_default().trim_start_matches(local);
    let before = text.get(..hit.start).unwrap_or_default().trim_end_matches(local);
    after.starts_with('@') || before.ends_with('@')
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '_' | '-' | '.' | '(' | ')' | '+' | '/')
}

/// Every gap is one space; none at the beginning of a needle counts, see [`Needle::new`].
fn fold(text: &str, gap: impl Fn(char) -> bool) -> Vec<Folded> {
    let mut all: Vec<Folded> = Vec::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if is_invisible(c) && !c.is_whitespace() {
            continue;
        }
        if gap(c) || c.is_whitespace() {
            match all.last_mut() {
                Some((' ', _, last)) if gap(' ') => *last = end,
                _ => all.push((' ', start, end)),
            }
            continue;
        }
        let folded = std::iter::once(c).nfkd().flat_map(char::to_lowercase).flat_map(fold_more).nfkd();
        all.extend(folded.map(|c| (c, start, end)));
    }
    all
}

impl Needle {
    fn new(text: &str, sort: Sort, place: usize) -> Self {
        let spaced = sort != Sort::Address;
        let folded = fold(text, |c| spaced && is_gap(c)).into_iter().map(|(c, ..)| c);
        let folded: String = folded.collect();
        // Composed, as a text with the characters in either form has the letters before the first accent.
        let composed: String = text.nfc().collect();
        let runs = composed.split(|c: char| !c.is_ascii_alphanumeric());
        let longest = runs.max_by_key(|run| run.len()).filter(|run| run.len() > 1);
        Self { folded: folded.trim().chars().collect(), sort, place, fragment: longest.map(str::to_ascii_lowercase) }
    }

    fn hits(&self, text: &[Folded]) -> Vec<Hit> {
        let mut all = Vec::new();
        let length = self.folded.len();
        if length == 0 {
            return all;
        }
        let mut at = 0;
        while let Some(window) = text.get(at..at + length) {
            let equal = window.iter().zip(&self.folded).all(|((c, ..), wanted)| c == wanted);
            // A character that folds to several is named as a whole.
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            let after = text.get(at + length);
            if equal && self.begins(before) && self.ends(after, text.get(at + length + 1)) {
                let (start, end) =
                    (window.first().map_or(0, |(_, start, _)| *start), window.last().map_or(0, |(.., end)| *end));
                all.push(Hit { start, end, sort: self.sort, place: self.place });
                at += length;
            } else {
                at += 1;
            }
        }
        all
    }

    fn begins(&self, before: Option<&Folded>) -> bool {
        let Some((c, ..)) = before else { return true };
        match self.sort {
            Sort::Address => !(c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')),
            _ => !self.folded.first().is_some_and(|own| continues(*own, *c)),
        }
    }

    fn ends(&self, after: Option<&Folded>, next: Option<&Folded>) -> bool {
        let Some((c, ..)) = after else { return true };
        match self.sort {
            // A full stop may end the sentence.
            Sort::Address if *c == '.' => !next.is_some_and(|(next, ..)| next.is_alphanumeric()),
            Sort::Address => !(c.is_alphanumeric() || *c == '-'),
            _ => !is_combining_mark(*c) && !self.folded.last().is_some_and(|own| continues(*own, *c)),
        }
    }
}

/// Whether two characters side by side are of one word. Scripts without upper and lower case write no spaces between words.
fn continues(own: char, other: char) -> bool {
    let is_letter = |c: char| c.is_lowercase() || c.is_numeric() || is_combining_mark(c);
    is_letter(own) && is_letter(other)
}

#[cfg(test)]
mod tests;
