use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::UserId;
use bailiwick_domain::key::Sealed;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::session::TokenDigest;
use bailiwick_domain::user::{Membership, User};
use bailiwick_store::Error;

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_organizations, add_roles, add_users, at, only, organization_id, role, role_id, user, user_id, whole,
};

on_both!(
    every_field_of_a_user_is_stored,
    a_duplicate_email_address_is_refused,
    server_administrators_are_found_among_all_users,
    an_update_requires_the_current_revision,
    a_reach_shows_only_members_and_roles_in_its_organizations,
    pages_return_every_user_once_in_order,
    a_role_of_another_organization_cannot_be_given,
    changing_a_role_changes_the_revision_of_the_user,
    each_code_and_recovery_code_works_once,
    an_invitation_ends_when_used_replaced_or_expired,
    an_invitation_ends_with_the_last_membership,
    the_number_of_familiar_networks_is_bounded,
);

const VIEWER: RoleRef = RoleRef::BuiltIn(BuiltInRole::Viewer);

async fn every_field_of_a_user_is_stored(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_roles(&db.store, &[role(2, 7)]).await;
    let full = User {
        server_administrator: true,
        disabled_at: Some(at(5)),
        ..user(1, &[(1, VIEWER), (2, RoleRef::Own(role_id(7)))])
    };
    add_users(&db.store, &[full.clone(), user(2, &[])]).await;
    let mut users = db.store.users(&Reach::EVERYTHING);
    assert_eq!(users.get(user_id(1)).await.unwrap(), Some(full.clone()));
    assert_eq!(users.with_email(&full.email).await.unwrap(), Some(full.clone()));
    assert_eq!(users.get(user_id(2)).await.unwrap(), Some(user(2, &[])));
    assert_eq!(users.get(user_id(3)).await.unwrap(), None);
    assert_eq!(db.store.users_after(None, 1).await.unwrap(), [full]);
    assert_eq!(db.store.users_after(Some(user_id(1)), 5).await.unwrap(), [user(2, &[])]);

    let mut tx = db.store.begin().await.unwrap();
    tx.set_password(user_id(2), "$argon2id$").await.unwrap();
    tx.begin_second_factor(user_id(2), &Sealed { pepper: 3, bytes: vec![1, 2] }).await.unwrap();
    tx.confirm_second_factor(user_id(2), at(8)).await.unwrap();
    tx.commit().await.unwrap();
    let login = db.store.login_of(&user(2, &[]).email).await.unwrap().unwrap();
    assert_eq!((login.user, login.password_hash.as_deref()), (user_id(2), Some("$argon2id$")));
    let factor = login.second_factor.unwrap();
    assert_eq!((factor.secret.pepper, factor.secret.bytes, factor.is_confirmed), (3, vec![1, 2], true));
    let found = users.get(user_id(2)).await.unwrap().unwrap();
    assert!(found.has_password && found.second_factor);

    // Its secret moves to another pepper, unless it was changed since it was read.
    let factor = |pepper, byte| Sealed { pepper, bytes: vec![byte, 2] };
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), [(3, 1)]);
    assert_eq!(db.store.second_factors_before(4, None, 9).await.unwrap(), [(user_id(2), factor(3, 1))]);
    assert_eq!(db.store.second_factors_before(4, Some(user_id(2)), 9).await.unwrap(), []);
    assert_eq!(db.store.second_factors_before(3, None, 9).await.unwrap(), []);
    let mut tx = db.store.begin().await.unwrap();
    tx.reseal_second_factor(user_id(2), &factor(3, 1), &factor(4, 7)).await.unwrap();
    tx.reseal_second_factor(user_id(2), &factor(3, 1), &factor(4, 8)).await.unwrap();
    tx.commit().await.unwrap();
    let login = db.store.login_of(&user(2, &[]).email).await.unwrap().unwrap();
    assert_eq!(login.second_factor.unwrap().secret, factor(4, 7));
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), [(4, 1)]);
}

async fn server_administrators_are_found_among_all_users(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let administrator =
        |n, is| User { server_administrator: is, created_at: at(-i64::from(n)), ..user(n, &[]) };
    let users = [administrator(1, true), administrator(2, false), administrator(3, true)];
    add_users(&db.store, &users).await;
    let ids = async |limit| -> Vec<UserId> {
        let found = db.store.administrators(limit).await.unwrap();
        found.into_iter().map(|user| user.id).collect()
    };
    // The oldest first.
    assert_eq!(ids(10).await, [user_id(3), user_id(1)]);
    assert_eq!(ids(1).await, [user_id(3)]);
}

