//! `fastenr serve`

use std::net::SocketAddr;

use fastenr_core::{Error, Result};
use fastenr_http::{Access, Limits, State};

use crate::app::App;
use crate::exit::{self, Code};
use crate::signal::Signals;

/// Serve the HTTP API until a signal ends it.
///
/// It acts as --user in --organization and asks nobody who they are, so for now it listens on this machine only.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr serve
  fastenr serve --listen 127.0.0.1:9000 --user reader@example.com
  curl 'http://127.0.0.1:8787/api/accounts?status=at_risk&limit=5'")]
pub(crate) struct Args {
    /// The address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,
}

pub(crate) async fn run(app: &mut App, args: Args, mut signals: Signals) -> Result<Code> {
    if !args.listen.ip().is_loopback() {
        return Err(Error::refused(
            "not_loopback",
            format!("{} is reached from other machines, and the server does not ask who calls yet", args.listen.ip()),
        )
        .hint("listen on 127.0.0.1 or [::1], behind something that does"));
    }
    let context = app.context().await?;
    let failed = |error| Error::io(format_args!("listening on {}", args.listen), error);
    let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    app.printer.talk(format_args!("listening on http://{address}"));
    let stop = async move { signals.received().await };
    fastenr_http::serve(listener, State::new(Access::Open(Box::new(context)), Limits::default()), stop)
        .await
        .map_err(failed)?;
    app.printer.talk("stopped");
    Ok(exit::DONE)
}
