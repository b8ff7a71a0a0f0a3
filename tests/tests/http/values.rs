//! What a field may be: the server and the document agree on each value of a table, by what the field means.

use anyhow::{Context, Result, ensure};
use axum::http::Method;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::{Field, Meaning, Noun};
use fastenr_core::model::team::TEAM;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};
use serde_json::{Value as Json, json};

use super::api::{Answered, Api, DOCUMENT, is_valid};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/values/of_fields", of_fields);
    tests.both("http/values/of_parameters", of_parameters);
    tests.both("http/values/every_example_is_accepted", examples);
    tests.both("http/values/account_id_is_account", account_id);
}

/// Values of one kind.
#[derive(Default)]
struct Values {
    accepted: Vec<Json>,
    refused: Vec<Json>,
}

fn values(accepted: impl IntoIterator<Item = Json>, refused: impl IntoIterator<Item = Json>) -> Values {
    Values { accepted: accepted.into_iter().collect(), refused: refused.into_iter().collect() }
}

/// A number as it is written.
fn number(text: &str) -> Json {
    serde_json::from_str(text).expect("a number")
}

/// Names in many scripts, up to the longest, and what is no name.
fn lines(most: usize) -> Values {
    let long = |letter: &str, count: usize| Json::from(letter.repeat(count));
    let accepted = [
        "A",
        "Acme & Söhne, GmbH",
        "北京字节跳动",
        "Ελληνικά",
        "مؤسسة",
        "ООО «Ромашка»",
        "株式会社",
        "ไทย",
        "🙂",
        "𝕏",
        "—",
        "«»",
        "O'Brien \"X\" <y>",
        " padded ",
        "two\u{a0}words",
        "=1+1",
        "null",
        "00042",
    ];
    let refused = [
        json!(""),
        json!(" "),
        json!("\u{a0}\u{3000}"),
        json!("\u{200b}"),
        json!("\u{feff}\u{ad}"),
        json!("a\nb"),
        json!("a\tb"),
        json!("a\u{0}b"),
        json!("a\u{85}b"),
        json!("a\u{2028}b"),
        json!("a\u{7f}b"),
        long("é", most + 1),
        json!(5),
        json!(true),
        json!([]),
        json!({}),
    ];
    let long = [long("é", most), long("北", most), long("🙂", most)];
    values(accepted.into_iter().map(Json::from).chain(long), refused)
}

