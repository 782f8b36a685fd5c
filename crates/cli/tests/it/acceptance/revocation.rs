//! How long it takes to stop who writes as hard as they can, over two servers.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::pair::Pair;

const WRITERS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "acceptance"]
async fn a_key_under_heavy_writes_is_revoked_within_a_second() {
    let Some(pair) = Pair::start("revocation") else { return };
    let pair = Arc::new(pair);
    let scopes = json!({ "name": "A writer", "scopes": ["sites:*"] });

    let (key, id) = pair.key(scopes.clone()).await;
    press(&pair, "keys.disable", &key, "POST", &format!("/v1/keys/{id}/disable"), Some(json!({}))).await;
    let (key, id) = pair.key(scopes.clone()).await;
    press(&pair, "keys.delete", &key, "DELETE", &format!("/v1/keys/{id}"), None).await;
    let (key, id) = pair.key(scopes).await;
    let narrow = Some(json!({ "scopes": [] }));
    press(&pair, "keys.update", &key, "PATCH", &format!("/v1/keys/{id}"), narrow).await;

    let root = pair.places[0].root_key();
    let fresh = json!({ "name": "Fresh", "slug": "fresh" });
    assert_eq!(pair.ask(0, &root, "POST", "/v1/organizations", Some(fresh)).await.0, 201);
    let body = json!({ "name": "A writer", "scopes": ["sites:*"] });
    let (_, made) = pair.ask(0, &root, "POST", "/v1/keys?organization=fresh", Some(body)).await;
    let key = made["secret"].as_str().unwrap().to_owned();
    let path = "/v1/organizations/fresh?force=true";
    press(&pair, "organizations.delete", &key, "DELETE", path, None).await;
}

async fn press(pair: &Arc<Pair>, what: &str, key: &str, method: &str, path: &str, body: Option<Value>) {
    let stop = Arc::new(AtomicBool::new(false));
    let created = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let (pair, stop, created) = (Arc::clone(pair), Arc::clone(&stop), Arc::clone(&created));
            let (key, what) = (key.to_owned(), what.to_owned());
            tokio::spawn(async move {
                for i in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let site = Some(json!({ "name": format!("{what}-{n}-{i}") }));
                    if pair.ask(n % 2, &key, "POST", "/v1/sites", site).await.0 == 201 {
                        created.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    while created.load(Ordering::Relaxed) < 20 * WRITERS {
        tokio::task::yield_now().await;
    }
    let root = pair.places[0].root_key();
    let (began, before) = (Instant::now(), created.load(Ordering::Relaxed));
    let (status, answer) = pair.ask(0, &root, method, path, body).await;
    let (took, until) = (began.elapsed(), created.load(Ordering::Relaxed));
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        tokio::task::yield_now().await;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let (meanwhile, after) = (until - before, created.load(Ordering::Relaxed) - until);
    println!(
        "{what}: {status} after {:.3} s; created meanwhile {meanwhile}, in the 2 s after {after}",
        took.as_secs_f64()
    );
    assert_eq!(status, 200, "{answer:#}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    // What was committed before the answer may have been counted just after.
    assert!(after <= WRITERS, "{after} sites were created after the revocation was answered");
}
