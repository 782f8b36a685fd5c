use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Observed};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::{Node, NodeType};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{Service, ServiceType};
use bailiwick_store::change::Change;
use bailiwick_store::supervised::Probed;
use bailiwick_store::{Store, Tx};

use crate::database::Database;
use crate::samples::{
    add_agents, add_nodes, add_organizations, add_services, agent, agent_id, at, node, node_id,
    organization_id, service, service_id, whole,
};

on_both!(
    a_changed_program_notifies_the_node_that_runs_it,
    the_status_of_an_unreported_agent_becomes_unknown,
    a_probe_of_an_exporter_is_taken_once_and_its_result_stored,
    exporters_of_each_organization_are_probed_in_turn,
);

/// An exporter on node 1 that watches service 1 and, from elsewhere, node 2.
fn exporter(n: u32) -> Agent {
    Agent {
        kind: AgentType::RdsExporter,
        runs_on: Some(node_id(1)),
        observes: Observed { nodes: [node_id(2)].into(), services: [service_id(1)].into() },
        ..agent(1, n)
    }
}

async fn places(store: &Store) {
    add_organizations(store, &[1]).await;
    let rds = Node { kind: NodeType::RemoteRds, region: Some("eu-1".parse().unwrap()), ..node(1, 2) };
    add_nodes(store, &[node(1, 1), rds, node(1, 3)]).await;
    let mysql = |n| Service { kind: ServiceType::Mysql, ..service(1, n) };
    add_services(store, &[mysql(1), mysql(2)]).await;
}

/// The nodes that are told of what a transaction did.
async fn told(store: &Store, change: impl AsyncFnOnce(&mut Tx, &OrganizationReach)) -> Vec<NodeId> {
    let mut tx = store.begin().await.unwrap();
    change(&mut tx, &whole(1)).await;
    let changes = tx.commit().await.unwrap();
    let node = |change| match change {
        Change::Node(node) => Some(node),
        _ => None,
    };
    changes.into_iter().filter_map(node).collect()
}

async fn a_changed_program_notifies_the_node_that_runs_it(db: &Database) {
    let store = &db.store;
    places(store).await;
    let ours = [node_id(1)];
    let external = Agent { runs_on: Some(node_id(1)), ..agent(1, 9) };
    let of = told(store, async |tx, reach| tx.agents(reach).create(&external).await.unwrap()).await;
    assert_eq!(of, []);
    let of = told(store, async |tx, reach| tx.agents(reach).create(&exporter(1)).await.unwrap()).await;
    assert_eq!(of, ours);
    let next = Revision::FIRST.next();
    let changed = Agent { enabled: false, revision: next, ..exporter(1) };
    let of = told(store, async |tx, reach| tx.agents(reach).update(&changed, Revision::FIRST).await.unwrap());
    assert_eq!(of.await, ours);
    for (n, expected) in [(1, &ours[..]), (2, &[])] {
        let changed = Service { kind: ServiceType::Mysql, revision: next, ..service(1, n) };
        let of = told(store, async |tx, reach| {
            tx.services(reach).update(&changed, Revision::FIRST).await.unwrap();
        });
        assert_eq!(of.await, expected, "service {n}");
    }
    // The certificate of its front has the name of the node that it runs on.
    for (n, expected) in [(1, &ours[..]), (2, &ours), (3, &[][..])] {
        let reach = whole(1);
        let found = store.nodes(&reach).all_of(&[node_id(n)], &[]).await.unwrap().remove(0);
        let changed = Node { revision: next, ..found };
        let of =
            told(store, async |tx, reach| tx.nodes(reach).update(&changed, Revision::FIRST).await.unwrap());
        assert_eq!(of.await, expected, "node {n}");
    }
    let of = told(store, async |tx, reach| {
        tx.agents(reach).delete_many(&[agent_id(1), agent_id(9)]).await.unwrap()
    });
    assert_eq!(of.await, ours);
}

