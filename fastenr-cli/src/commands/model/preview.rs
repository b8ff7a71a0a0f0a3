//! `fastenr model preview`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::money::Cents;
use fastenr_core::ops::models::{self, AccountMove, BandMove, Preview};

use super::{FileArgs, count, text};
use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;

/// Preview a model: score all accounts with the models in use and with the new one.
///
/// Shows which accounts would change band, how much ARR they have, and which alerts a run today would open. Nothing is
/// written. Trends compare scores of the same model, and a new model has no earlier scores before it is used: trends are
/// left out.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model preview ours.toml
  fastenr model preview ours.toml --most 500 -o csv")]
pub(crate) struct Args {
    #[command(flatten)]
    pub file: FileArgs,

    /// List at most this many accounts, those with the most ARR.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub most: usize,

    /// Position among the models with applies_to, from 1 [default: its current position, or last].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub position: Option<u64>,
}

const BANDS: &[Field] = &[
    Field::new("band", Meaning::Line, ""),
    Field::new("accounts", Meaning::Count, ""),
    Field::new("then", Meaning::Count, ""),
];

const MOVES: &[Field] = &[
    Field::new("name", Meaning::Line, ""),
    Field::new("arr", Meaning::Money, ""),
    Field::new("health", Meaning::Count, ""),
    Field::new("health_then", Meaning::Count, ""),
    Field::new("band", Meaning::Line, ""),
    Field::new("band_then", Meaning::Line, ""),
    Field::new("churn_risk", Meaning::Count, ""),
    Field::new("churn_risk_then", Meaning::Count, ""),
    Field::new("churn_band", Meaning::Line, ""),
    Field::new("churn_band_then", Meaning::Line, ""),
    Field::new("id", Meaning::Id, ""),
];

const SHORT: &[Field] = &[
    Field::new("name", Meaning::Line, ""),
    Field::new("arr", Meaning::Money, ""),
    Field::new("health", Meaning::Line, ""),
    Field::new("churn_risk", Meaning::Line, ""),
];

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let model = args.file.read()?;
    let context = app.context().await?;
    let preview = models::preview(&context, &model, args.position, args.most).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&preview)?,
        Format::Csv => super::table(app, MOVES, preview.moves.iter().map(cells).collect())?,
        Format::Table => {
            let bands = preview.bands.iter().map(|(band, [now, then])| vec![text(*band), count(*now), count(*then)]);
            super::table(app, BANDS, bands.collect())?;
            if !preview.moves.is_empty() {
                app.printer.line("")?;
                super::table(app, SHORT, preview.moves.iter().map(short).collect())?;
            }
        }
    }
    app.printer.finish()?;
    tell(app, &preview);
    Ok(exit::DONE)
}

fn money(arr: Option<Cents>) -> Value {
    arr.map_or(Value::Null, |arr| Value::Integer(arr.0))
}

fn cells(of: &AccountMove) -> Vec<Value> {
    let [health, health_then] = of.health.map(Value::Integer);
    let [band, band_then] = of.band.map(text);
    let [churn, churn_then] = of.churn_risk.map(Value::Integer);
    let [churn_band, churn_band_then] = of.churn_band.map(text);
    let arr = money(of.arr);
    let (name, id) = (text(of.name.as_str()), Value::Id(of.id));
    vec![name, arr, health, health_then, band, band_then, churn, churn_then, churn_band, churn_band_then, id]
}

fn short(of: &AccountMove) -> Vec<Value> {
    let moved = |[old, new]: [i64; 2], [was, is]: [&str; 2]| match was == is {
        true => format!("{old} → {new} {is}"),
        false => format!("{old} → {new} {was} → {is}"),
    };
    let (health, churn) = (moved(of.health, of.band), moved(of.churn_risk, of.churn_band));
    vec![text(of.name.as_str()), money(of.arr), text(health), text(churn)]
}

fn tell(app: &mut App, preview: &Preview) {
    let number = grouped;
    let (all, own) = (number(preview.accounts), number(preview.applies_to));
    let (name, print) = (&preview.name, &preview.fingerprint);
    app.printer.talk(format_args!("{all} accounts as of {}, {own} of them scored by {name} ({print})", preview.as_of));
    let moved = |moves: &[BandMove]| number(moves.iter().map(|of| of.accounts).sum());
    let accounts = |count: u64| counted(count, "account", "accounts");
    let (health, churn) = (accounts(preview.health_changed), accounts(preview.churn_risk_changed));
    let (bands, churn_bands) = (moved(&preview.band_moves), moved(&preview.churn_band_moves));
    let (up, down) = (preview.arr_up.short(), preview.arr_down.short());
    app.printer.talk(format_args!(
        "health changes for {health} and its band for {bands}; ARR that moves up: {up}, down: {down}"
    ));
    app.printer.talk(format_args!("churn risk changes for {churn} and its band for {churn_bands}"));
    for change in &preview.alerts {
        let held = if change.held { ", HELD" } else { "" };
        app.printer.talk(format_args!(
            "alerts {}: {} would open, {} by the models in use{held}",
            change.rule, change.new, change.in_use
        ));
    }
    let listed = preview.moves.len() as u64;
    if listed < preview.moved {
        app.printer.talk(format_args!("{listed} of {} shown; --most N shows more", number(preview.moved)));
    }
}
