//! Goals that were achieved lately.

use chrono::NaiveDate;

use crate::error::Result;
use crate::model::GoalStatus;
use crate::model::entry::Entry;
use crate::model::filter::Page;
use crate::model::goal::GOAL;
use crate::model::noun::{Storage, Value};
use crate::model::selection::{Condition, Selection};
use crate::ops::{Context, lists, selection};

/// Goals of these accounts that were achieved on this day or later: the latest first, at most `most`; and how many there are.
///
/// # Errors
/// Those of reading.
pub async fn achieved_since(
    context: &Context,
    accounts: &Selection,
    since: NaiveDate,
    most: usize,
) -> Result<(Vec<Entry>, u64)> {
    let achieved = selection::selection(context, &GOAL, [("status", GoalStatus::Achieved.as_str())]).await?;
    let chosen = achieved
        .and(Condition::AtLeast("a.completion_date".into(), Storage::Date, Value::Date(since)))
        .and(Condition::Accounts(Box::new(accounts.clone())));
    let order = selection::order(&GOAL, "updated_at:desc").map_err(|invalid| invalid.of("sort", ""))?;
    let page = Page { number: 1, limit: Page::MOST };
    let mut found = lists::list::<Entry>(context, &GOAL, &chosen, order, page).await?;
    // The list has no order by the day of completion; those of a few days are few.
    found.rows.sort_by_key(|goal| std::cmp::Reverse(goal.date("completion_date")));
    found.rows.truncate(most);
    Ok((found.rows, found.total))
}
