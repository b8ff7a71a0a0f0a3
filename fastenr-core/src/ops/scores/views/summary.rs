//! The whole book on the day of the latest run.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures_util::stream::TryStreamExt;
use serde::Serialize;

use super::super::models;
use super::tally::Tally;
use super::{LeftOutReason, judged, run_before};
use crate::error::Result;
use crate::model::picklist::picklist;
use crate::model::selection::Selection;
use crate::model::{Band, ChurnBand, Size, Status};
use crate::ops::{Context, remembered};
use crate::score::Component;
use crate::score::model::Bands;
use crate::store::Tx;
use crate::store::scores::views::{self, Line};
use crate::store::scores::{book, snapshots};

picklist! {
    /// Grouping of a summary.
    By, "by", "a grouping" {
        Industry = "industry",
        Size = "size",
        Owner = "owner",
    }
}

/// Accounts left out of distributions and averages, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// Accounts with insufficient data.
    pub insufficient_data: u64,
    pub onboarding: u64,
    /// Accounts without a snapshot of the day.
    pub not_scored: u64,
    pub churned: u64,
}

impl LeftOut {
    pub(super) fn add(&mut self, why: LeftOutReason) {
        *match why {
            LeftOutReason::InsufficientData => &mut self.insufficient_data,
            LeftOutReason::Onboarding => &mut self.onboarding,
            LeftOutReason::NotScored => &mut self.not_scored,
            LeftOutReason::Churned => &mut self.churned,
        } += 1;
    }

    pub const fn all(self) -> u64 {
        self.insufficient_data + self.onboarding + self.not_scored + self.churned
    }
}

/// Accounts of a band, and their ARR in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandLine {
    pub band: Band,
    pub accounts: u64,
    pub arr: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChurnLine {
    pub band: ChurnBand,
    pub accounts: u64,
    pub arr: i128,
}

/// Accounts with something in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupLine {
    /// None: those that have no size, no industry, no owner.
    pub name: Option<String>,
    /// All that pass the filter.
    pub accounts: u64,
    /// In cents, of all of them; of churned ones only where the filter asks for them.
    pub arr: i128,
    /// Of those that are judged.
    pub health: Tally,
    pub churn: Tally,
    /// Of status at_risk.
    pub at_risk_accounts: u64,
    pub at_risk_arr: i128,
}

/// The averages some time ago, with the ARR that accounts have today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    pub days: u32,
    /// The last run at least so long ago; none: there is none.
    pub day: Option<NaiveDate>,
    pub health: Tally,
    pub churn: Tally,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The day of the latest run; none: there was none.
    pub day: Option<NaiveDate>,
    pub currency: String,
    /// Mean coverage of health over the whole book in basis points, onboarding accounts aside; none: the day's run did not count it.
    pub mean_coverage: Option<i64>,
    /// What most accounts of insufficient data have nothing of.
    pub most_missing: Option<Component>,
    pub by: Option<By>,
    /// The edges of the bands, by the first of the models in use. Others of them may have edges of their own.
    pub edges: Bands,
    /// From healthy to critical; together they are those of [`GroupLine::health`] of the total.
    pub bands: Vec<BandLine>,
    /// From low to severe; those whose risk is known well enough.
    pub churn_bands: Vec<ChurnLine>,
    /// Accounts with enough data for health and too little for a churn risk.
    pub churn_insufficient: u64,
    /// Those in the bands whose score a person set.
    pub adjusted: u64,
    pub left_out: LeftOut,
    pub total: GroupLine,
    /// Sizes from small to large, others by their names, what has none at the end.
    pub groups: Vec<GroupLine>,
    /// 30 and 90 days ago.
    pub trend: Vec<Trend>,
}

/// Adds up the accounts that pass the filter, with the snapshots of the latest run, one after the other: memory does not grow
/// with their number.
///
/// ARR at risk is that of the accounts with status at_risk, judged or not.
pub async fn summary(context: &Context, selection: &Selection, by: Option<By>) -> Result<Summary> {
    let mut tx = context.db.read().await?;
    let key = format!("health {by:?} {} {selection:?}", context.organization.currency);
    // Each line has two tallies.
    let bytes = |summary: &Summary| (summary.groups.len() + summary.trend.len() + 2) * 2 * size_of::<Tally>();
    let work = async |tx: &mut Tx<'_>| summed(tx, context, selection, by).await;
    remembered::remembered(&mut tx, context, key, bytes, work).await
}

