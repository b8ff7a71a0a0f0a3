//! Running programs: how long they take, and how much memory at their peak.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A program to run, with what becomes of its output.
#[derive(Clone)]
pub(crate) struct Step {
    program: OsString,
    args: Vec<OsString>,
    stdout: Option<PathBuf>,
    envs: Vec<(&'static str, OsString)>,
}

/// A program that has done its work.
pub(crate) struct FinishedProcess {
    pub(crate) took: Duration,
    pub(crate) stdout: String,
}

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: program.as_ref().to_owned(), args: Vec::new(), stdout: None, envs: Vec::new() }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.envs.push((name, value.as_ref().to_owned()));
        self
    }

    /// Standard output goes to a file, as with `>`.
    pub(crate) fn into_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.stdout = Some(file.into());
        self
    }

    /// Runs it to its end, from before the process starts to after it is gone.
    ///
    /// # Errors
    /// When it can't be started, or ends with another code than 0; with what it wrote to standard error.
    pub(crate) fn run(&self) -> Result<FinishedProcess> {
        let mut command = self.command()?;
        let started = Instant::now();
        let output = command.output().with_context(|| format!("starting {}", self.shown()))?;
        let took = started.elapsed();
        self.check(&output)?;
        Ok(FinishedProcess { took, stdout: String::from_utf8_lossy(&output.stdout).into_owned() })
    }

    /// The same below GNU time: the run, and the peak of its resident memory in KiB (none without GNU time).
    pub(crate) fn run_measured(&self, gnu_time: Option<&OsStr>) -> Result<(FinishedProcess, Option<u64>)> {
        let Some(gnu_time) = gnu_time else { return Ok((self.run()?, None)) };
        let report = tempfile::NamedTempFile::new().context("making a temporary file")?;
        let mut wrapped = Self::new(gnu_time).args(["-f", "%M", "-o"]).arg(report.path()).arg(&self.program);
        wrapped.args.extend(self.args.iter().cloned());
        wrapped.envs.clone_from(&self.envs);
        wrapped.stdout.clone_from(&self.stdout);
        let done = wrapped.run()?;
        let text = fs::read_to_string(report.path()).context("reading the report of GNU time")?;
        let peak: Option<u64> = text.lines().last().and_then(|line| line.trim().parse().ok());
        Ok((done, Some(peak.context("GNU time reported no memory")?)))
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        // A language or a database of the person at the keyboard is none of the bench's.
        command.args(&self.args).env("LC_ALL", "C").env_remove("FASTENR_DATABASE_URL").stdin(Stdio::null());
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        if let Some(path) = &self.stdout {
            let file = File::create(path).with_context(|| format!("making {}", path.display()))?;
            command.stdout(file);
        }
        Ok(command)
    }

    fn check(&self, output: &Output) -> Result<()> {
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stdout = String::from_utf8_lossy(&output.stdout);
        bail!("{} ended with {}\n{}{}", self.shown(), output.status, stderr.trim_end(), last(&stdout))
    }

    fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.args);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

/// The end of a long output: where the reason stands.
fn last(text: &str) -> String {
    let lines: Vec<_> = text.lines().rev().take(10).collect();
    lines.into_iter().rev().fold(String::new(), |all, line| all + "\n" + line)
}

/// A line for whoever waits; the table alone goes to standard output.
pub(crate) fn say(what: impl Display) {
    // Whoever closed standard error does not wait.
    drop(writeln!(std::io::stderr(), "{what}"));
}

/// Asks the kernel to write what it holds back, so that one run does not pay for another's, and waits for a quiet machine.
pub(crate) fn settle() {
    // Without it the runs are a little less even, no more.
    drop(Command::new("sync").status());
    super::quiet::wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_output_time_and_failure() {
        let done = Step::new("sh").args(["-c", "echo hello"]).run().unwrap();
        assert_eq!(done.stdout, "hello\n");
        let error = Step::new("sh").args(["-c", "echo why >&2; exit 3"]).run().err().unwrap().to_string();
        assert!(error.contains("exit status: 3") && error.contains("why"), "{error}");
        assert!(Step::new("no-such-program").run().is_err());
    }

    #[test]
    fn measures_memory_where_gnu_time_is_there() {
        let step = Step::new("sh").args(["-c", ":"]);
        assert!(step.run_measured(None).unwrap().1.is_none());
        if std::path::Path::new("/usr/bin/time").exists() {
            assert!(step.run_measured(Some(OsStr::new("/usr/bin/time"))).unwrap().1.unwrap() > 100);
        }
    }
}
