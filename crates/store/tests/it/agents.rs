use std::collections::BTreeSet;

use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Observed, Reported, SecretName};
use bailiwick_domain::id::{AgentId, NodeId, ServiceId, SiteId};
use bailiwick_domain::key::Sealed;
use bailiwick_domain::label::Labels;
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::Service;
use bailiwick_store::agent_secrets::AgentSecret;
use bailiwick_store::agents::{Affected, Gone};
use bailiwick_store::{AgentFilter, Error, Store};
use serde_json::json;

use crate::database::Database;
use crate::list::{all, walk};
use crate::samples::{
    add_agents, add_nodes, add_organizations, add_services, add_sites, agent, agent_id, at, labels, node,
    node_id, service, service_id, site, site_id, whole,
};
use crate::services::reaches;

on_both!(
    every_field_of_an_agent_is_stored,
    a_second_bailiwick_agent_on_a_node_is_refused,
    an_update_requires_the_current_revision,
    a_deletion_requires_the_current_revision,
    more_than_a_thousand_agents_are_written_at_once,
    an_agent_cannot_refer_to_another_organization,
    a_node_or_service_that_an_agent_refers_to_is_not_deleted,
    each_filter_returns_exactly_the_matching_agents,
    a_reach_finds_exactly_the_agents_that_it_touches,
    an_agent_of_another_organization_is_out_of_reach,
    deleting_a_node_or_service_changes_or_deletes_its_agents,
    secrets_are_stored_and_moved_to_another_pepper,
);

fn observed(nodes: &[u32], services: &[u32]) -> Observed {
    Observed {
        nodes: nodes.iter().copied().map(node_id).collect(),
        services: services.iter().copied().map(service_id).collect(),
    }
}

fn full(organization: u32, n: u32) -> Agent {
    let settings = json!({
        "username": "it's \"100%\" 😀", "tls": true, "n": -1, "texts": ["a", ""], "map": { "a": "b" },
    });
    Agent {
        kind: AgentType::MysqldExporter,
        runs_on: Some(node_id(1)),
        observes: observed(&[1, 2], &[1]),
        enabled: false,
        description: Some("Two\nlines, it's \"new\"".parse().unwrap()),
        settings: serde_json::from_value(settings).unwrap(),
        listen_port: Some(65_535.try_into().unwrap()),
        configured_port: Some(9_104.try_into().unwrap()),
        status: AgentStatus::Waiting,
        status_since: at(5),
        reported: Reported::default(),
        labels: labels(&[("env", "prod"), ("empty", "")]),
        ..agent(organization, n)
    }
}

/// Organization 1 with nodes 1, 2 (at site 1) and 3 (at site 2), service 1 on the first two and
/// service 2 on none; organization 2 with node 4 and service 4.
async fn places(store: &Store) {
    add_organizations(store, &[1, 2]).await;
    add_sites(store, &[site(1, 1), site(1, 2)]).await;
    let nodes = [1, 2, 3].map(|n| Node { site_id: site_of(node_id(n)), ..node(1, n) });
    add_nodes(store, &nodes).await;
    add_nodes(store, &[node(2, 4)]).await;
    let first = Service { nodes: observed(&[1, 2], &[]).nodes, ..service(1, 1) };
    add_services(store, &[first, service(1, 2), service(2, 4)]).await;
}

fn site_of(node: NodeId) -> Option<SiteId> {
    [(node_id(2), site_id(1)), (node_id(3), site_id(2))].into_iter().find(|(n, _)| *n == node).map(|(_, s)| s)
}

