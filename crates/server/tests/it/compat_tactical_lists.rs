//! Scripts written for Tactical RMM that ask for the server itself, for one client, and for what Bailiwick does not
//! have or does not know.

use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Machine};
use crate::compat_tactical::{machine, node};

#[tokio::test]
async fn the_server_says_that_it_is_there_and_its_version() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().get("/").await.expect(200).body, json!({ "status": "ok" }));
    let version = app.owner().get("/v1/version").await.expect(200).body["version"].clone();
    assert!(version.is_string());
    // Any key may ask.
    let (key, _) = app.key(&[], json!({})).await;
    assert_eq!(app.with_key(&key).get("/core/version/").await.expect(200).body, version);
    assert_eq!(app.anonymous().get("/core/version/").await.expect(401).body["code"], "credential_missing");
}

#[tokio::test]
async fn one_client_is_shown_as_in_the_list() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    machine(&app, "default", "a", json!({ "site": site })).await;
    app.organization("acme").await;
    let clients = app.root().get("/clients/").await.expect(200).body;
    for client in clients.as_array().unwrap() {
        let path = format!("/clients/{}/", client["id"]);
        assert_eq!(&app.root().get(&path).await.expect(200).body, client);
    }
    let foreign = format!("/clients/{}/", clients[1]["id"]);
    assert_eq!(app.owner().get(&foreign).await.expect(404).body["code"], "not_found");
    assert_eq!(app.owner().get("/clients/deployments/").await.expect(404).body["code"], "unknown_path");
}

#[tokio::test]
async fn an_agent_is_pinged_without_a_word_to_it() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let enrolled = app.enrol(&served, &key, Machine::named("DC-1")).await;
    let id = app.owner().get("/agents/?detail=false").await.expect(200).body[0]["agent_id"].clone();
    let path = format!("/agents/{}/ping/", id.as_str().unwrap());
    let client = Client::connected(&served, &enrolled).await;
    app.fleet.write_heard_now().await;
    let online = json!({ "name": "DC-1", "status": "online" });
    assert_eq!(app.owner().get(&path).await.expect(200).body, online);
    drop(client);
    app.advance(3_600);
    let offline = json!({ "name": "DC-1", "status": "offline" });
    assert_eq!(app.owner().get(&path).await.expect(200).body, offline);
}

#[tokio::test]
async fn lists_of_what_there_is_not_are_empty() {
    let app = TestApp::new().await;
    let id = machine(&app, "default", "a", json!({})).await;
    let bare = node(&app, "default", "bare", json!({})).await;
    let (nothing, _) = app.key(&[], json!({})).await;
    let nothing = app.with_key(&nothing);
    for path in ["/checks/", "/tasks/", "/alerts/", "/pendingactions/", "/logs/pendingactions/"] {
        assert_eq!(app.owner().get(path).await.expect(200).body, json!([]), "{path}");
        assert_eq!(nothing.get(path).await.expect(403).body["code"], "scope_missing", "{path}");
    }
    for end in ["checks", "tasks", "pendingactions"] {
        assert_eq!(app.owner().get(&format!("/agents/{id}/{end}/")).await.expect(200).body, json!([]));
        // Only agents have empty lists.
        let refused = app.owner().get(&format!("/agents/{bare}/{end}/")).await.expect(404).body;
        assert_eq!(refused["code"], "not_found");
        app.owner().get(&format!("/agents/history/{end}/")).await.expect(404);
    }
    let top = app.owner().patch("/alerts/", json!({ "top": 10 })).await.expect(200).body;
    assert_eq!(top, json!({ "alerts_count": 0, "alerts": [] }));
    let filters = json!({
        "timeFilter": 30, "severityFilter": ["error"], "clientFilter": [1], "snoozedFilter": true,
        "resolvedFilter": true,
    });
    assert_eq!(app.owner().patch("/alerts/", filters).await.expect(200).body, json!([]));
    let refused = app.owner().patch("/alerts/", json!({ "surprise": 1 })).await.expect(400).body;
    assert_eq!(refused["errors"][0]["field"], "surprise");
    // What could be added there cannot be added here.
    assert_eq!(app.owner().post("/checks/", json!({})).await.expect(405).body["code"], "method_not_allowed");
}

#[tokio::test]
async fn what_is_on_a_machine_but_not_known_is_not_called_empty() {
    let app = TestApp::new().await;
    let id = machine(&app, "default", "a", json!({})).await;
    for (path, word) in [
        ("/software/".to_owned(), "/winupdate/"),
        (format!("/software/{id}/"), "/winupdate/"),
        (format!("/services/{id}/"), "systemctl"),
    ] {
        let refused = app.owner().get(&path).await.expect(400).body;
        assert_eq!(refused["code"], "invalid");
        assert!(refused["detail"].as_str().unwrap().contains("Bailiwick does not know"), "{refused:#}");
        assert!(refused["detail"].as_str().unwrap().contains(word), "{refused:#}");
    }
    app.owner().get("/software/nobody/").await.expect(404);
    app.owner().get("/services/nobody/").await.expect(404);
}
