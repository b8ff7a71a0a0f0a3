//! `/api/activities/stream`: nothing is lost or comes twice, however often a client connects again.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{Expiry, Scopes};
use fastenr_core::ops::keys::NewKey;
use fastenr_core::ops::{self, keys};
use fastenr_core::secret::Secrets;
use fastenr_http::server::{Policy, Shutdown};
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::guard::{text, uncounted, with_keys};
use fastenr_tests::world::{World, connect, execute, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/stream/across_processes_and_connections", resumes);
    tests.both("http/stream/ends_with_the_server", ends);
    tests.both("http/stream/ends_with_its_key", ends_with_its_key);
    tests.both("http/stream/a_key_has_so_many", so_many);
    tests.both("http/stream/bad_input", bad_input);
}

/// A client of a stream, as a browser's `EventSource`.
struct Client {
    body: Body,
    buffer: String,
}

#[derive(Debug, Default)]
struct Event {
    id: String,
    kind: String,
    data: String,
}

impl Client {
    async fn connect(state: &State, query: &str, last: Option<&str>) -> Result<Self> {
        Self::connect_to(fastenr_http::router(state.clone()), query, last).await
    }

    async fn connect_to(router: Router, query: &str, last: Option<&str>) -> Result<Self> {
        let mut request = Request::builder().uri(format!("/api/activities/stream{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router.oneshot(request.body(Body::empty())?).await?;
        ensure!(response.status() == 200, "{}", response.status());
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self { body: response.into_body(), buffer: String::new() })
    }

    /// The next event; none where the stream ends.
    async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let event = read(event);
                self.buffer = rest.to_owned();
                return Ok(Some(event));
            }
            let frame =
                tokio::time::timeout(Duration::from_secs(20), self.body.frame()).await.context("no event came")?;
            match frame {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.push_str(&String::from_utf8_lossy(&data));
                    }
                }
            }
        }
    }

    /// The next that has data.
    async fn activity(&mut self) -> Result<Event> {
        loop {
            let event = self.next().await?.context("the stream ended")?;
            if !event.data.is_empty() {
                return Ok(event);
            }
        }
    }
}

fn read(text: &str) -> Event {
    let mut event = Event::default();
    for line in text.lines() {
        match line.split_once(':') {
            Some(("id", id)) => event.id = id.trim().to_owned(),
            Some(("event", kind)) => event.kind = kind.trim().to_owned(),
            Some(("data", data)) => event.data = data.trim().to_owned(),
            _ => {}
        }
    }
    event
}

fn state(world: &World) -> State {
    State::new(Access::Open(Box::new(world.context.clone())), Policy::default())
}

fn label(event: &Event) -> String {
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap_or_default();
    data["label"].as_str().unwrap_or_default().to_owned()
}

async fn resumes(backend: &Backend) -> Result<()> {
    let here = world(backend).await?;
    // Another process on the same database.
    let there = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    let (first, second) = (state(&here), state(&there));
    here.account(&[("name", "Before")]).await?;
    let mut client = Client::connect(&first, "", None).await?;
    let begin = client.next().await?.context("a first event")?;
    ensure!(!begin.id.is_empty() && begin.data.is_empty(), "{begin:?}");
    let writers = 4;
    let each = 10;
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let world = if writer % 2 == 0 { here.clone() } else { there.clone() };
        tasks.push(tokio::spawn(async move {
            for n in 0..each {
                world.account(&[("name", &format!("{writer}-{n}"))]).await?;
            }
            anyhow::Ok(())
        }));
    }
    let mut seen = Vec::new();
    let mut last = begin.id.clone();
    // Every few events the connection breaks, and the next server goes on.
    while seen.len() < writers * each {
        let event = client.activity().await?;
        assert_eq!(event.kind, "accounts.create");
        last.clone_from(&event.id);
        seen.push(label(&event));
        if seen.len() % 7 == 0 {
            let server = if seen.len() % 2 == 0 { &first } else { &second };
            client = Client::connect(server, "", Some(&last)).await?;
        }
    }
    for task in tasks {
        task.await??;
    }
    let mut expected: Vec<String> =
        (0..writers).flat_map(|writer| (0..each).map(move |n| format!("{writer}-{n}"))).collect();
    let mut sorted = seen.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    // From the very beginning once more: the same in the same order.
    let mut again = Client::connect(&second, "", Some(&begin.id)).await?;
    for name in &seen {
        assert_eq!(&label(&again.activity().await?), name);
    }
    // Filters hold here as well.
    let mut some = Client::connect(&first, "?kind=accounts.update", Some(&begin.id)).await?;
    some.next().await?;
    there.update("0-0", &[("industry", "Toys")]).await?;
    let event = some.activity().await?;
    assert_eq!((event.kind.as_str(), label(&event).as_str()), ("accounts.update", "0-0"));
    Ok(())
}

