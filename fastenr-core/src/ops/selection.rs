//! A selection and an order from names and texts, by a noun's own tables: the flags of the command line and the query of the
//! HTTP API, read once.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Context, nearest, period, users};
use crate::error::{Error, Invalid, Result};
use crate::model::activity::KindPattern;
use crate::model::boolean::parse_bool;
use crate::model::duration::{Span, duration};
use crate::model::filter::Archived;
use crate::model::noun::{Field, Meaning, Noun, Storage, Value};
use crate::model::selection::{ALL, Condition, Filter, Order, Selection, Test, sort_words};
use crate::model::short_id::ShortId;
use crate::model::when::Sense;
use crate::model::{Tag, Tags};
use crate::store;

/// Reads a filter; users and accounts are looked up. Blank texts don't filter, but a filter with a usual value has that one then.
///
/// # Errors
/// `unknown_filter` with the nearest name, `given_twice`, `empty_range`, the rule that a value breaks, `unknown_user`,
/// `unknown_account`, `unknown_segment`, `broken_segment`, `too_many_conditions`, `too_many_values`.
pub async fn selection<N, T>(
    context: &Context,
    noun: &'static Noun,
    pairs: impl IntoIterator<Item = (N, T)>,
) -> Result<Selection>
where
    N: AsRef<str>,
    T: AsRef<str>,
{
    let mut given: Vec<GivenFilter> = Vec::new();
    for (name, text) in pairs {
        let (name, text) = (name.as_ref(), text.as_ref().trim());
        let filter = filter_called(noun, name)?;
        // A custom field may be asked to be blank.
        if text.is_empty() && filter.test != Test::Member {
            continue;
        }
        match given.iter_mut().find(|known| known.name == name) {
            Some(known) if !known.filter.repeats() => {
                return Err(Error::invalid("given_twice", format!("{name} is given twice")));
            }
            Some(known) => known.texts.push(text.to_owned()),
            None => given.push(GivenFilter { filter, name: name.to_owned(), texts: vec![text.to_owned()] }),
        }
    }
    check_values(given.iter().flat_map(|given| &given.texts).map(String::as_str))?;
    let usual: Vec<GivenFilter> = usual(noun, &given).collect();
    given.extend(usual);
    let says_archived = given.iter().any(|given| given.filter.test == Test::Archived);
    let is_given = |name: &str| given.iter().any(|given| given.name == name);
    let mut selection = Selection::default();
    for one in given.iter().filter(|one| !one.filter.widens.is_some_and(is_given)) {
        let start = selection.conditions.len();
        add(context, noun, &mut selection, one).await?;
        if let Some(wider) = given.iter().find(|other| other.filter.widens == Some(one.filter.name)) {
            let before = selection.conditions.len();
            add(context, noun, &mut selection, wider).await?;
            if selection.conditions.len() > before {
                let any = selection.conditions.split_off(start);
                selection.conditions.push(Condition::Any(any));
            }
        }
    }
    let of_archived =
        |condition: &Condition| matches!(condition, Condition::Accounts(segment) if segment.archived == Archived::Only);
    if selection.archived == Archived::Without && !says_archived && selection.conditions.iter().any(of_archived) {
        // Of archived accounts the segment has its own word.
        selection.archived = Archived::With;
    }
    check_size(&selection)?;
    check_range(noun, &selection)?;
    Ok(selection)
}

/// Filters that are not given and have a value for that, or one that another filter implies.
fn usual(noun: &'static Noun, given: &[GivenFilter]) -> impl Iterator<Item = GivenFilter> {
    let has = move |name: &str| given.iter().any(|given| given.name == name);
    noun.filters.iter().filter(move |filter| !has(filter.name)).filter_map(move |filter| {
        let mut implied = noun.filters.iter().filter(|other| has(other.name)).filter_map(|other| other.implies);
        let implied = implied.find(|(name, _)| *name == filter.name).map(|(_, text)| text);
        let texts = vec![implied.or(filter.usual)?.to_owned()];
        Some(GivenFilter { filter, name: filter.name.to_owned(), texts })
    })
}

/// What was given to one filter.
struct GivenFilter {
    filter: &'static Filter,
    /// As it was given: of a custom field with its key.
    name: String,
    texts: Vec<String>,
}

