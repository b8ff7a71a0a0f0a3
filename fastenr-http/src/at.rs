//! What a path names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// What stands in the place of a name in paths of the API, or is taken out of paths by clients: a record that is called so is
/// reached with a sign before it.
pub(crate) const FIXED: [&str; 8] = ["duplicates", "erasures", "release", "report", "stream", "summary", ".", ".."];

/// That sign.
pub(crate) const SIGN: char = '=';

/// The parts of the path that stand in braces.
pub(crate) struct PathParts<T>(pub(crate) T);

/// Names as they stand in a path.
pub(crate) trait PathNames: DeserializeOwned + Send {
    /// Without the sign, where it is one: `=report` is called `report`, and `==report` is called `=report`.
    fn plain(self) -> Self;
}

impl PathNames for String {
    fn plain(self) -> Self {
        match self.strip_prefix(SIGN) {
            Some(rest) if FIXED.contains(&rest.trim_start_matches(SIGN)) => rest.to_owned(),
            _ => self,
        }
    }
}

impl<A: PathNames, B: PathNames> PathNames for (A, B) {
    fn plain(self) -> Self {
        (self.0.plain(), self.1.plain())
    }
}

impl<T, S> FromRequestParts<S> for PathParts<T>
where
    T: PathNames,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // A text with U+0000 names nothing, and PostgreSQL would not take it.
        if parts.uri.path().contains("%00") {
            return Err(Problem::invalid("path", "a name in a path is text without U+0000"));
        }
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value.plain())),
            Err(rejection) => Err(Problem::invalid("path", rejection.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_has_a_path() {
        for (text, name) in [
            ("=report", "report"),
            ("==report", "=report"),
            ("===..", "==.."),
            ("report", "report"),
            ("=reports", "=reports"),
            ("=", "="),
            ("==", "=="),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(text.to_owned().plain(), name, "{text}");
        }
    }

    /// A part that is always the same, where a name can stand as well.
    #[test]
    fn all_fixed_parts_are_known() {
        let endpoints = crate::endpoints();
        let paths: BTreeSet<Vec<&str>> = endpoints.iter().map(|endpoint| endpoint.path.split('/').collect()).collect();
        let mut found = BTreeSet::new();
        for named in &paths {
            for (place, _) in named.iter().enumerate().filter(|(_, part)| part.starts_with('{')) {
                let beside = paths.iter().filter(|path| path.len() > place && path[..place] == named[..place]);
                found.extend(beside.map(|path| path[place]).filter(|part| !part.starts_with('{') && !part.is_empty()));
            }
        }
        assert!(found.contains("duplicates") && found.contains("report"), "{found:?}");
        assert!(found.iter().all(|part| FIXED.contains(part)), "{found:?}");
    }
}
