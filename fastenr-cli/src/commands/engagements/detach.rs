//! `fastenr engagements detach`

use fastenr_core::Result;
use fastenr_core::model::attachment::ATTACHMENT;
use fastenr_core::ops::attachments;

use crate::app::App;
use crate::commands::written;
use crate::exit::{self, Code};
use crate::fields;
use crate::printer::NoTerminal;

/// Remove an attachment from an engagement.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements detach 'Quarterly review' deck.pdf --dry-run
  fastenr engagements detach MEETING-17 deck.pdf --yes")]
pub(crate) struct Args {
    /// Engagement: id, external id, or a unique title.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,

    /// Attachment: its id, or its name if only one file of the engagement has it.
    #[arg(value_name = "ATTACHMENT")]
    pub attachment: String,

    /// Preview what would be removed, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    if !args.dry_run {
        let question = format!("Remove attachment {} from {}?", args.attachment, args.engagement);
        app.printer.confirm(question, NoTerminal::Proceed)?;
    }
    let gone = attachments::detach(&context, &args.engagement, &args.attachment, None, args.dry_run).await?;
    written::told(app, ATTACHMENT.one, &gone.record.name, ("detached", "detach"), &gone.changes, args.dry_run);
    app.show(&fields::all(&ATTACHMENT), &gone.record)?;
    Ok(exit::DONE)
}
