//! Query parameters: what a path knows, and reading the ones that every list has.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use chrono::NaiveDate;
use fastenr_core::model::boolean::parse_bool;
use fastenr_core::model::cursor::{Fingerprint, ListRequest, Slice, Total};
use fastenr_core::model::day;
use fastenr_core::model::filter::Page;
use fastenr_core::model::picklist::same;
use fastenr_core::ops::Context;
use percent_encoding::percent_decode_str;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Array, ArrayItems, Schema, SchemaType, Type};

use crate::Problem;
use crate::schema::{self, Shape};

/// Names and texts, in the order they were given.
pub(crate) type Pairs = Vec<(String, String)>;

/// A query parameter, as the guard and the document know it.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Cow<'static, str>,
    pub(crate) about: String,
    pub(crate) schema: Shape,
    pub(crate) style: Style,
    pub(crate) required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// One text.
    Plain,
    /// Several in one text, separated by commas.
    Commas,
    /// Given once or more.
    Repeated,
    /// `name[key]=value`, also written `name.key=value`.
    Deep,
}

impl Parameter {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, schema: impl Into<Shape>, about: impl Into<String>) -> Self {
        Self { name: name.into(), about: about.into(), schema: schema.into(), style: Style::Plain, required: false }
    }

    #[must_use]
    pub(crate) fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    #[must_use]
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The parameter under the other name of an account.
    pub(crate) fn other_name(&self) -> Option<Self> {
        let about = format!("Same as `{ACCOUNT}`.");
        (self.name == ACCOUNT).then(|| Self { name: ACCOUNT_ID.into(), about, ..self.clone() })
    }

    /// The texts that it, or an item of its list, is one of.
    pub(crate) fn choices(&self) -> Option<Vec<String>> {
        let of = |schema: &Schema| match schema {
            Schema::Object(object) if object.schema_type == SchemaType::Type(Type::Boolean) => {
                Some(BOOLEANS.map(str::to_owned).to_vec())
            }
            Schema::Object(object) => {
                let texts = object.enum_values.as_ref()?.iter();
                Some(texts.filter_map(|text| text.as_str().map(str::to_owned)).collect())
            }
            _ => None,
        };
        match &self.schema {
            RefOr::T(Schema::Array(Array { items: ArrayItems::RefOrSchema(item), .. })) => match &**item {
                RefOr::T(schema) => of(schema),
                RefOr::Ref(_) => None,
            },
            RefOr::T(schema) => of(schema),
            RefOr::Ref(_) => None,
        }
    }
}

/// What an account is named by wherever a record or a filter names one, and another name of it.
pub(crate) const ACCOUNT: &str = "account";
pub(crate) const ACCOUNT_ID: &str = "account_id";

/// Of a request that names an account by both: 422, since each is right by itself, which is all that a schema tells.
pub(crate) const ACCOUNT_TWICE: &str = "account_id is another name of account: give one";

/// Pairs that go by the other name, by the first.
///
/// # Errors
/// `given_twice` with 422, see [`ACCOUNT_TWICE`].
pub(crate) fn name_accounts(pairs: &mut Pairs) -> Result<(), Problem> {
    let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
    if has(ACCOUNT) && has(ACCOUNT_ID) {
        return Err(Problem::invalid("given_twice", ACCOUNT_TWICE).at_parameter(ACCOUNT_ID).of_content());
    }
    for (name, _) in pairs {
        if name == ACCOUNT_ID {
            ACCOUNT.clone_into(name);
        }
    }
    Ok(())
}

/// # Errors
/// With `name` as its code, where `text` is one of the choices in another spelling.
pub(crate) fn exactly(name: &str, text: &str, choices: &[String]) -> Result<(), Problem> {
    if choices.iter().any(|choice| choice == text) {
        return Ok(());
    }
    if choices == BOOLEANS {
        return match parse_bool(text) {
            Ok(_) => Err(Problem::invalid(name, format!("{name} {text:?}: true or false"))),
            Err(_) => Ok(()),
        };
    }
    match choices.iter().find(|choice| same(choice, text)) {
        Some(choice) => Err(Problem::invalid(name, format!("{name} {text:?} is written {choice}"))),
        None => Ok(()),
    }
}

const BOOLEANS: [&str; 2] = ["true", "false"];

