//! Lists by labels, which are read in the order of the list along a label.

use bailiwick_domain::agent::Agent;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::node::{Node, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::Service;
use bailiwick_store::{AgentFilter, ServiceFilter};

use crate::database::Database;
use crate::list::{all, walk};
use crate::samples::{
    add_nodes, add_organizations, add_services, add_sites, agent, at, labels, node, node_id, service, site,
    site_id, whole,
};

on_both!(
    pages_of_nodes_selected_by_labels_are_in_order,
    other_filters_and_reaches_apply_to_a_list_by_labels,
    a_renamed_node_moves_in_a_list_by_labels,
    the_longest_names_and_label_values_are_found,
    pages_of_services_selected_by_labels_are_in_order,
    pages_of_agents_selected_by_labels_are_in_order,
);

/// More than what is looked ahead, of each label that is common.
const MANY: u32 = 2_200;

const SELECTORS: [&str; 18] = [
    "env=prod",
    "tier=web",
    "env=prod,tier=web",
    "tier=web,env=prod",
    // They never meet.
    "env=prod,spare=yes",
    "half=a,half=b",
    "env=prod,none=none",
    "env in (prod,test)",
    "tier in (app,web),half=a",
    "half=b,env in (prod,none)",
    "env=prod,!spare",
    "env=test,spare",
    "half=a,tier!=web",
    "half=a,tier notin (web,none)",
    "rare=yes",
    "env=test,rare=yes",
    "env=test,rare",
    // More values than are merged.
    "tier in (web,v1,v2,v3,v4,v5,v6,v7,v8,v9,v10,v11,v12,v13,v14,v15,v16)",
];

/// The labels of the object with a number. More than a thousand have `env=prod`, each `half`, and
/// `tier=web`; those with `spare` are the others than those with `env=prod`.
fn pairs(n: u32) -> Vec<(&'static str, &'static str)> {
    let prod = n % 10 < 5;
    let mut pairs = vec![
        ("env", if prod { "prod" } else { "test" }),
        ("half", if n.is_multiple_of(2) { "a" } else { "b" }),
        ("tier", tier(n)),
    ];
    pairs.extend((!prod).then_some(("spare", "yes")));
    pairs.extend((n % 100 == 7).then_some(("rare", "yes")));
    pairs
}

fn tier(n: u32) -> &'static str {
    ["app", "web", "db", "web"][n as usize / 2 % 4]
}

/// A name that begins with the tier, not in the order of the ids.
fn name(n: u32) -> String {
    format!("{}-{:04}", tier(n), (n * 7) % MANY)
}

