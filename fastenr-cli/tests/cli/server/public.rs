//! A server that browsers reach under another name, through a proxy.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use super::super::support::with_accounts;
use super::client::{Answer, Server, connect, port_after, read};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/a_proxy_speaks_for_the_public_name_alone", public_name);
    tests.sqlite("cli/server/https_of_a_proxy_is_kept", https);
}

fn ask(port: u16, path: &str, headers: &str) -> Result<Answer> {
    let mut stream = connect(port)?;
    write!(stream, "GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n")?;
    read(stream, true)
}

async fn public_name(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let proxied = ["--auth-header", "X-Forwarded-Email", "--trusted-proxy", "127.0.0.1"];
    let serve = |flags: &[&str]| {
        let all = [&["serve", "--listen", "127.0.0.1:0"], &proxied[..], flags].concat();
        fastenr.args(all).time_limit(Duration::from_secs(300)).spawn()
    };
    let mut running = serve(&["--public-url", "https://fastenr.example.com"]);
    let said = running.wait_for("listening on http");
    let port = port_after(&said, "//127.0.0.1:").with_context(|| said.clone())?;
    let jo = "X-Forwarded-Email: jo@example.com\r\n";
    for (host, status) in [("fastenr.example.com", 200), ("localhost", 421), ("rebound.example", 421)] {
        let answer = ask(port, "/dashboard/accounts", &format!("Host: {host}\r\n{jo}"))?;
        ensure!(answer.status == status, "{host}: {} {}", answer.status, answer.text());
        assert_eq!(answer.text().contains("Acme"), status == 200, "{host}");
        ensure!(status == 200 || answer.text().contains("--public-url"), "{}", answer.text());
    }
    // Probes and the API are asked under any name.
    assert_eq!(ask(port, "/readyz", "Host: 10.0.0.7\r\n")?.status, 200);
    assert_eq!(ask(port, "/api/accounts", "Host: 10.0.0.7\r\n")?.status, 401);
    drop(running);
    // Without it nobody knows the name, and the operator is told.
    serve(&[]).wait_for("set --public-url");
    Ok(())
}

async fn https(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for (url, told) in [("https://fastenr.example.com", true), ("http://fastenr.example.com", false)] {
        let server = Server::with(&fastenr, &["--public-url", url])?;
        for path in ["/dashboard/accounts", "/api/accounts", "/nothing", "/healthz"] {
            let answer = server.get(path)?;
            let age = answer.header("strict-transport-security");
            assert_eq!(age.is_some_and(|age| age.starts_with("max-age=")), told, "{url} {path}: {}", answer.headers);
        }
    }
    Ok(())
}
