//! Posts one message to its receiver: signed, with retries, without redirects.

use std::time::Duration;

use chrono::{DateTime, Utc};
use fastenr_core::{Error, Kind, Result};
use ureq::Agent;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::address::{Private, PublicOnly};
use super::sign::Secret;

/// A body with an id, by which a receiver recognizes repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
}

/// Timeouts and retries.
#[derive(Debug, Clone, Copy)]
pub(super) struct RetryPolicy {
    /// Time limit of one attempt, from the name look-up to the last byte.
    pub(super) timeout: Duration,
    pub(super) attempts: u32,
    /// Pause after the first attempt; doubled each time.
    pub(super) pause: Duration,
    /// The longest pause, even if the receiver asks for more.
    pub(super) longest: Duration,
}

impl RetryPolicy {
    pub(super) const fn of(timeout: Duration) -> Self {
        Self { timeout, attempts: 5, pause: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }
}

/// A receiver.
pub(super) struct Receiver {
    agent: Agent,
    uri: Uri,
    secret: Option<Secret>,
    patience: RetryPolicy,
}

/// The result of one attempt.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Done,
    /// Failed for now; may work after this pause.
    Later(String, Option<Duration>),
    Never(String, Option<&'static str>),
}

const PRIVATE_HINT: &str = "--allow-private lets messages go to private addresses, and over http";

impl Receiver {
    /// # Errors
    /// `webhook_url`: no URL, or not https.
    pub(super) fn new(url: &str, secret: Option<Secret>, allow_private: bool, patience: RetryPolicy) -> Result<Self> {
        // The path of a webhook URL is a secret: no error shows it.
        let invalid = |rule: &str| Error::invalid("webhook_url", rule.to_owned());
        let uri: Uri = url.trim().parse().map_err(|_| invalid("the receiver is an https URL"))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("https" | "http"), Some(authority)) if authority.as_str().contains('@') => {
                return Err(invalid("the receiver's URL can't have a name and password"));
            }
            (Some("https"), Some(_)) => {}
            (Some("http"), Some(_)) if allow_private => {}
            (Some("http"), Some(_)) => {
                return Err(
                    invalid("the receiver's URL is not https: messages could be read on the way").hint(PRIVATE_HINT)
                );
            }
            _ => return Err(invalid("the receiver is an https URL")),
        }
        let config = Agent::config_builder()
            .https_only(!allow_private)
            .http_status_as_error(false)
            .max_redirects(0) // the target of a redirect is not checked
            .max_redirects_will_error(false)
            .proxy(None) // a proxy would resolve the name itself
            .timeout_global(Some(patience.timeout))
            .user_agent(concat!("fastenr/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = if allow_private {
            Agent::new_with_config(config)
        } else {
            Agent::with_parts(config, DefaultConnector::default(), PublicOnly(DefaultResolver::default()))
        };
        Ok(Self { agent, uri, secret, patience })
    }

