//! `fastenr serve`

mod args;
mod open_files;
mod reload;

use std::net::SocketAddr;
use std::time::Duration;

use fastenr_core::model::Role;
use fastenr_core::model::api_key::{Scopes, Secret};
use fastenr_core::ops::sessions::{LINK_LIFETIME, NewLink, create_link};
use fastenr_core::ops::{Context, admin};
use fastenr_core::secret::Secrets;
use fastenr_core::store::cancel_all;
use fastenr_core::{Error, Kind, Result};
use fastenr_http::server::{self, Options, Shutdown};
use fastenr_http::{Access, State};
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::reload::Reload;
use crate::app::App;
use crate::commands::counted;
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
    // Before a client follows the feed, which would have to wait for this. A standby cannot do it.
    if let Err(error) = admin::settle_feed(&db).await {
        app.printer.warn(format_args!("the activity feed can't continue yet: {error}"));
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
        app.printer.warn("keys and data are sent unencrypted; use --tls-cert and --tls-key, or a proxy with TLS");
    }
    if args.auth_header.is_some() && args.public_url.is_none() {
        app.printer
            .warn("--auth-header is trusted under any host name; set --public-url to accept only the public one");
    }
    let files = open_files::raise();
    let room = usize::try_from(files.saturating_sub(open_files::RESERVED)).unwrap_or(usize::MAX).max(16);
    if options.max_connections > room {
        app.printer.warn(format_args!("at most {room} connections: the process may open {files} files (ulimit -n)"));
        options.max_connections = room;
    }

    let policy = args.policy();
    let dashboard = args.dashboard(&context);
    if dashboard.is_some() {
        sign_in(app, &args, &context, address).await?;
    }
    let access = match policy.keys {
        true => Access::Keys { db: db.clone(), clock: context.clock, ids: context.ids.clone() },
        false => Access::Open(Box::new(context)),
    };
    let state = State::new(access, policy).with_dashboard(dashboard);
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
                say(app, &args, "stopping: running requests are finished; a second signal stops at once");
                shutdown.begin();
            }
        }
    };
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if cancel_all() > 0 {
        // Work that exceeds the shutdown timeout is rolled back, and its operation records that.
        tokio::select! {
            _ = timeout(CANCELLING, shutdown.done()) => {}
            () = signals.received() => return Err(cut_off()),
        }
    }
    match cut {
        0 => say(app, &args, "stopped"),
        cut => {
            let cut = counted(cut as u64, "connection", "connections");
            say(app, &args, &format!("stopped; closed {cut} that took longer than --shutdown-timeout"));
        }
    }
    Ok(exit::DONE)
}

/// Prints the address of the dashboard. With --open: creates a link, prints it, and opens it if there is a display.
async fn sign_in(app: &mut App, args: &Args, context: &Context, address: SocketAddr) -> Result<()> {
    let base = args.base(address);
    let mut page = format!("{base}/dashboard");
    if !args.open {
        say(app, args, &format!("dashboard at {page}"));
        return Ok(());
    }
    if !args.no_auth {
        let new = NewLink {
            user: None,
            scopes: every_scope(context).map_err(|invalid| invalid.of("scope", ""))?,
            lifetime: LINK_LIFETIME,
        };
        let made = create_link(context, Secrets::System, &new).await?;
        let secret = made.secret.as_ref().map(Secret::expose).unwrap_or_default();
        page = format!("{base}/dashboard/sign-in/{secret}");
    }
    // Not logged: a reader of the log could sign in with it.
    app.printer.talk(format_args!("open {page} (works once, for 10 minutes)"));
    if has_display() && webbrowser::open(&page).is_err() {
        app.printer.warn("no browser could be opened: open the address yourself");
    }
    Ok(())
}

/// The scopes that the role of the acting user allows.
pub(crate) fn every_scope(context: &Context) -> std::result::Result<Scopes, fastenr_core::Invalid> {
    let all = if context.user.role == Role::Read { "*:read" } else { "*" };
    Scopes::parse(all)
}

/// Whether there is a display for a browser; on most systems there always is.
fn has_display() -> bool {
    let unix = cfg!(all(unix, not(target_os = "macos")));
    let given = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !unix || given("DISPLAY") || given("WAYLAND_DISPLAY") || given("WSL_DISTRO_NAME") || given("BROWSER")
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

/// Prints a line for people, or writes it to a JSON log.
fn say(app: &mut App, args: &Args, message: &str) {
    match args.log_format {
        LogFormat::Text => app.printer.talk(message),
        LogFormat::Json => tracing::info!("{message}"),
    }
}
