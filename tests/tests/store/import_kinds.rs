//! Files made at random, a kind of trouble each, with what has to come of them. `FASTENR_TEST_SEED` makes other ones,
//! `FASTENR_KINDS` a folder for the files and what is expected of each, to try another program on them.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use fastenr_core::import::request::{OnError, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, world};

use super::random::Random;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/kinds/values_and_columns", values_and_columns);
}

const FILES: u32 = 200;

/// What has to come of a file.
#[derive(Debug)]
enum Expected {
    /// The whole file is refused, with this code.
    Refused(&'static str),
    /// Rows, from 1, that are rejected; and of the others a field with its text, by external id, day or e-mail address.
    Rows { rejected: Vec<u64>, field: &'static str, stored: Vec<(String, String)> },
}

struct ImportCase {
    kind: &'static str,
    noun: &'static Noun,
    file: String,
    expected: Expected,
}

const NULLS: [&str; 14] =
    ["N/A", "n/a", "#N/A", "NULL", "null", "-", "—", "(blank)", "TBD", "None", "nan", "NaN", "undefined", "\\N"];
const ERRORS: [&str; 8] = ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#BEZUG!", "#ref!", "######"];

fn digits_of(text: &str, zero: char) -> String {
    let digit = |c: char| char::from_u32(u32::from(zero) + u32::from(c) - u32::from('0')).unwrap();
    text.chars().map(|c| if c.is_ascii_digit() { digit(c) } else { c }).collect()
}

/// Accounts with one column more; each cell with what it has to be, or that its row is rejected.
fn accounts(kind: &'static str, header: &str, field: &'static str, cells: &[(String, Option<String>)]) -> ImportCase {
    let mut file = format!("external_id,name,{header}\n");
    let (mut rejected, mut stored) = (Vec::new(), Vec::new());
    for (n, (cell, text)) in cells.iter().enumerate() {
        let _ = writeln!(file, "k{n},Customer {n},\"{}\"", cell.replace('"', "\"\""));
        match text {
            Some(text) => stored.push((format!("k{n}"), text.clone())),
            None => rejected.push(n as u64 + 1),
        }
    }
    ImportCase { kind, noun: &ACCOUNT, file, expected: Expected::Rows { rejected, field, stored } }
}

fn refused(kind: &'static str, noun: &'static Noun, file: String, code: &'static str) -> ImportCase {
    ImportCase { kind, noun, file, expected: Expected::Refused(code) }
}

fn make(random: &mut Random, kind: u64) -> ImportCase {
    let cents = |random: &mut Random| (random.number(1_000_000), random.number(100));
    let rows = 1 + random.number(6);
    match kind {
        0 => {
            let (header, good, text) = *random.one(&[
                ("industry", "Retail", "Retail"),
                ("arr", "5.5", "5.50"),
                ("contract_end", "2026-12-31", "2026-12-31"),
                ("size", "Small", "small"),
                ("seats", "7", "7"),
                ("tags", "a, b", "a, b"),
                ("auto_renew", "yes", "true"),
            ]);
            let field = ACCOUNT.field(header).unwrap().1.name;
            let null = |random: &mut Random| ((*random.one(&NULLS)).to_owned(), Some(String::new()));
            let mut cells: Vec<_> = (0..rows).map(|_| null(random)).collect();
            cells.push((good.to_owned(), Some(text.to_owned())));
            accounts("no value", header, field, &cells)
        }
        1 => {
            let mut file = "external_id,name\n".to_owned();
            let mut rejected = Vec::new();
            for n in 0..rows {
                let name = if random.number(2) == 0 { *random.one(&NULLS) } else { *random.one(&ERRORS) };
                let _ = writeln!(file, "k{n},{name}");
                rejected.push(n + 1);
            }
            file.push_str("good,Good Ltd\n");
            let stored = vec![("good".to_owned(), "Good Ltd".to_owned())];
            ImportCase {
                kind: "no name",
                noun: &ACCOUNT,
                file,
                expected: Expected::Rows { rejected, field: "name", stored },
            }
        }
        2 => {
            let header = *random.one(&["industry", "custom.plan", "tags"]);
            let cells: Vec<_> = (0..rows).map(|_| ((*random.one(&ERRORS)).to_owned(), None)).collect();
            accounts(
                "spreadsheet errors",
                header,
                ACCOUNT.field_by_header(header).map_or("custom_fields", |(_, f)| f.name),
                &cells,
            )
        }
        3 => {
            let cell = |random: &mut Random| {
                let (whole, part) = cents(random);
                #[expect(clippy::cast_precision_loss, reason = "that is what is tried")]
                let noisy = format!("{:.17}", (whole * 100 + part) as f64 / 100.0);
                (noisy, Some(format!("{whole}.{part:02}")))
            };
            let cells: Vec<_> = (0..rows).map(|_| cell(random)).collect();
            accounts("float noise", "arr", "arr", &cells)
        }
        4 => {
            let cell = |random: &mut Random| {
                let (whole, part) = cents(random);
                (format!("{whole}.{part:02}{}", 1 + random.number(9)), None)
            };
            let mut cells: Vec<_> = (0..rows).map(|_| cell(random)).collect();
            cells.push(("1.5".to_owned(), Some("1.50".to_owned())));
            accounts("a third decimal", "arr", "arr", &cells)
        }
        5 => {
            let space = *random.one(&["", " ", "\u{A0}"]);
            let cells: Vec<_> = (0..rows).map(|_| (format!("{}{space}%", random.number(100)), None)).collect();
            accounts("percent in money", "ARR", "arr", &cells)
        }
        6 => {
            let mut file = "external_id,account,title,start_value\n".to_owned();
            let mut stored = Vec::new();
            for n in 0..rows {
                let (whole, part) = cents(random);
                let space = *random.one(&["", " "]);
                let _ = writeln!(file, "k{n},acme,Goal {n},{whole}.{part:02}{space}-");
                let text = format!("-{whole}.{part:02}");
                let text = text.trim_end_matches('0').trim_end_matches('.');
                stored.push((
                    format!("k{n}"),
                    if text == "-0" || text == "-" { "0".to_owned() } else { text.to_owned() },
                ));
            }
            let expected = Expected::Rows { rejected: Vec::new(), field: "start_value", stored };
            ImportCase { kind: "trailing minus", noun: &GOAL, file, expected }
        }
        7 => {
            let dash = *random.one(&["$ -", " $-   ", "$ —", "- $", "$ --"]);
            let mut cells = vec![(dash.to_owned(), Some("0.00".to_owned()))];
            cells.extend((0..rows).map(|n| (format!("${n}.50"), Some(format!("{n}.50")))));
            accounts("accounting dash", "arr", "arr", &cells)
        }
        8 => {
            let zero = *random.one(&['０', '٠', '۰']);
            let cell = |random: &mut Random| {
                let (whole, part) = cents(random);
                let point = *random.one(&[".", if zero == '０' { "．" } else { "٫" }]);
                (digits_of(&format!("{whole}{point}{part:02}"), zero), Some(format!("{whole}.{part:02}")))
            };
            let cells: Vec<_> = (0..rows).map(|_| cell(random)).collect();
            accounts("digits of other scripts", "arr", "arr", &cells)
        }
        9 => {
            let header = *random.one(&[
                "Currency",
                "ACV Currency",
                "Currency ISO Code",
                "Amount (Currency)",
                "custom.ccy",
                "Billing",
            ]);
            let mut file = format!("external_id,name,{header},arr\n");
            for n in 0..rows {
                let code = *random.one(&["EUR", "USD", "JPY", "gbp", "€", "EUR - Euro"]);
                let _ = writeln!(file, "k{n},Customer {n},{code},{n}");
            }
            let _ = writeln!(file, "last,Last,EUR,5");
            refused("a column of currencies", &ACCOUNT, file, "currency_column")
        }
        10 => {
            let (header, most) = *random.one(&[
                ("csat", 5),
                ("feature_adoption_score", 1),
                ("training_completion_rate", 10),
                ("nps", 10),
                ("csat", 1),
            ]);
            let mut file = format!("account,metric_date,{header}\n");
            for day in 0..rows {
                let value = if most == 1 {
                    format!("0.{}", 10 + random.number(90))
                } else {
                    (1 + random.number(most)).to_string()
                };
                let _ = writeln!(file, "acme,2026-01-{:02},{value}", day + 1);
            }
            refused("shares and marks", &METRIC, file, "scale_ambiguous")
        }
        11 => {
            let mut file = "account,metric_date,session_minutes\n".to_owned();
            let mut stored = Vec::new();
            for day in 0..rows {
                let (minutes, part) = (random.number(600), 1 + random.number(9));
                let _ = writeln!(file, "acme,2026-01-{:02},{minutes}.{part}", day + 1);
                stored.push((format!("2026-01-{:02}", day + 1), format!("{minutes}.{part}")));
            }
            let expected = Expected::Rows { rejected: Vec::new(), field: "session_minutes", stored };
            ImportCase { kind: "minutes with decimals", noun: &METRIC, file, expected }
        }
        12 => {
            let mut file = "account,Month,arr\n".to_owned();
            let mut stored = Vec::new();
            for month in 1..=rows {
                let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"][usize::try_from(month - 1).unwrap()];
                let cell = match random.number(4) {
                    0 => format!("2025-{month:02}"),
                    1 => format!("{month:02}/2025"),
                    2 => format!("{name} 2025"),
                    _ => format!("2025{month:02}"),
                };
                let _ = writeln!(file, "acme,{cell},{}", if month == rows { "300" } else { "100" });
                stored.push((format!("2025-{month:02}-01"), format!("2025-{month:02}-01")));
            }
            let expected = Expected::Rows { rejected: Vec::new(), field: "effective_on", stored };
            ImportCase { kind: "months", noun: &ARR_CHANGE, file, expected }
        }
        13 => {
            let mut cells = Vec::new();
            for n in 0..rows {
                let by = *random.one(&["|", " | ", "|| ", ";|"]);
                cells.push((format!("vip{n}{by}emea"), Some(format!("emea, vip{n}"))));
            }
            accounts("tags by a pipe", "tags", "tags", &cells)
        }
        14 => {
            let (header, field) = *random.one(&[
                ("Tier", "size"),
                ("Segment", "size"),
                ("Lifecycle Stage", "renewal_stage"),
                ("Renewal Forecast", "renewal_stage"),
            ]);
            let mut cells = Vec::new();
            for _ in 0..rows {
                cells.push((
                    (*random.one(&["Gold", "Silver", "Mid-Market", "Lead", "Partner"])).to_owned(),
                    Some(String::new()),
                ));
            }
            accounts("words of another system", header, field, &cells)
        }
        15 => {
            let headers = *random.one(&[
                "First Name,Last Name",
                "first_name,last_name",
                "FirstName,LastName",
                "Given Name,Surname",
            ]);
            let mut file = format!("{headers},Email,Account ID\n");
            let mut stored = Vec::new();
            for n in 0..rows {
                let first = *random.one(&["Ann", "Bo", "Célia"]);
                let last = *random.one(&["Able", "de Vries", ""]);
                let _ = writeln!(file, "{first},{last},p{n}@acme.com,acme");
                stored.push((format!("p{n}@acme.com"), format!("{first} {last}").trim().to_owned()));
            }
            let expected = Expected::Rows { rejected: Vec::new(), field: "name", stored };
            ImportCase { kind: "first and last name", noun: &CONTACT, file, expected }
        }
        16 => {
            let (one, other) =
                *random.one(&[("Name", "NAME"), ("Industry", "industry"), ("Notes", "notes"), ("arr", "ARR")]);
            let name = if one == "Name" { "" } else { "name," };
            let value = if one == "Name" { "" } else { "Acme," };
            let file = format!("external_id,{name}{one},{other}\nk,{value}5,6\n");
            refused("headers alike but for case", &ACCOUNT, file, "header_duplicate")
        }
        _ => {
            let mut cells = Vec::new();
            for n in 0..rows {
                let hour = 1 + random.number(22);
                let cell = if n % 2 == 0 {
                    format!("2025-01-{:02} {hour:02}:30", n + 2)
                } else {
                    format!("{:02}.01.2025 {hour:02}:30", n + 2)
                };
                cells.push((cell, Some(format!("2025-01-{:02}T{:02}:30:00Z", n + 2, hour - 1))));
            }
            accounts("times without a zone", "created_at", "created_at", &cells)
        }
    }
}

const KINDS: u64 = 18;

async fn values_and_columns(backend: &Backend) -> Result<()> {
    let mut random = Random::seeded("store/kinds");
    let first = world(backend).await?;
    for number in 0..u64::from(backend.tries(FILES)) {
        let made = make(&mut random, number % KINDS);
        if let Ok(folder) = std::env::var("FASTENR_KINDS") {
            let name = format!("{folder}/{number:03}_{}", made.kind.replace(' ', "_"));
            std::fs::write(format!("{name}.csv"), &made.file)?;
            std::fs::write(format!("{name}.txt"), format!("{}\n{:?}\n", made.noun.many, made.expected))?;
        }
        let slug = format!("file-{number}");
        let change =
            OrganizationChange { slug: Some(slug), time_zone: Some("Europe/Berlin".into()), ..Default::default() };
        let world = first.organization_of(change).await?;
        if made.noun.many != ACCOUNT.many {
            world.account(&[("external_id", "acme"), ("name", "Acme"), ("arr", "300")]).await?;
        }
        if let Err(error) = try_on(&world, &made).await {
            anyhow::bail!("file {number} ({}): {error:#}\n{}\n{:?}", made.kind, made.file, made.expected);
        }
    }
    Ok(())
}

async fn try_on(world: &World, made: &ImportCase) -> Result<()> {
    let request = Request { on_error: OnError::Skip, ..Request::default() };
    let report = world.import_of(made.noun, &made.file, request).await;
    let (rejected, field, stored) = match (&made.expected, report) {
        (Expected::Refused(code), Err(error)) => {
            ensure!(error.code == *code, "refused with {}", error.code);
            ensure!(!error.hints.is_empty(), "no way out");
            return Ok(());
        }
        (Expected::Rows { rejected, field, stored }, Ok(report)) => {
            let mut rows: Vec<u64> = Vec::new();
            report.problems.iter().for_each(|problem| rows.extend(&problem.examples));
            rows.sort_unstable();
            rows.dedup();
            // Of many rows only the first few are told.
            ensure!(report.ledger.rejected == rejected.len() as u64, "{:?}", report.problems);
            ensure!(rows.iter().all(|row| rejected.contains(row)), "{:?}", report.problems);
            (rejected, field, stored)
        }
        (_, Ok(report)) => anyhow::bail!("taken: {:?}", report.ledger),
        (_, Err(error)) => anyhow::bail!("refused: {error} ({})", error.code),
    };
    let (_, field) = made.noun.field(field).unwrap();
    for (key, text) in stored {
        let found = if made.noun.many == ACCOUNT.many {
            let account = world.get(key).await?;
            field.text(&account.value(field)).into_owned()
        } else if made.noun.within.is_some_and(|within| made.noun.field(within).is_some_and(|(_, f)| f.past)) {
            let entry = ops::entries::get_within(world, made.noun, "acme", key).await?.unwrap();
            field.text(&entry.value(field)).into_owned()
        } else {
            let entry = ops::entries::get(world, made.noun, key).await?;
            field.text(&entry.value(field)).into_owned()
        };
        ensure!(found == *text, "{key} has {found:?}, not {text:?} ({} rows were rejected)", rejected.len());
    }
    Ok(())
}
