//! What the account that is kept takes from its duplicates: only what it lacks.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::error::{Error, Invalid, Result, Setting, Verb};
use crate::model::account::{ACCOUNT, Account};
use crate::model::noun::{Meaning, Value};
use crate::model::{CustomFields, Status, Tag, Tags};
use crate::say;
use crate::store::records::Assignment;

/// Never filled: `external_id`, since that of a duplicate becomes an alias; `parent`, which the tree settles. The others are
/// never blank.
const NOT_FILLED: [&str; 5] = ["external_id", "name", "status", "created_at", "parent"];

/// The blanks of the kept account with what fills them, and what they were. The duplicates are asked in their order; owners
/// are taken from `owners` only.
///
/// ARR and the day of leaving go with a status: an account that is a customer takes none of one that has left, and the
/// other way round.
///
/// # Errors
/// `custom_fields_size`.
pub(super) fn fills(keep: &Account, duplicates: &[Account], owners: &[Uuid]) -> Result<Vec<(Assignment, Value)>> {
    let mut fills = Vec::new();
    let fields = ACCOUNT.fields.iter().filter(|field| field.writable() && !NOT_FILLED.contains(&field.name));
    for field in fields {
        let old = keep.stored(field);
        let new = match field.meaning {
            Meaning::Tags => Value::Text(tags(keep, duplicates)),
            Meaning::Custom => Value::Text(custom(keep, duplicates)?),
            _ if !old.is_null() => continue,
            _ => {
                let fits = |account: &&Account| match field.name {
                    "arr" | "churned_on" => has_left(account) == has_left(keep),
                    "owner" => account.owner.as_ref().is_some_and(|owner| owners.contains(&owner.id)),
                    _ => true,
                };
                let mut values = duplicates.iter().filter(fits).map(|account| account.stored(field));
                values.find(|value| !value.is_null()).unwrap_or_default()
            }
        };
        if new != old {
            fills.push(((field, new), old));
        }
    }
    Ok(fills)
}

fn has_left(account: &Account) -> bool {
    account.status == Status::Churned
}

/// The duplicate that gives the kept account its ARR, if that has none.
pub(super) fn donor_of_arr<'d>(keep: &Account, duplicates: &'d [Account]) -> Option<&'d Account> {
    duplicates.iter().find(|account| account.arr.is_some() && has_left(account) == has_left(keep))
}

/// All tags, as many as an account may have: its own first.
fn tags(keep: &Account, duplicates: &[Account]) -> String {
    let read = |account: &Account| Tags::from_json(&account.tags).unwrap_or_default();
    let mut all = read(keep);
    let own = all.len();
    for tag in duplicates.iter().flat_map(|account| read(account).iter().cloned().collect::<Vec<Tag>>()) {
        // What goes beyond the most stays with the duplicate.
        let _ = all.insert(tag);
    }
    if all.len() == own { keep.tags.clone() } else { all.to_json() }
}

/// Its custom fields, and those that only the duplicates have.
fn custom(keep: &Account, duplicates: &[Account]) -> Result<String> {
    let read = |account: &Account| CustomFields::parse(&account.custom_fields).unwrap_or_default().to_map();
    let mut all: Map<String, Json> = read(keep);
    let own = all.len();
    for (name, value) in duplicates.iter().flat_map(read) {
        all.entry(name).or_insert(value);
    }
    if all.len() == own {
        return Ok(keep.custom_fields.clone());
    }
    let of = |invalid: Invalid| {
        Error::invalid(invalid.code, format!("the custom fields of all together: {}", invalid.rule)).hint(say!(
            "clear some with {}",
            Verb::AccountsUpdate.on("ACCOUNT").with(Setting::Unset.like("custom.KEY"))
        ))
    };
    Ok(CustomFields::from_map(all).map_err(of)?.into_string())
}
