//! Days and times: `friday`, `tomorrow 14:00`, `+3d`. The library reads the words, in the organization's time zone.

use std::any::TypeId;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::str::FromStr;

use chrono::NaiveDate;
use clap::Arg;
use clap::builder::ValueParser;
use fastenr_core::model::when::{self, Sense};
use fastenr_core::ops::{Context, period};
use fastenr_core::{Invalid, Result};

/// The direction of a word such as `friday`, which could be before or after today.
pub(crate) trait Direction: Debug + Clone + Send + Sync + 'static {
    const SENSE: Sense;
}

macro_rules! directions {
    ($($(#[$about:meta])* $direction:ident, $name:ident;)+) => {
        $(
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) struct $direction;

            impl Direction for $direction {
                const SENSE: Sense = Sense::$direction;
            }

            $(#[$about])*
            pub(crate) type $name = When<$direction>;
        )+

        /// Whether an argument takes a day or a time.
        pub(crate) fn is_day(arg: &Arg) -> bool {
            let id = arg.get_value_parser().type_id();
            [$(TypeId::of::<When<$direction>>()),+].iter().any(|known| id == *known)
        }

        /// The parser of a sense in the library's tables.
        pub(crate) fn parser(sense: Sense) -> ValueParser {
            match sense {
                $(Sense::$direction => clap::value_parser!(When<$direction>).into(),)+
            }
        }
    };
}

directions! {
    /// A day or time in the past: `friday` is the last one.
    Back, Since;
    /// A day or time in the future: `friday` is the next one, `2w` is in two weeks.
    Ahead, Until;
    /// The end of a range.
    End, RangeEnd;
    /// The value of a field.
    Value, At;
}

/// The typed text: its words are valid; the day follows once the organization is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When<D> {
    text: String,
    direction: PhantomData<D>,
}

impl<D: Direction> When<D> {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The day; `name` is the name of the option.
    ///
    /// # Errors
    /// `date`.
    pub(crate) fn day(&self, context: &Context, name: &str) -> Result<NaiveDate> {
        period::day_of(context, &self.text, D::SENSE).map_err(|invalid| invalid.of(name, &self.text))
    }

    /// The day, relative to `base` instead of today.
    ///
    /// # Errors
    /// `date`.
    pub(crate) fn day_from(&self, context: &Context, base: NaiveDate, name: &str) -> Result<NaiveDate> {
        period::day_from(context, base, &self.text, D::SENSE).map_err(|invalid| invalid.of(name, &self.text))
    }

    /// Whether it is a duration such as `30d`, not a day.
    pub(crate) fn is_span(&self) -> bool {
        when::When::parse(&self.text).is_ok_and(|when| when.span().is_some())
    }
}

impl<D: Direction> FromStr for When<D> {
    type Err = Invalid;

    /// Blank text is no day: it clears a field, or means no filter.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if !text.trim().is_empty() {
            when::When::parse(text).map_err(|invalid| period::with_examples(invalid, D::SENSE))?;
        }
        Ok(Self { text: text.to_owned(), direction: PhantomData })
    }
}
