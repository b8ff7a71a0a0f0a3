//! Whether the probabilities of the models in use were borne out by the last window that is over.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::Result;
use crate::score::ProbabilityCheck;
use crate::score::model::Models;
use crate::store::models::StoredModel;
use crate::store::scores::churned;
use crate::store::{Scope, Tx};

/// The checks that a night renews, by the ids of their models: once a day, as the window moves on. `models` are those of `stored`, and get
/// them.
pub(super) async fn renewed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    models: &mut Models,
    stored: &[StoredModel],
    today: NaiveDate,
) -> Result<Vec<(Uuid, ProbabilityCheck)>> {
    let (mut renewed, mut checks) = (Vec::new(), Vec::new());
    for (listed, stored) in models.iter().zip(stored) {
        let mut check = listed.check;
        if let Some(probability) = &listed.model.probability
            && let Some(day) = ProbabilityCheck::day(probability, today)
            && check.is_none_or(|check| check.scored_on < day)
        {
            let (first, last) = ProbabilityCheck::window(day, probability);
            let after = first.pred_opt().unwrap_or(first);
            let scores = churned::by_score(tx, scope, (day, &listed.fingerprint), (after, last)).await?;
            if !scores.is_empty() {
                let found = ProbabilityCheck::of(day, probability, scores);
                renewed.push((stored.id, found));
                check = Some(found);
            }
        }
        checks.push(check);
    }
    models.set_checks(checks);
    Ok(renewed)
}
