//! Every page: what axe-core says, what the console says, whether it fits.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use super::book::Book;
use super::driver::Driver;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("browser/every_page", every_page);
}

async fn every_page(backend: &Backend) -> Result<()> {
    let book = Book::open(backend).await?;
    let driver = Driver::new(&book.base)?;
    let Book { account, engagement, goal, task, .. } = &book;
    let link = book.link().await?;
    let before = ["/dashboard/sign-in".to_owned(), link.clone(), "/dashboard/nowhere".to_owned()];
    let pages = [
        "/dashboard".to_owned(),
        "/dashboard/health?by=owner".to_owned(),
        "/dashboard/alerts?state=all".to_owned(),
        "/dashboard/accounts".to_owned(),
        "/dashboard/accounts?view=cards&status=active".to_owned(),
        "/dashboard/accounts?search=nothing".to_owned(),
        format!("/dashboard/accounts/{account}"),
        format!("/dashboard/accounts/{account}/health?since=30d"),
        format!("/dashboard/accounts/{account}/edit"),
        "/dashboard/accounts/new".to_owned(),
        "/dashboard/engagements".to_owned(),
        format!("/dashboard/engagements/{engagement}"),
        format!("/dashboard/engagements/new?account={account}"),
        "/dashboard/goals".to_owned(),
        format!("/dashboard/goals/{goal}"),
        format!("/dashboard/goals/{goal}/edit"),
        "/dashboard/tasks".to_owned(),
        "/dashboard/tasks?view=all&done=true&sort=done_at:desc".to_owned(),
        format!("/dashboard/tasks/{task}"),
        format!("/dashboard/tasks/new?account={account}"),
        "/dashboard/bulk/accounts?status=at_risk".to_owned(),
        "/dashboard/find".to_owned(),
        "/dashboard/engagements/report?from=365d".to_owned(),
        "/dashboard/goals/report?impact=true".to_owned(),
        "/dashboard/arr?period=this-year".to_owned(),
        "/dashboard/notifications".to_owned(),
        "/dashboard/segments".to_owned(),
        "/dashboard/session".to_owned(),
        "/dashboard/keys".to_owned(),
    ];
    let imports = [
        ("accounts", "book.csv", "external_id,name,arr,status\nNM-17,Nimbus Marine,3000,active\nNM-18,New,x,rotten\n"),
        ("accounts", "broken.csv", "name,name\nx,y\n"),
    ];
    let full = std::env::var_os("FASTENR_BROWSER_FULL").is_some();
    let mut wrong = Vec::new();
    for page in &before {
        wrong.extend(look(&driver, page, full).with_context(|| page.clone())?);
    }
    driver.go(&link)?;
    driver.click(".sign-in button")?;
    driver.reads("Nimbus Marine")?;
    driver.console()?;
    let mut pages = Vec::from(pages);
    for (noun, name, content) in imports {
        let path = driver.upload(noun, name, content)?;
        pages.push(path.clone());
        if name == "book.csv" {
            driver.click("main a.primary")?;
            driver.reads("What happens")?;
            driver.click("button[value=check]")?;
            driver.reads("Nothing can be imported yet")?;
            pages.extend(["map", "check"].map(|rest| format!("{path}/{rest}")));
        }
    }
    pages.push("/dashboard/imports".to_owned());
    driver.go("/dashboard/operations?kind=accounts.create")?;
    driver.click("main tbody th a")?;
    driver.reads("Created")?;
    let operation = driver.path()?;
    pages.extend(["/dashboard/operations".to_owned(), format!("{operation}/undo"), operation]);
    for page in &pages {
        wrong.extend(look(&driver, page, full).with_context(|| page.clone())?);
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn look(driver: &Driver, page: &str, full: bool) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let themes: &[(&str, &[(&str, &str)])] = &[
        ("light", &[("prefers-color-scheme", "light")]),
        ("dark", &[("prefers-color-scheme", "dark")]),
        ("forced", &[("forced-colors", "active")]),
    ];
    for (theme, features) in &themes[..if full { 3 } else { 1 }] {
        driver.media(features)?;
        driver.go(page)?;
        // What comes late has come.
        driver.script("return new Promise((done) => setTimeout(done, 400))")?;
        // Widths matter to the style sheet alone.
        for width in [1280, 768, 320] {
            driver.width(width)?;
            driver.script("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")?;
            let fits = driver.script("return document.documentElement.scrollWidth <= innerWidth")?;
            if fits != true {
                let out = driver.script("return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map((e) => e.tagName + '.' + e.className).join(' ')")?;
                wrong.push(format!("{page} at {width}: wider than the window, {out}"));
            }
            if width != 768 {
                wrong.extend(driver.violations()?.into_iter().map(|one| format!("{page} {theme} at {width}: {one}")));
            }
            let said = driver.console()?.into_iter().filter(|one| !one.contains("status of 404"));
            wrong.extend(said.map(|one| format!("{page}: the console says {one}")));
        }
    }
    Ok(wrong)
}
