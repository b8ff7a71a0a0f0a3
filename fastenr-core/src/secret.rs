//! The one place that draws random bits: what nobody must be able to guess.

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// Where random bits come from: an argument, as the clock is.
#[derive(Debug, Clone, Copy, Default)]
pub enum Secrets {
    /// The operating system's generator.
    #[default]
    System,
    /// The same bytes at each draw, made from the number: for tests, which must not guard anything by it.
    Fixed(u64),
}

impl Secrets {
    /// `N` random bytes.
    ///
    /// # Errors
    /// `no_randomness` where the operating system has none to give.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn draw<const N: usize>(self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        match self {
            Self::System => getrandom::fill(&mut bytes).map_err(|error| {
                Error::new(Kind::Io, "no_randomness", "the operating system returned no random bytes").because(error)
            })?,
            Self::Fixed(seed) => {
                for (count, chunk) in (0_u64..).zip(bytes.chunks_mut(32)) {
                    let block = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(count.to_be_bytes());
                    let block = block.finalize();
                    chunk.copy_from_slice(&block[..chunk.len()]);
                }
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws() {
        let drawn = |secrets: Secrets| secrets.draw::<38>().unwrap();
        assert_ne!(drawn(Secrets::System), drawn(Secrets::System));
        assert_eq!(drawn(Secrets::Fixed(1)), drawn(Secrets::Fixed(1)));
        assert_ne!(drawn(Secrets::Fixed(1)), drawn(Secrets::Fixed(2)));
        assert!(drawn(Secrets::Fixed(1))[32..].iter().any(|byte| *byte != 0));
    }
}
