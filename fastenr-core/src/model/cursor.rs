//! Cursors: a place in a sorted list, told by the row that stands before it.
//!
//! A page number counts rows, and counts wrong as soon as somebody writes. A cursor names the last row that was given: what
//! comes after it is neither missed nor repeated, however many rows are made or taken away meanwhile. A row whose sort value
//! changes moves to its new place, before or after the cursor; sorted by id no row ever moves.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Datelike;
use uuid::Uuid;

use super::filter::Page;
use super::noun::{Storage, Value};
use crate::digest::sha256;
use crate::error::{Error, Invalid, Result};

/// A longer text is no cursor: the longest sort value is a title of 255 characters.
const LONGEST: usize = 8_192;

/// A place in a list. To be kept and given back, not to be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Of what: see [`ListOrder::list`].
    list: String,
    sort: String,
    descending: bool,
    /// The last row's sort values and what tells it from its equals, as the journal writes them.
    values: Vec<Option<String>>,
    filter: Fingerprint,
}

/// What a filter was, in a few digits: a cursor goes on only with the filter that it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a filter as it was asked for, in any order: `last 30 days` is the same filter tomorrow, though it means another
    /// day by then. Blank texts don't filter and don't count.
    pub fn of<N: AsRef<str>, T: AsRef<str>>(organization: Uuid, pairs: impl IntoIterator<Item = (N, T)>) -> Self {
        let trimmed = pairs.into_iter().map(|(name, text)| (name.as_ref().to_owned(), text.as_ref().trim().to_owned()));
        let mut pairs: Vec<(String, String)> = trimmed.filter(|(_, text)| !text.is_empty()).collect();
        pairs.sort_unstable();
        let mut digest = sha256(format!("{organization} {pairs:?}").as_bytes());
        digest.truncate(16);
        Self(digest)
    }
}

/// The order that a list goes by, as far as a cursor has to hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOrder {
    /// Of what: the plural of a noun.
    pub list: &'static str,
    pub sort: &'static str,
    pub descending: bool,
    /// How the sort values are stored, and last what tells equals apart.
    pub storages: Vec<Storage>,
}

/// Where a part of a list begins, and how many rows it has at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    Page(Page),
    /// After the row that the cursor names.
    After(Cursor, u64),
}

/// What is asked of a list beside its filter and its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    pub slice: Slice,
    /// What is wanted of the size of the whole; counting can take longer than the rows.
    pub total: Total,
    pub filter: Fingerprint,
}

/// What is wanted of the size of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Total {
    #[default]
    Exact,
    /// Counted no further than this.
    UpTo(u64),
    None,
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Exactly(u64),
    /// More than this.
    Beyond(u64),
}

impl Total {
    /// The most that is counted to.
    pub const MOST: u64 = 1_000_000_000;
    /// The values that it takes, for whoever writes others.
    pub const RULE: &str = "true, false or upto:N, such as upto:10000";

    /// `true`, `false`, `upto:10000`.
    ///
    /// # Errors
    /// `total`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let most = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|most| is_number && (1..=Self::MOST).contains(most))
        };
        match text {
            "true" => Some(Self::Exact),
            "false" => Some(Self::None),
            _ => text.strip_prefix("upto:").and_then(most).map(Self::UpTo),
        }
        .ok_or_else(|| Invalid::new("total", format!("a total is {}; N is 1 to {}", Self::RULE, Self::MOST)))
    }

    /// What is told of a size that is known anyway.
    pub const fn of(self, count: u64) -> Option<Extent> {
        match self {
            Self::None => None,
            Self::UpTo(most) if count > most => Some(Extent::Beyond(most)),
            _ => Some(Extent::Exactly(count)),
        }
    }
}

impl FromStr for Total {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Extent {
    /// The number that is told: all, or as many as there are at least.
    pub const fn count(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::Beyond(count) => count,
        }
    }

    pub const fn is_minimum(self) -> bool {
        matches!(self, Self::Beyond(_))
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    pub rows: Vec<T>,
    /// The size of the whole, where it was asked for.
    pub total: Option<Extent>,
    /// The page, where one was asked for.
    pub page: Option<Page>,
    pub limit: u64,
    /// Where the rest begins; none at the end.
    pub next: Option<Cursor>,
}

impl<T> Part<T> {
    pub const fn has_more(&self) -> bool {
        self.next.is_some()
    }

    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Part<U> {
        let Self { rows, total, page, limit, next } = self;
        Part { rows: rows.into_iter().map(of).collect(), total, page, limit, next }
    }
}

impl Slice {
    /// A page number, or a cursor in its place, and at most so many rows.
    ///
    /// # Errors
    /// `page`, `limit` outside their range; `cursor` for a text that is none; `page_and_cursor`.
    pub fn parse(page: Option<u64>, cursor: Option<&str>, limit: u64) -> Result<Self, Invalid> {
        match (page, cursor) {
            (Some(_), Some(_)) => {
                Err(Invalid::new("page_and_cursor", "a list goes on by page or by cursor, not by both"))
            }
            (_, Some(text)) => Ok(Self::After(text.parse()?, Page::new(1, limit)?.limit)),
            (page, None) => Page::new(page.unwrap_or(1), limit).map(Self::Page),
        }
    }

