//! A command that dies, is stopped, or finds the disk full: before or after, never between.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{Direct, book, content, migrated, shell, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/durability/kill_9_at_any_moment", kill_9);
    tests.both("cli/durability/signals_at_any_moment", signals_at_any_moment);
    tests.both("cli/durability/a_signal_while_standard_input_is_read", a_signal_while_reading);
    tests.sqlite("cli/durability/a_full_disk_leaves_the_old_data", a_full_disk);
}

/// For the kills; signals are tried on a third of it.
const ROWS: usize = 3_000;
const KILLS: u32 = 20;

/// A book whose every import writes every row: each has an ARR of its own.
struct Imports {
    fastenr: Fastenr,
    direct: Direct,
    rows: usize,
    /// The ARR that all rows have, once any import went through.
    arr: i64,
    took: Duration,
}

impl Imports {
    async fn start(backend: &Backend, rows: usize) -> Result<Self> {
        let fastenr = migrated(backend);
        fastenr.write("book.csv", book(0, rows, 1));
        fastenr.args(["accounts", "import", "book.csv"]).run().ok();
        // An update takes another time than the first filling.
        fastenr.write("book.csv", book(0, rows, 2));
        let started = Instant::now();
        fastenr.args(["accounts", "import", "book.csv"]).run().ok();
        let took = started.elapsed();
        Ok(Self { fastenr, direct: Direct::open(backend).await?, rows, arr: 2, took })
    }

    /// The moments to strike at: all over the run, and a little beyond.
    fn moments(&self, count: u32) -> impl Iterator<Item = Duration> + use<> {
        let took = self.took;
        (0..count).map(move |n| took.mul_f64(f64::from(n) / f64::from(count) * 1.05) + Duration::from_millis(5))
    }

    fn next_file(&self) -> i64 {
        let arr = self.arr + 1;
        self.fastenr.write("book.csv", book(0, self.rows, usize::try_from(arr).unwrap_or_default()));
        arr
    }

    /// The ARR that every account has; an error if they differ or some are missing.
    async fn arr_of_all(&mut self) -> Result<i64> {
        self.direct.settle().await?;
        let rows = self.direct.number("select count(*) from accounts").await?;
        let low = self.direct.number("select min(arr) from accounts").await?;
        let high = self.direct.number("select max(arr) from accounts").await?;
        ensure!(rows == i64::try_from(self.rows)? && low == high, "{rows} accounts with ARR from {low} to {high}");
        Ok(low / 100)
    }
}

async fn kill_9(backend: &Backend) -> Result<()> {
    let mut imports = Imports::start(backend, ROWS).await?;
    let (mut before, mut after) = (0, 0);
    for moment in imports.moments(backend.tries(KILLS)) {
        let next = imports.next_file();
        let import = imports.fastenr.args(["accounts", "import", "book.csv"]).spawn();
        thread::sleep(moment);
        import.kill(Signal::Kill);
        let ended = import.wait().status;
        ensure!(matches!(ended, 0 | 137), "exit {ended}");
        let arr = imports.arr_of_all().await?;
        ensure!(
            arr == next || (arr == imports.arr && ended != 0),
            "{arr} after {ended}, not {} or {next}",
            imports.arr
        );
        if arr == next {
            after += 1
        } else {
            before += 1
        }
        imports.arr = arr;
        let unknown =
            "select count(*) from operations where status not in ('done', 'failed', 'running', 'interrupted')";
        assert_eq!(imports.direct.number(unknown).await?, 0);
        // One that reached its data says so, in the same transaction.
        let done = imports.direct.number("select count(*) from operations where status = 'done'").await?;
        // The organization, its users, the first book.
        assert_eq!(done, 3 + after, "{moment:?}");
        imports.fastenr.args(["db", "check"]).run().ok();
    }
    ensure!(before > 0, "the moments are spread over the run: {before} before, {after} after");

    let next = imports.next_file();
    let report = imports.fastenr.args(["accounts", "import", "book.csv", "-o", "json"]).run().ok().json();
    assert_eq!(report["updated"], ROWS);
    assert_eq!(imports.arr_of_all().await?, next);
    let running = "select count(*) from operations where status = 'running'";
    assert_eq!(imports.direct.number(running).await?, 0, "the dead are not called running any more");
    let interrupted = imports.direct.number("select count(*) from operations where status = 'interrupted'").await?;
    ensure!(interrupted > 0 && interrupted <= before, "{interrupted} interrupted of {before} killed");
    imports.fastenr.args(["db", "check"]).run().ok();
    // Neither staged rows nor spool files nor locks are left lying about.
    let left: Vec<_> = std::fs::read_dir(imports.fastenr.dir())?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.contains("operation") || name.ends_with(".part"))
        .collect();
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

