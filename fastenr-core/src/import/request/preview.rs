//! What an import would do, in a few bytes: for one that does exactly this or nothing.

use sha2::{Digest, Sha256};

use crate::digest::hex;

/// The ledger, what becomes of each row, each field that changes, and each record that is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview(String);

impl Preview {
    /// As a form can carry it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Default)]
pub(crate) struct PreviewHasher(Sha256);

impl PreviewHasher {
    pub(crate) fn see(&mut self, texts: &[&str]) {
        for text in texts {
            // With its length, so that no two lists of texts are one.
            self.0.update(text.len().to_le_bytes());
            self.0.update(text.as_bytes());
        }
    }

    pub(crate) fn finish(self) -> Preview {
        Preview(hex(self.0))
    }
}
