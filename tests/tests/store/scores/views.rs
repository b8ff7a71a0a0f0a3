//! Scores as people look at them, and a person's word against them.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{Days, NaiveDate, TimeDelta};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Archived;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Value;
use fastenr_core::model::selection::Selection;
use fastenr_core::model::{AccountBand, Size, Status};
use fastenr_core::ops::scores::views::cause::{self, Cause};
use fastenr_core::ops::scores::views::{self, Adjustment, By, Mover, adjust, clear_adjustment};
use fastenr_core::score::{Contributions, Factor, Model};
use fastenr_core::store::scores::snapshots;
use fastenr_core::store::scores::views as stored;
use fastenr_core::store::{dashboard, lists};
use fastenr_core::view::health::HealthShown;
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::books::scores::{METRICS, book, day, metrics, recompute};
use fastenr_tests::world::{World, everything, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/views/sums_add_up", sums_add_up);
    tests.both("store/scores/views/filters_and_trend", filters_and_trend);
    tests.both("store/scores/views/movers_and_their_causes", movers_and_their_causes);
    tests.both("store/scores/views/places_among_others", places_among_others);
    tests.both("store/scores/views/contributions_are_the_score", contributions_are_the_score);
    tests.both("store/scores/views/a_person_says_otherwise", a_person_says_otherwise);
    tests.both("store/scores/views/what_is_refused", what_is_refused);
    tests.both("store/scores/views/metrics_tell_the_score", metrics_tell_the_score);
}

fn all() -> Selection {
    Selection::default()
}

fn new_adjustment(score: i64, until: &str) -> Adjustment {
    Adjustment { score, reason: "They told me so".to_owned(), until: day(until) }
}

/// With one of each that is in no average.
async fn mixed(world: &World) -> Result<()> {
    book(world).await?;
    world.account(&[("external_id", "bare"), ("name", "Bare"), ("arr", "5"), ("status", "at_risk")]).await?;
    world.account(&[("external_id", "new"), ("name", "New"), ("contract_start", "2026-02-20"), ("arr", "7")]).await?;
    world
        .account(&[("external_id", "gone"), ("name", "Gone"), ("status", "churned"), ("churned_on", "2026-01-01")])
        .await?;
    Ok(())
}

async fn sums_add_up(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let none = views::summary(&world, &all(), None).await?;
    assert_eq!((none.day, none.total.accounts, none.total.health.mean()), (None, 0, None));
    mixed(&world).await?;
    recompute(&world, None).await?;
    world.account(&[("external_id", "late"), ("name", "Late")]).await?;
    for by in [By::Industry, By::Size, By::Owner] {
        let found = views::summary(&world, &all(), Some(by)).await?;
        let counted = found.total.health.count();
        assert_eq!((found.day, found.total.accounts, counted), (Some(world.today()), 28, 24));
        let left = found.left_out;
        assert_eq!((left.insufficient_data, left.onboarding, left.not_scored, left.churned), (1, 1, 1, 1));
        assert_eq!(counted + left.all(), found.total.accounts);
        assert_eq!(found.bands.iter().map(|band| band.accounts).sum::<u64>(), counted);
        assert_eq!(found.bands.iter().map(|band| band.arr).sum::<i128>(), found.total.health.arr);
        assert_eq!(found.total.health.histogram().iter().sum::<u64>(), counted);
        let churn: u64 = found.churn_bands.iter().map(|band| band.accounts).sum();
        assert_eq!(churn + found.churn_insufficient, counted);
        assert_eq!(churn, found.total.churn.count());
        let groups = || found.groups.iter();
        assert_eq!(groups().map(|group| group.accounts).sum::<u64>(), found.total.accounts);
        assert_eq!(groups().map(|group| group.arr).sum::<i128>(), found.total.arr);
        assert_eq!(groups().map(|group| group.health.count()).sum::<u64>(), counted);
        assert_eq!(groups().map(|group| group.at_risk_arr).sum::<i128>(), found.total.at_risk_arr);
        // What the accounts say, added up otherwise.
        let accounts = world.accounts().await?;
        let judged: Vec<_> = accounts
            .iter()
            .filter(|account| account.band.is_some())
            .filter(|account| {
                ![AccountBand::InsufficientData, AccountBand::Onboarding, AccountBand::Churned]
                    .map(Some)
                    .contains(&account.band)
            })
            .collect();
        let sum: i64 = judged.iter().filter_map(|account| account.health_score).sum();
        let mean = sum as f64 * 100.0 / judged.len() as f64;
        assert!((found.total.health.mean().unwrap() as f64 - mean).abs() <= 0.5, "{mean}");
        let at_risk = accounts.iter().filter(|account| account.status == Status::AtRisk);
        let cents = at_risk.map(|account| i128::from(account.arr.map_or(0, |arr| arr.cents()))).sum::<i128>();
        assert_eq!(found.total.at_risk_arr, cents);
        assert!(cents >= 500, "{cents}");
        if by == By::Size {
            let names: Vec<_> = groups().map(|group| group.name.as_deref()).collect();
            assert_eq!(names, [Some("small"), Some("medium"), Some("large"), None]);
        }
    }
    Ok(())
}

