//! Every reason for which an import refuses a row, and the whole files that it refuses.

use anyhow::Result;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{Key, Mode, Report, Request};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, alias, everything, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/rejections/matching", matching);
    tests.both("store/rejections/within_the_file", within_the_file);
    tests.both("store/rejections/values", values);
    tests.both("store/rejections/owners", owners);
    tests.both("store/rejections/users", users);
    tests.both("store/rejections/whole_files", whole_files);
    tests.both("store/rejections/stop_skip_and_limit", stop_skip_and_limit);
}

pub(super) fn skip() -> Request {
    Request { on_error: "skip".parse().unwrap(), ..Request::default() }
}

pub(super) fn by(key: Key) -> Request {
    Request { key: Some(key), ..skip() }
}

pub(super) fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..skip() }
}

/// What was refused: code, column, rows.
fn told(report: &Report) -> Vec<(&str, &str, Vec<u64>)> {
    let mut told: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.code.as_str(), problem.column.as_deref().unwrap_or("-"), problem.examples.clone()))
        .collect();
    told.sort_by(|a, b| a.2.cmp(&b.2).then(a.cmp(b)));
    told
}

pub(super) async fn check(
    world: &World,
    file: &str,
    request: Request,
    want: &[(&str, &str, &[u64])],
) -> Result<Report> {
    let dry = world.import(file, Request { dry_run: true, ..request.clone() }).await?;
    let report = world.import(file, request).await?;
    let want: Vec<(&str, &str, Vec<u64>)> =
        want.iter().map(|(code, column, rows)| (*code, *column, rows.to_vec())).collect();
    assert_eq!(told(&report), want, "{file}");
    assert_eq!((dry.ledger, &dry.problems), (report.ledger, &report.problems), "{file}");
    Ok(report)
}

pub(super) async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    for (id, name, domain) in
        [("a", "Acme", "acme.com"), ("b", "Twin", "twin.com"), ("c", "Twin", "twin.com"), ("z", "Gone", "gone.com")]
    {
        world.account(&[("external_id", id), ("name", name), ("domain", domain)]).await?;
    }
    ops::accounts::set_archived(&world, "z", true, None, false).await?;
    Ok(world)
}

async fn matching(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let id = world.get("a").await?.id;
    let nobody = world.ids.next();
    check(&world, &format!("id,name\n{nobody},X\n"), skip(), &[("unknown_id", "id", &[1])]).await?;
    check(&world, "external_id,name\nz,X\n", skip(), &[("archived_match", "external_id", &[1])]).await?;
    check(&world, "name,arr\nGONE,1\n", by(Key::Name), &[("archived_match", "name", &[1])]).await?;
    check(&world, "name,arr\nTwin,1\n", by(Key::Name), &[("ambiguous_key", "name", &[1])]).await?;
    check(&world, "domain,arr\nwww.twin.com,1\n", by(Key::Domain), &[("ambiguous_key", "domain", &[1])]).await?;
    check(&world, &format!("id,external_id,name\n{id},b,X\n"), skip(), &[("taken", "external_id", &[1])]).await?;
    let want: [(&str, &str, &[u64]); 2] = [("taken", "external_id", &[1]), ("taken", "external_id", &[2])];
    check(&world, "name,external_id\nNew,a\nacme,b\n", by(Key::Name), &want).await?;
    let two = format!("id,external_id,name\n{id},,X\n,a,Y\n");
    let report = check(&world, &two, skip(), &[("duplicate_key", "id", &[1, 2])]).await?;
    assert_eq!(report.problems[0].rule, "rows 1 and 2 mean the same account");
    alias(&world, "was-a", id).await?;
    alias(&world, "was-a-too", id).await?;
    let two = "external_id,arr\nwas-a,1\nwas-a-too,2\n";
    let report = check(&world, two, skip(), &[("duplicate_key", "external_id", &[1, 2])]).await?;
    assert_eq!(report.ledger.rejected, 2);
    check(&world, "external_id,arr\nnew,1\na,1\n", skip(), &[("required", "name", &[1])]).await?;
    let update_only = Request { mode: Mode::Update, ..skip() };
    assert_eq!(check(&world, "external_id,arr\nnew,1\n", update_only, &[]).await?.ledger.skipped, 1);
    Ok(())
}

