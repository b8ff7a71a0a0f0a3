//! Attendees who are contacts: found by the e-mail address each time, so that no link goes stale.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};

/// Whose attendees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Engagement(Uuid),
    /// Of all engagements that were completed from the first moment on and before the second.
    Completed(DateTime<Utc>, DateTime<Utc>),
}

/// An attendee who is a contact of the engagement's account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct AttendeeContact {
    pub account_id: Uuid,
    pub engagement_id: Uuid,
    pub completed_at: Option<DateTime<Utc>>,
    pub contact_id: Uuid,
    /// The contact's, in lower case.
    pub email: String,
    pub name: String,
    pub role: Option<String>,
    pub left_on: Option<NaiveDate>,
}

/// The contacts among the attendees, by account, engagement and contact, each once an engagement. Addresses are compared
/// without the case of ASCII letters.
pub fn contacts<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    which: Which,
) -> StoreResult<BoxStream<'t, StoreResult<AttendeeContact>>> {
    let engine = tx.engine();
    let of = match which {
        Which::Engagement(_) => "e.id = $2",
        Which::Completed(..) => "e.completed_at >= $2 and e.completed_at < $3",
    };
    let sql = format!(
        "select e.account_id, e.id as engagement_id, e.completed_at, c.id as contact_id, c.email, c.name, c.role, c.left_on \
         from engagements e cross join {} \
         join contacts c on c.organization_id = $1 and c.account_id = e.account_id and c.email = {} \
         where e.organization_id = $1 and {of} order by e.account_id, e.id, c.id",
        engine.json_elements("e.attendees", "m"),
        engine.ascii_lower("m.value ->> 'email'"),
    );
    let statement = tx.of(scope, sql);
    match which {
        Which::Engagement(id) => statement.bind(id).fetch(),
        Which::Completed(from, to) => statement.bind(from).bind(to).fetch(),
    }
}
