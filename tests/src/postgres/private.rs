//! A private server in a temporary folder, on a free loopback port, behind a password that nobody else knows.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use sqlx::{Connection, PgConnection};

const SUPERVISE: &str = include_str!("supervise.sh");
const SERVE: &str = include_str!("serve.sh");

/// Enough for initdb on a machine that is busy compiling.
const START_LIMIT: Duration = Duration::from_secs(90);
/// Between finding a free port and listening on it, another process may take it.
const ATTEMPTS: u32 = 3;

pub(super) struct Private {
    supervisor: Child,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Private {
    /// Inside or outside a runtime.
    pub(super) fn start(binaries: &Path) -> Result<Self> {
        thread::scope(|scope| scope.spawn(|| Self::start_here(binaries)).join())
            .map_err(|_| anyhow!("the thread that starts PostgreSQL panicked"))?
    }

    fn start_here(binaries: &Path) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let server = Self::spawn(binaries)?;
            match server.wait_until_ready() {
                Ok(()) => return Ok(server),
                Err(error) if attempt == ATTEMPTS || !server.log().contains("could not bind") => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://fastenr:{}@127.0.0.1:{}/postgres?sslmode=disable", self.password, self.port)
    }

    fn spawn(binaries: &Path) -> Result<Self> {
        // Asked before there is a folder, which nobody would remove if this process were killed meanwhile.
        let account = Account::needed()?;
        let shell = account.as_ref().map_or(Ok(vec!["sh".to_owned()]), Account::shell)?;

        let folder = crate::scratch::folder("fastenr-postgres-")?;
        let password = format!("{:016x}{:016x}", super::random(), super::random());
        fs::write(folder.path().join("password"), &password)?;
        fs::write(folder.path().join("serve.sh"), SERVE)?;

        if let Some(account) = account {
            for path in [folder.path(), &folder.path().join("password"), &folder.path().join("serve.sh")] {
                chown(path, Some(account.uid), Some(account.gid))?;
            }
        }
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISE, "supervise"]).args(shell).arg(folder.path().join("serve.sh"));
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command
            .env("FOLDER", folder.path())
            .env("BINARIES", binaries)
            .env("PORT", port.to_string())
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir(folder.path())
            // A Ctrl-C goes to the whole group of the terminal, and would kill the supervisor before it has cleaned up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let supervisor = command.spawn().context("can't start sh")?;
        Ok(Self { supervisor, folder: folder.keep(), port, password })
    }

    fn wait_until_ready(&self) -> Result<()> {
        let started = Instant::now();
        let url = self.url();
        loop {
            let stopped = self.folder.join("stopped").exists();
            let refusal = match super::block_on(PgConnection::connect(&url))? {
                Ok(connection) => {
                    super::block_on(connection.close())?.ok();
                    return Ok(());
                }
                Err(error) => error,
            };
            if stopped || started.elapsed() > START_LIMIT {
                let what = if stopped { "stopped" } else { "is not ready in time" };
                bail!("the private PostgreSQL server {what}: {refusal}; its log ends:\n{}", self.log());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // The end of its standard input is the supervisor's signal; it gives up by itself after a bounded time.
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// An account without privileges that root can run the server as.
struct Account {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Account {
    /// `None` for a user other than root, who runs the server as itself.
    fn needed() -> Result<Option<Self>> {
        if id("-u", None) != Some(0) {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let (Some(uid), Some(gid)) = (id("-u", Some(name)), id("-g", Some(name))) {
                return Ok(Some(Self { name, uid, gid }));
            }
        }
        bail!("root may not run PostgreSQL, and there is neither an account `postgres` nor `nobody` to run it as")
    }

    /// The start of a command line that runs a shell script as this account. Each way is tried before it is trusted:
    /// small systems have a `setpriv` that can't change users, containers may forbid it to drop groups.
    fn shell(&self) -> Result<Vec<String>> {
        let Self { name, uid, gid } = self;
        let ways = [
            format!("setpriv --reuid={uid} --regid={gid} --clear-groups sh"),
            format!("runuser -u {name} -- sh"),
            format!("su -s /bin/sh {name}"),
        ];
        for way in &ways {
            let way: Vec<String> = way.split(' ').map(str::to_owned).collect();
            let mut trial = Command::new(&way[0]);
            trial.args(&way[1..]).args(["-c", "true"]).current_dir("/");
            trial.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if trial.status().is_ok_and(|status| status.success()) {
                return Ok(way);
            }
        }
        bail!("root may not run PostgreSQL, and none of setpriv, runuser and su can run it as `{name}`")
    }
}

fn id(what: &str, account: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg(what).args(account).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
