//! Users: list, get, create, change, deactivate.

use uuid::Uuid;

use super::records::{Subject, Write, changes, differing, parse, record_operation};
use super::{Change, Context, ME, Written, nearest};
use crate::error::{Call, Error, Result, Setting, Verb};
use crate::model::noun::Value;
use crate::model::operation::Ledger;
use crate::model::short_id::ShortId;
use crate::model::user::{USER, User};
use crate::model::{Email, external_key};
use crate::say;
use crate::store::records::Assignment;
use crate::store::{self, Lock, Tx};

/// The code of the error where [`ME`] means nobody.
pub const NOBODY_NAMED: &str = "nobody_named";

/// All users, deactivated ones too, by e-mail address.
pub async fn list(context: &Context) -> Result<Vec<User>> {
    store::users::all(&mut context.db.read().await?, &context.scope()).await
}

/// The user that `name` means: an e-mail address, an id, an external id, or a full name that is unique.
///
/// # Errors
/// `unknown_user` with the nearest, `ambiguous_user`.
pub async fn get(context: &Context, name: &str) -> Result<User> {
    find(&mut context.db.read().await?, context, name).await
}

pub(super) async fn find(tx: &mut Tx<'_>, context: &Context, name: &str) -> Result<User> {
    let scope = context.scope();
    if is_me(name) {
        return me(context).cloned();
    }
    if let Ok(email) = Email::parse(name)
        && let Some(user) = store::users::by_email(tx, &scope, &email.key()).await?
    {
        return Ok(user);
    }
    let users = store::users::all(tx, &scope).await?;
    find_among(context, &users, name).cloned()
}

pub(crate) fn is_me(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(ME)
}

/// Whoever calls.
///
/// # Errors
/// `nobody_named` where the caller has not said who that is: the user who acts then is nobody's own.
pub(crate) fn me(context: &Context) -> Result<&User> {
    if context.is_named {
        return Ok(&context.user);
    }
    Err(Error::invalid(NOBODY_NAMED, format!("{ME} is the acting user, and none is named")))
}

/// The one of `users` that `name` means.
///
/// # Errors
/// `unknown_user` with the nearest, `ambiguous_user`; `nobody_named`.
pub(crate) fn find_among<'u>(context: &Context, users: &'u [User], name: &str) -> Result<&'u User> {
    let typed = name.trim();
    if is_me(typed) {
        let id = me(context)?.id;
        return users.iter().find(|user| user.id == id).ok_or_else(|| unknown(name, users));
    }
    find_by_name(users, name)
}

/// The same, for who is named before anybody acts.
///
/// # Errors
/// `unknown_user` with the nearest, `ambiguous_user`.
pub(super) fn find_by_name<'u>(users: &'u [User], name: &str) -> Result<&'u User> {
    let typed = name.trim();
    let id = Uuid::parse_str(typed).ok();
    let exact = users.iter().find(|user| {
        user.email.eq_ignore_ascii_case(typed) || Some(user.id) == id || user.external_id.as_deref() == Some(typed)
    });
    if let Some(user) = exact {
        return Ok(user);
    }
    let key = crate::model::name_key(typed);
    let mut named = users.iter().filter(|user| crate::model::name_key(&user.name) == key);
    match (named.next(), named.next()) {
        (Some(user), None) => Ok(user),
        (None, _)
            if let Some(short) = ShortId::beside_names(typed)
                && let [user] = users.iter().filter(|user| short.is_of(user.id)).collect::<Vec<_>>()[..] =>
        {
            Ok(user)
        }
        (Some(_), Some(_)) => Err(Error::not_found("ambiguous_user", format!("several users are called {name:?}"))
            .hint("name one by e-mail address")),
        _ => Err(unknown(name, users)),
    }
}

pub(crate) fn unknown(name: &str, users: &[User]) -> Error {
    let known = users.iter().flat_map(|user| [user.email.as_str(), user.name.as_str()]);
    let near = nearest(name, known, 3);
    let error = Error::not_found("unknown_user", format!("no user is called {name:?}"));
    if near.is_empty() {
        error.hint(say!("list them with {}", Verb::UsersList)).hint(say!("create one with {}", Verb::UsersCreate))
    } else {
        error.hint(format!("did you mean {}?", near.join(" or ")))
    }
}

/// Makes a user. A role left out is `write`.
///
/// # Errors
/// `not_admin`, `required` without e-mail or name, `exists`, or the rule that a value breaks.
pub async fn create(context: &Context, given: &[(String, Option<String>)], dry_run: bool) -> Result<Written<User>> {
    context.may_administer()?;
    let mut tx = context.write(Lock::Shared).await?;
    let mut given = given.to_vec();
    if !given.iter().any(|(name, _)| name == "role") {
        given.push(("role".into(), Some("write".into())));
    }
    let assignments = parse(&mut tx, context, &USER, &given, "{}").await?;
    for needed in ["email", "name"] {
        if !assignments.iter().any(|(field, _)| field.name == needed) {
            return Err(Error::invalid("required", format!("a user needs {needed}")).field(needed));
        }
    }
    check_unique(&mut tx, context, &assignments, None).await?;
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "users.create", ledger, "{}".into()).await?;
    let id = context.ids.next();
    store::records::insert(&mut tx, &context.scope(), &USER, id, &assignments, stamp).await?;
    let record = reread(&mut tx, context, id).await?;
    let changes = assignments
        .iter()
        .map(|(field, _)| Change {
            field: field.name,
            old: String::new(),
            new: field.text(&record.value(field)).into_owned(),
        })
        .collect();
    let subject = subject(&record);
    Write { context, stamp, kind: "users.create", subject, changes, dry_run }.finish(tx, record).await
}

