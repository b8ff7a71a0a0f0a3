//! `fastenr keys list`

use fastenr_core::Result;
use fastenr_core::model::api_key::{API_KEY, KeyStatus};
use fastenr_core::model::selection::ALL;
use fastenr_core::ops::keys;

use super::Key;
use crate::app::App;
use crate::commands::count;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;

/// List keys of the HTTP API, the newest first; secrets are not shown.
///
/// Admins see all keys, other users only their own.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr keys list
  fastenr keys list --all -o json
  fastenr keys list --sessions
  fastenr keys list --fields prefix,name,last_used_at")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs<Key>,

    /// List browser sessions and sign-in links instead of keys: the same as --kind session,link.
    #[arg(long, conflicts_with = "filter_kind")]
    pub sessions: bool,

    /// Include expired and revoked keys: the same as --status all.
    #[arg(long, conflicts_with = "filter_status")]
    pub all: bool,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let given = fields::choose(&API_KEY, &args.fields)?;
    let context = app.context().await?;
    let filter = if args.sessions { args.filter.with("kind", "session,link") } else { args.filter };
    let filter = if args.all { filter.with("status", ALL) } else { filter };
    let selection = filter.read(&context).await?;
    let found = keys::list(&context, &selection).await?;
    let whole = keys::count(&context, &selection.clone().in_any_state()).await?;
    let only_active = selection.states().eq([KeyStatus::Active.as_str()]);
    let mut columns = vec!["prefix", "name", "user", "scopes", "expires_at", "last_used_at"];
    if !only_active {
        columns.insert(4, "status");
    }
    let chosen = match given {
        given if !given.is_empty() => given,
        _ if app.settings.output == Format::Table => fields::named(&API_KEY, &columns),
        _ => fields::all(&API_KEY),
    };
    let total = found.len() as u64;
    app.show_all(&chosen, &found, Paging::whole(total))?;
    app.printer.finish()?;
    let rest = whole.saturating_sub(total);
    if whole == 0 && args.sessions {
        app.printer.talk(
            "no sessions or sign-in links; create a link with `fastenr keys login-link` or `fastenr serve --open`",
        );
    } else if whole == 0 {
        app.printer.talk("no keys yet; create one with `fastenr keys create --name TEXT --scope accounts:read`");
    } else if rest > 0 && only_active {
        app.printer.talk(format_args!("{}; {rest} expired or revoked, shown with --all", count(total, &API_KEY)));
    } else {
        app.printer.talk(count(total, &API_KEY));
    }
    Ok(exit::DONE)
}
