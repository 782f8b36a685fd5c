//! The intervals of states and alarms.

use serde_json::{Value, json};

use crate::app::TestApp;

/// A time on the day before the clock of the tests.
fn at(time: &str) -> String {
    format!("2029-12-31T{time}Z")
}

async fn send(app: &TestApp, columns: Value, more: Value) {
    let mut body = json!({ "columns": columns });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.owner().post("/v1/observations", body).await.expect(200);
}

/// One observation of each time of the morning of a node and a metric.
fn column(node: &str, metric: &str, said: &[(&str, Value)]) -> Value {
    let times: Vec<String> = said.iter().map(|(time, _)| at(&format!("06:{time}"))).collect();
    let values: Vec<&Value> = said.iter().map(|(_, value)| value).collect();
    json!({ "node": node, "metric": metric, "at": times, "values": values })
}

/// All items of a list, read in pages of this size.
async fn paged(app: &TestApp, path: &str, limit: u32) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.owner().get(&format!("{path}&limit={limit}{cursor}")).await.expect(200).body;
        items.extend(page["items"].as_array().unwrap().clone());
        assert!(page["items"].as_array().unwrap().len() <= limit as usize);
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// Members of items, with the times of day of these.
fn shown(items: &[Value], members: &[&str]) -> Vec<String> {
    let text = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.strip_prefix("2029-12-31T").map_or(text.clone(), str::to_owned)
    };
    let item = |item: &Value| members.iter().map(|name| text(&item[name])).collect::<Vec<_>>().join(" ");
    items.iter().map(item).collect()
}

async fn states(app: &TestApp, query: &str) -> Vec<String> {
    let items = paged(app, &format!("/v1/state_intervals?metrics=execution&{query}"), 50).await;
    shown(&items, &["value", "start_at", "end_at", "longer"])
}

/// A mill that says something each minute, but for some time.
async fn mill(app: &TestApp) {
    app.node(json!({ "name": "mill", "labels": { "hall": "a" } })).await;
    let load = ["00:00", "01:00", "02:00", "03:00", "10:00", "11:00"].map(|time| (time, json!(1)));
    let execution = [
        ("00:00", json!("READY")),
        ("01:00", json!("ACTIVE")),
        ("02:00", json!("ACTIVE")),
        ("02:30", json!("READY")),
    ];
    send(app, json!([column("mill", "load", &load), column("mill", "execution", &execution)]), json!({}))
        .await;
}

#[tokio::test]
async fn states_hold_until_another_one_or_silence() {
    let app = TestApp::new().await;
    mill(&app).await;
    let all = [
        "READY 06:00:00Z 06:01:00Z false",
        "ACTIVE 06:01:00Z 06:02:30Z false",
        "READY 06:02:30Z 06:03:00Z false",
        "READY 06:10:00Z 06:11:00Z false",
    ];
    assert_eq!(states(&app, "").await, all);
    // The edges of the window: the intervals that have a part in it, with all of their time.
    for (from, until, expected) in [
        ("06:01:30", "06:02:00", &all[1..2]),
        ("06:02:30", "06:03:00", &all[2..3]),
        ("06:02:29.999999", "06:02:30.000001", &all[1..3]),
        ("06:03:00", "06:10:00", &[]),
        ("06:03:00", "06:10:00.000001", &all[3..]),
        ("06:11:00", "07:00:00", &[]),
    ] {
        let window = format!("from={}&until={}", at(from), at(until));
        assert_eq!(states(&app, &window).await, expected, "{window}");
    }
    // An interval that lasts has no end, until its source is silent for too long.
    app.node(json!({ "name": "lathe" })).await;
    let late = json!([{ "node": "lathe", "metric": "execution", "at": [at("23:30:00"), at("23:40:00")],
        "values": ["ACTIVE", "ACTIVE"] }]);
    send(&app, late, json!({ "stale_after_seconds": 1_800 })).await;
    assert_eq!(states(&app, "node=lathe").await, ["ACTIVE 23:30:00Z null false"]);
    app.advance(1_800);
    assert_eq!(states(&app, "node=lathe").await, ["ACTIVE 23:30:00Z 23:40:00Z false"]);
}

#[tokio::test]
async fn intervals_are_followed_for_a_day_beyond_the_window() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "press" })).await;
    let column = json!([{ "node": "press", "metric": "execution", "at": ["2029-12-25T01:00:00Z"], "values": ["ACTIVE"] }]);
    let coverage =
        json!([{ "node": "press", "from": "2029-12-25T00:00:00Z", "until": "2029-12-29T00:00:00Z" }]);
    send(&app, column, json!({ "coverage": coverage })).await;
    for (from, until, expected) in [
        (
            "2029-12-27T06:00:00Z",
            "2029-12-27T07:00:00Z",
            "ACTIVE 2029-12-26T06:00:00Z 2029-12-28T07:00:00Z true",
        ),
        (
            "2029-12-25T06:00:00Z",
            "2029-12-28T07:00:00Z",
            "ACTIVE 2029-12-25T01:00:00Z 2029-12-29T00:00:00Z false",
        ),
    ] {
        assert_eq!(states(&app, &format!("from={from}&until={until}")).await, [expected]);
    }
}