fn of_meaning(field: &Field) -> Values {
    match field.meaning {
        Meaning::ExternalId | Meaning::AccountName | Meaning::UserName | Meaning::Title => lines(255),
        Meaning::Industry | Meaning::Label => lines(100),
        Meaning::Prose => values(
            [
                json!("one\ntwo\tthree\r\n"),
                json!("北京\u{2028}"),
                json!("x".repeat(100_000)),
                json!("🙂".repeat(1_000)),
            ],
            [json!(""), json!(" \n"), json!("a\u{1}b"), json!("a\u{0}"), json!("x".repeat(100_001)), json!(5)],
        ),
        Meaning::Email => values(
            [
                "jo@example.com",
                "Jo.O'Brien+tag@Sub.Example.co.uk",
                "a@b.cd",
                "jö@example.com",
                "jo@bücher.example",
                "jo@例え.テスト",
            ]
            .map(Json::from)
            .into_iter()
            .chain([json!(format!("{}@{}.example", "a".repeat(64), "b".repeat(63)))]),
            [
                "",
                " ",
                "jo",
                "jo@",
                "@example.com",
                "jo@example",
                "a b@example.com",
                "jo@@example.com",
                "jo@-a.example",
                "jo@1.2",
            ]
            .map(Json::from)
            .into_iter()
            .chain([json!(format!("{}@example.com", "a".repeat(65))), json!(5), json!(["jo@example.com"])]),
        ),
        Meaning::Domain => values(
            [
                "example.com",
                "Example.COM",
                "a-b.co.uk",
                "https://www.example.com/path?x#y",
                "bücher.example",
                "例え.テスト",
                "x.1a",
            ]
            .map(Json::from),
            ["", "example", "exa mple.com", "-a.example", "a..b", "1.2.3.4", "jo@example.com", "a_b.example"]
                .map(Json::from)
                .into_iter()
                .chain([json!(5)]),
        ),
        Meaning::Choice(choices) => values(
            choices.texts.iter().map(|text| json!(text)),
            [json!("nothing"), json!(""), json!(choices.texts[0].to_uppercase()), json!(5), json!([choices.texts[0]])],
        ),
        Meaning::Money => values(
            ["0", "0.01", "50000", "50000.5", "5e4", "9999999999.99", "-0.0", "1.50"].map(number),
            [
                number("-1"),
                number("-0.01"),
                number("10000000000"),
                number("1e300"),
                json!("5"),
                json!(true),
                json!([5]),
            ],
        ),
        Meaning::Number(rule) => {
            let unit = 10_f64.powi(i32::try_from(rule.decimals).expect("few"));
            let at = |stored: i64| {
                if rule.decimals == 0 { json!(stored) } else { json!(stored as f64 / unit) }
            };
            let middle = if rule.decimals == 0 { json!(5) } else { json!(5.25) };
            values(
                [at(rule.least), at(rule.most), middle, number("5.0"), number("5e0")],
                [at(rule.least - 1), at(rule.most + 1), json!("5"), json!(false)]
                    .into_iter()
                    .chain((rule.decimals == 0).then(|| json!(5.5))),
            )
        }
        Meaning::Count => values(
            ["0", "5", "5.0", "5e1", "2147483647"].map(number),
            [number("-1"), number("2147483648"), number("5.5"), json!("5"), json!(null)]
                .into_iter()
                .filter(|value| !value.is_null()),
        ),
        Meaning::Score => values([json!(0), json!(100)], [json!(-1), json!(101), json!(5.5), json!("5")]),
        Meaning::Boolean => values([json!(true), json!(false)], [json!("true"), json!(1), json!("yes"), json!([])]),
        Meaning::Custom => values(
            [json!({}), json!({"tier": "gold"}), json!({"名称": {"a b": [1, null, {"é": 0.5}]}, "": "x"})],
            [json!([]), json!("{}"), json!(5), json!(true)],
        ),
        Meaning::Date => values(
            ["2026-01-29", "2026-01-30", "2026-01-31", "2025-12-31", "2024-02-29", "1000-01-01", "9999-12-31"]
                .map(Json::from),
            [
                "",
                "2026-02-29",
                "2026-02-30",
                "2026-04-31",
                "2026-13-01",
                "2026-00-10",
                "2026-01-00",
                "2026-1-31",
                "26-01-31",
                "0999-12-31",
                "10000-01-01",
                "31.01.2026",
                "2026-01-31T00:00:00Z",
                " 2026-01-31",
                "20260131",
                "tomorrow",
                "٢٠٢٦-٠١-٠١",
            ]
            .map(Json::from)
            .into_iter()
            .chain([json!(20_260_131)]),
        ),
        Meaning::Instant => values(
            [
                "2026-01-29T10:00:00Z",
                "2026-01-31T23:59:59.123456+14:00",
                "2024-02-29t00:00:00z",
                "2026-01-30T10:00:00-03:30",
            ]
            .map(Json::from),
            [
                "",
                "2026-01-31",
                "2026-02-30T00:00:00Z",
                "2026-01-31T25:00:00Z",
                "2026-01-31T10:00:00",
                "2026-01-31 10:00:00Z",
                "2026-01-31T10:00Z",
                " 2026-01-31T10:00:00Z",
                "1769853600",
            ]
            .map(Json::from)
            .into_iter()
            .chain([json!(1_769_853_600)]),
        ),
        Meaning::Tags => values(
            [
                json!([]),
                json!(["vip", "北京", "é è", "a|b", "🙂", "[1", "O'Brien"]),
                json!(["x".repeat(50), "é".repeat(50), "北".repeat(50)]),
                json!((0..50).map(|n| format!("t{n}")).collect::<Vec<_>>()),
                json!(vec!["same"; 60]),
            ],
            [
                json!(["a,b"]),
                json!(["a;b"]),
                json!(["\"q\""]),
                json!([""]),
                json!([" "]),
                json!(["\u{200b}"]),
                json!(["x".repeat(51)]),
                json!(["a\nb"]),
                json!("vip"),
                json!([1]),
                json!([null]),
                json!({"a": "b"}),
                json!((0..51).map(|n| format!("t{n}")).collect::<Vec<_>>()),
            ],
        ),
        Meaning::Attendees => values(
            [
                json!([]),
                json!([{"name": "北京 Jo"}, {"email": "jo@example.com"}, {"name": "Jo", "email": "j@example.com", "role": "Chair"}]),
                json!([{"name": "Jo", "email": null, "role": ""}, {"name": null, "email": "a@b.cd"}]),
                json!([{"name": "x".repeat(255), "role": "y".repeat(100)}]),
                json!(vec![json!({"email": "same@example.com"}); 600]),
            ],
            [
                json!([{}]),
                json!([{"role": "Chair"}]),
                json!([{"name": ""}]),
                json!([{"name": "a\nb"}]),
                json!([{"name": 5}]),
                json!([{"name": "Jo", "email": "jo"}]),
                json!([{"name": "Jo", "mail": "x"}]),
                json!([{"name": "x".repeat(256)}]),
                json!(["Jo"]),
                json!("Jo"),
                json!({"name": "Jo"}),
                json!((0..501).map(|n| json!({"name": format!("N{n}")})).collect::<Vec<_>>()),
            ],
        ),
        Meaning::Milestones => values(
            [
                json!([]),
                json!([{"title": "半分", "target_value": 50.5, "target_date": "2026-12-31"}, {"title": "All", "completed_on": "2026-01-31"}]),
                json!([{"title": "x".repeat(255), "target_value": null, "target_date": null, "completed_on": null}]),
                json!((0..100).map(|n| json!({"title": format!("M{n}")})).collect::<Vec<_>>()),
            ],
            [
                json!([{}]),
                json!([{"title": ""}]),
                json!([{"title": null}]),
                json!([{"title": "A", "target_value": "5"}]),
                json!([{"title": "A", "target_date": "2026-02-30"}]),
                json!([{"title": "A", "target_value": 1e10}]),
                json!([{"title": "A", "more": 1}]),
                json!(["A"]),
                json!("A"),
                json!((0..101).map(|n| json!({"title": format!("M{n}")})).collect::<Vec<_>>()),
            ],
        ),
        Meaning::User | Meaning::Author => values(
            [json!("jo@example.com"), json!(" jo@example.com ")],
            [json!(""), json!(" "), json!(5), json!(["jo@example.com"])],
        ),
        Meaning::Account => {
            values([json!("A-1"), json!("北京"), json!("a,b")], [json!(""), json!(" "), json!(5), json!({"id": "A-1"})])
        }
        Meaning::Id | Meaning::Line | Meaning::Member | Meaning::MoneyText | Meaning::AccountValue => Values::default(),
    }
}

