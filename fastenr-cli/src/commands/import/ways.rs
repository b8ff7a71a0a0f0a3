//! The way out of what an import refuses, in the words of the command line.

use std::borrow::Cow;

use fastenr_core::import::request::{Problem, Report};
use fastenr_core::model::noun::Noun;
use fastenr_core::model::shell::shell_word;

/// One line for each kind of problem that has a way out, in the order of the problems.
pub(crate) fn of_problems(problems: &[Problem]) -> Vec<Cow<'static, str>> {
    let mut ways = Vec::new();
    for way in problems.iter().filter_map(of_problem) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn of_problem(problem: &Problem) -> Option<Cow<'static, str>> {
    let way = match problem.code.as_str() {
        "archived_account" | "archived_match" => {
            let id = problem.record?;
            return Some(format!("restore the account first: `fastenr accounts restore {id}`").into());
        }
        "external_id_scientific"
        | "external_id_decimal"
        | "external_id_apostrophe"
        | "external_id_error"
        | "external_id_formula"
        | "external_id_grouped"
        | "external_id_date" => {
            "export the ids again, as text, and don't save the file in a spreadsheet; --ids as-written accepts them as they are"
        }
        "external_id_zeros" | "external_id_case" => {
            "write the id as the existing record has it; if it is another record, --ids as-written creates it"
        }
        "fields_many" => {
            "a cell with the delimiter in it is quoted, as in \"Acme, Inc\"; --on-error skip leaves these rows out"
        }
        "fields_few" => "--short-rows pad reads cells that are missing at the end of a row as empty",
        "date_year" => {
            "say how the dates are written: --date-format dmy for 31/12/25, mdy for 12/31/25, ymd for 25-12-31"
        }
        "date_serial" => "where they are a spreadsheet's serial numbers: --date-format excel",
        "date_order" if problem.rule.ends_with("month/day/year") => {
            "if the day stands first, --date-format dmy says so of the whole column"
        }
        "date_order" => "if the month stands first, --date-format mdy says so of the whole column",
        "date_language" => "say the language of the names of months, e.g. --language hr",
        "duplicate_key" => "--duplicates first or --duplicates last lets one of them count and skips the others",
        "unknown_account" => "import the accounts first; --on-error skip leaves rows without one out",
        "unknown_parent" => "import the parents first, or in the same file; --bad-cells keep writes rows without them",
        "json_nested" => {
            let column = problem.column.as_deref().unwrap_or("HEADER");
            let way = shell_word(&format!("{column}.MEMBER=FIELD"));
            return Some(format!("--map {way} reads one member of an object").into());
        }
        "number_percent" => {
            let column = problem.column.as_deref().unwrap_or("HEADER");
            let way = shell_word(&format!("{column}="));
            return Some(
                format!("write amounts instead of percentages, or leave the column out with --map {way}").into(),
            );
        }
        "null_word" => "if a record has this name, --null-words '' imports such words as text",
        // A closed list, by the field's own name.
        _ if problem.rule.contains(" is one of ") && !problem.rule.contains("[values.") => {
            let column = problem.column.as_deref().unwrap_or("HEADER");
            let out = shell_word(&format!("{column}="));
            return Some(
                format!(
                    "a mapping file maps other words: --suggest-mapping drafts it; --map {out} leaves the column out"
                )
                .into(),
            );
        }
        _ => return None,
    };
    Some(way.into())
}

/// The way out of a refusal that no row is to blame for.
pub(crate) fn of_refusal(noun: &Noun, report: &Report) -> Option<String> {
    Some(match report.refusal.as_ref()?.code {
        "id_changes" => "if these ids are right, --allow-id-changes writes them".to_owned(),
        "too_many_missing" => {
            format!("if the file is complete, --max-missing {} archives them", report.ledger.archived)
        }
        "missing_empty" => {
            format!(
                "check where the file comes from; `fastenr {} bulk-archive --all --yes` archives on purpose",
                noun.many
            )
        }
        _ => return None,
    })
}