async fn every_field_of_an_agent_is_stored(db: &Database) {
    places(&db.store).await;
    add_agents(&db.store, &[full(1, 1), agent(1, 2)]).await;
    let reach = whole(1);
    let mut agents = db.store.agents(&reach);
    for expected in [full(1, 1), agent(1, 2)] {
        assert_eq!(agents.get(expected.id).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(agents.get_with_all(expected.id).await.unwrap(), Some(expected));
    }
    assert_eq!(agents.get(agent_id(3)).await.unwrap(), None);
    assert_eq!(agents.existing(&[agent_id(1), agent_id(3)]).await.unwrap(), [agent_id(1)].into());
    let both = agents.some_with_all([agent_id(2), agent_id(1), agent_id(9)]).await.unwrap();
    assert_eq!(both, [full(1, 1), agent(1, 2)]);
}

async fn a_second_bailiwick_agent_on_a_node_is_refused(db: &Database) {
    places(&db.store).await;
    let ours = |n, on| Agent { kind: AgentType::BailiwickAgent, runs_on: Some(node_id(on)), ..agent(1, n) };
    let other = Agent { kind: AgentType::NodeExporter, ..ours(3, 1) };
    add_agents(&db.store, &[ours(1, 1), ours(2, 2), other.clone(), Agent { id: agent_id(4), ..other }]).await;
    let found = db.store.agents(&whole(1)).ours_on(&[node_id(1), node_id(3)]).await.unwrap();
    assert_eq!(found, [(node_id(1), agent_id(1))]);
    assert_eq!(db.store.agents(&whole(2)).ours_on(&[node_id(1)]).await.unwrap(), []);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.agents(&whole(1)).create(&ours(9, 1)).await, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    places(&db.store).await;
    add_agents(&db.store, &[full(1, 1), agent(1, 2)]).await;
    let changed = Agent {
        kind: AgentType::MysqldExporter,
        runs_on: Some(node_id(1)),
        observes: observed(&[3], &[2]),
        labels: labels(&[("env", "test")]),
        updated_at: at(99),
        revision: Revision::new(2),
        ..agent(1, 1)
    };
    // What was reported of it is not written with it, nor the port that it chose.
    let Agent { status, status_since, listen_port, .. } = full(1, 1);
    let written = Agent { status: AgentStatus::Running, listen_port: None, ..changed };
    let changed = Agent { status, status_since, listen_port, ..written.clone() };
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&whole(1)).update(&written, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    for (agent, from) in
        [(&full(1, 1), Revision::FIRST), (&full(1, 1), Revision::new(3)), (&agent(1, 9), Revision::FIRST)]
    {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.agents(&whole(1)).update(agent, from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let reach = whole(1);
    let mut agents = db.store.agents(&reach);
    assert_eq!(agents.get(agent_id(1)).await.unwrap().as_ref(), Some(&changed));
    for (selector, found) in [("env=test", 1), ("env=prod", 0)] {
        let filter = AgentFilter { labels: selector.parse().unwrap(), ..Default::default() };
        assert_eq!(agents.list(&filter, all("created_at")).await.unwrap().items.len(), found, "{selector}");
    }
}

async fn a_deletion_requires_the_current_revision(db: &Database) {
    places(&db.store).await;
    add_agents(&db.store, &[full(1, 1), agent(1, 2)]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.set_agent_secrets(&[secret(1, "password", 1, b"x")]).await.unwrap();
    tx.commit().await.unwrap();
    for (n, from) in [(1, Revision::new(2)), (9, Revision::FIRST)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.agents(&whole(1)).delete(agent_id(n), from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&whole(1)).delete(agent_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let left = db.store.agents(&whole(1)).list(&AgentFilter::default(), all("created_at")).await.unwrap();
    assert_eq!(left.items, [agent(1, 2)]);
    assert_eq!(db.store.agent_secrets(agent_id(1)).await.unwrap(), []);
    add_agents(&db.store, &[full(1, 1)]).await;
}

async fn more_than_a_thousand_agents_are_written_at_once(db: &Database) {
    places(&db.store).await;
    let many: Vec<_> = (1..=1_203)
        .map(|n| Agent {
            observes: observed(&[1, 2, 3], &[1, 2]),
            labels: labels(&[("n", "x")]),
            ..agent(1, n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&whole(1)).create_many(&[]).await.unwrap();
    tx.agents(&whole(1)).create_many(&many).await.unwrap();
    tx.commit().await.unwrap();
    let reach = whole(1);
    let page = async |list| db.store.agents(&reach).list(&AgentFilter::default(), list).await;
    assert_eq!(walk("created_at", 500, page).await, many);
    let ids: Vec<_> = many.iter().map(|agent| agent.id).collect();
    assert_eq!(db.store.agents(&reach).some_with_all(ids.iter().copied()).await.unwrap(), many);
    assert_eq!(db.store.agents(&reach).count(&AgentFilter::default()).await.unwrap(), 1_203);
    let changed: Vec<_> = many
        .iter()
        .map(|a| Agent {
            observes: observed(&[2], &[1]),
            enabled: false,
            revision: Revision::new(2),
            ..a.clone()
        })
        .collect();
    let changes: Vec<_> = changed.iter().map(|agent| (agent, Revision::FIRST)).collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&reach).update_many(&[]).await.unwrap();
    tx.agents(&reach).update_many(&changes).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("created_at", 500, page).await, changed);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.agents(&reach).update_many(&changes[..2]).await, Err(Error::Changed)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&reach).delete_many(&ids[..1_200]).await.unwrap();
    tx.commit().await.unwrap();
    let mut left = changed[1_200..].to_vec();
    assert_eq!(walk("updated_at", 500, page).await, left);
    left.reverse();
    assert_eq!(walk("-created_at", 2, page).await, left);
}

async fn an_agent_cannot_refer_to_another_organization(db: &Database) {
    places(&db.store).await;
    add_agents(&db.store, &[agent(1, 1)]).await;
    for wrong in [
        Agent { runs_on: Some(node_id(4)), ..agent(1, 2) },
        Agent { observes: observed(&[4], &[]), ..agent(1, 2) },
        Agent { observes: observed(&[], &[4]), ..agent(1, 2) },
        Agent { observes: observed(&[9], &[]), ..agent(1, 2) },
    ] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.agents(&whole(1)).create(&wrong).await, Err(Error::InUse)));
        drop(tx);
        let wrong = Agent { id: agent_id(1), ..wrong };
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.agents(&whole(1)).update(&wrong, Revision::FIRST).await, Err(Error::InUse)));
    }
}

