//! What people see of engagements beyond the verbs of every noun.

use std::fs;

use anyhow::Result;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{Direct, ledger, migrated, shell};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/engagements/attachments", attachments);
    tests.both("cli/engagements/get_shows_who_is_a_contact", get_shows_who_is_a_contact);
    tests.both("cli/engagements/calendar_out_and_in", calendar_out_and_in);
    tests.both("cli/engagements/report", report);
    tests.both("cli/engagements/impact", impact);
    tests.both("cli/engagements/odd_values_are_told", odd_values_are_told);
    tests.both("cli/engagements/nothing_is_done_in_the_future", nothing_is_done_in_the_future);
}

/// An account, a contact there and three engagements.
fn filled(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let accounts = "external_id,name,domain\nacme,Acme,acme.example\n";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let contacts = "account,name,email,role\nacme,Jo Doe,jo@acme.example,champion\n";
    fastenr.args(["contacts", "import", "-"]).stdin(contacts).run().ok();
    let engagements =
        "external_id,account,type,title,direction,outcome,scheduled_at,completed_at,responded_at,attendees
e-1,acme,meeting,Review,,positive,2026-02-10T09:00:00Z,2026-02-10T10:00:00Z,,Jo <JO@acme.example>; Ann
e-2,acme,email,Offer,outbound,,,2026-02-12T10:00:00Z,2026-02-12T13:30:00Z,
e-3,acme,call,Planned,,,2026-02-20T10:00:00Z,,,
";
    fastenr.args(["engagements", "import", "-"]).stdin(engagements).run().ok();
    fastenr
}

