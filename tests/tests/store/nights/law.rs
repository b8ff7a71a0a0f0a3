//! Nights missed and made up for are nights run on time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_core::store::scores::snapshots;
use fastenr_tests::harness::{Backend, Kind, Tests};
use fastenr_tests::world::{World, query, world};
use futures_util::TryStreamExt;
use proptest::prelude::*;

use super::super::import_laws::holds_for;
use super::super::random::Random;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/nights/made_up_for_are_run_on_time", made_up_for_are_run_on_time);
    tests.postgres("store/nights/both_databases_agree", both_databases_agree);
}

/// Random books take their time: so many, unless `PROPTEST_CASES` asks for more.
const CASES: u32 = 5;
const NIGHTS: usize = 9;
/// The first night is the second of March.
const FIRST: u32 = 2;

/// A random book, and which of its nights were missed.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    missed: Vec<bool>,
}

fn case() -> impl Strategy<Value = Case> {
    (any::<u64>(), prop::collection::vec(any::<bool>(), NIGHTS)).prop_map(|(seed, missed)| Case { seed, missed })
}

/// What comes on a day: a file of each noun.
type Files = Vec<(&'static Noun, &'static str, String)>;

fn day(n: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, FIRST).unwrap().checked_add_days(Days::new(n as u64)).unwrap()
}

/// The files of each night, the first of which brings the book.
fn files(seed: u64) -> Vec<Files> {
    let mut random = Random::of(seed);
    let accounts = 22 + random.below(6);
    let sizes = ["startup", "small", "medium", "large", "enterprise", ""];
    let stages = ["likely", "unknown", "at_risk", "committed", ""];
    let header = "external_id,name,size,arr,seats,contract_start,contract_end,renewal_stage,status,created_at\n";
    let line = |n: usize, random: &mut Random, created: &str| {
        let end = day(0).checked_add_days(Days::new(random.number(130))).unwrap();
        format!(
            "a{n},Account {n},{},{},{},2025-01-01,{end},{},{},{created}\n",
            random.one(&sizes),
            random.number(900_000),
            5 + random.number(40),
            random.one(&stages),
            random.one(&["active", "active", "at_risk"]),
        )
    };
    let mut book = header.to_owned();
    let mut engagements = "external_id,account,type,title,completed_at,outcome\n".to_owned();
    let mut goals =
        "external_id,account,title,start_value,current_value,target_value,started_on,target_date\n".to_owned();
    for n in 0..accounts {
        book.push_str(&line(n, &mut random, "2024-01-01T00:00:00Z"));
        let met = day(0).checked_sub_days(Days::new(random.number(70) + 20)).unwrap();
        let outcome = random.one(&["positive", "negative", "neutral"]);
        let _ = writeln!(engagements, "e{n},a{n},meeting,Talk,{met}T10:00:00Z,{outcome}");
        if random.below(3) == 0 {
            let due = day(random.below(NIGHTS + 2)).checked_sub_days(Days::new(2)).unwrap();
            let _ = writeln!(goals, "g{n},a{n},Goal,0,{},100,2025-12-01,{due}", random.number(120));
        }
    }
    // When each account stops to log in, in days before the second night; some never do.
    let stops: Vec<i64> =
        (0..accounts).map(|_| if random.below(3) == 0 { random.number(20) as i64 - 6 } else { -100 }).collect();
    let usage = "account,metric_date,login_frequency,feature_adoption_score,active_users,support_tickets,escalated_tickets,csat\n";
    let row = |n: usize, on: NaiveDate, factor: u64, random: &mut Random| {
        let stopped = (day(1) - on).num_days() < stops[n];
        let logins = if stopped { 0 } else { 20 * factor };
        let escalated = u64::from(random.below(25) == 0);
        format!("a{n},{on},{logins},{},{},1,{escalated},{}\n", 70 * factor, 8 * factor, 70 + random.number(30))
    };
    let mut history = usage.to_owned();
    for age in 1..=45 {
        let on = day(0).checked_sub_days(Days::new(age)).unwrap();
        for n in 0..accounts {
            history.push_str(&row(n, on, 1, &mut random));
        }
    }
    let mut nights: Vec<Files> = vec![vec![
        (&ACCOUNT, "book.csv", book),
        (&METRIC, "history.csv", history),
        (&ENGAGEMENT, "calls.csv", engagements),
        (&GOAL, "goals.csv", goals),
    ]];
    let mut silent = 0_usize;
    for night in 1..NIGHTS {
        let on = day(night);
        let mut files: Files = Vec::new();
        // Mostly a whole file; one of zeros, half of one, or none for some days.
        let kind = if silent > 0 { 9 } else { random.below(10) };
        silent = if kind == 9 && silent == 0 { 3 } else { silent.saturating_sub(1) };
        if kind < 9 {
            let mut rows = usage.to_owned();
            for n in (0..accounts).filter(|n| kind != 8 || n % 3 == 0) {
                rows.push_str(&row(n, on, u64::from(kind != 7), &mut random));
            }
            files.push((&METRIC, "usage-#.csv", rows));
        }
        if random.below(3) == 0 {
            let mut rows = "external_id,contract_end,arr,renewal_stage\n".to_owned();
            for _ in 0..1 + random.below(3) {
                let (n, ahead) = (random.below(accounts), random.number(100));
                let end = on.checked_add_days(Days::new(ahead)).unwrap();
                let _ = writeln!(rows, "a{n},{end},{},{}", random.number(900_000), random.one(&stages[..4]));
            }
            files.push((&ACCOUNT, Box::leak(format!("changes-{}.csv", letter(night)).into_boxed_str()), rows));
        }
        if random.below(4) == 0 {
            let rows = format!("{header}{}", line(accounts + night, &mut random, ""));
            files.push((&ACCOUNT, Box::leak(format!("new-{}.csv", letter(night)).into_boxed_str()), rows));
        }
        if random.below(3) == 0 {
            let n = random.below(accounts);
            let rows = format!(
                "external_id,account,type,title,completed_at,outcome\nf{night},a{n},call,Call,{on}T05:00:00Z,negative\n"
            );
            files.push((&ENGAGEMENT, Box::leak(format!("calls-{}.csv", letter(night)).into_boxed_str()), rows));
        }
        nights.push(files);
    }
    nights
}

