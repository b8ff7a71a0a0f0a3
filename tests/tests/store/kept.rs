//! What every kind of write leaves behind, so that it can be taken back: ids in a range, and the row as it was.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::score::alerts::Rule;
use fastenr_core::store::journal::{DELETED, TABLES, Table};
use fastenr_core::store::{Db, DbOptions};
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use fastenr_tests::world::{World, query, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/kept/what_is_made_is_in_a_range", what_is_made_is_in_a_range);
    tests.both("store/kept/alerts", alerts_are_kept);
    tests.both("store/kept/held_alerts", held_alerts);
    tests.both("store/kept/snapshots", snapshots);
    tests.both("store/kept/models_and_adjustments", models_and_adjustments);
}

/// After everything there is to do: what an operation made has ids between its own and its last, and each change of a row left
/// the row before it.
async fn what_is_made_is_in_a_range(backend: &Backend) -> Result<()> {
    let done = super::statements::everything_once(backend.kind).await?;
    let db = Db::connect(&done.url, &DbOptions::default()).await?;
    let open =
        "select kind from operations where status = 'done' and last_id is null and kind <> 'organizations.create'";
    assert_eq!(query::<(String,)>(&db, open).await?, []);
    let mut made = BTreeSet::new();
    for table in TABLES.iter() {
        let name = table.name;
        let of = "o.organization_id = a.organization_id and o.id = a.created_by_operation and o.last_id is not null";
        let sql = format!(
            "select distinct o.kind from {name} a join operations o on {of} where a.id <= o.id or a.id > o.last_id"
        );
        assert_eq!(query::<(String,)>(&db, sql).await?, [], "{name}");
        let sql = format!("select distinct o.kind from {name} a join operations o on {of}");
        made.extend(query::<(String,)>(&db, sql).await?.into_iter().map(|(kind,)| (name, kind)));

        let same = table.key.iter().map(|(key, _)| format!("b.{key} = a.{key}")).collect::<Vec<_>>().join(" and ");
        let keys = table.key.iter().map(|(key, _)| format!("a.{key}")).collect::<Vec<_>>().join(", ");
        // A run turns statuses without a version, an erasure keeps no images, one user's version is raised by hand, and one organization is
        // pruned.
        let but = if name == "users" { "and a.email <> 'admin@fastenr.local'" } else { "" };
        let sql = format!(
            "select a.version, count(o.id) as kept, coalesce(max(b.version), 0) as last from {name} a \
             left join {name}_before b on b.organization_id = a.organization_id and {same} \
             left join operations o on o.organization_id = b.organization_id and o.id = b.operation_id \
               and not (o.kind = 'accounts.recompute' and '{name}' = 'accounts') \
             where a.organization_id not in (select g.id from organizations g where g.slug = 'prune') {but} \
             and a.id not in (select e.id from erased_fields e where e.organization_id = a.organization_id and e.noun = '{name}') \
             group by a.organization_id, {keys}, a.version"
        );
        for (version, kept, last) in query::<(i64, i64, i64)>(&db, sql).await? {
            assert_eq!(version, kept + 1, "{name}");
            assert!(last < version || name == "accounts", "{name}");
        }
    }
    for pair in [
        ("accounts", "accounts.import"),
        ("account_changes", "accounts.update"),
        ("account_changes", "arr.import"),
        ("alerts", "accounts.recompute"),
        ("customer_goals", "goals.create"),
        ("goal_changes", "goals.progress"),
        ("score_models", "models.use"),
        ("health_adjustments", "accounts.adjust"),
        ("health_metrics", "metrics.import"),
        ("users", "users.import"),
    ] {
        assert!(made.contains(&(pair.0, pair.1.to_owned())), "{pair:?}: {made:?}");
    }
    // What was deleted says so, all of it.
    for name in ["contacts", "account_team", "engagements", "attachments", "customer_goals"] {
        let sql = format!("select distinct b.changed from {name}_before b where b.changed < 0");
        assert_eq!(query::<(i64,)>(&db, sql).await?, [(DELETED,)], "{name}");
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, sqlx_macros::FromRow)]
struct AlertRow {
    id: Uuid,
    level: i64,
    severity: String,
    message: String,
    held: bool,
    opened_on: NaiveDate,
    fired_on: NaiveDate,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledged_by: Option<Uuid>,
    acknowledged_reason: Option<String>,
    snoozed_until: Option<NaiveDate>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_reason: Option<String>,
    version: i64,
}

