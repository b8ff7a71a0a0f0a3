//! Imports: what follows from the rows of a file, and what the file itself says.

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use super::{get, import, progress, stands, texts, update};
use fastenr_tests::world::{World, lines, query, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/goals/files/what_follows_and_what_is_said", what_follows_and_what_is_said);
    tests.both("store/goals/files/twice_is_once", twice_is_once);
    tests.both("store/goals/files/a_dry_run_tells_what_follows", a_dry_run_tells_what_follows);
    tests.both("store/goals/files/contradictions", contradictions);
    tests.both("store/goals/files/an_export_comes_back", an_export_comes_back);
    tests.both("store/goals/files/many", many);
}

const PLAN: &str = "external_id,account,title,current_value,target_value,started_on,target_date\n\
    g1,a,One,40,100,2026-01-01,2026-05-01\ng2,a,Two,10,100,2026-01-01,2026-05-01\n\
    g3,a,Three,100,100,2026-01-01,2026-05-01\ng4,a,Four,1,100,2025-01-01,2025-05-01\n";

async fn with_accounts(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme"), ("arr", "1000")]).await?;
    Ok(world)
}

async fn all(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for name in ["g1", "g2", "g3", "g4"] {
        all.push(stands(&get(world, name).await?));
    }
    Ok(all)
}

async fn counts(world: &World, file: &str) -> Result<(u64, u64, u64, u64)> {
    let report = import(world, file, false).await?;
    assert!(report.applied);
    let ledger = report.ledger;
    Ok((ledger.created, ledger.updated, ledger.unchanged, ledger.rejected))
}

async fn what_follows_and_what_is_said(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    assert_eq!(counts(&world, PLAN).await?, (4, 0, 0, 0));
    assert_eq!(all(&world).await?, ["on_track rule ", "at_risk rule ", "achieved rule 2026-03-01", "missed rule "]);
    assert_eq!(texts(&get(&world, "g1").await?, &["start_value", "milestones", "metric_type"]), "0  custom");
    // A word of the file stands, a value moves the rule, and the others stay as they are.
    let words = "external_id,status,current_value\ng1,at_risk,40\ng2,,100\ng3,achieved,100\ng4,missed,2\n";
    assert_eq!(counts(&world, words).await?, (0, 3, 1, 0));
    let now = ["at_risk import ", "achieved rule 2026-03-01", "achieved rule 2026-03-01", "missed import "];
    assert_eq!(all(&world).await?, now);
    let kept: Vec<(i64, String)> =
        query(&world.db, "select current_value, status from customer_goals_before order by external_key").await?;
    assert_eq!(kept, [(4_000, "on_track".into()), (1_000, "at_risk".into()), (100, "missed".into())]);
    let history: Vec<(String, String, String)> =
        query(&world.db, "select field, old_value, new_value from goal_changes order by field, old_value, new_value")
            .await?;
    let line = |field: &str, old: &str, new: &str| (field.to_owned(), old.to_owned(), new.to_owned());
    assert_eq!(
        history,
        [
            line("current_value", "100", "200"),
            line("current_value", "1000", "10000"),
            line("status", "at_risk", "achieved"),
            line("status", "on_track", "at_risk"),
        ]
    );
    // What an import said stands until progress.
    update(&world, "g1", &[("target_value", "90")]).await?;
    assert_eq!(stands(&get(&world, "g1").await?), "at_risk import ");
    assert_eq!(stands(&progress(&world, "g1", "50", None).await?), "on_track rule ");
    // The value alone makes the rule look again.
    assert_eq!(counts(&world, "external_id,current_value\ng1,95\ng4,3\n").await?, (0, 2, 0, 0));
    assert_eq!(all(&world).await?[0], "achieved rule 2026-03-01");
    assert_eq!(all(&world).await?[3], "missed rule ");
    Ok(())
}

