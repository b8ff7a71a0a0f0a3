//! The database itself: migrate, status, check, backup.

use std::path::Path;

use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Kind, Note, Result, Setting, Verb};
use crate::model::number::counted;
use crate::model::organization::Organization;
use crate::model::{Currency, TimeZone};
use crate::say;
use crate::store::feed::Feed;
use crate::store::{self, Db, Engine, Layout, MigrationState, Scope};

use super::activities;
use super::organizations::{self, OrganizationChange};

/// The user a new database starts with.
pub const FIRST_ADMIN: &str = "admin@fastenr.local";

/// What migrating did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationOutcome {
    pub applied: Vec<&'static str>,
    /// The organization of an empty database, which was made with its user.
    pub seeded: Option<Organization>,
}

/// The currency and the time zone of the organization that an empty database gets; none: USD and UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstOrganization {
    /// ISO 4217.
    pub currency: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
}

/// Brings the schema up to date; an empty database also gets the organization `default` and its administrator, so that the
/// first command works. A feed that was moved to another cluster is settled there.
///
/// # Errors
/// `newer_schema`, `changed_migration`.
pub async fn migrate(db: &Db, clock: Clock) -> Result<MigrationOutcome> {
    migrate_with(db, clock, &FirstOrganization::default()).await
}

/// As [`migrate_with`], and spreads the database over the machines of its Citus cluster, into `shards` parts: tables that were
/// distributed now. It completes what an interruption has left.
///
/// # Errors
/// As [`migrate_with`] and [`Db::distribute`], before anything is written.
pub async fn distribute(
    db: &Db,
    clock: Clock,
    first: &FirstOrganization,
    shards: Option<u32>,
) -> Result<(MigrationOutcome, Vec<String>)> {
    db.can_be_distributed(shards).await?;
    let mut distributed = match db.migration_state().await {
        Err(error) if error.code == "unfinished_distribution" => db.distribute(shards).await?,
        other => other.map(|_| Vec::new())?,
    };
    let migrated = migrate_with(db, clock, first).await?;
    distributed.extend(db.distribute(shards).await?);
    Ok((migrated, distributed))
}

/// As [`migrate`], with a say in the organization of an empty database.
///
/// # Errors
/// As [`migrate`]; before anything is written: `not_empty` where `first` says something and the database has a schema already,
/// and the rules that its values break.
pub async fn migrate_with(db: &Db, clock: Clock, first: &FirstOrganization) -> Result<MigrationOutcome> {
    if let Some(code) = &first.currency {
        Currency::parse(code).map_err(|invalid| invalid.of("currency", code))?;
    }
    if let Some(zone) = &first.time_zone {
        TimeZone::parse(zone).map_err(|invalid| invalid.of("time_zone", zone))?;
    }
    if *first != FirstOrganization::default() && !db.migration_state().await?.is_empty() {
        let message = "a currency and a time zone are chosen for an empty database; this one is in use";
        return Err(Error::refused("not_empty", message)
            .hint(say!("change those of an organization: {}", Verb::OrganizationsUpdate.on("default"))));
    }
    let change = OrganizationChange {
        slug: Some("default".into()),
        name: Some("Default".into()),
        currency: first.currency.clone(),
        time_zone: first.time_zone.clone(),
        ..Default::default()
    };
    let applied = db.migrate().await?;
    let mut seeded = None;
    if organizations::list(db).await?.is_empty() {
        match organizations::create(db, clock, &change, FIRST_ADMIN, "Administrator", false).await {
            // Another process migrated the same empty database at the same time.
            Err(error) if error.code == "exists" => {}
            other => seeded = Some(other?),
        }
    }
    settle_feed(db).await?;
    Ok(MigrationOutcome { applied, seeded })
}

/// Has a feed go on that was moved to another cluster. Of one that is at home it reads only.
pub async fn settle_feed(db: &Db) -> Result<()> {
    match feed(db).await?.filter(|feed| !feed.problems().is_empty()) {
        Some(feed) => activities::begin_feed_epoch(db, feed.unreached > 0).await.map(drop),
        None => Ok(()),
    }
}

/// How the schema stands.
pub async fn status(db: &Db) -> Result<MigrationState> {
    db.migration_state().await
}

/// One thing that was looked at, and what was found wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub problems: Vec<Note>,
}

/// What the numbers of the feed mean, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    pub epoch: Uuid,
    /// PostgreSQL: the system identifier of the cluster that the epoch is of.
    pub cluster: Option<i64>,
    /// The one that the database is in.
    pub here: Option<i64>,
    /// Activities with numbers that the cluster has not reached.
    pub unreached: u64,
}

