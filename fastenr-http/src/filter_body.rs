//! Filters in a body: the query parameters of a list as members of an object.

use std::borrow::Cow;

use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};

use crate::Problem;
use crate::body::{unknown_member, whole};
use crate::params::{self, ACCOUNT, ACCOUNT_ID, Pairs, Parameter, Style};
use crate::problem::FieldError;

/// An object that has the members it is given and no others.
pub(crate) fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

/// The object that these parameters make.
pub(crate) fn schema(filters: &[Parameter]) -> ObjectBuilder {
    let others: Vec<Parameter> = filters.iter().filter_map(Parameter::other_name).collect();
    filters.iter().chain(&others).fold(closed(), |object, filter| {
        let mut shape = filter.schema.clone();
        match &mut shape {
            RefOr::T(Schema::Object(object)) => object.description = Some(filter.about.clone()),
            RefOr::T(Schema::Array(array)) => array.description = Some(filter.about.clone()),
            RefOr::T(Schema::AnyOf(any)) => any.description = Some(filter.about.clone()),
            _ => {}
        }
        object.property(filter.name.clone(), shape)
    })
}

/// The names and texts that the library reads. `at` is the member that the filter is.
///
/// # Errors
/// `unknown_field` with the nearest name, `type`, `blank`, `given_twice`.
pub(crate) fn pairs(filters: &[Parameter], at: &str, value: Value) -> Result<Pairs, Problem> {
    let Value::Object(members) = value else {
        return Err(Problem::fields(vec![FieldError::member(at, "type", format!("{at}: an object is needed"))]));
    };
    if members.contains_key(ACCOUNT) && members.contains_key(ACCOUNT_ID) {
        let twice = FieldError::member(ACCOUNT_ID, "given_twice", params::ACCOUNT_TWICE);
        let twice = FieldError { pointer: Some(format!("/{at}/{ACCOUNT_ID}")), ..twice };
        return Err(Problem::fields(vec![twice]).of_content());
    }
    let (mut pairs, mut errors) = (Pairs::new(), Vec::new());
    for (name, value) in members {
        let known = if name == ACCOUNT_ID { ACCOUNT } else { &name };
        let error = match filters.iter().find(|filter| filter.name == known) {
            None => {
                let names: Vec<&str> = filters.iter().map(|filter| filter.name.as_ref()).collect();
                unknown_member(&name, &names)
            }
            Some(filter) => match texts(filter, value) {
                Ok(texts) => {
                    pairs.extend(texts);
                    continue;
                }
                Err((code, rule)) => FieldError::member(&name, &code, format!("{name}: {rule}")),
            },
        };
        let pointer = error.pointer.map(|pointer| format!("/{at}{pointer}"));
        errors.push(FieldError { pointer, ..error });
    }
    if errors.is_empty() { Ok(pairs) } else { Err(Problem::fields(errors)) }
}

type Rule = (Cow<'static, str>, Cow<'static, str>);

fn rule<T>(code: &'static str, rule: &'static str) -> Result<T, Rule> {
    Err((code.into(), rule.into()))
}

fn texts(filter: &Parameter, value: Value) -> Result<Pairs, Rule> {
    let name = filter.name.to_string();
    let kind = match &filter.schema {
        RefOr::T(Schema::Object(object)) => object.schema_type.clone(),
        _ => SchemaType::AnyValue,
    };
    match (filter.style, value) {
        (Style::Commas, Value::Array(items)) if !items.is_empty() => {
            let items = items.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
            if items.iter().any(|item| item.contains(',')) {
                return rule("comma", "an item has no comma");
            }
            if let Some(choices) = filter.choices() {
                for item in &items {
                    params::exactly(&name, item, &choices)
                        .map_err(|problem| (problem.code().to_owned().into(), problem.detail().to_owned().into()))?;
                }
            }
            Ok(vec![(name, items.join(","))])
        }
        (Style::Repeated, Value::Array(items)) => {
            items.into_iter().map(|item| Ok((name.clone(), text(item)?))).collect()
        }
        (Style::Commas | Style::Repeated, _) => rule("type", "an array of texts is needed"),
        (Style::Deep, Value::Object(members)) => deep(&name, members),
        (Style::Deep, _) => rule("type", "an object of texts is needed"),
        (Style::Plain, Value::Bool(yes)) if kind == SchemaType::Type(Type::Boolean) => {
            Ok(vec![(name, yes.to_string())])
        }
        (Style::Plain, _) if kind == SchemaType::Type(Type::Boolean) => rule("type", "true or false is needed"),
        (Style::Plain, Value::Number(number)) if kind == SchemaType::Type(Type::Integer) => {
            match whole(&number).parse::<i64>() {
                Ok(number) => Ok(vec![(name, number.to_string())]),
                Err(_) => rule("type", "a whole number is needed"),
            }
        }
        (Style::Plain, _) if kind == SchemaType::Type(Type::Integer) => rule("type", "a whole number is needed"),
        (Style::Plain, Value::Number(number)) if kind == SchemaType::Type(Type::Number) => {
            Ok(vec![(name, whole(&number))])
        }
        (Style::Plain, _) if kind == SchemaType::Type(Type::Number) => rule("type", "a number is needed"),
        (Style::Plain, value) => Ok(vec![(name, text(value)?)]),
    }
}

fn deep(name: &str, members: Map<String, Value>) -> Result<Pairs, Rule> {
    // A custom field may be looked for by nothing in it.
    let member = |(key, value)| match value {
        Value::String(blank) if blank.trim().is_empty() => Ok((format!("{name}.{key}"), blank)),
        value => Ok((format!("{name}.{key}"), text(value)?)),
    };
    members.into_iter().map(member).collect()
}

fn text(value: Value) -> Result<String, Rule> {
    match value {
        Value::String(text) if text.trim().is_empty() => rule("blank", "it is blank; leave it out"),
        Value::String(text) if text.contains('\0') => rule("nul", "a text has no U+0000"),
        Value::String(text) => Ok(text),
        _ => rule("type", "a text is needed"),
    }
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;
    use serde_json::json;

    use super::*;
    use crate::filters::noun_filters;

    #[test]
    fn members_are_the_parameters() {
        let filter = json!({"status": ["active", "at_risk"], "industry": ["A, B"], "unowned": true, "health_min": 5,
                            "renews_within": "90d", "custom": {"tier": "gold"}});
        let mut pairs = pairs(&noun_filters(&ACCOUNT), "filter", filter).unwrap();
        pairs.sort_unstable();
        let texts: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            texts,
            [
                ("custom.tier", "gold"),
                ("health_min", "5"),
                ("industry", "A, B"),
                ("renews_within", "90d"),
                ("status", "active,at_risk"),
                ("unowned", "true"),
            ]
        );
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        for (filter, pointer, code) in [
            (json!({"statu": ["active"]}), "/filter/statu", "unknown_field"),
            (json!({"status": "active"}), "/filter/status", "type"),
            (json!({"status": ["a,b"]}), "/filter/status", "comma"),
            (json!({"unowned": "true"}), "/filter/unowned", "type"),
            (json!({"health_min": 1.5}), "/filter/health_min", "type"),
            (json!({"search": " "}), "/filter/search", "blank"),
            (json!([]), "/filter", "type"),
        ] {
            let told = serde_json::to_value(pairs(&noun_filters(&ACCOUNT), "filter", filter).unwrap_err()).unwrap();
            assert_eq!(
                (told["errors"][0]["pointer"].as_str(), told["errors"][0]["code"].as_str()),
                (Some(pointer), Some(code))
            );
        }
    }
}
