//! A server with a book of its own, for as long as a test.

use std::net::SocketAddr;
use std::sync::mpsc;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use fastenr_core::clock::Clock;
use fastenr_core::id::Ids;
use fastenr_core::model::api_key::Scopes;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::{Context, attachments, entries, scores, sessions};
use fastenr_core::secret::Secrets;
use fastenr_core::store::{Db, DbOptions};
use fastenr_http::server::{self, Options, Policy, Shutdown};
use fastenr_http::{Access, Dashboard, State};
use fastenr_tests::harness::Backend;
use fastenr_tests::world::{NOW, World, clock, given, world};

pub(crate) struct Book {
    pub(crate) base: String,
    pub(crate) account: String,
    pub(crate) engagement: String,
    pub(crate) goal: String,
    pub(crate) task: String,
    pub(crate) world: World,
    shutdown: Shutdown,
    server: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Book {
    fn drop(&mut self) {
        self.shutdown.begin();
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

impl Book {
    pub(crate) async fn open(backend: &Backend) -> Result<Self> {
        Self::serving(backend, clock(NOW), Dashboard::default()).await
    }

    /// With a server that goes by another clock than the book.
    pub(crate) async fn serving(backend: &Backend, clock: Clock, dashboard: Dashboard) -> Result<Self> {
        let world = world(backend).await?;
        let account = [
            ("name", "Nimbus Marine"),
            ("external_id", "NM-17"),
            ("arr", "314435400"),
            ("contract_end", "2026-04-11"),
            ("created_at", "2024-01-01T00:00:00Z"),
            ("domain", "nimbus.example"),
            ("owner", &world.user.email),
        ];
        world.account(&[("name", "Quill Tools"), ("status", "at_risk"), ("arr", "5000")]).await?;
        let account = world.account(&account).await?.id.to_string();
        let put = async |noun, values: &[(&str, &str)]| {
            entries::create(&world, noun, &given(values), false).await.map(|written| written.record)
        };
        put(
            &CONTACT,
            &[("account", "NM-17"), ("name", "Ada Marine"), ("role", "champion"), ("email", "ada@nimbus.example")],
        )
        .await?;
        let call = [
            ("account", "NM-17"),
            ("type", "call"),
            ("title", "Escalation"),
            ("outcome", "negative"),
            ("completed_at", "2026-02-01T10:00:00Z"),
            ("description", "Twice."),
        ];
        let engagement = put(&ENGAGEMENT, &call).await?.id().to_string();
        put(
            &ENGAGEMENT,
            &[("account", "NM-17"), ("type", "meeting"), ("title", "Review"), ("scheduled_at", "2026-02-20T10:00:00Z")],
        )
        .await?;
        let goal = [
            ("account", "NM-17"),
            ("title", "All seats"),
            ("target_value", "1000"),
            ("current_value", "400"),
            ("target_date", "2026-06-30"),
            ("milestones", "[{\"title\":\"Half\",\"target_value\":500}]"),
        ];
        let goal = put(&GOAL, &goal).await?.id().to_string();
        let task = [("account", "NM-17"), ("title", "Send the offer"), ("due", "2026-02-27"), ("notes", "With seats.")];
        let task = put(&TASK, &task).await?.id().to_string();
        for (title, due, done) in [("Call Ada", "", ""), ("Book a room", "2026-02-10", "2026-02-09T12:00:00Z")] {
            put(&TASK, &[("account", "NM-17"), ("title", title), ("due", due), ("done_at", done)]).await?;
        }
        attachments::attach(&world, &engagement, "notes.txt", b"Twice.".to_vec(), false).await?;
        for day in ["2026-02-20", "2026-02-27"] {
            put(
                &METRIC,
                &[
                    ("account", "NM-17"),
                    ("metric_date", day),
                    ("login_frequency", "20"),
                    ("csat", "80"),
                    ("support_tickets", "3"),
                ],
            )
            .await?;
        }
        scores::recompute(&world, &Default::default(), &mut |_| {}).await?;
        let shutdown = Shutdown::default();
        let (told, port) = mpsc::channel();
        let (url, stop) = (backend.url.clone(), shutdown.clone());
        let server = std::thread::spawn(move || serve(&url, clock, dashboard, stop, &told));
        let address: SocketAddr = port.recv().context("the server did not start")?;
        let base = format!("http://127.0.0.1:{}", address.port());
        let mut world = world;
        world.context.clock = clock;
        world.context.ids = Ids::new(clock);
        Ok(Self { base, account, engagement, goal, task, world, shutdown, server: Some(server) })
    }

    /// By somebody else, for who signs in.
    pub(crate) async fn give_a_task(&self, title: &str) -> Result<()> {
        let other = self.world.user("sam@example.com", "Sam").await?;
        let task = [("account", "NM-17"), ("title", title), ("owner", self.world.user.email.as_str())];
        entries::create(&self.world.acting_as(&other), &TASK, &given(&task), false).await?;
        Ok(())
    }

    /// A new sign-in link.
    pub(crate) async fn link(&self) -> Result<String> {
        let new = sessions::NewLink { user: None, scopes: Scopes::parse("*")?, lifetime: TimeDelta::minutes(10) };
        let made = sessions::create_link(&self.world, Secrets::System, &new).await?;
        Ok(format!("/dashboard/sign-in/{}", made.secret.context("a secret")?.expose()))
    }
}

/// On a thread of its own, as the test's waits for the browser.
fn serve(url: &str, clock: Clock, dashboard: Dashboard, shutdown: Shutdown, told: &mpsc::Sender<SocketAddr>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = Db::connect(url, &DbOptions::default()).await.expect("the database");
        let context = Context::open(db.clone(), clock, None, None).await.expect("the organization");
        let access = Access::Keys { db: db.clone(), clock: context.clock, ids: context.ids.clone() };
        let state = State::new(access, Policy { rate_limit: 0, ..Policy::default() }).with_dashboard(Some(dashboard));
        let options = Options::default();
        let router = server::app(fastenr_http::router(state), db, &options, &shutdown);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        told.send(listener.local_addr().expect("an address")).expect("the test");
        let _ = server::serve(listener, router, options, shutdown).await;
    });
}
