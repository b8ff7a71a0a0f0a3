//! A `where` in the making: conditions and the values they wait for.

use std::fmt::Write;

use super::Statement;
use crate::model::noun::{Storage, Value};

/// Text with its values; `$1` is the organization's.
pub(super) struct Query {
    pub(super) text: String,
    values: Vec<(Storage, Value)>,
}

impl Query {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// The placeholder of a value to come.
    pub(super) fn value(&mut self, storage: Storage, value: Value) -> String {
        self.values.push((storage, value));
        format!("${}", self.values.len() + 1)
    }

    pub(super) fn text(&mut self, text: impl Into<String>) -> String {
        self.value(Storage::Text, Value::Text(text.into()))
    }

    pub(super) fn integer(&mut self, number: i64) -> String {
        self.value(Storage::Integer, Value::Integer(number))
    }

    pub(super) fn and(&mut self, condition: &str) {
        let _ = write!(self.text, " and {condition}");
    }

    /// `column in (…)`; an empty list does not filter.
    pub(super) fn and_in(&mut self, column: &str, values: impl IntoIterator<Item = (Storage, Value)>) {
        let places: Vec<String> = values.into_iter().map(|(storage, value)| self.value(storage, value)).collect();
        if !places.is_empty() {
            self.and(&format!("{column} in ({})", places.join(", ")));
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Binds what was collected, in order.
    pub(super) fn bind<'t>(values: Vec<(Storage, Value)>, mut statement: Statement<'t>) -> Statement<'t> {
        for (storage, value) in values {
            statement = statement.value(storage, value);
        }
        statement
    }

    pub(super) fn into_parts(self) -> (String, Vec<(Storage, Value)>) {
        (self.text, self.values)
    }
}

impl Statement<'_> {
    /// Binds the next `$N` with the type of its column, also when there is no value.
    pub fn value(self, storage: Storage, value: Value) -> Self {
        match (storage, value) {
            (_, Value::Text(text)) => self.bind(text),
            (_, Value::Integer(number)) => self.bind(number),
            (_, Value::Boolean(yes)) => self.bind(yes),
            (_, Value::Date(day)) => self.bind(day),
            (_, Value::Instant(at)) => self.bind(at),
            (_, Value::Id(id)) => self.bind(id),
            (Storage::Text, Value::Null) => self.bind(None::<String>),
            (Storage::Integer, Value::Null) => self.bind(None::<i64>),
            (Storage::Boolean, Value::Null) => self.bind(None::<bool>),
            (Storage::Date, Value::Null) => self.bind(None::<chrono::NaiveDate>),
            (Storage::Instant, Value::Null) => self.bind(None::<chrono::DateTime<chrono::Utc>>),
            (Storage::Id, Value::Null) => self.bind(None::<uuid::Uuid>),
        }
    }
}