const ALERT: &str = "t.id, t.level, t.severity, t.message, t.held, t.opened_on, t.fired_on, t.acknowledged_at, \
    t.acknowledged_by, t.acknowledged_reason, t.snoozed_until, t.resolved_at, t.resolved_reason, t.version";

async fn all(world: &World) -> Result<BTreeMap<Uuid, AlertRow>> {
    let rows: Vec<AlertRow> = query(&world.db, format!("select {ALERT} from alerts t")).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What an operation kept: mask, row.
async fn kept(world: &World, operation: Option<Uuid>) -> Result<BTreeMap<Uuid, (i64, AlertRow)>> {
    let sql =
        "select t.changed from alerts_before t where t.organization_id = $1 and t.operation_id = $2 order by t.id";
    let mut tx = world.db.read().await?;
    let masks: Vec<(i64,)> = tx.of(&world.scope(), sql).bind(operation).fetch_all().await?;
    let sql = format!(
        "select {ALERT} from alerts_before t where t.organization_id = $1 and t.operation_id = $2 order by t.id"
    );
    let rows: Vec<AlertRow> = tx.of(&world.scope(), sql).bind(operation).fetch_all().await?;
    Ok(masks.into_iter().zip(rows).map(|((mask,), row)| (row.id, (mask, row))).collect())
}

fn mask(names: &[&str]) -> i64 {
    Table::find("alerts").unwrap().mask(names)
}

/// Whoever differs was kept as it was, under this mask, and is a version further; nobody else was kept.
async fn held_to(
    world: &World,
    before: &BTreeMap<Uuid, AlertRow>,
    operation: Option<Uuid>,
    names: &[&str],
) -> Result<usize> {
    let (after, kept) = (all(world).await?, kept(world, operation).await?);
    for (id, old) in before {
        let new = &after[id];
        if new == old {
            assert!(!kept.contains_key(id), "{old:?}");
            continue;
        }
        assert_eq!(kept.get(id), Some(&(mask(names), old.clone())));
        assert_eq!(new.version, old.version + 1);
    }
    Ok(kept.len())
}

const RESOLVED: [&str; 3] = ["resolved_at", "resolved_by", "resolved_reason"];

async fn alerts_are_kept(backend: &Backend) -> Result<()> {
    let world = fastenr_tests::books::alerts::three(backend).await?;
    let open = fastenr_tests::books::alerts::alerts(&world, &Selection::default()).await?;
    let one = |n: usize| Selection::of_ids([open[n].id]);
    let until = "2026-03-10".parse()?;
    for (n, act, names) in [
        (1, AlertAction::Acknowledge, ["acknowledged_at", "acknowledged_by", "acknowledged_reason"]),
        (0, AlertAction::Snooze { until }, ["snoozed_until", "snoozed_by", "snoozed_reason"]),
        (2, AlertAction::Resolve, RESOLVED),
    ] {
        let before = all(&world).await?;
        let done = alerts::act(&world, &one(n), act, "why", false).await?;
        assert_eq!(held_to(&world, &before, done.operation, &names).await?, 1, "{act:?}");
    }
    // The acknowledged one gets worse: what somebody said of it is in the image alone.
    let next = world.at("2026-03-03T07:00:00Z");
    fastenr_tests::books::alerts::escalate(&next, &[("x1", 1)]).await?;
    let before = all(&world).await?;
    let done = fastenr_tests::books::alerts::run(&next).await?;
    let raised = [
        "level",
        "severity",
        "message",
        "fired_on",
        "sent_at",
        "acknowledged_at",
        "acknowledged_by",
        "acknowledged_reason",
    ];
    let kept_now = kept(&next, done.operation).await?;
    let (changed, image) = &kept_now[&open[1].id];
    assert_eq!((*changed, image), (mask(&raised), &before[&open[1].id]));
    assert_eq!((image.acknowledged_by, image.version), (Some(world.user.id), 2));
    let now = &all(&next).await?[&open[1].id];
    assert_eq!((now.acknowledged_by, now.version), (None, 3));
    // No feed tells anything for some days; then one does again.
    fastenr_tests::books::alerts::run(&world.at("2026-03-12T07:00:00Z")).await?;
    let topics = "select t.id, t.topic from alerts t where t.account_id is null and t.resolved_at is null";
    let silent: Vec<(Uuid, String)> = query(&world.db, topics).await?;
    let rows: String = (0..30).map(|n| format!("x{n},2026-03-13,20,1\n")).collect();
    let again = world.at("2026-03-13T07:00:00Z");
    let file = format!("account,metric_date,login_frequency,support_tickets\n{rows}");
    again.import_of(&METRIC, &file, Default::default()).await?;
    let done = fastenr_tests::books::alerts::run(&again).await?;
    let kept_now = kept(&again, done.operation).await?;
    let told: Vec<&String> =
        silent.iter().filter(|(id, _)| kept_now.contains_key(id)).map(|(_, topic)| topic).collect();
    assert!(told.iter().any(|topic| topic.starts_with("feed:")), "{silent:?} {told:?}");
    // Days later nothing of it holds.
    let later = world.at("2026-05-10T07:00:00Z");
    let before = all(&world).await?;
    let done = fastenr_tests::books::alerts::run(&later).await?;
    let after = all(&later).await?;
    let kept_now = kept(&later, done.operation).await?;
    let cleared: Vec<&AlertRow> =
        before.values().filter(|old| old.resolved_at.is_none() && after[&old.id].resolved_at.is_some()).collect();
    assert!(!cleared.is_empty() && cleared.len() as u64 == done.alerts_cleared, "{cleared:?}");
    for old in cleared {
        assert_eq!(kept_now[&old.id], (mask(&RESOLVED[..1]) | mask(&["resolved_reason"]), old.clone()));
    }
    Ok(())
}

async fn held_alerts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    fastenr_tests::books::alerts::book(&world).await?;
    let next = world.at("2026-03-02T07:00:00Z");
    fastenr_tests::books::alerts::escalate(&next, &[("x1", 1), ("x2", 1), ("x3", 1), ("x4", 2)]).await?;
    fastenr_tests::books::alerts::run(&next).await?;
    let later = next.at("2026-03-03T07:00:00Z");
    let before = all(&world).await?;
    let done = alerts::release(&later, &Default::default(), "it is real", false).await?;
    assert_eq!(done.rules, [(Rule::SupportEscalation, 4)]);
    let kept_now = kept(&later, done.operation).await?;
    let of =
        |held: bool| kept_now.values().filter(|(_, row)| row.held == held).map(|(mask, _)| *mask).collect::<Vec<_>>();
    assert_eq!(of(true), [mask(&["held", "held_by", "opened_on", "opened_at", "fired_on"]); 4]);
    assert_eq!(of(false), [mask(&RESOLVED)], "what the guard had to say");
    assert!(kept_now.values().all(|(_, row)| before[&row.id] == *row));
    Ok(())
}

