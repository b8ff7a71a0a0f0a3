//! The server itself: whether it answers, and what its API is.

use std::sync::LazyLock;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::schema::ObjectBuilder;

use crate::endpoint::{Answer, Endpoint, Media};
use crate::schema;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let status = ObjectBuilder::new().property("status", schema::choice(&["ok"])).required("status");
    vec![
        Endpoint::get("/healthz", "service_alive", healthz)
            .open("service")
            .says("Whether the process answers", "Whether the database does is another question: see `/readyz`.")
            .answers(StatusCode::OK, "It does.", status, Some(json!({"status": "ok"}))),
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

/// The process answers.
async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn document() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(crate::openapi);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}
