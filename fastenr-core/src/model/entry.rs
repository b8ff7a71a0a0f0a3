//! A record of any noun, as its table of fields describes it.

use uuid::Uuid;

use super::noun::{Field, Meaning, Noun, Value, member_value};

/// A record as stored. Fields that name another record hold its id; what people call it is its label.
#[derive(Debug, Clone)]
pub struct Entry {
    pub noun: &'static Noun,
    /// In the order of the noun's fields.
    values: Vec<Value>,
    /// The field's place, and what it is called: an e-mail address, an external id.
    labels: Vec<(usize, String)>,
}

impl Entry {
    pub(crate) fn new(noun: &'static Noun, values: Vec<Value>, labels: Vec<(usize, String)>) -> Self {
        debug_assert_eq!(noun.fields.len(), values.len());
        Self { noun, values, labels }
    }

    /// As the column holds it: references give their id.
    pub fn stored(&self, field: &Field) -> Value {
        self.noun.place_of(field).map_or(Value::Null, |place| self.values[place].clone())
    }

    /// As people see it: references give their label.
    pub fn value(&self, field: &Field) -> Value {
        if field.meaning == Meaning::Member {
            return self.text("custom_fields").map_or(Value::Null, |custom| member_value(custom, field));
        }
        let Some(place) = self.noun.place_of(field) else { return Value::Null };
        match self.labels.iter().find(|(of, _)| *of == place) {
            Some((_, label)) => Value::Text(label.clone()),
            None => self.values[place].clone(),
        }
    }

    fn named(&self, name: &str) -> &Value {
        self.noun.field(name).map_or(&Value::Null, |(place, _)| &self.values[place])
    }

    /// The value of a text field; none where there is none.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.named(name) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.named(name) {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub fn date(&self, name: &str) -> Option<chrono::NaiveDate> {
        match self.named(name) {
            Value::Date(day) => Some(*day),
            _ => None,
        }
    }

    pub fn instant(&self, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
        match self.named(name) {
            Value::Instant(at) => Some(*at),
            _ => None,
        }
    }

    /// The id in a field that holds one.
    pub fn id_of(&self, name: &str) -> Option<Uuid> {
        match self.named(name) {
            Value::Id(id) => Some(*id),
            _ => None,
        }
    }

    /// What a reference is called: the e-mail address of a user, the external id or the id of an account.
    pub fn label(&self, name: &str) -> Option<&str> {
        let (place, _) = self.noun.field(name)?;
        self.labels.iter().find(|(of, _)| *of == place).map(|(_, label)| label.as_str())
    }

    pub fn id(&self) -> Uuid {
        self.id_of("id").unwrap_or_default()
    }

    pub fn version(&self) -> i64 {
        self.integer("version").unwrap_or_default()
    }

    /// What a person would call it: its name or title, else the account and the field that is unique within it.
    pub fn title(&self) -> String {
        if let Some(title) = self.text("name").or_else(|| self.noun.field("title").and(self.text("title"))) {
            return title.to_owned();
        }
        let account = self.text("account_name").unwrap_or_default();
        match self.noun.within.and_then(|within| self.noun.field(within)) {
            Some((_, field)) => format!("{account}, {}", field.text(&self.value(field))),
            None => account.to_owned(),
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.noun.many == other.noun.many && self.values == other.values && self.labels == other.labels
    }
}

impl Eq for Entry {}
