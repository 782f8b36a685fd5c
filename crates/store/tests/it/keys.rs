use std::num::NonZeroU32;

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{NodeId, UserId};
use bailiwick_domain::key::{Actor, Disabled, Key, KeyDigests, KeyKind, LastUse};
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::change::Change;
use bailiwick_store::{Error, Store};

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{add_keys, add_organizations, at, digest, key, key_id, only, organization_id, site_id};

on_both!(
    every_field_of_a_key_is_stored,
    an_update_requires_the_current_revision,
    a_rotation_keeps_the_previous_secret_until_its_end,
    a_deletion_requires_the_current_revision,
    the_latest_use_of_a_key_is_stored,
    a_digest_is_replaced_only_if_it_is_the_expected_one,
    all_key_digests_are_read_in_batches,
    keys_are_counted_by_pepper,
    pages_return_every_key_once_in_order,
    a_cursor_of_another_list_is_refused,
    only_keys_in_the_reach_are_found,
    a_commit_returns_each_changed_key_once,
);

/// A key with something in every field that is written when it is created.
fn full(n: u32) -> KeyDigests {
    let mut digests = key(Some(1), n);
    let ids = Some([site_id(1), site_id(2)].into());
    digests.key = Key {
        kind: KeyKind::Agent,
        description: Some("It's\n\"new\"".parse().unwrap()),
        scopes: ["sites.create", "keys:read", "*:read"].map(|s| s.parse().unwrap()).into(),
        reach: Reach {
            organizations: Some([organization_id(1)].into()),
            sites: ids,
            labels: Some("env=prod,tier in (web,db),!legacy,note=\"it's\"".parse().unwrap()),
            nodes: Some([NodeId::from_uuid(site_id(7).as_uuid())].into()),
        },
        not_before: Some(at(1)),
        expires_at: Some(at(2)),
        disabled: Some(Disabled {
            at: at(3),
            by: Actor::User { id: UserId::from_uuid(site_id(8).as_uuid()) },
            reason: Some("Lost".parse().unwrap()),
            until: Some(at(4)),
        }),
        allowed_ips: ["10.0.0.0/8", "2001:db8::/32"].map(|n| n.parse().unwrap()).into(),
        denied_ips: vec!["10.1.2.3".parse().unwrap()],
        rate_limit: Some(RateLimit {
            per_minute: NonZeroU32::MAX,
            burst: Some(NonZeroU32::new(60).unwrap()),
        }),
        created_by: Actor::Key { id: key_id(99) },
        ..digests.key
    };
    digests
}

async fn digests(store: &Store, n: u32) -> KeyDigests {
    store.key_digests(key_id(n)).await.unwrap().unwrap()
}

async fn every_field_of_a_key_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut half = full(3);
    half.key.disabled = Some(Disabled { at: at(3), by: Actor::System, reason: None, until: None });
    half.key.rate_limit = Some(RateLimit { per_minute: NonZeroU32::MIN, burst: None });
    let expected = [full(1), key(None, 2), half];
    add_keys(&db.store, &expected).await;
    let reach = Reach::EVERYTHING;
    for expected in expected {
        let id = expected.key.id;
        assert_eq!(db.store.keys(&reach).get(id).await.unwrap().as_ref(), Some(&expected.key));
        assert_eq!(db.store.key_digests(id).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(db.store.keys(&reach).digests(id).await.unwrap(), Some(expected));
    }
    assert_eq!(db.store.key_digests(key_id(9)).await.unwrap(), None);
    // A root key belongs to no organization, and every other to one.
    for (organization, kind) in [(Some(1), KeyKind::Root), (None, KeyKind::Org)] {
        let mut wrong = key(organization, 4);
        wrong.key.kind = kind;
        let mut tx = db.store.begin().await.unwrap();
        assert!(tx.keys(&reach).create(&wrong).await.is_err());
    }
}

async fn an_update_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_keys(&db.store, &[key(Some(1), 1), key(Some(1), 2)]).await;
    let reach = Reach::EVERYTHING;
    let update = async |key: &Key, from| {
        let mut tx = db.store.begin().await.unwrap();
        let updated = tx.keys(&reach).update(key, from).await;
        (updated, tx.commit().await.unwrap())
    };
    // What never changes stays, whatever the update holds.
    let before = key(Some(1), 1).key;
    let everything = Key { updated_at: at(50), revision: Revision::new(2), ..full(1).key };
    let (updated, changes) = update(&everything, Revision::FIRST).await;
    updated.unwrap();
    assert_eq!(changes, [Change::Key(key_id(1))].into());
    let expected = Key { kind: before.kind, created_by: before.created_by.clone(), ..everything };
    let found = digests(&db.store, 1).await;
    assert_eq!((found.key, found.current), (expected, key(Some(1), 1).current));

    for (key, from) in
        [(&before, Revision::FIRST), (&before, Revision::new(3)), (&key(Some(1), 9).key, Revision::FIRST)]
    {
        let (updated, changes) = update(key, from).await;
        assert!(matches!(updated, Err(Error::Changed)));
        assert_eq!(changes, [].into());
    }
    // And everything can be taken back.
    let nothing = Key { revision: Revision::new(3), ..before };
    update(&nothing, Revision::new(2)).await.0.unwrap();
    assert_eq!(digests(&db.store, 1).await.key, nothing);
    assert_eq!(digests(&db.store, 2).await, key(Some(1), 2));
}

