//! Observations: sending, reading and exporting them, and series.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

/// A time on the day before the clock of the tests.
fn at(minute: u32) -> String {
    format!("2029-12-31T06:{minute:02}:00Z")
}

async fn send(app: &TestApp, body: Value) -> Reply {
    app.owner().post("/v1/observations", body).await
}

fn counts(reply: &Reply) -> [&Value; 3] {
    ["stored", "known", "refused"].map(|member| &reply.body[member])
}

/// Field and detail of each error.
fn errors(reply: &Reply) -> Vec<(String, String)> {
    let text = |error: &Value, member: &str| error[member].as_str().unwrap_or_default().to_owned();
    let all = reply.body["errors"].as_array().unwrap();
    all.iter().map(|error| (text(error, "field"), text(error, "detail"))).collect()
}

async fn values(app: &TestApp, query: &str) -> Vec<Value> {
    app.owner().get(&format!("/v1/observations{query}")).await.expect(200).items("value")
}

/// Sends a body as it is.
async fn send_bytes(app: &TestApp, path: &str, kind: &str, encoding: Option<&str>, body: Vec<u8>) -> Reply {
    let mut owner = app.owner();
    if let Some(encoding) = encoding {
        owner = owner.header("content-encoding", encoding);
    }
    owner.raw("POST", path, Some(kind), body).await
}

