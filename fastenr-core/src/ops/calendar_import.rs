//! A calendar as rows of engagements, for the import to judge like any other.
//!
//! Each event becomes a JSON line that begins in the line where the event does, so that messages name the line of the file.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::Context;
use super::calendar::UID;
use crate::calendar::{self, Event, EventAtLine};
use crate::error::{Error, Note, Result, Verb};
use crate::import::mapping::AccountLookup;
use crate::import::request::{Empty, Report, Request};
use crate::import::source::{Format, Source};
use crate::model::engagement::EngagementType;
use crate::model::noun::Noun;
use crate::model::number::counted;
use crate::model::operation::Ledger;
use crate::model::{Attendee, AttendeeName, AttendeeRole, Domain, Email, Tag, Tags, TimeZone, external_key};
use crate::say;
use crate::store::engagements;

/// The largest calendar: it is read as a whole.
const MOST_BYTES: usize = 64 << 20;
/// So far back the occurrences of series are read: as far as scores look, and a year more.
const SERIES_DAYS: i64 = 731;

/// What was said of a file before it was surveyed.
#[derive(Debug, Default)]
pub(super) struct FileNotes {
    pub(super) notes: Vec<Note>,
    pub(super) warnings: Vec<Note>,
}

/// Nobody reads more of them.
const MOST_WARNINGS: usize = 50;

impl FileNotes {
    fn shorten(&mut self) {
        let more = self.warnings.len().saturating_sub(MOST_WARNINGS);
        if more > 0 {
            self.warnings.truncate(MOST_WARNINGS);
            self.warnings.push(format!("and {more} more of the kind").into());
        }
    }
}

pub(super) enum PreparedFile {
    /// The file has no rows.
    Nothing(Box<Report>),
    Rows(Box<(Source, Request, FileNotes)>),
}

/// Turns a calendar into JSON lines; other files stay as they are.
///
/// # Errors
/// `source_calendar` where another noun is imported; those of [`calendar::read`].
pub(super) async fn prepare(
    context: &Context,
    noun: &'static Noun,
    source: Source,
    request: Request,
) -> Result<PreparedFile> {
    let is_calendar = match request.read.format {
        Some(format) => format == Format::Ics,
        None => source.is_calendar()?,
    };
    if !is_calendar {
        return Ok(PreparedFile::Rows(Box::new((source, request, FileNotes::default()))));
    }
    if !noun.calendars {
        let message = format!("{} is a calendar; its events are no {}", source.name(), noun.many);
        return Err(
            Error::invalid("source_calendar", message).hint(say!("import calendars with {}", Verb::EngagementsImport))
        );
    }
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let now = context.clock.now();
    let time = now - TimeDelta::days(SERIES_DAYS)..now;
    let read = calendar::read_within(&source.whole(MOST_BYTES)?, zone, time.clone()).map_err(|mut error| {
        error.message = format!("{}, {}", source.name(), error.message);
        error
    })?;
    let warning = |warning: &calendar::Warning| Note::from(format!("line {}: {}", warning.line, warning.message));
    let warnings = read.warnings.iter().map(warning).collect();
    let mut told = FileNotes { notes: Vec::new(), warnings };
    if read.series > 0 {
        let series = counted(read.series as u64, "recurring event", "recurring events");
        let occurrences = counted(read.occurrences as u64, "occurrence", "occurrences");
        let from = zone.day(time.start);
        told.notes.push(format!("{series}: {occurrences} from {from} to the next one").into());
    }
    let events = latest(read.events, &mut told);
    if events.is_empty() {
        told.notes.push("the calendar has no events".into());
        return Ok(PreparedFile::Nothing(Box::new(nothing(&request, told))));
    }
    let known = KnownRecords::look_up(context, &events, &request).await?;
    let mut lines = String::new();
    // What stands behind an event of several occurrences is told of a later line.
    let (mut line, mut before) = (1, 0);
    for placed in &events {
        if before > 0 {
            lines.push('\n');
            line += 1;
        }
        before = placed.line;
        while line < placed.line {
            lines.push('\n');
            line += 1;
        }
        lines.push_str(&known.row(placed, &request, &mut told).to_string());
    }
    lines.push('\n');
    known.tell(&events, &mut told);
    told.shorten();
    let mut request = request;
    request.read.format = Some(Format::Jsonl);
    request.read.encoding = None;
    request.mapping.filter.insert(STATUS.to_owned(), vec![CANCELLED.to_owned(), INTERNAL.to_owned()]);
    if !request.mapping.columns.contains_key("account") {
        request.mapping.account = AccountLookup::Domain;
    }
    let source = source.rewritten(lines.as_bytes())?;
    Ok(PreparedFile::Rows(Box::new((source, request, told))))
}

