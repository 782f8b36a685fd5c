//! Subscriptions over a WebSocket, in the protocol `graphql-transport-ws`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt as _, StreamExt as _};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::app::TestApp;
use crate::client::Served;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of subscriptions.
struct Subscriber(WebSocketStream<TcpStream>);

impl Subscriber {
    /// Opens a WebSocket with these headers; the status if that is refused.
    async fn open(served: &Served, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{}/graphql", served.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(served.address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
                Ok(Self(socket))
            }
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A client that is acknowledged with a key.
    async fn with_key(served: &Served, key: &str) -> Self {
        let mut client =
            Self::open(served, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap();
        client
            .say(
                json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {key}") } }),
            )
            .await;
        assert_eq!(client.next().await, json!({ "type": "connection_ack" }));
        client
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The next message of the protocol; the code and reason if the connection is closed.
    async fn told(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message in time");
            match message.expect("an open connection").unwrap() {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                _ => {}
            }
        }
    }

    async fn next(&mut self) -> Value {
        self.told().await.unwrap()
    }

    /// The data of the next answer of a subscription.
    async fn data(&mut self, id: &str) -> Value {
        let message = self.next().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message:#}");
        assert!(message["payload"]["errors"].is_null(), "{message:#}");
        message["payload"]["data"].clone()
    }

    /// The code and the reason with which the connection is closed.
    async fn closing(&mut self) -> (u16, String) {
        loop {
            if let Err(closing) = self.told().await {
                return closing;
            }
        }
    }

    async fn closed(&mut self) -> u16 {
        self.closing().await.0
    }
}

#[tokio::test]
async fn a_subscription_is_answered_again_when_its_answer_changes() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let mut client = Subscriber::with_key(&served, app.owner_key()).await;
    client.subscribe("1", "subscription { nodes(order_by: {name: asc}) { name site { name } } }").await;
    assert_eq!(client.data("1").await, json!({ "nodes": [] }));
    let node = app.node(json!({ "name": "db-1", "site": site })).await;
    let here = json!({ "name": "db-1", "site": { "name": "Berlin" } });
    assert_eq!(client.data("1").await, json!({ "nodes": [here] }));
    // A change that the answer does not show sends nothing; one of a related object does.
    app.owner().patch(&format!("/v1/nodes/{node}"), json!({ "labels": { "env": "prod" } })).await.expect(200);
    app.owner().patch(&format!("/v1/sites/{site}"), json!({ "name": "Potsdam" })).await.expect(200);
    let here = json!({ "name": "db-1", "site": { "name": "Potsdam" } });
    assert_eq!(client.data("1").await, json!({ "nodes": [here] }));
    // A query is answered once, beside the subscription.
    client.subscribe("q", "query($name: String!) { sites(where: {name: {_eq: $name}}) { name } }").await;
    let refused = client.next().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("q")));
    client.subscribe("q", "{ sites { name } }").await;
    assert_eq!(client.data("q").await, json!({ "sites": [{ "name": "Potsdam" }] }));
    assert_eq!(client.next().await, json!({ "id": "q", "type": "complete" }));
    client.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(client.next().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    // Ended by the client, it says nothing more, and its id can be used again.
    client.say(json!({ "id": "1", "type": "complete" })).await;
    client.subscribe("1", "subscription { sites_aggregate { aggregate { count } } }").await;
    let count = |n: u32| json!({ "sites_aggregate": { "aggregate": { "count": n } } });
    assert_eq!(client.data("1").await, count(1));
    app.owner().delete(&format!("/v1/nodes/{node}")).await.expect(200);
    app.owner().delete(&format!("/v1/sites/{site}")).await.expect(200);
    assert_eq!(client.data("1").await, count(0));
}

#[tokio::test]
async fn a_subscription_follows_the_rights_and_the_reach_of_its_caller() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (berlin, paris) =
        (app.site("default", "Berlin", json!({})).await, app.site("default", "Paris", json!({})).await);
    let one = app.node(json!({ "name": "db-1", "site": berlin })).await;
    app.node(json!({ "name": "db-2", "site": berlin })).await;
    app.node(json!({ "name": "db-3", "site": paris })).await;
    let reach = |sites: Value| json!({ "reach": { "sites": sites } });
    let (key, id) = app.key(&["nodes:read", "sites:read"], reach(json!([berlin]))).await;
    let mut client = Subscriber::with_key(&served, &key).await;
    client.subscribe("1", "subscription { nodes(order_by: {name: asc}) { name } }").await;
    let named = |names: &[&str]| json!({ "nodes": names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>() });
    assert_eq!(client.data("1").await, named(&["db-1", "db-2"]));
    // A node leaves the reach.
    app.owner().patch(&format!("/v1/nodes/{one}"), json!({ "site": paris })).await.expect(200);
    assert_eq!(client.data("1").await, named(&["db-2"]));
    // The reach changes.
    app.owner().patch(&format!("/v1/keys/{id}"), reach(json!([paris]))).await.expect(200);
    assert_eq!(client.data("1").await, named(&["db-1", "db-3"]));
    // The scope goes: the subscription ends with its name, the connection stays.
    app.owner().patch(&format!("/v1/keys/{id}"), json!({ "scopes": ["sites:read"] })).await.expect(200);
    let ended = client.next().await;
    assert_eq!((&ended["type"], &ended["id"]), (&json!("error"), &json!("1")));
    assert_eq!(ended["payload"][0]["extensions"]["scope"], "nodes.list");
    client.subscribe("2", "subscription { sites { name } }").await;
    assert_eq!(client.data("2").await, json!({ "sites": [{ "name": "Paris" }] }));
    app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200);
    assert_eq!(client.closing().await, (4403, "the key is disabled".to_owned()));
}

