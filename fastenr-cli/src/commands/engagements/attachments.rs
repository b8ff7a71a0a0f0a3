//! `fastenr engagements attachments`

use fastenr_core::Result;
use fastenr_core::model::attachment::ATTACHMENT;
use fastenr_core::ops::attachments;

use crate::app::App;
use crate::commands::count;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;

/// The columns on a terminal.
const COLUMNS: [&str; 6] = ["id", "name", "media_type", "size", "created_at", "created_by"];

/// List the attachments of an engagement, in the order in which they were attached.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements attachments 'Quarterly review'
  fastenr engagements attachments MEETING-17 -o json --fields name,sha256")]
pub(crate) struct Args {
    /// Engagement: id, external id, or a unique title.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = match fields::choose(&ATTACHMENT, &args.fields)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => fields::named(&ATTACHMENT, &COLUMNS),
        _ => fields::all(&ATTACHMENT),
    };
    let context = app.context().await?;
    let (engagement, files) = attachments::list(&context, &args.engagement).await?;
    let total = files.len() as u64;
    app.show_all(&chosen, &files, Paging::whole(total))?;
    app.printer.finish()?;
    match total {
        0 => app.printer.talk(format_args!("no attachments of {}", engagement.title())),
        total => app.printer.talk(format_args!("{} of {}", count(total, &ATTACHMENT), engagement.title())),
    }
    Ok(exit::DONE)
}