/// What a value that fits may still be refused for: the day it is, other values, what is kept.
const OTHER_RULES: [&str; 8] = [
    "future",
    "before_start",
    "target_date",
    "completion_date",
    "parent_cycle",
    "future_day",
    "empty_range",
    "past_day",
];

async fn populated(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.user("jo@example.com", "Jo Doe").await?;
    for (id, name) in [("A-1", "Acme"), ("北京", "Other"), ("a,b", "Comma")] {
        world.account(&[("external_id", id), ("name", name)]).await?;
    }
    Ok(world)
}

/// Holds what the server makes of a value against what the document says of it.
fn judge(what: &str, value: &Json, is_fit: bool, answer: &Answered, is_valid: bool) -> Result<()> {
    let shown: String = value.to_string().chars().take(120).collect();
    let told = || format!("{what} {shown}: {} {}, valid: {is_valid}", answer.status, answer.text());
    match (is_fit, answer.status) {
        (true, 200 | 201 | 404 | 409) => ensure!(is_valid, "it is accepted, and not by the document: {}", told()),
        (true, 422) if OTHER_RULES.contains(&answer.problem()) => {
            ensure!(is_valid, "the document refuses it: {}", told())
        }
        (false, 400) => ensure!(!is_valid, "it is refused, and the document allows it: {}", told()),
        // By a rule that no schema tells.
        (false, 422) => {}
        _ => anyhow::bail!("{}", told()),
    }
    Ok(())
}

