//! Every sum of ARR counts the same accounts: neither archived nor churned ones, unless a filter names them.

use anyhow::Result;
use fastenr_core::arr::Period;
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::handover::{self, NewOwners};
use fastenr_core::ops::scores::views::{self, By};
use fastenr_core::ops::{self, dashboard, overview, segments};
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, by_id, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/arr/is_one_figure", is_one_figure);
}

/// Customers of 123.45, customers who left with and without a day, archived ones of both kinds.
pub(crate) const BOOK: &str = "external_id,name,status,arr,owner,contract_end,churned_on,created_at,parent
p,Parent,active,100.40,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,
r,Risky,at_risk,20,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,p
o,Onboard,onboarding,3.05,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,p
n,Nothing,active,,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,p
c,Churned,churned,1000,jo@example.com,2026-03-20,2026-02-01,2025-01-01T00:00:00Z,p
u,Undated,churned,5000,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,p
z,Archived,active,70000,jo@example.com,2026-03-20,,2025-01-01T00:00:00Z,p
y,Archived too,churned,900000,jo@example.com,2026-03-20,2026-02-01,2025-01-01T00:00:00Z,p
";

async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.user("jo@example.com", "Jo").await?;
    world.user("ann@example.com", "Ann").await?;
    world.import(BOOK, Default::default()).await?;
    for name in ["z", "y"] {
        ops::accounts::set_archived(&world, name, true, None, false).await?;
    }
    Ok(world)
}

/// Sum of the lists, how many of them, how many are left out of the sum; sum of the summary, of its groups.
async fn figures(world: &World, pairs: &[(&str, &str)]) -> Result<[i128; 5]> {
    let filter = world.filter(pairs).await?;
    let (found, totals) = ops::accounts::list(world, &filter, by_id(), Page::default()).await?;
    let rows = found.rows.iter().filter(|account| filter.counts_arr(account.status));
    let summed: i64 = rows.filter_map(|account| account.arr).map(|arr| arr.cents()).sum();
    assert_eq!((summed, found.total), (totals.arr, u64::try_from(totals.count)?), "{pairs:?}");
    let summary = views::summary(world, &filter, Some(By::Owner)).await?;
    let groups = summary.groups.iter().map(|group| group.arr).sum();
    Ok([totals.arr.into(), totals.count.into(), totals.arr_left_out.into(), summary.total.arr, groups])
}

async fn is_one_figure(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let none: &[(&str, &str)] = &[];
    let plain = Selection::default();
    assert_eq!(figures(&world, none).await?, [12_345, 6, 2, 12_345, 12_345]);
    let stats = dashboard::dashboard(&world, &Selection::default()).await?;
    assert_eq!((stats.arr(), stats.accounts()), (12_345, 6));
    let year = Period::year_to(world.today()).unwrap();
    assert_eq!(ops::arr::summary(&world, &plain, year, None).await?.total.closing.arr.0, 12_345);
    let pairs = vec![("owner".to_owned(), "jo@example.com".to_owned())];
    segments::create(&world, "Jo's", &pairs, false).await?;
    assert_eq!(segments::get(&world, "Jo's").await?.arr, Some(12_345));
    assert_eq!(figures(&world, &[("segment", "Jo's")]).await?[0], 12_345);
    let around = overview::overview(&world, "p").await?;
    assert_eq!((around.children.arr, around.children.count, around.children.arr_left_out), (2_305, 5, 2));
    let new_owners = NewOwners { rest: Some("ann@example.com".to_owned()), ..NewOwners::default() };
    let done = handover::deactivate(&world, "jo@example.com", &new_owners, true).await?;
    assert_eq!((done.shares[0].arr.0, done.shares[0].accounts), (12_345, 8));

    // Who has left does not renew.
    assert_eq!(figures(&world, &[("renews_within", "90d")]).await?[..3], [12_345, 4, 0]);
    assert_eq!((stats.renewals.arr, stats.renewals.count), (12_345, 4));
    let pairs = vec![("renews_within".to_owned(), "90d".to_owned())];
    segments::create(&world, "Due", &pairs, false).await?;
    assert_eq!(figures(&world, &[("segment", "Due")]).await?[..2], [12_345, 4]);

    // Unless it is asked for, by status or by band, in the filter or in a segment of it.
    assert_eq!(figures(&world, &[("status", "churned")]).await?, [600_000, 2, 0, 600_000, 600_000]);
    assert_eq!(figures(&world, &[("band", "churned")]).await?, [600_000, 2, 0, 600_000, 600_000]);
    assert_eq!(figures(&world, &[("status", "churned,at_risk")]).await?[..3], [602_000, 3, 0]);
    assert_eq!(figures(&world, &[("status", "churned"), ("segment", "Due")]).await?[..3], [600_000, 2, 0]);
    let pairs = vec![("status".to_owned(), "churned".to_owned())];
    segments::create(&world, "Left", &pairs, false).await?;
    assert_eq!(segments::get(&world, "Left").await?.arr, Some(600_000));
    assert_eq!(figures(&world, &[("segment", "Left"), ("renews_within", "90d")]).await?[..3], [600_000, 2, 0]);
    // Archived ones likewise: those who had not left.
    assert_eq!(figures(&world, &[("archived", "true")]).await?, [7_000_000, 2, 1, 7_000_000, 7_000_000]);
    let archived = world.filter(&[("archived", "true")]).await?;
    assert_eq!(ops::arr::summary(&world, &archived, year, None).await?.total.closing.arr.0, 7_000_000);
    assert_eq!(figures(&world, &[("archived", "true"), ("status", "churned")]).await?[..3], [90_000_000, 1, 0]);
    Ok(())
}
