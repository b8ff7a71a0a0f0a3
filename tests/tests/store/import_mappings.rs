//! What a mapping file and the request's options make of a file's values.

use anyhow::Result;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{Empty, Key, MaxMissing, Missing, Mode, Request};
use fastenr_core::model::selection::Selection;
use fastenr_core::model::{Status, StatusSource};
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, alias, by, execute, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/mappings/columns_values_templates_constants", columns_values_templates_constants);
    tests.both("store/mappings/filter", filter);
    tests.both("store/mappings/rates", rates);
    tests.both("store/mappings/missing_are_archived", missing_are_archived);
    tests.both("store/mappings/a_filtered_row_is_not_missing", a_filtered_row_is_not_missing);
    tests.both("store/mappings/an_at_risk_that_somebody_set", an_at_risk_that_somebody_set);
    tests.both("store/mappings/custom_fields", custom_fields);
    tests.both("store/mappings/custom_fields_that_grow_too_large", custom_fields_that_grow_too_large);
    tests.both("store/mappings/salesforce_ids", salesforce_ids);
    tests.both("store/mappings/a_merged_away_id", a_merged_away_id);
    tests.both("store/mappings/modes", modes);
    tests.both("store/mappings/empty_cells", empty_cells);
    tests.both("store/mappings/days_past_due", days_past_due);
}

fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..Request::default() }
}

fn clear() -> Request {
    Request { empty: Empty::Clear, ..Request::default() }
}