async fn of_fields(backend: &Backend) -> Result<()> {
    let world = populated(backend).await?;
    let api = Api::open(&world);
    let nouns: [(&Noun, &str, &str, Json); 6] = [
        (&ACCOUNT, "accounts", "Account", json!({"name": "New"})),
        (&CONTACT, "contacts", "Contact", json!({"account": "A-1", "name": "Ann"})),
        (&ENGAGEMENT, "engagements", "Engagement", json!({"account": "A-1", "type": "call", "title": "Hello"})),
        (&GOAL, "goals", "Goal", json!({"account": "A-1", "title": "Grow"})),
        (&METRIC, "metrics", "Metrics", json!({"account": "A-1", "metric_date": "2026-02-01"})),
        (&TEAM, "team", "TeamMember", json!({"account": "A-1", "user": "jo@example.com"})),
    ];
    for (noun, path, schema, base) in nouns {
        let made = api.post(format!("/api/{path}"), base.clone()).await?.ok(201).json;
        let one = format!("/api/{path}/{}?dry_run=true", made["id"].as_str().context("an id")?);
        let new = json!({"$ref": format!("#/components/schemas/New{schema}")});
        let change = json!({"$ref": format!("#/components/schemas/{schema}Change")});
        for field in noun.fields.iter().filter(|field| field.writable()) {
            let table = of_meaning(field);
            ensure!(!table.accepted.is_empty() && !table.refused.is_empty(), "{} has no values", field.name);
            let nulls = field.blank().is_ok();
            let all = table
                .accepted
                .iter()
                .map(|value| (value, true))
                .chain(table.refused.iter().map(|value| (value, false)));
            for (value, is_fit) in all.chain([(&Json::Null, nulls)]) {
                let mut body = base.clone();
                body[field.name] = value.clone();
                let what = format!("POST {path} {}", field.name);
                if field.unique {
                    // The one that there is has none.
                    ensure!(made[field.name].is_null());
                }
                let answer =
                    api.ask(Method::POST, format!("/api/{path}?dry_run=true")).json(&body).send_unchecked().await?;
                judge(&what, value, is_fit, &answer, is_valid(&new, &body)?)?;
                let body = json!({ field.name: value });
                let answer = api.ask(Method::PUT, &one).json(&body).send_unchecked().await?;
                judge(&format!("PUT {path} {}", field.name), value, is_fit, &answer, is_valid(&change, &body)?)?;
            }
        }
    }
    Ok(())
}

/// A path, a parameter, and values that it takes and refuses.
type Parameters = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const SINCE: &[&str] = &["2026-01-29", "2026-01-30", "2026-01-31", "2024-02-29", "0d", "90d", "1000d", "52w", "36525d"];
const NEVER: &[&str] = &[
    "2026-02-29",
    "2026-02-30",
    "2026-1-31",
    "2026-13-01",
    "0999-01-01",
    "36526d",
    "3q",
    "-1d",
    "90",
    "d",
    "yesterday",
    "%20",
];
const BOOLEANS: (&[&str], &[&str]) = (&["true", "false"], &["yes", "1", "TRUE", "x", ""]);

