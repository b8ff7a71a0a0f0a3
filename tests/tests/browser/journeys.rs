//! Signing in, finding an account, logging a call, changing its outcome, taking it back: by keys alone, and without scripts.

use anyhow::{Result, ensure};
use chrono::TimeDelta;
use fastenr_core::clock::Clock;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::ops::entries;
use fastenr_http::Dashboard;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::given;
use serde_json::json;

use super::book::Book;
use super::driver::Driver;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("browser/keys_alone", keys_alone);
    tests.sqlite("browser/without_javascript", without_javascript);
    tests.sqlite("browser/filters_are_live", filters_are_live);
    tests.sqlite("browser/a_session_is_extended", a_session_is_extended);
    tests.sqlite("browser/a_next_step_is_done", a_next_step_is_done);
    tests.sqlite("browser/import_messy", import_messy);
    tests.sqlite("browser/a_change_is_told", a_change_is_told);
    tests.sqlite("browser/many_are_changed", many_are_changed);
    tests.sqlite("browser/print", print);
    tests.sqlite("browser/eight_tabs_and_a_ninth", eight_tabs_and_a_ninth);
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
    driver.reads("Needs attention")?;
    driver.press("/")?;
    driver.press("q")?;
    driver.reads("Quill Tools")?;
    driver.press(DOWN)?;
    driver.press(ENTER)?;
    driver.reads("Why ")?;
    driver.go("/dashboard/accounts?sort=name:asc")?;
    driver.press("j")?;
    driver.press(ENTER)?;
    driver.reads("Why ")?;
    driver.reads("Nimbus Marine")?;
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
    driver.reads("Needs attention")?;
    driver.write("#find", &format!("nimbus{ENTER}"))?;
    driver.reads("All factors of the score")?;
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
    driver.go("/dashboard/accounts")?;
    driver.reads("2 accounts")?;
    driver.write("#q-search", "quill")?;
    driver.reads("1 account")?;
    ensure!(driver.path()? == "/dashboard/accounts?search=quill", "{}", driver.path()?);
    ensure!(driver.script("return document.activeElement.id")? == "q-search", "the focus has gone");
    Ok(())
}

/// It is said that the session ends, and after that it lasts as long again; what was typed stays.
async fn a_session_is_extended(backend: &Backend) -> Result<()> {
    let dashboard = Dashboard { session_lifetime: TimeDelta::seconds(304), ..Dashboard::default() };
    let book = Book::serving(backend, Clock::System, dashboard).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    driver.go("/dashboard/accounts/new")?;
    driver.write("#f-name", "Half typed")?;
    driver.reads("Your session ends at")?;
    driver.click("#ending button")?;
    driver.reads_no_more("Your session ends")?;
    ensure!(driver.script("return document.querySelector('#f-name').value")? == "Half typed", "the form is empty");
    ensure!(driver.console()?.is_empty(), "the console is not empty");
    // The session does last longer: so long that it is said once more.
    driver.reads("Your session ends at")?;
    Ok(())
}

