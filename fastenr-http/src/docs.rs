//! The document for people: Swagger UI, from files inside the binary.

use std::sync::{Arc, LazyLock};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::Problem;
use crate::at::At;
use crate::endpoint::{Answer as Answers, Endpoint, Media};
use crate::reply::Answer;
use crate::schema;

const HTML: &str = "text/html";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let file = |endpoint: Endpoint, names: &[&'static str]| {
        let media = names.iter().map(|name| Media { name, schema: schema::text().into(), example: None }).collect();
        endpoint.open("service").answer(Answers {
            status: StatusCode::OK,
            about: "The file.".to_owned(),
            media,
            headers: Vec::new(),
        })
    };
    vec![
        Endpoint::get("/api/docs", "service_docs", || async { Redirect::permanent("/api/docs/") })
            .open("service")
            .says("This document to browse", "Leads to `/api/docs/`.")
            .answers_empty(StatusCode::PERMANENT_REDIRECT, "It is there.")
            .header("Location", "Where the page is."),
        file(Endpoint::get("/api/docs/", "service_docs_page", || serve("index.html".to_owned())), &[HTML])
            .says("This document to browse", "A page that needs nothing from elsewhere."),
        file(
            Endpoint::get("/api/docs/{file}", "service_docs_file", |At(file): At<String>| serve(file)),
            &[HTML, "text/css", "text/javascript", "image/png", "application/json"],
        )
        .says("What the page is made of", "")
        .named("The name of the file."),
    ]
}

async fn serve(file: String) -> Answer {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/api/openapi.json")));
    let missing = || {
        let detail = format!("there is no file {file:?}");
        Problem::new(StatusCode::NOT_FOUND, "no_such_path", Some(detail))
    };
    let found = utoipa_swagger_ui::serve(&file, Arc::clone(&CONFIG)).ok().flatten().ok_or_else(missing)?;
    Ok(file_of(found.content_type, found.bytes.into_owned()))
}

/// The page runs its own scripts and asks its own server; the styles that it sets on elements are inline.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'none'";

fn file_of(media: String, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.as_str()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The same for as long as the program is.
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, bytes).into_response()
}