#[rustfmt::skip]
const PARAMETERS: &[Parameters] = &[
    ("/api/accounts", "status", &["active", "at_risk,churned"], &["lost", "At%20Risk", "ACTIVE", "active,", "%20"]),
    ("/api/accounts", "industry", &["Technology", "農業", "A,%20B"], &["", "%20", "%00"]),
    ("/api/accounts", "owner", &["jo@example.com", "Jo%20Doe"], &["", ",", "a,,b", "%00"]),
    ("/api/accounts", "tag", &["vip", "北京,🙂", "01234567890123456789012345678901234567890123456789"],
     &["012345678901234567890123456789012345678901234567890", "a%22b", "a%0Ab", ",", "%E2%80%8B"]),
    ("/api/accounts", "band", &["healthy"], &["Healthy", "x"]),
    ("/api/accounts", "health_min", &["0", "100"], &["101", "-1", "x", "1.5"]),
    ("/api/accounts", "arr_min", &["0", "50000.5", "9999999999.99"], &["-1", "10000000000", "x"]),
    ("/api/accounts", "renews_within", &["90d", "12w", "0d", "2W", "36525d", "5217w", "007d"], &["36526d", "5218w", "3q", "-1d", "90", "d", "1.5d"]),
    ("/api/accounts", "no_engagement_for", &["60d", "8w"], &["60", "x"]),
    ("/api/accounts", "parent", &["A-1", "北京"], &["", "%20", "%00"]),
    ("/api/accounts", "search", &["acme", "株式会社", "%F0%9F%99%82", "%22%27%25_"], &["", "%20", "%C2%A0", "a%00b"]),
    ("/api/accounts", "archived", BOOLEANS.0, BOOLEANS.1),
    ("/api/accounts", "unowned", BOOLEANS.0, BOOLEANS.1),
    ("/api/accounts", "total", &["true", "false", "upto:1", "upto:10000", "upto:1000000000"],
     &["yes", "1", "TRUE", "upto:", "upto:0", "upto:-1", "upto:+5", "upto:1e3", "upto:1000000001", "UPTO:5", ""]),
    ("/api/accounts", "sort", &["arr", "arr:desc", "name:asc"], &["arr:down", "ARR", "x", "arr:"]),
    ("/api/accounts", "page", &["1", "1000000000"], &["0", "-1", "x", "1000000001"]),
    ("/api/accounts", "limit", &["1", "1000"], &["0", "1001", "x"]),
    ("/api/contacts", "role", &["champion", "billing,other"], &["Champion", "x", ","]),
    ("/api/contacts", "account", &["A-1", "北京", "a%2Cb"], &["", "%20"]),
    ("/api/contacts", "account_id", &["A-1", "北京"], &["", "%20"]),
    ("/api/engagements", "type", &["call", "call,meeting"], &["Call", "x"]),
    ("/api/engagements", "from", SINCE, NEVER),
    ("/api/engagements", "to", SINCE, NEVER),
    ("/api/goals", "status", &["on_track"], &["On%20Track", "x"]),
    ("/api/metrics", "from", SINCE, NEVER),
    ("/api/alerts", "since", SINCE, NEVER),
    ("/api/alerts", "state", &["open", "all"], &["Open", "x"]),
    ("/api/operations", "since", SINCE, NEVER),
    ("/api/operations", "since", &["2026-01-31T10:00:00Z", "2026-01-31T10:00:00.5%2B01:00"], &["2026-01-31T10:00", "2026-02-30T00:00:00Z"]),
    ("/api/activities", "since", SINCE, NEVER),
    ("/api/activities", "until", &["2026-01-31T10:00:00Z", "2026-12-31"], &["2026-02-30", "x"]),
    ("/api/activities", "kind", &["accounts.update", "engagements.*", "*"], &["a%20b", "a.b.c!", "1"]),
    ("/api/activities", "record", &["0197a3f2-c1d4-7000-8000-000000000000", "0197a3f2c1d470008000000000000000"], &["x", "0197a3f2"]),
    ("/api/accounts/A-1/timeline", "from", SINCE, NEVER),
    ("/api/accounts/A-1/timeline", "to", &["2026-01-31T10:00:00Z", "2026-12-31"], &["2026-02-30"]),
    ("/api/accounts/A-1/health", "as_of", &["2026-01-31", "2024-02-29"], &["2026-02-30", "2026-1-31", "90d", "0062-04-25"]),
    ("/api/accounts/A-1/health/history", "since", &["90d", "12w"], &["2026-01-31", "x", "36526d"]),
    ("/api/accounts/A-1/health/explain", "since", &["7d"], NEVER),
    ("/api/health/movers", "since", &["7d", "4w"], &["x", "2026-01-31"]),
    ("/api/health/summary", "by", &["size", "owner"], &["Size", "x"]),
    ("/api/arr/summary", "period", &["2025", "2025-Q3", "2025-03", "last-quarter", "this-year"], &["2025-Q5", "2025-13", "x"]),
    ("/api/arr/summary", "from", &["2026-01-31", "2024-02-29"], &["2026-02-30", "2026-1-31", "90d"]),
];

