//! Which accounts a model scores, and the models of an organization in their order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Model;
use super::write::quoted;
use crate::model::text::{breaks_a_line, composed, name_key};
use crate::model::{CustomFields, Size, Tag, Tags};
use crate::score::likelihood::ProbabilityCheck;

/// A text that is compared as names are: without case, and with any spaces.
#[derive(Debug, Clone)]
pub struct Word {
    text: String,
    key: String,
}

impl Word {
    /// 1 to 255 characters on one line; trimmed and composed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = composed(text.trim()).into_owned();
        let key = name_key(&text);
        let fits = !key.is_empty() && text.chars().count() <= 255 && !text.chars().any(breaks_a_line);
        fits.then_some(Self { text, key })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Word {}

/// All that are given must match; of a list, any. The lists are sorted and hold each entry once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppliesTo {
    pub size: Vec<Size>,
    pub industry: Vec<Word>,
    pub tag: Vec<Tag>,
    /// Name of a custom field, as it is spelled there, and the texts it may have.
    pub custom: BTreeMap<String, Vec<Word>>,
}

impl AppliesTo {
    /// Whether an account with these is meant. A number or a truth value of a custom field is compared as JSON writes it, a list
    /// by its members.
    pub fn matches(&self, size: Option<Size>, industry: Option<&str>, tags: &Tags, custom: &CustomFields) -> bool {
        let any = |list: &[Word], text: &str| {
            let key = name_key(text);
            list.iter().any(|word| word.key == key)
        };
        (self.size.is_empty() || size.is_some_and(|size| self.size.contains(&size)))
            && (self.industry.is_empty() || industry.is_some_and(|industry| any(&self.industry, industry)))
            && (self.tag.is_empty() || self.tag.iter().any(|tag| tags.contains(tag)))
            && self.custom.iter().all(|(name, list)| match custom.get(name) {
                Some(Value::Array(members)) => members.iter().filter_map(text).any(|text| any(list, &text)),
                Some(value) => text(&value).is_some_and(|text| any(list, &text)),
                None => false,
            })
    }

    /// Calls industries, tags and the values of custom fields otherwise.
    pub(crate) fn rename(&mut self, change: &dyn Fn(&str) -> String) {
        let words = |list: &mut Vec<Word>| {
            *list = list.iter().filter_map(|word| Word::parse(&change(word.as_str()))).collect();
            list.sort_by(|a, b| a.key.cmp(&b.key));
        };
        words(&mut self.industry);
        self.custom.values_mut().for_each(words);
        self.tag = self.tag.iter().filter_map(|tag| Tag::parse(&change(tag.as_str())).ok()).collect();
        self.tag.sort();
    }

    /// The lines of its section, in their one order.
    pub(super) fn lines(&self) -> Vec<String> {
        let list = |texts: Vec<String>| format!("[{}]", texts.join(", "));
        let words = |words: &[Word]| list(words.iter().map(|word| quoted(word.as_str())).collect());
        let mut lines = Vec::new();
        if !self.size.is_empty() {
            lines.push(format!("size = {}", list(self.size.iter().map(|size| quoted(size.as_str())).collect())));
        }
        if !self.industry.is_empty() {
            lines.push(format!("industry = {}", words(&self.industry)));
        }
        if !self.tag.is_empty() {
            lines.push(format!("tag = {}", list(self.tag.iter().map(|tag| quoted(tag.as_str())).collect())));
        }
        lines.extend(self.custom.iter().map(|(name, list)| format!("custom.{} = {}", quoted(name), words(list))));
        lines
    }
}

/// The lines of its section, with `;` between them.
impl std::fmt::Display for AppliesTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("; "))
    }
}

/// What a value of a custom field is compared by.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A model with its fingerprint, which takes a moment to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FingerprintedModel {
    pub model: Model,
    pub fingerprint: String,
    /// Of a model with a probability that is stored.
    pub check: Option<ProbabilityCheck>,
}

impl From<Model> for FingerprintedModel {
    fn from(model: Model) -> Self {
        let fingerprint = model.fingerprint();
        Self { model, fingerprint, check: None }
    }
}

/// The models of an organization in their order. The first that applies to an account scores it; the built-in one is last and
/// applies to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    own: Vec<FingerprintedModel>,
    last: FingerprintedModel,
}

impl Models {
    pub fn new(own: impl IntoIterator<Item = Model>) -> Self {
        Self { own: own.into_iter().map(FingerprintedModel::from).collect(), last: Model::builtin().clone().into() }
    }

