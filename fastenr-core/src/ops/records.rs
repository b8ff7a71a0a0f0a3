//! What creating and changing one record is, for every noun: parse, look up, compare, write, journal.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Change, Context, Written, period};
use crate::error::{Error, Invalid, Result};
use crate::model::CustomFields;
use crate::model::activity::Activity;
use crate::model::noun::{Field, Meaning, Noun, Value};
use crate::model::operation::{Ledger, Operation, OperationStatus};
use crate::model::when::Sense;
use crate::store::records::{Assignment, Stamp};
use crate::store::{self, Tx};

/// Reads what was given by the rules of the noun's fields; users and accounts are looked up, `now` is this moment and `today`
/// the organization's day. `custom.KEY` sets or clears
/// one member of `custom`, the record's custom fields so far.
///
/// # Errors
/// `unknown_field` with the nearest names, `read_only_field`, `given_twice`, or the rule that a value breaks.
pub(super) async fn parse(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    given: &[(String, Option<String>)],
    custom: &str,
) -> Result<Vec<Assignment>> {
    let mut assignments: Vec<Assignment> = Vec::new();
    let members = members(noun, given)?;
    for (name, text) in given {
        if member(noun, name).is_some() {
            continue;
        }
        let (_, field) = noun.field(name).ok_or_else(|| unknown_field(noun, name))?;
        if !field.writable() {
            return Err(Error::invalid("read_only_field", format!("{} is computed and can't be set", field.name))
                .field(field.name));
        }
        if assignments.iter().any(|(known, _)| known.name == field.name) {
            return Err(Error::invalid("given_twice", format!("{} is given twice", field.name)).field(field.name));
        }
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let value = match (field.meaning, text) {
            (_, None) => field
                .blank()
                .map_err(|invalid| Error::invalid(invalid.code, invalid.rule.into_owned()).field(field.name))?,
            (Meaning::User | Meaning::Author, Some(text)) => Value::Id(super::users::find(tx, context, text).await?.id),
            (Meaning::Account, Some(text)) => Value::Id(super::accounts::find(tx, context, text).await?.id),
            // In whole seconds, as a calendar keeps them.
            (Meaning::Instant, Some("now")) => Value::Instant(context.clock.now().trunc_subsecs(0)),
            (Meaning::Date, Some("today")) => Value::Date(context.today()),
            (Meaning::Date | Meaning::Instant, Some(text)) => typed(context, field, text)
                .unwrap_or_else(|| field.parse(text))
                .map_err(|invalid| invalid.of(field.name, text))?,
            (Meaning::Money, Some(text)) => {
                Value::Integer(context.input.money(text).map_err(|invalid| invalid.of(field.name, text))?.cents())
            }
            (_, Some(text)) => field.parse(text).map_err(|invalid: Invalid| invalid.of(field.name, text))?,
        };
        let checked = field.check_day(&value, context.clock.now(), context.today());
        checked.map_err(|invalid| invalid.of(field.name, text.unwrap_or_default()))?;
        if let Value::Date(day) = value
            && field.ahead
            && day < context.today()
        {
            let rule = format!("{} is in the past; today is {}", field.name, context.today());
            return Err(Invalid::new("past_day", rule).of(field.name, &day.to_string()));
        }
        assignments.push((field, value));
    }
    if let Some((_, field)) = noun.field("custom_fields").filter(|_| !members.is_empty()) {
        let whole = assignments.iter().position(|(known, _)| known.name == field.name);
        let base = match whole.map(|at| assignments.swap_remove(at)) {
            Some((_, Value::Text(text))) => text,
            _ => custom.to_owned(),
        };
        let of = |invalid: Invalid| Error::invalid(invalid.code, invalid.rule.into_owned());
        let changes = CustomFields::from_map(members).map_err(of)?;
        let merged = CustomFields::parse(&base).and_then(|base| base.merged(&changes)).map_err(of)?;
        assignments.push((field, Value::Text(merged.into_string())));
    }
    Ok(assignments)
}

