//! A selection and an order from names and texts, by a noun's own tables: the flags of the command line and the query of the
//! HTTP API, read once.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::filters::{check_size, check_values, conditions, unknown_name};
use super::{Context, period, users};
use crate::error::{Error, Invalid, Result};
use crate::model::Tags;
use crate::model::boolean::parse_bool;
use crate::model::duration::{Span, duration};
use crate::model::filter::Archived;
use crate::model::noun::{Field, Noun, Storage, Value};
use crate::model::selection::{Condition, Filter, Order, Selection, Test, sort_words};
use crate::model::when::Sense;

/// Reads a filter; users and accounts are looked up. Blank texts don't filter.
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
    let mut given: Vec<Given> = Vec::new();
    for (name, text) in pairs {
        let (name, text) = (name.as_ref(), text.as_ref().trim());
        let filter = filter_called(noun, name)?;
        // A custom field may be asked to be blank.
        if text.is_empty() && filter.test != Test::Member {
            continue;
        }
        match given.iter_mut().find(|known| known.name == name) {
            Some(known) if !takes_many(known.filter.test) => {
                return Err(Error::invalid("given_twice", format!("{name} is given twice")));
            }
            Some(known) => known.texts.push(text.to_owned()),
            None => given.push(Given { filter, name: name.to_owned(), texts: vec![text.to_owned()] }),
        }
    }
    check_values(given.iter().flat_map(|given| &given.texts).map(String::as_str))?;
    let mut selection = Selection::default();
    for given in given {
        add(context, noun, &mut selection, &given).await?;
    }
    check_size(selection.conditions.iter().map(size).sum())?;
    check_range(noun, &selection)?;
    Ok(selection)
}

/// What was given to one filter.
struct Given {
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

/// How many conditions it is to the database.
fn size(condition: &Condition) -> usize {
    match condition {
        Condition::Accounts(filter) => 1 + conditions(filter),
        Condition::Words(columns, text) => columns.len() * text.split_whitespace().count(),
        _ => 1,
    }
}

const fn takes_many(test: Test) -> bool {
    matches!(test, Test::AnyOf(_) | Test::Users(_) | Test::Owners | Test::Segment | Test::Tags)
}

async fn add(context: &Context, noun: &'static Noun, selection: &mut Selection, given: &Given) -> Result<()> {
    let Given { filter, name, texts } = given;
    let text = texts.first().map_or("", String::as_str);
    let of = |invalid: Invalid| invalid.of(filter.name, text);
    let listed = || texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty());
    let condition = match filter.test {
        Test::AnyOf(name) => {
            let Some((_, field)) = noun.field(name) else { return Ok(()) };
            let mut values = Vec::new();
            for item in listed() {
                values.push(field.parse(item).map_err(|invalid| invalid.of(filter.name, item))?);
            }
            Condition::In(column(field), field.meaning.storage(), values)
        }
        Test::Exactly(name) => {
            let Some((_, field)) = noun.field(name) else { return Ok(()) };
            let value = Value::Text(text.to_ascii_lowercase());
            Condition::In(Cow::Owned(format!("lower({})", column(field))), Storage::Text, vec![value])
        }
        Test::Users(name) => {
            let Some((_, field)) = noun.field(name) else { return Ok(()) };
            Condition::In(column(field), Storage::Id, users_called(context, listed()).await?)
        }
        Test::Owners => {
            Condition::In(Cow::Borrowed("acc.owner_id"), Storage::Id, users_called(context, listed()).await?)
        }
        Test::Account => {
            let account = super::accounts::get(context, text).await?;
            if selection.archived == Archived::Without {
                // Whoever names an account wants to see what it has.
                selection.archived = Archived::With;
            }
            Condition::In(Cow::Borrowed("a.account_id"), Storage::Id, vec![Value::Id(account.id)])
        }
        Test::Segment => {
            for filter in super::segments::filters(context, texts).await? {
                if filter.archived == Archived::Only && selection.archived == Archived::Without {
                    selection.archived = Archived::With;
                }
                selection.conditions.push(Condition::Accounts(Box::new(filter)));
            }
            return Ok(());
        }
        Test::Tags => {
            for text in texts {
                let tags = Tags::parse(text).map_err(of)?;
                selection.conditions.extend(tags.iter().map(|tag| Condition::Tag(tag.as_str().to_owned())));
            }
            return Ok(());
        }
        Test::From(sql, Storage::Instant) => {
            Condition::AtLeast(sql, Storage::Instant, Value::Instant(period::first(context, text).map_err(of)?))
        }
        Test::From(sql, storage) => {
            let day = period::day_of(context, text, Sense::Back).map_err(of)?;
            Condition::AtLeast(sql, storage, Value::Date(day))
        }
        Test::To(sql, Storage::Instant) => {
            let end = period::last(context, text, end_of(noun, sql)).map_err(of)?;
            Condition::Below(sql, Storage::Instant, Value::Instant(end))
        }
        Test::To(sql, storage) => {
            let day = period::day_of(context, text, end_of(noun, sql)).map_err(of)?;
            Condition::AtMost(sql, storage, Value::Date(day))
        }
        Test::Is(sql) => {
            if !parse_bool(text).map_err(of)? {
                return Ok(());
            }
            Condition::Is(sql)
        }
        Test::Today(sql) => {
            if !parse_bool(text).map_err(of)? {
                return Ok(());
            }
            Condition::With(sql, Storage::Date, Value::Date(context.today()))
        }
        Test::Ahead(sql) => Condition::With(sql, Storage::Date, Value::Date(ahead(context, text).map_err(of)?)),
        Test::Member => {
            let key = name.strip_prefix("custom.").unwrap_or_default();
            Condition::Member(key.to_owned(), text.to_owned())
        }
        Test::Search(columns) => Condition::Words(columns, text.to_owned()),
        Test::Archived => {
            selection.archived = if parse_bool(text).map_err(of)? { Archived::Only } else { Archived::Without };
            return Ok(());
        }
    };
    selection.conditions.push(condition);
    Ok(())
}

