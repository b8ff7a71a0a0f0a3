//! What people do about alerts. Each act is an operation, and an activity with the reason.

use chrono::NaiveDate;
use futures_util::TryStreamExt;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::error::{Error, Result, Setting};
use crate::model::activity::Activity;
use crate::model::alert::{ALERT, Alert, AlertState, HeldFilter};
use crate::model::number::counted;
use crate::model::operation::Ledger;
use crate::model::selection::{Order, Selection};
use crate::money::Cents;
use crate::ops::records::record_operation;
use crate::ops::{Context, lists};
use crate::say;
use crate::score::alerts::{HeldBy, Rule, Topic};
use crate::store::alert_records::{self, Actor};
use crate::store::{self, Lock, Tx};

/// What is done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertAction {
    /// Somebody has seen to it; it fires again when it gets worse.
    Acknowledge,
    /// It rests, and is back on this day.
    Snooze { until: NaiveDate },
    /// It is settled; the rule opens another when it holds no longer and then does again, or gets worse.
    Resolve,
}

impl AlertAction {
    /// The verb of the activity: `alerts.acknowledge`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Snooze { .. } => "snooze",
            Self::Resolve => "resolve",
        }
    }

    /// Whether it makes a difference to an alert.
    fn changes(self, alert: &Alert) -> bool {
        match (self, alert.state) {
            (_, AlertState::Resolved | AlertState::Held) => false,
            (Self::Acknowledge, _) => alert.acknowledged.is_none(),
            (Self::Snooze { until }, _) => alert.snoozed.as_ref().is_none_or(|(day, ..)| *day != until),
            (Self::Resolve, _) => true,
        }
    }
}

/// What an act came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertActionOutcome {
    /// Those that changed, as they are now; or would change, as they are.
    pub alerts: Vec<Alert>,
    /// Those that were named and had nothing to change: they are so already, resolved, or held.
    pub unchanged: u64,
    /// None when nothing changed, or in a dry run.
    pub operation: Option<Uuid>,
}

/// Does something about all alerts that pass the filter.
///
/// # Errors
/// `read_only_user`; `unknown_alert` where an id is none; `past_day` for a snooze that ends today or before; `reason` for a
/// reason that is too long, or for none where something is resolved.
pub async fn act(
    context: &Context,
    chosen: &Selection,
    act: AlertAction,
    reason: &str,
    dry_run: bool,
) -> Result<AlertActionOutcome> {
    context.may_write()?;
    let today = context.today();
    if let AlertAction::Snooze { until } = act
        && until <= today
    {
        return Err(Error::invalid("past_day", format!("an alert is snoozed until a day after today, {today}")));
    }
    let reason = read_reason(reason, act == AlertAction::Resolve)?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let named = all(&mut tx, context, chosen).await?;
    if let Some(id) = chosen.ids().find(|id| !named.iter().any(|alert| alert.id == *id)) {
        return Err(
            Error::not_found("unknown_alert", format!("there is no alert {id} that fits")).hint(super::list_all())
        );
    }
    let count = named.len();
    let changing: Vec<Alert> = named.into_iter().filter(|alert| act.changes(alert)).collect();
    let unchanged = (count - changing.len()) as u64;
    if dry_run || changing.is_empty() {
        tx.rollback().await?;
        return Ok(AlertActionOutcome { alerts: changing, unchanged, operation: None });
    }
    let ledger = Ledger { rows: count as u64, updated: changing.len() as u64, unchanged, ..Ledger::default() };
    let kind = format!("alerts.{}", act.as_str());
    let parameters = match act {
        AlertAction::Snooze { until } => json!({"reason": reason, "until": until.to_string()}),
        _ => json!({"reason": reason}),
    };
    let stamp = record_operation(&mut tx, context, &kind, ledger, parameters.to_string()).await?;
    let hand = Actor { user: context.user.id, reason: reason.clone(), operation: stamp.operation, now: stamp.now };
    for alert in &changing {
        match act {
            AlertAction::Acknowledge => alert_records::acknowledge(&mut tx, &scope, alert.id, &hand).await?,
            AlertAction::Snooze { until } => alert_records::snooze(&mut tx, &scope, alert.id, until, &hand).await?,
            AlertAction::Resolve => alert_records::resolve(&mut tx, &scope, alert.id, &hand).await?,
        };
        let mut changes = vec![change("state", json!(alert.state.as_str()), json!(state_after(act).as_str()))];
        if let AlertAction::Snooze { until } = act {
            let was = alert.snoozed.as_ref().map_or(Json::Null, |(day, ..)| json!(day.to_string()));
            changes.push(change("snoozed_until", was, json!(until.to_string())));
        }
        if let Some(reason) = &reason {
            changes.push(change("reason", Json::Null, json!(reason)));
        }
        let activity = Activity {
            id: context.ids.next(),
            at: stamp.now,
            user: context.user.id,
            operation: Some(stamp.operation),
            kind: kind.clone(),
            noun: "alerts".to_owned(),
            record: Some(alert.id),
            account: alert.account.as_ref().map(|account| account.id),
            label: alert.title(),
            changes: Json::Array(changes),
        };
        store::activities::insert(&mut tx, &scope, &activity).await?;
    }
    let alerts = all(&mut tx, context, &Selection::of_ids(changing.iter().map(|alert| alert.id))).await?;
    tx.commit().await?;
    Ok(AlertActionOutcome { alerts, unchanged, operation: Some(stamp.operation) })
}

const fn state_after(act: AlertAction) -> AlertState {
    match act {
        AlertAction::Acknowledge => AlertState::Acknowledged,
        AlertAction::Snooze { .. } => AlertState::Snoozed,
        AlertAction::Resolve => AlertState::Resolved,
    }
}

