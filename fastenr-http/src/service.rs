//! What the API is, for programs.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use utoipa::openapi::schema::ObjectBuilder;

use crate::endpoint::{Answer, Endpoint, Media};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/openapi.json", "service_openapi", document)
            .open("service")
            .says("This document", "OpenAPI 3.1, as JSON.")
            .answer(Answer {
                status: StatusCode::OK,
                about: "The document.".to_owned(),
                media: vec![Media { name: "application/json", schema: ObjectBuilder::new().into(), example: None }],
                headers: Vec::new(),
            }),
    ]
}

async fn document() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(crate::openapi);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}