    pub const fn limit(&self) -> u64 {
        match self {
            Self::Page(page) => page.limit,
            Self::After(_, limit) => *limit,
        }
    }
}

impl From<Page> for Slice {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

impl ListRequest {
    /// Where to begin in a list of this order: the rows to pass over, or the values of the row before.
    ///
    /// # Errors
    /// `cursor` for one of another list, order or filter.
    pub fn seek(&self, order: &ListOrder) -> Result<Seek> {
        match &self.slice {
            Slice::Page(page) => Ok(Seek::from(*page)),
            Slice::After(cursor, limit) => {
                let refused = |invalid: Invalid| {
                    Error::invalid(invalid.code, invalid.rule.into_owned()).hint("begin again without a cursor")
                };
                let after = cursor.values(order, &self.filter).map_err(refused)?;
                Ok(Seek { after: Some(after), offset: 0, limit: *limit })
            }
        }
    }

    /// What was found by a [`Seek::and_one`]: one row too many says that there is more. `place` gives the values of a row by
    /// which the list is sorted.
    pub fn part<T>(
        &self,
        mut rows: Vec<T>,
        total: Option<Extent>,
        order: &ListOrder,
        place: impl Fn(&T) -> Vec<Value>,
    ) -> Part<T> {
        let limit = self.slice.limit();
        let kept = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > kept;
        rows.truncate(kept);
        let next = rows.last().filter(|_| more).map(|last| Cursor::at(order, &place(last), self.filter.clone()));
        let page = match self.slice {
            Slice::Page(page) => Some(page),
            Slice::After(..) => None,
        };
        Part { rows, total, page, limit, next }
    }
}

/// Rows that a list is to give, by the values of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek {
    /// The values of the row before; none at the beginning.
    pub after: Option<Vec<Value>>,
    /// Rows to pass over.
    pub offset: u64,
    pub limit: u64,
}

impl Seek {
    /// One row more, to see whether there is one.
    #[must_use]
    pub const fn and_one(mut self) -> Self {
        self.limit += 1;
        self
    }
}

impl From<Page> for Seek {
    fn from(page: Page) -> Self {
        Self { after: None, offset: page.offset(), limit: page.limit }
    }
}

impl Cursor {
    /// After the row that has these values.
    pub fn at(order: &ListOrder, values: &[Value], filter: Fingerprint) -> Self {
        let text = |value: &Value| (!value.is_null()).then(|| value.journal().into_owned());
        Self {
            list: order.list.to_owned(),
            sort: order.sort.to_owned(),
            descending: order.descending,
            values: values.iter().map(text).collect(),
            filter,
        }
    }

