//! The assets of the pages.

use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use fastenr_html::assets::assets;

use super::answer::Plain;
use super::row;
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::Endpoint;
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::open(Method::GET, "/dashboard/assets/{file}", "An asset of the pages", get)]
}

async fn get(PathParts(name): PathParts<String>) -> Answer {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "no_such_path", Some(format!("there is no file {name:?}")));
    let asset = assets().get(&name).ok_or_else(missing)?;
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        // Its name is its hash: another content has another name.
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // An icon that is opened by itself runs nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    let mut response = (headers, asset.content).into_response();
    response.extensions_mut().insert(Plain);
    Ok(response)
}
