//! What a field means, and how its values lie in a column.

use crate::model::number::{GOAL_VALUE, NPS, NumberRule};
use crate::model::picklist::Choices;

/// How a value lies in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    Text,
    Integer,
    Boolean,
    Date,
    Instant,
    Id,
}

/// What a field means, and so how its text is read and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Id,
    ExternalId,
    AccountName,
    UserName,
    /// One line with a rule of its own, kept by whatever writes it.
    Line,
    /// One line of at most 255 characters.
    Title,
    /// One line of at most 100 characters.
    Label,
    /// Text of any number of lines.
    Prose,
    Industry,
    Email,
    Domain,
    /// One of a closed list.
    Choice(&'static Choices),
    /// Cents in the organization's currency.
    Money,
    /// The same, kept as the text of the cents, as the dated history keeps every value.
    MoneyText,
    /// A value of the account's field that the record names, as the text that the dated history keeps.
    AccountValue,
    /// A number with its own range, scaled by its decimals.
    Number(&'static NumberRule),
    /// A whole number from 0.
    Count,
    /// A whole number from 0 to 100.
    Score,
    Date,
    Instant,
    Boolean,
    /// A JSON array of text.
    Tags,
    /// A JSON object.
    Custom,
    /// One member of such an object, as the text of its JSON.
    Member,
    /// A JSON array of objects with name, email and role.
    Attendees,
    /// A JSON array of objects with title, target_value, target_date and completed_on.
    Milestones,
    /// A user who is at work, written as an e-mail address.
    User,
    /// A user who did something once: may be deactivated by now.
    Author,
    /// An account, written as its external id, or its id where it has none.
    Account,
}

impl Meaning {
    pub const fn storage(self) -> Storage {
        match self {
            Self::Id | Self::User | Self::Author | Self::Account => Storage::Id,
            Self::Money | Self::Count | Self::Score | Self::Number(_) => Storage::Integer,
            Self::Date => Storage::Date,
            Self::Instant => Storage::Instant,
            Self::Boolean => Storage::Boolean,
            _ => Storage::Text,
        }
    }

    /// Written as a number, in whatever way the file writes numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Money | Self::MoneyText | Self::Count | Self::Number(_))
    }

    /// A percentage, which other systems may count on another scale.
    pub const fn is_percent(self) -> bool {
        matches!(self, Self::Number(rule) if rule.percent)
    }

    /// An amount in the organization's currency.
    pub const fn is_money(self) -> bool {
        matches!(self, Self::Money | Self::MoneyText)
    }

    /// A net promoter score, for which other systems give the answers it is made of.
    pub fn is_nps(self) -> bool {
        matches!(self, Self::Number(rule) if rule.code == NPS.code)
    }

    /// Whether `12%` may be one: a percentage, or the value of a goal, which may be any number.
    pub fn takes_percent_sign(self) -> bool {
        matches!(self, Self::Number(rule) if rule.percent || rule.code == GOAL_VALUE.code)
    }

    /// Names another record.
    pub const fn is_reference(self) -> bool {
        matches!(self, Self::User | Self::Author | Self::Account)
    }

    /// Free text, which an export has to guard against spreadsheets.
    pub const fn is_text(self) -> bool {
        (matches!(self.storage(), Storage::Text) && !matches!(self, Self::MoneyText)) || self.is_reference()
    }
}
