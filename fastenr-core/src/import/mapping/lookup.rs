//! What people and accounts are named by.

use std::str::FromStr;

use serde::Deserialize;

use crate::model::{Domain, Email, external_key, name_key};

/// What owners are named by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserLookup {
    #[default]
    Any,
    Email,
    Name,
    ExternalId,
}

/// What accounts are named by, in the columns of parents and of what belongs to an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AccountLookup {
    /// An external id, also one that a merge left behind, or an id.
    #[default]
    Key,
    Name,
    /// A web domain; an e-mail address or a URL is cut down to it.
    Domain,
    /// The e-mail address of one of its contacts.
    Email,
    /// The custom field with this key, as text.
    Custom(String),
}

impl AccountLookup {
    /// What an account has that is named so: a predicate.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Key => "has this external id or id".to_owned(),
            Self::Name => "has this name".to_owned(),
            Self::Domain => "has this domain".to_owned(),
            Self::Email => "has a contact with this e-mail address".to_owned(),
            Self::Custom(key) => format!("has this in the custom field {key:?}"),
        }
    }

    /// What it compares: a name of an account as the record's column keeps it.
    pub(crate) fn key(&self, text: &str) -> String {
        match self {
            Self::Key => external_key(text),
            Self::Name => name_key(text),
            Self::Domain => {
                let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
                Domain::parse(domain).map_or_else(|_| text.to_owned(), Domain::into_string)
            }
            Self::Email => Email::parse(text).map_or_else(|_| text.to_owned(), |email| email.key()),
            Self::Custom(_) => text.to_owned(),
        }
    }

    /// The same of several.
    pub(crate) fn shared(&self) -> String {
        self.described().replacen("has", "have", 1)
    }
}

impl FromStr for AccountLookup {
    type Err = crate::Invalid;

    fn from_str(text: &str) -> Result<Self, crate::Invalid> {
        match text.trim() {
            "key" | "external_id" | "id" | "alias" => Ok(Self::Key),
            "name" => Ok(Self::Name),
            "domain" => Ok(Self::Domain),
            "email" => Ok(Self::Email),
            other => match other.strip_prefix("custom.").filter(|key| !key.is_empty() && !key.contains('\0')) {
                Some(key) => Ok(Self::Custom(key.to_owned())),
                None => Err(crate::Invalid::new(
                    "lookup",
                    format!("{other:?}: accounts are looked up by key, name, domain, email or custom.KEY"),
                )),
            },
        }
    }
}

impl TryFrom<String> for AccountLookup {
    type Error = crate::Invalid;

    fn try_from(text: String) -> Result<Self, crate::Invalid> {
        text.parse()
    }
}

impl FromStr for UserLookup {
    type Err = crate::Invalid;

    fn from_str(text: &str) -> Result<Self, crate::Invalid> {
        match text.trim() {
            "any" => Ok(Self::Any),
            "email" => Ok(Self::Email),
            "name" => Ok(Self::Name),
            "external_id" => Ok(Self::ExternalId),
            other => Err(crate::Invalid::new(
                "lookup",
                format!("{other:?}: users are looked up by any, email, name or external_id"),
            )),
        }
    }
}