/// The day or moment that a person typed.
fn typed(context: &Context, field: &Field, text: &str) -> Option<Result<Value, Invalid>> {
    let sense = Sense::of_value(field.looks_back);
    match field.meaning {
        Meaning::Date => period::typed_day(context, text, sense).map(|day| day.map(Value::Date)),
        _ => period::typed_moment(context, text, sense).map(|at| at.map(Value::Instant)),
    }
}

/// The custom field that a name means.
fn member<'n>(noun: &Noun, name: &'n str) -> Option<&'n str> {
    name.strip_prefix("custom.").filter(|_| noun.field("custom_fields").is_some())
}

/// The custom fields that are given one by one; null takes one away.
///
/// # Errors
/// `given_twice`.
pub(super) fn members(
    noun: &'static Noun,
    given: &[(String, Option<String>)],
) -> Result<serde_json::Map<String, Json>> {
    let mut members = serde_json::Map::new();
    for (name, text) in given {
        if let Some(member) = member(noun, name) {
            let value = text.as_deref().map_or(Json::Null, Json::from);
            if member.is_empty() || members.insert(member.to_owned(), value).is_some() {
                return Err(Error::invalid("given_twice", format!("{name:?} has no key, or is given twice")));
            }
        }
    }
    Ok(members)
}

/// The custom fields that records of the noun have, by their keys, sorted; none where the noun has no custom fields.
pub async fn custom_keys(context: &Context, noun: &'static Noun) -> Result<Vec<String>> {
    if noun.field("custom_fields").is_none() {
        return Ok(Vec::new());
    }
    store::custom::keys(&mut context.db.read().await?, &context.scope(), noun).await
}

