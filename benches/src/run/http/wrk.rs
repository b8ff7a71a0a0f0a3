//! wrk: runs it, and reads what it prints.

use std::io::Write;

use anyhow::{Context, Result, ensure};

use crate::run::process::Step;

pub(crate) struct Load<'k> {
    pub(crate) seconds: u32,
    pub(crate) connections: u32,
    pub(crate) key: &'k str,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// Requests a second.
    pub(crate) rate: f64,
    /// What 99 of 100 keep to, as wrk writes it.
    pub(crate) p99: String,
    /// Answers that were no success, and those that never came.
    pub(crate) failed: u64,
}

/// Of so many requests one may fail, and is told in the table: a database is busy now and then, also below a bare handler.
const FAILED_AT_MOST_ONE_IN: u64 = 1_000;

impl Measured {
    pub(crate) fn shown(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{:.0}/s (p99 {}{failed})", self.rate, self.p99)
    }

    /// The round in the middle; of an even number the better of the two.
    pub(crate) fn median(mut rounds: Vec<Self>) -> Option<Self> {
        rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let middle = rounds.len() / 2;
        rounds.into_iter().nth(middle)
    }
}

/// Each request makes another account.
const POST: &str = r#"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"name":"Load Inc","industry":"Technology","size":"medium","arr":50000}'
"#;

impl Load<'_> {
    pub(crate) fn warm_up(&self, url: &str) -> Result<()> {
        self.run(url, 2, None).map(drop)
    }

    pub(crate) fn get(&self, url: &str) -> Result<Measured> {
        self.run(url, self.seconds, None)
    }

    pub(crate) fn post(&self, url: &str) -> Result<Measured> {
        let mut script = tempfile::Builder::new().suffix(".lua").tempfile()?;
        script.write_all(POST.as_bytes())?;
        self.run(url, self.seconds, Some(script.path()))
    }

    fn run(&self, url: &str, seconds: u32, script: Option<&std::path::Path>) -> Result<Measured> {
        let mut step = Step::new("wrk")
            .args([
                "-t",
                "1",
                "-c",
                &self.connections.to_string(),
                "-d",
                &format!("{seconds}s"),
                "--timeout",
                "60s",
                "--latency",
            ])
            .args(["-H", &format!("Authorization: Bearer {}", self.key)]);
        if let Some(script) = script {
            step = step.arg("-s").arg(script);
        }
        read(&step.arg(url).run()?.stdout).with_context(|| format!("asking {url}"))
    }
}

fn read(text: &str) -> Result<Measured> {
    let after = |mark: &str| text.lines().find_map(|line| line.trim().strip_prefix(mark)).map(str::trim);
    let rate = after("Requests/sec:").with_context(|| format!("wrk printed no rate:\n{text}"))?.parse()?;
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse::<u64>().ok());
    let requests = requests.with_context(|| format!("wrk printed no number of requests:\n{text}"))?;
    let refused = after("Non-2xx or 3xx responses:").map_or(Ok(0), str::parse::<u64>)?;
    // "Socket errors: connect 0, read 3, write 0, timeout 0"
    let lost = after("Socket errors:").unwrap_or_default().split(|c: char| !c.is_ascii_digit());
    let failed = refused + lost.filter_map(|count| count.parse::<u64>().ok()).sum::<u64>();
    ensure!(failed * FAILED_AT_MOST_ONE_IN <= requests, "too many requests failed:\n{text}");
    Ok(Measured { rate, p99: after("99%").context("wrk printed no 99 %")?.to_owned(), failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_prints() {
        let text = "  Latency Distribution\n     50%    1.20ms\n     99%    9.81ms\n  14578 requests in 8.01s, 3MB read\n\
            Requests/sec:   1820.55\n";
        assert_eq!(read(text).unwrap(), Measured { rate: 1820.55, p99: "9.81ms".into(), failed: 0 });
        let some =
            format!("{text}  Socket errors: connect 0, read 1, write 0, timeout 0\n  Non-2xx or 3xx responses: 3\n");
        let some = read(&some).unwrap();
        assert_eq!((some.failed, some.shown()), (4, "1821/s (p99 9.81ms, 4 failed)".to_owned()));
        assert!(read(&format!("{text}  Non-2xx or 3xx responses: 300\n")).is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn the_round_in_the_middle_counts() {
        let round = |rate| Measured { rate, p99: String::new(), failed: 0 };
        assert_eq!(Measured::median(vec![round(3.0), round(1.0), round(2.0)]), Some(round(2.0)));
        assert_eq!(Measured::median(vec![]), None);
    }
}
