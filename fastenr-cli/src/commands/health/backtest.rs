//! `fastenr health backtest`

use std::path::PathBuf;
use std::sync::Arc;

use fastenr_core::Result;
use fastenr_core::ops::scores::{self, Backtest, BacktestedScore, MissingFactor, Question};
use fastenr_core::proof::{Bin, FEWEST_EXPECTED, Figure, Proof};
use fastenr_core::score::model::Models;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::commands::grouped;
use crate::commands::model::FileArgs;
use crate::commands::past::{WindowArgs, nothing, number, percent, ratio, title, window};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{capital, columns, facts};

/// Test whether a score would have predicted which accounts churned.
///
/// At the end of each month, accounts are scored from the data dated by then. The scores are compared with the accounts
/// that churned in the window after it, which begins after `--lead` days and lasts `--horizon` days. Nothing is written.
/// docs/backtest.md explains the result.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr health backtest
  fastenr health backtest --score product_usage --lead 0 --horizon 30
  fastenr health backtest --from 2025-01-01 --to 2025-12-31 --model mine.toml -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub window: WindowArgs,

    /// Score to test: churn, health, or a component: product_usage, support, engagement, business.
    #[arg(long, value_name = "SCORE", default_value = "churn")]
    pub score: String,

    /// Score with this model instead of those in use; see `fastenr model`.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let score = BacktestedScore::parse(&args.score).map_err(|invalid| invalid.of("score", &args.score))?;
    let model = args.model.map(|file| FileArgs { file }.read()).transpose()?;
    let models = model.map(|model| Arc::new(Models::new([model])));
    let context = app.context().await?;
    let WindowArgs { lead, horizon, .. } = args.window;
    let [from, to] = args.window.days(&context)?;
    let question = Question { score, lead, horizon, from, to, models };
    let bar = app.printer.progress();
    let done = scores::backtest(&context, &question, &mut |day, days| {
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
    if done.undated_churns > 0 {
        let (accounts, them) = if done.undated_churns == 1 { ("account", "it") } else { ("accounts", "them") };
        app.printer.warn(format_args!(
            "left out: {} churned {accounts} without a churned_on date; set churned_on to include {them}",
            grouped(done.undated_churns)
        ));
    }
    Ok(exit::DONE)
}

/// One row of figures.
fn flat(done: &Backtest) -> Vec<(&'static str, Json)> {
    let proof = &done.proof;
    let end = |place: usize| proof.auc_ci.and_then(|ends| ends.get(place).copied());
    vec![
        ("score", json!(done.score.as_str())),
        ("from", json!(done.from)),
        ("to", json!(done.to)),
        ("lead", json!(proof.lead)),
        ("horizon", json!(proof.horizon)),
        ("accounts", json!(proof.accounts)),
        ("cutoffs", json!(proof.cutoffs)),
        ("cases", json!(proof.cases)),
        ("churned_cases", json!(proof.churned_cases)),
        ("events", json!(proof.events)),
        ("base_rate", json!(proof.base_rate)),
        ("auc", json!(proof.auc)),
        ("auc_low", json!(end(0))),
        ("auc_high", json!(end(1))),
        ("lift_at_10", json!(proof.lift_at_10)),
        ("tied_cases", json!(proof.ties_at_10.map(|ties| ties.cases))),
        ("tied_counted", json!(proof.ties_at_10.map(|ties| ties.counted))),
        ("brier", json!(proof.brier)),
        ("brier_of_base_rate", json!(proof.brier_of_base_rate)),
        ("share_green", json!(proof.share_green)),
        ("below_green_before_churn", json!(proof.below_green_before_churn)),
        ("coverage", json!(done.coverage)),
        ("insufficient_cases", json!(done.insufficient_cases)),
        ("missing_cases", json!(done.missing_cases)),
        ("unknown_seats_cases", json!(done.unknown_fields.get("seats").copied().unwrap_or(0))),
        ("unknown_arr_cases", json!(done.unknown_fields.get("arr").copied().unwrap_or(0))),
        ("undated_churns", json!(done.undated_churns)),
        ("verdict", json!(proof.verdict)),
        ("strongest_factor", json!(done.strongest_factor.as_ref().map(|strongest| strongest.factor))),
        ("auc_without_it", json!(done.strongest_factor.as_ref().map(|strongest| strongest.auc_without))),
        ("model", json!(done.model)),
    ]
}

/// For people: figures, calibration, bands, acceptance criteria, verdict.
fn lines(done: &Backtest) -> Vec<String> {
    let proof = &done.proof;
    let (score, days) = (title(done.score), window(proof.lead, proof.horizon));
    let mut lines =
        vec![format!("{score} at month ends, {} to {}, compared with churn {days} later", done.from, done.to)];
    lines.push(String::new());
    lines.extend(columns(&figures(done)));
    if let Some(calibration) = &proof.calibration {
        let (fitted, measured) = (&calibration.fitted, &calibration.measured);
        lines.push(String::new());
        let purged = match calibration.purged_cutoffs {
            0 => String::new(),
            1 => "; the cut-off between them is left out: its window overlaps the later half".to_owned(),
            count => format!("; {count} cut-offs between them are left out: their windows overlap the later half"),
        };
        lines.push(format!(
            "calibration: fitted on {} to {}, measured on {} to {}{purged}",
            fitted.from, fitted.to, measured.from, measured.to
        ));
        let head = ["risk", "cases", "predicted", "churned"].map(str::to_owned).to_vec();
        let bin = |bin: &Bin| {
            let risk = format!("{} to {}", bin.risk_from, bin.risk_to);
            vec![risk, number(bin.cases), percent(Some(bin.predicted)), percent(Some(bin.observed))]
        };
        lines.extend(columns(&[head].into_iter().chain(calibration.bins.iter().map(bin)).collect::<Vec<_>>()));
    }
    lines.extend([String::new(), "health bands at the cut-offs".to_owned()]);
    let head = ["band", "cases", "share", "churned"].map(str::to_owned).to_vec();
    let bands = proof.bands.iter().map(|band| {
        let name = band.band.as_str().to_owned();
        vec![name, number(band.cases), percent(band.share), percent(band.churn_rate)]
    });
    lines.extend(columns(&[head].into_iter().chain(bands).collect::<Vec<_>>()));
    lines.extend([String::new(), "acceptance".to_owned()]);
    lines.extend(columns(&acceptance(proof)));
    if !done.missing_factors.is_empty() {
        lines.extend([String::new(), "missing data".to_owned()]);
        let head = ["factor", "cases without it", "", "accounts that never had it", ""].map(str::to_owned).to_vec();
        let of = |missing: &MissingFactor| {
            let part = |part: usize, all: usize| match all {
                0 => nothing(),
                all => format!("{:.1} %", 100.0 * part as f64 / all as f64),
            };
            let (cases, accounts) = (missing.cases, missing.accounts);
            let shares = [part(cases, proof.cases), part(accounts, proof.accounts)];
            let [of_cases, of_accounts] = shares;
            vec![missing.factor.to_owned(), number(cases), of_cases, number(accounts), of_accounts]
        };
        lines.extend(columns(&[head].into_iter().chain(done.missing_factors.iter().map(of)).collect::<Vec<_>>()));
    }
    lines.extend([String::new(), format!("verdict: {}", proof.verdict), format!("{}.", capital(proof.meaning))]);
    if let Some(strongest) = &done.strongest_factor {
        lines.push(format!(
            "The order depends most on {}: without it, the AUC is {}.",
            strongest.factor,
            ratio(strongest.auc_without)
        ));
    }
    lines.push(
        "AUC is the chance that a churned account had a higher risk than an account that stayed: 0.5 is random, 1 is perfect."
            .to_owned(),
    );
    lines
}

fn figures(done: &Backtest) -> Vec<Vec<String>> {
    let proof = &done.proof;
    let mut rows = Vec::new();
    let mut row = |name: &str, figure: String, remark: String| rows.push(vec![name.to_owned(), figure, remark]);
    row("accounts", number(proof.accounts), format!("{} cases at {} cut-offs", number(proof.cases), proof.cutoffs));
    row("churned", number(proof.events), format!("accounts, {} cases", number(proof.churned_cases)));
    row("base rate", percent(proof.base_rate), "of the cases churned".to_owned());
    let interval = proof.auc_ci.map(|[low, high]| format!("{} to {}, 95 % interval", ratio(low), ratio(high)));
    row("AUC", proof.auc.map_or_else(nothing, ratio), interval.unwrap_or_default());
    let ties = proof.ties_at_10.map_or_else(String::new, |ties| {
        format!("; {} cases have the score at its edge, {} of them count", number(ties.cases), number(ties.counted))
    });
    row("lift", proof.lift_at_10.map_or_else(nothing, ratio), format!("times the base rate in the worst 10 %{ties}"));
    for (count, precision) in &proof.precision_at_k {
        row(&format!("precision at {count}"), percent(Some(*precision)), format!("of the worst {count} cases churned"));
    }
    let of_base = proof.brier_of_base_rate.map(|figure| format!("{figure} for the base rate; lower is better"));
    row("Brier score", proof.brier.map_or_else(nothing, |figure| figure.to_string()), of_base.unwrap_or_default());
    let trails = format!(
        "60 to 90 days before churn, of {} churned accounts with a health score then",
        number(proof.churned_accounts_scored)
    );
    row("below green", percent(proof.below_green_before_churn), trails);
    let insufficient = match done.insufficient_cases {
        0 => String::new(),
        count => format!("{} cases are shown as insufficient_data", number(count)),
    };
    row("coverage", percent(done.coverage), insufficient);
    if done.missing_cases > 0 {
        row("left out", number(done.missing_cases), "cases without any data for this score".to_owned());
    }
    if !done.unknown_fields.is_empty() {
        let of = |(field, cases): (&&str, &usize)| format!("{field} of {} cases", number(*cases));
        let fields = done.unknown_fields.iter().map(of).collect::<Vec<_>>().join(", ");
        row("empty fields", String::new(), format!("{fields} at the cut-off, filled in later"));
    }
    if done.undated_churns > 0 {
        row("no date", grouped(done.undated_churns), "churned accounts without a churn date".to_owned());
    }
    rows
}

fn acceptance(proof: &Proof) -> Vec<Vec<String>> {
    let line = |line: &fastenr_core::proof::Acceptance| {
        let figure = |figure: Figure| match line.line {
            "critical_churns" => format!("{} times", ratio(figure)),
            _ => percent(Some(figure)),
        };
        let measured = line.measured.map_or_else(nothing, figure);
        let short = |end: Figure| figure(end).trim_end_matches(" times").to_owned();
        let interval = line.interval.map(|[low, high]| format!("95 %: {} to {}", short(low), short(high)));
        let few = line.expected_events.filter(|expected| expected.value() < FEWEST_EXPECTED && line.measured.is_some());
        let few = few.map(|expected| format!("; {:.1} churned accounts expected, 10 needed", expected.rounded()));
        let rule = format!("{}{}", line.rule, few.unwrap_or_default());
        vec![line.outcome.words().to_owned(), measured, interval.unwrap_or_default(), rule]
    };
    proof.acceptance.iter().map(line).collect()
}
