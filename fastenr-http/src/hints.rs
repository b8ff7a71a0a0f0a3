//! Names that an error offers in place of one that is not there: only to callers who could list them.

use std::sync::Arc;

use fastenr_core::model::api_key::ApiKey;

use crate::endpoint::{Noun, Verb};

tokio::task_local! {
    /// The key of the request that the calling task answers; none where nobody is asked for one.
    static KEY: Option<Arc<ApiKey>>;
}

/// Runs an answer to whoever has this key.
pub(crate) async fn within<F: Future>(key: Option<Arc<ApiKey>>, answer: F) -> F::Output {
    KEY.scope(key, answer).await
}

/// Work that another task does for the caller of this one.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let key = KEY.try_with(Clone::clone).unwrap_or_default();
    within(key, work)
}

/// Whether the caller may be told names of what an error with this code is about.
pub(crate) fn may_name(code: &str) -> bool {
    let is_allowed = |key: &Option<Arc<ApiKey>>| match (key, noun_of(code)) {
        (Some(key), Some(noun)) => key.check(noun, Verb::Read).is_ok(),
        _ => true,
    };
    KEY.try_with(is_allowed).unwrap_or(true)
}

/// As in `unknown_account`, `ambiguous_user`.
fn noun_of(code: &str) -> Option<Noun> {
    let (_, one) = code.split_once('_')?;
    Some(match one {
        "account" => Noun::Accounts,
        "contact" => Noun::Contacts,
        "engagement" | "attachment" => Noun::Engagements,
        "goal" => Noun::Goals,
        "metric" => Noun::Metrics,
        "model" => Noun::Health,
        "alert" => Noun::Alerts,
        "operation" => Noun::Operations,
        "segment" => Noun::Segments,
        "user" => Noun::Users,
        _ => return None,
    })
}
