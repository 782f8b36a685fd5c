use std::collections::BTreeSet;

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{NodeId, ServiceId, SiteId};
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{Service, ServiceRef, ServiceType};
use bailiwick_store::services::ServiceOnNode;
use bailiwick_store::{Error, ServiceFilter, Store};

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_nodes, add_organizations, add_services, add_sites, at, labels, node, node_id, service, service_id,
    site, site_id, whole,
};

on_both!(
    every_field_of_a_service_is_stored,
    a_duplicate_service_name_in_an_organization_is_refused,
    an_update_requires_the_current_revision,
    a_deletion_requires_the_current_revision,
    more_than_a_thousand_services_are_written_at_once,
    a_node_of_another_organization_is_refused,
    a_node_with_a_service_is_not_deleted,
    services_are_detached_from_a_node,
    services_move_from_one_node_to_another,
    pages_return_every_service_once_in_order,
    a_cursor_of_another_list_is_refused,
    each_filter_returns_exactly_the_matching_services,
    a_reach_finds_exactly_the_services_that_it_touches,
    a_service_of_another_organization_is_out_of_reach,
);

fn on(nodes: &[u32]) -> BTreeSet<NodeId> {
    nodes.iter().copied().map(node_id).collect()
}

fn full(organization: u32, n: u32) -> Service {
    let detail = |what: &str| Some(format!("{what} {n}, it's \"100%\" 😀").parse().unwrap());
    Service {
        kind: ServiceType::Postgresql,
        nodes: on(&[1, 2]),
        address: Some("db-1.example.net".parse().unwrap()),
        port: Some(65_535.try_into().unwrap()),
        socket: Some("/run/it's \"😀\".sock".parse().unwrap()),
        environment: detail("environment"),
        cluster: detail("cluster"),
        replication_set: detail("replication"),
        version: detail("version"),
        database_name: detail("database"),
        auto_discovery_limit: Some(i32::MIN),
        group: detail("group"),
        labels: labels(&[("env", "prod"), ("note", "it's 100% \"ok\" \\ 😀"), ("empty", "")]),
        ..service(organization, n)
    }
}

/// Organizations 1 and 2; nodes 1, 2 (at site 1) and 3 (at site 2) in the first, 4 in the second.
async fn places(store: &Store) {
    add_organizations(store, &[1, 2]).await;
    add_sites(store, &[site(1, 1), site(1, 2)]).await;
    let at_site = |n, site: u32| Node { site_id: Some(site_id(site)), ..node(1, n) };
    add_nodes(store, &[node(1, 1), at_site(2, 1), at_site(3, 2), node(2, 4)]).await;
}

async fn every_field_of_a_service_is_stored(db: &Database) {
    places(&db.store).await;
    add_services(&db.store, &[full(1, 1), service(1, 2)]).await;
    let reach = whole(1);
    let mut services = db.store.services(&reach);
    for expected in [full(1, 1), service(1, 2)] {
        for name in [ServiceRef::Id(expected.id), ServiceRef::Name(expected.name.clone())] {
            assert_eq!(services.get(&name).await.unwrap().as_ref(), Some(&expected));
            assert_eq!(services.get_on_all_nodes(&name).await.unwrap().as_ref(), Some(&expected));
        }
    }
    assert_eq!(services.get(&ServiceRef::Id(service_id(3))).await.unwrap(), None);
    assert_eq!(services.existing([service_id(1), service_id(3)]).await.unwrap(), [service_id(1)].into());
    let two = services.objects(&[service_id(1), service_id(9)], &[&service(1, 2).name]).await.unwrap();
    let names: Vec<_> = two.iter().map(|o| (o.id, o.name.as_str(), o.kind)).collect();
    assert_eq!(
        names,
        [
            (service_id(1), full(1, 1).name.as_str(), ServiceType::Postgresql),
            (service_id(2), service(1, 2).name.as_str(), ServiceType::External),
        ]
    );
    let mut places = services.places(&[service_id(1), service_id(2)]).await.unwrap();
    places.sort();
    let first = service_id(1);
    assert_eq!(places, [(first, node_id(1), None), (first, node_id(2), Some(site_id(1)))]);
}