#[tokio::test]
async fn alarms_are_on_until_they_are_off_or_change_their_level() {
    let app = TestApp::new().await;
    mill(&app).await;
    let alarm = |code: &str, level: &str, on: bool| json!({ "code": code, "level": level, "on": on });
    let alarms = [
        ("00:00", alarm("W1", "warning", true)),
        ("00:00", alarm("E7", "fault", true)),
        ("00:30", alarm("E7", "fault", true)),
        ("00:00", alarm("A2", "notice", true)),
        ("01:00", alarm("E7", "fault", false)),
        ("02:00", alarm("W1", "fault", true)),
        ("10:30", alarm("W1", "fault", false)),
        ("10:40", alarm("A2", "notice", false)),
        ("10:50", alarm("A2", "notice", false)),
    ];
    send(&app, json!([column("mill", "system", &alarms)]), json!({})).await;
    let path = format!("/v1/alarm_intervals?from={}&until={}", at("05:00:00"), at("07:00:00"));
    let all = paged(&app, &path, 50).await;
    let members = ["metric", "code", "level", "start_at", "end_at", "longer"];
    assert_eq!(
        shown(&all, &members),
        [
            "system A2 notice 06:00:00Z 06:03:00Z false",
            "system E7 fault 06:00:00Z 06:01:00Z false",
            "system W1 warning 06:00:00Z 06:02:00Z false",
            "system W1 fault 06:02:00Z 06:03:00Z false",
            "system A2 notice 06:10:00Z 06:10:40Z false",
            "system W1 fault 06:10:00Z 06:10:30Z false",
        ]
    );
    for limit in [1, 2, 3, 5] {
        assert_eq!(paged(&app, &path, limit).await, all, "{limit}");
    }
}

#[tokio::test]
async fn pages_have_the_intervals_of_one_page() {
    let app = TestApp::new().await;
    for node in ["mill-1", "mill-2", "mill-3"] {
        app.node(json!({ "name": node })).await;
        let said = |words: [&'static str; 2]| -> Vec<(String, Value)> {
            (0..40).map(|n| (format!("{n:02}:00"), json!(words[n % 2]))).collect()
        };
        let columns: Vec<Value> = [("mode", ["AUTOMATIC", "MANUAL"]), ("execution", ["ACTIVE", "READY"])]
            .into_iter()
            .map(|(metric, words)| {
                let said = said(words);
                let said: Vec<(&str, Value)> =
                    said.iter().map(|(time, value)| (time.as_str(), value.clone())).collect();
                column(node, metric, &said)
            })
            .collect();
        send(&app, columns.into(), json!({})).await;
    }
    let path = format!("/v1/state_intervals?from={}&until={}", at("06:00:00"), at("07:00:00"));
    let all = paged(&app, &path, 1_000).await;
    assert_eq!(all.len(), 3 * 2 * 39);
    let order = |item: &Value| {
        ["node_id", "metric", "start_at"].map(|member| item[member].as_str().unwrap().to_owned())
    };
    assert!(all.is_sorted_by_key(order));
    for limit in [1, 7, 39, 100] {
        assert_eq!(paged(&app, &path, limit).await, all, "{limit}");
    }
}

#[tokio::test]
async fn a_narrow_reach_has_only_the_intervals_of_its_own_nodes() {
    let app = TestApp::new().await;
    mill(&app).await;
    app.node(json!({ "name": "lathe" })).await;
    let said = [("00:00", json!("READY")), ("01:00", json!("ACTIVE"))];
    send(&app, json!([column("lathe", "execution", &said), column("lathe", "secret", &said)]), json!({}))
        .await;
    assert_eq!(states(&app, "").await.len(), 5);
    assert_eq!(states(&app, "labels=hall%3Da").await.len(), 4);
    let (narrow, _) = app.key(&["reporting"], json!({ "reach": { "labels": "hall=a" } })).await;
    let narrow = app.with_key(&narrow);
    assert_eq!(narrow.get("/v1/state_intervals").await.expect(200).items("value").len(), 4);
    let refused = narrow.get("/v1/state_intervals?metrics=secret").await.problem(400, "invalid");
    assert_eq!(refused.field("metrics"), "no node here has a state secret; they have: execution");
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    assert_eq!(app.with_key(&other).get("/v1/state_intervals").await.expect(200).items("value").len(), 0);
}

#[tokio::test]
async fn wrong_questions_are_refused() {
    let app = TestApp::new().await;
    // Nodes that never said anything are no mistake.
    app.owner().get("/v1/state_intervals?metrics=execution").await.expect(200);
    mill(&app).await;
    for noun in ["state_intervals", "alarm_intervals"] {
        let window = format!("/v1/{noun}?from={}&until={}", at("07:00:00"), at("06:00:00"));
        app.owner().get(&window).await.problem(400, "invalid").field("until");
        for cursor in ["bm9uZQ", "WyJub2RlIiwxLCIiXQ"] {
            let path = format!("/v1/{noun}?cursor={cursor}");
            app.owner().get(&path).await.problem(400, "invalid").field("cursor");
        }
    }
    let wrong =
        app.owner().get("/v1/state_intervals?metrics=execution,exekution").await.problem(400, "invalid");
    assert_eq!(wrong.field("metrics"), "no node here has a state exekution; they have: execution");
    // It is a quantity.
    let wrong = app.owner().get("/v1/state_intervals?metrics=load").await.problem(400, "invalid");
    assert_eq!(wrong.field("metrics"), "no node here has a state load; they have: execution");
}
