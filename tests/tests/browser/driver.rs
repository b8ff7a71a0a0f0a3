//! WebDriver, as far as these tests need it: JSON over HTTP to chromedriver.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value as Json, json};

/// The member by which WebDriver names elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What of all that is needed is not there.
pub(crate) fn missing() -> Option<&'static str> {
    let there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there("chromedriver") || !there("chromium") {
        return Some("chromium or chromedriver");
    }
    axe().is_none().then_some("axe-core (FASTENR_AXE)")
}

pub(crate) fn axe() -> Option<PathBuf> {
    std::env::var_os("FASTENR_AXE").map(PathBuf::from).filter(|path| path.is_file())
}

pub(crate) struct Driver {
    process: Child,
    agent: ureq::Agent,
    session: String,
    /// Where the pages are.
    base: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser ends with its session.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Driver {
    pub(crate) fn new(base: &str) -> Result<Self> {
        let mut process =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = process.stdout.take().context("its output")?;
        let mut port = None;
        for line in BufReader::new(out).lines() {
            let line = line?;
            if let Some((_, rest)) = line.split_once("successfully on port ") {
                port = rest.trim_end_matches('.').parse::<u16>().ok();
                break;
            }
        }
        let port = port.context("chromedriver says no port")?;
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let agent: ureq::Agent = config.build().into();
        let mut driver =
            Self { process, agent, session: format!("http://127.0.0.1:{port}/session"), base: base.to_owned() };
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-dev-shm-usage"]}}}});
        let begun = driver.post("", &wanted)?;
        let id = begun["sessionId"].as_str().with_context(|| begun.to_string())?;
        driver.session = format!("{}/{id}", driver.session);
        Ok(driver)
    }

    fn post(&self, path: &str, body: &Json) -> Result<Json> {
        let mut answer = self.agent.post(format!("{}{path}", self.session)).send(body.to_string())?;
        let text = answer.body_mut().read_to_string()?;
        let json: Json = serde_json::from_str(&text).with_context(|| text.clone())?;
        ensure!(json["value"]["error"].is_null(), "{path}: {}", json["value"]["message"]);
        Ok(json["value"].clone())
    }

    fn get(&self, path: &str) -> Result<Json> {
        let mut answer = self.agent.get(format!("{}{path}", self.session)).call()?;
        let json: Json = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        Ok(json["value"].clone())
    }

    pub(crate) fn cdp(&self, command: &str, parameters: Json) -> Result<Json> {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    pub(crate) fn go(&self, path: &str) -> Result<()> {
        self.post("/url", &json!({"url": format!("{}{path}", self.base)})).map(|_| ())
    }

    pub(crate) fn width(&self, width: u32) -> Result<()> {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", size).map(|_| ())
    }

    pub(crate) fn media(&self, features: &[(&str, &str)]) -> Result<()> {
        let features: Vec<Json> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).map(|_| ())
    }

    pub(crate) fn script(&self, code: &str) -> Result<Json> {
        self.post("/execute/sync", &json!({"script": code, "args": []}))
    }

    fn find(&self, selector: &str) -> Result<String> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            match self.post("/element", &json!({"using": "css selector", "value": selector})) {
                Ok(found) => return Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned()),
                Err(error) if Instant::now() > end => return Err(error.context(self.path()?)),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    pub(crate) fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(selector)?;
        self.post(&format!("/element/{element}/click"), &json!({})).map(|_| ()).with_context(|| selector.to_owned())
    }

    pub(crate) fn write(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find(selector)?;
        self.post(&format!("/element/{element}/value"), &json!({"text": text})).map(|_| ())
    }

    /// Sends a file from the first page of imports: the path of its own pages.
    pub(crate) fn upload(&self, noun: &str, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join(name);
        std::fs::write(&file, content)?;
        self.go("/dashboard/imports")?;
        self.click(&format!("#noun option[value={noun}]"))?;
        self.write("#file", &file.display().to_string())?;
        self.click("form.upload button")?;
        self.reads("Read it in another way")?;
        self.path()
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) fn press(&self, text: &str) -> Result<()> {
        let keys: Vec<Json> = text
            .chars()
            .flat_map(|key| {
                [
                    json!({"type": "keyDown", "value": key.to_string()}),
                    json!({"type": "keyUp", "value": key.to_string()}),
                ]
            })
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": keys}]})).map(|_| ())
    }

    /// Another tab, which is then the one that is looked at.
    pub(crate) fn new_tab(&self) -> Result<()> {
        let made = self.post("/window/new", &json!({"type": "tab"}))?;
        self.post("/window", &json!({"handle": made["handle"]})).map(|_| ())
    }

    /// How many sheets the page takes on paper, as its style says.
    pub(crate) fn sheets(&self) -> Result<usize> {
        let printed = self.cdp("Page.printToPDF", json!({"preferCSSPageSize": true}))?;
        let count =
            "const pages = atob(arguments[0]).match(/\\/Type\\s*\\/Page[^s]/g); return pages ? pages.length : 0";
        let count = self.post("/execute/sync", &json!({"script": count, "args": [printed["data"]]}))?;
        usize::try_from(count.as_u64().context("a count")?).context("a count")
    }

    pub(crate) fn path(&self) -> Result<String> {
        let url = self.get("/url")?;
        Ok(url.as_str().unwrap_or_default().trim_start_matches(&self.base).to_owned())
    }

    /// What is read on the page.
    pub(crate) fn text(&self) -> Result<String> {
        let body = self.find("body")?;
        Ok(self.get(&format!("/element/{body}/text"))?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says it.
    pub(crate) fn reads(&self, wanted: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let text = self.text().unwrap_or_default();
            if text.contains(wanted) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("{}: {wanted:?} is not on the page:\n{text}", self.path()?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the page does not say it.
    pub(crate) fn reads_no_more(&self, unwanted: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        while self.text()?.contains(unwanted) {
            ensure!(Instant::now() < end, "{}: {unwanted:?} is still on the page", self.path()?);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// What the console has said since it was asked last.
    pub(crate) fn console(&self) -> Result<Vec<String>> {
        let entries = self.post("/se/log", &json!({"type": "browser"}))?;
        let entries = entries.as_array().cloned().unwrap_or_default();
        // What the browser would do otherwise is no mistake of the page.
        let mistakes = entries.iter().filter(|entry| entry["level"] != "DEBUG");
        Ok(mistakes.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// What axe-core finds on the page.
    pub(crate) fn violations(&self) -> Result<Vec<String>> {
        let source = std::fs::read_to_string(axe().context("axe-core")?)?;
        let run = "; const done = arguments[arguments.length - 1]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', \
                   'wcag21aa', 'wcag22aa', 'best-practice']}).then((found) => done(found.violations.map((one) => \
                   `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(' · ')}`)))";
        let found = self.post("/execute/async", &json!({"script": source + run, "args": []}))?;
        Ok(found
            .as_array()
            .cloned()
            .unwrap_or_default()
            .iter()
            .map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect())
    }
}
