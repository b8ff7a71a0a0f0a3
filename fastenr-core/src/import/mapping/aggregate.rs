//! `[aggregate]` of a mapping file: the rows are events, such as tickets or answers, and the metrics of days are made of them.
//!
//! ```toml
//! [aggregate]
//! id = "Ticket ID"                     # the events' ids
//! updated = "Updated at"               # when each version of an event was written
//! source = "zendesk"                   # ids are told apart within a source
//! days = "open"                        # events may come later; "full": the file has all events of its days
//! support_tickets = "count"
//! urgent_tickets = "count(Priority = 'urgent' or 'high' and Escalated != 'true')"
//! csat_responses = "count(Score)"      # rows that have a value
//! csat = "mean(Score)"
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::{Origin, fold_value};
use crate::error::{Error, Result};
use crate::model::metric::METRIC;
use crate::model::noun::{Meaning, fold_header};
use crate::model::number::NumberRule;

/// How the events of a file become days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// By the field of metrics.
    pub fields: BTreeMap<String, Function>,
    /// The header of the events' ids.
    pub id: Option<String>,
    /// The header of the time at which each version of an event was written.
    pub updated: Option<String>,
    /// Ids are told apart within it; none is a source too.
    pub source: String,
    pub days: Days,
}

/// Whether events of the same days may come in later files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Days {
    /// They may: events are kept, and later ones add up with them.
    #[default]
    Open,
    /// The file has all events of its days: they are not kept.
    Full,
}

/// What a field is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// The number of events that meet all conditions.
    Count(Vec<Condition>),
    /// The sum of a column, by its header.
    Sum(String),
    /// The mean of a column, by its header.
    Mean(String),
}

/// What an event must be to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The header.
    pub column: String,
    pub test: Test,
}

/// What a cell is held to; values are folded, see [`fold_value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It has a value.
    Filled,
    Is(Vec<String>),
    IsNot(Vec<String>),
}

impl Aggregate {
    /// The headers that it reads.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        let of_fields = self.fields.values().flat_map(|function| match function {
            Function::Count(conditions) => conditions.iter().map(|condition| condition.column.as_str()).collect(),
            Function::Sum(column) | Function::Mean(column) => vec![column.as_str()],
        });
        of_fields.chain(self.id.as_deref()).chain(self.updated.as_deref())
    }

    /// Where each field comes from, as `[columns]` would say it.
    pub(super) fn origins(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.fields.iter().map(|(field, function)| {
            let origin = match function {
                Function::Count(conditions) => Origin::Count(conditions.clone()),
                Function::Sum(column) | Function::Mean(column) => Origin::Header(column.clone()),
            };
            (field.as_str(), origin)
        })
    }

    /// Reads the section; `name` and `text` are the file's, for messages.
    pub(super) fn parse(name: &str, text: &str, section: BTreeMap<String, Spanned<toml::Value>>) -> Result<Self> {
        let mut read =
            Self { fields: BTreeMap::new(), id: None, updated: None, source: String::new(), days: Days::default() };
        let mut last = 0..0;
        for (key, value) in section {
            let at = value.span();
            let written = value.into_inner();
            let bad = |what: String| bad(name, text, &at, &format!("{key} = {written}: {what}"));
            let toml::Value::String(said) = &written else {
                return Err(bad("it is text, in quotes".to_owned()));
            };
            match key.as_str() {
                "id" => read.id = Some(said.clone()),
                "updated" => read.updated = Some(said.clone()),
                "source" => read.source = said.trim().to_owned(),
                "days" => {
                    read.days = match said.trim() {
                        "open" => Days::Open,
                        "full" => Days::Full,
                        _ => return Err(bad("days are \"open\" or \"full\"".to_owned())),
                    };
                }
                field => {
                    let rule = rule(field).map_err(bad)?;
                    let function = function(said).map_err(bad)?;
                    fits(field, rule, &function).map_err(bad)?;
                    if let Some(other) = read.summed(&function) {
                        return Err(bad(format!(
                            "{other} is made of this column already: a column makes one sum or mean"
                        )));
                    }
                    read.fields.insert(field.to_owned(), function);
                }
            }
            last = at;
        }
        if read.fields.is_empty() {
            return Err(bad(name, text, &last, "no field is counted, such as support_tickets = \"count\""));
        }
        Ok(read)
    }

    /// The field that is a sum or mean of the same column.
    fn summed(&self, function: &Function) -> Option<&str> {
        let column = fold_header(function.column()?);
        let same = |other: &Function| other.column().is_some_and(|other| fold_header(other) == column);
        self.fields.iter().find(|(_, other)| same(other)).map(|(field, _)| field.as_str())
    }
}

