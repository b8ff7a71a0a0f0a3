//! Long texts from files, stdin and editors.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::Backend;

use super::super::support::shell;
use super::with_records;

pub(super) async fn long_texts(backend: &Backend) -> Result<()> {
    let fastenr = with_records(backend);
    fastenr.write("call.md", "\u{feff}They agree.\nÉ\n");
    let update = ["engagements", "update", "E-1", "-o", "json", "--description"];
    let of = |text: &str| fastenr.args([&update[..], &[text]].concat());
    assert_eq!(of("@call.md").run().ok().json()["description"], "They agree.\nÉ");
    assert_eq!(of("-").stdin("from a pipe\n").run().ok().json()["description"], "from a pipe");
    assert_eq!(of("@@team: call").run().ok().json()["description"], "@team: call");
    assert_eq!(of("- a point").run().ok().json()["description"], "- a point");
    let set = ["engagements", "bulk-update", "--ids", "-", "--set", "description=@call.md", "--yes"];
    fastenr.args(set).stdin("E-1\n").run().ok();
    assert_eq!(
        fastenr.args(["engagements", "get", "E-1", "-o", "json"]).run().ok().json()["description"],
        "They agree.\nÉ"
    );
    let missing = of("@gone.md").run().code(2);
    ensure!(missing.stderr.contains("no file \"gone.md\"") && missing.stderr.contains("@@"), "{}", missing.stderr);
    fastenr.write("bytes.md", b"\xff\xfe\x00");
    of("@bytes.md").run().code(2);
    let twice = ["engagements", "bulk-update", "--ids", "-", "--set", "description=-", "--yes"];
    fastenr.args(twice).stdin("E-1\n").run().code(2);
    let task = ["tasks", "update", "T-1", "--notes", "@call.md", "-o", "json"];
    assert_eq!(fastenr.args(task).run().ok().json()["notes"], "They agree.\nÉ");
    let goal = ["goals", "update", "G-1", "--description", "@call.md", "-o", "json"];
    assert_eq!(fastenr.args(goal).run().ok().json()["description"], "They agree.\nÉ");
    let log = fastenr.args(["engagements", "log", "A-1", "@call.md", "-o", "json"]).run().ok().json();
    assert_eq!((&log["title"], &log["description"]), (&"They agree.".into(), &"They agree.\nÉ".into()));
    Ok(())
}

pub(super) async fn an_editor(backend: &Backend) -> Result<()> {
    let fastenr = with_records(backend);
    fastenr.args(["engagements", "update", "E-1", "--description", "as it was"]).run().ok();
    // An editor with arguments; it adds to what is there.
    fastenr.write("edit.sh", "#!/bin/sh\nprintf '%s' \"$1\" > marker\ncat \"$2\" > before\necho more >> \"$2\"\n");
    let script = |body: &str| shell(&fastenr, body);
    let update = "\"$FASTENR\" engagements update E-1 --description @editor";
    script(&format!("EDITOR='sh edit.sh --wait' {update} -o json")).ok();
    let read = |name: &str| shell(&fastenr, &format!("cat {name}")).ok().stdout;
    assert_eq!((read("marker").as_str(), read("before").as_str()), ("--wait", "as it was\n"));
    let now = || fastenr.args(["engagements", "get", "E-1", "-o", "json"]).run().ok().json()["description"].clone();
    assert_eq!(now(), "as it was\nmore");
    // VISUAL first; emptied, nothing is written.
    let empty = script(&format!("VISUAL='truncate -s 0' EDITOR=false {update}")).code(5);
    ensure!(empty.stderr.contains("the text is empty"), "{}", empty.stderr);
    // An editor that fails, and a write that fails: the text is kept, and named.
    let failed = script(&format!("EDITOR='sh edit.sh x; false' {update}")).code(1);
    ensure!(failed.stderr.contains("your text was saved to "), "{}", failed.stderr);
    let refused = script(&format!("EDITOR='sh edit.sh x' {update} --if-version 99")).code(5);
    let kept = refused.stderr.split("saved to ").nth(1).and_then(|rest| rest.split(';').next()).context("a file")?;
    assert_eq!(read(kept), "as it was\nmore\nmore\n");
    script(&format!("rm {kept}")).ok();
    let none = script(&format!("unset VISUAL EDITOR; {update}")).code(2);
    ensure!(none.stderr.contains("VISUAL and EDITOR are not set"), "{}", none.stderr);
    assert_eq!(now(), "as it was\nmore");
    Ok(())
}