async fn a_rotation_keeps_the_previous_secret_until_its_end(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_keys(&db.store, &[key(Some(1), 1)]).await;
    let reach = Reach::EVERYTHING;
    let rotate = async |digests: &KeyDigests, from| {
        let mut tx = db.store.begin().await.unwrap();
        let rotated = tx.keys(&reach).rotate(digests, from).await;
        (rotated, tx.commit().await.unwrap())
    };
    let mut rotated = key(Some(1), 1);
    rotated.previous = Some((rotated.current, at(500)));
    rotated.current = digest(2, 0xfe);
    rotated.key.revision = Revision::new(2);
    rotated.key.updated_at = at(100);
    let (done, changes) = rotate(&rotated, Revision::FIRST).await;
    done.unwrap();
    assert_eq!(changes, [Change::Key(key_id(1))].into());
    rotated.key.previous_secret_until = Some(at(500));
    assert_eq!(digests(&db.store, 1).await, rotated);

    let (again, changes) = rotate(&rotated, Revision::FIRST).await;
    assert!(matches!(again, Err(Error::Changed)));
    assert_eq!(changes, [].into());

    rotated.previous = None;
    rotated.current = digest(2, 0xfd);
    rotated.key.revision = Revision::new(3);
    rotate(&rotated, Revision::new(2)).await.0.unwrap();
    rotated.key.previous_secret_until = None;
    assert_eq!(digests(&db.store, 1).await, rotated);
}

async fn a_deletion_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_keys(&db.store, &[key(Some(1), 1), key(None, 2)]).await;
    let reach = Reach::EVERYTHING;
    for (n, from) in [(1, Revision::new(2)), (9, Revision::FIRST)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.keys(&reach).delete(key_id(n), from).await, Err(Error::Changed)));
        assert_eq!(tx.commit().await.unwrap(), [].into());
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.keys(&reach).delete(key_id(1), Revision::FIRST).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), [Change::Key(key_id(1))].into());
    assert_eq!(db.store.keys(&reach).list(None, None, all("name")).await.unwrap().items, [key(None, 2).key]);
}

async fn the_latest_use_of_a_key_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_keys(&db.store, &[key(Some(1), 1), key(Some(1), 2)]).await;
    let used = |n, address: &str, operation: &'static str| LastUse {
        at: at(n),
        address: address.parse().unwrap(),
        operation: operation.into(),
    };
    let touch = async |last_use: &LastUse| {
        let mut tx = db.store.begin().await.unwrap();
        tx.touch_keys(&[(key_id(1), last_use.clone()), (key_id(9), last_use.clone())]).await.unwrap();
        // Other servers need not hear of it.
        assert_eq!(tx.commit().await.unwrap(), [].into());
        digests(&db.store, 1).await
    };
    let first = used(10, "192.0.2.1", "sites.list");
    let mut expected = key(Some(1), 1);
    expected.key.last_used = Some(first.clone());
    assert_eq!(touch(&first).await, expected);
    assert_eq!(touch(&used(9, "192.0.2.2", "sites.get")).await, expected);
    let later = used(11, "2001:db8::1", "sites.create");
    expected.key.last_used = Some(later.clone());
    assert_eq!(touch(&later).await, expected);
    // A clock was a day ahead. When it is right again, what is used now is the last use.
    let ahead = LastUse { at: at(12).plus_seconds(86_400), ..later.clone() };
    expected.key.last_used = Some(ahead.clone());
    assert_eq!(touch(&ahead).await, expected);
    let right = used(13, "192.0.2.3", "sites.get");
    expected.key.last_used = Some(right.clone());
    assert_eq!(touch(&right).await, expected);
    assert_eq!(digests(&db.store, 2).await, key(Some(1), 2));
}

async fn a_digest_is_replaced_only_if_it_is_the_expected_one(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_keys(&db.store, &[key(Some(1), 1), key(Some(1), 2)]).await;
    let before = key(Some(1), 1);
    let newer = digest(2, 0xaa);
    let rekey = async |from, to| {
        let mut tx = db.store.begin().await.unwrap();
        tx.rekey(key_id(1), &from, &to).await.unwrap();
        tx.commit().await.unwrap()
    };
    assert_eq!(rekey(digest(1, 0xbb), newer).await, [].into());
    assert_eq!(digests(&db.store, 1).await, before);
    assert_eq!(rekey(before.current, newer).await, [Change::Key(key_id(1))].into());
    assert_eq!(digests(&db.store, 1).await, KeyDigests { current: newer, ..before });
    assert_eq!(digests(&db.store, 2).await, key(Some(1), 2));
}

