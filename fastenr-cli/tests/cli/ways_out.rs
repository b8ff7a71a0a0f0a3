//! What a refused import offers as a way out works when it is pasted: options, lines of a mapping file and commands are taken
//! from what the command says. And what it says to a person it says to a program.

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Output};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{migrated, shell};

mod cases;
mod offered;

use self::cases::{Case, READING, WRITING};
use self::offered::{Way, ways};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/ways_out/of_how_a_file_is_read", reading);
    tests.both("cli/ways_out/of_what_rows_say", writing);
}

async fn reading(backend: &Backend) -> Result<()> {
    all(backend, READING)
}

async fn writing(backend: &Backend) -> Result<()> {
    all(backend, WRITING)
}

fn all(backend: &Backend, cases: &[Case]) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(cases::BOOK).run().ok();
    fastenr.args(["contacts", "import", "-"]).stdin(cases::PEOPLE).run().ok();
    fastenr.args(["accounts", "archive", cases::ARCHIVED]).run().ok();
    let of = |case: &Case| format!("{} {}: {}", case.noun, case.args, String::from_utf8_lossy(case.file));
    let wrong = cases.iter().filter_map(|case| Some(format!("{}{}", of(case), tried(&fastenr, case).err()?)));
    let wrong: Vec<String> = wrong.collect();
    ensure!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    Ok(())
}

fn tried(fastenr: &Fastenr, case: &Case) -> Result<()> {
    let Case { noun, name, file, args, code, least } = *case;
    fastenr.write(name, file);
    let import = format!("\"$FASTENR\" {noun} import {name} --dry-run {args}");
    let said = shell(fastenr, &import);
    ensure!(said.status == code, "exit {}, not {code}\n{}", said.status, said.transcript());
    let offered = ways(&said, args);
    ensure!(offered.len() >= least, "{} ways, not {least}: {offered:?}\n{}", offered.len(), said.transcript());
    for way in &offered {
        let again = match way {
            Way::Option(option) => shell(fastenr, &format!("{import} {option}")),
            Way::Without(option) => shell(fastenr, &import.replace(option, "")),
            Way::Line(line) => {
                fastenr.write("pasted.toml", format!("{line}\n"));
                shell(fastenr, &format!("{import} --mapping pasted.toml"))
            }
            Way::Command(command) => {
                let command = command.replacen("fastenr", "\"$FASTENR\"", 1);
                shell(fastenr, &format!("{command} --dry-run"))
            }
        };
        // Rows and cells that are left out are told by the exit code.
        ensure!(matches!(again.status, 0 | 3), "{way:?} of\n{}\nleads to\n{}", said.transcript(), again.transcript());
    }
    alike(fastenr, &import, &said)
}

/// A program hears what a person reads.
fn alike(fastenr: &Fastenr, import: &str, said: &Output) -> Result<()> {
    let program = shell(fastenr, &format!("{import} -o json"));
    ensure!(program.status == said.status, "{}", program.transcript());
    ensure!(program.stderr.contains(&said.stderr), "{}\n{}", said.transcript(), program.transcript());
    if said.stdout.is_empty() && program.stdout.is_empty() {
        // The file is refused as a whole: there is no report.
        return Ok(());
    }
    let report = program.json();
    let texts = |member: &str| -> Vec<String> {
        let list = report[member].as_array().cloned().unwrap_or_default();
        list.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut told: Vec<String> = texts("notes");
    told.extend(texts("warnings").iter().map(|text| format!("warning: {text}")));
    told.extend(report["refusal"]["message"].as_str().map(|text| format!("error: {text}")));
    let lines: Vec<&str> = said.stderr.lines().filter(|line| !line.starts_with("hint: ")).collect();
    ensure!(lines == told, "{lines:#?}\nto a program {told:#?}");
    let rules = report["problems"].as_array().into_iter().flatten().map(|problem| &problem["rule"]);
    for rule in rules.filter_map(Json::as_str) {
        ensure!(said.stdout.contains(rule), "{rule}\n{}", said.transcript());
    }
    Ok(())
}
