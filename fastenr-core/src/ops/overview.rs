//! Everything around one account, from one consistent state.

use chrono::{Days, NaiveDate};

use super::Context;
use crate::error::Result;
use crate::model::account::{ACCOUNT, Account, Reference};
use crate::model::alert::{ALERT, Alert, AlertState, in_state};
use crate::model::contact::CONTACT;
use crate::model::engagement::ENGAGEMENT;
use crate::model::entry::Entry;
use crate::model::filter::{Archived, Page};
use crate::model::goal::GOAL;
use crate::model::metric::METRIC;
use crate::model::noun::{Field, Noun, Storage, Value};
use crate::model::selection::{Condition, Order, Selection};
use crate::model::team::TEAM;
use crate::model::user::User;
use crate::ops::scores::likelihood;
use crate::score::Likelihood;
use crate::store::accounts::{RelatedCounts, Totals};
use crate::store::scores::snapshots;
use crate::store::{self, Tx};

/// As many children, by ARR, and contacts, by name, as are told one by one.
pub const MOST_CHILDREN: u64 = 10;
pub const MOST_CONTACTS: u64 = 100;

/// As many open alerts, the most urgent first, as are told one by one.
pub const MOST_ALERTS: u64 = 5;

/// As many days of scores as are shown in a row.
const SCORED_DAYS: u64 = 30;

/// As many days with metrics as are looked through for the latest value of each: more than a year of them.
const METRIC_DAYS: u64 = 400;

/// As many of a metric's last values as are shown in a row.
pub const RECENT: usize = 8;

#[derive(Debug, Clone)]
pub struct Overview {
    pub account: Account,
    pub owner: Option<User>,
    pub team: Vec<Entry>,
    pub parent: Option<Account>,
    /// Of the accounts directly under this one that are not archived.
    pub children: Totals,
    /// The first of them, by ARR, at most [`MOST_CHILDREN`].
    pub first_children: Vec<Account>,
    /// By name, at most [`MOST_CONTACTS`].
    pub contacts: Vec<Entry>,
    pub last_engagement: Option<Entry>,
    /// The first that is scheduled from now on and not done.
    pub next_engagement: Option<Entry>,
    /// Neither achieved nor missed, by the day they are due.
    pub goals: Vec<Entry>,
    /// Those that ever had a value, in the order of the fields.
    pub metrics: Vec<Latest>,
    /// The most urgent first, at most [`MOST_ALERTS`].
    pub alerts: Vec<Alert>,
    /// All that are open.
    pub open_alerts: u64,
    /// Health of the last 30 days that were scored, the oldest first, without days on which too little was known.
    pub health: Vec<(NaiveDate, i64)>,
    /// How likely it is to churn, by the last of these days.
    pub likelihood: Option<Likelihood>,
    pub counts: RelatedCounts,
}

/// A metric's latest value.
#[derive(Debug, Clone)]
pub struct Latest {
    pub field: &'static Field,
    pub day: NaiveDate,
    pub value: Value,
    /// Its last values, the oldest first, this one included; at most [`RECENT`].
    pub recent: Vec<Value>,
}

