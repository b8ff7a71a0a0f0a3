//! Delete a record.

use fastenr_core::Result;
use fastenr_core::ops::entries;

use super::Kind;
use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::printer::NoTerminal;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DeleteArgs {
    /// Record: id, external id, or a unique name, title or e-mail address.
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Preview what would be deleted, without saving.
    #[arg(long)]
    pub dry_run: bool,

    /// Only if the record is still at this version.
    #[arg(long, value_name = "N")]
    pub if_version: Option<i64>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: DeleteArgs) -> Result<Code> {
    let context = app.context().await?;
    let found = entries::get(&context, K::noun(), &args.name).await?;
    if !args.dry_run {
        let account = found.text("account_name").unwrap_or_default();
        let question = format!("Delete {} {} of {account}?", K::noun().one, found.title());
        app.printer.confirm(question, NoTerminal::Proceed)?;
    }
    // The confirmation was for this version of the record.
    let expected = args.if_version.unwrap_or_else(|| found.version());
    let id = found.id().to_string();
    let gone = entries::delete(&context, K::noun(), &id, Some(expected), args.dry_run).await?;
    written::written(app, K::noun(), ("deleted", "delete"), &gone, args.dry_run)
}
