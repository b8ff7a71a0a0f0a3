//! Fills an organization with a book of customers to look at, by living through its days: what other systems send is imported
//! in the morning, the night is run, people see to alerts.

use std::collections::{HashMap, HashSet};
use std::io::{self, Cursor};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};

use super::organizations::OrganizationChange;
use super::scores::{Request as Night, Run};
use super::{Context, admin, alerts, import, lists, organizations, segments};
use crate::clock::Clock;
use crate::demo::DemoBook;
use crate::error::{Error, Kind, Result};
use crate::id::Ids;
use crate::import::request::Request;
use crate::import::source::Source;
use crate::model::account::{ACCOUNT, RENEWS};
use crate::model::alert::{ALERT, Alert, AlertState, HeldFilter, in_state};
use crate::model::contact::CONTACT;
use crate::model::engagement::ENGAGEMENT;
use crate::model::filter::Page;
use crate::model::goal::GOAL;
use crate::model::metric::METRIC;
use crate::model::noun::{Noun, Value};
use crate::model::nouns::TASK;
use crate::model::selection::{Order, Selection};
use crate::model::user::{USER, User};
use crate::model::{Role, TimeZone};
use crate::score::alerts::{HeldBy, Severity};
use crate::store::{self, Db};

/// Accounts that there are at least: fewer are no book.
pub const LEAST: u32 = 20;

/// What the book is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoRequest {
    /// From [`LEAST`] to [`DemoBook::MOST`].
    pub accounts: u32,
    pub seed: u64,
    /// Nights that are run, today's included: 1 to [`crate::demo::USAGE_DAYS`].
    pub nights: u32,
}

/// Nights that are done, and how many there are.
pub type DemoProgress<'p> = &'p mut (dyn FnMut(u64, u64) + Send);

/// Fills the organization.
///
/// # Errors
/// `accounts`, `nights` for a number out of range; `not_admin`; `not_empty` where there is an account already. What an import or
/// a night can end with; what was done by then stays.
pub async fn fill(context: &Context, request: DemoRequest, progress: DemoProgress<'_>) -> Result<()> {
    context.may_administer()?;
    let nights = i64::from(request.nights);
    if !(LEAST..=DemoBook::MOST).contains(&request.accounts) {
        let rule = format!("a demo book has {LEAST} to {} accounts", DemoBook::MOST);
        return Err(Error::invalid("accounts", format!("{} accounts: {rule}", request.accounts)));
    }
    if !(1..=crate::demo::USAGE_DAYS).contains(&nights) {
        let rule = format!("1 to {} nights can be run", crate::demo::USAGE_DAYS);
        return Err(Error::invalid("nights", format!("{nights} nights: {rule}")));
    }
    if lists::any(context, &ACCOUNT).await? {
        let slug = &context.organization.slug;
        return Err(Error::refused(
            "not_empty",
            format!("{slug} has accounts already: a demo book goes into an empty one"),
        ));
    }
    let today = context.today();
    let life = DemoRun { context, book: DemoBook::new(today, request.accounts, request.seed), today };
    life.people().await?;
    let team = life.team().await?;

    let first_night = today - TimeDelta::days(nights - 1);
    life.contracts_until(first_night).await?;
    life.history(first_night).await?;
    for (day, done) in first_night.iter_days().take_while(|day| *day <= today).zip(0..) {
        progress(done, u64::from(request.nights));
        life.morning(day).await?;
        life.night(day).await?;
        life.work(day, &team).await?;
    }
    life.import(&life.at(today, 4), &TASK, "tasks.csv", life.book.tasks()).await
}

/// Where the book is to go: the organization that is named, else the usual one where that has no accounts, else `demo`, which
/// is created. An empty database is migrated: this is often the first thing that is done with it.
///
/// # Errors
/// As [`Context::open`] and [`organizations::create`].
pub async fn place(db: &Db, clock: Clock, organization: Option<&str>, user: Option<&str>) -> Result<Context> {
    if admin::status(db).await?.is_empty() {
        admin::migrate(db, clock).await?;
    }
    let context = Context::open(db.clone(), clock, organization, user).await?;
    if organization.is_some() || !lists::any(&context, &ACCOUNT).await? {
        return Ok(context);
    }
    if !organizations::list(db).await?.iter().any(|organization| organization.slug == SLUG) {
        let change = OrganizationChange { slug: Some(SLUG.to_owned()), ..OrganizationChange::default() };
        organizations::create(db, clock, &change, &context.user.email, &context.user.name, false).await?;
    }
    Context::open(db.clone(), clock, Some(SLUG), None).await
}