/// Logged with a call on the account's page, found among one's own tasks, done and undone, without scripts and with them.
async fn a_next_step_is_done(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    for scripts in [true, false] {
        driver.cdp("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}))?;
        driver.go(&format!("/dashboard/accounts/{}", book.account))?;
        driver.write("#log-title", "Agreed on a price")?;
        driver.click(".next-step summary")?;
        driver.write("#log-next", "Send the contract")?;
        driver.click("form.quick > button")?;
        driver.reads("created task Send the contract")?;
        driver.click("header nav a[href='/dashboard/tasks']")?;
        driver.reads("Send the contract")?;
        driver.click("button[aria-label='Mark Send the contract as done']")?;
        driver.reads("Done: Send the contract.")?;
        driver.click(".flash button")?;
        driver.reads("Undone")?;
        driver.click("button[aria-label='Mark Send the contract as done']")?;
        driver.reads("Done: Send the contract.")?;
    }
    Ok(())
}

/// A file of a German CRM: mapped, checked without its bad rows, imported and undone, without scripts and with them.
async fn import_messy(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    let messy = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/accounts_messy.csv"))?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    for scripts in [true, false] {
        driver.cdp("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}))?;
        driver.upload("accounts", "accounts_messy.csv", &messy)?;
        driver.reads("windows-1252")?;
        driver.click("main a.primary")?;
        driver.reads("Jahresumsatz")?;
        let fields = ["external_id", "name", "domain", "industry", "", "", "", "", "", "", "contract_end"];
        for place in 0..17 {
            let field = fields.get(place).copied().unwrap_or_default();
            driver.click(&format!("[id='c.{place}'] option[value='{field}']"))?;
        }
        driver.click("button[value=check]")?;
        driver.reads("Nothing can be imported yet")?;
        driver.click(".note.bad button")?;
        driver.reads("What would be done")?;
        driver.click("form[action$='/apply'] button")?;
        driver.reads("What was done")?;
        driver.click("main a[href$='/undo']")?;
        driver.reads("What would change")?;
        driver.click("main form[action$='/undo'] button")?;
        driver.reads("It was undone by")?;
        driver.go("/dashboard/accounts")?;
        driver.reads("2 accounts")?;
    }
    Ok(())
}

/// Another user's change is told within seconds, in two browsers; what is read in one is read in the other.
async fn a_change_is_told(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let drivers = [Driver::new(&book.base)?, Driver::new(&book.base)?];
    for driver in &drivers {
        driver.go(&book.link().await?)?;
        driver.click(".sign-in button")?;
        driver.reads("Needs attention")?;
        driver.go("/dashboard/notifications")?;
    }
    let [one, other] = &drivers;
    let bell = "return document.querySelector('#bell').getAttribute('aria-label')";
    if one.script(bell)? != "Notifications: none unread" {
        one.click(".head form button")?;
        one.reads("Notifications")?;
    }
    ensure!(one.script(bell)? == "Notifications: none unread", "{}", one.script(bell)?);
    one.go("/dashboard/accounts")?;
    book.give_a_task("Call the buyer").await?;
    for driver in &drivers {
        driver.reads("since this page was loaded")?;
        wait_for(driver, bell, "Notifications: 1 unread")?;
    }
    for (driver, here) in drivers.iter().zip([false, true]) {
        let current = driver.script("return document.querySelector('#bell').hasAttribute('aria-current')")?;
        ensure!(current == here, "the bell says that another page is shown");
    }
    other.go("/dashboard/notifications")?;
    other.reads("Task for you: Call the buyer")?;
    other.click(".head form button")?;
    other.reads_no_more("Mark all as read")?;
    one.go("/dashboard/accounts")?;
    ensure!(one.script(bell)? == "Notifications: none unread", "{}", one.script(bell)?);
    for driver in &drivers {
        ensure!(driver.console()?.is_empty(), "the console is not empty: {:?}", driver.console()?);
    }
    Ok(())
}

/// Rows are ticked, by mouse and by keys, changed as previewed, and changed back; without scripts and with them.
async fn many_are_changed(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    driver.width(1280)?;
    for scripts in [false, true] {
        driver.cdp("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}))?;
        driver.go("/dashboard/accounts?sort=name:asc")?;
        if scripts {
            driver.press("jx")?;
            driver.reads("1 selected")?;
            driver.click(".pick-all")?;
            driver.reads("2 selected")?;
        } else {
            driver.click("tbody tr:nth-child(1) .pick-row")?;
            driver.click("tbody tr:nth-child(2) .pick-row")?;
        }
        driver.click("#bulk button")?;
        driver.reads("2 selected accounts")?;
        driver.click("#f-renewal_stage option[value=likely]")?;
        driver.click("form.many .acts button")?;
        driver.reads("Would change")?;
        driver.click("button[name=step]")?;
        driver.reads("Set fields")?;
        driver.click("form.many .acts button")?;
        driver.reads("Would change")?;
        driver.click("form[action$='/apply'] button.primary")?;
        driver.reads("Result")?;
        driver.click("main a[href$='/undo']")?;
        driver.reads("What would change")?;
        driver.click("main form[action$='/undo'] button")?;
        driver.reads("It was undone by")?;
    }
    ensure!(driver.console()?.is_empty(), "the console is not empty");
    Ok(())
}

/// The page of an account with many events and people fits on two sheets of A4.
async fn print(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    for n in 0..20 {
        let (title, at) =
            (format!("Call {n} about the renewal and the plans"), format!("2026-01-{:02}T10:00:00Z", n + 1));
        let call = [("account", "NM-17"), ("type", "call"), ("title", &title), ("completed_at", &at)];
        entries::create(&book.world, &ENGAGEMENT, &given(&call), false).await?;
    }
    for n in 0..8 {
        let (name, email) = (format!("Person {n}"), format!("person-{n}@nimbus.example"));
        let person = [("account", "NM-17"), ("name", name.as_str()), ("role", "user"), ("email", email.as_str())];
        entries::create(&book.world, &CONTACT, &given(&person), false).await?;
    }
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    driver.go(&format!("/dashboard/accounts/{}", book.account))?;
    // What comes late has come.
    driver.reads("Product usage")?;
    let sheets = driver.sheets()?;
    ensure!((1..=2).contains(&sheets), "{sheets} sheets");
    Ok(())
}

/// Tabs that nobody looks at hold no connection: more of them than a browser has connections to one server keep no other waiting.
async fn eight_tabs_and_a_ninth(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    driver.go(&book.link().await?)?;
    driver.click(".sign-in button")?;
    driver.reads("Needs attention")?;
    for _ in 0..8 {
        driver.new_tab()?;
        driver.go("/dashboard/accounts")?;
        driver.reads("2 accounts")?;
    }
    driver.new_tab()?;
    let begun = std::time::Instant::now();
    driver.go("/dashboard/goals")?;
    driver.reads("All seats")?;
    // One that waits for a connection waits for ever.
    ensure!(begun.elapsed() < std::time::Duration::from_secs(5), "the ninth tab took {:?}", begun.elapsed());
    Ok(())
}

fn wait_for(driver: &Driver, script: &str, expected: &str) -> Result<()> {
    for _ in 0..100 {
        if driver.script(script)? == expected {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    anyhow::bail!("{}, not {expected}", driver.script(script)?)
}
