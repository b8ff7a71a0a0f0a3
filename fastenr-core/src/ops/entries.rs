//! Records of the nouns that belong to an account: get, create, change, delete, by their tables of fields.

use chrono::NaiveDate;
use uuid::Uuid;

use super::records::{Subject, Write, changes, check_version, differing, parse, record_operation, stale};
use super::{Change, Context, Written, nearest};
use crate::error::{Error, Result, Verb};
use crate::model::account::Account;
use crate::model::entry::Entry;
use crate::model::noun::{Field, Meaning, Noun, Storage, Value, with_article};
use crate::model::operation::Ledger;
use crate::model::short_id::ShortId;
use crate::model::{Email, ExternalId, external_key, name_key};
use crate::say;
use crate::store::journal::DELETED;
use crate::store::records::{Assignment, Stamp};
use crate::store::{self, Lock, Tx, entries};

/// What is given to a field: text, or nothing to clear it.
pub type FieldValues = [(String, Option<String>)];

/// The record that `name` means: an id, an external id, an e-mail address, name or title that only one has, or the beginning or
/// end of an id.
///
/// # Errors
/// `unknown_record` with the nearest names, `ambiguous_record` with the candidates.
pub async fn get(context: &Context, noun: &'static Noun, name: &str) -> Result<Entry> {
    find(&mut context.db.read().await?, context, noun, name).await
}

pub(super) async fn find(tx: &mut Tx<'_>, context: &Context, noun: &'static Noun, name: &str) -> Result<Entry> {
    const MOST: i64 = 6;
    let scope = context.scope();
    let typed = name.trim();
    if let Ok(id) = Uuid::parse_str(typed)
        && let Some(entry) = entries::get(tx, &scope, noun, id).await?
    {
        return Ok(entry);
    }
    let text = |text: String| Value::Text(text);
    let mut ways: Vec<(&str, Value)> = Vec::new();
    if noun.field("external_id").is_some() && ExternalId::parse(typed).is_ok() {
        ways.push(("a.external_key", text(external_key(typed))));
    }
    if noun.field("email").is_some()
        && let Ok(email) = Email::parse(typed)
    {
        ways.push(("a.email", text(email.key())));
    }
    if noun.derived.iter().any(|derived| derived.column == "name_key") {
        ways.push(("a.name_key", text(name_key(typed))));
    } else if noun.field("title").is_some() {
        ways.push(("a.title", text(typed.to_owned())));
    }
    for (column, value) in ways {
        let found = entries::matching(tx, &scope, noun, &[(column, Storage::Text, value)], MOST).await?;
        match found.len() {
            0 => {}
            1 => return found.into_iter().next().ok_or_else(|| unknown(noun, name, &[])),
            _ => return Err(ambiguous(noun, name, &found)),
        }
    }
    if let Some(short) = ShortId::beside_names(typed) {
        let fixed = noun.fixed_condition("a");
        let ids = store::short_ids::matching(tx, &scope, (noun.table, "id", &fixed), &short, MOST).await?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.extend(entries::get(tx, &scope, noun, id).await?);
        }
        match found.len() {
            0 => {}
            1 => return Ok(found.swap_remove(0)),
            _ => return Err(ambiguous(noun, name, &found)),
        }
    }
    let some = entries::titles_like(tx, &scope, noun, typed, 500).await?;
    Err(unknown(noun, name, &some))
}

fn unknown(noun: &'static Noun, name: &str, titles: &[String]) -> Error {
    let near = nearest(name, titles.iter().map(String::as_str), 3);
    let error = Error::not_found("unknown_record", format!("no {} is called {name:?}", noun.one));
    match Verb::of(noun, "list").filter(|_| near.is_empty()) {
        Some(list) => error.hint(say!("list them with their ids: {}", list)),
        None if near.is_empty() => error,
        None => error.hint(format!("did you mean {}?", near.join(" or "))),
    }
}

fn ambiguous(noun: &'static Noun, name: &str, found: &[Entry]) -> Error {
    let account = |entry: &Entry| entry.text("account_name").unwrap_or_default().to_owned();
    // The same order whichever was made first.
    let mut found: Vec<&Entry> = found.iter().collect();
    found.sort_by_key(|entry| (account(entry), entry.id()));
    let listed: Vec<String> =
        found.iter().take(5).map(|entry| format!("{} ({})", entry.id(), account(entry))).collect();
    let more = if found.len() > 5 { " and more" } else { "" };
    Error::not_found("ambiguous_record", format!("several {} are called {name:?}", noun.many))
        .hint(format!("name one of {}{more}", listed.join(", ")))
}

