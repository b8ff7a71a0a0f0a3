//! A request of a page: the user, the address, and the last change.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta};
use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::{ACTIVITY, FeedItem, words};
use fastenr_core::model::filter::Page;
use fastenr_core::model::noun::Value;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::{Context, activities, operations, users};
use fastenr_html::form::Lists;
use fastenr_html::format::{RenderContext, word};
use fastenr_html::part::Undo;
use fastenr_html::{Frame, PageUser, Permissions, SignInMethod};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::endpoint::Noun;
use crate::guard::Caller;
use crate::{Access, Problem};

/// What the guard has found in the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageAddress {
    /// The block that is asked for.
    pub(super) fragment: Option<String>,
    /// The operation that was done just before.
    pub(super) done: Option<Uuid>,
    /// The address, as the API would take its parameters.
    pub(super) here: String,
}

/// A request of a page by a signed-in user.
#[derive(Clone)]
pub(crate) struct PageRequest {
    pub(crate) caller: Caller,
    pub(crate) address: PageAddress,
}

impl<S: Sync> FromRequestParts<S> for PageRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self { caller, address: parts.extensions.get().cloned().unwrap_or_default() })
    }
}

/// How long the page offers the undo of the last change.
const UNDOABLE: TimeDelta = TimeDelta::minutes(10);

impl PageRequest {
    pub(crate) fn context(&self) -> &Context {
        &self.caller.context
    }

    pub(crate) fn can(&self) -> Permissions {
        can(&self.caller)
    }

    pub(crate) fn here(&self) -> RenderContext {
        here(self.context())
    }

    /// Whether one block is asked for.
    pub(crate) fn wants(&self, block: &str) -> bool {
        self.address.fragment.as_deref() == Some(block)
    }

    pub(crate) async fn frame(&self, title: impl Into<String>, part: &'static str) -> Result<Frame, Problem> {
        let mut frame = Frame::new(title, part, who(&self.caller));
        if let Some(done) = self.address.done {
            frame.undo = self.undo(done).await;
        }
        frame.bell = super::notifications::bell(self).await;
        Ok(frame)
    }

    /// The last change, for the user who made it, for a short time.
    async fn undo(&self, id: Uuid) -> Option<Undo> {
        let context = self.context();
        let operation = operations::get(context, &id.to_string()).await.ok()?;
        let fresh = context.clock.now() - operation.started_at < UNDOABLE;
        if operation.id != id || operation.user != context.user.id || !fresh {
            return None;
        }
        let told = self.told(&operation.kind, id).await;
        let can_undo = self.can().write(Noun::Operations);
        Some(Undo { text: told, operation: can_undo.then_some(id), back: self.address.here.clone() })
    }

    /// `Saved: renewal stage – → likely.`
    async fn told(&self, kind: &str, id: Uuid) -> String {
        if kind == "operations.undo" {
            return "Undone.".to_owned();
        }
        let plain = || format!("Saved: {}.", words(kind));
        // Names and old values are shown only to sessions that may read the record.
        let readable = |kind: &str| {
            let noun = kind.split('.').next().and_then(|noun| Noun::parse(noun).ok());
            self.can().read(noun.unwrap_or(Noun::Accounts))
        };
        if !readable(kind) {
            return plain();
        }
        let mine = [Value::Id(self.context().user.id)];
        let filter = Selection::default().with(&ACTIVITY, "actor", mine).unwrap_or_default();
        let latest = activities::list(self.context(), &filter, Page { number: 1, limit: 10 }).await;
        let of_it = |item: &FeedItem| item.activity.operation == Some(id) && readable(&item.activity.kind);
        let found: Vec<FeedItem> =
            latest.map(|found| found.rows.into_iter().filter(of_it).collect()).unwrap_or_default();
        let Some(item) = found.first() else { return plain() };
        let changes = item.activity.changes.as_array().cloned().unwrap_or_default();
        let label = &item.activity.label;
        let file = |member: &str| changes.first().and_then(|change| change[member].as_str()).unwrap_or_default();
        match kind {
            "engagements.attach" => return format!("Attached {} to {label}.", file("new")),
            "engagements.detach" => return format!("Deleted {} from {label}.", file("old")),
            _ => {}
        }
        if !kind.ends_with(".update") && !kind.ends_with(".progress") {
            // Records that were created with it come first in the feed.
            let others =
                found.iter().skip(1).map(|other| format!(", {} {}", words(&other.activity.kind), other.activity.label));
            return format!("Saved: {} {label}{}.", words(kind), others.collect::<String>());
        }
        let is_done = |change: &Json| {
            ["done_at", "completed_at"].iter().any(|name| change["field"] == *name) && !change["new"].is_null()
        };
        if let [change] = changes.as_slice()
            && is_done(change)
        {
            return format!("Done: {label}.");
        }
        let here = self.here();
        let mut parts: Vec<String> = changes.iter().take(3).map(|one| change(one, &here)).collect();
        if changes.len() > 3 {
            parts.push(format!("{} more", changes.len() - 3));
        }
        format!("Saved: {}.", parts.join(", "))
    }

