//! A book whose past is enough to learn from.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

/// Accounts of [`churning`].
pub const ACCOUNTS: u64 = 201;

/// Accounts and their metrics as CSV files: 20 months of usage up to 2026-02, in which a third of the accounts churns. With `signal`
/// those use the product less than most others; without, usage has nothing to do with it.
pub fn churning(signal: bool) -> (String, String) {
    churning_from("2024-07-01", signal)
}

/// The same 20 months from another day on.
pub fn churning_from(first: &str, signal: bool) -> (String, String) {
    let first: NaiveDate = first.parse().unwrap();
    let later = |days: u64| first.checked_add_days(Days::new(days)).unwrap();
    let began = first.checked_sub_days(Days::new(61)).unwrap();
    let mut accounts = "external_id,name,status,seats,contract_start,churned_on,created_at\n".to_owned();
    let mut metrics = "account,metric_date,login_frequency,feature_adoption_score,support_tickets\n".to_owned();
    for n in 0..ACCOUNTS {
        let churned = n.is_multiple_of(3).then(|| later(50 + n * 540 / ACCOUNTS));
        let (status, on) = match churned {
            Some(on) => ("churned", on.to_string()),
            None => ("active", String::new()),
        };
        let _ = writeln!(accounts, "c{n},Customer {n},{status},{},{began},{on},{began}", 1 + n % 4);
        // A number that has nothing to do with the others of the account.
        let mixed = |salt: u64| (n * 2_654_435_761 + salt * 40_503) % 1_009;
        let level = if signal && churned.is_some() { mixed(1) % 7 } else { 3 + mixed(1) % 12 };
        for row in 0..29 {
            let on = later(row * 21);
            if churned.is_some_and(|churned| churned < on) {
                break;
            }
            let (logins, adoption) = (level + mixed(row) % 4, 20 + mixed(row + 99) % 70);
            let _ = writeln!(metrics, "c{n},{on},{logins},{adoption},{}", mixed(row + 7) % 3);
        }
    }
    (accounts, metrics)
}
