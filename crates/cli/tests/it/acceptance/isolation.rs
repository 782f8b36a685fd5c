//! What a server that has lost its database answers, second by second.

use std::time::{Duration, Instant};

use serde_json::json;

use super::pair::Pair;

/// How long the database is away.
const AWAY: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "acceptance"]
async fn a_server_without_its_database_refuses_requests_after_ten_seconds() {
    let Some(pair) = Pair::start("isolation") else { return };
    let (gone, id) = pair.key(json!({ "name": "Gone", "scopes": ["sites:read"] })).await;
    let (valid, _) = pair.key(json!({ "name": "Valid", "scopes": ["sites:read"] })).await;
    let ask = async |key: &str, path: &str| pair.ask(1, key, "GET", path, None).await.0;
    while ask(&valid, "/v1/sites").await != 200 {
        tokio::task::yield_now().await;
    }
    pair.wire.freeze(true);
    let frozen = Instant::now();
    let root = pair.places[0].root_key();
    assert_eq!(pair.ask(0, &root, "DELETE", &format!("/v1/keys/{id}"), None).await.0, 200);

    println!("second  readyz  whoami  whoami, deleted  sites  took (s)");
    let mut last_admitted = Duration::ZERO;
    for second in 0..AWAY.as_secs() {
        while frozen.elapsed() < Duration::from_secs(second) {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        let (ready, own) = (ask(&valid, "/v1/readyz").await, ask(&valid, "/v1/whoami").await);
        let (deleted, sites) = (ask(&gone, "/v1/whoami").await, ask(&valid, "/v1/sites").await);
        if deleted == 200 || own == 200 {
            last_admitted = frozen.elapsed();
        }
        println!(
            "{second:6}  {ready:6}  {own:6}  {deleted:15}  {sites:5}  {:.2}",
            began.elapsed().as_secs_f64()
        );
    }
    pair.wire.freeze(false);
    let mended = Instant::now();
    let mut admitted = None;
    while admitted.is_none() {
        assert_ne!(ask(&gone, "/v1/whoami").await, 200, "the deleted key was admitted");
        admitted = (ask(&valid, "/v1/sites").await == 200).then(|| mended.elapsed());
        assert!(mended.elapsed() < AWAY, "the server does not admit the valid key again");
    }
    println!(
        "last admitted after {:.1} s; again {:.2} s after the network was back",
        last_admitted.as_secs_f64(),
        admitted.unwrap_or_default().as_secs_f64()
    );
    assert!(last_admitted < Duration::from_secs(14), "{last_admitted:?}");
}