async fn all_key_digests_are_read_in_batches(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let mut expected: Vec<_> = (0..7).map(|n| key([None, Some(1), Some(2)][n as usize % 3], n)).collect();
    // Capitals come before small letters, as in `KeyId`'s own order.
    for (key, id) in expected.iter_mut().zip(["zzzzzzzzzzzz", "ZZZZZZZZZZZZ", "000000000000"]) {
        key.key.id = id.parse().unwrap();
    }
    add_keys(&db.store, &expected).await;
    expected.sort_by_key(|digests| digests.key.id);
    for limit in [1, 3, 7, 100] {
        let mut found: Vec<KeyDigests> = Vec::new();
        loop {
            let after = found.last().map(|digests| digests.key.id);
            let more = db.store.key_digests_after(after, limit).await.unwrap();
            assert!(more.len() <= limit as usize);
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        assert_eq!(found, expected, "{limit}");
    }
}

async fn keys_are_counted_by_pepper(db: &Database) {
    let mut newer = key(None, 3);
    newer.current.pepper = 4;
    let mut rotated = [key(None, 4), key(None, 5)];
    add_keys(&db.store, &[key(None, 1), key(None, 2), newer]).await;
    add_keys(&db.store, &rotated).await;
    let reach = Reach::EVERYTHING;
    let mut tx = db.store.begin().await.unwrap();
    for (key, pepper) in rotated.iter_mut().zip([4, 1]) {
        key.previous = Some((key.current, at(500)));
        key.current = digest(pepper, 0xee);
        key.key.revision = Revision::new(2);
        tx.keys(&reach).rotate(key, Revision::FIRST).await.unwrap();
    }
    tx.commit().await.unwrap();
    // A secret before the last rotation needs its pepper as long as it works; a key counts once.
    assert_eq!(db.store.keys_by_pepper(at(499)).await.unwrap(), [(1, 4), (4, 2)]);
    assert_eq!(db.store.keys_by_pepper(at(500)).await.unwrap(), [(1, 3), (4, 2)]);
}

async fn pages_return_every_key_once_in_order(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut expected: Vec<KeyDigests> = (0..11)
        .map(|n| {
            let mut digests = key((n % 2 == 0).then_some(1), n);
            digests.key.name = format!("Name {}", (n * 7) % 4).parse().unwrap();
            digests.key.created_at = at(i64::from((n * 5) % 4));
            digests
        })
        .collect();
    add_keys(&db.store, &expected).await;
    let reach = Reach::EVERYTHING;
    for (ascending, descending) in [("name", "-name"), ("created_at", "-created_at")] {
        match ascending {
            "name" => expected.sort_by_key(|k| (k.key.name.clone(), k.key.id)),
            _ => expected.sort_by_key(|k| (k.key.created_at, k.key.id)),
        }
        for kind in [None, Some(KeyKind::Root), Some(KeyKind::Org), Some(KeyKind::Enrol)] {
            let mut expected: Vec<_> = expected
                .iter()
                .map(|digests| digests.key.clone())
                .filter(|key| kind.is_none_or(|kind| key.kind == kind))
                .collect();
            for items in [1, 2, 5, 12] {
                let page = async |list| db.store.keys(&reach).list(kind, None, list).await;
                assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
                expected.reverse();
                assert_eq!(walk(descending, items, page).await, expected, "{descending}, {items}");
                expected.reverse();
            }
        }
    }
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let reach = Reach::EVERYTHING;
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.keys(&reach).list(None, None, list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), key_id(1).as_str(), page).await;
    refuses_bad_cursors("created_at", number, text, key_id(1).as_str(), page).await;
}

async fn only_keys_in_the_reach_are_found(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let every = [key(None, 1), key(Some(1), 2), key(Some(2), 3)];
    add_keys(&db.store, &every).await;
    for (reach, reached) in [
        (Reach::EVERYTHING, vec![1, 2, 3]),
        (only(&[1, 2]), vec![2, 3]),
        (only(&[2]), vec![3]),
        (only(&[9]), vec![]),
        (only(&[]), vec![]),
    ] {
        let expected: Vec<_> = reached.iter().map(|n| every[*n as usize - 1].key.clone()).collect();
        let mut keys = db.store.keys(&reach);
        assert_eq!(keys.list(None, None, all("name")).await.unwrap().items, expected);
        for digests in &every {
            let expected = expected.contains(&digests.key).then(|| digests.clone());
            assert_eq!(keys.digests(digests.key.id).await.unwrap(), expected);
            assert_eq!(keys.get(digests.key.id).await.unwrap(), expected.map(|d| d.key));
        }
    }
}

async fn a_commit_returns_each_changed_key_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let reach = Reach::EVERYTHING;
    let (one, two) = (key(Some(1), 1), key(None, 2));
    let mut tx = db.store.begin().await.unwrap();
    tx.keys(&reach).create(&one).await.unwrap();
    tx.keys(&reach).create(&two).await.unwrap();
    // A second change of the same key says no more than the first.
    let changed = Key { revision: Revision::new(2), ..one.key };
    tx.keys(&reach).update(&changed, Revision::FIRST).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), [Change::Key(key_id(1)), Change::Key(key_id(2))].into());
}
