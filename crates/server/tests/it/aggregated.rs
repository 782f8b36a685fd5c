//! Quantities in buckets of time.

use std::collections::BTreeMap;

use bailiwick_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::app::TestApp;

/// A second of the morning before the clock of the tests.
fn at(second: u32) -> String {
    format!("2029-12-31T06:{:02}:{:02}Z", second / 60, second % 60)
}

async fn send(app: &TestApp, node: &str, metric: &str, kind: &str, readings: &[(u32, Value)]) {
    let times: Vec<String> = readings.iter().map(|(second, _)| at(*second)).collect();
    let values: Vec<&Value> = readings.iter().map(|(_, value)| value).collect();
    let column = json!({ "node": node, "metric": metric, "kind": kind, "at": times, "values": values });
    app.owner().post("/v1/observations", json!({ "columns": [column] })).await.expect(200);
}

/// All items, read in pages of this size.
async fn paged(app: &TestApp, query: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/aggregated_quantities?limit={limit}&{query}{cursor}");
        let page = app.owner().get(&path).await.expect(200).body;
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn readings_are_put_together_in_buckets_of_equal_length() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "mill" })).await;
    let readings = [(0, 1.5), (20, 4.0), (59, -1.0), (60, 0.1), (300, 7.0), (310, 8.0)];
    send(&app, "mill", "load", "quantity", &readings.map(|(second, value)| (second, json!(value)))).await;
    send(&app, "mill", "parts", "count", &[(0, json!(5)), (30, json!(7)), (61, json!(2))]).await;
    let bucket = |metric: &str,
                  [from, until]: [u32; 2],
                  count: u32,
                  [min, max, mean, first, last]: [f64; 5]| {
        json!({ "node_id": node, "metric": metric, "start_at": at(from), "end_at": at(until), "count": count,
            "min": min, "max": max, "mean": mean, "first": first, "last": last })
    };
    assert_eq!(
        paged(&app, "every_seconds=60", 50).await,
        [
            bucket("load", [0, 60], 3, [-1.0, 4.0, 1.5, 1.5, -1.0]),
            bucket("load", [60, 120], 1, [0.1; 5]),
            bucket("load", [300, 360], 2, [7.0, 8.0, 7.5, 7.0, 8.0]),
            bucket("parts", [0, 60], 2, [5.0, 7.0, 6.0, 5.0, 7.0]),
            bucket("parts", [60, 120], 1, [2.0; 5]),
        ]
    );
    // The window cuts off the first and the last bucket.
    let window = format!("metrics=load&every_seconds=60&from={}&until={}", at(20), at(310));
    assert_eq!(
        paged(&app, &window, 50).await,
        [
            bucket("load", [20, 60], 2, [-1.0, 4.0, 1.5, 4.0, -1.0]),
            bucket("load", [60, 120], 1, [0.1; 5]),
            bucket("load", [300, 310], 1, [7.0; 5]),
        ]
    );
}

