//! GraphiQL, in a real browser.

use std::time::Duration;

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::browser::{Driver, click, find, has_browser, picture};
use crate::process::{PATIENCE, Place, curl};

const EDITOR: Locator<'_> = Locator::Css(".graphiql-query-editor .CodeMirror");

/// Evaluates an expression in the page.
async fn evaluate(client: &Client, expression: &str) -> Value {
    client.execute(&format!("return {expression}"), vec![]).await.unwrap()
}

/// Waits until an expression in the page is true.
async fn until(client: &Client, expression: &str) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while evaluate(client, expression).await != true {
        if tokio::time::Instant::now() > end {
            let page = evaluate(client, "document.body.innerText").await;
            panic!("timed out waiting until {expression}; the page: {page:#}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Enters a key and an organization in the form.
async fn enter(client: &Client, key: &str, organization: &str) {
    find(client, Locator::Css("input[name=key]")).await.send_keys(key).await.unwrap();
    let field = find(client, Locator::Css("input[name=organization]")).await;
    field.clear().await.unwrap();
    field.send_keys(organization).await.unwrap();
    click(client, Locator::Css(".sign-in button[type=submit]")).await;
}

/// Replaces the query in the editor and runs it.
async fn run(client: &Client, query: &str) {
    find(client, EDITOR).await;
    let script =
        "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(arguments[0])";
    client.execute(script, vec![query.into()]).await.unwrap();
    click(client, Locator::Css(".graphiql-execute-button")).await;
}

/// Waits until the answer contains a text.
async fn until_answered(client: &Client, text: &str) {
    let answer = "document.querySelector('.graphiql-response .CodeMirror')?.CodeMirror.getValue()";
    until(client, &format!("!!{answer}?.includes({})", json!(text))).await;
}

/// What the browser complained of, but for requests of the page that were refused.
async fn complaints(driver: &Driver, client: &Client) -> Vec<Value> {
    let mut entries = driver.complaints(client).await;
    // The browser notes each status that is an error.
    entries
        .retain(|entry| entry["source"] != "network" || !entry["message"].to_string().contains("/v1/whoami"));
    entries
}

fn create_node(place: &Place, name: &str) {
    let body = json!({ "type": "generic", "name": name, "address": "10.0.0.1" }).to_string();
    let (authorization, url) =
        (format!("Authorization: Bearer {}", place.key()), format!("{}/v1/nodes", place.url()));
    let json = "Content-Type: application/json";
    let (status, answer) = curl(&["-k", "-H", &authorization, "-H", json, "-d", &body, &url]);
    assert_eq!(status, 201, "{answer}");
}

/// Makes the window as wide as this and keeps a picture of it.
async fn pictures(client: &Client, name: &str, place: &Place) {
    for width in [1_280, 480] {
        client.set_window_size(width, 900).await.unwrap();
        let is_cut = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(evaluate(client, is_cut).await, false, "{name} is wider than {width} pixels");
        picture(client, &format!("graphiql-{name}-{width}"), place.path()).await;
    }
    client.set_window_size(1_280, 900).await.unwrap();
}

#[tokio::test]
async fn graphiql_asks_with_a_key_and_breaks_no_policy() {
    if !has_browser() {
        return;
    }
    let place = Place::new();
    let _server = place.up();
    create_node(&place, "mill-1");
    let (url, key) = (format!("{}/graphql", place.url()), place.key());
    let driver = Driver::start(place.path());
    let client = driver.browser(place.path()).await;
    client.goto(&url).await.unwrap();

    enter(&client, "blw_org_wrong", "").await;
    until(&client, "!!document.querySelector('.complaint')").await;
    pictures(&client, "form", &place).await;
    click(&client, Locator::Css("input[name=key]")).await;
    client.execute("document.querySelector('input[name=key]').value = ''", vec![]).await.unwrap();
    enter(&client, &key, "").await;
    click(&client, Locator::Css(".graphiql-execute-button")).await;
    until_answered(&client, "mill-1").await;

    let kept =
        evaluate(&client, "[JSON.stringify(localStorage), location.href, document.cookie].join()").await;
    assert!(!kept.as_str().unwrap().contains(&key), "{kept}");
    assert!(kept.as_str().unwrap().contains("nodes"), "the queries are kept: {kept}");
    client.refresh().await.unwrap();
    until(&client, "document.querySelector('.bar .caller')?.innerText.startsWith('Key ')").await;

    // The explorer of the schema.
    click(&client, Locator::Css("button[aria-label='Show Documentation Explorer']")).await;
    click(&client, Locator::XPath("//a[normalize-space()='query_root']")).await;
    until(&client, "document.querySelector('.graphiql-doc-explorer').innerText.includes('nodes_aggregate')")
        .await;
    pictures(&client, "schema", &place).await;
    click(&client, Locator::Css("button[aria-label='Hide Documentation Explorer']")).await;

    run(&client, "subscription { nodes(order_by: {name: asc}) { name } }").await;
    until_answered(&client, "mill-1").await;
    create_node(&place, "mill-2");
    until_answered(&client, "mill-2").await;
    pictures(&client, "subscription", &place).await;
    click(&client, Locator::Css(".graphiql-execute-button")).await;
    run(&client, "subscription { keys { nothing } }").await;
    until_answered(&client, "nothing").await;

    // What opens over the page.
    for button in ["Open short keys dialog", "Open settings dialog"] {
        click(&client, Locator::Css(&format!("button[aria-label='{button}']"))).await;
        find(&client, Locator::Css(".graphiql-dialog")).await;
        if button.contains("settings") {
            pictures(&client, "settings", &place).await;
        }
        click(&client, Locator::Css(".graphiql-dialog-header button")).await;
        until(&client, "!document.querySelector('.graphiql-dialog')").await;
    }
    assert_eq!(complaints(&driver, &client).await, [] as [Value; 0]);

    // A violation would have been noted.
    let style = "document.head.appendChild(document.createElement('style')).textContent = 'p { margin: 0 }'";
    client.execute(style, vec![]).await.unwrap();
    let noted = complaints(&driver, &client).await;
    let is_violation = |entry: &Value| entry["message"].to_string().contains("Content Security Policy");
    assert!(!noted.is_empty() && noted.iter().all(is_violation), "{noted:?}");

    click(&client, Locator::Css(".bar .leave")).await;
    find(&client, Locator::Css("input[name=key]")).await;
    assert_eq!(evaluate(&client, "sessionStorage.length").await, 0);
    client.close().await.unwrap();
}

#[tokio::test]
async fn graphiql_takes_an_organization_and_the_session_of_a_person() {
    if !has_browser() {
        return;
    }
    let place = Place::new();
    let _server = place.up();
    create_node(&place, "mill-1");
    let url = format!("{}/graphql", place.url());
    let driver = Driver::start(place.path());
    let client = driver.browser(place.path()).await;

    // A root key belongs to no organization.
    client.goto(&url).await.unwrap();
    enter(&client, &place.root_key(), "").await;
    find(&client, Locator::Css(".bar .complaint")).await;
    pictures(&client, "root", &place).await;
    for (organization, expected) in [("nowhere", "There is no organization nowhere"), ("default", "")] {
        let field = find(&client, Locator::Css(".bar input")).await;
        field.clear().await.unwrap();
        field.send_keys(organization).await.unwrap();
        click(&client, Locator::Css(".bar form button")).await;
        let complaint = "(document.querySelector('.bar .complaint')?.innerText ?? '')";
        until(&client, &format!("{complaint} === {}", json!(expected))).await;
    }
    run(&client, "{ nodes { name } }").await;
    until_answered(&client, "mill-1").await;
    run(&client, "subscription { nodes { name address } }").await;
    until_answered(&client, "10.0.0.1").await;
    assert_eq!(evaluate(&client, "location.search").await, "?organization=default");
    click(&client, Locator::Css(".bar .leave")).await;

    // Logs in as a person. Scripts cannot read the cookie.
    let first = place.first_run();
    let credentials = json!({ "email": first["admin"]["email"], "password": first["admin"]["password"] });
    let log_in = "const [body, done] = arguments; fetch('/v1/sessions', { method: 'POST', body, \
                  headers: { 'content-type': 'application/json' } }).then((answer) => done(answer.status))";
    let status = client.execute_async(log_in, vec![credentials.to_string().into()]).await.unwrap();
    assert_eq!(status, 201);
    client.goto(&format!("{url}?organization=default")).await.unwrap();
    run(&client, "subscription { nodes { name type } }").await;
    until_answered(&client, "generic").await;
    let email = first["admin"]["email"].as_str().unwrap();
    until(&client, &format!("document.querySelector('.bar .caller').innerText === {}", json!(email))).await;
    assert_eq!(complaints(&driver, &client).await, [] as [Value; 0]);
    client.close().await.unwrap();
}

#[tokio::test]
async fn without_introspection_graphiql_says_that_there_is_no_schema() {
    if !has_browser() {
        return;
    }
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "graphql:\n  introspection: false\n").unwrap();
    let _server = place.up();
    create_node(&place, "mill-1");
    let driver = Driver::start(place.path());
    let client = driver.browser(place.path()).await;
    client.goto(&format!("{}/graphql", place.url())).await.unwrap();
    enter(&client, &place.key(), "").await;
    until(&client, "document.querySelector('.notice')?.innerText.includes('no schema to browse')").await;
    run(&client, "{ nodes { name } }").await;
    until_answered(&client, "mill-1").await;
    pictures(&client, "no-schema", &place).await;
    assert_eq!(complaints(&driver, &client).await, [] as [Value; 0]);
    client.close().await.unwrap();
}
