//! In a large table the records of a selective filter are looked for first: the list is the same.

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::cursor::{Fingerprint, ListRequest, Slice, Total};
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops;
use fastenr_core::store::{Db, DbOptions};
use fastenr_tests::harness::{Backend, Kind, Tests};
use fastenr_tests::world::{World, world};
use uuid::Uuid;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/selective/lists_are_the_same", lists_are_the_same);
}

async fn walked(world: &World, filter: &Selection, order: Order, limit: u64) -> Result<Vec<Uuid>> {
    let mut slice = Slice::Page(Page { number: 1, limit });
    let mut ids = Vec::new();
    loop {
        let ask = ListRequest { slice, total: Total::Exact, filter: Fingerprint::default() };
        let part = ops::accounts::part(world, filter, order, &ask).await?;
        ids.extend(part.rows.iter().map(|listed| listed.account.id));
        match part.next {
            Some(next) => slice = Slice::After(next, limit),
            None => {
                assert_eq!(part.total.unwrap().count(), ids.len() as u64);
                return Ok(ids);
            }
        }
    }
}

async fn lists_are_the_same(backend: &Backend) -> Result<()> {
    let plain = world(backend).await?;
    plain.user("jo@example.com", "Jo Doe").await?;
    let mut file = "external_id,name,arr,contract_end,owner,size,status,tags\n".to_owned();
    // More than are few, so that a filter that all pass is walked.
    for n in 0..1_100 {
        let (arr, end) = (["", "10", "200.5", "0"][n % 4], ["2026-02-01", "", "2026-09-01"][n % 3]);
        let (owner, size) = (["jo@example.com", ""][n % 2], ["small", "large", ""][n % 3]);
        let status = ["active", "at_risk", "churned", "active"][n % 4];
        let tag = if n % 50 == 0 { "vip" } else { "" };
        file.push_str(&format!("a{n},Acme {},{arr},{end},{owner},{size},{status},{tag}\n", n % 7));
    }
    plain.import(&file, Default::default()).await?;
    ops::accounts::set_archived(&plain, "a7", true, None, false).await?;
    let options = DbOptions { large: 0, ..DbOptions::default() };
    let mut large = plain.clone();
    large.context.db = Db::connect(&backend.url, &options).await?;
    let mut filters = vec![Selection::default(), Selection::everything()];
    for pairs in [
        &[("tag", "vip")][..],
        &[("arr_min", "100"), ("renews_within", "10d")],
        &[("arr_min", "100000")],
        &[("owner", "jo@example.com"), ("size", "small"), ("status", "churned")],
        &[("archived", "true")],
        &[("archived", "true"), ("status", "at_risk")],
        &[("no_engagement_for", "30d")],
        &[("search", "acme 3"), ("unowned", "true")],
    ] {
        filters.push(plain.filter(pairs).await?);
    }
    for (place, filter) in filters.iter().enumerate() {
        for (sorted, sort) in ACCOUNT.sorts.iter().enumerate() {
            // PostgreSQL takes several times as long: there each filter has every sort, up or down in turn.
            let both_ways = backend.kind == Kind::Sqlite;
            for descending in [false, true].into_iter().filter(|down| both_ways || *down == ((place + sorted) % 2 == 0))
            {
                let order = Order { sort, descending };
                let want = walked(&plain, filter, order, 700).await?;
                for limit in [9, 700].into_iter().filter(|limit| want.len() < 100 || *limit > 9) {
                    let found = walked(&large, filter, order, limit).await?;
                    assert_eq!(found, want, "{} {descending}, {limit} a page: {filter:?}", sort.name);
                }
            }
        }
    }
    Ok(())
}
