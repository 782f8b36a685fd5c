//! The names in the certificates of fronts.

use std::collections::BTreeSet;

use bailiwick_domain::front_name::FrontName;
use bailiwick_domain::node::Node;
use bailiwick_store::front_names::{FrontNameHolder, holders_of, names_of_others};

use crate::database::Database;
use crate::samples::{add_nodes, add_organizations, at, node, node_id, organization_id};

on_both!(
    the_names_of_other_nodes_are_found_in_each_spelling,
    names_are_held_until_the_last_certificate_expires
);

fn name(text: &str) -> FrontName {
    FrontName::of(text).unwrap()
}

async fn the_names_of_other_nodes_are_found_in_each_spelling(db: &Database) {
    let store = &db.store;
    add_organizations(store, &[1, 2]).await;
    let with = |n: u32, address: &str| Node { address: Some(address.parse().unwrap()), ..node(1, n) };
    let named = Node { name: "Web.Example".parse().unwrap(), ..node(1, 4) };
    let guest = Node { host_id: Some(node_id(1)), ..with(5, "10.0.0.5") };
    let nodes = [
        with(1, "10.0.0.1"),
        with(2, "::FFFF:10.0.0.2"),
        with(3, "2001:DB8:0::3"),
        named,
        guest,
        with(6, "A.b."),
        with(7, "BÜCHER.example"),
        Node { name: "Müller.Example".parse().unwrap(), ..node(1, 8) },
    ];
    add_nodes(store, &nodes).await;
    let international =
        ["xn--bcher-kva.example", "xn--mller-kva.example", "xn--mnchen-3ya.example"].map(name);
    let found = names_of_others(store, organization_id(1), node_id(1), &international).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), international[..2]);
    let all = ["10.0.0.1", "10.0.0.2", "2001:db8::3", "web.example", "10.0.0.5", "a.b", "c.d"].map(name);
    let of = |organization, n| names_of_others(store, organization_id(organization), node_id(n), &all);
    let except = |left_out: &[usize]| {
        let kept = all.iter().enumerate().filter(|(n, _)| !left_out.contains(n));
        kept.map(|(_, name)| name.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(of(1, 1).await.unwrap(), except(&[0, 4, 6]), "a guest does not count for its host");
    assert_eq!(of(1, 4).await.unwrap(), except(&[3, 6]));
    assert_eq!(of(2, 1).await.unwrap(), BTreeSet::new());
}

async fn names_are_held_until_the_last_certificate_expires(db: &Database) {
    let (store, one) = (&db.store, organization_id(1));
    add_organizations(store, &[1, 2]).await;
    add_nodes(store, &[node(1, 1), node(1, 2), node(2, 3)]).await;
    let names = ["10.0.0.1", "2001:db8::1", "a.b"].map(name);
    let hold = async |n: u32, names: &[FrontName], until: i64, now: i64| {
        let mut tx = store.begin().await.unwrap();
        tx.lock_organization(one).await.unwrap();
        let holder = FrontNameHolder { node: node_id(n), until: at(until) };
        tx.hold_front_names(one, names, holder, at(now)).await.unwrap();
        tx.commit().await.unwrap();
    };
    let held = async |now: i64| {
        let held = holders_of(store, one, &names, at(now)).await.unwrap();
        names.iter().map(|name| held.get(name).map(|held| (held.node, held.until))).collect::<Vec<_>>()
    };
    hold(1, &names, 10, 0).await;
    // A later certificate that expires sooner does not shorten it.
    hold(1, &names[..2], 5, 0).await;
    hold(1, &names[2..], 20, 0).await;
    let first = |until| Some((node_id(1), at(until)));
    assert_eq!(held(9).await, [first(10), first(10), first(20)]);
    assert_eq!(held(10).await, [None, None, first(20)]);
    hold(2, &names[..1], 15, 10).await;
    assert_eq!(held(11).await, [Some((node_id(2), at(15))), None, first(20)]);
    assert_eq!(holders_of(store, organization_id(2), &names, at(0)).await.unwrap().len(), 0);
    // A node that is merged into another leaves it its names.
    let mut tx = store.begin().await.unwrap();
    tx.move_front_names(node_id(1), node_id(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(held(11).await, [Some((node_id(2), at(15))), None, Some((node_id(2), at(20)))]);
}
