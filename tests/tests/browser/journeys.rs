//! Signing in, finding an account, logging a call, changing its outcome, taking it back: by keys alone, and without scripts.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::book::Book;
use super::driver::Driver;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("browser/keys_alone", keys_alone);
    tests.sqlite("browser/without_javascript", without_javascript);
    tests.sqlite("browser/filters_are_live", filters_are_live);
}

const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const DOWN: &str = "\u{e015}";

/// Tabs until the focus is on what the selector means.
fn tab_to(driver: &Driver, selector: &str) -> Result<()> {
    for _ in 0..120 {
        driver.press(TAB)?;
        if driver.script(&format!("return document.activeElement.matches({selector:?})"))? == true {
            return Ok(());
        }
    }
    anyhow::bail!("no tab leads to {selector}")
}

async fn keys_alone(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.press(ENTER)?;
    driver.reads("Quill Tools")?;
    driver.press("/")?;
    driver.press("nimbus")?;
    driver.press(ENTER)?;
    driver.reads("1 account")?;
    driver.press("j")?;
    driver.press(ENTER)?;
    driver.reads("Why ")?;
    tab_to(&driver, "#log-title")?;
    driver.press("Asked for a discount")?;
    driver.press(TAB)?;
    driver.press(DOWN)?;
    driver.press(ENTER)?;
    tab_to(&driver, "form.quick button")?;
    driver.press(ENTER)?;
    driver.reads("Saved: created engagement Asked for a discount")?;
    driver.press("u")?;
    driver.reads("Undone")?;
    driver.press("?")?;
    driver.reads("Keyboard shortcuts")?;
    Ok(())
}

async fn without_javascript(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.cdp("Emulation.setScriptExecutionDisabled", json!({"value": true}))?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Quill Tools")?;
    driver.write("#find", &format!("nimbus{ENTER}"))?;
    driver.reads("1 account")?;
    driver.click("tbody th a")?;
    driver.reads("line by line")?;
    driver.write("#log-title", "Asked for a discount")?;
    driver.click("form.quick button")?;
    driver.reads("Saved: created engagement Asked for a discount")?;
    driver.go("/dashboard/engagements?search=discount")?;
    driver.click(".engagement select option[value=positive]")?;
    driver.click(".engagement form.inline button")?;
    driver.reads("outcome – → positive")?;
    driver.click(".flash button")?;
    driver.reads("Undone")?;
    driver.go("/dashboard/accounts")?;
    driver.click(".filters details.pick summary")?;
    driver.click(".filters input[value=at_risk]")?;
    driver.click(".filters details.pick button")?;
    driver.reads("1 account")?;
    ensure!(driver.path()? == "/dashboard/accounts?status=at_risk", "{}", driver.path()?);
    Ok(())
}

async fn filters_are_live(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("2 accounts")?;
    driver.write("#q-search", "quill")?;
    driver.reads("1 account")?;
    ensure!(driver.path()? == "/dashboard/accounts?search=quill", "{}", driver.path()?);
    ensure!(driver.script("return document.activeElement.id")? == "q-search", "the focus has gone");
    Ok(())
}