async fn many_nodes(db: &Database) -> Vec<Node> {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let nodes: Vec<_> = (0..MANY)
        .map(|n| Node {
            name: name(n).parse().unwrap(),
            kind: if n % 3 == 0 { NodeType::Container } else { NodeType::Generic },
            site_id: Some(site_id(if n % 50 == 8 { 2 } else { 1 })),
            host_id: (n % 40 == 9).then(|| node_id(0)),
            labels: labels(&pairs(n)),
            created_at: at(i64::from(n % 7)),
            ..node(1, n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).create_many(&nodes).await.unwrap();
    // The same labels in another organization, which must not be found.
    let theirs = Node { labels: labels(&pairs(0)), ..node(2, MANY) };
    tx.nodes(&whole(2)).create(&theirs).await.unwrap();
    tx.commit().await.unwrap();
    nodes
}

async fn pages_of_nodes_selected_by_labels_are_in_order(db: &Database) {
    let mut nodes = many_nodes(db).await;
    for sort in ["name", "-name", "created_at"] {
        match sort {
            "created_at" => nodes.sort_by_key(|n| (n.created_at, n.id)),
            _ => nodes.sort_by_key(|n| n.name.clone()),
        }
        if sort.starts_with('-') {
            nodes.reverse();
        }
        for selector in SELECTORS {
            let labels: Selector = selector.parse().unwrap();
            let matches = |n: &&Node| labels.matches(&n.labels);
            let expected: Vec<_> = nodes.iter().filter(matches).map(|n| n.id).collect();
            let filter = NodeFilter { labels: labels.clone(), ..NodeFilter::default() };
            let page = async |list| db.store.nodes(&whole(1)).list(&filter, list).await;
            let found = walk(sort, 400, page).await;
            assert_eq!(found.iter().map(|n| n.id).collect::<Vec<_>>(), expected, "{selector} by {sort}");
            // The same if it is the reach that wants them.
            let reach = OrganizationReach { labels: Some(labels), ..whole(1) };
            let page = async |list| db.store.nodes(&reach).list(&NodeFilter::default(), list).await;
            let found = walk(sort, 900, page).await;
            assert_eq!(found.iter().map(|n| n.id).collect::<Vec<_>>(), expected, "{reach:?} by {sort}");
        }
    }
}

async fn other_filters_and_reaches_apply_to_a_list_by_labels(db: &Database) {
    let mut nodes = many_nodes(db).await;
    nodes.sort_by_key(|n| n.name.clone());
    let default = NodeFilter::default;
    let filters = [
        NodeFilter { site: Some(site_id(1)), ..default() },
        NodeFilter { site: Some(site_id(2)), ..default() },
        NodeFilter { site: Some(site_id(9)), ..default() },
        NodeFilter { host: Some(node_id(0)), site: Some(site_id(1)), ..default() },
        NodeFilter { kind: Some(NodeType::Container), ..default() },
        NodeFilter { search: Some("web".parse().unwrap()), ..default() },
        NodeFilter { search: Some("web-00".parse().unwrap()), ..default() },
    ];
    let reaches = [
        whole(1),
        OrganizationReach { sites: Some([site_id(1)].into()), ..whole(1) },
        OrganizationReach { nodes: Some((0..20).map(node_id).collect()), ..whole(1) },
        OrganizationReach { labels: Some("half=a".parse().unwrap()), ..whole(1) },
        OrganizationReach { labels: Some("!rare".parse().unwrap()), ..whole(1) },
    ];
    for selector in ["env=prod", "env in (prod,test),tier=web", "half=a,rare!=yes"] {
        let labels: Selector = selector.parse().unwrap();
        for filter in &filters {
            for reach in &reaches {
                let expected: Vec<_> = nodes
                    .iter()
                    .filter(|n| labels.matches(&n.labels))
                    .filter(|n| reach.touches_node(n.id, n.site_id, &n.labels))
                    .filter(|n| filter.site.is_none() || n.site_id == filter.site)
                    .filter(|n| filter.host.is_none() || n.host_id == filter.host)
                    .filter(|n| filter.kind.is_none_or(|kind| n.kind == kind))
                    .filter(|n| filter.search.as_ref().is_none_or(|s| s.matches(&n.searchable())))
                    .map(|n| n.id)
                    .collect();
                let filter = NodeFilter { labels: labels.clone(), ..filter.clone() };
                let page = async |list| db.store.nodes(reach).list(&filter, list).await;
                let found = walk("name", 300, page).await;
                let found: Vec<_> = found.iter().map(|n| n.id).collect();
                assert_eq!(found, expected, "{filter:?} {reach:?}");
            }
        }
    }
}

async fn a_renamed_node_moves_in_a_list_by_labels(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let prod = |n, name: &str| Node {
        name: name.parse().unwrap(),
        labels: labels(&[("env", "prod"), ("tier", "web")]),
        ..node(1, n)
    };
    add_nodes(&db.store, &[prod(1, "a"), prod(2, "b"), prod(3, "c")]).await;
    let renamed = Node { revision: Revision::new(2), ..prod(1, "d") };
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).update(&renamed, Revision::FIRST).await.unwrap();
    drop(tx);
    let filter = NodeFilter { labels: "env=prod,tier=web".parse().unwrap(), ..NodeFilter::default() };
    let page = async |list| db.store.nodes(&whole(1)).list(&filter, list).await;
    assert_eq!(
        walk("name", 1, page).await,
        [prod(1, "a"), prod(2, "b"), prod(3, "c")],
        "a rename that was not committed must not be visible"
    );
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).update(&renamed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("name", 1, page).await, [prod(2, "b"), prod(3, "c"), renamed.clone()]);
    assert_eq!(walk("-name", 1, page).await, [renamed, prod(3, "c"), prod(2, "b")]);
}