    /// What became of the accounts that each scored, in their order; the built-in one has none.
    pub(crate) fn set_checks(&mut self, checks: impl IntoIterator<Item = Option<ProbabilityCheck>>) {
        self.own.iter_mut().zip(checks).for_each(|(listed, check)| listed.check = check);
    }

    /// The model of an account with these.
    pub fn of(
        &self,
        size: Option<Size>,
        industry: Option<&str>,
        tags: &Tags,
        custom: &CustomFields,
    ) -> &FingerprintedModel {
        let applies = |listed: &&FingerprintedModel| {
            listed.model.applies_to.as_ref().is_none_or(|applies| applies.matches(size, industry, tags, custom))
        };
        self.own.iter().find(applies).unwrap_or(&self.last)
    }

    /// Those that may score an account: up to the first that applies to all.
    pub fn reachable(&self) -> impl Iterator<Item = &FingerprintedModel> {
        let all = self.own.iter().position(|listed| listed.model.applies_to.is_none());
        self.iter().take(all.map_or(self.own.len() + 1, |all| all + 1))
    }

    /// The first in their order: what it says of the whole organization holds.
    pub fn first(&self) -> &Model {
        &self.own.first().unwrap_or(&self.last).model
    }

    /// In their order, the built-in one last.
    pub fn iter(&self) -> impl Iterator<Item = &FingerprintedModel> {
        self.own.iter().chain([&self.last])
    }
}

impl Default for Models {
    fn default() -> Self {
        Self::new([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applying(section: &str) -> Model {
        Model::parse(&format!("name = \"of some\"\n[applies_to]\n{section}")).unwrap()
    }

    #[test]
    fn nothing_comes_after_one_for_all() {
        let (some, all) = (applying("size = [\"small\"]"), Model::parse("name = \"of all\"").unwrap());
        let names = |models: &Models| models.reachable().map(|one| one.model.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&Models::default()), [Model::builtin().name.clone()]);
        assert_eq!(names(&Models::new([some.clone()])), ["of some".to_owned(), Model::builtin().name.clone()]);
        assert_eq!(names(&Models::new([some.clone(), all.clone(), some])), ["of some", "of all"]);
    }

    #[test]
    fn all_that_are_given_match_and_any_of_a_list() {
        let tags = Tags::parse("vip, beta").unwrap();
        let custom =
            CustomFields::parse(r#"{"tier":"Gold ","region":["EU","US"],"arms":2,"live":true,"x":{}}"#).unwrap();
        for (section, matched) in [
            ("size = [\"small\", \"Enterprise\"]", true),
            ("size = [\"small\"]", false),
            ("industry = [\"retail\", \"FINANCIAL  services\"]", true),
            ("industry = [\"retail\"]", false),
            ("tag = [\"VIP\"]", true),
            ("tag = [\"vips\"]", false),
            ("custom.tier = [\"silver\", \"gold\"]", true),
            ("custom.Tier = [\"gold\"]", false),
            ("custom.region = [\"us\"]", true),
            ("custom.arms = [\"2\"]", true),
            ("custom.live = [\"true\"]", true),
            ("custom.x = [\"{}\"]", false),
            ("size = [\"enterprise\"]\ntag = [\"beta\"]\ncustom.arms = [\"3\", \"2\"]", true),
            ("size = [\"enterprise\"]\ntag = [\"gamma\"]\ncustom.arms = [\"2\"]", false),
        ] {
            let applies = applying(section).applies_to.unwrap();
            let found = applies.matches(Some(Size::Enterprise), Some("Financial Services"), &tags, &custom);
            assert_eq!(found, matched, "{section}");
            assert!(!applies.matches(None, None, &Tags::default(), &CustomFields::default()), "{section}");
        }
    }

    #[test]
    fn the_first_that_applies_scores_and_the_built_in_one_is_last() {
        let (small, vip) = (applying("size = [\"small\"]"), applying("tag = [\"vip\"]"));
        let models = Models::new([small.clone(), vip.clone()]);
        let of = |size, tags: &str| &models.of(size, None, &Tags::parse(tags).unwrap(), &CustomFields::default()).model;
        assert_eq!(of(Some(Size::Small), "vip"), &small);
        assert_eq!(of(Some(Size::Large), "VIP"), &vip);
        assert_eq!(of(None, ""), Model::builtin());
        assert_eq!(models.iter().count(), 3);
        assert_eq!(
            Models::default().of(None, None, &Tags::default(), &CustomFields::default()).fingerprint,
            Model::builtin().fingerprint()
        );
    }
}
