//! A health score that a person sets over the model's, until a day.

use chrono::{Months, NaiveDate};

use crate::error::{Error, Kind, Result};
use crate::model::account::{ACCOUNT, Account};
use crate::model::operation::Ledger;
use crate::model::{Score, Status, Title};
use crate::ops::records::{Subject, Write, record_operation};
use crate::ops::scores::{Outcome, Request, recompute};
use crate::ops::{Change, Context, Written, accounts};
use crate::store::scores::Range;
use crate::store::scores::touch::{self, AdjustmentRow};
use crate::store::scores::views::{self, NewAdjustment};
use crate::store::{Lock, Tx};

/// What a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// 0 to 100.
    pub score: i64,
    /// On one line, at most 255 characters.
    pub reason: String,
    /// The last day it holds: after today, within a year.
    pub until: NaiveDate,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// The account as it stands after it.
    pub written: Written<Account>,
    /// The account scored anew; none in a dry run, where nothing changed, or while another run is at work: the next one
    /// takes it up.
    pub outcome: Option<Outcome>,
}

/// Sets an account's health score until a day. An earlier adjustment gives way to it; the account is scored anew at once.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `read_only_user`; `score`, `required`, `until`; `frozen` for an account that churned or
/// is archived.
pub async fn adjust(context: &Context, account: &str, wish: &Adjustment, dry_run: bool) -> Result<Adjusted> {
    context.may_write()?;
    let today = context.today();
    let score = wish.score.to_string();
    Score::parse(&score).map_err(|invalid| invalid.of("score", &score))?;
    let reason = Title::parse(&wish.reason).map_err(|invalid| invalid.of("reason", &wish.reason))?.into_string();
    let last = today.checked_add_months(Months::new(12)).unwrap_or(NaiveDate::MAX);
    if wish.until <= today || wish.until > last {
        return Err(Error::invalid("until", format!("an adjustment ends after today, {today}, and within a year"))
            .hint(format!("name a day up to {last}; when it is over, adjust again if it still holds")));
    }
    let scope = context.scope();
    let mut tx = context.db.write(&scope, Lock::Shared).await?;
    let account = accounts::find(&mut tx, context, account).await?;
    if account.status == Status::Churned || account.archived_at.is_some() {
        let why = if account.archived_at.is_some() { "is archived" } else { "has churned" };
        return Err(Error::refused("frozen", format!("{} {why}: it is not scored any more", account.name))
            .hint("restore it, or change its status, before it is adjusted"));
    }
    let old = standing(&mut tx, context, &account, today).await?;
    let same = |old: &AdjustmentRow| old.score == wish.score && old.reason == reason && old.until_date == wish.until;
    if old.as_ref().is_some_and(same) {
        return Ok(unchanged(account));
    }
    let parameters = serde_json::json!({
        "account": account.id, "score": wish.score, "reason": reason, "until": wish.until.to_string(),
    });
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "accounts.adjust", ledger, parameters.to_string()).await?;
    let new = NewAdjustment {
        id: context.ids.next(),
        account: account.id,
        score: wish.score,
        reason: reason.clone(),
        from: today,
        until: wish.until,
    };
    views::adjust(&mut tx, &scope, &new, stamp).await?;
    let changes = changes(old.as_ref(), Some((wish.score, &reason, wish.until)));
    let write = Write { context, stamp, kind: "accounts.adjust", subject: subject(&account), changes, dry_run };
    done(context, write.finish(tx, account).await?).await
}

/// Ends the adjustment that holds today: the model's score is back at once. Days past keep what they had.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `read_only_user`.
pub async fn clear_adjustment(context: &Context, account: &str, dry_run: bool) -> Result<Adjusted> {
    context.may_write()?;
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.db.write(&scope, Lock::Shared).await?;
    let account = accounts::find(&mut tx, context, account).await?;
    let Some(old) = standing(&mut tx, context, &account, today).await? else {
        return Ok(unchanged(account));
    };
    let parameters = serde_json::json!({
        "account": account.id, "score": old.score, "reason": old.reason, "until": old.until_date.to_string(),
    });
    let ledger = Ledger { rows: 1, updated: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "accounts.clear-adjustment", ledger, parameters.to_string()).await?;
    views::end_adjustments(&mut tx, &scope, account.id, today, stamp.operation).await?;
    let changes = changes(Some(&old), None);
    let kind = "accounts.clear-adjustment";
    let write = Write { context, stamp, kind, subject: subject(&account), changes, dry_run };
    done(context, write.finish(tx, account).await?).await
}

const fn unchanged(account: Account) -> Adjusted {
    Adjusted { written: Written { record: account, operation: None, changes: Vec::new() }, outcome: None }
}

/// The one that counts on a day.
async fn standing(
    tx: &mut Tx<'_>,
    context: &Context,
    account: &Account,
    day: NaiveDate,
) -> Result<Option<AdjustmentRow>> {
    let rows = touch::adjustments(tx, &context.scope(), Range::one(account.id), day).await?;
    Ok(rows.into_iter().next())
}

fn subject(account: &Account) -> Subject {
    Subject { noun: &ACCOUNT, record: account.id, account: Some(account.id), label: account.name.clone() }
}

fn changes(old: Option<&AdjustmentRow>, new: Option<(i64, &str, NaiveDate)>) -> Vec<Change> {
    let old = old.map(|row| [row.score.to_string(), row.reason.clone(), row.until_date.to_string()]);
    let new = new.map(|(score, reason, until)| [score.to_string(), reason.to_owned(), until.to_string()]);
    let names = ["adjusted_score", "adjusted_because", "adjusted_until"];
    let changes = names.into_iter().zip(old.unwrap_or_default()).zip(new.unwrap_or_default());
    let changes = changes.map(|((field, old), new)| Change { field, old, new });
    changes.filter(|change| change.old != change.new).collect()
}

/// Scores the account anew, so that it shows what was written.
async fn done(context: &Context, mut written: Written<Account>) -> Result<Adjusted> {
    if written.operation.is_none() {
        return Ok(Adjusted { written, outcome: None });
    }
    let request = Request { accounts: vec![written.record.id], ..Request::default() };
    let outcome = match recompute(context, &request, &mut |_| {}).await {
        Ok(outcome) => Some(outcome),
        // It is written; the run that is at work or the next one takes it up.
        Err(error) if error.kind == Kind::Busy => None,
        Err(error) => return Err(error),
    };
    written.record = accounts::get(context, &written.record.id.to_string()).await?;
    Ok(Adjusted { written, outcome })
}
