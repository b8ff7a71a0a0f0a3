//! The figures of a dashboard, all of one state of the book.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};

use super::scores::views::LeftOut;
use super::{Context, remembered};
use crate::error::Result;
use crate::model::account::{ACCOUNT, RENEWS};
use crate::model::alert::{AlertState, in_state};
use crate::model::engagement::EngagementType;
use crate::model::noun::Value;
use crate::model::selection::{Condition, Selection};
use crate::model::{Band, GoalStatus, Status};
use crate::rounding::half_to_even;
use crate::score::alerts::Severity;
use crate::store::accounts::Totals;
use crate::store::scores::snapshots;
use crate::store::{Tx, alert_records, dashboard as counts};

/// A renewal is due when the contract ends within so many days.
pub const RENEWAL_DAYS: u32 = 90;
/// An engagement is recent when it was completed within so many days.
pub const ENGAGEMENT_DAYS: u32 = 30;

/// How many accounts, and their ARR in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub accounts: u64,
    pub arr: i128,
}

impl Share {
    fn add(&mut self, accounts: i64, arr: i64) {
        self.accounts += count(accounts);
        self.arr += i128::from(arr);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// The day of the latest run; none: there was none.
    pub day: Option<NaiveDate>,
    pub currency: String,
    /// Each status, in the order of [`Status::ALL`].
    pub statuses: Vec<(Status, Share)>,
    /// From healthy to critical: accounts with enough data that are neither being set up nor churned.
    pub bands: Vec<(Band, Share)>,
    /// The mean of their scores, in hundredths; none of none.
    pub mean_health: Option<i64>,
    /// Accounts in no band, and why.
    pub left_out: LeftOut,
    /// The last day of the renewals.
    pub renewals_by: NaiveDate,
    /// Accounts not churned whose contract ends by then, or has ended.
    pub renewals: Totals,
    /// Open alerts, the most urgent severity first.
    pub alerts: Vec<(Severity, u64)>,
    /// Recent engagements of each type that there were.
    pub engagements: Vec<(EngagementType, u64)>,
    /// Open goals: on track, at risk.
    pub goals: Vec<(GoalStatus, u64)>,
}

impl Dashboard {
    pub fn of(&self, status: Status) -> Share {
        self.statuses.iter().find(|(known, _)| *known == status).map(|(_, share)| *share).unwrap_or_default()
    }

    /// All accounts that pass.
    pub fn accounts(&self) -> u64 {
        self.statuses.iter().map(|(_, share)| share.accounts).sum()
    }

    /// The ARR of those that have not churned, in cents.
    pub fn arr(&self) -> i128 {
        self.statuses.iter().filter(|(status, _)| *status != Status::Churned).map(|(_, share)| share.arr).sum()
    }
}

/// What a dashboard shows of the accounts that pass, read in one transaction. What nobody wrote to since is remembered.
///
/// # Errors
/// Those of reading.
pub async fn dashboard(context: &Context, selection: &Selection) -> Result<Dashboard> {
    let mut tx = context.db.read().await?;
    // Alerts rest until a day, and renewals are due by one.
    let (today, currency) = (context.today(), &context.organization.currency);
    let key = format!("dashboard {today} {currency} {selection:?}");
    let work = async |tx: &mut Tx<'_>| standing(tx, context, selection).await;
    let mut found = remembered::remembered(&mut tx, context, key, |_| 2_000, work).await?;
    let met = met(&mut tx, context, selection).await?;
    found.engagements = of_each(EngagementType::ALL, EngagementType::as_str, &met);
    found.engagements.retain(|(_, count)| *count > 0);
    Ok(found)
}

/// Recent engagements by type. The window moves with every moment: what was counted within the hour is corrected by what has left it
/// and what has come into it since.
async fn met(tx: &mut Tx<'_>, context: &Context, selection: &Selection) -> Result<BTreeMap<String, i64>> {
    let (scope, now) = (context.scope(), context.clock.now());
    let since = now - TimeDelta::days(i64::from(ENGAGEMENT_DAYS));
    let hour = now.timestamp().div_euclid(3_600);
    let key = format!("engagements {hour} {selection:?}");
    let work = async |tx: &mut Tx<'_>| {
        let counts = counts::engagements(tx, &scope, selection, (since, now)).await?;
        Ok((now, counts.into_iter().collect::<BTreeMap<_, _>>()))
    };
    let (at, mut counts) = remembered::remembered(tx, context, key, |_| 1_000, work).await?;
    if at == now {
        return Ok(counts);
    }
    let tick = TimeDelta::microseconds(1);
    let began = at - TimeDelta::days(i64::from(ENGAGEMENT_DAYS));
    // Where the clock went back, what came is what leaves.
    let (sign, left, came) = match at < now {
        true => (1, (began, since - tick), (at + tick, now)),
        false => (-1, (since, began - tick), (now + tick, at)),
    };
    for (span, sign) in [(left, -sign), (came, sign)] {
        for (kind, count) in counts::engagements(tx, &scope, selection, span).await? {
            *counts.entry(kind).or_insert(0) += sign * count;
        }
    }
    Ok(counts)
}

