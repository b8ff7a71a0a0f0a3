//! Random files and requests: good rows and bad ones, and text that has broken importers.

use fastenr_core::import::request::{BadCells, Duplicates, Empty, Key, MaxMissing, Missing, Mode, OnError, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::{Field, Meaning, Noun};
use proptest::prelude::*;
use proptest::sample::select;

/// The columns of a file and its rows, and what is asked for.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) noun: &'static Noun,
    /// What is there before the file comes.
    pub(super) before: Vec<Vec<String>>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) request: ImportChoices,
}

#[derive(Debug, Clone)]
pub(super) struct ImportChoices {
    pub(super) key: Option<Key>,
    pub(super) mode: Mode,
    pub(super) missing: Missing,
    pub(super) on_error: OnError,
    pub(super) empty: Empty,
    duplicates: Duplicates,
    bad_cells: BadCells,
    pub(super) reject_limit: Option<u64>,
    custom: bool,
}

impl ImportChoices {
    pub(super) fn request(&self, dry_run: bool) -> Request {
        let Self { key, mode, missing, on_error, empty, duplicates, bad_cells, reject_limit, custom } = self.clone();
        let max_missing = MaxMissing::Share(10_000);
        Request {
            key,
            mode,
            missing,
            max_missing,
            on_error,
            empty,
            duplicates,
            bad_cells,
            reject_limit,
            custom,
            dry_run,
            ..Request::default()
        }
    }
}

/// The keys that a file may be matched by beside the usual one.
fn keys(noun: &'static Noun) -> Vec<Option<Key>> {
    if noun.field("domain").is_some() {
        return vec![None, None, None, None, Some(Key::Name), Some(Key::Domain)];
    }
    [None, None].into_iter().chain(noun.keys.iter().copied().map(Some)).collect()
}

fn asked(noun: &'static Noun) -> impl Strategy<Value = ImportChoices> {
    let archives = noun.field("archived_at").is_some();
    (
        select(keys(noun)),
        prop_oneof![3 => Just(Mode::Upsert), 1 => Just(Mode::Create), 1 => Just(Mode::Update)],
        prop_oneof![3 => Just(Missing::Keep), 1 => Just(if archives { Missing::Archive } else { Missing::Keep })],
        prop_oneof![1 => Just(OnError::Stop), 3 => Just(OnError::Skip)],
        prop_oneof![Just(Empty::Keep), Just(Empty::Clear)],
        prop_oneof![3 => Just(Duplicates::Reject), 1 => Just(Duplicates::First), 1 => Just(Duplicates::Last)],
        prop_oneof![2 => Just(BadCells::Reject), 1 => Just(BadCells::Keep)],
        prop_oneof![5 => Just(None), 1 => (0_u64..4).prop_map(Some)],
        any::<bool>(),
    )
        // Where there are none, the file would be refused.
        .prop_map(move |(key, mode, missing, on_error, empty, duplicates, bad_cells, reject_limit, custom)| {
            ImportChoices {
                key,
                mode,
                missing,
                on_error,
                empty,
                duplicates,
                bad_cells,
                reject_limit,
                custom: custom && noun.field("custom_fields").is_some(),
            }
        })
}

/// Text that has broken importers.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec!["Acme", "acme", "Zeta", "Émile & Söhne", "STRASSE", "Straße", "日本", "Group"]).prop_map(str::to_owned),
        2 => select(vec!["=1+1", "+49", "-5", "@x", "'=x", "''", "'quoted'", "a\"b", "a,b", "a;b", "a\nb", "a\r\nb", "\tx", "\\N", "\\",
            "a\\tb", "\u{FEFF}x", "\u{200B}", "null", "0", "\u{1F680}", "e\u{301}"]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => Just("x".repeat(300)),
    ]
}

fn external_id() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => (0_u32..14).prop_map(|n| format!("k{n}")),
        1 => Just("0013000000Gz3Xa".to_owned()),
        1 => Just("0013000000Gz3XaAAJ".to_owned()),
        1 => Just(String::new()),
        1 => odd_text(),
    ]
}

