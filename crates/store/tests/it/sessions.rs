use std::net::IpAddr;

use bailiwick_domain::id::SessionId;
use bailiwick_domain::session::{SESSIONS_MAX, Session, TokenDigest};
use bailiwick_store::change::Change;

use crate::database::Database;
use crate::samples::{add_users, at, organization_id, user, user_id};

on_both!(a_session_is_stored_until_it_ends, the_oldest_session_of_a_user_ends_at_the_limit);

fn session(user: u32, n: u32) -> Session {
    Session {
        id: SessionId::from_uuid(organization_id(n).as_uuid()),
        user_id: user_id(user),
        address: IpAddr::from([192, 0, 2, 1]),
        user_agent: Some("Browser".into()),
        created_at: at(i64::from(n)),
        expires_at: at(i64::from(n) + 1_000),
    }
}

fn token(n: u32) -> TokenDigest {
    TokenDigest([n.to_le_bytes()[0]; 32])
}

async fn a_session_is_stored_until_it_ends(db: &Database) {
    add_users(&db.store, &[user(1, &[]), user(2, &[])]).await;
    let mut tx = db.store.begin().await.unwrap();
    for (user, n) in [(1, 1), (1, 2), (2, 3)] {
        tx.begin_session(&session(user, n), token(n)).await.unwrap();
    }
    let changes = tx.commit().await.unwrap();
    assert!(changes.contains(&Change::Session(session(1, 1).id)));
    let kept = db.store.session(session(1, 1).id).await.unwrap();
    assert_eq!(kept, Some((session(1, 1), token(1))));
    let found = db.store.sessions_of(user_id(1), at(0)).await.unwrap();
    assert_eq!(found, [session(1, 2), session(1, 1)]);
    assert_eq!(db.store.sessions_of(user_id(1), at(1_001)).await.unwrap(), [session(1, 2)]);
    let after = db.store.sessions_after(at(0), Some(session(1, 1).id), 1).await.unwrap();
    assert_eq!(after, [(session(1, 2), token(2))]);

    let mut tx = db.store.begin().await.unwrap();
    assert!(!tx.end_session(user_id(2), session(1, 1).id).await.unwrap(), "another's");
    assert!(tx.has_session(session(1, 1).id, at(0)).await.unwrap());
    assert!(!tx.has_session(session(1, 1).id, at(1_001)).await.unwrap());
    assert_eq!(tx.end_sessions_of(user_id(1), Some(session(1, 1).id)).await.unwrap(), 1);
    assert!(!tx.has_session(session(1, 2).id, at(0)).await.unwrap());
    tx.forget_sessions(at(1_001)).await.unwrap();
    let changes = tx.commit().await.unwrap();
    assert!(changes.contains(&Change::Session(session(1, 2).id)));
    assert!(changes.contains(&Change::Session(session(1, 1).id)));
    assert_eq!(db.store.session(session(2, 3).id).await.unwrap(), Some((session(2, 3), token(3))));
}

async fn the_oldest_session_of_a_user_ends_at_the_limit(db: &Database) {
    add_users(&db.store, &[user(1, &[])]).await;
    let most = u32::try_from(SESSIONS_MAX).unwrap();
    let mut tx = db.store.begin().await.unwrap();
    for n in 0..=most {
        tx.begin_session(&session(1, n), token(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let found = db.store.sessions_of(user_id(1), at(0)).await.unwrap();
    assert_eq!(found.len(), SESSIONS_MAX);
    assert_eq!(db.store.session(session(1, 0).id).await.unwrap(), None);
}
