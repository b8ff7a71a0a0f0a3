//! What a database refuses is told in our words.

use anyhow::{Context as _, Result};
use fastenr_core::Error;
use fastenr_core::store::Engine;
use fastenr_tests::driver_text::driver_text;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/errors/say_nothing_of_the_driver", say_nothing_of_the_driver);
    tests.both("store/errors/many_at_once", many_at_once);
}

/// One statement for each way to be refused, as a fault of ours would bring it about.
async fn say_nothing_of_the_driver(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let again = |table: &str| format!("insert into {table} select * from {table}");
    let mut cases = vec![
        (again("accounts"), "exists"),
        (again("users"), "exists"),
        ("update accounts set external_key = 'x', external_id = 'x', owner_id = id".to_owned(), "in_use"),
        ("update accounts set size = 'vast'".to_owned(), "database"),
        ("update accounts set name = null".to_owned(), "database"),
        ("update accounts set nme = 'x'".to_owned(), "database"),
        ("select nothing from nowhere".to_owned(), "database"),
        ("selec 1".to_owned(), "database"),
    ];
    if world.db.engine() == Engine::Postgres {
        for (state, code) in [
            ("53100", "disk_full"),
            ("53200", "no_room"),
            ("53300", "connection"),
            ("25006", "read_only"),
            ("42501", "database_rights"),
            ("57014", "cancelled"),
            ("57P01", "connection"),
            ("08006", "connection"),
            ("40P01", "busy"),
            ("55P03", "busy"),
            ("58030", "disk_io"),
            ("XX000", "database"),
        ] {
            let raise = format!("raise exception 'relation \"told\" violates constraint' using errcode = '{state}'");
            cases.push((format!("do $$ begin {raise}; end $$"), code));
        }
    }
    for (sql, code) in cases {
        let mut tx = world.db.write_any().await?;
        let error: Error = tx.sql(sql.clone()).execute().await.err().context("it was taken")?;
        assert_eq!(error.code, code, "{sql}: {error}");
        let told = format!("{error} {}", error.hints);
        assert_eq!(driver_text(&told), None, "{sql}: {told}");
        // The log has it.
        let source = std::error::Error::source(&error).context("a cause")?.to_string();
        assert!(source.len() > 10, "{source}");
        drop(tx);
    }
    Ok(())
}

/// Of several at once that look first and write then, the database refuses all but one.
async fn many_at_once(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for round in 0..5 {
        let external_id = format!("A-{round}");
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let (world, external_id) = (world.clone(), external_id.clone());
                tokio::spawn(
                    async move { world.account(&[("name", &format!("{n}")), ("external_id", &external_id)]).await },
                )
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            match task.await? {
                Ok(_) => made += 1,
                Err(error) => {
                    let error = error.downcast::<Error>()?;
                    assert_eq!((error.code, driver_text(&error.to_string())), ("exists", None), "{error}");
                }
            }
        }
        assert_eq!(made, 1, "{external_id}");
    }
    Ok(())
}