async fn a_node_or_service_that_an_agent_refers_to_is_not_deleted(db: &Database) {
    places(&db.store).await;
    let on_three = Agent { runs_on: Some(node_id(3)), ..agent(1, 1) };
    let of_two = Agent { observes: observed(&[], &[2]), ..agent(1, 2) };
    add_agents(&db.store, &[on_three, of_two]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.nodes(&whole(1)).delete(node_id(3), Revision::FIRST).await, Err(Error::InUse)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let deleted = tx.services(&whole(1)).delete(service_id(2), Revision::FIRST).await;
    assert!(matches!(deleted, Err(Error::InUse)));
}

async fn each_filter_returns_exactly_the_matching_agents(db: &Database) {
    places(&db.store).await;
    let agents: Vec<Agent> = (0..24)
        .map(|n| Agent {
            kind: AgentType::ALL[2 + n as usize % 3],
            runs_on: (n % 2 == 0).then(|| node_id(1 + n % 3)),
            observes: observed(&[1 + n % 3], &[1 + n % 2]),
            enabled: n % 5 != 0,
            labels: labels(&[("parity", if n % 2 == 0 { "even" } else { "odd" })]),
            ..agent(1, n)
        })
        .collect();
    add_agents(&db.store, &agents).await;
    let default = AgentFilter::default;
    for filter in [
        default(),
        AgentFilter { labels: "parity=even".parse().unwrap(), ..default() },
        AgentFilter { kind: Some(AgentType::ALL[3]), ..default() },
        AgentFilter { runs_on: Some(node_id(2)), ..default() },
        AgentFilter { observes_node: Some(node_id(3)), ..default() },
        AgentFilter { service: Some(service_id(1)), ..default() },
        AgentFilter { service: Some(service_id(4)), ..default() },
        AgentFilter { enabled: Some(false), runs_on: Some(node_id(1)), ..default() },
        AgentFilter {
            enabled: Some(true),
            observes_node: Some(node_id(1)),
            service: Some(service_id(2)),
            ..default()
        },
    ] {
        let matches = |a: &&Agent| {
            filter.labels.matches(&a.labels)
                && filter.kind.is_none_or(|kind| a.kind == kind)
                && filter.runs_on.is_none_or(|node| a.runs_on == Some(node))
                && filter.observes_node.is_none_or(|node| a.observes.nodes.contains(&node))
                && filter.service.is_none_or(|service| a.observes.services.contains(&service))
                && filter.enabled.is_none_or(|enabled| a.enabled == enabled)
        };
        let expected: BTreeSet<AgentId> = agents.iter().filter(matches).map(|a| a.id).collect();
        let found = db.store.agents(&whole(1)).list(&filter, all("created_at")).await.unwrap();
        assert_eq!(found.items.iter().map(|a| a.id).collect::<BTreeSet<_>>(), expected, "{filter:?}");
    }
}

async fn a_reach_finds_exactly_the_agents_that_it_touches(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let prod = labels(&[("env", "prod")]);
    let when = |labelled: bool| if labelled { prod.clone() } else { Labels::default() };
    let nodes = [1, 2, 3].map(|n| Node { site_id: site_of(node_id(n)), labels: when(n == 2), ..node(1, n) });
    add_nodes(&db.store, &nodes).await;
    let on = |n, nodes: &[u32]| Service {
        nodes: observed(nodes, &[]).nodes,
        labels: when(n == 2),
        ..service(1, n)
    };
    let services = [on(1, &[]), on(2, &[1, 2]), on(3, &[3])];
    add_services(&db.store, &services).await;
    let mut agents = Vec::new();
    for runs_on in [None, Some(1), Some(2)] {
        for nodes in [&[][..], &[1], &[2, 3]] {
            for services in [&[][..], &[1], &[2], &[1, 3]] {
                for labelled in [false, true] {
                    let n = u32::try_from(agents.len()).unwrap();
                    agents.push(Agent {
                        runs_on: runs_on.map(node_id),
                        observes: observed(nodes, services),
                        labels: when(labelled),
                        ..agent(1, n)
                    });
                }
            }
        }
    }
    add_agents(&db.store, &agents).await;
    let of = |id: &ServiceId| services.iter().find(|s| s.id == *id).unwrap();
    for reach in reaches() {
        let touched = |a: &&Agent| {
            let observed = a.observes.services.iter().flat_map(|id| of(id).nodes.iter());
            let nodes = a.runs_on.iter().chain(&a.observes.nodes).chain(observed);
            reach.touches_on(&a.labels, nodes.map(|n| (*n, site_of(*n))))
        };
        let sees_node =
            |id: &NodeId| nodes.iter().any(|n| n.id == *id && reach.touches_node(n.id, n.site_id, &n.labels));
        let sees_service =
            |id: &ServiceId| reach.touches_on(&of(id).labels, of(id).nodes.iter().map(|n| (*n, site_of(*n))));
        let shown = |a: &Agent| {
            let mut a = a.clone();
            a.runs_on = a.runs_on.filter(sees_node);
            a.observes.nodes.retain(sees_node);
            a.observes.services.retain(sees_service);
            a
        };
        let expected: Vec<_> = agents.iter().filter(touched).map(shown).collect();
        let mut found = db.store.agents(&reach);
        let listed = found.list(&AgentFilter::default(), all("created_at")).await.unwrap();
        assert_eq!(listed.items, expected, "{reach:?}");
        let ids: Vec<_> = agents.iter().map(|a| a.id).collect();
        assert_eq!(found.existing(&ids).await.unwrap(), expected.iter().map(|a| a.id).collect());
        let all: Vec<_> = agents.iter().filter(touched).cloned().collect();
        assert_eq!(found.some_with_all(ids).await.unwrap(), all, "{reach:?}");
    }
}

async fn an_agent_of_another_organization_is_out_of_reach(db: &Database) {
    places(&db.store).await;
    let theirs = Agent { runs_on: Some(node_id(4)), observes: observed(&[4], &[4]), ..agent(2, 2) };
    add_agents(&db.store, &[agent(1, 1), theirs.clone()]).await;
    for reach in [whole(1), OrganizationReach { nodes: Some([node_id(4)].into()), ..whole(1) }] {
        let mut agents = db.store.agents(&reach);
        assert_eq!(agents.get(theirs.id).await.unwrap(), None);
        assert_eq!(agents.existing(&[theirs.id]).await.unwrap(), [].into());
        assert_eq!(agents.affected(&Gone::Node(node_id(4))).await.unwrap(), []);
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.agents(&reach).update(&theirs, theirs.revision).await, Err(Error::Changed)));
        assert!(matches!(tx.agents(&reach).delete(theirs.id, theirs.revision).await, Err(Error::Changed)));
        tx.agents(&reach).delete_many(&[theirs.id]).await.unwrap();
        tx.agents(&reach).leave(&Gone::Node(node_id(4)), &[theirs.id], at(1)).await.unwrap();
        tx.agents(&reach).leave(&Gone::Service(service_id(4)), &[theirs.id], at(1)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let left = db.store.agents(&whole(2)).list(&AgentFilter::default(), all("created_at")).await.unwrap();
    assert_eq!(left.items, [theirs]);
}

async fn deleting_a_node_or_service_changes_or_deletes_its_agents(db: &Database) {
    places(&db.store).await;
    // Service 3 runs on node 1 only, service 1 on node 2 too.
    add_services(&db.store, &[Service { nodes: observed(&[1], &[]).nodes, ..service(1, 3) }]).await;
    let with = |n, runs_on: Option<u32>, nodes: &[u32], services: &[u32]| Agent {
        runs_on: runs_on.map(node_id),
        observes: observed(nodes, services),
        ..agent(1, n)
    };
    let agents = [
        with(1, Some(1), &[], &[]),
        with(2, None, &[1], &[]),
        with(3, None, &[1], &[1]),
        with(4, None, &[], &[3]),
        with(5, Some(2), &[2], &[3]),
        with(6, Some(2), &[], &[1]),
        with(7, None, &[], &[]),
        with(8, Some(1), &[2], &[2]),
    ];
    add_agents(&db.store, &agents).await;
    let reach = whole(1);
    for (gone, expected) in [
        (Gone::Node(node_id(1)), vec![(1, false), (2, false), (3, true), (4, false), (5, true), (8, false)]),
        (Gone::Node(node_id(3)), vec![]),
        (Gone::Service(service_id(3)), vec![(4, false), (5, true)]),
        (Gone::Service(service_id(1)), vec![(3, true), (6, false)]),
        // External exporters are not started by the agent, so they stay.
        (Gone::Runner(agent_id(1), node_id(1)), vec![]),
    ] {
        let affected = db.store.agents(&reach).affected(&gone).await.unwrap();
        let kind = agent(1, 1).kind;
        let expected: Vec<_> =
            expected.into_iter().map(|(n, stays)| Affected { id: agent_id(n), kind, stays }).collect();
        assert_eq!(affected, expected, "{gone:?}");
    }
    let gone = Gone::Node(node_id(1));
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&reach).leave(&gone, &[agent_id(3), agent_id(5)], at(77)).await.unwrap();
    tx.commit().await.unwrap();
    let left = |agent: Agent| Agent { updated_at: at(77), revision: Revision::new(2), ..agent };
    let mut agents = db.store.agents(&reach);
    assert_eq!(agents.get(agent_id(3)).await.unwrap(), Some(left(with(3, None, &[], &[1]))));
    assert_eq!(agents.get(agent_id(5)).await.unwrap(), Some(left(with(5, Some(2), &[2], &[]))));
    assert_eq!(agents.get(agent_id(8)).await.unwrap(), Some(with(8, Some(1), &[2], &[2])));
}

