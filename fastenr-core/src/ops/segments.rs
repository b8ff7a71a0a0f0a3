//! Segments: filters of accounts with a name, usable wherever a filter of accounts is.

use futures_util::future::BoxFuture;
use serde_json::json;
use uuid::Uuid;

use super::period::Remarks;
use super::records::{Subject, Write, check_version, record_operation, stale};
use super::selection::selection;
use super::users::NOBODY_NAMED;
use super::{Change, Context, Written, lists, nearest, remembered};
use crate::error::{Error, Kind, Result, Setting, Verb};
use crate::model::account::ACCOUNT;
use crate::model::boolean::parse_bool;
use crate::model::cursor::{ListRequest, Part};
use crate::model::filter::Archived;
use crate::model::noun::Meaning;
use crate::model::operation::Ledger;
use crate::model::segment::{SEGMENT, Segment, flags};
use crate::model::selection::{Filter, Order, Selection, Test};
use crate::model::{SegmentName, name_key};
use crate::money::Money;
use crate::say;
use crate::store::segments::StoredSegment;
use crate::store::{self, Lock, Tx};

/// Names and texts of a filter.
type Pairs = Vec<(String, String)>;

/// A new name and a new filter; what is none stays.
pub type SegmentChange<'c> = (Option<&'c str>, Option<&'c [(String, String)]>);

/// All of them by name, with what they hold today. One that can't be used says why.
pub async fn list(context: &Context) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for row in rows(context).await? {
        segments.push(shown(context, row).await?);
    }
    Ok(segments)
}

/// What they are called, by name: what can be chosen from, at the price of one look.
pub async fn names(context: &Context) -> Result<Vec<String>> {
    Ok(rows(context).await?.into_iter().map(|row| row.name).collect())
}

/// A part of them, by page or by cursor; what they hold is asked of those shown.
///
/// # Errors
/// `cursor` for one of another list or filter.
pub async fn part(context: &Context, selection: &Selection, order: Order, ask: &ListRequest) -> Result<Part<Segment>> {
    let Part { rows, total, page, limit, next } =
        lists::part::<StoredSegment>(context, &SEGMENT, selection, order, ask).await?;
    let mut shown_rows = Vec::with_capacity(rows.len());
    for row in rows {
        shown_rows.push(shown(context, row).await?);
    }
    Ok(Part { rows: shown_rows, total, page, limit, next })
}

/// The segment that `name` means, whatever its case; or its id.
///
/// # Errors
/// `unknown_segment` with the nearest names.
pub async fn get(context: &Context, name: &str) -> Result<Segment> {
    let rows = rows(context).await?;
    shown(context, among(&rows, name)?.clone()).await
}

async fn rows(context: &Context) -> Result<Vec<StoredSegment>> {
    store::segments::all(&mut context.db.read().await?, &context.scope()).await
}

fn among<'r>(rows: &'r [StoredSegment], name: &str) -> Result<&'r StoredSegment> {
    let key = name_key(name);
    let found = rows.iter().find(|row| row.name_key == key || row.id.to_string() == key);
    found.ok_or_else(|| {
        let near = nearest(name, rows.iter().map(|row| row.name.as_str()), 3);
        let error = Error::not_found("unknown_segment", format!("no segment is called {name:?}"));
        if near.is_empty() {
            error
                .hint(say!("list them with {}", Verb::SegmentsList))
                .hint(say!("create one with {}", Verb::SegmentsCreate))
        } else {
            error.hint(format!("did you mean {}?", near.join(" or ")))
        }
    })
}

fn pairs(row: &StoredSegment) -> Result<Pairs> {
    serde_json::from_str(&row.filter)
        .map_err(|error| Error::invalid("broken_segment", "its filter can't be read").because(error))
}

