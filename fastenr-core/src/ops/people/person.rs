//! Who a person is: own records, and what they call the person.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use uuid::Uuid;

use super::{PersonNames, Who};
use crate::error::{Error, Result, Verb};
use crate::model::Email;
use crate::model::contact::CONTACT;
use crate::model::person::{Identifiers, Pseudonym};
use crate::ops::{Context, entries};
use crate::say;
use crate::store::people::{self, PersonRow, SearchedTable};
use crate::store::{Scope, Tx};

/// Addresses lead to records, and these to other addresses: so many times at most.
const ROUNDS: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) identifiers: Identifiers,
    pub(super) contacts: BTreeSet<Uuid>,
    pub(super) users: BTreeSet<Uuid>,
    /// Accounts that the person is of, or met with.
    pub(super) accounts: BTreeSet<Uuid>,
    /// The address of a user who can act today.
    pub(super) active: Option<String>,
    pub(super) shared_name: bool,
}

impl Person {
    /// Reads who is meant out of contacts, users and attendees.
    ///
    /// # Errors
    /// `email`; for a contact `unknown_record`, `ambiguous_record`.
    pub(super) async fn read(tx: &mut Tx<'_>, context: &Context, who: Who<'_>) -> Result<Self> {
        let scope = context.scope();
        let mut person = Self::default();
        if who.name.contains('@') {
            let email = Email::parse(who.name).map_err(|invalid| invalid.of("email", who.name))?;
            person.identifiers.add_address(email.as_str());
        } else {
            let contact = entries::find(tx, context, &CONTACT, who.name).await?;
            person.contacts.insert(contact.id());
            if let Some(email) = contact.text("email") {
                person.identifiers.add_address(email);
            }
            if let Some(name) = contact.text("name") {
                person.add_name(name);
            }
        }
        for name in who.names {
            person.identifiers.add_name(name);
        }
        for _ in 0..ROUNDS {
            let known = person.identifiers.addresses().len();
            for contacts in [true, false] {
                person.add_records(tx, &scope, contacts).await?;
            }
            person.add_attendees(tx, &scope).await?;
            if person.identifiers.addresses().len() == known {
                break;
            }
        }
        Ok(person)
    }

    /// A pseudonym is no name of anybody.
    fn add_name(&mut self, name: &str) {
        let is_pseudonym = self.pseudonym().is_some_and(|own| own.name() == name);
        if !is_pseudonym {
            self.identifiers.add_name(name);
        }
    }

    /// The pseudonym that the person has had since an earlier erasure.
    pub(super) fn pseudonym(&self) -> Option<Pseudonym> {
        self.identifiers.addresses().iter().find_map(|address| Pseudonym::of_address(address))
    }

    async fn add_records(&mut self, tx: &mut Tx<'_>, scope: &Scope, contacts: bool) -> Result<()> {
        let ids: Vec<Uuid> = self.own(contacts).iter().copied().collect();
        let found = people::people(tx, scope, contacts, self.identifiers.addresses(), &ids).await?;
        let ids: BTreeSet<Uuid> = found.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let all = people::people(tx, scope, contacts, &[], &ids).await?;
        let named =
            |row: &PersonRow, own: &Self| row.email.as_deref().is_some_and(|email| own.identifiers.has_address(email));
        // By the address first: what has none, or another one under the same name, is told by these.
        for row in all.iter().filter(|row| named(row, self)).cloned().collect::<Vec<_>>() {
            self.add_row(&row, contacts);
        }
        for row in &all {
            if self.is_own_row(contacts, row.id, row.email.as_deref(), &row.name) {
                self.add_row(row, contacts);
            }
        }
        Ok(())
    }

    fn own(&self, contacts: bool) -> &BTreeSet<Uuid> {
        if contacts { &self.contacts } else { &self.users }
    }

    fn add_row(&mut self, row: &PersonRow, contacts: bool) {
        if contacts {
            self.contacts.insert(row.id)
        } else {
            self.users.insert(row.id)
        };
        if let Some(email) = &row.email {
            self.identifiers.add_address(email);
            if row.active {
                self.active = Some(email.clone());
            }
        }
        self.add_name(&row.name);
        if let Some(phone) = &row.phone {
            self.identifiers.add_phone(phone);
        }
        self.accounts.extend(row.account);
    }

    /// Whether a contact or user is, or was, this person: by its address; without one, or with another one, by its id and name. An id
    /// may have been another person's at another time.
    pub(super) fn is_own_row(&self, contacts: bool, id: Uuid, email: Option<&str>, name: &str) -> bool {
        match email {
            Some(email) if self.identifiers.has_address(email) => true,
            _ if !self.own(contacts).contains(&id) => false,
            None => true,
            Some(_) => self.identifiers.has_name(name),
        }
    }

    /// Names under which the person took part in engagements.
    async fn add_attendees(&mut self, tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
        let mut addresses = Identifiers::default();
        for address in self.identifiers.addresses() {
            addresses.add_address(address);
        }
        if addresses.is_empty() {
            return Ok(());
        }
        for table in people::searched_tables() {
            let Some(column) = table.place_of("attendees") else { continue };
            let table = SearchedTable { columns: vec![table.columns[column]], ..table };
            let fragments = addresses.fragments();
            let keep =
                |row: &people::SearchedRow| row.texts.iter().flatten().any(|text| !addresses.hits(text).is_empty());
            for row in people::search(tx, scope, &table, fragments.as_deref(), &[], keep).await? {
                for attendee in attendees(row.texts.first().cloned().flatten().as_deref()) {
                    if attendee.email.is_some_and(|email| self.identifiers.has_address(&email)) {
                        self.accounts.extend(row.account);
                        if let Some(name) = attendee.name {
                            self.add_name(&name);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The error where nothing is found.
    pub(super) fn unknown(name: &str) -> Error {
        Error::not_found("unknown_person", format!("nothing in the data names {name:?}"))
            .hint(say!("list contacts with {}", Verb::ContactsList))
            .hint("a name that only stands in texts has to be given as a name")
    }

    pub(super) fn told(&self) -> PersonNames {
        PersonNames {
            addresses: self.identifiers.addresses().to_vec(),
            names: self.identifiers.names().to_vec(),
            phones: self.identifiers.phones().to_vec(),
            contacts: self.contacts.iter().copied().collect(),
            users: self.users.iter().copied().collect(),
            shared_name: self.shared_name,
        }
    }
}

pub(super) struct NamedAttendee {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl NamedAttendee {
    pub(super) fn of(attendee: &Json) -> Self {
        let text = |member: &str| attendee.get(member).and_then(Json::as_str).map(str::to_owned);
        Self { name: text("name"), email: text("email") }
    }

    /// Whether it is somebody else with one of these names.
    pub(super) fn is_namesake(&self, of: &Identifiers) -> bool {
        let named = self.name.as_deref().is_some_and(|name| of.has_name(name));
        named && self.email.as_deref().is_some_and(|email| !of.has_address(email))
    }
}

pub(super) fn attendees(text: Option<&str>) -> Vec<NamedAttendee> {
    match text.map(serde_json::from_str::<Json>) {
        Some(Ok(Json::Array(all))) => all.iter().map(NamedAttendee::of).collect(),
        _ => Vec::new(),
    }
}
