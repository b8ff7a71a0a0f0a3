//! Accounts: list, get, create, change, archive, restore.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::records::{STALE, Subject, Write, changes, check_version, differing, parse, record_operation, stale};
use super::scores::views::CheckedAdjustment;
use super::{Change, Context, Written, lists, nearest, remembered};
use crate::error::{Error, Kind, Result, Setting, Text, Verb};
use crate::model::account::{ACCOUNT, Account};
use crate::model::arr_change::ArrChangeKind;
use crate::model::cursor::{Fingerprint, ListRequest, Part, Slice, Total};
use crate::model::filter::{Found, Page};
use crate::model::noun::Value;
use crate::model::operation::Ledger;
use crate::model::selection::{Order, Selection};
use crate::model::short_id::ShortId;
use crate::model::{Domain, ExternalId, StatusSource, name_key};
use crate::say;
use crate::store::accounts::Totals;
use crate::store::records::Assignment;
use crate::store::{self, Lock, Tx};

/// A page of accounts, how many there are in all, and their ARR together.
pub async fn list(
    context: &Context,
    selection: &Selection,
    order: Order,
    page: Page,
) -> Result<(Found<Account>, Totals)> {
    let (part, totals) = self::page(context, selection, order, page, Total::Exact).await?;
    let totals = totals.unwrap_or_default();
    let total = u64::try_from(totals.count).unwrap_or(0);
    Ok((Found { rows: part.rows, total, page }, totals))
}

/// The same with as much of the total as is wanted; none of the sums where not all were counted.
pub async fn page(
    context: &Context,
    selection: &Selection,
    order: Order,
    page: Page,
    total: Total,
) -> Result<(Part<Account>, Option<Totals>)> {
    let mut tx = context.db.read().await?;
    let ask = ListRequest { slice: Slice::Page(page), total: Total::None, filter: Fingerprint::default() };
    let part: Part<Account> = lists::part_within(&mut tx, context, &ACCOUNT, selection, order, &ask).await?;
    let totals = match total {
        Total::Exact => Some(remembered::totals(&mut tx, context, selection).await?),
        _ => None,
    };
    let extent = match &totals {
        Some(totals) => total.of(u64::try_from(totals.count).unwrap_or(0)),
        None => remembered::extent::<Account>(&mut tx, context, &ACCOUNT, selection, total).await?,
    };
    Ok((Part { total: extent, ..part }, totals))
}

/// A part of the list, by page or by cursor, each account with the moment of its last completed engagement.
///
/// # Errors
/// `cursor` for one of another list, sort or filter.
pub async fn part(context: &Context, selection: &Selection, order: Order, ask: &ListRequest) -> Result<Part<Listed>> {
    let mut tx = context.db.read().await?;
    let part: Part<Account> = lists::part_within(&mut tx, context, &ACCOUNT, selection, order, ask).await?;
    let ids: Vec<Uuid> = part.rows.iter().map(|account| account.id).collect();
    let mut last = store::engagements::last_completed(&mut tx, &context.scope(), &ids).await?;
    Ok(part.map(|account| Listed { last_engagement: last.remove(&account.id), account }))
}

/// An account as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub account: Account,
    /// When its last engagement was completed.
    pub last_engagement: Option<DateTime<Utc>>,
}

/// The account that `name` means, as a list shows it.
///
/// # Errors
/// As [`get`].
pub async fn get_listed(context: &Context, name: &str) -> Result<Listed> {
    let mut tx = context.db.read().await?;
    let account = find(&mut tx, context, name).await?;
    let last_engagement = last_engagement(&mut tx, context, account.id).await?;
    Ok(Listed { account, last_engagement })
}

async fn last_engagement(tx: &mut Tx<'_>, context: &Context, id: Uuid) -> Result<Option<DateTime<Utc>>> {
    Ok(store::engagements::last_completed(tx, &context.scope(), &[id]).await?.remove(&id))
}

/// The same of an account that is at hand.
pub async fn with_last_engagement(context: &Context, account: Account) -> Result<Listed> {
    let last_engagement = last_engagement(&mut context.db.read().await?, context, account.id).await?;
    Ok(Listed { account, last_engagement })
}

/// The account that `name` means: an id, an external id, a name or domain that is unique, or the beginning or end of an id.
///
/// # Errors
/// `unknown_account` with the nearest names, `ambiguous_account` with the candidates.
pub async fn get(context: &Context, name: &str) -> Result<Account> {
    find(&mut context.db.read().await?, context, name).await
}

