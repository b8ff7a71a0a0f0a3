//! The ARR of a period and what moved it, of the accounts that are stored. The definitions are in [`crate::arr`].

use chrono::NaiveDate;
use futures_util::stream::TryStreamExt;
use uuid::Uuid;

use super::{Context, period, remembered};
use crate::arr::{ArrChange, ChangeKind, Facts, Figures, Part, Period, Step, Summary};
use crate::error::{Error, Invalid, Kind, Result};
use crate::model::arr_change::{ArrChangeKind, GroupBy};
use crate::model::selection::Selection;
use crate::model::when::Sense;
use crate::model::{Size, Status, TimeZone, day};
use crate::store::arr::ArrLine;
use crate::store::{self, StoreResult, Tx};

impl GroupBy {
    /// The length of its periods; none where it groups accounts.
    pub const fn step(self) -> Option<Step> {
        match self {
            Self::Month => Some(Step::Month),
            Self::Quarter => Some(Step::Quarter),
            Self::Year => Some(Step::Year),
            Self::Size | Self::Industry | Self::Owner => None,
        }
    }
}

/// Some accounts in some period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrGroup {
    /// What its accounts have in common, or the period's name; none: what has no size, no industry, no owner.
    pub name: Option<String>,
    pub period: Period,
    pub figures: Figures,
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrReport {
    pub period: Period,
    pub by: Option<GroupBy>,
    pub currency: String,
    /// Sizes from small to large, others by their names, what has none at the end; periods in order.
    pub groups: Vec<ArrGroup>,
    /// Of all accounts, over the whole period.
    pub total: Figures,
}

/// Adds the accounts up that pass the filter, one after the other: memory does not grow with their number.
///
/// Accounts that were merged into another are left out.
///
/// # Errors
/// `period` where it has too many parts, `arr_sum`, `corrupt`.
pub async fn summary(
    context: &Context,
    selection: &Selection,
    period: Period,
    by: Option<GroupBy>,
) -> Result<ArrReport> {
    let parts = match by.and_then(GroupBy::step) {
        Some(step) => period.parts(step).map_err(|invalid| Error::invalid(invalid.code, invalid.rule.into_owned()))?,
        None => Vec::new(),
    };
    let mut tx = context.db.read().await?;
    let of = (&context.organization.time_zone, &context.organization.currency);
    let key = format!("arr {period:?} {by:?} {of:?} {selection:?}");
    let bytes = |report: &ArrReport| (report.groups.len() + 2) * 2 * size_of::<ArrGroup>();
    let work = async |tx: &mut Tx<'_>| summed(tx, context, selection, period, (by, parts)).await;
    remembered::remembered(&mut tx, context, key, bytes, work).await
}

async fn summed(
    tx: &mut Tx<'_>,
    context: &Context,
    selection: &Selection,
    period: Period,
    (by, parts): (Option<GroupBy>, Vec<Part>),
) -> Result<ArrReport> {
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let mut whole = Summary::new(period);
    let mut each: Vec<Summary<()>> = parts.iter().map(|(_, part)| Summary::new(*part)).collect();
    let mut add = |group: Group, facts: &Facts| {
        each.iter_mut().for_each(|part| part.add((), facts));
        whole.add(group, facts);
    };
    let mut lines = store::arr::lines(tx, &context.scope(), selection)?;
    let mut current: Option<(Uuid, Group, Facts)> = None;
    while let Some(line) = lines.try_next().await? {
        if current.as_ref().is_none_or(|(account, ..)| *account != line.account) {
            if let Some((_, group, facts)) = current.take() {
                add(group, &facts);
            }
            current = Some((line.account, group(&line, by), facts(&line, zone)));
        }
        if let (Some((_, _, facts)), Some(change)) = (&mut current, change(&line)?) {
            facts.changes.push(change);
        }
    }
    if let Some((_, group, facts)) = current {
        add(group, &facts);
    }
    let whole = whole.finish()?;
    let groups = if parts.is_empty() {
        let groups = whole.groups.into_iter().filter(|_| by.is_some());
        groups.map(|((_, name), figures)| ArrGroup { name, period, figures }).collect()
    } else {
        let named = parts
            .into_iter()
            .zip(each)
            .map(|((name, part), sums)| Ok(ArrGroup { name: Some(name), period: part, figures: sums.finish()?.total }));
        named.collect::<Result<_>>()?
    };
    Ok(ArrReport { period, by, currency: context.organization.currency.clone(), groups, total: whole.total })
}

/// Its place before its name: sizes have an order of their own, and no name comes last.
type Group = (usize, Option<String>);

fn group(line: &ArrLine, by: Option<GroupBy>) -> Group {
    let name = match by {
        Some(GroupBy::Size) => line.size.clone(),
        Some(GroupBy::Industry) => line.industry.clone(),
        Some(GroupBy::Owner) => line.owner.clone(),
        _ => None,
    };
    let size = || Size::TEXTS.iter().position(|text| Some(*text) == name.as_deref());
    let place = match (by, &name) {
        (_, None) => usize::MAX,
        (Some(GroupBy::Size), _) => size().unwrap_or(Size::TEXTS.len()),
        _ => 0,
    };
    (place, name)
}

fn facts(line: &ArrLine, zone: TimeZone) -> Facts {
    Facts {
        created_on: zone.day(line.created_at),
        contract_start: line.contract_start,
        arr: line.arr,
        churned: line.status == Status::Churned.as_str(),
        churned_on: line.churned_on,
        changes: Vec::new(),
    }
}

fn change(line: &ArrLine) -> StoreResult<Option<ArrChange>> {
    let Some(effective_on) = line.effective_on else { return Ok(None) };
    let correction = line.kind.as_deref() == Some(ArrChangeKind::Correction.as_str());
    Ok(Some(ArrChange {
        effective_on,
        kind: if correction { ChangeKind::Correction } else { ChangeKind::Change },
        old: cents(line.old_value.as_deref())?,
        new: cents(line.new_value.as_deref())?,
    }))
}

fn cents(text: Option<&str>) -> StoreResult<Option<i64>> {
    let corrupt = |text: &str| {
        let message = format!("account_changes holds {text:?} as an ARR in cents");
        Error::new(Kind::Storage, "corrupt", message)
    };
    text.map(|text| text.parse().map_err(|_| corrupt(text))).transpose()
}

/// The period that somebody asks for: by its name, by its ends, or neither, which is this year until today. An end that is
/// not said is the first of January of the year of the other, or today.
///
/// # Errors
/// `period`.
pub fn period(context: &Context, name: Option<&str>, from: Option<&str>, to: Option<&str>) -> Result<Period> {
    let today = context.today();
    let of = |invalid: Invalid| Error::invalid(invalid.code, invalid.rule.into_owned());
    match (name, end(context, "from", from)?, end(context, "to", to)?) {
        (Some(name), None, None) => Period::parse(name, today).map_err(|invalid| invalid.of("period", name)),
        (Some(_), ..) => Err(Error::invalid("period", "a period has either a name or ends, not both")),
        (None, None, to) => Period::year_to(to.unwrap_or(today)).map_err(of),
        (None, Some(from), to) => Period::new(from, to.unwrap_or(today)).map_err(of),
    }
}

fn end(context: &Context, name: &str, text: Option<&str>) -> Result<Option<NaiveDate>> {
    let Some(text) = text else { return Ok(None) };
    let rule = || Invalid::new("date", "a day is written YYYY-MM-DD");
    let read = period::typed_day(context, text, Sense::Back).unwrap_or_else(|| day::day(text).ok_or_else(rule));
    read.map(Some).map_err(|invalid| invalid.of(name, text))
}
