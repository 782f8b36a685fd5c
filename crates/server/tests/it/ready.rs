//! What a server says when it is asked whether it is ready.

use bailiwick_domain::key::Peppers;
use bailiwick_domain::party::{Parties, Party};
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use serde_json::json;

use crate::app::TestApp;
use crate::replicas::database;

async fn reason(app: &TestApp) -> Option<String> {
    app.control.examine_database().await;
    let reply = app.anonymous().get("/v1/readyz").await;
    if reply.status == 200 {
        return None;
    }
    assert_eq!((reply.status.as_u16(), &reply.body["code"]), (503, &"unavailable".into()));
    Some(reply.body["reason"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn readyz_reports_a_clock_that_differs() {
    let Some(url) = database("clock").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 2).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    assert_eq!(reason(&app).await, None, "the clocks were compared without being asked to");
    app.control.compare_clocks();
    assert_eq!(reason(&app).await.as_deref(), Some("clocks_differ"));
    // It cannot tell which keys and sessions have expired.
    let refused = app.root().get("/v1/whoami").await.problem(503, "unavailable");
    assert_eq!(refused.body["reason"], "clocks_differ");
    let login = json!({ "email": "admin@localhost", "password": app.administrator_password() });
    app.anonymous().post("/v1/sessions", login).await.problem(503, "unavailable");
    #[allow(clippy::disallowed_methods, reason = "it is compared with the clock of the database")]
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    app.advance(i64::try_from(now).unwrap() - i64::try_from(app.seconds()).unwrap());
    assert_eq!(reason(&app).await, None);
    app.advance(-15);
    assert_eq!(reason(&app).await.as_deref(), Some("clocks_differ"));
    app.advance(12);
    assert_eq!(reason(&app).await, None);
    app.root().get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn readyz_reports_a_stopping_server_that_still_answers() {
    let app = TestApp::new().await;
    assert_eq!(reason(&app).await, None);
    app.control.announce_stop();
    assert_eq!(reason(&app).await.as_deref(), Some("stopping"));
    app.owner().get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn readyz_does_not_report_a_busy_database() {
    let app = TestApp::new().await;
    // With two connections, one request reads at a time.
    let stranger = Party::Network(std::net::IpAddr::from([192, 0, 2, 9]).into());
    let busy = app.control.store().for_request(Parties { caller: stranger, organization: None });
    busy.setting("name").await.unwrap();
    let owner = app.owner();
    let mut waiting = Box::pin(owner.get("/v1/nodes"));
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(reason(&app).await, None);
    // Who they are is known without the database.
    app.owner().get("/v1/whoami").await.expect(200);
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(busy);
    waiting.await.expect(200);
}

#[tokio::test]
async fn logins_hold_no_connection_while_passwords_are_hashed() {
    let app = TestApp::new().await;
    let strangers: Vec<_> = (1..=8).map(|n| app.anonymous().from(&format!("198.51.100.{n}"))).collect();
    let body = |n: usize| json!({ "email": format!("nobody-{n}@example.com"), "password": "wrong" });
    let logins = strangers.iter().enumerate();
    let mut logins: Vec<_> =
        logins.map(|(n, stranger)| Box::pin(stranger.post("/v1/sessions", body(n)))).collect();
    for login in &mut logins {
        assert!(futures::poll!(login).is_pending());
    }
    // With one turn at the database, this would otherwise come after all of them.
    app.owner().get("/v1/nodes").await.expect(200);
    assert!(futures::poll!(logins.last_mut().unwrap()).is_pending());
    for login in logins {
        login.await.problem(401, "login_failed");
    }
}

#[tokio::test]
async fn readyz_reports_an_unreachable_database() {
    let app = TestApp::new().await;
    app.control.store().close().await;
    assert_eq!(reason(&app).await.as_deref(), Some("database_away"));
}