fn one_of(texts: &[&'static str]) -> BoxedStrategy<String> {
    select(texts.to_vec()).prop_map(str::to_owned).boxed()
}

/// A cell of a column: often good, often empty, now and then not.
fn cell(noun: &'static Noun, column: &'static str) -> BoxedStrategy<String> {
    match noun.field(column) {
        _ if column == "id" => record().boxed(),
        Some((_, field)) if noun.many != ACCOUNT.many => cell_of(noun, field),
        _ => account_cell(column),
    }
}

/// The id of the record that was there as the `n`th, once it is known; or of none.
fn record() -> impl Strategy<Value = String> {
    prop_oneof![4 => (0_u32..8).prop_map(|n| format!("#{n}")), 2 => Just(String::new())]
}

/// By what the field means, so that every noun has its cells.
fn cell_of(noun: &'static Noun, field: &'static Field) -> BoxedStrategy<String> {
    let of = |good: &[&'static str], bad: &[&'static str]| {
        prop_oneof![8 => one_of(good), 4 => Just(String::new()), 1 => one_of(bad)].boxed()
    };
    let mostly = |good: &[&'static str], bad: &[&'static str]| {
        prop_oneof![20 => one_of(good), 1 => Just(String::new()), 1 => one_of(bad)].boxed()
    };
    let accounts = ["a0", "a0", "a0", "a1", "was-a0", "0013000000Gz3Xa", "0013000000Gz3XaAAJ"];
    match field.meaning {
        Meaning::ExternalId => external_id().boxed(),
        Meaning::Account => mostly(&accounts, &["nothing", "gone", "Acme"]),
        Meaning::User if noun.within == Some(field.name) => {
            mostly(&["mia@example.com", "Noa", "MIA", "ada Admin"], &["nobody@example.com", "gone@example.com"])
        }
        Meaning::User => of(&["mia@example.com", "Noa"], &["nobody@example.com", "gone@example.com"]),
        Meaning::Author => of(&["mia@example.com", "Noa", "gone@example.com"], &["nobody@example.com"]),
        Meaning::Email => of(&["mia@a.com", "MIA@A.com", "jo@b.com", "zoe@c.com"], &["nobody", "a b@c.com"]),
        Meaning::Date if field.past => mostly(&["2026-02-01", "2026-02-02", "2026-02-28"], &["2026-04-01", "soon"]),
        Meaning::Date => of(&["2026-12-31", "2024-02-29", "1000-01-01"], &["2026-02-30", "12026-01-01"]),
        Meaning::Instant => of(&["2020-01-01", "2020-01-01T10:00:00.123456789+02:00"], &["2020-01-01T25:00:00Z"]),
        Meaning::Choice(choices) => {
            let good = choices.texts.to_vec();
            prop_oneof![8 => select(good).prop_map(str::to_owned), 3 => Just(String::new()), 1 => Just("x".to_owned())]
                .boxed()
        }
        Meaning::Number(rule) if rule.decimals > 0 => of(&["0", "33.33", "99.5", "100"], &["x", "1e30"]),
        Meaning::Number(_) => of(&["0", "7", "100"], &["x", "1.5", "3000000000"]),
        Meaning::Tags => of(&["a", "b, a", "Ä;ß", "a\\b"], &["a\"b"]),
        Meaning::Custom => of(&["{}", r#"{"b":1.50,"a":[null,true]}"#, r#"{"note":"x"}"#], &["[1]", "{"]),
        Meaning::Attendees => of(
            &["Jo <jo@x.com>; mia@x.com", r#"[{"name":"Doe, \"J\"","role":"CTO"}]"#, "Doe, Jo;"],
            &["Doe, Jo <jo@x.com>", "[1]"],
        ),
        Meaning::Milestones => of(
            &[
                r#"[{"title":"Half","target_value":1.50}]"#,
                r#"[{"title":"=1","target_date":"2026-06-30"},{"title":"b"}]"#,
            ],
            &["[1]", r#"[{"title":""}]"#],
        ),
        _ if field.required => prop_oneof![19 => odd_text(), 1 => Just(String::new())].boxed(),
        _ => prop_oneof![9 => odd_text(), 3 => Just(String::new())].boxed(),
    }
}

fn account_cell(column: &str) -> BoxedStrategy<String> {
    let some = |good: &[&'static str], bad: &[&'static str]| {
        prop_oneof![8 => one_of(good), 4 => Just(String::new()), 1 => one_of(bad)].boxed()
    };
    match column {
        "external_id" => external_id().boxed(),
        "name" | "industry" | "custom.note" | "Unknown" => {
            prop_oneof![9 => odd_text(), 1 => Just(String::new())].boxed()
        }
        "domain" => some(&["acme.com", "www.Acme.com", "b.de", "bücher.de"], &["x", "a b.com"]),
        "size" => some(&["small", "Large", "enterprise"], &["huge"]),
        "status" => some(&["active", "at_risk", "churned", "ONBOARDING"], &["gone", "0"]),
        "arr" => some(&["0", "1200.50", "99.9", "1e3", "9999999999.99"], &["-1", "x", "1.2345", "10000000000"]),
        "owner" => some(&["mia@example.com", "Noa", "MIA"], &["nobody@example.com", "gone@example.com"]),
        "parent" => prop_oneof![6 => Just(String::new()), 4 => external_id(), 1 => Just("nothing".to_owned())].boxed(),
        "contract_end" => some(&["2026-12-31", "2024-02-29", "1000-01-01"], &["2026-02-30", "soon", "12026-01-01"]),
        "created_at" => some(&["2020-01-01", "2020-01-01T10:00:00.123456789+02:00"], &["2020-01-01T25:00:00Z"]),
        "auto_renew" => some(&["true", "no", "1"], &["maybe"]),
        "renewal_stage" => some(&["likely", "will_churn"], &["x"]),
        "past_due_since" => some(&["2026-02-01"], &["yesterday"]),
        "seats" => some(&["0", "25"], &["-1", "1.5", "3000000000"]),
        "tags" => some(&["a", "b, a", "Ä;ß", "a\\b"], &["a\"b"]),
        _ => some(&["{}", r#"{"b":1.50,"a":[null,true]}"#, r#"{"note":"x"}"#], &["[1]", "{"]),
    }
}

pub(super) const COLUMNS: [&str; 18] = [
    "external_id",
    "name",
    "domain",
    "industry",
    "size",
    "status",
    "arr",
    "owner",
    "parent",
    "contract_end",
    "created_at",
    "auto_renew",
    "renewal_stage",
    "past_due_since",
    "seats",
    "tags",
    "custom_fields",
    "custom.note",
];

/// Every column that a file of the noun may have.
pub(super) fn columns(noun: &'static Noun) -> Vec<&'static str> {
    if noun.many == ACCOUNT.many {
        return COLUMNS.to_vec();
    }
    noun.fields.iter().filter(|field| field.writable()).map(|field| field.name).collect()
}

fn rows(noun: &'static Noun, columns: &[&'static str], most: usize) -> impl Strategy<Value = Vec<Vec<String>>> + use<> {
    let row: Vec<BoxedStrategy<String>> = columns.iter().map(|column| cell(noun, column)).collect();
    // A row may be ragged, or blank.
    let shape = prop_oneof![20 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    let row = (row, shape).prop_map(|(mut row, shape)| {
        match shape {
            1 => drop(row.pop()),
            2 => row.push("more".into()),
            3 => row.iter_mut().for_each(String::clear),
            _ => {}
        }
        row
    });
    prop::collection::vec(row, 0..most)
}

pub(super) fn case(noun: &'static Noun) -> impl Strategy<Value = Case> {
    let all = columns(noun);
    let some = proptest::sample::subsequence(all.clone(), 2..all.len());
    // Ids come with what an export wrote, not with another key.
    let ids = prop_oneof![3 => Just(false), 1 => Just(true)];
    // Now and then rows say their account, or what is unique within it, and not the other.
    let half = prop_oneof![2 => Just(0), 1 => Just(1), 1 => Just(2)];
    (rows(noun, &all, 12), some, asked(noun), ids, half).prop_flat_map(
        move |(before, mut columns, mut request, ids, half)| {
            let key = request.key.unwrap_or(noun.keys[0]);
            let within = noun.within.filter(|_| key == Key::Account);
            let mut needed = vec![key.as_str()];
            needed.extend(within);
            needed.extend(
                noun.fields.iter().filter(|field| field.needed() && field.name != "account").map(|field| field.name),
            );
            if ids {
                request.key = None;
                needed = vec!["id"];
            }
            if let Some(unique) = noun.within.filter(|_| half > 0 && (ids || key != Key::Account)) {
                let (said, unsaid) = if half == 1 { (unique, "account") } else { ("account", unique) };
                columns.retain(|column| *column != unsaid);
                needed.retain(|column| *column != unsaid);
                needed.push(said);
            }
            for needed in needed {
                if !columns.contains(&needed) {
                    columns.push(needed);
                }
            }
            rows(noun, &columns, 16).prop_map(move |rows| Case {
                noun,
                before: before.clone(),
                columns: columns.clone(),
                rows,
                request: request.clone(),
            })
        },
    )
}

pub(super) fn file(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    out.write_record(columns).expect("memory");
    for row in rows {
        out.write_record(row).expect("memory");
    }
    String::from_utf8(out.into_inner().expect("memory")).expect("text")
}
