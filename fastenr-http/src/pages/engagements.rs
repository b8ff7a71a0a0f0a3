//! `/dashboard/engagements`: completed and planned engagements, by day.

use fastenr_core::model::cursor::{ListRequest, Total};
use fastenr_core::model::engagement::{ENGAGEMENT, Outcome as OutcomeWord};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::{engagements, extent, lists, selection};
use fastenr_html::format::{label, word};
use fastenr_html::page::{AttachmentLine, DayGroup, Detail, EngagementPage, EngagementRow, EngagementsPage};
use fastenr_html::part::{Crumb, Empty, Outcome, Pager, Value};

use super::account::{choices, type_icon};
use super::accounts::{part_of, total};
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, bulk, exports, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::reply::Answer;
use crate::{Problem, filters, nouns};

const PATH: &str = "/dashboard/engagements";

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::page(PATH, "Engagements", Noun::Engagements, list).takes(filters::of_noun(&ENGAGEMENT)),
        row::page("/dashboard/engagements/{id}", "An engagement", Noun::Engagements, show),
    ]
}

/// The number of planned engagements above the completed ones.
const PLANNED: u64 = 10;

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    let context = request.context();
    // Without filters: the planned engagements first, then the completed ones.
    let is_plain = pairs.is_empty();
    let listed = if is_plain { vec![("done".to_owned(), "true".to_owned())] } else { pairs.clone() };
    let (chosen, order, ask) = nouns::asked(&ENGAGEMENT, context, listed.clone()).await?;
    let part =
        lists::part::<Entry>(context, &ENGAGEMENT, &chosen, order, &ListRequest { total: Total::None, ..ask }).await?;
    let extent = extent::records(context, &ENGAGEMENT, &chosen).await?;
    let is_first = !pairs.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let mut groups: Vec<DayGroup> = Vec::new();
    let planned = if is_plain { planned(&request).await? } else { Vec::new() };
    let rows: Vec<EngagementRow> = part.rows.iter().map(|entry| engagement_row(&request, entry)).collect();
    let is_empty = rows.is_empty() && planned.is_empty();
    let shown = rows.len() as u64;
    if !planned.is_empty() {
        groups.push(DayGroup { title: "Planned and overdue".to_owned(), day: None, rows: planned });
    }
    for row in rows {
        let day = row.at.day();
        match groups.last_mut().filter(|group| group.day == Some(day)) {
            Some(group) => group.rows.push(row),
            None => groups.push(DayGroup { title: day.day.to_string(), day: Some(day), rows: vec![row] }),
        }
    }
    let lists = request.lists().await?;
    let segments = if request.can().read(Noun::Segments) {
        fastenr_core::ops::segments::names(context).await?
    } else {
        Vec::new()
    };
    let layout = Layout {
        path: PATH,
        noun: &ENGAGEMENT,
        users: &lists.users,
        segments: &segments,
        searches: "Title or description",
        own: &[],
    };
    let drawn = layout.draw(&pairs);
    let alone = filters_alone(&pairs);
    let may_write = request.can().write(Noun::Engagements);
    let shown_total = format!("{}{}", total(extent, "engagement", "engagements"), if is_plain { " done" } else { "" });
    let page = EngagementsPage {
        frame: request.frame("Engagements", "engagements").await?,
        outcomes: choices(OutcomeWord::TEXTS),
        total: shown_total.clone(),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &pairs, "cursor", None)),
            next: part.next.as_ref().map(|cursor| with(PATH, &listed, "cursor", Some(&cursor.to_string()))),
            shown: part_of(shown, extent),
        },
        empty: if is_empty { Some(empty(&request, &drawn).await?) } else { None },
        export: exports::ways(&ENGAGEMENT, &alone),
        bulk: bulk::bar(&request, &ENGAGEMENT, &filters_alone(&listed), shown_total, is_empty),
        planned: is_plain.then(|| format!("{PATH}?open=true&sort=scheduled_at:asc")),
        calendar: Some(with("/dashboard/engagements.ics", &alone, "", None)),
        may_write,
        back: request.address.here.clone(),
        filters: drawn,
        groups,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

async fn empty(request: &PageRequest, drawn: &fastenr_html::form::Filters) -> Result<Empty, Problem> {
    let any = lists::any(request.context(), &ENGAGEMENT).await?;
    Ok(match any {
        true => Empty::no_match("No engagements match", &drawn.chips),
        false => Empty {
            title: "No engagements yet".to_owned(),
            text: "Log a call, or import from your calendar or CRM.".to_owned(),
            command: Some("fastenr engagements import calendar.ics"),
            act: request.can().write(Noun::Engagements).then(|| ("New engagement", format!("{PATH}/new"))),
            ..Empty::default()
        },
    })
}