#[derive(Debug, Clone, PartialEq, sqlx_macros::FromRow)]
struct SnapshotRow {
    account_id: Uuid,
    model: String,
    health: i64,
    levels: i64,
    usage: Option<i64>,
    created_by_operation: Option<Uuid>,
}

async fn of_the_day(world: &World, table: &str) -> Result<BTreeMap<Uuid, SnapshotRow>> {
    let sql = format!(
        "select t.account_id, t.model, cast(t.health_points as bigint) as health, t.alert_levels as levels, \
           cast(t.product_usage as bigint) as usage, t.created_by_operation from {table} t \
         where t.organization_id = $1 and t.snapshot_date = $2"
    );
    let mut tx = world.db.read().await?;
    let rows: Vec<SnapshotRow> = tx.of(&world.scope(), sql).bind(world.today()).fetch_all().await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

async fn snapshots(backend: &Backend) -> Result<()> {
    let world = fastenr_tests::books::alerts::three(backend).await?;
    let before = of_the_day(&world, "score_snapshots").await?;
    let first = before.values().next().unwrap().created_by_operation;
    assert!(first.is_some() && before.values().all(|row| row.created_by_operation == first));
    assert!(
        of_the_day(&world, "score_snapshots_before").await?.is_empty(),
        "the first run of a day overwrites nothing"
    );
    let file = "account,metric_date,login_frequency,escalated_tickets,csat\nx5,2026-03-02,1,2,20\n";
    world.import_of(&METRIC, file, Default::default()).await?;
    let again = fastenr_tests::books::alerts::run(&world).await?;
    let after = of_the_day(&world, "score_snapshots").await?;
    let kept = of_the_day(&world, "score_snapshots_before").await?;
    assert!(!kept.is_empty() && (kept.len() as u64) <= again.changed);
    for (id, old) in &before {
        match kept.get(id) {
            Some(image) => assert_eq!((image, after[id].created_by_operation), (old, again.operation)),
            None => assert_eq!(&after[id], old),
        }
    }
    assert!(kept.contains_key(&world.get("x5").await?.id));
    let books = "select b.operation_id, b.csat_sum < s.csat_sum or b.csat_sum > s.csat_sum, b.created_by_operation, \
                   s.created_by_operation from score_books_before b \
                 join score_books s on s.organization_id = b.organization_id and s.snapshot_date = b.snapshot_date";
    let books: Vec<(Uuid, bool, Option<Uuid>, Option<Uuid>)> = query(&world.db, books).await?;
    assert_eq!(books, [(again.operation.unwrap(), true, first, again.operation)]);
    assert_eq!(fastenr_tests::books::alerts::run(&world).await?.operation, None);
    Ok(())
}

async fn models_and_adjustments(backend: &Backend) -> Result<()> {
    use fastenr_core::ops::models;
    use fastenr_core::ops::scores::views::{Adjustment, adjust, clear_adjustment};
    use fastenr_core::score::Model;
    let world = world(backend).await?;
    let take = async |text: &str| {
        let model = Model::parse(text).unwrap();
        models::use_model(&world, &model, None, 0, false, &mut |_| {}).await
    };
    take("name = \"Ours\"\ncaps.weak_from = 10").await?;
    let second = take("name = \"Ours\"\ncaps.weak_from = 15").await?;
    let back = models::rollback(&world, None, 0, false, &mut |_| {}).await?;
    let sql = "select b.operation_id, b.changed, b.revision, b.active, b.position, b.version from score_models_before b \
               order by b.operation_id, b.revision";
    let kept: Vec<(Uuid, i64, i64, bool, i64, i64)> = query(&world.db, sql).await?;
    let changed = Table::find("score_models").unwrap().mask(&["active", "position"]);
    let (second, back) = (second.operation.unwrap(), back.operation.unwrap());
    assert_eq!(
        kept,
        [(second, changed, 1, true, 1, 1), (back, changed, 1, false, 1, 2), (back, changed, 2, true, 1, 1),]
    );
    let versions: Vec<(i64, i64)> =
        query(&world.db, "select revision, version from score_models order by revision").await?;
    assert_eq!(versions, [(1, 3), (2, 2)]);

    world.account(&[("external_id", "a"), ("name", "A"), ("created_at", "2024-01-01T00:00:00Z")]).await?;
    let adjustment = Adjustment { score: 50, reason: "they said so".into(), until: "2026-04-01".parse()? };
    adjust(&world, "a", &adjustment, false).await?;
    let done = clear_adjustment(&world, "a", false).await?;
    let sql = "select b.operation_id, b.changed, b.until_date, b.version from health_adjustments_before b";
    let kept: Vec<(Uuid, i64, NaiveDate, i64)> = query(&world.db, sql).await?;
    let changed = Table::find("health_adjustments").unwrap().mask(&["until_date"]);
    assert_eq!(kept, [(done.written.operation.unwrap(), changed, adjustment.until, 1)]);
    let now: Vec<(NaiveDate, i64)> = query(&world.db, "select until_date, version from health_adjustments").await?;
    assert_eq!(now, [("2026-02-28".parse()?, 2)]);
    Ok(())
}
