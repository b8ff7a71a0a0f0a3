//! The OpenAPI 3.1 document, from the table of endpoints.

use axum::http::{Method, StatusCode};
use fastenr_core::model::noun::Noun;
use fastenr_core::model::nouns::NOUNS;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, ParameterStyle, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, Content, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref,
    Required,
};
use utoipa::{PartialSchema, ToSchema};

use crate::Problem;
use crate::endpoint::{Endpoint, Media, Verb};
use crate::params::{Parameter, Style};
use crate::schema;

/// The parts of the API, in the order of the document.
const TAGS: &[(&str, &str)] = &[
    ("accounts", "Accounts (customers) and their related records."),
    ("contacts", "Contacts: people at accounts."),
    ("engagements", "Meetings, calls, e-mails, notes, demos and trainings, and their attachments."),
    ("goals", "Goals of customers, with milestones and progress."),
    ("health", "Daily metrics, health and churn risk scores, explanations and changes."),
    ("alerts", "Alerts: list, acknowledge, snooze, resolve, release."),
    ("arr", "Annual recurring revenue (ARR) and its movements."),
    ("activities", "Activity feed and audit log: who changed which record, and when; also as a live stream."),
    ("notifications", "What is new for the user of the key."),
    ("operations", "Operations: every write, with undo."),
    ("segments", "Segments: saved filters of accounts."),
    ("users", "Users: members of the organization, who own accounts."),
    ("people", "People: find, export and erase all data about a person. Only for admins."),
    ("service", "The document of this API."),
];

/// The same with those that nouns bring along.
fn tags() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_noun = |noun: &&'static Noun| noun.api.as_ref().and_then(|api| Some((api.tag, api.about?)));
    TAGS.iter().copied().chain(NOUNS.iter().filter_map(of_noun))
}

const ABOUT: &str = "\
Accounts, engagements, goals, daily health metrics and scores with their explanations.\n\n\
**Keys.** Create an API key with `fastenr keys create` and send it as `Authorization: Bearer KEY`. A key belongs to one \
organization and one user. Its scopes limit what it may do: `accounts:read`, `goals:write`, `*:read`.\n\n\
**Lists** return `{data, total, page, limit, hasMore}`. An unknown parameter is an error, never ignored.\n\n\
**Writes.** POST creates, PUT changes the given members (null clears), DELETE archives or deletes. Each write is an operation, \
named in the header `Fastenr-Operation`, and can be undone. `dry_run=true` previews without saving. The `ETag` of a record is \
its version; send it as `If-Match` to write only if the record has not changed since you read it. A POST with an \
`Idempotency-Key` can be repeated safely.\n\n\
**Errors** are problem details (RFC 9457) with a stable `type`.";

/// The document of these endpoints.
pub(crate) fn document(endpoints: &[Endpoint]) -> OpenApi {
    let mut components = Components::new();
    components.schemas.insert(Problem::name().into_owned(), <Problem as PartialSchema>::schema());
    components.schemas.extend(schema::shared().map(|(name, shape)| (name.to_owned(), shape)));
    let mut more = Vec::new();
    <Problem as ToSchema>::schemas(&mut more);
    for (name, schema) in more.into_iter().chain(endpoints.iter().flat_map(|endpoint| endpoint.schemas.clone())) {
        components.schemas.insert(name, schema);
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key.")).build();
    components.security_schemes.insert("key".to_owned(), SecurityScheme::Http(bearer).into());
    components.responses.insert("Problem".to_owned(), problem().into());
    let mut paths = PathsBuilder::new();
    for endpoint in endpoints {
        if let Some(method) = method(&endpoint.method) {
            paths = paths.path(&endpoint.path, PathItem::new(method, operation(endpoint)));
        }
    }
    let used = |tag: &str| endpoints.iter().any(|endpoint| endpoint.tag == tag);
    let tags = tags()
        .filter(|(name, _)| used(name))
        .map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("fastenr")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .license(Some(
                    LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
                ))
                .build(),
        )
        .paths(paths)
        .components(Some(components))
        .tags(Some(tags.collect::<Vec<_>>()))
        .build()
}

fn method(method: &Method) -> Option<HttpMethod> {
    Some(match *method {
        Method::GET => HttpMethod::Get,
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        _ => return None,
    })
}

