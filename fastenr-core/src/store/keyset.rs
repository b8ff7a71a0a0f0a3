//! Lists that go on after a row: the order, and what comes after the row's values.
//!
//! A missing value sorts lowest. A condition that says so in one piece (`or … is null`) keeps both databases off the index,
//! so what comes after a value, and what comes after a missing one, are ranges read one after the other.

use super::query::Query;
use crate::model::cursor::Seek;
use crate::model::noun::{Storage, Value};

/// What a list is sorted by: SQL and its type, last what tells equals apart. All go in one direction.
pub(super) struct Keyset {
    pub(super) terms: Vec<(String, Storage)>,
    /// Whether the first may be missing; there are two then.
    pub(super) nullable: bool,
    pub(super) descending: bool,
}

/// One stretch of the index.
pub(super) enum Range {
    Whole,
    /// After these values, of what has a first one.
    After(Vec<Value>),
    /// After what tells equals apart, of what has no first value.
    MissingAfter(Value),
    Missing,
    Present,
}

impl Keyset {
    /// Only where a value may be missing it needs to be said where those go; elsewhere it would keep PostgreSQL off the index.
    pub(super) fn order(&self) -> String {
        let (direction, nulls) = if self.descending { ("desc", " nulls last") } else { ("asc", " nulls first") };
        let term = |(place, (sql, _)): (usize, &(String, Storage))| {
            format!("{sql} {direction}{}", if self.nullable && place == 0 { nulls } else { "" })
        };
        let terms: Vec<String> = self.terms.iter().enumerate().map(term).collect();
        format!(" order by {}", terms.join(", "))
    }

    /// What follows, in order.
    pub(super) fn ranges(&self, seek: &Seek) -> Vec<Range> {
        let Some(values) = &seek.after else { return vec![Range::Whole] };
        if !self.nullable {
            return vec![Range::After(values.clone())];
        }
        match (values.as_slice(), self.descending) {
            ([Value::Null, id], false) => vec![Range::MissingAfter(id.clone()), Range::Present],
            ([Value::Null, id], true) => vec![Range::MissingAfter(id.clone())],
            (_, false) => vec![Range::After(values.clone())],
            (_, true) => vec![Range::After(values.clone()), Range::Missing],
        }
    }

    /// Holds the query to a range.
    pub(super) fn hold(&self, query: &mut Query, range: Range) {
        let operator = if self.descending { "<" } else { ">" };
        let Some((first, _)) = self.terms.first() else { return };
        match range {
            Range::Whole => {}
            Range::Missing => query.and(&format!("{first} is null")),
            Range::Present => query.and(&format!("{first} is not null")),
            Range::MissingAfter(id) => {
                let place = query.value(Storage::Id, id);
                let (column, _) = &self.terms[self.terms.len() - 1];
                query.and(&format!("{first} is null and {column} {operator} {place}"));
            }
            Range::After(values) => {
                let columns: Vec<&str> = self.terms.iter().map(|(sql, _)| sql.as_str()).collect();
                let values = values.into_iter().zip(&self.terms);
                let places: Vec<String> = values.map(|(value, (_, storage))| query.value(*storage, value)).collect();
                // SQLite finds the beginning in an index of an expression only where the expression is compared by itself.
                if first.contains('(') {
                    query.and(&format!("{first} {operator}= {}", places[0]));
                }
                query.and(&format!("({}) {operator} ({})", columns.join(", "), places.join(", ")));
            }
        }
    }

    /// Order, and how many of `seek` are left to be read.
    pub(super) fn close(&self, query: &mut Query, seek: &Seek, read: usize) {
        query.push(&self.order());
        let left = seek.limit.saturating_sub(read as u64);
        let limit = query.integer(i64::try_from(left).unwrap_or(i64::MAX));
        query.push(&format!(" limit {limit}"));
        if seek.offset > 0 {
            let offset = query.integer(i64::try_from(seek.offset).unwrap_or(i64::MAX));
            query.push(&format!(" offset {offset}"));
        }
    }
}

/// Whether so many rows are all that is asked for.
pub(super) fn is_full(seek: &Seek, read: usize) -> bool {
    read as u64 >= seek.limit
}
