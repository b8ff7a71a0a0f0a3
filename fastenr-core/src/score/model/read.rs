//! Reads the file of a model: every slip in it at once, each with the key, its value and the rule.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::{Table, Value};

use super::rule::rule;
use super::write::shown;
use super::{AppliesTo, BUILTIN, Model, Probability, Word, together};
use crate::error::{Error, Result, Verb};
use crate::model::picklist::nearest;
use crate::model::{Size, Tag};
use crate::say;

/// An error in the file of a model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ModelProblem))]
pub struct Problem {
    /// The key with its sections, e.g. `health.support.seats`; empty: the text is not TOML.
    pub key: String,
    /// The value as written; null: an unknown key, or the text is not TOML.
    pub value: Option<String>,
    pub rule: String,
}

impl Problem {
    pub(super) fn new(key: &str, value: Option<&Value>, rule: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: value.map(shown), rule: rule.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, self.key.is_empty()) {
            (_, true) => f.write_str(&self.rule),
            (Some(value), _) => write!(f, "{} = {value}: {}", self.key, self.rule),
            (None, _) => write!(f, "{}: {}", self.key, self.rule),
        }
    }
}

/// Section, old name and new name of keys. `least` was the coverage below which scores are drawn, which it still says, and a
/// floor of bands, which the book now decides.
const RENAMED: [(&str, &str, &str); 1] = [("coverage", "least", "draw_below")];

/// The numbers of the built-in model: what there is, and what a file leaves out.
pub(super) static KNOWN: LazyLock<Table> = LazyLock::new(|| BUILTIN.parse().unwrap_or_default());

impl Model {
    /// The model that comes with fastenr.
    pub fn builtin() -> &'static Self {
        #[expect(clippy::panic, reason = "the text is part of the program, and a test reads it")]
        static MODEL: LazyLock<Model> =
            LazyLock::new(|| toml::from_str(BUILTIN).unwrap_or_else(|error| panic!("the built-in model: {error}")));
        &MODEL
    }

    /// Reads the text of a model.
    ///
    /// # Errors
    /// `model`: one line for each slip, see [`Self::read`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
            Error::invalid("model", lines.join("\n"))
                .hint(say!("see the built-in model, with each number explained: {}", Verb::ModelShow))
        })
    }

    /// The same. What the text leaves out is the built-in model's, except the name: only a text with the numbers of the built-in
    /// model may bear its name.
    ///
    /// # Errors
    /// All slips, by key: keys that are not known with the nearest that is; values against the rule of their key; then what does
    /// not fit together.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let unread = |rule: String| vec![Problem::new("", None, rule)];
        let mut given: Table =
            text.parse().map_err(|error: toml::de::Error| unread(error.to_string().trim_end().to_owned()))?;
        let mut reader = Reader::default();
        reader.renamed(&mut given);
        let applies_to = given.remove("applies_to").and_then(|value| reader.applies_to(&value));
        let probability = given.remove("probability");
        let probability = probability.and_then(|value| Probability::read(&value, &mut reader.problems));
        let mut numbers = KNOWN.clone();
        reader.merge("", &KNOWN, given, &mut numbers);
        if !reader.given.contains("name") {
            reader.problems.push(Problem::new("name", None, "is missing: a model has a name of its own"));
        }
        together::check(&numbers, &reader.given, &reader.refused, &mut reader.problems);
        if !reader.problems.is_empty() {
            return Err(reader.told());
        }
        let mut model = Self::deserialize(Value::Table(numbers)).map_err(|error| unread(error.to_string()))?;
        model.applies_to = applies_to;
        model.probability = probability;
        let builtin = Self::builtin();
        if crate::model::text::name_key(&model.name) == builtin.name && model != *builtin {
            let rule = "is the name of the model that comes with fastenr: give yours another";
            return Err(vec![Problem::new("name", Some(&Value::String(model.name)), rule)]);
        }
        Ok(model)
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    /// The keys of the file, and those of them whose value broke a rule.
    given: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Keys by their new name that the file calls by the old one.
    renamed: Vec<(String, String)>,
}

impl Reader {
    /// Puts what is given in the place of what is known, as far as it keeps the rules.
    fn merge(&mut self, section: &str, known: &Table, given: Table, into: &mut Table) {
        for (key, value) in given {
            let path = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
            match (known.get(&key), value, into.get_mut(&key)) {
                (Some(Value::Table(known)), Value::Table(given), Some(Value::Table(into))) => {
                    self.merge(&path, known, given, into);
                }
                (None, ..) => {
                    let known: Vec<&str> = known.keys().map(String::as_str).collect();
                    self.problems.push(Problem::new(&path, None, unknown(section, &key, &known)));
                }
                (Some(Value::Table(known)), value, _) => {
                    let keys: Vec<&str> = known.keys().map(String::as_str).collect();
                    let rule = format!("is a section, with {}", keys.join(", "));
                    self.refuse(path, &value, rule);
                }
                (Some(builtin), value, place) => {
                    let checked = rule(&path, builtin).check(&value);
                    match (checked, place) {
                        (Err(rule), _) => self.refuse(path, &value, rule),
                        (Ok(value), Some(place)) => {
                            *place = value;
                            self.given.insert(path);
                        }
                        (Ok(_), None) => {}
                    }
                }
            }
        }
    }