fn change(field: &str, old: Json, new: Json) -> Json {
    json!({"field": field, "old": old, "new": new})
}

/// # Errors
/// `reason`.
fn read_reason(text: &str, required: bool) -> Result<Option<String>> {
    const LONGEST: usize = 500;
    if text.chars().count() > LONGEST {
        return Err(Error::invalid("reason", format!("a reason has at most {LONGEST} characters")));
    }
    if text.contains('\0') {
        return Err(Error::invalid("reason", "a reason does not contain the character U+0000"));
    }
    let text = text.trim();
    if required && text.is_empty() {
        return Err(Error::invalid("reason", "resolving an alert needs a reason")
            .hint(say!("give it with {}", Setting::Reason.like("TEXT"))));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

async fn all(tx: &mut Tx<'_>, context: &Context, chosen: &Selection) -> Result<Vec<Alert>> {
    lists::stream(tx, context, &ALERT, chosen, Order::first(&ALERT))?.try_collect().await
}

/// Alerts that were let through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseOutcome {
    /// How many of each rule.
    pub rules: Vec<(Rule, u64)>,
    /// None when nothing was held, or in a dry run.
    pub operation: Option<Uuid>,
}

impl ReleaseOutcome {
    pub fn total(&self) -> u64 {
        self.rules.iter().map(|(_, count)| count).sum()
    }
}

/// How many of the held alerts pass, by rule, in the order of the rules.
pub async fn held(context: &Context, filter: &HeldFilter) -> Result<Vec<(Rule, u64)>> {
    held_in(&mut context.db.read().await?, context, &filter.selection()?).await
}

async fn held_in(tx: &mut Tx<'_>, context: &Context, chosen: &Selection) -> Result<Vec<(Rule, u64)>> {
    let held = alert_records::held(tx, &context.scope(), chosen).await?;
    let of_rule = |rule: &Rule| {
        let counts = held.iter().filter(|(_, of, _)| of == rule.as_str());
        (*rule, counts.map(|(.., count)| u64::try_from(*count).unwrap_or(0)).sum())
    };
    Ok(Rule::ALL.iter().map(of_rule).filter(|(_, count)| *count > 0).collect())
}

/// Lets the held alerts that pass through, and settles what the guard had to say of rules of which it holds no more.
///
/// # Errors
/// `read_only_user`; `reason` where it is too long.
pub async fn release(context: &Context, filter: &HeldFilter, reason: &str, dry_run: bool) -> Result<ReleaseOutcome> {
    context.may_write()?;
    let reason = read_reason(reason, false)?;
    let (scope, today) = (context.scope(), context.today());
    let chosen = filter.selection()?;
    let mut tx = context.write(Lock::Exclusive).await?;
    let mut done = ReleaseOutcome { rules: held_in(&mut tx, context, &chosen).await?, operation: None };
    if dry_run || done.rules.is_empty() {
        tx.rollback().await?;
        return Ok(done);
    }
    let told: Vec<String> = done.rules.iter().map(|(rule, count)| format!("{count} {}", rule.as_str())).collect();
    let ledger = Ledger { rows: done.total(), updated: done.total(), ..Ledger::default() };
    let names: Vec<&str> = done.rules.iter().map(|(rule, _)| rule.as_str()).collect();
    let reasons: Vec<&str> = filter.held_by.iter().map(|reason| reason.as_str()).collect();
    let min_arr = filter.min_arr.map(Cents);
    let parameters = json!({"rules": names, "held_by": reasons, "min_arr": min_arr, "reason": reason});
    let stamp = record_operation(&mut tx, context, "alerts.release", ledger, parameters.to_string()).await?;
    let why = reason.clone().unwrap_or_else(|| "released".to_owned());
    let hand = Actor { user: context.user.id, reason: Some(why), operation: stamp.operation, now: stamp.now };
    alert_records::release(&mut tx, &scope, &chosen, today, (stamp.operation, stamp.now)).await?;
    let guarded = HeldFilter { held_by: vec![HeldBy::Guard], ..HeldFilter::default() };
    let left = alert_records::held(&mut tx, &scope, &guarded.selection()?).await?;
    for (rule, _) in &done.rules {
        if !left.iter().any(|(_, held, _)| held == rule.as_str()) {
            alert_records::resolve_topic(&mut tx, &scope, &Topic::Guard(*rule).key(), &hand).await?;
        }
    }
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: "alerts.release".to_owned(),
        noun: "alerts".to_owned(),
        record: None,
        account: None,
        label: told.join(", "),
        changes: reason.map_or(json!([]), |reason| json!([change("reason", Json::Null, json!(reason))])),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    Ok(done)
}

/// Notes that alerts were sent: they are sent again only when they get worse. Those that got worse meanwhile are left.
pub async fn mark_sent(context: &Context, alerts: &[&Alert]) -> Result<u64> {
    context.may_write()?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let (now, mut marked) = (context.clock.now(), 0);
    for alert in alerts {
        marked += alert_records::mark_sent(&mut tx, &scope, alert.id, alert.fired_on, now).await?;
    }
    if marked == 0 {
        tx.rollback().await?;
        return Ok(0);
    }
    let activity = Activity {
        id: context.ids.next(),
        at: now,
        user: context.user.id,
        operation: None,
        kind: "alerts.send".to_owned(),
        noun: "alerts".to_owned(),
        record: None,
        account: None,
        label: counted(marked, ALERT.one, ALERT.plural),
        changes: json!([]),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    Ok(marked)
}
