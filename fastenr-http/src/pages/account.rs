//! `/dashboard/accounts/{id}`: the page of an account, and the few fields that can be changed on it.

use std::collections::HashSet;

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::attachment::ATTACHMENT;
use fastenr_core::model::engagement::{EngagementType, Outcome as OutcomeWord};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::event::{Event, EventKind};
use fastenr_core::model::{RenewalStage, Status as AccountStatus};
use fastenr_core::ops::overview::{self, Overview};
use fastenr_core::ops::scores::views::{self, ShownScores};
use fastenr_core::ops::{accounts as ops, timeline};
use fastenr_core::score::Likelihood;
use fastenr_html::chart::Spark;
use fastenr_html::form::Choice;
use fastenr_html::format::{RenderContext, counted, label, money, money_short, word};
use fastenr_html::page::{
    AccountPage, AlertLine, Children, Contact, Detail, GoalLine, MetricLine, NextStep, QuickLog, Renewal, TaskRow,
    Team, TimelineItem,
};
use fastenr_html::part::{Change, Health, Icon, Outcome, Status, Value, icon};

use uuid::Uuid;

use super::fields::{self, Fields, Mistakes};
use super::request::{PageRequest, short};
use super::{answer, goals, row, tasks};
use crate::around::noun_of;
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, schema};

const ONE: &str = "/dashboard/accounts/{id}";

pub(super) fn rows() -> Vec<Endpoint> {
    let events = Parameter::new("events", schema::integer(1, 1_000), "How many events the timeline shows.");
    vec![
        row::page(ONE, "An account", Noun::Accounts, show).takes([events]),
        row::form("/dashboard/accounts/{id}/set", "Change a single field", (Noun::Accounts, Verb::Write), set),
        row::form("/dashboard/accounts/{id}/archive", "Archive", (Noun::Accounts, Verb::Delete), |request, at| {
            archive(request, at, true)
        }),
        row::form("/dashboard/accounts/{id}/restore", "Restore", (Noun::Accounts, Verb::Write), |request, at| {
            archive(request, at, false)
        }),
    ]
}

pub(super) fn choices(texts: &[&str]) -> Vec<Choice> {
    texts.iter().map(|text| Choice { value: (*text).to_owned(), text: label(text) }).collect()
}

/// The number of events shown by default.
const EVENTS: u64 = 15;

