//! The examples of the repository run as they are.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastenr_tests::books::churn::churning_from;
use fastenr_tests::cli::{Fastenr, Output, binary};
use fastenr_tests::harness::{Backend, Tests};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::support::{copy_example, example, ledger, migrated, total};

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/examples/a_night_and_the_next", nightly);
    tests.plain("cli/examples/a_proof_of_ones_own_files", proof);
    tests.both("cli/examples/the_nightly_recompute", unattended);
    tests.both("cli/examples/fastenr_as_a_library", library);
    tests.both("cli/examples/what_belongs_to_the_accounts", what_belongs_to_the_accounts);
    tests.both("cli/examples/mappings_read_the_headers_they_are_for", mappings);
    tests.both("cli/examples/contacts_of_hubspot", contacts_of_hubspot);
}

/// The files of what belongs to accounts, and their rows.
const BELONGING: [(&str, u64); 4] = [("contacts", 12), ("engagements", 12), ("metrics", 2_400), ("goals", 4)];

/// The commands of `docs/proof.md` work on other files than those that it shows.
fn proof() -> Result<()> {
    let fastenr = Fastenr::without_database();
    let (accounts, metrics) = churning_from("2014-11-10", true);
    std::fs::create_dir(fastenr.dir().join("book"))?;
    fastenr.write("book/accounts.csv", accounts);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(metrics.as_bytes())?;
    fastenr.write("book/metrics.csv.gz", packed.finish()?);
    let document = std::fs::read_to_string(example("../docs/proof.md"))?;
    let script = fastenr.clone().program("/bin/sh").env("FASTENR", binary()?).env("FASTENR_PROOF_DAY", "2016-06-30");
    let script = script.env("FASTENR_PROOF_YEAR_BEFORE", "2016-06-30");
    let made =
        script.args([example("proof.sh").as_os_str(), "book".as_ref()]).stdin(document.as_str()).run().ok().stdout;
    let without_output = |text: &str| {
        let mut shown = true;
        let kept = text.lines().filter(|line| {
            shown = if *line == "```console" { false } else { shown || *line == "```" };
            shown || line.starts_with("$ ") || *line == "```console"
        });
        kept.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_output(&made), without_output(&document));
    for said in ["201 rows: 201 created", "verdict: better order", "Probability of churn: about ", " expected"] {
        ensure!(made.contains(said), "{said}: {made}");
    }
    for said in ["verdict: same order", "Probability of churn: about ", "percent hidden, fit the model again"] {
        ensure!(document.contains(said), "{said}");
    }
    Ok(())
}

