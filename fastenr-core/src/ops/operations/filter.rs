//! A filter of operations from names and texts.

use super::OperationFilter;
use crate::error::{Error, Result};
use crate::ops::filters::unknown_name;
use crate::ops::{Context, period, users};

/// The names that [`filter`] knows, each with one line about it.
pub const OPERATION_FILTERS: &[(&str, &str)] = &[
    ("kind", "kinds, separated by commas, such as accounts.import, or goals for all of a noun"),
    ("by", "users who ran the operations, separated by commas"),
    ("since", "started since: a day, a time ago such as 7d, or an RFC 3339 time"),
];

/// Reads a filter; users are looked up. Blank texts don't filter.
///
/// # Errors
/// `unknown_filter` with the nearest name, `given_twice`, `time`, `unknown_user`.
pub async fn filter<N, T>(context: &Context, pairs: impl IntoIterator<Item = (N, T)>) -> Result<OperationFilter>
where
    N: AsRef<str>,
    T: AsRef<str>,
{
    let mut filter = OperationFilter::default();
    for (name, text) in pairs {
        let (name, text) = (name.as_ref(), text.as_ref().trim());
        let listed = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
        match name {
            "kind" => filter.kinds.extend(listed().map(str::to_owned)),
            "by" => {
                for user in listed() {
                    filter.users.push(users::get(context, user).await?.id);
                }
            }
            "since" if filter.since.is_some() => {
                return Err(Error::invalid("given_twice", "since is given twice"));
            }
            "since" if text.is_empty() => {}
            "since" => filter.since = Some(period::since(context, text).map_err(|invalid| invalid.of(name, text))?),
            _ => return Err(unknown_name(name, OPERATION_FILTERS.iter().map(|(known, _)| *known))),
        }
    }
    Ok(filter)
}
