//! What is around every answer: ids, the log, other origins, compression, methods, headers, panics.

use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use fastenr_http::server::{Options, Origins};
use fastenr_tests::cli::Signal;
use fastenr_tests::harness::{Backend, Tests};
use flate2::read::GzDecoder;
use serde_json::Value as Json;

use super::super::support::with_accounts;
use super::client::{Answer, Server, connect, read, request};
use super::local::Local;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/request_ids", request_ids);
    tests.both("cli/server/the_log_as_json", log_as_json);
    tests.sqlite("cli/server/the_log_as_text", log_as_text);
    tests.sqlite("cli/server/other_origins_are_closed_by_default", origins_closed);
    tests.sqlite("cli/server/other_origins_that_are_named", origins_named);
    tests.sqlite("cli/server/any_other_origin", origins_any);
    tests.sqlite("cli/server/without_keys_pages_are_kept_out", without_keys);
    tests.sqlite("cli/server/compression", compression);
    tests.sqlite("cli/server/methods", methods);
    tests.sqlite("cli/server/headers_for_browsers", headers_for_browsers);
    tests.sqlite("cli/server/a_panic_is_a_problem", a_panic);
}

async fn request_ids(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options::default())?;
    let ask = |header: &str| request(local.port, "GET /id", header);
    let own = ask("X-Request-Id: job-7/a\r\n")?;
    // The handler knows it by the same name.
    assert_eq!((own.header("x-request-id"), own.text().as_str()), (Some("job-7/a"), "job-7/a"));
    let long = format!("X-Request-Id: {}\r\n", "a".repeat(129));
    let mut seen = Vec::new();
    for header in ["", "X-Request-Id: \r\n", "X-Request-Id: a b\r\n", "X-Request-Id: é\r\n", &long] {
        let answer = ask(header)?;
        let id = answer.header("x-request-id").context("no id")?.to_owned();
        ensure!(id.len() == 36 && id == answer.text() && !seen.contains(&id), "{header:?}: {id}");
        seen.push(id);
    }
    // Also what no route answers.
    ensure!(request(local.port, "GET /nothing", "")?.header("x-request-id").is_some());
    Ok(())
}

async fn log_as_json(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::with(&fastenr, &["--log-format", "json"])?;
    server.request("GET /api/accounts?search=secret", "X-Request-Id: first\r\n")?;
    server.request("GET /nothing/secret?token=secret", "X-Request-Id: second\r\nAuthorization: Bearer secret\r\n")?;
    server.get("/healthz")?;
    server.running.kill(Signal::Terminate);
    let output = server.running.wait().ok();
    ensure!(!output.stderr.contains("secret"), "{}", output.stderr);
    let lines: Vec<Json> = output.stderr.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for line in &lines {
        ensure!(line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    let answered: Vec<&Json> = lines.iter().filter(|line| line["message"] == "answered").collect();
    // Probes come every few seconds; they are not worth a line.
    let [first, second] = answered[..] else { anyhow::bail!("{}", output.stderr) };
    for (line, id, route, status) in [(first, "first", "/api/accounts", 200), (second, "second", "none", 404)] {
        assert_eq!((&line["span"]["request_id"], &line["route"]), (&id.into(), &route.into()), "{line}");
        assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &status.into()), "{line}");
        ensure!(line["ms"].is_number() && line["level"] == "INFO", "{line}");
    }
    Ok(())
}

async fn log_as_text(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    server.request("GET /api/accounts?search=secret", "X-Request-Id: first\r\n")?;
    server.running.kill(Signal::Terminate);
    let output = server.running.wait().ok();
    let line = output.stderr.lines().find(|line| line.contains("answered")).context("no line")?;
    for part in ["request_id=\"first\"", "method=GET", "route=\"/api/accounts\"", "status=200", "ms="] {
        ensure!(line.contains(part), "{line}");
    }
    ensure!(!output.stderr.contains("secret"), "{}", output.stderr);
    Ok(())
}

const APP: &str = "Origin: https://app.example.com\r\n";
const PREFLIGHT: &str = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n";

fn with_origins(backend: &Backend, origins: &[&str]) -> Result<Local> {
    Local::start(backend, Options { origins: Origins::parse(origins.iter().copied())?, ..Options::default() })
}

