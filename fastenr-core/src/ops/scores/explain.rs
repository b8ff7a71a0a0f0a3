//! Why an account's scores are what they are, and what changed them since another day.
//!
//! What changed is found by scoring the account several times, each time with one thing more as it is today: the model, the
//! day, the other accounts, the fields that were edited, the rows that came, a person's adjustment. The steps telescope, so
//! they add up to the difference.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::engine::{Engine, GatheredAccount, HistorySource};
use super::facts as account_facts;
use crate::error::{Error, Result, Verb};
use crate::model::account::Account;
use crate::ops::{Context, accounts};
use crate::say;
use crate::score::model::{FingerprintedModel, Models};
use crate::score::{Band, Book, ChurnBand, Factor, Facts, Model, score};
use crate::score::{Delta, Explanation, Likelihood, NextBand, difference, explain, reach};
use crate::store::Tx;
use crate::store::scores::accounts as account_store;
use crate::store::scores::causes::{self, AddedRows, FieldEdit};
use crate::store::scores::snapshots;

/// An account's scores explained.
#[derive(Debug, Clone)]
pub struct ExplainedScores {
    /// The external id, or the id where it has none.
    pub account: String,
    pub name: String,
    pub as_of: NaiveDate,
    pub explanation: Explanation,
    /// What it would take to reach the next band.
    pub next_band: NextBand,
    /// None where the model knows no probability, too little is known of health, or a person set it.
    pub likelihood: Option<Likelihood>,
    /// Fields of the account that are known today and were not on the day.
    pub unknown_fields: Vec<&'static str>,
    /// How many accounts of the book have such fields.
    pub accounts_with_unknown_fields: u64,
    /// Name and fingerprint of the model.
    pub model: String,
    pub fingerprint: String,
    pub since: Option<Since>,
}

/// What changed since another day.
#[derive(Debug, Clone)]
pub struct Since {
    pub day: NaiveDate,
    /// As drawn where too little was known.
    pub health_score: i64,
    /// Whether enough was known of health on the day.
    pub health_known: bool,
    pub churn_risk_score: i64,
    pub churn_known: bool,
    /// Those that changed something; the changes of all add up to the difference.
    pub steps: Vec<Step>,
}

/// The effect of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationStep))]
pub struct Step {
    pub cause: Cause,
    /// Change of the health score, in points.
    pub health: i64,
    pub churn_risk: i64,
    pub changes: Vec<Delta>,
    /// The fields that were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<FieldEdit>,
    /// The rows that were added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<AddedRows>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationCause))]
pub enum Cause {
    /// Data recorded after the run of the day about days before it.
    RecordedLater,
    /// Another model scores the account.
    Model,
    /// Time passed: rows got older, dates got nearer.
    Time,
    /// Data of other accounts: ranks, means, feeds.
    OtherAccounts,
    /// Changed fields.
    Edits,
    /// Rows dated after the day.
    NewData,
    /// An adjustment began or ended.
    Adjustment,
}

impl Cause {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::RecordedLater => "data for days before the run, recorded after it",
            Self::Model => "another model",
            Self::Time => "time passed: data is older, dates are closer",
            Self::OtherAccounts => "scores of the other accounts",
            Self::Edits => "edited fields",
            Self::NewData => "new data",
            Self::Adjustment => "an adjustment",
        }
    }
}

/// Explains an account as of a day, today unless given; and what changed since an earlier one.
///
/// # Errors
/// `unknown_account`, `archived_account`, `future_day`; `not_scored` where the account had churned or was not there on a day;
/// `since` where that day is not before the other.
pub async fn explain_account(
    context: &Context,
    name: &str,
    as_of: Option<NaiveDate>,
    since: Option<NaiveDate>,
) -> Result<ExplainedScores> {
    let account = accounts::get(context, name).await?;
    let today = context.today();
    let day = as_of.unwrap_or(today);
    if day > today {
        return Err(Error::invalid("future_day", format!("{day} is after today, {today}: nothing is known of it yet")));
    }
    if since.is_some_and(|since| since >= day) {
        return Err(Error::invalid("since", format!("what is compared with must be before {day}")));
    }
    let mut conn = context.db.hold(&context.scope()).await?;
    let outcome = async {
        Engine::prepare(&mut conn).await?;
        let mut tx = conn.read().await?;
        let models = Arc::new(super::models::active(&mut tx, &context.scope()).await?);
        explained(context, &mut tx, &models, &account, day, since).await
    }
    .await;
    drop(conn);
    outcome
}

