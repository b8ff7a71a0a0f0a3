//! What a score is made of, line by line: the printed contributions add up to it exactly.

use serde::{Serialize, Serializer};

use super::factor::{Band, ChurnBand, ChurnFactor, Component, Factor};
use super::model::Model;
use super::reading::{Missing, Reading};
use super::scores::{Cap, CapRule, Churn, FloorRule, Health, Scores};
use super::weigh::{self, Shares};

/// Points with two decimals, in hundredths; in JSON a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub i64);

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, number) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        f.pad(&format!("{sign}{}.{:02}", number / 100, number % 100))
    }
}

impl Serialize for Amount {
    #[expect(clippy::cast_precision_loss, reason = "scores and percentages: the quotient is the nearest decimal")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            serializer.serialize_f64(self.0 as f64 / 100.0)
        }
    }
}

/// The explanation of an account's scores.
///
/// The contributions of the components and the [lines](Self::lines) add up exactly to `health_score`, those of the churn factors
/// and their lines to `churn.churn_risk_score`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub health_score: i64,
    pub band: Band,
    pub churn_risk_score: i64,
    /// Share of the health model for which there is data, in percent.
    pub coverage: Amount,
    pub components: Vec<ComponentLine>,
    /// Other changes of the score, if any: `no_data`, `coverage`, `cap`, `adjustment`, `rounding`.
    pub lines: Vec<Line>,
    /// The caps that lower the score; the lowest one applies.
    pub caps: Vec<CapLine>,
    pub churn: ChurnExplanation,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComponentLine {
    pub name: Component,
    /// Weight in the model.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub weight: Amount,
    /// Null: all of its factors are missing.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub score: Option<Amount>,
    /// Sum of the contributions of its factors.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub contribution: Amount,
    pub factors: Vec<FactorLine<Factor>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FactorLine<F> {
    pub name: F,
    /// Weight in the model; the weight of missing factors is distributed among the others.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub weight: Amount,
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub score: Option<Amount>,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub contribution: Amount,
    /// The data behind the score, or why there is no score.
    pub fact: String,
    pub missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationLine))]
pub struct Line {
    pub name: &'static str,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub contribution: Amount,
    pub fact: String,
}

/// A cap, which keeps health at `limit` or below, or a floor, which keeps churn risk at `limit` or above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CapLine {
    pub name: &'static str,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub limit: Amount,
    pub fact: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChurnExplanation {
    pub churn_risk_score: i64,
    pub band: ChurnBand,
    pub coverage: Amount,
    pub factors: Vec<FactorLine<ChurnFactor>>,
    /// Other changes of the score, if any: `coverage`, `floor`, `rounding`.
    pub lines: Vec<Line>,
    /// The floors that raise the risk; the highest one applies.
    pub floors: Vec<CapLine>,
}

/// Explains `scores`, which are those of the same account and model.
pub fn explain(model: &Model, scores: &Scores) -> Explanation {
    let health = &scores.health;
    Explanation {
        health_score: health.score,
        band: health.band,
        churn_risk_score: scores.churn.score,
        coverage: Amount(health.coverage),
        components: components(model, health),
        lines: health_lines(model, health),
        caps: binding_caps(health).map(|cap| cap_line(cap.rule, cap.most)).collect(),
        churn: churn(model, &scores.churn),
    }
}

/// Cuts `target` into whole parts as `parts` over `whole` are, by the largest remainder; of equal ones the first.
///
/// `target` is the sum of these, rounded either way.
fn apportion(parts: &[i128], whole: i128, target: i64) -> Vec<i64> {
    let whole = whole.max(1);
    let mut cut: Vec<i64> = parts.iter().map(|part| i64::try_from(part.div_euclid(whole)).unwrap_or(0)).collect();
    let left = usize::try_from(target - cut.iter().sum::<i64>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(parts.get(*place).map(|part| part.rem_euclid(whole))));
    for place in order.into_iter().take(left) {
        if let Some(part) = cut.get_mut(place) {
            *part += 1;
        }
    }
    cut
}

fn line<F>(name: F, weight: i64, reading: &Result<Reading, Missing>, contribution: i64) -> FactorLine<F> {
    FactorLine {
        name,
        weight: Amount(weight),
        score: reading.ok().map(|reading| Amount(reading.points)),
        contribution: Amount(contribution),
        fact: reading.map_or_else(|missing| missing.to_string(), |reading| reading.fact.to_string()),
        missing: reading.is_err(),
    }
}