/// A column that says why a row is to be passed over.
const STATUS: &str = "event_status";
const CANCELLED: &str = "cancelled";
const INTERNAL: &str = "internal";

fn nothing(request: &Request, told: FileNotes) -> Report {
    Report {
        operation: None,
        dry_run: request.dry_run,
        applied: !request.dry_run,
        ledger: Ledger::default(),
        rejects_file: None,
        bad_cells: 0,
        cells_file: None,
        kept: None,
        warnings: told.warnings,
        notes: told.notes,
        problems: Vec::new(),
        cell_problems: Vec::new(),
        refusal: None,
        rows: Vec::new(),
        preview: None,
    }
}

/// Of several versions of one event the latest, as RFC 5545 says; in the order of the file.
fn latest(events: Vec<EventAtLine>, told: &mut FileNotes) -> Vec<EventAtLine> {
    let mut best: HashMap<String, (i64, DateTime<Utc>, usize)> = HashMap::new();
    for EventAtLine { line, event } in &events {
        let rank = (event.sequence, event.stamp, *line);
        best.entry(event.uid.clone()).and_modify(|best| *best = rank.max(*best)).or_insert(rank);
    }
    let before = events.len();
    let kept: Vec<EventAtLine> = events
        .into_iter()
        .filter(|placed| best.get(&placed.event.uid).is_some_and(|best| best.2 == placed.line))
        .collect();
    if kept.len() < before {
        let older = (before - kept.len()) as u64;
        let events = counted(older, "event is an older version", "events are older versions");
        told.notes.push(format!("{events} of others in the file").into());
    }
    kept
}

/// The id in a UID of ours.
fn own_id(uid: &str) -> Option<Uuid> {
    uid.strip_suffix(UID).and_then(|id| Uuid::parse_str(id).ok())
}

/// An engagement that there is.
struct ExistingEngagement {
    title: String,
    completed: bool,
}

/// What the database knows of the events and of the people in them.
struct KnownRecords {
    now: DateTime<Utc>,
    by_id: HashMap<Uuid, ExistingEngagement>,
    by_key: HashMap<String, (Uuid, ExistingEngagement)>,
    /// Addresses of users, in lower case.
    users: HashSet<String>,
    own_domains: Vec<Domain>,
    by_email: HashMap<String, Option<Uuid>>,
    by_domain: HashMap<String, Option<Uuid>>,
}

