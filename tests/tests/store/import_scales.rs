//! Columns of percentages: what they count in, how their numbers are written, and what is refused.

use std::fmt::Write as _;

use anyhow::Result;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{OnError, Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Value;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scales/each_way_to_say_one", each_way_to_say_one);
    tests.both("store/scales/rounded_half_to_even", rounded_half_to_even);
    tests.both("store/scales/left_open_is_refused", left_open_is_refused);
    tests.both("store/scales/out_of_scale_is_rejected", out_of_scale_is_rejected);
    tests.both("store/scales/for_percentages_only", for_percentages_only);
    tests.both("store/scales/numbers_of_other_systems", numbers_of_other_systems);
    tests.both("store/scales/a_suggestion_asks", a_suggestion_asks);
    tests.both("store/scales/single_writes_never_round", single_writes_never_round);
    tests.both("store/scales/an_nps_or_answers", an_nps_or_answers);
}

async fn measured(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A")]).await?;
    Ok(world)
}

async fn import(world: &World, file: &str, request: Request) -> fastenr_core::Result<Report> {
    ops::import::run(world, &METRIC, world.source(file)?, request, &mut |_| {}).await
}

fn scaled(column: &str, scale: &str) -> Request {
    Request { scales: vec![(column.to_owned(), scale.parse().unwrap())], ..Request::default() }
}

fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..Request::default() }
}

/// A row for each value, from the first of January 2026 on.
fn column(header: &str, values: &[&str]) -> String {
    let mut file = format!("account;metric_date;{header}\n");
    for (day, value) in values.iter().enumerate() {
        let _ = writeln!(file, "A;2026-{:02}-{:02};{value}", 1 + day / 28, 1 + day % 28);
    }
    file
}

fn twenty<'t>(value: &'t str, last: &'t str) -> Vec<&'t str> {
    let mut values = vec![value; 20];
    values[19] = last;
    values
}

/// The values of a field, the first day first, as an export writes them.
async fn values(world: &World, name: &str) -> Result<Vec<String>> {
    let order = ops::selection::order(&METRIC, "metric_date:asc")?;
    let page = fastenr_core::model::filter::Page { number: 1, limit: 200 };
    let found = ops::lists::list::<Entry>(world, &METRIC, &Default::default(), order, page).await?;
    let (_, field) = METRIC.field(name).expect("a field");
    Ok(found.rows.iter().map(|row| field.text(&row.value(field)).into_owned()).collect())
}

async fn each_way_to_say_one(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let file = column("Score", &twenty("4.5", "3"));
    let by_header = Request { maps: vec![("Score".into(), "csat".into())], ..scaled("score", "1-5") };
    import(&world, &file, by_header).await?;
    let by_field = Request { maps: vec![("Score".into(), "csat".into())], ..scaled("csat", "1-5") };
    assert_eq!(import(&world, &file, by_field).await?.ledger.unchanged, 20);
    let by_mapping = mapped("[columns]\ncsat = \"Score\"\n[formats.Score]\nscale = \"1-5\"");
    assert_eq!(import(&world, &file, by_mapping).await?.ledger.unchanged, 20);
    assert_eq!(values(&world, "csat").await?[18..], ["87.5", "50"]);
    // The flag overrules the file, and a constant has a scale, too.
    let both = Request {
        scales: scaled("csat", "0-5").scales,
        ..mapped("[columns]\ncsat = \"Score\"\n[formats.Score]\nscale = \"1-5\"")
    };
    assert_eq!(import(&world, &file, both).await?.ledger.updated, 20);
    assert_eq!(values(&world, "csat").await?[18..], ["90", "60"]);
    let constant = Request { scales: scaled("csat", "1-5").scales, ..mapped("[columns]\ncsat = { constant = \"2\" }") };
    import(&world, "account,metric_date\nA,2026-01-20\n", constant).await?;
    assert_eq!(values(&world, "csat").await?[19], "25");
    Ok(())
}