/// `page`, `limit`, `cursor`, `total` and `sort`, for a list.
pub(crate) fn paging(sorts: &[&str]) -> Vec<Parameter> {
    let mut parameters = parts();
    parameters.push(Parameter::new(
        "sort",
        schema::pattern(&format!("^({})(:(asc|desc))?$", sorts.join("|"))),
        format!(
            "Sort order: one of {}, with `:asc` or `:desc` after it. A missing value sorts lowest.",
            sorts.join(", ")
        ),
    ));
    parameters
}

/// The same without `sort`, for a list that has one order.
pub(crate) fn parts() -> Vec<Parameter> {
    let usual = Page::default();
    vec![
        Parameter::new("page", schema::integer(1, 1_000_000_000), "Page number, from 1 (default 1)."),
        Parameter::new(
            "limit",
            schema::integer(1, Page::MOST as i64),
            format!("Rows per page, 1 to {} (default {}).", Page::MOST, usual.limit),
        ),
    ]
    .into_iter()
    .chain(slices())
    .collect()
}

/// `cursor` and `total`: of every list that has pages.
fn slices() -> [Parameter; 2] {
    [
        Parameter::new(
            "cursor",
            schema::pattern("^[A-Za-z0-9_-]{1,8192}$"),
            "The `nextCursor` of the previous page, instead of `page`: no row is missed or repeated, even if others \
             write in the meantime.",
        ),
        Parameter::new(
            "total",
            schema::pattern(crate::patterns::TOTAL),
            "How to count the total, which can take longer than the page itself: `true` counts all rows (default), `false` \
             counts none, `upto:10000` stops there and answers `totalIsMinimum` where there are more.",
        ),
    ]
}

/// `dry_run`: of every write.
pub(crate) fn dry_run() -> Parameter {
    Parameter::new("dry_run", schema::boolean(), "Preview without saving.")
}

/// The names and texts of a query string.
///
/// # Errors
/// `query` for bytes that are no UTF-8 and for U+0000; `blank` for a parameter without a value.
pub(crate) fn pairs(query: &str) -> Result<Pairs, Problem> {
    let pairs = with_blanks(query)?;
    match pairs.iter().find(|(name, text)| is_blank(name, text)) {
        Some((name, _)) => {
            Err(Problem::invalid("blank", format!("{name} has no value; give one or leave it out")).at_parameter(name))
        }
        None => Ok(pairs),
    }
}

/// Says nothing. A custom field may be asked to be empty.
pub(crate) fn is_blank(name: &str, text: &str) -> bool {
    text.trim().is_empty() && !name.starts_with("custom.")
}

/// The same, as forms of pages send it: with parameters that have no value. Bodies of forms are written alike.
///
/// # Errors
/// `query`.
pub(crate) fn with_blanks(query: &str) -> Result<Pairs, Problem> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8().map(Cow::into_owned).unwrap_or_default();
        if (decoded.is_empty() && !text.is_empty()) || decoded.contains('\0') {
            return Err(Problem::invalid("query", "a parameter is UTF-8 text without U+0000, percent-encoded"));
        }
        Ok(decoded)
    };
    let mut pairs = Pairs::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, text) = piece.split_once('=').unwrap_or((piece, ""));
        let (name, text) = (decode(name)?, decode(text)?);
        let name = match name.strip_prefix("custom[").and_then(|rest| rest.strip_suffix(']')) {
            Some(key) if key.contains(['[', ']']) => {
                let detail = "custom fields are filtered by one name: `custom[tier]=gold`, or `custom.plan[old]=gold`";
                return Err(Problem::invalid("custom", detail).at_parameter(&name));
            }
            Some(key) => format!("custom.{key}"),
            None => name,
        };
        pairs.push((name, text));
    }
    Ok(pairs)
}

/// The parameters taken out of the others one by one.
#[derive(Debug, Clone)]
pub(crate) struct RemainingParameters {
    pairs: Pairs,
}

impl RemainingParameters {
    pub(crate) fn new(pairs: Pairs) -> Self {
        Self { pairs }
    }

