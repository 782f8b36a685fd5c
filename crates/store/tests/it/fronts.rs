//! How organizations serve the metrics of their exporters.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::front::{Front, FrontAuthority, FrontState};
use bailiwick_domain::key::Sealed;
use bailiwick_domain::port::Port;
use bailiwick_domain::revision::Revision;
use bailiwick_store::change::Change;
use bailiwick_store::fronts::{StoredFront, front_of};

use crate::database::Database;
use crate::samples::{add_nodes, add_organizations, at, node, node_id, organization_id};

on_both!(a_front_is_stored_for_each_organization, agents_report_their_fronts_with_their_facts);

async fn a_front_is_stored_for_each_organization(db: &Database) {
    let (store, one, two) = (&db.store, organization_id(1), organization_id(2));
    add_organizations(store, &[1, 2]).await;
    assert_eq!(front_of(store, one).await.unwrap(), StoredFront::default());
    let sealed = |pepper, byte| Sealed { pepper, bytes: vec![byte; 4] };
    let authority = FrontAuthority { certificate: vec![1, 2, 3], expires_at: at(9) };
    let front = Front {
        is_enabled: true,
        port: 9_444,
        authority: Some(authority),
        revision: Revision::FIRST.next(),
        updated_at: Some(at(5)),
    };
    let mut stored = StoredFront { front, key: Some(sealed(1, 7)) };
    for is_enabled in [true, false] {
        stored.front.is_enabled = is_enabled;
        let mut tx = store.begin().await.unwrap();
        tx.set_front(one, &stored).await.unwrap();
        assert_eq!(front_of(&mut tx, one).await.unwrap(), stored);
        let changes = tx.commit().await.unwrap();
        assert!(changes.contains(&Change::Front(one)));
        assert_eq!(front_of(store, one).await.unwrap(), stored);
    }
    assert_eq!(front_of(store, two).await.unwrap(), StoredFront::default());

    // The private key moves to another pepper, if it was not replaced meanwhile.
    assert_eq!(store.secrets_by_pepper().await.unwrap(), [(1, 1)]);
    assert_eq!(store.front_keys_before(1, None, 9).await.unwrap(), []);
    assert_eq!(store.front_keys_before(2, None, 9).await.unwrap(), [(one, sealed(1, 7))]);
    assert_eq!(store.front_keys_before(2, Some(one), 9).await.unwrap(), []);
    let mut tx = store.begin().await.unwrap();
    tx.reseal_front_key(one, &sealed(1, 8), &sealed(2, 9)).await.unwrap();
    tx.reseal_front_key(one, &sealed(1, 7), &sealed(2, 7)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(front_of(store, one).await.unwrap().key, Some(sealed(2, 7)));
}

async fn agents_report_their_fronts_with_their_facts(db: &Database) {
    let store = &db.store;
    add_organizations(store, &[1, 2]).await;
    add_nodes(store, &[node(1, 1), node(1, 2), node(1, 3), node(2, 4)]).await;
    let front = FrontState {
        port: Port::try_from(9_443).unwrap(),
        listens: true,
        certificate_expires_at: Some(at(7)),
        last_error: None,
    };
    let facts = |front: Option<&FrontState>| Facts { front: front.cloned(), ..Facts::default() };
    let mut tx = store.begin().await.unwrap();
    let told = [(1, Some(&front)), (2, None), (4, Some(&front))].map(|(n, front)| (node_id(n), facts(front)));
    tx.links().set_facts(&told).await.unwrap();
    tx.commit().await.unwrap();
    let nodes = [1, 2, 3, 4].map(node_id);
    let found = store.front_states(organization_id(1), &nodes).await.unwrap();
    assert_eq!(found, [(node_id(1), front)]);
    assert_eq!(store.front_states(organization_id(1), &[]).await.unwrap(), []);
}
