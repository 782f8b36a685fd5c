use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::CommandId;
use bailiwick_domain::node::Node;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::update::{LastScan, Severity, Update, UpdateScan, UpdateSource, UpdateSummary};
use bailiwick_store::UpdateFilter;
use bailiwick_store::updates::newer_scan;
use uuid::Uuid;

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, labels, node, node_id, site, site_id, whole,
};

on_both!(
    a_scan_replaces_the_previous_scan_of_the_node,
    every_field_of_an_update_is_stored,
    the_stored_updates_of_a_scan_are_bounded,
    the_updates_of_a_node_are_deleted_with_it,
    the_newer_scan_of_two_nodes_moves,
    pages_of_a_node_return_every_update_once,
    pages_of_all_nodes_return_every_update_once,
    each_filter_returns_exactly_the_matching_updates,
    only_updates_of_nodes_in_the_reach_are_found,
    the_summary_counts_nodes_and_updates,
    a_cursor_of_another_list_is_refused,
);

fn update(name: &str) -> Update {
    Update {
        name: name.into(),
        title: None,
        installed_version: None,
        available_version: None,
        architecture: None,
        origin: None,
        security: false,
        severity: None,
        references: Vec::new(),
    }
}

fn severe(name: &str, severity: Severity) -> Update {
    Update { security: true, severity: Some(severity), ..update(name) }
}

fn full() -> Update {
    Update {
        name: "openssl".into(),
        title: Some("it's 100% \"ok\" \\ 😀".into()),
        installed_version: Some("1:3.0.7-24".into()),
        available_version: Some("1:3.0.7-28".into()),
        architecture: Some("x86_64".into()),
        origin: Some("baseos".into()),
        security: true,
        severity: Some(Severity::Important),
        references: vec!["RHSA-2026:2447".into(), "CVE-2026-1".into()],
    }
}

fn scan(updates: Vec<Update>) -> UpdateScan {
    UpdateScan { source: UpdateSource::Apt, updates, reboot_required: false, refreshed: true }
}

fn command(n: u128) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(n))
}

