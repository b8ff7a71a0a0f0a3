//! `fastenr model fit`

use std::io::Write as _;
use std::path::PathBuf;

use chrono::NaiveDate;
use fastenr_core::Result;
use fastenr_core::fit::{Fit, Measured, Part, TermFit};
use fastenr_core::ops::models::{self, ModelUseOutcome};
use fastenr_core::ops::scores::{self, FitQuestion};
use fastenr_core::part;
use fastenr_core::proof::{BandShare, Figure};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::commands::past::{WindowArgs, nothing, number, percent, ratio, signed, window};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{capital, columns, facts};

/// Fit a model to the churn of your own customers.
///
/// Learns from past month ends which facts came before churn, and how much each of them counts; tests the result on later
/// month ends; and writes a model only if it ranks those better than chance and not worse than the model in use. A fitted
/// model has weights, curves and bands of its own: below the edge of concern, accounts churn three times as often as usual.
/// Without --out and --use, only the evidence is printed. docs/fit.md explains it.
#[derive(Debug, clap::Args)]
#[command(mut_arg("from", |arg| arg.help("Use month ends from this day on [default: the last 36]")), after_long_help = "\
Exit codes: 5 no model was fitted, but the evidence was printed: too few accounts churned, nothing predicts churn, or the
model in use is better.

Examples:
  fastenr model fit
  fastenr model fit --out fitted.toml && fastenr model preview fitted.toml
  fastenr model fit --to 2025-12-31 -o json
  fastenr model fit --use")]
pub(crate) struct Args {
    #[command(flatten)]
    pub window: WindowArgs,

    /// Write the model to this file; an existing file is replaced.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Use the model from now on, as `fastenr model use` does.
    #[arg(long = "use")]
    pub adopt: bool,

    /// With --use: score this many days again, including today; 0: none, the next recompute uses the model.
    #[arg(long, value_name = "N", default_value_t = 90, requires = "adopt", value_parser = clap::value_parser!(u64).range(0..=400))]
    pub days: u64,

    /// Print the evidence, and what --use would change; write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A fit, and what its use did.
#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(flatten)]
    fit: &'a Fit,
    /// Null: the model was not taken into use.
    used: Option<&'a ModelUseOutcome>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    if args.adopt {
        context.may_write()?;
    }
    let [from, to] = args.window.days(&context)?;
    let question = FitQuestion { lead: args.window.lead, horizon: args.window.horizon, from, to };
    let bar = app.printer.progress();
    let fitted = scores::fit(&context, &question, &mut |day, days| {
        bar.set_message(format!("month end {day} of {days}"));
    })
    .await;
    bar.finish_and_clear();
    let fitted = fitted?;
    let Args { days, dry_run, .. } = args;
    let mut written = None;
    if let (Some(file), Some(text), false) = (&args.out, fitted.to_toml(), dry_run) {
        let file = part::Part::create(file)?;
        let mut writer = file.writer()?;
        writer.write_all(text.as_bytes()).and_then(|()| writer.flush()).map_err(|error| file.failed(error))?;
        drop(writer);
        written = Some(file.keep()?);
    }
    let mut used = None;
    if let (true, Some(model)) = (args.adopt, &fitted.model) {
        let bar = app.printer.progress();
        let adopted = models::use_model(&context, model, None, days, dry_run, &mut super::watch(&bar)).await;
        bar.finish_and_clear();
        used = Some(adopted?);
    }
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&Outcome { fit: &fitted, used: used.as_ref() })?,
        Format::Csv => facts(app, &flat(&fitted))?,
        Format::Table => lines(&fitted).iter().try_for_each(|line| app.printer.line(line))?,
    }
    app.printer.finish()?;
    if let Some(refusal) = fitted.refusal() {
        return Err(refusal);
    }
    if let Some(file) = written {
        app.printer.talk(format_args!("{} → {}", fastenr_core::fit::NAME, file.display()));
    }
    match used {
        Some(used) => super::told(app, &used, dry_run),
        None => {
            if dry_run {
                app.printer.talk("dry run: nothing was written");
            } else if args.out.is_none() {
                app.printer.talk("nothing was written: add --out FILE to write the model, or --use to use it");
            }
            Ok(exit::DONE)
        }
    }
}

