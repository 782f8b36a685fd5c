use bailiwick_domain::history::{
    Annotation, JobRun, OperatorRun, PartCorrection, PartTime, Reject, RejectKind,
};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::calendar::SavedCalendar;
use bailiwick_domain::meaning::downtime::SavedAnnotation;
use bailiwick_domain::meaning::goal::{Goal, GoalMetric};
use bailiwick_domain::meaning::job::{JobOperation, SavedJobRun};
use bailiwick_domain::meaning::operator::SavedOperatorRun;
use bailiwick_domain::node::Node;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::meaning::Meaning;
use bailiwick_store::production_changes::Outdated;

use crate::database::Database;
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, annotation, at, calendar, downtime_reason, goal, goal_id, job_operation,
    job_operation_id, job_run, job_run_id, node, node_id, operator, operator_id, operator_run,
    organization_id, part_correction, reject, whole,
};

on_both!(
    what_is_said_of_nodes_is_read_for_a_span_of_time,
    what_is_said_of_many_nodes_is_read_together,
    nothing_of_another_organization_is_read,
    what_is_said_of_a_node_moves_with_it,
);

fn span(start: i64, end: i64) -> Span {
    Span::new(at(start), at(end))
}

/// Everything from 10 to 20 on node 1, an open one of each kind from 30 on, and one of each on node 2 at 12.
async fn plant(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(2, 3)]).await;
    let reach = whole(1);
    let mut tx = db.store.begin().await.unwrap();
    tx.downtime_reasons(&reach).create(&downtime_reason(1, 1)).await.unwrap();
    let timed = JobOperation {
        ideal_part_ms: Some(2),
        expected_part_ms: Some(2_592_000_000),
        expected_setup_ms: Some(3),
        ..job_operation(1, 1)
    };
    tx.job_operations(&reach).create(&timed).await.unwrap();
    tx.operators(&reach).create(&operator(1, 1)).await.unwrap();
    for (n, node, end_at) in [(10, 1, Some(at(20))), (30, 1, None), (12, 2, Some(at(13)))] {
        tx.of_nodes(&reach).create(&SavedAnnotation { end_at, ..annotation(1, n, node) }).await.unwrap();
        tx.of_nodes(&reach).create(&SavedJobRun { end_at, ..job_run(1, n, node) }).await.unwrap();
        tx.of_nodes(&reach).create(&SavedOperatorRun { end_at, ..operator_run(1, n, node) }).await.unwrap();
        tx.of_nodes(&reach).create(&reject(1, n, node)).await.unwrap();
        tx.of_nodes(&reach).create(&part_correction(1, n, node)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// What is said of an object `n` and a span.
fn said(n: u32, of: Span, is_at: bool) -> Meaning {
    let start: Timestamp = at(i64::from(n));
    let time = |micros| Some(PartTime::from_micros(micros).unwrap());
    Meaning {
        runs: vec![JobRun {
            id: job_run_id(n),
            operation: job_operation_id(1),
            span: of,
            ideal: time(2_000),
            expected: time(2_592_000_000_000),
            expected_setup_micros: 3_000,
        }],
        operators: vec![OperatorRun { operator: operator_id(1), span: of }],
        annotations: vec![Annotation { span: of, reason: downtime_reason(1, 1).reason, is_planned: false }],
        rejects: if is_at { vec![Reject { at: start, kind: RejectKind::Scrap, parts: 1 }] } else { vec![] },
        corrections: if is_at { vec![PartCorrection { at: start, parts: -1 }] } else { vec![] },
    }
}

async fn what_is_said_of_nodes_is_read_for_a_span_of_time(db: &Database) {
    plant(db).await;
    let meaning = db.store.meaning(organization_id(1));
    let (first, open) = (span(10, 20), Span::since(at(30)));
    let both = [node_id(1), node_id(2)];
    for (of, one, two) in [
        (span(0, 10), None, None),
        (span(0, 11), Some(said(10, first, true)), None),
        (span(11, 12), Some(said(10, first, false)), None),
        (span(12, 13), Some(said(10, first, false)), Some(said(12, span(12, 13), true))),
        (span(19, 20), Some(said(10, first, false)), None),
        (span(20, 30), None, None),
        (span(30, 31), Some(said(30, open, true)), None),
        (Span::since(at(31)), Some(said(30, open, false)), None),
    ] {
        let mut found = meaning.of_nodes(&both, of).await.unwrap();
        assert_eq!(found.remove(&node_id(1)), one, "{of:?}");
        assert_eq!(found.remove(&node_id(2)), two, "{of:?}");
        assert!(found.is_empty());
    }
    let all = meaning.of_nodes(&[node_id(1)], Span::since(at(0))).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[&node_id(1)].runs.len(), 2);
    assert!(meaning.of_nodes(&[], Span::since(at(0))).await.unwrap().is_empty());
}

async fn what_is_said_of_many_nodes_is_read_together(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let nodes: Vec<Node> = (1..=1_200).map(|n| Node { address: None, ..node(1, n) }).collect();
    let reach = whole(1);
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&reach).create_many(&nodes).await.unwrap();
    for n in [1, 999, 1_200] {
        tx.of_nodes(&reach).create(&reject(1, n, n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ids: Vec<_> = nodes.iter().map(|node| node.id).collect();
    let found = db.store.meaning(organization_id(1)).of_nodes(&ids, Span::since(at(0))).await.unwrap();
    let mut found: Vec<_> = found.into_keys().collect();
    found.sort_unstable();
    assert_eq!(found, [1, 999, 1_200].map(node_id));
}

async fn nothing_of_another_organization_is_read(db: &Database) {
    plant(db).await;
    let meaning = db.store.meaning(organization_id(2));
    let all = [1, 2, 3].map(node_id);
    assert!(meaning.of_nodes(&all, Span::since(at(0))).await.unwrap().is_empty());
    let own = SavedCalendar { site_id: None, ..calendar(1, 1) };
    let mut tx = db.store.begin().await.unwrap();
    tx.calendars(&whole(1)).create(&own).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.meaning(organization_id(1)).calendars().await.unwrap(), [own]);
    assert_eq!(meaning.calendars().await.unwrap(), []);
}

async fn what_is_said_of_a_node_moves_with_it(db: &Database) {
    plant(db).await;
    let reach = whole(1);
    let of_node = |n: u32| SavedCalendar { site_id: None, node_id: Some(node_id(n)), ..calendar(1, n) };
    let mut tx = db.store.begin().await.unwrap();
    for n in [1, 2] {
        tx.calendars(&reach).create(&of_node(n)).await.unwrap();
        tx.goals(&reach).create(&Goal { node_id: Some(node_id(n)), ..goal(1, n) }).await.unwrap();
    }
    let parts = Goal { node_id: Some(node_id(2)), metric: GoalMetric::Parts, ..goal(1, 3) };
    tx.goals(&reach).create(&parts).await.unwrap();
    let late = SavedAnnotation { end_at: Some(at(25)), ..annotation(1, 22, 2) };
    tx.of_nodes(&reach).create(&late).await.unwrap();
    tx.commit().await.unwrap();
    noted(&db.store).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.move_meaning(organization_id(1), node_id(2), node_id(1), at(99)).await.unwrap();
    tx.nodes(&reach).delete(node_id(2), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&db.store).await, [(Area::Node(node_id(1)), Outdated::ALWAYS)]);
    let meaning = db.store.meaning(organization_id(1));
    let all = meaning.of_nodes(&[node_id(1), node_id(2)], Span::since(at(0))).await.unwrap();
    assert_eq!(all.len(), 1);
    let all = &all[&node_id(1)];
    // Those of node 2 at 12 overlap with those of node 1 from 10 to 20; the annotation at 22 does not.
    let sizes = [all.annotations.len(), all.runs.len(), all.operators.len(), all.rejects.len()];
    assert_eq!((sizes, all.corrections.len()), ([3, 2, 3, 3], 3));
    let moved = db.store.of_nodes::<SavedAnnotation>(&reach).get(late.id).await.unwrap().unwrap();
    assert_eq!((moved.node_id, moved.updated_at, moved.revision), (node_id(1), at(99), Revision::new(2)));
    assert_eq!(meaning.calendars().await.unwrap(), [of_node(1)]);
    let goals: Vec<_> = meaning.goals().await.unwrap().into_iter().map(|goal| goal.id).collect();
    assert_eq!(goals, [goal_id(1), goal_id(3)]);
}
