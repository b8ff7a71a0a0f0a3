//! A copy of what is known of a person.

use serde::Serialize;
use uuid::Uuid;

use super::find::Search;
use super::{PersonNames, Who};
use crate::error::Result;
use crate::model::contact::CONTACT;
use crate::model::user::USER;
use crate::ops::Context;
use crate::store::{self, entries};
use crate::view::{Members, record};

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonExport {
    pub person: PersonNames,
    /// The contacts, with all their fields.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Object>))]
    pub contacts: Vec<Members>,
    /// The users, with all their fields.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Object>))]
    pub users: Vec<Members>,
    /// Every text that names the person, before-images too.
    pub texts: Vec<PersonText>,
}

/// A text that names the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonText {
    pub table: &'static str,
    pub column: &'static str,
    /// Id of the record.
    pub record: Uuid,
    /// Id of its account, if it is of one.
    pub account: Option<Uuid>,
    /// The operation whose before-image it is; null: the record of today.
    pub before: Option<Uuid>,
    /// Whether it is surely this person.
    pub certain: bool,
    /// The whole text.
    pub text: String,
}

/// Everything that is known of a person, in one state of the data.
///
/// # Errors
/// As [`find`](super::find).
pub async fn export(context: &Context, who: Who<'_>) -> Result<PersonExport> {
    context.may_administer()?;
    let scope = context.scope();
    let mut tx = context.db.read().await?;
    let search = Search::run(&mut tx, context, who).await?;
    let mut contacts = Vec::new();
    for id in &search.person.contacts {
        if let Some(contact) = entries::get(&mut tx, &scope, &CONTACT, *id).await? {
            contacts.push(record(CONTACT.fields, |field| contact.value(field)));
        }
    }
    let mut users = Vec::new();
    for id in &search.person.users {
        if let Some(user) = store::users::get(&mut tx, &scope, *id).await? {
            users.push(record(USER.fields, |field| user.value(field)));
        }
    }
    let mut texts = Vec::new();
    for found in &search.rows {
        for finding in &found.findings {
            texts.push(PersonText {
                table: found.table.of.table,
                column: finding.column,
                record: found.table.record(&found.row),
                account: found.row.account,
                before: found.row.key.first().filter(|_| found.table.images).and_then(|value| match value {
                    crate::model::noun::Value::Id(id) => Some(*id),
                    _ => None,
                }),
                certain: !finding.needs_decision(),
                text: finding.text.clone(),
            });
        }
    }
    Ok(PersonExport { person: search.person.told(), contacts, users, texts })
}