async fn a_duplicate_service_name_in_an_organization_is_refused(db: &Database) {
    places(&db.store).await;
    let same = |organization, n| Service { name: service(1, 1).name, ..service(organization, n) };
    add_services(&db.store, &[service(1, 1), service(1, 2), same(2, 3)]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.services(&whole(1)).create(&same(1, 4)).await, Err(Error::Taken)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.services(&whole(1)).update(&same(1, 2), Revision::FIRST).await;
    assert!(matches!(updated, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    places(&db.store).await;
    add_services(&db.store, &[full(1, 1), service(1, 2)]).await;
    let changed = Service {
        nodes: on(&[3]),
        labels: labels(&[("env", "test")]),
        updated_at: at(99),
        revision: Revision::new(2),
        kind: ServiceType::Postgresql,
        created_at: full(1, 1).created_at,
        ..service(1, 1)
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&whole(1)).update(&changed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    for (service, from) in
        [(&full(1, 1), Revision::FIRST), (&full(1, 1), Revision::new(3)), (&service(1, 9), Revision::FIRST)]
    {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.services(&whole(1)).update(service, from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let reach = whole(1);
    let mut services = db.store.services(&reach);
    assert_eq!(services.get(&ServiceRef::Id(service_id(1))).await.unwrap().as_ref(), Some(&changed));
    for (selector, found) in [("env=test", 1), ("env=prod", 0), ("note", 0)] {
        let filter = ServiceFilter { labels: selector.parse().unwrap(), ..Default::default() };
        assert_eq!(services.list(&filter, all("name")).await.unwrap().items.len(), found, "{selector}");
    }
}

async fn a_deletion_requires_the_current_revision(db: &Database) {
    places(&db.store).await;
    add_services(&db.store, &[full(1, 1), service(1, 2)]).await;
    for (n, from) in [(1, Revision::new(2)), (9, Revision::FIRST)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.services(&whole(1)).delete(service_id(n), from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&whole(1)).delete(service_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let left = db.store.services(&whole(1)).list(&ServiceFilter::default(), all("name")).await.unwrap();
    assert_eq!(left.items, [service(1, 2)]);
    // Its name, labels and places are free again.
    add_services(&db.store, &[full(1, 1)]).await;
}

async fn more_than_a_thousand_services_are_written_at_once(db: &Database) {
    places(&db.store).await;
    let many: Vec<_> = (1..=1_203)
        .map(|n| Service { nodes: on(&[1, 2, 3]), labels: labels(&[("n", &n.to_string())]), ..service(1, n) })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&whole(1)).create_many(&[]).await.unwrap();
    tx.services(&whole(1)).create_many(&many).await.unwrap();
    tx.commit().await.unwrap();
    let reach = whole(1);
    let page = async |list| db.store.services(&reach).list(&ServiceFilter::default(), list).await;
    assert_eq!(walk("created_at", 500, page).await, many);
    let names: Vec<_> = many.iter().map(|service| &service.name).collect();
    let found = db.store.services(&reach).named_on_all_nodes(&names).await.unwrap();
    assert_eq!(found.len(), many.len());
    assert_eq!(db.store.services(&reach).count(&ServiceFilter::default()).await.unwrap(), 1_203);
    let changed: Vec<_> = many
        .iter()
        .map(|s| Service { nodes: on(&[2]), updated_at: at(99), revision: Revision::new(2), ..s.clone() })
        .collect();
    let changes: Vec<_> = changed.iter().map(|service| (service, Revision::FIRST)).collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&reach).update_many(&[]).await.unwrap();
    tx.services(&reach).update_many(&changes).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("created_at", 500, page).await, changed);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.services(&reach).update_many(&changes[..2]).await, Err(Error::Changed)));
    drop(tx);
    let ids: Vec<_> = many.iter().map(|service| service.id).collect();
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&reach).delete_many(&ids[..1_200]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("created_at", 500, page).await, changed[1_200..]);
}

async fn a_node_of_another_organization_is_refused(db: &Database) {
    places(&db.store).await;
    add_services(&db.store, &[service(1, 1)]).await;
    for nodes in [on(&[4]), on(&[1, 4]), on(&[9])] {
        let wrong = Service { nodes, ..service(1, 2) };
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.services(&whole(1)).create(&wrong).await, Err(Error::InUse)));
        drop(tx);
        let wrong = Service { nodes: wrong.nodes, ..service(1, 1) };
        let mut tx = db.store.begin().await.unwrap();
        let updated = tx.services(&whole(1)).update(&wrong, Revision::FIRST).await;
        assert!(matches!(updated, Err(Error::InUse)));
    }
}