#[tokio::test]
async fn a_subscription_goes_on_when_the_rate_limit_has_room_again() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    // The connection, the request and the list of nodes.
    let limit = json!({ "rate_limit": { "per_minute": 60, "burst": 3 } });
    let (key, _) = app.key(&["nodes:read"], limit).await;
    let mut client = Subscriber::with_key(&served, &key).await;
    client.subscribe("1", "subscription { nodes { name } }").await;
    assert_eq!(client.data("1").await, json!({ "nodes": [] }));
    app.node(json!({ "name": "db-1" })).await;
    // One that begins now is refused, and the other one waits.
    client.subscribe("2", "{ nodes { name } }").await;
    let refused = client.next().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("2")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "rate_limited", "{refused:#}");
    app.advance(60);
    assert_eq!(client.data("1").await, json!({ "nodes": [{ "name": "db-1" }] }));
    // A connection that finds no room is closed with the code by which clients try again.
    let (narrow, _) =
        app.key(&["nodes:read"], json!({ "rate_limit": { "per_minute": 1, "burst": 1 } })).await;
    drop(Subscriber::with_key(&served, &narrow).await);
    let mut busy =
        Subscriber::open(&served, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap();
    busy.say(json!({ "type": "connection_init", "payload": { "X-Api-Key": narrow } })).await;
    assert_eq!(busy.closed().await, 1013);
}

#[tokio::test]
async fn data_of_machines_are_followed() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let body = json!({ "type": "machine_tool", "name": "mill-1" });
    let node = app.owner().post("/v1/nodes", body).await.expect(201).body["id"].clone();
    let mut client = Subscriber::with_key(&served, app.owner_key()).await;
    client.subscribe("1", "subscription { latestQuantitiesByMachine { metricKey value } }").await;
    assert_eq!(client.data("1").await, json!({ "latestQuantitiesByMachine": [] }));
    let observation = json!({ "node": node, "metric": "temperature", "kind": "quantity", "unit": "Cel",
        "at": "2029-12-31T23:59:00Z", "value": 41.5 });
    app.owner().post("/v1/observations", json!({ "observations": [observation] })).await.expect(200);
    let value = json!({ "metricKey": "temperature", "value": 41.5 });
    assert_eq!(client.data("1").await, json!({ "latestQuantitiesByMachine": [value] }));
}

#[tokio::test]
async fn messages_outside_of_the_protocol_close_the_connection() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    assert_eq!(Subscriber::open(&served, &[]).await.err(), Some(426));
    assert_eq!(Subscriber::open(&served, &[("sec-websocket-protocol", "graphql-ws")]).await.err(), Some(426));
    let open = async || Subscriber::open(&served, &[protocol]).await.unwrap();
    let init = json!({ "type": "connection_init" });
    let mut stranger = open().await;
    stranger.say(init.clone()).await;
    assert_eq!(stranger.closed().await, 4403);
    let mut early = open().await;
    early.subscribe("1", "{ nodes { name } }").await;
    assert_eq!(early.closed().await, 4401);
    for wrong in
        [json!({ "type": "start" }), json!({ "type": "connection_init", "payload": { "authorization": 7 } })]
    {
        let mut client = open().await;
        client.say(wrong).await;
        assert_eq!(client.closed().await, 4400);
    }
    let mut leaving = Subscriber::with_key(&served, app.owner_key()).await;
    leaving.0.close(None).await.unwrap();
    let answer = leaving.0.next().await;
    assert!(matches!(answer, Some(Ok(Message::Close(_)))), "a close frame is answered: {answer:?}");
    let mut twice = Subscriber::with_key(&served, app.owner_key()).await;
    twice.say(init.clone()).await;
    assert_eq!(twice.closed().await, 4429);
    let mut same = Subscriber::with_key(&served, app.owner_key()).await;
    for _ in 0..2 {
        same.subscribe("1", "subscription { nodes { name } }").await;
    }
    assert_eq!(same.closed().await, 4409);
    let mut binary = Subscriber::with_key(&served, app.owner_key()).await;
    binary.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(binary.closed().await, 1003);

    // The credential of the handshake is enough, and a page of another site has none.
    let bearer = format!("Bearer {}", app.owner_key());
    let mut client = Subscriber::open(&served, &[protocol, ("authorization", &bearer)]).await.unwrap();
    client.say(init.clone()).await;
    assert_eq!(client.next().await["type"], "connection_ack");
    app.user("default", "ada@example.com", "admin").await;
    let login = json!({ "email": "ada@example.com", "password": crate::app::PASSWORD });
    let cookie = app.anonymous().post("/v1/sessions", login).await.expect(201).cookie();
    for (origin, expected) in
        [(format!("http://{}", served.address), None), ("https://evil.example".into(), Some(4403))]
    {
        let headers = [protocol, ("cookie", cookie.as_str()), ("origin", origin.as_str())];
        let mut person = Subscriber::open(&served, &headers).await.unwrap();
        person.say(init.clone()).await;
        match expected {
            None => assert_eq!(person.next().await["type"], "connection_ack"),
            Some(code) => assert_eq!(person.closed().await, code),
        }
    }
}

