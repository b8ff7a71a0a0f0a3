//! A mapping file, changed by a form: the sections that a form has are replaced, all others stay.

use toml::{Table, Value};

use super::{Mapping, fold_value};
use crate::error::{Error, Result};

/// What a form says of a file. What has no value is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingEdit {
    /// `[file]`: names and texts, such as `encoding`; none in here leaves the section as it is.
    pub file: Vec<(&'static str, Option<String>)>,
    /// Field and header, of all columns; none leaves `[columns]` and `[ignore]` as they are. Templates and constants of other
    /// fields stay.
    pub columns: Option<Vec<(String, String)>>,
    pub templates: Vec<(String, String)>,
    /// Field and constant; an empty one is removed.
    pub constants: Vec<(String, String)>,
    /// Headers of columns that are left out.
    pub ignore: Vec<String>,
    /// Field, the file's word and ours.
    pub values: Vec<(String, String, Option<String>)>,
    /// `account` or `owner`, and what it is looked up by.
    pub lookup: Vec<(&'static str, Option<String>)>,
    /// Header, `date`, `number` or `scale`, and the format.
    pub formats: Vec<(String, &'static str, Option<String>)>,
    /// The header of the column of currencies.
    pub currency: Option<String>,
    /// Code and rate.
    pub rates: Vec<(String, Option<String>)>,
}

impl MappingEdit {
    /// The text of the mapping, changed.
    ///
    /// # Errors
    /// As [`Mapping::parse`], of the old text and the new one.
    pub fn apply(&self, name: &str, text: &str) -> Result<String> {
        Mapping::parse(name, text)?;
        let mut file: Table =
            toml::from_str(text).map_err(|error| Error::invalid("mapping", format!("{name}: {error}")))?;
        for (key, value) in &self.file {
            within(&mut file, &["file"], |section| set(section, key, value.as_deref().map(|text| of_file(key, text))));
        }
        if let Some(columns) = &self.columns {
            within(&mut file, &["columns"], |section| self.set_columns(section, columns));
            let ignored: Vec<Value> = self.ignore.iter().map(|header| Value::from(header.as_str())).collect();
            let ignored = Some(ignored).filter(|ignored| !ignored.is_empty());
            within(&mut file, &["ignore"], |section| set(section, "columns", ignored.map(Value::Array)));
        }
        for (field, word, ours) in &self.values {
            within(&mut file, &["values", field], |section| {
                section.retain(|known, _| fold_value(known) != fold_value(word));
                set(section, word, ours.as_deref().map(Value::from));
            });
        }
        for (reference, by) in &self.lookup {
            within(&mut file, &["lookup"], |section| set(section, reference, by.as_deref().map(Value::from)));
        }
        for (header, key, format) in &self.formats {
            within(&mut file, &["formats", header], |section| set(section, key, format.as_deref().map(Value::from)));
        }
        if let Some(header) = &self.currency {
            within(&mut file, &["fx"], |section| {
                for (code, rate) in &self.rates {
                    set(section, code, rate.as_deref().map(Value::from));
                }
                let any = section.keys().any(|key| key != "column");
                set(section, "column", any.then(|| Value::from(header.as_str())));
            });
        }
        prune(&mut file);
        let text =
            toml::to_string_pretty(&file).map_err(|error| Error::invalid("mapping", format!("{name}: {error}")))?;
        Mapping::parse(name, &text)?;
        Ok(text)
    }

    fn set_columns(&self, section: &mut Table, columns: &[(String, String)]) {
        let is_column = |field: &str| columns.iter().any(|(known, _)| known == field);
        section.retain(|field, origin| origin.is_table() && !is_column(field));
        for (field, header) in columns {
            set(section, field, Some(Value::from(header.as_str())));
        }
        for (key, origins) in [("template", &self.templates), ("constant", &self.constants)] {
            for (field, text) in origins.iter().filter(|(field, _)| !is_column(field)) {
                let origin = || Value::Table(Table::from_iter([(key.to_owned(), Value::from(text.as_str()))]));
                set(section, field, (!text.is_empty()).then(origin));
            }
        }
    }
}

/// Numbers and flags of `[file]` are no texts.
fn of_file(key: &str, text: &str) -> Value {
    match (key, text.trim().parse::<i64>()) {
        ("skip_lines", Ok(lines)) => Value::Integer(lines),
        ("multiline", _) => Value::Boolean(text == "true"),
        _ => Value::from(text),
    }
}

/// Changes what is below this path, which is made where it is not there.
fn within(table: &mut Table, path: &[&str], change: impl FnOnce(&mut Table)) {
    let mut tables = vec![std::mem::take(table)];
    for name in path {
        let inner = match tables.last_mut().and_then(|outer| outer.remove(*name)) {
            Some(Value::Table(inner)) => inner,
            _ => Table::new(),
        };
        tables.push(inner);
    }
    let mut inner = tables.pop().unwrap_or_default();
    change(&mut inner);
    for (name, mut outer) in path.iter().zip(tables).rev() {
        outer.insert((*name).to_owned(), Value::Table(inner));
        inner = outer;
    }
    *table = inner;
}

fn set(table: &mut Table, key: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(table.insert(key.to_owned(), value)),
        None => drop(table.remove(key)),
    }
}

/// Without sections that say nothing.
fn prune(table: &mut Table) {
    for (_, value) in table.iter_mut() {
        if let Value::Table(inner) = value {
            prune(inner);
        }
    }
    table.retain(|_, value| !value.as_table().is_some_and(Table::is_empty));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_does_not_have_stays() {
        let old = r#"
[columns]
name = "Firma"
domain = { template = "{Sub}.example.com" }
[values.status]
"Aktiv" = "active"
[numbers.arr]
multiply = 12
[formats."Ende"]
date = "dmy"
"#;
        let edit = MappingEdit {
            file: vec![
                ("encoding", Some("windows-1252".into())),
                ("delimiter", None),
                ("skip_lines", Some("2".into())),
            ],
            columns: Some(vec![("name".into(), "Kunde".into()), ("custom.note".into(), "Notiz".into())]),
            constants: vec![("status".into(), "active".into())],
            ignore: vec!["Leer".into()],
            values: vec![
                ("status".into(), "aktiv".into(), None),
                ("status".into(), "Weg".into(), Some("churned".into())),
            ],
            lookup: vec![("owner", Some("name".into()))],
            formats: vec![("Ende".into(), "date", Some("mdy".into()))],
            currency: Some("Währung".into()),
            rates: vec![("EUR".into(), Some("1.08".into())), ("USD".into(), None)],
            ..MappingEdit::default()
        };
        let text = edit.apply("mapping", old).unwrap();
        let file: Table = toml::from_str(&text).unwrap();
        let expected: Table = toml::from_str(
            r#"
[file]
encoding = "windows-1252"
skip_lines = 2
[columns]
name = "Kunde"
"custom.note" = "Notiz"
domain = { template = "{Sub}.example.com" }
status = { constant = "active" }
[ignore]
columns = ["Leer"]
[values.status]
"Weg" = "churned"
[numbers.arr]
multiply = 12
[formats."Ende"]
date = "mdy"
[lookup]
owner = "name"
[fx]
column = "Währung"
EUR = "1.08"
"#,
        )
        .unwrap();
        assert_eq!(file, expected);
        // Said again, it says the same.
        assert_eq!(edit.apply("mapping", &text).unwrap(), text);
        let none = MappingEdit {
            currency: Some("Währung".into()),
            rates: vec![("EUR".into(), None)],
            ..MappingEdit::default()
        };
        assert!(!none.apply("mapping", &text).unwrap().contains("fx"));
        assert_eq!(edit.apply("mapping", "[columns").unwrap_err().code, "mapping");
        let wrong = MappingEdit {
            rates: vec![("EUR".into(), Some("-1".into()))],
            currency: Some("W".into()),
            ..MappingEdit::default()
        };
        assert!(wrong.apply("mapping", "").is_err());
    }
}
