//! What one goal looks like beyond its fields: how far it is, how far it should be, what is next and when it will be there.

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use super::milestones;
use crate::error::Result;
use crate::goals::{self, Projection, next_milestone};
use crate::model::entry::Entry;
use crate::model::goal::GOAL;
use crate::model::{Milestone, TimeZone};
use crate::ops::{Context, entries};
use crate::store::{self, Tx};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// 0 to 10,000 basis points; none without a target.
    pub progress_share: Option<u16>,
    /// The same of a straight line; none without a target and a target date.
    pub expected_share: Option<u16>,
    pub next_milestone: Option<Milestone>,
    pub projection: Option<Projection>,
}

impl Outlook {
    /// As JSON: an object, or null.
    pub fn projection_json(&self) -> Json {
        self.projection.map_or(Json::Null, |projection| {
            json!({
                "finish": projection.finish.to_string(),
                "earliest": projection.earliest.map(|day| day.to_string()),
                "latest": projection.latest.map(|day| day.to_string()),
                "certainty": projection.certainty.as_str(),
                "points": projection.points,
            })
        })
    }
}

/// How far a goal is on the way from its start to its target, in basis points; none without a target.
pub fn share(goal: &Entry) -> Option<u16> {
    let (start, current) = (goal.integer("start_value")?, goal.integer("current_value")?);
    Some(goals::progress_share(start, current, goal.integer("target_value")?))
}

/// A goal by its name, and how it looks today.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`.
pub async fn outlook(context: &Context, name: &str) -> Result<(Entry, Outlook)> {
    let mut tx = context.db.read().await?;
    let goal = entries::find(&mut tx, context, &GOAL, name).await?;
    let today = context.today();
    let begun = goal.integer("start_value").zip(goal.date("started_on"));
    let target = goal.integer("target_value");
    let projection = match (begun, target) {
        (Some((start, started_on)), Some(target)) => {
            let points = points(&mut tx, context, &goal).await?;
            goals::project(&points, start, started_on, target, today)
        }
        _ => None,
    };
    let expected_share = match (begun, target, goal.date("target_date")) {
        (Some((_, started_on)), Some(_), Some(target_date)) => {
            Some(goals::expected_share(started_on, target_date, today))
        }
        _ => None,
    };
    let list = milestones(goal.text("milestones").unwrap_or_default())?;
    let outlook = Outlook {
        progress_share: share(&goal),
        expected_share,
        next_milestone: next_milestone(&list).cloned(),
        projection,
    };
    Ok((goal, outlook))
}

/// The recorded values, oldest first: the value that the goal was made with, where it is not the start, and each that came
/// after.
pub(super) async fn points(tx: &mut Tx<'_>, context: &Context, goal: &Entry) -> Result<Vec<(NaiveDate, i64)>> {
    let scope = context.scope();
    let recorded = store::goals::recorded(tx, &scope, goal.id()).await?;
    let mut points: Vec<(NaiveDate, i64)> = Vec::new();
    let made = store::goals::made(tx, &scope, goal.id()).await?;
    if let Some((at, first)) = made
        && Some(first) != goal.integer("start_value")
    {
        let day =
            TimeZone::parse(&context.organization.time_zone).map_or_else(|_| at.date_naive(), |zone| zone.day(at));
        points.push((day, first));
    }
    points.extend(recorded);
    // Of one day the last recorded counts, and the sort keeps their order.
    points.sort_by_key(|(day, _)| *day);
    Ok(points)
}