async fn within_the_file(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let report =
        check(&world, "external_id,name\nn,X\nm,Y\nn,Z\n", skip(), &[("duplicate_key", "external_id", &[1, 3])])
            .await?;
    assert_eq!(report.problems[0].rule, "the same key stands in rows 1 and 3");
    assert_eq!((report.ledger.created, report.ledger.rejected), (1, 2));
    let thrice = "external_id,name\nt,X\nt,Y\nt,Z\nt,W\n";
    let report = check(&world, thrice, skip(), &[("duplicate_key", "external_id", &[1, 2, 3])]).await?;
    assert_eq!(report.problems[0].rule, "the same key stands in 4 rows, from row 1 to 4");
    // One Salesforce id in its two forms, one name in two spellings, one domain in two addresses.
    let forms = "external_id,name\n0013000000Gz3Xa,X\n0013000000Gz3XaAAJ,Y\n";
    check(&world, forms, skip(), &[("duplicate_key", "external_id", &[1, 2])]).await?;
    check(&world, "name,arr\nStraße,1\nSTRASSE,2\n", by(Key::Name), &[("duplicate_key", "name", &[1, 2])]).await?;
    let domains = "domain,name\nhttps://www.x.com/a,X\nx.com,Y\n";
    check(&world, domains, by(Key::Domain), &[("duplicate_key", "domain", &[1, 2])]).await?;
    let id = world.get("a").await?.id;
    let ids = format!("id,name\n{id},X\n{id},Y\n");
    check(&world, &ids, skip(), &[("duplicate_key", "id", &[1, 2])]).await?;
    // The external id must be unique also where it is not the key.
    let by_name = "name,external_id\nN1,same\nN2,same\n";
    check(&world, by_name, by(Key::Name), &[("duplicate_key", "external_id", &[1, 2])]).await?;
    check(&world, "external_id,name\n,X\n", skip(), &[("key_empty", "external_id", &[1])]).await?;
    check(&world, "id,external_id,name\n,,X\n", skip(), &[("key_empty", "id", &[1])]).await?;
    // A bad twin is a twin: the good one is not taken either.
    let bad_twin = "external_id,name,arr\nq,X,1\nq,X,-1\n";
    check(&world, bad_twin, skip(), &[("duplicate_key", "external_id", &[1, 2]), ("arr_range", "arr", &[2])]).await?;
    let report = check(&world, "external_id,name\nr1,R\n,\nr2,R\n", skip(), &[]).await?;
    assert_eq!((report.ledger.created, report.ledger.skipped), (2, 1));
    Ok(())
}

async fn values(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let long = "x".repeat(256);
    for (header, cell, code) in [
        ("name", long.as_str(), "name_length"),
        ("name", "a\u{7}b", "name_control"),
        ("industry", &"x".repeat(101), "industry_length"),
        ("domain", "not a domain", "domain"),
        ("size", "huge", "size"),
        ("status", "gone", "status"),
        ("arr", "-1", "arr_range"),
        ("arr", "10000000000", "arr_range"),
        ("arr", "1.0055", "arr_decimals"),
        ("arr", "lots", "number_format"),
        ("contract_end", "2026-02-30", "date_calendar"),
        ("contract_end", "soon", "date_format"),
        ("contract_end", "2567-01-31", "date_calendar"),
        ("contract_end", "31/01/2567", "date_calendar"),
        ("contract_end", "1403/05/12", "date_calendar"),
        ("created_at", "2567-01-31 10:00", "date_calendar"),
        ("contract_end", "12345", "date_serial"),
        ("created_at", "2026-01-01T25:00:00Z", "date_time"),
        ("auto_renew", "perhaps", "bool"),
        ("renewal_stage", "maybe", "renewal_stage"),
        ("seats", "1.5", "seats"),
        ("seats", "99999999999", "seats"),
        ("tags", &"x".repeat(51), "tag"),
        ("custom_fields", "[1]", "custom_fields_json"),
        ("days_past_due", "-1", "days_past_due"),
        ("days_past_due", "36501", "days_past_due"),
        ("days_past_due", "1.5", "days_past_due"),
    ] {
        let name = if header == "name" { "" } else { ",name" };
        let rest = if header == "name" { "" } else { ",Fine" };
        let file = format!("external_id,{header}{name}\nx,{cell}{rest}\n");
        let report = world.import(&file, skip()).await?;
        assert_eq!(told(&report), [(code, header, vec![1])], "{header} {cell}");
        assert_eq!(report.problems[0].value.as_deref(), Some(&cell[..cell.len().min(200)]), "{header} {cell}");
    }
    let ragged = "external_id,name,arr\na,A\nb,B,1,2\nc,C,3\n";
    check(&world, ragged, skip(), &[("fields_few", "-", &[1]), ("fields_many", "-", &[2])]).await?;
    let fx = mapped("[fx]\ncolumn = \"currency\"\nEUR = \"1.08\"");
    check(&world, "external_id,name,arr,currency\na,A,1,GBP\nb,B,1,eur\n", fx, &[("currency_rate", "arr", &[1])])
        .await?;
    assert_eq!(world.get("b").await?.arr.map(|arr| arr.cents()), Some(108));
    Ok(())
}

