use bailiwick_domain::key::Key;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{Role, RoleRef};
use bailiwick_store::Error;
use bailiwick_store::change::Change;
use bailiwick_store::owned::Owned;

use crate::database::Database;
use crate::samples::{
    add_keys, add_organizations, add_roles, add_users, key, key_id, role, role_id, user, user_id, whole,
};

on_both!(
    every_field_of_a_role_is_stored,
    a_duplicate_role_name_in_an_organization_is_refused,
    a_role_that_is_held_is_not_deleted_until_it_is_taken_away
);

fn full(n: u32) -> Role {
    Role {
        description: Some("For Berlin".parse().unwrap()),
        scopes: ["sites:read", "nodes.create"].map(|s| s.parse().unwrap()).into(),
        reach: Reach { labels: Some("env=prod".parse().unwrap()), ..Reach::EVERYTHING },
        ..role(1, n)
    }
}

async fn every_field_of_a_role_is_stored(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_roles(&db.store, &[full(1), role(1, 2), role(2, 3)]).await;
    let reach = whole(1);
    let mut roles = db.store.roles(&reach);
    assert_eq!(roles.get(role_id(1)).await.unwrap(), Some(full(1)));
    assert_eq!(roles.get(role_id(3)).await.unwrap(), None, "a role of another organization was found");
    assert_eq!(roles.named(&role(1, 2).name).await.unwrap(), Some(role(1, 2)));
    assert_eq!(roles.all().await.unwrap(), [full(1), role(1, 2)]);
    assert_eq!(db.store.role(role_id(3)).await.unwrap(), Some(role(2, 3)));
    assert_eq!(db.store.roles_after(Some(role_id(1)), 1).await.unwrap(), [role(1, 2)]);

    let changed = Role { revision: Revision::new(2), ..role(1, 1) };
    let mut tx = db.store.begin().await.unwrap();
    tx.roles(&reach).update(&changed, Revision::FIRST).await.unwrap();
    assert!(matches!(tx.roles(&reach).update(&changed, Revision::FIRST).await, Err(Error::Changed)));
    assert!(matches!(tx.roles(&whole(2)).delete(role_id(1), Revision::new(2)).await, Err(Error::Changed)));
    assert_eq!(tx.roles(&reach).count().await.unwrap(), 2);
    tx.roles(&reach).delete(role_id(2), Revision::FIRST).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), [Change::Role(role_id(1)), Change::Role(role_id(2))].into());
    assert_eq!(roles.all().await.unwrap(), [changed]);
}

async fn a_duplicate_role_name_in_an_organization_is_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let same = |organization, n| Role { name: role(1, 1).name, ..role(organization, n) };
    add_roles(&db.store, &[role(1, 1), same(2, 2)]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.roles(&whole(1)).create(&same(1, 3)).await, Err(Error::Taken)));
}

async fn a_role_that_is_held_is_not_deleted_until_it_is_taken_away(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_roles(&db.store, &[role(1, 1), role(1, 2)]).await;
    let held = RoleRef::Own(role_id(1));
    add_users(&db.store, &[user(1, &[(1, held)]), user(2, &[(1, RoleRef::Own(role_id(2)))])]).await;
    let mut digests = key(Some(1), 1);
    digests.key = Key { user: Some(user_id(2)), role: Some(held), ..digests.key };
    add_keys(&db.store, &[digests.clone()]).await;
    assert_eq!(db.store.key_digests(key_id(1)).await.unwrap(), Some(digests));
    let reach = whole(1);
    let holders = db.store.roles(&reach).holders(role_id(1), 1).await.unwrap();
    let of = |noun, id: String, name: &str| Owned { noun, count: 1, first: vec![(id, name.to_owned())] };
    let expected =
        [of("memberships", user_id(1).to_string(), "User 1"), of("keys", key_id(1).to_string(), "Key 1")];
    assert_eq!(holders, expected);

    let mut tx = db.store.begin().await.unwrap();
    let stamp = tx.key_stamp(key_id(1)).await.unwrap().unwrap();
    assert_eq!((stamp.role, stamp.user, stamp.user_role), {
        let first = Some(Revision::FIRST);
        (first, first, first)
    });
    assert!(matches!(tx.roles(&reach).delete(role_id(1), Revision::FIRST).await, Err(Error::InUse)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    tx.roles(&reach).end_holders(role_id(1)).await.unwrap();
    tx.roles(&reach).delete(role_id(1), Revision::FIRST).await.unwrap();
    let changes = tx.commit().await.unwrap();
    for change in [Change::User(user_id(1)), Change::Key(key_id(1)), Change::Role(role_id(1))] {
        assert!(changes.contains(&change), "{change}");
    }
    let left = db.store.users(&Reach::EVERYTHING).get(user_id(1)).await.unwrap().unwrap();
    assert_eq!((left.role_in(reach.organization), left.revision), (None, Revision::new(2)));
}