fn letter(n: usize) -> char {
    char::from(b'a' + u8::try_from(n).unwrap_or(0))
}

/// Lives through the nights; those that were missed are made up for by the next that was not.
async fn lived(world: &World, seed: u64, missed: &[bool]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let nights = files(seed);
    let last = nights.len() - 1;
    for (n, files) in nights.into_iter().enumerate() {
        let date = FIRST + n as u32;
        let morning = super::on(world, date, 6);
        for (noun, name, rows) in files {
            let source = morning.source_called(&name.replace('#', &date.to_string()), &rows)?;
            let report = ops::import::run(&morning, noun, source, Default::default(), &mut |_| {}).await?;
            ensure!(report.applied, "{name}: {:?}", report.refusal);
        }
        if n == 0 || n == last || !missed[n] {
            super::night(world, date).await?;
        }
    }
    picture(&super::on(world, FIRST + last as u32, 8)).await
}

/// Account, goal, day, the status before and after.
type GoalChange = (String, String, NaiveDate, Option<String>, Option<String>);

/// Everything that nights leave, by kind; without ids, and with the days of moments alone.
async fn picture(world: &World) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut picture: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |kind: &str, line: String| {
        // Twice the same line is two lines.
        let lines = picture.entry(kind.to_owned()).or_default();
        let mut line = line;
        while !lines.insert(line.clone()) {
            line.push('+');
        }
    };
    let accounts = world.accounts().await?;
    let names: BTreeMap<_, _> =
        accounts.iter().map(|account| (account.id, account.external_id.clone().unwrap_or_default())).collect();
    for account in &accounts {
        add(
            "accounts",
            format!(
                "{} {} {} health {:?} provisional {:?} risk {:?} {:?}",
                names[&account.id],
                account.status,
                account.status_source,
                account.health_score,
                account.provisional_health_score,
                account.churn_risk_score,
                account.band
            ),
        );
    }
    for n in 0..NIGHTS {
        let mut tx = world.db.read().await?;
        let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), day(n))?.try_collect().await?;
        for mut row in rows {
            let name = &names[&row.account_id];
            row.account_id = uuid::Uuid::nil();
            add("snapshots", format!("{name} {row:?}"));
        }
    }
    for change in world.changes().await?.into_iter().filter(|change| change.field == "status") {
        let name = &names[&change.account_id];
        add("statuses", format!("{name} {} {:?} {:?}", change.effective_on, change.old_value, change.new_value));
    }
    let goals: Vec<GoalChange> = query(
        &world.db,
        format!(
            "select g.external_id, h.field, h.effective_on, h.old_value, h.new_value from goal_changes h \
             join customer_goals g on g.organization_id = h.organization_id and g.id = h.goal_id \
             join organizations o on o.id = h.organization_id where o.slug = '{}'",
            world.organization.slug
        ),
    )
    .await?;
    goals.iter().for_each(|line| add("goals", format!("{line:?}")));
    for alert in super::alerts(world, &Default::default()).await? {
        let about = alert.account.as_ref().map_or(alert.topic.clone(), |account| account.label());
        add(
            "alerts",
            format!(
                "{} {about} {} {} {} {} {:?} opened {} resolved {:?} {:?}",
                alert.rule,
                alert.severity,
                alert.level,
                alert.opened_on,
                alert.fired_on,
                alert.held_by,
                alert.opened_at.date_naive(),
                alert.resolved.as_ref().map(|resolved| resolved.at.date_naive()),
                alert.message
            ),
        );
    }
    Ok(picture)
}

