//! Swagger UI, in a real browser.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::{PATIENCE, Place, curl, skip, wait_for};

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";
const PLACES: [&str; 3] = ["/v1/docs", "/swagger/", "/api/schema/swagger-ui/"];

/// A chromedriver that runs; it is killed with its browser when this is dropped.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start(directory: &Path) -> Self {
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

    async fn browser(&self, directory: &Path) -> Client {
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
    async fn complaints(&self, client: &Client) -> Vec<Value> {
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
fn has_browser() -> bool {
    let missing = [BROWSER, DRIVER].into_iter().find(|file| !Path::new(file).exists());
    let Some(missing) = missing else { return true };
    skip(missing);
    false
}

async fn find(client: &Client, locator: Locator<'_>) -> Element {
    let wait = client.wait().at_most(PATIENCE).every(Duration::from_millis(20));
    let found = wait.for_element(locator).await;
    found.unwrap_or_else(|error| panic!("{locator:?}: {error}"))
}

async fn click(client: &Client, locator: Locator<'_>) {
    find(client, locator).await.click().await.unwrap();
}

/// The part of the page that is about an operation.
fn block(operation: &str) -> String {
    // The page has a backslash before each dot, and a selector wants two for one.
    format!(".opblock[id$='-{}']", operation.replace('.', r"\\."))
}

/// Opens a page and waits until it shows operations.
async fn open(client: &Client, url: &str) {
    client.goto(url).await.unwrap();
    find(client, Locator::Css(".opblock")).await;
}

/// Enters a key in one of the fields behind "Authorize".
async fn authorize(client: &Client, field: &str, key: &str) {
    click(client, Locator::Css(".scheme-container .authorize")).await;
    let input = find(client, Locator::Id(field)).await;
    let focused = client.active_element().await.unwrap().attr("id").await.unwrap();
    assert_eq!(focused.as_deref(), Some("auth-bearer-value"), "the field for a key does not have the focus");
    input.send_keys(key).await.unwrap();
    let submit = format!("//input[@id='{field}']/ancestor::form//button[@type='submit']");
    click(client, Locator::XPath(&submit)).await;
    find(client, Locator::XPath("//button[normalize-space()='Logout']")).await;
    click(client, Locator::Css(".modal-ux .btn-done")).await;
}

/// Opens an operation and executes it as it stands there; the status and body of the answer.
async fn execute(client: &Client, operation: &str) -> (u16, Value) {
    let block = block(operation);
    click(client, Locator::Css(&format!("{block} .opblock-summary-control"))).await;
    click(client, Locator::Css(&format!("{block} .execute"))).await;
    let answer = format!("{block} .live-responses-table .response");
    let status = find(client, Locator::Css(&format!("{answer} .response-col_status"))).await;
    let body = find(client, Locator::Css(&format!("{answer} .highlight-code code"))).await;
    let (status, body) = (status.text().await.unwrap(), body.text().await.unwrap());
    let code = status.split_whitespace().next().unwrap().parse().unwrap();
    (code, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
}

/// Keeps a picture of what the browser shows of an operation.
async fn picture(client: &Client, operation: &str, directory: &Path) {
    let script = "document.querySelector(arguments[0]).scrollIntoView()";
    client.execute(script, vec![block(operation).into()]).await.unwrap();
    let directory =
        std::env::var_os("BAILIWICK_TEST_SCREENSHOTS").map_or(directory.to_owned(), PathBuf::from);
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join(format!("swagger-{operation}.png"));
    std::fs::write(file, client.screenshot().await.unwrap()).unwrap();
}

#[tokio::test]
async fn swagger_ui_shows_every_operation_and_calls_them() {
    if !has_browser() {
        return;
    }
    let place = Place::new();
    let _server = place.up();
    let (url, key) = (place.url(), place.key());
    let (_, document) = curl(&["-k", &format!("{url}/v1/openapi.json")]);
    let document: Value = serde_json::from_str(&document).unwrap();
    let items = document["paths"].as_object().unwrap().values();
    let operations: usize = items.map(|item| item.as_object().unwrap().len()).sum();

    let driver = Driver::start(place.path());
    let client = driver.browser(place.path()).await;
    for path in PLACES {
        open(&client, &format!("{url}{path}")).await;
        let shown = client.find_all(Locator::Css(".opblock")).await.unwrap();
        assert_eq!(shown.len(), operations, "{path}");
        assert_eq!(driver.complaints(&client).await, [] as [Value; 0], "{path}");
    }

    let (status, problem) = execute(&client, "whoami.get").await;
    assert_eq!((status, &problem["code"]), (401, &json!("credential_missing")));

    let id = key.split('_').nth(2).unwrap();
    for (field, path) in ["api_key_value", "auth-bearer-value"].into_iter().zip(PLACES) {
        open(&client, &format!("{url}{path}")).await;
        authorize(&client, field, &key).await;
        let (status, me) = execute(&client, "whoami.get").await;
        assert_eq!((status, &me["key"]["id"]), (200, &json!(id)), "{field}: {me}");
    }
    picture(&client, "whoami.get", place.path()).await;

    // A user who only presses the button, without changing the example, gets no error.
    for (operation, expected) in [
        ("sites.create", 201),
        ("sites.list", 200),
        ("keys.create", 201),
        ("whoami.can", 200),
        ("audit.list", 200),
    ] {
        let (status, body) = execute(&client, operation).await;
        assert_eq!(status, expected, "{operation}: {body}");
        picture(&client, operation, place.path()).await;
    }
    let complaints = driver.complaints(&client).await;
    // The browser notes the 401 above as such.
    assert!(complaints.iter().all(|entry| entry["source"] == "network"), "{complaints:?}");
    client.close().await.unwrap();
}

#[test]
fn swagger_ui_can_be_switched_off() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "docs:\n  swagger: false\n").unwrap();
    let _server = place.up();
    for path in PLACES.iter().chain(&["/v1/docs/", "/swagger", "/v1/docs/swagger-ui.css"]) {
        let (status, answer) = curl(&["-k", "-i", &format!("{}{path}", place.url())]);
        assert_eq!(status, 404, "{path}: {answer}");
        assert!(answer.contains("content-type: application/problem+json"), "{path}: {answer}");
    }
    let (status, document) = curl(&["-k", &format!("{}/v1/openapi.json", place.url())]);
    assert_eq!(status, 200, "{document}");
    assert!(document.contains("\"openapi\":\"3.1.0\""));
}
