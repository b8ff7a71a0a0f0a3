//! What a path names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The parts of the path that stand in braces.
pub(crate) struct At<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for At<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // A text with U+0000 names nothing, and PostgreSQL would not take it.
        if parts.uri.path().contains("%00") {
            return Err(Problem::invalid("path", "a name in a path is text without U+0000"));
        }
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::invalid("path", rejection.body_text())),
        }
    }
}