#[tokio::test]
async fn buckets_are_those_of_a_naive_reference_and_pages_those_of_one_page() {
    let app = TestApp::new().await;
    let mut names = BTreeMap::new();
    for (place, node) in ["mill-1", "mill-2"].into_iter().enumerate() {
        names.insert(app.node(json!({ "name": node })).await, node);
        for (n, metric) in ["load", "temperature", "speed"].into_iter().enumerate() {
            // Numbers with an exact binary form, and with gaps between their times.
            let value = |second: u32| f64::from(second * second % 1_009) / 8.0 - (place + n) as f64;
            let seconds = (0..1_500).filter(|second| second * 7 % 13 < 4);
            let readings: Vec<(u32, Value)> = seconds.map(|second| (second, json!(value(second)))).collect();
            send(&app, node, metric, "quantity", &readings).await;
        }
    }
    let window = format!("from={}&until={}", at(3), at(1_400));
    let raw = app.owner().get(&format!("/v1/observations/export?{window}")).await.expect(200).body;
    let second =
        |time: &Value| time.as_str().unwrap().parse::<Timestamp>().unwrap().as_micros().div_euclid(1_000_000);
    // Node, metric, second and value of each reading.
    let reading = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let name = |member: &str| row[member].as_str().unwrap().to_owned();
        (name("node"), name("metric"), second(&row["at"]), row["value"].as_f64().unwrap())
    };
    let raw: Vec<_> = raw["data"].as_str().unwrap().lines().map(reading).collect();
    for every in [1, 7, 60, 3_600] {
        let query = format!("{window}&every_seconds={every}");
        let all = paged(&app, &query, 400).await;
        let order = |item: &Value| {
            ["node_id", "metric", "start_at"].map(|member| item[member].as_str().unwrap().to_owned())
        };
        assert!(all.is_sorted_by_key(order));
        let mut seen = 0;
        for item in &all {
            let bucket = second(&item["start_at"]) / every;
            let node = names[item["node_id"].as_str().unwrap()];
            let is_inside = |row: &&(String, String, i64, f64)| {
                row.0 == node && item["metric"] == row.1 && row.2 / every == bucket
            };
            let values: Vec<f64> = raw.iter().filter(is_inside).map(|row| row.3).collect();
            let of = |member: &str| item[member].as_f64().unwrap();
            assert_eq!(item["count"], values.len(), "{item}");
            assert_eq!(of("min"), values.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(of("max"), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            assert_eq!((of("first"), of("last")), (values[0], values[values.len() - 1]));
            assert_eq!(of("mean"), values.iter().sum::<f64>() / values.len() as f64);
            seen += values.len();
        }
        assert_eq!(seen, raw.len(), "each reading is in one bucket");
        if every == 60 {
            assert_eq!(paged(&app, &query, 1).await, all);
        }
    }
}

#[tokio::test]
async fn wrong_questions_are_refused_and_a_narrow_reach_has_only_its_own_nodes() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill", "labels": { "hall": "a" } })).await;
    let node = app.node(json!({ "name": "lathe" })).await;
    for node in ["mill", "lathe"] {
        send(&app, node, "load", "quantity", &[(0, json!(1))]).await;
    }
    send(&app, "lathe", "secret", "count", &[(0, json!(1))]).await;
    let day = "from=2029-12-31T00:00:00Z&until=2030-01-01T00:00:00Z";
    for (query, field, detail) in [
        (
            "every_seconds=0",
            "every_seconds",
            "expected at least 9, found 0: a window has at most 10000 buckets",
        ),
        (
            "every_seconds=8",
            "every_seconds",
            "expected at least 9, found 8: a window has at most 10000 buckets",
        ),
        (
            "every_seconds=60&metrics=laod",
            "metrics",
            "no node here has a quantity or count laod; they have: load, secret",
        ),
    ] {
        let path = format!("/v1/aggregated_quantities?{day}&{query}");
        assert_eq!(app.owner().get(&path).await.problem(400, "invalid").field(field), detail);
    }
    // The length is an hour if the request names none.
    assert_eq!(paged(&app, "metrics=load", 50).await[0]["end_at"], "2029-12-31T07:00:00Z");
    let reversed = format!("/v1/aggregated_quantities?every_seconds=60&from={}&until={}", at(1), at(1));
    app.owner().get(&reversed).await.problem(400, "invalid").field("until");
    assert_eq!(paged(&app, &format!("{day}&every_seconds=9"), 50).await.len(), 3);
    assert_eq!(
        paged(&app, "node=lathe&metrics=load&every_seconds=60", 50).await[0]["node_id"],
        node.as_str()
    );
    let (narrow, _) = app.key(&["reporting"], json!({ "reach": { "labels": "hall=a" } })).await;
    let narrow = app.with_key(&narrow).get("/v1/aggregated_quantities?every_seconds=60").await.expect(200);
    assert_eq!(narrow.items("metric"), ["load"]);
}
