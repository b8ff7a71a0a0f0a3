//! What an import or a bulk write would do, in a few bytes: for a run that does exactly this or nothing.

use sha2::{Digest, Sha256};

use crate::digest::hex;

/// A hash of the counts and of all that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview(String);

impl Preview {
    /// As a form can carry it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a form has carried. A text that is no preview's equals none.
    pub fn carried(text: impl Into<String>) -> Self {
        Self(text.into())
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