async fn show(request: PageRequest, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let context = request.context();
    let wanted: u64 =
        RemainingParameters::new(pairs).parsed("events", "a whole number from 1 to 1000")?.unwrap_or(EVENTS);
    let wanted = wanted.clamp(1, 1_000);
    let (can, here) = (request.can(), request.here());
    let found = overview::overview(context, &name).await?;
    let account = &found.account;
    let id = account.id.to_string();
    let (events, has_more) = events(&request, &id, wanted).await?;
    let tasks = if can.read(Noun::Tasks) { Some(tasks::of_account(&request, &id).await?) } else { None };
    let scores = match can.read(Noun::Health) {
        true => Some(views::show(context, &id, None).await?),
        false => None,
    };
    let archived = account.archived_at.is_some();
    let values = |field: &fastenr_core::model::noun::Field| Value::of(field, &account.value(field), &here);
    let listed = ACCOUNT.fields.iter().filter(|field| !TOLD.contains(&field.name));
    let (blank, filled): (Vec<_>, Vec<_>) =
        listed.map(|field| (field, values(field))).partition(|(_, value)| value.is_none());
    let mut details: Vec<Detail> =
        filled.into_iter().map(|(field, value)| Detail { label: label(field.name), value }).collect();
    let members = fastenr_html::form::custom_members(&account.custom_fields);
    details.extend(members.into_iter().map(|(name, text)| Detail { label: name, value: Value::Text(text) }));
    let page = AccountPage {
        frame: request.frame(account.name.clone(), "accounts").await?,
        name: account.name.clone(),
        domain: account.domain.clone(),
        external_id: account.external_id.clone(),
        status: Status::account(account.status),
        status_note: status_note(&found, &here),
        archived,
        alerts: if can.read(Noun::Alerts) {
            found.alerts.iter().map(|alert| alert_line(alert, &here)).collect()
        } else {
            Vec::new()
        },
        more_alerts: if can.read(Noun::Alerts) {
            found.open_alerts.saturating_sub(found.alerts.len() as u64)
        } else {
            0
        },
        health: Health::from(account),
        change: scores.as_ref().and_then(|scores| scores.ago.get(1)).map(|ago| Change { points: ago.change }),
        spark: scores.as_ref().filter(|scores| scores.recent.len() > 1).map(spark),
        health_notes: scores.as_ref().map(|scores| notes(scores, &here)).unwrap_or_default(),
        as_of: scores.as_ref().and_then(|scores| scores.snapshot.as_ref()).map(|day| here.day(day.snapshot_date)),
        risk: account.churn_risk_score.filter(|_| account.status != AccountStatus::Churned).map(|score| {
            let band = scores.as_ref().and_then(|scores| scores.snapshot.as_ref()).map(|day| word(&day.churn_band));
            (score, band.unwrap_or_default())
        }),
        arr: account.arr.map(|arr| {
            let currency = &context.organization.currency;
            (format!("{} {currency}", money(arr.cents())), format!("{} {currency}", money_short(arr.cents())))
        }),
        renewal: Renewal {
            day: account.contract_end.map(|day| here.day(day)),
            automatic: account.auto_renew,
            stages: choices(RenewalStage::TEXTS),
            stage: account.renewal_stage.map(RenewalStage::as_str).unwrap_or_default().to_owned(),
        },
        step: next_step(&request, &found, tasks.as_ref().and_then(|(tasks, _)| tasks.first())),
        owner: found.owner.as_ref().map(|owner| (owner.email.clone(), owner.name.clone())),
        parent: found.parent.as_ref().map(|parent| (parent.id.to_string(), parent.name.clone())),
        children: children(&request, &found),
        timeline: Some(events),
        older: has_more.then(|| format!("/dashboard/accounts/{id}?events={}#timeline", (wanted + 50).min(1_000))),
        quick: (can.write(Noun::Engagements) && !archived).then(|| QuickLog {
            account: id.clone(),
            types: choices(EngagementType::TEXTS),
            outcomes: choices(OutcomeWord::TEXTS),
            next: can.write(Noun::Tasks),
            key: context.ids.next().to_string(),
        }),
        team: found.team.iter().map(team).collect(),
        contacts: can.read(Noun::Contacts).then(|| found.contacts.iter().map(|one| contact(one, &here)).collect()),
        goals: can.read(Noun::Goals).then(|| found.goals.iter().map(|goal| goal_line(goal, &here)).collect()),
        tasks,
        later: tasks::later_days(here.today),
        metrics: can.read(Noun::Metrics).then(|| {
            let line = |latest: &overview::Latest| MetricLine {
                label: label(latest.field.name),
                value: latest.field.text(&latest.value).into_owned(),
                day: here.day(latest.day),
            };
            found.metrics.iter().map(line).collect()
        }),
        details,
        blank: blank.into_iter().map(|(field, _)| word(field.name)).collect(),
        version: account.version,
        may_write: can.write(Noun::Accounts),
        may_archive: if archived { can.write(Noun::Accounts) } else { can.delete(Noun::Accounts) },
        may_alert: can.write(Noun::Alerts),
        may_log: can.write(Noun::Engagements),
        may_goal: can.write(Noun::Goals),
        may_task: can.write(Noun::Tasks),
        may_contact: can.write(Noun::Contacts),
        reads_health: can.read(Noun::Health),
        id,
    };
    if request.wants("timeline") { answer::fragment(page.as_timeline()) } else { answer::page(&page) }
}

/// Fields that are shown elsewhere on the page, or are internal.
const TOLD: [&str; 24] = [
    "id",
    "organization_id",
    "external_id",
    "name",
    "domain",
    "status",
    "status_source",
    "imported_status",
    "arr",
    "owner",
    "parent",
    "contract_end",
    "renewal_stage",
    "auto_renew",
    "custom_fields",
    "health_score",
    "provisional_health_score",
    "churn_risk_score",
    "band",
    "health_coverage",
    "churn_coverage",
    "churn_times_usual",
    "churn_probability",
    "merged_into",
];

fn status_note(found: &Overview, here: &RenderContext) -> Option<String> {
    let account = &found.account;
    let who = match account.status_source.as_str() {
        "model" => "status set by the model",
        "import" => "status set by an import",
        _ => "status set by a user",
    };
    match (account.status, account.status_until, account.churned_on) {
        (AccountStatus::Churned, _, Some(day)) => Some(format!("churned on {day}")),
        (_, Some(until), _) => Some(format!("{who}, until {until} ({})", here.day(until).away())),
        _ => Some(who.to_owned()),
    }
}

