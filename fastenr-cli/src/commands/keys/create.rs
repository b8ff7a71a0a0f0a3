//! `fastenr keys create`

use std::str::FromStr;

use fastenr_core::Result;
use fastenr_core::error::Invalid;
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{API_KEY, ApiKey, Expiry, Scopes};
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::keys::{self, CreatedKey, NewKey};
use fastenr_core::secret::Secrets;

use crate::app::App;
use crate::commands::written::{CREATE, told};
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Record;
use crate::typed::Until;

/// Create a key of the HTTP API.
///
/// The key is printed to stdout, only once: store it now. Everything else goes to stderr. Only a hash is stored; if a key
/// is lost, revoke it and create a new one. A key acts as its user, limited by the user's role and the key's scopes, until
/// it expires or is revoked. Admins create keys for any user, other users only for themselves.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A scope is NOUN:VERB. Nouns: accounts, contacts, engagements, goals, metrics, health, alerts,
activities, operations, segments, arr, changes, users, calendar, tasks, people. Verbs: read; write (create,
update, import and undo); delete. None includes another. NOUN:*, *:VERB and * are wildcards.

Examples:
  fastenr keys create --name Dashboard --scope accounts:read,health:read
  fastenr keys create --name Sync --scope 'accounts:*' --for jo@example.com --expires 2026-12-31
  TOKEN=$(fastenr keys create --name nightly --scope '*:read' --expires 1d)")]
pub(crate) struct Args {
    /// Name of the key, 1 to 100 characters.
    #[arg(long, value_name = "TEXT")]
    pub name: String,

    /// Scopes: NOUN:VERB, separated by commas (repeat for more).
    #[arg(long, value_name = "A:READ,B:*", value_delimiter = ',', required = true)]
    pub scope: Vec<String>,

    /// Expiry: after a time such as 90d or 3m, after a day such as friday or 2026-12-31, or never.
    #[arg(long, value_name = "DATE", default_value = "90d")]
    pub expires: Expires,

    /// User of the key: e-mail address, id, external id or unique name [default: the acting user].
    #[arg(long = "for", value_name = "USER")]
    pub of: Option<String>,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,
}

/// The key itself, shown with its fields.
static KEY: Field = Field::new("key", Meaning::Line, "the text of the key").read();

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let scopes = args.scope.join(",");
    let of = |field: &'static str, text: &str| {
        let text = text.to_owned();
        move |invalid: Invalid| invalid.of(field, &text)
    };
    let context = app.context().await?;
    let expiry = match &args.expires {
        Expires::Span(expiry) => *expiry,
        Expires::Day(day) => Expiry::On(day.day(&context, "expires")?),
    };
    let new = NewKey {
        name: KeyName::parse(&args.name).map_err(of("name", &args.name))?,
        user: args.of,
        scopes: Scopes::parse(&scopes).map_err(of("scope", &scopes))?,
        expiry,
    };
    let made = keys::create(&context, Secrets::System, &new, args.dry_run).await?;
    told(app, API_KEY.one, &made.key.name, CREATE, &made.changes, args.dry_run);
    if app.settings.output == Format::Table {
        if let Some(secret) = &made.secret {
            app.printer.line(secret.expose())?;
        }
    } else {
        let mut shown = fields::all(&API_KEY);
        shown.push(&KEY);
        app.show(&shown, &Shown(&made))?;
    }
    app.printer.finish()?;
    if made.secret.is_some() {
        app.printer.talk("store the key now: it is shown only once");
    }
    Ok(exit::DONE)
}

/// A duration from now, never, or the last day.
#[derive(Debug, Clone)]
pub(crate) enum Expires {
    Span(Expiry),
    Day(Until),
}

impl FromStr for Expires {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() {
            Expiry::parse(text)?;
        }
        match Expiry::parse(text) {
            Ok(expiry) => Ok(Self::Span(expiry)),
            Err(_) => Until::from_str(text).map(Self::Day),
        }
    }
}

struct Shown<'m>(&'m CreatedKey);

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        if field.name == KEY.name {
            let secret = self.0.secret.as_ref();
            return secret.map_or(Value::Null, |secret| Value::Text(secret.expose().to_owned()));
        }
        self.0.key.value(field)
    }

    fn title(&self) -> String {
        self.0.key.title()
    }
}

impl Record for ApiKey {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use clap::Args as _;
    use fastenr_core::model::api_key::{ScopeNoun, ScopeVerb};

    /// The help can't be made of the lists: it is written, and held to them.
    #[test]
    fn the_help_names_each_noun_and_verb() {
        let command = super::Args::augment_args(clap::Command::new("create"));
        let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let nouns = help.split("Verbs:").next().unwrap_or_default().replace('\n', " ");
        assert!(nouns.contains(&format!("Nouns: {}.", ScopeNoun::TEXTS.join(", "))), "{nouns}");
        for verb in ScopeVerb::TEXTS {
            assert!(help.contains(verb), "{verb}");
        }
    }
}