/// What is contributed to the mean; the whole is 0 where nothing is known.
fn contributed<const N: usize>(shares: &Shares<N>, readings: &[Result<Reading, Missing>; N]) -> [i128; N] {
    if shares.whole > 0 { shares.weighed(&weigh::points(readings)) } else { [0; N] }
}

fn components(model: &Model, health: &Health) -> Vec<ComponentLine> {
    let shares = weigh::health_shares(model, &weigh::points(&health.factors));
    let weighed = contributed(&shares, &health.factors);
    let of = |component: Component| Factor::ALL.iter().filter(move |factor| factor.component() == component);
    let weighed_of = |component| -> Vec<i128> {
        of(component).map(|factor| weighed.get(factor.place()).copied().unwrap_or(0)).collect()
    };
    let sums: Vec<i128> = Component::ALL.iter().map(|component| weighed_of(*component).iter().sum()).collect();
    let raw = if shares.whole > 0 { health.raw } else { 0 };
    let cut = apportion(&sums, shares.whole, raw);
    let lines = Component::ALL.iter().zip(cut).zip(&health.components);
    lines
        .map(|((component, contribution), score)| {
            let cut = apportion(&weighed_of(*component), shares.whole, contribution);
            let factors = of(*component).zip(cut).filter_map(|(factor, contribution)| {
                let reading = health.factors.get(factor.place())?;
                Some(line(*factor, model.weight(*factor).0, reading, contribution))
            });
            ComponentLine {
                name: *component,
                weight: Amount(model.component_weight(*component).0),
                score: score.map(Amount),
                contribution: Amount(contribution),
                factors: factors.collect(),
            }
        })
        .collect()
}

/// Adds a line where it changes the score.
fn push(lines: &mut Vec<Line>, name: &'static str, change: i64, fact: impl FnOnce() -> String) {
    if change != 0 {
        lines.push(Line { name, contribution: Amount(change), fact: fact() });
    }
}

fn health_lines(model: &Model, health: &Health) -> Vec<Line> {
    let mut lines = Vec::new();
    if weigh::health_shares(model, &weigh::points(&health.factors)).whole == 0 {
        push(&mut lines, "no_data", health.raw, || "no data".into());
    }
    push(&mut lines, "coverage", health.drawn - health.raw, || match health.own {
        true => drawn("50", health.coverage, health.floor),
        false => "no usage, support or engagement data of its own: score pulled toward 50".into(),
    });
    let mut points = health.drawn;
    if let Some(cap) = health.caps.last() {
        push(&mut lines, "cap", cap.most.min(points) - points, || {
            let cap = cap_line(cap.rule, cap.most);
            format!("at most {}: {}", health.caps.last().map_or(0, |cap| cap.most) / 100, cap.fact)
        });
        points = cap.most.min(points);
    }
    if let Some(adjustment) = &health.adjustment {
        push(&mut lines, "adjustment", health.points - points, || {
            let (score, by, until) = (adjustment.score, &adjustment.by, adjustment.until);
            format!("set to {score} by {by} until {until}: {}", adjustment.reason)
        });
    }
    push(&mut lines, "rounding", health.score * 100 - health.points, || "shown as a whole number".into());
    lines
}

/// The caps that limit the score. `Health::caps` ends with the lowest.
fn binding_caps(health: &Health) -> impl Iterator<Item = &Cap> {
    let lowest = health.caps.last().map(|cap| cap.most).filter(|most| *most < health.drawn);
    health.caps.iter().filter(move |cap| Some(cap.most) == lowest)
}

fn drawn(toward: &str, coverage: i64, floor: i64) -> String {
    format!("{} % of the data available ({} % needed): score pulled toward {toward}", Amount(coverage), Amount(floor))
}

/// `1 day`, `2 days`.
fn days(count: i64) -> String {
    format!("{count} {}", if count == 1 { "day" } else { "days" })
}

fn cap_line(rule: CapRule, most: i64) -> CapLine {
    let (name, fact) = match rule {
        CapRule::ChampionLeft { age } => {
            ("champion_left", format!("the champion left {} ago and there is no other", days(age)))
        }
        CapRule::UrgentTicket { open } => ("urgent_ticket", format!("open urgent tickets: {open}")),
        CapRule::WeakComponent { component, points } => {
            ("weak_component", format!("{component} at {}", Amount(points)))
        }
        CapRule::SentimentRed { age } => {
            ("sentiment_red", format!("the account manager's sentiment was red {} ago", days(age)))
        }
    };
    CapLine { name, limit: Amount(most), fact }
}

