//! A PostgreSQL server for the length of a run: made with initdb, durable as by default, reached through a socket.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::process::{Step, say};
use super::tools::on_path;

/// What a server of this size would be given; everything else, `fsync` and `synchronous_commit` above all, is the default.
const SETTINGS: [&str; 3] = ["shared_buffers=512MB", "max_wal_size=4GB", "listen_addresses="];
/// Part of the socket's name only: the folder is the server's own.
const PORT: &str = "5432";
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    child: Child,
    binaries: PathBuf,
    home: PathBuf,
    user: Option<User>,
}

/// Whom the server runs as: PostgreSQL refuses root.
#[derive(Clone)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

impl Server {
    /// Ends when this is dropped, and on Ctrl-C, since the server is a plain child.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let binaries = binaries()?;
        let user = user()?;
        let home = folder.join("postgres");
        fs::create_dir(&home).with_context(|| format!("making {}", home.display()))?;
        if let Some(user) = &user {
            chown(&home, Some(user.uid), Some(user.gid)).context("giving the server its folder")?;
            // The folder above is for its owner alone: let the server's user pass, not look.
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).context("opening the folder above")?;
        }
        say(format_args!("PostgreSQL: a private server from {}", binaries.display()));
        let data = home.join("data");
        step(&binaries.join("initdb"), user.as_ref())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .run()?;
        let log = fs::File::create(folder.join("postgres.log")).context("making the server's log")?;
        let [program, leading @ ..] = &as_user(&binaries.join("postgres"), user.as_ref())[..] else {
            bail!("no program to start");
        };
        let mut command = Command::new(program);
        command.args(leading).arg("-D").arg(&data).arg("-k").arg(&home).args(["-p", PORT]);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut server = Self { child, binaries, home, user };
        server.wait(&folder.join("postgres.log"))?;
        Ok(server)
    }

    /// Of the database `postgres`, as the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres:///postgres?host={}&port={PORT}&user=postgres", self.home.display())
    }

    fn wait(&mut self, log: &Path) -> Result<()> {
        let ask = Step::new("psql").args(["-X", "-q", "-d", &self.url(), "-c", "select 1"]);
        let asked = Instant::now();
        while ask.run().is_err() {
            if self.child.try_wait()?.is_some() || asked.elapsed() > PATIENCE {
                bail!("the private server did not start:\n{}", fs::read_to_string(log).unwrap_or_default());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = step(&self.binaries.join("pg_ctl"), self.user.as_ref())
            .args(["stop", "-s", "-w", "-m", "fast", "-D"])
            .arg(self.home.join("data"))
            .run();
        if let Err(error) = stop {
            say(format_args!("stopping the private server: {error}; ending its process instead"));
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// The newest installed server; distributions keep it off the PATH.
fn binaries() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder): &(u32, PathBuf)| folder.join("initdb").is_file())
        .collect();
    found.sort_unstable();
    if let Some((_, folder)) = found.pop() {
        return Ok(folder);
    }
    let beside = on_path("initdb").and_then(|path| fs::canonicalize(path).ok()?.parent().map(Path::to_owned));
    beside.context(
        "no PostgreSQL server is installed (Debian: postgresql); name a running one with --postgres-url, \
         or leave it out with --database sqlite",
    )
}

/// Somebody else than root, where we are root.
fn user() -> Result<Option<User>> {
    let id = |words: &[&str]| -> Option<u32> { Step::new("id").args(words).run().ok()?.stdout.trim().parse().ok() };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (id(&["-u", name]), id(&["-g", name])) {
            return Ok(Some(User { name: name.to_owned(), uid, gid }));
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

/// The words that start a program as that user. `setpriv` becomes the program, `runuser` stays above it.
fn as_user(program: &Path, user: Option<&User>) -> Vec<PathBuf> {
    let leading = match user {
        None => Vec::new(),
        Some(user) if on_path("setpriv").is_some() => vec![
            "setpriv".to_owned(),
            format!("--reuid={}", user.uid),
            format!("--regid={}", user.gid),
            "--clear-groups".to_owned(),
        ],
        Some(user) => ["runuser", "-u", &user.name, "--"].map(str::to_owned).to_vec(),
    };
    leading.into_iter().map(PathBuf::from).chain([program.to_owned()]).collect()
}

fn step(program: &Path, user: Option<&User>) -> Step {
    let words = as_user(program, user);
    Step::new(&words[0]).args(&words[1..])
}
