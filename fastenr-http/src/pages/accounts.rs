//! `/dashboard/accounts`: the list, as rows or as cards.

use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::cursor::{Extent, ListRequest, Total};
use fastenr_core::model::selection::Order;
use fastenr_core::money::Cents;
use fastenr_core::ops::accounts::{self as ops, Listed};
use fastenr_core::ops::extent;
use fastenr_core::ops::{lists, segments};
use fastenr_html::format::{counted, grouped, money, money_short};
use fastenr_html::page::{AccountRow, AccountsPage, ColumnHead, SaveSegment};
use fastenr_html::part::{Change, Empty, Health, Pager, Status};
use std::collections::HashMap;
use uuid::Uuid;

use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, bulk, exports, row};
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{filters, nouns, schema};

const PATH: &str = "/dashboard/accounts";

pub(super) fn rows() -> Vec<Endpoint> {
    let view = Parameter::new("view", schema::choice(&["rows", "cards"]), "Layout: rows or cards.");
    vec![row::page(PATH, "Accounts", Noun::Accounts, list).takes(filters::of_noun(&ACCOUNT)).takes([view])]
}

/// Columns, the field that each shows, by which the list may be sorted, and whether it is a number.
const HEADS: [(&str, &str, bool); 8] = [
    ("Name", "name", false),
    ("Status", "status", false),
    ("Health", "health_score", false),
    ("30 days", "", true),
    ("Last engagement", "", false),
    ("Renews", "contract_end", false),
    ("ARR", "arr", true),
    ("Owner", "owner", false),
];

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    let context = request.context();
    let mut taken = RemainingParameters::new(pairs.clone());
    let cards = taken.text("view")?.as_deref() == Some("cards");
    let (chosen, order, ask) = nouns::asked(&ACCOUNT, context, taken.rest()).await?;
    let ask = ListRequest { total: Total::None, ..ask };
    let part = ops::part(context, &chosen, order, &ask).await?;
    let (extent, arr) = extent::accounts(context, &chosen).await?;
    let ids: Vec<Uuid> = part.rows.iter().map(|listed| listed.account.id).collect();
    let reads_health = request.can().read(Noun::Health);
    let ago = if reads_health { extent::health_a_month_ago(context, &ids).await?.1 } else { HashMap::new() };

    let lists = request.lists().await?;
    let segments: Vec<String> = match request.can().read(Noun::Segments) {
        true => segments::names(context).await?,
        false => Vec::new(),
    };
    let layout = Layout {
        path: PATH,
        noun: &ACCOUNT,
        users: &lists.users,
        segments: &segments,
        searches: "Name, domain or external id",
        own: &[],
    };
    let alone = filters_alone(&pairs);
    let next = part.next.as_ref().map(|cursor| with(PATH, &pairs, "cursor", Some(&cursor.to_string())));
    let is_first = !pairs.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let shown = part.rows.len() as u64;
    let rows: Vec<AccountRow> = part.rows.iter().map(|listed| account_row(&request, listed, &ago)).collect();
    let drawn = layout.draw(&pairs);
    let can = request.can();
    let page = AccountsPage {
        frame: request.frame("Accounts", "accounts").await?,
        heads: heads(&pairs, order, cards),
        cards,
        as_rows: with(PATH, &pairs, "view", None),
        as_cards: with(PATH, &pairs, "view", Some("cards")),
        total: total(extent, "account", "accounts"),
        arr: arr.map(|Cents(cents)| format!("{} {} ARR", money_short(cents), context.organization.currency)),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &pairs, "cursor", None)),
            next,
            shown: part_of(shown, extent),
        },
        empty: match rows.is_empty() {
            true if lists::any(context, &ACCOUNT).await? => Some(Empty::no_match("No accounts match", &drawn.chips)),
            true => Some(none_yet(&request)),
            false => None,
        },
        export: exports::ways(&ACCOUNT, &alone),
        bulk: bulk::bar(&request, &ACCOUNT, &alone, total(extent, "account", "accounts"), rows.is_empty()),
        segment: (can.write(Noun::Segments) && !alone.is_empty() && !alone.iter().any(|(name, _)| name == "segment"))
            .then(|| SaveSegment { pairs: alone.clone() }),
        may_write: can.write(Noun::Accounts),
        may_log: can.write(Noun::Engagements),
        filters: drawn,
        rows,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

/// `1,240 accounts`, `10,000+ accounts`.
pub(super) fn total(extent: Extent, one: &str, many: &str) -> String {
    match extent {
        Extent::Exactly(count) => counted(count, one, many),
        Extent::Beyond(most) => format!("{}+ {many}", grouped(most)),
    }
}

pub(super) fn part_of(shown: u64, extent: Extent) -> String {
    match extent {
        Extent::Exactly(count) if count == shown => String::new(),
        Extent::Exactly(count) => format!("{} of {}", grouped(shown), grouped(count)),
        Extent::Beyond(most) => format!("{} of more than {}", grouped(shown), grouped(most)),
    }
}

fn account_row(request: &PageRequest, listed: &Listed, ago: &HashMap<Uuid, i64>) -> AccountRow {
    let Listed { account, last_engagement } = listed;
    let here = request.here();
    AccountRow {
        id: account.id.to_string(),
        name: account.name.clone(),
        domain: account.domain.clone(),
        status: Status::account(account.status),
        health: Health::from(account),
        change: Change { points: change(account, ago) },
        last: last_engagement.filter(|_| request.can().read(Noun::Engagements)).map(|at| here.day_of(at)),
        renews: account.contract_end.map(|day| here.day(day)),
        arr: account.arr.map(|arr| (money_short(arr.cents()), money(arr.cents()))),
        owner: account.owner.as_ref().map(|owner| owner.label.clone()),
        archived: account.archived_at.is_some(),
        churned: account.status == fastenr_core::model::Status::Churned,
    }
}

/// The change in 30 days, if both days have a score.
fn change(account: &Account, ago: &HashMap<Uuid, i64>) -> Option<i64> {
    Some(account.judged_health()? - ago.get(&account.id)?)
}

fn heads(pairs: &Pairs, order: Order, cards: bool) -> Vec<ColumnHead> {
    let mut heads: Vec<ColumnHead> = HEADS
        .iter()
        .map(|(text, field, number)| {
            let key = ACCOUNT.sorts.iter().find(|sort| sort.name == *field);
            let is = key.is_some_and(|key| *key == *order.sort);
            // Numbers are sorted descending first; a second click reverses the order.
            let first = if *number { "desc" } else { "asc" };
            let other = if first == "asc" { "desc" } else { "asc" };
            let now = if order.descending { "desc" } else { "asc" };
            let way = if is && now == first { other } else { first };
            ColumnHead {
                text,
                href: key.map(|key| with(PATH, pairs, "sort", Some(&format!("{}:{way}", key.name)))),
                sorted: match (is, order.descending) {
                    (true, true) => "descending",
                    (true, false) => "ascending",
                    _ => "",
                },
                number: *number,
            }
        })
        .collect();
    if !cards {
        heads.push(ColumnHead { text: "", href: None, sorted: "", number: false });
    }
    heads
}

/// There are no accounts at all.
pub(super) fn none_yet(request: &PageRequest) -> Empty {
    Empty {
        title: "No accounts yet".to_owned(),
        text: "Import them from a CSV or Excel file, or create the first one. `fastenr demo` creates demo data to try things out."
            .to_owned(),
        command: Some("fastenr accounts import accounts.csv"),
        act: request.can().write(Noun::Accounts).then(|| ("New account", "/dashboard/accounts/new".to_owned())),
        ..Empty::default()
    }
}
