//! `fastenr serve`

mod args;
mod open_files;
mod reload;

use std::net::SocketAddr;
use std::time::Duration;

use fastenr_core::ops::admin;
use fastenr_core::store::cancel_all;
use fastenr_core::{Error, Kind, Result};
use fastenr_http::server::{self, Options, Shutdown};
use fastenr_http::{Access, State};
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::reload::Reload;
use crate::app::App;
use crate::exit::{self, Code};
use crate::printer::LogFormat;
use crate::signal::Signals;

pub(crate) use args::Args;

pub(crate) async fn run(app: &mut App, args: Args, signals: &mut Signals) -> Result<Code> {
    args.check()?;
    let mut options = args.options()?;
    let mut reload = Reload::install(options.tls.clone())?;
    app.connections = Some(args.max_db_connections);
    let context = app.context().await?;
    let db = context.db.clone();
    // Before anybody follows the feed, who would wait for it. A standby can't.
    if let Err(error) = admin::settle(&db).await {
        app.printer.warn(format_args!("the feed can't go on yet: {error}"));
    }

    let (listener, address) = bind(args.listen).await?;
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    say(app, &args, &format!("listening on {scheme}://{address}"));
    let shutdown = Shutdown::default();
    let mut metrics = None;
    if let Some(wanted) = args.metrics_listen {
        let (listener, address) = bind(wanted).await?;
        say(app, &args, &format!("metrics at http://{address}/metrics"));
        let router = server::metrics_alone(db.clone(), options.metrics.clone());
        let plain = Options { max_connections: 64, tls: None, metrics: server::Metrics::default(), ..options.clone() };
        metrics = Some(tokio::spawn(server::serve(listener, router, plain, shutdown.clone())));
    }
    if options.tls.is_none() && !args.listen.ip().is_loopback() {
        app.printer
            .warn("keys and data travel unencrypted: name --tls-cert and --tls-key, or stand behind a proxy with TLS");
    }
    let files = open_files::raise();
    let room = usize::try_from(files.saturating_sub(open_files::RESERVED)).unwrap_or(usize::MAX).max(16);
    if options.max_connections > room {
        app.printer.warn(format_args!("at most {room} connections: the process may open {files} files (ulimit -n)"));
        options.max_connections = room;
    }

    let policy = args.policy();
    let access = match policy.keys {
        true => Access::Keys { db: db.clone(), clock: context.clock, ids: context.ids.clone() },
        false => Access::Open(Box::new(context)),
    };
    let state = State::new(access, policy);
    let router = server::app(fastenr_http::router(state), db, &options, &shutdown);
    let mut serving = Box::pin(server::serve(listener, router, options, shutdown.clone()));
    let cut = loop {
        tokio::select! {
            ended = &mut serving => break ended.map_err(|error| failed(address, error))?,
            () = reload.asked() => reload.now(),
            () = signals.received() => {
                if shutdown.has_begun() {
                    return Err(cut_off());
                }
                say(app, &args, "stopping; requests in flight are finished, another signal cuts them off");
                shutdown.begin();
            }
        }
    };
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if cancel_all() > 0 {
        // What outlived its time is rolled back, and its operation says so.
        tokio::select! {
            _ = timeout(CANCELLING, shutdown.done()) => {}
            () = signals.received() => return Err(cut_off()),
        }
    }
    match cut {
        0 => say(app, &args, "stopped"),
        cut => say(app, &args, &format!("stopped; cut off {cut} connections that took longer than --shutdown-timeout")),
    }
    Ok(exit::DONE)
}

/// How long work that was cancelled has to roll back.
const CANCELLING: Duration = Duration::from_secs(1);

fn cut_off() -> Error {
    Error::new(Kind::Interrupted, "interrupted", "interrupted while stopping; requests in flight were cut off")
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await.map_err(|error| failed(address, error))?;
    let bound = listener.local_addr().map_err(|error| failed(address, error))?;
    Ok((listener, bound))
}

fn failed(address: SocketAddr, error: std::io::Error) -> Error {
    Error::io(format_args!("listening on {address}"), error)
}

/// To whoever is watching, or as a line of a log that programs read.
fn say(app: &mut App, args: &Args, message: &str) {
    match args.log_format {
        LogFormat::Text => app.printer.talk(message),
        LogFormat::Json => tracing::info!("{message}"),
    }
}