fn secret(agent: u32, name: &str, pepper: u32, bytes: &[u8]) -> AgentSecret {
    AgentSecret {
        agent: agent_id(agent),
        name: SecretName::parse(name).unwrap(),
        destination: Some(format!("where {name} goes")),
        sealed: Sealed { pepper, bytes: bytes.to_vec() },
    }
}

async fn secrets_are_stored_and_moved_to_another_pepper(db: &Database) {
    places(&db.store).await;
    add_agents(&db.store, &[agent(1, 1), agent(1, 2)]).await;
    let first = [
        secret(1, "password", 1, b"\0one\xff"),
        secret(1, "tls_key", 2, b"two"),
        secret(2, "password", 1, b"three"),
    ];
    let mut tx = db.store.begin().await.unwrap();
    tx.set_agent_secrets(&[]).await.unwrap();
    tx.set_agent_secrets(&first).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.agent_secrets(agent_id(1)).await.unwrap(), first[..2]);
    assert_eq!(db.store.agent_secrets(agent_id(9)).await.unwrap(), []);
    let shown = db.store.agents(&whole(1)).get(agent_id(1)).await.unwrap().unwrap();
    assert_eq!(shown.secrets.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["password", "tls_key"]);
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), [(1, 2), (2, 1)]);

    let before =
        async |current, after, limit| db.store.agent_secrets_before(current, after, limit).await.unwrap();
    assert_eq!(before(2, None, 1).await, first[..1]);
    let last = (first[0].agent, first[0].name);
    assert_eq!(before(2, Some(last), 9).await, first[2..]);
    assert_eq!(before(2, None, 9).await.len(), 2);
    assert_eq!(before(1, None, 9).await, []);
    let mut tx = db.store.begin().await.unwrap();
    tx.reseal_agent_secret(&first[0], &secret(1, "password", 2, b"again")).await.unwrap();
    // What was changed since it was read is left.
    tx.reseal_agent_secret(&first[0], &secret(1, "password", 2, b"late")).await.unwrap();
    tx.clear_agent_secrets(agent_id(1), [SecretName::parse("tls_key").unwrap()]).await.unwrap();
    tx.reseal_agent_secret(&first[1], &secret(1, "tls_key", 2, b"gone")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.agent_secrets(agent_id(1)).await.unwrap(), [secret(1, "password", 2, b"again")]);
    assert_eq!(db.store.agent_secrets(agent_id(2)).await.unwrap(), first[2..]);
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), [(1, 1), (2, 1)]);

    // Of one from before it is not known where it may go, until it is bound; of a new one it is.
    let unbound = AgentSecret { destination: None, ..secret(2, "tls_key", 1, b"old") };
    let mut tx = db.store.begin().await.unwrap();
    tx.set_agent_secrets(std::slice::from_ref(&unbound)).await.unwrap();
    let owned = (agent(1, 2).organization_id, unbound.clone());
    assert_eq!(tx.unbound_agent_secrets(None, 9).await.unwrap(), [owned]);
    assert_eq!(tx.unbound_agent_secrets(Some((unbound.agent, unbound.name)), 9).await.unwrap(), []);
    let bound = secret(2, "tls_key", 1, b"bound");
    tx.reseal_agent_secret(&unbound, &bound).await.unwrap();
    assert_eq!(tx.unbound_agent_secrets(None, 9).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(db.store.agent_secrets(agent_id(2)).await.unwrap(), [first[2].clone(), bound]);
}
