//! `fastenr keys login-link`

use fastenr_core::model::api_key::Scopes;
use fastenr_core::ops::sessions::{LONGEST_LINK, NewLink, create_link};
use fastenr_core::secret::Secrets;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::commands::serve::every_scope;
use crate::exit::{self, Code};
use crate::globals::lifetime;

/// Create a one-time link that signs a browser in to the dashboard.
///
/// The link is printed to stdout and works only once. The session acts as its user, limited by the user's role and the
/// scopes. Admins create links for any user, other users only for themselves.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr keys login-link
  fastenr keys login-link --for jo@example.com --read-only
  fastenr keys login-link --url https://fastenr.example.com --expires 1h")]
pub(crate) struct Args {
    /// User to sign in: e-mail address, id, external id or unique name [default: the acting user].
    #[arg(long = "for", value_name = "USER")]
    pub of: Option<String>,

    /// Scopes of the session, as in `fastenr keys create` [default: everything that the user's role allows].
    #[arg(long, value_name = "A:READ,B:*", value_delimiter = ',', conflicts_with = "read_only")]
    pub scope: Vec<String>,

    /// Read-only session: it can't change anything.
    #[arg(long)]
    pub read_only: bool,

    /// How long the link is valid, at most 24h, e.g. 10m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub expires: String,

    /// Address of the server in browsers.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8787")]
    pub url: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let rule = || {
        Error::invalid("expires", format!("--expires {}: a link works for 24 hours at most", args.expires))
            .hint("give a number with a unit: 10m, 1h")
    };
    let lifetime = lifetime(&args.expires).filter(|lifetime| *lifetime <= LONGEST_LINK).ok_or_else(rule)?;
    let context = app.context().await?;
    let scopes = match (args.read_only, args.scope.is_empty()) {
        (true, _) => Scopes::parse("*:read"),
        (false, false) => Scopes::parse(&args.scope.join(",")),
        (false, true) => match &args.of {
            None => every_scope(&context),
            Some(user) => {
                let user = fastenr_core::ops::users::get(&context, user).await?;
                every_scope(&fastenr_core::ops::Context { user, ..context.clone() })
            }
        },
    };
    let scopes = scopes.map_err(|invalid| invalid.of("scope", &args.scope.join(",")))?;
    let new = NewLink { user: args.of.clone(), scopes, lifetime };
    let made = create_link(&context, Secrets::System, &new).await?;
    if let Some(secret) = &made.secret {
        app.printer.line(format!("{}/dashboard/sign-in/{}", args.url.trim_end_matches('/'), secret.expose()))?;
    }
    app.printer.finish()?;
    app.printer.talk(format_args!("signs in {} once; valid for {}", made.key.user_email, args.expires));
    Ok(exit::DONE)
}
