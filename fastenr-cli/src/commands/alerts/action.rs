//! Acknowledge, snooze and resolve: ask if several alerts match, write, show.

use fastenr_core::Result;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::Context;
use fastenr_core::ops::alerts::{self, AlertAction};

use super::list::{plural, show};
use crate::app::App;
use crate::exit::{self, Code};
use crate::output::capital;
use crate::printer::NoTerminal;

/// Changes the matching alerts; asks first if there are several.
pub(super) async fn act(
    app: &mut App,
    context: &Context,
    chosen: &Selection,
    (what, past): (AlertAction, &str),
    reason: &str,
    dry_run: bool,
) -> Result<Code> {
    if !dry_run && chosen.ids().next().is_none() {
        let foreseen = alerts::act(context, chosen, what, reason, true).await?;
        let count = foreseen.alerts.len() as u64;
        if count > 1 {
            app.printer.confirm(format_args!("{} {}?", capital(what.as_str()), plural(count)), NoTerminal::Refuse)?;
        }
    }
    let done = alerts::act(context, chosen, what, reason, dry_run).await?;
    show(app, &done.alerts)?;
    let count = done.alerts.len() as u64;
    let rest = if done.unchanged > 0 { format!("; {} unchanged", done.unchanged) } else { String::new() };
    let line = match (count, dry_run) {
        (0, _) => format!("nothing to {}{rest}", what.as_str()),
        (_, true) => format!("{} would be {past}{rest}; dry run, nothing was written", plural(count)),
        (_, false) => format!("{} {past}{rest}", plural(count)),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}
