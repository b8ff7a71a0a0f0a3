//! One account, as a book of customers would have it.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::Book;
use super::random::Random;
use super::spelling::ascii;
use super::words::{INDUSTRIES, TAGS, company};

pub(crate) struct Account {
    pub(crate) external_id: String,
    pub(crate) name: String,
    pub(crate) domain: Option<String>,
    pub(crate) industry: Option<&'static str>,
    pub(crate) size: Option<Size>,
    pub(crate) status: Status,
    pub(crate) arr: Option<u64>,
    /// Number of a user.
    pub(crate) owner: Option<u64>,
    pub(crate) contract_start: Option<NaiveDate>,
    pub(crate) contract_end: Option<NaiveDate>,
    pub(crate) auto_renew: Option<bool>,
    pub(crate) renewal_stage: Option<Stage>,
    pub(crate) seats: Option<u64>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) plan: Option<&'static str>,
    pub(crate) region: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Startup,
    Small,
    Medium,
    Large,
    Enterprise,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Churned,
    AtRisk,
    Onboarding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Committed,
    Likely,
    Unknown,
    AtRisk,
    WillChurn,
}

/// The day as of which the book was written: not a clock, so that it stays the same book.
pub(crate) const WRITTEN_ON: NaiveDate = match NaiveDate::from_ymd_opt(2026, 6, 15) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

const SIZES: &[(u64, Size)] =
    &[(20, Size::Startup), (30, Size::Small), (27, Size::Medium), (15, Size::Large), (8, Size::Enterprise)];
const STATUSES: &[(u64, Status)] =
    &[(80, Status::Active), (8, Status::AtRisk), (7, Status::Onboarding), (5, Status::Churned)];
const REGIONS: &[&str] = &["amer", "apac", "emea", "latam"];
const PLANS: &[&str] = &["basic", "plus", "scale"];

/// The account of a row, counted from 0.
pub(crate) fn account(book: Book, row: u64) -> Account {
    let random = &mut Random::of_row(book.seed, row);
    let name = company(book.seed, row);
    let size = random.weighted(SIZES);
    let status = random.weighted(STATUSES);
    let (contract_start, contract_end) = contract(random, status);
    let renewal_stage = random.percent(80).then(|| stage(random, status));
    let mut account = Account {
        external_id: format!("ACC-{:08}", row + 1),
        domain: random.percent(94).then(|| format!("{}.example", ascii(&name, '-'))),
        industry: random.percent(97).then(|| random.pick(INDUSTRIES)),
        size: random.percent(98).then_some(size),
        status,
        arr: random.percent(97).then(|| arr(random, size)),
        owner: random.percent(95).then(|| random.below(book.owners)),
        contract_start,
        contract_end,
        auto_renew: random.percent(90).then(|| random.percent(60)),
        renewal_stage,
        seats: random.percent(92).then(|| seats(random, size)),
        tags: tags(random),
        plan: random.percent(30).then(|| random.pick(PLANS)),
        region: random.pick(REGIONS),
        name,
    };
    // Drawn last, so that an edition differs from another in these rows only.
    if random.percent(book.changed) {
        account.arr = Some(account.arr.unwrap_or(1_200_000) / 10 * 11 + 1);
        account.seats = Some(account.seats.unwrap_or(10) + 1);
    }
    account
}

/// In cents: even on a logarithmic scale within what a size usually pays. Integers only, since `exp` differs by platform.
fn arr(random: &mut Random, size: Size) -> u64 {
    let (from, to) = match size {
        Size::Startup => (10, 13),
        Size::Small => (11, 15),
        Size::Medium => (13, 17),
        Size::Large => (15, 19),
        Size::Enterprise => (17, 22),
    };
    let octave: u64 = 100 << (from + random.below(to - from));
    let cents = octave + random.below(octave);
    // Most contracts are priced in whole hundreds, some to the cent.
    if random.percent(60) { cents / 10_000 * 10_000 } else { cents }
}

fn seats(random: &mut Random, size: Size) -> u64 {
    let octave = match size {
        Size::Startup => 4,
        Size::Small => 10,
        Size::Medium => 40,
        Size::Large => 200,
        Size::Enterprise => 1_000,
    };
    octave + random.below(octave * 3)
}

/// Yearly terms: a contract that runs ends in the year after the book was written, one that was left ended before.
fn contract(random: &mut Random, status: Status) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let days = |n| Days::new(n);
    let end = match status {
        Status::Churned => WRITTEN_ON - days(1 + random.below(700)),
        Status::AtRisk => WRITTEN_ON - days(20) + days(random.below(240)),
        Status::Active => WRITTEN_ON - days(10) + days(random.below(375)),
        Status::Onboarding => WRITTEN_ON + days(250 + random.below(115)),
    };
    let years = if status == Status::Onboarding { 1 } else { 1 + random.below(7) };
    let months = Months::new(u32::try_from(12 * years).unwrap_or(12));
    let start = end.checked_sub_months(months).and_then(|start| start.succ_opt()).filter(|start| start.year() > 2000);
    (start.filter(|_| random.percent(96)), random.percent(97).then_some(end))
}

fn stage(random: &mut Random, status: Status) -> Stage {
    let weights: &[(u64, Stage)] = match status {
        Status::Active => &[(35, Stage::Committed), (40, Stage::Likely), (23, Stage::Unknown), (2, Stage::AtRisk)],
        Status::AtRisk => &[(55, Stage::AtRisk), (20, Stage::WillChurn), (25, Stage::Unknown)],
        Status::Churned => &[(90, Stage::WillChurn), (10, Stage::AtRisk)],
        Status::Onboarding => &[(60, Stage::Unknown), (40, Stage::Likely)],
    };
    random.weighted(weights)
}

/// None to three, each once, in alphabetical order without regard to case, as they are stored.
fn tags(random: &mut Random) -> Vec<&'static str> {
    let mut tags: Vec<&str> =
        (0..random.weighted(&[(55, 0), (25, 1), (15, 2), (5, 3)])).map(|_| random.pick(TAGS)).collect();
    tags.sort_unstable_by_key(|tag| tag.to_ascii_lowercase());
    tags.dedup();
    tags
}