async fn filters_and_trend(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    for on in ["2025-11-20", "2025-12-15", "2026-01-20", "2026-01-30"] {
        recompute(&world, Some(on)).await?;
    }
    recompute(&world, None).await?;
    let small = world.filter(&[("size", "small")]).await?;
    let found = views::summary(&world, &small, None).await?;
    assert_eq!((found.total.accounts, found.total.health.count()), (8, 8));
    let days: Vec<_> = found.trend.iter().map(|ago| (ago.days, ago.day)).collect();
    assert_eq!(days, [(30, Some(day("2026-01-30"))), (90, Some(day("2025-11-20")))]);
    let of_day = async |on: &str| -> Result<(u64, i64)> {
        let wanted: BTreeSet<_> = world
            .accounts()
            .await?
            .into_iter()
            .filter(|account| account.size == Some(Size::Small))
            .map(|account| account.id)
            .collect();
        let mut tx = world.db.read().await?;
        let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), day(on))?.try_collect().await?;
        let judged = rows.iter().filter(|row| wanted.contains(&row.account_id));
        let judged = judged.filter(|row| row.band != "insufficient_data" && row.band != "onboarding");
        let scores: Vec<i64> = judged.map(|row| row.health_score).collect();
        Ok((scores.len() as u64, scores.iter().sum()))
    };
    let (count, sum) = of_day("2026-01-30").await?;
    assert_eq!(found.trend[0].health.count(), count);
    assert!(count > 0);
    assert!((found.trend[0].health.mean().unwrap() as f64 - sum as f64 * 100.0 / count as f64).abs() <= 0.5);
    assert_eq!(found.trend[1].health.count(), of_day("2025-11-20").await?.0);
    let nobody = world.filter(&[("search", "nobody")]).await?;
    let found = views::summary(&world, &nobody, Some(By::Size)).await?;
    assert_eq!((found.total.accounts, found.groups.len(), found.total.health.percentile(50)), (0, 0, None));
    let archived = world.filter(&[("archived", "true")]).await?;
    assert_eq!(views::summary(&world, &archived, None).await?.total.accounts, 0);
    Ok(())
}

