//! Positions: the values of `KEY.x`, `KEY.y` and `KEY.z` at each time.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::TestApp;

/// A second of the morning before the clock of the tests.
fn at(second: u32) -> String {
    format!("2029-12-31T06:{:02}:{:02}Z", second / 60, second % 60)
}

async fn send(app: &TestApp, node: &str, metric: &str, kind: &str, readings: &[(u32, f64)]) {
    let times: Vec<String> = readings.iter().map(|(second, _)| at(*second)).collect();
    let values: Vec<f64> = readings.iter().map(|(_, value)| *value).collect();
    let column = json!({ "node": node, "metric": metric, "kind": kind, "at": times, "values": values });
    app.owner().post("/v1/observations", json!({ "columns": [column] })).await.expect(200);
}

/// All positions, read in pages of this size.
async fn paged(app: &TestApp, query: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/positions?limit={limit}&{query}{cursor}");
        let page = app.owner().get(&path).await.expect(200).body;
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn the_values_of_one_time_are_one_position() {
    let app = TestApp::new().await;
    let mill = app.node(json!({ "name": "mill" })).await;
    let lathe = app.node(json!({ "name": "lathe" })).await;
    send(&app, "mill", "tool.x", "quantity", &[(0, 1.5), (10, 2.5), (30, 4.0)]).await;
    send(&app, "mill", "tool.y", "quantity", &[(0, -1.0), (10, -2.0), (20, -3.0)]).await;
    send(&app, "mill", "tool.z", "quantity", &[(0, 0.0), (30, 9.0)]).await;
    // A lathe has no y. One axis alone, and counters, are no position.
    send(&app, "lathe", "tool.x", "quantity", &[(5, 7.0)]).await;
    send(&app, "lathe", "tool.z", "quantity", &[(5, 8.0)]).await;
    send(&app, "lathe", "motor.x", "quantity", &[(5, 1.0)]).await;
    for axis in ["parts.x", "parts.y"] {
        send(&app, "lathe", axis, "count", &[(5, 1.0)]).await;
    }
    let position = |node: &str, second: u32, [x, y, z]: [Option<f64>; 3]| json!({ "node_id": node, "metric": "tool", "at": at(second), "x": x, "y": y, "z": z });
    let of_mill = [
        position(&mill, 0, [Some(1.5), Some(-1.0), Some(0.0)]),
        position(&mill, 10, [Some(2.5), Some(-2.0), None]),
        position(&mill, 20, [None, Some(-3.0), None]),
        position(&mill, 30, [Some(4.0), None, Some(9.0)]),
    ];
    let of_lathe = [position(&lathe, 5, [Some(7.0), None, Some(8.0)])];
    for limit in [1, 2, 50] {
        assert_eq!(paged(&app, "node=mill", limit).await, of_mill);
        assert_eq!(paged(&app, "node=lathe", limit).await, of_lathe);
        let all = paged(&app, "", limit).await;
        assert_eq!(all.len(), 5);
        assert!(all.is_sorted_by_key(|item| item["node_id"].as_str().unwrap().to_owned()));
    }
    let window = format!("node=mill&metrics=tool&from={}&until={}", at(10), at(30));
    assert_eq!(paged(&app, &window, 50).await, of_mill[1..3]);

    let unknown = "no node here has a position tol; they have: tool";
    let answer = app.owner().get("/v1/positions?metrics=tol").await;
    assert_eq!(answer.problem(400, "invalid").field("metrics"), unknown);
    app.node(json!({ "name": "new" })).await;
    assert!(paged(&app, "node=new&metrics=tool", 50).await.is_empty());

    let query = format!(
        r#"{{ positions(args: {{machineRef: 1, metricKey: "tool", windowStartAt: "{}", windowEndAt: "{}"}},
            where: {{z: {{_is_null: false}}}}) {{ metricKey eventTime x y z machine {{ name }} }} }}"#,
        at(0),
        at(31)
    );
    let answer = app.owner().post("/graphql", json!({ "query": query })).await.expect(200).body;
    let seen = |second, [x, y, z]: [Option<f64>; 3]| json!({ "metricKey": "tool", "eventTime": at(second), "x": x, "y": y, "z": z, "machine": { "name": "mill" } });
    let expected = [seen(0, [Some(1.5), Some(-1.0), Some(0.0)]), seen(30, [Some(4.0), None, Some(9.0)])];
    assert_eq!(answer, json!({ "data": { "positions": expected } }));
}

#[tokio::test]
async fn positions_are_those_of_a_naive_reference() {
    let app = TestApp::new().await;
    let mut expected: BTreeMap<(String, &str, String), [Option<f64>; 3]> = BTreeMap::new();
    for node in ["mill-1", "mill-2"] {
        let id = app.node(json!({ "name": node, "labels": { "only": node } })).await;
        for (n, key) in ["path", "tool"].into_iter().enumerate() {
            for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
                // Each axis misses other seconds.
                let seconds = (0..900_u32).filter(|second| (second + 3 * n as u32) % 7 != axis as u32);
                let readings: Vec<(u32, f64)> =
                    seconds.map(|second| (second, f64::from(second * 31 % 97) + axis as f64 / 4.0)).collect();
                send(&app, node, &format!("{key}.{name}"), "quantity", &readings).await;
                for (second, value) in readings {
                    let place = (id.clone(), key, at(second));
                    expected.entry(place).or_default()[axis] = Some(value);
                }
            }
        }
    }
    let expected: Vec<Value> = expected
        .into_iter()
        .map(|((node, key, at), [x, y, z])| {
            json!({ "node_id": node, "metric": key, "at": at, "x": x, "y": y, "z": z })
        })
        .collect();
    for limit in [37, 400, 1_000] {
        assert_eq!(paged(&app, "", limit).await, expected);
    }
    let (narrow, _) = app.key(&["reporting"], json!({ "reach": { "labels": "only=mill-2" } })).await;
    let answer = app.with_key(&narrow).get("/v1/positions?metrics=tool&limit=1000").await.expect(200);
    let theirs = answer.body["items"].as_array().unwrap();
    assert_eq!(theirs.len(), expected.len() / 4);
    assert!(theirs.iter().all(|item| item["node_id"] == theirs[0]["node_id"]));
}
