//! Recordings of machines, sent in different orders: every order gives the same report.

use std::path::{Path, PathBuf};

use bailiwick_domain::time::Timestamp;
use bailiwick_swarm::recording::{observations, shuffled};
use serde_json::{Value, json};

use crate::app::TestApp;

/// Sends rows in batches, as JSON lines.
async fn send(app: &TestApp, rows: &[Value], batch: usize) {
    for rows in rows.chunks(batch) {
        let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        let body = lines.join("\n").into_bytes();
        let sent =
            app.owner().raw("POST", "/v1/observations", Some("application/x-ndjson"), body).await.expect(200);
        assert_eq!(sent.body["refused"], 0, "{:#}", sent.body);
    }
}

fn at(row: &Value) -> Timestamp {
    row["at"].as_str().unwrap().parse().unwrap()
}

async fn values(app: &TestApp, from: &str, until: &str) -> Value {
    let body = json!({ "from": from, "until": until, "metrics": ["parts_total", "parts_unattributed", "in_cycle_ms",
        "idle_ms", "no_data_ms", "all_ms", "utilization"] });
    let report = app.owner().post("/v1/reports/production", body).await.expect(200).body;
    assert_eq!(report["complete"], true);
    report["total"]["values"].clone()
}

/// The time of the intervals in which a metric was `ACTIVE`, in microseconds.
async fn active(app: &TestApp, metric: &str, from: &str, until: &str) -> i64 {
    let path = format!("/v1/state_intervals?metrics={metric}&from={from}&until={until}&limit=1000");
    let page = app.owner().get(&path).await.expect(200).body;
    assert_eq!(page["next_cursor"], Value::Null);
    let active = page["items"].as_array().unwrap().iter().filter(|interval| interval["value"] == "ACTIVE");
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap().as_micros();
    active.map(|interval| time(&interval["end_at"]) - time(&interval["start_at"])).sum()
}

/// The recording of a real machine, if there is a directory for it beside the workspace or above it.
fn recording() -> Option<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let directory: PathBuf = above.map(|path| path.join("shared/data")).find(|path| path.is_dir())?;
    std::fs::read_to_string(directory.join("okuma-multus-u3000.shdr")).ok()
}

#[tokio::test]
async fn the_recording_has_its_figures_in_every_order_and_batch_size() {
    let Some(text) = recording() else {
        let required = std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_ok_and(|value| value == "1");
        assert!(!required, "BAILIWICK_TEST_REQUIRE_ALL=1 requires shared/data");
        return;
    };
    let in_file_order = observations(&text, "okuma");
    let mut in_time_order = in_file_order.clone();
    in_time_order.sort_by_key(at);
    let mixed = shuffled(in_file_order.clone(), 0x2545_f491_4f6c_dd1d);
    for (rows, batch) in [(in_file_order, 10_000), (in_time_order, 997), (mixed, 3_000)] {
        let app = TestApp::new().await;
        app.node(json!({ "name": "okuma" })).await;
        send(&app, &rows, batch).await;
        let [from, until] = ["2022-08-08T13:37:18.850Z", "2022-08-08T14:30:19.673Z"];
        let values = values(&app, from, until).await;
        assert_eq!((&values["parts_total"], &values["parts_unattributed"]), (&json!(4), &json!(1)));
        let milliseconds = |name: &str| values[name].as_f64().unwrap().round();
        assert_eq!(milliseconds("all_ms"), 3_180_823.0);
        assert_eq!(milliseconds("in_cycle_ms"), 1_357_376.0);
        assert_eq!(milliseconds("no_data_ms"), 1_803_750.0);
        let active = active(&app, "pexecution", from, until).await;
        assert_eq!((active + 500) / 1_000, 1_357_376);
        assert_eq!((values["utilization"].as_f64().unwrap() * 10_000.0).round(), 9_857.0);
    }
}

/// Numbers from a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// The first microsecond of the generated recordings.
const START: i64 = 1_893_000_000_000_000;
/// A minute: a longer silence is no data.
const MINUTE: i64 = 60_000_000;