fn nightly() -> Result<()> {
    let fastenr = Fastenr::without_database();
    let night = || -> Result<Output> {
        let script = fastenr.clone().program("/bin/sh").env("FASTENR", binary()?).env("FASTENR_NIGHTLY_DIR", "night");
        let script = script.env("FASTENR_NIGHTLY_DEMO", "--accounts 20 --nights 2");
        Ok(script.args([example("nightly.sh")]).run().ok())
    };
    let first = night()?;
    ensure!(
        first.stdout.contains("300 rows: 300 created") && first.stdout.contains("8 rows: 8 created"),
        "{}",
        first.transcript()
    );
    let second = night()?;
    ensure!(second.stdout.contains("300 rows: 300 unchanged"), "{}", second.transcript());
    ensure!(second.stdout.contains("8 rows: 8 unchanged"), "{}", second.transcript());
    for (output, changed) in [(&first, "338"), (&second, "0")] {
        let line = |name: &str, value: &str| output.stdout.lines().any(|line| line == format!("{name:<19}{value}"));
        ensure!(line("accounts", "357") && line("changed", changed), "{}", output.transcript());
    }
    for (noun, rows) in BELONGING.into_iter().chain([("metrics", 456)]) {
        let rows = thousands(rows);
        let line = |done: &str| format!("{rows} rows: {rows} {done}");
        ensure!(first.stdout.contains(&line("created")), "{noun}: {}", first.transcript());
        ensure!(second.stdout.contains(&line("unchanged")), "{noun}: {}", second.transcript());
    }
    let report: serde_json::Value = serde_json::from_str(&fastenr.read("night/accounts_messy.json"))?;
    assert_eq!((&report["unchanged"], &report["rejected"]), (&57.into(), &3.into()));
    for output in [&first, &second] {
        ensure!(
            output.stderr.contains("3 rows of accounts_messy.csv were rejected: correct them in"),
            "{}",
            output.stderr
        );
        let list: Vec<&str> = output.stdout.lines().skip_while(|line| !line.starts_with("name ")).take(26).collect();
        ensure!(list.len() == 26 && list[1..].iter().all(|line| line.contains("at_risk")), "{}", output.stdout);
        let footer = output.stderr.lines().find(|line| line.starts_with("25 of ")).unwrap_or_default();
        ensure!(footer.ends_with("; --all for the rest"), "{footer}");
    }
    // The files are worth scoring: nobody's data is missing or old, and there is somebody in each band.
    for output in [&first, &second] {
        let of = |band: &str| {
            let row = output.stdout.lines().find_map(|line| line.trim_start().strip_prefix(band)).unwrap_or_default();
            row.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
        };
        ensure!(of("insufficient data") == 0, "{}", output.transcript());
        ensure!(
            ["healthy", "moderate", "concern", "critical"].into_iter().all(|band| of(band) > 15),
            "{}",
            output.transcript()
        );
    }
    // The demo book is made once.
    for (output, is_made) in [(&first, true), (&second, false)] {
        ensure!(
            output.stderr.contains("demo data in organization default: 20 accounts") == is_made,
            "{}",
            output.stderr
        );
    }
    let rejects = fastenr.read("night/accounts_messy.rejected.csv");
    assert_eq!(rejects.lines().count(), 4);
    // Nothing else is touched: no database where the next command by hand would look.
    ensure!(!fastenr.dir().join("home/.local/share/fastenr").exists());
    Ok(())
}

/// The commands that cron and systemd start.
async fn unattended(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(words(&["accounts", "import", "--yes"], &example("accounts.csv"))).run();
    let mut found = 0;
    for file in ["cron/crontab", "cron/fastenr-recompute.service"] {
        let text = std::fs::read_to_string(example(file))?;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((_, command)) = line.split_once("fastenr recompute ") else { continue };
            let call = ["recompute"].into_iter().chain(command.split_whitespace());
            let output = fastenr.args(call).run().ok();
            ensure!(
                output.stderr.lines().last().is_some_and(|last| last.contains(" accounts scored as of ")),
                "{}",
                output.transcript()
            );
            found += 1;
        }
    }
    assert_eq!(found, 2);
    Ok(())
}

async fn what_belongs_to_the_accounts(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_NOW", "2026-06-16T06:00:00Z");
    for noun in ["users", "accounts"] {
        fastenr.args(words(&[noun, "import", "--yes"], &example(&format!("{noun}.csv")))).run().ok();
    }
    for (noun, rows) in BELONGING {
        let import = || {
            let file = example(&format!("{noun}.csv"));
            ledger(&fastenr.args(words(&[noun, "import", "--yes", "-o", "json"], &file)).run().ok().json())
        };
        assert_eq!(import(), [rows, rows, 0, 0, 0, 0], "{noun}");
        assert_eq!(import(), [rows, 0, 0, rows, 0, 0], "{noun}");
        let file = format!("{noun}.out.csv");
        fastenr.args([noun, "export", &file]).run().ok();
        let back = fastenr.args([noun, "import", &file, "--yes", "-o", "json"]).run().ok().json();
        assert_eq!(ledger(&back), [rows, 0, 0, rows, 0, 0], "{noun}: an export comes back");
    }
    Ok(())
}