async fn rounded_half_to_even(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let percents = ["12.345", "12.355", "12.3450001", "99.999", "33.333333333333333333333333333333333333"];
    import(&world, &column("csat", &percents), Request::default()).await?;
    assert_eq!(values(&world, "csat").await?, ["12.34", "12.36", "12.35", "100", "33.33"]);
    let shares = ["0.12345", "0.12355", "0.00005", "1", "0.333333333333333333333333333333333333"];
    import(&world, &column("csat", &shares), scaled("csat", "0-1")).await?;
    // 12.345 and 12.355: halves, each to its even neighbour.
    assert_eq!(values(&world, "csat").await?, ["12.34", "12.36", "0", "100", "33.33"]);
    // Hours are measurements, too; counts are never rounded.
    import(&world, &column("resolution_hours", &["1.0050", "1.015"]), Request::default()).await?;
    assert_eq!(values(&world, "resolution_hours").await?[..2], ["1", "1.02"]);
    let report = import(&world, &column("support_tickets", &["1.5"]), Request::default()).await?;
    assert_eq!((report.applied, report.problems[0].code.as_str()), (false, "count"));
    Ok(())
}

async fn left_open_is_refused(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    for name in ["csat", "feature_adoption_score", "training_completion_rate"] {
        for highest in ["1", "5", "10", "0,5", "5e-1"] {
            let error = import(&world, &column(name, &twenty("0", highest)), Request::default()).await.unwrap_err();
            assert_eq!(error.code, "scale_ambiguous", "{name} {highest}");
            let told = error.to_string();
            assert!(told.contains(name) && told.contains("(row 20)"), "{told}");
            assert!(error.hints.to_string().contains(&format!("scale={name}=0-100 ")), "{name} {highest}");
        }
    }
    assert!(values(&world, "csat").await?.is_empty());
    // However few the rows are.
    for cells in [vec!["1"; 19], vec!["0.41", "0.42"], vec!["4"], vec!["n/a", "-", "9"]] {
        assert_eq!(
            refused(import(&world, &column("csat", &cells), Request::default()).await),
            "scale_ambiguous",
            "{cells:?}"
        );
    }
    // Nothing is open: all zero, higher than any scale, a percent sign.
    for cells in [vec!["0"; 20], twenty("1", "10.5"), vec!["1 %"; 20], vec!["12"]] {
        let report = import(&world, &column("csat", &cells), Request::default()).await?;
        assert!(report.applied, "{cells:?} {:?}", report.problems);
    }
    // A sign says what it is; a scale that says otherwise is a slip.
    let error = import(&world, &column("csat", &["0.5 %", "0.7%"]), scaled("csat", "0-1")).await.unwrap_err();
    assert_eq!((error.code, error.to_string().contains("(row 1)")), ("scale_percent", true), "{error}");
    import(&world, &column("csat", &["0.5 %", "0.7%"]), scaled("csat", "0-100")).await?;
    assert_eq!(values(&world, "csat").await?[..2], ["0.5", "0.7"]);
    Ok(())
}

async fn out_of_scale_is_rejected(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let skip = |request| Request { on_error: OnError::Skip, ..request };
    let file = column("csat", &["1", "5", "0.99", "6", "-1", "n/a", ""]);
    let report = import(&world, &file, skip(scaled("csat", "1-5"))).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (4, 3));
    let mut problems: Vec<(&str, Option<&str>, u64)> = report
        .problems
        .iter()
        .map(|problem| (problem.code.as_str(), problem.value.as_deref(), problem.examples[0]))
        .collect();
    problems.sort_unstable_by_key(|(.., row)| *row);
    assert_eq!(
        problems,
        [("scale_range", Some("0.99"), 3), ("scale_range", Some("6"), 4), ("scale_range", Some("-1"), 5),]
    );
    assert_eq!(values(&world, "csat").await?, ["0", "100", "", ""]);
    let report = import(&world, &column("csat", &["100.001", "100.01", "-0.01"]), skip(Request::default())).await?;
    assert_eq!((report.ledger.rejected, report.ledger.updated), (3, 0), "{:?}", report.problems);
    Ok(())
}

