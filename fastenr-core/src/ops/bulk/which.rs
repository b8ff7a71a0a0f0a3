//! Which records: the filters of the noun's lists, ids, or all of them; never all of them by omission.

use super::{BulkAction, Request};
use crate::error::{Error, Result, Setting, Verb};
use crate::model::filter::Archived;
use crate::model::selection::{Condition, Selection};
use crate::ops::Context;
use crate::ops::selection::selection;
use crate::say;

/// The filter as it was understood, and in words.
pub(super) struct ChosenFilter {
    pub(super) which: Selection,
    pub(super) words: String,
}

/// # Errors
/// `no_filter`; `archived` where archived records were asked for and can't be changed; what [`selection()`] refuses.
pub(super) async fn read(context: &Context, request: &Request) -> Result<ChosenFilter> {
    let given = request.filter.iter().any(|(_, text)| !text.trim().is_empty());
    if !given && request.ids.is_none() && !request.all {
        return Err(Error::invalid("no_filter", format!("no {} selected", request.noun.plural)).hint(say!(
            "add a filter, {}, or {} for {}",
            Setting::Ids,
            Setting::All,
            every(request)
        )));
    }
    if request.all && (given || request.ids.is_some()) {
        let message = "all records can't be selected together with a filter or ids";
        return Err(Error::invalid("all", message).hint(say!("leave {} out", Setting::All)));
    }
    let pairs = request.filter.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let mut which = selection(context, request.noun, pairs).await?;
    if request.action == BulkAction::Restore {
        which.archived = Archived::Only;
        // Those that were merged into others come back when the merge is undone.
        which.conditions.push(Condition::Is("a.merged_into is null"));
    } else if which.archived == Archived::Only {
        return Err(archived(request));
    } else if request.noun.account().is_some() {
        // What belongs to an archived account rests with it, also where the account is named.
        which.archived = Archived::Without;
    }
    Ok(ChosenFilter { which, words: words(request) })
}

fn archived(request: &Request) -> Error {
    let rests = match request.noun.account() {
        Some(_) => format!("{} of archived accounts rest with them", request.noun.plural),
        None => format!("archived {} are not changed", request.noun.plural),
    };
    Error::invalid("archived", rests).hint(say!("restore archived accounts with {}", Verb::AccountsBulkRestore))
}

/// All of them, in words.
fn every(request: &Request) -> String {
    let archived = if request.action == BulkAction::Restore { "archived " } else { "" };
    format!("all {archived}{}", request.noun.plural)
}

/// `status=active tag=vip`, `all accounts`, `ids=keys.csv`.
fn words(request: &Request) -> String {
    let mut words = filter_words(&request.filter);
    if let Some(source) = &request.ids {
        words.push(format!("ids={}", source.name()));
    }
    if words.is_empty() { every(request) } else { words.join(" ") }
}

/// `status=active`, `tag=vip`: of each filter that filters.
pub(in crate::ops) fn filter_words(filter: &[(String, String)]) -> Vec<String> {
    let given = filter.iter().map(|(name, text)| (name, text.trim())).filter(|(_, text)| !text.is_empty());
    given
        .map(|(name, text)| {
            let quoted = if text.contains(char::is_whitespace) { format!("{text:?}") } else { text.to_owned() };
            if quoted == "true" { name.clone() } else { format!("{name}={quoted}") }
        })
        .collect()
}