/// The record of an account by the field that is unique within it: a metrics row by its day, a team member by the user.
///
/// # Errors
/// `unknown_account`, `unknown_user`, the rule that the value breaks.
pub async fn get_within(context: &Context, noun: &'static Noun, account: &str, value: &str) -> Result<Option<Entry>> {
    let mut tx = context.db.read().await?;
    let given = [pair("account", account), pair(noun.within.unwrap_or_default(), value)];
    let assignments = parse(&mut tx, context, noun, &given, "{}").await?;
    find_within(&mut tx, context, noun, &assignments).await
}

fn pair(name: &str, value: &str) -> (String, Option<String>) {
    (name.to_owned(), Some(value.to_owned()))
}

async fn find_within(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    assignments: &[Assignment],
) -> Result<Option<Entry>> {
    let of = |name: &str| assignments.iter().find(|(field, _)| field.name == name).cloned();
    let (Some((account, id)), Some((field, value))) = (of("account"), noun.within.and_then(of)) else {
        return Ok(None);
    };
    let columns = [account, field].map(|field| format!("a.{}", field.column));
    let conditions = [(columns[0].as_str(), Storage::Id, id), (columns[1].as_str(), field.meaning.storage(), value)];
    Ok(entries::matching(tx, &context.scope(), noun, &conditions, 1).await?.into_iter().next())
}

/// Makes a record.
///
/// # Errors
/// `required` where a needed field is missing, `exists` where another has what must be unique, `archived_account`,
/// `deactivated_user`, or the rule that a value breaks.
pub async fn create(
    context: &Context,
    noun: &'static Noun,
    given: &FieldValues,
    dry_run: bool,
) -> Result<Written<Entry>> {
    context.may_write()?;
    let mut tx = context.write(Lock::Shared).await?;
    let assignments = parse(&mut tx, context, noun, given, "{}").await?;
    let draft = insert(&mut tx, context, noun, assignments, None).await?;
    draft.finish(tx, context, dry_run).await
}