/// All but the engagements.
async fn standing(tx: &mut Tx<'_>, context: &Context, selection: &Selection) -> Result<Dashboard> {
    let (scope, today) = (context.scope(), context.today());
    let renewals_by = today.checked_add_days(Days::new(u64::from(RENEWAL_DAYS))).unwrap_or(NaiveDate::MAX);
    let due = selection.clone().with(&ACCOUNT, RENEWS, [Value::Date(renewals_by)])?;
    let mut open = in_state(AlertState::Open, today)?;
    // Alerts without an account are counted only where no filter is given.
    if !selection.is_empty() {
        open = Selection { archived: selection.archived, ..open.and(Condition::Accounts(Box::new(selection.clone()))) };
    }
    let day = snapshots::last_day(tx, &scope, None).await?;
    let groups = counts::accounts(tx, &scope, selection).await?;
    let renewals = remembered::totals(tx, context, &due).await?;
    let alerts = alert_records::counts(tx, &scope, &open, today).await?;
    let goals: BTreeMap<String, i64> = counts::goals(tx, &scope, selection).await?.into_iter().collect();
    let mut found = Dashboard {
        day,
        currency: context.organization.currency.clone(),
        statuses: Status::ALL.iter().map(|status| (*status, Share::default())).collect(),
        bands: Band::SCORED.map(|band| (band, Share::default())).to_vec(),
        mean_health: None,
        left_out: LeftOut::default(),
        renewals_by,
        renewals,
        alerts: [Severity::Critical, Severity::Warning, Severity::Info].map(|severity| (severity, 0)).into(),
        engagements: Vec::new(),
        goals: of_each(&[GoalStatus::OnTrack, GoalStatus::AtRisk], GoalStatus::as_str, &goals),
    };
    for (_, severity, number) in alerts {
        if let Some((_, sum)) = found.alerts.iter_mut().find(|(known, _)| known.as_str() == severity) {
            *sum += count(number);
        }
    }
    found.add(&groups);
    Ok(found)
}

impl Dashboard {
    fn add(&mut self, groups: &[counts::AccountGroup]) {
        let (mut sum, mut judged) = (0_i128, 0_i128);
        for group in groups {
            if let Some((_, share)) = self.statuses.iter_mut().find(|(known, _)| known.as_str() == group.status) {
                share.add(group.accounts, group.arr);
            }
            let band = group.band.as_deref().filter(|_| group.status != Status::Churned.as_str());
            match self.bands.iter_mut().find(|(known, _)| Some(known.as_str()) == band) {
                Some((_, share)) => {
                    share.add(group.accounts, group.arr);
                    sum += i128::from(group.health);
                    judged += i128::from(group.accounts);
                }
                None => *self.place(group) += count(group.accounts),
            }
        }
        self.mean_health = half_to_even(sum * 100, judged);
    }

    /// Why a group is in no band.
    fn place(&mut self, group: &counts::AccountGroup) -> &mut u64 {
        let left_out = &mut self.left_out;
        match group.band.as_deref() {
            _ if group.status == Status::Churned.as_str() => &mut left_out.churned,
            Some(band) if band == Band::InsufficientData.as_str() => &mut left_out.insufficient_data,
            Some(band) if band == Band::Onboarding.as_str() => &mut left_out.onboarding,
            _ => &mut left_out.not_scored,
        }
    }
}

fn of_each<T: Copy>(all: &[T], text: fn(T) -> &'static str, counts: &BTreeMap<String, i64>) -> Vec<(T, u64)> {
    all.iter().map(|one| (*one, counts.get(text(*one)).map_or(0, |number| count(*number)))).collect()
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