async fn record(db: &Database, n: u32, scan: UpdateScan) -> bool {
    let mut tx = db.store.begin().await.unwrap();
    let recorded = tx.record_updates(node_id(n), Some(command(7)), scan, at(n.into())).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

async fn of_node(db: &Database, reach: &OrganizationReach, n: u32, filter: &UpdateFilter) -> Vec<String> {
    let page = db.store.updates(reach).of_node(node_id(n), filter, all("number")).await.unwrap();
    page.items.into_iter().map(|update| update.name).collect()
}

async fn of_all(
    db: &Database,
    reach: &OrganizationReach,
    filter: &UpdateFilter,
    nodes: &NodeFilter,
) -> Vec<String> {
    let page = db.store.updates(reach).list(filter, nodes, all("name")).await.unwrap();
    page.items.into_iter().map(|found| format!("{} {}", found.node_name, found.update.name)).collect()
}

async fn a_scan_replaces_the_previous_scan_of_the_node(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let (reach, every) = (whole(1), UpdateFilter::default());
    assert_eq!(db.store.updates(&reach).last_scan(node_id(1)).await.unwrap(), None);
    assert!(record(db, 1, scan(vec![update("zlib"), full(), update("bash")])).await);
    assert!(record(db, 2, scan(vec![update("curl")])).await);
    assert_eq!(of_node(db, &reach, 1, &every).await, ["bash", "openssl", "zlib"]);
    let mut tx = db.store.begin().await.unwrap();
    let later = UpdateScan {
        source: UpdateSource::Dnf,
        reboot_required: true,
        refreshed: false,
        ..scan(vec![full()])
    };
    assert!(tx.record_updates(node_id(1), None, later, at(90)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(of_node(db, &reach, 1, &every).await, ["openssl"]);
    assert_eq!(of_node(db, &reach, 2, &every).await, ["curl"]);
    let last = LastScan {
        source: UpdateSource::Dnf,
        scanned_at: at(90),
        command_id: None,
        update_count: 1,
        security_count: 1,
        reboot_required: true,
        refreshed: false,
    };
    assert_eq!(db.store.updates(&reach).last_scan(node_id(1)).await.unwrap(), Some(last));
    let other = db.store.updates(&reach).last_scan(node_id(2)).await.unwrap().unwrap();
    assert_eq!((other.command_id, other.scanned_at), (Some(command(7)), at(2)));
}

async fn every_field_of_an_update_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    record(db, 1, scan(vec![full(), update("vim")])).await;
    let (reach, every) = (whole(1), UpdateFilter::default());
    let page = db.store.updates(&reach).of_node(node_id(1), &every, all("number")).await.unwrap();
    assert_eq!(page.items, [full(), update("vim")]);
    let page = db.store.updates(&reach).list(&every, &NodeFilter::default(), all("name")).await.unwrap();
    let found = &page.items[0];
    assert_eq!((&found.update, found.node_id, found.scanned_at), (&full(), node_id(1), at(1)));
    assert_eq!(found.node_name, node(1, 1).name);
}

async fn the_stored_updates_of_a_scan_are_bounded(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    let mut updates: Vec<Update> = (0..10_001).map(|n| update(&format!("p{n:05}"))).collect();
    updates.push(Update { title: Some("a\0b".into()), ..update("a\0\n") });
    assert!(record(db, 1, scan(updates)).await);
    let (reach, every) = (whole(1), UpdateFilter::default());
    let last = db.store.updates(&reach).last_scan(node_id(1)).await.unwrap().unwrap();
    assert_eq!(last.update_count, 10_002);
    let page = db.store.updates(&reach).of_node(node_id(1), &every, all("number")).await.unwrap();
    assert_eq!((page.items[0].name.as_str(), page.items[0].title.as_deref()), ("a", Some("ab")));
    let kept =
        walk("number", 1_000, async |list| db.store.updates(&reach).of_node(node_id(1), &every, list).await);
    assert_eq!(kept.await.len(), 10_000);
}

async fn the_updates_of_a_node_are_deleted_with_it(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    assert!(!record(db, 2, scan(vec![full()])).await);
    assert!(record(db, 1, scan(vec![full()])).await);
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&whole(1)).delete(node_id(1), node(1, 1).revision).await.unwrap();
    tx.commit().await.unwrap();
    for table in ["node_updates", "node_update_scans"] {
        assert_eq!(db.execute(&format!("DELETE FROM {table}")).await.unwrap(), 0, "{table}");
    }
}

async fn pages_of_a_node_return_every_update_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    let names: Vec<String> = (0..13).map(|n| format!("p{n:02}")).collect();
    record(db, 1, scan(names.iter().rev().map(|name| update(name)).collect())).await;
    let (reach, every) = (whole(1), UpdateFilter::default());
    for items in [1, 2, 5, 13, 14] {
        let found = walk("number", items, async |list| {
            db.store.updates(&reach).of_node(node_id(1), &every, list).await
        });
        let found: Vec<String> = found.await.into_iter().map(|update| update.name).collect();
        assert_eq!(found, names);
    }
}

async fn pages_of_all_nodes_return_every_update_once(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(1, 3), node(2, 4)]).await;
    let two =
        |name: &str| ["amd64", "i386"].map(|of| Update { architecture: Some(of.into()), ..update(name) });
    for n in 1..=4 {
        let mut updates = vec![update("bash"), update("Zlib"), update("zlib")];
        updates.extend(two("libc6"));
        assert!(record(db, n, scan(updates)).await);
    }
    let (reach, every, nodes) = (whole(1), UpdateFilter::default(), NodeFilter::default());
    let mut expected = Vec::new();
    for name in ["Zlib", "bash", "libc6", "libc6", "zlib"] {
        expected.extend((1..=3).map(|n| (name.to_owned(), node_id(n))));
    }
    // Both of one node stand together.
    expected[6..12].sort();
    for items in [1, 2, 4, 7, 15, 16] {
        let found =
            walk("name", items, async |list| db.store.updates(&reach).list(&every, &nodes, list).await);
        let found: Vec<_> = found.await.into_iter().map(|u| (u.update.name, u.node_id)).collect();
        assert_eq!(found, expected, "{items}");
    }
}