/// # Errors
/// `unknown_filter` with the nearest name.
fn filter_called(noun: &'static Noun, name: &str) -> Result<&'static Filter> {
    let member = |filter: &&Filter| {
        filter.test == Test::Member && name.strip_prefix("custom.").is_some_and(|key| !key.is_empty())
    };
    let found =
        noun.filters.iter().find(|filter| (filter.name == name && filter.test != Test::Member) || member(filter));
    found.ok_or_else(|| unknown_name(name, noun.filters.iter().map(Filter::shown)))
}

async fn add(context: &Context, noun: &'static Noun, selection: &mut Selection, given: &GivenFilter) -> Result<()> {
    let GivenFilter { filter, name, texts } = given;
    let text = texts.first().map_or("", String::as_str);
    let of = |invalid: Invalid| invalid.of(filter.name, text);
    let day = |day: NaiveDate| vec![Value::Date(day)];
    let listed = || texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty());
    let parsed = |name: &str, items: Vec<&str>| {
        let field = field(noun, name)?;
        let parse = |item: &str| field.parse(item).map_err(|invalid| invalid.of(filter.name, item));
        items.into_iter().map(parse).collect::<Result<Vec<_>>>()
    };
    let values = match filter.test {
        Test::AnyOf(name) | Test::Band(name) => parsed(name, listed().collect())?,
        Test::State { field: name, at, .. } => {
            let (all, states): (Vec<&str>, Vec<&str>) = listed().partition(|item| item.eq_ignore_ascii_case(ALL));
            let states = parsed(name, states)?;
            if !all.is_empty() {
                return Ok(());
            }
            let moment = match at {
                Storage::Date => Value::Date(context.today()),
                _ => Value::Instant(context.clock.now()),
            };
            std::iter::once(moment).chain(states).collect()
        }
        Test::Alerts => {
            if selection.archived == Archived::Without {
                selection.archived = Archived::With;
            }
            let mut ids = Vec::new();
            for item in listed().collect::<Vec<_>>() {
                ids.push(Value::Id(super::alerts::id_of(context, item).await?));
            }
            ids
        }
        Test::Exactly(_) | Test::AnyExactly(_) | Test::Search(_) => texts.iter().cloned().map(Value::Text).collect(),
        Test::Users(_) | Test::Owners => users_called(context, listed()).await?,
        Test::Account => {
            let account = super::accounts::get(context, text).await?;
            if selection.archived == Archived::Without {
                // Whoever names an account wants to see what it has.
                selection.archived = Archived::With;
            }
            vec![Value::Id(account.id)]
        }
        Test::Under(_) => vec![Value::Id(super::accounts::get(context, text).await?.id)],
        Test::Least(name) | Test::Most(name) => vec![number(context, field(noun, name)?, text).map_err(of)?],
        Test::From(_, Storage::Instant) => vec![Value::Instant(period::first(context, text).map_err(of)?)],
        Test::From(..) => day(period::day_of(context, text, Sense::Back).map_err(of)?),
        Test::To(sql, Storage::Instant) => {
            vec![Value::Instant(period::last(context, text, end_of(noun, sql)).map_err(of)?)]
        }
        Test::To(sql, _) => day(period::day_of(context, text, end_of(noun, sql)).map_err(of)?),
        Test::Since(_) => vec![Value::Instant(period::since(context, text).map_err(of)?)],
        Test::Until(_) => vec![Value::Instant(period::before(context, text, Sense::Back).map_err(of)?)],
        Test::Kinds(_) => {
            let pattern = |kind: &str| KindPattern::parse(kind).map_err(|invalid| invalid.of(filter.name, kind));
            listed().map(|kind| Ok(Value::Text(pattern(kind)?.like()))).collect::<Result<Vec<_>>>()?
        }
        Test::Record(column) => {
            vec![Value::Id(record(context, noun, column, text).await?.ok_or_else(|| of(no_record()))?)]
        }
        Test::Is(_) | Test::Today(_) if !parse_bool(text).map_err(of)? => return Ok(()),
        Test::Is(_) => Vec::new(),
        Test::Today(_) => day(context.today()),
        Test::Ahead(_) => {
            let ahead = Span::parse(text).and_then(|span| span.after(context.today()).ok_or_else(duration));
            day(ahead.map_err(of)?)
        }
        Test::Ago(_) => {
            let ago = Span::parse(text).and_then(|span| span.before(context.today()).ok_or_else(duration));
            let at = ago.and_then(|day| period::beginning(context, day)).map_err(of)?;
            vec![Value::Instant(at)]
        }
        Test::Segment => {
            let segments = super::segments::filters(context, texts).await?;
            selection.conditions.extend(segments.into_iter().map(|segment| Condition::Accounts(Box::new(segment))));
            return Ok(());
        }
        Test::Tags => {
            for text in texts {
                // In a file line breaks separate tags; in a filter only commas and the like do.
                for tag in text.split(',').map(str::trim).filter(|tag| tag.contains(['\n', '\r'])) {
                    Tag::parse(tag).map_err(|invalid| invalid.of(filter.name, text))?;
                }
                let tags = Tags::parse(text).map_err(|invalid| invalid.of(filter.name, text))?;
                selection.conditions.extend(tags.iter().map(|tag| Condition::Tag(tag.as_str().to_owned())));
            }
            return Ok(());
        }
        Test::Member => {
            let key = name.strip_prefix("custom.").unwrap_or_default();
            selection.conditions.push(Condition::Member(key.to_owned(), text.to_owned()));
            return Ok(());
        }
        Test::Archived => {
            selection.archived = if parse_bool(text).map_err(of)? { Archived::Only } else { Archived::Without };
            return Ok(());
        }
    };
    selection.add(noun, filter, values);
    Ok(())
}