#[tokio::test]
async fn observations_are_sent_as_columns_rows_and_lines() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1" })).await;
    let columns = json!({ "columns": [
        { "node": "lathe-1", "metric": "execution", "type": "EXECUTION",
          "at": [at(10), at(0)], "values": ["READY", "ACTIVE"] },
        { "node": node, "metric": "parts", "kind": "count", "at": [at(0), at(5)], "values": [7, 8] },
    ] });
    let sent = send(&app, columns.clone()).await.expect(200);
    assert_eq!(counts(&sent), [&json!(4), &json!(0), &json!(0)]);
    let again = send(&app, columns).await.expect(200);
    assert_eq!(counts(&again), [&json!(0), &json!(4), &json!(0)]);
    let rows = json!({ "observations": [
        { "node": "lathe-1", "metric": "load", "unit": "%", "at": at(1), "value": 12.5 },
        { "node": "lathe-1", "metric": "parts", "at": at(6), "value": 9 },
        { "node": "lathe-1", "metric": "position", "at": at(1), "value": [1, 2.5, -3] },
        { "node": "lathe-1", "metric": "alarms", "at": at(2), "value": { "code": "E7", "level": "fault", "on": true } },
    ] });
    assert_eq!(counts(&send(&app, rows).await.expect(200))[0], &json!(6));
    let line = |minute, word: &str| {
        json!({ "node": "lathe-1", "metric": "execution", "at": at(minute), "value": word }).to_string()
    };
    let lines = format!("{}\n\n{}\n", line(20, "ACTIVE"), line(21, "STOPPED"));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let sent =
        send_bytes(&app, "/v1/observations", "application/x-ndjson", Some("gzip"), gzip.finish().unwrap())
            .await;
    assert_eq!(counts(&sent.expect(200))[0], &json!(2));

    assert_eq!(values(&app, "?metrics=execution").await, ["ACTIVE", "READY", "ACTIVE", "STOPPED"]);
    assert_eq!(values(&app, "?node=lathe-1&metrics=parts").await, [7, 8, 9]);
    assert_eq!(values(&app, "?metrics=position.x,position.y,position.z").await, [1.0, 2.5, -3.0]);
    let window = format!("?metrics=execution&from={}&until={}", at(5), at(21));
    assert_eq!(values(&app, &window).await, ["READY", "ACTIVE"]);

    let series = app.owner().get("/v1/series").await.expect(200);
    let keys: Vec<&str> =
        series.body["items"].as_array().unwrap().iter().map(|s| s["metric"].as_str().unwrap()).collect();
    assert_eq!(keys, ["execution", "parts", "alarms", "load", "position.x", "position.y", "position.z"]);
    let execution = &series.body["items"][0];
    assert_eq!((&execution["latest_value"], &execution["latest_at"]), (&json!("STOPPED"), &json!(at(21))));
    let counts_only = app.owner().get("/v1/series?kind=count").await.expect(200);
    assert_eq!(counts_only.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_and_exports_go_on_where_they_ended() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let minutes = 0..30;
    let columns: Vec<Value> = ["load", "temperature"]
        .into_iter()
        .map(|key| {
            json!({ "node": "lathe-1", "metric": key, "unit": "%",
                "at": minutes.clone().map(at).collect::<Vec<_>>(),
                "values": minutes.clone().map(|n| n as f64 + 0.5).collect::<Vec<_>>() })
        })
        .chain([json!({ "node": "lathe-1", "metric": "mode", "at": vec![at(3); 9],
            "values": ["A", "B", "C", "D", "E", "F", "G", "H", "I"] })])
        .collect();
    send(&app, json!({ "columns": columns })).await.expect(200);
    let all = values(&app, "?limit=1000").await;
    assert_eq!(all.len(), 69);
    let (mut paged, mut path) = (Vec::new(), "/v1/observations?limit=7".to_owned());
    loop {
        let page = app.owner().get(&path).await.expect(200);
        paged.extend(page.items("value"));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/v1/observations?limit=7&cursor={cursor}");
    }
    assert_eq!(paged, all);
    app.owner().get("/v1/observations?cursor=bm9uZQ").await.expect(400);

    let exported = app.owner().get("/v1/observations/export").await.expect(200);
    assert_eq!(exported.body["count"], 69);
    let lines = exported.body["data"].as_str().unwrap().to_owned();
    let again =
        send_bytes(&app, "/v1/observations", "application/x-ndjson", None, lines.clone().into_bytes());
    assert_eq!(counts(&again.await.expect(200)), [&json!(0), &json!(69), &json!(0)]);
    let csv = app.owner().get("/v1/observations/export?format=csv&metrics=load").await.expect(200);
    let csv = csv.body["data"].as_str().unwrap().to_owned();
    let mut csv = csv.lines();
    assert_eq!(csv.next(), Some("node,metric,at,value,kind,type,subtype,unit,sequence"));
    assert_eq!(csv.next(), Some("lathe-1,load,2029-12-31T06:00:00Z,0.5,quantity,,,%,"));
    assert_eq!(csv.count(), 29);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_the_rest_is_stored_only_if_asked() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let row = |more: Value| {
        let mut row = json!({ "node": "lathe-1", "metric": "load", "at": at(0), "value": 1 });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let rows = json!([
        row(json!({})),
        row(json!({ "value": null, "at": at(1) })),
        row(json!({ "value": "high", "at": at(2) })),
        row(json!({ "node": "mill-9" })),
        row(json!({ "metric": "not a key" })),
        row(json!({ "at": "yesterday" })),
        row(json!({ "colour": "red" })),
        row(json!({ "at": "2030-01-01T02:00:00Z" })),
        row(json!({ "metric": "parts", "kind": "count", "value": 1.5 })),
    ]);
    let refused = send(&app, json!({ "observations": rows })).await.expect(400);
    let found = errors(&refused);
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    // The time that is too late is only judged when the others are right.
    let wrong = [1, 2, 3, 4, 5, 6, 8].map(|n| format!("observations[{n}]"));
    assert_eq!(fields, wrong);
    for (n, part) in [
        (0, "found null; leave observations without a value out"),
        (1, "expected a number, because the metric is a quantity; found a text"),
        (2, "there is no node mill-9"),
        (3, "letters, digits and"),
        (5, "unknown field `colour`"),
        (6, "expected a whole number, because the metric is a count"),
    ] {
        assert!(found[n].1.contains(part), "{n}: {found:?}");
    }
    assert_eq!(values(&app, "").await, Vec::<Value>::new());

    let partly = send(&app, json!({ "observations": rows, "partial": true })).await.expect(200);
    assert_eq!(counts(&partly), [&json!(1), &json!(0), &json!(8)]);
    assert_eq!(errors(&partly).len(), 8);
    assert!(errors(&partly).iter().any(|(field, detail)| {
        field == "observations[7]" && detail.contains("3600 seconds after the server's")
    }));
    assert_eq!(values(&app, "").await, [1.0]);

    let conflict = send(
        &app,
        json!({ "columns": [
        { "node": "lathe-1", "metric": "load", "at": [at(3), at(0)], "values": [5, 2] },
    ] }),
    );
    let conflict = errors(&conflict.await.expect(400));
    assert_eq!(conflict.len(), 1);
    assert_eq!(conflict[0].0, "columns[0].values[1]");
    assert!(conflict[0].1.contains("is 1, so it cannot be 2"), "{conflict:?}");
    assert_eq!(values(&app, "").await, [1.0], "nothing of the batch was stored");

    let uneven = json!({ "columns": [{ "node": "lathe-1", "metric": "load", "at": [at(3)], "values": [] }] });
    assert_eq!(errors(&send(&app, uneven).await.expect(400))[0].0, "columns[0]");
    let kind = json!({ "columns": [{ "node": "lathe-1", "metric": "load", "kind": "state", "at": [at(3)], "values": ["x"] }] });
    assert!(errors(&send(&app, kind).await.expect(400))[0].1.contains("under another metric key"));
    let csv = send_bytes(&app, "/v1/observations", "text/csv", None, b"node\n".to_vec()).await.expect(400);
    assert_eq!(errors(&csv)[0].0, "format");
    let times: Vec<String> = (0..100_001).map(|_| at(0)).collect();
    let many =
        json!({ "columns": [{ "node": "lathe-1", "metric": "x", "at": times, "values": vec![1; 100_001] }] });
    assert!(errors(&send(&app, many).await.expect(400))[0].1.contains("at most 100000 values"));
    let lines = b"{\"node\":\"lathe-1\"}\nnonsense\n".to_vec();
    let lines = send_bytes(&app, "/v1/observations", "application/x-ndjson", None, lines).await.expect(400);
    assert_eq!(
        errors(&lines).iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
        ["line 1", "line 2"]
    );
}

#[tokio::test]
async fn a_batch_with_an_id_is_stored_once_for_each_key() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let batch = |value: i64| json!({ "batch": "7", "observations": [{ "node": "lathe-1", "metric": "load", "at": at(0), "value": value }] });
    assert_eq!(send(&app, batch(1)).await.expect(200).body["repeated"], false);
    let again = send(&app, batch(2)).await.expect(200);
    assert_eq!((&again.body["repeated"], &again.body["stored"]), (&json!(true), &json!(1)));
    let (other, _) = app.key(&["observations:*", "nodes:read"], json!({})).await;
    let other = app.with_key(&other).post("/v1/observations", batch(2)).await.expect(400);
    assert!(errors(&other)[0].1.contains("is 1, so it cannot be 2"), "{other:?}");
}

