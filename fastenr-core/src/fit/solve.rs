//! Logistic regression whose coefficients are not negative, with a ridge.

use super::cases::Cases;
use super::design::Design;

/// `log-odds of churn = alpha - sum of beta · increments`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coefficients {
    pub(super) alpha: f64,
    /// None below 0.
    pub(super) beta: Vec<f64>,
}

const MOST_STEPS: usize = 60;
const MOST_SWEEPS: usize = 1_000;
const TOLERANCE: f64 = 1e-9;

/// Value, gradient and second derivatives of what is minimised. The first coordinate is alpha.
struct Local {
    value: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

/// Some cases and what they have of each increment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'c> {
    pub(super) cases: &'c Cases,
    pub(super) places: &'c [usize],
    pub(super) design: &'c Design,
}

impl Coefficients {
    /// Without any increment: the log-odds of the share that churned.
    pub(super) fn none(sample: Sample<'_>) -> Self {
        let (churned, _) = sample.cases.churned(sample.places);
        let kept = sample.places.len() - churned;
        Self { alpha: logit(churned as f64 / (churned + kept).max(1) as f64), beta: vec![0.0; sample.design.width] }
    }

    /// The log-odds of a case.
    pub(super) fn log_odds(&self, increments: &[f64]) -> f64 {
        self.alpha - increments.iter().zip(&self.beta).map(|(share, worth)| share * worth).sum::<f64>()
    }

    /// Minimises `Σ log(1 + exp(η)) - y η + λ/2 Σ β²` over `β ≥ 0` and a free alpha, from here on: the problem is convex and has
    /// one minimum. Newton's method, whose quadratic model is minimised coordinate by coordinate with clipping at 0
    /// (Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear models via coordinate descent", 2010),
    /// and half the step where a whole one leads up.
    pub(super) fn solve(mut self, sample: Sample<'_>, ridge: f64) -> Self {
        let mut here = self.local(sample, ridge);
        for _ in 0..MOST_STEPS {
            let mut step = self.step(&here, ridge);
            let mut moved = self.by(&step);
            let mut there = moved.local(sample, ridge);
            let mut halvings = 0;
            while there.value > here.value && halvings < 30 {
                step.iter_mut().for_each(|step| *step /= 2.0);
                moved = self.by(&step);
                there = moved.local(sample, ridge);
                halvings += 1;
            }
            if there.value > here.value {
                break;
            }
            let gained = here.value - there.value;
            (self, here) = (moved, there);
            if gained <= TOLERANCE * here.value.abs() {
                break;
            }
        }
        self
    }

    fn by(&self, step: &[f64]) -> Self {
        let beta = self.beta.iter().zip(&step[1..]).map(|(beta, step)| (beta + step).max(0.0)).collect();
        Self { alpha: self.alpha + step[0], beta }
    }

    fn local(&self, sample: Sample<'_>, ridge: f64) -> Local {
        let width = self.beta.len() + 1;
        let (mut value, mut gradient) = (0.0, vec![0.0; width]);
        let mut curvature = vec![0.0; width * width];
        let mut slopes = vec![1.0; width];
        let mut increments = vec![0.0; self.beta.len()];
        for at in sample.places {
            sample.design.row(sample.cases, *at, &mut increments);
            let (eta, churned) = (self.log_odds(&increments), sample.cases.rows[*at].churned);
            let probability = share(eta);
            value += log_of_one_and_exp(eta) - if churned { eta } else { 0.0 };
            slopes[1..].iter_mut().zip(&increments).for_each(|(slope, increment)| *slope = -increment);
            let off = probability - f64::from(u8::from(churned));
            let weight = probability * (1.0 - probability);
            for (row, slope) in slopes.iter().enumerate() {
                gradient[row] += off * slope;
                if *slope != 0.0 {
                    let weighed = weight * slope;
                    let line = &mut curvature[row * width..row * width + row + 1];
                    line.iter_mut().zip(&slopes).for_each(|(sum, other)| *sum += weighed * other);
                }
            }
        }
        for row in 0..width {
            for column in 0..row {
                curvature[column * width + row] = curvature[row * width + column];
            }
        }
        for (place, beta) in self.beta.iter().enumerate() {
            value += ridge / 2.0 * beta * beta;
            gradient[place + 1] += ridge * beta;
            curvature[(place + 1) * width + place + 1] += ridge;
        }
        Local { value, gradient, curvature }
    }