/// The lines in which two pictures differ.
fn compared(
    one: &BTreeMap<String, BTreeSet<String>>,
    other: &BTreeMap<String, BTreeSet<String>>,
    (first, second): (&str, &str),
) -> Result<()> {
    for (kind, lines) in one {
        let others = &other[kind];
        let only: Vec<String> = lines.difference(others).map(|line| format!("{first}: {line}")).collect();
        let rest: Vec<String> = others.difference(lines).map(|line| format!("{second}: {line}")).collect();
        ensure!(only.is_empty() && rest.is_empty(), "{kind}:\n{}\n{}", only.join("\n"), rest.join("\n"));
    }
    ensure!(one.keys().eq(other.keys()), "{:?}, {:?}", one.keys(), other.keys());
    Ok(())
}

async fn made_up_for_are_run_on_time(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds_for(backend.tries(CASES), case, async |number, case| {
        let on_time = first.organization(&format!("on-time-{number}")).await?;
        let made_up = first.organization(&format!("made-up-{number}")).await?;
        let expected = lived(&on_time, case.seed, &[false; NIGHTS]).await?;
        let found = lived(&made_up, case.seed, &case.missed).await?;
        ensure!(expected["alerts"].len() > 5, "{:?}", expected["alerts"]);
        compared(&expected, &found, ("on time", "made up"))
    })
}

async fn both_databases_agree(backend: &Backend) -> Result<()> {
    let other = Backend::new(Kind::Sqlite)?;
    let (postgres, sqlite) = (world(backend).await?, world(&other).await?);
    let case = Case { seed: 0x5eed, missed: vec![false, false, true, true, false, false, true, false, false] };
    let pictures = (lived(&postgres, case.seed, &case.missed).await?, lived(&sqlite, case.seed, &case.missed).await?);
    compared(&pictures.0, &pictures.1, ("PostgreSQL", "SQLite"))
}