impl FeedState {
    fn problems(&self) -> Vec<Note> {
        let name = |cluster: Option<i64>| cluster.map_or_else(|| "none".to_owned(), |cluster| cluster.to_string());
        let settle = || say!("correct it with {}", Verb::DbMigrate);
        let mut problems: Vec<Note> = Vec::new();
        if self.cluster != self.here {
            let (from, to) = (name(self.cluster), name(self.here));
            let epoch = self.epoch;
            let problem =
                format!("epoch {epoch} is of the cluster with the system identifier {from}, and this one has {to}");
            problems.push(Note::from(problem).hint(settle()).hint("the first follower of the feed corrects it, too"));
        } else if self.unreached > 0 {
            let activities = counted(self.unreached, "activity has a number", "activities have numbers");
            let problem =
                format!("{activities} that this cluster has not reached: nobody who follows the feed sees them");
            problems.push(Note::from(problem).hint(settle()));
        }
        problems
    }
}

/// Where the feed's numbers are of; none without an organization.
pub async fn feed(db: &Db) -> Result<Option<FeedState>> {
    let mut tx = db.read().await?;
    let mut state: Option<FeedState> = None;
    for organization in store::organizations::all(&mut tx).await? {
        let scope = Scope { organization: organization.id };
        let Feed { epoch, cluster, here, .. } = store::feed::read_feed(&mut tx, &scope).await?;
        let unreached = store::feed::unreached(&mut tx, &scope).await?;
        let before = state.map_or(0, |state| state.unreached);
        state = Some(FeedState { epoch, cluster, here, unreached: before + unreached });
    }
    Ok(state)
}

/// Looks for damage: the schema's version, the file's structure, foreign keys, the numbers of the feed.
pub async fn check(db: &Db) -> Result<Vec<Check>> {
    let state = db.migration_state().await?;
    let pending = state.pending.iter().map(|name| format!("migration {name} is pending").into()).collect();
    let notes = |problems: Vec<String>| problems.into_iter().map(Note::from).collect();
    let mut checks = vec![Check { name: "schema version", problems: pending }];
    if state.pending.is_empty() {
        checks.push(Check { name: "integrity", problems: notes(db.integrity().await?) });
        checks.push(Check { name: "foreign keys", problems: notes(db.foreign_keys().await?) });
        let problems = feed(db).await?.map(|state| state.problems()).unwrap_or_default();
        checks.push(Check { name: "feed", problems });
        if let Some(layout) = db.layout().await? {
            checks.push(Check { name: "layout", problems: misplaced(&layout) });
        }
    }
    Ok(checks)
}

/// What is not as it should be on the machines of a distributed database.
fn misplaced(layout: &Layout) -> Vec<Note> {
    let way = || say!("place it with {}", Verb::DbMigrate.with(Setting::Distribute));
    let tables = layout.misplaced.iter().map(|table| Note::from(format!("{table} is not distributed")).hint(way()));
    let workers = (layout.inactive > 0).then(|| {
        Note::from(format!("{} of the cluster can't be reached", counted(layout.inactive, "node", "nodes")))
            .hint("the view citus_check_cluster_node_health() says which")
    });
    tables.chain(workers).collect()
}

/// A consistent copy of a SQLite database in use, as a new file: opening it is restoring it.
///
/// # Errors
/// `exists` where the file is there already.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    is_new(file)?;
    db.copy_to(file).await
}

/// # Errors
/// `exists`
pub fn is_new(file: &Path) -> Result<()> {
    if file.exists() {
        return Err(Error::refused("exists", format!("{} exists already", file.display()))
            .hint("a backup never overwrites: name another file"));
    }
    Ok(())
}

/// The code of an error: an edge says what to do on PostgreSQL.
pub const VACUUM_POSTGRES: &str = "vacuum_postgres";

/// Rewrites a SQLite file without what was deleted or overwritten, and empties its write-ahead log.
///
/// # Errors
/// `vacuum_postgres` on PostgreSQL, which does this by itself; `busy` while somebody writes, or reads the log.
pub async fn vacuum(db: &Db) -> Result<()> {
    if db.engine() == Engine::Postgres {
        return Err(Error::invalid(VACUUM_POSTGRES, "a PostgreSQL database is vacuumed by its own server"));
    }
    if db.vacuum().await? {
        return Ok(());
    }
    let message = "the file was rewritten, but its write-ahead log is being read and could not be emptied";
    Err(Error::new(Kind::Busy, "busy", message).hint(say!("try again after the reads have ended: {}", Verb::DbVacuum)))
}
