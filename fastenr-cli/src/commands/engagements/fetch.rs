//! `fastenr engagements fetch`

use std::io::Write;
use std::path::{Path, PathBuf};

use fastenr_core::Result;
use fastenr_core::ops::attachments;
use fastenr_core::part::Part;

use crate::app::App;
use crate::exit::{self, Code};
use crate::printer::{NoTerminal, writing};

/// Save an attachment of an engagement to a file, byte for byte.
///
/// Its SHA-256 is compared with that of the attached file. The file gets its name only when it is complete. An existing
/// file is overwritten only after confirmation.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements fetch 'Quarterly review' deck.pdf
  fastenr engagements fetch MEETING-17 deck.pdf /tmp/review.pdf --yes
  fastenr engagements fetch MEETING-17 notes.txt - | less")]
pub(crate) struct Args {
    /// Engagement: id, external id, or a unique title.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,

    /// Attachment: its id, or its name if only one file of the engagement has it.
    #[arg(value_name = "ATTACHMENT")]
    pub attachment: String,

    /// File to write, or - for stdout [default: the name of the attachment, in the current folder].
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let (attachment, content) = attachments::fetch(&context, &args.engagement, &args.attachment).await?;
    let place = args.file.unwrap_or_else(|| PathBuf::from(&attachment.name));
    if place == Path::new("-") {
        app.printer.data().write_all(&content).map_err(writing)?;
        app.printer.finish()?;
        return Ok(exit::DONE);
    }
    if place.exists() {
        app.printer.confirm(format_args!("Overwrite {}?", place.display()), NoTerminal::Refuse)?;
    }
    let part = Part::create(&place)?;
    let mut out = part.writer()?;
    out.write_all(&content).and_then(|()| out.flush()).map_err(|error| part.failed(error))?;
    let file = part.keep()?;
    app.printer.talk(format_args!("{} → {} ({} bytes)", attachment.name, file.display(), attachment.size));
    Ok(exit::DONE)
}
