//! What accounts are named by in files: custom fields, addresses of contacts, domains, names; and who is meant where several are.

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::team::TEAM;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::skip;
use fastenr_tests::world::{World, given, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/look_ups/in_every_noun", in_every_noun);
    tests.both("store/look_ups/several_and_archived", several);
    tests.both("store/look_ups/parents", parents);
    tests.both("store/look_ups/random", random);
}

fn by(lookup: &str) -> Request {
    let mut request = skip();
    request.mapping.look_up("account", lookup).unwrap();
    request
}

/// Acme and Bolt, each with a contact, a domain, and what another system calls them; two that share everything; one archived.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    for (id, name, domain, billing) in [
        ("a", "Acme", "acme.com", "700"),
        ("b", "Bolt", "bolt.com", "B-1"),
        ("t1", "Twin", "twin.com", "T"),
        ("t2", "Twin", "twin.com", "T"),
        ("z", "Gone", "gone.com", "Z"),
    ] {
        let custom =
            if billing == "700" { "{\"billing\": 700}".to_owned() } else { format!("{{\"billing\": {billing:?}}}") };
        let values = [("external_id", id), ("name", name), ("domain", domain), ("custom_fields", &custom)];
        world.account(&values).await?;
        let email = format!("jo@{domain}");
        let contact = given(&[("account", id), ("name", "Jo"), ("email", &email)]);
        ops::entries::create(&world, &CONTACT, &contact, false).await?;
    }
    ops::accounts::set_archived(&world, "z", true, None, false).await?;
    Ok(world)
}

/// What names Acme, Bolt, the twins, the archived one and nobody, by each look-up.
const WAYS: [(&str, [&str; 5]); 4] = [
    ("name", ["ACME", "bolt", "Twin", "Gone", "Nobody"]),
    ("domain", ["https://www.acme.com/x", "jo@bolt.com", "twin.com", "gone.com", "nobody.com"]),
    ("email", ["JO@acme.com", "jo@bolt.com", "jo@twin.com", "jo@gone.com", "jo@nobody.com"]),
    ("custom.billing", ["700", "B-1", "T", "Z", "N"]),
];

fn row(noun: &'static Noun, n: usize) -> (&'static str, String) {
    match noun.many {
        "contacts" => ("name,email", format!("N{n},n{n}@example.com")),
        "engagements" => ("external_id,type,title", format!("e{n},call,T{n}")),
        "goals" => ("external_id,title", format!("g{n},T{n}")),
        "metrics" => ("metric_date,nps", format!("2026-01-{:02},50", n + 1)),
        "team" => ("user,role", format!("mia{n}@example.com,support")),
        _ => ("effective_on,arr", format!("2026-01-{:02},0", n + 1)),
    }
}

async fn in_every_noun(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    for n in 0..5 {
        world.user(&format!("mia{n}@example.com"), "Mia").await?;
    }
    for noun in [&CONTACT, &ENGAGEMENT, &GOAL, &METRIC, &TEAM, &ARR_CHANGE] {
        for (lookup, names) in WAYS {
            let (header, mut file) = (row(noun, 0).0, String::new());
            for (n, name) in names.iter().enumerate() {
                file.push_str(&format!("{name},{}\n", row(noun, n).1));
            }
            let report = world.import_of(noun, &format!("account,{header}\n{file}"), by(lookup)).await?;
            let mut codes: Vec<(&str, Vec<u64>)> =
                report.problems.iter().map(|problem| (problem.code.as_str(), problem.examples.clone())).collect();
            codes.sort_by(|a, b| a.1.cmp(&b.1));
            let want = [("ambiguous_account", vec![3]), ("archived_account", vec![4]), ("unknown_account", vec![5])];
            assert_eq!(codes, want, "{} by {lookup}", noun.many);
            assert_eq!(report.ledger.created + report.ledger.unchanged, 2, "{} by {lookup}", noun.many);
        }
    }
    Ok(())
}

