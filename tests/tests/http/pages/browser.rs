//! A browser without a window: it keeps its cookie, and says where its forms come from.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request};
use chrono::TimeDelta;
use fastenr_core::model::api_key::Scopes;
use fastenr_core::ops::sessions::{self, NewLink};
use fastenr_core::secret::Secrets;
use fastenr_http::State;
use fastenr_tests::world::World;
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scraper::{ElementRef, Html, Selector};
use std::net::SocketAddr;
use tower::ServiceExt;

use crate::guard::{uncounted, with_keys};

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) cookie: Option<String>,
    /// What it sends with everything.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Where it is.
    pub(crate) peer: SocketAddr,
    /// What it calls the server.
    pub(crate) host: &'static str,
}

/// What it was answered.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Shown {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> String {
        self.header("location").to_owned()
    }

    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.location(), self.words());
        self
    }

    pub(crate) fn html(&self) -> Html {
        Html::parse_document(&self.text)
    }

    /// What is read on the page.
    pub(crate) fn words(&self) -> String {
        let html = self.html();
        let main = html.select(&selector("body")).next();
        let text: String = main.map(|main| main.text().collect::<Vec<_>>().join(" ")).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The texts of all that a selector finds.
    pub(crate) fn texts(&self, of: &str) -> Vec<String> {
        let text = |found: ElementRef<'_>| {
            found.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        self.html().select(&selector(of)).map(text).collect()
    }

    /// An attribute of all that a selector finds.
    pub(crate) fn attributes(&self, of: &str, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&selector(of)).filter_map(|found| found.attr(name).map(str::to_owned)).collect()
    }

    /// The names and values that a form would send as it is drawn.
    pub(crate) fn form(&self, action: &str) -> Result<Vec<(String, String)>> {
        let mut forms = self.forms(action);
        ensure!(!forms.is_empty(), "no form leads to {action}: {}", self.words());
        Ok(forms.remove(0))
    }

    /// The same of all forms that lead there.
    pub(crate) fn forms(&self, action: &str) -> Vec<Vec<(String, String)>> {
        let html = self.html();
        let form = selector("form");
        let forms = html.select(&form).filter(|form| form.attr("action") == Some(action));
        forms.map(Self::fields).collect()
    }

    fn fields(form: ElementRef<'_>) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for field in form.select(&selector("input, select, textarea")) {
            let Some(name) = field.attr("name") else { continue };
            let value = match field.value().name() {
                "select" => {
                    let chosen = field.select(&selector("option[selected]")).next();
                    let first = || field.select(&selector("option")).next();
                    chosen.or_else(first).and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
                }
                "textarea" => field.text().collect::<String>().trim_start_matches('\n').to_owned(),
                _ if field.attr("type") == Some("checkbox") && field.attr("checked").is_none() => continue,
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            fields.push((name.to_owned(), value));
        }
        fields
    }
}

pub(crate) fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

/// With one field said otherwise.
pub(crate) fn but(mut fields: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
    fields
}

impl Browser {
    pub(crate) fn new(state: State) -> Self {
        let peer = SocketAddr::from(([192, 0, 2, 1], 4711));
        Self { router: fastenr_http::router(state), cookie: None, headers: Vec::new(), peer, host: "localhost" }
    }

    /// Nobody is asked who they are.
    pub(crate) fn open(world: &World) -> Self {
        let access = fastenr_http::Access::Open(Box::new(world.context.clone()));
        Self::new(State::new(access, uncounted()))
    }

    /// Signed in by a link with these scopes.
    pub(crate) async fn signed_in(world: &World, scopes: &str) -> Result<Self> {
        let mut browser = Self::new(with_keys(world, uncounted()));
        browser.sign_in(world, scopes).await?;
        Ok(browser)
    }

    pub(crate) async fn sign_in(&mut self, world: &World, scopes: &str) -> Result<()> {
        let link = link(world, scopes).await?;
        let done = self.post::<&str, &str>(&link, &[]).await?.ok(303);
        self.keep(&done)
    }

    /// Keeps the cookie of an answer.
    pub(crate) fn keep(&mut self, shown: &Shown) -> Result<()> {
        let cookie = shown.header("set-cookie");
        ensure!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        self.cookie = Some(cookie.split(';').next().unwrap_or_default().to_owned());
        Ok(())
    }

    pub(crate) async fn get(&self, path: impl AsRef<str>) -> Result<Shown> {
        self.send(Method::GET, path.as_ref(), Vec::new(), &[]).await
    }

    /// Follows where it is led.
    pub(crate) async fn visit(&self, path: impl AsRef<str>) -> Result<Shown> {
        let mut shown = self.get(path).await?;
        for _ in 0..5 {
            if shown.status != 303 {
                break;
            }
            shown = self.get(shown.location()).await?;
        }
        Ok(shown)
    }

    pub(crate) async fn block(&self, path: &str, name: &str) -> Result<Shown> {
        self.send(Method::GET, path, Vec::new(), &[("fastenr-fragment", name)]).await
    }

    /// Sends a form of its own pages.
    pub(crate) async fn post<N: AsRef<str>, V: AsRef<str>>(&self, path: &str, fields: &[(N, V)]) -> Result<Shown> {
        let own = [("origin", "http://localhost"), ("sec-fetch-site", "same-origin")];
        self.post_with(path, fields, &own).await
    }

    pub(crate) async fn post_with<N: AsRef<str>, V: AsRef<str>>(
        &self,
        path: &str,
        fields: &[(N, V)],
        headers: &[(&str, &str)],
    ) -> Result<Shown> {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pair = |(name, value): &(N, V)| format!("{}={}", encode(name.as_ref()), encode(value.as_ref()));
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, path, body.into_bytes(), &all).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<Shown> {
        let path = path.split('#').next().unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).header("host", self.host);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body)).with_context(|| path.to_owned())?;
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let (parts, body) = self.router.clone().oneshot(request).await?.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Shown { status: parts.status.as_u16(), headers: parts.headers, text })
    }
}

/// The path of a new link.
pub(crate) async fn link(world: &World, scopes: &str) -> Result<String> {
    let new = NewLink { user: None, scopes: Scopes::parse(scopes)?, lifetime: TimeDelta::minutes(10) };
    let made = sessions::create_link(world, Secrets::System, &new).await?;
    Ok(format!("/dashboard/sign-in/{}", made.secret.context("a secret")?.expose()))
}

/// A row of the table of pages.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// A scope, `a session` or `nothing`.
    pub(crate) needs: String,
}

/// Every page there is, by the document of the pages.
pub(crate) fn rows() -> Vec<Row> {
    let document = fastenr_http::dashboard_document();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let path = cells.get(1)?.replace('`', "");
        let (method, path) = match path.strip_prefix("POST ") {
            Some(path) => (Method::POST, path.to_owned()),
            None => (Method::GET, path),
        };
        Some(Row { method, path, needs: cells.get(3)?.replace('`', "") })
    };
    let rows: Vec<Row> = document.lines().skip(2).filter_map(row).collect();
    assert!(rows.len() > 30, "{document}");
    rows
}