/// # Errors
/// `unknown_field`: never of the tables that a test looks at.
fn field(noun: &'static Noun, name: &str) -> Result<&'static Field> {
    let unknown = || Error::invalid("unknown_field", format!("{} have no field {name:?}", noun.many));
    noun.field(name).map(|(_, field)| field).ok_or_else(unknown)
}

fn number(context: &Context, field: &Field, text: &str) -> Result<Value, Invalid> {
    match field.meaning {
        Meaning::Money => context.input.money(text).map(|amount| Value::Integer(amount.cents())),
        _ => field.parse(text),
    }
}

/// The record by its id, or by a part that no other has.
async fn record(context: &Context, noun: &'static Noun, column: &'static str, text: &str) -> Result<Option<Uuid>> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Ok(Some(id));
    }
    let Some(short) = ShortId::parse(text) else { return Ok(None) };
    let mut tx = context.db.read().await?;
    let told = (noun.table, column, "");
    let found = store::short_ids::matching(&mut tx, &context.scope(), told, &short, 2).await?;
    Ok(if let [id] = found[..] { Some(id) } else { None })
}

fn no_record() -> Invalid {
    Invalid::new("id", "a record is named by its id, or so much of its beginning or end as no other has")
}

/// Ids of users, by what they are called.
async fn users_called<'t>(context: &Context, names: impl Iterator<Item = &'t str>) -> Result<Vec<Value>> {
    let all = users::list(context).await?;
    names.map(|name| Ok(Value::Id(users::find_among(context, &all, name)?.id))).collect()
}

/// How a word such as `friday` ends a range: what can't be after today ends with the last one.
pub fn end_of(noun: &Noun, sql: &str) -> Sense {
    let field = sql.strip_prefix("a.").and_then(|column| noun.fields.iter().find(|field| field.column == column));
    if field.is_some_and(|field| field.past) { Sense::Back } else { Sense::End }
}

/// Conditions that one filter may have, those of its segments too. Databases take more, each as many as its own, and nobody
/// means more.
const MOST_CONDITIONS: usize = 100;
/// Values of all lists of a filter together.
const MOST_VALUES: usize = 10_000;

/// The conditions that may be any number: words of a search, tags, custom fields, segments and what they are made of.
fn conditions(selection: &Selection) -> usize {
    let size = |condition: &Condition| match condition {
        Condition::Accounts(segment) => 1 + conditions(segment),
        Condition::Words(_, text) => text.split_whitespace().count(),
        Condition::Tag(_) | Condition::Member(..) => 1,
        _ => 0,
    };
    selection.conditions.iter().map(size).sum()
}

/// # Errors
/// `too_many_conditions`.
fn check_size(selection: &Selection) -> Result<()> {
    let conditions = conditions(selection);
    if conditions <= MOST_CONDITIONS {
        return Ok(());
    }
    let message = format!("the filter has {conditions} conditions: at most {MOST_CONDITIONS} are taken");
    Err(Error::invalid("too_many_conditions", message).hint("search for fewer words, tags and custom fields at once"))
}