fn churn(model: &Model, churn: &Churn) -> ChurnExplanation {
    let shares = weigh::churn_shares(model, &weigh::points(&churn.factors));
    let cut = apportion(&contributed(&shares, &churn.factors), shares.whole, churn.raw);
    let factors = ChurnFactor::ALL.iter().zip(&churn.factors).zip(cut);
    let factors = factors
        .map(|((factor, reading), contribution)| line(*factor, model.churn_weight(*factor).0, reading, contribution));
    // As with caps, only the floor that raises the risk.
    let highest = churn.floors.last().map(|floor| floor.least).filter(|least| *least > churn.drawn);
    let binding = churn.floors.iter().filter(|floor| Some(floor.least) == highest);
    let floors: Vec<CapLine> = binding.map(|floor| floor_line(floor.rule, floor.least)).collect();
    let mut lines = Vec::new();
    push(&mut lines, "coverage", churn.drawn - churn.raw, || drawn("0", churn.coverage, churn.floor));
    push(&mut lines, "floor", churn.points - churn.drawn, || {
        floors.last().map_or_else(String::new, |floor| format!("at least {}: {}", floor.limit, floor.fact))
    });
    push(&mut lines, "rounding", churn.score * 100 - churn.points, || "shown as a whole number".into());
    ChurnExplanation {
        churn_risk_score: churn.score,
        band: churn.band,
        coverage: Amount(churn.coverage),
        factors: factors.collect(),
        lines,
        floors,
    }
}

fn floor_line(rule: FloorRule, least: i64) -> CapLine {
    let (name, fact) = match rule {
        FloorRule::WillChurn => ("will_churn", "renewal stage will_churn".into()),
        FloorRule::AtRisk => ("at_risk", "renewal stage at_risk".into()),
        FloorRule::PastDue { days } => ("past_due", format!("{} past due", self::days(days))),
        FloorRule::ChampionLeft { age, renewal_in } => {
            ("champion_left", format!("the champion left {} ago, renewal in {}", days(age), days(renewal_in)))
        }
    };
    CapLine { name, limit: Amount(least), fact }
}

/// The change of a factor or a line between two explanations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationDelta))]
pub struct Delta {
    /// `health_score` or `churn_risk_score`.
    pub score: &'static str,
    /// Name of the factor or line.
    pub name: &'static str,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub change: Amount,
    /// The data on the earlier day; `after`: on the later day. Null: the line did not exist.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What changed, factors first, then lines, in the order of the explanation; those that are the same on both sides are left
/// out. The changes of each score add up exactly to its difference.
pub fn difference(before: &Explanation, after: &Explanation) -> Vec<Delta> {
    let mut deltas = compared("health_score", &health_parts(before), &health_parts(after));
    deltas.extend(compared("churn_risk_score", &churn_parts(before), &churn_parts(after)));
    deltas
}

type Part<'e> = (&'static str, Amount, &'e str);

fn health_parts(of: &Explanation) -> Vec<Part<'_>> {
    let factors = of.components.iter().flat_map(|component| &component.factors);
    let factors = factors.map(|line| (line.name.as_str(), line.contribution, line.fact.as_str()));
    factors.chain(line_parts(&of.lines)).collect()
}

fn churn_parts(of: &Explanation) -> Vec<Part<'_>> {
    let factors = of.churn.factors.iter().map(|line| (line.name.as_str(), line.contribution, line.fact.as_str()));
    factors.chain(line_parts(&of.churn.lines)).collect()
}

fn line_parts(lines: &[Line]) -> impl Iterator<Item = Part<'_>> {
    lines.iter().map(|line| (line.name, line.contribution, line.fact.as_str()))
}

fn compared(score: &'static str, before: &[Part<'_>], after: &[Part<'_>]) -> Vec<Delta> {
    let known = |name: &str| before.iter().any(|(known, ..)| *known == name);
    let names = before.iter().chain(after.iter().filter(|(name, ..)| !known(name))).map(|(name, ..)| *name);
    let of = |parts: &[Part<'_>], name: &str| -> (i64, Option<String>) {
        let part = parts.iter().find(|(known, ..)| *known == name);
        part.map_or((0, None), |(_, contribution, fact)| (contribution.0, Some((*fact).to_owned())))
    };
    let deltas = names.map(|name| {
        let ((was, before), (is, after)) = (of(before, name), of(after, name));
        Delta { score, name, change: Amount(is - was), before, after }
    });
    deltas.filter(|delta| delta.change.0 != 0 || delta.before != delta.after).collect()
}
