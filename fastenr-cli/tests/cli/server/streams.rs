//! Lists as files, through everything that the served program puts around an answer.

use std::fmt::Write as _;
use std::io::Read;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use flate2::read::GzDecoder;
use serde_json::Value as Json;

use super::super::support::{book, with_accounts};
use super::client::{Answer, Server};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/server/streamed_answers_are_whole", whole);
}

/// Many rows, so that an answer comes in many pieces.
const ROWS: usize = 3_000;

/// Some records of every noun; many of three.
fn filled(backend: &Backend) -> Fastenr {
    let fastenr = with_accounts(backend);
    let mut contacts = String::from("external_id,account,name,title\n");
    let mut engagements = String::from("external_id,account,type,title,completed_at\n");
    let mut metrics = String::from("account,metric_date,csat,login_frequency\n");
    for n in 0..ROWS {
        let account = format!("B-{n:07}");
        let _ = writeln!(contacts, "C-{n},{account},\"Person, {n}\",Head of everything that there is");
        let _ = writeln!(engagements, "E-{n},{account},call,\"Hello, {n}\",2026-02-01T10:00:00Z");
        let _ = writeln!(metrics, "{account},2026-02-{:02},90,{}", n % 28 + 1, n % 50);
    }
    let files = [
        ("accounts", book(0, ROWS, 7)),
        ("contacts", contacts),
        ("metrics", metrics),
        ("engagements", engagements),
        ("goals", "external_id,account,title,metric_type,target_value\nG-1,A-1,Grow,adoption,80\n".into()),
    ];
    for (noun, file) in files {
        fastenr.args([noun, "import", "-"]).stdin(file).run().ok();
    }
    fastenr
}

/// The paths whose answer can be a file.
fn paths() -> Result<Vec<String>> {
    let document: Json = serde_json::from_str(&fastenr_http::openapi())?;
    let paths = document["paths"].as_object().context("no paths")?;
    let is_file = |item: &Json| item.pointer("/get/responses/200/content/text~1csv").is_some();
    Ok(paths.iter().filter(|(_, item)| is_file(item)).map(|(path, _)| path.clone()).collect())
}

fn file(server: &Server, path: &str, media: &str, encoding: &str) -> Result<Answer> {
    let headers = format!("Accept: {media}\r\nAccept-Encoding: {encoding}\r\n");
    // An answer that is cut off has no last chunk, which is an error here.
    let answer =
        server.request(&format!("GET {path}"), &headers).with_context(|| format!("{path} {media} {encoding}"))?;
    ensure!(answer.status == 200, "{path} {media} {encoding}: {}", answer.text());
    Ok(answer)
}

fn unzipped(answer: &Answer) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(&answer.body[..]).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn whole(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let server = Server::start(&fastenr)?;
    let paths = paths()?;
    ensure!(paths.len() >= 7, "{paths:?}");
    let mut large = 0;
    for path in &paths {
        let total = server.get(path)?.json()?["total"].as_u64().with_context(|| format!("{path}: no total"))?;
        for media in ["text/csv", "text/tab-separated-values", "application/x-ndjson"] {
            let plain = file(&server, path, media, "identity")?.body;
            let lines = u64::try_from(plain.iter().filter(|byte| **byte == b'\n').count())?;
            assert_eq!(lines, total + u64::from(media != "application/x-ndjson"), "{path} {media}");
            large += usize::from(plain.len() > 1 << 17);
            for encoding in ["gzip", "br", "zstd"] {
                let answer = file(&server, path, media, encoding)?;
                if answer.header("content-encoding").is_none() {
                    ensure!(answer.body == plain, "{path} {media}: short, and another one");
                    continue;
                }
                assert_eq!(answer.header("content-encoding"), Some(encoding), "{path} {media}");
                if encoding == "gzip" {
                    let text = unzipped(&answer)?;
                    ensure!(text == plain, "{path} {media}: {} bytes of {}", text.len(), plain.len());
                }
            }
        }
    }
    ensure!(large >= 9, "{large} answers were long");
    let path = "/api/engagements.ics";
    let plain = file(&server, path, "text/calendar", "identity")?;
    let events = plain.text().matches("BEGIN:VEVENT").count();
    assert_eq!((events, plain.text().ends_with("END:VCALENDAR\r\n")), (ROWS, true));
    for encoding in ["gzip", "br", "zstd"] {
        let answer = file(&server, path, "text/calendar", encoding)?;
        assert_eq!(answer.header("content-encoding"), Some(encoding), "{path}");
        if encoding == "gzip" {
            ensure!(unzipped(&answer)? == plain.body, "{path}");
        }
    }
    Ok(())
}
