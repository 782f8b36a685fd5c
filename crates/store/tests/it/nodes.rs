use std::collections::BTreeSet;

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeRef, NodeType};
use bailiwick_domain::node_filter::{NodeCondition, NodeFilter};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_store::Error;
use bailiwick_store::nodes::Rival;

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, labels, node, node_id, site, site_id, whole,
};

on_both!(
    every_field_of_a_node_is_stored,
    duplicate_unique_fields_of_nodes_are_refused,
    an_update_requires_the_current_revision,
    more_than_a_thousand_nodes_are_written_at_once,
    a_deletion_requires_the_current_revision,
    a_site_or_host_of_another_organization_is_refused,
    a_host_or_site_with_nodes_is_not_deleted,
    nodes_are_detached_from_their_site_and_host,
    guests_move_to_another_host,
    a_merge_of_nodes_knows_every_table_that_refers_to_nodes,
    the_hosts_above_a_node_are_found,
    pages_return_every_node_once_in_order,
    a_cursor_of_another_list_is_refused,
    each_filter_returns_exactly_the_matching_nodes,
    combined_conditions_are_met_by_exactly_the_right_nodes,
    rare_and_common_sites_and_labels_are_found,
    a_search_takes_wildcard_characters_literally,
    only_nodes_in_the_reach_are_found,
    a_node_of_another_organization_is_out_of_reach,
);

fn full(organization: u32, n: u32) -> Node {
    let text = |what: &str| format!("{what} {n}, it's \"100%\" 😀");
    Node {
        site_id: Some(site_id(1)),
        host_id: Some(node_id(1)),
        kind: NodeType::Container,
        description: Some(text("two\nlines").parse().unwrap()),
        machine_id: Some(text("machine").parse().unwrap()),
        distro: Some(text("distro").parse().unwrap()),
        container_id: Some(text("container").parse().unwrap()),
        container_name: Some(text("Container").parse().unwrap()),
        model: Some(text("model").parse().unwrap()),
        region: Some(text("region").parse().unwrap()),
        az: Some(text("az").parse().unwrap()),
        instance_id: Some(text("instance").parse().unwrap()),
        manufacturer: Some(text("manufacturer").parse().unwrap()),
        serial_number: Some(text("serial").parse().unwrap()),
        labels: labels(&[("env", "prod"), ("note", "it's 100% \"ok\" \\ 😀"), ("empty", "")]),
        ..node(organization, n)
    }
}