async fn ends(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (state, shutdown) = (state(&world), Shutdown::default());
    let router = fastenr_http::router(state).layer(axum::Extension(shutdown.clone()));
    let mut client = Client::connect_to(router, "", None).await?;
    client.next().await?.context("a first event")?;
    shutdown.begin();
    ensure!(client.next().await?.is_none(), "the stream goes on");
    Ok(())
}

/// Whatever ends a key ends what goes on with it: a stream, and a file that a slow client has not taken yet.
async fn ends_with_its_key(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let user = world.user("bo@example.com", "Bo Doe").await?;
    let rows: String = (0..10_000).map(|n| format!("A-{n},Customer {n} of many\n")).collect();
    world.import(&format!("external_id,name\n{rows}"), Default::default()).await?;
    for how in ["revoked", "deactivated", "expired"] {
        let new = NewKey {
            name: KeyName::parse(how)?,
            user: Some(if how == "deactivated" { user.email.clone() } else { world.context.user.email.clone() }),
            scopes: Scopes::parse("activities:read,accounts:read")?,
            expiry: Expiry::parse("1d")?,
        };
        let made = keys::create(&world, Secrets::System, &new, false).await?;
        let state = with_keys(&world, uncounted());
        let ask = |path: &str, accept: &str| {
            let request = Request::builder().uri(path).header("accept", accept);
            let request = request.header("authorization", format!("Bearer {}", text(&made)));
            let router = fastenr_http::router(state.clone());
            async move { anyhow::Ok(router.oneshot(request.body(Body::empty())?).await?) }
        };
        let stream = ask("/api/activities/stream", "text/event-stream").await?;
        ensure!(stream.status() == 200, "{how}: {}", stream.status());
        let mut stream = Client { body: stream.into_body(), buffer: String::new() };
        stream.next().await?.context("a first event")?;
        let mut file = ask("/api/accounts", "text/csv").await?.into_body();
        file.frame().await.context("a first piece")??;
        match how {
            "revoked" => drop(keys::revoke(&world, &made.key.prefix, false).await?),
            "deactivated" => drop(ops::users::update(&world, &user.email, &[], Some(false), false).await?),
            // As time does.
            _ => drop(
                execute(&world.db, format!("update api_keys set expires_at = created_at where name = '{how}'")).await?,
            ),
        }
        while let Some(event) = stream.next().await? {
            ensure!(event.data.is_empty() || !event.data.contains("later"), "{how}: {event:?}");
        }
        // What is left of the file is not sent, and its end does not look like one.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let broken = loop {
            match file.frame().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        ensure!(broken, "{how}: the file came to its end");
    }
    Ok(())
}

/// One that streams without end leaves places to others.
async fn so_many(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let state = state(&world);
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(Client::connect(&state, "", None).await?);
    }
    let request = || Request::builder().uri("/api/activities/stream").body(Body::empty());
    let refused = fastenr_http::router(state.clone()).oneshot(request()?).await?;
    assert_eq!(refused.status(), 429);
    ensure!(refused.headers().contains_key("retry-after"));
    open.pop();
    Client::connect(&state, "", None).await?;
    Ok(())
}

async fn bad_input(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = super::api::Api::open(&world);
    let ask = |last: &'static str| {
        api.ask(axum::http::Method::GET, "/api/activities/stream").header("last-event-id", last).send()
    };
    ask("nonsense").await?.refused(422, "cursor");
    // As earlier versions gave them: there would be silence. See also `cli/server/moved`.
    for place in ["0-999999999999", "999999999999-0", "999999999999-7"] {
        let refused = ask(place).await?;
        ensure!(refused.text().contains("leave it out to follow from now on"), "{}", refused.text());
        refused.refused(422, "cursor");
    }
    api.get("/api/activities/stream?knd=x").await?.refused(400, "unknown_filter");
    Ok(())
}
