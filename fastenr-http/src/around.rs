//! `/api/accounts/{id}` and what happened there: an account with everything around it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::event::EventKind;
use fastenr_core::model::filter::Page;
use fastenr_core::model::nouns;
use fastenr_core::ops::{overview, timeline};
use fastenr_core::view::account::AccountOverview;
use fastenr_core::view::event::Timeline;

use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Parameter, RemainingParameters, Style};
use crate::reply::{self, Answer};
use crate::schema;

const TAG: &str = "accounts";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let kinds = schema::array(schema::choice(EventKind::TEXTS)).min_items(Some(1));
    let limit = schema::integer(1, Page::MOST as i64);
    vec![
        Endpoint::get("/api/accounts/{id}", "accounts_get", get)
            .of(TAG, Noun::Accounts, Verb::Read)
            .says(
                "Get an account with its related records",
                "Fields and scores, then team, parent and child accounts, contacts, the last and the next engagement, \
                 open goals, the latest metrics, open alerts and the health of the last 30 days. Records that the key \
                 may not read are left out; `Fastenr-Left-Out` names the missing scopes. The answer has no ETag, \
                 because it combines many records; for `If-Match` of a write to the account use its `version` in \
                 quotes: `\"7\"`.",
            )
            .answers_as::<AccountOverview>(StatusCode::OK, "The account."),
        Endpoint::get("/api/accounts/{id}/timeline", "accounts_timeline", told)
            .of(TAG, Noun::Accounts, Verb::Read)
            .says(
                "List the events of an account",
                "The newest first. Engagements are listed at the time they took place or are planned for; goals when \
                 they were created, changed status and were achieved; and changes by users and imports. Events about \
                 records that the key may not read are left out; `Fastenr-Left-Out` names the missing scopes.",
            )
            .takes([
                Parameter::new("kind", kinds, "Only events of these kinds.").style(Style::Commas),
                Parameter::new(
                    "from",
                    schema::time(),
                    "Only events from this time on: a time ago such as 90d, a day or an RFC 3339 time.",
                ),
                Parameter::new(
                    "to",
                    schema::time(),
                    "Only events up to this time; without it, planned engagements are listed first.",
                ),
                Parameter::new("limit", limit, "Maximum number of events, 1 to 1000 (default 25)."),
            ])
            .answers_as::<Timeline>(StatusCode::OK, "The latest events."),
    ]
}

async fn get(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let found = overview::overview(&caller.context, &name).await?;
    let mut shown = AccountOverview::from(&found);
    let hides = |noun: Noun| caller.may(noun, Verb::Read).is_err();
    let around = &mut shown.around;
    if hides(Noun::Contacts) {
        around.contacts.clear();
        around.counts.contacts = None;
    }
    if hides(Noun::Engagements) {
        (around.last_engagement, around.next_engagement) = (None, None);
        (around.counts.engagements, around.counts.attachments) = (None, None);
    }
    if hides(Noun::Goals) {
        around.goals.clear();
        around.counts.goals = None;
    }
    if hides(Noun::Metrics) {
        around.metrics = std::iter::empty().collect();
        around.counts.metrics = None;
    }
    if hides(Noun::Alerts) {
        around.alerts.clear();
        around.counts.alerts = None;
    }
    if hides(Noun::Health) {
        around.health_history.clear();
    }
    let others = [Noun::Contacts, Noun::Engagements, Noun::Goals, Noun::Metrics, Noun::Alerts, Noun::Health];
    let left_out = caller.left_out(&others);
    Ok((reply::left_out(&left_out), Json(shown)).into_response())
}

/// What a key has to be allowed to read to be told of events of a kind; of changes the account's own, and imports, nothing more.
pub(crate) fn noun_of(kind: EventKind) -> Option<Noun> {
    let scopes = kind.nouns().filter_map(|noun| nouns::called(noun)?.scope);
    scopes.into_iter().find(|scope| *scope != Noun::Accounts)
}

async fn told(caller: Caller, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let kinds = taken.list("kind");
    let (from, to) = (taken.text("from")?, taken.text("to")?);
    let limit = taken.limit(Page::default().limit)?;
    let mut wanted = timeline::wanted(&caller.context, &kinds, from.as_deref(), to.as_deref())?;
    wanted.limit = usize::try_from(limit).ok();
    let asked: &[EventKind] = if wanted.kinds.is_empty() { EventKind::ALL } else { &wanted.kinds };
    let shows = |kind: &EventKind| noun_of(*kind).is_none_or(|noun| caller.may(noun, Verb::Read).is_ok());
    let (kinds, hidden): (Vec<EventKind>, Vec<EventKind>) = asked.iter().copied().partition(shows);
    let left_out = caller.left_out(&hidden.iter().filter_map(|kind| noun_of(*kind)).collect::<Vec<_>>());
    // No kind at all would be all of them.
    let found = match kinds.is_empty() {
        true => None,
        false => Some(timeline::timeline(&caller.context, &name, &timeline::TimelineFilter { kinds, ..wanted }).await?),
    };
    let (events, has_more) = found.map_or_else(Default::default, |found| (found.events, found.has_more));
    Ok((reply::left_out(&left_out), Json(Timeline::new(&events, Some(limit), has_more))).into_response())
}