async fn movers_and_their_causes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    mixed(&world).await?;
    let none = views::movers(&world, &all(), 7, 20).await?;
    assert_eq!((none.from, none.to, none.falls.len()), (None, None, 0));
    recompute(&world, None).await?;
    assert_eq!(views::movers(&world, &all(), 7, 20).await?.from, None);
    let later = world.at("2026-03-11T07:00:00Z");
    let mut rows = METRICS.to_owned();
    for n in 1..=22 {
        // Nobody logs in at b8 and b9 any more; all others go on.
        let logins = if n == 8 || n == 9 { 0 } else { n };
        rows.push_str(&metrics(&later, &format!("b{n}"), 10, 0, logins));
    }
    later.import_of(&METRIC, &rows, Default::default()).await?;
    let red = "account,metric_date,sentiment,sentiment_reason\nb5,2026-03-10,red,They said so\n";
    later.import_of(&METRIC, red, Default::default()).await?;
    adjust(&later, "b6", &new_adjustment(3, "2026-06-30"), false).await?;
    adjust(&later, "b7", &new_adjustment(100, "2026-06-30"), false).await?;
    recompute(&later, None).await?;
    let found = views::movers(&later, &all(), 7, 100).await?;
    assert_eq!((found.from, found.to), (Some(day("2026-03-01")), Some(day("2026-03-11"))));
    let listed = (found.falls.len() + found.rises.len()) as u64;
    assert_eq!(listed, found.fell + found.rose);
    assert_eq!(listed + found.stayed, 24);
    let left = found.left_out;
    assert_eq!((left.insufficient_data, left.onboarding, left.not_scored, left.churned), (1, 1, 0, 1));
    let of = |name: &str| {
        let both = || found.falls.iter().chain(&found.rises);
        both().find(|mover| mover.external_id.as_deref() == Some(name)).unwrap_or_else(|| panic!("{name}: {found:#?}"))
    };
    assert_eq!(of("b5").cause.words(), "capped: the account manager's sentiment is red");
    assert_eq!((of("b6").to, of("b6").adjusted, of("b6").cause.code()), (3, true, "adjustment"));
    assert_eq!((of("b7").to, of("b7").change() > 0, of("b7").cause.code()), (100, true, "adjustment"));
    assert_eq!(views::summary(&later, &all(), None).await?.adjusted, 2);
    assert_eq!(found.falls[0].external_id.as_deref(), Some("b6"));
    assert!(
        matches!(of("b8").cause, Cause::Factor { factor: Factor::LoginFrequency, from, to } if to < from),
        "{:?}",
        of("b8")
    );
    for (movers, sign) in [(&found.falls, -1), (&found.rises, 1)] {
        let moves: Vec<i64> = movers.iter().map(|mover: &Mover| mover.change() * sign).collect();
        // Those that are more than noise come first.
        assert!(moves.iter().all(|change| *change > 0) && moves.is_sorted_by(|a, b| *a >= 5 || *b < 5), "{moves:?}");
        assert!(movers.iter().all(|mover| mover.effect.is_some_and(|effect| effect * sign > 0)));
    }
    let few = views::movers(&later, &all(), 7, 2).await?;
    assert_eq!(few.falls, found.falls[..2]);
    assert_eq!((few.fell, few.rose), (found.fell, found.rose));
    let one = world.filter(&[("search", "Book 5"), ("size", of_size(&world, "b5").await?.as_str())]).await?;
    let one = views::movers(&later, &one, 7, 20).await?;
    assert_eq!(one.falls.iter().map(|mover| mover.name.as_str()).collect::<Vec<_>>(), ["Book 5"]);
    // The word is over: the score that comes back says so.
    clear_adjustment(&later, "b6", false).await?;
    let much_later = later.at("2026-03-20T07:00:00Z");
    recompute(&much_later, None).await?;
    assert_eq!(views::movers(&much_later, &all(), 30, 5).await?.to, Some(day("2026-03-20")));
    Ok(())
}

async fn of_size(world: &World, name: &str) -> Result<Size> {
    Ok(world.get(name).await?.size.unwrap())
}

