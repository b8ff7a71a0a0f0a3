//! The document for people: Swagger UI, from an archive inside the binary.

use std::io::{Cursor, Read};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as ARCHIVE;
use zip::ZipArchive;

use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::{Answer as Answers, Endpoint, Media};
use crate::reply::Answer;
use crate::schema;

const HTML: &str = "text/html";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let file = |endpoint: Endpoint, names: &[&'static str]| {
        let media = names.iter().map(|name| Media { name, schema: schema::content().into(), example: None }).collect();
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
            .says("Browse this document", "Redirects to `/api/docs/`.")
            .answers_empty(StatusCode::PERMANENT_REDIRECT, "Redirect.")
            .header("Location", "Path of the page."),
        file(Endpoint::get("/api/docs/", "service_docs_page", || serve("index.html".to_owned())), &[HTML])
            .says("Browse this document", "A page that loads nothing from other servers."),
        file(
            Endpoint::get("/api/docs/{file}", "service_docs_file", |PathParts(file): PathParts<String>| serve(file)),
            &[HTML, "text/css", "text/javascript", "image/png", "application/json"],
        )
        .says("Get a file of the page", "")
        .named("Name of the file."),
    ]
}

/// What the page begins with, in place of the archive's own, which shows another's document.
const INITIALIZER: (&str, &str) = (
    "swagger-initializer.js",
    r##"window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: "StandaloneLayout",
  });
};
"##,
);

async fn serve(file: String) -> Answer {
    let found = if file == INITIALIZER.0 { Some(INITIALIZER.1.as_bytes().to_vec()) } else { unpack(&file) };
    let found = found.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no_such_path", Some(format!("there is no file {file:?}")))
    })?;
    Ok(file_of(media_type(&file), found))
}

/// A file of the folder `dist` of the archive.
fn unpack(file: &str) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(ARCHIVE)).ok()?;
    let wanted = format!("dist/{file}");
    let is_it = |name: &str| name.split_once('/').is_some_and(|(_, path)| path == wanted && !path.ends_with('/'));
    let name = archive.file_names().flatten().find(|name| is_it(name))?.into_owned();
    let mut bytes = Vec::new();
    archive.by_name(&name).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn media_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => HTML,
        "css" => "text/css",
        "js" => "text/javascript",
        "png" => "image/png",
        _ => "application/json",
    }
}

/// The page runs its own scripts and asks its own server; the styles that it sets on elements are inline.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'none'";

fn file_of(media: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The same for as long as the program is.
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_that_the_page_names_is_there() {
        let page = String::from_utf8(unpack("index.html").unwrap()).unwrap();
        let named = page.split(['"']).filter(|word| word.contains('.') && !word.contains([' ', '\n']));
        let named: Vec<&str> = named.map(|word| word.trim_start_matches("./")).collect();
        assert!(named.len() > 5 && named.contains(&INITIALIZER.0), "{named:?}");
        for file in named {
            assert!(serve(file.to_owned()).await.is_ok(), "{file}");
        }
        assert!(serve("../README.md".to_owned()).await.is_err());
        assert!(serve(String::new()).await.is_err());
    }
}