pub(super) fn alert_line(alert: &fastenr_core::model::alert::Alert, here: &RenderContext) -> AlertLine {
    AlertLine {
        id: alert.id.to_string(),
        severity: word(alert.severity.as_str()),
        message: answer::sentence(alert.message.clone()),
        opened: here.day(alert.opened_on),
    }
}

fn spark(scores: &ShownScores) -> Spark {
    let edges = scores.edges;
    Spark { days: scores.recent.clone(), what: "Health", edges: [edges.concern, edges.moderate, edges.healthy] }
}

fn notes(scores: &ShownScores, here: &RenderContext) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some([said, _]) = scores.likelihood.as_ref().map(Likelihood::lines) {
        notes.push(answer::sentence(format!("probability of churn: {said}")));
    }
    if let Some(adjustment) = &scores.adjustment {
        let until = here.day(adjustment.until_date);
        notes.push(format!(
            "Set to {} by {} until {}: {}",
            adjustment.score, adjustment.by, until.day, adjustment.reason
        ));
    }
    if let Some(cap) = &scores.cap {
        notes.push(answer::sentence(cap.clone()));
    }
    if let Some(peers) = scores.peers.filter(|peers| peers.of > 0) {
        notes.push(match peers.lower {
            0 => format!("None of {} accounts of its size scores lower.", peers.of),
            lower => format!("Better than {lower} of {} accounts of its size.", peers.of),
        });
    }
    notes
}

fn next_step(request: &PageRequest, found: &Overview, task: Option<&TaskRow>) -> NextStep {
    let task = task.map(|task| (format!("/dashboard/tasks/{}", task.id), task.title.clone(), task.due));
    if !request.can().read(Noun::Engagements) {
        return NextStep { task, ..NextStep::default() };
    }
    let here = request.here();
    let href = |entry: &Entry| format!("/dashboard/engagements/{}", entry.id());
    let last = found.last_engagement.as_ref().map(|entry| {
        let at = entry.instant("completed_at").map(|at| here.moment(at));
        (href(entry), short(&entry.title()), Outcome::new(entry.text("outcome")), at)
    });
    let next = found
        .next_engagement
        .as_ref()
        .map(|entry| (href(entry), entry.title(), entry.instant("scheduled_at").map(|at| here.moment(at))));
    NextStep { task, last, next }
}

fn children(request: &PageRequest, found: &Overview) -> Option<Children> {
    let count = u64::try_from(found.children.count).ok().filter(|count| *count > 0)?;
    let currency = &request.context().organization.currency;
    let line = |child: &fastenr_core::model::account::Account| {
        let arr = child.arr.map(|arr| money(arr.cents())).unwrap_or_default();
        (child.id.to_string(), child.name.clone(), arr)
    };
    Some(Children {
        total: format!("{}, {} {currency}", counted(count, "account", "accounts"), money_short(found.children.arr)),
        first: found.first_children.iter().map(line).collect(),
    })
}

fn team(entry: &Entry) -> Team {
    Team {
        user: entry.label("user").unwrap_or_default().to_owned(),
        role: word(entry.text("role").unwrap_or_default()),
    }
}

fn contact(entry: &Entry, here: &RenderContext) -> Contact {
    let text = |name: &str| entry.text(name).map(str::to_owned);
    Contact {
        id: entry.id().to_string(),
        name: entry.title(),
        title: text("title"),
        role: entry.text("role").map(word),
        email: text("email"),
        left: entry.date("left_on").map(|day| here.day(day)),
    }
}

fn goal_line(goal: &Entry, here: &RenderContext) -> GoalLine {
    GoalLine {
        id: goal.id().to_string(),
        title: goal.title(),
        status: Status::goal(goal.text("status").unwrap_or_default()),
        bar: goals::bar(goal, here),
        due: goal.date("target_date").map(|day| here.day(day)),
        values: goals::values(goal),
    }
}

/// The timeline, as far as the session may read it.
async fn events(request: &PageRequest, id: &str, most: u64) -> Result<(Vec<TimelineItem>, bool), Problem> {
    let shows = |kind: &&EventKind| noun_of(**kind).is_none_or(|noun| request.can().read(noun));
    let kinds: Vec<EventKind> = EventKind::ALL.iter().filter(shows).copied().collect();
    let wanted =
        timeline::TimelineFilter { kinds, limit: usize::try_from(most).ok(), ..timeline::TimelineFilter::default() };
    let found = timeline::timeline(request.context(), id, &wanted).await?;
    let here = request.here();
    let there =
        tasks::existing_tasks(request, found.events.iter().filter(|event| event.kind == EventKind::Task)).await?;
    Ok((found.events.iter().map(|event| item(event, &here, &there)).collect(), found.has_more))
}

