//! `/dashboard/find`: from a few letters to an account or a page.

use fastenr_core::model::account::Account;
use fastenr_core::ops::accounts;
use fastenr_html::page::{FindPage, FoundAccount};
use fastenr_html::{link, part};

use super::request::PageRequest;
use super::{answer, row};
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::schema;

const PATH: &str = "/dashboard/find";

/// Accounts that are offered.
const MOST: i64 = 8;

pub(super) fn rows() -> Vec<Endpoint> {
    let q = Parameter::new("q", schema::words(), "Beginning of a name; or a domain, external id or id.");
    vec![row::page(PATH, "Find an account or a page", Noun::Accounts, find).takes([q])]
}

async fn find(request: PageRequest, Query(pairs): Query) -> Answer {
    let text = RemainingParameters::new(pairs).text("q")?;
    let looks = request.wants("found");
    let accounts = match &text {
        Some(text) => accounts::jump(request.context(), text, MOST).await?,
        None => Vec::new(),
    };
    let frame = request.frame("Find", "").await?;
    let pages = text.as_deref().map(|text| frame.called(text)).unwrap_or_default();
    let search = link::with("/dashboard/accounts", text.iter().map(|text| ("search", text)));
    if !looks && text.is_some() {
        // What is meant without a doubt is opened; what is called by nothing is searched for.
        match (&accounts[..], &pages[..]) {
            ([account], []) => return Ok(answer::see_other(&format!("/dashboard/accounts/{}", account.id))),
            ([], [page]) => return Ok(answer::see_other(page.href)),
            ([], []) => return Ok(answer::see_other(&search)),
            _ => {}
        }
    }
    let page = FindPage { frame, accounts: accounts.iter().map(found).collect(), pages, search, text };
    if looks { answer::fragment(page.as_found()) } else { answer::page(&page) }
}

fn found(account: &Account) -> FoundAccount {
    let known = [account.domain.as_deref(), account.external_id.as_deref()];
    FoundAccount {
        id: account.id.to_string(),
        name: account.name.clone(),
        known_by: known.into_iter().flatten().collect::<Vec<_>>().join(", "),
        status: part::Status::account(account.status),
        archived: account.archived_at.is_some(),
    }
}
