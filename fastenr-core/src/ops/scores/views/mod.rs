//! Scores as people look at them: of one account, of the whole book, from one day to another; and a person's word against them.

mod adjust;
pub mod cause;
mod movers;
mod record;
mod show;
mod summary;
pub mod tally;

use chrono::{Days, NaiveDate};

pub(in crate::ops) use adjust::CheckedAdjustment;
pub use adjust::{Adjustment, AdjustmentOutcome, USUAL_DAYS, adjust, clear_adjustment, update_and_adjust};
pub use movers::{Mover, Movers, Since, movers};
pub use record::{RecordingOutcome, record_and_adjust};
pub use show::{EarlierScore, Share, ShownScores, history, show};
pub use summary::{BandLine, By, ChurnLine, GroupLine, LeftOut, Summary, Trend, summary};

use crate::error::Result;
use crate::model::{Band, Status};
use crate::store::scores::snapshots;
use crate::store::scores::views::{DayScore, Line};
use crate::store::{Scope, Tx};

/// Why an account is in no average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOutReason {
    InsufficientData,
    Onboarding,
    NotScored,
    Churned,
}

/// The day's scores of an account, where they are to be compared with others'.
fn judged(line: &Line, slot: usize) -> std::result::Result<&DayScore, LeftOutReason> {
    let churned = line.status == Status::Churned.as_str();
    match line.days.get(slot).and_then(Option::as_ref) {
        // The last score of a customer who has left judges nobody; on an earlier day it was one of the book.
        day if churned && (slot == 0 || day.is_none()) => Err(LeftOutReason::Churned),
        None => Err(LeftOutReason::NotScored),
        Some(day) if day.band == Band::InsufficientData.as_str() => Err(LeftOutReason::InsufficientData),
        Some(day) if day.band == Band::Onboarding.as_str() => Err(LeftOutReason::Onboarding),
        Some(day) => Ok(day),
    }
}

/// The last run that is at least so many days before `day`.
async fn run_before(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate, days: u32) -> Result<Option<NaiveDate>> {
    let before = back(day, u64::from(days)).succ_opt();
    snapshots::last_day(tx, scope, before).await
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}
