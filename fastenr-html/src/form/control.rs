//! Controls: what a field of a noun looks like in a form.

use askama::Template;
use fastenr_core::model::noun::{Field as NounField, Meaning, Noun};

use super::Group;
use crate::format::label;

/// One of the choices of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// One line: the input type, and the keyboard of a phone.
    Line {
        kind: &'static str,
        mode: &'static str,
    },
    /// Several lines.
    Lines(u8),
    Choice(Vec<Choice>),
}

/// A field as a form shows it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/field.html")]
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: String,
    pub required: bool,
    pub control: Control,
    /// The choice of no value.
    pub blank: &'static str,
    pub value: String,
    pub error: Option<String>,
    /// The saved value, if it was changed since the form was opened.
    pub theirs: Option<String>,
    /// Whether it has the full width.
    pub wide: bool,
    /// Suggestions; other texts are allowed.
    pub suggestions: Vec<String>,
}

/// The choices of fields that refer to records.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// E-mail address and name of the active users.
    pub users: Vec<(String, String)>,
    pub zone: String,
    pub currency: String,
}

/// More users than this are typed, not chosen.
const MOST_CHOICES: usize = 200;

impl Field {
    /// An empty control for a field of the noun.
    pub fn of(field: &NounField, lists: &Lists) -> Self {
        let choice = |texts: &[&str]| {
            texts.iter().map(|text| Choice { value: (*text).to_owned(), text: label(text) }).collect::<Vec<_>>()
        };
        let line = |kind, mode| Control::Line { kind, mode };
        let control = match field.meaning {
            Meaning::Choice(choices) => Control::Choice(choice(choices.texts)),
            Meaning::Boolean => Control::Choice(vec![
                Choice { value: "true".into(), text: "Yes".into() },
                Choice { value: "false".into(), text: "No".into() },
            ]),
            Meaning::User | Meaning::Author if lists.users.len() <= MOST_CHOICES => {
                let user = |(email, name): &(String, String)| Choice {
                    value: email.clone(),
                    text: format!("{name} ({email})"),
                };
                Control::Choice(lists.users.iter().map(user).collect())
            }
            Meaning::Prose => Control::Lines(4),
            Meaning::Attendees => Control::Lines(3),
            Meaning::Date => line("date", ""),
            Meaning::Instant => line("datetime-local", ""),
            Meaning::Email => line("email", "email"),
            Meaning::Domain => line("text", "url"),
            Meaning::Count | Meaning::Score => line("text", "numeric"),
            Meaning::Money | Meaning::MoneyText | Meaning::Number(_) => line("text", "decimal"),
            _ => line("text", ""),
        };
        Self {
            name: field.name.to_owned(),
            label: label(field.name),
            hint: hint(field, lists),
            required: field.needed(),
            blank: "–",
            value: String::new(),
            error: None,
            theirs: None,
            wide: matches!(field.meaning, Meaning::Prose | Meaning::Attendees | Meaning::Title | Meaning::AccountName),
            suggestions: Vec::new(),
            control,
        }
    }

    pub fn id(&self) -> String {
        format!("f-{}", self.name.replace('.', "-"))
    }

    /// The ids of its descriptions: hint, error, saved value.
    fn described(&self) -> String {
        let id = self.id();
        let parts = [
            (!self.hint.is_empty(), format!("{id}-hint")),
            (self.error.is_some(), format!("{id}-error")),
            (self.theirs.is_some(), format!("{id}-theirs")),
        ];
        parts.into_iter().filter(|(is, _)| *is).map(|(_, part)| part).collect::<Vec<_>>().join(" ")
    }

    fn is(&self, choice: &Choice) -> bool {
        choice.value == self.value
    }

    /// Whether the value is not among the choices; it is kept as an extra choice.
    fn is_other(&self) -> bool {
        match &self.control {
            Control::Choice(choices) => {
                !self.value.is_empty() && !choices.iter().any(|choice| choice.value == self.value)
            }
            _ => false,
        }
    }
}

fn hint(field: &NounField, lists: &Lists) -> String {
    match field.meaning {
        // Choices and labels are enough; no hint.
        Meaning::Choice(_)
        | Meaning::Boolean
        | Meaning::User
        | Meaning::Author
        | Meaning::Title
        | Meaning::AccountName
        | Meaning::Prose => String::new(),
        Meaning::Money | Meaning::MoneyText => {
            format!("In {}, as a plain decimal such as 50000 or 50000.50", lists.currency)
        }
        Meaning::Instant => format!("Time in {}", lists.zone),
        Meaning::Attendees => "One per line: Jo Doe <jo@example.com>".to_owned(),
        Meaning::Tags => "Separated by commas".to_owned(),
        Meaning::Account => "Name, external id or domain".to_owned(),
        _ => {
            let mut text = field.about.to_owned();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    }
}

/// The fields of a noun in the groups of its form; other fields go to the last group.
fn groups(noun: &Noun) -> &'static [(&'static str, &'static [&'static str])] {
    match noun.many {
        "accounts" => &[
            (
                "Account",
                &[
                    "name",
                    "domain",
                    "external_id",
                    "industry",
                    "size",
                    "status",
                    "status_until",
                    "owner",
                    "parent",
                    "tags",
                ],
            ),
            (
                "Contract",
                &[
                    "arr",
                    "seats",
                    "contract_start",
                    "contract_end",
                    "auto_renew",
                    "renewal_stage",
                    "past_due_since",
                    "churned_on",
                ],
            ),
            ("More", &[]),
        ],
        "engagements" => &[
            (
                "Engagement",
                &["account", "type", "title", "outcome", "completed_at", "scheduled_at", "description", "attendees"],
            ),
            ("More", &[]),
        ],
        "goals" => &[
            (
                "Goal",
                &[
                    "account",
                    "title",
                    "metric_type",
                    "start_value",
                    "current_value",
                    "target_value",
                    "unit",
                    "started_on",
                    "target_date",
                    "description",
                ],
            ),
            ("More", &[]),
        ],
        "tasks" => &[("Task", &["account", "title", "owner", "due", "notes"]), ("More", &[])],
        _ => &[("Details", &[])],
    }
}

/// The groups of a noun's form with their fields, filled by `fill`. Fields for which it gives none are left out.
pub fn draw(noun: &'static Noun, lists: &Lists, mut fill: impl FnMut(Field) -> Option<Field>) -> Vec<Group> {
    let named = |name: &str| groups(noun).iter().any(|(_, names)| names.contains(&name));
    let groups = groups(noun).iter().map(|(title, names)| {
        let listed: Vec<&'static NounField> = match names.is_empty() {
            true => noun.fields.iter().filter(|field| !named(field.name)).collect(),
            false => names.iter().filter_map(|name| noun.field(name)).map(|(_, field)| field).collect(),
        };
        let writable = listed.into_iter().filter(|field| field.writable());
        let fields: Vec<Field> = writable.filter_map(|field| fill(Field::of(field, lists))).collect();
        let quiet = |field: &Field| field.error.is_none() && field.theirs.is_none();
        Group { title, folded: *title == "More" && fields.iter().all(quiet), fields }
    });
    groups.filter(|group| !group.fields.is_empty()).collect()
}
