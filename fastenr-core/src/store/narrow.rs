//! What a selection is in SQL: conditions on the records `a` of a noun, and on their accounts `acc`.

use super::Engine;
use super::query::Query;
use crate::model::account::ACCOUNT;
use crate::model::filter::Archived;
use crate::model::name_key;
use crate::model::noun::{Noun, Storage, Value};
use crate::model::selection::{Condition, Selection};

/// Who left does not renew, and what the scores were then is no longer judged.
const CUSTOMERS: &str = "a.status <> 'churned'";
const CHURNED: &str = "a.status = 'churned'";
/// The same as [`CUSTOMERS`], by name: the index by status leads to their bands.
const EACH_CUSTOMER: &str = "a.status in ('active', 'at_risk', 'onboarding')";

/// Adds the conditions of the selection.
pub(super) fn narrow(query: &mut Query, engine: Engine, noun: &Noun, selection: &Selection) {
    narrow_on(query, engine, noun, selection, selection.wants_churned());
}

/// Whose ARR a sum counts, as SQL.
pub(super) fn counts_arr(selection: &Selection) -> &'static str {
    if selection.wants_churned() { "1 = 1" } else { CUSTOMERS }
}

/// `churned`: whether the selection as a whole asks for churned accounts.
fn narrow_on(query: &mut Query, engine: Engine, noun: &Noun, selection: &Selection, churned: bool) {
    if let Some(archived_at) = noun.archived_at() {
        match selection.archived {
            Archived::Without => query.and(&format!("{archived_at} is null")),
            Archived::Only => query.and(&format!("{archived_at} is not null")),
            Archived::With => {}
        }
    }
    for condition in &selection.conditions {
        add(query, engine, noun, condition, churned);
    }
    if selection.of_customers && !churned {
        query.and(CUSTOMERS);
    }
}

fn add(query: &mut Query, engine: Engine, noun: &Noun, condition: &Condition, churned: bool) {
    match condition {
        Condition::In(sql, storage, values) => {
            query.and_in(sql, values.iter().map(|value| (*storage, value.clone())));
        }
        Condition::Band(sql, bands) => band(query, sql, bands),
        Condition::State { sql, moment: (storage, value), ended, states } => {
            if let Some(column) = ended {
                query.and(&format!("{column} is null"));
            }
            let place = query.value(*storage, value.clone());
            query.and_in(&sql.replace("{}", &place), states.iter().map(|state| (Storage::Text, state.clone())));
        }
        Condition::Any(conditions) => {
            let start = query.text.len();
            let mut any = Vec::new();
            for condition in conditions {
                add(query, engine, noun, condition, churned);
                let added = query.text.split_off(start);
                any.push(added.strip_prefix(" and ").unwrap_or("1 = 1").to_owned());
            }
            query.and(&format!("({})", any.join(" or ")));
        }
        Condition::Like(sql, patterns) => {
            let like = |pattern: &Value| {
                let place = query.value(Storage::Text, pattern.clone());
                format!("{sql} like {place} escape '\\'")
            };
            let any: Vec<String> = patterns.iter().map(like).collect();
            if !any.is_empty() {
                query.and(&format!("({})", any.join(" or ")));
            }
        }
        Condition::AtLeast(sql, storage, value) => compare(query, sql, ">=", *storage, value),
        Condition::Below(sql, storage, value) => compare(query, sql, "<", *storage, value),
        Condition::AtMost(sql, storage, value) => compare(query, sql, "<=", *storage, value),
        Condition::Is(sql) => query.and(&format!("({sql})")),
        Condition::With(sql, storage, value) => {
            let place = query.value(*storage, value.clone());
            query.and(&format!("({})", sql.replace("{}", &place)));
        }
        Condition::Member(key, text) => {
            let key = query.text(key);
            let place = query.text(text);
            query.and(&format!("{} = {place}", engine.json_member("a.custom_fields", &key)));
        }
        Condition::Accounts(accounts) => match noun.account() {
            Some((_, field)) => {
                query.and(&format!("a.{} in (select a.id from accounts a where a.organization_id = $1", field.column));
                narrow(query, engine, &ACCOUNT, accounts);
                query.push(")");
            }
            // Accounts themselves: the conditions of a segment are like their own.
            None => narrow_on(query, engine, noun, accounts, churned),
        },
        Condition::Tag(tag) => {
            let quoted = serde_json::Value::String(tag.to_ascii_lowercase()).to_string();
            let place = query.text(format!("%{}%", escape_like(&quoted)));
            query.and(&format!("lower(a.tags) like {place} escape '\\'"));
        }
        Condition::Words(columns, text) => {
            for word in text.split_whitespace() {
                let place = query.text(format!("%{}%", escape_like(&name_key(word))));
                let any: Vec<String> =
                    columns.iter().map(|column| format!("{column} like {place} escape '\\'")).collect();
                query.and(&format!("({})", any.join(" or ")));
            }
        }
    }
}

/// A churned account is in the band of its status, whatever its last score was.
fn band(query: &mut Query, column: &str, bands: &[Value]) {
    let is_churned = |band: &&Value| matches!(band, Value::Text(text) if text == "churned");
    let scored: Vec<String> =
        bands.iter().filter(|band| !is_churned(band)).map(|band| query.value(Storage::Text, band.clone())).collect();
    let scored = (!scored.is_empty()).then(|| format!("{EACH_CUSTOMER} and {column} in ({})", scored.join(", ")));
    match (scored, bands.iter().any(|band| is_churned(&band))) {
        (Some(scored), true) => query.and(&format!("({CHURNED} or {scored})")),
        (Some(scored), false) => query.and(&scored),
        (None, true) => query.and(CHURNED),
        (None, false) => {}
    }
}

pub(super) fn compare(query: &mut Query, sql: &str, operator: &str, storage: Storage, value: &Value) {
    let place = query.value(storage, value.clone());
    query.and(&format!("{sql} {operator} {place}"));
}

pub(super) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::EACH_CUSTOMER;
    use crate::model::Status;

    #[test]
    fn each_customer_has_a_status_of_its_own() {
        for status in Status::ALL {
            let named = EACH_CUSTOMER.contains(&format!("'{}'", status.as_str()));
            assert_eq!(named, *status != Status::Churned, "{status:?}");
        }
    }
}
