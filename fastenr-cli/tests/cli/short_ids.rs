//! Records named by the end or the beginning of their id.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/short_ids/name_records", name_records);
    tests.both("cli/short_ids/are_no_names", are_no_names);
}

/// The last digits of an id, as many as it takes to have a letter.
fn end(id: &str) -> String {
    let digits = id.replace('-', "");
    let lengths = 8..=digits.len();
    let ends = lengths.map(|length| digits[digits.len() - length..].to_owned());
    ends.into_iter().find(|end| end.chars().any(char::is_alphabetic)).unwrap_or(digits)
}

fn text(json: &serde_json::Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

async fn name_records(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let json = |words: &[&str]| fastenr.args([words, &["-o", "json"]].concat()).run().ok().json();
    let id_of = |json: &serde_json::Value| text(&json["id"]);

    let account = id_of(&json(&["accounts", "get", "A-1"]));
    assert_eq!(id_of(&json(&["accounts", "get", &end(&account)])), account);
    assert_eq!(id_of(&json(&["accounts", "get", &end(&account).to_uppercase()])), account);

    let contact = json(&["contacts", "create", "--name", "Mia", "--account", &end(&account)]);
    assert_eq!(id_of(&json(&["contacts", "get", &end(&id_of(&contact))])), id_of(&contact));

    let user = json(&["users", "list"])["data"][0].clone();
    let owned = json(&["accounts", "update", "A-1", "--owner", &end(&id_of(&user))]);
    assert_eq!(owned["owner"], user["email"]);

    let operation = id_of(&json(&["operations", "list", "--limit", "1"])["data"][0]);
    assert_eq!(id_of(&json(&["operations", "show", &end(&operation)])), operation);
    let told = json(&["activity", "list", "--record", &end(&account)]);
    assert_eq!(told["data"][0]["record_id"], account.as_str());
    Ok(())
}

async fn are_no_names(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    // A number that no account bears is no part of an id, whatever ids there are.
    fastenr.args(["accounts", "get", "12345678"]).run().code(4);
    // A name comes first.
    fastenr.args(["accounts", "create", "deadbeef01"]).run().ok();
    let got = fastenr.args(["accounts", "get", "deadbeef01", "-o", "json"]).run().ok().json();
    assert_eq!(got["name"], "deadbeef01");
    // What all ids begin with is ambiguous.
    let ids: Vec<String> = {
        let list = fastenr.args(["accounts", "list", "-o", "json"]).run().ok().json();
        list["data"].as_array().into_iter().flatten().map(|account| text(&account["id"])).collect()
    };
    let common = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let shared = ids.iter().map(|id| common(id, &ids[0])).min().unwrap_or(0);
    let beginning = &ids[0][..shared];
    if beginning.replace('-', "").len() >= 8 && beginning.chars().any(char::is_alphabetic) {
        let refused = fastenr.args(["accounts", "get", beginning]).run().code(4);
        assert!(refused.stderr.contains("several accounts"), "{}", refused.stderr);
    }
    Ok(())
}
