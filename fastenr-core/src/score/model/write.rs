//! A model as text: complete, with the comments of the built-in one; and the name that its numbers have together.

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{BUILTIN, Model, Probability};

impl Model {
    /// The complete model, each number with its comment; [`Model::parse`] reads it back. That of the built-in one is
    /// [`BUILTIN`] itself.
    pub fn to_toml(&self) -> String {
        let numbers = self.numbers();
        let mut text = String::with_capacity(BUILTIN.len());
        let mut section = String::new();
        for line in BUILTIN.lines() {
            if let Some(header) = line.strip_prefix('[') {
                section = header.split(']').next().map(|name| format!("{name}.")).unwrap_or_default();
            }
            let own = line.split_once(" = ").filter(|(key, _)| !key.starts_with(['#', '[']));
            let written = own.and_then(|(key, _)| Some((key, at(&numbers, &format!("{section}{key}"))?)));
            match written {
                Some((key, value)) => text.push_str(&commented(line, &format!("{key} = {}", shown_like(value, line)))),
                None if line.contains("built-in") && self.name != Self::builtin().name => {
                    text.push_str(&line.replace("The built-in scoring model", "A scoring model"));
                }
                None => text.push_str(line),
            }
            text.push('\n');
            if let (Some(("name", _)), Some(applies)) = (written, &self.applies_to) {
                text.push_str("\n[applies_to]            # all that are given must match; of a list, any\n");
                applies.lines().iter().for_each(|line| text.extend([line, "\n"]));
            }
        }
        if let Some(probability) = &self.probability {
            text.push_str(
                "\n[probability]           # percent that churn after lead, within horizon days, by health\n",
            );
            probability.lines().iter().for_each(|line| text.extend([line, "\n"]));
        }
        text
    }

    /// The complete model as an object of its sections, numbers as they are written.
    pub fn to_json(&self) -> serde_json::Value {
        // What is written is read back.
        toml::from_str(&self.to_toml()).unwrap_or_default()
    }

    /// Twelve hexadecimal digits for all that a model says, its name and what it applies to included: equal for equal models,
    /// whatever the comments and the order of their files. Stored with each score.
    pub fn fingerprint(&self) -> String {
        let mut lines = Vec::new();
        flatten("", &self.numbers(), &mut lines);
        lines.extend(
            self.applies_to.iter().flat_map(|applies| applies.lines()).map(|line| format!("applies_to.{line}")),
        );
        let probability = self.probability.iter().flat_map(Probability::lines);
        lines.extend(probability.map(|line| format!("probability.{line}")));
        lines.sort_unstable();
        let digest = Sha256::digest(lines.join("\n"));
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// All but what it applies to, as a tree.
    pub(super) fn numbers(&self) -> Table {
        // Nothing in a model can't be written: names, numbers, truth values and lists of them.
        Table::try_from(self).unwrap_or_default()
    }
}

/// The value at a path of plain keys.
pub(super) fn at<'t>(table: &'t Table, path: &str) -> Option<&'t Value> {
    match path.split_once('.') {
        None => table.get(path),
        Some((first, rest)) => at(table.get(first)?.as_table()?, rest),
    }
}

fn flatten(before: &str, table: &Table, lines: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => flatten(&format!("{before}{key}."), inner, lines),
            value => lines.push(format!("{before}{key} = {}", shown(value))),
        }
    }
}

/// On one line, as people write it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => members(table.iter().collect()),
        value => value.to_string(),
    }
}

/// The same; the members of an inline table in the order in which `line` has them.
fn shown_like(value: &Value, line: &str) -> String {
    let Value::Table(table) = value else { return shown(value) };
    let mut ordered: Vec<_> = table.iter().collect();
    ordered.sort_by_key(|(key, _)| line.find(&format!(" {key} =")));
    members(ordered)
}

fn members(members: Vec<(&String, &Value)>) -> String {
    let members: Vec<_> = members.into_iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect();
    format!("{{ {} }}", members.join(", "))
}

/// `text` with the comment of `line`, where it stood or as near as it fits.
fn commented(line: &str, text: &str) -> String {
    match line.split_once('#') {
        None => text.to_owned(),
        Some((before, comment)) => format!("{text:<width$}#{comment}", width = before.len().max(text.len() + 1)),
    }
}

/// As a basic string; the text has no control characters.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