async fn columns_values_templates_constants(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let request = mapped(
        r#"
        [columns]
        external_id = { template = "crm-{{{Id}}}" }
        name = { template = "{First} {Last}" }
        industry = { constant = "Retail" }
        "custom.region" = "Region"
        contract_end = "Renewal"
        status = "State"
        [values.status]
        "Gekündigt" = "churned"
        "" = "onboarding"
        [lookup]
        owner = "name"
        [formats."Renewal"]
        date = "dmy"
        "#,
    );
    let file =
        "Id,First,Last,Region,Renewal,State,CSM\n1,Ada,\"Lovelace, Ltd\",North,01/02/2026, GEKÜNDIGT ,mia\n2,Bo,,,,,\n";
    let report = world.import(file, request.clone()).await?;
    assert_eq!((report.ledger.created, report.problems.len()), (2, 0), "{:?}", report.problems);
    let ada = world.get("crm-{1}").await?;
    assert_eq!(
        (ada.name.as_str(), ada.industry.as_deref(), ada.status),
        ("Ada Lovelace, Ltd", Some("Retail"), Status::Churned)
    );
    assert_eq!(ada.contract_end.unwrap().to_string(), "2026-02-01");
    assert_eq!(
        (ada.custom_fields.as_str(), ada.owner.unwrap().label.as_str()),
        (r#"{"region":"North"}"#, "mia@example.com")
    );
    let bo = world.get("crm-{2}").await?;
    assert_eq!((bo.name.as_str(), bo.status, bo.owner), ("Bo", Status::Onboarding, None));
    assert_eq!(world.import(file, request).await?.ledger.unchanged, 2);
    Ok(())
}

async fn filter(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,arr,IsDeleted\na,A,1,false\nb,B,2,TRUE\nb,B,x, true \nc,C,3,\n";
    let report = world.import(file, mapped("[filter]\nIsDeleted = [\"true\"]")).await?;
    assert!(report.applied, "{:?}", report.problems);
    assert_eq!((report.ledger.created, report.ledger.skipped), (2, 2));
    assert_eq!(world.accounts().await?.len(), 2);
    Ok(())
}

async fn rates(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let change =
        OrganizationChange { slug: Some("eur".into()), currency: Some("EUR".into()), ..OrganizationChange::default() };
    let world = first.organization_of(change).await?;
    let request = || mapped("[fx]\ncolumn = \"Currency\"\nUSD = \"0.925\"\nJPY = \"0.0061\"\nGBP = 1.17");
    // Exact, rounded half to even at the cent.
    let cases = [
        ("0.10", "EUR", 10),
        ("0.10", "", 10),
        ("1.00", "usd", 92),
        ("1.02", "USD", 94),
        ("0.20", "USD", 18),
        ("0.60", "USD", 56),
        ("1234567.89", "USD", 114_197_530),
        ("100000000", "JPY", 61_000_000),
        ("0.01", "GBP", 1),
        ("8547008546.99", "GBP", 999_999_999_998),
    ];
    let mut file = String::from("external_id,name,arr,Currency\n");
    for (n, (amount, code, _)) in cases.iter().enumerate() {
        file += &format!("{n},{n},{amount},{code}\n");
    }
    let report = world.import(&file, request()).await?;
    assert!(report.applied, "{:?}", report.problems);
    for (n, (amount, code, cents)) in cases.iter().enumerate() {
        let account = world.get(&n.to_string()).await?;
        assert_eq!(account.arr.map(|arr| arr.cents()), Some(*cents), "{amount} {code}");
    }
    let report = world.import("external_id,name,arr,Currency\nx,X,9999999999,GBP\n", request()).await?;
    assert_eq!(report.problems[0].code, "arr_range");
    // The sign in the cells tells the currency.
    let report = world.import("external_id,name,arr\ns,S,£10.00\n", mapped("[fx]\nGBP = \"1.17\"")).await?;
    assert!(report.applied, "{:?}", report.problems);
    assert_eq!(world.get("s").await?.arr.map(|arr| arr.cents()), Some(1_170));
    Ok(())
}

async fn live(world: &World) -> Result<Vec<String>> {
    let mut names: Vec<String> =
        world.accounts_where(&Selection::default(), by("name")).await?.into_iter().map(|a| a.name).collect();
    names.sort();
    Ok(names)
}

async fn missing_are_archived(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\na,A\nb,B\nc,C\nd,D\n", Request::default()).await?;
    world.account(&[("name", "By hand")]).await?;
    let archive = |on_error: &str| Request {
        missing: Missing::Archive,
        max_missing: MaxMissing::Share(10_000),
        on_error: on_error.parse().unwrap(),
        ..Request::default()
    };
    let file = "external_id,name\na,A\nb,B2\nn,New\n";
    let dry = world.import(file, Request { dry_run: true, ..archive("stop") }).await?;
    assert_eq!((dry.ledger.archived, live(&world).await?.len()), (2, 5));
    let later = world.at("2026-04-01T00:00:00Z");
    let report = later.import(file, archive("stop")).await?;
    assert_eq!(report.ledger, dry.ledger);
    assert_eq!(live(&world).await?, ["A", "B2", "By hand", "New"]);
    let gone = world.get("c").await?;
    assert_eq!((gone.archived_at, gone.version), (Some(later.clock.now()), 2));
    let bit = 1_i64 << fastenr_core::model::account::ACCOUNT.field("archived_at").unwrap().0;
    let sql = format!("select name from accounts_before where changed = {bit} order by name");
    let kept: Vec<(String,)> = fastenr_tests::world::query(&world.db, sql).await?;
    assert_eq!(kept, [("C".to_owned(),), ("D".to_owned(),)]);
    assert_eq!(world.import(file, archive("stop")).await?.ledger.archived, 0);
    // A row that is refused may stand for anybody.
    let report = world.import("external_id,name\na,A\n,X\n", archive("skip")).await?;
    assert!(report.applied && report.ledger.archived == 0, "{report:?}");
    assert_eq!(live(&world).await?.len(), 4);
    Ok(())
}

async fn a_filtered_row_is_not_missing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\na,A\nb,B\nc,C\n", Request::default()).await?;
    let archive = || Request {
        missing: Missing::Archive,
        max_missing: MaxMissing::Share(10_000),
        ..mapped("[filter]\nskip = [\"x\"]")
    };
    let (a, b) = (world.get("a").await?.id, world.get("b").await?.id);
    let report = world.import("external_id,name,skip\na,A,\nb,B,x\nc,C,x\n", archive()).await?;
    assert_eq!((report.ledger.archived, report.ledger.skipped), (0, 2));
    let report = world.import(&format!("id,name,skip\n{a},A,\n{b},B,x\n"), archive()).await?;
    assert_eq!((report.ledger.archived, live(&world).await?), (1, vec!["A".to_owned(), "B".to_owned()]));
    Ok(())
}

