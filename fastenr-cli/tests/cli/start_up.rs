//! Databases that are not there, or are none, as they are met by whoever begins: what is wrong is said by its name.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::thread;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::driver_text::driver_text;
use fastenr_tests::harness::{Backend, Kind, Tests};

use super::support::{Direct, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/start_up/files_that_are_no_database", files);
    tests.postgres("cli/start_up/servers_that_do_not_let_in", servers);
    tests.both("cli/start_up/a_newer_schema", newer);
}

/// The ways to begin.
const BEGINNINGS: [&[&str]; 3] =
    [&["db", "migrate"], &["accounts", "list"], &["serve", "--listen", "127.0.0.1:0", "--no-auth"]];

/// That each way to begin on this database is refused in these words.
fn refused(fastenr: &Fastenr, url: &str, code: i32, words: &[&str]) -> Result<()> {
    for arguments in BEGINNINGS {
        let output = fastenr.args([&["--database", url], arguments].concat()).run();
        ensure!(output.status == code, "{code} expected: {}", output.transcript());
        for word in words {
            ensure!(output.stderr.contains(word), "{word:?} is not said: {}", output.transcript());
        }
        let all = format!("{}{}", output.stdout, output.stderr);
        ensure!(driver_text(&all).is_none() && !all.contains("secret"), "{}", output.transcript());
        ensure!(output.stderr.lines().count() <= 2, "{}", output.transcript());
    }
    Ok(())
}

async fn files(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("book.csv", "name,arr\nAcme,5\n".repeat(500));
    fs::create_dir(backend.path("folder"))?;
    let sound = fs::read(backend.path("fastenr.db"))?;
    let mut damaged = sound.clone();
    damaged[100..4_096].fill(0xa5);
    fastenr.write("damaged.db", damaged);
    let refusals: [(&str, i32, &[&str]); 5] = [
        ("book.csv", 1, &["book.csv: this is not a SQLite database"]),
        ("folder", 2, &["folder is a folder, not a database"]),
        ("damaged.db", 1, &["damaged.db: the database is damaged", "db check"]),
        ("postgres:/host/name", 2, &["two slashes", "postgres://user@host/name"]),
        ("mysql://host/name", 2, &["unsupported database"]),
    ];
    for (url, code, words) in refusals {
        refused(&fastenr, url, code, words)?;
    }
    let below = fastenr.args(["--database", "book.csv/fastenr.db", "db", "migrate"]).run().code(1);
    ensure!(below.stderr.contains("book.csv"), "{}", below.transcript());
    assert_eq!(fastenr.read("book.csv"), "name,arr\nAcme,5\n".repeat(500), "it is left as it was");
    Ok(())
}

/// What answers every client as a web server does.
fn something_else() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    Ok(port)
}

async fn servers(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let (scheme, rest) = backend.url.split_once("://").context("a URL")?;
    let (who, place) = rest.rsplit_once('@').context("a URL with a user")?;
    let (user, _) = who.split_once(':').context("a URL with a password")?;
    let (host, path) = place.split_once('/').context("a URL with a database")?;
    let parameters = path.split_once('?').map_or("", |(_, parameters)| parameters);
    let url = |who: &str, host: &str, name: &str| format!("{scheme}://{who}@{host}/{name}?{parameters}");
    let unused = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let other = something_else()?;
    let refusals: [(String, i32, Vec<&str>); 7] = [
        (url(&format!("{user}:secret"), host, "x"), 1, vec![host, "does not take the password of", user, "PGPASSWORD"]),
        (url("nobody_here:secret", host, "x"), 1, vec![host, "nobody_here"]),
        (url(who, host, "no_such_name"), 1, vec!["has no database \"no_such_name\"", "createdb"]),
        (url(who, &format!("127.0.0.1:{unused}"), "x"), 1, vec!["can't be reached: nobody listens there"]),
        (
            url(who, "no-such-host.invalid", "x"),
            1,
            vec!["no-such-host.invalid:5432", "the name of the host is not known"],
        ),
        (url(who, &format!("127.0.0.1:{other}"), "x"), 1, vec!["no PostgreSQL server"]),
        (format!("{scheme}://{who}@{host}:x/name"), 2, vec!["the database URL can't be read", "USER:PASSWORD@HOST"]),
    ];
    for (url, code, words) in refusals {
        refused(&fastenr, &url, code, &words)?;
    }
    Ok(())
}

async fn newer(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let mut direct = Direct::open(backend).await?;
    let empty = if backend.kind == Kind::Sqlite { "x''" } else { "''" };
    let sql = format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'x', true, {empty}, 0)"
    );
    direct.execute(sql).await?;
    direct.close().await?;
    refused(&fastenr, &backend.url, 5, &["newer than this version of the program knows"])
}