impl Function {
    fn column(&self) -> Option<&str> {
        match self {
            Self::Sum(column) | Self::Mean(column) => Some(column),
            Self::Count(_) => None,
        }
    }
}

/// A slip in the section, with its line.
fn bad(name: &str, text: &str, at: &Range<usize>, what: &str) -> Error {
    let line = text.get(..at.start).map_or(1, |before| before.matches('\n').count() + 1);
    Error::invalid("mapping", format!("{name}, line {line}: [aggregate] {what}")).hint(
        "FIELD = \"count\", \"count(COLUMN = 'VALUE')\", \"sum(COLUMN)\" or \"mean(COLUMN)\"; also id, updated, source, days",
    )
}

/// What the numbers of a field are.
fn rule(field: &str) -> Result<&'static NumberRule, String> {
    match METRIC.field(field).map(|(_, known)| known.meaning) {
        Some(Meaning::Number(rule)) => Ok(rule),
        Some(_) => Err(format!("{field} is no number that events add up to")),
        None => {
            let numbers = METRIC.fields.iter().filter(|known| matches!(known.meaning, Meaning::Number(_)));
            let near = crate::ops::nearest(field, numbers.map(|known| known.name), 3);
            let meant = if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(" or ")) };
            Err(format!("metrics have no field {field}{meant}"))
        }
    }
}

