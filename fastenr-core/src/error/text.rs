//! Texts that name what a caller can do. They are kept as words and data; each edge writes the data its own way: the
//! command line as flags and commands, the API as parameters, members and paths.

use std::borrow::Cow;
use std::fmt;

use super::ways::{Call, GivenSetting, Setting, Verb};

/// How an edge writes what its callers can do. `None`: they can't do it, so the text that needs it is left out.
pub trait Edge {
    fn setting(&self, given: &GivenSetting) -> Option<String>;
    fn call(&self, call: &Call) -> Option<String>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(Cow<'static, str>),
    Setting(GivenSetting),
    Call(Call),
    /// The header of the column that the error is about, in TOML; not known yet.
    Header,
}

/// Words, settings and calls in their order. [`say!`](crate::say) makes one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

impl Text {
    /// The template with the texts in place of each `{}`.
    pub fn fill<const N: usize>(template: &'static str, texts: [Self; N]) -> Self {
        let mut words = template.split("{}");
        let mut filled = Self::default();
        filled.add(words.next());
        for text in texts {
            filled.0.extend(text.0);
            filled.add(words.next());
        }
        filled
    }

    fn add(&mut self, words: Option<&'static str>) {
        self.0.extend(words.filter(|words| !words.is_empty()).map(|words| Piece::Words(words.into())));
    }

    pub fn joined<T: Into<Self>>(texts: impl IntoIterator<Item = T>, between: &'static str) -> Self {
        let mut joined = Self::default();
        for text in texts {
            if !joined.0.is_empty() {
                joined.0.push(Piece::Words(between.into()));
            }
            joined.0.extend(text.into().0);
        }
        joined
    }

    /// The header of the column that the error is about, as a mapping file has it.
    pub(crate) fn header() -> Self {
        Self(vec![Piece::Header])
    }

    /// The same about a column of a file: see [`Self::header`] and [`Setting::of_column`].
    pub(crate) fn about_column(&self, column: &str) -> Self {
        let about = |piece: &Piece| match piece {
            Piece::Setting(given) => Piece::Setting(given.about_column(column)),
            Piece::Header => Piece::Words(toml::Value::String(column.to_owned()).to_string().into()),
            other => other.clone(),
        };
        Self(self.0.iter().map(about).collect())
    }

    /// As an edge writes it.
    pub fn at(&self, edge: &dyn Edge) -> Option<String> {
        let written = self.0.iter().map(|piece| match piece {
            Piece::Words(words) => Some(words.clone()),
            Piece::Setting(given) => edge.setting(given).map(Cow::Owned),
            Piece::Call(call) => edge.call(call).map(Cow::Owned),
            Piece::Header => Some("\"COLUMN\"".into()),
        });
        written.collect()
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self(vec![Piece::Words(words.into())])
    }
}

impl From<&'static str> for Text {
    fn from(words: &'static str) -> Self {
        Self(vec![Piece::Words(words.into())])
    }
}

impl From<u64> for Text {
    fn from(number: u64) -> Self {
        number.to_string().into()
    }
}

impl From<GivenSetting> for Text {
    fn from(given: GivenSetting) -> Self {
        Self(vec![Piece::Setting(given)])
    }
}

impl From<Setting> for Text {
    fn from(setting: Setting) -> Self {
        GivenSetting::from(setting).into()
    }
}

impl From<Call> for Text {
    fn from(call: Call) -> Self {
        Self(vec![Piece::Call(call)])
    }
}

impl From<Verb> for Text {
    fn from(verb: Verb) -> Self {
        Call::from(verb).into()
    }
}

/// For programs that use the library, for logs, and for files: names as members have them.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Edge for Plain {
    fn setting(&self, given: &GivenSetting) -> Option<String> {
        Some(match given.value.as_ref() {
            Some(value) => format!("{}={value}", given.setting),
            None => given.setting.to_string(),
        })
    }

    fn call(&self, call: &Call) -> Option<String> {
        let mut text = call.verb.to_string();
        for word in call.record.iter().cloned().chain(call.settings.iter().filter_map(|given| self.setting(given))) {
            text.push(' ');
            text.push_str(&word);
        }
        Some(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at(&Plain).unwrap_or_default())
    }
}

