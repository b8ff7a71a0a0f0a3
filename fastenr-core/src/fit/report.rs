//! A fit from the cases to the verdict.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::cases::Cases;
use super::choose;
use super::design::Design;
use super::evidence::{self, Difference, FactorFit, Leak, Measured, Part};
use super::scale::{Losses, Scale};
use super::solve::{Coefficients, Sample, line};
use super::verdict::{FEWEST, Verdict, WORSE};
use super::write;
use crate::error::Error;
use crate::proof::{BandShare, Case, Figure, Ranking, SUSPICIOUS, bootstrap, brier, shares};
use crate::score::model::{Bands, Model};
use crate::score::term::Term;
use crate::score::{Contributions, FULL, Factor};

/// A fit: its evidence, and the model that comes of it. Figures have four decimals; null: too little data for the figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Fit {
    /// Days from the cut-off to the window.
    pub lead: u32,
    /// Days of the window.
    pub horizon: u32,
    /// The cut-offs that were learned from.
    pub train: Part,
    /// The later ones, on which every figure was measured. No window of the others reaches into them.
    pub test: Part,
    /// Cut-offs between the two, which are in neither.
    pub purged_cutoffs: usize,
    /// The ridge that was chosen; null: nothing could be learned.
    pub ridge: Option<f64>,
    pub in_use: Measured,
    /// Null: nothing was learned.
    pub fitted: Option<Measured>,
    pub difference: Option<Difference>,
    /// Brier score of the base rate of the cut-offs that were learned from.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub brier_of_base_rate: Option<Figure>,
    /// Of the fitted probabilities: 1 is best; below 1 they are too far apart, above 1 too near.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub calibration_slope: Option<Figure>,
    /// Churned cases for each that the fitted probabilities foretold.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub observed_of_expected: Option<Figure>,
    /// The bands of the fitted model.
    pub bands: Vec<BandShare>,
    /// The AUC is above 0.9: the factor that makes it so.
    pub suspected_leakage: Option<Leak>,
    pub factors: Vec<FactorFit>,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub verdict: Verdict,
    /// One sentence without a full stop.
    pub meaning: &'static str,
    /// Fingerprint of the model in use for all accounts without a model of their own.
    pub model_in_use: String,
    /// Fingerprint of the fitted model; null: none is written.
    pub fingerprint: Option<String>,
    /// The fitted model, learned from all cut-offs.
    #[serde(skip)]
    pub model: Option<Model>,
    /// Its bands' lower edges, as they were in the test; null: nothing was learned.
    pub edges: Option<[i64; 3]>,
}

/// What was learned from some cases.
struct Learned {
    design: Design,
    coefficients: Coefficients,
    scale: Scale,
    model: Model,
}

/// Of what a fit is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'m> {
    pub(crate) lead: u32,
    pub(crate) horizon: u32,
    /// The model in use, and what a fitted one takes from it.
    pub(crate) in_use: &'m Model,
    pub(crate) base: &'m Model,
}