/// Whether what the function makes is what the field holds.
fn fits(field: &str, rule: &NumberRule, function: &Function) -> Result<(), String> {
    let adds_up = !rule.percent && rule.least >= 0;
    match function {
        Function::Count(_) if !adds_up || rule.decimals > 0 => {
            Err(format!("{field} is no count: \"mean(COLUMN)\" makes it of a column"))
        }
        Function::Sum(_) if !adds_up => Err(format!("{field} is no sum: \"mean(COLUMN)\" makes it of a column")),
        _ => Ok(()),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// In double quotes.
    Header(String),
    /// In single quotes.
    Value(String),
    Open,
    Close,
    Is,
    IsNot,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '=' => (Token::Is, 1),
            '!' if rest.starts_with("!=") => (Token::IsNot, 2),
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or_else(|| format!("the quote {first} is never closed"))?;
                let inside = rest[1..=end].to_owned();
                (if first == '"' { Token::Header(inside) } else { Token::Value(inside) }, end + 2)
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()=!'\",".contains(c)).unwrap_or(rest.len());
                if end == 0 {
                    return Err(format!(
                        "{first:?} is not expected here; a header with other signs stands in double quotes"
                    ));
                }
                (Token::Word(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn function(text: &str) -> Result<Function, String> {
    let tokens = tokens(text)?;
    let Some((Token::Word(name), rest)) = tokens.split_first() else {
        return Err("count, sum or mean is expected".to_owned());
    };
    let inside = match rest {
        [] => None,
        [Token::Open, inside @ .., Token::Close] if !inside.is_empty() => Some(inside),
        _ => return Err(format!("{name} is followed by a column in parentheses: {name}(COLUMN)")),
    };
    match (name.to_ascii_lowercase().as_str(), inside) {
        ("count", None) => Ok(Function::Count(Vec::new())),
        ("count", Some(inside)) => {
            let all = inside.split(|token| is_word(token, "and")).map(condition);
            Ok(Function::Count(all.collect::<Result<_, _>>()?))
        }
        ("sum", Some(inside)) => Ok(Function::Sum(header(inside)?)),
        ("mean", Some(inside)) => Ok(Function::Mean(header(inside)?)),
        ("sum" | "mean", None) => Err(format!("{name} needs a column: {name}(COLUMN)")),
        _ => Err(format!("there is no {name}: the functions are count, sum and mean")),
    }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(own) if own.eq_ignore_ascii_case(word))
}

/// `Satisfaction score`, or `"Score (1-5)"`.
fn header(tokens: &[Token]) -> Result<String, String> {
    if let [Token::Header(header)] = tokens {
        return Ok(header.clone());
    }
    let word = |token: &Token| match token {
        Token::Word(word) if !is_word(token, "or") => Some(word.clone()),
        _ => None,
    };
    let words: Option<Vec<String>> = tokens.iter().map(word).collect();
    match words {
        Some(words) if !words.is_empty() => Ok(words.join(" ")),
        _ => Err("a column is expected; a header with other signs stands in double quotes".to_owned()),
    }
}

/// `COLUMN`, `COLUMN = 'VALUE' or 'VALUE'`, `COLUMN != 'VALUE'`.
fn condition(tokens: &[Token]) -> Result<Condition, String> {
    let Some(sign) = tokens.iter().position(|token| matches!(token, Token::Is | Token::IsNot)) else {
        return Ok(Condition { column: header(tokens)?, test: Test::Filled });
    };
    let mut values = Vec::new();
    for value in tokens[sign + 1..].split(|token| is_word(token, "or")) {
        let [Token::Value(value)] = value else {
            return Err("a value stands in single quotes: COLUMN = 'urgent' or 'high'".to_owned());
        };
        values.push(fold_value(value));
    }
    let test = if tokens[sign] == Token::Is { Test::Is(values) } else { Test::IsNot(values) };
    Ok(Condition { column: header(&tokens[..sign])?, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::mapping::Mapping;

    fn is(column: &str, values: &[&str]) -> Condition {
        Condition { column: column.into(), test: Test::Is(values.iter().map(|value| (*value).to_owned()).collect()) }
    }

    #[test]
    fn functions() {
        let filled = Condition { column: "Solved at".into(), test: Test::Filled };
        let other = Condition { column: "a b".into(), test: Test::IsNot(vec![String::new()]) };
        for (text, read) in [
            ("count", Function::Count(vec![])),
            (" COUNT ", Function::Count(vec![])),
            ("count(Solved at)", Function::Count(vec![filled.clone()])),
            ("count(Priority = 'Urgent')", Function::Count(vec![is("Priority", &["urgent"])])),
            ("count(p='a' or 'b' and Solved at)", Function::Count(vec![is("p", &["a", "b"]), filled])),
            ("count(\"a b\" != '')", Function::Count(vec![other])),
            ("sum(Amount)", Function::Sum("Amount".into())),
            ("mean(\"Score (1-5)\")", Function::Mean("Score (1-5)".into())),
            ("mean( first  reply.hours )", Function::Mean("first reply.hours".into())),
            ("mean(\"and\")", Function::Mean("and".into())),
        ] {
            assert_eq!(function(text), Ok(read), "{text}");
        }
        for (text, told) in [
            ("", "expected"),
            ("avg(Score)", "there is no avg"),
            ("mean", "needs a column"),
            ("mean()", "in parentheses"),
            ("mean(a", "in parentheses"),
            ("mean(a = 'b')", "a column is expected"),
            ("count(p = urgent)", "single quotes"),
            ("count(p = )", "single quotes"),
            ("count(p = 'a' 'b')", "single quotes"),
            ("count(= 'a')", "a column is expected"),
            ("count(p and )", "a column is expected"),
            ("count(a, b)", "','"),
            ("count('a')", "a column is expected"),
            ("count(p = 'a)", "never closed"),
            ("count(p ! 'a')", "'!'"),
            ("count((a))", "a column is expected"),
        ] {
            let error = function(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_slip_is_named_with_its_line() {
        for (text, told) in [
            ("support_tickets = 1", "line 3: [aggregate] support_tickets = 1: it is text"),
            ("suport_tickets = \"count\"", "did you mean support_tickets"),
            ("sentiment = \"count\"", "no number"),
            ("csat = \"count\"", "no count"),
            ("nps = \"sum(x)\"", "no sum"),
            ("resolution_hours = \"count\"", "no count"),
            ("csat = \"mean(x)\"\nnps = \"mean(x)\"", "line 4"),
            ("days = \"half\"", "open"),
            ("id = \"x\"", "no field is counted"),
        ] {
            let error = Mapping::parse("t.toml", &format!("# tickets\n[aggregate]\n{text}\n")).unwrap_err().to_string();
            assert!(error.contains("t.toml, line ") && error.contains(told), "{text}: {error}");
        }
        let twice = "[columns]\ncsat = \"Score\"\n[aggregate]\ncsat = \"mean(Score)\"\n";
        let error = Mapping::parse("t.toml", twice).unwrap_err().to_string();
        assert!(
            error.contains("t.toml") && error.contains("csat stands under [columns] and under [aggregate]"),
            "{error}"
        );
    }

    #[test]
    fn the_example_of_the_module_reads() {
        let text: String = include_str!("aggregate.rs")
            .lines()
            .skip_while(|line| !line.contains("```toml"))
            .skip(1)
            .take_while(|line| !line.contains("```"))
            .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
            .collect();
        let mapping = Mapping::parse("tickets.toml", &text).unwrap();
        let aggregate = mapping.aggregate.unwrap();
        assert_eq!((aggregate.id.as_deref(), aggregate.source.as_str()), (Some("Ticket ID"), "zendesk"));
        assert_eq!((aggregate.days, aggregate.fields.len()), (Days::Open, 4));
        assert_eq!(mapping.columns["csat"], Origin::Header("Score".into()));
        let mut headers: Vec<&str> = aggregate.headers().collect();
        headers.sort_unstable();
        assert_eq!(headers, ["Escalated", "Priority", "Score", "Score", "Ticket ID", "Updated at"]);
    }
}
