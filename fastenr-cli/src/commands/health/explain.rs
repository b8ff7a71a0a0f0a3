//! `fastenr health explain`

use fastenr_core::Result;
use fastenr_core::ops::scores::{self, ExplainedScores, Since, Step};
use fastenr_core::score::{Amount, Band, CapLine, ChurnBand, Delta, FactorLine, Line, NextBand};
use fastenr_core::view::explanation::HealthExplained;

use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::columns;
use crate::typed;

/// Explain the scores of an account: components, factors and their data, which add up to the score.
///
/// With --since, it shows what changed since an earlier day and why: each step scores the account with one more part at
/// its current value, and the steps add up to the difference. With insufficient data there is no score: the lines add up to
/// a provisional score.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Health is 0 to 100, 100 is best; churn risk is 0 to 100, 100 is worst. docs/scoring.md has every rule.

Examples:
  fastenr health explain Acme
  fastenr health explain Acme --since 7d
  fastenr health explain ACME-7 --as-of 2026-02-01 -o json")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Score as of this day [default: today].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<typed::Since>,

    /// Compare with an earlier day: a time before that day, such as 7d or 4w, or a date; see `fastenr help dates`.
    #[arg(long, value_name = "DATE")]
    pub since: Option<typed::Since>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let as_of = args.as_of.map(|day| day.day(&context, "as-of")).transpose()?;
    let day = as_of.unwrap_or_else(|| context.today());
    let since = args.since.map(|since| since.day_from(&context, day, "since")).transpose()?;
    let explained = scores::explain_account(&context, &args.account, as_of, since).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&HealthExplained::from(&explained))?,
        Format::Csv => csv(app, &explained)?,
        Format::Table => table(app, &explained)?,
    }
    Ok(exit::DONE)
}

fn points(amount: Amount) -> String {
    amount.to_string()
}

fn signed(amount: Amount) -> String {
    if amount.0 > 0 { format!("+{amount}") } else { amount.to_string() }
}

fn score(score: Option<Amount>) -> String {
    score.map_or_else(|| "–".to_owned(), points)
}

/// One line per factor and per correction of the score.
fn csv(app: &mut App, explained: &ExplainedScores) -> Result<()> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let plain = |score: Option<Amount>| score.map_or_else(String::new, points);
    app.printer.line("score,component,name,weight,points,contribution,missing,fact")?;
    let of = &explained.explanation;
    for component in &of.components {
        for line in &component.factors {
            app.printer.line(format_args!(
                "health_score,{},{},{},{},{},{},{}",
                component.name,
                line.name,
                line.weight,
                plain(line.score),
                line.contribution,
                line.missing,
                quoted(&line.fact)
            ))?;
        }
    }
    let lines = of.lines.iter().map(|line| ("health_score", line));
    for line in &of.churn.factors {
        app.printer.line(format_args!(
            "churn_risk_score,,{},{},{},{},{},{}",
            line.name,
            line.weight,
            plain(line.score),
            line.contribution,
            line.missing,
            quoted(&line.fact)
        ))?;
    }
    for (score, line) in lines.chain(of.churn.lines.iter().map(|line| ("churn_risk_score", line))) {
        app.printer.line(format_args!(
            "{score},,{},,,{},false,{}",
            line.name,
            line.contribution,
            quoted(&line.fact)
        ))?;
    }
    Ok(())
}

