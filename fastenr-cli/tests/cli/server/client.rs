//! A client that sees every byte, and the servers it talks to.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fastenr_tests::cli::{Fastenr, Running};
use serde_json::Value as Json;

/// A server on a free port; it ends with its test.
pub(super) struct Server {
    pub(super) running: Running,
    pub(super) port: u16,
}

impl Server {
    pub(super) fn start(fastenr: &Fastenr) -> Result<Self> {
        Self::with(fastenr, &[])
    }

    pub(super) fn with(fastenr: &Fastenr, flags: &[&str]) -> Result<Self> {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--no-auth"];
        let mut running = fastenr.args(arguments.iter().chain(flags)).time_limit(Duration::from_secs(300)).spawn();
        let said = running.wait_for("listening on http");
        let port = port_after(&said, "//127.0.0.1:").with_context(|| format!("no port in {said:?}"))?;
        Ok(Self { running, port })
    }

    pub(super) fn get(&self, path: &str) -> Result<Answer> {
        self.request(&format!("GET {path}"), "")
    }

    /// `line` is the method and the path, `headers` whole lines.
    pub(super) fn request(&self, line: &str, headers: &str) -> Result<Answer> {
        request(self.port, line, headers)
    }
}

/// The port that follows a text.
pub(super) fn port_after(said: &str, before: &str) -> Option<u16> {
    let rest = said.split_once(before)?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

pub(super) struct Answer {
    pub(super) status: u16,
    /// The header's lines, lower case.
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Result<Json> {
        serde_json::from_slice(&self.body).with_context(|| format!("{}\n{}", self.headers, self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The end of a problem's type.
    pub(super) fn problem(&self) -> Result<String> {
        ensure!(self.header("content-type") == Some("application/problem+json"), "{}", self.headers);
        let body = self.json()?;
        assert_eq!(body["status"], self.status, "{body}");
        let kind = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:fastenr:problem:"));
        Ok(kind.with_context(|| body.to_string())?.to_owned())
    }
}

pub(super) fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

pub(super) fn request(port: u16, line: &str, headers: &str) -> Result<Answer> {
    let mut stream = connect(port)?;
    write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n")?;
    read(stream, !line.starts_with("HEAD "))
}

/// The next answer on a connection.
pub(super) fn read(stream: impl Read, with_body: bool) -> Result<Answer> {
    let mut reader = BufReader::new(stream);
    let mut line = || -> Result<String> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        ensure!(line.ends_with("\r\n"), "the head ends early: {line:?}");
        Ok(line.trim_end().to_owned())
    };
    let status = line()?;
    let mut headers = String::new();
    loop {
        match line()? {
            end if end.is_empty() => break,
            header => headers += &format!("{}\n", header.to_lowercase()),
        }
    }
    let status = status.split(' ').nth(1).context("no status")?.parse()?;
    let mut answer = Answer { status, headers, body: Vec::new() };
    if with_body && answer.header("transfer-encoding") == Some("chunked") {
        read_chunks(&mut reader, &mut answer.body)?;
    } else if with_body {
        let length = answer.header("content-length").unwrap_or("0").parse()?;
        reader.take(length).read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).with_context(|| format!("a chunk's size: {size:?}"))?;
        reader.take(size).read_to_end(body)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// Waits until the other side has closed, or reset, what it once accepted.
pub(super) fn until_closed(stream: &mut TcpStream) -> Result<()> {
    let mut buffer = [0; 1 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                bail!("it is still open")
            }
            Err(_) => return Ok(()),
        }
    }
}
