//! A filter of alerts from names and texts.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::{Error, Invalid, Result};
use crate::model::alert::{AlertFilter, AlertSort, AlertState};
use crate::model::boolean::parse_bool;
use crate::model::selection::sort_words;
use crate::model::short_id::ShortId;
use crate::model::when::Sense;
use crate::ops::period::day_of;
use crate::ops::selection::unknown_name;
use crate::ops::{Context, accounts, segments, users};
use crate::score::alerts::{HeldBy, Rule, Severity};
use crate::store;

/// The names that [`filter`] knows, each with one line about it.
pub const ALERT_FILTERS: &[(&str, &str)] = &[
    ("id", "ids of alerts, separated by commas"),
    ("state", "states, separated by commas, or all; default: open"),
    ("severity", "severities, separated by commas: info, warning, critical"),
    ("rule", "alert rules, separated by commas"),
    ("held_by", "reasons for holding, separated by commas: guard, first_run, new_rule, new_model"),
    ("account", "account"),
    ("owner", "owners of the accounts, separated by commas"),
    ("unowned", "only alerts of accounts without an owner; with owner: alerts of both"),
    ("segment", "segment of the accounts (repeat to match all)"),
    ("arr_min", "minimum ARR of the account"),
    ("since", "opened or got worse since: a day, or a time ago such as 7d"),
    ("sort", "sort order: urgency, arr or opened; default: urgency"),
];

/// Reads a filter; users and accounts are looked up. Blank texts don't filter, but without a state, and without ids, only open
/// alerts pass, or held ones where a reason for holding is named.
///
/// # Errors
/// `unknown_filter` with the nearest name, `given_twice`, the rule that a value breaks, `unknown_user`, `unknown_account`,
/// `unknown_segment`, `broken_segment`.
pub async fn filter<N, T>(context: &Context, pairs: impl IntoIterator<Item = (N, T)>) -> Result<AlertFilter>
where
    N: AsRef<str>,
    T: AsRef<str>,
{
    let mut filter = AlertFilter::default();
    let mut every_state = false;
    for (name, text) in pairs {
        let (name, text) = (name.as_ref(), text.as_ref().trim());
        let twice = match name {
            "account" => filter.account.is_some(),
            "arr_min" => filter.arr_min.is_some(),
            "since" => filter.since.is_some(),
            _ if ALERT_FILTERS.iter().any(|(known, _)| *known == name) => false,
            _ => return Err(unknown_name(name, ALERT_FILTERS.iter().map(|(known, _)| *known))),
        };
        if twice {
            return Err(Error::invalid("given_twice", format!("{name} is given twice")));
        }
        if text.is_empty() {
            continue;
        }
        match name {
            "id" => {
                for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                    filter.ids.push(id_of(context, one).await?);
                }
            }
            "state" => {
                let (all, some): (Vec<&str>, Vec<&str>) =
                    text.split(',').partition(|state| state.trim().eq_ignore_ascii_case("all"));
                every_state |= !all.is_empty();
                filter.states.extend(each(name, &some.join(","), AlertState::parse)?);
            }
            "severity" => filter.severities.extend(each(name, text, Severity::parse)?),
            "rule" => filter.rules.extend(each(name, text, Rule::parse)?),
            "held_by" => filter.held_by.extend(each(name, text, HeldBy::parse)?),
            "account" => filter.account = Some(accounts::get(context, text).await?.id),
            "owner" => {
                for owner in text.split(',').map(str::trim).filter(|owner| !owner.is_empty()) {
                    filter.owners.push(users::get(context, owner).await?.id);
                }
            }
            "sort" => filter.sort = sort(text).map_err(|invalid| invalid.of(name, text))?,
            "arr_min" => {
                let arr = context.input.money(text).map_err(|invalid| invalid.of(name, text))?;
                filter.arr_min = Some(arr.cents());
            }
            "segment" => filter.segments.extend(segments::filters(context, &[text]).await?),
            "unowned" => filter.unowned = parse_bool(text).map_err(|invalid| invalid.of(name, text))?,
            _ => filter.since = Some(day_of(context, text, Sense::Back).map_err(|invalid| invalid.of(name, text))?),
        }
    }
    if every_state {
        filter.states.clear();
    } else if filter.states.is_empty() && filter.ids.is_empty() {
        filter.states.push(if filter.held_by.is_empty() { AlertState::Open } else { AlertState::Held });
    }
    Ok(filter)
}

/// Alerts have one direction, the most first: `-arr` and `arr:desc` say so, too.
fn sort(text: &str) -> Result<AlertSort, Invalid> {
    match sort_words(text)? {
        (name, None | Some(true)) => AlertSort::parse(name),
        (_, Some(false)) => Err(Invalid::new("sort", "alerts are sorted the most first, in no other direction")),
    }
}

fn each<T>(name: &str, text: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| parse(item).map_err(|invalid| invalid.of(name, item))).collect()
}

/// The alert that is meant: an id, or the beginning or end of one that no other alert has.
///
/// # Errors
/// `id` for what is no part of an id, `unknown_alert`, `ambiguous_alert`.
pub async fn id_of(context: &Context, text: &str) -> Result<Uuid> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Ok(id);
    }
    let rule = || Invalid::new("id", "an alert is named by its id, or 6 digits and more of its beginning or end");
    let short = ShortId::parse(text).ok_or_else(|| rule().of("id", text))?;
    let mut tx = context.db.read().await?;
    let found = store::short_ids::matching(&mut tx, &context.scope(), ("alerts", "id", ""), &short, 6).await?;
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(Error::not_found("unknown_alert", format!("there is no alert {text:?}")).hint(super::list_all())),
        several => {
            let listed: Vec<String> = several.iter().take(5).map(Uuid::to_string).collect();
            Err(Error::not_found("ambiguous_alert", format!("the ids of several alerts begin or end with {text:?}"))
                .hint(format!("name one of {}", listed.join(", "))))
        }
    }
}

/// The day until which something rests: written `2026-04-15`, or in so long as `2w` says.
///
/// # Errors
/// `date`.
pub fn until(context: &Context, text: &str) -> Result<NaiveDate, Invalid> {
    day_of(context, text, Sense::Ahead)
}

/// The day since which something is asked: written `2026-03-01`, or so long ago as `90d` says.
///
/// # Errors
/// `date`.
pub fn since(context: &Context, text: &str) -> Result<NaiveDate, Invalid> {
    day_of(context, text, Sense::Back)
}
