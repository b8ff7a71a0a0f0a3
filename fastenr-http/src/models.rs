//! `/api/models`: the models that scores come from.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::ops::models::{self, ModelLine};
use fastenr_core::view::model::{MODEL_FIELDS, value};
use fastenr_core::view::record;
use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Caller;
use crate::reply::Answer;
use crate::schema;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let all = ObjectBuilder::new()
        .property("data", schema::array(schema::reference("Model")))
        .required("data")
        .property("total", schema::integer(1, i64::from(i32::MAX)))
        .required("total");
    let numbers = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    vec![
        Endpoint::get("/api/models", "models_list", list)
            .of("health", Noun::Health, Verb::Read)
            .says(
                "List scoring models",
                "The models in use in the order in which they apply, the built-in one last, then the revisions that \
                 are not in use.",
            )
            .defines("Model", schema::record(MODEL_FIELDS))
            .answers(StatusCode::OK, "The whole list.", all, None),
        Endpoint::get("/api/models/{id}", "models_get", get)
            .of("health", Noun::Health, Verb::Read)
            .named("Name of the model, optionally with `@` and a revision; the built-in model is `built-in`.")
            .says("Get a scoring model", "With all its numbers; docs/scoring.md explains them.")
            .answers(StatusCode::OK, "The model.", numbers, None),
    ]
}

async fn list(caller: Caller) -> Answer {
    let lines = models::list(&caller.context).await?;
    let shown = |line: &ModelLine| record(MODEL_FIELDS, |field| value(line, field));
    let data: Vec<_> = lines.iter().map(shown).collect();
    Ok(Json(json!({"total": data.len(), "data": data})).into_response())
}

async fn get(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let model = models::get(&caller.context, &name).await?;
    Ok(Json(model.to_json()).into_response())
}