async fn the_status_of_an_unreported_agent_becomes_unknown(db: &Database) {
    places(&db.store).await;
    let running = |n, on, kind| Agent {
        kind,
        runs_on: Some(node_id(on)),
        observes: Observed::default(),
        status: AgentStatus::Running,
        enabled: n != 2,
        ..agent(1, n)
    };
    let node_exporter = AgentType::NodeExporter;
    let agents = [
        running(1, 1, node_exporter),
        running(2, 1, node_exporter),
        running(3, 1, node_exporter),
        running(4, 1, AgentType::ExternalExporter),
        running(5, 3, node_exporter),
    ];
    add_agents(&db.store, &agents).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.doubt_untold(
        &[(organization_id(1), node_id(1))],
        &[(node_id(1), agent_id(3)), (node_id(3), agent_id(1))],
        at(50),
    )
    .await
    .unwrap();
    // Of a node that keeps nothing all is doubted.
    tx.doubt_untold(&[(organization_id(1), node_id(2))], &[], at(60)).await.unwrap();
    tx.doubt_untold(&[], &[], at(60)).await.unwrap();
    tx.commit().await.unwrap();
    let reach = whole(1);
    let found = db.store.agents(&reach).some_with_all((1..=5).map(agent_id)).await.unwrap();
    let statuses: Vec<_> = found.iter().map(|agent| (agent.status, agent.status_since)).collect();
    let (unknown, done, still) = (AgentStatus::Unknown, AgentStatus::Done, AgentStatus::Running);
    assert_eq!(statuses, [(unknown, at(50)), (done, at(50)), (still, at(3)), (still, at(4)), (still, at(5))]);
}

async fn exporters_of_each_organization_are_probed_in_turn(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(2, 7)]).await;
    let port = Port::try_from(9_100).ok();
    let external = |organization, n, on| Agent {
        runs_on: Some(node_id(on)),
        listen_port: port,
        ..agent(organization, n)
    };
    add_agents(&db.store, &[external(1, 1, 1), external(1, 2, 1), external(1, 3, 1), external(2, 9, 7)])
        .await;
    let mut tx = db.store.begin().await.unwrap();
    let taken = tx.take_to_probe(at(0), at(100), 2).await.unwrap();
    tx.commit().await.unwrap();
    let taken: Vec<_> = taken.into_iter().map(|taken| taken.agent).collect();
    assert_eq!(taken, [agent_id(1), agent_id(9)]);
}

async fn a_probe_of_an_exporter_is_taken_once_and_its_result_stored(db: &Database) {
    places(&db.store).await;
    let port = Port::try_from(9_100).ok();
    let external = |n, on| Agent { runs_on: on, listen_port: port, ..agent(1, n) };
    let disabled = Agent { enabled: false, ..external(3, Some(node_id(1))) };
    let agents = [external(1, Some(node_id(1))), external(2, Some(node_id(3))), disabled, external(4, None)];
    add_agents(&db.store, &agents).await;
    let take = async |before: i64, now: i64, most| {
        let mut tx = db.store.begin().await.unwrap();
        let taken = tx.take_to_probe(at(before), at(now), most).await.unwrap();
        tx.commit().await.unwrap();
        taken.into_iter().map(|taken| (taken.agent, taken.address)).collect::<Vec<_>>()
    };
    assert_eq!(take(0, 100, 1).await, [(agent_id(1), "10.0.0.1".to_owned())]);
    assert_eq!(take(0, 110, 9).await, [(agent_id(2), "10.0.0.3".to_owned())]);
    assert_eq!(take(99, 120, 9).await, []);
    assert_eq!(take(100, 130, 9).await, [(agent_id(1), "10.0.0.1".to_owned())]);

    let note = async |error: Option<&str>, now| {
        let probed = [1, 3].map(|n| Probed { agent: agent_id(n), error: error.map(str::to_owned) });
        let mut tx = db.store.begin().await.unwrap();
        tx.note_probed(&probed, at(now)).await.unwrap();
        tx.commit().await.unwrap();
        let reach = whole(1);
        let found = db.store.agents(&reach).some_with_all([agent_id(1), agent_id(3)]).await.unwrap();
        // The one that is disabled meanwhile stays as it was.
        assert_eq!(found[1].status, AgentStatus::Unknown);
        (found[0].status, found[0].status_since, found[0].reported.last_error.clone())
    };
    assert_eq!(note(None, 200).await, (AgentStatus::Running, at(200), None));
    assert_eq!(note(None, 210).await, (AgentStatus::Running, at(200), None));
    let (waiting, refused) = (AgentStatus::Waiting, Some("refused".to_owned()));
    assert_eq!(note(Some("refused"), 220).await, (waiting, at(220), refused));
    assert_eq!(note(Some("no answer"), 230).await, (waiting, at(220), Some("no answer".to_owned())));
}
