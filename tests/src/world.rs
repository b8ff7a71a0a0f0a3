//! A migrated database with somebody who acts in it, and short ways to put things there and look at them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context as _, Result};
use fastenr_core::clock::Clock;
use fastenr_core::id::Ids;
use fastenr_core::import::request::{Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::api_key::{API_KEY, ApiKey};
use fastenr_core::model::noun::Noun;
use fastenr_core::model::operation::{OPERATION, Operation};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::model::user::{USER, User};
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::ops::{self, Context};
use fastenr_core::store::journal::TABLES;
use fastenr_core::store::{Db, DbOptions, Engine, Record, Scope};

use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::harness::Backend;

pub const NOW: &str = "2026-03-01T07:00:00Z";

/// Somebody at work in one organization.
#[derive(Clone)]
pub struct World {
    pub context: Context,
    dir: PathBuf,
}

impl Deref for World {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

pub fn clock(text: &str) -> Clock {
    Clock::parse(text).expect("a time")
}

pub async fn connect(backend: &Backend, record: bool) -> Result<Db> {
    // Writers queue for long where a busy machine runs many tests at once.
    let lock_timeout = Duration::from_secs(120);
    let options = DbOptions { create: true, record, lock_timeout, max_connections: 8, ..DbOptions::default() };
    Ok(Db::connect(&backend.url, &options).await?)
}

/// The organization `default` of a database just migrated.
pub async fn world(backend: &Backend) -> Result<World> {
    World::on(connect(backend, false).await?, backend.dir.path()).await
}

impl World {
    pub async fn on(db: Db, dir: &Path) -> Result<Self> {
        ops::admin::migrate(&db, clock(NOW)).await?;
        let context = Context::open(db, clock(NOW), Some("default"), None).await?;
        Ok(Self { context, dir: dir.to_owned() })
    }

    /// Another organization of the same database.
    pub async fn organization(&self, slug: &str) -> Result<Self> {
        self.organization_of(OrganizationChange { slug: Some(slug.to_owned()), ..OrganizationChange::default() }).await
    }

    pub async fn organization_of(&self, change: OrganizationChange) -> Result<Self> {
        let slug = change.slug.clone();
        ops::organizations::create(&self.db, self.clock, &change, "admin@example.com", "Ada Admin", false).await?;
        let context = Context::open(self.db.clone(), self.clock, slug.as_deref(), None).await?;
        Ok(Self { context, dir: self.dir.clone() })
    }

    /// The same at another time.
    pub fn at(&self, time: &str) -> Self {
        let mut world = self.clone();
        world.context.clock = clock(time);
        world.context.ids = Ids::new(world.context.clock);
        world
    }

    pub fn acting_as(&self, user: &User) -> Self {
        let mut world = self.clone();
        world.context.user = user.clone();
        world
    }

    pub async fn account(&self, values: &[(&str, &str)]) -> Result<Account> {
        Ok(ops::accounts::create(self, &given(values), false).await?.record)
    }

    pub async fn user(&self, email: &str, name: &str) -> Result<User> {
        Ok(ops::users::create(self, &given(&[("email", email), ("name", name)]), false).await?.record)
    }

    pub async fn update(&self, name: &str, values: &[(&str, &str)]) -> Result<Account> {
        Ok(ops::accounts::update(self, name, &given(values), None, false).await?.record)
    }

    pub async fn get(&self, name: &str) -> Result<Account> {
        Ok(ops::accounts::get(self, name).await?)
    }

    pub async fn import(&self, file: &str, request: Request) -> fastenr_core::Result<Report> {
        self.import_of(&ACCOUNT, file, request).await
    }

    pub async fn import_users(&self, file: &str, request: Request) -> fastenr_core::Result<Report> {
        self.import_of(&USER, file, request).await
    }

    pub async fn import_of(&self, noun: &'static Noun, file: &str, request: Request) -> fastenr_core::Result<Report> {
        ops::import::run(self, noun, self.source(file)?, request, &mut |_| {}).await
    }

    /// A file that was piped in; its rejects go to the folder of the test. It has a name of its own, so that it follows no other.
    pub fn source(&self, file: &str) -> fastenr_core::Result<Source> {
        let mut hash = DefaultHasher::new();
        file.hash(&mut hash);
        let letters: String = format!("{:016x}", hash.finish())
            .bytes()
            .map(|digit| char::from(if digit.is_ascii_digit() { digit - b'0' + b'g' } else { digit }))
            .collect();
        self.source_called(&format!("{letters}-{}.csv", self.organization.slug), file)
    }

    /// The same under a name.
    pub fn source_called(&self, name: &str, file: &str) -> fastenr_core::Result<Source> {
        Source::spool(&self.dir.join(name).display().to_string(), file.as_bytes())
    }

    /// Every account, archived ones too, in the order they came.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        self.accounts_where(&Selection::everything(), by_id()).await
    }

    /// Keys, sessions or links, whatever their status.
    pub async fn keys(&self, kinds: &str) -> fastenr_core::Result<Vec<ApiKey>> {
        let all = ops::selection::selection(self, &API_KEY, [("kind", kinds), ("status", "all")]).await?;
        ops::keys::list(self, &all).await
    }

    pub async fn accounts_where(&self, filter: &Selection, order: Order) -> Result<Vec<Account>> {
        let mut tx = self.db.read().await?;
        Ok(ops::lists::stream(&mut tx, self, &ACCOUNT, filter, order)?.try_collect().await?)
    }

    /// A filter of accounts, as callers write it.
    pub async fn filter(&self, pairs: &[(&str, &str)]) -> fastenr_core::Result<Selection> {
        ops::selection::selection(self, &ACCOUNT, pairs.iter().copied()).await
    }

    /// What accounts and history look like, without what differs from run to run: ids are called by their names.
    pub async fn picture(&self) -> Result<Vec<String>> {
        let accounts = self.accounts().await?;
        let users = ops::users::list(self).await?;
        let mut names: BTreeMap<String, String> =
            accounts.iter().map(|account| (account.id.to_string(), format!("<{}>", account.name))).collect();
        names.extend(users.iter().map(|user| (user.id.to_string(), format!("<{}>", user.email))));
        let call = |text: String| names.iter().fold(text, |text, (id, name)| text.replace(id, name));
        let mut lines: Vec<String> = Vec::new();
        for account in &accounts {
            let fields = ACCOUNT.fields.iter().filter(|field| field.name != "organization_id");
            let line =
                fields.map(|field| format!("{}={:?}", field.name, field.text(&account.value(field)).into_owned()));
            lines.push(call(line.collect::<Vec<_>>().join(" ")));
        }
        for change in self.changes().await? {
            lines.push(call(format!("{change:?}")));
        }
        lines.sort();
        Ok(lines)
    }

    /// The dated history of this organization, oldest first.
    pub async fn changes(&self) -> Result<Vec<TrackedChange>> {
        let sql = "select c.account_id, c.field, c.effective_on, c.kind, c.old_value, c.new_value from account_changes c \
                   where c.organization_id = $1 order by c.account_id, c.created_by_operation, c.field";
        let mut tx = self.db.read().await?;
        Ok(tx.of(&self.scope(), sql).fetch_all().await?)
    }

    pub async fn operations(&self) -> Result<Vec<Operation>> {
        let page = fastenr_core::model::filter::Page { number: 1, limit: 1_000 };
        let (every, newest) = (Selection::default(), Order::first(&OPERATION));
        let mut all = ops::lists::list::<Operation>(self, &OPERATION, &every, newest, page).await?.rows;
        // The one that made the organization stands at the same fixed moment, before or after the first of a test.
        all.retain(|operation| operation.kind != "organizations.create");
        Ok(all)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TrackedChange {
    pub account_id: Uuid,
    pub field: String,
    pub effective_on: chrono::NaiveDate,
    pub kind: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

pub fn by_id() -> Order {
    Order::BY_ID
}

/// An order of accounts: `name`, `arr:desc`.
pub fn by(text: &str) -> Order {
    ops::selection::order(&ACCOUNT, text).expect("an order of accounts")
}

/// As the command line gives values; an empty one clears.
pub fn given(values: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    values.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
}

/// The code of what must have been refused.
#[track_caller]
pub fn refused<T>(result: fastenr_core::Result<T>) -> &'static str {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.code,
    }
}

pub async fn query<R: Record>(db: &Db, sql: impl Into<String>) -> Result<Vec<R>> {
    let sql = sql.into();
    db.read().await?.sql(sql.clone()).fetch_all().await.with_context(|| sql)
}

pub async fn execute(db: &Db, sql: impl Into<String>) -> Result<u64> {
    let sql = sql.into();
    let mut tx = db.write_any().await?;
    let rows = tx.sql(sql.clone()).execute().await.with_context(|| sql)?;
    tx.commit().await?;
    db.memory().clear();
    Ok(rows)
}

/// Every table whose rows belong to an organization: what is journaled with its images, and what is not.
pub static TENANT_TABLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let images = |name: &str| -> &'static str { Box::leak(format!("{name}_before").into_boxed_str()) };
    let mut all: Vec<&str> = TABLES.iter().flat_map(|table| [table.name, images(table.name)]).collect();
    all.extend(["score_snapshots", "score_books"].into_iter().flat_map(|name| [name, images(name)]));
    all.extend(["operations", "activities", "api_keys", "idempotency_keys", "operation_results", "erased_fields"]);
    all
});