async fn a_duplicate_email_address_is_refused(db: &Database) {
    add_users(&db.store, &[user(1, &[]), user(2, &[])]).await;
    let same = |n| User { email: user(1, &[]).email, ..user(n, &[]) };
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.users(&Reach::EVERYTHING).create(&same(3)).await, Err(Error::Taken)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.users(&Reach::EVERYTHING).update(&same(2), Revision::FIRST).await;
    assert!(matches!(updated, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    add_users(&db.store, &[user(1, &[])]).await;
    let changed = User { name: "Another".parse().unwrap(), revision: Revision::new(2), ..user(1, &[]) };
    let mut tx = db.store.begin().await.unwrap();
    tx.users(&Reach::EVERYTHING).update(&changed, Revision::FIRST).await.unwrap();
    let again = tx.users(&Reach::EVERYTHING).update(&changed, Revision::FIRST).await;
    assert!(matches!(again, Err(Error::Changed)));
    let deleted = tx.users(&Reach::EVERYTHING).delete(user_id(1), Revision::FIRST).await;
    assert!(matches!(deleted, Err(Error::Changed)));
    tx.users(&Reach::EVERYTHING).delete(user_id(1), Revision::new(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.users(&Reach::EVERYTHING).get(user_id(1)).await.unwrap(), None);
}

async fn a_reach_shows_only_members_and_roles_in_its_organizations(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_users(&db.store, &[user(1, &[(1, VIEWER)]), user(2, &[(1, VIEWER), (2, VIEWER)]), user(3, &[])])
        .await;
    for (organizations, expected) in [
        (vec![1], vec![user(1, &[(1, VIEWER)]), user(2, &[(1, VIEWER)])]),
        (vec![2], vec![user(2, &[(2, VIEWER)])]),
        (vec![], vec![]),
    ] {
        let reach = only(&organizations);
        let found = db.store.users(&reach).list(None, all("name")).await.unwrap().items;
        assert_eq!(found, expected, "{organizations:?}");
        assert_eq!(db.store.users(&reach).get(user_id(3)).await.unwrap(), None);
        assert_eq!(db.store.users(&reach).count().await.unwrap(), i64::try_from(expected.len()).unwrap());
        let emails = [1, 2, 3, 4].map(|n| user(n, &[]).email);
        let mut found = db.store.users(&reach).with_emails(&emails.each_ref()).await.unwrap();
        found.sort_by_key(|user| user.id);
        assert_eq!(found, expected, "{organizations:?}");
    }
    assert_eq!(db.store.users(&Reach::EVERYTHING).count().await.unwrap(), 3);
    // More than are asked for with one statement.
    let many: Vec<_> = (0..1_200).map(|n| user(n, &[]).email).collect();
    let found = db.store.users(&Reach::EVERYTHING).with_emails(&many.iter().collect::<Vec<_>>()).await;
    assert_eq!(found.unwrap().len(), 3);
    let one = user(2, &[]).email;
    let found = db.store.users(&only(&[1])).list(Some(&one), all("name")).await.unwrap().items;
    assert_eq!(found, [user(2, &[(1, VIEWER)])]);
}

async fn pages_return_every_user_once_in_order(db: &Database) {
    let users: Vec<User> = (0..7).map(|n| user(n, &[])).collect();
    add_users(&db.store, &users).await;
    let reach = Reach::EVERYTHING;
    for sort in ["name", "-name", "email", "-email", "created_at", "-created_at"] {
        let page = async |list| db.store.users(&reach).list(None, list).await;
        let mut found = walk(sort, 3, page).await;
        if sort.starts_with('-') {
            found.reverse();
        }
        assert_eq!(found, users, "{sort}");
    }
    let page = async |list| db.store.users(&reach).list(None, list).await;
    let id = user_id(1).to_string();
    refuses_bad_cursors("email", Mark::Text("x".into()), Mark::Number(1), &id, page).await;
}

async fn a_role_of_another_organization_cannot_be_given(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_roles(&db.store, &[role(2, 7)]).await;
    add_users(&db.store, &[user(1, &[])]).await;
    let foreign = Membership { organization_id: organization_id(1), role: RoleRef::Own(role_id(7)) };
    let mut tx = db.store.begin().await.unwrap();
    let held = tx.users(&Reach::EVERYTHING).set_role(user_id(1), &foreign).await;
    assert!(matches!(held, Err(Error::InUse)), "{held:?}");
}

async fn changing_a_role_changes_the_revision_of_the_user(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_roles(&db.store, &[role(1, 7)]).await;
    add_users(&db.store, &[user(1, &[(1, RoleRef::Own(role_id(7)))])]).await;
    let mut tx = db.store.begin().await.unwrap();
    let within = Some(organization_id(1));
    let before = tx.user_stamp(user_id(1), within).await.unwrap().unwrap();
    assert_eq!(before, (Revision::FIRST, Some(Revision::FIRST)));
    tx.users(&Reach::EVERYTHING).end_membership(user_id(1), organization_id(1)).await.unwrap();
    let after = tx.user_stamp(user_id(1), within).await.unwrap().unwrap();
    assert_eq!(after, (Revision::new(2), None));
    assert_eq!(tx.user_stamp(user_id(2), within).await.unwrap(), None);
}

async fn each_code_and_recovery_code_works_once(db: &Database) {
    add_users(&db.store, &[user(1, &[]), user(2, &[])]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(tx.use_step(user_id(1), 100).await.unwrap());
    assert!(!tx.use_step(user_id(1), 100).await.unwrap());
    assert!(!tx.use_step(user_id(1), 99).await.unwrap(), "an earlier code was accepted");
    assert!(tx.use_step(user_id(1), 101).await.unwrap());
    tx.set_recovery_codes(user_id(1), &[[1; 32], [2; 32]]).await.unwrap();
    assert!(!tx.use_recovery_code(user_id(2), [1; 32], at(1)).await.unwrap(), "another's");
    assert!(tx.use_recovery_code(user_id(1), [1; 32], at(1)).await.unwrap());
    assert!(!tx.use_recovery_code(user_id(1), [1; 32], at(1)).await.unwrap());
    tx.set_recovery_codes(user_id(1), &[[3; 32]]).await.unwrap();
    assert!(!tx.use_recovery_code(user_id(1), [2; 32], at(1)).await.unwrap(), "replaced");
}

async fn an_invitation_ends_when_used_replaced_or_expired(db: &Database) {
    add_users(&db.store, &[user(1, &[])]).await;
    let token = |n| TokenDigest([n; 32]);
    let mut tx = db.store.begin().await.unwrap();
    let seen = user(1, &[]).revision;
    tx.invite(user_id(1), seen, token(1), at(100)).await.unwrap();
    assert_eq!(tx.invited(token(1), at(99)).await.unwrap(), Some(user_id(1)));
    assert_eq!(tx.invited(token(1), at(100)).await.unwrap(), None::<UserId>);
    tx.invite(user_id(1), seen, token(2), at(100)).await.unwrap();
    // A user who was given other rights meanwhile is not invited.
    let refused = tx.invite(user_id(1), seen.next(), token(3), at(100)).await;
    assert!(matches!(refused, Err(Error::Changed)), "{refused:?}");
    assert_eq!(tx.invited(token(1), at(99)).await.unwrap(), None);
    tx.set_password(user_id(1), "$argon2id$").await.unwrap();
    assert_eq!(tx.invited(token(2), at(99)).await.unwrap(), None);
}

async fn an_invitation_ends_with_the_last_membership(db: &Database) {
    let token = |n: u32| TokenDigest([u8::try_from(n).unwrap(); 32]);
    add_organizations(&db.store, &[1, 2, 3, 4]).await;
    for (n, end) in [(1, "organization"), (2, "membership"), (3, "role")] {
        let looker = RoleRef::Own(role_id(7 + n));
        add_roles(&db.store, &[role(n, 7 + n)]).await;
        let [alone, shared, administrator] = [10 * n, 10 * n + 1, 10 * n + 2];
        let in_charge = User { server_administrator: true, ..user(administrator, &[(n, looker)]) };
        let users = [user(alone, &[(n, looker)]), user(shared, &[(n, looker), (4, VIEWER)]), in_charge];
        add_users(&db.store, &users).await;
        let mut tx = db.store.begin().await.unwrap();
        for (user, number) in users.iter().zip([alone, shared, administrator]) {
            tx.invite(user.id, user.revision, token(number), at(100)).await.unwrap();
        }
        match end {
            "organization" => {
                tx.organizations(&Reach::EVERYTHING).delete_with_owned(organization_id(n)).await.unwrap();
            }
            "membership" => {
                for member in [alone, shared, administrator] {
                    let mut users = tx.users(&Reach::EVERYTHING);
                    users.end_membership(user_id(member), organization_id(n)).await.unwrap();
                }
            }
            _ => tx.roles(&whole(n)).end_holders(role_id(7 + n)).await.unwrap(),
        }
        assert_eq!(
            tx.invited(token(alone), at(5)).await.unwrap(),
            None,
            "{end}: a stranger is still invited"
        );
        // These are somebody here without the organization.
        for member in [shared, administrator] {
            assert_eq!(tx.invited(token(member), at(5)).await.unwrap(), Some(user_id(member)), "{end}");
        }
        tx.commit().await.unwrap();
    }
}

async fn the_number_of_familiar_networks_is_bounded(db: &Database) {
    add_users(&db.store, &[user(1, &[])]).await;
    let network = |n: u8| ClientNetwork::from(std::net::IpAddr::from([192, 0, 2, n]));
    let mut tx = db.store.begin().await.unwrap();
    for n in 0..60 {
        tx.note_login(user_id(1), network(n), at(i64::from(n))).await.unwrap();
    }
    tx.commit().await.unwrap();
    for (n, is_familiar) in [(9, false), (10, true), (59, true), (60, false)] {
        assert_eq!(db.store.is_familiar(user_id(1), network(n)).await.unwrap(), is_familiar, "{n}");
    }
    let found = db.store.users(&Reach::EVERYTHING).get(user_id(1)).await.unwrap().unwrap();
    assert_eq!(found.last_login_at, Some(at(59)));
}