/// The day that is so long ahead: `7d`, `2w`, `3m`.
fn ahead(context: &Context, text: &str) -> Result<NaiveDate, Invalid> {
    Span::parse(text)?.after(context.today()).ok_or_else(duration)
}

/// A field of the record in SQL.
fn column(field: &Field) -> Cow<'static, str> {
    Cow::Owned(format!("a.{}", field.column))
}

/// Ids of users, by what they are called.
async fn users_called<'t>(context: &Context, names: impl Iterator<Item = &'t str>) -> Result<Vec<Value>> {
    let all = users::list(context).await?;
    names.map(|name| Ok(Value::Id(users::among(context, &all, name)?.id))).collect()
}

/// How a word such as `friday` ends a range: what can't be after today ends with the last one.
pub fn end_of(noun: &Noun, sql: &str) -> Sense {
    let field = sql.strip_prefix("a.").and_then(|column| noun.fields.iter().find(|field| field.column == column));
    if field.is_some_and(|field| field.past) { Sense::Back } else { Sense::End }
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
            (Condition::Below(other, _, Value::Instant(end)), Value::Instant(least)) => other == sql && end <= least,
            _ => false,
        });
        if empty {
            let message = format!("the range ends before it begins: no {} can pass", noun.one);
            return Err(Error::invalid("empty_range", message));
        }
    }
    Ok(())
}

/// `title`, `at:asc`; blank is the noun's own order.
///
/// # Errors
/// `sort`, with the keys there are.
pub fn order(noun: &'static Noun, text: &str) -> Result<Order, Invalid> {
    let (name, descending) = sort_words(text)?;
    let found = match name {
        "" => noun.sorts.first(),
        _ => noun.sorts.iter().find(|sort| sort.name.eq_ignore_ascii_case(name)),
    };
    let sort = found.ok_or_else(|| {
        let names: Vec<&str> = noun.sorts.iter().map(|sort| sort.name).collect();
        Invalid::new("sort", format!("{} are sorted by one of {}", noun.many, names.join(", ")))
    })?;
    Ok(Order { sort, descending: descending.unwrap_or(sort.descending) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arr_change::ARR_CHANGE;
    use crate::model::contact::CONTACT;
    use crate::model::engagement::ENGAGEMENT;
    use crate::model::goal::GOAL;
    use crate::model::metric::METRIC;
    use crate::model::team::TEAM;

    const NOUNS: [&Noun; 6] = [&ARR_CHANGE, &CONTACT, &ENGAGEMENT, &GOAL, &METRIC, &TEAM];

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
            assert!(!noun.sorts.is_empty() && !noun.filters.is_empty(), "{}", noun.many);
            for filter in noun.filters {
                if let Test::AnyOf(name) | Test::Users(name) | Test::Exactly(name) = filter.test {
                    assert!(noun.field(name).is_some(), "{}.{name}", noun.many);
                }
            }
        }
    }
}
