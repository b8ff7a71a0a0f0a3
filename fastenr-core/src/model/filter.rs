//! Which records, in what order, how many: plain values that every list, export and bulk write shares.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::noun::Storage;
use super::selection::sort_words;
use super::{AccountBand, Size, Status};
use crate::error::Invalid;
use crate::money::Money;

/// Which accounts. Empty lists and `None` don't filter; an account has to pass them all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    pub statuses: Vec<Status>,
    pub sizes: Vec<Size>,
    pub industries: Vec<String>,
    pub owners: Vec<Uuid>,
    pub unowned: bool,
    /// Accounts that bear every one of them, whatever their case.
    pub tags: Vec<String>,
    pub bands: Vec<AccountBand>,
    pub health_min: Option<i64>,
    pub health_max: Option<i64>,
    pub risk_min: Option<i64>,
    pub risk_max: Option<i64>,
    pub arr_min: Option<Money>,
    pub arr_max: Option<Money>,
    /// Contracts that end on or before this day, overdue ones included; churned accounts do not renew, see
    /// [`AccountFilter::wants_churned`].
    pub renews_by: Option<NaiveDate>,
    /// No engagement was completed at this moment or later; accounts that never had one pass.
    pub not_engaged_since: Option<DateTime<Utc>>,
    /// Custom fields with exactly this value.
    pub custom: Vec<(String, String)>,
    /// Every word occurs in the name, the domain or the external id.
    pub search: Option<String>,
    pub parent: Option<Uuid>,
    pub archived: Archived,
    /// Those of segments: an account has to pass each of them too.
    pub segments: Vec<AccountFilter>,
}

impl AccountFilter {
    /// Whether it asks for churned accounts by name, itself or in one of its segments. Where it does not, they are no
    /// customers: no sum of ARR counts them, and they do not renew. Archived accounts are let through or not by
    /// [`AccountFilter::archived`], and count where they are let through.
    pub fn wants_churned(&self) -> bool {
        self.statuses.contains(&Status::Churned)
            || self.bands.contains(&AccountBand::Churned)
            || self.segments.iter().any(Self::wants_churned)
    }

    /// Whether the ARR of an account that passes belongs to the sum.
    pub fn counts_arr(&self, status: Status) -> bool {
        status != Status::Churned || self.wants_churned()
    }
}

/// Whether archived records are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Without,
    Only,
    With,
}

/// What accounts can be sorted by; each has an index. A missing value sorts lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountSortKey {
    Name,
    Arr,
    HealthScore,
    ChurnRiskScore,
    ContractEnd,
    UpdatedAt,
    /// By when they were made known to this database: the cheapest order, and what an export uses.
    Id,
}

impl AccountSortKey {
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Arr, Self::HealthScore, Self::ChurnRiskScore, Self::ContractEnd, Self::UpdatedAt, Self::Id];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Arr => "arr",
            Self::HealthScore => "health_score",
            Self::ChurnRiskScore => "churn_risk_score",
            Self::ContractEnd => "contract_end",
            Self::UpdatedAt => "updated_at",
            Self::Id => "id",
        }
    }

    /// How the values are stored.
    pub const fn storage(self) -> Storage {
        match self {
            Self::Name => Storage::Text,
            Self::Arr | Self::HealthScore | Self::ChurnRiskScore => Storage::Integer,
            Self::ContractEnd => Storage::Date,
            Self::UpdatedAt => Storage::Instant,
            Self::Id => Storage::Id,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSort {
    pub key: AccountSortKey,
    pub descending: bool,
}

impl Default for AccountSort {
    fn default() -> Self {
        Self { key: AccountSortKey::Name, descending: false }
    }
}

impl AccountSort {
    /// `health_score`, `health_score:asc`, `arr:desc`.
    ///
    /// # Errors
    /// `sort`, with the keys there are.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (key, descending) = sort_words(text)?;
        let keys = AccountSortKey::ALL;
        let key = keys.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(key)).ok_or_else(|| {
            let names: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
            Invalid::new("sort", format!("accounts are sorted by one of {}", names.join(", ")))
        })?;
        Ok(Self { key, descending: descending.unwrap_or(false) })
    }
}

/// Which slice of a list: `limit` rows after the first `(number - 1) * limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u64,
    /// From 1 to [`Page::MOST`].
    pub limit: u64,
}

impl Page {
    pub const MOST: u64 = 1_000;

    /// # Errors
    /// `page`, `limit` for a number outside its range.
    pub fn new(number: u64, limit: u64) -> Result<Self, Invalid> {
        if number == 0 || number > 1_000_000_000 {
            return Err(Invalid::new("page", "pages are numbered from 1"));
        }
        if limit == 0 || limit > Self::MOST {
            return Err(Invalid::new("limit", format!("a page has 1 to {} rows", Self::MOST)));
        }
        Ok(Self { number, limit })
    }

    pub const fn offset(self) -> u64 {
        (self.number - 1) * self.limit
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, limit: 25 }
    }
}

/// What was found: one page of it, and the size of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    pub rows: Vec<T>,
    pub total: u64,
    pub page: Page,
}

impl<T> Found<T> {
    pub fn has_more(&self) -> bool {
        self.page.offset() + (self.rows.len() as u64) < self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn churned_accounts_count_where_they_are_named() {
        let all = AccountFilter::default();
        assert!(!all.wants_churned() && !all.counts_arr(Status::Churned) && all.counts_arr(Status::AtRisk));
        let named = [
            AccountFilter { statuses: vec![Status::Active, Status::Churned], ..all.clone() },
            AccountFilter { bands: vec![AccountBand::Churned], ..all.clone() },
        ];
        for named in named {
            assert!(named.wants_churned() && named.counts_arr(Status::Churned) && named.counts_arr(Status::Active));
            assert!(AccountFilter { segments: vec![named], ..all.clone() }.wants_churned());
        }
        let others = AccountFilter { statuses: vec![Status::Active], archived: Archived::Only, ..all };
        assert!(!others.wants_churned() && !AccountFilter { segments: vec![others.clone()], ..others }.wants_churned());
    }
}
