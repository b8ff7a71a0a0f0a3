//! Random files and requests: good rows and bad ones, and text that has broken importers.

use fastenr_core::import::request::{Empty, Key, Missing, Mode, OnError, Request};
use proptest::prelude::*;
use proptest::sample::select;

/// The columns of a file and its rows, and what is asked for.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What is there before the file comes.
    pub(super) before: Vec<Vec<String>>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) request: Asked,
}

#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) key: Option<Key>,
    pub(super) mode: Mode,
    pub(super) missing: Missing,
    pub(super) on_error: OnError,
    pub(super) empty: Empty,
    pub(super) reject_limit: Option<u64>,
    custom: bool,
}

impl Asked {
    pub(super) fn request(&self, dry_run: bool) -> Request {
        let Self { key, mode, missing, on_error, empty, reject_limit, custom } = self.clone();
        Request { key, mode, missing, on_error, empty, reject_limit, custom, dry_run, ..Request::default() }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let key = prop_oneof![4 => Just(None), 1 => Just(Some(Key::Name)), 1 => Just(Some(Key::Domain))];
    (
        key,
        prop_oneof![3 => Just(Mode::Upsert), 1 => Just(Mode::Create), 1 => Just(Mode::Update)],
        prop_oneof![3 => Just(Missing::Keep), 1 => Just(Missing::Archive)],
        prop_oneof![1 => Just(OnError::Stop), 3 => Just(OnError::Skip)],
        prop_oneof![Just(Empty::Keep), Just(Empty::Clear)],
        prop_oneof![5 => Just(None), 1 => (0_u64..4).prop_map(Some)],
        any::<bool>(),
    )
        .prop_map(|(key, mode, missing, on_error, empty, reject_limit, custom)| Asked {
            key,
            mode,
            missing,
            on_error,
            empty,
            reject_limit,
            custom,
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
fn cell(column: &str) -> BoxedStrategy<String> {
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

fn rows(columns: &[&'static str], most: usize) -> impl Strategy<Value = Vec<Vec<String>>> + use<> {
    let row: Vec<BoxedStrategy<String>> = columns.iter().map(|column| cell(column)).collect();
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

pub(super) fn case() -> impl Strategy<Value = Case> {
    let columns = proptest::sample::subsequence(COLUMNS.to_vec(), 2..COLUMNS.len());
    (rows(&COLUMNS, 12), columns, asked()).prop_flat_map(|(before, mut columns, request)| {
        for needed in [request.key.map_or("external_id", Key::as_str), "name"] {
            if !columns.contains(&needed) {
                columns.push(needed);
            }
        }
        rows(&columns, 16).prop_map(move |rows| Case {
            before: before.clone(),
            columns: columns.clone(),
            rows,
            request: request.clone(),
        })
    })
}

pub(super) fn file(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    out.write_record(columns).expect("memory");
    for row in rows {
        out.write_record(row).expect("memory");
    }
    String::from_utf8(out.into_inner().expect("memory")).expect("text")
}