/// The account that `name` means, and what is around it.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`.
pub async fn overview(context: &Context, name: &str) -> Result<Overview> {
    let tx = &mut context.db.read().await?;
    let scope = &context.scope();
    let account = super::accounts::find(tx, context, name).await?;
    let reader = Reader { context, account: &account };
    let owner = match &account.owner {
        Some(Reference { id, .. }) => store::users::get(tx, scope, *id).await?,
        None => None,
    };
    let parent = match &account.parent {
        Some(Reference { id, .. }) => store::accounts::get(tx, scope, *id).await?,
        None => None,
    };
    let under = Selection::default().with(&ACCOUNT, "parent", [Value::Id(account.id)])?;
    let by_arr = order("arr:desc", &ACCOUNT)?;
    let children = store::accounts::totals(tx, scope, &under).await?;
    let first = Page { number: 1, limit: MOST_CHILDREN };
    let first_children = match children.count {
        0 => Vec::new(),
        _ => store::lists::list(tx, scope, &ACCOUNT, &under, by_arr, first).await?,
    };
    let done = vec![Condition::Is("a.completed_at is not null")];
    let last_engagement = reader.read(tx, &ENGAGEMENT, done, "completed_at", 1).await?.pop();
    let now = Value::Instant(context.clock.now());
    let ahead = vec![
        Condition::Is("a.completed_at is null"),
        Condition::AtLeast("a.scheduled_at".into(), Storage::Instant, now),
    ];
    let next_engagement = reader.read(tx, &ENGAGEMENT, ahead, "scheduled_at", 1).await?.pop();
    let open = vec![Condition::Is("a.status in ('on_track', 'at_risk')")];
    let mut goals = reader.read(tx, &GOAL, open, "target_date", Page::MOST).await?;
    // Those without a day to be reached by come last.
    goals.sort_by_key(|goal| goal.date("target_date").is_none());
    let open = in_state(AlertState::Open, context.today())?.with(&ALERT, "account", [Value::Id(account.id)])?;
    let open = Selection { archived: Archived::With, ..open };
    let first = Page { number: 1, limit: MOST_ALERTS };
    let alerts: Vec<Alert> = store::lists::list(tx, scope, &ALERT, &open, Order::first(&ALERT), first).await?;
    let counts = store::alert_records::counts(tx, scope, &open, context.today()).await?;
    let open_alerts = counts.iter().map(|(.., count)| u64::try_from(*count).unwrap_or(0)).sum();
    let (health, likelihood) = health(tx, context, &account).await?;
    let days = reader.read(tx, &METRIC, Vec::new(), "metric_date", METRIC_DAYS).await?;
    Ok(Overview {
        team: reader.read(tx, &TEAM, Vec::new(), "id", Page::MOST).await?,
        contacts: reader.read(tx, &CONTACT, Vec::new(), "name", MOST_CONTACTS).await?,
        counts: store::accounts::around(tx, scope, account.id).await?,
        metrics: METRIC.fields.iter().filter_map(|field| latest(field, &days)).collect(),
        health,
        likelihood,
        alerts,
        open_alerts,
        owner,
        parent,
        children,
        first_children,
        last_engagement,
        next_engagement,
        goals,
        account,
    })
}

async fn health(
    tx: &mut Tx<'_>,
    context: &Context,
    account: &Account,
) -> Result<(Vec<(NaiveDate, i64)>, Option<Likelihood>)> {
    let (scope, today) = (context.scope(), context.today());
    let from = today.checked_sub_days(Days::new(SCORED_DAYS - 1)).unwrap_or(today);
    let days = snapshots::days(tx, &scope, from, today).await?;
    let scored = snapshots::of_account(tx, &scope, account.id, &days).await?;
    let likelihood = match scored.last() {
        Some(last) => likelihood(tx, &scope, account, last, last.snapshot_date).await?,
        None => None,
    };
    Ok((scored.iter().filter_map(|day| Some((day.snapshot_date, day.health()?))).collect(), likelihood))
}

struct Reader<'a> {
    context: &'a Context,
    account: &'a Account,
}

impl Reader<'_> {
    /// Records of the account, archived or not, in one of the noun's own orders.
    async fn read(
        &self,
        tx: &mut Tx<'_>,
        noun: &'static Noun,
        mut conditions: Vec<Condition>,
        sort: &str,
        most: u64,
    ) -> Result<Vec<Entry>> {
        let account = Value::Id(self.account.id);
        conditions.push(Condition::In("a.account_id".into(), Storage::Id, vec![account]));
        let selection = Selection { conditions, ..Selection::everything() };
        let page = Page { number: 1, limit: most };
        store::lists::list(tx, &self.context.scope(), noun, &selection, order(sort, noun)?, page).await
    }
}

fn order(sort: &str, noun: &'static Noun) -> Result<Order> {
    super::selection::order(noun, sort).map_err(|invalid| invalid.of("sort", sort))
}

/// Of the days, the newest first.
fn latest(field: &'static Field, days: &[Entry]) -> Option<Latest> {
    if !field.writable() || matches!(field.name, "account" | "metric_date" | "sentiment_reason") {
        return None;
    }
    let values =
        || days.iter().map(|day| (day.date("metric_date"), day.stored(field))).filter(|(_, value)| !value.is_null());
    let (day, value) = values().next()?;
    let mut recent: Vec<Value> = values().take(RECENT).map(|(_, value)| value).collect();
    recent.reverse();
    Some(Latest { field, day: day?, value, recent })
}
