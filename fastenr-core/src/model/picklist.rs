//! Closed lists of choices, read the way people write them: `At Risk`, `at-risk` and `AT_RISK` are `at_risk`.

use crate::error::Invalid;

/// A closed list of texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices {
    /// The code of the error where a text is none of them.
    pub code: &'static str,
    /// As in `a status`, for messages.
    pub what: &'static str,
    pub texts: &'static [&'static str],
}

impl Choices {
    /// Whether `text` means one of them.
    pub fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|choice| same(choice, text))
    }

    /// The stored text that `text` means; any case, and spaces, hyphens and underscores do not count.
    pub fn parse(&self, text: &str) -> Result<&'static str, Invalid> {
        let found = self.texts.iter().find(|choice| same(choice, text));
        found.copied().ok_or_else(|| refusal(self.code, self.what, self.texts, text))
    }
}

/// An enum with one stored text per choice: `ALL`, `parse`, `as_str` and the traits of a value.
macro_rules! picklist {
    (
        $(#[$meta:meta])*
        $name:ident, $code:literal, $what:literal {
            $($(#[$choice_meta:meta])* $choice:ident = $text:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$choice_meta])* $choice),+
        }

        impl $name {
            /// Every choice, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$choice),+];
            /// The stored texts, in the same order.
            pub const TEXTS: &'static [&'static str] = &[$($text),+];
            /// The list as a value, for tables of fields.
            pub const CHOICES: $crate::model::picklist::Choices =
                $crate::model::picklist::Choices { code: $code, what: $what, texts: Self::TEXTS };

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$choice => $text),+
                }
            }

            #[doc = concat!(
                "Any case; spaces, hyphens and underscores do not count. Refused with code `", $code, "`."
            )]
            pub fn parse(text: &str) -> Result<Self, $crate::error::Invalid> {
                $(
                    if $crate::model::picklist::same($text, text) {
                        return Ok(Self::$choice);
                    }
                )+
                Err($crate::model::picklist::refusal($code, $what, Self::TEXTS, text))
            }
        }

        $crate::model::newtype::value_traits!($name);

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
                text.enum_values(Some(Self::TEXTS.iter().copied())).into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use picklist;

fn letters(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(|b| !matches!(b, b' ' | b'-' | b'_')).map(|b| b.to_ascii_lowercase())
}

/// Whether `text` means `choice`; allocates nothing.
pub fn same(choice: &str, text: &str) -> bool {
    choice == text || letters(choice).eq(letters(text.trim()))
}

/// The rule of a list of choices, with the nearest one where the text looks like a slip of the pen.
pub(crate) fn refusal(code: &'static str, what: &str, choices: &[&str], text: &str) -> Invalid {
    let mut rule = format!("{what} is one of {}", choices.join(", "));
    if let Some(nearest) = nearest(choices, text) {
        rule.push_str(&format!(" (did you mean {nearest}?)"));
    }
    Invalid::new(code, rule)
}

/// The choice that most resembles `text`, if one does.
pub(crate) fn nearest<'c>(choices: &[&'c str], text: &str) -> Option<&'c str> {
    const LONGEST: usize = 64; // a paragraph resembles nothing
    const ALIKE: f64 = 0.8;
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim().to_lowercase().replace([' ', '-'], "_");
    choices
        .iter()
        .map(|choice| (strsim::jaro_winkler(choice, &text), *choice))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, choice)| choice)
}

#[cfg(test)]
mod tests {
    use crate::model::Status;

    #[test]
    fn reads_what_people_write() {
        for text in ["at_risk", "At Risk", "AT-RISK", " at risk ", "AtRisk"] {
            assert_eq!(Status::parse(text), Ok(Status::AtRisk), "{text}");
        }
        assert_eq!(Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>(), Status::TEXTS);
        assert_eq!(serde_json::to_string(&Status::AtRisk).unwrap(), r#""at_risk""#);
        assert_eq!(format!("{:>8}", Status::Active), "  active");
    }

    #[test]
    fn names_the_choices_and_the_nearest() {
        let choices = "status is one of active, churned, at_risk, onboarding";
        for (text, nearest) in [
            ("at rsk", " (did you mean at_risk?)"),
            ("Actve", " (did you mean active?)"),
            ("on-boarding!", " (did you mean onboarding?)"),
            ("", ""),
            ("customer", ""),
        ] {
            let invalid = Status::parse(text).unwrap_err();
            assert_eq!(invalid.code, "status");
            assert_eq!(invalid.rule, format!("{choices}{nearest}"), "{text}");
        }
    }
}
