//! What a dry run found, in a few bytes: for a run that does exactly this or nothing.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::digest::hex;
use crate::model::noun::{Field, Value};
use crate::model::operation::Ledger;

/// The ledger of a dry run and every field that it would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview(String);

impl Preview {
    /// As a form can carry it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hears of each change, in the order of the file, and makes a [`Preview`] of them.
#[derive(Debug, Clone, Default)]
pub struct PreviewHasher(Sha256);

impl PreviewHasher {
    pub fn see(&mut self, row: i64, id: Option<Uuid>, field: &Field, old: &Value, new: &Value) {
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let row = row.to_string();
        for text in [row.as_str(), &id, field.name, &old.journal(), &new.journal()] {
            // With its length, so that no two lists of texts are one.
            self.0.update(text.len().to_le_bytes());
            self.0.update(text.as_bytes());
        }
    }

    pub fn finish(mut self, ledger: &Ledger) -> Preview {
        self.0.update(serde_json::to_string(ledger).unwrap_or_default().as_bytes());
        Preview(hex(self.0))
    }
}