async fn a_node_with_a_service_is_not_deleted(db: &Database) {
    places(&db.store).await;
    add_services(&db.store, &[Service { nodes: on(&[1]), ..service(1, 1) }]).await;
    let mut tx = db.store.begin().await.unwrap();
    let deleted = tx.nodes(&whole(1)).delete(node_id(1), Revision::FIRST).await;
    assert!(matches!(deleted, Err(Error::InUse)));
}

async fn services_are_detached_from_a_node(db: &Database) {
    places(&db.store).await;
    let with = |n, nodes: &[u32]| Service { nodes: on(nodes), ..service(1, n) };
    add_services(&db.store, &[with(1, &[1]), with(2, &[1, 2]), with(3, &[2])]).await;
    let reach = whole(1);
    let there = |n: u32, elsewhere| ServiceOnNode {
        id: service_id(n),
        name: service(1, n).name.to_string(),
        elsewhere,
    };
    assert_eq!(
        db.store.services(&reach).on_node(node_id(1)).await.unwrap(),
        [there(1, false), there(2, true)]
    );
    assert_eq!(db.store.services(&whole(2)).on_node(node_id(1)).await.unwrap(), []);
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&reach).leave_node(node_id(1), at(77)).await.unwrap();
    tx.commit().await.unwrap();
    let left =
        |n, nodes: &[u32]| Service { updated_at: at(77), revision: Revision::new(2), ..with(n, nodes) };
    let found = db.store.services(&reach).list(&ServiceFilter::default(), all("name")).await.unwrap();
    assert_eq!(found.items, [left(1, &[]), left(2, &[2]), with(3, &[2])]);
}

async fn pages_return_every_service_once_in_order(db: &Database) {
    places(&db.store).await;
    let mut expected: Vec<Service> = (0..11)
        .map(|n| Service {
            name: format!("Name {}", (n * 7) % 11).parse().unwrap(),
            nodes: on(&[1 + n % 3]),
            created_at: at(i64::from((n * 5) % 4)),
            updated_at: at(i64::from((n * 3) % 4)),
            ..service(1, n)
        })
        .collect();
    add_services(&db.store, &expected).await;
    add_services(&db.store, &[service(2, 20)]).await;
    let reach = whole(1);
    for sort in ["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] {
        match sort.trim_start_matches('-') {
            "name" => expected.sort_by_key(|s| (s.name.clone(), s.id)),
            "created_at" => expected.sort_by_key(|s| (s.created_at, s.id)),
            _ => expected.sort_by_key(|s| (s.updated_at, s.id)),
        }
        if sort.starts_with('-') {
            expected.reverse();
        }
        for items in [1, 3, 11, 12] {
            let page = async |list| db.store.services(&reach).list(&ServiceFilter::default(), list).await;
            assert_eq!(walk(sort, items, page).await, expected, "{sort}, {items}");
        }
    }
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let reach = whole(1);
    let id = service_id(1).to_string();
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.services(&reach).list(&ServiceFilter::default(), list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), &id, page).await;
    refuses_bad_cursors("created_at", number, text, &id, page).await;
}

