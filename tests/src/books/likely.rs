//! A book with a model whose probability can be checked.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

/// Accounts of [`likely`], of which a quarter uses the product little.
pub const ACCOUNTS: u64 = 80;
/// The day of the scores by which the probability is checked on 2026-03-01: its window is December to February.
pub const SCORED_ON: &str = "2025-10-31";

/// Of all accounts a tenth is to churn; of those with a health of 0 a half, of those with 60 or more one in twenty.
pub const MODEL: &str = "name = \"Ours\"\n[probability]\nlead = 30\nhorizon = 90\nbase_rate = 10\ncurve = [[0, 50], [40, 30], [60, 10], [100, 6]]\n";

/// Accounts and their metrics as CSV files: 40 weeks of usage up to 2026-03-01, from `start` on. The first `churned` accounts churn within
/// the window.
pub fn likely(churned: u64, start: &str) -> (String, String) {
    let start: NaiveDate = start.parse().unwrap_or(NaiveDate::MIN);
    let first = NaiveDate::from_ymd_opt(2025, 5, 25).unwrap_or_default();
    let later = |days: u64| first.checked_add_days(Days::new(days)).unwrap_or(first);
    let mut accounts = "external_id,name,status,contract_start,churned_on,created_at\n".to_owned();
    let mut metrics = "account,metric_date,login_frequency,feature_adoption_score\n".to_owned();
    for n in 0..ACCOUNTS {
        // From 2025-12-01 to 2026-02-28, both included.
        let left = (n < churned).then(|| later(190 + n * 89 / churned.max(2).saturating_sub(1)));
        let (status, on) = match left {
            Some(on) => ("churned", on.to_string()),
            None => ("active", String::new()),
        };
        let _ = writeln!(accounts, "l{n},Customer {n},{status},{start},{on},{start}");
        let (logins, adoption) = if n % 4 == 0 { (1, 10 + n % 7) } else { (8 + n % 3, 80) };
        for on in (0..40).map(|week| later(week * 7)).filter(|on| *on >= start) {
            if left.is_some_and(|left| left < on) {
                break;
            }
            let _ = writeln!(metrics, "l{n},{on},{logins},{adoption}");
        }
    }
    (accounts, metrics)
}