async fn nothing_is_done_in_the_future(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let log = ["engagements", "create", "--title", "Ahead", "--account", "acme", "--type", "call", "--completed-at"];
    fastenr.args([&log[..], &["2026-03-02T07:00:00Z"]].concat()).run().code(2).matches(snapbox::str![[r#"
$ fastenr engagements create --title Ahead --account acme --type call --completed-at 2026-03-02T07:00:00Z
-- stderr
error: completed_at "2026-03-02T07:00:00Z": completed_at can't be in the future
-- exit 2

"#]]);
    // The clocks of two machines differ a little.
    fastenr.args([&log[..], &["2026-03-01T07:04:00Z"]].concat()).run().ok();
    let file = "account,type,title,completed_at,responded_at\nacme,call,A,2027-01-01T10:00:00Z,\n\
                acme,email,B,2026-02-01T10:00:00Z,2026-03-01T09:00:00Z\nacme,call,C,2026-02-03T10:00:00Z,\n";
    let import = ["engagements", "import", "-", "--on-error", "skip"];
    fastenr.args(import).stdin(file).run().code(3).matches(snapbox::str![[r#"
$ fastenr engagements import - --on-error skip
3 rows: 1 created, 2 rejected
column "completed_at" "2027-01-01T10:00:00Z": completed_at can't be in the future (row 1)
column "responded_at" "2026-03-01T09:00:00Z": responded_at can't be in the future (row 2)
-- stderr
rejected rows: stdin.rejected.csv
-- exit 3

"#]]);
    let bulk = ["engagements", "bulk-update", "--all", "--set", "completed_at=2026-04-01T10:00:00Z", "--yes"];
    fastenr.args(bulk).run().code(2);
    Ok(())
}

async fn attachments(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let engagements = |words: &[&str]| fastenr.args([&["engagements"], words].concat()).run();
    let bytes: Vec<u8> = b"%PDF-1.7\n".iter().copied().chain(0..=255).collect();
    fastenr.write("deck.pdf", &bytes);
    let attached = engagements(&["attach", "Review", "deck.pdf", "-o", "json"]).ok();
    assert!(attached.stderr.starts_with("attached attachment deck.pdf\n"), "{}", attached.stderr);
    let json = attached.json();
    assert_eq!((json["media_type"].as_str(), json["size"].as_i64()), (Some("application/pdf"), Some(265)));
    let again = engagements(&["attach", "e-1", "deck.pdf", "--name", "copy.pdf", "-o", "json"]).ok();
    assert_eq!(
        (again.stderr.as_str(), again.json()["id"].clone()),
        ("this content is already attached, as deck.pdf\n", json["id"].clone())
    );
    engagements(&["attach", "e-1", "-"]).code(2);
    let piped = fastenr.args(["engagements", "attach", "e-1", "-", "--name", "notes.txt"]).stdin("hello");
    piped.run().ok();
    engagements(&["attach", "e-1", "nothing.pdf"]).code(1);
    engagements(&["attach", "e-1", "deck.pdf", "--name", "a/b"]).code(2);
    fastenr.write("big.bin", vec![0; (10 << 20) + 1]);
    engagements(&["attach", "e-1", "big.bin"]).code(2);
    let listed = engagements(&["attachments", "e-1", "--fields", "name,media_type,size,created_by"]).ok();
    listed.matches(snapbox::str![[r#"
$ fastenr engagements attachments e-1 --fields name,media_type,size,created_by
name       media type       size  created by
deck.pdf   application/pdf   265  admin@fastenr.local
notes.txt  text/plain          5  admin@fastenr.local
-- stderr
2 attachments of Review
-- exit 0

"#]]);
    // Out of the folder it came from, byte for byte, and never over another file unasked.
    engagements(&["fetch", "e-1", "deck.pdf"]).code(5);
    engagements(&["fetch", "e-1", "deck.pdf", "copy.pdf"]).ok();
    assert!(fs::read(fastenr.dir().join("copy.pdf"))? == bytes);
    fastenr.write("copy.pdf", "old");
    engagements(&["fetch", "e-1", "deck.pdf", "copy.pdf", "--yes"]).ok();
    assert!(fs::read(fastenr.dir().join("copy.pdf"))? == bytes);
    assert!(!fastenr.dir().join("copy.pdf.part").exists());
    // The name is no order to compress.
    engagements(&["fetch", "e-1", "notes.txt", "notes.gz"]).ok();
    assert_eq!(fastenr.read("notes.gz"), "hello");
    assert_eq!(engagements(&["fetch", "e-1", "notes.txt", "-"]).ok().stdout, "hello");
    let missed = engagements(&["fetch", "e-1", "note.txt", "-"]).code(4);
    assert!(missed.stderr.contains("did you mean notes.txt?"), "{}", missed.stderr);
    engagements(&["detach", "e-1", "notes.txt", "--dry-run"]).ok();
    engagements(&["detach", "e-1", "notes.txt"]).ok();
    engagements(&["fetch", "e-1", "notes.txt", "-"]).code(4);
    let gone = engagements(&["delete", "e-1", "--yes"]).ok();
    assert!(gone.stderr.contains("attachments"), "{}", gone.stderr);
    engagements(&["attachments", "e-1"]).code(4);
    Ok(())
}

async fn get_shows_who_is_a_contact(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let json = fastenr.args(["engagements", "get", "Review", "-o", "json"]).run().ok().json();
    assert_eq!(json["attendees"], serde_json::json!([{"name": "Jo", "email": "JO@acme.example"}, {"name": "Ann"}]));
    let contact = &json["attendee_contacts"][0];
    assert_eq!((contact["name"].as_str(), contact["role"].as_str()), (Some("Jo Doe"), Some("champion")));
    assert_eq!(json["attendee_contacts"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["attachments"], serde_json::json!([]));
    let table = fastenr.args(["engagements", "get", "Review"]).run().ok().stdout;
    let section = table.split_once("\nattendees\n").expect("a section of attendees").1;
    assert_eq!(section, "  Jo <JO@acme.example>  contact Jo Doe, champion\n  Ann\n");
    let some = fastenr.args(["engagements", "get", "Review", "--fields", "title", "-o", "json"]).run().ok();
    assert_eq!(some.stdout, "{\"title\":\"Review\"}\n");
    Ok(())
}

async fn calendar_out_and_in(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let written = fastenr.args(["engagements", "calendar", "all.ics"]).run().ok();
    assert_eq!(written.stderr, "3 engagements → all.ics\n");
    let text = fastenr.read("all.ics");
    assert_eq!(fastenr.args(["engagements", "calendar"]).run().ok().stdout, text);
    let open = fastenr.args(["engagements", "calendar", "--open", "--from", "2026-02-15"]).run().ok().stdout;
    assert_eq!((open.matches("BEGIN:VEVENT").count(), open.contains("SUMMARY:Planned")), (1, true));
    let import = |words: &[&str]| fastenr.args([&["engagements", "import"], words, &["-o", "json"]].concat()).run();
    assert_eq!(ledger(&import(&["all.ics"]).ok().json()), [3, 0, 0, 3, 0, 0]);
    let piped = "\"$FASTENR\" engagements calendar -q | \"$FASTENR\" engagements import - -o json";
    assert_eq!(ledger(&shell(&fastenr, piped).ok().json()), [3, 0, 0, 3, 0, 0]);
    // Compressed, and under a name that says nothing.
    fastenr.args(["engagements", "calendar", "all.ics.gz"]).run().ok();
    fs::rename(fastenr.dir().join("all.ics.gz"), fastenr.dir().join("all.bin"))?;
    assert_eq!(ledger(&import(&["all.bin"]).ok().json()), [3, 0, 0, 3, 0, 0]);
    let theirs = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x@g\nDTSTART:20260401T100000Z\nSUMMARY:Kick-off\n\
                  ATTENDEE;CN=Jo:mailto:jo@acme.example\nEND:VEVENT\nBEGIN:VEVENT\nUID:y@g\n\
                  DTSTART:20260401T100000Z\nSUMMARY:Dentist\nEND:VEVENT\nEND:VCALENDAR\n";
    fastenr.write("theirs", theirs);
    let dry = import(&["theirs", "--format", "ics", "--dry-run"]).ok();
    assert_eq!(ledger(&dry.json()), [2, 1, 0, 0, 1, 0], "{}", dry.transcript());
    assert_eq!(ledger(&import(&["theirs"]).ok().json()), [2, 1, 0, 0, 1, 0]);
    assert_eq!(ledger(&import(&["theirs"]).ok().json()), [2, 0, 0, 1, 1, 0]);
    let all = import(&["theirs", "--constant", "account=acme", "--constant", "type=call"]).ok();
    assert_eq!(ledger(&all.json()), [2, 1, 1, 0, 0, 0]);
    fastenr.write("cut.ics", &text[..text.len() / 2]);
    import(&["cut.ics"]).code(2);
    fastenr.args(["contacts", "import", "all.ics"]).run().code(2);
    Ok(())
}

async fn report(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let report = |words: &[&str]| fastenr.args([&["engagements", "report"], words].concat()).run();
    report(&["-o", "csv"]).ok().matches(snapbox::str![[r#"
$ fastenr engagements report -o csv
type,completed,not_completed,positive,neutral,negative,action_required,no_outcome,per_30_days,gaps,median_gap_days,longest_gap_days,days_since_last,max_days_since_last,responses_expected,responses_answered,answered_percent,median_response_hours
call,0,1,0,0,0,0,0,0,0,,,,,0,0,,
email,1,0,0,0,0,0,1,0.33,0,,,17,17,1,1,100,3.5
meeting,1,0,1,0,0,0,0,0.33,0,,,19,19,0,0,,
-- stderr
2025-12-02 to 2026-03-01: 2 completed, 1 not completed, median gap 2 days, 1 of 1 answered
-- exit 0

"#]]);
    let json = report(&["--by", "account", "--from", "2026-02-12", "--to", "2026-02-28", "-o", "json"]).ok().json();
    assert_eq!((json["by"].as_str(), json["from"].as_str()), (Some("account"), Some("2026-02-12")));
    assert_eq!((json["data"][0]["account"].as_str(), json["data"][0]["gaps"].as_i64()), (Some("acme"), Some(1)));
    assert_eq!((json["total"]["completed"].as_i64(), json["total"]["not_completed"].as_i64()), (Some(1), Some(1)));
    let table = report(&["--by", "owner", "--type", "meeting"]).ok().stdout;
    assert!(table.lines().nth(1).is_some_and(|line| line.starts_with('–')), "{table}");
    assert!(table.lines().last().is_some_and(|line| line.starts_with("total")), "{table}");
    assert_eq!(report(&["--search", "nothing at all"]).ok().stdout, "");
    report(&["--from", "2026-03-02"]).code(2);
    report(&["--by", "colour"]).code(2);
    Ok(())
}

async fn odd_values_are_told(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let create = ["engagements", "create", "--account", "acme", "--type", "call", "--title", "Odd"];
    let odd = fastenr.args([&create[..], &["--responded-at", "now", "--competitor-stage", "pilot"]].concat()).run();
    let odd = odd.ok();
    assert_eq!(odd.stderr.matches("warning: ").count(), 2, "{}", odd.stderr);
    let fine = fastenr.args(["engagements", "update", "Odd", "--completed-at", "now", "--competitor", "Globex"]).run();
    assert_eq!(fine.ok().stderr.matches("warning: ").count(), 0);
    Ok(())
}

/// Of a book whose answer is known: twelve accounts met rise by 4 or 6 points, twelve others by 1 or 3.
async fn impact(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let mut accounts = "external_id,name,seats\n".to_owned();
    let mut engagements = "external_id,account,type,title,completed_at\n".to_owned();
    for n in 0..12 {
        accounts.push_str(&format!("m{n},Met {n},{}\n", 400 + n % 2 * 200));
        accounts.push_str(&format!("o{n},Other {n},{}\n", 100 + n % 2 * 200));
        engagements.push_str(&format!("e{n},m{n},meeting,Review,2026-01-20T10:00:00Z\n"));
    }
    engagements.push_str("c,o0,call,Call,2026-01-20T10:00:00Z\n");
    fastenr.args(["accounts", "import", "-"]).stdin(accounts.as_str()).run().ok();
    fastenr.args(["engagements", "import", "-"]).stdin(engagements.as_str()).run().ok();
    let mut direct = Direct::open(backend).await?;
    for (on, health) in [("2026-01-19", "5500"), ("2026-02-18", "5500 + a.seats")] {
        let columns = "organization_id, account_id, snapshot_date, model, health_score, churn_risk_score, band, churn_band, \
                       health_points, health_drawn, health_coverage, churn_points, churn_coverage, alert_levels";
        let sql = format!(
            "insert into score_snapshots ({columns}) select a.organization_id, a.id, '{on}', 'm', 55, 10, 'moderate', \
             'low', {health}, 5500, 10000, 1000, 10000, 0 from accounts a"
        );
        direct.execute(sql).await?;
    }
    let report = |words: &[&str]| fastenr.args([&["engagements", "report", "--impact"], words].concat()).run();
    report(&[]).ok().matches(snapbox::str![[r#"
$ fastenr engagements report --impact
type     completed  not completed  positive  neutral  negative  action required  no outcome  per 30 days  gaps  median gap days  longest gap days  days since last  max days since last  responses expected  responses answered  answered percent  median response hours
call             1              0         0        0         0                0           1         0.33     0                                                  40                   40                   0                   0
meeting         12              0         0        0         0                0          12            4     0                                                  40                   40                   0                   0
total           13              0         0        0         0                0          13         4.33     0                                                  40                   40                   0                   0

impact: change of the health score in the 30 days after, in points, compared with accounts with a similar start score and without one (correlation, not proof)
kind     engagements  pairs  change  comparison change  difference  interval low  interval high  comparison accounts  note
call               1      1       –                  –           –             –              –                   23  too few: 1 pairs, 10 are needed
meeting           12     12       5                  2           3          2.16           3.84                   12  an association, not an effect
-- stderr
2025-12-02 to 2026-03-01: 13 completed, 0 not completed
-- exit 0

"#]]);
    report(&["-o", "csv"]).ok().matches(snapbox::str![[r#"
$ fastenr engagements report --impact -o csv
kind,engagements,pairs,change,comparison_change,difference,interval_low,interval_high,comparison_accounts,note
call,1,1,,,,,,23,"too few: 1 pairs, 10 are needed"
meeting,12,12,5,2,3,2.16,3.84,12,"an association, not an effect"
-- stderr
change of the health score in the 30 days after, in points, compared with accounts with a similar start score and without one (correlation, not proof)
2025-12-02 to 2026-03-01: 13 completed, 0 not completed
-- exit 0

"#]]);
    report(&["-o", "json", "--type", "meeting"]).ok().matches(snapbox::str![[r#"
$ fastenr engagements report --impact -o json --type meeting
{"by":"type","from":"2025-12-02","to":"2026-03-01","data":[{"type":"meeting","completed":12,"not_completed":0,"positive":0,"neutral":0,"negative":0,"action_required":0,"no_outcome":12,"per_30_days":4,"gaps":0,"median_gap_days":null,"longest_gap_days":null,"days_since_last":40,"max_days_since_last":40,"responses_expected":0,"responses_answered":0,"answered_percent":null,"median_response_hours":null}],"total":{"completed":12,"not_completed":0,"positive":0,"neutral":0,"negative":0,"action_required":0,"no_outcome":12,"per_30_days":4,"gaps":0,"median_gap_days":null,"longest_gap_days":null,"days_since_last":40,"max_days_since_last":40,"responses_expected":0,"responses_answered":0,"answered_percent":null,"median_response_hours":null},"impact":{"note":"change of the health score in the 30 days after, in points, compared with accounts with a similar start score and without one (correlation, not proof)","rows":[{"kind":"meeting","engagements":12,"pairs":12,"change":5,"comparison_change":2,"difference":3,"note":"an association, not an effect","comparison_accounts":12,"interval":[2.16,3.84]}]}}
-- stderr
2025-12-02 to 2026-03-01: 12 completed, 0 not completed
-- exit 0

"#]]);
    let json = report(&["-o", "json", "--search", "nothing at all"]).ok().json();
    assert_eq!(json["impact"]["rows"], serde_json::json!([]));
    Ok(())
}
