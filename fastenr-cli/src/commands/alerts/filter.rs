//! The arguments that choose alerts.

use fastenr_core::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::Context;

use super::ChosenAlert;
use crate::commands::entries::filter::{FilterArgs, ids};

/// Alerts by their ids, or all that match a filter.
#[derive(Debug, clap::Args)]
pub(crate) struct ChosenArgs {
    /// Ids of alerts, as in the list; without ids, a filter is needed.
    #[arg(value_name = "ALERT", value_parser = named, required_unless_present_any = ids::<ChosenAlert>())]
    pub alerts: Vec<String>,

    #[command(flatten)]
    pub filter: FilterArgs<ChosenAlert>,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

/// What names none would name all.
fn named(text: &str) -> Result<String, &'static str> {
    if text.contains(char::is_alphanumeric) { Ok(text.to_owned()) } else { Err("name an alert by its id") }
}

impl ChosenArgs {
    /// The named alerts in any state; without names, the matching ones in one of `states`.
    pub(crate) async fn read(&self, context: &Context, states: &[AlertState]) -> Result<Selection> {
        let filter = self.filter.clone();
        let filter = match self.alerts.as_slice() {
            [] => filter.with("state", states.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(",")),
            named => filter.with("id", named.join(",")),
        };
        filter.read(context).await
    }
}