/// Fits a model. The cases come in any order.
pub(crate) fn fit(cases: Cases, question: Question<'_>) -> Fit {
    let cases = cases.ordered();
    let cutoffs = cases.cutoffs();
    let (train_cutoffs, test_cutoffs) = split(&cutoffs, question.lead + question.horizon);
    let (train, test) = (cases.within(train_cutoffs), cases.within(test_cutoffs));
    let parts = [Part::of(&cases, train_cutoffs), Part::of(&cases, test_cutoffs)];
    let accounts = cases.rows.last().map_or(0, |row| row.account + 1);

    let of_risk = |places: &[usize]| -> Vec<Case> {
        places.iter().map(|at| evidence::case(&cases, *at, cases.rows[*at].risk, None)).collect()
    };
    let (train_before, test_before) = (of_risk(&train), of_risk(&test));
    let ranking_before = Ranking::of(&test_before);
    let mut fit = Fit {
        lead: question.lead,
        horizon: question.horizon,
        purged_cutoffs: cutoffs.len() - train_cutoffs.len() - test_cutoffs.len(),
        ridge: None,
        in_use: Measured::of(&train_before, &test_before, &ranking_before, accounts),
        fitted: None,
        difference: None,
        brier_of_base_rate: parts[0]
            .base_rate
            .filter(|_| !test.is_empty())
            .map(|rate| brier(&test_before, |_| rate.value())),
        calibration_slope: None,
        observed_of_expected: None,
        bands: Vec::new(),
        suspected_leakage: None,
        factors: Vec::new(),
        verdict: Verdict::TooFew,
        meaning: Verdict::TooFew.meaning(),
        model_in_use: question.in_use.fingerprint(),
        fingerprint: None,
        model: None,
        edges: None,
        train: parts[0].clone(),
        test: parts[1].clone(),
    };
    if parts[0].events < FEWEST[0] || parts[1].events < FEWEST[1] {
        return fit;
    }

    let design = Design::of(&cases, &train);
    fit.ridge = choose::ridge(Sample { cases: &cases, places: &train, design: &design });
    let learned = fit.ridge.and_then(|ridge| Learned::from(&cases, &train, ridge, question));
    let Some(learned) = learned else {
        fit.factors = factors(None, &cases, &train, &design, question);
        return fit.judged(Verdict::NoSignal);
    };
    let (train_after, test_after) = (learned.cases(&cases, &train), learned.cases(&cases, &test));
    let ranking_after = Ranking::of(&test_after);
    let fitted = Measured::of(&train_after, &test_after, &ranking_after, accounts);
    let difference = bootstrap::difference(&ranking_after, &ranking_before, accounts, bootstrap::REPEATS, 0);
    let difference = fitted
        .auc
        .zip(fit.in_use.auc)
        .zip(difference)
        .map(|((after, before), interval)| Difference { auc: Figure::new(after.value() - before.value()), interval });
    fit.bands = shares(&test_after);
    let points: Vec<(f64, bool)> =
        test_after.iter().map(|case| (learned.scale.log_odds(FULL - case.risk), case.churned)).collect();
    fit.calibration_slope = line(&points).map(|(_, slope)| Figure::new(slope));
    let expected: f64 = test_after.iter().map(|case| learned.scale.probability(FULL - case.risk)).sum();
    fit.observed_of_expected = (expected > 0.0).then(|| Figure::new(parts[1].churned_cases as f64 / expected));
    if fitted.auc.is_some_and(|auc| auc.value() > SUSPICIOUS) {
        fit.suspected_leakage = learned.leak(&cases, &test);
    }
    fit.edges = Some(learned.scale.edges);
    let verdict = verdict(&fitted, difference);
    (fit.fitted, fit.difference) = (Some(fitted), difference);
    if !verdict.is_written() {
        fit.factors = factors(Some(&learned), &cases, &train, &design, question);
        return fit.judged(verdict);
    }
    // What is written has learned from the cut-offs that it was tested on as well.
    let all: Vec<usize> = (0..cases.rows.len()).collect();
    let whole = fit.ridge.and_then(|ridge| Learned::from(&cases, &all, ridge, question));
    let Some(whole) = whole else { return fit.judged(Verdict::NoSignal) };
    fit.factors = factors(Some(&whole), &cases, &all, &whole.design, question);
    fit.fingerprint = Some(whole.model.fingerprint());
    fit.model = Some(whole.model);
    fit.judged(verdict)
}

/// The cut-offs to learn from and to test on: the last third, three at least, and those whose windows are over before it begins.
fn split(cutoffs: &[NaiveDate], days: u32) -> (&[NaiveDate], &[NaiveDate]) {
    let tested = (cutoffs.len() / 3).max(3).min(cutoffs.len());
    let (earlier, test) = cutoffs.split_at(cutoffs.len() - tested);
    let Some(first) = test.first() else { return (&[], &[]) };
    let over =
        |cutoff: &NaiveDate| cutoff.checked_add_days(Days::new(u64::from(days))).is_some_and(|end| end <= *first);
    let kept = earlier.partition_point(over);
    (&earlier[..kept], test)
}

fn verdict(fitted: &Measured, difference: Option<Difference>) -> Verdict {
    let above_chance = fitted.auc_ci.is_some_and(|[low, _]| low.value() > 0.5);
    match difference {
        _ if !above_chance => Verdict::NoSignal,
        None => Verdict::NoSignal,
        Some(Difference { auc, interval: [_, high] }) if auc.value() < -WORSE || high.value() < 0.0 => Verdict::Worse,
        Some(Difference { interval: [low, _], .. }) if low.value() > 0.0 => Verdict::BetterOrder,
        Some(_) => Verdict::SameOrder,
    }
}

impl Learned {
    fn from(cases: &Cases, places: &[usize], ridge: f64, question: Question<'_>) -> Option<Self> {
        let design = Design::of(cases, places);
        let sample = Sample { cases, places, design: &design };
        let coefficients = Coefficients::none(sample).solve(sample, ridge);
        let losses = Losses::of(&design, &coefficients);
        if losses.total <= 0.0 {
            return None;
        }
        let scale = Scale::of(&losses, cases, places)?;
        let model = write::model(question.base, &design.pieces, &losses, &scale, (question.lead, question.horizon));
        Some(Self { scale, model, coefficients, design })
    }

