//! What came of many goals, by a property of theirs or of their accounts.

use std::str::FromStr;

use futures_util::TryStreamExt;

use crate::error::{Error, Invalid, Result};
use crate::goals::{self, Report, ReportedGoal};
use crate::model::GoalStatus;
use crate::model::goal::GOAL;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;
use crate::ops::{Context, nearest, users};
use crate::store;

/// What goals are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    #[default]
    MetricType,
    /// The size of the account.
    Size,
    /// The industry of the account.
    Industry,
    /// The owner of the account.
    Owner,
}

impl GroupBy {
    pub const ALL: [Self; 4] = [Self::MetricType, Self::Size, Self::Industry, Self::Owner];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MetricType => "metric_type",
            Self::Size => "size",
            Self::Industry => "industry",
            Self::Owner => "owner",
        }
    }

    const fn column(self) -> (&'static str, Storage) {
        match self {
            Self::MetricType => ("a.metric_type", Storage::Text),
            Self::Size => ("acc.size", Storage::Text),
            Self::Industry => ("acc.industry", Storage::Text),
            Self::Owner => ("acc.owner_id", Storage::Id),
        }
    }
}

impl FromStr for GroupBy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let names = Self::ALL.map(Self::as_str);
        let typed = text.trim().to_ascii_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|by| by.as_str() == typed).ok_or_else(|| {
            let near = nearest(&typed, names, 1);
            let hint = near.first().map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            Invalid::new("by", format!("goals are grouped by one of {}{hint}", names.join(", ")))
        })
    }
}

/// Counts the goals that pass the filter. A group is called by its text, an owner by the e-mail address; `None` are those
/// whose account has none.
///
/// # Errors
/// Those of reading.
pub async fn report(context: &Context, selection: &Selection, by: GroupBy) -> Result<Report<Option<String>>> {
    let owners = match by {
        GroupBy::Owner => users::list(context).await?,
        _ => Vec::new(),
    };
    let mut tx = context.db.read().await?;
    let columns = [
        by.column(),
        ("a.status", Storage::Text),
        ("a.started_on", Storage::Date),
        ("a.completion_date", Storage::Date),
    ];
    let mut rows = store::entries::facts(&mut tx, &context.scope(), &GOAL, selection, &columns)?;
    let mut goals = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let mut row = row.into_iter();
        let mut next = || row.next().unwrap_or_default();
        let group = match next() {
            Value::Id(id) => owners.iter().find(|user| user.id == id).map(|user| user.email.clone()),
            Value::Text(text) => Some(text),
            _ => None,
        };
        let status = match next() {
            Value::Text(text) => GoalStatus::parse(&text),
            _ => Err(Invalid::new("goal_status", "a goal has a status")),
        };
        let status = status.map_err(|invalid| Error::invalid(invalid.code, invalid.rule.into_owned()))?;
        let (Value::Date(started_on), completion) = (next(), next()) else { continue };
        let completion_date = if let Value::Date(day) = completion { Some(day) } else { None };
        goals.push(ReportedGoal { group, status, started_on, completion_date });
    }
    Ok(goals::report(goals))
}
