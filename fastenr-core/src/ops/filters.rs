//! A filter of accounts from names and texts: the flags of the command line and the query of the HTTP API, read once.

use super::{Context, nearest, segments};
use crate::error::{Error, Invalid, Result};
use crate::model::boolean::parse_bool;
use crate::model::duration::{Span, duration};
use crate::model::filter::{AccountFilter, Archived};
use crate::model::{AccountBand, Score, Size, Status, Tags, TimeZone};

/// The names that [`account_filter`] knows, each with one line about it. `custom.KEY` is one too, for any key.
pub const ACCOUNT_FILTERS: &[(&str, &str)] = &[
    ("status", "statuses, separated by commas"),
    ("size", "sizes, separated by commas"),
    ("industry", "industry (repeat to match any)"),
    ("owner", "owners, separated by commas: e-mail address, id, unique name, or @me"),
    ("unowned", "only accounts without an owner"),
    ("tag", "has all of these tags, separated by commas"),
    (
        "band",
        "health bands, separated by commas; insufficient_data: no score; churned: the score of the last day as a customer",
    ),
    ("health_min", "minimum health score; excludes accounts without a score and churned ones"),
    ("health_max", "maximum health score; excludes accounts without a score and churned ones"),
    ("risk_min", "minimum churn risk; excludes accounts without a score and churned ones"),
    ("risk_max", "maximum churn risk; excludes accounts without a score and churned ones"),
    ("arr_min", "minimum ARR"),
    ("arr_max", "maximum ARR"),
    (
        "renews_within",
        "contract ends within this time, such as 90d, 12w or 3m, or has ended; churned accounts are included only if \
         status or band names them",
    ),
    (
        "no_engagement_for",
        "no engagement completed within this time, such as 60d, 8w or 2m; includes accounts without any",
    ),
    ("parent", "direct child accounts of this account"),
    ("segment", "segment (repeat to match all)"),
    ("search", "all words must occur in the name, the domain or the external id"),
    ("archived", "only archived accounts"),
];

/// Reads a filter; owners and the parent are looked up. Blank texts don't filter.
///
/// # Errors
/// `unknown_filter` with the nearest name, `given_twice`, `empty_range`, the rule that a value breaks, `unknown_user`,
/// `unknown_account`, `unknown_segment`, `broken_segment`, `too_many_conditions`, `too_many_values`.
pub async fn account_filter<N, T>(context: &Context, pairs: impl IntoIterator<Item = (N, T)>) -> Result<AccountFilter>
where
    N: AsRef<str>,
    T: AsRef<str>,
{
    let given = pairs.into_iter().map(|(name, text)| (name.as_ref().to_owned(), text.as_ref().trim().to_owned()));
    let (named, own): (Vec<_>, Vec<_>) = given.partition(|(name, _)| name == "segment");
    let mut filter = plain_filter(context, &own).await?;
    let named: Vec<String> = named.into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect();
    filter.segments = segments::filters(context, &named).await?;
    check_size(conditions(&filter))?;
    let of_archived = filter.segments.iter().any(|segment| segment.archived == Archived::Only);
    if of_archived && !says_archived(&own) {
        // Of archived accounts the segment has its own word.
        filter.archived = Archived::With;
    }
    Ok(filter)
}

/// Whether a filter has a word on archived accounts.
pub(super) fn says_archived(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, text)| name == "archived" && !text.is_empty())
}

/// A filter without segments: what a segment is made of.
pub(super) async fn plain_filter(context: &Context, pairs: &[(String, String)]) -> Result<AccountFilter> {
    check_values(pairs.iter().map(|(_, text)| text.as_str()))?;
    let mut filter = AccountFilter::default();
    let (mut owners, mut parent): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut seen: Vec<String> = Vec::new();
    for (name, text) in pairs {
        let (name, text) = (name.as_str(), text.as_str());
        let single = !matches!(name, "status" | "size" | "industry" | "owner" | "tag" | "band");
        if single && seen.iter().any(|known| known == name) {
            return Err(Error::invalid("given_twice", format!("{name} is given twice")));
        }
        seen.push(name.to_owned());
        if text.is_empty() && !name.starts_with("custom.") {
            known(name)?;
            continue;
        }
        let of = |invalid: Invalid| invalid.of(name, text);
        match name {
            "owner" => owners.extend(list(text).map(str::to_owned)),
            "parent" => parent = Some(text.to_owned()),
            _ => put(&mut filter, context, name, text).map_err(of)?.ok_or_else(|| unknown(name))?,
        }
    }
    check_range("health", filter.health_min, filter.health_max)?;
    check_range("risk", filter.risk_min, filter.risk_max)?;
    check_range("arr", filter.arr_min, filter.arr_max)?;
    if !owners.is_empty() {
        let users = super::users::list(context).await?;
        for owner in &owners {
            filter.owners.push(super::users::among(context, &users, owner)?.id);
        }
    }
    if let Some(parent) = parent {
        filter.parent = Some(super::accounts::get(context, &parent).await?.id);
    }
    Ok(filter)
}

