use std::time::Duration;

use bailiwick_domain::reach::Reach;
use bailiwick_store::Store;
use bailiwick_store::change::Change;
use bailiwick_store::feed::{Feed, FeedEvent};

use crate::database::Database;
use crate::samples::{
    add_keys, add_organizations, agent_id, key, key_id, node_id, organization, organization_id,
};

on_both!(a_change_is_parsed_from_its_text);
on_postgres!(a_committed_change_is_sent_to_other_servers, a_lost_listener_connection_is_reported_as_a_gap);

async fn a_change_is_parsed_from_its_text(db: &Database) {
    for change in [
        Change::Key(key_id(1)),
        Change::KeyMoved(key_id(1)),
        Change::Organization(organization_id(1)),
        Change::Agent(agent_id(1)),
        Change::Node(node_id(1)),
        Change::Front(organization_id(1)),
        Change::Rotate(node_id(1)),
    ] {
        assert_eq!(change.to_string().parse(), Ok(change));
    }
    for text in ["", "key", "key:", "key:x", "organization:x", "site:1"] {
        assert_eq!(text.parse::<Change>(), Err(()), "{text}");
    }
    // One server has SQLite to itself and hears of changes from its own commits.
    let listens = db.store.listen().await.unwrap().is_some();
    assert_eq!(listens, db.store.engine() == bailiwick_store::Engine::Postgres);
}

async fn heard(feed: &mut Feed) -> FeedEvent {
    tokio::time::timeout(Duration::from_secs(1), feed.next()).await.expect("news within a second").unwrap()
}

async fn listen(store: &Store) -> Feed {
    store.listen().await.unwrap().unwrap()
}

async fn a_committed_change_is_sent_to_other_servers(db: &Database) {
    let other = db.another_store().await;
    let mut feed = listen(&db.store).await;
    // What is not committed is not told.
    let mut tx = other.begin().await.unwrap();
    tx.organizations(&Reach::EVERYTHING).create(&organization(9)).await.unwrap();
    drop(tx);
    add_organizations(&other, &[1, 2]).await;
    add_keys(&other, &[key(Some(1), 1)]).await;
    for change in [
        Change::Organization(organization_id(1)),
        Change::Organization(organization_id(2)),
        Change::Key(key_id(1)),
    ] {
        assert_eq!(heard(&mut feed).await, FeedEvent::Changed(change));
    }
    // What a later version says and this one does not know may be anything.
    db.execute("SELECT pg_notify('bailiwick_changes', 'moon:full')").await.unwrap();
    assert_eq!(heard(&mut feed).await, FeedEvent::Gap);
    other.close().await;
}

async fn a_lost_listener_connection_is_reported_as_a_gap(db: &Database) {
    let other = db.another_store().await;
    let mut feed = listen(&other).await;
    // A connection that opened and closed just before may still be among them.
    let is_alone = async {
        let listening = "SELECT pid FROM pg_stat_activity \
                         WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        while db.execute(listening).await.unwrap() != 1 {}
    };
    tokio::time::timeout(Duration::from_secs(10), is_alone).await.expect("one listener");
    let ended = db
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        )
        .await
        .unwrap();
    assert_eq!(ended, 1, "the listener's connection");
    let news = tokio::time::timeout(Duration::from_secs(10), feed.next()).await.expect("news of the end");
    match news {
        Ok(news) => assert_eq!(news, FeedEvent::Gap),
        Err(_) => feed = listen(&other).await,
    }
    add_organizations(&db.store, &[1]).await;
    assert_eq!(heard(&mut feed).await, FeedEvent::Changed(Change::Organization(organization_id(1))));
    // The feed has a connection of the pool.
    drop(feed);
    other.close().await;
}