/// One row of figures.
fn flat(fit: &Fit) -> Vec<(&'static str, Json)> {
    let fitted = fit.fitted.as_ref();
    let end = |measured: Option<&Measured>, place: usize| {
        measured.and_then(|measured| measured.auc_ci).and_then(|ends| ends.get(place).copied())
    };
    let interval = |place: usize| fit.difference.and_then(|difference| difference.interval.get(place).copied());
    vec![
        ("lead", json!(fit.lead)),
        ("horizon", json!(fit.horizon)),
        ("train_from", json!(fit.train.from)),
        ("train_to", json!(fit.train.to)),
        ("train_cases", json!(fit.train.cases)),
        ("train_events", json!(fit.train.events)),
        ("test_from", json!(fit.test.from)),
        ("test_to", json!(fit.test.to)),
        ("test_cases", json!(fit.test.cases)),
        ("test_events", json!(fit.test.events)),
        ("base_rate", json!(fit.test.base_rate)),
        ("auc_in_use", json!(fit.in_use.auc)),
        ("auc_in_use_low", json!(end(Some(&fit.in_use), 0))),
        ("auc_in_use_high", json!(end(Some(&fit.in_use), 1))),
        ("auc", json!(fitted.map(|fitted| fitted.auc))),
        ("auc_low", json!(end(fitted, 0))),
        ("auc_high", json!(end(fitted, 1))),
        ("difference", json!(fit.difference.map(|difference| difference.auc))),
        ("difference_low", json!(interval(0))),
        ("difference_high", json!(interval(1))),
        ("lift_in_use", json!(fit.in_use.lift_at_10)),
        ("lift", json!(fitted.map(|fitted| fitted.lift_at_10))),
        ("brier_in_use", json!(fit.in_use.brier)),
        ("brier", json!(fitted.map(|fitted| fitted.brier))),
        ("brier_of_base_rate", json!(fit.brier_of_base_rate)),
        ("calibration_slope", json!(fit.calibration_slope)),
        ("observed_of_expected", json!(fit.observed_of_expected)),
        ("ridge", json!(fit.ridge)),
        ("verdict", json!(fit.verdict)),
        ("model_in_use", json!(fit.model_in_use)),
        ("fingerprint", json!(fit.fingerprint)),
    ]
}

