//! A health score that a person sets over the model's, until a day.

use chrono::{Days, Months, NaiveDate};

use crate::error::{Error, Kind, Result};
use crate::model::account::{ACCOUNT, Account};
use crate::model::arr_change::ArrChangeKind;
use crate::model::operation::Ledger;
use crate::model::{Score, Status, Title};
use crate::ops::records::{Subject, Write, record_operation};
use crate::ops::scores::{Outcome, Request, recompute};
use crate::ops::{Change, Context, Written, accounts};
use crate::say;
use crate::store::records::Stamp;
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
pub struct AdjustmentOutcome {
    /// The account as it stands after it.
    pub written: Written<Account>,
    /// The account scored anew; none in a dry run, where nothing changed, or while another run is at work: the next one
    /// takes it up.
    pub outcome: Option<Outcome>,
}

/// Days that an adjustment holds for which nothing is said.
pub const USUAL_DAYS: u64 = 90;

impl Adjustment {
    /// One that ends when nothing is said: after [`USUAL_DAYS`].
    pub fn usual_end(today: NaiveDate) -> NaiveDate {
        today.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(today)
    }

    /// # Errors
    /// `score`, `required`, `until`.
    pub(in crate::ops) fn checked(&self, context: &Context) -> Result<CheckedAdjustment> {
        let today = context.today();
        let score = self.score.to_string();
        Score::parse(&score).map_err(|invalid| invalid.of("score", &score))?;
        let reason = Title::parse(&self.reason).map_err(|invalid| invalid.of("reason", &self.reason))?.into_string();
        let last = today.checked_add_months(Months::new(12)).unwrap_or(NaiveDate::MAX);
        if self.until <= today || self.until > last {
            return Err(Error::invalid("until", format!("an adjustment ends after today, {today}, and within a year"))
                .hint(format!("name a day up to {last}; when it is over, adjust again if it still holds"))
                .field("until"));
        }
        Ok(CheckedAdjustment { score: self.score, reason, until: self.until, today })
    }
}

/// An adjustment that keeps the rules.
#[derive(Debug)]
pub(in crate::ops) struct CheckedAdjustment {
    score: i64,
    reason: String,
    until: NaiveDate,
    /// The first day it holds.
    today: NaiveDate,
}

impl CheckedAdjustment {
    /// Writes it, as part of an operation that is at work or as one of its own; none where it is what holds already.
    ///
    /// # Errors
    /// `frozen`.
    pub(in crate::ops) async fn write(
        &self,
        tx: &mut Tx<'_>,
        context: &Context,
        account: &Account,
        stamp: Option<Stamp>,
    ) -> Result<Option<(Stamp, Vec<Change>)>> {
        let Self { score, ref reason, until, today } = *self;
        if account.status == Status::Churned || account.archived_at.is_some() {
            let (why, way) = match account.archived_at {
                Some(_) => ("is archived", accounts::restore_first(account.id)),
                None => ("has churned", say!("change its status before it is adjusted")),
            };
            return Err(
                Error::refused("frozen", format!("{} {why}: it is not scored any more", account.name)).hint(way)
            );
        }
        let old = standing(tx, context, account, today).await?;
        let same = |old: &AdjustmentRow| old.score == score && old.reason == *reason && old.until_date == until;
        if old.as_ref().is_some_and(same) {
            return Ok(None);
        }
        let stamp = match stamp {
            Some(stamp) => stamp,
            None => {
                let parameters = serde_json::json!({
                    "account": account.id, "score": score, "reason": reason, "until": until.to_string(),
                });
                let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
                record_operation(tx, context, ADJUST, ledger, parameters.to_string()).await?
            }
        };
        let id = context.ids.next();
        let new = NewAdjustment { id, account: account.id, score, reason: reason.clone(), from: today, until };
        views::adjust(tx, &context.scope(), &new, stamp).await?;
        Ok(Some((stamp, changes(old.as_ref(), Some((score, reason, until))))))
    }

    /// Writes it and ends the transaction.
    pub(in crate::ops) async fn write_alone(
        &self,
        mut tx: Tx<'_>,
        context: &Context,
        account: Account,
        dry_run: bool,
    ) -> Result<Written<Account>> {
        let Some((stamp, changes)) = self.write(&mut tx, context, &account, None).await? else {
            return Ok(Written { record: account, operation: None, changes: Vec::new() });
        };
        let write = Write { context, stamp, kind: ADJUST, subject: subject(&account), changes, dry_run };
        write.finish(tx, account).await
    }
}

/// The kind of the operation.
const ADJUST: &str = "accounts.adjust";

/// Sets an account's health score until a day. An earlier adjustment gives way to it; the account is scored anew at once.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `read_only_user`; `score`, `required`, `until`; `frozen` for an account that churned or
/// is archived.
pub async fn adjust(
    context: &Context,
    account: &str,
    adjustment: &Adjustment,
    dry_run: bool,
) -> Result<AdjustmentOutcome> {
    context.may_write()?;
    let adjustment = adjustment.checked(context)?;
    let mut tx = context.write(Lock::Shared).await?;
    let account = accounts::find(&mut tx, context, account).await?;
    scored(context, adjustment.write_alone(tx, context, account, dry_run).await?).await
}

/// Changes fields of an account and sets its health score until a day, in one operation.
///
/// # Errors
/// As [`adjust`] and [`accounts::update`].
pub async fn update_and_adjust(
    context: &Context,
    account: &str,
    given: &[(String, Option<String>)],
    adjustment: &Adjustment,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<AdjustmentOutcome> {
    context.may_write()?;
    let adjustment = adjustment.checked(context)?;
    let how = (ArrChangeKind::Change, Some(&adjustment));
    scored(context, accounts::update_with(context, account, given, expected, how, dry_run).await?).await
}

/// Ends the adjustment that holds today: the model's score is back at once. Days past keep what they had.
///
/// # Errors
/// `unknown_account`, `ambiguous_account`, `read_only_user`.
pub async fn clear_adjustment(context: &Context, account: &str, dry_run: bool) -> Result<AdjustmentOutcome> {
    context.may_write()?;
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.write(Lock::Shared).await?;
    let account = accounts::find(&mut tx, context, account).await?;
    let Some(old) = standing(&mut tx, context, &account, today).await? else {
        return Ok(AdjustmentOutcome {
            written: Written { record: account, operation: None, changes: Vec::new() },
            outcome: None,
        });
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
    scored(context, write.finish(tx, account).await?).await
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
pub(super) async fn scored(context: &Context, mut written: Written<Account>) -> Result<AdjustmentOutcome> {
    if written.operation.is_none() {
        return Ok(AdjustmentOutcome { written, outcome: None });
    }
    let request = Request { accounts: vec![written.record.id], ..Request::default() };
    let outcome = match recompute(context, &request, &mut |_| {}).await {
        Ok(outcome) => Some(outcome),
        // It is written; the run that is at work or the next one takes it up.
        Err(error) if error.kind == Kind::Busy => None,
        Err(error) => return Err(error),
    };
    written.record = accounts::get(context, &written.record.id.to_string()).await?;
    Ok(AdjustmentOutcome { written, outcome })
}