fn table(app: &mut App, explained: &ExplainedScores) -> Result<()> {
    let of = &explained.explanation;
    let name = |name: &str| name.replace('_', " ");
    app.printer.line(format_args!(
        "{} ({}) as of {}, by model {} {}",
        explained.name, explained.account, explained.as_of, explained.model, explained.fingerprint
    ))?;
    let known = of.band != Band::InsufficientData;
    app.printer.line(format_args!(
        "Health {}, {}; data for {} % of the model",
        out_of_100(of.health_score, known, ""),
        name(of.band.as_str()),
        of.coverage
    ))?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for component in &of.components {
        rows.push(vec![
            name(component.name.as_str()),
            format!("{} %", component.weight),
            score(component.score),
            if component.score.is_some() { signed(component.contribution) } else { "–".to_owned() },
        ]);
        for line in &component.factors {
            rows.push(factor_row("  ", line));
        }
    }
    rows.extend(of.lines.iter().map(extra));
    rows.push(sum("health", of.health_score, known));
    print(app, &rows)?;
    limits(app, "capped at", &of.caps)?;
    app.printer.line(format_args!("Next band: {}", next(&explained.next_band)))?;
    if let Some(likelihood) = &explained.likelihood {
        let [said, note] = likelihood.lines();
        app.printer.line(format_args!("Probability of churn: {said}"))?;
        app.printer.line(format_args!("  {note}"))?;
    }
    app.printer.line("")?;

    let churn = &of.churn;
    let known = churn.band != ChurnBand::InsufficientData;
    app.printer.line(format_args!(
        "Churn risk {}, {}; data for {} % of the model",
        out_of_100(churn.churn_risk_score, known, " (100 is worst)"),
        name(churn.band.as_str()),
        churn.coverage
    ))?;
    let mut rows: Vec<Vec<String>> = churn.factors.iter().map(|line| factor_row("", line)).collect();
    rows.extend(churn.lines.iter().map(extra));
    rows.push(sum("churn risk", churn.churn_risk_score, known));
    print(app, &rows)?;
    limits(app, "raised to at least", &churn.floors)?;
    unknown(app, explained)?;
    match &explained.since {
        Some(since) => changes(app, explained, since),
        None => Ok(()),
    }
}

/// With too little data the sum of the lines is only a provisional score.
fn out_of_100(score: i64, known: bool, worst: &str) -> String {
    if known { format!("{score} of 100{worst}") } else { format!("– (provisional: {score} of 100{worst})") }
}

fn sum(what: &str, score: i64, known: bool) -> Vec<String> {
    let what = if known { what.to_owned() } else { format!("provisional {what}") };
    vec![what, String::new(), String::new(), score.to_string()]
}

/// One end of a comparison.
fn end(score: i64, known: bool) -> String {
    if known { score.to_string() } else { format!("– (provisional: {score})") }
}

/// Fields that were empty on that day and filled in later, and how many accounts have such fields.
fn unknown(app: &mut App, explained: &ExplainedScores) -> Result<()> {
    let (fields, accounts) = (&explained.unknown_fields, explained.accounts_with_unknown_fields);
    if fields.is_empty() && accounts == 0 {
        return Ok(());
    }
    app.printer.line("")?;
    if !fields.is_empty() {
        app.printer.line(format_args!("Empty on {}, filled in later: {}", explained.as_of, fields.join(", ")))?;
    }
    if accounts > 0 {
        let accounts =
            if accounts == 1 { "1 account has".to_owned() } else { format!("{} accounts have", grouped(accounts)) };
        app.printer
            .line(format_args!("{accounts} fields that were empty on {} and filled in later", explained.as_of))?;
    }
    Ok(())
}

fn factor_row<F: AsRef<str>>(indent: &str, line: &FactorLine<F>) -> Vec<String> {
    vec![
        format!("{indent}{}", line.name.as_ref().replace('_', " ")),
        format!("{} %", line.weight),
        score(line.score),
        if line.missing { "–".to_owned() } else { signed(line.contribution) },
        line.fact.clone(),
    ]
}

fn print(app: &mut App, rows: &[Vec<String>]) -> Result<()> {
    columns(rows).into_iter().try_for_each(|line| app.printer.line(line))
}

fn extra(line: &Line) -> Vec<String> {
    vec![line.name.replace('_', " "), String::new(), String::new(), signed(line.contribution), line.fact.clone()]
}