fn says_nothing_of_origins(answer: &Answer) -> Result<()> {
    ensure!(!answer.headers.contains("access-control-allow-origin"), "{}", answer.headers);
    ensure!(!answer.headers.contains("access-control-allow-credentials"), "{}", answer.headers);
    Ok(())
}

async fn origins_closed(backend: &Backend) -> Result<()> {
    let local = with_origins(backend, &[])?;
    says_nothing_of_origins(&request(local.port, "GET /small", APP)?)?;
    let preflight = request(local.port, "OPTIONS /small", &[APP, PREFLIGHT].concat())?;
    says_nothing_of_origins(&preflight)?;
    assert_eq!((preflight.status, preflight.header("allow")), (204, Some("get,head,options")));
    Ok(())
}

async fn origins_named(backend: &Backend) -> Result<()> {
    let local = with_origins(backend, &["https://app.example.com", "http://localhost:3000"])?;
    let answer = request(local.port, "GET /small", APP)?;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
    let exposed = answer.header("access-control-expose-headers").context("nothing is exposed")?;
    for name in ["etag", "location", "retry-after", "ratelimit", "ratelimit-policy", "x-request-id"] {
        ensure!(exposed.split(',').any(|exposed| exposed == name), "{name}: {exposed}");
    }
    ensure!(answer.headers.lines().any(|line| line == "vary: origin"), "{}", answer.headers);
    ensure!(!answer.headers.contains("access-control-allow-credentials"), "{}", answer.headers);

    let preflight = request(local.port, "OPTIONS /small", &[APP, PREFLIGHT].concat())?;
    ensure!((200..300).contains(&preflight.status), "{}", preflight.status);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://app.example.com"));
    let allowed =
        |name: &str, what: &str| preflight.header(name).is_some_and(|list| list.split(',').any(|one| one == what));
    for method in ["get", "post", "put", "delete"] {
        ensure!(allowed("access-control-allow-methods", method), "{method}: {}", preflight.headers);
    }
    for name in ["authorization", "content-type", "if-match", "idempotency-key", "last-event-id"] {
        ensure!(allowed("access-control-allow-headers", name), "{name}: {}", preflight.headers);
    }
    // A mistake has to be readable too, and a refused body.
    for (line, headers, status) in [("GET /nothing", "", 404), ("POST /count", "Content-Length: 9999999\r\n", 413)] {
        let answer = request(local.port, line, &[APP, headers].concat())?;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"), "{line}");
    }
    // Others: what begins or ends like one, another scheme, another port, none.
    for origin in [
        "https://evil.example.com",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "http://app.example.com",
        "http://localhost:3001",
        "null",
    ] {
        let header = format!("Origin: {origin}\r\n");
        says_nothing_of_origins(&request(local.port, "GET /small", &header)?)?;
        says_nothing_of_origins(&request(local.port, "OPTIONS /small", &[&header, PREFLIGHT].concat())?)?;
    }
    // Without the question of a browser, it is no preflight.
    let options = request(local.port, "OPTIONS /small", APP)?;
    assert_eq!((options.status, options.header("allow")), (204, Some("get,head,options")));
    Ok(())
}

async fn origins_any(backend: &Backend) -> Result<()> {
    let local = with_origins(backend, &["*"])?;
    for line in ["GET /small", "OPTIONS /small"] {
        let answer = request(local.port, line, &[APP, PREFLIGHT].concat())?;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{line}");
        ensure!(!answer.headers.contains("access-control-allow-credentials"), "{}", answer.headers);
    }
    Ok(())
}

