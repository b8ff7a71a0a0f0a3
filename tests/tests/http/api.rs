//! A client of the API without a socket. Whatever it is answered has to be what the OpenAPI document says.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use fastenr_core::error::codes;
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use http_body_util::BodyExt;
use jsonschema::Validator;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

use fastenr_tests::driver_text::driver_text;
use fastenr_tests::world::World;

pub(crate) static DOCUMENT: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(&fastenr_http::openapi()).expect("the document is JSON"));

#[derive(Clone)]
pub(crate) struct Api {
    router: Router,
    key: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// Null where the body is no JSON.
    pub(crate) json: Json,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The last part of a problem's type.
    pub(crate) fn problem(&self) -> &str {
        self.json["type"].as_str().and_then(|kind| kind.strip_prefix("urn:fastenr:problem:")).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Held to be refused with this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.problem()), (status, code), "{}", self.text());
        self
    }
}

/// A request in the making.
pub(crate) struct RequestBuilder<'a> {
    api: &'a Api,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Api {
    /// Asks nobody who they are.
    pub(crate) fn open(world: &World) -> Self {
        Self::with(State::new(Access::Open(Box::new(world.context.clone())), Policy::default()))
    }

    pub(crate) fn with(state: State) -> Self {
        Self { router: fastenr_http::router(state), key: None }
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    pub(crate) fn ask(&self, method: Method, path: impl Into<String>) -> RequestBuilder<'_> {
        RequestBuilder { api: self, method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) async fn get(&self, path: impl Into<String>) -> Result<Answered> {
        self.ask(Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, path: impl Into<String>, body: Json) -> Result<Answered> {
        self.ask(Method::POST, path).json(&body).send().await
    }

    pub(crate) async fn put(&self, path: impl Into<String>, body: Json) -> Result<Answered> {
        self.ask(Method::PUT, path).json(&body).send().await
    }

    pub(crate) async fn delete(&self, path: impl Into<String>) -> Result<Answered> {
        self.ask(Method::DELETE, path).send().await
    }
}

impl RequestBuilder<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(mut self, body: &Json) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub(crate) fn body(mut self, media: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media)
    }

    /// Asks, and holds the answer to the document.
    pub(crate) async fn send(self) -> Result<Answered> {
        let (method, path) = (self.method.clone(), self.path.clone());
        let sent: Option<Json> = serde_json::from_slice(&self.body).ok();
        let answered = self.send_unchecked().await?;
        check(&method, &path, sent.as_ref(), &answered).with_context(|| format!("{method} {path}"))?;
        let told = if answered.status >= 400 { answered.text() } else { String::new() };
        assert_eq!(driver_text(&told), None, "{method} {path}: {told}");
        assert!(!told.contains("`fastenr ") && !told.contains(" --"), "{method} {path} names a command: {told}");
        let code = answered.problem();
        let in_table = codes::ALL.iter().any(|known| known.name == code && known.status.is_some());
        // What can't be read may have its own name as its code.
        let place = &answered.json["errors"][0];
        let place = place["parameter"].as_str().or(place["pointer"].as_str()).unwrap_or_default();
        let is_known = code.is_empty() || in_table || place.rsplit('/').next() == Some(code);
        assert!(is_known, "{method} {path}: {code} is not in the table of codes");
        Ok(answered)
    }

    pub(crate) async fn send_unchecked(self) -> Result<Answered> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if let Some(key) = &self.api.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = self.api.router.clone().oneshot(request.body(Body::from(self.body))?).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await?.to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Ok(Answered { status: parts.status.as_u16(), headers: parts.headers, bytes, json })
    }
}

fn check(method: &Method, path: &str, sent: Option<&Json>, answered: &Answered) -> Result<()> {
    let path = path.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else {
        ensure!(answered.status >= 400, "what is in no document is answered with {}", answered.status);
        return Ok(());
    };
    let place = format!("{method} {template}");
    let status = answered.status.to_string();
    let media = answered.header("content-type").split(';').next().unwrap_or_default().to_owned();
    let Some(response) = operation["responses"].get(&status) else {
        ensure!(answered.status >= 400, "{place} says nothing of {status}: {}", answered.text());
        ensure!(media == "application/problem+json", "a refusal is {media}: {}", answered.text());
        return validate("problem", &json!({"$ref": "#/components/schemas/Problem"}), &answered.json);
    };
    if answered.status < 300
        && let (Some(sent), Some(schema)) = (sent, operation.pointer("/requestBody/content/application~1json/schema"))
    {
        validate(&format!("{place} request"), schema, sent).context("it took what the document does not allow")?;
    }
    let Some(content) = response.get("content") else {
        ensure!(answered.bytes.is_empty(), "{place} {status} has a body: {}", answered.text());
        return Ok(());
    };
    let Some(content) = content.get(&media).or_else(|| content.get("*/*")) else {
        anyhow::bail!("{place} {status} is {media}")
    };
    if media == "application/json" {
        validate(&format!("{place} {status}"), &content["schema"], &answered.json)?;
    }
    Ok(())
}

/// The operation of the document that a path is of: literal parts count for more than named ones.
fn operation(method: &Method, path: &str) -> Option<(String, &'static Json)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let own: Vec<&str> = template.split('/').collect();
        own.len() == parts.len() && own.iter().zip(&parts).all(|(own, part)| own.starts_with('{') || own == part)
    };
    let paths = DOCUMENT["paths"].as_object()?;
    let mut found: Vec<&String> = paths.keys().filter(|template| fits(template)).collect();
    found.sort_by_key(|template| template.matches('{').count());
    let template = found.first()?;
    let operation = paths[*template].get(method.as_str().to_ascii_lowercase())?;
    Some(((*template).clone(), operation))
}

fn validate(place: &str, schema: &Json, value: &Json) -> Result<()> {
    let validator = validator(schema).with_context(|| place.to_owned())?;
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    ensure!(wrong.is_empty(), "{place} is not as the document says: {}\n{value}", wrong.join("\n"));
    Ok(())
}

/// Whether a schema of the document allows the value.
pub(crate) fn is_valid(schema: &Json, value: &Json) -> Result<bool> {
    Ok(validator(schema)?.is_valid(value))
}

fn validator(schema: &Json) -> Result<Arc<Validator>> {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let text = schema.to_string();
    if let Some(validator) = validators.get(&text) {
        return Ok(Arc::clone(validator));
    }
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
                       "components": DOCUMENT["components"], "allOf": [schema]});
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .map_err(|error| anyhow::anyhow!("the schema is none: {error}"))?;
    let validator = Arc::new(validator);
    validators.insert(text, Arc::clone(&validator));
    Ok(validator)
}