pub(super) async fn find(tx: &mut Tx<'_>, context: &Context, name: &str) -> Result<Account> {
    let scope = context.scope();
    if let Ok(id) = Uuid::parse_str(name.trim())
        && let Some(account) = store::accounts::get(tx, &scope, id).await?
    {
        return Ok(account);
    }
    if let Ok(external_id) = ExternalId::parse(name)
        && let Some(account) = store::accounts::by_external_key(tx, &scope, external_id.key()).await?
    {
        return Ok(account);
    }
    let key = name_key(name);
    let mut candidates = store::accounts::by_name_key(tx, &scope, &key, 6).await?;
    if candidates.is_empty()
        && let Ok(domain) = Domain::parse(name)
    {
        candidates = store::accounts::by_domain(tx, &scope, domain.as_str(), 6).await?;
    }
    if candidates.is_empty()
        && let Some(short) = ShortId::beside_names(name)
    {
        for id in store::short_ids::matching(tx, &scope, (ACCOUNT.table, "id", ""), &short, 6).await? {
            candidates.extend(store::accounts::get(tx, &scope, id).await?);
        }
    }
    match candidates.len() {
        1 => Ok(candidates.swap_remove(0)),
        0 => {
            let known = store::accounts::names_like(tx, &scope, &key, 500).await?;
            let near = nearest(name, known.iter().map(String::as_str), 3);
            let error = Error::not_found("unknown_account", format!("no account is called {name:?}"));
            Err(if near.is_empty() {
                let search = Verb::AccountsList.with(Setting::Search.like("TEXT"));
                error
                    .hint("accounts are named by id, external id, exact name or domain")
                    .hint(say!("search for them with {}", search))
            } else {
                error.hint(format!("did you mean {}?", near.join(" or ")))
            })
        }
        _ => Err(Error::not_found("ambiguous_account", format!("several accounts are called {name:?}"))
            .hint(candidates_of(&candidates))),
    }
}

/// As [`get`]; where no account is called so, the one whose name alone begins so.
///
/// # Errors
/// `unknown_account` with the nearest names, `ambiguous_account` with the candidates.
pub async fn by_beginning(context: &Context, name: &str) -> Result<Account> {
    let mut tx = context.db.read().await?;
    let unknown = match find(&mut tx, context, name).await {
        Err(error) if error.code == "unknown_account" => error,
        found => return found,
    };
    let key = name_key(name);
    let mut found = match key.is_empty() {
        true => Vec::new(),
        false => store::accounts::by_name_beginning(&mut tx, &context.scope(), &key, 6).await?,
    };
    match found.len() {
        0 => Err(unknown),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let message = format!("the names of several accounts begin with {name:?}");
            Err(Error::not_found("ambiguous_account", message).hint(candidates_of(&found)))
        }
    }
}

/// Accounts that a few letters may mean, at most `most`: the one that [`get`] finds, or those whose names begin so. Indexes find them
/// all, however large the book is; archived accounts are found by what names them alone.
pub async fn jump(context: &Context, text: &str, most: i64) -> Result<Vec<Account>> {
    let mut tx = context.db.read().await?;
    match find(&mut tx, context, text).await {
        Ok(account) => return Ok(vec![account]),
        Err(error) if error.kind == Kind::NotFound => {}
        Err(error) => return Err(error),
    }
    let (scope, key) = (context.scope(), name_key(text));
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::accounts::by_name_beginning(&mut tx, &scope, &key, most).await?;
    match Domain::parse(text) {
        Ok(domain) if found.is_empty() => Ok(store::accounts::by_domain(&mut tx, &scope, domain.as_str(), most).await?),
        _ => Ok(found),
    }
}

/// Several accounts, each with what names it alone.
fn candidates_of(candidates: &[Account]) -> String {
    let listed: Vec<String> = candidates
        .iter()
        .take(5)
        .map(|account| {
            let external_id = account.external_id.as_deref().unwrap_or("no external id");
            format!("{} ({}, {external_id})", account.id, account.name)
        })
        .collect();
    let more = if candidates.len() > 5 { " and more" } else { "" };
    format!("name one of {}{more}", listed.join(", "))
}