async fn an_at_risk_that_somebody_set(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world
        .import("external_id,name,status\nperson,P,active\nmodel,M,active\nfile,F,at_risk\n", Request::default())
        .await?;
    world.update("person", &[("status", "at_risk")]).await?;
    execute(&world.db, "update accounts set status = 'at_risk', status_source = 'model' where external_id = 'model'")
        .await?;
    let report = world
        .import("external_id,name,status\nperson,P2,active\nmodel,M,active\nfile,F,active\n", Request::default())
        .await?;
    assert_eq!((report.ledger.updated, report.ledger.unchanged), (2, 1));
    assert!(
        report.warnings.iter().any(|warning| warning.text.starts_with("2 rows have a status")),
        "{:?}",
        report.warnings
    );
    let of = async |id: &str| world.get(id).await.map(|account| (account.status, account.status_source));
    assert_eq!(of("person").await?, (Status::AtRisk, StatusSource::Person));
    assert_eq!(of("model").await?, (Status::AtRisk, StatusSource::Model));
    assert_eq!(of("file").await?, (Status::Active, StatusSource::Import));
    assert_eq!(world.get("person").await?.name, "P2");
    // Any other status counts.
    world.import("external_id,status\nperson,churned\nmodel,onboarding\n", Request::default()).await?;
    assert_eq!(of("person").await?, (Status::Churned, StatusSource::Import));
    assert_eq!(of("model").await?, (Status::Onboarding, StatusSource::Import));
    Ok(())
}