    /// Keys that older files call otherwise.
    fn renamed(&mut self, given: &mut Table) {
        for (section, old, new) in RENAMED {
            let Some(table) = given.get_mut(section).and_then(Value::as_table_mut) else { continue };
            let Some(value) = table.remove(old) else { continue };
            if table.contains_key(new) {
                let rule = format!("is the old name of {section}.{new}: leave it out");
                self.problems.push(Problem::new(&format!("{section}.{old}"), Some(&value), rule));
            } else {
                table.insert(new.to_owned(), value);
                self.renamed.push((format!("{section}.{new}"), format!("{section}.{old}")));
            }
        }
    }

    /// The problems, of keys as the file calls them.
    fn told(self) -> Vec<Problem> {
        let mut problems = self.problems;
        for problem in &mut problems {
            if let Some((_, old)) = self.renamed.iter().find(|(new, _)| *new == problem.key) {
                problem.key.clone_from(old);
            }
        }
        problems
    }

    fn refuse(&mut self, path: String, value: &Value, rule: impl Into<String>) {
        self.problems.push(Problem::new(&path, Some(value), rule));
        self.given.insert(path.clone());
        self.refused.insert(path);
    }

    /// The section that says which accounts are meant.
    fn applies_to(&mut self, value: &Value) -> Option<AppliesTo> {
        const KEYS: [&str; 4] = ["size", "industry", "tag", "custom"];
        let before = self.problems.len();
        let mut applies = AppliesTo::default();
        let section = value.as_table().filter(|table| !table.is_empty());
        let Some(section) = section else {
            self.refuse(
                "applies_to".into(),
                value,
                format!("says at least one of {}, or is left out", KEYS.join(", ")),
            );
            return None;
        };
        for (key, value) in section {
            let path = format!("applies_to.{key}");
            match key.as_str() {
                "size" => {
                    applies.size =
                        self.list(&path, value, |text| Size::parse(text).map_err(|invalid| invalid.to_string()))
                }
                "industry" => applies.industry = self.words(&path, value),
                "tag" => {
                    applies.tag =
                        self.list(&path, value, |text| Tag::parse(text).map_err(|invalid| invalid.to_string()))
                }
                "custom" => match value.as_table().filter(|table| !table.is_empty()) {
                    None => self.refuse(
                        path,
                        value,
                        "has a list of texts for each custom field, as in custom.tier = [\"gold\"]",
                    ),
                    Some(fields) => {
                        for (name, value) in fields {
                            let path = format!("{path}.{name}");
                            if Word::parse(name).is_none() {
                                self.refuse(
                                    path,
                                    value,
                                    "the name of a custom field has 1 to 255 characters on one line",
                                );
                                continue;
                            }
                            let words = self.words(&path, value);
                            applies.custom.insert(name.clone(), words);
                        }
                    }
                },
                _ => self.problems.push(Problem::new(&path, None, unknown("applies_to", key, &KEYS))),
            }
        }
        applies.size.sort_unstable();
        applies.size.dedup();
        applies.tag.sort();
        applies.tag.dedup();
        (self.problems.len() == before).then_some(applies)
    }

    fn words(&mut self, path: &str, value: &Value) -> Vec<Word> {
        let read =
            |text: &str| Word::parse(text).ok_or_else(|| "a text here has 1 to 255 characters on one line".to_owned());
        let mut words = self.list(path, value, read);
        words.sort_by(|a, b| a.key().cmp(b.key()));
        words.dedup();
        words
    }

    /// A list of at least one text.
    fn list<T>(&mut self, path: &str, value: &Value, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let texts: Option<Vec<&str>> =
            value.as_array().filter(|list| !list.is_empty()).and_then(|list| list.iter().map(Value::as_str).collect());
        let Some(texts) = texts else {
            self.refuse(path.to_owned(), value, "is a list of at least one text, as in [\"a\", \"b\"], or is left out");
            return Vec::new();
        };
        let mut read_ones = Vec::new();
        for text in texts {
            match read(text) {
                Ok(one) => read_ones.push(one),
                Err(rule) => self.refuse(path.to_owned(), &Value::String(text.to_owned()), rule),
            }
        }
        read_ones
    }
}

/// The rule about a key that is not known: the nearest of its section, else where in a model it stands, else all there are.
fn unknown(section: &str, key: &str, known: &[&str]) -> String {
    let within = |name: &str| if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    let mut places = Vec::new();
    sections(&KNOWN, "", &mut places);
    let elsewhere = places.iter().find(|place| place.rsplit('.').next() == Some(key));
    let near = nearest(known, key).map(within).or_else(|| elsewhere.cloned());
    match near {
        Some(near) => format!("there is no such key (did you mean {near}?)"),
        None => format!("there is no such key; there are {}", known.join(", ")),
    }
}

/// The paths of all sections.
fn sections(table: &Table, before: &str, into: &mut Vec<String>) {
    for (key, value) in table {
        if let Value::Table(inner) = value {
            into.push(format!("{before}{key}"));
            sections(inner, &format!("{before}{key}."), into);
        }
    }
}