async fn each_filter_returns_exactly_the_matching_updates(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let here = Node { site_id: Some(site_id(1)), labels: labels(&[("env", "prod")]), ..node(1, 1) };
    add_nodes(&db.store, &[here, node(1, 2)]).await;
    let updates = || {
        vec![
            severe("a", Severity::Low),
            severe("b", Severity::Important),
            severe("c", Severity::Critical),
            update("d"),
        ]
    };
    record(db, 1, scan(updates())).await;
    record(db, 2, scan(updates())).await;
    let reach = whole(1);
    let security = |security| UpdateFilter { security: Some(security), ..UpdateFilter::default() };
    let least = |severity| UpdateFilter { severity: Some(severity), ..UpdateFilter::default() };
    assert_eq!(of_node(db, &reach, 1, &security(true)).await, ["a", "b", "c"]);
    assert_eq!(of_node(db, &reach, 1, &security(false)).await, ["d"]);
    assert_eq!(of_node(db, &reach, 1, &least(Severity::Important)).await, ["b", "c"]);
    assert_eq!(of_node(db, &reach, 1, &least(Severity::Low)).await, ["a", "b", "c"]);
    let named = UpdateFilter { name: Some("c".parse().unwrap()), ..UpdateFilter::default() };
    assert_eq!(of_node(db, &reach, 2, &named).await, ["c"]);
    let every = NodeFilter::default();
    assert_eq!(of_all(db, &reach, &named, &every).await, ["node-1 c", "node-2 c"]);
    assert_eq!(of_all(db, &reach, &least(Severity::Critical), &every).await, ["node-1 c", "node-2 c"]);
    let labelled = NodeFilter { labels: "env=prod".parse().unwrap(), ..NodeFilter::default() };
    assert_eq!(of_all(db, &reach, &security(false), &labelled).await, ["node-1 d"]);
    assert_eq!(of_all(db, &reach, &named, &labelled).await, ["node-1 c"]);
    assert_eq!(of_all(db, &reach, &security(false), &NodeFilter::at(site_id(1))).await, ["node-1 d"]);
    let unlabelled = NodeFilter { labels: "!env".parse().unwrap(), ..NodeFilter::default() };
    assert_eq!(of_all(db, &reach, &security(false), &unlabelled).await, ["node-2 d"]);
}

async fn only_updates_of_nodes_in_the_reach_are_found(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let here = Node { site_id: Some(site_id(1)), labels: labels(&[("env", "prod")]), ..node(1, 1) };
    add_nodes(&db.store, &[here, node(1, 2), node(2, 3)]).await;
    for n in 1..=3 {
        record(db, n, scan(vec![full()])).await;
    }
    let (every, nodes) = (UpdateFilter::default(), NodeFilter::default());
    for reach in [
        OrganizationReach { sites: Some([site_id(1)].into()), ..whole(1) },
        OrganizationReach { labels: Some("env=prod".parse().unwrap()), ..whole(1) },
        OrganizationReach { nodes: Some([node_id(1), node_id(3)].into()), ..whole(1) },
    ] {
        assert_eq!(of_all(db, &reach, &every, &nodes).await, ["node-1 openssl"]);
        for n in 1..=3 {
            let scanned = db.store.updates(&reach).last_scan(node_id(n)).await.unwrap();
            assert_eq!(scanned.is_some(), n == 1);
            assert_eq!(of_node(db, &reach, n, &every).await.len(), usize::from(n == 1));
        }
        assert_eq!(db.store.updates(&reach).summary(&nodes).await.unwrap().nodes_scanned, 1);
    }
    let nothing = OrganizationReach { nodes: Some([].into()), ..whole(1) };
    assert!(of_all(db, &nothing, &every, &nodes).await.is_empty());
    assert_eq!(of_all(db, &whole(1), &every, &nodes).await, ["node-1 openssl", "node-2 openssl"]);
    assert_eq!(of_all(db, &whole(2), &every, &nodes).await, ["node-3 openssl"]);
}

