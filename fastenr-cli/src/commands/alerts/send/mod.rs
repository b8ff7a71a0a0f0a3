//! `fastenr alerts send`

mod address;
mod payload;
mod post;
mod sign;

use std::path::{Path, PathBuf};
use std::time::Duration;

use fastenr_core::model::alert::{ALERT, Alert, UNSENT};
use fastenr_core::model::selection::Order;
use fastenr_core::ops::{alerts, lists};
use fastenr_core::{Error, Result};
use serde_json::json;

use self::payload::{Grouping, Shape, parcels};
use self::post::{Receiver, RetryPolicy};
use self::sign::Secret;
use super::ChosenAlert;
use super::list::plural;
use crate::app::App;
use crate::commands::counted;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::{self, Code};
use crate::output::facts;

/// Send new open alerts to a webhook, all in one message.
///
/// An alert counts as sent when the receiver has answered 2xx. It is sent again only if it gets worse. Failed messages are
/// tried up to five times, with increasing pauses. With a secret, messages are signed as in Standard Webhooks. They are
/// sent only to public addresses over https; redirects are not followed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts send --severity critical --dry-run
  fastenr alerts send --format slack --digest owner --url https://hooks.slack.example/services/T0/B0/x
  FASTENR_WEBHOOK_URL=https://example.com/hook fastenr alerts send --secret-file /etc/fastenr/webhook-secret")]
pub(crate) struct Args {
    /// URL of the webhook.
    #[arg(long, value_name = "URL", env = "FASTENR_WEBHOOK_URL", hide_env_values = true)]
    pub url: Option<String>,

    /// Format of the messages.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Shape,

    /// How alerts are grouped into messages.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub digest: Grouping,

    #[command(flatten)]
    pub filter: FilterArgs<ChosenAlert>,

    /// File with the signing secret, whsec_ and base64; several lines while you replace a secret.
    ///
    /// Or set FASTENR_WEBHOOK_SECRET. There is no option for the secret itself, because all users of the machine can see
    /// the options of a command.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// Also send to private addresses, and over http.
    #[arg(long)]
    pub allow_private: bool,

    /// Time limit of one attempt.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::globals::duration)]
    pub timeout: Duration,

    /// Print the messages to stdout, one per line, without sending them.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let secret = secret(args.secret_file.as_deref())?;
    let context = app.context().await?;
    let chosen = args.filter.with(UNSENT, "true").read(&context).await?;
    let found: Vec<Alert> = lists::all(&context, &ALERT, &chosen, Order::first(&ALERT)).await?;
    let now = context.clock.now();
    let parcels = parcels(&found, args.format, args.digest, now);
    if args.dry_run {
        for parcel in &parcels {
            app.printer.line(&parcel.message.body)?;
        }
        app.printer.finish()?;
        let messages = messages(parcels.len());
        app.printer.talk(format_args!("{} in {messages}; dry run, nothing was sent", plural(found.len() as u64)));
        return Ok(exit::DONE);
    }
    let url = args.url.filter(|url| !url.trim().is_empty()).ok_or_else(|| {
        Error::invalid("webhook_url", "nobody to send to").hint("name the receiver with --url or FASTENR_WEBHOOK_URL")
    })?;
    let receiver = Receiver::new(&url, secret, args.allow_private, RetryPolicy::of(args.timeout))?;
    let (mut sent, mut told) = (0, 0);
    let mut failure = None;
    for parcel in &parcels {
        if let Err(error) = receiver.send(&parcel.message, now).await {
            failure = Some(error);
            break;
        }
        told += alerts::mark_sent(&context, &parcel.alerts).await?;
        sent += 1;
    }
    let left = parcels.len() - sent;
    facts(app, &[("sent", json!(told)), ("messages", json!(sent)), ("messages_left", json!(left))])?;
    app.printer.finish()?;
    match failure {
        Some(mut error) => {
            error.message = format!("{error}; {} of {} sent", messages(sent), parcels.len());
            let is_plain = error.hints.is_empty();
            Err(if is_plain { error.hint("run it again: what was sent is not sent twice") } else { error })
        }
        None if parcels.is_empty() => {
            app.printer.talk("nothing new to send");
            Ok(exit::DONE)
        }
        None => {
            app.printer.talk(format_args!("{} sent to {} in {}", plural(told), receiver.name(), messages(sent)));
            Ok(exit::DONE)
        }
    }
}

fn messages(count: usize) -> String {
    counted(count as u64, "message", "messages")
}

/// # Errors
/// `webhook_secret`, `io`.
fn secret(file: Option<&Path>) -> Result<Option<Secret>> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Error::io(format_args!("reading {}", path.display()), error))
            .map(Some)?,
        None => std::env::var("FASTENR_WEBHOOK_SECRET").ok().filter(|text| !text.trim().is_empty()),
    };
    text.as_deref().map(Secret::parse).transpose()
}