async fn summed(tx: &mut Tx<'_>, context: &Context, selection: &Selection, by: Option<By>) -> Result<Summary> {
    let scope = context.scope();
    let edges = models::active(tx, &scope).await?.first().bands;
    let day = snapshots::last_day(tx, &scope, None).await?;
    let mut trend = Vec::new();
    for days in [30, 90] {
        let ago = match day {
            Some(day) => run_before(tx, &scope, day, days).await?,
            None => None,
        };
        trend.push(Trend { days, day: ago, health: Tally::default(), churn: Tally::default() });
    }
    let (mut mean_coverage, mut most_missing) = (None, None);
    if let Some(day) = day {
        mean_coverage = book::of_day(tx, &scope, day).await?.and_then(|book| book.health_known);
        let missing = Component::ALL.iter().zip(views::missing(tx, &scope, day).await?);
        // Of equal ones the first, which weighs most.
        let most = missing.rev().max_by_key(|(_, accounts)| *accounts).filter(|(_, accounts)| *accounts > 0);
        most_missing = most.map(|(component, _)| *component);
    }
    let mut days = [day, None, None];
    days.iter_mut().skip(1).zip(&trend).for_each(|(place, ago)| *place = ago.day);
    let mut bands: Vec<BandLine> = Band::SCORED.map(|band| BandLine { band, accounts: 0, arr: 0 }).to_vec();
    let churn = ChurnBand::ALL.iter().filter(|band| **band != ChurnBand::InsufficientData);
    let mut churn_bands: Vec<ChurnLine> = churn.map(|band| ChurnLine { band: *band, accounts: 0, arr: 0 }).collect();
    let (mut left_out, mut churn_insufficient, mut adjusted) = (LeftOut::default(), 0, 0);
    let (mut total, churned) = (GroupLine::default(), selection.wants_churned());
    let mut groups: BTreeMap<(usize, Option<String>), GroupLine> = BTreeMap::new();
    let mut lines = views::lines(tx, &scope, selection, days)?;
    while let Some(line) = lines.try_next().await? {
        total.add(&line, churned);
        if let Some(by) = by {
            let key = group(&line, by);
            let name = key.1.clone();
            groups.entry(key).or_insert_with(|| GroupLine { name, ..GroupLine::default() }).add(&line, churned);
        }
        for (slot, ago) in (1..).zip(&mut trend) {
            if let Ok(then) = judged(&line, slot) {
                ago.health.add(then.health, line.arr);
                if then.churn_band != ChurnBand::InsufficientData.as_str() {
                    ago.churn.add(then.churn, line.arr);
                }
            }
        }
        let now = match judged(&line, 0) {
            Ok(now) => now,
            Err(why) => {
                left_out.add(why);
                continue;
            }
        };
        adjusted += u64::from(line.adjusted);
        let arr = i128::from(line.arr.unwrap_or(0));
        if let Some(band) = bands.iter_mut().find(|known| known.band.as_str() == now.band) {
            band.accounts += 1;
            band.arr += arr;
        }
        match churn_bands.iter_mut().find(|known| known.band.as_str() == now.churn_band) {
            Some(band) => {
                band.accounts += 1;
                band.arr += arr;
            }
            None => churn_insufficient += 1,
        }
    }
    let currency = context.organization.currency.clone();
    let groups = groups.into_values().collect();
    Ok(Summary {
        day,
        currency,
        mean_coverage,
        most_missing,
        by,
        edges,
        bands,
        churn_bands,
        churn_insufficient,
        adjusted,
        left_out,
        total,
        groups,
        trend,
    })
}

impl GroupLine {
    /// `churned`: whether the ARR of churned accounts counts.
    fn add(&mut self, line: &Line, churned: bool) {
        let arr = i128::from(line.arr.unwrap_or(0));
        self.accounts += 1;
        if churned || line.status != Status::Churned.as_str() {
            self.arr += arr;
        }
        if line.status == Status::AtRisk.as_str() {
            self.at_risk_accounts += 1;
            self.at_risk_arr += arr;
        }
        if let Ok(now) = judged(line, 0) {
            self.health.add(now.health, line.arr);
            if now.churn_band != ChurnBand::InsufficientData.as_str() {
                self.churn.add(now.churn, line.arr);
            }
        }
    }
}

/// Its place before its name: sizes have an order of their own, and no name comes last.
fn group(line: &Line, by: By) -> (usize, Option<String>) {
    let name = match by {
        By::Size => line.size.clone(),
        By::Industry => line.industry.clone(),
        By::Owner => line.owner.clone(),
    };
    let place = match (&name, by) {
        (None, _) => usize::MAX,
        (Some(name), By::Size) => Size::TEXTS.iter().position(|text| text == name).unwrap_or(Size::TEXTS.len()),
        _ => 0,
    };
    (place, name)
}