/// As the command writes a number.
fn thousands(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

fn words(words: &[&str], path: &Path) -> Vec<OsString> {
    words.iter().map(OsString::from).chain([path.as_os_str().to_owned()]).collect()
}

/// As an export of tickets; made up, but for the headers.
const TICKETS: &str = "\
Id,Subject,Organization,Created at,Updated at,Solved at,Priority,Status,Tags,Satisfaction Score,Full resolution time in minutes
1,Printer,Acme,2024-02-01 10:00,2024-02-03 09:00,2024-02-02 12:00,urgent,Closed,,Good,1560
2,Login,Acme,2024-02-01 11:00,2024-02-01 11:00,,urgent,Open,escalated,Not Offered,
3,Spam,,2024-02-01 11:00,2024-02-01 11:00,,low,Open,,,
4,Slow,Acme,2024-02-01 12:00,2024-02-03 09:00,2024-02-02 13:00,normal,Solved,,Bad,1500
5,Bill,Bolt,2024-02-02 12:00,2024-02-02 12:00,-,,New,,Offered,-
";

/// Each mapping on a small file with the headers that its system writes.
async fn mappings(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["users", "import", "-", "--yes"]).stdin("email,name\njo@example.com,Jo Doe\n").run().ok();
    let accounts = "external_id,name\n001A000001abcdEIAQ,Acme\n001A000001abceFIAQ,Bolt\n";
    fastenr.args(["accounts", "import", "-", "--yes"]).stdin(accounts).run().ok();
    for (noun, mapping, file, more, expected) in [
        (
            "contacts",
            "salesforce_contacts",
            "Id,IsDeleted,AccountId,LastName,FirstName,Salutation,Email,Title,OwnerId,CreatedDate\n\
             003A1,false,001A000001abcdE,Lee,Ann,Ms.,Ann.Lee@acme.example,CFO,005x,2024-01-31T10:00:00.000Z\n\
             003A2,false,001A000001abceFIAQ,Solo,,,,,005x,2024-01-31T10:00:00.000Z\n\
             003A3,true,001A000001abcdEIAQ,Gone,,,,,005x,2024-01-31T10:00:00.000Z\n\
             003A4,false,,Nobody's,,,,,005x,2024-01-31T10:00:00.000Z\n",
            &[][..],
            [4, 2, 0, 0, 2, 0],
        ),
        (
            "engagements",
            "salesforce_tasks",
            "Id,IsDeleted,AccountId,Type,Subject,Description,ActivityDate,CompletedDateTime,Status,CreatedDate,Owner.Email\n\
             00T1,false,001A000001abcdEIAQ,Call,Renewal,\"two\nlines\",2024-02-01,2024-02-01T15:30:00.000+0000,Completed,2024-01-31T10:00:00.000Z,jo@example.com\n\
             00T2,false,001A000001abceFIAQ,,Send the offer,,2026-04-01,,Not Started,2024-01-31T10:00:00.000Z,jo@example.com\n\
             00T3,false,,Email,To a lead,,,,,2024-01-31T10:00:00.000Z,jo@example.com\n",
            &[],
            [3, 2, 0, 0, 1, 0],
        ),
        (
            "engagements",
            "salesforce_events",
            "Id,IsDeleted,IsChild,AccountId,Type,Subject,Description,ActivityDate,StartDateTime,EndDateTime,CreatedDate,Owner.Email\n\
             00U1,false,false,001A000001abcdEIAQ,Meeting,Review,,2024-02-01,2024-02-01T15:00:00.000Z,2024-02-01T16:00:00.000Z,2024-01-31T10:00:00.000Z,jo@example.com\n\
             00U2,false,true,001A000001abcdEIAQ,Meeting,Review,,2024-02-01,2024-02-01T15:00:00.000Z,2024-02-01T16:00:00.000Z,2024-01-31T10:00:00.000Z,jo@example.com\n\
             00U3,false,false,001A000001abceFIAQ,Other,Lunch,,2024-02-02,2024-02-02T11:00:00.000Z,2024-02-02T12:00:00.000Z,2024-01-31T10:00:00.000Z,jo@example.com\n",
            &[],
            [3, 2, 0, 0, 1, 0],
        ),
        (
            "accounts",
            "zendesk_organizations",
            "id,name,external_id,domain_names,details,notes,group_id,tags,created_at\n\
             360001,Acme,001A000001abcdEIAQ,acme.example acme.test,,asks for invoices,,vip,2024-01-31T10:00:00Z\n\
             360002,Stranger,,,,,,,2024-01-31T10:00:00Z\n\
             360003,Elsewhere,001A0000009zzzz,,,,,,2024-01-31T10:00:00Z\n",
            &["--mode", "update"],
            [3, 0, 1, 0, 2, 0],
        ),
        ("metrics", "zendesk_tickets", TICKETS, &[], [5, 4, 0, 0, 1, 0]),
        ("metrics", "zendesk_tickets_solved", TICKETS, &[], [5, 2, 0, 0, 3, 0]),
        (
            "engagements",
            "hubspot_meetings",
            "engagement_id,_fivetran_synced,created_from_link_id,end_time,pre_meeting_prospect_reminders,source,source_id,start_time,web_conference_meeting_id,meeting_outcome,body,external_url,title\n\
             34162,2020-07-09 11:04:22.087,,2019-09-26 14:30:00,[],CRM_UI,x,2019-09-26 13:00:00,,,Agenda,,Kick-off\n\
             36214,2020-07-09 11:06:26.550,,2019-10-23 17:30:00,[],CRM_UI,y,2019-10-23 16:00:00,,COMPLETED,,,Review\n\
             35534,2020-07-09 11:04:36.303,,2019-10-11 13:00:00,[],CRM_UI,z,2019-10-11 12:30:00,,NO_SHOW,,,Review\n",
            &["--constant", "account=001A000001abcdEIAQ"],
            [3, 2, 0, 0, 1, 0],
        ),
    ] {
        let path = example(&format!("mappings/{mapping}.toml"));
        let import = |expected: [u64; 6]| {
            let mut call = words(&[noun, "import", "-", "--yes", "-o", "json", "--mapping"], &path);
            call.extend(more.iter().map(OsString::from));
            assert_eq!(ledger(&fastenr.args(call).stdin(file).run().ok().json()), expected, "{mapping}");
        };
        import(expected);
        // Whatever was written is as the file says.
        let [rows, created, updated, _, skipped, _] = expected;
        import([rows, 0, 0, created + updated, skipped, 0]);
    }
    let engagements = fastenr.args(["engagements", "export", "-", "-o", "jsonl"]).run().ok().jsonl();
    let of =
        |id: &str| engagements.iter().find(|engagement| engagement["external_id"] == id).cloned().unwrap_or_default();
    let task = of("00T1");
    assert_eq!((&task["type"], &task["description"]), (&"call".into(), &"two\nlines".into()));
    assert_eq!(task["scheduled_at"], "2024-02-01T00:00:00Z");
    assert_eq!(task["completed_at"], "2024-02-01T15:30:00Z");
    assert_eq!((&of("00T2")["type"], &of("00T2")["completed_at"]), (&"note".into(), &serde_json::Value::Null));
    assert_eq!(of("00U3")["type"], "meeting");
    let meeting = of("36214");
    assert_eq!(
        (&meeting["scheduled_at"], &meeting["outcome"]),
        (&"2019-10-23T16:00:00Z".into(), &serde_json::Value::Null)
    );
    let days = fastenr.args(["metrics", "export", "-", "-o", "jsonl"]).run().ok().jsonl();
    let day = |account: &str, date: &str| {
        let is = |day: &&serde_json::Value| day["account"] == account && day["metric_date"] == date;
        days.iter().find(is).cloned().unwrap_or_default()
    };
    let opened = day("001A000001abcdEIAQ", "2024-02-01");
    assert_eq!((&opened["support_tickets"], &opened["urgent_tickets"]), (&3.into(), &1.into()), "{days:?}");
    assert_eq!((&opened["escalated_tickets"], &opened["tickets_resolved"]), (&1.into(), &serde_json::Value::Null));
    let solved = day("001A000001abcdEIAQ", "2024-02-02");
    assert_eq!((&solved["tickets_resolved"], &solved["resolution_hours"]), (&2.into(), &serde_json::json!(25.5)));
    assert_eq!((&solved["csat"], &solved["csat_responses"]), (&50.into(), &2.into()), "{solved}");
    let contacts = fastenr.args(["contacts", "export", "-", "-o", "jsonl"]).run().ok().jsonl();
    let names: Vec<_> = contacts.iter().map(|contact| contact["name"].as_str().unwrap_or_default()).collect();
    assert!(names.contains(&"Ann Lee") && names.contains(&"Solo"), "{names:?}");
    let acme = fastenr.args(["accounts", "get", "Acme", "-o", "json"]).run().ok().json();
    assert_eq!(
        acme["custom_fields"],
        serde_json::json!({"zendesk_id": "360001", "zendesk_notes": "asks for invoices"})
    );
    Ok(())
}