fn operation(endpoint: &Endpoint) -> utoipa::openapi::path::Operation {
    let about = match endpoint.need {
        Some(need) => format!("{}\n\nNeeds `{}:{}`.", endpoint.about, need.noun, need.verb.as_str()),
        None => endpoint.about.clone(),
    };
    let mut operation = OperationBuilder::new()
        .tag(endpoint.tag)
        .operation_id(Some(endpoint.id.clone()))
        .summary(Some(endpoint.summary.clone()))
        .description(Some(about.trim().to_owned()));
    operation = match endpoint.need {
        Some(_) => operation.security(SecurityRequirement::new::<_, [String; 0], String>("key", [])),
        // Nothing is asked for.
        None => operation.securities(Some([SecurityRequirement::default()])),
    };
    for name in path_names(&endpoint.path) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(endpoint.named))
            .schema(Some(schema::words()));
        operation = operation.parameter(parameter);
    }
    for parameter in &endpoint.query {
        operation = operation.parameter(query(parameter));
    }
    for (name, about) in request_headers(endpoint) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(match name {
                // Whatever is no version of ours is answered with 412.
                "If-Match" => schema::content(),
                _ => schema::pattern("^[!-~]{1,255}$"),
            }));
        operation = operation.parameter(parameter);
    }
    if let Some(body) = &endpoint.body {
        let mut request = RequestBodyBuilder::new().description(Some(body.about)).required(Some(if body.required {
            Required::True
        } else {
            Required::False
        }));
        for media in &body.media {
            request = request.content(media.name, content(media));
        }
        operation = operation.request_body(Some(request.build()));
    }
    for answer in &endpoint.answers {
        let mut response = ResponseBuilder::new().description(&answer.about);
        for media in &answer.media {
            response = response.content(media.name, content(media));
        }
        if answer.status.is_client_error() {
            let problem = ContentBuilder::new().schema(Some(schema::reference(&Problem::name()))).build();
            response = response.content("application/problem+json", problem);
        }
        for (name, about) in &answer.headers {
            response = response
                .header(*name, HeaderBuilder::new().schema(Some(schema::content())).description(Some(*about)).build());
        }
        operation = operation.response(answer.status.as_str(), response.build());
    }
    let is_record = endpoint.answers.iter().any(|answer| answer.headers.iter().any(|(name, _)| *name == "ETag"));
    let writes = endpoint.need.is_some_and(|need| need.verb != Verb::Read);
    if is_record && writes && !endpoint.answers.iter().any(|answer| answer.status == StatusCode::NO_CONTENT) {
        let about = "Done, but the key may not read the record; its version is in `ETag`.";
        operation = operation.response("204", ResponseBuilder::new().description(about).build());
    }
    operation.response("default", Ref::from_response_name("Problem")).build()
}

fn request_headers(endpoint: &Endpoint) -> impl Iterator<Item = (&'static str, &'static str)> {
    let conditional = (
        endpoint.conditional,
        "If-Match",
        "ETag of the version that you have read: refused if the record has changed since.",
    );
    let idempotent = (
        endpoint.idempotent,
        "Idempotency-Key",
        "A text of your choice, 1 to 255 visible characters: repeating the request with the same text and body \
         returns the same answer.",
    );
    [conditional, idempotent].into_iter().filter(|(takes, ..)| *takes).map(|(_, name, about)| (name, about))
}

fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn query(parameter: &Parameter) -> ParameterBuilder {
    let mut builder = ParameterBuilder::new()
        .name(parameter.name.clone())
        .parameter_in(ParameterIn::Query)
        .required(if parameter.required { Required::True } else { Required::False })
        .description(Some(&parameter.about))
        .schema(Some(parameter.schema.clone()));
    builder = match parameter.style {
        Style::Plain => builder,
        Style::Commas => builder.style(Some(ParameterStyle::Form)).explode(Some(false)),
        Style::Repeated => builder.style(Some(ParameterStyle::Form)).explode(Some(true)),
        Style::Deep => builder.style(Some(ParameterStyle::DeepObject)).explode(Some(true)),
    };
    builder
}

fn content(media: &Media) -> Content {
    ContentBuilder::new().schema(Some(media.schema.clone())).example(media.example.clone()).build()
}

fn problem() -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(schema::reference(&Problem::name()))).build();
    ResponseBuilder::new().description("The error.").content("application/problem+json", content).build()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_operation_is_told() {
        let endpoints = crate::endpoints();
        let mut ids = HashSet::new();
        for endpoint in &endpoints {
            let id = &endpoint.id;
            assert!(ids.insert(id.clone()), "{id} stands twice");
            assert!(tags().any(|(tag, _)| tag == endpoint.tag), "{id} has the tag {:?}", endpoint.tag);
            assert!(!endpoint.summary.is_empty() && !endpoint.answers.is_empty(), "{id} says nothing");
            assert!(endpoint.need.is_some() || endpoint.tag == "service", "{id} is open to anybody");
            let verb = endpoint.need.map(|need| need.verb);
            let writes = verb.is_some_and(|verb| verb != Verb::Read);
            assert!(endpoint.method != Method::GET || !writes, "{id} writes by GET");
        }
    }

    #[test]
    fn every_reference_has_its_schema() {
        let text = crate::openapi();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for reference in text.split("\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "there is no {reference}");
        }
    }

    /// `UPDATE_DOCS=1` writes it.
    #[test]
    fn the_document_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let text = crate::openapi();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "docs/openapi.json is not what the code says: UPDATE_DOCS=1 cargo test -p fastenr-http"
        );
    }
}