/// For the feed.
fn subject(user: &User) -> Subject {
    Subject { noun: &USER, record: user.id, account: None, label: user.email.clone() }
}

/// Changes the fields given. `active`: `Some(false)` deactivates, `Some(true)` brings back.
///
/// # Errors
/// `not_admin`, `unknown_user`, `owns_accounts` with their number, `last_admin`, `exists`, or the rule that a value breaks.
pub async fn update(
    context: &Context,
    name: &str,
    given: &[(String, Option<String>)],
    active: Option<bool>,
    dry_run: bool,
) -> Result<Written<User>> {
    context.may_administer()?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let user = find(&mut tx, context, name).await?;
    let mut assignments = parse(&mut tx, context, &USER, given, "{}").await?;
    if let Some(active) = active
        && active != user.deactivated_at.is_none()
        && let Some((_, field)) = USER.field("deactivated_at")
    {
        let at = if active { Value::Null } else { Value::Instant(context.clock.now()) };
        assignments.push((field, at));
        if !active {
            check_deactivation(&mut tx, context, &user).await?;
        }
    }
    let (differing, changed) = differing(assignments, |field| user.value(field));
    if differing.is_empty() {
        return Ok(Written { record: user, operation: None, changes: Vec::new() });
    }
    let assignments: Vec<Assignment> = differing.iter().map(|(assignment, _)| assignment.clone()).collect();
    check_unique(&mut tx, context, &assignments, Some(user.id)).await?;
    if assignments.iter().any(|(field, _)| field.name == "role") && is_last_admin(&mut tx, context, &user).await? {
        return Err(last_admin(&user));
    }
    let ledger = Ledger { rows: 1, updated: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "users.update", ledger, "{}".into()).await?;
    store::records::keep_before(&mut tx, &scope, &USER, user.id, changed, stamp.operation).await?;
    store::records::update(&mut tx, &scope, &USER, user.id, user.version, &assignments, stamp.now).await?;
    let record = reread(&mut tx, context, user.id).await?;
    let changes = changes(&differing, |field| user.value(field), |field| record.value(field));
    let subject = subject(&record);
    Write { context, stamp, kind: "users.update", subject, changes, dry_run }.finish(tx, record).await
}

async fn check_deactivation(tx: &mut Tx<'_>, context: &Context, user: &User) -> Result<()> {
    let owned = store::accounts::owned_by(tx, &context.scope(), user.id).await?;
    if owned > 0 {
        let accounts = if owned == 1 { "account" } else { "accounts" };
        let reassign = Verb::UsersDeactivate.on(&user.email).with(Setting::ReassignTo.like("EMAIL"));
        return Err(Error::refused("owns_accounts", format!("{} still owns {owned} {accounts}", user.email))
            .hint(say!("give them to another user: {}", reassign)));
    }
    if is_last_admin(tx, context, user).await? {
        return Err(last_admin(user));
    }
    Ok(())
}

pub(super) async fn is_last_admin(tx: &mut Tx<'_>, context: &Context, user: &User) -> Result<bool> {
    let users = store::users::all(tx, &context.scope()).await?;
    let mut admins =
        users.iter().filter(|user| user.role == crate::model::Role::Admin && user.deactivated_at.is_none());
    Ok(admins.next().is_some_and(|admin| admin.id == user.id) && admins.next().is_none())
}

pub(super) fn last_admin(user: &User) -> Error {
    Error::refused("last_admin", format!("{} is the only active administrator", user.email))
        .hint(say!("make another user one first: {}", Verb::UsersUpdate.on("EMAIL").with(Setting::Role.is("admin"))))
}

/// The way out where a user is deactivated.
pub(crate) fn activate(email: &str) -> Call {
    Verb::UsersUpdate.on(email).with(Setting::Activate)
}

pub(super) async fn reread(tx: &mut Tx<'_>, context: &Context, id: Uuid) -> Result<User> {
    let user = store::users::get(tx, &context.scope(), id).await?;
    user.ok_or_else(|| Error::not_found("unknown_user", format!("user {id} no longer exists")))
}

async fn check_unique(tx: &mut Tx<'_>, context: &Context, assignments: &[Assignment], own: Option<Uuid>) -> Result<()> {
    let users = store::users::all(tx, &context.scope()).await?;
    for (field, value) in assignments {
        let Value::Text(text) = value else { continue };
        let taken = users.iter().filter(|user| Some(user.id) != own).find(|user| match field.name {
            "email" => user.email == *text,
            "external_id" => user.external_id.as_deref().map(external_key) == Some(external_key(text)),
            _ => false,
        });
        if let Some(other) = taken {
            return Err(Error::refused("exists", format!("{} {text:?} belongs to {} already", field.name, other.name))
                .hint(say!("change that one: {}", Verb::UsersUpdate.on(&other.email))));
        }
    }
    Ok(())
}