async fn places_among_others(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    mixed(&world).await?;
    let never = views::show(&world, "b3", None).await?;
    assert!(never.snapshot.is_none() && never.peers.is_none() && never.ago.is_empty());
    for on in ["2025-12-01", "2026-01-28", "2026-01-30", "2026-02-20"] {
        recompute(&world, Some(on)).await?;
    }
    recompute(&world, None).await?;
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    drop(tx);
    let accounts = world.accounts().await?;
    for name in ["b3", "b10", "b23"] {
        let shown = views::show(&world, name, None).await?;
        let snapshot = shown.snapshot.clone().unwrap();
        let alike: Vec<_> = rows
            .iter()
            .filter(|row| row.account_id != snapshot.account_id)
            .filter(|row| row.band != "insufficient_data" && row.band != "onboarding")
            .filter(|row| {
                let account = accounts.iter().find(|account| account.id == row.account_id).unwrap();
                account.size == shown.account.size
            })
            .collect();
        let lower = alike.iter().filter(|row| row.health_score < snapshot.health_score).count();
        let peers = shown.peers.unwrap();
        assert_eq!((peers.lower, peers.of), (lower as u64, 7), "{name}");
        assert_eq!(peers.percent(), Some((lower as f64 / 7.0 * 10_000.0).round() as i64));
        let (_, days) = views::history(&world, name, 365).await?;
        assert_eq!(days.len(), 5);
        let judged = days[..4].iter().filter(|day| day.band != "insufficient_data");
        let lower = judged.clone().filter(|day| day.health_score < snapshot.health_score).count();
        let past = shown.past.unwrap();
        assert_eq!((past.lower, past.of), (lower as u64, judged.count() as u64), "{name}");
        let ago: Vec<_> = shown.ago.iter().map(|ago| ago.snapshot.as_ref().map(|day| day.snapshot_date)).collect();
        // Of two days that are old enough the younger; and none that is too old.
        assert_eq!(ago, [Some(day("2026-02-20")), Some(day("2026-01-30")), Some(day("2025-12-01"))]);
        let month = shown.ago[1].snapshot.as_ref().unwrap();
        assert_eq!(shown.ago[1].change, Some(snapshot.health_score - month.health_score));
        assert_eq!(shown.recent.len(), 4);
        assert_eq!(views::history(&world, name, 9).await?.1.len(), 2);
    }
    let past = views::show(&world, "b3", Some(day("2026-02-10"))).await?;
    assert_eq!(past.snapshot.unwrap().snapshot_date, day("2026-01-30"));
    assert!(past.ago[0].snapshot.is_none());
    let bare = views::show(&world, "bare", None).await?;
    assert_eq!((bare.peers, bare.past, bare.recent.len()), (None, None, 0));
    // The feed tells that it has no ticket: 100, of which a quarter is known, is drawn to 62.
    let bare = HealthShown::from(&bare);
    assert_eq!((bare.health_score, bare.provisional_health_score, bare.churn_risk_score), (None, Some(62), None));
    Ok(())
}

/// Of each account with enough data: the stored factors by the model's weights are the score before caps.
async fn contributions_are_the_score(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    mixed(&world).await?;
    recompute(&world, None).await?;
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    let enough: Vec<_> =
        rows.iter().filter(|row| row.band != "insufficient_data" && row.band != "onboarding").collect();
    assert_eq!(enough.len(), 24);
    for row in enough {
        let contributions = Contributions::of(Model::builtin(), &cause::factors(row));
        assert_eq!(contributions.raw(), Some(row.health_drawn), "{row:?}");
    }
    Ok(())
}