async fn several(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    for (lookup, names) in WAYS {
        let file = format!("account,name,email\n{},N,n@example.com\n", names[2]);
        let report = world.import_of(&CONTACT, &file, by(lookup)).await?;
        let rule = &report.problems[0].rule;
        assert!(
            rule.ends_with(": t1 (Twin), t2 (Twin)") && rule.contains("use external ids or ids"),
            "{lookup}: {rule}"
        );
    }
    for n in 3..9 {
        world.account(&[("external_id", &format!("t{n}")), ("name", "Twin")]).await?;
    }
    let report = world.import_of(&CONTACT, "account,name,email\nTwin,N,n@example.com\n", by("name")).await?;
    assert!(report.problems[0].rule.ends_with("t5 (Twin) and 3 more"), "{}", report.problems[0].rule);
    // One person at two customers.
    let contact = given(&[("account", "b"), ("name", "Jo"), ("email", "jo@acme.com")]);
    ops::entries::create(&world, &CONTACT, &contact, false).await?;
    let report = world.import_of(&METRIC, "account,metric_date\njo@acme.com,2026-01-01\n", by("email")).await?;
    assert!(report.problems[0].rule.ends_with(": a (Acme), b (Bolt)"), "{}", report.problems[0].rule);
    // With more different values than are listed, no one's candidates are told for all.
    let mut file = String::from("account,name,email\n");
    for n in 0..30 {
        for twin in 0..2 {
            world.account(&[("external_id", &format!("m{n}-{twin}")), ("name", &format!("Many {n}"))]).await?;
        }
        file.push_str(&format!("Many {n},N{n},n{n}@example.com\n"));
    }
    let report = world.import_of(&CONTACT, &file, by("name")).await?;
    assert_eq!((report.problems.len(), report.problems[0].rows), (1, 30));
    assert!(!report.problems[0].rule.contains("Many"), "{}", report.problems[0].rule);
    Ok(())
}

async fn parents(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    for (lookup, names) in WAYS {
        let mut file = String::from("external_id,name,parent\n");
        for (n, name) in names.iter().enumerate() {
            file.push_str(&format!("{lookup}{n},Child {lookup} {n},{name}\n"));
        }
        let report = world.import(&file, by(lookup)).await?;
        let mut codes: Vec<(&str, Vec<u64>)> =
            report.problems.iter().map(|problem| (problem.code.as_str(), problem.examples.clone())).collect();
        codes.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(b.0)));
        assert_eq!(codes[0], ("ambiguous_parent", vec![3]), "{lookup}");
        assert!(
            codes[1..].iter().all(|(code, _)| *code == "unknown_parent") && report.ledger.created == 2,
            "{codes:?}"
        );
        for (n, parent) in [(0, "a"), (1, "b")] {
            assert_eq!(world.get(&format!("{lookup}{n}")).await?.parent.unwrap().label, parent, "{lookup}");
        }
    }
    // One that the file makes, by what it has there.
    let file = "external_id,name,parent,custom.billing\nc1,C1,NEW,\nc2,C2,,NEW\n";
    assert_eq!(world.import(file, by("custom.billing")).await?.ledger.created, 2);
    assert_eq!(world.get("c1").await?.parent.unwrap().label, "c2");
    // By a key that is none, the way to names is told, and not that nothing is called so.
    let report = world.import("external_id,name,parent\nx,X,Acme\n", skip()).await?;
    let problem = &report.problems[0];
    assert_eq!(problem.code, "unknown_parent");
    assert_eq!(problem.rule, "no account and no row of the file has this external id or id");
    Ok(())
}

/// Random names of random accounts, some shared: a row goes to the only account that has the name, or is refused.
async fn random(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let mut random = super::random::Random::seeded("store/look_ups/random");
    for n in 0..backend.tries(10) {
        let world = first.organization(&format!("o{n}")).await?;
        let words: Vec<String> = (0..12).map(|word| format!("W{word}'\"%_")).collect();
        let mut named: Vec<usize> = vec![0; words.len()];
        for account in 0..10 {
            let word = random.below(words.len());
            named[word] += 1;
            let custom = serde_json::json!({"it's \"a\" key": words[word]}).to_string();
            let values =
                [("external_id", format!("a{account}")), ("name", words[word].clone()), ("custom_fields", custom)];
            let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            world.account(&values).await?;
        }
        for lookup in ["name", "custom.it's \"a\" key"] {
            for (word, count) in words.iter().zip(&named) {
                let file = format!("account,metric_date\n\"{}\",2026-01-01\n", word.replace('"', "\"\""));
                let report = world.import_of(&METRIC, &file, Request { dry_run: true, ..by(lookup) }).await?;
                let code = report.problems.first().map(|problem| problem.code.as_str());
                let want = [Some("unknown_account"), None, Some("ambiguous_account")][(*count).min(2)];
                assert_eq!(code, want, "{lookup} {word}");
            }
        }
    }
    Ok(())
}
