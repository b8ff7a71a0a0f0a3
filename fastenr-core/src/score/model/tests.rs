//! What a model's file may say, and that it comes back.

use proptest::prelude::*;
use toml::{Table, Value};

use super::read::KNOWN;
use super::rule::{Rule, rule};
use super::write::shown;
use super::*;
use crate::score::{ChurnFactor, Component, Factor};

/// Path, value and rule of every number of the built-in model.
fn leaves() -> Vec<(String, Value, Rule)> {
    fn walk(before: &str, table: &Table, into: &mut Vec<(String, Value, Rule)>) {
        for (key, value) in table {
            match value {
                Value::Table(inner) => walk(&format!("{before}{key}."), inner, into),
                leaf => into.push((format!("{before}{key}"), leaf.clone(), rule(&format!("{before}{key}"), leaf))),
            }
        }
    }
    let mut all = Vec::new();
    walk("", &KNOWN, &mut all);
    all
}

fn told(text: &str) -> String {
    Model::parse(text).unwrap_err().message
}

#[test]
fn the_built_in_one_is_itself() {
    let model = Model::builtin();
    assert_eq!(model.name, "built-in");
    // Scores are stored by it: what only some models say, such as the section of probability, does not change it.
    assert_eq!(model.fingerprint(), "0fe99645abe0");
    assert_eq!(model.health.product_usage.login_frequency.per_seat.at(1, 4), 2_000);
    assert_eq!(model.churn.competitive.mention, Ratio(2_500));
    assert_eq!(model.to_toml(), BUILTIN);
    assert_eq!(&Model::parse(BUILTIN).unwrap(), model);
    assert_eq!(model.cadence(Some(crate::model::Size::Large)), Some([35, 60, 120]));
    assert_eq!(model.cadence(Some(crate::model::Size::Startup)), None);
}

