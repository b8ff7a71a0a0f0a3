//! Signatures after Standard Webhooks: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastenr_core::{Error, Result};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signing keys: several while a key is being replaced.
pub(super) struct Secret(Vec<Vec<u8>>);

impl Secret {
    /// `whsec_` and 24 to 64 bytes in base64; several with spaces between them.
    ///
    /// # Errors
    /// `webhook_secret`; its text does not contain the secret.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let key = |word: &str| {
            let bytes = STANDARD.decode(word.strip_prefix("whsec_")?).ok()?;
            (24..=64).contains(&bytes.len()).then_some(bytes)
        };
        match text.split_whitespace().map(key).collect::<Option<Vec<_>>>() {
            Some(keys) if !keys.is_empty() => Ok(Self(keys)),
            _ => Err(Error::invalid("webhook_secret", "a webhook secret is whsec_ and 24 to 64 bytes in base64")
                .hint("make one: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\" > secret")),
        }
    }

    /// The value of `webhook-signature`: `v1,` and an HMAC-SHA256 of `id.timestamp.body` in base64, for each key.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let content = format!("{id}.{timestamp}.{body}");
        let sign = |key: &Vec<u8>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?; // a key may have any length
            mac.update(content.as_bytes());
            Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        };
        self.0.iter().filter_map(sign).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by `openssl dgst -sha256 -mac HMAC`.
    #[test]
    fn a_known_signature() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let two =
            Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").unwrap();
        let both = two.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert!(both.starts_with(&format!("{signature} v1,")), "{both}");
    }

    #[test]
    fn what_is_no_secret() {
        for text in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAA",
            "whsec_!",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw x",
        ] {
            let error = Secret::parse(text).err().unwrap();
            assert_eq!(error.code, "webhook_secret");
            assert!(text.is_empty() || !error.to_string().contains("MfKQ"), "{error}");
        }
    }
}