/// An account on a day, with what it is scored against.
struct AccountOnDay {
    engine: Engine,
    gathered: GatheredAccount,
}

impl AccountOnDay {
    async fn of(
        context: &Context,
        tx: &mut Tx<'_>,
        models: &Arc<Models>,
        account: &Account,
        days: (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        Self::find(context, tx, models, account.id, days).await?.ok_or_else(|| {
            let message = format!(
                "{} has no score as of {}: it was not there, was archived or had churned",
                account.name, days.1
            );
            Error::refused("not_scored", message)
                .hint(say!("list the days with scores with {}", Verb::HealthHistory.on(account.id)))
        })
    }

    /// None where the account has no score on the day.
    async fn find(
        context: &Context,
        tx: &mut Tx<'_>,
        models: &Arc<Models>,
        account: Uuid,
        (day, seen): (NaiveDate, NaiveDate),
    ) -> Result<Option<Self>> {
        let engine = Engine::begin(context, tx, models, (day, seen), Some(account), HistorySource::Stored).await?;
        let after = Uuid::from_u128(account.as_u128().saturating_sub(1));
        let batch = engine.batch(tx, after, Some(account)).await?;
        Ok(batch.accounts.into_iter().next().map(|gathered| Self { engine, gathered }))
    }

    fn listed(&self) -> &FingerprintedModel {
        self.engine.model(&self.gathered.row, &self.gathered.facts)
    }

    fn facts(&self) -> &Facts {
        &self.gathered.facts
    }
}

/// The fact behind one factor of health of each account, on two days; none where one of them has none.
pub(super) async fn facts_of(
    context: &Context,
    wanted: &[(Uuid, Factor)],
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<Option<(String, String)>>> {
    let mut conn = context.db.hold(&context.scope()).await?;
    let outcome = async {
        Engine::prepare(&mut conn).await?;
        let mut tx = conn.read().await?;
        let models = Arc::new(super::models::active(&mut tx, &context.scope()).await?);
        let mut found = Vec::with_capacity(wanted.len());
        for (account, factor) in wanted {
            let mut ends = Vec::with_capacity(2);
            for day in [days.0, days.1] {
                let seen = AccountOnDay::find(context, &mut tx, &models, *account, (day, day)).await?;
                ends.extend(seen.and_then(|seen| {
                    let scores = score(seen.facts(), seen.engine.book(), &seen.listed().model);
                    let reading = scores.health.factors.into_iter().nth(factor.place())?.ok()?;
                    Some(reading.fact.brief())
                }));
            }
            let after = ends.pop();
            found.push(ends.pop().zip(after));
        }
        Ok(found)
    }
    .await;
    drop(conn);
    outcome
}

fn explanation(facts: &Facts, book: &Book, model: &Model) -> Explanation {
    explain(model, &score(facts, book, model))
}

async fn explained(
    context: &Context,
    tx: &mut Tx<'_>,
    models: &Arc<Models>,
    account: &Account,
    day: NaiveDate,
    since: Option<NaiveDate>,
) -> Result<ExplainedScores> {
    let now = AccountOnDay::of(context, tx, models, account, (day, day)).await?;
    let listed = now.listed().clone();
    let (facts, book) = (now.facts(), now.engine.book());
    let scores = score(facts, book, &listed.model);
    let explanation = explain(&listed.model, &scores);
    let next_band = reach(facts, book, &listed.model, &scores);
    let lacking = account_facts::unknown(&now.gathered.row, &facts.account);
    let unknown_fields =
        account_facts::FIELDS.into_iter().zip(lacking).filter_map(|(field, lacks)| lacks.then_some(field));
    let days = (day, now.engine.day.end);
    let lacking = match day < context.today() {
        true => account_store::unknown(tx, &context.scope(), days, &account_facts::FIELDS).await?,
        false => 0,
    };
    let since = match since {
        Some(from) => Some(compare(context, tx, models, account, from, &now, &explanation).await?),
        None => None,
    };
    Ok(ExplainedScores {
        account: account.external_id.clone().unwrap_or_else(|| account.id.to_string()),
        name: account.name.clone(),
        as_of: day,
        explanation,
        next_band,
        likelihood: Likelihood::of(&listed, &scores.health, (day, context.today())),
        unknown_fields: unknown_fields.collect(),
        accounts_with_unknown_fields: u64::try_from(lacking).unwrap_or(0),
        model: listed.model.name.clone(),
        fingerprint: listed.fingerprint,
        since,
    })
}

async fn compare(
    context: &Context,
    tx: &mut Tx<'_>,
    models: &Arc<Models>,
    account: &Account,
    from: NaiveDate,
    now: &AccountOnDay,
    end: &Explanation,
) -> Result<Since> {
    let day = now.engine.day.date;
    let then = AccountOnDay::of(context, tx, models, account, (from, from)).await?;
    let aged = AccountOnDay::of(context, tx, models, account, (day, from)).await?;
    let snapshot = snapshots::of_account(tx, &context.scope(), account.id, &[from]).await?.pop();
    let model = &now.listed().model;
    let known = match &snapshot {
        Some(snapshot) => super::models::known(tx, &context.scope(), &snapshot.model).await?,
        None => None,
    };
    // A model that nobody has any more can't be told from what was recorded later.
    let old_model = known.unwrap_or_else(|| model.clone());

    let (old_book, book) = (then.engine.book(), now.engine.book());
    let mut facts = aged.facts().clone();
    facts.adjustment.clone_from(&then.facts().adjustment);
    let mut chain = vec![(Cause::RecordedLater, explanation(then.facts(), old_book, &old_model))];
    chain.push((Cause::Model, explanation(then.facts(), old_book, model)));
    chain.push((Cause::Time, explanation(&facts, old_book, model)));
    chain.push((Cause::OtherAccounts, explanation(&facts, book, model)));
    facts.account = now.facts().account.clone();
    chain.push((Cause::Edits, explanation(&facts, book, model)));
    let mut facts = now.facts().clone();
    facts.adjustment.clone_from(&then.facts().adjustment);
    chain.push((Cause::NewData, explanation(&facts, book, model)));
    chain.push((Cause::Adjustment, end.clone()));

    let first = chain.first().map(|(_, first)| first);
    let (health, churn) = match (&snapshot, first) {
        (Some(snapshot), _) => {
            let known = (snapshot.health().is_some(), snapshot.churn_risk().is_some());
            ((snapshot.health_score, known.0), (snapshot.churn_risk_score, known.1))
        }
        (None, Some(first)) => (
            (first.health_score, first.band != Band::InsufficientData),
            (first.churn_risk_score, first.churn.band != ChurnBand::InsufficientData),
        ),
        (None, None) => ((0, false), (0, false)),
    };
    let ((health, health_known), (churn, churn_known)) = (health, churn);
    let mut steps = Vec::new();
    let mut before: Option<&Explanation> = None;
    for (cause, after) in &chain {
        let changes = before.map_or_else(Vec::new, |before| difference(before, after));
        let (was_health, was_churn) = before.map_or((health, churn), |was| (was.health_score, was.churn_risk_score));
        let step = Step {
            cause: *cause,
            health: after.health_score - was_health,
            churn_risk: after.churn_risk_score - was_churn,
            changes,
            edits: Vec::new(),
            rows: Vec::new(),
        };
        before = Some(after);
        if step.health != 0 || step.churn_risk != 0 || !step.changes.is_empty() {
            steps.push(step);
        }
    }
    for step in &mut steps {
        match step.cause {
            Cause::Edits => {
                step.edits = causes::edits(tx, &context.scope(), account.id, from, day).await?;
            }
            Cause::NewData => {
                let moments = (then.engine.day.end, now.engine.day.end);
                step.rows = causes::rows(tx, &context.scope(), account.id, (from, day), moments).await?;
            }
            _ => {}
        }
    }
    Ok(Since { day: from, health_score: health, health_known, churn_risk_score: churn, churn_known, steps })
}