/// The mapping reads a file with the columns of such an export; made up, but for the headers.
async fn contacts_of_hubspot(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "create", "Acme", "--domain", "acme.example"]).run().ok();
    copy_example(&fastenr, "mappings/hubspot_contacts.toml")?;
    let header = "_fivetran_deleted,_fivetran_synced,property_email,id,property_company,property_firstname,property_lastname,\
                  property_email_1,property_createdate,property_jobtitle,property_annualrevenue,property_hs_merged_object_ids,\
                  property_created_at,property_first_conversion_date";
    let row = |deleted: &str, n: u32, first: &str, last: &str, title: &str| {
        format!(
            "{deleted},2026-02-02 11:16:05,{n:032x},{n},,{first},{last},{n:032x},2026-01-0{n} 17:32:47,{title},,,\
             2026-01-0{n} 17:32:47,\n"
        )
    };
    let rows = [row("FALSE", 1, "Ada", "Roe", "CTO"), row("FALSE", 2, "Bo", "", ""), row("TRUE", 3, "Cy", "Doe", "")];
    fastenr.write("contacts.csv", format!("{header}\n{}", rows.concat()));
    // Without the account and the name nothing can be made, and each reason is told once.
    let bare = fastenr.args(["contacts", "import", "contacts.csv", "-o", "json"]).run();
    let report = bare.json();
    assert_eq!((bare.status, &report["rejected"]), (1, &3.into()), "{report}");
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(report["problems"][0]["rows"], 3, "{report}");
    let import =
        ["contacts", "import", "contacts.csv", "--mapping", "hubspot_contacts.toml", "--constant", "account=Acme"];
    for (created, unchanged) in [(2, 0), (0, 2)] {
        let report = fastenr.args([&import[..], &["-o", "json"]].concat()).run().ok().json();
        let counts = (&report["created"], &report["unchanged"], &report["skipped"]);
        assert_eq!(counts, (&created.into(), &unchanged.into(), &1.into()), "{report}");
    }
    let ada = fastenr.args(["contacts", "get", "1", "-o", "json"]).run().ok().json();
    assert_eq!(
        (&ada["name"], &ada["title"], &ada["email"]),
        (&"Ada Roe".into(), &"CTO".into(), &serde_json::Value::Null)
    );
    assert_eq!(ada["created_at"], "2026-01-01T17:32:47Z");
    Ok(())
}