async fn for_percentages_only(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let file = "account,metric_date,Tickets,csat\nA,2026-01-01,3,40\n";
    let maps = vec![("Tickets".to_owned(), "support_tickets".to_owned())];
    for request in [
        scaled("Tickets", "1-5"),
        scaled("support_tickets", "1-5"),
        scaled("nps", "0-10"),
        scaled("no such column", "1-5"),
        mapped("[formats.Tickets]\nscale = \"1-5\""),
    ] {
        let error = import(&world, file, Request { maps: maps.clone(), ..request }).await.unwrap_err();
        assert_eq!(error.code, "scale");
        assert_eq!(error.hints.to_string(), "columns of this file that have a scale: csat");
    }
    Ok(())
}

async fn numbers_of_other_systems(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let file = "account;metric_date;login_frequency;feature_adoption_score;resolution_hours;nps;sentiment\n\
                A;2026-01-01;1.234.567;45,5;1.024,25;-5;red\n\
                A;2026-01-02;1,2E+3;4,05E1;2;100;Green\n\
                A;2026-01-03;;;;-100;\n";
    let report = import(&world, file, Request::default()).await?;
    assert!(report.applied, "{:?}", report.problems);
    assert_eq!(values(&world, "login_frequency").await?, ["1234567", "1200", ""]);
    assert_eq!(values(&world, "feature_adoption_score").await?, ["45.5", "40.5", ""]);
    assert_eq!(values(&world, "resolution_hours").await?, ["1024.25", "2", ""]);
    assert_eq!(values(&world, "nps").await?, ["-5", "100", "-100"]);
    // A reason is asked of nobody.
    assert_eq!(values(&world, "sentiment").await?, ["red", "green", ""]);
    let day = "account,metric_date,nps\nA,2026-01-01,";
    for (file, code) in [(format!("{day}-101\n"), "nps"), (format!("{day}0.5\n"), "nps")] {
        let report = import(&world, &file, scaled("nps", "-100-100")).await?;
        assert_eq!((report.applied, report.problems[0].code.as_str()), (false, code));
    }
    // Today is the organization's.
    let report = import(&world, "account,metric_date,nps\nA,2026-03-02,-1\n", Request::default()).await?;
    assert_eq!((report.applied, report.problems[0].code.as_str()), (false, "future"));
    Ok(())
}

async fn a_suggestion_asks(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let mut file = String::from("account;metric_date;csat;Adoption;Training\n");
    for day in 1..=20 {
        let _ = writeln!(file, "A;2026-01-{day:02};4,5;0.25;{day}");
    }
    let request = Request::default();
    let source: Source = world.source(&file)?;
    let text = ops::import::suggest_mapping(&world, &METRIC, &source, &request).await?;
    assert_eq!(text.matches("# scale = \"\"").count(), 2, "{text}");
    assert!(text.contains("[formats.\"csat\"]\nnumber = \"1.234,56\"  # row 1 shows it\n# scale"), "{text}");
    assert!(text.contains("[formats.\"Adoption\"]\n# scale = \"\"  # no percentage is above 1:"), "{text}");
    assert_eq!(refused(import(&world, &file, mapped(&text)).await), "scale_ambiguous");
    let (csat, adoption) = text.split_once("[formats.\"Adoption\"]").expect("both");
    let said = csat.replace("# scale = \"\"", "scale = \"1-5\"")
        + "[formats.\"Adoption\"]"
        + &adoption.replace("# scale = \"\"", "scale = \"0-1\"");
    let report = import(&world, &file, mapped(&said)).await?;
    assert_eq!((report.applied, report.ledger.created), (true, 20), "{:?}", report.problems);
    assert_eq!(values(&world, "csat").await?[0], "87.5");
    assert_eq!(values(&world, "feature_adoption_score").await?[0], "25");
    Ok(())
}

