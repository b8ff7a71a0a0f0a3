//! All pages that can be reached from the first: their links, their markup, their size.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;

use anyhow::{Result, ensure};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Kind, Tests};
use fastenr_tests::world::{World, world};
use flate2::Compression;
use flate2::write::GzEncoder;
use regex::Regex;
use scraper::Html;
use serde_json::json;

use super::browser::{Browser, Shown, selector};
use super::imports::{check, upload};
use crate::api::Api;
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/every_link_leads_somewhere", every_link);
    tests.both("http/pages/nothing_is_unescaped", nothing_is_unescaped);
    tests.sqlite("http/pages/weights", weights);
}

/// A page, and where it is.
pub(super) struct Reached {
    pub(super) address: String,
    pub(super) shown: Shown,
}

/// Every page below `/dashboard` that links lead to; of a list with another order or filter some of each kind. On PostgreSQL, where a
/// page takes several times as long, one of each kind of page: other records, orders and filters are looked at on SQLite.
pub(super) async fn crawl(browser: &Browser, from: &str, on: Kind) -> Result<Vec<Reached>> {
    let id = Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}")?;
    let most = if on == Kind::Postgres { 1 } else { 3 };
    let mut waiting = VecDeque::from([from.to_owned()]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut reached = Vec::new();
    while let Some(address) = waiting.pop_front() {
        if !seen.insert(address.clone()) {
            continue;
        }
        // Addresses that differ in values alone are of one kind.
        let mut kind: String =
            address.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect::<Vec<_>>().join("&");
        if on == Kind::Postgres {
            kind = id.replace_all(&kind, "ID").into_owned();
        }
        let count = kinds.entry(kind).or_default();
        *count += 1;
        if *count > most {
            continue;
        }
        let shown = browser.visit(&address).await?;
        if shown.header("content-type").starts_with("text/html") {
            let mut found = shown.attributes("a[href], link[href], use[href]", "href");
            found.extend(shown.attributes("img[src], script[src]", "src"));
            for link in found {
                let link = link.split('#').next().unwrap_or_default().to_owned();
                let outside = link.starts_with("https://") || link.starts_with("mailto:");
                ensure!(link.is_empty() || outside || link.starts_with("/dashboard"), "{address} leads to {link}");
                if link.starts_with("/dashboard") {
                    waiting.push_back(link);
                }
            }
        }
        reached.push(Reached { address, shown });
    }
    Ok(reached)
}

async fn every_link(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    for n in 0..30 {
        let parent = if n > 20 { "A-1001" } else { "" };
        world
            .account(&[("name", &format!("Child {n}")), ("parent", parent), ("status", "at_risk"), ("arr", "1000")])
            .await?;
    }
    for browser in
        [Browser::signed_in(&world, "*").await?, Browser::signed_in(&world, "*:read").await?, Browser::open(&world)]
    {
        let writes = browser.get("/dashboard/imports").await?.ok(200).form("/dashboard/imports").is_ok();
        if writes {
            let file = "external_id,name,arr,status\nA-1001,Other,6000,active\nA-2,New,x,rotten\n";
            let path = upload(&browser, "accounts", "some.csv", file).await?;
            check(&browser, &path).await?;
        }
        let pages = crawl(&browser, "/dashboard", backend.kind).await?;
        ensure!(pages.len() > 30, "{} pages", pages.len());
        for Reached { address, shown } in &pages {
            ensure!(shown.status == 200, "{address}: {} {}", shown.status, shown.words());
            if shown.header("content-type").starts_with("text/html") {
                markup(address, shown)?;
            }
        }
        let of = |part: &str| pages.iter().any(|page| page.address.contains(part));
        for part in [
            "/dashboard/accounts?",
            "/health",
            "/dashboard/goals/",
            "/dashboard/engagements/",
            "/dashboard/tasks/",
            "/dashboard/tasks?view=all",
            "/attachments/",
            ".csv",
            ".ics",
            "/dashboard/segments",
            "/dashboard/operations/",
            "/dashboard/operations?",
            "/dashboard/session",
            "/dashboard/arr?by=",
            "/dashboard/goals/report?by=",
            "/dashboard/engagements/report?by=",
            "cursor=",
            "view=cards",
        ] {
            ensure!(of(part), "nothing leads to {part}");
        }
        for part in
            ["/dashboard/imports", "/map", "/mapping.toml", "/check", "/rejects.csv", "/undo", "/dashboard/bulk/"]
        {
            ensure!(of(part) == writes, "what leads to {part} leads there for whoever may not write as well");
        }
    }
    Ok(())
}

