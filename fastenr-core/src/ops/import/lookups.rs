//! What accounts may be looked up by, where a file names them by something that finds none.

use crate::error::Result;
use crate::import::mapping::AccountLookup;
use crate::import::request::Report;
use crate::model::account::ACCOUNT;
use crate::model::contact::CONTACT;
use crate::model::number::grouped;
use crate::store::staging::Staging;
use crate::store::{self, Scope, Tx};

/// Tells which look-up finds the accounts, if one does; it is tried on a sample.
pub(super) async fn tell(staging: &Staging, tx: &mut Tx<'_>, scope: &Scope, report: &mut Report) -> Result<()> {
    if !report.problems.iter().any(|problem| matches!(problem.code.as_str(), "unknown_account" | "unknown_parent")) {
        return Ok(());
    }
    let said = staging.unknown_accounts(tx).await?;
    let lookups = [
        (AccountLookup::Key, "key", &ACCOUNT, "external_key"),
        (AccountLookup::Name, "name", &ACCOUNT, "name_key"),
        (AccountLookup::Domain, "domain", &ACCOUNT, "domain"),
        (AccountLookup::Email, "email", &CONTACT, "email"),
    ];
    let mut best: Option<(usize, &str)> = None;
    for (lookup, name, noun, column) in lookups {
        if lookup == staging.account_lookup {
            continue;
        }
        let mut keys: Vec<String> = said.iter().map(|text| lookup.key(text)).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = store::records::borne(tx, scope, noun, column, keys.clone()).await?;
        let count = said.iter().filter(|text| found.contains(&lookup.key(text))).count();
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, name));
        }
    }
    let Some((found, name)) = best else { return Ok(()) };
    let of = match (found, said.len()) {
        (1, 1) => "the account would be found".to_owned(),
        (found, all) if found == all => format!("all {} accounts would be found", grouped(all as u64)),
        (found, all) => format!("{} of {} accounts would be found", grouped(found as u64), grouped(all as u64)),
    };
    report.notes.push(format!("{of} with another look-up: --lookup account={name}"));
    Ok(())
}
