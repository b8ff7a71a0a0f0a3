//! A plan: what a dry run said, line by line, for a run that does exactly this or nothing.
//!
//! JSON Lines. The first has what was asked and the counts; each other one field of one record that changes, in the order of
//! the records' ids. Values are text as in exports, users and accounts by what they are called.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Lines, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BulkAction, Report, Request, RowChange};
use crate::error::{Error, Result, Setting};
use crate::model::noun::Noun;
use crate::ops::Context;
use crate::part::Part;
use crate::say;

/// What a plan is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlanSubject {
    /// The form of the file.
    fastenr_plan: u8,
    organization: String,
    command: String,
    filter: Vec<(String, String)>,
    /// The SHA-256 of the ids that were named.
    ids: Option<String>,
    /// What `set`, `add` and `remove` say.
    given: serde_json::Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    asked: PlanSubject,
    matched: u64,
    changed: u64,
    unchanged: u64,
    /// When it was made: what `now` and `today` mean.
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    id: Uuid,
    external_id: Option<String>,
    name: String,
    field: String,
    old: String,
    new: String,
}

/// What the value of a moment that the run itself sets is called.
const NOW: &str = "now";

impl PlanSubject {
    fn of(context: &Context, request: &Request) -> Result<Self> {
        Ok(Self {
            fastenr_plan: 1,
            organization: context.organization.slug.clone(),
            command: request.command(),
            filter: request.filter.clone(),
            ids: request.ids.as_ref().map(|source| source.sha256().map(str::to_owned)).transpose()?,
            given: request.action.parameters(),
        })
    }
}

impl Line {
    fn of(change: &RowChange, action: &BulkAction) -> Self {
        let new = new_text(change, action);
        Self {
            id: change.id,
            external_id: change.external_id.clone(),
            name: change.name.clone(),
            field: change.field.to_owned(),
            old: change.old.text.clone(),
            new: new.to_owned(),
        }
    }

    fn is_of(&self, other: &Self) -> bool {
        (self.id, &self.field) == (other.id, &other.field)
    }

    fn says(&self, other: &Self) -> bool {
        (&self.old, &self.new) == (&other.old, &other.new)
    }

    fn called(&self) -> String {
        let id = self.external_id.clone().unwrap_or_else(|| self.id.to_string());
        format!("{id} ({}), {}", self.name, self.field)
    }
}

/// What becomes of the field, whenever the run is.
pub(super) fn new_text<'c>(change: &'c RowChange, action: &BulkAction) -> &'c str {
    match (action, change.field) {
        (BulkAction::Archive, "archived_at") => NOW,
        _ => &change.new.text,
    }
}

/// A plan that is being written: whole, or not at all.
pub(super) struct Writer {
    out: BufWriter<File>,
    action: BulkAction,
    part: Part,
}

impl Writer {
    pub(super) fn create(path: &Path, context: &Context, request: &Request, report: &Report) -> Result<Self> {
        let part = Part::create(path)?;
        let mut writer = Self { out: part.writer()?, action: request.action.clone(), part };
        writer.put(&Header {
            asked: PlanSubject::of(context, request)?,
            matched: report.matched,
            changed: report.changed,
            unchanged: report.unchanged,
            at: context.clock.now(),
        })?;
        Ok(writer)
    }

    pub(super) fn line(&mut self, change: &RowChange) -> Result<()> {
        let line = Line::of(change, &self.action);
        self.put(&line)
    }

    fn put(&mut self, line: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(line).unwrap_or_default();
        writeln!(self.out, "{text}").map_err(|error| self.part.failed(error))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.out.flush().map_err(|error| self.part.failed(error))?;
        self.part.keep().map(drop)
    }
}

fn doing(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::io(format_args!("{what} {}", path.display()), error)
}

/// A plan that a run is held to.
pub(super) struct Plan {
    lines: Lines<BufReader<File>>,
    header: Header,
    next: Option<Line>,
    /// The first rows that differ, and how many do.
    told: Vec<String>,
    differing: u64,
    noun: &'static Noun,
    action: BulkAction,
    path: PathBuf,
}

/// Rows that differ and are listed.
const LISTED: usize = 5;

