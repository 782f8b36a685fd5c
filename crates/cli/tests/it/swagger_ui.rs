//! Swagger UI, in a real browser.

use std::path::Path;

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::browser::{Driver, click, find, has_browser, picture};
use crate::process::{Place, curl};

const PLACES: [&str; 3] = ["/v1/docs", "/swagger/", "/api/schema/swagger-ui/"];

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
async fn picture_of(client: &Client, operation: &str, directory: &Path) {
    let script = "document.querySelector(arguments[0]).scrollIntoView()";
    client.execute(script, vec![block(operation).into()]).await.unwrap();
    picture(client, &format!("swagger-{operation}"), directory).await;
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
    picture_of(&client, "whoami.get", place.path()).await;

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
        picture_of(&client, operation, place.path()).await;
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
