//! The book in fastenr's own columns.

use std::io::Write;

use anyhow::Result;
use chrono::NaiveDate;

use super::Book;
use super::account::{Account, Size, Stage, Status, account};
use super::people;
use super::spelling::decimal;

#[rustfmt::skip]
pub(crate) const HEADER: [&str; 15] = [
    "external_id", "name", "domain", "industry", "size", "status", "arr", "owner", "contract_start", "contract_end",
    "auto_renew", "renewal_stage", "seats", "tags", "custom_fields",
];

/// Scripts that Windows-1252 can't write: some of the accounts have a name in their own.
const NATIVE: &[&str] = &["東京", "Ελλάς", "Łódź", "Київ", "서울", "İzmir"];

/// The accounts' file.
pub(crate) fn accounts(book: Book, out: &mut dyn Write) -> Result<()> {
    let owners: Vec<String> = (0..book.owners).map(people::email).collect();
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    for row in 0..book.rows {
        let account = account(book, row);
        let date = |date: Option<NaiveDate>| date.map_or_else(String::new, |date| date.to_string());
        let owner = account.owner.and_then(|owner| owners.get(usize::try_from(owner).ok()?));
        csv.write_record([
            account.external_id.as_str(),
            &name(&account, row),
            account.domain.as_deref().unwrap_or_default(),
            account.industry.unwrap_or_default(),
            account.size.map_or("", Size::text),
            account.status.text(),
            &account.arr.map_or_else(String::new, decimal),
            owner.map_or("", String::as_str),
            &date(account.contract_start),
            &date(account.contract_end),
            account.auto_renew.map_or("", |renews| if renews { "true" } else { "false" }),
            account.renewal_stage.map_or("", Stage::text),
            &account.seats.map_or_else(String::new, |seats| seats.to_string()),
            &account.tags.join(", "),
            &account.plan.map_or_else(String::new, |plan| custom(plan, account.region)),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

fn name(account: &Account, row: u64) -> String {
    if row % 97 == 42 {
        let native = super::random::at(NATIVE, row / 97);
        return format!("{} {native}", account.name);
    }
    account.name.clone()
}

/// In the canonical text of custom fields.
fn custom(plan: &str, region: &str) -> String {
    format!(r#"{{"plan":"{plan}","region":"{region}"}}"#)
}

impl Size {
    const fn text(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Enterprise => "enterprise",
        }
    }
}

impl Status {
    const fn text(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Churned => "churned",
            Self::AtRisk => "at_risk",
            Self::Onboarding => "onboarding",
        }
    }
}

impl Stage {
    const fn text(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Likely => "likely",
            Self::Unknown => "unknown",
            Self::AtRisk => "at_risk",
            Self::WillChurn => "will_churn",
        }
    }
}
