//! What only engagements are asked for: who of the attendees is a contact, the report, and what looks odd.

use chrono::{Days, NaiveDate};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::{Context, Written, entries, period};
use crate::arr::Period;
use crate::engagements::report::{Engagement, EngagementReport, Report};
use crate::error::Result;
use crate::model::TimeZone;
use crate::model::attachment::Attachment;
use crate::model::engagement::{Direction, ENGAGEMENT, EngagementType, Outcome};
use crate::model::entry::Entry;
use crate::model::nouns::{TASK, TaskSource};
use crate::model::selection::Selection;
use crate::model::when::Sense;
use crate::store::attendees::{AttendeeContact, Which};
use crate::store::engagements::ReportRow;
use crate::store::{self, attachments};

/// An engagement with what belongs to it.
#[derive(Debug, Clone)]
pub struct FullEngagement {
    pub entry: Entry,
    /// The attendees who are contacts of the account.
    pub contacts: Vec<AttendeeContact>,
    pub attachments: Vec<Attachment>,
}

/// # Errors
/// `unknown_record`, `ambiguous_record`.
pub async fn get(context: &Context, name: &str) -> Result<FullEngagement> {
    let scope = context.scope();
    let mut tx = context.db.read().await?;
    let entry = entries::find(&mut tx, context, &ENGAGEMENT, name).await?;
    let which = Which::Engagement(entry.id());
    let contacts = store::attendees::contacts(&mut tx, &scope, which)?.try_collect().await?;
    let attachments = attachments::of_engagement(&mut tx, &scope, entry.id()).await?;
    Ok(FullEngagement { entry, contacts, attachments })
}

/// What does not fit together in an engagement, a sentence each. It is told and not refused: an import brings what other
/// systems let pass, and a record must stay open to any other change.
pub fn oddities(entry: &Entry) -> Vec<&'static str> {
    let (scheduled, completed) = (entry.instant("scheduled_at"), entry.instant("completed_at"));
    let responded = entry.instant("responded_at");
    let mut odd = Vec::new();
    match (responded, completed, scheduled) {
        (Some(answer), Some(done), _) if answer < done => {
            odd.push("responded_at is before completed_at: reports count this as an immediate response");
        }
        (Some(_), None, _) => {
            odd.push("responded_at is set without completed_at: reports only count responses to completed engagements");
        }
        _ => {}
    }
    if entry.text("competitor").is_none() && entry.text("competitor_stage").is_some() {
        odd.push("competitor_stage is set without a competitor");
    }
    odd
}

/// What the figures of a report are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GroupBy {
    #[default]
    Type,
    Account,
    /// The account's owner.
    Owner,
}

/// One group of a report; in the order of its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// A type, the name of an account, the e-mail address of an owner; none for accounts that nobody owns.
    pub label: Option<String>,
    /// Of an account, as it may share its name: its external id, or its id.
    pub account: Option<String>,
}

#[derive(Debug, Clone)]
pub struct PeriodReport {
    pub period: Period,
    pub found: EngagementReport<Group>,
}

/// What was said, as a title and a description: the text itself where a title can hold it, else its beginning and the whole.
pub fn titled(text: &str) -> (String, Option<String>) {
    const MOST: usize = 255;
    const SHORT: usize = 100;
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default().trim();
    if line.len() == text.len() && line.chars().count() <= MOST {
        return (line.to_owned(), None);
    }
    // Of a note in Markdown its heading.
    let line = line.trim_start_matches('#').trim_start();
    let title = if line.chars().count() <= SHORT {
        line.to_owned()
    } else {
        let cut: String = line.chars().take(SHORT - 1).collect();
        let whole = cut.rfind(char::is_whitespace).map_or(cut.as_str(), |end| &cut[..end]);
        format!("{}…", whole.trim_end())
    };
    (title, Some(text.to_owned()))
}

/// What is to be done next: a task of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTask {
    pub title: String,
    /// As it was given.
    pub due: Option<String>,
    /// Whoever logs, where nobody is named.
    pub owner: Option<String>,
}

