//! An engagement with what belongs to it.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::{Members, named, record};
use crate::model::attachment::ATTACHMENT;
use crate::model::engagement::ENGAGEMENT;
use crate::ops::engagements::FullEngagement;

/// Fields of an attachment in a record about something else.
pub const ATTACHMENT_BRIEF: [&str; 5] = ["id", "name", "media_type", "size", "sha256"];

/// The fields of an engagement, its attendees who are contacts, and its attachments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngagementWhole {
    #[serde(flatten)]
    pub engagement: Members,
    #[serde(flatten)]
    pub with: EngagementWith,
}

/// The contacts and attachments of an engagement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementWith {
    /// The attendees with the e-mail address of a contact of the account.
    pub attendee_contacts: Vec<AttendeeContact>,
    /// The attachments, in the order in which they were attached.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::attachments))]
    pub attachments: Vec<Members>,
}

/// An attendee who is a contact of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AttendeeContact {
    pub email: String,
    pub contact_id: Uuid,
    pub name: String,
    /// Role of the contact.
    pub role: Option<String>,
    /// Day on which the contact left the customer.
    pub left_on: Option<NaiveDate>,
}

impl From<&FullEngagement> for EngagementWhole {
    fn from(whole: &FullEngagement) -> Self {
        let contact = |contact: &crate::store::attendees::AttendeeContact| AttendeeContact {
            email: contact.email.clone(),
            contact_id: contact.contact_id,
            name: contact.name.clone(),
            role: contact.role.clone(),
            left_on: contact.left_on,
        };
        let files = whole.attachments.iter();
        Self {
            engagement: record(ENGAGEMENT.fields, |field| whole.entry.value(field)),
            with: EngagementWith {
                attendee_contacts: whole.contacts.iter().map(contact).collect(),
                attachments: files
                    .map(|file| record(named(&ATTACHMENT, &ATTACHMENT_BRIEF), |field| file.value(field)))
                    .collect(),
            },
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::schema::AllOfBuilder;
    use utoipa::openapi::{Ref, RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::super::schema::{record, records};
    use super::{ATTACHMENT_BRIEF, EngagementWhole, EngagementWith, named};
    use crate::model::attachment::ATTACHMENT;
    use crate::model::engagement::ENGAGEMENT;

    pub(super) fn attachments() -> RefOr<Schema> {
        records(named(&ATTACHMENT, &ATTACHMENT_BRIEF), "the attachments, in the order in which they were attached")
    }

    impl PartialSchema for EngagementWhole {
        fn schema() -> RefOr<Schema> {
            let fields = record(ENGAGEMENT.fields);
            AllOfBuilder::new().item(fields).item(Ref::from_schema_name(EngagementWith::name())).into()
        }
    }

    impl ToSchema for EngagementWhole {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((EngagementWith::name().into_owned(), EngagementWith::schema()));
            EngagementWith::schemas(schemas);
        }
    }
}
