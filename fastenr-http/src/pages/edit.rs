//! Create and edit records with forms that are generated from their noun's table of fields. All errors are shown at once. If
//! the record was changed since the form was opened, both values are shown.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use fastenr_core::model::account::Account;
use fastenr_core::model::activity::ACTIVITY;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::noun::{Field as NounField, Meaning, Noun as Records, Value};
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::engagements::{self, NextTask};
use fastenr_core::ops::{accounts, activities, entries, users};
use fastenr_core::{Error, Kind as ErrorKind};
use fastenr_html::form::{Control, Field, Form, Group, Lists, Stale, draw, milestone_rows};
use fastenr_html::format::{label, word};
use fastenr_html::page::FormPage;
use fastenr_html::part::Crumb;
use uuid::Uuid;

use super::fields::{self, Fields, Mistakes, SPARE};
use super::request::PageRequest;
use super::{answer, row};
use crate::Problem;
use crate::at::PathParts;
use crate::body::FieldValues;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::schema;

mod adjust;
mod draft;
mod next;

use draft::Draft;

/// A noun that has forms.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) noun: &'static Records,
    pub(super) scope: Noun,
    /// `/dashboard/goals`, below which its pages are.
    pub(super) path: &'static str,
    pub(super) part: &'static str,
    /// Whether a record has a page of its own; else it is on that of its account.
    pub(super) page: bool,
}

/// Any record.
pub(super) enum Record {
    Account(Box<Account>),
    Entry(Box<Entry>),
}

impl Record {
    pub(super) fn value(&self, field: &NounField) -> Value {
        match self {
            Self::Account(account) => account.value(field),
            Self::Entry(entry) => entry.value(field),
        }
    }

    pub(super) fn id(&self) -> Uuid {
        match self {
            Self::Account(account) => account.id,
            Self::Entry(entry) => entry.id(),
        }
    }

    pub(super) fn version(&self) -> i64 {
        match self {
            Self::Account(account) => account.version,
            Self::Entry(entry) => entry.version(),
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Account(account) => account.name.clone(),
            Self::Entry(entry) => entry.title(),
        }
    }

    /// The account that it is or belongs to: id and name.
    pub(super) fn account(&self) -> (Uuid, String) {
        match self {
            Self::Account(account) => (account.id, account.name.clone()),
            Self::Entry(entry) => {
                (entry.id_of("account").unwrap_or_default(), entry.text("account_name").unwrap_or_default().to_owned())
            }
        }
    }
}

impl Kind {
    fn is_account(&self) -> bool {
        self.noun.account().is_none()
    }

    pub(super) async fn get(&self, request: &PageRequest, name: &str) -> Result<Record, Problem> {
        Ok(match self.is_account() {
            true => Record::Account(Box::new(accounts::get(request.context(), name).await?)),
            false => Record::Entry(Box::new(entries::get(request.context(), self.noun, name).await?)),
        })
    }

    /// The page of a record.
    pub(super) fn page_of(&self, record: &Record) -> String {
        match self.page {
            true => format!("{}/{}", self.path, record.id()),
            false => format!("/dashboard/accounts/{}", record.account().0),
        }
    }

    /// Whether a next step can be created with it.
    fn has_next(&self) -> bool {
        self.noun.event == ENGAGEMENT.event
    }

    async fn create(
        &self,
        request: &PageRequest,
        given: &FieldValues,
        next: Option<NextTask>,
    ) -> Result<(Record, Option<Uuid>), Error> {
        if self.is_account() {
            let written = accounts::create(request.context(), given, false).await?;
            return Ok((Record::Account(Box::new(written.record)), written.operation));
        }
        let written = match next {
            Some(next) => engagements::log(request.context(), given, Some(next), false).await?.0,
            None => entries::create(request.context(), self.noun, given, false).await?,
        };
        Ok((Record::Entry(Box::new(written.record)), written.operation))
    }

    pub(super) async fn update(
        &self,
        request: &PageRequest,
        name: &str,
        given: &FieldValues,
        expected: Option<i64>,
    ) -> Result<(Record, Option<Uuid>), Error> {
        if self.is_account() {
            let written = accounts::update(request.context(), name, given, expected, false).await?;
            return Ok((Record::Account(Box::new(written.record)), written.operation));
        }
        let written = entries::update(request.context(), self.noun, name, given, expected, false).await?;
        Ok((Record::Entry(Box::new(written.record)), written.operation))
    }