/// With what it holds today.
async fn shown(context: &Context, row: StoredSegment) -> Result<Segment> {
    let (totals, problem) = match resolved(context, &row).await {
        Ok(filter) => {
            let mut tx = context.db.read().await?;
            (Some(remembered::totals(&mut tx, context, &standing(filter)).await?), None)
        }
        Err(error) if error.code == "broken_segment" => (None, Some(error.message)),
        Err(error) => return Err(error),
    };
    Ok(Segment {
        id: row.id,
        filter: pairs(&row).unwrap_or_default(),
        name: row.name,
        accounts: totals.map(|totals| totals.count),
        arr: totals.map(|totals| totals.arr),
        problem,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// A segment's filter where nothing else filters: archived accounts are left out unless it speaks of them.
fn standing(filter: Selection) -> Selection {
    let archived = if filter.archived == Archived::With { Archived::Without } else { filter.archived };
    Selection { archived, ..filter }
}

/// What each of these segments lets through today. One that says nothing of archived accounts lets them through: the filter that
/// it is used in has its own word on them.
///
/// # Errors
/// `unknown_segment` with the nearest names; `broken_segment` where it names what is gone.
pub async fn filters<N: AsRef<str>>(context: &Context, names: &[N]) -> Result<Vec<Selection>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = rows(context).await?;
    let mut filters = Vec::new();
    for name in names {
        filters.push(resolved(context, among(&rows, name.as_ref())?).await?);
    }
    Ok(filters)
}

/// Boxed: a filter is read with its segments, and a segment as a filter.
fn resolved<'c>(context: &'c Context, row: &'c StoredSegment) -> BoxFuture<'c, Result<Selection>> {
    Box::pin(read(context, row))
}

async fn read(context: &Context, row: &StoredSegment) -> Result<Selection> {
    let broken = |error: Error| match error.kind {
        // It is whole, and means another user for everybody who uses it.
        _ if error.code == NOBODY_NAMED => error,
        Kind::Invalid | Kind::NotFound => Error::new(
            error.kind,
            "broken_segment",
            format!("segment {:?} can't be used any more: {}", row.name, error.message),
        )
        .hint("restore what it names")
        .hint(say!("or replace its filter: {}", Verb::SegmentsUpdate.on(&row.name))),
        _ => error,
    };
    let pairs = pairs(row).map_err(broken)?;
    // A person made it, whoever uses it.
    let context = context.clone().typed(Remarks::default());
    if pairs.iter().any(|(name, _)| is(name, |test| test == Test::Segment)) {
        return Err(broken(Error::invalid("nested_segment", "it is made of another segment")));
    }
    let says_archived =
        pairs.iter().any(|(name, text)| !text.trim().is_empty() && is(name, |test| test == Test::Archived));
    let filter = selection(&context, &ACCOUNT, pairs).await.map_err(broken)?;
    let archived = if says_archived { filter.archived } else { Archived::With };
    Ok(Selection { archived, ..filter })
}

/// Whether the filter of that name asks for this.
fn is(name: &str, of: impl Fn(Test) -> bool) -> bool {
    ACCOUNT.filter(name).is_some_and(|filter| of(filter.test))
}

/// Keeps a filter under a name. What it names, owners and a parent, is kept as it was written.
///
/// # Errors
/// `read_only_user`; the rule that the name breaks; `empty_filter`, `nested_segment`; those of
/// [`selection()`]; `exists` where the name is taken.
pub async fn create(
    context: &Context,
    name: &str,
    given: &[(String, String)],
    dry_run: bool,
) -> Result<Written<Segment>> {
    context.may_write()?;
    let name = SegmentName::parse(name).map_err(|invalid| invalid.of("name", name))?;
    let filter = checked(context, given).await?;
    let now = context.clock.now();
    let mut row = StoredSegment {
        // What an operation makes has an id after its own.
        id: Uuid::nil(),
        name: name.as_str().to_owned(),
        name_key: name.key(),
        filter: json!(filter).to_string(),
        created_by: context.user.email.clone(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let shown = shown(context, row.clone()).await?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    check_free(&mut tx, context, &row).await?;
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let parameters = json!({"name": row.name, "filter": filter}).to_string();
    let stamp = record_operation(&mut tx, context, "segments.create", ledger, parameters).await?;
    row.id = context.ids.next();
    (row.created_at, row.updated_at) = (stamp.now, stamp.now);
    store::segments::insert(&mut tx, &scope, &row, stamp).await?;
    let record = Segment { id: row.id, created_at: stamp.now, updated_at: stamp.now, ..shown };
    let change = |field, new| Change { field, old: String::new(), new };
    let changes = vec![change("name", record.name.clone()), change("filter", flags(&ACCOUNT, &record.filter))];
    let subject = subject(&record);
    Write { context, stamp, kind: "segments.create", subject, changes, dry_run }.finish(tx, record).await
}

/// Renames a segment, replaces its filter, or both; what is not given stays.
///
/// # Errors
/// `read_only_user`, `unknown_segment`, `stale`; otherwise as [`create`].
pub async fn update(
    context: &Context,
    name: &str,
    (new_name, filter): SegmentChange<'_>,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Segment>> {
    context.may_write()?;
    let new_name = new_name.map(|name| SegmentName::parse(name).map_err(|invalid| invalid.of("name", name)));
    let new_name = new_name.transpose()?;
    let filter = match filter {
        Some(given) => Some(json!(checked(context, given).await?).to_string()),
        None => None,
    };
    let old = among(&rows(context).await?, name)?.clone();
    check_version(&old.name, old.version, expected)?;
    let mut row = old.clone();
    if let Some(name) = &new_name {
        (row.name, row.name_key) = (name.as_str().to_owned(), name.key());
    }
    row.filter = filter.unwrap_or(row.filter);
    if row == old {
        return Ok(Written { record: shown(context, old).await?, operation: None, changes: Vec::new() });
    }
    let (before, after) = (pairs(&old).unwrap_or_default(), pairs(&row)?);
    let changes =
        [("name", old.name.clone(), row.name.clone()), ("filter", flags(&ACCOUNT, &before), flags(&ACCOUNT, &after))];
    let changes = changes.into_iter().filter(|(_, old, new)| old != new);
    let changes = changes.map(|(field, old, new)| Change { field, old, new }).collect();
    let shown = shown(context, row.clone()).await?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    check_free(&mut tx, context, &row).await?;
    let ledger = Ledger { rows: 1, updated: 1, ..Ledger::default() };
    let parameters = json!({"name": row.name, "filter": after}).to_string();
    let stamp = record_operation(&mut tx, context, "segments.update", ledger, parameters).await?;
    if store::segments::update(&mut tx, &scope, &old, &row, stamp).await? == 0 {
        return Err(stale(&old.name, old.version));
    }
    let record = Segment { updated_at: stamp.now, version: old.version + 1, ..shown };
    let subject = subject(&record);
    Write { context, stamp, kind: "segments.update", subject, changes, dry_run }.finish(tx, record).await
}

/// The filter of a segment, fit to be stored.
async fn checked(context: &Context, given: &[(String, String)]) -> Result<Pairs> {
    if given.iter().any(|(name, text)| !text.trim().is_empty() && is(name, |test| test == Test::Segment)) {
        return Err(Error::invalid("nested_segment", "a segment can't be made of another one")
            .hint(say!("give that one's filters; {} shows them", Verb::SegmentsList)));
    }
    selection(context, &ACCOUNT, given.iter().map(|(name, text)| (name, text))).await?;
    let filter = canonical(given)?;
    if filter.is_empty() {
        return Err(Error::invalid(
            "empty_filter",
            "a segment needs a filter: without one every account would be in it",
        )
        .hint(say!("add one, such as {}", Setting::Status.is("at_risk"))));
    }
    Ok(filter)
}

/// # Errors
/// `exists` where another segment has the name.
async fn check_free(tx: &mut Tx<'_>, context: &Context, row: &StoredSegment) -> Result<()> {
    let all = store::segments::all(tx, &context.scope()).await?;
    match all.iter().find(|other| other.name_key == row.name_key && other.id != row.id) {
        Some(other) => Err(Error::refused("exists", format!("there is a segment {:?} already", other.name))
            .hint("choose another name")
            .hint(say!("or change that one: {}", Verb::SegmentsUpdate.on(&other.name)))),
        None => Ok(()),
    }
}

/// For the feed.
fn subject(segment: &Segment) -> Subject {
    Subject { noun: &SEGMENT, record: segment.id, account: None, label: segment.name.clone() }
}

/// What filters, in the order of the names: the same filter is the same text.
fn canonical(given: &[(String, String)]) -> Result<Pairs> {
    let mut pairs = Vec::new();
    for (name, text) in given {
        let text = text.trim();
        let filter = ACCOUNT.filter(name);
        if filter.is_some_and(Filter::is_flag) {
            if !text.is_empty() && parse_bool(text).map_err(|invalid| invalid.of(name, text))? {
                pairs.push((name.clone(), "true".to_owned()));
            }
        } else if filter.is_some_and(is_amount) && !text.is_empty() {
            // Programs read it, too: `100k` is 100000.
            let amount = Money::typed(text).map_err(|invalid| invalid.of(name, text))?;
            pairs.push((name.clone(), if Money::parse(text).is_ok() { text.to_owned() } else { amount.to_string() }));
        } else if !text.is_empty() || name.starts_with("custom.") {
            pairs.push((name.clone(), text.to_owned()));
        }
    }
    let place = |name: &str| ACCOUNT.filters.iter().position(|known| known.name == name).unwrap_or(usize::MAX);
    pairs.sort_by(|(one, _), (other, _)| place(one).cmp(&place(other)).then_with(|| one.cmp(other)));
    Ok(pairs)
}

fn is_amount(filter: &Filter) -> bool {
    match filter.test {
        Test::Least(name) | Test::Most(name) => {
            ACCOUNT.field(name).is_some_and(|(_, field)| field.meaning == Meaning::Money)
        }
        _ => false,
    }
}

/// Removes a segment; the accounts stay.
///
/// # Errors
/// `read_only_user`, `unknown_segment`, `stale`.
pub async fn delete(context: &Context, name: &str, expected: Option<i64>, dry_run: bool) -> Result<Written<Segment>> {
    context.may_write()?;
    let segment = get(context, name).await?;
    check_version(&segment.name, segment.version, expected)?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let ledger = Ledger { deleted: 1, ..Ledger::default() };
    let parameters = json!({"name": segment.name}).to_string();
    let stamp = record_operation(&mut tx, context, "segments.delete", ledger, parameters).await?;
    if store::segments::delete(&mut tx, &scope, segment.id, segment.version, stamp.operation).await? == 0 {
        return Err(stale(&segment.name, segment.version));
    }
    let change = |field, old| Change { field, old, new: String::new() };
    let changes = vec![change("name", segment.name.clone()), change("filter", flags(&ACCOUNT, &segment.filter))];
    let subject = subject(&segment);
    Write { context, stamp, kind: "segments.delete", subject, changes, dry_run }.finish(tx, segment).await
}