/// A reading of a machine: what it says of its execution, or its part count.
#[derive(Clone, Debug)]
enum Said {
    Execution(&'static str),
    Parts(i64),
}

/// A recording with random states, a counter that is reset, gaps, and equal times: time, sequence number, reading.
fn generated(seed: u64) -> Vec<(i64, i64, Said)> {
    let mut numbers = Numbers(seed | 1);
    let (mut at, mut parts, mut said) = (START, 0_i64, Vec::new());
    for sequence in 0..250 {
        at += match numbers.below(20) {
            0 => MINUTE * 2 + numbers.below(1_000_000) as i64,
            1..=4 => 0,
            _ => numbers.below(MINUTE as u64) as i64,
        };
        if numbers.below(3) == 0 {
            parts = if numbers.below(12) == 0 { 0 } else { parts + numbers.below(3) as i64 };
            // A counter says one thing at one time.
            if said.iter().all(|(other, _, said)| *other != at || matches!(said, Said::Execution(_))) {
                said.push((at, sequence, Said::Parts(parts)));
            }
        } else {
            let words = ["ACTIVE", "ACTIVE", "READY", "STOPPED", "UNAVAILABLE"];
            said.push((at, sequence, Said::Execution(words[numbers.below(5) as usize])));
        }
    }
    said
}

/// What a report should say of a recording: time in cycle, idle and without data, parts, and unattributed parts. It
/// sorts, and adds up what is between one reading and the next.
fn reference(said: &[(i64, i64, Said)], until: i64) -> [i64; 5] {
    let mut sorted = said.to_vec();
    sorted.sort_by_key(|(at, sequence, _)| (*at, *sequence));
    let [mut in_cycle, mut idle, mut no_data, mut total, mut unattributed] = [0; 5];
    let (mut word, mut counted, mut gap_since_count) = ("UNAVAILABLE", None, false);
    for (place, (at, _, said)) in sorted.iter().enumerate() {
        match said {
            Said::Execution(said) => word = said,
            Said::Parts(now) => {
                let made = match counted {
                    Some(before) if *now >= before => now - before,
                    Some(before) if *now <= before / 2 => *now,
                    _ => 0,
                };
                *if gap_since_count { &mut unattributed } else { &mut total } += made;
                (counted, gap_since_count) = (Some(*now), false);
            }
        }
        // After the last reading there was nothing for days.
        let next = sorted.get(place + 1);
        let span = next.map_or(until, |(next, ..)| *next) - at;
        let is_gap = next.is_none() || span > MINUTE;
        gap_since_count |= is_gap;
        *match (is_gap, word) {
            (true, _) | (_, "UNAVAILABLE") => &mut no_data,
            (false, "ACTIVE") => &mut in_cycle,
            (false, _) => &mut idle,
        } += span;
    }
    [in_cycle, idle, no_data, total, unattributed]
}

#[tokio::test]
async fn generated_recordings_have_the_figures_of_a_naive_reference() {
    for seed in 1..=6_u64 {
        let said = generated(seed * 0x9e37_79b9);
        let rows: Vec<Value> = said
            .iter()
            .map(|(at, sequence, said)| {
                let at = Timestamp::from_micros(*at).to_string();
                match said {
                    Said::Execution(word) => {
                        json!({ "node": "mill", "metric": "execution", "at": at, "value": word, "sequence": sequence })
                    }
                    Said::Parts(parts) => json!({ "node": "mill", "metric": "part_count", "at": at, "value": parts }),
                }
            })
            .collect();
        let until = said.last().unwrap().0 + 10 * 1_000_000;
        let expected = reference(&said, until);
        let [from, until] = [said.first().unwrap().0, until].map(|at| Timestamp::from_micros(at).to_string());
        for (rows, batch) in [
            (rows.clone(), 1_000),
            (rows.iter().rev().cloned().collect(), 17),
            (shuffled(rows.clone(), seed), 40),
            (shuffled(rows, seed + 100), 1),
        ] {
            let app = TestApp::new().await;
            app.node(json!({ "name": "mill" })).await;
            send(&app, &rows, batch).await;
            let values = values(&app, &from, &until).await;
            let micros = |name: &str| (values[name].as_f64().unwrap() * 1_000.0).round() as i64;
            let count = |name: &str| values[name].as_i64().unwrap();
            let found = [
                micros("in_cycle_ms"),
                micros("idle_ms"),
                micros("no_data_ms"),
                count("parts_total"),
                count("parts_unattributed"),
            ];
            assert_eq!(found, expected, "seed {seed}, batches of {batch}");
            assert_eq!(active(&app, "execution", &from, &until).await, found[0], "seed {seed}");
        }
    }
}

/// Asks a GraphQL query and expects an answer without errors.
async fn ask(app: &TestApp, body: Value) -> Value {
    let (key, _) = app.key(&["reporting"], json!({})).await;
    let reply = app.with_key(&key).post("/graphql", body).await.expect(200);
    assert_eq!(reply.body.get("errors"), None, "{:#}", reply.body);
    reply.body["data"].clone()
}

/// The queries that MachineMetrics publishes, with the metric of the recording, and what they answer about it.
#[tokio::test]
async fn the_published_queries_answer_from_the_recording() {
    let Some(text) = recording() else { return };
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = app.node(json!({ "name": "okuma", "serial_number": "7" })).await;
    app.node(json!({ "name": "idle" })).await;
    send(&app, &observations(&text, "okuma"), 10_000).await;
    owner.post("/v1/downtime_reasons", json!({ "reason": "Setup|Tool" })).await.expect(201);
    let down = json!({ "node": "okuma", "reason": "Setup|Tool", "start_at": "2029-12-31T00:00:00Z" });
    owner.post("/v1/annotations", down).await.expect(201);
    let operation = json!({ "job": "WO-1", "name": "Mill", "part": "P-7" });
    let operation = owner.post("/v1/job_operations", operation).await.expect(201).body["id"].clone();
    let run = json!({ "node": "okuma", "job_operation": operation });
    let run = owner.post("/v1/job_runs", run).await.expect(201).body["id"].clone();
    let ended = json!({
        "node": "okuma", "job_operation": operation, "start_at": "2029-01-01T00:00:00Z", "end_at": "2029-01-02T00:00:00Z",
    });
    owner.post("/v1/job_runs", ended).await.expect(201);
    let ann = owner.post("/v1/operators", json!({ "name": "Ann" })).await.expect(201).body["id"].clone();
    owner.post("/v1/operator_runs", json!({ "node": "okuma", "operator": ann })).await.expect(201);

    let query = r#"query { machines(where:{annotations:{endAt:{_is_null:true}}}) {
      name  currentAlarms{startAt nativeCode label description}
      currentStates(where:{metricKey:{_eq:"pexecution"}}){metricKey value}
      annotations(where:{endAt:{_is_null:true}}){annotationType{name} startAt} } }"#;
    let expected = json!({ "machines": [{
        "name": "okuma",
        "currentAlarms": [],
        "currentStates": [{ "metricKey": "pexecution", "value": "READY" }],
        "annotations": [{ "annotationType": { "name": "Setup|Tool" }, "startAt": "2029-12-31T00:00:00Z" }],
    }] });
    assert_eq!(ask(&app, json!({ "query": query })).await, expected);

    let query = "query Machines($where:MachineTP_bool_exp){ machines(where:$where, order_by:{name:asc}){machineId machineRef name make model decommissionedAt} }";
    let variables =
        json!({ "where": { "machineRef": { "_eq": 1 }, "decommissionedAt": { "_is_null": true } } });
    let expected = json!({ "machines": [{
        "machineId": node, "machineRef": 1, "name": "okuma", "make": null, "model": null, "decommissionedAt": null,
    }] });
    assert_eq!(ask(&app, json!({ "query": query, "variables": variables })).await, expected);

    let query = "query { activitySets(where:{machine:{machineRef:{_eq:1}}, closedAt:{_is_null:true}}){activitySetRef workOrderOperation{status}} }";
    let expected =
        json!({ "activitySets": [{ "activitySetRef": run, "workOrderOperation": { "status": null } }] });
    assert_eq!(ask(&app, json!({ "query": query })).await, expected);

    let query = "query { operatorRuns(where:{endAt:{_is_null:true}}){operator{name} machine{name}} }";
    let expected =
        json!({ "operatorRuns": [{ "operator": { "name": "Ann" }, "machine": { "name": "okuma" } }] });
    assert_eq!(ask(&app, json!({ "query": query })).await, expected);

    let query = r#"query { stateIntervals(args:{machineRef:1, metricKey:"pexecution", windowStartAt:"2022-08-08T08:37:18.850-05:00", windowEndAt:"2022-08-08T09:30:19.673-05:00"}){startAt endAt value machineRef} }"#;
    let found = ask(&app, json!({ "query": query })).await;
    let intervals = found["stateIntervals"].as_array().unwrap();
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap().as_micros();
    let active = intervals.iter().filter(|interval| interval["value"] == "ACTIVE");
    let micros: i64 = active.map(|interval| time(&interval["endAt"]) - time(&interval["startAt"])).sum();
    assert_eq!((micros + 500) / 1_000, 1_357_376, "{intervals:#?}");
    assert!(intervals.iter().all(|interval| interval["machineRef"] == 1));

    let query = r#"query { quantities_aggregate(args:{machineRef:1, windowStartAt:"2022-08-08T13:30:00Z", windowEndAt:"2022-08-08T15:00:00Z"}) { aggregate { count } } }"#;
    let found = ask(&app, json!({ "query": query })).await;
    assert!(found["quantities_aggregate"]["aggregate"]["count"].as_i64().unwrap() > 1_000, "{found}");
}
