//! `/dashboard/notifications`: what is new for the user, and the bell of every page.

use axum::http::Method;
use fastenr_core::model::notification::NotificationKind;
use fastenr_core::ops::notifications::{self as ops, DAYS, Notification};
use fastenr_html::format::grouped;
use fastenr_html::link;
use fastenr_html::page::{NotificationRow, NotificationsPage};
use fastenr_html::part::{Bell, Empty, Tab, Tabs};

use super::fields::Fields;
use super::filters::with;
use super::request::PageRequest;
use super::{answer, row};
use crate::Problem;
use crate::activities::changes;
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::notifications::{found, marked, may, parameters};
use crate::reply::Answer;

const PATH: &str = "/dashboard/notifications";
const READ: &str = "/dashboard/notifications/read";

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::signed(Method::GET, PATH, "Notifications", show).takes(parameters()),
        row::page("/dashboard/events", "Live number of activities: server-sent events", Noun::Activities, changes),
        row::signed(Method::POST, READ, "Mark notifications as read", read),
    ]
}

/// The bell; none where the user may not read what notifications tell of, or where they can't be counted now.
pub(super) async fn bell(request: &PageRequest) -> Option<Bell> {
    may(&request.caller).ok()?;
    let unread = ops::unread(request.context()).await.ok()?;
    Some(Bell { unread, current: request.address.here.starts_with(PATH) })
}

async fn show(request: PageRequest, Query(pairs): Query) -> Answer {
    if request.wants("bell") {
        return answer::fragment(bell(&request).await.unwrap_or_default());
    }
    let unread_only = pairs.iter().any(|(name, text)| name == "unread" && text == "true");
    let found = found(&request.caller, pairs.clone()).await?;
    let shown = found.rows.len() as u64;
    let tab = |text, href, current| Tab { text, href, current };
    let unread_alone = link::with(PATH, [("unread", "true")]);
    let tabs = vec![tab("All", PATH.to_owned(), !unread_only), tab("Unread", unread_alone, unread_only)];
    let empty = found.rows.is_empty().then(|| Empty {
        title: if unread_only { "Nothing unread" } else { "No notifications" }.to_owned(),
        text: format!(
            "Alerts of your accounts, accounts and tasks that others give to you, achieved and missed goals, and your long work \
             that ended appear here for {DAYS} days."
        ),
        act: Some(("Go to Today", "/dashboard".to_owned())),
        ..Empty::default()
    });
    answer::page(&NotificationsPage {
        frame: request.frame("Notifications", "notifications").await?,
        tabs: Tabs { label: "Notifications", tabs },
        rows: found.rows.iter().map(|told| line(&request, told)).collect(),
        cursor: (found.unread > 0).then(|| found.cursor.to_string()),
        empty,
        rest: (shown < found.total).then(|| {
            let more = (shown * 2).min(1_000).to_string();
            (format!("{} of {}", grouped(shown), grouped(found.total)), with(PATH, &pairs, "limit", Some(&more)))
        }),
    })
}

fn line(request: &PageRequest, told: &Notification) -> NotificationRow {
    let me = &request.context().user.email;
    let of = |part: &str, id: uuid::Uuid| format!("/dashboard/{part}/{id}");
    let mine = |part: &str| link::with(&format!("/dashboard/{part}"), [("owner", me.as_str())]);
    let account = told.account.as_ref().map(|account| account.id);
    let operation = || of("operations", told.operation);
    let (icon, kind, href) = match told.kind {
        NotificationKind::Alert => ("bell", "Alert", account.map_or_else(|| mine("alerts"), |id| of("accounts", id))),
        NotificationKind::Account => {
            ("person", "Account", account.map_or_else(|| mine("accounts"), |id| of("accounts", id)))
        }
        NotificationKind::Task => ("task", "Task", told.record.map_or_else(|| mine("tasks"), |id| of("tasks", id))),
        NotificationKind::GoalAchieved => ("goal", "Goal", told.record.map_or_else(operation, |id| of("goals", id))),
        NotificationKind::GoalMissed => ("goal", "Goal", told.record.map_or_else(operation, |id| of("goals", id))),
        NotificationKind::Work => ("import", "Work", operation()),
        NotificationKind::FailedWork => ("close", "Work", operation()),
    };
    NotificationRow {
        at: request.here().moment(told.at),
        icon,
        kind: kind.to_owned(),
        text: answer::sentence(told.text.clone()),
        href,
        is_unread: told.is_unread,
        by: (told.actor != *me).then(|| told.actor.clone()),
    }
}

async fn read(request: PageRequest, fields: Fields) -> Answer {
    may(&request.caller)?;
    marked(&request.caller, fields.text("cursor")).await.map_err(Problem::of_content)?;
    Ok(answer::see_other(PATH))
}
