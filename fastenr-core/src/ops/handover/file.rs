//! Who gets which account, from a file with the columns `account` and `owner`.

use std::collections::HashMap;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::import::source::{Options, Source};
use crate::model::external_key;
use crate::model::noun::fold_header;
use crate::model::user::User;
use crate::ops::{Context, users};
use crate::store::handover::OwnedAccount;
use crate::store::{self, Tx};

/// A row as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// From 1.
    line: u64,
    account: String,
    owner: String,
    /// What its form breaks.
    problem: Option<String>,
}

/// The rows of a file; other columns are passed over, and so are blank rows.
///
/// # Errors
/// As [`Source::survey`]; `reassign_header` without one of the two columns.
pub(super) fn read(source: &Source) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut places = None;
    let survey = source.survey(&Options::default(), &mut |header, record| {
        let place = |name: &str| header.iter().position(|header| fold_header(header) == name);
        let (account, owner) = match (place("account"), place("owner")) {
            (Some(account), Some(owner)) => *places.insert((account, owner)),
            (None, _) => return Err(headless(source, "account")),
            (_, None) => return Err(headless(source, "owner")),
        };
        if !record.is_blank() {
            let text = |place| record.cell(place).text().unwrap_or_default().trim().to_owned();
            rows.push(Row {
                line: record.line,
                account: text(account),
                owner: text(owner),
                problem: record.problem.as_ref().map(|problem| problem.message.clone()),
            });
        }
        Ok(())
    })?;
    for name in ["account", "owner"] {
        if !survey.header.iter().any(|header| fold_header(header) == name) {
            return Err(headless(source, name));
        }
    }
    Ok(rows)
}

fn headless(source: &Source, name: &str) -> Error {
    Error::invalid("reassign_header", format!("{} has no column {name}", source.name()))
        .hint("it needs the columns account (external id or id) and owner (e-mail address, id or unique name)")
}

/// Who gets what, by account; and what is wrong with which row.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    pub(super) owners: HashMap<Uuid, Uuid>,
    pub(super) problems: Vec<String>,
}

/// Looks the accounts and users of the rows up. `leaving` is the user, who owns `owned`.
pub(super) async fn resolve(
    tx: &mut Tx<'_>,
    context: &Context,
    rows: Vec<Row>,
    leaving: &User,
    owned: &[OwnedAccount],
    all: &[User],
) -> Result<Mapping> {
    let by_id: HashMap<Uuid, &OwnedAccount> = owned.iter().map(|account| (account.id, account)).collect();
    let by_key: HashMap<&str, &OwnedAccount> =
        owned.iter().filter_map(|account| Some((account.external_key.as_deref()?, account))).collect();
    let mut owners: HashMap<String, Result<Uuid, String>> = HashMap::new();
    let mut lines: HashMap<Uuid, u64> = HashMap::new();
    let mut mapping = Mapping::default();
    for row in rows {
        let known = Uuid::parse_str(&row.account).ok().and_then(|id| by_id.get(&id));
        let known = known.or_else(|| by_key.get(external_key(&row.account).as_str()));
        let account = match (&row.problem, known) {
            (Some(problem), _) => Err(format!("the row {problem}")),
            (None, Some(account)) => Ok(account.id),
            (None, None) => elsewhere(tx, context, &row.account, leaving).await?,
        };
        let owner =
            owners.entry(row.owner.clone()).or_insert_with(|| new_owner(context, &row.owner, leaving, all)).clone();
        match (account, owner) {
            (Err(problem), _) | (Ok(_), Err(problem)) => mapping.problems.push(format!("line {}: {problem}", row.line)),
            (Ok(account), Ok(owner)) => match lines.get(&account) {
                Some(line) => {
                    let problem = format!("line {}: {} is in line {line} already", row.line, row.account);
                    mapping.problems.push(problem);
                }
                None => {
                    lines.insert(account, row.line);
                    mapping.owners.insert(account, owner);
                }
            },
        }
    }
    Ok(mapping)
}

/// An account that is not found among those of the user: perhaps by an alias, perhaps it is somebody else's.
async fn elsewhere(tx: &mut Tx<'_>, context: &Context, name: &str, leaving: &User) -> Result<Result<Uuid, String>> {
    if name.is_empty() {
        return Ok(Err("account is empty".to_owned()));
    }
    let scope = context.scope();
    let mut found = match Uuid::parse_str(name) {
        Ok(id) => store::accounts::get(tx, &scope, id).await?,
        Err(_) => None,
    };
    if found.is_none() {
        found = store::accounts::by_external_key(tx, &scope, &external_key(name)).await?;
    }
    Ok(match found {
        None => Err(format!("no account has the id or external id {name:?}")),
        Some(account) => match account.owner {
            Some(owner) if owner.id == leaving.id => Ok(account.id),
            Some(owner) => {
                Err(format!("{name} ({}) is owned by {}, not by {}", account.name, owner.label, leaving.email))
            }
            None => Err(format!("{name} ({}) is owned by nobody", account.name)),
        },
    })
}

/// Who is meant, if that one can own accounts.
fn new_owner(context: &Context, name: &str, leaving: &User, all: &[User]) -> Result<Uuid, String> {
    if name.is_empty() {
        return Err("owner is empty".to_owned());
    }
    match users::find_among(context, all, name) {
        Ok(user) if user.id == leaving.id => Err(format!("{} is the one who leaves", user.email)),
        Ok(user) if user.deactivated_at.is_some() => {
            Err(format!("{} is deactivated and can't own accounts", user.email))
        }
        Ok(user) => Ok(user.id),
        Err(error) => Err(match error.hints.words() {
            Some(hint) => format!("{}; {hint}", error.message),
            None => error.message,
        }),
    }
}
