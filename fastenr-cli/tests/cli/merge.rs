//! Duplicates as people find and merge them.

use anyhow::Result;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/merge/found_and_merged", found_and_merged);
    tests.both("cli/merge/for_programs", for_programs);
    tests.both("cli/merge/all_sure_ones", all_sure_ones);
    tests.both("cli/merge/what_is_asked_for_wrongly", what_is_asked_for_wrongly);
}

fn book(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let accounts = "\
external_id,name,domain,industry,arr,tags,created_at
A-1,Acme,acme.com,Retail,1000,vip,2024-01-01T00:00:00Z
A-2,\"ACME, Inc.\",acme.com,,900,emea,2024-01-02T00:00:00Z
A-3,Acme Ltd,,Mining,,,2024-01-03T00:00:00Z
B-1,Bolt,,,,,2024-01-04T00:00:00Z
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let contacts = "account,name,email\nA-1,Ann,ann@acme.com\nA-2,Ann Lee,ann@acme.com\nA-2,Ben,ben@acme.com\n";
    fastenr.args(["contacts", "import", "-"]).stdin(contacts).run().ok();
    fastenr
}

async fn found_and_merged(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["accounts", "duplicates", "--min-score", "50"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts duplicates --min-score 50
score  keep              duplicate         why
  100  Acme (A-1)        ACME, Inc. (A-2)  same name +55, same domain +45
   70  Acme (A-1)        Acme Ltd (A-3)    same name +80, other industry -10
   70  ACME, Inc. (A-2)  Acme Ltd (A-3)    same name +80, other legal form -10
-- stderr
3 pairs among 4 accounts
preview the first merge: `fastenr accounts merge [UUID-1] [UUID-2] --dry-run`
-- exit 0

"#]]);
    fastenr.args(["accounts", "merge", "A-1", "A-2", "A-3", "--dry-run"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts merge A-1 A-2 A-3 --dry-run
records         moved  left out
contacts            1         1
team members        0         0
engagements         0         0
metrics             0         0
goals               0         0
tasks               0         0
metric events       0         0
adjustments         0         0
alerts              0         0
aliases             0         0
child accounts      0         0
-- stderr
would merge ACME, Inc. and Acme Ltd into Acme; dry run, nothing was written
blank fields that would be filled:
  tags  vip → emea, vip
external id A-2 would refer to Acme, also in imports
external id A-3 would refer to Acme, also in imports
warning: the ARR of ACME, Inc., 900.00, no longer counts, also on past days; Acme keeps its own ARR
-- exit 0

"#]]);
    fastenr.args(["accounts", "merge", "A-1", "A-2"]).run().code(5).matches(snapbox::str![[r#"
$ fastenr accounts merge A-1 A-2
-- stderr
would merge ACME, Inc. into Acme; dry run, nothing was written
blank fields that would be filled:
  tags  vip → emea, vip
external id A-2 would refer to Acme, also in imports
warning: the ARR of ACME, Inc., 900.00, no longer counts, also on past days; Acme keeps its own ARR
error: confirmation needed, but this is not a terminal: Merge ACME, Inc. into Acme?
hint: nothing was written; --yes confirms
-- exit 5

"#]]);
    fastenr.args(["accounts", "merge", "A-1", "A-2", "--yes"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts merge A-1 A-2 --yes
records         moved  left out
contacts            1         1
team members        0         0
engagements         0         0
metrics             0         0
goals               0         0
tasks               0         0
metric events       0         0
adjustments         0         0
alerts              0         0
aliases             0         0
child accounts      0         0
-- stderr
merged ACME, Inc. into Acme
filled blank fields:
  tags  vip → emea, vip
external id A-2 now refers to Acme, also in imports
warning: the ARR of ACME, Inc., 900.00, no longer counts, also on past days; Acme keeps its own ARR
Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    fastenr.args(["accounts", "get", "A-2", "--fields", "external_id,name,arr,tags"]).run().ok().matches(
        snapbox::str![[r#"
$ fastenr accounts get A-2 --fields external_id,name,arr,tags
external id  A-1
name         Acme
ARR          1,000
tags         emea, vip
-- exit 0

"#]],
    );
    fastenr.args(["accounts", "duplicates", "--min-score", "90"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts duplicates --min-score 90
-- stderr
no likely duplicates among 3 accounts (1 pair compared)
-- exit 0

"#]]);
    Ok(())
}

async fn for_programs(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    let pairs = fastenr.args(["accounts", "duplicates", "--min-score", "50", "-o", "jsonl"]).run().ok().jsonl();
    let short: Vec<_> = pairs
        .iter()
        .map(|pair| json!([pair["score"], pair["keep_external_id"], pair["duplicate_external_id"], pair["signals"]]))
        .collect();
    assert_eq!(
        short,
        [
            json!([100, "A-1", "A-2", {"same_name": 55, "same_domain": 45}]),
            json!([70, "A-1", "A-3", {"same_name": 80, "other_industry": -10}]),
            json!([70, "A-2", "A-3", {"same_name": 80, "other_form": -10}]),
        ]
    );
    let whole = fastenr.args(["accounts", "duplicates", "--limit", "1", "-o", "json"]).run().ok().json();
    assert_eq!((&whole["total"], &whole["hasMore"]), (&json!(3), &json!(true)));
    let csv = fastenr.args(["accounts", "duplicates", "--min-score", "90", "-o", "csv"]).run().ok().stdout;
    assert!(csv.starts_with("score,keep_id,keep_external_id,keep_name,keep_domain,duplicate_id,"), "{csv}");
    assert!(csv.contains(r#","{""same_name"":55,""same_domain"":45}""#), "{csv}");

    let dry = fastenr.args(["accounts", "merge", "A-1", "A-2", "A-3", "--dry-run", "-o", "json"]).run().ok().json();
    assert_eq!((&dry["dry_run"], &dry["operation"]), (&json!(true), &json!(null)));
    assert_eq!(dry["moved"]["contacts"], json!({"moved": 1, "left_out": 1}));
    assert_eq!(dry["filled"], json!([{"field": "tags", "old": ["vip"], "new": ["emea", "vip"]}]));
    assert_eq!((&dry["aliases"], &dry["dropped_arr"][0]["arr"]), (&json!(["A-2", "A-3"]), &json!(900)));
    let done = fastenr.args(["accounts", "merge", "A-1", "A-2", "A-3", "--yes", "-o", "json"]).run().ok().json();
    for member in ["keep", "duplicates", "moved", "filled", "resettled", "aliases", "dropped_arr"] {
        assert_eq!(done[member], dry[member], "{member}");
    }
    // The duplicate is there by its id, and says where it went.
    let id = done["duplicates"][0]["id"].as_str().unwrap_or_default().to_owned();
    let rest = fastenr.args(["accounts", "get", &id, "-o", "json"]).run().ok().json();
    assert_eq!((&rest["merged_into"], &rest["external_id"]), (&done["keep"]["id"], &json!(null)));
    let told = fastenr.args(["accounts", "restore", &id]).run().code(5).stderr;
    assert!(told.contains("was merged into Acme") && told.contains("fastenr operations undo"), "{told}");
    Ok(())
}

async fn all_sure_ones(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    let more = "external_id,name,domain,arr\nB-2,Bolt,bolt.com,\nB-3,BOLT,bolt.com,70\nC-1,Cobalt,cobalt.com,5\n\
                C-2,Cobalt,cobalt.com,5\nC-3,Cobalt Ltd,cobalt.com,\n";
    fastenr.args(["accounts", "import", "-"]).stdin(more).run().ok();
    let sure = ["accounts", "duplicates", "--merge-sure"];
    let with = |words: &[&str]| fastenr.args([&sure, words].concat()).run();
    with(&["--dry-run"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts duplicates --merge-sure --dry-run
keep          duplicates                      records moved  left out  filled
BOLT (B-3)    Bolt (B-2)                                  0         0
Cobalt (C-1)  Cobalt (C-2), Cobalt Ltd (C-3)              0         0
-- stderr
would merge 3 accounts into 2 (9 accounts compared); dry run, nothing was written
not merged: Acme (A-1) and ACME, Inc. (A-2): different ARRs
preview such a merge: `fastenr accounts merge [UUID-1] [UUID-2] --dry-run`
-- exit 0

"#]]);
    let asked = with(&[]).code(5).stderr;
    assert!(asked.contains("Merge 3 accounts into others?") && asked.contains("--expect 3"), "{asked}");
    let refused = with(&["--max-affected", "1"]).code(5);
    assert!(refused.stderr.contains("all accounts: 3 accounts would be merged into others"), "{}", refused.stderr);
    with(&["--search", "bolt", "--dry-run", "--expect", "2"]).code(5);
    let dry = with(&["--dry-run", "-o", "json"]).ok().json();
    let done = with(&["--expect", "3", "-o", "json"]).ok();
    let told = done.json();
    assert_eq!((&told["merged"], &told["left_out"]), (&json!(3), &dry["left_out"]));
    assert_eq!(dry["left_out"][0]["reason"], "other_arr");
    let operation = told["operation"].as_str().unwrap_or_default().to_owned();
    let shown = fastenr.args(["operations", "show", &operation]).run().ok();
    assert!(shown.stdout.contains("accounts.merge"), "{}", shown.stdout);
    let undone = fastenr.args(["operations", "undo", &operation, "--yes"]).run().ok();
    assert!(undone.stderr.contains("restored"), "{}", undone.stderr);
    assert_eq!(with(&["--dry-run", "-o", "json"]).ok().json()["merged"], 3);
    for words in [&["--min-score", "90"][..], &["--limit", "3"]] {
        assert!(with(words).code(2).stderr.contains("cannot be used with"), "{words:?}");
    }
    fastenr.args(["accounts", "duplicates", "--dry-run"]).run().code(2);
    Ok(())
}

async fn what_is_asked_for_wrongly(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    for (line, code, said) in [
        (&["merge", "A-1"][..], 2, "DUPLICATE"),
        (&["merge", "A-1", "A-9", "--yes"], 4, "no account is called \"A-9\""),
        (&["merge", "A-1", "A-2", "A-2", "--yes"], 2, "names ACME, Inc. a second time"),
        (&["merge", "A-1", "A-2", "A-1", "--yes"], 2, "is Acme itself"),
        (&["duplicates", "--min-score", "101"], 2, "0 to 100"),
        (&["duplicates", "--limit", "0"], 2, "1 or more"),
    ] {
        let output = fastenr.args([&["accounts"], line].concat()).run().code(code);
        assert!(output.stderr.contains(said), "{line:?}: {}", output.stderr);
    }
    Ok(())
}