async fn signals_at_any_moment(backend: &Backend) -> Result<()> {
    let mut imports = Imports::start(backend, ROWS / 3).await?;
    let mut interrupted = 0;
    for (n, moment) in imports.moments(10).enumerate() {
        let signal = if n % 2 == 0 { Signal::Interrupt } else { Signal::Terminate };
        let next = imports.next_file();
        let import = imports.fastenr.args(["accounts", "import", "book.csv"]).spawn();
        import.wait_until_it_listens();
        thread::sleep(moment);
        import.kill(signal);
        let output = import.wait();
        let arr = imports.arr_of_all().await?;
        match output.status {
            130 => {
                assert_eq!(arr, imports.arr, "interrupted is nothing changed ({moment:?})\n{}", output.stderr);
                let last = output.stderr.lines().last().unwrap_or_default();
                assert_eq!(last, "error: interrupted; the unit in progress was rolled back");
                interrupted += 1;
            }
            0 => assert_eq!(arr, next, "done is all changed ({moment:?})"),
            other => ensure!(false, "exit {other} after {moment:?}\n{}", output.transcript()),
        }
        imports.arr = arr;
    }
    ensure!(interrupted > 2, "{interrupted} of 10 signals came in time");
    imports.fastenr.args(["db", "check"]).run().ok();
    imports.next_file();
    imports.fastenr.args(["accounts", "import", "book.csv"]).run().ok();
    assert_eq!(imports.direct.number("select count(*) from operations where status = 'running'").await?, 0);
    Ok(())
}

async fn a_signal_while_reading(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let mut import = fastenr.args(["accounts", "import", "-"]).open_stdin().spawn();
        // More than the pipe holds: when it is taken, the command is up and reads.
        import.feed(book(0, 3_000, 1));
        import.kill(signal);
        import.wait().code(130).matches(snapbox::str![[r#"
$ fastenr accounts import -
-- stderr
error: interrupted; the unit in progress was rolled back
-- exit 130

"#]]);
    }
    let mut killed = fastenr.args(["accounts", "import", "-"]).open_stdin().spawn();
    killed.feed(book(0, 3_000, 1));
    killed.kill(Signal::Kill);
    killed.wait().code(137);
    assert_eq!(content(&fastenr), before);
    let spooled = std::fs::read_dir(fastenr.dir().join("tmp"))?.count();
    assert_eq!(spooled, 0, "what was spooled is gone");
    Ok(())
}

/// A limit on the size of files fails the same writes that a full disk would, without filling one.
async fn a_full_disk(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, 2_000, 1)).run().ok();
    let before = content(&fastenr);
    fastenr.write("book.csv", book(0, 20_000, 2));
    let size = std::fs::metadata(fastenr.dir().join("fastenr.db"))?.len() / 512;
    let mut failed = 0;
    // In blocks of 512 bytes: the first stop the staged rows, the later ones the log of the last transaction.
    for limit in [size, 2 * size, 4 * size] {
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$FASTENR\" accounts import book.csv");
        let output = shell(&fastenr, &script);
        ensure!(output.status == 1, "{limit}: {}", output.transcript());
        let last = output.stderr.lines().next().unwrap_or_default();
        ensure!(
            last.starts_with("error: ") && (last.contains("database's files") || last.contains("the disk is full")),
            "{limit}: {}",
            output.transcript()
        );
        ensure!(last.contains("nothing of this run was kept"), "{limit}: {}", output.transcript());
        assert_eq!(content(&fastenr), before, "{limit}");
        fastenr.args(["db", "check"]).run().ok();
        failed += 1;
    }
    assert_eq!(failed, 3);
    fastenr.args(["accounts", "import", "book.csv"]).run().ok();
    assert_eq!(total(&fastenr), 20_000);
    Ok(())
}