async fn twice_is_once(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    let milestones = r#""[{""title"":""Half"",""target_value"":30},{""title"":""All""}]""#;
    let full = format!(
        "external_id,account,title,metric_type,current_value,target_value,started_on,target_date,status,completion_date,milestones\n\
         g1,a,One,arr,,2000,,2026-05-01,,,{milestones}\n\
         g2,a,Two,custom,40,100,2026-01-01,2026-05-01,,,{milestones}\n\
         g3,a,Three,custom,1,100,2026-01-01,2026-05-01,,2026-02-02,\n\
         g4,a,Four,custom,100,100,2026-01-01,2026-05-01,on_track,,\n"
    );
    for file in [PLAN, full.as_str()] {
        for empty in ["keep", "clear"] {
            let once = |dry_run| {
                let request = Request { dry_run, empty: empty.parse().unwrap(), ..Request::default() };
                let world = &world;
                async move { ops::import::run(world, &GOAL, world.source(file)?, request, &mut |_| {}).await }
            };
            if empty == "clear" && file != PLAN {
                // A status can't be cleared.
                assert_eq!(once(false).await?.ledger.rejected, 3);
                continue;
            }
            once(false).await?;
            let before = lines(&world.db, "customer_goals", Some(&world.scope())).await?;
            for dry_run in [true, false] {
                let ledger = once(dry_run).await?.ledger;
                assert_eq!((ledger.unchanged, ledger.rows), (4, 4), "{file} {empty}");
            }
            assert_eq!(lines(&world.db, "customer_goals", Some(&world.scope())).await?, before);
        }
    }
    let milestones = texts(&get(&world, "g2").await?, &["milestones"]);
    assert_eq!(milestones, r#"[{"title":"Half","target_value":30,"completed_on":"2026-03-01"},{"title":"All"}]"#);
    assert_eq!(stands(&get(&world, "g3").await?), "achieved import 2026-02-02");
    assert_eq!(stands(&get(&world, "g4").await?), "on_track import ");
    // A blank date takes nothing away, and the days of milestones stay when the plan comes again.
    let blank = "external_id,completion_date,title\ng3,,Three!\n";
    let request = Request { empty: "clear".parse().unwrap(), ..Request::default() };
    ops::import::run(&world, &GOAL, world.source(blank)?, request, &mut |_| {}).await?;
    assert_eq!(texts(&get(&world, "g3").await?, &["title", "completion_date"]), "Three! 2026-02-02");
    Ok(())
}

async fn a_dry_run_tells_what_follows(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    import(&world, PLAN, false).await?;
    let file = "external_id,current_value\ng1,100\ng2,20\n";
    let told = async |dry_run| -> Result<Vec<String>> {
        let mut told = Vec::new();
        let request = Request { dry_run, ..Request::default() };
        let source = world.source(file)?;
        ops::import::run_with_changes(&world, &GOAL, source, request, &mut |_| {}, &mut |_, change| {
            let (old, new) = (change.field.text(&change.old), change.field.text(&change.new));
            told.push(format!("{} {} {old} > {new}", change.row, change.field.name));
            Ok(())
        })
        .await?;
        Ok(told)
    };
    let tried = told(true).await?;
    assert_eq!(
        tried,
        [
            "1 current_value 40 > 100",
            "1 status on_track > achieved",
            "1 completion_date  > 2026-03-01",
            "2 current_value 10 > 20",
        ]
    );
    assert_eq!(get(&world, "g1").await?.version(), 1);
    assert_eq!(told(false).await?, tried);
    assert_eq!(stands(&get(&world, "g1").await?), "achieved rule 2026-03-01");
    Ok(())
}

async fn contradictions(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    let file = "external_id,account,title,status,completion_date\ng1,a,One,missed,2026-02-01\n\
        g2,a,Two,achieved,2026-02-01\ng3,a,Three,,2026-03-02\ng4,a,Four,achieved,\n";
    let report = import(&world, file, false).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (2, 2));
    let mut codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["completion_date", "future"]);
    assert_eq!(stands(&get(&world, "g2").await?), "achieved import 2026-02-01");
    assert_eq!(stands(&get(&world, "g4").await?), "achieved import 2026-03-01");
    Ok(())
}

async fn an_export_comes_back(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    import(&world, PLAN, false).await?;
    update(&world, "g2", &[("status", "missed"), ("milestones", r#"[{"title":"m","target_value":5}]"#)]).await?;
    let fields: Vec<_> = GOAL.fields.iter().filter(|field| field.writable() || field.name == "id").collect();
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut file = fields.iter().map(|field| field.name).collect::<Vec<_>>().join(",") + "\n";
    for name in ["g1", "g2", "g3", "g4"] {
        let goal = get(&world, name).await?;
        let row: Vec<String> = fields.iter().map(|field| cell(&field.text(&goal.value(field)))).collect();
        file += &(row.join(",") + "\n");
    }
    let ledger = import(&world.at("2026-08-01T07:00:00Z"), &file, false).await?.ledger;
    assert_eq!((ledger.unchanged, ledger.rows), (4, 4));
    Ok(())
}

/// More than one range of rows.
async fn many(backend: &Backend) -> Result<()> {
    let world = with_accounts(backend).await?;
    let file = |value: usize| {
        let rows = (1..=1_203).map(|n| format!("m{n},a,Goal {n},{},1000\n", (n * value) % 1_100));
        "external_id,account,title,current_value,target_value\n".to_owned() + &rows.collect::<String>()
    };
    assert_eq!(counts(&world, &file(1)).await?, (1_203, 0, 0, 0));
    let reached = "select count(*) from customer_goals where (status = 'achieved') <> (current_value >= target_value)";
    assert_eq!(query::<(i64,)>(&world.db, reached).await?, [(0,)]);
    let (_, updated, unchanged, _) = counts(&world, &file(7)).await?;
    assert_eq!((updated + unchanged, updated > 1_000), (1_203, true));
    assert_eq!(query::<(i64,)>(&world.db, reached).await?, [(0,)]);
    let missing = "select count(*) from customer_goals where (status = 'achieved') <> (completion_date is not null)";
    assert_eq!(query::<(i64,)>(&world.db, missing).await?, [(0,)]);
    Ok(())
}
