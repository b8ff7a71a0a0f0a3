//! Keys of the HTTP API on the command line.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/keys/made_listed_and_revoked", made_listed_and_revoked);
    tests.both("cli/keys/mistakes", mistakes);
}

/// Looks like a key, and nothing else.
fn is_key(text: &str) -> bool {
    let parts: Vec<&str> = text.split('_').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [3, 32, 12, 64] && parts[1..].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

async fn made_listed_and_revoked(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    let none = run(&["keys", "list"]).ok();
    assert!(none.stderr.contains("no keys yet; create one with `fastenr keys create"), "{}", none.stderr);
    let create = ["keys", "create", "--name", "Dashboard", "--scope", "health:read,accounts:*"];
    let tried = run(&[&create[..], &["--dry-run"]].concat()).ok();
    assert_eq!(tried.stdout, "");
    assert!(tried.stderr.contains("would create key Dashboard; dry run"), "{}", tried.stderr);
    let tried = run(&[&create[..], &["--dry-run", "-o", "json"]].concat()).ok().json();
    assert!(tried["key"].is_null() && tried["name"] == "Dashboard", "{tried}");
    // The text alone is data: it goes into a variable of a shell.
    let made = run(&create).ok();
    let text = made.stdout.trim_end();
    assert!(is_key(text) && made.stdout == format!("{text}\n"), "{}", made.stdout);
    for talk in
        ["created key Dashboard", "scopes", "accounts:*, health:read", "2026-05-30T07:00:00Z", "shown only once"]
    {
        assert!(made.stderr.contains(talk), "{talk}: {}", made.stderr);
    }
    assert!(!made.stderr.contains(&text[text.len() - 64..]), "{}", made.stderr);
    assert_eq!(run(&[&create[..], &["-q"]].concat()).ok().stderr, "");
    run(&["users", "create", "jo@example.com", "--name", "Jo", "--role", "read", "-q"]).ok();
    let other = ["keys", "create", "--name", "Export", "--scope", "*:read", "--for", "jo@example.com"];
    let other = run(&[&other[..], &["--expires", "never", "-o", "json"]].concat()).ok().json();
    assert!(other["key"].as_str().is_some_and(is_key), "{other}");
    assert_eq!(other["prefix"].as_str(), other["key"].as_str().and_then(|key| key.split('_').nth(2)));
    assert_eq!((&other["scopes"], &other["user"]), (&serde_json::json!(["*:read"]), &"jo@example.com".into()));
    assert!(other["expires_at"].is_null() && other["status"] == "active", "{other}");
    let listed = run(&["keys", "list", "-o", "json"]).ok();
    assert!(!listed.stdout.contains("fnr_"), "{}", listed.stdout);
    let listed = listed.json();
    // All at one fixed moment: in no order of their own.
    let names = listed["data"].as_array().into_iter().flatten().map(|key| key["name"].as_str());
    assert_eq!((&listed["total"], names.filter(|name| *name == Some("Export")).count()), (&3.into(), 1));
    let fields = run(&["keys", "list", "--fields", "name,user,scopes", "-o", "csv"]).ok();
    assert!(fields.stdout.contains("Export,jo@example.com,*:read\n"), "{}", fields.stdout);
    let own = run(&["keys", "list", "--user", "jo@example.com", "-o", "json"]).ok().json();
    assert_eq!(own["total"], 1);
    // Two are called Dashboard.
    let ambiguous = run(&["keys", "revoke", "Dashboard"]).code(4);
    let prefix = text.split('_').nth(2).unwrap_or_default();
    assert!(ambiguous.stderr.contains(prefix), "{}", ambiguous.stderr);
    let tried = run(&["keys", "revoke", prefix, "--dry-run"]).ok();
    assert!(tried.stderr.contains("would revoke key Dashboard"), "{}", tried.stderr);
    let revoked = run(&["keys", "revoke", prefix, "-o", "json"]).ok();
    assert_eq!(revoked.json()["status"], "revoked");
    assert!(revoked.stderr.contains("revoked key Dashboard"), "{}", revoked.stderr);
    assert!(run(&["keys", "revoke", prefix]).ok().stderr.contains("nothing to change"));
    let listed = run(&["keys", "list"]).ok();
    assert!(listed.stderr.contains("2 keys; 1 expired or revoked, shown with --all"), "{}", listed.stderr);
    let all = run(&["keys", "list", "--all", "-o", "jsonl"]).ok().jsonl();
    assert_eq!(all.iter().filter(|key| key["status"] == "revoked").count(), 1);
    for words in [&["--status", "revoked"][..], &["--status", "revoked,expired", "--kind", "key"]] {
        let some = run(&[&["keys", "list", "-o", "jsonl"], words].concat()).ok().jsonl();
        assert!(some.len() == 1 && some[0]["status"] == "revoked", "{words:?}: {some:?}");
    }
    run(&["keys", "list", "--all", "--status", "revoked"]).code(2);
    let wrong = run(&["keys", "list", "--status", "revokd"]).code(2);
    assert!(wrong.stderr.contains("did you mean revoked?"), "{}", wrong.stderr);
    let later = fastenr.args(["keys", "list", "-o", "json"]).env("FASTENR_NOW", "2027-01-01").run().ok().json();
    assert_eq!((&later["total"], &later["data"][0]["name"]), (&1.into(), &"Export".into()));
    let told = run(&["activity", "list", "--kind", "keys"]).ok();
    assert!(told.stdout.contains("created key") && told.stdout.contains("revoked key"), "{}", told.stdout);
    assert!(!told.stdout.contains("fnr_"), "{}", told.stdout);
    Ok(())
}

async fn mistakes(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    run(&["users", "create", "jo@example.com", "--name", "Jo", "-q"]).ok();
    run(&["users", "create", "r@example.com", "--name", "R", "--role", "read", "-q"]).ok();
    let create = ["keys", "create", "--name", "x"];
    for (words, code, says) in [
        (&["--scope", "acounts:read"][..], 2, "did you mean accounts?"),
        (&["--scope", "accounts"], 2, "a scope is NOUN:VERB"),
        (&["--scope", "accounts:reed"], 2, "one of read, write, delete (did you mean read?)"),
        (&["--scope", ""], 2, "at least one scope"),
        (&["--scope", "*", "--expires", "2026-02-28"], 2, "expires after now"),
        (&["--scope", "*", "--expires", "soon"], 2, "Examples: tomorrow, friday, +3d"),
        (&["--scope", "*", "--expires", "0d"], 2, "expires after now"),
        (&["--scope", "*", "--for", "nobody"], 4, "no user is called"),
        (&["--scope", "*", "--for", "r@example.com"], 5, "may only read"),
        (&["--scope", "*:read", "--for", "r@example.com", "--user", "jo@example.com"], 5, "is no administrator"),
        (&["--scope", "*", "--user", "r@example.com"], 5, "may only read"),
        (&[], 2, "--scope"),
    ] {
        let output = run(&[&create[..], words].concat()).code(code);
        assert!(output.stderr.contains(says), "{words:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{words:?}");
    }
    run(&["keys", "create", "--name", " ", "--scope", "*"]).code(2);
    run(&["keys", "revoke", "nothing"]).code(4);
    run(&["keys", "list", "--fields", "secret"]).code(2);
    assert_eq!(run(&["keys", "list", "-o", "json"]).ok().json()["total"], 0);
    Ok(())
}