#[tokio::test]
async fn strangers_leave_places_for_clients_with_a_credential() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    // They say nothing, so each keeps its place until its time is over.
    let mut strangers = Vec::new();
    let refused = loop {
        match Subscriber::open(&served, &[protocol]).await {
            Ok(stranger) => strangers.push(stranger),
            Err(status) => break status,
        }
        assert!(strangers.len() < 100, "one network takes all places");
    };
    assert_eq!(refused, 503);
    let wrong = ("authorization", "Bearer x");
    assert_eq!(Subscriber::open(&served, &[protocol, wrong]).await.err(), Some(503));
    let bearer = format!("Bearer {}", app.owner_key());
    let basic = format!("Basic {}", STANDARD.encode(format!("api_key:{}", app.owner_key())));
    for credential in [bearer.as_str(), basic.as_str()] {
        let headers = [protocol, ("authorization", credential)];
        let mut client = Subscriber::open(&served, &headers).await.unwrap();
        client.say(json!({ "type": "connection_init" })).await;
        assert_eq!(client.next().await["type"], "connection_ack");
        client.subscribe("1", "subscription { nodes { name } }").await;
        assert_eq!(client.data("1").await, json!({ "nodes": [] }));
    }
    // A browser sends a Basic credential by itself, so a page of another site does not get its place.
    let foreign = [protocol, ("authorization", basic.as_str()), ("origin", "https://evil.example")];
    assert_eq!(Subscriber::open(&served, &foreign).await.err(), Some(503));
    strangers.clear();
    let mut person = loop {
        if let Ok(person) = Subscriber::open(&served, &foreign).await {
            break person;
        }
        tokio::task::yield_now().await;
    };
    person.say(json!({ "type": "connection_init" })).await;
    assert_eq!(person.closed().await, 4403);
}

#[tokio::test]
async fn wrong_subscriptions_are_refused_by_name() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let mut client = Subscriber::with_key(&served, app.owner_key()).await;
    for (query, expected) in [
        ("subscription { nodse { name } }", "nodse"),
        ("subscription { nodes { name } sites { name } }", "one field"),
        ("subscription { nodes { name }", "expected"),
        ("mutation { nodes { name } }", "REST"),
        ("subscription { nodes(limit: -1) { name } }", "limit"),
    ] {
        client.subscribe("1", query).await;
        let refused = client.next().await;
        let message = refused["payload"][0]["message"].as_str().unwrap_or_default();
        assert!(refused["type"] == "error" && message.contains(expected), "{query}: {refused:#}");
    }
    let body = json!({ "query": "subscription { nodes { name } }" });
    let refused = app.owner().post("/graphql", body).await.expect(200);
    assert!(
        refused.body["errors"][0]["message"].as_str().unwrap().contains("WebSocket"),
        "{:#}",
        refused.body
    );
    // More subscriptions than one connection may have.
    for n in 0..51 {
        client.subscribe(&format!("s{n}"), "subscription { nodes { name } }").await;
    }
    let mut refused = Vec::new();
    for _ in 0..51 {
        let message = client.next().await;
        if message["type"] == "error" {
            refused.push(message["payload"][0]["extensions"]["code"].clone());
        }
    }
    assert_eq!(refused, [json!("overloaded")]);
}

#[tokio::test]
async fn clients_that_read_no_answers_hold_no_connection_to_the_database() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    app.organization("other").await;
    let (theirs, _) = app.key_in("other", &["nodes:read"], json!({})).await;
    let (key, _) = app.key(&["sites:read"], json!({})).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = Subscriber::with_key(&served, &key).await;
        for n in 0..14 {
            client
                .subscribe(
                    &n.to_string(),
                    "{ __schema { types { name description fields { name description } } } }",
                )
                .await;
        }
        clients.push(client);
    }
    // Until the answers of all wait for their clients.
    for client in &mut clients {
        assert_eq!(client.next().await["type"], "next");
    }
    for _ in 0..20 {
        app.with_key(&theirs).get("/v1/nodes").await.expect(200);
    }
}