async fn owners(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (email, name) in
        [("mia@example.com", "Mia"), ("bo@example.com", "Bo"), ("bo2@example.com", "Bo"), ("gone@example.com", "Gone")]
    {
        world.user(email, name).await?;
    }
    ops::users::update(&world, "gone@example.com", &[], Some(false), false).await?;
    let file = "external_id,name,owner\na,A,MIA@example.com\nb,B,mia\nc,C,nobody@example.com\nd,D,Gone\ne,E,Bo\n";
    let want: [(&str, &str, &[u64]); 3] =
        [("unknown_user", "owner", &[3]), ("deactivated_user", "owner", &[4]), ("ambiguous_user", "owner", &[5])];
    assert_eq!(check(&world, file, skip(), &want).await?.ledger.created, 2);
    // What a deactivated user had before is no change, and comes back as it was.
    let back = "gone@example.com";
    ops::users::update(&world, back, &[], Some(true), false).await?;
    world.account(&[("external_id", "kept"), ("name", "Kept"), ("owner", back)]).await?;
    ops::accounts::set_archived(&world, "kept", true, None, false).await?;
    ops::users::update(&world, back, &[], Some(false), false).await?;
    ops::accounts::set_archived(&world, "kept", false, None, false).await?;
    let kept = "external_id,owner\nkept,gone@example.com\n";
    assert_eq!(check(&world, kept, skip(), &[]).await?.ledger.unchanged, 1);
    assert_eq!(
        world.update("a", &[("owner", back)]).await.unwrap_err().to_string(),
        format!("{back} is deactivated and can't own accounts")
    );
    let by_email = mapped("[lookup]\nowner = \"email\"");
    check(&world, "external_id,owner\na,Mia\n", by_email, &[("unknown_user", "owner", &[1])]).await?;
    Ok(())
}

async fn users(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import_users("email,name,external_id\na@example.com,A,1\nb@example.com,B,2\n", skip()).await?;
    for (file, request, code) in [
        ("email,name\nA@example.com,X\na@EXAMPLE.com,Y\n", skip(), "duplicate_key"),
        ("email,name,external_id\na@example.com,A,2\n", skip(), "taken"),
        ("external_id,email,name\n1,b@example.com,A\n", by(Key::ExternalId), "taken"),
        ("external_id,name\n9,X\n", by(Key::ExternalId), "required"),
        ("email,role\nnew@example.com,write\n", skip(), "required"),
        ("email,name,role\na@example.com,A,boss\n", skip(), "role"),
        ("email,name\nnobody,A\n", skip(), "email"),
        ("email,name\n,A\n", skip(), "key_empty"),
    ] {
        let report = world.import_users(file, request).await?;
        assert!(report.problems.iter().any(|problem| problem.code == code), "{file}: {:?}", report.problems);
        assert_eq!((report.ledger.created, report.ledger.updated), (0, 0), "{file}");
    }
    let by_id = Request { key: Some(Key::ExternalId), ..skip() };
    let report = world.import_users("external_id,email,name,role\n1,new@example.com,A,read\n", by_id).await?;
    assert_eq!(report.ledger.updated, 1);
    assert_eq!(ops::users::get(&world, "new@example.com").await?.name, "A");
    Ok(())
}

