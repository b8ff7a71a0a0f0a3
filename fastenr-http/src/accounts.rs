//! `/api/accounts`

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as FromState};
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::filter::{AccountSort, Page};
use fastenr_core::ops::filters::{ACCOUNT_FILTERS, account_filter, unknown_name};
use fastenr_core::{Error, ops};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Problem, State};

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope {
    data: Vec<Map<String, Value>>,
    total: u64,
    page: u64,
    limit: u64,
    #[serde(rename = "hasMore")]
    has_more: bool,
}

type Pairs = Vec<(String, String)>;

/// `GET /api/accounts`: the parameters of paging, `sort`, and every filter that the library knows.
pub(crate) async fn list(
    FromState(state): FromState<State>,
    query: Result<Query<Pairs>, QueryRejection>,
) -> Result<Json<Envelope>, Problem> {
    let Query(pairs) = query.map_err(|rejection| Problem::invalid("query", rejection.body_text()))?;
    let (paging, filters) = split(pairs)?;
    let (sort, page) = read(&paging)?;
    let filter = account_filter(&state.context, filters).await?;
    let (found, _) = ops::accounts::list(&state.context, &filter, sort, page).await?;
    Ok(Json(Envelope {
        total: found.total,
        page: page.number,
        limit: page.limit,
        has_more: found.has_more(),
        data: found.rows.iter().map(object).collect(),
    }))
}

/// Names that are no filters of accounts.
const PAGING: [&str; 3] = ["page", "limit", "sort"];

/// Paging here, filters there; a name that is neither is refused with the nearest of both.
fn split(pairs: Pairs) -> Result<(Pairs, Pairs), Error> {
    let filters = || ACCOUNT_FILTERS.iter().map(|(name, _)| *name);
    for (name, _) in &pairs {
        let known = PAGING.into_iter().chain(filters()).any(|known| known == name) || name.starts_with("custom.");
        if !known {
            return Err(unknown_name(name, PAGING.into_iter().chain(filters())));
        }
    }
    Ok(pairs.into_iter().partition(|(name, _)| PAGING.contains(&name.as_str())))
}

fn read(pairs: &[(String, String)]) -> Result<(AccountSort, Page), Error> {
    let text = |name: &str| {
        let mut given = pairs.iter().filter(|(given, _)| given == name).map(|(_, text)| text.trim());
        match (given.next(), given.next()) {
            (_, Some(_)) => Err(Error::invalid("given_twice", format!("{name} is given twice"))),
            (text, None) => Ok(text.filter(|text| !text.is_empty())),
        }
    };
    let number = |name: &'static str, default: u64| match text(name)? {
        Some(text) => text.parse().map_err(|_| Error::invalid(name, format!("{name} {text:?}: a whole number from 1"))),
        None => Ok(default),
    };
    let usual = Page::default();
    let page = Page::new(number("page", usual.number)?, number("limit", usual.limit)?)
        .map_err(|invalid| Error::invalid(invalid.code, invalid.rule.into_owned()))?;
    let sort = match text("sort")? {
        Some(text) => AccountSort::parse(text).map_err(|invalid| invalid.of("sort", text))?,
        None => AccountSort::default(),
    };
    Ok((sort, page))
}

/// Every field, by its name.
fn object(account: &Account) -> Map<String, Value> {
    ACCOUNT.fields.iter().map(|field| (field.name.to_owned(), field.json(&account.value(field)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Pairs {
        text.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn paging_and_filters_are_told_apart() {
        let (paging, filters) =
            split(pairs(&[("status", "active"), ("page", "2"), ("custom.tier", "gold"), ("sort", "arr:desc")]))
                .unwrap();
        assert_eq!(paging, pairs(&[("page", "2"), ("sort", "arr:desc")]));
        assert_eq!(filters, pairs(&[("status", "active"), ("custom.tier", "gold")]));
        let error = split(pairs(&[("limt", "1")])).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean limit?"));
    }

    #[test]
    fn paging() {
        let (sort, page) = read(&pairs(&[("page", "2"), ("limit", "50"), ("sort", "arr:desc")])).unwrap();
        assert!(sort.descending);
        assert_eq!(page, Page { number: 2, limit: 50 });
        assert_eq!(read(&[]).unwrap().1, Page::default());
        for (name, text, code) in [
            ("page", "0", "page"),
            ("page", "x", "page"),
            ("limit", "1001", "limit"),
            ("limit", "-1", "limit"),
            ("sort", "colour", "sort"),
        ] {
            assert_eq!(read(&pairs(&[(name, text)])).unwrap_err().code, code, "{name}={text}");
        }
        assert_eq!(read(&pairs(&[("page", "1"), ("page", "2")])).unwrap_err().code, "given_twice");
    }
}
