//! A person's data: where it stands, a copy of it, and its erasure.
//!
//! A person is found by an e-mail address or as a contact. Contacts and users with that address are the person's own records, and so
//! are attendees; from them come names, other addresses and phone numbers, which are looked for in every text column of the schema
//! ([`TEXT_COLUMNS`](crate::store::people::TEXT_COLUMNS)).

mod erase;
mod export;
mod find;
mod judge;
mod person;
mod receipts;

use serde::Serialize;
use uuid::Uuid;

pub use erase::{EraseRequest, Erasure, erase};
pub use export::{PersonExport, PersonText, export};
pub use find::{FoundPerson, find};
pub use receipts::{Receipt, receipts};

/// The kind of the operation.
pub const ERASE: &str = "people.erase";

/// Who is meant.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// An e-mail address, or what a contact is called: its id, external id or unique name.
    pub name: &'a str,
    /// Names of the person beside those that records have.
    pub names: &'a [String],
}

/// What a person is called, and which records are the person's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonNames {
    /// E-mail addresses, in lower case.
    pub addresses: Vec<String>,
    pub names: Vec<String>,
    pub phones: Vec<String>,
    /// Ids of the contacts.
    pub contacts: Vec<Uuid>,
    /// Ids of the users.
    pub users: Vec<Uuid>,
    /// Another person in the data has one of the names.
    pub shared_name: bool,
}

/// A field of a record that names the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonPlace {
    /// What decides about it are called by: `engagements.description:0197a3f2-…`.
    pub place: String,
    /// The table, and the column in it.
    pub table: &'static str,
    pub column: &'static str,
    /// Id of the record.
    pub record: Uuid,
    /// Id of its account, if it is of one.
    pub account: Option<Uuid>,
    /// Whether the record holds it today; false: only before-images do.
    pub current: bool,
    /// Number of before-images that hold it.
    pub before_images: u64,
    /// What it is named by: `address`, `name`, `phone`; `record` in a record of the person's own.
    pub named_by: Vec<&'static str>,
    /// An erasure replaces it; otherwise it may be another person, or the name of something else, and a user has to decide.
    pub certain: bool,
    /// The text around the first name or address; empty in an answer to a key without `people:read`.
    pub excerpt: String,
}