    fn crumbs(&self, account: Option<&(Uuid, String)>) -> Vec<Crumb> {
        let mut crumbs = Vec::new();
        if let Some((id, name)) = account {
            crumbs.push(Crumb { text: "Accounts".to_owned(), href: "/dashboard/accounts".to_owned() });
            crumbs.push(Crumb { text: name.clone(), href: format!("/dashboard/accounts/{id}") });
        } else {
            let href = if self.page { self.path } else { "/dashboard/accounts" };
            crumbs.push(Crumb {
                text: label(if self.page { self.noun.many } else { "accounts" }),
                href: href.to_owned(),
            });
        }
        crumbs
    }
}

pub(super) fn rows() -> Vec<Endpoint> {
    adjust::rows()
}

/// The rows of a noun's forms.
pub(super) fn of_kind(kind: &'static Kind) -> Vec<Endpoint> {
    let path = kind.path;
    let one = |rest: &str| format!("{path}/{{id}}/{rest}");
    let account = Parameter::new("account", schema::words(), "Account of the new record.");
    let plan = Parameter::new("plan", schema::boolean(), "The engagement is planned, not completed.");
    let write = (kind.scope, Verb::Write);
    let mut rows =
        vec![
            row::page(&format!("{path}/new"), "Form for a new record", kind.scope, move |request, query| {
                new(kind, request, query)
            })
            .of("pages", kind.scope, Verb::Write)
            .takes([account, plan]),
            row::form(&format!("{path}/new"), "Create", write, move |request, fields| create(kind, request, fields)),
            row::page(&one("edit"), "Form to edit a record", kind.scope, move |request, at| edit(kind, request, at))
                .of("pages", kind.scope, Verb::Write),
            row::form(&one("edit"), "Change", write, move |request, at, fields| update(kind, request, at, fields)),
        ];
    if !kind.is_account() {
        rows.push(row::form(&one("set"), "Change a single field", write, move |request, at, fields| {
            set(kind, request, at, fields)
        }));
        rows.push(row::form(&one("delete"), "Delete", (kind.scope, Verb::Delete), move |request, at, fields| {
            delete(kind, request, at, fields)
        }));
    }
    rows
}

async fn new(kind: &'static Kind, request: PageRequest, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let (account, plan) = (taken.text("account")?, taken.flag("plan")?);
    let mut draft = Draft::new(kind, &request, plan);
    if let Some(name) = account {
        request.caller.may(Noun::Accounts, Verb::Read)?;
        draft.account = Some(accounts::get(request.context(), &name).await?);
    }
    draft.answer(&request, StatusCode::OK).await
}

