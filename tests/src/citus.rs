//! A Citus cluster for tests: that of the database named by `FASTENR_TEST_CITUS_URL`, on the coordinator, with the extension and its
//! workers. Each test gets a database of its own, on every node, distributed before.

use std::env;
use std::str::FromStr;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use fastenr_core::ops::admin;
use fastenr_core::store::{Db, DbOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::postgres::{on_a_thread, random, with_database};
use crate::world::{NOW, clock};

/// A database of the coordinator, whose user may create databases on every node.
pub(crate) const URL_VARIABLE: &str = "FASTENR_TEST_CITUS_URL";

pub(crate) const HOW_TO_SET: &str = "set FASTENR_TEST_CITUS_URL=postgres://user@coordinator/database, a database with the extension citus and its workers";

/// Parts of each table: enough for two organizations to be on two machines, and soon made.
const SHARDS: u32 = 4;

pub(crate) fn url() -> Option<String> {
    env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty())
}

/// A node, as the coordinator knows it.
#[derive(Debug, Clone)]
struct Node {
    host: String,
    port: u16,
}

struct Cluster {
    url: String,
    /// The coordinator, then the workers.
    nodes: Vec<Node>,
    template: String,
}

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();

fn cluster() -> Result<&'static Cluster> {
    let made = CLUSTER.get_or_init(|| Cluster::open().map_err(|error| format!("{error:?}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Removes what the databases of tests were copied from.
pub(crate) fn stop() {
    if let Some(Ok(cluster)) = CLUSTER.get() {
        cluster.drop_database(&cluster.template);
    }
}

impl Cluster {
    fn open() -> Result<Self> {
        let url = url().with_context(|| format!("{URL_VARIABLE} is not set"))?;
        let mut nodes = Vec::new();
        on_a_thread(async {
            let mut connection = PgConnection::connect(&url).await.context("can't connect to the coordinator")?;
            let sql =
                "select nodename, nodeport from pg_dist_node where isactive and noderole = 'primary' order by groupid";
            let rows: Vec<(String, i32)> = sqlx::query_as(sql).fetch_all(&mut connection).await?;
            for (host, port) in rows {
                nodes.push(Node { host, port: u16::try_from(port)? });
            }
            connection.close().await.ok();
            Ok(())
        })?;
        ensure!(
            nodes.len() > 1,
            "the cluster of {URL_VARIABLE} has no workers, or its coordinator is not among its nodes"
        );
        let cluster = Self { url, nodes, template: format!("fastenr_test_{:016x}", random()) };
        cluster.make_template()?;
        Ok(cluster)
    }

    fn make_template(&self) -> Result<()> {
        let name = &self.template;
        self.everywhere(None, &format!("create database {name} template template0 encoding 'UTF8'"))?;
        self.everywhere(Some(name), "create extension citus")?;
        let url = with_database(&self.url, name)?;
        on_a_thread(async {
            let mut connection = PgConnection::connect(&url).await?;
            let [coordinator, workers @ ..] = &self.nodes[..] else { return Ok(()) };
            let mut calls =
                vec![format!("select citus_set_coordinator_host('{}', {})", coordinator.host, coordinator.port)];
            calls.extend(workers.iter().map(|node| format!("select citus_add_node('{}', {})", node.host, node.port)));
            for call in calls {
                sqlx::raw_sql(AssertSqlSafe(call)).execute(&mut connection).await?;
            }
            connection.close().await.ok();
            let db = Db::connect(&url, &DbOptions::default()).await?;
            admin::distribute(&db, clock(NOW), &admin::FirstOrganization::default(), Some(SHARDS)).await?;
            db.close().await;
            Ok(())
        })?;
        // Connections that are on their way out would keep it from being copied; those between the nodes, too.
        self.everywhere(None, &format!("alter database {name} with allow_connections false"))?;
        let ended = format!("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'");
        self.everywhere(None, &ended)
    }

    /// Runs a statement on each node: in the database of the URL, or another one.
    fn everywhere(&self, database: Option<&str>, sql: &str) -> Result<()> {
        for node in &self.nodes {
            let mut options = PgConnectOptions::from_str(&self.url)?.host(&node.host).port(node.port);
            if let Some(database) = database {
                options = options.database(database);
            }
            on_a_thread(async {
                let mut connection = PgConnection::connect_with(&options).await?;
                let outcome = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await;
                connection.close().await.ok();
                outcome.map(drop).map_err(anyhow::Error::from)
            })
            .with_context(|| format!("{sql} on {}:{}", node.host, node.port))?;
        }
        Ok(())
    }

    fn drop_database(&self, name: &str) {
        // Best effort: a failed test must not fail twice.
        let _ = self.everywhere(None, &format!("drop database if exists {name} with (force)"));
    }
}

/// A database on every node that nothing else uses.
pub(crate) struct ClusterDatabase {
    pub(crate) url: String,
    name: String,
}

/// A new database, dropped with the handle.
pub(crate) fn database() -> Result<ClusterDatabase> {
    let cluster = cluster()?;
    let name = format!("fastenr_test_{:016x}", random());
    cluster.everywhere(None, &format!("create database {name} template {} strategy file_copy", cluster.template))?;
    Ok(ClusterDatabase { url: with_database(&cluster.url, &name)?, name })
}

impl Drop for ClusterDatabase {
    fn drop(&mut self) {
        if let Ok(cluster) = cluster() {
            cluster.drop_database(&self.name);
        }
    }
}