async fn every_field_of_a_node_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add_nodes(&db.store, &[node(1, 1), full(1, 2)]).await;
    let reach = whole(1);
    let mut nodes = db.store.nodes(&reach);
    for expected in [node(1, 1), full(1, 2)] {
        assert_eq!(nodes.get(expected.id).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(nodes.named(&expected.name).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(nodes.find(&NodeRef::Id(expected.id)).await.unwrap().as_ref(), Some(&expected));
        let by_name = NodeRef::Name(expected.name.clone());
        assert_eq!(nodes.find(&by_name).await.unwrap(), Some(expected));
    }
    assert_eq!(nodes.get(node_id(3)).await.unwrap(), None);
    assert_eq!(nodes.named(&node(1, 3).name).await.unwrap(), None);
    assert_eq!(nodes.existing([node_id(2), node_id(3)]).await.unwrap(), [node_id(2)]);
    let two = nodes.all_of(&[node_id(1), node_id(9)], &[&full(1, 2).name, &node(1, 9).name]).await.unwrap();
    assert_eq!(two, [node(1, 1), full(1, 2)]);
    assert_eq!(nodes.all_of(&[], &[]).await.unwrap(), []);
}

async fn duplicate_unique_fields_of_nodes_are_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(2, 2)]).await;
    add_nodes(&db.store, &[node(1, 1), full(1, 2)]).await;
    let rds = Node { kind: NodeType::RemoteRds, region: full(1, 2).region, ..node(1, 3) };
    for (rival, expected) in [
        (Node { name: node(1, 1).name, ..node(1, 9) }, Some(("name", 1))),
        (Node { container_id: full(1, 2).container_id, ..node(1, 9) }, Some(("container_id", 2))),
        (Node { address: full(1, 2).address, ..rds.clone() }, Some(("address", 2))),
        // An address by itself may be shared, and so may a machine id.
        (Node { address: full(1, 2).address, machine_id: full(1, 2).machine_id, ..node(1, 9) }, None),
        (Node { address: None, ..rds }, None),
        (Node { site_id: None, host_id: None, ..full(2, 2) }, None),
    ] {
        let reach = OrganizationReach::whole(rival.organization_id);
        let rival = Node { id: node_id(10), ..rival };
        let free = Node { id: node_id(11), name: "free".parse().unwrap(), ..node(1, 11) };
        let found = db.store.nodes(&reach).rivals(&[&free, &rival]).await.unwrap();
        let expected = expected.map(|(field, n)| (1, Rival { field, id: node_id(n) }));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        let mut tx = db.store.begin().await.unwrap();
        let created = tx.nodes(&reach).create(&rival).await;
        assert_eq!(matches!(created, Err(Error::Taken)), expected.is_some(), "{created:?}");
    }
    assert_eq!(
        db.store.nodes(&whole(1)).rivals(&[&full(1, 2)]).await.unwrap(),
        [],
        "a node was found as its own rival"
    );
    let mut tx = db.store.begin().await.unwrap();
    let same = Node { name: node(1, 1).name, ..full(1, 2) };
    assert!(matches!(tx.nodes(&whole(1)).update(&same, Revision::FIRST).await, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add_nodes(&db.store, &[node(1, 1), full(1, 2)]).await;
    let changed = Node {
        name: "Another".parse().unwrap(),
        labels: labels(&[("env", "test")]),
        kind: NodeType::Container,
        created_at: at(2),
        updated_at: at(99),
        revision: Revision::new(2),
        ..node(1, 2)
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).update(&changed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    for (node, from) in
        [(&full(1, 2), Revision::FIRST), (&full(1, 2), Revision::new(3)), (&node(1, 9), Revision::FIRST)]
    {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.nodes(&whole(1)).update(node, from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let reach = whole(1);
    let mut nodes = db.store.nodes(&reach);
    assert_eq!(nodes.get(node_id(2)).await.unwrap().as_ref(), Some(&changed));
    // The labels and texts that are searched are those that are shown.
    for (labels, search, found) in
        [("env=test", "another", 1), ("env=prod", "another", 0), ("note", "another", 0), ("", "serial", 0)]
    {
        let filter = NodeFilter {
            labels: labels.parse().unwrap(),
            search: Some(search.parse().unwrap()),
            ..NodeFilter::default()
        };
        let page = nodes.list(&filter, all("name")).await.unwrap();
        assert_eq!(page.items.len(), found, "{labels} {search}");
    }
}

async fn more_than_a_thousand_nodes_are_written_at_once(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    // More than one statement takes.
    let mut many: Vec<Node> = (1..=1_203)
        .map(|n| Node {
            host_id: (n % 2 == 0).then(|| node_id(n - 1)),
            labels: labels(&[("n", &n.to_string()), ("env", "prod")]),
            ..node(1, n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).create_many(&many).await.unwrap();
    tx.nodes(&whole(1)).create_many(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let reach = whole(1);
    let everything = NodeFilter::default();
    let by_name = |nodes: &[Node]| {
        let mut sorted = nodes.to_vec();
        sorted.sort_by_key(|n| n.name.clone());
        sorted
    };
    let page = async |list| db.store.nodes(&reach).list(&everything, list).await;
    assert_eq!(walk("name", 1_000, page).await, by_name(&many));
    for node in &mut many {
        node.revision = Revision::new(2);
        node.labels = labels(&[("env", "test")]);
        node.model = Some("New".parse().unwrap());
    }
    let changes: Vec<_> = many.iter().map(|node| (node, Revision::FIRST)).collect();
    // One that was changed meanwhile, and all is refused.
    let mut stale = changes.clone();
    stale[1_100].1 = Revision::new(7);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.nodes(&whole(1)).update_many(&stale).await, Err(Error::Changed)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.nodes(&whole(2)).update_many(&changes).await, Err(Error::Changed)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).update_many(&changes).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("name", 1_000, page).await, by_name(&many));
    for (selector, count) in [("env=test", 1_203), ("env=prod", 0), ("n", 0)] {
        let filter = NodeFilter { labels: selector.parse().unwrap(), ..NodeFilter::default() };
        assert_eq!(db.store.nodes(&reach).count(&filter).await.unwrap(), count, "{selector}");
    }
}

async fn a_deletion_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let labelled = Node { labels: labels(&[("env", "prod")]), ..node(1, 1) };
    add_nodes(&db.store, &[labelled.clone(), node(1, 2)]).await;
    for (n, from) in [(1, Revision::new(2)), (9, Revision::FIRST)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.nodes(&whole(1)).delete(node_id(n), from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).delete(node_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let left = db.store.nodes(&whole(1)).list(&NodeFilter::default(), all("name")).await.unwrap();
    assert_eq!(left.items, [node(1, 2)]);
    // Its name and its labels are free again.
    add_nodes(&db.store, &[labelled]).await;
}

async fn a_site_or_host_of_another_organization_is_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(2, 1)]).await;
    add_nodes(&db.store, &[node(1, 1), node(2, 2)]).await;
    for foreign in [
        Node { site_id: Some(site_id(1)), ..node(1, 3) },
        Node { host_id: Some(node_id(2)), ..node(1, 3) },
        Node { host_id: Some(node_id(9)), ..node(1, 3) },
    ] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.nodes(&whole(1)).create(&foreign).await, Err(Error::InUse)));
        drop(tx);
        let mut tx = db.store.begin().await.unwrap();
        let moved = Node { id: node_id(1), ..foreign };
        let updated = tx.nodes(&whole(1)).update(&moved, Revision::FIRST).await;
        assert!(matches!(updated, Err(Error::InUse)));
    }
}