async fn each_filter_returns_exactly_the_matching_services(db: &Database) {
    places(&db.store).await;
    let detail = |text: &str| Some(text.parse().unwrap());
    let services: Vec<Service> = (0..24)
        .map(|n| Service {
            kind: ServiceType::ALL[n as usize % 3],
            nodes: if n % 2 == 0 { on(&[1, 2]) } else { on(&[3]) },
            address: (n % 5 == 0).then(|| "DB-1.example.net".parse().unwrap()),
            environment: detail(["prod", "test"][n as usize % 2]),
            cluster: if n % 3 == 0 { detail("c%") } else { None },
            group: if n % 4 == 0 { detail("redis") } else { None },
            labels: labels(&[("parity", if n % 2 == 0 { "even" } else { "odd" })]),
            ..service(1, n)
        })
        .collect();
    add_services(&db.store, &services).await;
    let default = ServiceFilter::default;
    let filters = [
        default(),
        ServiceFilter { labels: "parity=even".parse().unwrap(), ..default() },
        ServiceFilter { kind: Some(ServiceType::Mongodb), ..default() },
        ServiceFilter { node: Some(node_id(2)), ..default() },
        ServiceFilter { node: Some(node_id(9)), ..default() },
        ServiceFilter { environment: detail("prod"), cluster: detail("c%"), ..default() },
        ServiceFilter { group: detail("redis"), ..default() },
        ServiceFilter { search: Some("db-1 service".parse().unwrap()), ..default() },
        ServiceFilter { search: Some("%".parse().unwrap()), ..default() },
        ServiceFilter {
            labels: "parity!=odd".parse().unwrap(),
            node: Some(node_id(1)),
            kind: Some(ServiceType::Mysql),
            ..default()
        },
    ];
    for filter in filters {
        let matches = |s: &&Service| {
            filter.labels.matches(&s.labels)
                && filter.kind.is_none_or(|kind| s.kind == kind)
                && filter.node.is_none_or(|node| s.nodes.contains(&node))
                && (filter.environment.is_none() || filter.environment == s.environment)
                && (filter.cluster.is_none() || filter.cluster == s.cluster)
                && (filter.group.is_none() || filter.group == s.group)
                && filter.search.as_ref().is_none_or(|search| search.matches(&s.searchable()))
        };
        let expected: BTreeSet<ServiceId> = services.iter().filter(matches).map(|s| s.id).collect();
        let found = db.store.services(&whole(1)).list(&filter, all("name")).await.unwrap();
        assert_eq!(found.items.iter().map(|s| s.id).collect::<BTreeSet<_>>(), expected, "{filter:?}");
    }
}

/// Reaches that sites, nodes and labels narrow in every way.
pub fn reaches() -> Vec<OrganizationReach> {
    let sites: [Option<BTreeSet<SiteId>>; 4] =
        [None, Some([site_id(1)].into()), Some([site_id(1), site_id(2)].into()), Some([].into())];
    let nodes: [Option<BTreeSet<NodeId>>; 5] =
        [None, Some(on(&[1])), Some(on(&[2])), Some(on(&[1, 2, 3, 4])), Some(on(&[]))];
    let selectors = [None, Some("env=prod".parse().unwrap()), Some("!env".parse().unwrap())];
    let mut reaches = Vec::new();
    for sites in &sites {
        for nodes in &nodes {
            for labels in &selectors {
                let (sites, nodes, labels) = (sites.clone(), nodes.clone(), labels.clone());
                reaches.push(OrganizationReach { sites, nodes, labels, ..whole(1) });
            }
        }
    }
    reaches
}

/// Where the nodes of [`places`] are.
fn site_of(node: NodeId) -> Option<SiteId> {
    [(node_id(2), site_id(1)), (node_id(3), site_id(2))].into_iter().find(|(n, _)| *n == node).map(|(_, s)| s)
}