async fn a_person_says_otherwise(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let model = world.get("b2").await?.health_score.unwrap();
    let before = everything(&world.db, &world.scope()).await?;
    let dry = adjust(&world, "b2", &new_adjustment(11, "2026-04-01"), true).await?;
    assert_eq!((dry.written.operation, dry.written.changes.len()), (None, 3));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);

    let world = world.at("2026-03-01T08:00:00Z");
    let done = adjust(&world, "b2", &new_adjustment(11, "2026-04-01"), false).await?;
    assert_eq!((done.written.record.health_score, done.written.record.band), (Some(11), Some(AccountBand::Critical)));
    assert_eq!(done.outcome.unwrap().scored, 1);
    let shown = views::show(&world, "b2", None).await?;
    let adjustment = shown.adjustment.unwrap();
    assert_eq!((adjustment.score, adjustment.until_date), (11, day("2026-04-01")));
    assert_eq!((adjustment.reason.as_str(), &adjustment.by), ("They told me so", &world.user.email));
    assert_eq!(shown.snapshot.unwrap().health_score, 11);
    // Word for word again, it changes nothing.
    let again = adjust(&world, "b2", &new_adjustment(11, "2026-04-01"), false).await?;
    assert_eq!((again.written.operation, again.written.changes.len()), (None, 0));

    // A later one counts, whenever it ends.
    let world = world.at("2026-03-01T09:00:00Z");
    adjust(&world, "b2", &new_adjustment(95, "2026-03-05"), false).await?;
    assert_eq!(world.get("b2").await?.health_score, Some(95));
    recompute(&world, None).await?;
    assert_eq!(world.get("b2").await?.health_score, Some(95));

    let world = world.at("2026-03-02T09:00:00Z");
    recompute(&world, None).await?;
    assert_eq!(world.get("b2").await?.health_score, Some(95));
    let cleared = clear_adjustment(&world, "b2", false).await?;
    assert_eq!(cleared.written.changes.iter().map(|change| change.new.as_str()).collect::<String>(), "");
    let now = world.get("b2").await?.health_score.unwrap();
    assert!((now - model).abs() <= 3, "{now} after {model}: neither of the two holds");
    assert!(views::show(&world, "b2", None).await?.adjustment.is_none());
    // The day past keeps it.
    let past = views::show(&world, "b2", Some(day("2026-03-01"))).await?;
    assert_eq!((past.snapshot.unwrap().health_score, past.adjustment.unwrap().score), (95, 95));
    let nothing = clear_adjustment(&world, "b2", false).await?;
    assert_eq!((nothing.written.operation, nothing.outcome), (None, None));
    let kinds: Vec<String> = world.operations().await?.into_iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "accounts.adjust").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| *kind == "accounts.clear-adjustment").count(), 1);

    // It ends by itself.
    adjust(&world, "b4", &new_adjustment(12, "2026-03-03"), false).await?;
    let world = world.at("2026-03-03T09:00:00Z");
    recompute(&world, None).await?;
    assert_eq!(world.get("b4").await?.health_score, Some(12));
    let world = world.at("2026-03-04T09:00:00Z");
    recompute(&world, None).await?;
    assert_ne!(world.get("b4").await?.health_score, Some(12));
    Ok(())
}

async fn what_is_refused(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    mixed(&world).await?;
    let reason = |text: &str| Adjustment { reason: text.to_owned(), ..new_adjustment(50, "2026-04-01") };
    for (account, adjustment, code) in [
        ("b1", new_adjustment(101, "2026-04-01"), "score"),
        ("b1", new_adjustment(-1, "2026-04-01"), "score"),
        ("b1", new_adjustment(50, "2026-03-01"), "until"),
        ("b1", new_adjustment(50, "2027-03-02"), "until"),
        ("gone", new_adjustment(50, "2026-04-01"), "frozen"),
        ("nobody", new_adjustment(50, "2026-04-01"), "unknown_account"),
    ] {
        assert_eq!(refused(adjust(&world, account, &adjustment, false).await), code, "{account} {adjustment:?}");
    }
    for text in ["", "  ", "two\nlines"] {
        assert!(adjust(&world, "b1", &reason(text), false).await.is_err(), "{text:?}");
    }
    assert!(adjust(&world, "b1", &new_adjustment(50, "2027-03-01"), false).await.is_ok());
    assert_eq!(refused(views::show(&world, "b1", Some(day("2026-03-02"))).await), "future_day");
    assert_eq!(refused(views::history(&world, "b1", 3_661).await), "long_history");
    let mut reader = world.user.clone();
    reader.role = fastenr_core::model::Role::Read;
    let reading = world.acting_as(&reader);
    assert_eq!(refused(adjust(&reading, "b1", &new_adjustment(50, "2026-04-01"), false).await), "read_only_user");
    assert_eq!(refused(clear_adjustment(&reading, "b1", false).await), "read_only_user");
    Ok(())
}

async fn metrics_tell_the_score(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let mut tx = world.db.read().await?;
    let order = fastenr_core::ops::selection::order(&METRIC, "id").unwrap();
    let rows: Vec<_> =
        fastenr_core::ops::lists::stream::<Entry>(&mut tx, &world, &METRIC, &Selection::default(), order)?
            .try_collect()
            .await?;
    drop(tx);
    let (_, field) = METRIC.field("overall_health_score").unwrap();
    let mut told = 0;
    for row in rows {
        let value = field.text(&row.value(field)).into_owned();
        if row.date("metric_date") == Some(world.today()) {
            let account = world.get(row.label("account").unwrap()).await?;
            assert_eq!(value, account.health_score.map(|health| health.to_string()).unwrap_or_default());
            told += 1;
        } else {
            assert_eq!(value, "", "{:?}", row.date("metric_date"));
        }
    }
    assert_eq!(told, 22);
    // No file sets it.
    let file = "account,metric_date,login_frequency,overall_health_score\nb1,2026-03-01,1,99\n";
    let report = world.import_of(&METRIC, file, Default::default()).await?;
    assert_eq!((report.ledger.unchanged, report.ledger.rejected), (1, 0), "{report:?}");
    Ok(())
}

