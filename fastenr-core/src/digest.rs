//! SHA-256, in hexadecimal.

use sha2::{Digest, Sha256};

pub(crate) fn sha256(content: &[u8]) -> String {
    hex(Sha256::new_with_prefix(content))
}

/// Of all that the hasher was given.
pub(crate) fn hex(hasher: Sha256) -> String {
    hexadecimal(&hasher.finalize())
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