    /// Only the host.
    pub(super) fn name(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// Returns once the receiver has answered 2xx. Retries without a connection and at 408,
    /// 429 and 5xx; `Retry-After` is respected up to a minute.
    ///
    /// # Errors
    /// `not_sent`.
    pub(super) async fn send(&self, message: &Message, now: DateTime<Utc>) -> Result<()> {
        let mut pause = self.patience.pause;
        let mut tried = 1;
        loop {
            let (why, hint) = match self.attempt(message, now).await? {
                Attempt::Done => return Ok(()),
                Attempt::Never(why, hint) => (why, hint),
                Attempt::Later(why, asked) if tried < self.patience.attempts => {
                    tracing::warn!("{}: {why}; trying again", self.name());
                    tokio::time::sleep(asked.unwrap_or(pause).min(self.patience.longest)).await;
                    pause = pause.saturating_mul(2);
                    tried += 1;
                    continue;
                }
                Attempt::Later(why, _) => (format!("{why}, {tried} times"), None),
            };
            let error = Error::new(Kind::Io, "not_sent", format!("{} did not take the message: {why}", self.name()));
            return Err(match hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
    }

    async fn attempt(&self, message: &Message, now: DateTime<Utc>) -> Result<Attempt> {
        let timestamp = now.timestamp();
        let mut request = self
            .agent
            .post(&self.uri)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp.to_string());
        if let Some(secret) = &self.secret {
            request = request.header("webhook-signature", secret.sign(&message.id, timestamp, &message.body));
        }
        let body = message.body.clone();
        let done = tokio::task::spawn_blocking(move || request.send(body)).await;
        let done = done.map_err(|error| Error::io("sending", std::io::Error::other(error)))?;
        Ok(match done {
            Ok(response) => judge(response.status().as_u16(), response.headers(), now),
            Err(error) => fault(error),
        })
    }
}

fn judge(status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Attempt {
    match status {
        200..=299 => Attempt::Done,
        300..=399 => Attempt::Never(
            format!("it answered {status}, a redirect"),
            Some("redirects are not followed: name the address that they lead to"),
        ),
        408 | 429 | 500.. => Attempt::Later(format!("it answered {status}"), retry_after(headers, now)),
        401 | 403 => Attempt::Never(format!("it answered {status}"), Some("is the secret the one that it knows?")),
        _ => Attempt::Never(format!("it answered {status}"), None),
    }
}

/// Seconds, or a moment (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

fn fault(error: ureq::Error) -> Attempt {
    match error {
        ureq::Error::Timeout(_) => Attempt::Later("it did not answer in time".into(), None),
        ureq::Error::HostNotFound => Attempt::Later("its name is not known".into(), None),
        ureq::Error::Io(error) => Attempt::Later(error.to_string(), None),
        error @ (ureq::Error::ConnectionFailed | ureq::Error::BodyStalled) => Attempt::Later(error.to_string(), None),
        ureq::Error::Other(error) if error.is::<Private>() => Attempt::Never(error.to_string(), Some(PRIVATE_HINT)),
        other => Attempt::Never(other.to_string(), None),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const FAST: RetryPolicy = RetryPolicy {
        timeout: Duration::from_secs(5),
        attempts: 3,
        pause: Duration::from_millis(1),
        longest: Duration::from_millis(20),
    };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Answers one connection after the other with these heads, and gives back what came.
    fn server(heads: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook/secret", listener.local_addr().unwrap());
        let serve = move || {
            heads
                .iter()
                .map(|head| {
                    let (stream, _) = listener.accept().unwrap();
                    let mut reader = BufReader::new(&stream);
                    let (mut text, mut length) = (String::new(), 0);
                    loop {
                        let mut line = String::new();
                        reader.read_line(&mut line).unwrap();
                        let line = line.to_ascii_lowercase();
                        if let Some(value) = line.strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap();
                        }
                        if line.trim().is_empty() {
                            break;
                        }
                        text.push_str(&line);
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).unwrap();
                    text.push_str(&String::from_utf8(body).unwrap());
                    write!(&stream, "HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                    text
                })
                .collect()
        };
        (url, std::thread::spawn(serve))
    }

    fn send(url: &str, secret: Option<&str>, allow_private: bool) -> Result<()> {
        let secret = secret.map(Secret::parse).transpose()?;
        let receiver = Receiver::new(url, secret, allow_private, FAST)?;
        let message = Message { id: "msg_1".into(), body: r#"{"a":"é"}"#.into() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(receiver.send(&message, at("2026-03-01T07:00:00Z")))
    }

    #[test]
    fn a_signed_message_arrives_after_a_failure() {
        let (url, served) = server(&["503 Busy\r\nretry-after: 3600", "429 Slower", "204 No Content"]);
        send(&url, Some(SECRET), true).unwrap();
        let requests = served.join().unwrap();
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| *request == requests[0]), "one message, one id, one signature");
        let expected = Secret::parse(SECRET).unwrap().sign("msg_1", 1_772_348_400, r#"{"a":"é"}"#).to_ascii_lowercase();
        for line in [
            "post /hook/secret http/1.1",
            "content-type: application/json",
            "webhook-id: msg_1",
            "webhook-timestamp: 1772348400",
            &format!("webhook-signature: {expected}"),
            r#"{"a":"é"}"#,
        ] {
            assert!(requests[0].contains(line), "{line} in {}", requests[0]);
        }
    }

    #[test]
    fn gives_up_in_the_end() {
        let (url, served) = server(&["500 Oh", "500 Oh", "500 Oh"]);
        let error = send(&url, None, true).unwrap_err();
        assert_eq!(error.message, "127.0.0.1 did not take the message: it answered 500, 3 times");
        assert!(!served.join().unwrap()[0].contains("webhook-signature"));
    }

    #[test]
    fn what_is_not_tried_again() {
        for (head, why) in [
            ("302 Found\r\nlocation: http://169.254.169.254/", "302, a redirect"),
            ("400 Bad", "400"),
            ("403 Forbidden", "403"),
            ("410 Gone", "410"),
        ] {
            let heads: &'static [&'static str] = Box::leak(Box::new([head]));
            let (url, served) = server(heads);
            let error = send(&url, None, true).unwrap_err();
            assert_eq!(error.message, format!("127.0.0.1 did not take the message: it answered {why}"));
            assert_eq!(served.join().unwrap().len(), 1);
        }
    }

    #[test]
    fn private_places_are_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0x7f.1", "2130706433"] {
            let error = send(&format!("https://{host}:{port}/secret"), None, false).unwrap_err();
            assert!(
                error.message.contains("is no public one") || error.message.contains("not known"),
                "{host}: {error}"
            );
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "nothing was connected to");
        for (url, private, rule) in [
            ("http://example.com/", false, "not https"),
            ("ftp://example.com/", true, "an https URL"),
            ("example.com", true, "an https URL"),
            ("https://jo:pw@example.com/", false, "name and password"),
        ] {
            let error = send(url, None, private).unwrap_err();
            assert!(error.code == "webhook_url" && error.message.contains(rule), "{url}: {error}");
        }
    }

    #[test]
    fn how_long_to_wait() {
        let now = at("2026-03-01T07:00:00Z");
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 01 Mar 2026 07:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Sun, 01 Mar 2026 06:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