impl Plan {
    /// # Errors
    /// `io`; `plan` for a file that is none; `other_plan` for one of another command.
    pub(super) fn open(path: &Path, context: &Context, request: &Request) -> Result<Self> {
        let file = File::open(path).map_err(|error| doing("opening", path, error))?;
        let mut lines = BufReader::new(file).lines();
        let first = lines.next().transpose().map_err(|error| doing("reading", path, error))?.unwrap_or_default();
        let header: Header = serde_json::from_str(&first).map_err(|_| no_plan(path))?;
        let asked = PlanSubject::of(context, request)?;
        if header.asked != asked {
            let message =
                format!("{} is the plan of another command: {}", path.display(), difference(&header.asked, &asked));
            return Err(Error::invalid("other_plan", message).hint(say!(
                "repeat the command that made it, with {} and without {}",
                Setting::Plan,
                Setting::DryRun
            )));
        }
        let (noun, action, path) = (request.noun, request.action.clone(), path.to_owned());
        let mut plan = Self { lines, header, next: None, told: Vec::new(), differing: 0, noun, action, path };
        plan.advance()?;
        Ok(plan)
    }

    /// When it was made.
    pub(super) fn at(&self) -> DateTime<Utc> {
        self.header.at
    }

    fn advance(&mut self) -> Result<()> {
        let line = self.lines.next().transpose().map_err(|error| doing("reading", &self.path, error))?;
        let line = line.map(|line| serde_json::from_str(&line)).transpose();
        self.next = line.map_err(|_| no_plan(&self.path))?;
        Ok(())
    }

    fn differs(&mut self, told: impl FnOnce() -> String) {
        self.differing += 1;
        if self.told.len() < LISTED {
            self.told.push(told());
        }
    }

    /// The next change that the run would make.
    pub(super) fn meet(&mut self, change: &RowChange) -> Result<()> {
        let found = Line::of(change, &self.action);
        // Lines of records that come before this one are of no change any more.
        while let Some(planned) = self.next.take_if(|planned| planned.id < found.id) {
            self.gone(&planned);
            self.advance()?;
        }
        while let Some(planned) = self.next.take_if(|planned| planned.id == found.id && planned.field != found.field) {
            // Fields come in one order: a field that the plan has first would not change now, another one does now.
            if self.later_has(&found, &planned) {
                self.next = Some(planned);
                break;
            }
            self.gone(&planned);
            self.advance()?;
        }
        match self.next.take_if(|planned| planned.is_of(&found)) {
            Some(planned) if planned.says(&found) => {}
            Some(planned) => self.differs(|| {
                let (was, is) = (shown(&planned.old), shown(&found.old));
                format!("{}: planned {was} → {}, now {is} → {}", found.called(), shown(&planned.new), shown(&found.new))
            }),
            None => {
                let (old, new) = (shown(&found.old), shown(&found.new));
                self.differs(|| format!("{}: not planned, now {old} → {new}", found.called()));
                return Ok(());
            }
        }
        self.advance()
    }

    /// Whether the planned field of the same record comes after the one found.
    fn later_has(&self, found: &Line, planned: &Line) -> bool {
        let place = |name: &str| self.noun.field(name).map_or(usize::MAX, |(place, _)| place);
        place(&planned.field) > place(&found.field)
    }

    fn gone(&mut self, planned: &Line) {
        self.differs(|| {
            format!("{}: planned {} → {}, now no change", planned.called(), shown(&planned.old), shown(&planned.new))
        });
    }

    /// # Errors
    /// `plan_differs`, with the first rows that do.
    pub(super) fn end(mut self) -> Result<()> {
        while let Some(planned) = self.next.take() {
            self.gone(&planned);
            self.advance()?;
        }
        if self.differing == 0 {
            return Ok(());
        }
        let rest = self.differing - self.told.len() as u64;
        let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
        let rows =
            if self.differing == 1 { "1 row differs".to_owned() } else { format!("{} rows differ", self.differing) };
        let message =
            format!("the data moved since {} was made, {rows}: {}{more}", self.path.display(), self.told.join("; "));
        Err(Error::refused("plan_differs", message)
            .hint("nothing was written")
            .hint(say!("make the plan again with {}", Setting::DryRun)))
    }
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

fn no_plan(path: &Path) -> Error {
    Error::invalid("plan", format!("{} is not a plan", path.display())).hint(say!(
        "write one with {} {}",
        Setting::DryRun,
        Setting::Plan.like("FILE")
    ))
}

/// In what the plan and the command differ.
fn difference(plan: &PlanSubject, asked: &PlanSubject) -> String {
    if plan.organization != asked.organization {
        return format!("its organization is {}", plan.organization);
    }
    if plan.command != asked.command {
        return format!("it is of {}", plan.command);
    }
    if plan.filter != asked.filter {
        let words: Vec<String> = plan.filter.iter().map(|(name, text)| format!("{name}={text}")).collect();
        return format!("its filter is {}", if words.is_empty() { "none".to_owned() } else { words.join(" ") });
    }
    if plan.ids != asked.ids {
        return "its ids are others".to_owned();
    }
    format!("it was given {}", plan.given)
}
