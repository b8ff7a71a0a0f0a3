//! Organizations: list, create, change.

use serde_json::{Value as Json, json};

use crate::clock::Clock;
use crate::error::{Error, Result, Setting};
use crate::id::Ids;
use crate::model::activity::Activity;
use crate::model::noun::Field;
use crate::model::operation::{Ledger, Operation, OperationStatus};
use crate::model::organization::{ORGANIZATION, Organization};
use crate::model::{Currency, Domain, Email, OrganizationName, Role, Slug, TimeZone, UserName};
use crate::say;
use crate::store::records::Stamp;
use crate::store::{self, Db, Scope, Tx};

use super::nearest;

/// What an organization is made of or changed to; `None` leaves a member as it is (or at its default).
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    pub slug: Option<String>,
    pub name: Option<String>,
    /// ISO 4217; default USD. It can't change once there are accounts with an ARR.
    pub currency: Option<String>,
    /// IANA; default UTC.
    pub time_zone: Option<String>,
    pub own_domains: Option<Vec<String>>,
    /// Who changes it, for the feed: the e-mail address of one of its users; its first administrator unless said.
    pub by: Option<String>,
}

pub async fn list(db: &Db) -> Result<Vec<Organization>> {
    store::organizations::all(&mut db.read().await?).await
}

/// The one that is meant.
///
/// # Errors
/// `unknown_organization`, with the slugs there are.
pub(crate) fn choose(mut all: Vec<Organization>, slug: Option<&str>) -> Result<Organization> {
    let wanted = slug.unwrap_or("default");
    if slug.is_none() && all.len() == 1 {
        return Ok(all.swap_remove(0));
    }
    if let Some(at) = all.iter().position(|organization| organization.slug == wanted) {
        return Ok(all.swap_remove(at));
    }
    let slugs = || all.iter().map(|organization| organization.slug.as_str());
    let near = nearest(wanted, slugs(), 1);
    let listed = if near.is_empty() { slugs().take(5).collect::<Vec<_>>().join(", ") } else { near.join(", ") };
    let error = match slug {
        Some(slug) => Error::not_found("unknown_organization", format!("no organization is called {slug:?}")),
        None => Error::not_found("unknown_organization", "there are several organizations, none called \"default\""),
    };
    Err(error.hint(say!("name one with {}, such as {}", Setting::Organization, listed)))
}

