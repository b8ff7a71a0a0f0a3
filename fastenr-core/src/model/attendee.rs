//! Attendees: who took part in a meeting or a call.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::email::Email;
use super::members::Members;
use super::text::{AttendeeName, AttendeeRole};
use crate::error::Invalid;

const MEMBERS: Members =
    Members { one: "attendee", keys: &["name", "email", "role"], json: "attendees_json", key: "attendee_key" };

/// One who took part: with a name, an address or both, and perhaps a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Attendee {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<AttendeeName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<AttendeeRole>,
}

impl Attendee {
    /// Code `attendee`: neither a name nor an address.
    pub fn new(name: Option<AttendeeName>, email: Option<Email>, role: Option<AttendeeRole>) -> Result<Self, Invalid> {
        if name.is_none() && email.is_none() {
            return Err(Invalid::new("attendee", "an attendee has a name or an e-mail address"));
        }
        Ok(Self { name, email, role })
    }

    pub const fn name(&self) -> Option<&AttendeeName> {
        self.name.as_ref()
    }

    pub const fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    pub const fn role(&self) -> Option<&AttendeeRole> {
        self.role.as_ref()
    }

    /// `Jo Doe <jo@example.com>`, `jo@example.com` or a name alone.
    fn parse(text: &str) -> Result<Self, Invalid> {
        let (name, email) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, email)) => (name.trim(), Some(Email::parse(email)?)),
            None if text.contains('@') => ("", Some(Email::parse(text)?)),
            None => (text, None),
        };
        let name = unquoted(name);
        if name.contains(['<', '>', '"']) {
            return Err(Invalid::new("attendee", "an attendee is written Jo Doe <jo@example.com>"));
        }
        Self::new(given(&name, AttendeeName::parse)?, email, None)
    }
}

/// A name in double quotes, as mail programs write one with a comma, without them.
fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(name).trim().to_owned()
}

/// A blank text is as good as none.
fn given<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Up to 500 attendees, in the order they were given, each address once. Stored, printed and read as a JSON array of
/// objects with the members `name`, `email` and `role`, in this order, without those that are absent.
///
/// **The same address twice** (in any case) is one person: the first mention keeps its place, its spelling and what it
/// says; a later one only adds the name or the role that was missing. Names without an address are never merged, since
/// two people may have one name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Attendees(Vec<Attendee>);

impl Attendees {
    /// The most attendees of one meeting.
    pub const MAX: usize = 500;

    /// Merges what has one address. Code `attendees_count`.
    pub fn new(list: impl IntoIterator<Item = Attendee>) -> Result<Self, Invalid> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut attendees: Vec<Attendee> = Vec::new();
        for attendee in list {
            let known = attendee.email().map(|e| *places.entry(e.key()).or_insert(attendees.len()));
            if let Some(first) = known.and_then(|place| attendees.get_mut(place)) {
                first.name = first.name.take().or(attendee.name);
                first.role = first.role.take().or(attendee.role);
            } else if attendees.len() < Self::MAX {
                attendees.push(attendee);
            } else {
                return Err(Invalid::new("attendees_count", "there are at most 500 attendees"));
            }
        }
        Ok(Self(attendees))
    }

    /// A JSON array of objects, or a list for people: `Jo Doe <jo@example.com>; mia@example.com; Ann`. A text that begins
    /// with `[` is JSON; an empty one is the empty list.
    ///
    /// In the list for people semicolons and line ends separate, and then a comma is part of a name. Without either,
    /// commas separate if there is an address on both sides of each; else it can't be told from `Doe, Jo` and is refused.
    /// A name in double quotes may hold any separator.
    ///
    /// Codes `attendees_json`, `attendee_key` (an unknown member), `attendee` (neither name nor address, or not written
    /// like one), `attendees_comma`, `email`, `attendee_name_length`, `attendee_name_control`, `attendee_name_empty`
    /// (nothing to see), the same of `attendee_role`, `attendees_count`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.starts_with('[') {
            return Self::from_value(&serde_json::from_str(text).map_err(|_| MEMBERS.no_list())?);
        }
        let mut pieces = split(text, |c| matches!(c, ';' | '\n' | '\r'));
        if pieces == [text] {
            let parts = split(text, |c| c == ',');
            if parts.len() > 1 && !parts.iter().all(|part| part.contains('@')) {
                return Err(Invalid::new(
                    "attendees_comma",
                    "separate attendees with semicolons: this comma may as well be part of a name",
                ));
            }
            pieces = parts;
        }
        let one = |(n, piece): (usize, &&str)| Attendee::parse(piece).map_err(|e| MEMBERS.about(n, &e));
        Self::new(pieces.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?)
    }

    /// As [`Self::parse`], of JSON that was read before.
    pub fn from_value(list: &Value) -> Result<Self, Invalid> {
        MEMBERS.read(list, attendee).and_then(Self::new)
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // Texts only: nothing in it can fail to be written.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Attendee> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn attendee(members: &Members, object: &Map<String, Value>) -> Result<Attendee, Invalid> {
    let text = |key| members.text(object, key).map(Option::unwrap_or_default);
    Attendee::new(
        given(text("name")?, AttendeeName::parse)?,
        given(text("email")?, Email::parse)?,
        given(text("role")?, AttendeeRole::parse)?,
    )
}