/// What every page keeps to.
fn markup(address: &str, shown: &Shown) -> Result<()> {
    let policy = shown.header("content-security-policy");
    ensure!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{address}: {policy}"
    );
    ensure!(
        shown.header("referrer-policy") == "same-origin" && shown.header("cache-control") == "no-store",
        "{address}"
    );
    let html = Html::parse_document(&shown.text);
    for element in html.select(&selector("*")) {
        for (name, _) in element.value().attrs() {
            ensure!(!name.starts_with("on") && name != "style", "{address}: {name} on {}", element.value().name());
        }
    }
    let count = |of: &str| html.select(&selector(of)).count();
    ensure!(
        count("style") == 0 && count("script:not([src])") == 0 && count("script") == 1,
        "{address}: scripts or styles"
    );
    ensure!(count("h1") == 1 && count("main") == 1 && count("html[lang]") == 1, "{address}: {} h1", count("h1"));
    let ids: Vec<&str> = html.select(&selector("[id]")).filter_map(|element| element.attr("id")).collect();
    let unique: BTreeSet<&&str> = ids.iter().collect();
    ensure!(ids.len() == unique.len(), "{address}: an id stands twice: {ids:?}");
    for label in html.select(&selector("label[for]")) {
        let of = label.attr("for").unwrap_or_default();
        ensure!(ids.contains(&of), "{address}: the label of {of} labels nothing");
    }
    for described in html.select(&selector("[aria-describedby], [aria-labelledby]")) {
        let of = described.attr("aria-describedby").or(described.attr("aria-labelledby")).unwrap_or_default();
        ensure!(of.split(' ').all(|of| ids.contains(&of)), "{address}: {of} describes nothing");
    }
    Ok(())
}

const BAD: &str = "\"><script>alert(1)</script>&amp;<b onclick=x>";
/// A tag has neither quotes nor semicolons.
const BAD_TAG: &str = "'><script>alert(1)</script>";

async fn nothing_is_unescaped(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let api = Api::open(&world);
    let account = json!({"name": BAD, "external_id": "X-1", "industry": BAD, "tags": [BAD_TAG], "arr": 5, "custom_fields": {BAD: BAD}, "contract_end": "2026-05-01"});
    api.post("/api/accounts", account).await?.ok(201);
    api.post("/api/contacts", json!({"account": "X-1", "name": BAD, "title": BAD})).await?.ok(201);
    let call = json!({"account": "X-1", "type": "call", "title": BAD, "description": BAD, "competitor": BAD, "tags": [BAD_TAG],
                      "attendees": [{"name": "Jo", "role": "x"}, {"name": BAD}], "completed_at": "2026-02-01T10:00:00Z", "external_id": "E-9"});
    api.post("/api/engagements", call).await?.ok(201);
    ops::attachments::attach(&world, "E-9", "<script>alert(1)<&.txt", BAD.as_bytes().to_vec(), false).await?;
    let goal = json!({"account": "X-1", "title": BAD, "description": BAD, "unit": BAD, "target_value": 5, "milestones": [{"title": BAD}]});
    api.post("/api/goals", goal).await?.ok(201);
    api.post("/api/tasks", json!({"account": "X-1", "title": BAD, "notes": BAD, "due": "2026-03-01"})).await?.ok(201);
    let filter = [("search".to_owned(), BAD.to_owned())];
    ops::segments::create(&world, BAD, &filter, false).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let cell = format!("\"{}\"", BAD.replace('"', "\"\""));
    let file = format!("external_id,name,status,{cell}\nX-1,{cell}2,active,{cell}\nX-2,{cell},{cell},{cell}\n");
    let path = upload(&browser, "accounts", BAD, file).await?;
    check(&browser, &path).await?;
    let mut told = 0;
    let mut pages = crawl(&browser, "/dashboard", backend.kind).await?;
    let encoded = percent_encoding::utf8_percent_encode(BAD, percent_encoding::NON_ALPHANUMERIC).to_string();
    for address in [
        format!("/dashboard/accounts?search={encoded}"),
        format!("/dashboard/accounts/{encoded}"),
        format!("/dashboard/accounts?{encoded}=1"),
        format!("/dashboard/sign-in?next={encoded}&why={encoded}"),
        format!("/dashboard/{encoded}"),
        format!("/dashboard/accounts?sort={encoded}"),
    ] {
        let shown = browser.visit(&address).await?;
        pages.push(Reached { address, shown });
    }
    // What a form sends back to whoever sent it.
    let fields = [
        ("name", ""),
        ("domain", BAD),
        ("industry", BAD),
        ("custom.x", BAD),
        ("back", BAD),
        ("was", BAD),
        ("owner", BAD),
    ];
    let shown = browser.post("/dashboard/accounts/new", &fields).await?.ok(422);
    pages.push(Reached { address: "a form".to_owned(), shown });
    let other = format!("{BAD}2");
    let many =
        [("action", "update"), ("all", "true"), ("industry", &other), ("parent", ""), (BAD, BAD), ("clear", BAD)];
    let shown = browser.post("/dashboard/bulk/accounts", &many).await?.ok(200);
    pages.push(Reached { address: "a change of many".to_owned(), shown });
    let many = [("action", "update"), ("all", "true"), ("owner", BAD), ("arr", BAD), ("max_affected", BAD)];
    let shown = browser.post("/dashboard/bulk/accounts", &many).await?.ok(422);
    pages.push(Reached { address: "a refused change of many".to_owned(), shown });
    for Reached { address, shown } in &pages {
        if !shown.header("content-type").starts_with("text/html") {
            continue;
        }
        ensure!(
            !shown.text.contains("<script>alert") && !shown.text.contains("<b onclick"),
            "{address}: {}",
            shown.text
        );
        told += usize::from(shown.text.contains("&#60;script") || shown.text.contains("&lt;script"));
        if shown.status == 200 {
            markup(address, shown)?;
        }
    }
    ensure!(told > 8, "only {told} pages show it");
    Ok(())
}