/// Every row of a table as one line, sorted: equal before and after means that nothing was written.
pub async fn lines(db: &Db, table: &str, scope: Option<&Scope>) -> Result<Vec<String>> {
    let row = match db.engine() {
        Engine::Postgres => "cast(t as text)".to_owned(),
        Engine::Sqlite => {
            let columns: Vec<(String,)> = query(db, format!("select name from pragma_table_info('{table}')")).await?;
            columns.iter().map(|(name,)| format!("quote(t.{name})")).collect::<Vec<_>>().join(" || ',' || ")
        }
    };
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> = match scope {
        Some(scope) => {
            let sql = format!("select {row} from {table} t where t.organization_id = $1 order by 1");
            tx.of(scope, sql).fetch_all().await?
        }
        None => tx.sql(format!("select {row} from {table} t order by 1")).fetch_all().await?,
    };
    Ok(rows.into_iter().map(|(line,)| line).collect())
}

/// Everything that an organization has, but for the list of what was asked of it: work that is refused or finds nothing to do
/// stands there too.
pub async fn written(db: &Db, scope: &Scope) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let mut all = everything(db, scope).await?;
    all.remove("operations");
    Ok(all)
}

/// Everything that an organization has, table by table.
pub async fn everything(db: &Db, scope: &Scope) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let mut all = BTreeMap::new();
    for table in TENANT_TABLES.iter() {
        all.insert(*table, lines(db, table, Some(scope)).await?);
    }
    Ok(all)
}

/// Adds the external id of an account that was merged away.
pub async fn alias(world: &World, external_id: &str, account: Uuid) -> Result<()> {
    let mut tx = world.db.write_any().await?;
    let sql = "insert into account_aliases (organization_id, id, external_key, external_id, account_id, created_at, updated_at) \
               values ($1, $2, $3, $3, $4, $5, $5)";
    let statement = tx.of(&world.scope(), sql).bind(world.ids.next()).bind(external_id.to_owned()).bind(account);
    statement.bind(world.clock.now()).execute().await?;
    Ok(tx.commit().await?)
}