#[test]
fn every_number_keeps_its_rule_and_its_type() {
    for (path, value, rule) in leaves() {
        assert_eq!(rule.check(&value), Ok(value.clone()), "{path}");
        // What the rule lets through, the type takes.
        let model = |value: &str| Model::parse(&format!("name = \"x\"\n{path} = {value}"));
        match rule {
            Rule::Number { decimals, .. } => {
                let finest = format!("1.{}1", "0".repeat(decimals as usize - 1));
                let above = format!("1{finest}");
                let taken =
                    model(&finest).or_else(|_| model(&above)).or_else(|_| model("0.9999")).or_else(|_| model("0.0001"));
                assert!(taken.is_ok(), "{path}");
                assert!(model("0.12345").is_err(), "{path}");
            }
            Rule::Whole { .. } => {
                assert!(model("1.5").is_err() && ["2", "20", "70"].iter().any(|n| model(n).is_ok()), "{path}");
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_left_out_is_the_built_in_models() {
    let model =
        Model::parse("name = \" Ours \"\n[health.business]\nweight = 30.25\n[alerts.churn_rise]\nenabled = false")
            .unwrap();
    let mut expected = Model::builtin().clone();
    expected.name = "Ours".into();
    expected.health.business.weight = Points(3_025);
    expected.alerts.churn_rise.enabled = false;
    assert_eq!(model, expected);
    assert_ne!(model.fingerprint(), Model::builtin().fingerprint());
    assert_eq!(model.fingerprint().len(), 12);
}

/// A complete file of an older fastenr: its `least` is how far scores are drawn, and the floor is the built-in one.
#[test]
fn older_files_are_read() {
    let old = BUILTIN
        .replace("name = \"built-in\"", "name = \"Ours\"")
        .lines()
        .filter(|line| !["floor_m", "stopped"].iter().any(|new| line.starts_with(new)))
        .map(|line| if line.starts_with("draw_below") { "least = 30" } else { line })
        .collect::<Vec<_>>()
        .join("\n");
    let mut expected = Model::builtin().clone();
    expected.name = "Ours".into();
    expected.coverage.draw_below = Points(3_000);
    let model = Model::parse(&old).unwrap();
    assert_eq!(model, expected);
    assert_eq!(Model::parse(&model.to_toml()).unwrap(), expected);
    assert!(!model.to_toml().contains("\nleast = 30"));
}

#[test]
fn weights_are_those_of_the_file() {
    let number = |path: String| write::at(&KNOWN, &path).and_then(rule::number).unwrap();
    let model = Model::builtin();
    let close = |points: Points, expected: f64| assert_eq!(points, Points((expected * 100.0) as i64));
    for component in Component::ALL {
        close(model.component_weight(*component), number(format!("health.{component}.weight")));
    }
    for factor in Factor::ALL {
        close(model.weight(*factor), number(format!("health.{}.{factor}.weight", factor.component())));
    }
    for factor in ChurnFactor::ALL {
        close(model.churn_weight(*factor), number(format!("churn.{factor}.weight")));
    }
}

#[test]
fn each_slip_is_refused_with_its_rule() {
    for (text, expected) in [
        // Keys
        ("[bandz]", "bandz: there is no such key (did you mean bands?)"),
        ("[bands]\nhealty = 80", "bands.healty: there is no such key (did you mean bands.healthy?)"),
        ("[support]\nseats = 3", "support: there is no such key (did you mean health.support?)"),
        ("[onboarding]\nzzz = 3", "onboarding.zzz: there is no such key; there are days"),
        ("bands = 3", "bands = 3: is a section, with concern, healthy, moderate"),
        (
            "[coverage]\nleast = { percent = 3 }",
            "coverage.least = { percent = 3 }: is a number from 1 to 100 with at most 2 decimals",
        ),
        // One number
        (
            "health.support.weight = -1",
            "health.support.weight = -1: is a number from 0 to 1000 with at most 2 decimals",
        ),
        (
            "health.support.weight = nan",
            "health.support.weight = nan: is a number from 0 to 1000 with at most 2 decimals",
        ),
        (
            "health.support.weight = 0.125",
            "health.support.weight = 0.125: is a number from 0 to 1000 with at most 2 decimals",
        ),
        ("health.support.seats = 0", "health.support.seats = 0: is a whole number from 1 to 1000000"),
        ("health.support.seats = 1.5", "health.support.seats = 1.5: is a whole number from 1 to 1000000"),
        ("health.support.ticket_severity.half_life = 0", "half_life = 0: is a whole number from 1 to 3650"),
        ("health.business.contract_value.least = 1", "least = 1: is a whole number from 2"),
        ("caps.urgent_ticket = 101", "caps.urgent_ticket = 101: is a number from 0 to 100"),
        ("caps.urgent_ticket = \"79\"", "caps.urgent_ticket = \"79\": is a number from 0 to 100"),
        (
            "churn.competitive.pilot = 1.01",
            "churn.competitive.pilot = 1.01: is a number from 0 to 1 with at most 4 decimals",
        ),
        ("coverage.least = 0", "coverage.least = 0: is a number from 1 to 100"),
        ("coverage.draw_below = 0", "coverage.draw_below = 0: is a number from 1 to 100"),
        (
            "[coverage]\nleast = 20\ndraw_below = 30",
            "coverage.least = 20: is the old name of coverage.draw_below: leave it out",
        ),
        (
            "coverage.floor_min = 25",
            "coverage.floor_max (20 in the built-in model) is not to be below coverage.floor_min (25)",
        ),
        ("churn.reduced_engagement.stopped_after = 0", "stopped_after = 0: is a whole number from 1 to 3650"),
        ("status.enabled = \"no\"", "status.enabled = \"no\": is true or false"),
        ("alerts.usage_stop.days = 120", "alerts.usage_stop.days = 120: is a whole number from 1 to 90"),
        ("alerts.guard = 0", "alerts.guard = 0: is a whole number from 1 to 100"),
        // Lists
        ("health.business.payment.curve = [[0, 100]]", "is a list of at least two [fact, score]"),
        ("health.business.payment.curve = [[0, 100], [7]]", "[7] is no [fact, score]"),
        ("health.business.payment.curve = [[0, 100], [7, 8, 9]]", "[7, 8, 9] is no [fact, score]"),
        (
            "health.business.payment.curve = [[0, 100], [7, 101]]",
            "[7, 101] is no [fact, score] with a score from 0 to 100",
        ),
        (
            "health.business.payment.curve = [[0, 100], [0, 50]]",
            "[0, 50] has no fact above the one before: facts ascend",
        ),
        (
            "health.business.payment.curve = [[0, 100], [0.00001, 50]]",
            "has a fact beyond 1,000,000,000, or with more than 4",
        ),
        ("health.business.payment.curve = [[0, 100], [inf, 50]]", "has a fact beyond 1,000,000,000"),
        ("touch.small = [65, 90]", "touch.small = [65, 90]: is three whole numbers of days, ascending"),
        ("touch.small = [65, 65, 90]", "touch.small = [65, 65, 90]: is three whole numbers of days, ascending"),
        ("touch.small = [0, 65, 90]", "touch.small = [0, 65, 90]: is three whole numbers of days, ascending"),
        ("alerts.renewal_window.days = [30, 60, 90]", "is three whole numbers of days, descending"),
        (
            "churn.reduced_engagement.steps = [0, 60, 30, 100]",
            "is four scores from 0 to 100, none below the one before",
        ),
        (
            "health.engagement.meeting_frequency.steps = [100, 40, 80, 0]",
            "is four scores from 0 to 100, none above the one before",
        ),
        // Together
        (
            "bands.moderate = 85",
            "bands.moderate = 85: bands.healthy (80 in the built-in model) is to be above bands.moderate (85)",
        ),
        (
            "churn_bands.medium = 60",
            "churn_bands.high (60 in the built-in model) is to be above churn_bands.medium (60)",
        ),
        (
            "status.at_risk_health = 50",
            "status.back_health (50 in the built-in model) is to be above status.at_risk_health (50)",
        ),
        (
            "status.back_churn = 70",
            "status.at_risk_churn (70 in the built-in model) is to be above status.back_churn (70)",
        ),
        ("alerts.health_below = { warning = 40 }", "alerts.health_below.critical (40 in the built-in model)"),
        (
            "alerts.health_below = { warning = 96 }",
            "alerts.hysteresis (5 in the built-in model) are together at most 100",
        ),
        (
            "alerts.hysteresis = 30\nalerts.churn_rise.level = 25",
            "alerts.churn_rise.level (25) is to be above alerts.hysteresis (30)",
        ),
        (
            "health.business.contract_value.base = 50",
            "health.business.contract_value.span (60 in the built-in model) are together at most 100",
        ),
        (
            "[churn]\ndeclining_health.weight = 0\nreduced_engagement.weight = 0\nsupport_escalations.weight = 0\ncontract_payment.weight = 0\ncompetitive.weight = 0",
            "churn: at least one of competitive, contract_payment, declining_health, reduced_engagement, support_escalations has a weight above 0",
        ),
        // Applying
        ("[applies_to]", "applies_to = {  }: says at least one of size, industry, tag, custom, or is left out"),
        ("[applies_to]\nsizes = [\"small\"]", "applies_to.sizes: there is no such key (did you mean applies_to.size?)"),
        (
            "[applies_to]\nsize = [\"smal\"]",
            "applies_to.size = \"smal\": size is one of startup, small, medium, large, enterprise (did you mean small?)",
        ),
        ("[applies_to]\nindustry = []", "applies_to.industry = []: is a list of at least one text"),
        ("[applies_to]\nindustry = \"retail\"", "applies_to.industry = \"retail\": is a list of at least one text"),
        ("[applies_to]\ntag = [\"a,b\"]", "applies_to.tag = \"a,b\": a tag has 1 to 50 characters"),
        ("[applies_to]\ncustom = [\"gold\"]", "has a list of texts for each custom field"),
    ] {
        let message = told(&format!("name = \"x\"\n{text}"));
        assert!(message.contains(expected) && message.lines().count() == 1, "{text}\n{message}\n{expected}");
    }
    for (text, expected) in [
        ("", "name: is missing: a model has a name of its own"),
        ("name = \"\"", "name = \"\": is a text of 1 to 100 characters on one line"),
        ("name = 3", "name = 3: is a text of 1 to 100 characters on one line"),
        (
            "name = \"Built-In\"\ncaps.weak_from = 5",
            "name = \"Built-In\": is the name of the model that comes with fastenr",
        ),
        ("name = ", "line 1"),
    ] {
        assert!(told(text).contains(expected), "{text}\n{}", told(text));
    }
}

#[test]
fn a_probability_is_read_whole() {
    let text = "name = \"Ours\"\n[probability]\nlead = 30\nhorizon = 90\ncurve = [[0, 61.5], [40, 12], [100, 0.3]]\n";
    let model = Model::parse(text).unwrap();
    let probability = model.probability.clone().unwrap();
    assert_eq!((probability.lead, probability.horizon), (30, 90));
    assert_eq!([0, 2_000, 4_000, 10_000].map(|health| probability.at(health)), [6_150, 3_675, 1_200, 30]);
    assert_eq!(Model::parse(&model.to_toml()).unwrap(), model);
    assert_eq!(model.to_json()["probability"]["horizon"], 90);
    assert_eq!(probability.times_usual(4_000), None);
    let model = Model::parse(&text.replace("horizon = 90\n", "horizon = 90\nbase_rate = 4\n")).unwrap();
    assert_eq!(Model::parse(&model.to_toml()).unwrap(), model);
    let times = [0, 4_000, 10_000].map(|health| model.probability.as_ref().unwrap().times_usual(health));
    assert_eq!(times, [Some(1_538), Some(300), Some(8)]);
    for (line, slip) in [
        ("curve = [[0, 61.5], [40, 12], [100, 0.3]]", "probability.curve: is missing"),
        ("lead = 30", "probability.lead: is missing"),
    ] {
        assert_eq!(told(&text.replace(line, "")), slip);
    }
    for (line, with, slip) in [
        ("lead = 30", "lead = -1", "probability.lead = -1: is a whole number from 0 to 3650"),
        ("horizon = 90", "horizon = 0", "probability.horizon = 0: is a whole number from 1 to 3650"),
        ("[40, 12]", "[40, 62]", "rises: better health can't be a higher probability of churn"),
        ("[100, 0.3]", "[101, 0.3]", "is a list of [health, percent]: health is 0 to 100"),
        ("[100, 0.3]", "[30, 0.3]", "has no fact above the one before"),
        ("lead = 30", "lead = 30\nbase_rate = 0", "probability.base_rate = 0: is a number from 0.01 to 100"),
        (
            "lead = 30",
            "lead = 30\nlift = 3",
            "probability.lift: there is no such key; there are lead, horizon, base_rate, curve",
        ),
    ] {
        let told = told(&text.replace(line, with));
        assert!(told.contains(slip), "{told}");
    }
    assert!(told("name = \"Ours\"\nprobability = 3").contains("is a section, with lead, horizon, base_rate, curve"));
}

#[test]
fn all_slips_are_told_at_once() {
    let problems =
        Model::read("bandz = 1\n[bands]\nhealthy = 101\nmoderate = 30\n[applies_to]\nsize = [\"tiny\"]").unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["applies_to.size", "bands.healthy", "bandz", "name", "bands.moderate"]);
}

#[test]
fn the_built_in_one_is_sound() {
    assert_eq!(Model::builtin().findings(), []);
}

#[test]
fn what_cannot_matter_is_found() {
    for (text, oddity, key, message) in [
        ("health.support.csat.weight = 0", Oddity::DeadInput, "health.support.csat.weight", "is 0: it never counts"),
        (
            "health.support.weight = 0",
            Oddity::DeadInput,
            "health.support.weight",
            "is 0: support does not count for health",
        ),
        (
            "health.business.payment.curve = [[0, 70], [9, 70]]",
            Oddity::DeadInput,
            "health.business.payment",
            "is always 70, whatever the data",
        ),
        (
            "health.business.payment.weight = 1",
            Oddity::DeadInput,
            "health.business.payment",
            "moves the score by at most 0.20 points",
        ),
        (
            "churn.competitive.weight = 0.5",
            Oddity::DeadInput,
            "churn.competitive",
            "moves the score by at most 0.55 points",
        ),
        ("caps.sentiment_red = 100", Oddity::DeadInput, "caps.sentiment_red", "is 100: it lowers nothing"),
        ("floors.at_risk = 0", Oddity::DeadInput, "floors.at_risk", "is 0: it raises nothing"),
        (
            "touch = { startup = [], small = [], medium = [], large = [], enterprise = [], unknown = [] }",
            Oddity::DeadInput,
            "touch",
            "has no cadence for any size: meeting_frequency is always missing",
        ),
        (
            "caps.weak_from = 100",
            Oddity::UnreachableBand,
            "bands.healthy",
            "health is 4 to 59 if every factor has data: no account can be healthy",
        ),
    ] {
        let found = Model::parse(&format!("name = \"x\"\n{text}")).unwrap().findings();
        let told: Vec<_> = found.iter().map(|f| (f.oddity, f.key.as_str(), f.message.as_str())).collect();
        assert!(told.contains(&(oddity, key, message)), "{text}: {told:?}");
        assert!(told.len() == 1 || text.starts_with("caps.weak"), "{text}: {told:?}");
    }
    // Everything at its best comes to 99, at its worst to 4.
    let narrow = "name = \"x\"\nbands = { healthy = 100, moderate = 99, concern = 1 }\n\
        health.support.ticket_volume.curve = [[0, 0], [1, 90]]";
    let found = Model::parse(narrow).unwrap().findings();
    let keys: Vec<&str> = found.iter().map(|finding| finding.key.as_str()).collect();
    assert_eq!(keys, ["bands.critical", "bands.healthy"]);
}

/// A value that keeps the rule.
fn kept(rule: Rule) -> BoxedStrategy<Value> {
    let number = |least: f64, most: f64, decimals: u32| {
        let parts = 10f64.powi(decimals as i32);
        ((least * parts).ceil() as i64..=(most * parts) as i64).prop_map(move |n| {
            if n % (parts as i64) == 0 { Value::Integer(n / parts as i64) } else { Value::Float(n as f64 / parts) }
        })
    };
    let days = |least| prop::collection::btree_set(1i64..3_650, least..=3);
    let whole = |days: Vec<i64>| Value::Array(days.into_iter().map(Value::Integer).collect());
    match rule {
        Rule::Name => "[a-z\"\\\\ é#]{0,8}x".prop_map(Value::String).boxed(),
        Rule::Switch => any::<bool>().prop_map(Value::Boolean).boxed(),
        Rule::Number { least, most, decimals } => number(least, most, decimals).boxed(),
        Rule::Whole { least, most } => (least..=most).prop_map(Value::Integer).boxed(),
        Rule::Curve => {
            let facts = prop::collection::btree_set(-20_000i64..1_000_000, 2..6);
            (facts, prop::collection::vec(number(0.0, 100.0, 2), 6))
                .prop_map(|(facts, scores)| {
                    let anchor =
                        |(fact, score): (i64, Value)| Value::Array(vec![Value::Float(fact as f64 / 10_000.0), score]);
                    Value::Array(facts.into_iter().zip(scores).map(anchor).collect())
                })
                .boxed()
        }
        Rule::Steps { rising } => prop::collection::vec(0i64..=100, 4)
            .prop_map(move |mut steps| {
                steps.sort_unstable_by_key(|step| if rising { *step } else { -step });
                whole(steps)
            })
            .boxed(),
        Rule::Cadence => days(3).prop_map(move |days| whole(days.into_iter().collect())).boxed(),
        Rule::Windows => days(3).prop_map(move |days| whole(days.into_iter().rev().collect())).boxed(),
    }
}

/// Lines `path = value` of a model's file with some numbers changed, as far as these fit together.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let leaves = leaves();
    let changed = prop::sample::subsequence(leaves, 0..8)
        .prop_flat_map(|leaves| leaves.into_iter().map(|(path, _, rule)| (Just(path), kept(rule))).collect::<Vec<_>>());
    let applies = prop::sample::subsequence(
        vec![
            "applies_to.size = [\"small\", \"large\", \"small\"]",
            "applies_to.industry = [\"Retail \", \"b\\\"c\\\\\"]",
            "applies_to.tag = [\"vip\", \"Beta\"]",
            "applies_to.custom.\"a.b c\" = [\"x\", \"1\"]",
        ],
        0..=4,
    );
    (changed, applies)
        .prop_map(|(changed, applies)| {
            let mut lines: Vec<String> = changed
                .into_iter()
                .filter(|(path, _)| path != "name")
                .map(|(path, value)| format!("{path} = {}", shown(&value)))
                .collect();
            lines.extend(applies.into_iter().map(str::to_owned));
            lines.push("name = \"Ours # 1\"".into());
            lines
        })
        .prop_filter("the numbers fit together", |lines| Model::parse(&lines.join("\n")).is_ok())
}

proptest! {
    #[test]
    fn a_model_comes_back(lines in lines()) {
        let model = Model::parse(&lines.join("\n")).unwrap();
        let text = model.to_toml();
        let again = Model::parse(&text).unwrap();
        prop_assert_eq!(&again, &model, "{}", text);
        prop_assert_eq!(again.to_toml(), text);
        prop_assert_eq!(again.fingerprint(), model.fingerprint());
    }

    #[test]
    fn order_and_comments_name_no_other_model(lines in lines(), shuffled in any::<prop::sample::Index>()) {
        let model = Model::parse(&lines.join("\n")).unwrap();
        let mut other = lines.clone();
        other.rotate_left(shuffled.index(lines.len()));
        let other: Vec<String> = other.into_iter().rev().map(|line| format!("# why\n  {line}   # because")).collect();
        prop_assert_eq!(Model::parse(&other.join("\n")).unwrap().fingerprint(), model.fingerprint());
    }

    #[test]
    fn another_number_is_another_model(lines in lines(), path in prop::sample::select(leaves()).prop_flat_map(|(path, _, rule)| (Just(path), kept(rule)))) {
        let (path, value) = path;
        prop_assume!(path != "name" && !lines.iter().any(|line| line.starts_with(&path)));
        let model = Model::parse(&lines.join("\n")).unwrap();
        let other = format!("{}\n{path} = {}", lines.join("\n"), shown(&value));
        if let Ok(other) = Model::parse(&other) {
            prop_assert_eq!(other == model, other.fingerprint() == model.fingerprint());
        }
    }
}