/// Everything there is to look at, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    let since = ("created_at", "2024-01-01T00:00:00Z");
    world.account(&[("external_id", "v1"), ("name", "V1"), ("size", "small"), since]).await?;
    world.account(&[("external_id", "v2"), ("name", "V2"), since]).await?;
    let months = world.at("2026-01-01T07:00:00Z");
    recompute(&months, None).await?;
    recompute(world, None).await?;
    for name in ["v1", "v2"] {
        adjust(world, name, &new_adjustment(50, "2026-04-01"), false).await?;
        views::show(world, name, None).await?;
        views::history(world, name, 30).await?;
    }
    for by in [By::Industry, By::Size, By::Owner] {
        views::summary(world, &all(), Some(by)).await?;
    }
    views::movers(world, &all(), 7, 5).await?;
    fastenr_core::ops::dashboard::dashboard(world, &Selection::default()).await?;
    clear_adjustment(world, "v1", false).await?;
    Ok(())
}

/// Every function of the store that is tested here, called by `ours` on what only `theirs` have.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let their = theirs.get("only").await?;
    let today: NaiveDate = ours.clock.today();
    let before = today.checked_sub_days(Days::new(7));
    called.extend(["scores::lines", "scores::peers", "scores::adjust", "scores::end_adjustments"]);
    called.extend(["dashboard::accounts", "dashboard::engagements", "dashboard::goals"]);
    {
        let tx = &mut ours.db.read().await?;
        for filter in [Selection::everything(), all().with(&ACCOUNT, "parent", [Value::Id(their.id)])?] {
            let lines: Vec<_> = stored::lines(tx, scope, &filter, [Some(today), before, None])?.try_collect().await?;
            assert!(lines.iter().all(|line| line.account != their.id));
        }
        let peers = stored::peers(tx, scope, (their.id, today), None, 101).await?;
        let groups = dashboard::accounts(tx, scope, &all()).await?;
        let own = ours.accounts().await?.iter().filter(|account| account.archived_at.is_none()).count();
        assert_eq!(groups.iter().map(|group| group.accounts).sum::<i64>(), i64::try_from(own)?);
        let since = ours.clock.now() - TimeDelta::days(36_000);
        let sum = |rows: Vec<(String, i64)>| rows.iter().map(|(_, count)| *count).sum::<i64>();
        let met = sum(dashboard::engagements(tx, scope, &all(), (since, ours.clock.now())).await?);
        let goals = sum(dashboard::goals(tx, scope, &all()).await?);
        let selection = Selection { archived: Archived::With, ..Selection::default() };
        assert!(met <= i64::try_from(lists::count::<Entry>(tx, scope, &ENGAGEMENT, &selection).await?)?);
        assert!(goals <= i64::try_from(lists::count::<Entry>(tx, scope, &GOAL, &selection).await?)?);
        // Of ours only, whoever asks.
        assert!(usize::try_from(peers.all)? <= ours.accounts().await?.len());
    }
    let mut tx = ours.db.write(scope, fastenr_core::store::Lock::Shared).await?;
    let now = ours.clock.now();
    let stamp = fastenr_core::store::records::Stamp {
        operation: ours.ids.next(),
        now,
        effective_on: today,
        user: ours.user.id,
    };
    assert_eq!(stored::end_adjustments(&mut tx, scope, their.id, today, stamp.operation).await?, 0);
    let new = stored::NewAdjustment {
        id: ours.ids.next(),
        account: their.id,
        score: 1,
        reason: "theirs".into(),
        from: today,
        until: today,
    };
    assert_eq!(refused(stored::adjust(&mut tx, scope, &new, stamp).await), "in_use");
    Ok(())
}
