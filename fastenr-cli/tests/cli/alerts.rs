//! Alerts on the command line: listed, seen to, sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use anyhow::Result;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::migrated;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("cli/alerts/listed_and_seen_to", listed_and_seen_to);
    tests.both("cli/alerts/by_account_and_by_arr", by_account_and_by_arr);
    tests.both("cli/alerts/held_ones_are_released", held_ones_are_released);
    tests.both("cli/alerts/sent_to_a_receiver", sent_to_a_receiver);
    tests.both("cli/alerts/what_would_have_been", what_would_have_been);
    tests.both("cli/alerts/who_left_after_them", who_left_after_them);
}

const NIGHT: &str = "2026-03-02T07:00:00Z";

/// Thirty accounts on the night after the baseline; the tickets of the day are given, escalated ones.
pub(crate) fn night(backend: &Backend, tickets: &str) -> Fastenr {
    let fastenr = migrated(backend);
    let import = |fastenr: &Fastenr, noun: &str, key: &[&str], text: String| {
        let words = [noun, "import", "-", "-q"].into_iter().chain(key.iter().copied());
        fastenr.args(words).stdin(text).run().ok();
    };
    import(&fastenr, "users", &["--key", "email"], "email,name\njo@example.com,Jo Doe\n".into());
    let mut accounts = "external_id,name,owner,arr,contract_end,created_at\n".to_owned();
    let mut rows = "account,metric_date,login_frequency,escalated_tickets\n".to_owned();
    for n in 0..30 {
        let owner = if n % 3 == 0 { "jo@example.com" } else { "" };
        accounts.push_str(&format!("x{n},Account {n},{owner},{n}000,2027-01-31,2024-01-01T00:00:00Z\n"));
        for day in 1..=28 {
            rows.push_str(&format!("x{n},2026-02-{day:02},40,0\n"));
        }
    }
    import(&fastenr, "accounts", &[], accounts);
    import(&fastenr, "metrics", &[], rows);
    let there_are_none = fastenr.args(["alerts", "list", "-o", "csv"]).run().ok();
    assert!(there_are_none.stderr.contains("no alerts yet"), "{}", there_are_none.stderr);
    fastenr.args(["recompute", "-q"]).run().ok();
    let fastenr = fastenr.env("FASTENR_NOW", NIGHT);
    let rows: String = tickets.split_whitespace().map(|ticket| ticket.replace('=', ",2026-03-02,") + "\n").collect();
    fastenr.write("tickets.csv", format!("account,metric_date,escalated_tickets\n{rows}"));
    fastenr.args(["metrics", "import", "tickets.csv", "-q"]).run().ok();
    fastenr
}

fn alerts(fastenr: &Fastenr, words: &[&str]) -> Vec<Json> {
    let all = ["alerts", "list", "--all", "-o", "jsonl"].into_iter().chain(words.iter().copied());
    fastenr.args(all).run().ok().jsonl()
}