/// Makes an account.
///
/// # Errors
/// `required` without a name, `exists` where the external id is taken, or the rule that a value breaks.
pub async fn create(context: &Context, given: &[(String, Option<String>)], dry_run: bool) -> Result<Written<Account>> {
    context.may_write()?;
    let mut tx = context.write(Lock::Shared).await?;
    let assignments = parse(&mut tx, context, &ACCOUNT, given, "{}").await?;
    if !assignments.iter().any(|(field, _)| field.name == "name") {
        return Err(Error::invalid("required", "an account needs a name").field("name"));
    }
    check_parent(&mut tx, context, None, &assignments).await?;
    check_owner(&mut tx, context, &assignments).await?;
    check_external_id(&mut tx, context, &assignments, None).await?;
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "accounts.create", ledger, "{}".into()).await?;
    let id = context.ids.next();
    store::records::insert(&mut tx, &context.scope(), &ACCOUNT, id, &assignments, stamp).await?;
    if !assignments.iter().any(|(field, _)| field.name == "status") {
        // Nobody has said a status: it is the nightly run's to decide.
        let source = StatusSource::Model.as_str();
        store::records::set_status_source(&mut tx, &context.scope(), &ACCOUNT, id, source).await?;
    }
    let record = reread(&mut tx, context, id).await?;
    let changes = assignments
        .iter()
        .filter(|(field, _)| !record.value(field).is_null())
        .map(|(field, _)| Change {
            field: field.name,
            old: String::new(),
            new: field.text(&record.value(field)).into_owned(),
        })
        .collect();
    let subject = subject(&record);
    Write { context, stamp, kind: "accounts.create", subject, changes, dry_run }.finish(tx, record).await
}

/// For the feed.
pub(super) fn subject(account: &Account) -> Subject {
    Subject { noun: &ACCOUNT, record: account.id, account: Some(account.id), label: account.name.clone() }
}