    /// The cases as the model scores them, each factor but `without`.
    fn scored(&self, cases: &Cases, places: &[usize], without: Option<Factor>) -> Vec<Case> {
        let losses = Losses::of(&self.design, &self.coefficients);
        let bands: Bands = self.model.bands;
        let of = |at: &usize| {
            let mut points = [None; 17];
            for term in Term::ALL.into_iter().filter(|term| Some(term.factor()) != without) {
                let number = cases.number(term, *at);
                let loss = number.and_then(|number| losses.loss(term, f64::from(number)));
                if let Some(loss) = loss {
                    points[term.factor().place()] = Some(self.scale.score(loss));
                }
            }
            let raw = Contributions::of(&self.model, &points).raw().unwrap_or(FULL / 2);
            let (held, caps) = (cases.rows[*at].caps, &self.model.caps);
            let caps = [
                (held.champion_left, caps.champion_left),
                (held.urgent_ticket, caps.urgent_ticket),
                (held.sentiment_red, caps.sentiment_red),
            ];
            let health = caps.iter().filter(|(held, _)| *held).fold(raw, |health, (_, most)| health.min(most.0));
            let shown = crate::rounding::half_to_even(i128::from(health), 100).unwrap_or(0);
            evidence::case(cases, *at, FULL - health, Some(bands.of(shown)))
        };
        places.iter().map(of).collect()
    }

    fn cases(&self, cases: &Cases, places: &[usize]) -> Vec<Case> {
        self.scored(cases, places, None)
    }

    /// The factor without which the order is worst.
    fn leak(&self, cases: &Cases, places: &[usize]) -> Option<Leak> {
        let losses = Losses::of(&self.design, &self.coefficients);
        let weighed = Factor::ALL.iter().filter(|factor| losses.part(**factor) > 0.0);
        let without = weighed.filter_map(|factor| {
            let auc_without = Ranking::of(&self.scored(cases, places, Some(*factor))).auc()?;
            Some(Leak { factor: *factor, auc_without })
        });
        without.min_by(|a, b| a.auc_without.value().total_cmp(&b.auc_without.value()))
    }
}

fn factors(
    learned: Option<&Learned>,
    cases: &Cases,
    places: &[usize],
    design: &Design,
    question: Question<'_>,
) -> Vec<FactorFit> {
    let losses = learned.map(|learned| (Losses::of(&learned.design, &learned.coefficients), learned));
    let line = |factor: &Factor| {
        let mut terms = Vec::new();
        if let Some((losses, learned)) = losses.as_ref().filter(|(losses, _)| losses.part(*factor) > 0.0) {
            for piece in learned.design.pieces.iter().filter(|piece| piece.term.factor() == *factor) {
                let score = |at: f64| losses.loss(piece.term, at).map_or(FULL, |loss| learned.scale.score(loss));
                terms.push(evidence::term(piece.term, piece.anchors.iter().map(|at| (*at, score(*at)))));
            }
        }
        let part = losses.as_ref().map_or(0.0, |(losses, _)| losses.part(*factor));
        FactorFit {
            factor: *factor,
            weight_before: evidence::weight(question.in_use, *factor),
            weight: Figure::new(100.0 * part),
            unweighted: evidence::unweighted(*factor, losses.as_ref().map(|(losses, _)| losses), cases, places, design),
            terms,
        }
    };
    Factor::ALL.iter().map(line).collect()
}

impl Fit {
    fn judged(mut self, verdict: Verdict) -> Self {
        (self.verdict, self.meaning) = (verdict, verdict.meaning());
        self
    }

    /// The error of a refusal: `too_few_churned`, `no_signal` or `worse_than_in_use`; none where there is a model.
    pub fn refusal(&self) -> Option<Error> {
        self.verdict.refusal([self.train.events, self.test.events])
    }

    /// The model as a file, where it comes from as comments; none where the fit was refused.
    pub fn to_toml(&self) -> Option<String> {
        let model = self.model.as_ref()?;
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let auc = |measured: &Measured| {
            let figure = |figure: Figure| format!("{:.2}", figure.rounded());
            let interval = measured.auc_ci.map(|[low, high]| format!(" ({} to {})", figure(low), figure(high)));
            format!("{}{}", measured.auc.map(figure).unwrap_or_default(), interval.unwrap_or_default())
        };
        let fitted = self.fitted.as_ref().map(auc).unwrap_or_default();
        let Part { events, cases, .. } = self.train;
        Some(format!(
            "# Fitted to churn {} to {} days after month ends, {} to {}.\n\
             # Evidence: learned from {cases} cases up to {} ({events} accounts churned), tested on {} cases from {} on ({} churned).\n\
             # AUC {fitted}; of the model in use, {}: {}. Verdict: {}.\n\
             # Health is 100 less the log-odds of churn above the best account; below concern it is three times the usual.\n\n{}",
            self.lead + 1,
            self.lead + self.horizon,
            day(self.train.from),
            day(self.test.to),
            day(self.train.to),
            self.test.cases,
            day(self.test.from),
            self.test.events,
            self.model_in_use,
            auc(&self.in_use),
            self.verdict.as_str(),
            model.to_toml(),
        ))
    }
}
