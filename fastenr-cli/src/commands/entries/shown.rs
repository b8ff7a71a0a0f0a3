//! A record with the fields that are computed when it is shown.

use std::marker::PhantomData;

use fastenr_core::Result;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Field, Value};

use super::Kind;
use crate::fields;
use crate::output::Record;

pub(crate) struct Shown<'e, K> {
    pub entry: &'e Entry,
    kind: PhantomData<K>,
}

impl<'e, K: Kind> Shown<'e, K> {
    pub(crate) const fn new(entry: &'e Entry) -> Self {
        Self { entry, kind: PhantomData }
    }
}

impl<K: Kind> Record for Shown<'_, K> {
    fn value(&self, field: &Field) -> Value {
        match K::COMPUTED.iter().any(|computed| computed.name == field.name) {
            true => K::compute(self.entry, field),
            false => self.entry.value(field),
        }
    }

    fn title(&self) -> String {
        self.entry.title()
    }
}

fn computed<K: Kind>(name: &str) -> Option<&'static Field> {
    K::COMPUTED.iter().find(|field| field.name == name.trim())
}

/// The fields called `names`, in that order, computed ones too.
///
/// # Errors
/// `unknown_field` with the nearest names.
pub(crate) fn choose<K: Kind>(names: &[String]) -> Result<Vec<&'static Field>> {
    let mut chosen = Vec::new();
    for name in names {
        match computed::<K>(name) {
            Some(field) => chosen.push(field),
            None => chosen.extend(fields::choose(K::noun(), std::slice::from_ref(name))?),
        }
    }
    Ok(chosen)
}

/// The columns of a list on a terminal.
pub(crate) fn columns<K: Kind>() -> Vec<&'static Field> {
    let named = |name: &&'static str| computed::<K>(name).or_else(|| K::noun().field(name).map(|(_, field)| field));
    K::COLUMNS.iter().filter_map(named).collect()
}