    /// What forms offer to choose from.
    pub(crate) async fn lists(&self) -> Result<Lists, Problem> {
        let organization = &self.context().organization;
        let users = match self.can().read(Noun::Accounts) || self.can().read(Noun::Users) {
            true => users::list(self.context()).await?,
            false => Vec::new(),
        };
        let at_work = users.into_iter().filter(|user| user.deactivated_at.is_none());
        let mut users: Vec<(String, String)> = at_work.map(|user| (user.email, user.name)).collect();
        users.sort_by(|one, other| one.1.cmp(&other.1));
        let (zone, currency) = (organization.time_zone.clone(), organization.currency.clone());
        Ok(Lists { users, zone, currency })
    }
}

fn change(change: &Json, here: &RenderContext) -> String {
    let field = change["field"].as_str().map(word).unwrap_or_default();
    format!("{field} {} → {}", shown(&change["old"], here), shown(&change["new"], here))
}

/// A value of a change, short.
pub(super) fn shown(value: &Json, here: &RenderContext) -> String {
    match value {
        Json::Null => "–".to_owned(),
        Json::String(text) if text.is_empty() => "–".to_owned(),
        Json::String(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(at) => here.moment(at.to_utc()).local().replace('T', " "),
            Err(_) => word(&short(text)),
        },
        Json::Array(items) if items.iter().all(Json::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
            if items.is_empty() { "–".to_owned() } else { short(&items.join(", ")) }
        }
        other => short(&other.to_string()),
    }
}

/// The beginning of what is long.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

pub(super) fn can(caller: &Caller) -> Permissions {
    Permissions::of(caller.context.user.role, caller.key.as_ref().map(|key| &key.scopes))
}

pub(super) fn here(context: &Context) -> RenderContext {
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let now = context.clock.now();
    RenderContext { now, today: zone.day(now), zone }
}

pub(super) fn who(caller: &Caller) -> PageUser {
    let context = &caller.context;
    let sign_in = match (&caller.key, caller.state.access()) {
        (Some(_), _) => SignInMethod::Session,
        (None, Access::Open(_)) => SignInMethod::Anybody,
        (None, Access::Keys { .. }) => SignInMethod::Proxy,
    };
    PageUser {
        organization: context.organization.name.clone(),
        user: context.user.email.clone(),
        name: context.user.name.clone(),
        can: can(caller),
        sign_in,
        here: here(context),
        currency: context.organization.currency.clone(),
        ending: super::extend::ending(caller),
    }
}

/// An address of the dashboard; none where it leads anywhere else.
pub(super) fn local(text: &str) -> Option<String> {
    let rest = text.strip_prefix("/dashboard")?;
    let begins = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    let strange = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii();
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    // Browsers read an encoded full stop as one.
    let leaves = path.split('/').any(|part| part.to_ascii_lowercase().replace("%2e", ".") == "..");
    (begins && !text.contains("//") && !text.contains(strange) && !leaves).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_here() {
        for text in ["/dashboard", "/dashboard/accounts?status=active", "/dashboard/accounts/1#f-name"] {
            assert_eq!(local(text).as_deref(), Some(text));
        }
        for text in [
            "",
            "/",
            "//evil.example",
            "/dashboardx",
            "https://evil.example/dashboard",
            "/dashboard//evil.example",
            "/dashboard/..//evil.example",
            "/dashboard/../api/accounts",
            "/dashboard/%2E%2e/x",
            "/dashboard/.%2e/api/accounts",
            "/dashboard/%2E./x",
            "/dashboard\\evil",
            "/dashboard/\r\nx",
            "javascript:alert(1)",
            "/dashboard/\u{2215}evil",
        ] {
            assert_eq!(local(text), None, "{text:?}");
        }
    }
}
