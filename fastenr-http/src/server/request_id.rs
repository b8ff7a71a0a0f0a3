//! An id for each request: the caller's, where it is fit for a log, or one of our own.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use fastenr_core::id::Ids;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ones are not taken.
const LONGEST: usize = 128;

tokio::task_local! {
    static CURRENT: HeaderValue;
}

/// The id of the request that the calling task answers.
pub fn current() -> Option<String> {
    CURRENT.try_with(|id| id.to_str().map(str::to_owned)).ok()?.ok()
}

/// Runs an answer under its id.
pub(super) async fn within<F: Future>(id: HeaderValue, answer: F) -> F::Output {
    CURRENT.scope(id, answer).await
}

/// The same for what does not wait.
pub(super) fn at_once<T>(id: HeaderValue, answer: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(id, answer)
}

/// Work that another task does under the id of the calling one.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let id = CURRENT.try_with(HeaderValue::clone).ok();
    async move {
        match id {
            Some(id) => within(id, work).await,
            None => work.await,
        }
    }
}

/// 1 to 128 visible ASCII characters of the caller's choice, else a new one.
pub(super) fn of(headers: &HeaderMap, ids: &Ids) -> HeaderValue {
    let fit = |id: &&HeaderValue| (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
    match headers.get(X_REQUEST_ID).filter(fit) {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(&ids.next().to_string()).unwrap_or_else(|_| HeaderValue::from_static("-")),
    }
}

#[cfg(test)]
mod tests {
    use fastenr_core::clock::Clock;

    use super::*;

    #[tokio::test]
    async fn only_what_is_fit_for_a_log_is_taken() {
        let ids = Ids::new(Clock::System);
        let of = |text: &[u8]| {
            let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_bytes(text).unwrap())]);
            of(&headers, &ids).to_str().unwrap().to_owned()
        };
        let longest = "a".repeat(128);
        for kept in ["a", "job-7/x", longest.as_str()] {
            assert_eq!(of(kept.as_bytes()), kept);
        }
        for other in [&b""[..], b"a b", b"tab\there", "ümlaut".as_bytes(), "a".repeat(129).as_bytes()] {
            assert_eq!(of(other).len(), 36, "{other:?}");
        }
        assert_eq!(current(), None);
        assert_eq!(within(HeaderValue::from_static("x"), async { current() }).await.as_deref(), Some("x"));
    }
}
