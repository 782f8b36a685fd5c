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
