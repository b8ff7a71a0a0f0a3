//! Import in the browser: a page for each step.

use askama::Template;

use crate::frame::Frame;
use crate::part::{LineInput, Pick};

/// A file that was uploaded and not removed yet.
#[derive(Debug, Clone)]
pub struct UploadRow {
    pub name: String,
    pub noun: String,
    pub size: String,
    /// How far it is.
    pub state: &'static str,
    pub href: String,
    pub path: String,
    /// It is being checked or imported, and can't be removed.
    pub busy: bool,
}

#[derive(Debug, Clone, Template)]
#[template(path = "imports/start.html")]
pub struct ImportStartPage {
    pub frame: Frame,
    /// Why a file was not taken.
    pub error: Option<String>,
    pub uploads: Vec<UploadRow>,
    /// What can be imported: value and text. None: nothing can.
    pub nouns: Vec<(String, String)>,
}

/// The steps of an import, and the one that is shown.
#[derive(Debug, Clone)]
pub struct ImportSteps {
    /// The name of the file.
    pub name: String,
    pub noun: String,
    pub path: String,
    /// From 0.
    pub now: usize,
    /// Without columns there is nothing to map.
    pub has_columns: bool,
    pub is_checked: bool,
}

impl ImportSteps {
    /// Text, and where it leads; none where one can't go yet.
    fn all(&self) -> [(&'static str, Option<String>); 3] {
        [
            ("How it is read", Some(self.path.clone())),
            ("Columns", self.has_columns.then(|| format!("{}/map", self.path))),
            ("Check and import", self.is_checked.then(|| format!("{}/check", self.path))),
        ]
    }
}

#[derive(Debug, Clone, Template)]
#[template(path = "imports/read.html")]
pub struct ImportReadPage {
    pub frame: Frame,
    pub steps: ImportSteps,
    /// Why the file can't be read, or what was said wrongly.
    pub error: Option<String>,
    /// Label and text.
    pub facts: Vec<(&'static str, String)>,
    pub notes: Vec<String>,
    pub warnings: Vec<String>,
    /// Column, format, and what shows it.
    pub formats: Vec<(String, String, String)>,
    pub picks: Vec<Pick>,
    pub lines: Vec<LineInput>,
    /// Where the next step is, and its name; none where the file can't be read.
    pub next: Option<(String, &'static str)>,
    /// The next step is a form: there is nothing to map.
    pub checks: bool,
}

/// A column of the file.
#[derive(Debug, Clone)]
pub struct ImportColumn {
    pub header: String,
    pub examples: Vec<String>,
    /// Percent of the rows.
    pub filled: String,
    pub field: Pick,
    /// The field is a guess.
    pub guessed: bool,
    pub words: Vec<ImportWord>,
    /// There are too many different values to show.
    pub too_many: bool,
    /// What has to be said about its dates, numbers or scale, and why.
    pub questions: Vec<(String, Pick)>,
    pub scale: Option<(String, LineInput)>,
}

/// A value that is no word of its field.
#[derive(Debug, Clone)]
pub struct ImportWord {
    pub text: String,
    pub rows: String,
    pub ours: Pick,
}

#[derive(Debug, Clone, Template)]
#[template(path = "imports/map.html")]
pub struct ImportMapPage {
    pub frame: Frame,
    pub steps: ImportSteps,
    pub error: Option<String>,
    /// The form holds for this state of the file only.
    pub version: u64,
    pub columns: Vec<ImportColumn>,
    /// Values that all rows have, and rates of currencies.
    pub constants: Vec<LineInput>,
    pub rates: Vec<LineInput>,
    pub lookups: Vec<Pick>,
    pub options: Vec<Pick>,
    pub limits: Vec<LineInput>,
}

/// A problem, and the rows that have it.
#[derive(Debug, Clone)]
pub struct ImportProblemRow {
    pub column: String,
    pub rule: String,
    pub value: Option<String>,
    pub rows: String,
    /// Numbers of the first rows.
    pub examples: String,
}

/// A field that would change.
#[derive(Debug, Clone)]
pub struct ImportChangeRow {
    pub row: i64,
    /// The record, where it has a page.
    pub href: Option<String>,
    pub field: String,
    pub old: String,
    pub new: String,
}

/// What was imported.
#[derive(Debug, Clone)]
pub struct ImportDone {
    pub operation: String,
    /// Whether this user may see the page of the operation.
    pub has_page: bool,
    /// Whether it can be undone, by this user.
    pub may_undo: bool,
    pub undone: bool,
}

#[derive(Debug, Clone, Template)]
#[template(path = "imports/check.html")]
pub struct ImportCheckPage {
    pub frame: Frame,
    pub steps: ImportSteps,
    /// What is being done; nothing else is shown then.
    pub busy: Option<&'static str>,
    /// Why the check or the import failed as a whole.
    pub error: Option<String>,
    /// Why nothing would be written.
    pub refusal: Option<String>,
    /// Where else to go on.
    pub way: Option<String>,
    /// The rejected rows can be left out.
    pub may_skip: bool,
    /// Label and count.
    pub ledger: Vec<(&'static str, String)>,
    pub warnings: Vec<String>,
    pub problems: Vec<ImportProblemRow>,
    pub has_rejects: bool,
    /// Field and changes.
    pub fields: Vec<(String, String)>,
    pub changes: Vec<ImportChangeRow>,
    /// Changes that are not shown.
    pub more: Option<String>,
    /// The same as a command, with the mapping as a file; none for a calendar.
    pub command: Option<String>,
    /// What was checked: exactly this is imported. None where it can't be.
    pub preview: Option<String>,
    pub done: Option<ImportDone>,
}

impl ImportCheckPage {
    /// What was imported is not imported again before it is undone.
    fn can_check(&self) -> bool {
        self.done.as_ref().is_none_or(|done| done.undone)
    }
}