/// Makes an engagement, and the task that follows from it, as one operation.
///
/// # Errors
/// As [`entries::create`].
pub async fn log(
    context: &Context,
    given: &entries::FieldValues,
    next: Option<NextTask>,
    dry_run: bool,
) -> Result<(Written<Entry>, Option<Entry>)> {
    let task = |engagement: &Entry| {
        next.map(|next| {
            let text = |name: &str, value: String| (name.to_owned(), Some(value));
            let account = engagement.id_of("account").unwrap_or_default();
            let mut given = vec![
                text("account", account.to_string()),
                text("title", next.title),
                text("source", TaskSource::Engagement.as_str().to_owned()),
                text("source_id", engagement.id().to_string()),
            ];
            given.extend(next.due.map(|due| text("due", due)));
            given.extend(next.owner.map(|owner| text("owner", owner)));
            (&TASK, given)
        })
        .into_iter()
        .collect::<Vec<_>>()
    };
    let (logged, mut tasks) = entries::create_with(context, (&ENGAGEMENT, given), task, dry_run).await?;
    Ok((logged, tasks.pop()))
}

/// Days of a report for which nothing is said.
const USUAL_DAYS: u64 = 90;

/// The period from these days, written `2026-03-01` or, for the first, `30d`; without them the last 90 days until today.
///
/// # Errors
/// `date`, `period`.
pub fn period(context: &Context, from: Option<&str>, to: Option<&str>) -> Result<Period> {
    let day = |name: &str, text: Option<&str>| -> Result<Option<NaiveDate>> {
        let sense = if name == "to" { Sense::End } else { Sense::Back };
        text.map(|text| period::day_of(context, text, sense).map_err(|invalid| invalid.of(name, text))).transpose()
    };
    let to = day("to", to)?.unwrap_or_else(|| context.today());
    let usual = to.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(to);
    let from = day("from", from)?.unwrap_or(usual);
    Period::new(from, to).map_err(|invalid| invalid.of("from", &from.to_string()))
}

/// How often customers were met, with which outcome, and how fast they answered; see [`crate::engagements`].
///
/// Engagements of any time go in, as a gap ends in the period and begins before it: `chosen` must not be held to days.
pub async fn report(context: &Context, chosen: &Selection, period: Period, by: GroupBy) -> Result<PeriodReport> {
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let mut report = Report::new(period, context.today(), zone);
    let mut tx = context.db.read().await?;
    let mut rows = store::engagements::report(&mut tx, &context.scope(), chosen)?;
    while let Some(row) = rows.try_next().await? {
        report.add(engagement(row, by));
    }
    Ok(PeriodReport { period, found: report.finish() })
}

fn engagement(row: ReportRow, by: GroupBy) -> Engagement<Group> {
    let account = || Some(row.account_external_id.clone().unwrap_or_else(|| Uuid::to_string(&row.account_id)));
    let group = match by {
        GroupBy::Type => Group { label: Some(row.kind.clone()), account: None },
        GroupBy::Account => Group { label: Some(row.account_name.clone()), account: account() },
        GroupBy::Owner => Group { label: row.owner.clone(), account: None },
    };
    Engagement {
        account: row.account_id,
        group,
        email: row.kind == EngagementType::Email.as_str(),
        direction: row.direction.and_then(|text| Direction::parse(&text).ok()),
        outcome: row.outcome.and_then(|text| Outcome::parse(&text).ok()),
        scheduled_at: row.scheduled_at,
        completed_at: row.completed_at,
        responded_at: row.responded_at,
    }
}

#[cfg(test)]
mod tests {
    use super::titled;

    #[test]
    fn what_was_said_has_a_title() {
        let long = "word ".repeat(60);
        for (text, title, whole) in [
            (" Agreed on price ", "Agreed on price", false),
            ("# Renewal\n\nThey agree.", "Renewal", true),
            (&long, &format!("{}…", "word ".repeat(19).trim_end()), true),
        ] {
            let (found, description) = titled(text);
            assert_eq!((found.as_str(), description.is_some()), (title, whole));
            assert!(description.is_none_or(|description| description == text.trim()));
        }
        let word = "x".repeat(300);
        assert_eq!(titled(&word).0.chars().count(), 100);
    }
}