fn zipped(text: &str) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?.len())
}

/// Bytes that travel, as gzip has them: a first visit takes at most 40 KiB, a later page 14.
async fn weights(backend: &Backend) -> Result<()> {
    let world: World = seed(world(backend).await?, "ours").await?;
    for n in 0..40 {
        let owner = world.user.email.clone();
        world
            .account(&[
                ("name", &format!("Nimbus Marine {n} B.V.")),
                ("arr", "314435"),
                ("owner", &owner),
                ("contract_end", "2026-06-30"),
                ("domain", &format!("nimbus-{n}.example")),
            ])
            .await?;
    }
    let browser = Browser::signed_in(&world, "*").await?;
    let account = world.get("A-1001").await?.id;
    let mut told = Vec::new();
    let messy = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/accounts_messy.csv"))?;
    let import = upload(&browser, "accounts", "accounts_messy.csv", messy).await?;
    check(&browser, &import).await?;
    for page in [
        "/dashboard".to_owned(),
        "/dashboard/health".to_owned(),
        "/dashboard/alerts".to_owned(),
        "/dashboard/accounts".to_owned(),
        format!("/dashboard/accounts/{account}"),
        "/dashboard/engagements".into(),
        "/dashboard/goals".into(),
        "/dashboard/tasks?view=all".into(),
        format!("/dashboard/accounts/{account}/edit"),
        format!("/dashboard/accounts/{account}/health"),
        "/dashboard/operations".into(),
        "/dashboard/bulk/accounts?all=true".into(),
        "/dashboard/engagements/report".into(),
        "/dashboard/goals/report".into(),
        "/dashboard/arr".into(),
        format!("{import}/map"),
        format!("{import}/check"),
    ] {
        let size = zipped(&browser.visit(&page).await?.ok(200).text)?;
        ensure!(size <= 14 << 10, "{page} is {size} bytes");
        told.push(size);
    }
    let first = browser.visit("/dashboard/accounts").await?.ok(200);
    let mut whole = told[0];
    let limits = [(".css", 10 << 10), (".js", 6 << 10), (".svg", 4 << 10)];
    let mut assets = first.attributes("link[href], script[src]", "href");
    assets.extend(first.attributes("script[src]", "src"));
    assets.push(first.attributes("use", "href")[0].split('#').next().unwrap_or_default().to_owned());
    for asset in assets {
        let shown = browser.get(&asset).await?.ok(200);
        ensure!(shown.header("cache-control").contains("immutable"), "{asset}");
        let size = zipped(&shown.text)?;
        let (_, most) = limits.iter().find(|(ending, _)| asset.ends_with(ending)).expect("a kind of asset");
        ensure!(size <= *most, "{asset} is {size} bytes, at most {most}");
        whole += size;
    }
    ensure!(whole <= 40 << 10, "a first visit is {whole} bytes");
    Ok(())
}
