//! Which records: the filters of the noun's lists, ids, or all of them; never all of them by omission.

use super::{Deed, Request};
use crate::error::{Error, Result};
use crate::model::filter::Archived;
use crate::ops::Context;
use crate::ops::filters::account_filter;
use crate::ops::selection::selection;
use crate::store::staging::Which;

/// The filter as it was understood, and in words.
pub(super) struct Chosen {
    pub(super) which: Which,
    pub(super) words: String,
}

/// # Errors
/// `no_filter`; `archived` where archived records were asked for and can't be changed; what [`account_filter`] and
/// [`selection`] refuse.
pub(super) async fn read(context: &Context, request: &Request) -> Result<Chosen> {
    let given = request.filter.iter().any(|(_, text)| !text.trim().is_empty());
    if !given && request.ids.is_none() && !request.all {
        return Err(Error::invalid("no_filter", format!("nothing says which {}", request.noun.plural))
            .hint(format!("give a filter or --ids, or --all for {}", every(request))));
    }
    if request.all && (given || request.ids.is_some()) {
        return Err(Error::invalid("all", "--all goes with no filter and no --ids").hint("leave --all out"));
    }
    let pairs = request.filter.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let which = if request.noun.table == "accounts" {
        let mut filter = account_filter(context, pairs).await?;
        if request.deed == Deed::Restore {
            filter.archived = Archived::Only;
            Which::Unmerged(Box::new(filter))
        } else if filter.archived == Archived::Only {
            return Err(archived(request));
        } else {
            Which::Accounts(Box::new(filter))
        }
    } else {
        let mut selection = selection(context, request.noun, pairs).await?;
        if selection.archived == Archived::Only {
            return Err(archived(request));
        }
        // What belongs to an archived account rests with it, also where the account is named.
        selection.archived = Archived::Without;
        Which::Records(selection)
    };
    Ok(Chosen { which, words: words(request) })
}

fn archived(request: &Request) -> Error {
    let rests = match request.noun.account() {
        Some(_) => format!("{} of archived accounts rest with them", request.noun.plural),
        None => format!("archived {} are not changed", request.noun.plural),
    };
    Error::invalid("archived", rests).hint("`fastenr accounts bulk-restore` brings archived accounts back")
}

/// What `--all` means.
fn every(request: &Request) -> String {
    let archived = if request.deed == Deed::Restore { "archived " } else { "" };
    format!("all {archived}{}", request.noun.plural)
}

/// `status=active tag=vip`, `all accounts`, `--ids keys.csv`.
fn words(request: &Request) -> String {
    let mut words: Vec<String> = request
        .filter
        .iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(name, text)| {
            let text = text.trim();
            let quoted = if text.contains(char::is_whitespace) { format!("{text:?}") } else { text.to_owned() };
            if quoted == "true" { name.clone() } else { format!("{name}={quoted}") }
        })
        .collect();
    if let Some(source) = &request.ids {
        words.push(format!("--ids {}", source.name()));
    }
    if words.is_empty() { every(request) } else { words.join(" ") }
}
