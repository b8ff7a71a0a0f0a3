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
}

impl Measured {
    pub(crate) fn shown(&self) -> String {
        format!("{:.0}/s (p99 {})", self.rate, self.p99)
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
    ensure!(!text.contains("Non-2xx"), "some answers were refusals:\n{text}");
    ensure!(!text.contains("Socket errors"), "some answers never came:\n{text}");
    let after = |mark: &str| text.lines().find_map(|line| line.trim().strip_prefix(mark)).map(str::trim);
    let rate = after("Requests/sec:").with_context(|| format!("wrk printed no rate:\n{text}"))?.parse()?;
    Ok(Measured { rate, p99: after("99%").context("wrk printed no 99 %")?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_prints() {
        let text = "  Latency Distribution\n     50%    1.20ms\n     99%    9.81ms\n  4 requests in 1s\nRequests/sec:   4213.55\n";
        assert_eq!(read(text).unwrap(), Measured { rate: 4213.55, p99: "9.81ms".into() });
        assert!(read("Requests/sec: 1\n  Non-2xx or 3xx responses: 3\n99% 1ms").is_err());
        assert!(read("").is_err());
    }
}
