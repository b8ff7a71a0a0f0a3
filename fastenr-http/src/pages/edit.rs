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
use fastenr_core::ops::engagements::{self, Next};
use fastenr_core::ops::{accounts, activities, entries, users};
use fastenr_core::{Error, Kind as ErrorKind};
use fastenr_html::form::{Control, Field, Form, Group, Lists, Stale, draw, milestone_rows};
use fastenr_html::format::{label, word};
use fastenr_html::page::FormPage;
use fastenr_html::part::Crumb;
use uuid::Uuid;

use super::fields::{self, Fields, Mistakes, SPARE};
use super::look::Look;
use super::{answer, row};
use crate::Problem;
use crate::at::At;
use crate::body::Given;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::params::{Parameter, Taken};
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

    pub(super) async fn get(&self, look: &Look, name: &str) -> Result<Record, Problem> {
        Ok(match self.is_account() {
            true => Record::Account(Box::new(accounts::get(look.context(), name).await?)),
            false => Record::Entry(Box::new(entries::get(look.context(), self.noun, name).await?)),
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

    async fn create(&self, look: &Look, given: &Given, next: Option<Next>) -> Result<(Record, Option<Uuid>), Error> {
        if self.is_account() {
            let written = accounts::create(look.context(), given, false).await?;
            return Ok((Record::Account(Box::new(written.record)), written.operation));
        }
        let written = match next {
            Some(next) => engagements::log(look.context(), given, Some(next), false).await?.0,
            None => entries::create(look.context(), self.noun, given, false).await?,
        };
        Ok((Record::Entry(Box::new(written.record)), written.operation))
    }

    pub(super) async fn update(
        &self,
        look: &Look,
        name: &str,
        given: &Given,
        expected: Option<i64>,
    ) -> Result<(Record, Option<Uuid>), Error> {
        if self.is_account() {
            let written = accounts::update(look.context(), name, given, expected, false).await?;
            return Ok((Record::Account(Box::new(written.record)), written.operation));
        }
        let written = entries::update(look.context(), self.noun, name, given, expected, false).await?;
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
    let mut rows = vec![
        row::page(&format!("{path}/new"), "Form for a new record", kind.scope, move |look, query| {
            new(kind, look, query)
        })
        .of("pages", kind.scope, Verb::Write)
        .takes([account, plan]),
        row::form(&format!("{path}/new"), "Create", write, move |look, fields| create(kind, look, fields)),
        row::page(&one("edit"), "Form to edit a record", kind.scope, move |look, at| edit(kind, look, at)).of(
            "pages",
            kind.scope,
            Verb::Write,
        ),
        row::form(&one("edit"), "Change", write, move |look, at, fields| update(kind, look, at, fields)),
    ];
    if !kind.is_account() {
        rows.push(row::form(&one("set"), "Change a single field", write, move |look, at, fields| {
            set(kind, look, at, fields)
        }));
        rows.push(row::form(&one("delete"), "Delete", (kind.scope, Verb::Delete), move |look, at, fields| {
            delete(kind, look, at, fields)
        }));
    }
    rows
}

async fn new(kind: &'static Kind, look: Look, Query(pairs): Query) -> Answer {
    let mut taken = Taken::new(pairs);
    let (account, plan) = (taken.text("account")?, taken.flag("plan")?);
    let mut draft = Draft::new(kind, &look, plan);
    if let Some(name) = account {
        look.caller.may(Noun::Accounts, Verb::Read)?;
        draft.account = Some(accounts::get(look.context(), &name).await?);
    }
    draft.answer(&look, StatusCode::OK).await
}

async fn create(kind: &'static Kind, look: Look, fields: Fields) -> Answer {
    let mut draft = Draft::typed(kind, &fields);
    if let Some(id) = fields.text("account_fixed") {
        look.caller.may(Noun::Accounts, Verb::Read)?;
        draft.account = Some(accounts::get(look.context(), id).await?);
    }
    let (mut given, mut mistakes) = fields::given(kind.noun, &fields, true, &look.here());
    if let Some(account) = &draft.account {
        given.push(("account".to_owned(), Some(account.id.to_string())));
    }
    if fields.flag("done") && !given.iter().any(|(name, _)| name == "completed_at") {
        given.push(("completed_at".to_owned(), Some("now".to_owned())));
    }
    missing(kind.noun, &given, &mut mistakes);
    let mut others = Vec::new();
    look_up(&look, kind.noun, &given, &mut mistakes).await;
    let next = if kind.has_next() { next::wish(&look, &fields, &mut mistakes).await } else { None };
    if mistakes.is_empty() {
        match kind.create(&look, &given, next).await {
            Ok((record, operation)) => {
                let page = fields.back().unwrap_or_else(|| kind.page_of(&record));
                return Ok(answer::done(&page, operation));
            }
            Err(error) => told(error, &mut mistakes, &mut others)?,
        }
    }
    draft.mistakes = mistakes;
    draft.others = others;
    draft.answer(&look, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Required fields of a new record that are empty.
fn missing(noun: &'static Records, given: &Given, mistakes: &mut Mistakes) {
    for field in noun.fields.iter().filter(|field| field.needed()) {
        if !given.iter().any(|(name, text)| name == field.name && text.is_some()) {
            mistakes.entry(field.name.to_owned()).or_insert_with(|| "required".to_owned());
        }
    }
}

/// Named users and accounts that do not exist.
async fn look_up(look: &Look, noun: &'static Records, given: &Given, mistakes: &mut Mistakes) {
    for (name, text) in given {
        let (Some((_, field)), Some(text)) = (noun.field(name), text) else { continue };
        let found = match field.meaning {
            Meaning::User | Meaning::Author => users::get(look.context(), text).await.map(|_| ()),
            Meaning::Account => accounts::get(look.context(), text).await.map(|_| ()),
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
async fn edit(kind: &'static Kind, look: Look, At(name): At<String>) -> Answer {
    look.caller.may(kind.scope, Verb::Read)?;
    let record = kind.get(&look, &name).await?;
    Draft::of(kind, &look, record).await?.answer(&look, StatusCode::OK).await
}

async fn update(kind: &'static Kind, look: Look, At(name): At<String>, fields: Fields) -> Answer {
    // With errors, the response is the form again.
    look.caller.may(kind.scope, Verb::Read)?;
    let record = kind.get(&look, &name).await?;
    let id = record.id().to_string();
    let (given, mut mistakes) = fields::given(kind.noun, &fields, false, &look.here());
    look_up(&look, kind.noun, &given, &mut mistakes).await;
    let wish = if kind.is_account() { adjust::wish(&look, &fields, &mut mistakes) } else { None };
    let mut others = Vec::new();
    let mut stale = false;
    if mistakes.is_empty() {
        let written = match &wish {
            Some(wish) => adjust::update(&look, &id, &given, wish, fields.version()).await,
            None => kind.update(&look, &id, &given, fields.version()).await,
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
    let record = kind.get(&look, &id).await?;
    let mut draft = Draft::of(kind, &look, record).await?;
    draft.overtaken(&look, &fields, stale).await?;
    draft.mistakes = mistakes;
    draft.others = others;
    draft.answer(&look, status).await
}

/// Changes one or a few fields of a record.
async fn set(kind: &'static Kind, look: Look, At(name): At<String>, fields: Fields) -> Answer {
    let (given, mistakes) = fields::given(kind.noun, &fields, false, &look.here());
    super::account::refuse(mistakes)?;
    let (record, operation) =
        kind.update(&look, &name, &given, fields.version()).await.map_err(|error| Problem::from(error).of_body())?;
    let page = fields.back().unwrap_or_else(|| kind.page_of(&record));
    Ok(answer::done(&page, operation))
}

async fn delete(kind: &'static Kind, look: Look, At(name): At<String>, fields: Fields) -> Answer {
    let record = kind.get(&look, &name).await?;
    let id = record.id().to_string();
    let gone = entries::delete(look.context(), kind.noun, &id, fields.version(), false).await?;
    let page = if kind.page { kind.path.to_owned() } else { kind.page_of(&record) };
    Ok(answer::done(&page, gone.operation))
}

/// Who wrote the record last, and how long ago.
async fn last_writer(look: &Look, record: Uuid) -> Option<String> {
    let filter = Selection::default().with(&ACTIVITY, "record", [Value::Id(record)]).ok()?;
    let found = activities::list(look.context(), &filter, Page { number: 1, limit: 1 }).await.ok()?;
    let item = found.rows.into_iter().next()?;
    Some(format!("Saved by {}, {}", item.actor, look.here().moment(item.activity.at).away()))
}