#[tokio::test]
async fn a_narrow_reach_sends_and_reads_only_its_own_nodes() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1", "labels": { "hall": "a" } })).await;
    app.node(json!({ "name": "lathe-2" })).await;
    let (narrow, _) =
        app.key(&["observations:*", "series:read"], json!({ "reach": { "labels": "hall=a" } })).await;
    let narrow = app.with_key(&narrow);
    let row = |node: &str| json!({ "node": node, "metric": "load", "at": at(0), "value": 1 });
    let both = json!({ "observations": [row("lathe-1"), row("lathe-2")] });
    let refused = errors(&narrow.post("/v1/observations", both.clone()).await.expect(400));
    assert_eq!(refused, [("observations[1]".to_owned(), "there is no node lathe-2".to_owned())]);
    send(&app, both).await.expect(200);
    let read = narrow.get("/v1/observations").await.expect(200);
    assert_eq!(read.items("node_id"), [node.as_str()]);
    assert_eq!(narrow.get("/v1/series").await.expect(200).items("node_id"), [node.as_str()]);
    assert_eq!(narrow.get("/v1/observations/export").await.expect(200).body["count"], 1);
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    assert_eq!(app.with_key(&other).get("/v1/series").await.expect(200).items("id").len(), 0);
}

#[tokio::test]
async fn observations_are_chosen_by_the_filters_of_nodes() {
    let app = TestApp::new().await;
    app.site("default", "Berlin", json!({})).await;
    let host = app.node(json!({ "name": "host", "address": "10.0.0.7" })).await;
    let guest = json!({ "name": "guest", "type": "container", "host": host, "site": "Berlin" });
    app.node(guest).await;
    app.machine("default", "linked", json!({ "line": "2" })).await;
    let nodes = ["host", "guest", "linked"];
    let rows = nodes.map(|node| json!({ "node": node, "metric": "execution", "at": at(0), "value": node }));
    send(&app, json!({ "observations": rows })).await.expect(200);
    // Series are in the order of their nodes' ids, which is by chance within a millisecond.
    let sorted = |mut values: Vec<Value>| {
        values.sort_by_key(Value::to_string);
        values
    };
    for (query, expected) in [
        ("type=container", vec!["guest"]),
        ("type=generic", vec!["host", "linked"]),
        ("host=host", vec!["guest"]),
        ("search=10.0.0.7", vec!["host"]),
        ("site=Berlin", vec!["guest"]),
        ("labels=line%3D2", vec!["linked"]),
        ("node=host&type=generic", vec!["host"]),
        ("node=host&type=container", vec![]),
        ("labels=line%3D2&site=Berlin", vec![]),
    ] {
        let listed = app.owner().get(&format!("/v1/observations?{query}")).await.expect(200);
        assert_eq!(sorted(listed.items("value")), expected, "{query}");
        let listed = app.owner().get(&format!("/v1/series?{query}")).await.expect(200);
        assert_eq!(sorted(listed.items("latest_value")), expected, "{query}");
        let exported = app.owner().get(&format!("/v1/observations/export?{query}")).await.expect(200).body;
        assert_eq!(exported["count"], expected.len(), "{query}");
        let machines = app.owner().get(&format!("/v1/machines/status?{query}")).await.expect(200);
        assert_eq!(machines.items("name"), expected, "{query}");
    }
    for (status, expected) in [("online", vec![]), ("unknown", vec!["guest", "host", "linked"])] {
        let listed = app.owner().get(&format!("/v1/observations?status={status}")).await.expect(200);
        assert_eq!(sorted(listed.items("value")), expected, "{status}");
    }
    app.owner().get("/v1/observations?host=none").await.problem(400, "invalid");
}