/// For people: the test, the bands, the weights, the curves, the verdict.
fn lines(fit: &Fit) -> Vec<String> {
    let mut lines = vec![format!("a model fitted to churn {} after month ends", window(fit.lead, fit.horizon))];
    lines.push(String::new());
    let head = ["", "month ends", "", "cases", "accounts churned", "base rate"].map(str::to_owned).to_vec();
    let part = |name: &str, part: &Part| {
        let day = |day: Option<NaiveDate>| day.map_or_else(nothing, |day| day.to_string());
        let days = format!("{} to {}", day(part.from), day(part.to));
        let (cutoffs, cases, events) = (number(part.cutoffs), number(part.cases), number(part.events));
        vec![name.to_owned(), cutoffs, days, cases, events, percent(part.base_rate)]
    };
    lines.extend(columns(&[head, part("learned from", &fit.train), part("tested on", &fit.test)]));
    if fit.purged_cutoffs > 0 {
        let (count, what) = (fit.purged_cutoffs, if fit.purged_cutoffs == 1 { "month end" } else { "month ends" });
        lines.push(format!("  {count} {what} between them left out: their windows reach into the test"));
    }
    lines.push(String::new());
    lines.extend(columns(&test(fit)));
    if !fit.bands.is_empty() {
        lines.extend([String::new(), "bands of the fitted model in the test".to_owned()]);
        let head = ["band", "from", "cases", "share", "churned"].map(str::to_owned).to_vec();
        let edges = fit.edges.map(|edges| edges.map(|edge| edge.to_string())).unwrap_or_default();
        let edges = edges.into_iter().chain(["0".to_owned()]);
        let band = |(band, edge): (&BandShare, String)| {
            let name = band.band.as_str().to_owned();
            vec![name, edge, number(band.cases), percent(band.share), percent(band.churn_rate)]
        };
        let bands = fit.bands.iter().zip(edges).map(band);
        lines.extend(columns(&[head].into_iter().chain(bands).collect::<Vec<_>>()));
    }
    if !fit.factors.is_empty() {
        lines.extend([String::new(), "weights, percent of health".to_owned()]);
        let head = ["factor", "in use", "fitted", ""].map(str::to_owned).to_vec();
        let weights = fit.factors.iter().map(|line| {
            let weight = |weight: Figure| format!("{:.1}", weight.rounded());
            let why = line.unweighted.map(|why| why.words().to_owned()).unwrap_or_default();
            let before = line.weight_before.map_or_else(nothing, weight);
            vec![line.factor.as_str().to_owned(), before, weight(line.weight), why]
        });
        lines.extend(columns(&[head].into_iter().chain(weights).collect::<Vec<_>>()));
        let terms: Vec<&TermFit> = fit.factors.iter().flat_map(|line| &line.terms).collect();
        if !terms.is_empty() {
            lines.extend([String::new(), "scores, as number:score".to_owned()]);
            lines.extend(columns(&terms.into_iter().map(curve).collect::<Vec<_>>()));
        }
    }
    lines.extend([String::new(), format!("verdict: {}", fit.verdict.as_str()), format!("{}.", capital(fit.meaning))]);
    if let Some(leak) = &fit.suspected_leakage {
        lines.push(format!(
            "Suspected leakage: an AUC above 0.9 is rarely real. Without {} it is {}: check that this is not recorded because \
             of the churn.",
            leak.factor.as_str(),
            ratio(leak.auc_without)
        ));
    }
    lines
}

fn test(fit: &Fit) -> Vec<Vec<String>> {
    let fitted = fit.fitted.as_ref();
    let of = |figure: &dyn Fn(&Measured) -> Option<String>| {
        [Some(&fit.in_use), fitted].map(|measured| measured.and_then(figure).unwrap_or_else(nothing))
    };
    let auc = |measured: &Measured| {
        let interval = measured.auc_ci.map(|[low, high]| format!(" ({} to {})", ratio(low), ratio(high)));
        Some(format!("{}{}", ratio(measured.auc?), interval.unwrap_or_default()))
    };
    let mut rows = vec![["", "in use", "fitted", ""].map(str::to_owned).to_vec()];
    let mut row = |name: &str, [before, after]: [String; 2], remark: String| {
        rows.push(vec![name.to_owned(), before, after, remark]);
    };
    let difference = fit.difference.map(|difference| {
        let [low, high] = difference.interval.map(|end| signed(end, 2));
        format!("difference {}, 90 % interval {low} to {high}", signed(difference.auc, 2))
    });
    row("AUC", of(&auc), difference.unwrap_or_default());
    let lift = of(&|measured| measured.lift_at_10.map(ratio));
    row("lift", lift, "times the base rate in the worst 10 %".to_owned());
    let base = fit.brier_of_base_rate.map(|figure| format!("{figure} for the base rate; lower is better"));
    row("Brier score", of(&|measured| measured.brier.map(|figure| figure.to_string())), base.unwrap_or_default());
    if fitted.is_some() {
        let slope = fit.calibration_slope.map_or_else(nothing, ratio);
        row("calibration", [String::new(), slope], "slope of the probabilities; 1 is best".to_owned());
        let ratio = fit.observed_of_expected.map_or_else(nothing, ratio);
        row(
            "churn",
            [String::new(), ratio],
            "observed for each expected; the level changes with the base rate".to_owned(),
        );
    }
    rows
}

fn curve(term: &TermFit) -> Vec<String> {
    let anchors = term.anchors.iter().map(|[number, score]| {
        let plain =
            |figure: &Figure| format!("{:.4}", figure.rounded()).trim_end_matches('0').trim_end_matches('.').to_owned();
        format!("{}:{:.0}", plain(number), score.rounded())
    });
    vec![term.reads.to_owned(), anchors.collect::<Vec<_>>().join("  ")]
}