async fn the_summary_counts_nodes_and_updates(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let labelled = Node { labels: labels(&[("env", "prod")]), ..node(1, 1) };
    add_nodes(&db.store, &[labelled, node(1, 2), node(1, 3), node(1, 4)]).await;
    let none = UpdateSummary {
        nodes_scanned: 0,
        nodes_with_updates: 0,
        nodes_with_security_updates: 0,
        nodes_to_reboot: 0,
        updates: 0,
        security_updates: 0,
        oldest_scan_at: None,
    };
    let (reach, every) = (whole(1), NodeFilter::default());
    assert_eq!(db.store.updates(&reach).summary(&every).await.unwrap(), none);
    record(db, 1, scan(vec![full(), update("a")])).await;
    record(db, 2, scan(vec![update("a")])).await;
    record(db, 3, UpdateScan { reboot_required: true, ..scan(Vec::new()) }).await;
    let counted = UpdateSummary {
        nodes_scanned: 3,
        nodes_with_updates: 2,
        nodes_with_security_updates: 1,
        nodes_to_reboot: 1,
        updates: 3,
        security_updates: 1,
        oldest_scan_at: Some(at(1)),
    };
    assert_eq!(db.store.updates(&reach).summary(&every).await.unwrap(), counted);
    let labelled = NodeFilter { labels: "env".parse().unwrap(), ..NodeFilter::default() };
    let one =
        UpdateSummary { nodes_scanned: 1, nodes_with_updates: 1, updates: 2, nodes_to_reboot: 0, ..counted };
    assert_eq!(db.store.updates(&reach).summary(&labelled).await.unwrap(), one);
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let (reach, every, nodes) = (whole(1), UpdateFilter::default(), NodeFilter::default());
    let number = Mark::Number(1);
    refuses_bad_cursors("number", number.clone(), Mark::Text("1".into()), "1", async |list| {
        db.store.updates(&reach).of_node(node_id(1), &every, list).await
    })
    .await;
    let id = format!("{}/3", node_id(1));
    refuses_bad_cursors("name", Mark::Text("bash".into()), number, &id, async |list| {
        db.store.updates(&reach).list(&every, &nodes, list).await
    })
    .await;
}

async fn the_newer_scan_of_two_nodes_moves(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(1, 3)]).await;
    let (reach, every) = (whole(1), UpdateFilter::default());
    assert!(record(db, 1, scan(vec![update("zlib"), full()])).await);
    assert!(record(db, 2, scan(vec![update("curl")])).await);
    let before = db.store.updates(&reach).last_scan(node_id(2)).await.unwrap();
    let moved = async |from, to| {
        let mut tx = db.store.begin().await.unwrap();
        tx.move_scan(node_id(from), node_id(to)).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert_eq!(newer_scan(&db.store, node_id(1), node_id(2)).await.unwrap(), None);
    moved(1, 2).await;
    assert_eq!(of_node(db, &reach, 2, &every).await, ["curl"], "the newer scan was replaced");
    assert_eq!(newer_scan(&db.store, node_id(2), node_id(1)).await.unwrap(), Some(1));
    moved(2, 1).await;
    assert_eq!(of_node(db, &reach, 1, &every).await, ["curl"]);
    assert_eq!(db.store.updates(&reach).last_scan(node_id(1)).await.unwrap(), before);
    moved(1, 3).await;
    assert_eq!(of_node(db, &reach, 3, &every).await, ["curl"], "a node without a scan");
    moved(1, 3).await;
    assert_eq!(of_node(db, &reach, 3, &every).await, ["curl"], "nothing moves");
}
