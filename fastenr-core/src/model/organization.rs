//! The organization: whose data it is, in which currency and on which clock.

use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: Uuid,
    /// Lower-case letters, digits and hyphens: how the command line names it.
    pub slug: String,
    pub name: String,
    /// ISO 4217; every amount of the organization is in it.
    pub currency: String,
    /// An IANA name; its midnight begins the organization's day.
    pub time_zone: String,
    /// Domains of the organization itself: their people are colleagues, not customers.
    pub own_domains: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