/// The pieces between separators that stand outside double quotes, trimmed, without the blank ones.
fn split(text: &str, separates: impl Fn(char) -> bool) -> Vec<&str> {
    let mut quoted = false;
    let outside = |c: char| {
        quoted ^= c == '"';
        !quoted && separates(c)
    };
    text.split(outside).map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

impl<'a> IntoIterator for &'a Attendees {
    type Item = &'a Attendee;
    type IntoIter = std::slice::Iter<'a, Attendee>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Serialize for Attendees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The stored form, so that a cell of a CSV file comes back.
impl fmt::Display for Attendees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl FromStr for Attendees {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms() {
        for (text, json) in [
            ("", "[]"),
            ("[]", "[]"),
            (" ;; \n", "[]"),
            ("Jo Doe <jo@x.com>; mia@x.com", r#"[{"name":"Jo Doe","email":"jo@x.com"},{"email":"mia@x.com"}]"#),
            ("jo@x.com, Mia <mia@x.com>", r#"[{"email":"jo@x.com"},{"name":"Mia","email":"mia@x.com"}]"#),
            ("Doe, Jo <jo@x.com>\r\nAnn", r#"[{"name":"Doe, Jo","email":"jo@x.com"},{"name":"Ann"}]"#),
            ("Doe, Jo; Li, Mia;", r#"[{"name":"Doe, Jo"},{"name":"Li, Mia"}]"#),
            (
                "\"Doe; Jo, Dr.\" <jo@x.com>, mia@x.com",
                r#"[{"name":"Doe; Jo, Dr.","email":"jo@x.com"},{"email":"mia@x.com"}]"#,
            ),
            ("Doe, Jo;", r#"[{"name":"Doe, Jo"}]"#),
            ("<jo@x.com>", r#"[{"email":"jo@x.com"}]"#),
            (
                r#" [{"role":"CTO","email":"Jo@X.com","name":null},{"name":"Ann","email":""}] "#,
                r#"[{"email":"Jo@x.com","role":"CTO"},{"name":"Ann"}]"#,
            ),
        ] {
            let attendees = Attendees::parse(text).unwrap();
            assert_eq!(attendees.to_json(), json, "{text}");
            assert_eq!(attendees.to_string(), json);
            assert_eq!(serde_json::to_string(&attendees).unwrap(), json);
        }
    }

    #[test]
    fn one_address_is_one_attendee() {
        let list = r#"[{"email":"Jo@x.com","role":"CTO"},{"name":"Ann"},{"name":"Jo","email":"jo@x.com","role":"CEO"},{"name":"Ann"}]"#;
        assert_eq!(
            Attendees::parse(list).unwrap().to_json(),
            r#"[{"name":"Jo","email":"Jo@x.com","role":"CTO"},{"name":"Ann"},{"name":"Ann"}]"#
        );
    }

    #[test]
    fn refusals() {
        let many = (0..501).map(|n| format!("p{n}@x.com")).collect::<Vec<_>>().join(";");
        let role = format!(r#"[{{"name":"A","role":"{}"}}]"#, "x".repeat(101));
        for (text, code) in [
            ("[{", "attendees_json"),
            ("[1]", "attendees_json"),
            (r#"[{"name":5}]"#, "attendees_json"),
            (r#"[{"nmae":"Jo"}]"#, "attendee_key"),
            (r#"[{"role":"CTO"}]"#, "attendee"),
            (r#"[{"name":"\u200b"}]"#, "attendee_name_empty"),
            (r#"[{"name":"a\u0000"}]"#, "attendee_name_control"),
            (r#"[{"email":"jo"}]"#, "email"),
            (&role, "attendee_role_length"),
            ("Doe, Jo <jo@x.com>", "attendees_comma"),
            ("Jo, Mia", "attendees_comma"),
            ("Jo Doe jo@x.com", "email"),
            ("Jo <jo>", "email"),
            ("Jo <", "attendee"),
            ("Jo \"Doe", "attendee"),
            (&many, "attendees_count"),
        ] {
            assert_eq!(Attendees::parse(text).unwrap_err().code, code, "{text}");
        }
        assert_eq!(
            Attendees::parse(r#"[{"name":"Ann"},{"nmae":"Jo"}]"#).unwrap_err().rule,
            "attendee 2: \"nmae\" is none of name, email, role (did you mean name?)"
        );
    }

    fn any_attendee() -> impl Strategy<Value = Attendee> {
        let name = prop::option::of("\\PC{1,12}".prop_filter_map("a name", |t| AttendeeName::parse(&t).ok()));
        let email = prop::option::of("[a-cA-C]{1,2}@x\\.com".prop_filter_map("an address", |t| Email::parse(&t).ok()));
        let role = prop::option::of("\\PC{1,12}".prop_filter_map("a role", |t| AttendeeRole::parse(&t).ok()));
        (name, email, role).prop_filter_map("an attendee", |(name, email, role)| Attendee::new(name, email, role).ok())
    }

    proptest! {
        #[test]
        fn the_text_comes_back(list in prop::collection::vec(any_attendee(), 0..12)) {
            let attendees = Attendees::new(list).unwrap();
            let read = Attendees::parse(&attendees.to_string()).unwrap();
            prop_assert_eq!(&read, &attendees);
            prop_assert_eq!(read.to_json(), attendees.to_json());
            let again = Attendees::new(attendees.iter().cloned()).unwrap();
            prop_assert_eq!(again, attendees);
        }

        #[test]
        fn nothing_panics(text in "[\\[{\"name:@x.co<>;,\n }\\]]{0,40}") {
            let _ = Attendees::parse(&text);
        }
    }
}
