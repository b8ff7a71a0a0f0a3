//! Results as programs read them: the JSON that the command line prints and the HTTP API answers with.
//!
//! Names, their order and the values are a contract. A result is a plain struct made of what `ops` gives; a record is a
//! [`Field`](crate::model::noun::Field) by field, of a noun's table or of one that stands here. To add a result: a struct
//! with `Serialize`, its `From`, and under the feature `schema` a `ToSchema`, whose descriptions are the members' comments.
//!
//! What `ops`, `score` and `proof` return derives both itself where it is printed as it is.

pub mod account;
pub mod activity;
pub mod alert;
pub mod arr;
pub mod bulk;
pub mod dashboard;
pub mod duplicate;
pub mod engagement;
pub mod engagement_report;
pub mod event;
pub mod explanation;
pub mod goal;
pub mod goal_report;
pub mod health;
pub mod health_summary;
pub mod impact;
pub mod import;
pub mod likelihood;
pub mod merge;
pub mod model;
pub mod movers;
pub mod notification;
pub mod operation;
pub mod prune;
mod record;
#[cfg(feature = "schema")]
pub mod schema;
pub mod snapshot;
pub mod today;
pub mod undo;
pub mod user;

pub use record::{Members, named, record};

use serde::{Serialize, Serializer};

use crate::money::Cents;

/// A number with two decimals, in hundredths; in JSON exact and short: `72.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hundredths(pub i64);

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Cents(self.0).serialize(serializer)
    }
}

/// Named values in an order of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<V>(pub Vec<(String, V)>);

impl<V: Serialize> Serialize for Named<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<V> FromIterator<(String, V)> for Named<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
