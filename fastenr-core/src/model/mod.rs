//! Plain types built by parsing constructors; every rule of a value stands here, once.
//!
//! A type of this module has `parse(&str) -> Result<Self, Invalid>` (also as `FromStr`), prints what it stores and
//! parses what it prints. To add one: a file, a `parse`, `value_traits!` and a table of valid and invalid input.

mod members;
pub(crate) mod newtype;
pub mod picklist;

pub mod account;
pub mod activity;
pub mod alert;
pub mod api_key;
pub mod arr_change;
pub mod attachment;
pub mod attendee;
pub mod band;
pub mod boolean;
pub mod contact;
pub mod count;
pub mod currency;
pub mod cursor;
pub mod custom;
pub mod damage;
pub mod day;
pub mod domain;
pub mod duration;
pub mod email;
pub mod engagement;
pub mod entry;
pub mod event;
pub mod field_change;
pub mod filter;
pub mod goal;
pub mod goal_choices;
pub mod idempotency;
pub mod media_type;
pub mod metric;
pub mod milestone;
pub mod notification;
pub mod noun;
pub mod nouns;
pub mod number;
pub mod operation;
pub mod organization;
pub mod person;
pub mod renewal;
pub mod role;
pub mod score;
pub mod segment;
pub mod selection;
pub mod shell;
pub mod short_id;
pub mod size;
pub mod status;
pub mod tag;
pub mod team;
pub mod text;
pub mod time_zone;
pub mod user;
pub mod when;

pub use attendee::{Attendee, Attendees};
pub use band::{AccountBand, Band, ChurnBand};
pub use count::Seats;
pub use currency::Currency;
pub use custom::CustomFields;
pub use domain::Domain;
pub use email::Email;
pub use goal_choices::{GoalMetric, GoalStatus, GoalStatusSource, MeasurementPeriod};
pub use milestone::{Milestone, Milestones};
pub use renewal::RenewalStage;
pub use role::Role;
pub use score::Score;
pub use size::Size;
pub use status::{Status, StatusSource};
pub use tag::{Tag, Tags};
pub use text::{
    AccountName, AttachmentName, AttendeeName, AttendeeRole, ExternalId, Industry, KeyName, Label, MilestoneTitle,
    OrganizationName, Prose, SegmentName, Slug, Title, UserName, name_key,
};
pub use time_zone::TimeZone;

/// The key that an external id is unique and found by.
pub fn external_key(external_id: &str) -> String {
    ExternalId::parse(external_id).map_or_else(|_| external_id.to_owned(), |id| id.key().to_owned())
}
