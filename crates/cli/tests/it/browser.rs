//! A real browser: Chromium, without a window.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::{PATIENCE, curl, skip, wait_for};

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// A chromedriver that runs; it is killed with its browser when this is dropped.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    pub fn start(directory: &Path) -> Self {
        let log = directory.join("chromedriver");
        let child = Command::new(DRIVER)
            .arg("--port=0")
            // What the browser keeps beside its profile.
            .env("HOME", directory)
            .env("TMPDIR", directory)
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::null())
            // The browser is in the same group, so that one signal ends both.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut driver = Self { child, url: String::new() };
        let port = wait_for("chromedriver", || {
            let text = std::fs::read_to_string(&log).unwrap();
            let (_, rest) = text.split_once("started successfully on port ")?;
            Some(rest.split_once(".\n")?.0.to_owned())
        });
        driver.url = format!("http://127.0.0.1:{port}");
        driver
    }

    pub async fn browser(&self, directory: &Path) -> Client {
        let profile = format!("--user-data-dir={}", directory.join("profile").display());
        let capabilities = json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": BROWSER,
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--ignore-certificate-errors", "--window-size=1280,1600", profile,
                ],
            },
        });
        let capabilities = capabilities.as_object().unwrap().clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities).connect(&self.url).await.unwrap()
    }

    /// What the browser's console says since this was last asked, but for what is of no weight.
    pub async fn complaints(&self, client: &Client) -> Vec<Value> {
        let session = client.session_id().await.unwrap().unwrap();
        let url = format!("{}/session/{session}/se/log", self.url);
        let (status, body) = curl(&["-d", r#"{"type":"browser"}"#, &url]);
        assert_eq!(status, 200, "{body}");
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        let Value::Array(mut entries) = answer["value"].take() else { panic!("{body}") };
        entries.retain(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        entries
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.child.id())]).status();
        let _ = self.child.wait();
    }
}

/// Whether there is a browser; where everything must run, there must be one.
pub fn has_browser() -> bool {
    let missing = [BROWSER, DRIVER].into_iter().find(|file| !Path::new(file).exists());
    let Some(missing) = missing else { return true };
    skip(missing);
    false
}

pub async fn find(client: &Client, locator: Locator<'_>) -> Element {
    let wait = client.wait().at_most(PATIENCE).every(Duration::from_millis(20));
    let found = wait.for_element(locator).await;
    found.unwrap_or_else(|error| panic!("{locator:?}: {error}"))
}

pub async fn click(client: &Client, locator: Locator<'_>) {
    find(client, locator).await.click().await.unwrap();
}

/// Keeps a picture of what the browser shows, where `BAILIWICK_TEST_SCREENSHOTS` says.
pub async fn picture(client: &Client, name: &str, directory: &Path) {
    let directory =
        std::env::var_os("BAILIWICK_TEST_SCREENSHOTS").map_or(directory.to_owned(), PathBuf::from);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("{name}.png")), client.screenshot().await.unwrap()).unwrap();
}
