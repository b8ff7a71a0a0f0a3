//! What the stored snapshots say of one account.

use chrono::NaiveDate;

use super::super::{likelihood, models};
use super::{back, cause};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::{AccountBand, Band, Size, Status, TimeZone};
use crate::ops::{Context, accounts};
use crate::score::model::Bands;
use crate::score::{Likelihood, Model};
use crate::store::scores::snapshots::{self, Snapshot};
use crate::store::scores::touch::{self, AdjustmentRow};
use crate::store::scores::{Range, views};
use crate::store::{Scope, Tx};

/// Days that an account's own past reaches back.
const YEAR: u64 = 365;
/// Days that a sparkline shows.
const RECENT: u64 = 90;
/// The longest history that is read at once.
const MOST_DAYS: u32 = 3_660;

/// The score so many days ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierScore {
    pub days: u32,
    /// The last snapshot at least so old, up to a week older; none: there is none.
    pub snapshot: Option<Snapshot>,
    /// Points of health since then; none where either end has too little data.
    pub change: Option<i64>,
}

/// How many of some others are lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub lower: u64,
    pub of: u64,
}

impl Share {
    /// In hundredths of a percent, rounded half to even; none of none.
    pub fn percent(self) -> Option<i64> {
        crate::rounding::half_to_even(i128::from(self.lower) * 10_000, i128::from(self.of))
    }
}

/// An account's scores, as its last snapshot holds them.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownScores {
    pub account: Account,
    /// None: not scored by that day.
    pub snapshot: Option<Snapshot>,
    /// Whether the account had left by then: the snapshot is the one of its last day.
    pub churned: bool,
    /// A person's score that held on the snapshot's day.
    pub adjustment: Option<AdjustmentRow>,
    /// The cap that holds the score down, in words.
    pub cap: Option<String>,
    /// The edges of the bands, by the model that scored it; by the built-in one where nobody knows that any more.
    pub edges: Bands,
    /// 7, 30 and 90 days ago.
    pub ago: Vec<EarlierScore>,
    /// Other unarchived accounts of its size with a lower score on that day, of all with enough data.
    pub peers: Option<Share>,
    /// Its own snapshots of the 365 days before that were lower, of all with enough data.
    pub past: Option<Share>,
    /// None where the model knows no probability, or a person set the score.
    pub likelihood: Option<Likelihood>,
    /// Health of the last 90 days, the oldest first, where enough was known of it.
    pub recent: Vec<(NaiveDate, i64)>,
}

impl ShownScores {
    /// That of the snapshot, or that the account has left.
    pub fn band(&self) -> Option<&str> {
        let band = if self.churned { AccountBand::Churned.as_str() } else { self.snapshot.as_ref()?.band.as_str() };
        Some(band)
    }
}

/// As of a day, today if none is given: the last snapshot of the year before it.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`; `future_day`.
pub async fn show(context: &Context, account: &str, as_of: Option<NaiveDate>) -> Result<ShownScores> {
    let today = context.today();
    if let Some(day) = as_of.filter(|day| *day > today) {
        return Err(Error::invalid("future_day", format!("{day} is after today, {today}"))
            .hint("scores are of today or of a day that is past"));
    }
    let scope = context.scope();
    let mut tx = context.db.read().await?;
    let account = accounts::find(&mut tx, context, account).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let last_scored = account.scored_at.map(|at| zone.day(at));
    // One that churned long ago was scored long ago.
    let end = as_of.or(last_scored).unwrap_or(today);
    let churned = account.status == Status::Churned
        && as_of.is_none_or(|day| account.churned_on.is_none_or(|churned_on| churned_on <= day));
    let mut days = of_days(&mut tx, &scope, account.id, back(end, YEAR), end).await?;
    let Some(snapshot) = days.pop() else {
        return Ok(ShownScores {
            account,
            snapshot: None,
            churned,
            adjustment: None,
            cap: None,
            edges: Model::builtin().bands,
            ago: Vec::new(),
            peers: None,
            past: None,
            likelihood: None,
            recent: Vec::new(),
        });
    };
    let day = snapshot.snapshot_date;
    let adjustment = touch::adjustments(&mut tx, &scope, Range::one(account.id), day).await?.into_iter().next();
    let model = models::known(&mut tx, &scope, &snapshot.model).await?;
    let edges = model.as_ref().unwrap_or(Model::builtin()).bands;
    let cap = model.filter(|_| adjustment.is_none()).and_then(|model| cause::cap(&snapshot, &model));
    let enough = |snapshot: &Snapshot| {
        ![Band::InsufficientData, Band::Onboarding].iter().any(|band| band.as_str() == snapshot.band)
    };
    let ago = [7, 30, 90].map(|since: u32| {
        let from = back(day, u64::from(since));
        let near = days.iter().rfind(|earlier| earlier.snapshot_date <= from);
        let near = near.filter(|earlier| (from - earlier.snapshot_date).num_days() <= 7);
        let comparable = near.filter(|earlier| enough(earlier) && enough(&snapshot));
        let change = comparable.map(|earlier| snapshot.health_score - earlier.health_score);
        EarlierScore { days: since, snapshot: near.cloned(), change }
    });
    let (mut peers, mut past) = (None, None);
    if enough(&snapshot) {
        let size = account.size.map(Size::as_str);
        let found = views::peers(&mut tx, &scope, (account.id, day), size, snapshot.health_score).await?;
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        peers = Some(Share { lower: count(found.lower), of: count(found.all) });
        let before: Vec<&Snapshot> = days.iter().filter(|earlier| enough(earlier)).collect();
        let lower = before.iter().filter(|earlier| earlier.health_score < snapshot.health_score).count();
        past = Some(Share { lower: lower as u64, of: before.len() as u64 });
    }
    // The last scores are those of today until the next night.
    let likelihood = likelihood(&mut tx, &scope, &account, &snapshot, as_of.unwrap_or(day).max(day)).await?;
    days.push(snapshot.clone());
    let recent = days.iter().filter(|earlier| earlier.snapshot_date > back(day, RECENT));
    let recent = recent.filter_map(|earlier| Some((earlier.snapshot_date, earlier.health()?))).collect();
    Ok(ShownScores {
        account,
        snapshot: Some(snapshot),
        churned,
        adjustment,
        cap,
        edges,
        ago: ago.into(),
        peers,
        past,
        likelihood,
        recent,
    })
}

/// An account's snapshots of the last `since` days, today's included, the oldest first.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`; `long_history` for more than 3,660 days.
pub async fn history(context: &Context, account: &str, since: u32) -> Result<(Account, Vec<Snapshot>)> {
    if since > MOST_DAYS {
        return Err(Error::invalid("long_history", format!("{since} days are more than {MOST_DAYS}"))
            .hint(format!("ask for {MOST_DAYS}d at most")));
    }
    let mut tx = context.db.read().await?;
    let account = accounts::find(&mut tx, context, account).await?;
    let today = context.today();
    let days = of_days(&mut tx, &context.scope(), account.id, back(today, u64::from(since)), today).await?;
    Ok((account, days))
}

/// From one day to another, both in it.
async fn of_days(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: uuid::Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Snapshot>> {
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= to).collect();
    snapshots::of_account(tx, scope, account, &days).await
}