/// Changes the fields given; `expected` guards against a version that has moved on.
///
/// # Errors
/// `unknown_account`, `archived`, `merged`, `stale`, `parent_cycle`, `exists`, or the rule that a value breaks.
pub async fn update(
    context: &Context,
    name: &str,
    given: &[(String, Option<String>)],
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Account>> {
    update_as(context, name, given, expected, ArrChangeKind::Change, dry_run).await
}

/// As [`update`], and says what a new ARR is: with [`ArrChangeKind::Correction`] the old one was wrong, and nothing moved.
///
/// # Errors
/// As [`update`]; `arr_as` for a correction without an ARR.
pub async fn update_as(
    context: &Context,
    name: &str,
    given: &[(String, Option<String>)],
    expected: Option<i64>,
    arr_as: ArrChangeKind,
    dry_run: bool,
) -> Result<Written<Account>> {
    if arr_as == ArrChangeKind::Correction && !given.iter().any(|(field, _)| field == "arr") {
        return Err(Error::invalid("arr_as", "a correction of the ARR needs the right ARR").hint(say!(
            "give it with {}, or leave {} out",
            Setting::Arr,
            Setting::ArrAs
        )));
    }
    update_with(context, name, given, expected, (arr_as, None), dry_run).await
}

/// Also adjusts the health score, in the same operation.
pub(super) async fn update_with(
    context: &Context,
    name: &str,
    given: &[(String, Option<String>)],
    expected: Option<i64>,
    (arr_as, adjustment): (ArrChangeKind, Option<&CheckedAdjustment>),
    dry_run: bool,
) -> Result<Written<Account>> {
    loop {
        match update_once(context, name, given, expected, (arr_as, adjustment), dry_run).await {
            // Somebody was faster. Who named no version means the account as it stands, so it is looked at again.
            Err(error) if error.code == STALE && expected.is_none() => {}
            outcome => return outcome,
        }
    }
}

async fn update_once(
    context: &Context,
    name: &str,
    given: &[(String, Option<String>)],
    expected: Option<i64>,
    (arr_as, adjustment): (ArrChangeKind, Option<&CheckedAdjustment>),
    dry_run: bool,
) -> Result<Written<Account>> {
    context.may_write()?;
    // Two parents set at once could close a circle that neither sees.
    let lock = if given.iter().any(|(field, _)| field == "parent") { Lock::Exclusive } else { Lock::Shared };
    let mut tx = context.write(lock).await?;
    let account = find(&mut tx, context, name).await?;
    check_not_merged(&mut tx, context, &account).await?;
    if account.archived_at.is_some() {
        return Err(Error::refused("archived", format!("{} is archived", account.name)).hint(restore_first(account.id)));
    }
    check_version(&account.name, account.version, expected)?;
    let mut assignments = parse(&mut tx, context, &ACCOUNT, given, &account.custom_fields).await?;
    let claims = says_status(&account, &mut assignments);
    let (differing, mut changed) = differing(assignments, |field| account.stored(field));
    if claims {
        changed |= ACCOUNT.mask(&["status_source"]);
    }
    if differing.is_empty() && !claims {
        return match adjustment {
            Some(adjustment) => adjustment.write_alone(tx, context, account, dry_run).await,
            None => Ok(Written { record: account, operation: None, changes: Vec::new() }),
        };
    }
    let assignments: Vec<Assignment> = differing.iter().map(|(assignment, _)| assignment.clone()).collect();
    check_parent(&mut tx, context, Some(&account), &assignments).await?;
    check_owner(&mut tx, context, &assignments).await?;
    check_external_id(&mut tx, context, &assignments, Some(account.id)).await?;
    let ledger = Ledger { rows: 1, updated: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "accounts.update", ledger, "{}".into()).await?;
    let scope = context.scope();
    store::records::keep_before(&mut tx, &scope, &ACCOUNT, account.id, changed, stamp.operation).await?;
    for ((field, new), old) in &differing {
        if let Some(history) = ACCOUNT.history.as_ref().filter(|_| field.tracked) {
            let ids = (context.ids.next(), account.id);
            store::records::track(&mut tx, &scope, history, ids, field, (old, new), stamp).await?;
            if field.name == "arr" && arr_as == ArrChangeKind::Correction {
                store::records::mark_correction(&mut tx, &scope, history, ids.0).await?;
            }
        }
    }
    let written =
        store::records::update(&mut tx, &scope, &ACCOUNT, account.id, account.version, &assignments, stamp.now).await?;
    if written == 0 {
        return Err(stale(&account.name, account.version));
    }
    if claims {
        store::records::set_status_source(&mut tx, &scope, &ACCOUNT, account.id, StatusSource::Person.as_str()).await?;
    }
    let record = reread(&mut tx, context, account.id).await?;
    let mut changes = changes(&differing, |field| account.value(field), |field| record.value(field));
    if claims {
        let text = |account: &Account| account.status_source.as_str().to_owned();
        changes.push(Change { field: "status_source", old: text(&account), new: text(&record) });
    }
    if let Some(adjustment) = adjustment {
        let written = adjustment.write(&mut tx, context, &record, Some(stamp)).await?;
        changes.extend(written.into_iter().flat_map(|(_, changes)| changes));
    }
    let subject = subject(&record);
    Write { context, stamp, kind: "accounts.update", subject, changes, dry_run }.finish(tx, record).await
}

/// A person's word for a status stands until its end, a new one from when it is said. Whether the status becomes a person's.
fn says_status(account: &Account, assignments: &mut Vec<Assignment>) -> bool {
    let said = |name: &str, assignments: &[Assignment]| {
        assignments.iter().find(|(field, _)| field.name == name).map(|(_, value)| !value.is_null())
    };
    let (status, until) = (said("status", assignments), said("status_until", assignments));
    if status.is_some()
        && until.is_none()
        && let Some((_, field)) = ACCOUNT.field("status_until")
    {
        assignments.push((field, Value::Null));
    }
    (status == Some(true) || until == Some(true)) && account.status_source != StatusSource::Person
}

/// Takes an account out of the lists; its data stay. `archived: false` brings it back.
///
/// # Errors
/// `unknown_account`, `stale`; `merged` for one that is to come back and was merged into another.
pub async fn set_archived(
    context: &Context,
    name: &str,
    archived: bool,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Account>> {
    context.may_write()?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let account = find(&mut tx, context, name).await?;
    if !archived {
        check_not_merged(&mut tx, context, &account).await?;
    }
    check_version(&account.name, account.version, expected)?;
    if account.archived_at.is_some() == archived {
        return Ok(Written { record: account, operation: None, changes: Vec::new() });
    }
    let kind = if archived { "accounts.archive" } else { "accounts.restore" };
    let ledger = Ledger { rows: 1, updated: 1, archived: u64::from(archived), ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, kind, ledger, "{}".into()).await?;
    let field = ACCOUNT.field("archived_at");
    let changed = field.map_or(0, |(_, field)| field.bit());
    store::records::keep_before(&mut tx, &scope, &ACCOUNT, account.id, changed, stamp.operation).await?;
    let at = if archived { Value::Instant(stamp.now) } else { Value::Null };
    let assignments: Vec<Assignment> = field.into_iter().map(|(_, field)| (field, at.clone())).collect();
    let written =
        store::records::update(&mut tx, &scope, &ACCOUNT, account.id, account.version, &assignments, stamp.now).await?;
    if written == 0 {
        return Err(stale(&account.name, account.version));
    }
    let record = reread(&mut tx, context, account.id).await?;
    let differing: Vec<(Assignment, Value)> =
        assignments.into_iter().map(|assignment| (assignment, Value::Null)).collect();
    let changes = changes(&differing, |field| account.value(field), |field| record.value(field));
    let subject = subject(&record);
    Write { context, stamp, kind, subject, changes, dry_run }.finish(tx, record).await
}

/// # Errors
/// `merged` for an account that was merged into another: all that is left of it is its past.
pub(super) async fn check_not_merged(tx: &mut Tx<'_>, context: &Context, account: &Account) -> Result<()> {
    let scope = context.scope();
    let mut into = None;
    let mut next = account.merged_into;
    // What it was merged into may have been merged as well.
    while let Some(id) = next {
        let Some(found) = store::accounts::get(tx, &scope, id).await? else { break };
        next = found.merged_into.filter(|next| *next != account.id);
        into = Some(found);
    }
    let Some(into) = into else { return Ok(()) };
    let message = format!("{} ({}) was merged into {} ({})", account.name, account.id, into.name, into.id);
    let error = Error::refused("merged", message).hint("name that one");
    Err(match store::merge::operation_of(tx, &scope, account.id).await? {
        Some(operation) => error.hint(say!("undo the merge with {}", Verb::OperationsUndo.on(operation))),
        None => error,
    })
}

/// The way out where an archived account is to be changed.
pub(super) fn restore_first(account: Uuid) -> Text {
    say!("restore it first: {}", Verb::AccountsRestore.on(account))
}

pub(super) async fn reread(tx: &mut Tx<'_>, context: &Context, id: Uuid) -> Result<Account> {
    let account = store::accounts::get(tx, &context.scope(), id).await?;
    account.ok_or_else(|| Error::not_found("unknown_account", format!("account {id} no longer exists")))
}

async fn check_parent(
    tx: &mut Tx<'_>,
    context: &Context,
    account: Option<&Account>,
    assignments: &[Assignment],
) -> Result<()> {
    let parent = assignments.iter().find_map(|(field, value)| match value {
        Value::Id(id) if field.name == "parent" => Some(*id),
        _ => None,
    });
    let Some(parent) = parent else { return Ok(()) };
    let above = store::accounts::ancestors(tx, &context.scope(), parent).await?;
    if account.is_some_and(|account| above.contains(&account.id)) {
        return Err(Error::invalid("parent_cycle", "the account would be above itself")
            .hint("an account can't be its own parent, nor the parent of one above it"));
    }
    if above.len() >= store::accounts::MOST_ANCESTORS {
        let message = format!("{} accounts or more would be above this one", store::accounts::MOST_ANCESTORS);
        return Err(Error::invalid("parent_depth", message).hint("choose a parent nearer to the top"));
    }
    Ok(())
}

async fn check_owner(tx: &mut Tx<'_>, context: &Context, assignments: &[Assignment]) -> Result<()> {
    for (field, value) in assignments {
        if let ("owner", Value::Id(id)) = (field.name, value)
            && let Some(user) = store::users::get(tx, &context.scope(), *id).await?
            && user.deactivated_at.is_some()
        {
            return Err(Error::refused(
                "deactivated_user",
                format!("{} is deactivated and can't own accounts", user.email),
            )
            .hint("name another owner")
            .hint(say!("or activate the user: {}", super::users::activate(&user.email))));
        }
    }
    Ok(())
}

async fn check_external_id(
    tx: &mut Tx<'_>,
    context: &Context,
    assignments: &[Assignment],
    own: Option<Uuid>,
) -> Result<()> {
    for (field, value) in assignments {
        let ("external_id", Value::Text(text)) = (field.name, value) else { continue };
        let key = crate::model::external_key(text);
        if let Some(into) = store::merge::aliased(tx, &context.scope(), &key).await? {
            let into = reread(tx, context, into).await?;
            let message = format!("external id {text:?} means {} since another account was merged into it", into.name);
            return Err(
                Error::refused("exists", message).hint(say!("change that one: {}", Verb::AccountsUpdate.on(into.id)))
            );
        }
        if let Some(other) = store::accounts::by_external_key(tx, &context.scope(), &key).await?
            && Some(other.id) != own
        {
            return Err(Error::refused("exists", format!("external id {text:?} belongs to {} already", other.name))
                .hint(say!("change that one: {}", Verb::AccountsUpdate.on(other.id))));
        }
    }
    Ok(())
}