/// An entry of an index is bounded on PostgreSQL.
async fn the_longest_names_and_label_values_are_found(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    // Hardly to be compressed.
    let long = |from: u32| -> String {
        (0..255).map(|n| char::from_u32(0x1_F300 + (from + n * 37) % 700).unwrap()).collect()
    };
    let label = "l".repeat(63);
    let node = Node { name: long(0).parse().unwrap(), labels: labels(&[(&label, &long(5))]), ..node(1, 1) };
    let service =
        Service { name: long(9).parse().unwrap(), labels: labels(&[(&label, &long(7))]), ..service(1, 1) };
    add_nodes(&db.store, std::slice::from_ref(&node)).await;
    add_services(&db.store, std::slice::from_ref(&service)).await;
    let selector = |value: &str| format!("{label}=\"{value}\"").parse::<Selector>().unwrap();
    let filter = NodeFilter { labels: selector(&long(5)), ..NodeFilter::default() };
    assert_eq!(db.store.nodes(&whole(1)).list(&filter, all("name")).await.unwrap().items, [node]);
    let filter = ServiceFilter { labels: selector(&long(7)), ..ServiceFilter::default() };
    assert_eq!(db.store.services(&whole(1)).list(&filter, all("name")).await.unwrap().items, [service]);
}

async fn pages_of_services_selected_by_labels_are_in_order(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut services: Vec<_> = (0..MANY)
        .map(|n| Service {
            name: name(n).parse().unwrap(),
            environment: Some(["one", "two"][n as usize % 2].parse().unwrap()),
            labels: labels(&pairs(n)),
            ..service(1, n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&whole(1)).create_many(&services).await.unwrap();
    tx.commit().await.unwrap();
    services.sort_by_key(|s| s.name.clone());
    for environment in [None, Some("one")] {
        for selector in ["tier=web", "env=prod,spare=yes", "tier in (web,db),half=a"] {
            let filter = ServiceFilter {
                labels: selector.parse().unwrap(),
                environment: environment.map(|e| e.parse().unwrap()),
                ..ServiceFilter::default()
            };
            let expected: Vec<_> = services
                .iter()
                .filter(|s| filter.labels.matches(&s.labels))
                .filter(|s| filter.environment.is_none() || s.environment == filter.environment)
                .map(|s| s.id)
                .collect();
            let page = async |list| db.store.services(&whole(1)).list(&filter, list).await;
            let found: Vec<_> = walk("name", 400, page).await.iter().map(|s| s.id).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}

/// Many agents are created at the same time.
async fn pages_of_agents_selected_by_labels_are_in_order(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut agents: Vec<_> = (0..MANY)
        .map(|n| Agent {
            created_at: at(i64::from(n * 7 % 5)),
            enabled: n % 3 == 0,
            labels: labels(&pairs(n)),
            ..agent(1, n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&whole(1)).create_many(&agents).await.unwrap();
    tx.commit().await.unwrap();
    for sort in ["created_at", "-created_at"] {
        agents.sort_by_key(|a| (a.created_at, a.id));
        if sort.starts_with('-') {
            agents.reverse();
        }
        for enabled in [None, Some(true)] {
            for selector in ["tier=web", "env=prod,spare=yes", "env=prod,half=a", "tier in (web,db),half=a"] {
                let filter =
                    AgentFilter { labels: selector.parse().unwrap(), enabled, ..AgentFilter::default() };
                let expected: Vec<AgentId> = agents
                    .iter()
                    .filter(|a| filter.labels.matches(&a.labels))
                    .filter(|a| enabled.is_none_or(|enabled| a.enabled == enabled))
                    .map(|a| a.id)
                    .collect();
                let page = async |list| db.store.agents(&whole(1)).list(&filter, list).await;
                let found: Vec<_> = walk(sort, 300, page).await.iter().map(|a| a.id).collect();
                assert_eq!(found, expected, "{filter:?} by {sort}");
            }
        }
    }
}