    /// # Errors
    /// `given_twice`.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut found = None;
        let mut twice = false;
        self.pairs.retain_mut(|(given, text)| {
            let is = given == name;
            if is {
                twice |= found.replace(std::mem::take(text)).is_some();
            }
            !is
        });
        if twice {
            return Err(Problem::invalid("given_twice", format!("{name} is given twice")).at_parameter(name));
        }
        Ok(found.map(|text| text.trim().to_owned()))
    }

    /// All texts that were given under this name.
    pub(crate) fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, rest) = std::mem::take(&mut self.pairs).into_iter().partition(|(given, _)| given == name);
        self.pairs = rest;
        let taken: Pairs = taken;
        taken.into_iter().map(|(_, text)| text).collect()
    }

    /// The same, commas separating some.
    pub(crate) fn list(&mut self, name: &str) -> Vec<String> {
        let split = |text: String| text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
        self.all(name).into_iter().flat_map(split).filter(|item| !item.is_empty()).collect()
    }

    /// A value by its own parser, whose error names the rule.
    pub(crate) fn parsed<T>(&mut self, name: &'static str, rule: impl Display) -> Result<Option<T>, Problem>
    where
        T: FromStr,
    {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Problem::invalid(name, format!("{name} {text:?}: {rule}")).at_parameter(name)),
        }
    }

    /// A day written `2026-03-01`.
    pub(crate) fn day(&mut self, name: &'static str) -> Result<Option<NaiveDate>, Problem> {
        const RULE: &str = "a day written YYYY-MM-DD";
        let Some(text) = self.text(name)? else { return Ok(None) };
        let rule = || Problem::invalid(name, format!("{name} {text:?}: {RULE}")).at_parameter(name);
        day::day(&text).map(Some).ok_or_else(rule)
    }

    /// `true` or `false`; false where it is not given.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        Ok(self.parsed(name, "true or false")?.unwrap_or(false))
    }

    /// How many rows at most, of an answer without pages.
    ///
    /// # Errors
    /// `limit`.
    pub(crate) fn limit(&mut self, usual: u64) -> Result<u64, Problem> {
        let rule = format!("a whole number from 1 to {}", Page::MOST);
        let limit = self.parsed("limit", &rule)?.unwrap_or(usual);
        if (1..=Page::MOST).contains(&limit) {
            return Ok(limit);
        }
        Err(Problem::invalid("limit", format!("limit {limit}: {rule}")).at_parameter("limit"))
    }

    /// Which part of a list, and whether the whole is counted. What is left are filters: the cursor is held to them.
    ///
    /// # Errors
    /// `page`, `limit`, `cursor`, `page_and_cursor`.
    pub(crate) fn ask(&mut self, context: &Context) -> Result<ListRequest, Problem> {
        let page = self.parsed("page", "a whole number from 1")?;
        let most = format!("a whole number from 1 to {}", Page::MOST);
        let limit = self.parsed("limit", most)?.unwrap_or(Page::default().limit);
        let cursor = self.text("cursor")?;
        let total = self.parsed("total", Total::RULE)?.unwrap_or_default();
        let slice = Slice::parse(page, cursor.as_deref(), limit)
            .map_err(|invalid| Problem::invalid(invalid.code, invalid.rule.into_owned()).at_parameter(invalid.code))?;
        let filter = Fingerprint::of(context.organization.id, self.pairs.iter().map(|(name, text)| (name, text)));
        Ok(ListRequest { slice, total, filter })
    }

    /// What was not taken: filters.
    pub(crate) fn rest(self) -> Pairs {
        self.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(query: &str) -> RemainingParameters {
        RemainingParameters::new(pairs(query).unwrap())
    }

    #[test]
    fn queries() {
        let expected = |list: &[(&str, &str)]| -> Pairs {
            list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        assert_eq!(
            pairs("a=1&b=x+y%C3%A9&&custom[tier]=&c.d=%26").unwrap(),
            expected(&[("a", "1"), ("b", "x yé"), ("custom.tier", ""), ("c.d", "&"),])
        );
        for (query, code) in [("a=%ff", "query"), ("a=%00", "query"), ("a", "blank"), ("a=", "blank"), ("a=+", "blank")]
        {
            assert_eq!(pairs(query).unwrap_err().code(), code, "{query}");
        }
    }

    #[test]
    fn lists_and_flags() {
        let mut some = taken("fields=a,b&fields=c&dry_run=true");
        assert_eq!(some.list("fields"), ["a", "b", "c"]);
        assert!(some.flag("dry_run").unwrap());
        assert!(!some.flag("force").unwrap());
        assert_eq!(taken("dry_run=yes").flag("dry_run").unwrap_err().code(), "dry_run");
    }
}
