//! `fastenr model compare`

use std::path::Path;

use fastenr_core::Result;
use fastenr_core::ops::models;
use fastenr_core::ops::scores::{self, BacktestedScore, ModelComparison, Question};
use fastenr_core::proof::{BandShare, Compared, Comparison, Figure, PairedDifference};
use fastenr_core::score::Model;
use serde_json::{Value as Json, json};

use super::FileArgs;
use crate::app::App;
use crate::commands::past::{WindowArgs, nothing, number, percent, ratio, signed, title, window};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{capital, columns, facts};

/// Compare two models on the same past: which one ranks accounts that churned first.
///
/// At the end of each month, accounts are scored by both models from the data dated by then, as in `fastenr health backtest`,
/// and compared with the accounts that churned in the window after it. Intervals resample accounts, for both models alike.
/// Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model compare built-in fitted.toml
  fastenr model compare fitted@1 fitted@2 --to 2025-12-31 -o json")]
pub(crate) struct Args {
    /// First model: a file, or a name as in `fastenr model list`, such as built-in, ours or ours@2.
    #[arg(value_name = "A")]
    pub first: String,

    /// Second model.
    #[arg(value_name = "B")]
    pub second: String,

    #[command(flatten)]
    pub window: WindowArgs,

    /// Score to compare: health, churn, or a component: product_usage, support, engagement, business.
    #[arg(long, value_name = "SCORE", default_value = "health")]
    pub score: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let score = BacktestedScore::parse(&args.score).map_err(|invalid| invalid.of("score", &args.score))?;
    let context = app.context().await?;
    let [from, to] = args.window.days(&context)?;
    let first = model(&context, &args.first).await?;
    let second = model(&context, &args.second).await?;
    let question = Question { score, lead: args.window.lead, horizon: args.window.horizon, from, to, models: None };
    let bar = app.printer.progress();
    let done = scores::compare_models(&context, [&first, &second], &question, &mut |day, days| {
        bar.set_message(format!("day {day} of {days}"));
    })
    .await;
    bar.finish_and_clear();
    let done = done?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&done)?,
        Format::Csv => facts(app, &flat(&done))?,
        Format::Table => lines(&done).iter().try_for_each(|line| app.printer.line(line))?,
    }
    app.printer.finish()?;
    Ok(exit::DONE)
}

/// A file where there is one of this name or where it looks like one, else a stored model.
async fn model(context: &fastenr_core::ops::Context, text: &str) -> Result<Model> {
    let path = Path::new(text);
    if path.is_file() || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
        return FileArgs { file: path.to_owned() }.read();
    }
    models::get(context, text).await.map_err(|error| error.hint("or name a model file"))
}

/// One row of figures.
fn flat(done: &ModelComparison) -> Vec<(&'static str, Json)> {
    let of = &done.comparison;
    let end = |ends: Option<[Figure; 2]>, place: usize| json!(ends.and_then(|ends| ends.get(place).copied()));
    let difference = |of: PairedDifference| [json!(of.value), end(of.ci, 0), end(of.ci, 1)];
    let [auc, auc_low, auc_high] = difference(of.auc_difference);
    let [lift, lift_low, lift_high] = difference(of.lift_difference);
    let [brier, brier_low, brier_high] = difference(of.brier_difference);
    vec![
        ("score", json!(done.score.as_str())),
        ("from", json!(done.from)),
        ("to", json!(done.to)),
        ("lead", json!(of.lead)),
        ("horizon", json!(of.horizon)),
        ("first", json!(done.models[0].fingerprint)),
        ("second", json!(done.models[1].fingerprint)),
        ("cases", json!(of.cases)),
        ("events", json!(of.events)),
        ("base_rate", json!(of.base_rate)),
        ("first_auc", json!(of.first.auc)),
        ("second_auc", json!(of.second.auc)),
        ("auc_difference", auc),
        ("auc_difference_low", auc_low),
        ("auc_difference_high", auc_high),
        ("first_lift", json!(of.first.lift_at_10)),
        ("second_lift", json!(of.second.lift_at_10)),
        ("lift_difference", lift),
        ("lift_difference_low", lift_low),
        ("lift_difference_high", lift_high),
        ("first_brier", json!(of.first.brier)),
        ("second_brier", json!(of.second.brier)),
        ("brier_difference", brier),
        ("brier_difference_low", brier_low),
        ("brier_difference_high", brier_high),
        ("missing_cases", json!(done.missing_cases)),
        ("verdict", json!(of.verdict)),
    ]
}

