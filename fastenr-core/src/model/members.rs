//! Lists of small JSON objects: what reading the milestones of a goal and the attendees of a meeting have in common.

use serde_json::{Map, Value};

use super::picklist;
use crate::error::Invalid;

/// What a list is made of, in the words of its refusals.
pub(super) struct Members {
    /// `milestone`: the object is called so in refusals.
    pub(super) one: &'static str,
    /// The members an object may have.
    pub(super) keys: &'static [&'static str],
    /// The code of a list that is no JSON array of objects, or has a member of the wrong type.
    pub(super) json: &'static str,
    /// The code of a member that is not of `keys`.
    pub(super) key: &'static str,
}

impl Members {
    /// The objects of an array, each with known members only; `read` makes a value of each.
    /// A refusal says which object it is about, counted from 1.
    pub(super) fn read<T>(
        &self,
        list: &Value,
        read: impl Fn(&Self, &Map<String, Value>) -> Result<T, Invalid>,
    ) -> Result<Vec<T>, Invalid> {
        let one = |(n, item): (usize, &Value)| {
            let object = item.as_object().ok_or_else(|| self.no_list())?;
            self.known(object).and_then(|()| read(self, object)).map_err(|e| self.about(n, &e))
        };
        list.as_array().ok_or_else(|| self.no_list())?.iter().enumerate().map(one).collect()
    }

    /// `invalid`, with the place of the object in the list, which is counted from 0 here and from 1 for people.
    pub(super) fn about(&self, place: usize, invalid: &Invalid) -> Invalid {
        Invalid::new(invalid.code, format!("{} {}: {}", self.one, place + 1, invalid.rule))
    }

    pub(super) fn no_list(&self) -> Invalid {
        Invalid::new(self.json, format!("{}s are a JSON array of objects with {}", self.one, self.keys.join(", ")))
    }

    /// The text of a member; `null` is as good as absent.
    pub(super) fn text<'o>(&self, object: &'o Map<String, Value>, key: &str) -> Result<Option<&'o str>, Invalid> {
        match object.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Invalid::new(self.json, format!("{key} is a text"))),
        }
    }

    fn known(&self, object: &Map<String, Value>) -> Result<(), Invalid> {
        let Some(unknown) = object.keys().find(|key| !self.keys.contains(&key.as_str())) else { return Ok(()) };
        let shown: String = unknown.chars().take(40).collect();
        let near = picklist::nearest(self.keys, unknown);
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        Err(Invalid::new(self.key, format!("{shown:?} is none of {}{hint}", self.keys.join(", "))))
    }
}