    /// The step to the minimum of the quadratic model.
    fn step(&self, here: &Local, ridge: f64) -> Vec<f64> {
        let width = here.gradient.len();
        let (mut step, mut pull) = (vec![0.0; width], here.gradient.clone());
        for _ in 0..MOST_SWEEPS {
            let mut farthest = 0.0_f64;
            for place in 0..width {
                let line = &here.curvature[place * width..(place + 1) * width];
                let steep = line[place].max(if place == 0 { 1e-9 } else { ridge.max(1e-9) });
                let wanted = step[place] - pull[place] / steep;
                let least = if place == 0 { f64::NEG_INFINITY } else { -self.beta[place - 1] };
                let change = wanted.max(least) - step[place];
                if change != 0.0 {
                    step[place] += change;
                    pull.iter_mut().zip(line).for_each(|(pull, curvature)| *pull += curvature * change);
                    farthest = farthest.max(change.abs());
                }
            }
            if farthest < TOLERANCE {
                break;
            }
        }
        step
    }
}

/// Twice the negative log-likelihood of some cases.
pub(super) fn deviance(fitted: &Coefficients, sample: Sample<'_>) -> f64 {
    let mut increments = vec![0.0; fitted.beta.len()];
    let of = |at: &usize| {
        sample.design.row(sample.cases, *at, &mut increments);
        let eta = fitted.log_odds(&increments);
        log_of_one_and_exp(eta) - if sample.cases.rows[*at].churned { eta } else { 0.0 }
    };
    2.0 * sample.places.iter().map(of).sum::<f64>()
}

/// The two parameters of `log-odds = first + second · x` (Platt, "Probabilistic outputs for support vector machines", 1999);
/// none where the cases are all of a kind or x is the same for all.
pub(super) fn line(points: &[(f64, bool)]) -> Option<(f64, f64)> {
    let churned = points.iter().filter(|point| point.1).count();
    if churned == 0 || churned == points.len() {
        return None;
    }
    let (mut first, mut second) = (logit(churned as f64 / points.len() as f64), 0.0);
    for _ in 0..MOST_STEPS {
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for (x, churned) in points {
            let probability = share(first + second * x);
            let (off, weight) = (probability - f64::from(u8::from(*churned)), probability * (1.0 - probability));
            g = [g[0] + off, g[1] + off * x];
            h = [h[0] + weight, h[1] + weight * x, h[2] + weight * x * x];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        if determinant <= 1e-12 * h[0] * h[2] {
            return None;
        }
        let step = [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant];
        // Of a step that is too long the half is never: log-odds move by at most 5 at a time.
        let longest = points.iter().map(|(x, _)| (step[0] + step[1] * x).abs()).fold(0.0, f64::max);
        let part = if longest > 5.0 { 5.0 / longest } else { 1.0 };
        (first, second) = (first - part * step[0], second - part * step[1]);
        if longest < TOLERANCE {
            break;
        }
    }
    Some((first, second))
}

/// `1 / (1 + exp(-η))`.
pub(super) fn share(eta: f64) -> f64 {
    if eta >= 0.0 {
        return 1.0 / (1.0 + libm::exp(-eta));
    }
    let odds = libm::exp(eta);
    odds / (1.0 + odds)
}

pub(super) fn logit(share: f64) -> f64 {
    let share = share.clamp(1e-9, 1.0 - 1e-9);
    libm::log(share / (1.0 - share))
}

fn log_of_one_and_exp(eta: f64) -> f64 {
    eta.max(0.0) + libm::log1p(libm::exp(-eta.abs()))
}
