//! Calls that may be sent again: their key, what tells them apart, the answer that is given again.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::digest;
use crate::error::Invalid;
use crate::model::newtype::value_traits;

/// What a caller names a call by, so that sending it again does nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest, in characters.
    pub const MAX: usize = 255;

    /// 1 to 255 visible ASCII characters, taken as they are. Code `idempotency_key`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new("idempotency_key", "an idempotency key is 1 to 255 visible ASCII characters, such as a UUID"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

value_traits!(IdempotencyKey);

/// SHA-256 of a call, in hexadecimal: of its method, its path with the query, and its body.
pub fn fingerprint(method: &str, target: &str, body: &[u8]) -> String {
    let mut hasher = Sha256::new();
    // With their lengths, so that no two calls run together to the same bytes.
    for part in [method.as_bytes(), target.as_bytes(), body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    digest::hex(hasher)
}

/// A call that is worked on, on its way to the operation that it asks for: the first that is written takes it along, in its own
/// transaction. So whoever looks later knows whether the call was done. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct PendingCall(Arc<Mutex<Option<Uuid>>>);

impl PendingCall {
    pub fn new(call: Uuid) -> Self {
        Self(Arc::new(Mutex::new(Some(call))))
    }

    pub(crate) fn take(&self) -> Option<Uuid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values of the headers that belong to the answer.
    pub headers: Vec<(String, String)>,
    /// None where it was too large to keep, see [`Answer::LARGEST`].
    pub body: Option<String>,
}

impl Answer {
    /// The largest body that is kept, in bytes.
    pub const LARGEST: usize = 256 * 1024;

    /// As it is kept. A database's text holds no U+0000, so neither does a body that is kept.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.body = self.body.filter(|body| body.len() <= Self::LARGEST && !body.contains('\0'));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let longest = "k".repeat(255);
        for good in ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"quoted\"", "!~", longest.as_str()] {
            assert_eq!(IdempotencyKey::parse(good).as_ref().map(IdempotencyKey::as_str), Ok(good));
        }
        let long = "k".repeat(256);
        for bad in ["", " ", "a b", "a\n", "\0", "\u{7f}", "é", long.as_str()] {
            assert_eq!(IdempotencyKey::parse(bad).unwrap_err().code, "idempotency_key", "{bad:?}");
        }
    }

    #[test]
    fn fingerprints_tell_calls_apart() {
        let calls: [(&str, &str, &[u8]); 6] = [
            ("POST", "/a", b"x"),
            ("PUT", "/a", b"x"),
            ("POST", "/a?x", b""),
            ("POST", "/ax", b""),
            ("POST", "/", b"ax"),
            ("POST", "/a", b""),
        ];
        let mut prints: Vec<String> =
            calls.iter().map(|(method, target, body)| fingerprint(method, target, body)).collect();
        assert_eq!(prints[0], fingerprint("POST", "/a", b"x"));
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), calls.len());
    }

    #[test]
    fn what_is_kept() {
        let kept = |body: String| Answer { status: 200, headers: vec![], body: Some(body) }.kept().body.is_some();
        assert!(kept("x".repeat(Answer::LARGEST)) && kept(String::new()));
        assert!(!kept("x".repeat(Answer::LARGEST + 1)) && !kept("\0".into()));
    }
}