/// Makes a record, and others that `after` it are made of it, as one operation: one undo removes them all.
///
/// # Errors
/// As [`create`].
pub(super) async fn create_with(
    context: &Context,
    (noun, given): (&'static Noun, &FieldValues),
    after: impl FnOnce(&Entry) -> Vec<(&'static Noun, Vec<(String, Option<String>)>)>,
    dry_run: bool,
) -> Result<(Written<Entry>, Vec<Entry>)> {
    context.may_write()?;
    let mut tx = context.write(Lock::Shared).await?;
    let assignments = parse(&mut tx, context, noun, given, "{}").await?;
    let first = insert(&mut tx, context, noun, assignments, None).await?;
    let mut others = Vec::new();
    for (noun, given) in after(&first.record) {
        let assignments = parse(&mut tx, context, noun, &given, "{}").await?;
        let stamp = first.written.as_ref().map(|(stamp, _)| *stamp);
        let Draft { record, written, changes } = insert(&mut tx, context, noun, assignments, stamp).await?;
        if let Some((stamp, kind)) = written {
            let write = Write { context, stamp, kind: &kind, subject: subject(&record), changes, dry_run };
            write.tell(&mut tx).await?;
        }
        others.push(record);
    }
    // Told last: an operation is called by what its last activity tells.
    if let Some((stamp, _)) = first.written.as_ref().filter(|_| !others.is_empty()) {
        let rows = 1 + others.len() as u64;
        let ledger = Ledger { rows, created: rows, ..Ledger::default() };
        store::operations::set_ledger(&mut tx, &context.scope(), stamp.operation, &ledger).await?;
    }
    Ok((first.finish(tx, context, dry_run).await?, others))
}

/// Makes a record, or changes the one that its account has for the same day, user or address.
///
/// # Errors
/// As [`create`] and [`update`].
pub async fn put(context: &Context, noun: &'static Noun, given: &FieldValues, dry_run: bool) -> Result<Written<Entry>> {
    context.may_write()?;
    let mut tx = context.write(Lock::Shared).await?;
    let draft = put_draft(&mut tx, context, noun, given).await?;
    draft.finish(tx, context, dry_run).await
}

/// As [`put`], in a transaction that goes on.
pub(super) async fn put_draft(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    given: &FieldValues,
) -> Result<Draft> {
    let assignments = parse(tx, context, noun, given, "{}").await?;
    match find_within(tx, context, noun, &assignments).await? {
        Some(entry) => {
            let assignments = match entry.text("custom_fields") {
                Some(custom) => parse(tx, context, noun, given, custom).await?,
                None => assignments,
            };
            change_draft(tx, context, entry, assignments, EntryChange::UPDATE).await
        }
        None => insert(tx, context, noun, assignments, None).await,
    }
}

/// A record as a write leaves it, before the feed is told of it and the transaction ends.
pub(super) struct Draft {
    pub(super) record: Entry,
    /// The operation and its kind; none where nothing changed.
    pub(super) written: Option<(Stamp, String)>,
    pub(super) changes: Vec<Change>,
}

impl Draft {
    pub(super) async fn finish(self, tx: Tx<'_>, context: &Context, dry_run: bool) -> Result<Written<Entry>> {
        let Self { record, written, changes } = self;
        let Some((stamp, kind)) = written else {
            return Ok(Written { record, operation: None, changes });
        };
        let subject = subject(&record);
        Write { context, stamp, kind: &kind, subject, changes, dry_run }.finish(tx, record).await
    }
}

async fn insert(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    assignments: Vec<Assignment>,
    under: Option<Stamp>,
) -> Result<Draft> {
    for field in noun.fields.iter().filter(|field| field.needed()) {
        if !assignments.iter().any(|(known, value)| known.name == field.name && !value.is_null()) {
            let message = format!("{} needs {}", with_article(noun.one), with_article(field.name));
            return Err(Error::invalid("required", message).field(field.name));
        }
    }
    let assignments = complete(tx, context, noun, None, assignments, None).await?;
    check(tx, context, noun, None, &assignments).await?;
    let kind = format!("{}.create", noun.many);
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let stamp = match under {
        Some(stamp) => stamp,
        None => record_operation(tx, context, &kind, ledger, "{}".into()).await?,
    };
    let id = context.ids.next();
    store::records::insert(tx, &context.scope(), noun, id, &assignments, stamp).await?;
    let record = reread(tx, context, noun, id).await?;
    let changes = assignments
        .iter()
        .filter(|(field, _)| field.writable())
        .map(|(field, _)| Change {
            field: field.name,
            old: String::new(),
            new: field.text(&record.value(field)).into_owned(),
        })
        .filter(|change| !change.new.is_empty())
        .collect();
    Ok(Draft { record, written: Some((stamp, kind)), changes })
}

/// Changes the fields given; `expected` guards against a version that has moved on.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`, `stale`, `exists`, or the rule that a value breaks.
pub async fn update(
    context: &Context,
    noun: &'static Noun,
    name: &str,
    given: &FieldValues,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Entry>> {
    context.may_write()?;
    let mut tx = context.write(Lock::Shared).await?;
    let entry = find(&mut tx, context, noun, name).await?;
    check_version(&entry.title(), entry.version(), expected)?;
    let assignments = parse(&mut tx, context, noun, given, entry.text("custom_fields").unwrap_or("{}")).await?;
    change(tx, context, entry, assignments, EntryChange::UPDATE, dry_run).await
}

/// What a change is called, and what it says of a day.
pub(super) struct EntryChange {
    /// `update`, as in `goals.update`.
    pub(super) verb: &'static str,
    pub(super) dated: Option<DatedValue>,
}

/// A value of a tracked field on a day, for the history: whether or not it is the record's now.
pub(super) struct DatedValue {
    pub(super) field: &'static Field,
    pub(super) old: Value,
    pub(super) new: Value,
    pub(super) on: NaiveDate,
}

impl EntryChange {
    const UPDATE: Self = Self { verb: "update", dated: None };
}

/// What the noun's own rules add to what is given, in the same write; see [`Noun::ruled`].
async fn complete(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    old: Option<&Entry>,
    given: Vec<Assignment>,
    on: Option<NaiveDate>,
) -> Result<Vec<Assignment>> {
    match noun.rules {
        Some(rules) => rules.complete(tx, context, old, given, on).await,
        None => Ok(given),
    }
}

pub(super) async fn change(
    mut tx: Tx<'_>,
    context: &Context,
    entry: Entry,
    assignments: Vec<Assignment>,
    change: EntryChange,
    dry_run: bool,
) -> Result<Written<Entry>> {
    let draft = change_draft(&mut tx, context, entry, assignments, change).await?;
    draft.finish(tx, context, dry_run).await
}

async fn change_draft(
    tx: &mut Tx<'_>,
    context: &Context,
    entry: Entry,
    assignments: Vec<Assignment>,
    change: EntryChange,
) -> Result<Draft> {
    let noun = entry.noun;
    let scope = context.scope();
    let on = change.dated.as_ref().map(|dated| dated.on);
    let assignments = complete(tx, context, noun, Some(&entry), assignments, on).await?;
    let (differing, changed) = differing(assignments, |field| entry.stored(field));
    if differing.is_empty() && change.dated.is_none() {
        return Ok(Draft { record: entry, written: None, changes: Vec::new() });
    }
    let assignments: Vec<Assignment> = differing.iter().map(|(assignment, _)| assignment.clone()).collect();
    check(tx, context, noun, Some(&entry), &assignments).await?;
    let kind = format!("{}.{}", noun.many, change.verb);
    let ledger = Ledger { rows: 1, updated: 1, ..Ledger::default() };
    let stamp = record_operation(tx, context, &kind, ledger, "{}".into()).await?;
    let id = entry.id();
    store::records::keep_before(tx, &scope, noun, id, changed, stamp.operation).await?;
    let dated = change.dated.as_ref();
    let is_dated = |field: &Field| dated.is_some_and(|dated| dated.field.name == field.name);
    if let Some(history) = &noun.history {
        for ((field, new), old) in differing.iter().filter(|((field, _), _)| field.tracked && !is_dated(field)) {
            let ids = (context.ids.next(), id);
            store::records::track(tx, &scope, history, ids, field, (old, new), stamp).await?;
        }
        if let Some(DatedValue { field, old, new, on }) = dated {
            let stamp = Stamp { effective_on: *on, ..stamp };
            let ids = (context.ids.next(), id);
            store::records::track(tx, &scope, history, ids, field, (old, new), stamp).await?;
        }
    }
    let written = store::records::update(tx, &scope, noun, id, entry.version(), &assignments, stamp.now).await?;
    if written == 0 {
        return Err(stale(&entry.title(), entry.version()));
    }
    let record = reread(tx, context, noun, id).await?;
    let mut changes = changes(&differing, |field| entry.value(field), |field| record.value(field));
    if let Some(DatedValue { field, old, new, .. }) = change.dated
        && !changes.iter().any(|change| change.field == field.name)
    {
        let (old, new) = (field.text(&old).into_owned(), field.text(&new).into_owned());
        changes.insert(0, Change { field: field.name, old, new });
    }
    Ok(Draft { record, written: Some((stamp, kind)), changes })
}

/// Removes a record and what hangs on it. Before-images are kept, and the feed tells what it held.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`, `stale`.
pub async fn delete(
    context: &Context,
    noun: &'static Noun,
    name: &str,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Entry>> {
    context.may_write()?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let entry = find(&mut tx, context, noun, name).await?;
    check_version(&entry.title(), entry.version(), expected)?;
    let kind = format!("{}.delete", noun.many);
    let ledger = Ledger { deleted: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, &kind, ledger, "{}".into()).await?;
    let mut gone = Vec::new();
    for dependent in noun.dependents {
        let count = store::records::delete_dependents(&mut tx, &scope, dependent, entry.id(), stamp.operation).await?;
        if count > 0 {
            gone.push(Change { field: dependent.noun.many, old: count.to_string(), new: String::new() });
        }
    }
    store::records::keep_before(&mut tx, &scope, noun, entry.id(), DELETED, stamp.operation).await?;
    if store::records::delete(&mut tx, &scope, noun, entry.id(), entry.version()).await? == 0 {
        return Err(stale(&entry.title(), entry.version()));
    }
    let changes = noun
        .fields
        .iter()
        .filter(|field| field.writable())
        .map(|field| Change {
            field: field.name,
            old: field.text(&entry.value(field)).into_owned(),
            new: String::new(),
        })
        .filter(|change| !change.old.is_empty())
        .chain(gone)
        .collect();
    let subject = subject(&entry);
    Write { context, stamp, kind: &kind, subject, changes, dry_run }.finish(tx, entry).await
}

/// For the feed.
pub(super) fn subject(entry: &Entry) -> Subject {
    Subject { noun: entry.noun, record: entry.id(), account: entry.id_of("account"), label: entry.title() }
}

async fn reread(tx: &mut Tx<'_>, context: &Context, noun: &'static Noun, id: Uuid) -> Result<Entry> {
    let entry = entries::get(tx, &context.scope(), noun, id).await?;
    entry.ok_or_else(|| Error::not_found("unknown_record", format!("{} {id} no longer exists", noun.one)))
}

/// What the values refer to must be there and at work, and what must be unique must be free.
async fn check(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    own: Option<&Entry>,
    assignments: &[Assignment],
) -> Result<()> {
    let scope = context.scope();
    // A record of an archived account stays as it is.
    if let Some(id) = own.and_then(|own| own.id_of("account"))
        && let Some(account) = store::accounts::get(tx, &scope, id).await?
    {
        check_not_archived(&account)?;
    }
    for (field, value) in assignments {
        match (field.meaning, value) {
            (Meaning::Account, Value::Id(id)) => {
                if let Some(account) = store::accounts::get(tx, &scope, *id).await? {
                    check_not_archived(&account)?;
                }
            }
            (Meaning::User, Value::Id(id)) => {
                if let Some(user) = store::users::get(tx, &scope, *id).await?
                    && user.deactivated_at.is_some()
                {
                    return Err(Error::refused("deactivated_user", format!("{} is deactivated", user.email))
                        .hint(say!("activate the user first: {}", super::users::activate(&user.email))));
                }
            }
            _ => {}
        }
        if field.unique
            && let Value::Text(text) = value
        {
            let key = if field.meaning == Meaning::ExternalId { external_key(text) } else { text.clone() };
            let column = format!("a.{}", field.compared());
            let same = [(column.as_str(), Storage::Text, Value::Text(key))];
            refuse_taken(tx, context, noun, own, field, &same).await?;
        }
    }
    let of = |name: &str| {
        let given = assignments.iter().find(|(field, _)| field.name == name).cloned();
        given.or_else(|| own.and_then(|own| noun.field(name).map(|(_, field)| (field, own.stored(field)))))
    };
    let touched = |name: &str| assignments.iter().any(|(field, _)| field.name == name);
    if let Some(within) = noun.within.filter(|within| touched(within) || touched("account"))
        && let (Some((account, id)), Some((field, value))) = (of("account"), of(within))
        && !value.is_null()
    {
        let columns = [account, field].map(|field| format!("a.{}", field.column));
        let same = [(columns[0].as_str(), Storage::Id, id), (columns[1].as_str(), field.meaning.storage(), value)];
        refuse_taken(tx, context, noun, own, field, &same).await?;
    }
    Ok(())
}

/// # Errors
/// `archived_account`: what belongs to an archived account rests with it.
pub(super) fn check_not_archived(account: &Account) -> Result<()> {
    if account.archived_at.is_none() {
        return Ok(());
    }
    let refusal = Error::refused("archived_account", format!("{} is archived", account.name));
    Err(match account.merged_into {
        // That one alone can't be restored.
        Some(kept) => refusal.hint(format!("it was merged into another account: name {kept}")),
        None => refusal.hint(super::accounts::restore_first(account.id)),
    })
}

async fn refuse_taken(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    own: Option<&Entry>,
    field: &Field,
    same: &[(&str, Storage, Value)],
) -> Result<()> {
    let found = entries::matching(tx, &context.scope(), noun, same, 1).await?;
    match found.first().filter(|other| own.is_none_or(|own| own.id() != other.id())) {
        None => Ok(()),
        Some(other) => {
            let message =
                format!("{} {} belongs to {} already", field.name, field.text(&other.value(field)), other.title());
            let error = Error::refused("exists", message);
            Err(match Verb::of(noun, "update") {
                Some(update) => error.hint(say!("change that one: {}", update.on(other.id()))),
                None => error,
            })
        }
    }
}