/// A page in a browser on the same machine: it can send to a loopback address, and a name of its own can be made to mean one.
async fn without_keys(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::with(&fastenr, &["--cors-origin", "https://app.example.com"])?;
    let by_name = |host: &str| {
        let mut stream = connect(server.port)?;
        write!(stream, "GET /api/accounts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        read(stream, true)
    };
    for host in ["localhost", "127.0.0.1:8787", "[::1]:8787"] {
        assert_eq!(by_name(host)?.status, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1:8787"] {
        let answer = by_name(host)?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (421, "not_this_host"), "{host}");
    }
    for header in ["Origin: https://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n", "Origin: null\r\n"] {
        let answer = server.request("POST /api/accounts", header)?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (403, "foreign_origin"), "{header}");
    }
    for header in ["", APP, "Sec-Fetch-Site: same-origin\r\n"] {
        ensure!(server.request("POST /api/accounts", header)?.status != 403, "{header}");
    }
    let refused = fastenr.args(["serve", "--no-auth", "--cors-origin", "*"]).run().code(5);
    ensure!(refused.stderr.contains("every page"), "{}", refused.transcript());
    Ok(())
}

async fn compression(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options::default())?;
    let plain = request(local.port, "GET /large", "")?;
    assert_eq!((plain.header("content-encoding"), plain.body.len()), (None, 60_000));
    ensure!(plain.headers.contains("vary: accept-encoding"), "{}", plain.headers);
    for (encoding, magic) in [("gzip", &[0x1f, 0x8b][..]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd]), ("br", &[])] {
        let answer = request(local.port, "GET /large", &format!("Accept-Encoding: {encoding}\r\n"))?;
        assert_eq!(answer.header("content-encoding"), Some(encoding));
        ensure!(answer.body.starts_with(magic) && answer.body.len() < 2_000, "{encoding}: {}", answer.body.len());
        if encoding == "gzip" {
            let mut text = Vec::new();
            GzDecoder::new(&answer.body[..]).read_to_end(&mut text)?;
            ensure!(text == plain.body);
        }
    }
    // Not worth it; not wanted; not for a stream of events, which would wait in the compressor.
    for (line, encoding) in [("GET /small", "gzip"), ("GET /large", "gzip;q=0"), ("GET /large", "compress")] {
        let answer = request(local.port, line, &format!("Accept-Encoding: {encoding}\r\n"))?;
        assert_eq!(answer.header("content-encoding"), None, "{line} {encoding}");
    }
    let mut events = connect(local.port)?;
    events.write_all(b"GET /events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n")?;
    let mut text = Vec::new();
    while !text.ends_with(b"data: tick\n\n\r\n") {
        let mut byte = [0];
        events.read_exact(&mut byte)?;
        text.push(byte[0]);
    }
    ensure!(!String::from_utf8_lossy(&text).to_lowercase().contains("content-encoding"));
    Ok(())
}

async fn methods(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let got = server.get("/api/accounts")?;
    let head = server.request("HEAD /api/accounts", "")?;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-type", "content-length"] {
        assert_eq!(head.header(name), got.header(name), "{name}");
    }
    for line in ["PATCH /api/accounts", "TRACE /api/accounts", "BREW /api/accounts", "POST /healthz", "DELETE /readyz"]
    {
        let answer = server.request(line, "")?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (405, "no_such_method"), "{line}");
        ensure!(answer.header("allow").is_some_and(|allow| allow.contains("get")), "{line}: {}", answer.headers);
    }
    let options = server.request("OPTIONS /api/accounts", "")?;
    assert_eq!((options.status, options.body.len()), (204, 0));
    ensure!(options.header("allow").is_some_and(|allow| allow.contains("get") && allow.contains("options")));
    assert_eq!(server.request("OPTIONS /nothing", "")?.status, 404);
    assert_eq!(server.request("HEAD /nothing", "")?.status, 404);
    Ok(())
}

async fn headers_for_browsers(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options::default())?;
    for line in ["GET /small", "GET /nothing", "PUT /small", "OPTIONS /small", "GET /panic"] {
        let answer = request(local.port, line, "")?;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "deny"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{line}: {name}");
        }
        let policy = answer.header("content-security-policy").context("no policy")?;
        ensure!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        // Without TLS it would be a promise that nobody keeps.
        assert_eq!(answer.header("strict-transport-security"), None);
        assert_eq!(answer.header("server"), None);
    }
    Ok(())
}

async fn a_panic(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options::default())?;
    for _ in 0..3 {
        let answer = request(local.port, "GET /panic", "")?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (500, "internal"));
        ensure!(!answer.text().contains("secret"), "{}", answer.text());
    }
    assert_eq!(request(local.port, "GET /small", "")?.text(), "small");
    Ok(())
}