/// # Errors
/// `too_many_values`.
fn check_values<'t>(texts: impl Iterator<Item = &'t str>) -> Result<()> {
    let values: usize = texts.map(|text| text.split(',').count()).sum();
    if values <= MOST_VALUES {
        return Ok(());
    }
    let message = format!("the filter has {values} values: at most {MOST_VALUES} are taken");
    Err(Error::invalid("too_many_values", message).hint("ask in parts"))
}

/// A range that nothing can be in is a slip of the pen.
fn check_range(noun: &Noun, selection: &Selection) -> Result<()> {
    let least = selection.conditions.iter().filter_map(|condition| match condition {
        Condition::AtLeast(sql, _, value) => Some((sql, value)),
        _ => None,
    });
    for (sql, least) in least {
        let empty = selection.conditions.iter().any(|condition| match (condition, least) {
            (Condition::AtMost(other, _, Value::Date(most)), Value::Date(least)) => other == sql && most < least,
            (Condition::AtMost(other, _, Value::Integer(most)), Value::Integer(least)) => other == sql && most < least,
            (Condition::Below(other, _, Value::Instant(end)), Value::Instant(least)) => other == sql && end <= least,
            _ => false,
        });
        if empty {
            let message = format!("the range ends before it begins: no {} can match", noun.one);
            return Err(Error::invalid("empty_range", message));
        }
    }
    Ok(())
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

/// `title`, `at:asc`; blank is the noun's own order.
///
/// # Errors
/// `sort`, with the keys there are.
pub fn order(noun: &'static Noun, text: &str) -> Result<Order, Invalid> {
    let (name, descending) = sort_words(text)?;
    let order = Order::of(noun, name).ok_or_else(|| {
        let names: Vec<&str> = noun.sorts.iter().map(|sort| sort.name).collect();
        Invalid::new("sort", format!("{} are sorted by one of {}", noun.many, names.join(", ")))
    })?;
    Ok(order.descending(descending.unwrap_or(order.descending)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::ACCOUNT;
    use crate::model::engagement::ENGAGEMENT;
    use crate::model::nouns::NOUNS;

    #[test]
    fn orders() {
        let order = |text| order(&ENGAGEMENT, text).map(|order| (order.sort.name, order.descending));
        assert_eq!(order(""), Ok(("at", true)));
        assert_eq!(order("at:asc"), Ok(("at", false)));
        assert_eq!((order("-title"), order("+at")), (Ok(("title", true)), Ok(("at", false))));
        assert_eq!(order("-title:desc").unwrap_err().code, "sort");
        assert_eq!(order(" Title "), Ok(("title", false)));
        assert_eq!(order("arr").unwrap_err().code, "sort");
        assert_eq!(order("at:down").unwrap_err().code, "sort");
    }

    #[test]
    fn filters_name_fields() {
        for noun in NOUNS {
            assert!(noun.account().is_none() || !noun.sorts.is_empty(), "{}", noun.many);
            for filter in noun.filters {
                if let Test::AnyOf(name)
                | Test::Band(name)
                | Test::Users(name)
                | Test::Exactly(name)
                | Test::AnyExactly(name)
                | Test::Under(name)
                | Test::Least(name)
                | Test::Most(name) = filter.test
                {
                    assert!(noun.field(name).is_some(), "{}.{name}", noun.many);
                }
                let excluded = filter.excludes.is_none_or(|name| noun.filter(name).is_some());
                assert!(excluded, "{}.{}", noun.many, filter.name);
                assert!(filter.test != Test::Archived || noun.archived_at().is_some(), "{}", noun.many);
            }
        }
    }

    #[test]
    fn an_unknown_name_offers_the_nearest() {
        let hint = |name: &str| filter_called(&ACCOUNT, name).unwrap_err().hints.to_string();
        assert_eq!(hint("helth_min"), "did you mean health_min or health_max?");
        assert!(hint("x").starts_with("there are status, size,"));
    }

    #[test]
    fn ranges_hold_something() {
        let range = |min: i64, max: i64| {
            let least = Selection::default().with(&ACCOUNT, "health_min", [Value::Integer(min)])?;
            check_range(&ACCOUNT, &least.with(&ACCOUNT, "health_max", [Value::Integer(max)])?)
        };
        assert!(range(1, 1).is_ok());
        assert_eq!(range(2, 1).unwrap_err().code, "empty_range");
    }
}