async fn custom_fields(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let custom = |request: Request| Request { custom: true, ..request };
    for (file, request, fields) in [
        ("external_id,name,custom.a,custom.b\nx,X,1,2\n", Request::default(), r#"{"a":"1","b":"2"}"#),
        ("external_id,custom.a,custom.c\nx,,3\n", Request::default(), r#"{"a":"1","b":"2","c":"3"}"#),
        ("external_id,custom.a,custom.c\nx,,3\n", clear(), r#"{"b":"2","c":"3"}"#),
        ("external_id,Some Column\nx,text\n", Request::default(), r#"{"b":"2","c":"3"}"#),
        ("external_id,Some Column\nx,text\n", custom(Request::default()), r#"{"Some Column":"text","b":"2","c":"3"}"#),
        ("external_id,custom_fields\nx,\"{\"\"z\"\": [1.50]}\"\n", Request::default(), r#"{"z":[1.50]}"#),
        (
            "external_id,custom_fields,custom.y\nx,\"{\"\"q\"\":1}\",2\n",
            Request::default(),
            r#"{"q":1,"y":"2","z":[1.50]}"#,
        ),
        ("external_id,custom_fields\nx,\n", Request::default(), r#"{"q":1,"y":"2","z":[1.50]}"#),
        ("external_id,custom_fields\nx,\n", clear(), "{}"),
        ("external_id,custom.gone\nx,\n", clear(), "{}"),
    ] {
        let report = world.import(file, request.clone()).await?;
        assert!(report.applied, "{file}: {:?}", report.problems);
        assert_eq!(world.get("x").await?.custom_fields, fields, "{file}");
        assert_eq!(world.import(file, request).await?.ledger.unchanged, 1, "{file}");
    }
    Ok(())
}

async fn custom_fields_that_grow_too_large(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let half = "x".repeat(40_000);
    world.account(&[("external_id", "x"), ("name", "X"), ("custom.a", &half)]).await?;
    let before = world.get("x").await?;
    let request = Request { on_error: "skip".parse().unwrap(), ..Request::default() };
    let report = world.import(&format!("external_id,custom.b\nx,{half}\n"), request).await?;
    assert_eq!(report.ledger.rejected, 1);
    assert_eq!(report.problems[0].code, "custom_fields_size");
    assert_eq!(world.get("x").await?, before);
    Ok(())
}

async fn salesforce_ids(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\n0013000000Gz3Xa,Short\n0013000000Gz3XbAAK,Wrong sum\n", Request::default()).await?;
    let id = world.get("0013000000Gz3Xa").await?.id;
    let report =
        world.import("external_id,name\n0013000000Gz3XaAAJ,Long\n0013000000Gz3Xb,Other\n", Request::default()).await?;
    assert_eq!((report.ledger.updated, report.ledger.created), (1, 1));
    let account = world.get("0013000000Gz3XaAAJ").await?;
    assert_eq!((account.id, account.name.as_str()), (id, "Long"));
    // Neither form overwrites the other.
    assert_eq!(account.external_id.as_deref(), Some("0013000000Gz3Xa"));
    let report = world.import(&format!("id,external_id\n{id},0013000000Gz3XaAAJ\n"), Request::default()).await?;
    assert_eq!(report.ledger.unchanged, 1);
    Ok(())
}

/// After a merge, the other system goes on to send both ids.
async fn a_merged_away_id(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let kept = world.account(&[("external_id", "kept"), ("name", "Kept")]).await?;
    alias(&world, "merged", kept.id).await?;
    for file in ["external_id,name\nmerged,Renamed\n".to_owned(), "id,external_id,name\n,merged,Again\n".to_owned()] {
        let report = world.import(&file, Request::default()).await?;
        assert_eq!((report.ledger.created, report.ledger.updated), (0, 1), "{file}");
        assert_eq!(world.get("kept").await?.external_id.as_deref(), Some("kept"), "{file}");
        assert_eq!(world.import(&file, Request::default()).await?.ledger.unchanged, 1, "{file}");
    }
    // By its own id it can be given another external id.
    let allowed = Request { allow_id_changes: true, ..Request::default() };
    world.import(&format!("id,external_id\n{},new\n", kept.id), allowed).await?;
    assert_eq!(world.get("new").await?.id, kept.id);
    Ok(())
}

async fn modes(backend: &Backend) -> Result<()> {
    let file = "external_id,name,arr\na,A,5\nn,New,6\n";
    let first = world(backend).await?;
    for (mode, counts) in [(Mode::Upsert, (1, 1, 0)), (Mode::Create, (1, 0, 1)), (Mode::Update, (0, 1, 1))] {
        let world = first.organization(&format!("{mode:?}").to_lowercase()).await?;
        world.import("external_id,name,arr\na,A,1\nb,B,1\n", Request::default()).await?;
        let report = world.import(file, Request { mode, ..Request::default() }).await?;
        let ledger = report.ledger;
        assert_eq!((ledger.created, ledger.updated, ledger.skipped), counts, "{mode:?}");
        assert_eq!(world.get("a").await?.arr.unwrap().cents() == 500, counts.1 == 1);
        let by_name = Request { mode, key: Some(Key::Name), ..Request::default() };
        let again = world.import("name,arr\nA,5\nNew,6\n", by_name).await?;
        assert!(again.applied && again.ledger.holds());
    }
    Ok(())
}

async fn empty_cells(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let full = "external_id,name,domain,industry,size,arr,owner,parent,contract_end,auto_renew,tags,seats,status\n\
        p,P,,,,,,,,,,,\na,A,a.com,Retail,small,5,mia@example.com,p,2026-01-01,true,x,5,at_risk\n";
    world.import(full, Request::default()).await?;
    let before = world.get("a").await?;
    let blank =
        "external_id,name,domain,industry,size,arr,owner,parent,contract_end,auto_renew,tags,seats\na,A,,,,,,,,,,\n";
    assert_eq!(world.import(blank, Request::default()).await?.ledger.unchanged, 1);
    assert_eq!(world.get("a").await?, before);
    world.import(blank, clear()).await?;
    let after = world.get("a").await?;
    assert_eq!((after.domain, after.industry, after.size, after.arr, after.owner), (None, None, None, None, None));
    assert_eq!((after.parent, after.contract_end, after.auto_renew, after.seats), (None, None, None, None));
    assert_eq!((after.tags.as_str(), after.status), ("[]", Status::AtRisk));
    let report = world.import("external_id,name,status\na,A,\n", clear()).await?;
    assert_eq!(report.problems[0].code, "required");
    // A missing column says nothing at all.
    assert_eq!(world.import("external_id\na\n", clear()).await?.ledger.unchanged, 1);
    // A new account is active unless somebody says otherwise, whatever an empty cell means.
    world.import("external_id,name,status,tags\nn,N,,\n", Request::default()).await?;
    assert_eq!(world.get("n").await?.status, Status::Active);
    // A row that says a member and clears it makes what it would leave.
    let both = "external_id,name,custom_fields,custom.note\nm,M,\"{\"\"note\"\":\"\"x\"\",\"\"n\"\":1}\",\n";
    world.import(both, clear()).await?;
    assert_eq!(world.get("m").await?.custom_fields, r#"{"n":1}"#);
    assert_eq!(world.import(both, clear()).await?.ledger.unchanged, 1);
    let dates = "external_id,created_at\na,\n";
    assert_eq!(world.import(dates, clear()).await?.ledger.unchanged, 1);
    Ok(())
}

async fn days_past_due(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let import = async |days: &str| {
        world.import(&format!("external_id,name,Days Past Due\na,A,{days}\n"), Request::default()).await.map(|_| ())
    };
    for (days, since) in [("30", Some("2026-01-30")), ("", Some("2026-01-30")), ("1", Some("2026-02-28")), ("0", None)]
    {
        import(days).await?;
        assert_eq!(world.get("a").await?.past_due_since.map(|day| day.to_string()).as_deref(), since, "{days:?}");
    }
    Ok(())
}
