//! `fastenr engagements attach`

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fastenr_core::model::attachment::{ATTACHMENT, MOST_BYTES};
use fastenr_core::ops::attachments;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::commands::written;
use crate::exit::{self, Code};
use crate::fields;

/// Attach a file to an engagement: a deck, minutes, a signed offer.
///
/// At most 10 MiB, stored byte for byte. The same content is stored once per engagement, whatever the file name.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements attach 'Quarterly review' deck.pdf
  pdftotext deck.pdf - | fastenr engagements attach MEETING-17 - --name deck.txt")]
pub(crate) struct Args {
    /// Engagement: id, external id, or a unique title.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,

    /// File, or - for stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Name of the attachment [default: the file's own name].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Check the file and preview without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let name = match (&args.name, args.file.file_name()) {
        (Some(name), _) => name.clone(),
        (None, _) if args.file == Path::new("-") => {
            return Err(
                Error::invalid("required", "what comes from stdin has no name").hint("give it one: --name NAME")
            );
        }
        (None, file) => file.unwrap_or_default().to_string_lossy().into_owned(),
    };
    let file = args.file.clone();
    // On its own thread, so that a signal does not wait for the end of stdin.
    let read = tokio::task::spawn_blocking(move || read(&file)).await;
    let content = read.map_err(|error| Error::io("reading the file", io::Error::other(error)))??;
    let context = app.context().await?;
    let made = attachments::attach(&context, &args.engagement, &name, content, args.dry_run).await?;
    if made.changes.is_empty() {
        app.printer.talk(format_args!("this content is already attached, as {}", made.record.name));
    } else {
        written::told(app, ATTACHMENT.one, &made.record.name, ("attached", "attach"), &made.changes, args.dry_run);
    }
    app.show(&fields::all(&ATTACHMENT), &made.record)?;
    Ok(exit::DONE)
}

/// Reads at most one byte more than is allowed.
fn read(file: &Path) -> Result<Vec<u8>> {
    let doing = |error| Error::io(format_args!("reading {}", file.display()), error);
    let mut content = Vec::new();
    let most = MOST_BYTES as u64 + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut content).map_err(doing)?;
    } else {
        File::open(file).map_err(doing)?.take(most).read_to_end(&mut content).map_err(doing)?;
    }
    Ok(content)
}