async fn a_host_or_site_with_nodes_is_not_deleted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add_nodes(&db.store, &[node(1, 1), full(1, 2)]).await;
    let mut tx = db.store.begin().await.unwrap();
    let deleted = tx.nodes(&whole(1)).delete(node_id(1), Revision::FIRST).await;
    assert!(matches!(deleted, Err(Error::InUse)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let deleted = tx.sites(&whole(1)).delete(site_id(1), Revision::FIRST).await;
    assert!(matches!(deleted, Err(Error::InUse)));
}

async fn nodes_are_detached_from_their_site_and_host(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let elsewhere = Node { site_id: Some(site_id(2)), ..node(1, 3) };
    add_nodes(&db.store, &[node(1, 1), full(1, 2), elsewhere.clone()]).await;
    let reach = whole(1);
    let at_site = NodeFilter::at(site_id(1));
    let on_host = NodeFilter::on(node_id(1));
    let mut nodes = db.store.nodes(&reach);
    for filter in [&at_site, &on_host] {
        assert_eq!(nodes.count(filter).await.unwrap(), 1);
        let first = nodes.first(filter, 20).await.unwrap();
        assert_eq!(
            first.iter().map(|n| (n.id, &n.name)).collect::<Vec<_>>(),
            [(node_id(2), &full(1, 2).name)]
        );
        assert_eq!(nodes.first(filter, 0).await.unwrap(), []);
    }
    let mut tx = db.store.begin().await.unwrap();
    assert_eq!(tx.nodes(&whole(2)).leave_site(&at_site, at(50)).await.unwrap(), 0);
    assert_eq!(tx.nodes(&reach).leave_site(&at_site, at(50)).await.unwrap(), 1);
    assert_eq!(tx.nodes(&reach).leave_host(&on_host, at(51)).await.unwrap(), 1);
    tx.nodes(&reach).delete(node_id(1), Revision::FIRST).await.unwrap();
    tx.sites(&reach).delete(site_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let left =
        Node { site_id: None, host_id: None, updated_at: at(51), revision: Revision::new(3), ..full(1, 2) };
    assert_eq!(nodes.get(node_id(2)).await.unwrap(), Some(left));
    assert_eq!(nodes.get(node_id(3)).await.unwrap(), Some(elsewhere));
}

async fn the_hosts_above_a_node_are_found(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let chain: Vec<_> =
        (1..=20).map(|n| Node { host_id: (n > 1).then(|| node_id(n - 1)), ..node(1, n) }).collect();
    add_nodes(&db.store, &chain).await;
    let above = async |n| db.store.nodes(&whole(1)).with_hosts(node_id(n)).await.unwrap();
    assert_eq!(above(1).await, [node_id(1)]);
    assert_eq!(above(3).await, [node_id(3), node_id(2), node_id(1)]);
    assert_eq!(above(20).await.len(), HOSTS_MAX + 1);
    assert_eq!(above(99).await, []);
    let mut hosts = db.store.nodes(&whole(1)).hosts_of(&[node_id(1), node_id(3), node_id(99)]).await.unwrap();
    hosts.sort();
    assert_eq!(hosts, [(node_id(1), None), (node_id(3), Some(node_id(2)))]);
}

async fn pages_return_every_node_once_in_order(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let mut expected: Vec<Node> = (0..11)
        .map(|n| Node {
            name: format!("Name {}", (n * 7) % 11).parse().unwrap(),
            created_at: at(i64::from((n * 5) % 4)),
            updated_at: at(i64::from((n * 3) % 5)),
            ..node(1, n)
        })
        .collect();
    add_nodes(&db.store, &expected).await;
    add_nodes(&db.store, &[node(2, 20), node(2, 21)]).await;
    let reach = whole(1);
    let everything = NodeFilter::default();
    for (ascending, descending) in
        [("name", "-name"), ("created_at", "-created_at"), ("updated_at", "-updated_at")]
    {
        match ascending {
            "name" => expected.sort_by_key(|n| (n.name.clone(), n.id)),
            "created_at" => expected.sort_by_key(|n| (n.created_at, n.id)),
            _ => expected.sort_by_key(|n| (n.updated_at, n.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 3, 11, 12] {
            let page = async |list| db.store.nodes(&reach).list(&everything, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let reach = whole(1);
    let everything = NodeFilter::default();
    let id = node_id(1).to_string();
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.nodes(&reach).list(&everything, list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), &id, page).await;
    refuses_bad_cursors("updated_at", number, text, &id, page).await;
}

/// Nodes of every combination of site, host, type and label.
async fn various(db: &Database) -> Vec<Node> {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let mut nodes = vec![node(1, 1)];
    for site in [None, Some(1), Some(2)] {
        for host in [None, Some(1)] {
            for kind in [NodeType::Generic, NodeType::Container] {
                for pairs in [&[][..], &[("env", "prod")], &[("env", "test"), ("tier", "web")]] {
                    let n = u32::try_from(nodes.len()).unwrap() + 1;
                    nodes.push(Node {
                        site_id: site.map(site_id),
                        host_id: host.map(node_id),
                        kind,
                        labels: labels(pairs),
                        ..node(1, n)
                    });
                }
            }
        }
    }
    add_nodes(&db.store, &nodes).await;
    nodes.sort_by_key(|n| n.name.clone());
    nodes
}

async fn each_filter_returns_exactly_the_matching_nodes(db: &Database) {
    let every = various(db).await;
    let reach = whole(1);
    for labels in ["", "env", "env=prod", "env!=prod", "tier=web,env=test", "!env", "env=none"] {
        for site in [None, Some(site_id(1)), Some(site_id(9))] {
            for host in [None, Some(node_id(1)), Some(node_id(9))] {
                for kind in [None, Some(NodeType::Container), Some(NodeType::RemoteRds)] {
                    let selector: Selector = labels.parse().unwrap();
                    let expected: Vec<_> = every
                        .iter()
                        .filter(|n| selector.matches(&n.labels))
                        .filter(|n| site.is_none() || n.site_id == site)
                        .filter(|n| host.is_none() || n.host_id == host)
                        .filter(|n| kind.is_none_or(|kind| n.kind == kind))
                        .cloned()
                        .collect();
                    let filter = NodeFilter { labels: selector, site, host, kind, ..NodeFilter::default() };
                    let page = async |list| db.store.nodes(&reach).list(&filter, list).await;
                    assert_eq!(walk("name", 4, page).await, expected, "{filter:?}");
                    let count = db.store.nodes(&reach).count(&filter).await.unwrap();
                    assert_eq!(count, i64::try_from(expected.len()).unwrap());
                }
            }
        }
    }
}

/// Whether a node meets a condition, as the words say it.
fn meets(condition: &NodeCondition, node: &Node) -> bool {
    match condition {
        NodeCondition::Is(filter) => {
            let NodeFilter { nodes, labels, site, host, kind, search: None, status: None, also } = &**filter
            else {
                panic!("neither is in these samples")
            };
            nodes.as_ref().is_none_or(|nodes| nodes.contains(&node.id))
                && labels.matches(&node.labels)
                && site.is_none_or(|site| node.site_id == Some(site))
                && host.is_none_or(|host| node.host_id == Some(host))
                && kind.is_none_or(|kind| node.kind == kind)
                && also.iter().all(|also| meets(also, node))
        }
        NodeCondition::All(all) => all.iter().all(|one| meets(one, node)),
        NodeCondition::Any(any) => any.iter().any(|one| meets(one, node)),
        NodeCondition::Not(other) => !meets(other, node),
    }
}

/// Up to three such conditions.
fn some(below: &mut impl FnMut(usize) -> usize, levels: usize) -> Vec<NodeCondition> {
    (0..below(4)).map(|_| sample(below, levels)).collect()
}

/// A condition made from numbers below the given ones, at most so many levels deep.
fn sample(below: &mut impl FnMut(usize) -> usize, levels: usize) -> NodeCondition {
    let is = |filter| NodeCondition::Is(Box::new(filter));
    let select = |text: &str| NodeFilter { labels: text.parse().unwrap(), ..NodeFilter::default() };
    match below(if levels == 0 { 6 } else { 10 }) {
        0 => is(NodeFilter::at(site_id(1))),
        1 => is(NodeFilter::on(node_id(1))),
        2 => is(NodeFilter { kind: Some(NodeType::Container), ..select("env") }),
        3 => is(select(["env=prod", "env!=prod", "!env", "tier=web"][below(4)])),
        4 => is(NodeFilter { nodes: Some((1..=5).map(node_id).collect()), ..NodeFilter::default() }),
        5 => is(NodeFilter::at_one_of([site_id(1), site_id(2)])),
        6 => NodeCondition::All(some(below, levels - 1)),
        7 => NodeCondition::Any(some(below, levels - 1)),
        _ => NodeCondition::Not(Box::new(sample(below, levels - 1))),
    }
}

async fn combined_conditions_are_met_by_exactly_the_right_nodes(db: &Database) {
    let every = various(db).await;
    let reach = whole(1);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |most: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % most as u64).unwrap()
    };
    for _ in 0..120 {
        let condition = sample(&mut below, 3);
        let expected: Vec<_> = every.iter().filter(|node| meets(&condition, node)).cloned().collect();
        let filter = NodeFilter { also: vec![condition], ..NodeFilter::default() };
        let page = async |list| db.store.nodes(&reach).list(&filter, list).await;
        assert_eq!(walk("name", 50, page).await, expected, "{filter:?}");
        let first = db.store.nodes(&reach).first(&filter, 1_000).await.unwrap();
        assert_eq!(first.len(), expected.len(), "{filter:?}");
    }
}

/// What more than a few nodes have is read in the list's order, what only a few have is sorted.
async fn rare_and_common_sites_and_labels_are_found(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let mut nodes: Vec<_> = (1..=1_500)
        .map(|n| {
            let rare = if n % 300 == 0 { "yes" } else { "no" };
            Node {
                site_id: Some(site_id(if n % 300 == 7 { 2 } else { 1 })),
                labels: labels(&[("rare", rare), ("env", "prod")]),
                // Not in the order of the ids.
                name: format!("{:04} {rare}", (n * 7) % 1_500).parse().unwrap(),
                ..node(1, n)
            }
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).create_many(&nodes).await.unwrap();
    tx.commit().await.unwrap();
    nodes.sort_by_key(|n| n.name.clone());
    for (selector, sites, search) in [
        ("env=prod", None, None),
        ("rare=yes", None, None),
        ("env,rare=yes", None, None),
        ("rare=no", None, None),
        ("rare!=no", None, None),
        ("rare=yes,rare=no", None, None),
        ("env", Some(2), None),
        ("rare=yes", Some(1), None),
        ("", Some(1), Some("yes")),
        ("", None, Some("no")),
    ] {
        let labels: Selector = selector.parse().unwrap();
        let expected: Vec<_> = nodes
            .iter()
            .filter(|n| labels.matches(&n.labels))
            .filter(|n| sites.is_none_or(|site| n.site_id == Some(site_id(site))))
            .filter(|n| search.is_none_or(|word| n.name.as_str().contains(word)))
            .cloned()
            .collect();
        let search = search.map(|word| word.parse().unwrap());
        let filter = NodeFilter { labels: labels.clone(), search, ..NodeFilter::default() };
        let sites = sites.map(|site| [site_id(site)].into());
        let asked = OrganizationReach { sites: sites.clone(), ..whole(1) };
        let page = async |list| db.store.nodes(&asked).list(&filter, list).await;
        assert_eq!(walk("name", 400, page).await, expected, "{filter:?}");
        // The same if the labels are those of the reach.
        let reach = OrganizationReach { sites, labels: Some(labels), ..whole(1) };
        let filter = NodeFilter { labels: Selector::default(), ..filter };
        let page = async |list| db.store.nodes(&reach).list(&filter, list).await;
        assert_eq!(walk("name", 400, page).await, expected, "{reach:?}");
    }
}

async fn a_search_takes_wildcard_characters_literally(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let named = |n, name: &str| Node { name: name.parse().unwrap(), ..node(1, n) };
    let nodes = vec![
        named(1, "100% sure"),
        named(2, "100 sure"),
        named(3, "a_b"),
        named(4, "axb"),
        named(5, "Werk SÜD!"),
        named(6, "back\\slash 'quoted'"),
        Node { address: Some("DB-1.example.net".parse().unwrap()), ..named(7, "seven") },
        Node {
            kind: NodeType::Container,
            container_name: Some("Redis".parse().unwrap()),
            ..named(8, "eight")
        },
        Node { serial_number: Some("SN-42".parse().unwrap()), ..named(9, "nine") },
    ];
    add_nodes(&db.store, &nodes).await;
    let reach = whole(1);
    for search in [
        "100%",
        "100",
        "sure 100",
        "sure 100%",
        "_",
        "a_b",
        "A_B",
        "süd",
        "SÜD!",
        "\\",
        "'QUOTED'",
        "%",
        "!",
        "db-1",
        "EXAMPLE",
        "redis",
        "sn-42",
        "nine sn",
        "none",
        "e",
    ] {
        let search: bailiwick_domain::search::Search = search.parse().unwrap();
        let expected: BTreeSet<_> =
            nodes.iter().filter(|n| search.matches(&n.searchable())).map(|n| n.id).collect();
        let filter = NodeFilter { search: Some(search.clone()), ..NodeFilter::default() };
        let found = db.store.nodes(&reach).list(&filter, all("name")).await.unwrap().items;
        assert_eq!(found.iter().map(|n| n.id).collect::<BTreeSet<_>>(), expected, "{search}");
    }
}

async fn only_nodes_in_the_reach_are_found(db: &Database) {
    let every = various(db).await;
    let sites = |numbers: &[u32]| Some(numbers.iter().copied().map(site_id).collect::<BTreeSet<_>>());
    let nodes = |numbers: &[u32]| Some(numbers.iter().copied().map(node_id).collect::<BTreeSet<NodeId>>());
    let prod: Option<Selector> = Some("env=prod".parse().unwrap());
    for reach in [
        whole(1),
        OrganizationReach { sites: sites(&[1]), ..whole(1) },
        OrganizationReach { sites: sites(&[1, 2]), ..whole(1) },
        OrganizationReach { sites: sites(&[]), ..whole(1) },
        OrganizationReach { labels: prod.clone(), ..whole(1) },
        OrganizationReach { labels: Some(Selector::default()), ..whole(1) },
        OrganizationReach { nodes: nodes(&[1, 5, 99]), ..whole(1) },
        OrganizationReach { nodes: nodes(&[]), ..whole(1) },
        OrganizationReach { sites: sites(&[1]), labels: prod, nodes: nodes(&[1, 14, 15, 16]), ..whole(1) },
    ] {
        let touched: Vec<_> =
            every.iter().filter(|n| reach.touches_node(n.id, n.site_id, &n.labels)).cloned().collect();
        let mut found = db.store.nodes(&reach);
        assert_eq!(
            found.list(&NodeFilter::default(), all("name")).await.unwrap().items,
            touched,
            "{reach:?}"
        );
        let existing: BTreeSet<_> =
            found.existing(every.iter().map(|n| n.id)).await.unwrap().into_iter().collect();
        assert_eq!(existing, touched.iter().map(|n| n.id).collect());
        assert_eq!(found.count(&NodeFilter::default()).await.unwrap(), i64::try_from(touched.len()).unwrap());
        for node in &every {
            let expected = touched.contains(node).then(|| node.clone());
            assert_eq!(found.get(node.id).await.unwrap(), expected, "{reach:?}");
            assert_eq!(found.named(&node.name).await.unwrap(), expected, "{reach:?}");
        }
    }
}

async fn a_node_of_another_organization_is_out_of_reach(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let theirs = Node { labels: labels(&[("env", "prod")]), ..node(2, 2) };
    add_nodes(&db.store, &[node(1, 1), theirs.clone()]).await;
    // Even a reach that names it does not reach it from another organization.
    for reach in [whole(1), OrganizationReach { nodes: Some([theirs.id].into()), ..whole(1) }] {
        let mut nodes = db.store.nodes(&reach);
        assert_eq!(nodes.get(theirs.id).await.unwrap(), None);
        assert_eq!(nodes.named(&theirs.name).await.unwrap(), None);
        assert_eq!(nodes.existing([theirs.id]).await.unwrap(), []);
        for selector in ["", "env=prod", "!none"] {
            let filter = NodeFilter { labels: selector.parse().unwrap(), ..NodeFilter::default() };
            assert!(!nodes.list(&filter, all("name")).await.unwrap().items.contains(&theirs));
        }
        let stolen = Node { name: "Stolen".parse().unwrap(), ..theirs.clone() };
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.nodes(&reach).update(&stolen, theirs.revision).await, Err(Error::Changed)));
        assert!(matches!(tx.nodes(&reach).delete(theirs.id, theirs.revision).await, Err(Error::Changed)));
        assert_eq!(tx.nodes(&reach).with_hosts(theirs.id).await.unwrap(), []);
        tx.commit().await.unwrap();
    }
    let left = db.store.nodes(&whole(2)).list(&NodeFilter::default(), all("name")).await.unwrap();
    assert_eq!(left.items, [theirs]);
}

async fn guests_move_to_another_host(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let guest = |n, host| Node { host_id: Some(node_id(host)), ..node(1, n) };
    add_nodes(&db.store, &[node(1, 1), node(1, 2), guest(3, 1), guest(4, 2)]).await;
    let reach = whole(1);
    let mut tx = db.store.begin().await.unwrap();
    tx.move_guests(reach.organization, node_id(1), node_id(2), at(50)).await.unwrap();
    tx.nodes(&reach).delete(node_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let moved = Node { revision: Revision::FIRST.next(), updated_at: at(50), ..guest(3, 2) };
    assert_eq!(db.store.nodes(&reach).get(node_id(3)).await.unwrap(), Some(moved));
    assert_eq!(db.store.nodes(&reach).get(node_id(4)).await.unwrap(), Some(guest(4, 2)));
}

async fn a_merge_of_nodes_knows_every_table_that_refers_to_nodes(db: &Database) {
    let keys = db.foreign_keys().await;
    let tables: BTreeSet<&str> =
        keys.iter().filter(|(_, other, _)| other == "nodes").map(|(table, ..)| table.as_str()).collect();
    // The operation moves the rows of these tables. Labels are united; who holds the connection of an agent is written
    // anew when the agent connects again; earlier merges into the node follow it. Each node keeps its number.
    let moved = [
        "agent_nodes",
        "agents",
        "annotations",
        "calendars",
        "front_names",
        "goals",
        "job_runs",
        "node_merges",
        "node_presence",
        "node_update_scans",
        "nodes",
        "operator_runs",
        "part_corrections",
        "rejects",
        "service_nodes",
    ];
    let left = ["node_holders", "node_labels", "node_numbers"];
    let known: BTreeSet<&str> = moved.into_iter().chain(left).collect();
    assert_eq!(tables, known, "decide in `nodes.merge` what happens to the rows of a new table");
}