/// The organization that is created where the usual one has accounts.
const SLUG: &str = "demo";

/// Critical alerts of the accounts with the most ARR, one an account, at most so many.
pub async fn first_alerts(context: &Context, most: usize) -> Result<Vec<Alert>> {
    let critical = Value::Text(Severity::Critical.as_str().to_owned());
    let open = in_state(AlertState::Open, context.today())?.with(&ALERT, "severity", [critical])?;
    let by_arr = Order::of(&ALERT, "arr").unwrap_or(Order::first(&ALERT));
    let mut seen = HashSet::new();
    let mut found: Vec<Alert> = lists::all(context, &ALERT, &open, by_arr).await?;
    found.retain(|alert| alert.account.as_ref().is_some_and(|account| seen.insert(account.id)));
    found.truncate(most);
    Ok(found)
}

struct DemoRun<'c> {
    context: &'c Context,
    book: DemoBook,
    today: NaiveDate,
}

/// Days before today of which no alert is seen to: there is something left to do.
const LEFT: i64 = 4;

/// Engagements are sent again for so many days, as calendars and mailboxes are synchronized.
const WINDOW: i64 = 21;

impl DemoRun<'_> {
    /// As of an hour of a day; today, as of now.
    fn at(&self, day: NaiveDate, hour: u32) -> Context {
        let now = self.context.clock.now();
        let zone = TimeZone::parse(&self.context.organization.time_zone).unwrap_or(TimeZone::UTC);
        let moment: DateTime<Utc> = zone.beginning(day) + TimeDelta::hours(i64::from(hour));
        let clock = if day >= self.today { Clock::Fixed(now) } else { Clock::Fixed(moment.min(now)) };
        Context { clock, ids: Ids::new(clock), ..self.context.clone() }
    }

    /// Its users, and which domains are its own.
    async fn people(&self) -> Result<()> {
        let context = self.at(self.book.first_day(), 4);
        self.import(&context, &USER, "team.csv", self.book.users()).await?;
        let organization = &self.context.organization;
        if organization.own_domains.is_empty() {
            let change = OrganizationChange {
                own_domains: Some(vec![DemoBook::own_domain().to_owned()]),
                ..OrganizationChange::default()
            };
            organizations::update(&context.db, context.clock, &organization.slug, &change, false).await?;
        }
        for (name, filters) in SEGMENTS {
            let filters: Vec<(String, String)> =
                filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            segments::create(&context, name, &filters, false).await?;
        }
        Ok(())
    }

    /// Users who see to alerts, by their addresses.
    async fn team(&self) -> Result<HashMap<String, User>> {
        let users = store::users::all(&mut self.context.db.read().await?, &self.context.scope()).await?;
        let users = users.into_iter().filter(|user| user.role != Role::Read && user.deactivated_at.is_none());
        Ok(users.map(|user| (user.email.clone(), user)).collect())
    }

    /// Accounts as the CRM had them month by month.
    async fn contracts_until(&self, end: NaiveDate) -> Result<()> {
        let mut day = self.book.first_day();
        while day < end {
            self.accounts(day).await?;
            day += TimeDelta::days(30);
        }
        Ok(())
    }

    /// What was counted and held before the first night.
    async fn history(&self, first_night: NaiveDate) -> Result<()> {
        let context = self.at(first_night, 3);
        self.accounts(first_night).await?;
        let until = first_night - TimeDelta::days(2);
        let from = self.book.first_usage();
        self.import(&context, &METRIC, "usage-history.csv", self.book.metrics(from, until)).await?;
        // Further back than usage: who was met, and how often, is read for longer.
        let from = from - TimeDelta::days(120);
        let until = first_night - TimeDelta::days(WINDOW);
        self.import(&context, &ENGAGEMENT, "engagements-history.csv", self.book.engagements(from, until)).await
    }

    /// What came overnight; people and goals on Mondays.
    async fn morning(&self, day: NaiveDate) -> Result<()> {
        let context = self.at(day, 4);
        let Some(yesterday) = day.pred_opt() else { return Ok(()) };
        self.import(&context, &ACCOUNT, &format!("accounts-{day}.csv"), self.book.accounts(day)).await?;
        if day.weekday() == Weekday::Mon || day == self.today {
            self.import(&context, &CONTACT, &format!("contacts-{day}.csv"), self.book.contacts(day)).await?;
            self.import(&context, &GOAL, &format!("goals-{day}.csv"), self.book.goals(day)).await?;
        }
        let name = format!("engagements-{day}.csv");
        let from = day - TimeDelta::days(WINDOW);
        self.import(&context, &ENGAGEMENT, &name, self.book.engagements(from, yesterday)).await?;
        self.import(&context, &METRIC, &format!("usage-{day}.csv"), self.book.metrics(yesterday, yesterday)).await
    }

    async fn accounts(&self, day: NaiveDate) -> Result<()> {
        let context = self.at(day, 4);
        self.import(&context, &ACCOUNT, &format!("accounts-{day}.csv"), self.book.accounts(day)).await?;
        self.import(&context, &CONTACT, &format!("contacts-{day}.csv"), self.book.contacts(day)).await
    }

    async fn night(&self, day: NaiveDate) -> Result<()> {
        let context = self.at(day, 6);
        let mut run = Run::begin(&context).await?;
        let outcome = run.day(&context, &Night::default(), &mut |_| {}).await;
        run.end().await;
        let outcome = outcome?;
        // Going live: what held on the first nights is let through; what the guard holds today is left to be seen.
        if !outcome.held.is_empty() && day != self.today {
            let first = HeldFilter {
                held_by: if outcome.doubts.is_empty() { Vec::new() } else { vec![HeldBy::FirstRun, HeldBy::NewRule] },
                ..HeldFilter::default()
            };
            alerts::release(&self.at(day, 9), &first, "looked through", false).await?;
        }
        Ok(())
    }

    /// What people do about alerts: on working days, a few.
    async fn work(&self, day: NaiveDate, team: &HashMap<String, User>) -> Result<()> {
        let free = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        if free || (self.today - day).num_days() < LEFT {
            return Ok(());
        }
        let context = self.at(day, 10);
        let (open, page) = (in_state(AlertState::Open, context.today())?, Page { number: 1, limit: 40 });
        let found = lists::list::<Alert>(&context, &ALERT, &open, Order::first(&ALERT), page).await?;
        let old = found.rows.iter().filter(|alert| (day - alert.fired_on).num_days() >= 2);
        for (place, alert) in old.step_by(3).take(3).enumerate() {
            self.see_to(&context, alert, place, team).await?;
        }
        Ok(())
    }

    async fn see_to(&self, context: &Context, alert: &Alert, place: usize, team: &HashMap<String, User>) -> Result<()> {
        let owner = alert.account.as_ref().and_then(|account| account.owner.as_ref());
        let Some(user) = owner.and_then(|(email, _)| team.get(email)) else { return Ok(()) };
        let context = Context { user: user.clone(), ..context.clone() };
        let day = context.today();
        let (act, reason) = match (place + day.ordinal() as usize) % 5 {
            0 => (alerts::AlertAction::Resolve, "talked it over, they are fine"),
            1 => (
                alerts::AlertAction::Snooze { until: day + TimeDelta::days(14) },
                "they are moving offices, back in two weeks",
            ),
            2 => (alerts::AlertAction::Acknowledge, "call is booked"),
            3 => (alerts::AlertAction::Acknowledge, "support is on it"),
            _ => (alerts::AlertAction::Acknowledge, "plan agreed with the champion"),
        };
        alerts::act(&context, &Selection::of_ids([alert.id]), act, reason, false).await?;
        Ok(())
    }

    /// Imports a file that another system would send; none where it is empty.
    async fn import(
        &self,
        context: &Context,
        noun: &'static Noun,
        name: &str,
        content: io::Result<Vec<u8>>,
    ) -> Result<()> {
        let content = content.map_err(|error| Error::io(format_args!("writing {name}"), error))?;
        if content.is_empty() {
            return Ok(());
        }
        let source = Source::spool(name, Cursor::new(content))?;
        let report = import::run(context, noun, source, Request::default(), &mut |_| {}).await?;
        match (report.applied, report.problems.first()) {
            (true, _) => Ok(()),
            (false, problem) => {
                let rule = problem.map_or_else(String::new, |problem| format!(": {}", problem.rule));
                Err(Error::new(Kind::Storage, "demo_import", format!("{name} was refused{rule}")))
            }
        }
    }
}

/// Filters worth a name.
const SEGMENTS: [(&str, &[(&str, &str)]); 3] = [
    ("Renewals of the quarter", &[(RENEWS, "90d")]),
    ("Strategic", &[("tag", "strategic")]),
    ("Strategic at risk", &[("tag", "strategic"), ("status", "at_risk")]),
];