async fn whole_files(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let id = world.get("a").await?.id;
    let before = everything(&world.db, &world.scope()).await?;
    let map = |from: &str, to: &str| Request { maps: vec![(from.into(), to.into())], ..skip() };
    for (file, request, code) in [
        (format!("id,name\n{id},X\nother,Y\n"), skip(), "id_mixed"),
        ("name\nX\n".into(), skip(), "no_key"),
        ("external_id\nX\n".into(), by(Key::Domain), "no_key"),
        ("external_id,name\nX,Y\n".into(), by(Key::Email), "no_key"),
        ("external_id,name,Label\na,X,Y\n".into(), map("Label", "name"), "column_twice"),
        ("external_id,name\na,X\n".into(), map("Nmae", "name"), "unknown_header"),
        ("external_id,name\na,X\n".into(), mapped("[columns]\narr = \"Revenue\""), "unknown_header"),
        ("external_id,name\na,X\n".into(), mapped("[fx]\ncolumn = \"Currency\""), "unknown_header"),
        ("external_id,name\na,X\n".into(), mapped("[filter]\nDeleted = [\"true\"]"), "unknown_header"),
        ("external_id,name\na,X\n".into(), map("name", "nmae"), "unknown_field"),
        ("external_id,name\na,X\n".into(), map("name", "version"), "read_only_field"),
        ("external_id,name,contract_end\na,X,01/02/2026\n".into(), skip(), "date_ambiguous"),
        ("external_id,name,contract_end\na,X,13/02/2026\nb,Y,02/13/2026\n".into(), skip(), "date_contradictory"),
        ("external_id,name,arr\na,X,\"1,234\"\n".into(), skip(), "number_ambiguous"),
        ("external_id,name,arr\na,X,€5\n".into(), skip(), "currency"),
        ("external_id,name,name\na,X,Y\n".into(), skip(), "header_duplicate"),
        ("".into(), skip(), "source_empty"),
    ] {
        assert_eq!(refused(world.import(&file, request).await), code, "{file}");
    }
    let file = "external_id,name\na,X\n";
    let error = world.import(file, mapped("[values.version]\nx = \"1\"")).await.unwrap_err();
    let hint = "name another field in the mapping file, or remove what it says of version";
    assert_eq!((error.code, error.hints.to_string().as_str()), ("read_only_field", hint));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    Ok(())
}

async fn stop_skip_and_limit(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,arr\na,A,1\nb,B,x\nc,C,y\n";
    for (request, applied) in [
        (Request::default(), false),
        (Request { reject_limit: Some(1), ..skip() }, false),
        (Request { dry_run: true, ..skip() }, false),
        (Request { reject_limit: Some(2), ..skip() }, true),
    ] {
        let report = world.import(file, request).await?;
        assert_eq!(report.applied, applied);
        assert_eq!((report.ledger.rows, report.ledger.created, report.ledger.rejected), (3, 1, 2));
        assert_eq!(report.refusal.is_some(), !applied && !report.dry_run);
        assert_eq!(world.accounts().await?.len(), usize::from(applied));
        assert_eq!(report.rejects_file.is_some(), applied);
        if let Some(path) = report.rejects_file {
            let text = std::fs::read_to_string(path)?;
            let mut rejects = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(rejects.headers()?, vec!["external_id", "name", "arr", "_row", "_column", "_error"]);
            let rows: Vec<csv::StringRecord> = rejects.records().collect::<Result<_, _>>()?;
            assert_eq!(
                rows.iter().map(|row| (&row[0], &row[3], &row[4])).collect::<Vec<_>>(),
                [("b", "2", "arr"), ("c", "3", "arr")]
            );
            // Mended, it is imported as it is.
            let mended = text.replace(",x,", ",2,").replace(",y,", ",3,");
            assert_eq!(world.import(&mended, Request::default()).await?.ledger.created, 2);
        }
    }
    Ok(())
}