/// Ways out, the likeliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints(Vec<Text>);

impl Hints {
    pub fn push(&mut self, hint: impl Into<Text>) {
        let hint = hint.into();
        if !hint.0.is_empty() {
            self.0.push(hint);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that the edge can write.
    pub fn each<'h>(&'h self, edge: &'h dyn Edge) -> impl Iterator<Item = String> + 'h {
        self.0.iter().filter_map(|hint| hint.at(edge))
    }

    /// The same as one text, if there is any.
    pub fn at(&self, edge: &dyn Edge) -> Option<String> {
        let each: Vec<String> = self.each(edge).collect();
        (!each.is_empty()).then(|| each.join("; "))
    }
}

/// Can do nothing.
struct Bare;

impl Edge for Bare {
    fn setting(&self, _: &GivenSetting) -> Option<String> {
        None
    }

    fn call(&self, _: &Call) -> Option<String> {
        None
    }
}

impl Hints {
    /// Those that are words alone, such as the nearest names, for a text that has no edge yet.
    pub(crate) fn words(&self) -> Option<String> {
        self.at(&Bare)
    }
}

impl fmt::Display for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at(&Plain).unwrap_or_default())
    }
}

/// What is told of work that was done: a sentence without a full stop, and what a caller can do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    pub hints: Hints,
}

impl Note {
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hints.push(hint);
        self
    }

    pub fn at(&self, edge: &dyn Edge) -> String {
        match self.hints.at(edge) {
            Some(hints) => format!("{}; {hints}", self.text),
            None => self.text.clone(),
        }
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self { text, hints: Hints::default() }
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at(&Plain))
    }
}

/// How many texts a template takes.
pub const fn places(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut places) = (1, 0);
    while at < bytes.len() {
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            places += 1;
        }
        at += 1;
    }
    places
}

/// A [`Text`]: a template and, for each `{}`, words, a [`Setting`] or a [`Call`].
///
/// ```
/// use fastenr_core::error::{Setting, Verb};
/// use fastenr_core::say;
///
/// let hint = say!("leave it out with {}, or see {}", Setting::Map.is("Owner="), Verb::UsersList);
/// assert_eq!(hint.to_string(), "leave it out with map=Owner=, or see users list");
/// ```
#[macro_export]
macro_rules! say {
    ($template:literal $(, $text:expr)* $(,)?) => {{
        const { assert!($crate::error::places($template) == <[&str]>::len(&[$(stringify!($text)),*]), "as many texts as places") };
        $crate::error::Text::fill($template, [$($crate::error::Text::from($text)),*])
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Can do nothing but list users.
    struct Lister;

    impl Edge for Lister {
        fn setting(&self, _: &GivenSetting) -> Option<String> {
            None
        }

        fn call(&self, call: &Call) -> Option<String> {
            (call.verb == Verb::UsersList).then(|| "GET users".to_owned())
        }
    }

    #[test]
    fn an_edge_leaves_out_what_it_cannot_do() {
        let mut hints = Hints::default();
        hints.push(say!("{} shows them", Verb::UsersList));
        hints.push(say!("name another with {}", Setting::User.like("EMAIL")));
        hints.push("or ask an admin");
        assert_eq!(hints.at(&Lister).as_deref(), Some("GET users shows them; or ask an admin"));
        assert_eq!(hints.to_string(), "users list shows them; name another with user=EMAIL; or ask an admin");
        let note = Note::from("read as commas").hint(Setting::Delimiter);
        assert_eq!((note.at(&Lister), note.to_string()), ("read as commas".into(), "read as commas; delimiter".into()));
    }

    #[test]
    fn templates() {
        assert_eq!(say!("{}{} or {}.", "a", 7, Setting::All).to_string(), "a7 or all.");
        assert_eq!(say!("plain").to_string(), "plain");
        let ways = Text::joined(["0-1", "0-5"].map(|scale| Setting::Scale.of_column(scale)), " or ");
        assert_eq!(
            say!("say {}", ways.about_column("My csat")).to_string(),
            "say scale=My csat=0-1 or scale=My csat=0-5"
        );
    }
}
