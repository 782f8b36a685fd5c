//! Observations that are stored for a node while or after it is merged into another.

use std::collections::BTreeMap;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, OnRefusal};
use bailiwick_domain::observations::column::{Column, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::time::Timestamp;
use bailiwick_machines::background::{follow_merges_now, forget_now};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::merge::on_both;

/// How many batches are sent during a merge.
const BATCHES: i64 = 150;

fn uuid(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// A node as a request knows it that has looked it up.
#[derive(Clone, Copy)]
struct Found {
    organization: OrganizationId,
    node: NodeId,
}

async fn found(app: &TestApp, name: &str) -> Found {
    let node = app.owner().get(&format!("/v1/nodes/{name}")).await.expect(200).body;
    Found {
        organization: OrganizationId::from_uuid(uuid(&node["organization_id"])),
        node: NodeId::from_uuid(uuid(&node["id"])),
    }
}

/// Stores an observation of a node that was found before.
async fn store(app: &TestApp, to: Found, metric: &str, at: Timestamp) -> BatchAnswer {
    let column = Column {
        node: to.node,
        metric: Metric::new(metric.parse().unwrap(), Kind::Count),
        times: vec![at],
        values: Values::Count(vec![at.as_micros()]),
        sequences: Vec::new(),
        lines: Lines::From(1),
    };
    let batch = Batch {
        organization: to.organization,
        source: "test".parse().unwrap(),
        id: None,
        on_refusal: OnRefusal::StoreOthers,
        columns: vec![column],
    };
    app.control.observations().append(batch, app.control.now()).await.unwrap()
}

/// How many observations there are, by node and metric.
async fn counts(app: &TestApp) -> BTreeMap<String, usize> {
    let exported =
        app.owner().get("/v1/observations/export?from=2029-12-01T00:00:00Z").await.expect(200).body;
    let mut counts = BTreeMap::new();
    for line in exported["data"].as_str().unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = format!("{} {}", line["node"].as_str().unwrap(), line["metric"].as_str().unwrap());
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn expected(counts: &[(&str, usize)]) -> BTreeMap<String, usize> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn what_is_stored_during_a_merge_is_moved() {
    on_both("merge_during", async |app: TestApp| {
        app.node(json!({ "name": "old" })).await;
        app.node(json!({ "name": "new" })).await;
        let (old, new) = (found(&app, "old").await, found(&app, "new").await);
        let start = app.control.now().plus_seconds(-3_600);
        // Both have `shared`; only the old one has `own`.
        store(&app, new, "shared", start).await;
        for metric in ["shared", "own"] {
            store(&app, old, metric, start.plus_seconds(1)).await;
        }
        let stored = (0..BATCHES).map(async |number| {
            let metric = if number % 2 == 0 { "shared" } else { "own" };
            let answer = store(&app, old, metric, start.plus_seconds(2 + number)).await;
            assert_eq!((answer.stored, answer.refusals.len()), (1, 0));
        });
        let mut stored: FuturesUnordered<_> = stored.collect();
        // Some before, the others during the merge.
        for _ in 0..10 {
            stored.next().await;
        }
        let owner = app.owner();
        let merged = owner.post("/v1/nodes/new/merge", json!({ "from": "old" }));
        let (merged, ()) = futures::join!(merged, stored.collect());
        merged.expect(200);
        forget_now(&app.control).await.unwrap();
        follow_merges_now(&app.control).await.unwrap();
        let half = usize::try_from(BATCHES / 2).unwrap();
        assert_eq!(counts(&app).await, expected(&[("new own", 1 + half), ("new shared", 2 + half)]));
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_after_a_merge_is_in_the_next_report() {
    on_both("merge_after", async |app: TestApp| {
        app.node(json!({ "name": "oldest" })).await;
        app.node(json!({ "name": "old" })).await;
        app.node(json!({ "name": "new" })).await;
        let (oldest, old) = (found(&app, "oldest").await, found(&app, "old").await);
        app.owner().post("/v1/nodes/old/merge", json!({ "from": "oldest" })).await.expect(200);
        app.owner().post("/v1/nodes/new/merge", json!({ "from": "old" })).await.expect(200);
        // Requests that found the nodes before they were merged.
        let start = app.control.now().plus_seconds(-3_600);
        store(&app, oldest, "part_count", start).await;
        store(&app, old, "part_count", start.plus_seconds(1)).await;
        let report = json!({ "metrics": ["parts_total"], "group_by": ["node"] });
        let report = app.owner().post("/v1/reports/production", report).await.expect(200).body;
        assert_eq!(report["complete"], true);
        assert_eq!(counts(&app).await, expected(&[("new part_count", 2)]));

        // A day later no request is still under way, so what is left of a deleted node is deleted.
        app.advance(86_400);
        follow_merges_now(&app.control).await.unwrap();
        store(&app, old, "part_count", start.plus_seconds(2)).await;
        forget_now(&app.control).await.unwrap();
        assert_eq!(counts(&app).await, expected(&[("new part_count", 2)]));
    })
    .await;
}

#[tokio::test]
async fn observations_follow_a_node_after_the_server_stopped_during_a_merge() {
    on_both("merge_stopped", async |app: TestApp| {
        app.node(json!({ "name": "old" })).await;
        app.node(json!({ "name": "new" })).await;
        let (old, new) = (found(&app, "old").await, found(&app, "new").await);
        let start = app.control.now().plus_seconds(-3_600);
        store(&app, new, "load", start).await;
        app.owner().post("/v1/nodes/new/merge", json!({ "from": "old" })).await.expect(200);
        // As if the server had stopped after it took the series from the node.
        let [merge] = app.control.store().node_merges(None).await.unwrap()[..] else { panic!("no merge") };
        store(&app, Found { node: merge.staging, ..old }, "load", start.plus_seconds(1)).await;
        store(&app, old, "load", start.plus_seconds(2)).await;
        forget_now(&app.control).await.unwrap();
        follow_merges_now(&app.control).await.unwrap();
        assert_eq!(counts(&app).await, expected(&[("new load", 3)]));
    })
    .await;
}

#[tokio::test]
async fn nodes_whose_observations_do_not_go_together_are_not_merged() {
    on_both("merge_obstacles", async |app: TestApp| {
        let owner = app.owner();
        for node in ["old", "new"] {
            app.node(json!({ "name": node })).await;
        }
        let row = |node: &str, metric: &str, more: Value| {
            let mut row = json!({ "node": node, "metric": metric, "at": "2029-12-31T00:00:00Z" });
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            row
        };
        let send = async |rows: Vec<Value>| {
            owner.post("/v1/observations", json!({ "observations": rows })).await.expect(200);
        };
        let merge = async |dry_run: bool| {
            owner.post("/v1/nodes/new/merge", json!({ "from": "old", "dry_run": dry_run })).await
        };
        send(vec![
            row("old", "same", json!({ "value": 1.5, "unit": "%" })),
            row("new", "same", json!({ "value": 2.5, "unit": "%" })),
            row("old", "heat", json!({ "value": 1.5, "unit": "F" })),
            row("new", "heat", json!({ "value": 1.5, "unit": "C" })),
        ])
        .await;
        for dry_run in [true, false] {
            let refused = merge(dry_run).await.problem(409, "cannot_merge");
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(detail.contains("the metric heat of old has another kind or unit"), "{detail}");
        }
        owner.get("/v1/nodes/old").await.expect(200);
    })
    .await;
    on_both("merge_words", async |app: TestApp| {
        for node in ["old", "new"] {
            app.node(json!({ "name": node })).await;
            let times: Vec<String> = (0..6_000)
                .map(|n| format!("2029-12-31T{:02}:{:02}:{:02}Z", n / 3_600, n / 60 % 60, n % 60))
                .collect();
            let words: Vec<String> = (0..6_000).map(|n| format!("{node} {n}")).collect();
            let column = json!({ "node": node, "metric": "program", "at": times, "values": words });
            app.owner().post("/v1/observations", json!({ "columns": [column] })).await.expect(200);
        }
        let refused = app.owner().post("/v1/nodes/new/merge", json!({ "from": "old" })).await;
        let refused = refused.problem(409, "cannot_merge");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("the metric program would have more than 10000 words"), "{detail}");
    })
    .await;
}

#[tokio::test]
async fn what_is_read_of_a_node_that_is_deleted_meanwhile_is_left_out() {
    on_both("read_deleted", async |app: TestApp| {
        for n in 0..8 {
            app.node(json!({ "name": format!("m{n}") })).await;
            let times: Vec<String> = (0..60).map(|n| format!("2029-12-31T10:{n:02}:00Z")).collect();
            let words: Vec<String> = (0..60).map(|n| format!("word {n}")).collect();
            let column =
                json!({ "node": format!("m{n}"), "metric": "execution", "at": times, "values": words });
            app.owner().post("/v1/observations", json!({ "columns": [column] })).await.expect(200);
        }
        let owner = app.owner();
        let deletes = async {
            for n in 0..4 {
                owner.delete(&format!("/v1/nodes/m{n}")).await.expect(200);
                let merge = json!({ "from": format!("m{}", n + 4) });
                if n < 3 {
                    owner.post("/v1/nodes/m7/merge", merge).await.expect(200);
                }
            }
        };
        let reads = async {
            for _ in 0..40 {
                owner.get("/v1/observations?from=2029-12-31T00:00:00Z").await.expect(200);
                owner.get("/v1/series").await.expect(200);
                owner.get("/v1/machines/status").await.expect(200);
            }
        };
        futures::join!(deletes, reads);
        assert_eq!(owner.get("/v1/series").await.expect(200).items("metric"), ["execution"]);
    })
    .await;
}