/// Makes an organization and its first administrator.
///
/// # Errors
/// `exists`, or the rule that a value breaks.
pub async fn create(
    db: &Db,
    clock: Clock,
    change: &OrganizationChange,
    admin_email: &str,
    admin_name: &str,
    dry_run: bool,
) -> Result<Organization> {
    let slug = change.slug.as_deref().unwrap_or_default();
    let slug = Slug::parse(slug).map_err(|invalid| invalid.of("slug", slug))?.into_string();
    let now = clock.now();
    let ids = Ids::new(clock);
    let blank = Organization {
        id: ids.next(),
        name: slug.clone(),
        slug,
        currency: "USD".into(),
        time_zone: "UTC".into(),
        own_domains: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    let organization = apply(blank, change)?;
    let mut tx = db.write_any().await?;
    if store::organizations::by_slug(&mut tx, &organization.slug).await?.is_some() {
        return Err(taken(&organization.slug));
    }
    store::organizations::insert(&mut tx, &organization).await?;
    let scope = Scope { organization: organization.id };
    let email = Email::parse(admin_email).map_err(|invalid| invalid.of("admin email", admin_email))?;
    let name = UserName::parse(admin_name).map_err(|invalid| invalid.of("admin name", admin_name))?;
    let user = ids.next();
    let operation = ids.next();
    let assignments =
        [("email", email.key()), ("name", name.as_str().to_owned()), ("role", Role::Admin.as_str().to_owned())];
    let assignments: Vec<store::records::Assignment> = assignments
        .into_iter()
        .filter_map(|(field, text)| {
            let (_, field) = crate::model::user::USER.field(field)?;
            Some((field, crate::model::noun::Value::Text(text)))
        })
        .collect();
    let stamp = Stamp { operation, now, effective_on: now.date_naive(), user };
    store::records::insert(&mut tx, &scope, &crate::model::user::USER, user, &assignments, stamp).await?;
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let operation = Operation {
        id: operation,
        kind: "organizations.create".to_owned(),
        status: OperationStatus::Done.as_str().to_owned(),
        user,
        source_name: None,
        source_sha256: None,
        parameters: "{}".to_owned(),
        ledger: Some(serde_json::to_string(&ledger).unwrap_or_default()),
        message: None,
        started_at: now,
        finished_at: Some(now),
        undoes: None,
        undone_by: None,
        pruned_at: None,
    };
    store::operations::insert(&mut tx, &scope, &operation).await?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(organization)
}

/// Changes an organization.
///
/// # Errors
/// `unknown_organization`, `exists`, `currency_in_use`, `unknown_user`, or the rule that a value breaks.
pub async fn update(
    db: &Db,
    clock: Clock,
    slug: &str,
    change: &OrganizationChange,
    dry_run: bool,
) -> Result<Organization> {
    let mut tx = db.write_any().await?;
    let all = store::organizations::all(&mut tx).await?;
    let others: Vec<String> = all.iter().map(|other| other.slug.clone()).filter(|other| other != slug).collect();
    let before = choose(all, Some(slug))?;
    let mut organization = apply(before.clone(), change)?;
    if others.contains(&organization.slug) {
        return Err(taken(&organization.slug));
    }
    let scope = Scope { organization: organization.id };
    if organization.currency != before.currency && store::accounts::any_arr(&mut tx, &scope).await? {
        let message = format!("{} has accounts with an ARR in {}", organization.slug, before.currency);
        return Err(Error::refused("currency_in_use", message).hint(
            "amounts are not converted: make a new organization and import with rates ([fx] in a mapping file)",
        ));
    }
    organization.updated_at = clock.now();
    store::organizations::update(&mut tx, &organization).await?;
    tell(&mut tx, &Ids::new(clock), &before, &organization, change.by.as_deref()).await?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(organization)
}

/// The feed of the organization itself.
async fn tell(tx: &mut Tx<'_>, ids: &Ids, before: &Organization, after: &Organization, by: Option<&str>) -> Result<()> {
    let changed = |field: &&Field| field.writable() && before.value(field) != after.value(field);
    let change = |field: &Field| json!({"field": field.name, "old": field.json(&before.value(field)), "new": field.json(&after.value(field))});
    let changes: Vec<Json> = ORGANIZATION.fields.iter().filter(changed).map(change).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let scope = Scope { organization: after.id };
    let users = store::users::all(tx, &scope).await?;
    let user = match by {
        Some(name) => super::users::find_by_name(&users, name)?.clone(),
        None => store::users::first_admin(tx, &scope).await?.ok_or_else(|| {
            Error::not_found("unknown_user", format!("{} has no active administrator", after.slug))
                .hint(super::act_as())
        })?,
    };
    let activity = Activity {
        id: ids.next(),
        at: after.updated_at,
        user: user.id,
        operation: None,
        kind: "organizations.update".to_owned(),
        noun: ORGANIZATION.many.to_owned(),
        record: Some(after.id),
        account: None,
        label: after.slug.clone(),
        changes: Json::Array(changes),
    };
    store::activities::insert(tx, &scope, &activity).await
}

fn taken(slug: &str) -> Error {
    Error::refused("exists", format!("an organization {slug:?} exists already")).hint("choose another slug")
}

fn apply(mut organization: Organization, change: &OrganizationChange) -> Result<Organization> {
    if let Some(slug) = &change.slug {
        organization.slug = Slug::parse(slug).map_err(|invalid| invalid.of("slug", slug))?.into_string();
    }
    if let Some(name) = &change.name {
        organization.name = OrganizationName::parse(name).map_err(|invalid| invalid.of("name", name))?.into_string();
    }
    if let Some(code) = &change.currency {
        organization.currency =
            Currency::parse(code).map_err(|invalid| invalid.of("currency", code))?.as_str().to_owned();
    }
    if let Some(zone) = &change.time_zone {
        organization.time_zone =
            TimeZone::parse(zone).map_err(|invalid| invalid.of("time_zone", zone))?.as_str().to_owned();
    }
    if let Some(domains) = &change.own_domains {
        let parsed = domains.iter().map(|text| {
            Domain::parse(text).map(Domain::into_string).map_err(|invalid| invalid.of("own_domains", text))
        });
        organization.own_domains = parsed.collect::<Result<_>>()?;
    }
    Ok(organization)
}