async fn by_account_and_by_arr(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x3=2 x9=1");
    fastenr.args(["recompute", "-q"]).run().ok();
    let list = |words: &[&str]| fastenr.args([&["alerts", "list"], words].concat()).run();
    list(&["--by", "account", "--sort", "arr"]).ok().matches(snapbox::str![[r#"
$ fastenr alerts list --by account --sort arr
account  account name    ARR  owner           severity  alerts  rules               opened on
x9       Account 9     9,000  jo@example.com  warning        1  support_escalation  2026-03-02
x3       Account 3     3,000  jo@example.com  critical       1  support_escalation  2026-03-02
x1       Account 1     1,000                  warning        1  support_escalation  2026-03-02
-- stderr
3 alerts of 3 accounts
-- exit 0

"#]]);
    list(&["--by", "account", "-o", "csv", "--arr-min", "2000"]).ok().matches(snapbox::str![[r#"
$ fastenr alerts list --by account -o csv --arr-min 2000
account,account_name,arr,owner,severity,alerts,rules,opened_on
x3,Account 3,3000.00,jo@example.com,critical,1,support_escalation,2026-03-02
x9,Account 9,9000.00,jo@example.com,warning,1,support_escalation,2026-03-02
-- stderr
2 alerts of 2 accounts
-- exit 0

"#]]);
    list(&["--sort", "size"]).code(2).matches(snapbox::str![[r#"
$ fastenr alerts list --sort size
-- stderr
error: sort "size": alerts are sorted by one of urgency, arr, opened
-- exit 2

"#]]);
    let about = |words: &[&str]| -> Vec<String> {
        let text = |alert: &Json| alert["account"].as_str().unwrap_or_default().to_owned();
        alerts(&fastenr, words).iter().map(text).collect()
    };
    assert_eq!(about(&["--sort", "arr"]), ["x9", "x3", "x1"]);
    assert_eq!(about(&["--sort", "arr:asc"]), ["x1", "x3", "x9"]);
    assert_eq!(about(&["--arr-min", "3000", "--sort", "opened"]).len(), 2);
    Ok(())
}

async fn listed_and_seen_to(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x3=2");
    let run = |words: &[&str]| fastenr.args(words).run();
    run(&["recompute", "-q"]).ok();
    run(&["alerts", "list"]).ok().matches(snapbox::str![[r#"
$ fastenr alerts list
id                                    severity  rule                about        ARR  owner           message                         fired on    state
[UUID-1]  critical  support_escalation  Account 3  3,000  jo@example.com  2 escalated tickets in 30 days  2026-03-02  open
[UUID-2]  warning   support_escalation  Account 1  1,000                  1 escalated ticket in 7 days    2026-03-02  open
-- stderr
2 alerts
-- exit 0

"#]]);
    let all = alerts(&fastenr, &[]);
    assert_eq!(
        (&all[0]["account"], &all[0]["owner_name"], &all[0]["arr"]),
        (&"x3".into(), &"Jo Doe".into(), &3000.into())
    );
    let (first, second) = (all[0]["id"].as_str().unwrap_or_default(), all[1]["id"].as_str().unwrap_or_default());
    run(&["alerts", "list", "--fail", "-q", "-o", "csv"]).code(7);
    run(&["alerts", "list", "--fail", "-q", "-o", "csv", "--account", "x1"]).ok();
    let tried = run(&["alerts", "acknowledge", first, "--dry-run", "-o", "csv"]).ok();
    assert!(tried.stderr.contains("1 alert would be acknowledged; dry run"), "{}", tried.stderr);
    run(&["alerts", "acknowledge", first, "--reason", "call on Monday", "-o", "csv"]).ok();
    run(&["alerts", "list", "--fail", "-q", "-o", "csv"]).ok();
    run(&["alerts", "snooze", "--account", "x1", "--until", "2w", "-q", "-o", "csv"]).ok();
    let rest = run(&["alerts", "list", "-o", "csv"]).ok();
    assert!(rest.stderr.contains("no alerts match; not shown: 1 acknowledged, 1 snoozed"), "{}", rest.stderr);
    let snoozed = alerts(&fastenr, &["--state", "snoozed"]);
    assert_eq!(snoozed[0]["snoozed_until"], "2026-03-16");
    run(&["alerts", "resolve", second]).code(2);
    run(&["alerts", "resolve", second, "--reason", "the bug is mended", "-q", "-o", "csv"]).ok();
    let resolved = alerts(&fastenr, &["--state", "resolved"]);
    assert_eq!(resolved[0]["resolved_by"], "admin@fastenr.local");
    assert_eq!(resolved[0]["resolved_reason"], "the bug is mended");
    run(&["alerts", "acknowledge"]).code(2);
    // What names none does not mean all.
    run(&["alerts", "acknowledge", " ", "--yes"]).code(2);
    run(&["alerts", "acknowledge", ",", "--yes"]).code(2);
    run(&["alerts", "acknowledge", "00000000-0000-7000-8000-000000000000"]).code(4);
    run(&["alerts", "snooze", first, "--until", "2026-03-02"]).code(2);
    let told = run(&["activity", "list", "--kind", "alerts", "-o", "jsonl"]).ok().jsonl();
    let kinds: Vec<&str> = told.iter().filter_map(|item| item["kind"].as_str()).collect();
    assert_eq!(kinds, ["alerts.resolve", "alerts.snooze", "alerts.acknowledge"]);
    Ok(())
}

async fn held_ones_are_released(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x2=1 x3=1 x4=2");
    let run = |words: &[&str]| fastenr.args(words).run();
    run(&["recompute", "-q"]).code(3);
    assert_eq!(alerts(&fastenr, &["--state", "held"]).len(), 4);
    assert_eq!(alerts(&fastenr, &[])[0]["topic"], "guard:support_escalation");
    let tried = run(&["alerts", "release", "--dry-run", "-o", "json"]).ok();
    assert_eq!(tried.json()["support_escalation"], 4);
    run(&["alerts", "release"]).code(2);
    run(&["alerts", "release", "--all", "--rule", "support_escalation"]).code(2);
    run(&["alerts", "release", "--held-by", "nobody"]).code(2);
    let refused = run(&["alerts", "release", "--all"]).code(5);
    assert!(refused.stderr.contains("Release 4 alerts?"), "{}", refused.stderr);
    // The larger ones, by how they are held, then the rest by its rule.
    let some = ["alerts", "release", "--kind", "guard", "--min-arr", "3000", "--yes", "-q", "-o", "json"];
    assert_eq!(run(&some).ok().json()["support_escalation"], 2);
    let held = alerts(&fastenr, &["--held"]);
    let told: Vec<_> = held.iter().map(|alert| (&alert["account"], &alert["held_by"])).collect();
    assert_eq!(told, [(&"x2".into(), &"guard".into()), (&"x1".into(), &"guard".into())]);
    assert_eq!(alerts(&fastenr, &["--held-by", "first_run"]).len(), 0);
    run(&["alerts", "release", "support_escalation", "--reason", "real", "--yes", "-q", "-o", "json"]).ok();
    assert_eq!(alerts(&fastenr, &[]).len(), 4);
    // Nobody is there to answer, and it is about many.
    run(&["alerts", "acknowledge", "--rule", "support_escalation"]).code(5);
    let done = run(&["alerts", "acknowledge", "--rule", "support_escalation", "--yes", "-o", "csv"]).ok();
    assert!(done.stderr.contains("4 alerts acknowledged"), "{}", done.stderr);
    run(&["recompute", "-q"]).ok();
    Ok(())
}

/// Answers so many connections with these status lines, and gives back the requests.
fn receiver(statuses: &'static [&'static str]) -> Result<(String, JoinHandle<Vec<String>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let serve = move || {
        let mut requests = Vec::new();
        for status in statuses {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(&stream);
            let (mut text, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
                text.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            text.push_str(&String::from_utf8_lossy(&body));
            write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("an answer");
            requests.push(text);
        }
        requests
    };
    Ok((url, std::thread::spawn(serve)))
}

async fn sent_to_a_receiver(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x3=2");
    fastenr.args(["recompute", "-q"]).run().ok();
    let tried = fastenr.args(["alerts", "send", "--dry-run", "--digest", "owner"]).run().ok();
    assert_eq!(tried.jsonl().len(), 2);
    assert!(tried.stderr.contains("2 alerts in 2 messages; dry run"), "{}", tried.stderr);
    let one = fastenr.args(["alerts", "send", "--dry-run"]).run().ok().jsonl();
    assert_eq!((one.len(), &one[0]["type"]), (1, &"alerts.digest".into()));
    assert_eq!(one[0]["data"]["alerts"].as_array().map(Vec::len), Some(2));
    let to = |url: &str, words: &[&str]| {
        let words =
            ["alerts", "send", "--digest", "none", "--url", url, "-o", "json"].into_iter().chain(words.iter().copied());
        fastenr.args(words)
    };
    fastenr.args(["alerts", "send"]).run().code(2);
    to("http://example.com/", &[]).run().code(2);
    let refused = to("https://127.0.0.1:9/hidden", &[]).run().code(1);
    assert!(refused.stderr.contains("is no public one") && !refused.stderr.contains("hidden"), "{}", refused.stderr);

    // The first is taken, the second refused: what was taken is not sent again.
    fastenr.write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    let (url, served) = receiver(&["204 No Content", "400 Bad Request"])?;
    let done = to(&url, &["--allow-private", "--secret-file", "secret"]).run().code(1);
    assert_eq!(done.json()["sent"], 1);
    assert!(done.stderr.contains("it answered 400; 1 message of 2 sent"), "{}", done.stderr);
    let requests = served.join().expect("the receiver");
    assert!(requests[0].contains("webhook-signature: v1,"), "{}", requests[0]);
    assert!(
        requests[0].contains(r#""type":"alert.fired""#) && requests[0].contains(r#""account":"x3""#),
        "{}",
        requests[0]
    );
    let sent: Vec<bool> = alerts(&fastenr, &[]).iter().map(|alert| !alert["sent_at"].is_null()).collect();
    assert_eq!(sent, [true, false]);
    let unsent = alerts(&fastenr, &["--unsent"]);
    assert_eq!((unsent.len(), &unsent[0]["account"]), (1, &"x1".into()));

    let (url, served) = receiver(&["200 OK"])?;
    to(&url, &["--allow-private", "--format", "slack"]).run().ok();
    let requests = served.join().expect("the receiver");
    assert!(requests[0].contains(":large_yellow_circle: *Account 1*: 1 escalated ticket in 7 days"), "{}", requests[0]);
    let nothing = to(&url, &["--allow-private"]).run().ok();
    assert!(nothing.stderr.contains("nothing new to send"), "{}", nothing.stderr);
    Ok(())
}

async fn what_would_have_been(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x3=2");
    let counts =
        fastenr.args(["alerts", "test", "--since", "1d", "--rule", "support_escalation,usage_stop"]).run().ok();
    counts.matches(snapbox::str![[r#"
$ fastenr alerts test --since 1d --rule support_escalation,usage_stop
rule                opened  held  a week
support_escalation       2     0  7.0
usage_stop               0     0  0.0
-- stderr
2026-03-01 to 2026-03-02, 30 accounts: 2 alerts would have opened or got worse; nothing was written
who left within 90 days is known for alerts up to 2025-12-02: test with --since 180d
-- exit 0

"#]]);
    let which = fastenr.args(["alerts", "test", "--since", "1d", "--rule", "support_escalation", "-o", "jsonl"]).run();
    let which = which.ok().jsonl();
    assert_eq!((&which[1]["account"], &which[1]["severity"]), (&"x3".into(), &"critical".into()));
    assert!(alerts(&fastenr, &["--state", "all"]).is_empty());
    fastenr.args(["alerts", "test", "--since", "2026-04-01"]).run().code(2);
    Ok(())
}

async fn who_left_after_them(backend: &Backend) -> Result<()> {
    let fastenr = night(backend, "x1=1 x3=2 x9=1").env("FASTENR_NOW", "2026-06-01T07:00:00Z");
    let test = |words: &[&str]| {
        fastenr.args([&["alerts", "test", "--rule", "support_escalation,usage_stop", "--since"], words].concat()).run()
    };
    let early = test(&["2026-05-25"]).ok();
    assert!(early.stderr.contains("is known for alerts up to 2026-03-03: test with --since 180d"), "{}", early.stderr);
    // Two of the three who were spoken of leave, and one without a word.
    fastenr.write(
        "left.csv",
        "external_id,status,churned_on\nx3,churned,2026-03-20\nx4,churned,2026-05-20\nx9,churned,2026-05-31\n",
    );
    fastenr.args(["accounts", "import", "left.csv", "-q"]).run().ok();
    test(&["2026-03-02"]).ok().matches(snapbox::str![[r#"
$ fastenr alerts test --rule support_escalation,usage_stop --since 2026-03-02
rule                opened  held  a week  accounts  left  left share  times base
support_escalation       3     0  0.2            3     2  66.7 %      6.7
usage_stop               0    30  0.0            0     0
-- stderr
2026-03-02 to 2026-06-01, 30 accounts: 3 alerts would have opened or got worse, 30 more would have been held; nothing was written
base rate: 10.0 % of the customers of 2026-03-02 to 2026-03-03 churned within 90 days
-- exit 0

"#]]);
    let which = test(&["2026-03-02", "-o", "jsonl"]).ok().jsonl();
    let left: Vec<_> =
        which.iter().map(|alert| (alert["account"].as_str().unwrap_or_default(), &alert["left"])).collect();
    assert_eq!(left[..3], [("x1", &false.into()), ("x3", &true.into()), ("x9", &true.into())]);
    Ok(())
}