pub fn unknown_field(noun: &'static Noun, name: &str) -> Error {
    let names = || noun.fields.iter().filter(|field| field.writable()).map(|field| field.name);
    let near = super::nearest(name, names(), 3);
    let hint = if near.is_empty() {
        format!("fields: {}", names().collect::<Vec<_>>().join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::invalid("unknown_field", format!("{} have no field {name:?}", noun.many)).hint(hint).field(name)
}

/// The code of [`stale`].
pub(super) const STALE: &str = "stale";

/// Somebody else wrote the record since it was read.
pub(super) fn stale(title: &str, version: i64) -> Error {
    let message = format!("{title} was changed by someone else: it is now version {version}");
    Error::refused(STALE, message).hint("read it again, then decide")
}

/// # Errors
/// `stale` where the record does not stand at the version that the caller has seen.
pub(super) fn check_version(title: &str, version: i64, expected: Option<i64>) -> Result<()> {
    if expected.is_none_or(|expected| expected == version) { Ok(()) } else { Err(stale(title, version)) }
}

/// The assignments that change something, with the bits of their fields.
pub(super) fn differing(
    assignments: Vec<Assignment>,
    old: impl Fn(&Field) -> Value,
) -> (Vec<(Assignment, Value)>, i64) {
    let mut changed = 0;
    let differing = assignments
        .into_iter()
        .filter_map(|(field, new)| {
            let old = old(field);
            (old != new).then(|| {
                changed |= field.bit();
                ((field, new), old)
            })
        })
        .collect();
    (differing, changed)
}

/// One record's write, recorded as an operation that is done.
pub(super) async fn record_operation(
    tx: &mut Tx<'_>,
    context: &Context,
    kind: &str,
    ledger: Ledger,
    parameters: String,
) -> Result<Stamp> {
    record_started(tx, context, StartedOperation::now(context), kind, ledger, parameters).await
}

/// An operation whose id is known before its work begins, so that what it makes has later ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct StartedOperation {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
}

impl StartedOperation {
    pub(super) fn now(context: &Context) -> Self {
        Self { id: context.ids.next(), at: context.clock.now() }
    }
}

/// As [`record_operation`], for one that looked long before it writes.
pub(super) async fn record_started(
    tx: &mut Tx<'_>,
    context: &Context,
    begun: StartedOperation,
    kind: &str,
    ledger: Ledger,
    parameters: String,
) -> Result<Stamp> {
    let now = context.clock.now();
    let operation = Operation {
        status: OperationStatus::Done.as_str().to_owned(),
        ledger: Some(serde_json::to_string(&ledger).unwrap_or_default()),
        finished_at: Some(now),
        ..begun.operation(context, kind, parameters)
    };
    insert_operation(tx, context, &operation).await?;
    Ok(stamp(context, begun.id, now))
}

/// Writes an operation down, and the call that asked for it.
pub(super) async fn insert_operation(tx: &mut Tx<'_>, context: &Context, operation: &Operation) -> Result<()> {
    let scope = context.scope();
    store::operations::insert(tx, &scope, operation).await?;
    if let Some(call) = context.call.take() {
        store::operations::set_call(tx, &scope, operation.id, call).await?;
    }
    Ok(())
}

impl StartedOperation {
    /// As it stands while it runs.
    pub(super) fn operation(self, context: &Context, kind: &str, parameters: String) -> Operation {
        Operation {
            id: self.id,
            kind: kind.to_owned(),
            status: OperationStatus::Running.as_str().to_owned(),
            user: context.user.id,
            source_name: None,
            source_sha256: None,
            parameters,
            ledger: None,
            message: None,
            started_at: self.at,
            finished_at: None,
            undoes: None,
            undone_by: None,
            pruned_at: None,
        }
    }
}

/// What the rows of an operation are marked with.
pub(super) fn stamp(context: &Context, operation: Uuid, now: DateTime<Utc>) -> Stamp {
    Stamp { operation, now, effective_on: context.today(), user: context.user.id }
}

/// For a person to read: labels in place of ids.
pub(super) fn changes(
    differing: &[(Assignment, Value)],
    old: impl Fn(&Field) -> Value,
    new: impl Fn(&Field) -> Value,
) -> Vec<Change> {
    differing
        .iter()
        .map(|((field, _), _)| Change {
            field: field.name,
            old: field.text(&old(field)).into_owned(),
            new: field.text(&new(field)).into_owned(),
        })
        .collect()
}

/// The record that a single write is about, for the feed.
pub(super) struct Subject {
    pub(super) noun: &'static Noun,
    pub(super) record: Uuid,
    pub(super) account: Option<Uuid>,
    pub(super) label: String,
}

impl Subject {
    /// The feed's form of a change: values as JSON shows them, users and accounts by what they are called.
    pub(super) fn change(&self, change: &Change) -> Json {
        let value = |text: &str| match self.noun.field(change.field) {
            _ if text.is_empty() => Json::Null,
            Some((_, field)) if !field.meaning.is_reference() => {
                field.parse(text).map_or_else(|_| Json::from(text), |value| field.json(&value))
            }
            _ => Json::from(text),
        };
        json!({"field": change.field, "old": value(&change.old), "new": value(&change.new)})
    }
}

/// A single write that is done but for the commit.
pub(super) struct Write<'a> {
    pub(super) context: &'a Context,
    pub(super) stamp: Stamp,
    /// `accounts.update`.
    pub(super) kind: &'a str,
    pub(super) subject: Subject,
    pub(super) changes: Vec<Change>,
    pub(super) dry_run: bool,
}

impl Write<'_> {
    /// Tells the feed, and commits; or takes the write back where it was only to be shown.
    pub(super) async fn finish<T>(self, mut tx: Tx<'_>, record: T) -> Result<Written<T>> {
        if self.dry_run {
            tx.rollback().await?;
            return Ok(Written { record, operation: None, changes: self.changes });
        }
        self.tell(&mut tx).await?;
        tx.commit().await?;
        Ok(Written { record, operation: Some(self.stamp.operation), changes: self.changes })
    }

    /// Tells the feed, in a transaction that goes on.
    pub(super) async fn tell(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Self { context, stamp, kind, subject, changes, .. } = self;
        let activity = Activity {
            id: context.ids.next(),
            at: stamp.now,
            user: context.user.id,
            operation: Some(stamp.operation),
            kind: (*kind).to_owned(),
            noun: subject.noun.many.to_owned(),
            record: Some(subject.record),
            account: subject.account,
            changes: changes.iter().map(|change| subject.change(change)).collect(),
            label: subject.label.clone(),
        };
        store::activities::insert(tx, &context.scope(), &activity).await
    }
}