/// For people: figures, bands, verdict.
fn lines(done: &ModelComparison) -> Vec<String> {
    let of = &done.comparison;
    let mut lines = vec![format!(
        "{} by two models at month ends, {} to {}, compared with churn {} later",
        title(done.score),
        done.from,
        done.to,
        window(of.lead, of.horizon)
    )];
    lines.push(String::new());
    let name = |place: usize, word: &str| {
        let model = &done.models[place];
        vec![word.to_owned(), model.name.clone(), model.fingerprint.clone()]
    };
    lines.extend(columns(&[name(0, "first"), name(1, "second")]));
    lines.push(format!(
        "  {} cases of {} accounts at {} cut-offs; {} accounts churned, base rate {}",
        number(of.cases),
        number(of.accounts),
        of.cutoffs,
        number(of.events),
        percent(of.base_rate)
    ));
    if done.missing_cases > 0 {
        lines.push(format!("  {} cases left out: one of the models has no data for them", number(done.missing_cases)));
    }
    lines.push(String::new());
    lines.extend(columns(&figures(of)));
    lines.extend([String::new(), "health bands at the cut-offs".to_owned()]);
    let head = ["band", "first: cases", "share", "churned", "second: cases", "share", "churned"];
    let band = |(first, second): (&BandShare, &BandShare)| {
        let cells = |band: &BandShare| [number(band.cases), percent(band.share), percent(band.churn_rate)];
        [vec![first.band.as_str().to_owned()], cells(first).to_vec(), cells(second).to_vec()].concat()
    };
    let bands = of.first.bands.iter().zip(&of.second.bands).map(band);
    lines.extend(columns(&[head.map(str::to_owned).to_vec()].into_iter().chain(bands).collect::<Vec<_>>()));
    lines.extend([String::new(), format!("verdict: {}", of.verdict), format!("{}.", capital(of.meaning))]);
    lines
}

fn figures(of: &Comparison) -> Vec<Vec<String>> {
    let head = ["", "first", "second", "difference"].map(str::to_owned).to_vec();
    let within = |ends: Option<[Figure; 2]>, shown: fn(Figure) -> String| {
        ends.map(|[low, high]| format!(" ({} to {})", shown(low), shown(high))).unwrap_or_default()
    };
    type Get = fn(&Compared) -> (Option<Figure>, Option<[Figure; 2]>);
    let row =
        |name: &str, get: Get, less: PairedDifference, shown: fn(Figure) -> String, signed: fn(Figure) -> String| {
            let cell = |side: &Compared| {
                let (figure, ends) = get(side);
                format!("{}{}", figure.map_or_else(nothing, shown), within(ends, shown))
            };
            let less = format!("{}{}", less.value.map_or_else(nothing, signed), within(less.ci, signed));
            vec![name.to_owned(), cell(&of.first), cell(&of.second), less]
        };
    let ties = |side: &Compared| {
        side.ties_at_10.map_or_else(String::new, |ties| {
            format!("{} cases share the edge of the worst 10 %, {} count", number(ties.cases), number(ties.counted))
        })
    };
    let mut rows = vec![
        head,
        row("AUC", |side| (side.auc, side.auc_ci), of.auc_difference, ratio, |figure| signed(figure, 2)),
        row(
            "lift, worst 10 %",
            |side| (side.lift_at_10, side.lift_ci),
            of.lift_difference,
            ratio,
            |figure| signed(figure, 2),
        ),
        row("Brier score", |side| (side.brier, side.brier_ci), of.brier_difference, four, |figure| signed(figure, 4)),
    ];
    if of.first.ties_at_10.is_some() || of.second.ties_at_10.is_some() {
        rows.push(vec!["ties".to_owned(), ties(&of.first), ties(&of.second), String::new()]);
    }
    if let Some(base) = of.brier_of_base_rate {
        rows.push(vec!["of the base rate".to_owned(), four(base), four(base), "lower is better".to_owned()]);
    }
    rows
}

fn four(figure: Figure) -> String {
    format!("{:.4}", figure.rounded())
}