impl KnownRecords {
    async fn look_up(context: &Context, events: &[EventAtLine], request: &Request) -> Result<Self> {
        let scope = context.scope();
        let mut tx = context.db.read().await?;
        let ids: Vec<Uuid> = events.iter().filter_map(|placed| own_id(&placed.event.uid)).collect();
        let keys: Vec<String> = events.iter().map(|placed| external_key(placed.event.uid.trim())).collect();
        let mut known = Self {
            now: context.clock.now(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            users: HashSet::new(),
            own_domains: context.organization.own_domains.iter().filter_map(|text| Domain::parse(text).ok()).collect(),
            by_email: HashMap::new(),
            by_domain: HashMap::new(),
        };
        for found in engagements::known(&mut tx, &scope, &ids, &keys).await? {
            let record = || ExistingEngagement { title: found.title.clone(), completed: found.completed_at.is_some() };
            known.by_id.insert(found.id, record());
            if let Some(key) = &found.external_key {
                known.by_key.insert(key.clone(), (found.id, record()));
            }
        }
        known.users = crate::store::users::all(&mut tx, &scope).await?.iter().map(|user| user.email.clone()).collect();
        if request.mapping.columns.contains_key("account") {
            return Ok(known);
        }
        let outside: HashSet<String> =
            events.iter().flat_map(|placed| known.outside(&placed.event)).map(|email| email.key()).collect();
        let domains: HashSet<String> =
            outside.iter().filter_map(|email| email.rsplit('@').next()).flat_map(domains_of).collect();
        let (outside, domains) = (Vec::from_iter(outside), Vec::from_iter(domains));
        known.by_email = only(engagements::accounts_of_emails(&mut tx, &scope, &outside).await?);
        known.by_domain = only(engagements::accounts_of_domains(&mut tx, &scope, &domains).await?);
        Ok(known)
    }

    /// The id of the engagement that an event is already, if it is.
    fn record(&self, event: &Event) -> Option<(Uuid, &ExistingEngagement)> {
        let by_id = own_id(&event.uid).and_then(|id| self.by_id.get(&id).map(|record| (id, record)));
        by_id.or_else(|| self.by_key.get(&external_key(event.uid.trim())).map(|(id, record)| (*id, record)))
    }

    /// Who called the meeting and who takes part, but for users and people of the organization's own domains.
    fn outside(&self, event: &Event) -> Vec<Email> {
        let organizer = event.organizer.iter().map(|organizer| organizer.email.as_str());
        let emails = event.attendees.iter().map(|attendee| attendee.email.as_str()).chain(organizer);
        let ours = |email: &Email| {
            self.users.contains(&email.key()) || self.own_domains.iter().any(|domain| email.is_within(domain))
        };
        emails.filter_map(|email| Email::parse(email).ok()).filter(|email| !ours(email)).collect()
    }

    /// The account of a new engagement: that of the first of them who is a contact of one account or at the domain of one;
    /// else the first one's domain, for the import to refuse.
    fn account(&self, outside: &[Email]) -> Option<String> {
        let by_domain = |email: &Email| domains_of(email.domain()).iter().find_map(|domain| self.by_domain.get(domain));
        let found = outside.iter().find_map(|email| {
            let by_email = self.by_email.get(&email.key()).copied().flatten();
            by_email.or_else(|| by_domain(email).copied().flatten())
        });
        found.map(|id| id.to_string()).or_else(|| outside.first().map(|email| email.domain().to_owned()))
    }

    /// An event as a row. What is absent stays as it is in an engagement that is there; what is null has no value.
    fn row(&self, placed: &EventAtLine, request: &Request, told: &mut FileNotes) -> Json {
        let event = &placed.event;
        let record = self.record(event);
        let mut row = Map::new();
        match (own_id(&event.uid), record) {
            (Some(id), Some((known, _))) if id == known => row.insert("id".into(), json!(id)),
            _ => row.insert("external_id".into(), json!(event.uid.trim())),
        };
        let mut status = if event.cancelled { CANCELLED } else { "confirmed" };
        let given = |field: &str| request.mapping.columns.contains_key(field);
        let mut set = |field: &str, value: Json| {
            if !given(field) {
                row.insert(field.to_owned(), value);
            }
        };
        let title = event.title.split_whitespace().collect::<Vec<_>>().join(" ");
        match (event.title.trim(), record) {
            ("", Some(_)) => {}
            ("", None) => set("title", json!("(no title)")),
            // One line is kept as it is, others are made one.
            (line, _) if !line.contains(['\n', '\r', '\t']) => set("title", json!(line)),
            _ => set("title", json!(title)),
        }
        set("description", json!(event.description));
        self.put_times(event, record.map(|(_, record)| record), &mut set);
        let (kind, tags) = categories(placed, told);
        // Of a known one an empty cell stays as it is, unless empty cells clear; the column is there all the same.
        let keeps = request.empty == Empty::Keep;
        match (kind, record) {
            (None, Some(_)) if keeps => set("type", Json::Null),
            (None, Some(_)) => {}
            (kind, _) => set("type", json!(kind.unwrap_or(EngagementType::Meeting).as_str())),
        }
        set("tags", if tags.is_empty() { Json::Null } else { json!(tags) });
        let organizer = event.organizer.as_ref().map(|organizer| organizer.email.to_lowercase());
        let host = organizer.filter(|email| self.users.contains(email));
        let attendees = self.attendees(placed, own_id(&event.uid).is_some(), told);
        set("attendees", if attendees.is_empty() { Json::Null } else { json!(attendees) });
        if record.is_none() {
            if let Some(host) = host {
                set("created_by", json!(host));
            }
            match self.account(&self.outside(event)) {
                Some(account) => set("account", json!(account)),
                None if !given("account") && !event.cancelled => status = INTERNAL,
                None => {}
            }
        } else if keeps {
            set("account", Json::Null);
        }
        row.insert(STATUS.into(), json!(status));
        Json::Object(row)
    }

    /// When it is planned for, and when it was done.
    ///
    /// An event that comes from here says both; where its start was moved by another program, the start counts. Any other is
    /// done when its end is past, unless it is tentative; a completion that is written down already stays.
    fn put_times(&self, event: &Event, record: Option<&ExistingEngagement>, set: &mut impl FnMut(&str, Json)) {
        let text = |at: DateTime<Utc>| json!(at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let seconds = |at: DateTime<Utc>| at.trunc_subsecs(0);
        match (event.scheduled_at, event.completed_at) {
            (Some(exact), _) if seconds(exact) == event.start => set("scheduled_at", text(exact)),
            (None, Some(completed)) if seconds(completed) == event.start => {}
            _ => set("scheduled_at", text(event.start)),
        }
        if let Some(completed) = event.completed_at {
            set("completed_at", text(completed));
        } else if own_id(&event.uid).is_none() && !event.tentative && record.is_none_or(|record| !record.completed) {
            let end = event.end.unwrap_or(event.start);
            if end <= self.now {
                set("completed_at", text(end));
            }
        }
    }

    /// Who takes part, and a host who is no user. What is no address is left out.
    fn attendees(&self, placed: &EventAtLine, own: bool, told: &mut FileNotes) -> Vec<Attendee> {
        let host =
            placed.event.organizer.iter().filter(|host| !own && !self.users.contains(&host.email.to_lowercase()));
        let host = host.map(|host| (host.name.as_str(), host.email.as_str(), ""));
        let others = placed.event.attendees.iter();
        let others = others.map(|other| (other.name.as_str(), other.email.as_str(), other.role.as_str()));
        let mut attendees = Vec::new();
        for (name, email, role) in others.chain(host) {
            let address = Email::parse(email).ok();
            if address.is_none() && !email.is_empty() {
                let warning = format!("line {}: {email:?} is not an e-mail address and was left out", placed.line);
                told.warnings.push(warning.into());
            }
            let (name, role) = (AttendeeName::parse(name).ok(), AttendeeRole::parse(role).ok());
            attendees.extend(Attendee::new(name, address, role).ok());
        }
        attendees
    }

    /// Notes on cancelled events, and warnings about those that exist in fastenr.
    fn tell(&self, events: &[EventAtLine], told: &mut FileNotes) {
        let cancelled: Vec<&Event> =
            events.iter().map(|placed| &placed.event).filter(|event| event.cancelled).collect();
        if !cancelled.is_empty() {
            let events = counted(cancelled.len() as u64, "cancelled event", "cancelled events");
            told.notes.push(format!("skipped {events}").into());
        }
        // First, because they need an action.
        let here = cancelled.iter().filter_map(|event| self.record(event)).map(|(id, record)| {
            let title = &record.title;
            Note::from(format!("{title:?} is cancelled in the calendar but still exists"))
                .hint(say!("{} removes it", Verb::EngagementsDelete.on(id)))
        });
        told.warnings.splice(0..0, here);
    }
}

/// What only one account has; none where several have it.
fn only(pairs: Vec<(String, Uuid)>) -> HashMap<String, Option<Uuid>> {
    let mut found: BTreeMap<String, Option<Uuid>> = BTreeMap::new();
    for (text, account) in pairs {
        found.entry(text).and_modify(|known| *known = known.filter(|known| *known == account)).or_insert(Some(account));
    }
    found.into_iter().collect()
}

/// The domain and those above it: `eu.example.com`, `example.com`. A domain has two parts at least.
fn domains_of(domain: &str) -> Vec<String> {
    let mut all = vec![domain.to_owned()];
    let mut rest = domain;
    while let Some((_, above)) = rest.split_once('.').filter(|(_, above)| above.contains('.')) {
        all.push(above.to_owned());
        rest = above;
    }
    all
}

/// The first category that is one of our types, and the others as tags.
fn categories(placed: &EventAtLine, told: &mut FileNotes) -> (Option<EngagementType>, Tags) {
    let mut kind = None;
    let mut tags = Vec::new();
    for category in &placed.event.categories {
        match EngagementType::parse(category) {
            Ok(known) if kind.is_none() => kind = Some(known),
            _ if Tag::parse(category).is_ok() => tags.push(category.as_str()),
            _ => {
                let line = placed.line;
                let warning = format!("line {line}: the category {category:?} is not a valid tag and was left out");
                told.warnings.push(warning.into());
            }
        }
    }
    tags.truncate(Tags::MAX);
    (kind, Tags::collect(tags).unwrap_or_default())
}