async fn a_reach_finds_exactly_the_services_that_it_touches(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let prod = labels(&[("env", "prod")]);
    let nodes: Vec<_> = (1..=3)
        .map(|n| Node {
            site_id: site_of(node_id(n)),
            labels: if n == 2 { prod.clone() } else { labels(&[]) },
            ..node(1, n)
        })
        .collect();
    add_nodes(&db.store, &nodes).await;
    let subsets: [&[u32]; 8] = [&[], &[1], &[2], &[3], &[1, 2], &[1, 3], &[2, 3], &[1, 2, 3]];
    let mut services = Vec::new();
    for (n, subset) in (0..).zip(subsets.iter().flat_map(|s| [(s, false), (s, true)])) {
        let labels = if subset.1 { prod.clone() } else { labels(&[]) };
        services.push(Service { nodes: on(subset.0), labels, ..service(1, n) });
    }
    add_services(&db.store, &services).await;
    for reach in reaches() {
        let touched = |s: &&Service| reach.touches_on(&s.labels, s.nodes.iter().map(|n| (*n, site_of(*n))));
        // Of the nodes, those that are in reach themselves are shown.
        let shown = |s: &Service| {
            let mut s = s.clone();
            s.nodes.retain(|id| {
                nodes.iter().any(|n| n.id == *id && reach.touches_node(n.id, n.site_id, &n.labels))
            });
            s
        };
        let mut expected: Vec<_> = services.iter().filter(touched).map(shown).collect();
        expected.sort_by_key(|s| s.name.clone());
        let mut found = db.store.services(&reach);
        let listed = found.list(&ServiceFilter::default(), all("name")).await.unwrap();
        assert_eq!(listed.items, expected, "{reach:?}");
        let existing = found.existing(services.iter().map(|s| s.id)).await.unwrap();
        assert_eq!(existing, expected.iter().map(|s| s.id).collect());
        for service in &services {
            let id = ServiceRef::Id(service.id);
            let expected = touched(&service).then(|| service.clone());
            assert_eq!(found.get_on_all_nodes(&id).await.unwrap(), expected, "{reach:?}");
            assert_eq!(found.get(&id).await.unwrap(), expected.as_ref().map(shown), "{reach:?}");
        }
    }
}

async fn a_service_of_another_organization_is_out_of_reach(db: &Database) {
    places(&db.store).await;
    let theirs = Service { nodes: on(&[4]), labels: labels(&[("env", "prod")]), ..service(2, 2) };
    add_services(&db.store, &[service(1, 1), theirs.clone()]).await;
    for reach in [whole(1), OrganizationReach { nodes: Some(on(&[4])), ..whole(1) }] {
        let mut services = db.store.services(&reach);
        assert_eq!(services.get(&ServiceRef::Id(theirs.id)).await.unwrap(), None);
        assert_eq!(services.get(&ServiceRef::Name(theirs.name.clone())).await.unwrap(), None);
        assert_eq!(services.existing([theirs.id]).await.unwrap(), [].into());
        assert_eq!(services.objects(&[theirs.id], &[&theirs.name]).await.unwrap(), []);
        assert_eq!(services.places(&[theirs.id]).await.unwrap(), []);
        let filter = ServiceFilter { labels: "env=prod".parse().unwrap(), ..Default::default() };
        assert_eq!(services.list(&filter, all("name")).await.unwrap().items, []);
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.services(&reach).update(&theirs, theirs.revision).await, Err(Error::Changed)));
        assert!(matches!(tx.services(&reach).delete(theirs.id, theirs.revision).await, Err(Error::Changed)));
        tx.services(&reach).delete_many(&[theirs.id]).await.unwrap();
        tx.services(&reach).leave_node(node_id(4), at(1)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let left = db.store.services(&whole(2)).list(&ServiceFilter::default(), all("name")).await.unwrap();
    assert_eq!(left.items, [theirs]);
}

async fn services_move_from_one_node_to_another(db: &Database) {
    places(&db.store).await;
    let of = |n, nodes: &[u32]| Service { nodes: on(nodes), ..service(1, n) };
    add_services(&db.store, &[of(1, &[1]), of(2, &[1, 2]), of(3, &[2, 3])]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.services(&whole(1)).move_node(node_id(1), node_id(2), at(50)).await.unwrap();
    tx.commit().await.unwrap();
    for (n, nodes, revision) in [(1, on(&[2]), 2), (2, on(&[2]), 2), (3, on(&[2, 3]), 1)] {
        let found = db.store.services(&whole(1)).get(&ServiceRef::Id(service_id(n))).await.unwrap().unwrap();
        assert_eq!((found.nodes, found.revision.number()), (nodes, revision));
        assert_eq!(found.updated_at == at(50), revision == 2);
    }
}