async fn library(backend: &Backend) -> Result<()> {
    let program = build_example("import_accounts")?;
    let fastenr = Fastenr::new(backend);
    fastenr.write("crm.csv", "Customer;State;ARR\nAcme;at-risk;100,50\nBolt;active;7\n");
    let call = |program: &PathBuf| {
        let arguments = [backend.url.as_str(), "crm.csv", "Customer=external_id"];
        fastenr.clone().program(program).args(arguments).run()
    };
    // Without names: an account has to have one.
    ensure!(call(&program).status != 0 || total(&fastenr) == 0, "accounts without a name");
    fastenr.write("crm.csv", "Number;Customer;State\n1;Acme;at-risk\n2;Bolt;active\n");
    let arguments = [backend.url.as_str(), "crm.csv", "Number=external_id", "State=status"];
    let output = fastenr.clone().program(&program).args(arguments).run().ok();
    ensure!(output.stdout.contains("applied: true") && output.stdout.contains("Acme\t"), "{}", output.transcript());
    ensure!(output.stdout.ends_with("1 accounts at risk, 0 cents of ARR\n"), "{}", output.transcript());
    assert_eq!(total(&fastenr), 2);
    Ok(())
}

/// Built with the features of the whole workspace, as the tests are: nothing else has to be built again.
fn build_example(name: &str) -> Result<PathBuf> {
    let test = env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).context("the test is in no target folder")?;
    let target = folder.parent().context("the target folder has no parent")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--workspace", "--example", name, "--target-dir"]).arg(target);
    for (variable, _) in env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|own| variable.as_encoded_bytes().starts_with(own.as_bytes())) {
            command.env_remove(variable);
        }
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
    Ok(folder.join("examples").join(name))
}
