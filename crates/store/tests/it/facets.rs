//! Facets, nodes without an agent, and names by ids.

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::node::{Node, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::service::ServiceType;
use bailiwick_store::names::NamedKind;
use bailiwick_store::{AgentFilter, ServiceFilter};

use crate::database::Database;
use crate::samples::{
    add_agents, add_nodes, add_organizations, add_services, add_sites, agent, at, labels, node, node_id,
    organization_id, service, site, site_id, whole,
};

on_both!(
    the_values_of_properties_are_counted,
    nodes_that_match_are_counted_up_to_a_limit,
    names_are_found_by_ids_within_an_organization,
);

async fn the_values_of_properties_are_counted(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let nodes: Vec<Node> = (1..=5)
        .map(|n| Node {
            site_id: (n < 5).then(|| site_id(1 + u32::from(n == 4))),
            labels: labels(&[("odd", if n % 2 == 1 { "yes" } else { "no" })]),
            ..node(1, n)
        })
        .collect();
    add_nodes(&db.store, &nodes).await;
    add_nodes(&db.store, &[node(2, 9)]).await;
    let reach = whole(1);
    let mut of_nodes = db.store.nodes(&reach);
    let all = NodeFilter::default();
    let sites = of_nodes.facet_of_sites(&all).await.unwrap();
    assert_eq!((sites.counts[0], sites.exact), ((Some(site_id(1)), 3), true));
    assert_eq!(sites.counts.len(), 3);
    assert!(sites.counts.contains(&(None, 1)) && sites.counts.contains(&(Some(site_id(2)), 1)));
    let odd = NodeFilter { labels: "odd=yes".parse().unwrap(), ..NodeFilter::default() };
    let types = of_nodes.facet_of_types(&odd).await.unwrap();
    assert_eq!(types.counts, [(Some(NodeType::Generic), 3)]);
    let statuses = of_nodes.facet_of_statuses(&odd, at(1)).await.unwrap();
    assert_eq!(statuses.counts, [(Some(NodeStatus::Unknown), 3)]);
    let unknown = |n, count| (organization_id(n), NodeStatus::Unknown.as_str().to_owned(), count);
    assert_eq!(db.store.nodes_by_status(at(1)).await.unwrap(), [unknown(1, 5), unknown(2, 1)]);
    let none = NodeFilter { labels: "odd=maybe".parse().unwrap(), ..NodeFilter::default() };
    let empty = of_nodes.facet_of_types(&none).await.unwrap();
    assert_eq!((empty.counts.len(), empty.exact), (0, true));

    add_services(&db.store, &[service(1, 1), service(1, 2)]).await;
    let types = db.store.services(&reach).facet_of_types(&ServiceFilter::default()).await.unwrap();
    assert_eq!(types.counts, [(Some(service(1, 1).kind), 2)]);
    let other = ServiceFilter { kind: Some(ServiceType::Mongodb), ..ServiceFilter::default() };
    assert!(db.store.services(&reach).facet_of_environments(&other).await.unwrap().counts.is_empty());
    add_agents(&db.store, &[agent(1, 1), agent(1, 2)]).await;
    let filter = AgentFilter::default();
    let enabled = db.store.agents(&reach).facet_of_enabled(&filter).await.unwrap();
    assert_eq!(enabled.counts, [(Some(agent(1, 1).enabled), 2)]);
    let types = db.store.agents(&reach).facet_of_types(&filter).await.unwrap();
    let kind: AgentType = agent(1, 1).kind;
    assert_eq!(types.counts, [(Some(kind), 2)]);
}

async fn nodes_that_match_are_counted_up_to_a_limit(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let nodes: Vec<Node> = (1..=9).map(|n| node(1, n)).collect();
    add_nodes(&db.store, &nodes).await;
    let reach = whole(1);
    let mut of_nodes = db.store.nodes(&reach);
    let all = NodeFilter::default();
    assert_eq!(of_nodes.count_up_to(&all, 20).await.unwrap(), 9);
    assert_eq!(of_nodes.count_up_to(&all, 4).await.unwrap(), 4);
    assert_eq!(of_nodes.matching_ids(&all, 20).await.unwrap(), (1..=9).map(node_id).collect::<Vec<_>>());
    assert_eq!(of_nodes.matching_ids(&all, 4).await.unwrap().len(), 4);
    let bare = of_nodes.without_agent(&all, 3).await.unwrap();
    assert_eq!(bare.iter().map(|node| node.id).collect::<Vec<_>>(), [1, 2, 3].map(node_id));
    assert!(of_nodes.commanded_of(&[node_id(1)]).await.unwrap().is_empty());
}

async fn names_are_found_by_ids_within_an_organization(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(2, 2)]).await;
    let ids = [site_id(1).to_string(), site_id(2).to_string(), "no id".to_owned()];
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let of = async |kind, organization: Option<u32>| {
        db.store.names_of(kind, organization.map(organization_id), &ids).await.unwrap().len()
    };
    assert_eq!((of(NamedKind::Site, Some(1)).await, of(NamedKind::Site, None).await), (1, 2));
    for kind in [
        NamedKind::Key,
        NamedKind::MaintenanceWindow,
        NamedKind::Node,
        NamedKind::Role,
        NamedKind::Schedule,
        NamedKind::Script,
        NamedKind::Service,
        NamedKind::User,
    ] {
        assert_eq!((of(kind, Some(1)).await, of(kind, None).await), (0, 0), "{kind:?}");
    }
    let found = db.store.names_of(NamedKind::Site, Some(organization_id(1)), &ids).await.unwrap();
    assert_eq!(found[&site_id(1).to_string()], site(1, 1).name.to_string());
}
