//! JSONL: one object a line.

use crate::error::Setting;
use crate::say;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::decode::Text;
use super::json::{CellText, ValueKind};
use super::position::{Position, characters};
use super::record::{Cells, Kind, Member, Record, RecordProblem};
use super::{MAX_CELL, MAX_COLUMNS, MAX_RECORD};
use crate::{Error, Result};

/// The objects of a text, line by line.
pub(super) struct JsonLines {
    /// Members of nested objects that are wanted, with dots between the keys.
    paths: Vec<String>,
    /// The first line that can't be read.
    broken: Option<(u64, String)>,
    /// Whether the first line begins as an object does.
    opens_object: bool,
    text: Text,
    at: Position,
    columns: Columns,
    /// The line at hand.
    line: Vec<u8>,
    number: u64,
}

/// All keys so far, in order of first appearance.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl JsonLines {
    /// Errors: `source_json` for JSON that is not one object a line.
    pub(super) fn open(mut text: Text, paths: &[String]) -> Result<Self> {
        let head = text.fill()?.trim_ascii_start();
        let first = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default().trim_ascii();
        let shape = match first {
            [b'[', ..] => Some(("a JSON array", "jq -c '.[]' writes one object a line")),
            [b'{'] => Some(("a JSON object over several lines", "jq -c . writes one object a line")),
            _ => None,
        };
        if let Some((shape, hint)) = shape {
            let message = format!("{} holds {shape}, not one object a line", text.source().name());
            return Err(Error::invalid("source_json", message).hint(hint));
        }
        let paths = paths.to_vec();
        let opens_object = first.starts_with(b"{");
        let columns = Columns::default();
        Ok(Self { paths, broken: None, opens_object, text, at: Position::START, columns, line: Vec::new(), number: 0 })
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    /// All keys so far, in order of first appearance.
    pub(super) fn names(&self) -> &[String] {
        &self.columns.names
    }

    /// Reads the next object; false at the end.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool> {
        loop {
            record.line = self.at.number();
            if !self.read_line()? {
                return match &self.broken {
                    _ if self.number == 0 => Err(self.text.source().empty()),
                    Some((line, message)) if self.columns.names.is_empty() => Err(self.unreadable(*line, message)),
                    _ => Ok(false),
                };
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        self.number += 1;
        record.number = self.number;
        record.text.clear();
        let mut members = match std::mem::take(&mut record.cells) {
            Cells::Members(members) => members,
            _ => Vec::new(),
        };
        members.clear();
        members.resize(self.columns.names.len(), None);
        let known = self.columns.names.len();
        record.problem = self.parse(&mut record.text, &mut members).err();
        if let Some(problem) = &record.problem {
            self.broken.get_or_insert_with(|| (record.line, problem.message.clone()));
            // What a broken line names is no column.
            for name in self.columns.names.drain(known..) {
                self.columns.index.remove(&name);
            }
            members.clear();
            members.resize(known, None);
        }
        if record.text.len() > MAX_CELL {
            let long = |member: &Option<Member>| member.is_some_and(|member| member.end - member.start > MAX_CELL);
            if let Some(column) = members.iter().position(long) {
                let name = &self.columns.names[column];
                return Err(self.too_long(record.line, &format!("the value of {name:?} is longer than 1 MiB")));
            }
        }
        record.cells = Cells::Members(members);
        Ok(true)
    }

    /// Reads the next line, without its end; false at the end.
    fn read_line(&mut self) -> Result<bool> {
        self.line.clear();
        let mut some = false;
        loop {
            let input = self.text.fill()?;
            if input.is_empty() {
                return Ok(some);
            }
            some = true;
            let end = input.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(input.len(), |end| end + 1);
            self.line.extend_from_slice(&input[..end.unwrap_or(taken)]);
            let line = self.at.number();
            self.at.advance_line(&input[..taken]);
            self.text.consume(taken);
            if self.line.len() > MAX_RECORD {
                return Err(self.too_long(line, "the line is longer than 16 MiB"));
            }
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn parse(&mut self, text: &mut String, members: &mut Vec<Option<Member>>) -> Result<(), RecordProblem> {
        let start = self.line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if self.line.get(start) != Some(&b'{') {
            let column = Some(characters(&self.line[..start]) + 1);
            return Err(RecordProblem { code: "json_object", message: "is not a JSON object".into(), column });
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&self.line);
        let object = Object { paths: &self.paths, columns: &mut self.columns, text, members };
        let result = deserializer.deserialize_map(object).and_then(|()| deserializer.end());
        if let Err(error) = result {
            let place = error.column().min(self.line.len());
            let column = characters(&self.line[..place]).max(1);
            let reason = error.to_string();
            let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
            let message = format!("is not valid JSON, column {column} of the line: {reason}");
            return Err(RecordProblem { code: "json", message, column: Some(column) });
        }
        Ok(())
    }

    /// No line is an object.
    fn unreadable(&self, line: u64, message: &str) -> Error {
        let message = format!("{}, line {line} {message}; no line of the file can be read", self.text.source().name());
        let error = Error::invalid("source_json", message);
        match self.opens_object {
            true => error.hint("JSON Lines has one object a line, with keys and texts in double quotes"),
            false => error
                .hint("JSON Lines has one object a line")
                .hint(say!("a table of cells is read with {}", Setting::Format.is("csv"))),
        }
    }

    fn too_long(&self, line: u64, what: &str) -> Error {
        Error::invalid("record_long", format!("{}, line {line}: {what}", self.text.source().name()))
    }
}

/// Reads an object into cells.
struct Object<'a> {
    paths: &'a [String],
    columns: &'a mut Columns,
    text: &'a mut String,
    members: &'a mut Vec<Option<Member>>,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut key = String::new();
        while map.next_key_seed(KeyText(&mut key))?.is_some() {
            let start = self.text.len();
            let told = map.next_value_seed(CellText::new(self.text))?;
            if self.is_wanted_within(&key) && self.text[start..].starts_with('{') {
                let object = self.text.split_off(start);
                self.members_of(&key, &object).map_err(A::Error::custom)?;
            } else {
                self.put(&key, start, told).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl Object<'_> {
    /// Whether a member of the object under this key is wanted.
    fn is_wanted_within(&self, key: &str) -> bool {
        self.paths.iter().any(|path| path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Makes a cell of what was appended to the text.
    fn put(&mut self, name: &str, start: usize, told: ValueKind) -> Result<(), String> {
        let column = self.columns.of(name)?;
        if self.text[start..].contains('\0') {
            return Err(format!("{name:?} holds the character U+0000"));
        }
        if column >= self.members.len() {
            self.members.resize(column + 1, None);
        }
        let kind = if told == ValueKind::Nested { Kind::Nested } else { Kind::Text };
        let member = Member { start, end: self.text.len(), null: told == ValueKind::Null, kind };
        match self.members[column].replace(member) {
            Some(_) => Err(format!("the key {name:?} stands twice")),
            None => Ok(()),
        }
    }

    /// Makes cells of the members of a nested object, each under its path.
    fn members_of(&mut self, path: &str, object: &str) -> Result<(), String> {
        let members: Map<String, Value> = serde_json::from_str(object).map_err(|error| error.to_string())?;
        for (key, value) in members {
            let path = format!("{path}.{key}");
            if value.is_object() && self.is_wanted_within(&path) {
                self.members_of(&path, &value.to_string())?;
                continue;
            }
            let start = self.text.len();
            let told = match &value {
                Value::Null => ValueKind::Null,
                Value::String(text) => {
                    self.text.push_str(text);
                    ValueKind::Plain
                }
                other => {
                    self.text.push_str(&other.to_string());
                    if other.is_object() || other.is_array() { ValueKind::Nested } else { ValueKind::Plain }
                }
            };
            self.put(&path, start, told)?;
        }
        Ok(())
    }
}

impl Columns {
    /// The number of a column, which may be new.
    fn of(&mut self, key: &str) -> Result<usize, String> {
        let Self { names, index } = self;
        if let Some(&column) = index.get(key) {
            return Ok(column);
        }
        if key.trim().is_empty() || key.contains('\0') {
            return Err(format!("{key:?} is no name for a column"));
        }
        if names.len() == MAX_COLUMNS {
            return Err(format!("{key:?} would be a column more than the {MAX_COLUMNS} that are read"));
        }
        index.insert(key.to_owned(), names.len());
        names.push(key.to_owned());
        Ok(names.len() - 1)
    }
}

/// Reads a key into a text that is used again and again.
struct KeyText<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for KeyText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyText<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(key);
        Ok(())
    }
}