#[tokio::test]
async fn observations_of_a_deleted_node_are_deleted() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1" })).await;
    let row = json!({ "node": "lathe-1", "metric": "load", "at": at(0), "value": 1 });
    send(&app, json!({ "observations": [row] })).await.expect(200);
    app.owner().delete(&format!("/v1/nodes/{node}")).await.expect(200);
    assert_eq!(app.owner().get("/v1/series").await.expect(200).items("id").len(), 0);
}

#[tokio::test]
async fn observations_of_a_merged_node_are_moved() {
    let app = TestApp::new().await;
    let (from, into) = (app.node(json!({ "name": "old" })).await, app.node(json!({ "name": "new" })).await);
    let column = |node: &str, metric: &str, minutes: [u32; 2], values: [u32; 2]| json!({ "node": node, "metric": metric, "at": minutes.map(at), "values": values });
    let columns = [
        column("old", "load", [0, 1], [1, 2]),
        column("new", "load", [1, 2], [5, 6]),
        column("old", "heat", [0, 1], [7, 8]),
    ];
    send(&app, json!({ "columns": columns })).await.expect(200);
    let path = format!("/v1/nodes/{into}/merge");
    app.owner().post(&path, json!({ "from": from })).await.expect(200);
    let mut metrics = app.owner().get("/v1/observations").await.expect(200).items("node_id");
    metrics.dedup();
    assert_eq!(metrics, [into.as_str()]);
    assert_eq!(values(&app, "?metrics=load").await, [1.0, 5.0, 6.0]);
    assert_eq!(values(&app, "?metrics=heat").await, [7.0, 8.0]);
}

#[tokio::test]
async fn what_can_never_get_enough_memory_is_not_told_to_come_again() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1" })).await;
    let row = |n: u32| {
        let at = bailiwick_domain::time::Timestamp::from_micros(1_890_000_000_000_000 + i64::from(n));
        json!({ "node": "mill-1", "metric": "part_count", "at": at.to_string(), "value": n })
    };
    let rows = |count: u32| json!({ "observations": (0..count).map(row).collect::<Vec<_>>() });
    let refused = app.owner().post("/v1/observations", rows(100_000)).await.problem(400, "invalid");
    assert!(
        refused.body["errors"][0]["detail"].as_str().unwrap().contains("send fewer at once"),
        "{:#}",
        refused.body
    );
    assert_eq!(app.owner().post("/v1/observations", rows(50_000)).await.expect(200).body["stored"], 50_000);
}
