//! `docs/security.md` names the test that holds each thing it says.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::Tests;
use regex::Regex;

pub(super) fn register(tests: &mut Tests) {
    tests.plain("http/security/every_test_it_names_is_there", every_test_is_there);
    tests.plain("http/security/nothing_to_fetch_with", nothing_to_fetch_with);
}

fn read(folder: &Path, into: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn every_test_is_there() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/security.md"))?;
    let (mut product, mut units) = (String::new(), String::new());
    for folder in ["tests/tests", "fastenr-cli/tests"] {
        read(&root.join(folder), &mut product)?;
    }
    for folder in ["fastenr-core/src", "fastenr-http/src", "fastenr-cli/src"] {
        read(&root.join(folder), &mut units)?;
    }
    let mut named = 0;
    // `area/of/the_test` of the product's, `module::the_test` of a library's.
    for found in Regex::new(r"`((?:store|cli|http)/[a-z0-9_/]+|[a-z_]+(?:::[a-z0-9_]+)+)`")?.captures_iter(&text) {
        let name = &found[1];
        let there = match name.rsplit_once("::") {
            Some((_, function)) => {
                units.contains(&format!("#[test]\nfn {function}("))
                    || units.contains(&format!("#[test]\n    fn {function}("))
                    || units.contains(&format!("#[tokio::test]\n    async fn {function}("))
                    || units.contains(&format!("        fn {function}("))
            }
            None => product.contains(&format!("\"{name}\"")),
        };
        ensure!(there, "docs/security.md names {name}, and there is no such test");
        named += 1;
    }
    ensure!(named > 20, "it names {named} tests");
    for item in 1..=10 {
        let heading = format!("### API{item}:2023");
        let section = text.split(&heading).nth(1).with_context(|| format!("{heading} is missing"))?;
        let section = section.split("\n#").next().unwrap_or_default();
        ensure!(section.contains("Tests: `"), "{heading} names no test");
    }
    Ok(())
}

/// Whoever can make a server ask for a URL can ask what it can reach: this one has nothing to ask with.
fn nothing_to_fetch_with() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let clients = Regex::new(r"(?m)^(reqwest|ureq|isahc|curl|surf|awc|attohttpc|minreq|hyper-rustls|hyper-tls)\b")?;
    for member in [".", "fastenr-core", "fastenr-http"] {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml"))?;
        // The workspace's versions are for the command line too, which posts webhooks.
        ensure!(member == "." || !clients.is_match(&manifest), "{member} depends on a client of HTTP");
        let hyper = manifest.lines().filter(|line| line.starts_with("hyper") || line.starts_with("axum"));
        ensure!(hyper.clone().all(|line| !line.contains("\"client")), "{member} has the client of hyper");
    }
    for member in ["fastenr-core/src", "fastenr-http/src"] {
        let mut source = String::new();
        read(&root.join(member), &mut source)?;
        for opening in ["TcpStream::connect", "UdpSocket", "UnixStream", "Command::new"] {
            ensure!(!source.contains(opening), "{member} has {opening}");
        }
    }
    Ok(())
}
