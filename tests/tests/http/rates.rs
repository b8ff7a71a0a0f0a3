//! How many calls a key may make, and how many an address whose keys are refused.

use std::net::SocketAddr;

use anyhow::Result;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use fastenr_http::server::Policy;
use fastenr_tests::harness::{Backend, Tests};
use tower::ServiceExt;

use super::api::Api;
use super::guard::{key, text, with_keys};
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/rates/each_key_for_itself", each_key);
    tests.both("http/rates/refused_keys_count_by_address", refused_keys);
    tests.both("http/rates/any_number", any_number);
}

fn three() -> Policy {
    Policy { rate_limit: 3, ..Policy::default() }
}

async fn each_key(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (mine, other) = (key(&world, "Mine", "accounts:read").await?, key(&world, "Other", "*").await?);
    let api = Api::with(with_keys(&world, three()));
    let (mine, other) = (api.key(text(&mine)), api.key(text(&other)));
    // Whatever the answer is, it says how many there may be.
    for (path, status, left) in [("/api/accounts", 200, 2), ("/api/goals", 403, 1), ("/api/accounts?x=1", 400, 0)] {
        let answer = mine.get(path).await?;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=60");
        let expected = format!("\"default\";r={left};t={}", 60 - 20 * left);
        assert!(near(answer.header("ratelimit"), &expected), "{} {expected}", answer.header("ratelimit"));
    }
    let refused = mine.get("/api/accounts").await?.refused(429, "rate_limited");
    let wait: u64 = refused.header("retry-after").parse()?;
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="), "{}", refused.header("ratelimit"));
    other.get("/api/accounts").await?.ok(200);
    api.get("/api/accounts").await?.refused(401, "unauthenticated");
    Ok(())
}

/// Time goes on while a test runs: up to a call more is back.
fn near(told: &str, expected: &str) -> bool {
    let number = |text: &str, name: &str| -> Option<i64> {
        text.split(';').find_map(|part| part.strip_prefix(name))?.parse().ok()
    };
    let both = |name: &str| Some((number(told, name)?, number(expected, name)?));
    matches!(both("r="), Some((told, expected)) if (expected..=expected + 1).contains(&told))
        && matches!(both("t="), Some((told, expected)) if (expected - 20..=expected).contains(&told))
}

async fn refused_keys(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let good = key(&world, "Good", "*").await?;
    let router = fastenr_http::router(with_keys(&world, three()));
    let ask = |address: &'static str, key: String| {
        let router = router.clone();
        async move {
            let peer: SocketAddr = address.parse()?;
            let request = Request::builder().uri("/api/accounts").extension(ConnectInfo(peer));
            let request = request.header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty())?;
            let (parts, _) = router.oneshot(request).await?.into_parts();
            anyhow::Ok::<(StatusCode, HeaderMap)>((parts.status, parts.headers))
        }
    };
    for _ in 0..3 {
        let (status, headers) = ask("192.0.2.1:5000", "nonsense".into()).await?;
        assert_eq!((status.as_u16(), headers.get("ratelimit")), (401, None));
    }
    // Another port is the same caller.
    let (status, headers) = ask("192.0.2.1:5001", "other".into()).await?;
    assert_eq!(status.as_u16(), 429);
    let wait: u64 = headers["retry-after"].to_str()?.parse()?;
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(ask("192.0.2.2:5000", "nonsense".into()).await?.0.as_u16(), 401);
    // Whoever has a key is let in beside them.
    assert_eq!(ask("192.0.2.1:5000", text(&good).to_owned()).await?.0.as_u16(), 200);
    Ok(())
}

async fn any_number(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = key(&world, "Mine", "*").await?;
    let api = Api::with(with_keys(&world, Policy { rate_limit: 0, ..Policy::default() })).key(text(&made));
    for _ in 0..10 {
        let answer = api.get("/api/accounts").await?.ok(200);
        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
    }
    Ok(())
}
