//! Statements that don't end by themselves: what writes a row of a table waits in the statement that writes it.

use anyhow::Result;
use fastenr_core::store::{Db, Engine};

use super::support::execute;

/// From now on a write of rows of `table` takes for ever; `event` is `insert`, `update` or `delete`.
pub(crate) async fn slow(db: &Db, table: &str, event: &str) -> Result<()> {
    match db.engine() {
        Engine::Sqlite => {
            // Nothing that a step ends: more rows than anybody counts.
            let names = "(select name from pragma_function_list)";
            let many = ["a", "b", "c", "d", "e", "f"].map(|alias| format!("{names} {alias}")).join(", ");
            let sql = format!(
                "create trigger if not exists slow before {event} on {table} begin select count(*) from {many}; end"
            );
            execute(db, sql).await?;
        }
        Engine::Postgres => {
            let sql = "create function slow() returns trigger language plpgsql as \
                       'begin perform pg_sleep(600); return coalesce(new, old); end'";
            execute(db, sql).await?;
            let sql = format!("create trigger slow before {event} on {table} for each row execute function slow()");
            execute(db, sql).await?;
        }
    }
    Ok(())
}

pub(crate) async fn quick(db: &Db, table: &str) -> Result<()> {
    match db.engine() {
        Engine::Sqlite => execute(db, "drop trigger slow").await?,
        Engine::Postgres => {
            execute(db, format!("drop trigger slow on {table}")).await?;
            execute(db, "drop function slow()").await?
        }
    };
    Ok(())
}