/// A parameter's text as the value that its schema is of.
fn deserialized(schema: &Json, style: &Json, text: &str) -> Json {
    let one = |text: &str, schema: &Json| match schema["type"].as_str() {
        Some("integer" | "number" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!(text),
    };
    match (schema["type"].as_str(), style["explode"].as_bool()) {
        (Some("array"), Some(false)) => text.split(',').map(|item| one(item, &schema["items"])).collect(),
        (Some("array"), _) => json!([one(text, &schema["items"])]),
        _ => one(text, schema),
    }
}

async fn of_parameters(backend: &Backend) -> Result<()> {
    let world = populated(backend).await?;
    let api = Api::open(&world);
    for (path, name, accepted, refused) in PARAMETERS {
        let template = path.replace("A-1", "{id}");
        let parameters = DOCUMENT["paths"][&template]["get"]["parameters"].as_array().context("parameters")?;
        let parameter =
            parameters.iter().find(|parameter| parameter["name"] == *name).with_context(|| format!("{path} {name}"))?;
        let schema = &parameter["schema"];
        for (text, is_fit) in accepted.iter().map(|text| (text, true)).chain(refused.iter().map(|text| (text, false))) {
            let answer = api.ask(Method::GET, format!("{path}?{name}={}", encoded(text))).send_unchecked().await?;
            let value = deserialized(schema, parameter, &decoded(text));
            judge(&format!("GET {path}?{name}"), &value, is_fit, &answer, is_valid(schema, &value)?)?;
        }
    }
    // A day in a body is the day of a parameter.
    let schema = &DOCUMENT["components"]["schemas"]["RecomputeRequest"];
    for (day, is_fit) in [("2026-01-31", true), ("0062-04-25", false), ("2026-02-30", false)] {
        let body = json!({"as_of": day});
        assert_eq!(is_valid(schema, &body)?, is_fit, "{day}");
        let answer = api.post("/api/recompute?dry_run=true", body).await?;
        if is_fit {
            answer.ok(200)
        } else {
            answer.refused(400, "date")
        };
    }
    Ok(())
}

/// What is not ASCII, percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let hex = [*high, *low].map(char::from).iter().collect::<String>();
                bytes.push(u8::from_str_radix(&hex, 16).expect("two digits"));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Every JSON body has an example, and the server takes it.
async fn examples(backend: &Backend) -> Result<()> {
    let world = fastenr_tests::books::alerts::three(backend).await?;
    let api = Api::open(&world);
    for (id, name) in [("A-1001", "Acme Corp One"), ("CRM-00412", "Acme Corporation")] {
        world.account(&[("external_id", id), ("name", name)]).await?;
    }
    for (noun, new) in [
        ("goals", json!({"account": "A-1001", "title": "Grow", "external_id": "X-1001", "target_value": 80})),
        ("engagements", json!({"account": "A-1001", "title": "Hello", "type": "call", "external_id": "X-1001"})),
        ("tasks", json!({"account": "A-1001", "title": "Send it", "external_id": "X-1001"})),
    ] {
        api.post(format!("/api/{noun}"), new).await?.ok(201);
    }
    api.post("/api/segments", json!({"name": "X-1001", "filter": {"unowned": true}})).await?.ok(201);
    let contact = api.post("/api/contacts", json!({"account": "A-1001", "name": "Ann"})).await?.ok(201).json;
    let metrics =
        api.post("/api/metrics", json!({"account": "A-1001", "metric_date": "2026-02-01"})).await?.ok(201).json;
    let team = api.post("/api/team", json!({"account": "A-1001", "user": world.user.email})).await?.ok(201).json;
    let alerts = api.get("/api/alerts").await?.ok(200).json;
    let mut count = 0;
    for (template, item) in DOCUMENT["paths"].as_object().context("paths")? {
        for (method, operation) in item.as_object().context("a path")? {
            let Some(media) = operation.pointer("/requestBody/content/application~1json") else { continue };
            let example = media.get("example").with_context(|| format!("{method} {template} has no example"))?;
            ensure!(is_valid(&media["schema"], example)?, "{method} {template}: its example is not valid");
            let id = |record: &Json| record["id"].as_str().unwrap_or_default().to_owned();
            let named = match template.split('/').nth(2) {
                Some("accounts") => "A-1001".to_owned(),
                Some("contacts") => id(&contact),
                Some("metrics") => id(&metrics),
                Some("team") => id(&team),
                Some("alerts") => id(&alerts["data"][0]),
                _ => "X-1001".to_owned(),
            };
            let takes = |name: &str| {
                operation["parameters"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
            };
            let dry = if takes("dry_run") { "?dry_run=true" } else { "" };
            let path = format!("{}{dry}", template.replace("{id}", &named));
            let method: Method = method.to_uppercase().parse()?;
            let answer = api.ask(method.clone(), &path).json(example).send().await?;
            ensure!(
                (200..300).contains(&answer.status),
                "{method} {path} {example}: {} {}",
                answer.status,
                answer.text()
            );
            count += 1;
        }
    }
    ensure!(count > 20, "{count} examples");
    Ok(())
}

/// Wherever an account is named as `account`, `account_id` does as well.
async fn account_id(backend: &Backend) -> Result<()> {
    let world = populated(backend).await?;
    let api = Api::open(&world);
    for (path, new) in [
        ("contacts", json!({"name": "Ann"})),
        ("engagements", json!({"type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z"})),
        ("goals", json!({"title": "Grow", "target_value": 80})),
        ("metrics", json!({"metric_date": "2026-02-01", "csat": 90})),
        ("team", json!({"user": "jo@example.com"})),
        ("v1/health", json!({"metric_date": "2026-02-02", "csat": 90})),
        ("v1/health", json!({"health_score": 40, "reason": "The sponsor resigned"})),
    ] {
        let mut body = new;
        body["account_id"] = json!("A-1");
        let made = api.post(format!("/api/{path}"), body.clone()).await?;
        ensure!([200, 201].contains(&made.status), "{path}: {}", made.text());
        body["account"] = json!("A-1");
        api.post(format!("/api/{path}"), body).await?.refused(400, "given_twice");
        if path != "v1/health" {
            let one = format!("/api/{path}/{}", made.json["id"].as_str().context("an id")?);
            assert_eq!(api.put(&one, json!({"account_id": "北京"})).await?.ok(200).json["account"], "北京", "{path}");
            api.put(&one, json!({"account_id": "A-1"})).await?.ok(200);
        }
    }
    for path in ["contacts", "engagements", "goals", "metrics", "team", "activities", "alerts", "v1/health", "arr"] {
        for (account, is_there) in [("A-1", true), ("a%2Cb", false)] {
            let by = |name: &str| api.get(format!("/api/{path}?{name}={account}"));
            let (one, other) = (by("account").await?.ok(200).json, by("account_id").await?.ok(200).json);
            assert_eq!(one["total"], other["total"], "{path}");
            let is_list = !["activities", "alerts", "arr"].contains(&path);
            assert!(!is_list || (other["total"] != 0) == is_there, "{path} {account}: {other}");
        }
        api.get(format!("/api/{path}?account=A-1&account_id=A-1")).await?.refused(422, "given_twice");
    }
    for path in ["engagements", "goals"] {
        let bulk = format!("/api/bulk/{path}");
        let filter = json!({"action": "update", "set": {"account_id": "北京"}, "filter": {"account_id": "A-1"}});
        assert_eq!(api.post(&bulk, filter).await?.ok(200).json["changed"], 1, "{path}");
        let twice =
            json!({"action": "update", "set": {"tags": ["a"]}, "filter": {"account_id": "A-1", "account": "A-1"}});
        let refused = api.post(&bulk, twice).await?.refused(422, "given_twice");
        assert_eq!(refused.json["errors"][0]["pointer"], "/filter/account_id", "{path}");
        let items = json!({"items": [{"external_id": "N-1", "title": "New", "type": "call", "account_id": "A-1"}]});
        let mut items = items;
        if path == "goals" {
            items["items"][0].as_object_mut().context("an item")?.remove("type");
        }
        api.post(&bulk, items.clone()).await?.ok(200);
        assert_eq!(api.get(format!("/api/{path}?account_id=A-1")).await?.ok(200).json["total"], 1, "{path}");
        items["items"][0]["account"] = json!("A-1");
        api.post(&bulk, items).await?.refused(400, "given_twice");
    }
    let file = "external_id,account_id,name\nC-1,A-1,Bea\n";
    let imported = api.ask(Method::POST, "/api/imports/contacts").body("text/csv", file).send().await?.ok(200);
    assert_eq!(imported.json["created"], 1, "{}", imported.text());
    // The document says so of each place.
    for (template, item) in DOCUMENT["paths"].as_object().context("paths")? {
        for (method, operation) in item.as_object().context("a path")? {
            let has = |name: &str| {
                operation["parameters"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
            };
            assert_eq!(has("account"), has("account_id"), "{method} {template}");
        }
    }
    Ok(())
}