/// Planned engagements, the most overdue first.
async fn planned(request: &PageRequest) -> Result<Vec<EngagementRow>, Problem> {
    let context = request.context();
    let open = selection::selection(context, &ENGAGEMENT, [("open", "true")]).await?;
    let order =
        selection::order(&ENGAGEMENT, "scheduled_at:asc").map_err(|invalid| Problem::from(invalid.of("sort", "")))?;
    let found = lists::list::<Entry>(context, &ENGAGEMENT, &open, order, Page { number: 1, limit: PLANNED }).await?;
    Ok(found.rows.iter().map(|entry| engagement_row(request, entry)).collect())
}

fn engagement_row(request: &PageRequest, entry: &Entry) -> EngagementRow {
    let here = request.here();
    let (done, planned) = (entry.instant("completed_at"), entry.instant("scheduled_at"));
    let at = done.or(planned).or(entry.instant("created_at")).unwrap_or(here.now);
    let kind = entry.text("type").unwrap_or_default();
    let outcome = entry.text("outcome");
    EngagementRow {
        id: entry.id().to_string(),
        icon: type_icon(kind),
        kind: word(kind),
        title: entry.title(),
        account: (
            entry.id_of("account").unwrap_or_default().to_string(),
            entry.text("account_name").unwrap_or_default().to_owned(),
        ),
        at: here.moment(at),
        open: done.is_none() && planned.is_some(),
        outcome: Outcome::new(outcome),
        outcome_value: outcome.unwrap_or_default().to_owned(),
        by: entry.label("created_by").map(|email| email.split('@').next().unwrap_or(email).to_owned()),
    }
}

/// Fields that are shown elsewhere on the page, or are internal.
const TOLD: [&str; 11] = [
    "id",
    "organization_id",
    "account",
    "account_id",
    "account_name",
    "title",
    "description",
    "type",
    "outcome",
    "version",
    "external_id",
];

async fn show(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let (can, here) = (request.can(), request.here());
    let whole = engagements::get(request.context(), &name).await?;
    let entry = &whole.entry;
    let row = engagement_row(&request, entry);
    let fields = ENGAGEMENT.fields.iter().filter(|field| !TOLD.contains(&field.name));
    let values = fields.map(|field| (field, Value::of(field, &entry.value(field), &here)));
    let details = values.filter(|(_, value)| !value.is_none());
    let contacts = whole.contacts.iter().map(|contact| {
        let left = contact.left_on.map(|day| format!(", left {day}")).unwrap_or_default();
        (contact.name.clone(), format!("{}{left}", contact.role.as_deref().map(word).unwrap_or_default()))
    });
    let file = |file: &fastenr_core::model::attachment::Attachment| AttachmentLine {
        href: format!("/dashboard/engagements/{}/attachments/{}", row.id, file.id),
        name: file.name.clone(),
        size: size(u64::try_from(file.size).unwrap_or(0)),
    };
    let page = EngagementPage {
        frame: request.frame(entry.title(), "engagements").await?,
        crumbs: vec![
            Crumb { text: "Engagements".to_owned(), href: PATH.to_owned() },
            Crumb { text: row.account.1.clone(), href: format!("/dashboard/accounts/{}", row.account.0) },
        ],
        outcomes: choices(OutcomeWord::TEXTS),
        details: details.map(|(field, value)| Detail { label: label(field.name), value }).collect(),
        description: entry.text("description").map(str::to_owned),
        contacts: if can.read(Noun::Contacts) { contacts.collect() } else { Vec::new() },
        files: whole.attachments.iter().map(file).collect(),
        notes: engagements::oddities(entry).into_iter().map(|text| answer::sentence(text.to_owned())).collect(),
        may_write: can.write(Noun::Engagements),
        may_delete: can.delete(Noun::Engagements),
        largest: size(fastenr_core::model::attachment::MOST_BYTES as u64),
        row,
    };
    answer::page(&page)
}

/// Bytes in words.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => fastenr_html::format::counted(bytes, "byte", "bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes.div_ceil(1_024)),
        _ => match ((bytes & 0xF_FFFF) * 10) >> 20 {
            0 => format!("{} MiB", bytes >> 20),
            tenths => format!("{}.{tenths} MiB", bytes >> 20),
        },
    }
}