fn limits(app: &mut App, verb: &str, limits: &[CapLine]) -> Result<()> {
    limits.iter().try_for_each(|cap| {
        let name = cap.name.replace('_', " ");
        app.printer.line(format_args!("{verb} {}: {name}, {}", cap.limit, cap.fact))
    })
}

fn next(reach: &NextBand) -> String {
    let name = |text: &str| text.replace('_', " ");
    match reach {
        NextBand::Top => "this is the best band".to_owned(),
        NextBand::Behaviour => "connect usage, support or engagement data of this account".to_owned(),
        NextBand::Data { coverage, floor } => {
            format!("connect more data: data for {coverage} % of the model, {floor} % needed")
        }
        NextBand::Adjusted { until } => format!("the score is adjusted by a user until {until}"),
        NextBand::Cap { band, cap, limit } => {
            format!("{}: not possible while the cap {} limits health to {limit}", name(band.as_str()), name(cap))
        }
        NextBand::Factor { band, factor, score: now, needed, fact, by } => {
            let by = by.as_ref().map_or_else(String::new, |by| format!(": {by}"));
            format!(
                "{} with {} at {needed} instead of {} ({fact}){by}",
                name(band.as_str()),
                name(factor.as_str()),
                score(*now)
            )
        }
        NextBand::Several { band, lacking } => {
            format!("{}: {lacking} more points needed, more than one factor can add", name(band.as_str()))
        }
    }
}

fn changes(app: &mut App, explained: &ExplainedScores, since: &Since) -> Result<()> {
    let of = &explained.explanation;
    app.printer.line("")?;
    app.printer.line(format_args!(
        "Since {}: health {} → {}, churn risk {} → {}",
        since.day,
        end(since.health_score, since.health_known),
        end(of.health_score, of.band != Band::InsufficientData),
        end(since.churn_risk_score, since.churn_known),
        end(of.churn.churn_risk_score, of.churn.band != ChurnBand::InsufficientData)
    ))?;
    if since.steps.is_empty() {
        return app.printer.line("  nothing changed");
    }
    since.steps.iter().try_for_each(|step| step_lines(app, step))
}

fn step_lines(app: &mut App, step: &Step) -> Result<()> {
    app.printer.line(format_args!(
        "{:+} health, {:+} churn risk: {}",
        step.health,
        step.churn_risk,
        step.cause.words()
    ))?;
    for edit in &step.edits {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "no value".to_owned());
        let how = match (&edit.source, &edit.operation) {
            (Some(source), _) => format!("import of {source}"),
            (None, Some(operation)) => operation.clone(),
            (None, None) => "a user".to_owned(),
        };
        let by = edit.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
        app.printer.line(format_args!(
            "    {} {} → {} on {}, {how}{by}",
            edit.field,
            value(&edit.old_value),
            value(&edit.new_value),
            edit.effective_on
        ))?;
    }
    for rows in &step.rows {
        let from = rows.source.as_ref().map_or_else(String::new, |source| format!(" from {source}"));
        let by = rows.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
        app.printer.line(format_args!(
            "    {} of {}{from}{by}",
            counted(rows.rows.unsigned_abs(), "row", "rows"),
            rows.what
        ))?;
    }
    let told: Vec<Vec<String>> = step.changes.iter().filter(|delta| delta.change.0 != 0).map(delta_row).collect();
    columns(&told).into_iter().try_for_each(|line| app.printer.line(format_args!("  {line}")))
}

fn delta_row(delta: &Delta) -> Vec<String> {
    let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "none".to_owned());
    let facts = match delta.before == delta.after {
        true => fact(&delta.after),
        false => format!("{} → {}", fact(&delta.before), fact(&delta.after)),
    };
    let score = if delta.score == "health_score" { "health" } else { "risk" };
    vec![score.to_owned(), delta.name.replace('_', " "), signed(delta.change), facts]
}