    /// The values of the row before.
    ///
    /// # Errors
    /// `cursor` for one of another list, order or filter, or one that never came from here.
    pub fn values(&self, order: &ListOrder, filter: &Fingerprint) -> Result<Vec<Value>, Invalid> {
        if self.list != order.list {
            return Err(Invalid::new("cursor", format!("the cursor is one of {}, not of {}", self.list, order.list)));
        }
        if self.sort != order.sort || self.descending != order.descending {
            return Err(Invalid::new("cursor", "the cursor goes with another sort: ask with the sort it came from"));
        }
        if self.filter != *filter {
            return Err(Invalid::new(
                "cursor",
                "the cursor goes with another filter: ask with the filter it came from",
            ));
        }
        if self.values.len() != order.storages.len() {
            return Err(rule());
        }
        let values = self.values.iter().zip(&order.storages);
        let values: Vec<Value> =
            values.map(|(text, storage)| read(text.as_deref(), *storage)).collect::<Result<_, _>>()?;
        // What tells equals apart is never missing.
        if values.last().is_none_or(Value::is_null) { Err(rule()) } else { Ok(values) }
    }
}

/// A value that both databases can hold.
fn read(text: Option<&str>, storage: Storage) -> Result<Value, Invalid> {
    let value = Value::from_journal(text, storage);
    let is_fit = match (&value, storage) {
        (Value::Null, _) | (Value::Integer(_), Storage::Integer) | (Value::Id(_), Storage::Id) => true,
        (Value::Boolean(_), Storage::Boolean) => true,
        (Value::Text(text), Storage::Text) => !text.contains('\0'),
        (Value::Date(day), Storage::Date) => (0..=9999).contains(&day.year()),
        (Value::Instant(at), Storage::Instant) => (0..=9999).contains(&at.year()),
        _ => false,
    };
    if is_fit { Ok(value) } else { Err(rule()) }
}

fn rule() -> Invalid {
    Invalid::new("cursor", "a cursor is a text that a list gave, unchanged")
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = (&self.list, &self.sort, self.descending, &self.values, &self.filter.0);
        let text = serde_json::to_vec(&parts).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl FromStr for Cursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(rule());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| rule())?;
        let (list, sort, descending, values, filter) = serde_json::from_slice(&bytes).map_err(|_| rule())?;
        Ok(Self { list, sort, descending, values, filter: Fingerprint(filter) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order() -> ListOrder {
        ListOrder { list: "accounts", sort: "arr", descending: true, storages: vec![Storage::Integer, Storage::Id] }
    }

    fn filter() -> Fingerprint {
        Fingerprint::of(Uuid::nil(), [("status", "active")])
    }

    #[test]
    fn a_fingerprint_knows_a_filter_again() {
        let of = |pairs: &[(&str, &str)]| Fingerprint::of(Uuid::nil(), pairs.iter().copied());
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", " 2 "), ("c", " "), ("a", "1")]));
        for other in [of(&[]), of(&[("a", "1")]), of(&[("a", "2"), ("b", "1")]), of(&[("a", "1\", \"b"), ("b", "2")])] {
            assert_ne!(of(&[("a", "1"), ("b", "2")]), other);
        }
        assert_ne!(of(&[]), Fingerprint::of(Uuid::from_u128(1), [("", "")]));
    }

    #[test]
    fn of_another_list_sort_or_filter() {
        let values = [Value::Integer(5), Value::Id(Uuid::from_u128(7))];
        let cursor = Cursor::at(&order(), &values, filter());
        assert_eq!(cursor.values(&order(), &filter()).as_deref(), Ok(values.as_slice()));
        let refused = |order: &ListOrder, filter: &Fingerprint| cursor.values(order, filter).unwrap_err().code;
        assert_eq!(refused(&ListOrder { list: "goals", ..order() }, &filter()), "cursor");
        assert_eq!(refused(&ListOrder { sort: "name", ..order() }, &filter()), "cursor");
        assert_eq!(refused(&ListOrder { descending: false, ..order() }, &filter()), "cursor");
        assert_eq!(refused(&ListOrder { storages: vec![Storage::Id], ..order() }, &filter()), "cursor");
        assert_eq!(refused(&ListOrder { storages: vec![Storage::Date, Storage::Id], ..order() }, &filter()), "cursor");
        assert_eq!(refused(&order(), &Fingerprint::default()), "cursor");
    }

    #[test]
    fn a_slice_of_texts() {
        let cursor = Cursor::at(&order(), &[Value::Null, Value::Id(Uuid::nil())], filter()).to_string();
        assert_eq!(Slice::parse(Some(2), None, 10), Ok(Slice::Page(Page { number: 2, limit: 10 })));
        assert_eq!(Slice::parse(None, Some(&cursor), 10).map(|slice| slice.limit()), Ok(10));
        let refused = |page, cursor, limit| Slice::parse(page, cursor, limit).unwrap_err().code;
        assert_eq!(refused(Some(1), Some(cursor.as_str()), 10), "page_and_cursor");
        assert_eq!(refused(None, Some(cursor.as_str()), 0), "limit");
        assert_eq!(refused(None, Some("?"), 1), "cursor");
        assert_eq!(refused(Some(0), None, 1), "page");
    }

    #[test]
    fn what_no_database_can_hold() {
        for (text, storage) in [
            ("+262000-01-01", Storage::Date),
            ("+262000-01-01T00:00:00Z", Storage::Instant),
            ("a\0", Storage::Text),
            ("9223372036854775808", Storage::Integer),
        ] {
            assert_eq!(read(Some(text), storage).unwrap_err().code, "cursor", "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_cursor_comes_back(number in proptest::option::of(any::<i64>()), id: u128, text in "\\PC{0,40}") {
            let order = ListOrder { storages: vec![Storage::Integer, Storage::Text, Storage::Id], ..order() };
            let values = [number.map_or(Value::Null, Value::Integer), Value::Text(text), Value::Id(Uuid::from_u128(id))];
            let cursor = Cursor::at(&order, &values, filter());
            let again: Cursor = cursor.to_string().parse().unwrap();
            prop_assert_eq!(&again, &cursor);
            prop_assert_eq!(again.values(&order, &filter()).unwrap(), values);
        }

        #[test]
        fn garbage_is_refused(text in "\\PC{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for text in [text, URL_SAFE_NO_PAD.encode(bytes)] {
                prop_assert_eq!(text.parse::<Cursor>().unwrap_err().code, "cursor");
            }
        }

        /// A cursor that somebody bent is refused, or still names a place: it never does harm.
        #[test]
        fn a_bent_one_is_no_harm(at: prop::sample::Index, byte in b' '..b'~') {
            let mut text = Cursor::at(&order(), &[Value::Integer(5), Value::Id(Uuid::nil())], filter()).to_string();
            let at = at.index(text.len());
            text.replace_range(at..=at, &char::from(byte).to_string());
            if let Ok(cursor) = text.parse::<Cursor>() && let Err(invalid) = cursor.values(&order(), &filter()) {
                prop_assert_eq!(invalid.code, "cursor");
            }
        }
    }
}
