//! Many records at once: the change, and its preview.

use askama::Template;

use crate::form::Field;
use crate::frame::Frame;
use crate::part::Crumb;

/// Which records.
#[derive(Debug, Clone)]
pub struct BulkSelection {
    /// `12 selected accounts`, `1,240 accounts`.
    pub count: String,
    /// The filter, name and text.
    pub filter: Vec<(String, String)>,
    /// The same as hidden fields.
    pub hidden: Vec<(String, String)>,
}

/// A field that can be given to all of them.
#[derive(Debug, Clone)]
pub struct BulkField {
    pub field: Field,
    /// None: it is always needed. Else whether it is to be cleared.
    pub clear: Option<bool>,
}

/// Fields that belong together.
#[derive(Debug, Clone)]
pub struct BulkFieldGroup {
    pub title: &'static str,
    pub folded: bool,
    pub fields: Vec<BulkField>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "bulk/choose.html")]
pub struct BulkPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    /// Where the previews are.
    pub path: String,
    pub plural: &'static str,
    pub selection: BulkSelection,
    /// Fields to set; none where they can't be.
    pub groups: Vec<BulkFieldGroup>,
    /// Tags to add and to remove.
    pub tags: Option<[String; 2]>,
    /// `archive`, `restore`, `delete`.
    pub acts: Vec<&'static str>,
    pub max_affected: String,
    /// Errors, each with the id of its field where it has one.
    pub errors: Vec<(Option<String>, String)>,
}

/// One field of one record that would change.
#[derive(Debug, Clone)]
pub struct BulkChangeRow {
    /// The record and its page.
    pub name: String,
    pub href: String,
    pub field: String,
    pub old: String,
    pub new: String,
}

#[derive(Debug, Clone, Template)]
#[template(path = "bulk/preview.html")]
pub struct BulkPreviewPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub path: String,
    pub selection: BulkSelection,
    /// What is done, each part in words.
    pub acts: Vec<String>,
    /// Count by count.
    pub ledger: Vec<(&'static str, String)>,
    /// What is left alone, and why.
    pub left: Vec<String>,
    /// Why nothing was changed just now.
    pub notice: Option<&'static str>,
    /// Why nothing may be changed.
    pub refusal: Option<String>,
    pub changes: Vec<BulkChangeRow>,
    pub more: Option<String>,
    /// Records are deleted: there is no other value.
    pub deletes: bool,
    /// All that was typed, as hidden fields.
    pub typed: Vec<(String, String)>,
    /// `Change 12 accounts`; none where nothing would change.
    pub button: Option<String>,
    pub preview: String,
    pub key: String,
}

impl BulkPage {
    fn folds(&self, act: &str) -> &'static str {
        match act {
            "archive" => "Archived accounts are hidden from lists and are not scored. Nothing is deleted.",
            "restore" => "Restored accounts are shown in lists and are scored again.",
            _ => "Deleted records can be restored by undoing the operation.",
        }
    }
}
