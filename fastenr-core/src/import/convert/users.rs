//! The organization's users, by what a file may call them.

use std::collections::HashMap;

use uuid::Uuid;

use crate::error::Invalid;
use crate::import::mapping::UserLookup;
use crate::model::name_key;
use crate::model::user::User;
use crate::ops::ME;
use crate::ops::users::{NOBODY_NAMED, is_me};

/// The organization's users, by what a file may call them.
pub(crate) struct Users {
    lookup: UserLookup,
    by_name: HashMap<String, Option<Uuid>>,
    /// Whoever imports, where that is known.
    me: Option<Uuid>,
}

impl Users {
    pub(crate) fn new(users: &[User], lookup: UserLookup, me: Option<Uuid>) -> Self {
        let mut by_name: HashMap<String, Option<Uuid>> = HashMap::new();
        let mut add = |name: String, id: Uuid| {
            by_name.entry(name).and_modify(|known| *known = known.filter(|known| *known == id)).or_insert(Some(id));
        };
        for user in users {
            let any = lookup == UserLookup::Any;
            if any || lookup == UserLookup::Email {
                add(name_key(&user.email), user.id);
            }
            if any || lookup == UserLookup::Name {
                add(name_key(&user.name), user.id);
            }
            if let Some(external_id) = user.external_id.as_ref().filter(|_| any || lookup == UserLookup::ExternalId) {
                add(crate::model::external_key(external_id), user.id);
            }
            if any {
                add(user.id.to_string(), user.id);
            }
        }
        Self { lookup, by_name, me }
    }

    /// Whether `text` names exactly one user.
    pub(crate) fn knows(&self, text: &str) -> bool {
        self.find(text).is_ok()
    }

    pub(super) fn find(&self, text: &str) -> Result<Uuid, Invalid> {
        if is_me(text) {
            let rule = || Invalid::new(NOBODY_NAMED, format!("{ME} is the acting user, and none is named"));
            return self.me.ok_or_else(rule);
        }
        let found = self.by_name.get(&name_key(text)).or_else(|| self.by_name.get(&crate::model::external_key(text)));
        match found {
            Some(Some(id)) => Ok(*id),
            Some(None) => {
                Err(Invalid::new("ambiguous_user", "several users are called so; e-mail addresses are unique"))
            }
            None => Err(Invalid::new(
                "unknown_user",
                match self.lookup {
                    UserLookup::Any => "no user has this e-mail address, name or external id",
                    UserLookup::Email => "no user has this e-mail address",
                    UserLookup::Name => "no user has this name",
                    UserLookup::ExternalId => "no user has this external id",
                },
            )),
        }
    }
}