/// One value into its place; `None` where no filter has this name.
fn put(filter: &mut AccountFilter, context: &Context, name: &str, text: &str) -> Result<Option<()>, Invalid> {
    let score = || Score::parse(text).map(|score| Some(i64::from(score.get())));
    match name {
        "status" => filter.statuses.extend(parse_list(text, Status::parse)?),
        "size" => filter.sizes.extend(parse_list(text, Size::parse)?),
        "industry" => filter.industries.push(text.to_owned()),
        "unowned" => filter.unowned = parse_bool(text)?,
        "tag" => filter.tags.extend(Tags::parse(text)?.iter().map(|tag| tag.as_str().to_owned())),
        "band" => filter.bands.extend(parse_list(text, AccountBand::parse)?),
        "health_min" => filter.health_min = score()?,
        "health_max" => filter.health_max = score()?,
        "risk_min" => filter.risk_min = score()?,
        "risk_max" => filter.risk_max = score()?,
        "arr_min" => filter.arr_min = Some(context.input.money(text)?),
        "arr_max" => filter.arr_max = Some(context.input.money(text)?),
        "renews_within" => {
            let zone = TimeZone::parse(&context.organization.time_zone)?;
            let day = Span::parse(text)?.after(zone.day(context.clock.now()));
            filter.renews_by = Some(day.ok_or_else(duration)?);
        }
        "no_engagement_for" => {
            let zone = TimeZone::parse(&context.organization.time_zone)?;
            let day = Span::parse(text)?.before(context.today()).ok_or_else(duration)?;
            filter.not_engaged_since = Some(zone.beginning(day));
        }
        "search" => filter.search = Some(text.to_owned()),
        "archived" => filter.archived = if parse_bool(text)? { Archived::Only } else { Archived::Without },
        _ => match name.strip_prefix("custom.") {
            Some(key) if !key.is_empty() => filter.custom.push((key.to_owned(), text.to_owned())),
            _ => return Ok(None),
        },
    }
    Ok(Some(()))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn parse_list<T>(text: &str, parse: fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>, Invalid> {
    list(text).map(parse).collect()
}

/// Conditions that one filter may have: words of a search, tags and custom fields, those of its segments too. Databases take more,
/// each as many as its own, and nobody means more.
const MOST_CONDITIONS: usize = 100;
/// Values of all lists of a filter together.
const MOST_VALUES: usize = 10_000;

/// The conditions of a filter that may be any number.
pub(super) fn conditions(filter: &AccountFilter) -> usize {
    let own = filter.search.as_deref().map_or(0, |text| text.split_whitespace().count());
    let own = own + filter.tags.len() + filter.custom.len() + filter.segments.len();
    own + filter.segments.iter().map(conditions).sum::<usize>()
}

/// # Errors
/// `too_many_conditions`.
pub(super) fn check_size(conditions: usize) -> Result<()> {
    if conditions <= MOST_CONDITIONS {
        return Ok(());
    }
    let message = format!("the filter has {conditions} conditions: at most {MOST_CONDITIONS} are taken");
    Err(Error::invalid("too_many_conditions", message).hint("search for fewer words, tags and custom fields at once"))
}

/// # Errors
/// `too_many_values`.
pub(super) fn check_values<'t>(texts: impl Iterator<Item = &'t str>) -> Result<()> {
    let values: usize = texts.map(|text| text.split(',').count()).sum();
    if values <= MOST_VALUES {
        return Ok(());
    }
    let message = format!("the filter has {values} values: at most {MOST_VALUES} are taken");
    Err(Error::invalid("too_many_values", message).hint("ask in parts"))
}

fn check_range<T: PartialOrd>(what: &str, min: Option<T>, max: Option<T>) -> Result<()> {
    match (min, max) {
        (Some(min), Some(max)) if min > max => {
            Err(Error::invalid("empty_range", format!("{what}_min is above {what}_max: no account can pass")))
        }
        _ => Ok(()),
    }
}

fn known(name: &str) -> Result<()> {
    if ACCOUNT_FILTERS.iter().any(|(known, _)| *known == name) { Ok(()) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> Error {
    unknown_name(name, ACCOUNT_FILTERS.iter().map(|(known, _)| *known).chain(["custom.KEY"]))
}

/// No filter is called `name`; the nearest of `names`, or all of them, as the way out.
pub fn unknown_name<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Error {
    let names: Vec<&str> = names.collect();
    let near = nearest(name, names.iter().copied(), 2);
    let hint = if near.is_empty() {
        let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        match others {
            [] => format!("there is {last}"),
            _ => format!("there are {} and {last}", others.join(", ")),
        }
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::invalid("unknown_filter", format!("there is no parameter {name:?}")).hint(hint).field(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_offers_the_nearest() {
        assert_eq!(unknown("helth_min").hint.unwrap(), "did you mean health_min or health_max?");
        assert!(unknown("x").hint.unwrap().starts_with("there are status, size,"));
    }

    #[test]
    fn ranges_hold_something() {
        assert!(check_range("health", Some(1), Some(1)).is_ok());
        assert!(check_range("health", None, Some(1)).is_ok());
        assert_eq!(check_range("health", Some(2), Some(1)).unwrap_err().code, "empty_range");
    }
}