async fn create(kind: &'static Kind, request: PageRequest, fields: Fields) -> Answer {
    let mut draft = Draft::typed(kind, &fields);
    if let Some(id) = fields.text("account_fixed") {
        request.caller.may(Noun::Accounts, Verb::Read)?;
        draft.account = Some(accounts::get(request.context(), id).await?);
    }
    let (mut given, mut mistakes) = fields::given(kind.noun, &fields, true, &request.here());
    if let Some(account) = &draft.account {
        given.push(("account".to_owned(), Some(account.id.to_string())));
    }
    if fields.flag("done") && !given.iter().any(|(name, _)| name == "completed_at") {
        given.push(("completed_at".to_owned(), Some("now".to_owned())));
    }
    missing(kind.noun, &given, &mut mistakes);
    let mut others = Vec::new();
    look_up(&request, kind.noun, &given, &mut mistakes).await;
    let next = if kind.has_next() { next::requested(&request, &fields, &mut mistakes).await } else { None };
    if mistakes.is_empty() {
        match kind.create(&request, &given, next).await {
            Ok((record, operation)) => {
                let page = fields.back().unwrap_or_else(|| kind.page_of(&record));
                return Ok(answer::done(&page, operation));
            }
            Err(error) => told(error, &mut mistakes, &mut others)?,
        }
    }
    draft.mistakes = mistakes;
    draft.others = others;
    draft.answer(&request, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Required fields of a new record that are empty.
fn missing(noun: &'static Records, given: &FieldValues, mistakes: &mut Mistakes) {
    for field in noun.fields.iter().filter(|field| field.needed()) {
        if !given.iter().any(|(name, text)| name == field.name && text.is_some()) {
            mistakes.entry(field.name.to_owned()).or_insert_with(|| "required".to_owned());
        }
    }
}

/// Named users and accounts that do not exist.
pub(super) async fn look_up(
    request: &PageRequest,
    noun: &'static Records,
    given: &FieldValues,
    mistakes: &mut Mistakes,
) {
    for (name, text) in given {
        let (Some((_, field)), Some(text)) = (noun.field(name), text) else { continue };
        let found = match field.meaning {
            Meaning::User | Meaning::Author => users::get(request.context(), text).await.map(|_| ()),
            Meaning::Account => accounts::get(request.context(), text).await.map(|_| ()),
            _ => continue,
        };
        if let Err(error) = found
            && error.kind == ErrorKind::NotFound
        {
            mistakes.insert(name.clone(), Problem::from(error).detail().to_owned());
        }
    }
}

/// An error of the library that can be corrected in the form.
fn told(error: Error, mistakes: &mut Mistakes, others: &mut Vec<String>) -> Result<(), Problem> {
    if !matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Refused) {
        return Err(error.into());
    }
    fields::mistake(error, mistakes, others);
    Ok(())
}

/// The form shows the values of the record, so it needs the right to read it.
async fn edit(kind: &'static Kind, request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    request.caller.may(kind.scope, Verb::Read)?;
    let record = kind.get(&request, &name).await?;
    Draft::of(kind, &request, record).await?.answer(&request, StatusCode::OK).await
}

async fn update(
    kind: &'static Kind,
    request: PageRequest,
    PathParts(name): PathParts<String>,
    fields: Fields,
) -> Answer {
    // With errors, the response is the form again.
    request.caller.may(kind.scope, Verb::Read)?;
    let record = kind.get(&request, &name).await?;
    let id = record.id().to_string();
    let (given, mut mistakes) = fields::given(kind.noun, &fields, false, &request.here());
    look_up(&request, kind.noun, &given, &mut mistakes).await;
    let adjustment = if kind.is_account() { adjust::requested(&request, &fields, &mut mistakes) } else { None };
    let mut others = Vec::new();
    let mut stale = false;
    if mistakes.is_empty() {
        let written = match &adjustment {
            Some(adjustment) => adjust::update(&request, &id, &given, adjustment, fields.version()).await,
            None => kind.update(&request, &id, &given, fields.version()).await,
        };
        match written {
            Ok((record, operation)) => {
                let page = fields.back().unwrap_or_else(|| kind.page_of(&record));
                return Ok(answer::done(&page, operation));
            }
            Err(error) if error.code == "stale" => stale = true,
            Err(error) => told(error, &mut mistakes, &mut others)?,
        }
    }
    let status = if stale { StatusCode::PRECONDITION_FAILED } else { StatusCode::UNPROCESSABLE_ENTITY };
    let record = kind.get(&request, &id).await?;
    let mut draft = Draft::of(kind, &request, record).await?;
    draft.overtaken(&request, &fields, stale).await?;
    draft.mistakes = mistakes;
    draft.others = others;
    draft.answer(&request, status).await
}

/// Changes one or a few fields of a record.
async fn set(kind: &'static Kind, request: PageRequest, PathParts(name): PathParts<String>, fields: Fields) -> Answer {
    let (given, mistakes) = fields::given(kind.noun, &fields, false, &request.here());
    super::account::refuse(mistakes)?;
    let (record, operation) =
        kind.update(&request, &name, &given, fields.version()).await.map_err(|error| Problem::from(error).of_body())?;
    let page = fields.back().unwrap_or_else(|| kind.page_of(&record));
    Ok(answer::done(&page, operation))
}

async fn delete(
    kind: &'static Kind,
    request: PageRequest,
    PathParts(name): PathParts<String>,
    fields: Fields,
) -> Answer {
    let record = kind.get(&request, &name).await?;
    let id = record.id().to_string();
    let gone = entries::delete(request.context(), kind.noun, &id, fields.version(), false).await?;
    let page = if kind.page { kind.path.to_owned() } else { kind.page_of(&record) };
    Ok(answer::done(&page, gone.operation))
}

/// Who wrote the record last, and how long ago.
async fn last_writer(request: &PageRequest, record: Uuid) -> Option<String> {
    let filter = Selection::default().with(&ACTIVITY, "record", [Value::Id(record)]).ok()?;
    let found = activities::list(request.context(), &filter, Page { number: 1, limit: 1 }).await.ok()?;
    let item = found.rows.into_iter().next()?;
    Some(format!("Saved by {}, {}", item.actor, request.here().moment(item.activity.at).away()))
}
