//! The operations of the OpenAPI document, as tests that hold for all of them need them.

use anyhow::{Context as _, Result, ensure};
use axum::http::Method;
use fastenr_core::model::api_key::{ScopeNoun, ScopeVerb};
use serde_json::{Value as Json, json};

use super::api::{Api, DOCUMENT};

/// A row of the document.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: Method,
    /// With `{names}`.
    pub(super) path: String,
    pub(super) told: &'static Json,
}

pub(super) fn all() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else { continue };
            let Some(id) = told["operationId"].as_str() else { continue };
            all.push(Operation { id: id.to_owned(), method, path: path.clone(), told });
        }
    }
    assert!(all.len() > 20, "the document is all but empty");
    all
}

/// Those that ask for a key.
pub(super) fn guarded() -> impl Iterator<Item = Operation> {
    all().into_iter().filter(|operation| !operation.is_open())
}

impl Operation {
    pub(super) fn is_open(&self) -> bool {
        self.told["security"] == json!([{}])
    }

    pub(super) fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// What a key must be allowed, by the document's own words.
    pub(super) fn need(&self) -> Result<(ScopeNoun, ScopeVerb)> {
        let about = self.told["description"].as_str().unwrap_or_default();
        let scope = about.rsplit_once("Needs `").and_then(|(_, rest)| rest.split_once('`')).map(|(scope, _)| scope);
        let (noun, verb) = scope.and_then(|scope| scope.split_once(':')).context("it does not say what it needs")?;
        Ok((ScopeNoun::parse(noun)?, ScopeVerb::parse(verb)?))
    }

    /// Every name in the path stands for itself.
    pub(super) fn anywhere(&self) -> String {
        self.path.replace(['{', '}'], "")
    }

    pub(super) fn is_named(&self) -> bool {
        self.path.contains('{')
    }

    /// The path with the first record that each list on the way to it shows to this client.
    pub(super) async fn first(&self, api: &Api) -> Result<String> {
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            if !part.starts_with('{') {
                path.push('/');
                path.push_str(part);
                continue;
            }
            // People have no list of their own: a contact names one.
            let list = api.get(if path == "/api/people" { "/api/contacts" } else { &path }).await?;
            ensure!(list.status == 200, "{path} is no list, by which {part} could be known: {}", list.text());
            let rows = list.json["data"].as_array().or_else(|| list.json.as_array());
            let row = rows.and_then(|rows| rows.first()).with_context(|| format!("{path} is empty: seed it"))?;
            let names = ["id", "key", "name"].iter().filter_map(|name| row[name].as_str());
            let name = names.take(1).next().with_context(|| format!("{path} has no names for its records: {row}"))?;
            path.push('/');
            path.push_str(&name.replace(' ', "%20"));
        }
        Ok(path)
    }

    /// A JSON body that it takes.
    pub(super) fn body(&self) -> Option<Json> {
        let media = self.told.pointer("/requestBody/content/application~1json")?;
        match &media["example"] {
            Json::Null => Some(sample(&media["schema"])),
            example => Some(example.clone()),
        }
    }

    /// The query that it can't be asked without.
    pub(super) fn query(&self) -> String {
        let parameters = self.told["parameters"].as_array().into_iter().flatten();
        let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
        let pairs = needed.map(|one| {
            let value = match sample(&one["schema"]) {
                Json::String(text) => text,
                other => other.to_string(),
            };
            format!("{}={value}", one["name"].as_str().unwrap_or_default())
        });
        let pairs: Vec<String> = pairs.collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    pub(super) fn takes(&self, place: &str, name: &str) -> bool {
        let parameters = self.told["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|one| one["in"] == place && one["name"] == name)
    }

    /// Its answer has no end.
    pub(super) fn streams(&self) -> bool {
        self.told.pointer("/responses/200/content/text~1event-stream").is_some()
    }
}

/// The smallest value that a schema allows, as far as this is worth knowing.
fn sample(schema: &Json) -> Json {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap_or(&Json::Null));
    }
    for known in ["example", "const", "default"] {
        if !schema[known].is_null() {
            return schema[known].clone();
        }
    }
    if let Some(first) = schema["enum"].get(0).or_else(|| schema["examples"].get(0)) {
        return first.clone();
    }
    if let Some(one) = schema["oneOf"].get(0).or_else(|| schema["anyOf"].get(0)) {
        return sample(one);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0).and_then(Json::as_str));
    match kind.unwrap_or_default() {
        "object" => {
            let names = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            names.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect()
        }
        "array" => match schema["minItems"].as_u64() {
            Some(1..) => json!([sample(&schema["items"])]),
            _ => json!([]),
        },
        "boolean" => json!(false),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        _ => match schema["format"].as_str() {
            Some("date") => json!("2026-03-01"),
            Some("date-time") => json!("2026-03-01T07:00:00Z"),
            Some("uuid") => json!("018e03a0-0000-7000-8000-000000000000"),
            Some("email") => json!("jo@example.com"),
            _ => json!("x"),
        },
    }
}