/// `there` are tasks that have a page.
fn item(event: &Event, here: &RenderContext, there: &HashSet<Uuid>) -> TimelineItem {
    let (kind, title) = event.title.split_once(": ").unwrap_or(("", event.title.as_str()));
    let met = EngagementType::TEXTS.iter().find(|known| **known == kind && event.kind == EventKind::Engagement);
    let outcome = event.detail.as_deref().filter(|text| OutcomeWord::parse(text).is_ok());
    let sign = match (event.kind, met) {
        (_, Some(kind)) => icon(kind),
        (EventKind::Engagement, None) => icon("edit"),
        (EventKind::Goal, _) => icon("goal"),
        (EventKind::Contact, _) => icon("contact"),
        (EventKind::Team, _) => icon("meeting"),
        (EventKind::Metric, _) => icon("chart"),
        (EventKind::Import, _) => icon("import"),
        (EventKind::Task, _) => icon("check"),
        (EventKind::Change, _) => icon("change"),
    };
    // A deleted record has no page.
    let page = match event.kind {
        EventKind::Engagement if met.is_some() => event.record.map(|id| format!("/dashboard/engagements/{id}")),
        EventKind::Goal if event.operation.is_none() => event.record.map(|id| format!("/dashboard/goals/{id}")),
        EventKind::Task => event.record.filter(|id| there.contains(id)).map(|id| format!("/dashboard/tasks/{id}")),
        _ => None,
    };
    TimelineItem {
        icon: sign,
        at: here.moment(event.place.at),
        title: if met.is_some() { title.to_owned() } else { words_of(event) },
        detail: event.detail.clone().filter(|_| outcome.is_none()),
        outcome: Outcome::new(outcome),
        actor: event.actor.clone(),
        href: page,
        open: event.open,
    }
}

/// The title of an event.
fn words_of(event: &Event) -> String {
    if let Some(title) = tasks::finished(event) {
        return format!("Finished task {title}");
    }
    let file =
        |member: &str| event.changes[0][member].as_str().filter(|_| event.changes[0]["field"] == ATTACHMENT.many);
    if let Some((_, title)) = event.title.split_once(" engagement ") {
        match (file("new"), file("old")) {
            (Some(name), None | Some("")) => return format!("Attached {name} to {title}"),
            (None | Some(""), Some(name)) => return format!("Deleted {name} from {title}"),
            _ => {}
        }
    }
    let text = match event.title.split_once(" alert ") {
        // The account is the page's own.
        Some((did, rule)) => format!("{did} alert: {}", word(rule.split(" of ").next().unwrap_or(rule))),
        None => event.title.clone(),
    };
    answer::sentence(text).trim_end_matches('.').to_owned()
}

/// Changes one or a few fields, without a version check: the last change counts, and can be undone.
async fn set(request: PageRequest, PathParts(name): PathParts<String>, fields: Fields) -> Answer {
    let (given, mistakes) = fields::given(&ACCOUNT, &fields, false, &request.here());
    refuse(mistakes)?;
    let written = ops::update(request.context(), &name, &given, None, false)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    let page = fields.back().unwrap_or_else(|| format!("/dashboard/accounts/{}", written.record.id));
    Ok(answer::done(&page, written.operation))
}

/// The errors of a form that has no own place to show them.
pub(super) fn refuse(mistakes: Mistakes) -> Result<(), Problem> {
    match mistakes.into_iter().next() {
        None => Ok(()),
        Some((name, rule)) => Err(Problem::invalid("invalid_fields", format!("{}: {rule}", label(&name))).of_content()),
    }
}

async fn archive(request: PageRequest, PathParts(name): PathParts<String>, archived: bool) -> Answer {
    let written = ops::set_archived(request.context(), &name, archived, None, false).await?;
    Ok(answer::done(&format!("/dashboard/accounts/{}", written.record.id), written.operation))
}

/// For other pages.
pub(super) fn type_icon(kind: &str) -> Icon {
    EngagementType::TEXTS.iter().find(|known| **known == kind).map_or_else(|| icon("note"), |known| icon(known))
}