async fn an_nps_or_answers(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    for cells in [&["9"][..], &["0", "7", "10"], &["7.5", "n/a"]] {
        let error = import(&world, &column("nps", cells), Request::default()).await.unwrap_err();
        assert_eq!(error.code, "scale_ambiguous", "{cells:?}");
        let hint = error.hints.to_string();
        assert!(hint.contains("scale=nps=-100-100 ") && hint.contains("scale=nps=0-10 "), "{hint}");
    }
    for cells in [&["-1", "9"][..], &["11"], &["0", "0"]] {
        assert!(import(&world, &column("nps", cells), Request::default()).await?.applied, "{cells:?}");
    }
    let marks = column("nps", &["0", "6", "7", "8", "9", "10"]);
    import(&world, &marks, scaled("nps", "0-10")).await?;
    assert_eq!(values(&world, "nps").await?, ["-100", "-100", "0", "0", "100", "100"]);
    import(&world, &marks, mapped("[formats.nps]\nscale = \"-100-100\"")).await?;
    assert_eq!(values(&world, "nps").await?, ["0", "6", "7", "8", "9", "10"]);
    let report = import(&world, &column("nps", &["8.5", "11", "7"]), scaled("nps", "0-10")).await?;
    assert_eq!(
        (report.ledger.rejected, report.problems[0].code.as_str()),
        (2, "scale_range"),
        "a mean of answers is no NPS"
    );
    assert_eq!(refused(import(&world, &marks, scaled("nps", "0-100")).await), "scale");
    // What was exported with its ids is known to be percent, and an NPS.
    let order = ops::selection::order(&METRIC, "metric_date:asc")?;
    let page = fastenr_core::model::filter::Page { number: 1, limit: 200 };
    let found = ops::lists::list::<Entry>(&world, &METRIC, &Default::default(), order, page).await?.rows;
    let mut export = String::from("id,account,metric_date,csat,nps\n");
    for row in &found {
        let cell =
            |name: &str| METRIC.field(name).unwrap().1.text(&row.value(METRIC.field(name).unwrap().1)).into_owned();
        let _ = writeln!(export, "{},A,{},0.5,{}", cell("id"), cell("metric_date"), cell("nps"));
    }
    let report = import(&world, &export, Request::default()).await?;
    assert_eq!((report.ledger.updated, values(&world, "csat").await?[0].as_str()), (6, "0.5"), "{:?}", report.problems);
    Ok(())
}

async fn single_writes_never_round(backend: &Backend) -> Result<()> {
    let world = measured(backend).await?;
    let record = |values: &[(&str, &str)]| {
        let values = given(&[&[("account", "A")], values].concat());
        let world = world.clone();
        async move { ops::entries::put(&world, &METRIC, &values, false).await }
    };
    let made =
        record(&[("metric_date", "2026-03-01"), ("csat", "87.55"), ("nps", "-40"), ("sentiment", "red")]).await?;
    assert_eq!((made.record.integer("csat"), made.record.integer("nps")), (Some(8_755), Some(-40)));
    for (name, value, code) in [
        ("csat", "87.555", "percent"),
        ("csat", "100.01", "percent"),
        ("resolution_hours", "1.005", "hours"),
        ("login_frequency", "1.5", "count"),
        ("login_frequency", "-1", "count"),
        ("nps", "-101", "nps"),
        ("sentiment", "orange", "sentiment"),
    ] {
        assert_eq!(refused(record(&[("metric_date", "2026-02-01"), (name, value)]).await), code, "{name} {value}");
    }
    assert_eq!(refused(record(&[("metric_date", "2026-03-02"), ("nps", "1")]).await), "future");
    // In Auckland it is the second of March by now.
    let mut east = world.clone();
    east.context.organization.time_zone = "Pacific/Auckland".to_owned();
    let east = east.at("2026-03-01T12:00:00Z");
    let values = given(&[("account", "A"), ("metric_date", "2026-03-02"), ("nps", "1")]);
    let made = ops::entries::put(&east, &METRIC, &values, false).await?;
    assert_eq!(made.record.stored(METRIC.field("nps").expect("a field").1), Value::Integer(1));
    Ok(())
}
