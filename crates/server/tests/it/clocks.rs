//! A clock that was wrong by a day, while schedules, commands, keys and sessions are live.

use bailiwick_domain::command::ResultState;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};
use crate::fake_agent::ending;
use crate::people::{ADA, code, second_factor};

const DAY: i64 = 86_400;

async fn get(app: &TestApp, path: &str) -> Value {
    app.owner().get(path).await.expect(200).body
}

/// Has the clock jump, the server look at it, and the clock jump back.
async fn misled(app: &TestApp, seconds: i64) {
    app.advance(seconds);
    app.scheduler.run_due_schedules().await.unwrap();
    app.control.write_down_now().await;
    app.advance(4 - seconds);
    app.scheduler.run_due_schedules().await.unwrap();
}

#[tokio::test]
async fn schedules_resume_after_the_clock_is_corrected() {
    for seconds in [DAY, -DAY, 300 * DAY, 7_200] {
        let app = TestApp::new().await;
        app.machine("default", "db-1", json!({ "env": "prod" })).await;
        let body = |name: &str, cron: &str| {
            json!({
                "name": name, "cron": cron, "run": { "kind": "command", "shell": "sh", "command": "true" },
                "targets": { "labels": "env=prod" },
            })
        };
        let mut paths = Vec::new();
        for (name, cron) in [("minutely", "* * * * *"), ("daily", "0 5 * * *"), ("off", "0 6 * * *")] {
            let made = app.owner().post("/v1/schedules", body(name, cron)).await.expect(201).body;
            paths.push(format!("/v1/schedules/{}", made["id"].as_str().unwrap()));
        }
        app.owner().patch(&paths[2], json!({ "enabled": false })).await.expect(200);
        app.scheduler.run_due_schedules().await.unwrap();
        misled(&app, seconds).await;
        // What is edited and asked for while the clock is wrong is mended too.
        app.advance(seconds);
        app.scheduler.run_due_schedules().await.unwrap();
        let made = app.owner().post("/v1/schedules", body("edited", "*/2 * * * *")).await.expect(201).body;
        paths.push(format!("/v1/schedules/{}", made["id"].as_str().unwrap()));
        app.owner().post(&format!("{}/run", paths[2]), json!({})).await.expect(202);
        app.advance(-seconds);
        app.scheduler.run_due_schedules().await.unwrap();
        app.scheduler.run_due_schedules().await.unwrap();
        let next = async |n: usize| get(&app, &paths[n]).await["next_run_at"].clone();
        assert_eq!(next(0).await, "2030-01-01T00:01:00Z", "{seconds}");
        assert_eq!(next(1).await, "2030-01-01T05:00:00Z", "{seconds}");
        assert_eq!(next(2).await, Value::Null, "{seconds}");
        if seconds > 0 {
            assert!(
                get(&app, &paths[2]).await["last_command_id"].is_string(),
                "the requested run did not give a command"
            );
            assert_eq!(next(3).await, "2030-01-01T00:02:00Z");
        }
        // A minute later it runs.
        app.advance(60);
        app.scheduler.run_due_schedules().await.unwrap();
        assert_eq!(get(&app, &paths[0]).await["last_run_at"], "2030-01-01T00:01:04Z", "{seconds}");
        assert_eq!(next(0).await, "2030-01-01T00:02:00Z", "{seconds}");
    }
}

#[tokio::test]
async fn schedules_set_by_a_clock_ahead_are_corrected_at_the_start() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "minutely", "cron": "* * * * *", "targets": { "labels": "env=prod" },
        "run": { "kind": "scan_updates" },
    });
    app.advance(DAY);
    let made = app.owner().post("/v1/schedules", body).await.expect(201).body;
    assert_eq!(made["next_run_at"], "2030-01-02T00:01:00Z");
    app.advance(-DAY);
    // What has not looked at the clock before is as a server that has just started.
    app.scheduler.run_due_schedules().await.unwrap();
    let path = format!("/v1/schedules/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&app, &path).await["next_run_at"], "2030-01-01T00:01:00Z");
}

#[tokio::test]
async fn keys_and_sessions_work_after_the_clock_is_corrected() {
    for seconds in [DAY, -DAY] {
        let app = TestApp::new().await;
        app.user("default", ADA, "admin").await;
        app.user("default", "bob@example.com", "admin").await;
        app.user("default", "carol@example.com", "admin").await;
        let (secret, _) = second_factor(&app, ADA).await;
        let hour = json!({ "ttl_seconds": 3_600, "rate_limit": { "per_minute": 60, "burst": 3 } });
        let (key, id) = app.key(&["sites:read"], hour).await;
        let (early, _) = app.key(&["sites:read"], json!({ "not_before": "2030-01-01T12:00:00Z" })).await;
        let bob = app.log_in("bob@example.com", PASSWORD).await;

        app.advance(seconds);
        // A server with a wrong clock is wrong about expiry and start times, but about nothing else.
        let (at_key, at_early) = if seconds > 0 { (401, 200) } else { (200, 401) };
        for _ in 0..3 {
            assert_eq!(app.with_key(&key).get("/v1/sites").await.status.as_u16(), at_key);
        }
        app.with_key(&early).get("/v1/sites").await.expect(at_early);
        bob.get("/v1/whoami").await.expect(if seconds > 0 { 401 } else { 200 });
        app.log_in("carol@example.com", PASSWORD).await;
        // Ten wrong guesses, and a code of the second factor.
        for _ in 0..10 {
            let guess = json!({ "email": "carol@example.com", "password": "wrong wrong wrong" });
            let status = app.anonymous().post("/v1/sessions", guess).await.status.as_u16();
            assert!(matches!(status, 401 | 429), "{status}");
        }
        let login = |code: String| json!({ "email": ADA, "password": PASSWORD, "code": code });
        app.anonymous()
            .from("198.51.100.1")
            .post("/v1/sessions", login(code(&app, &secret)))
            .await
            .expect(201);
        app.control.write_down_now().await;

        app.advance(-seconds);
        for _ in 0..3 {
            app.with_key(&key).get("/v1/sites").await.expect(200);
            app.advance(2);
        }
        app.with_key(&early).get("/v1/sites").await.problem(401, "key_not_yet_valid");
        bob.get("/v1/whoami").await.expect(200);
        // Wrong guesses cost what they cost now, not the day that the clock was wrong.
        let body = json!({ "email": "carol@example.com", "password": PASSWORD });
        let first = app.anonymous().post("/v1/sessions", body.clone()).await;
        if first.status != 201 {
            assert_eq!(first.headers["retry-after"], "1", "{:#}", first.body);
            app.advance(1);
            app.anonymous().post("/v1/sessions", body).await.expect(201);
        }
        // A code is good again, and once.
        app.advance(60);
        app.anonymous()
            .from("198.51.100.1")
            .post("/v1/sessions", login(code(&app, &secret)))
            .await
            .expect(201);
        let twice = login(code(&app, &secret));
        app.anonymous().from("198.51.100.1").post("/v1/sessions", twice).await.problem(401, "login_failed");
        app.with_key(&key).get("/v1/sites").await.expect(200);
        app.control.write_down_now().await;
        let used = get(&app, &format!("/v1/keys/{id}")).await["last_used"]["at"].clone();
        assert!(used.as_str().unwrap().starts_with("2030-01-01T00:0"), "{used}");
    }
}

#[tokio::test]
async fn commands_and_presence_work_after_the_clock_is_corrected() {
    for seconds in [DAY, -DAY] {
        let app = TestApp::new().await;
        let (node, agent) = app.machine("default", "db-1", json!({})).await;
        let mut fake = app.connect(&node, &agent).await;
        let give = async || {
            let body = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "true" });
            app.owner().post("/v1/commands", body).await.expect(202).body["id"].as_str().unwrap().to_owned()
        };
        let state = async |id: &str| get(&app, &format!("/v1/commands/{id}")).await["progress"].clone();
        let _background = app.start();
        let running = give().await;
        let order = fake.ordered().await;
        app.advance(seconds);
        app.fleet.expire_commands().await.unwrap();
        app.fleet.lose_commands().await.unwrap();
        let meanwhile = give().await;
        let other = fake.ordered().await;
        fake.finish(other.id, ending(ResultState::Succeeded, Some(0), "x")).await;
        assert_eq!(state(&meanwhile).await, json!({ "succeeded": 1 }));
        app.advance(-seconds);
        app.fleet.expire_commands().await.unwrap();
        app.fleet.lose_commands().await.unwrap();
        fake.finish(order.id, ending(ResultState::Succeeded, Some(0), "x")).await;
        assert_eq!(state(&running).await, json!({ "succeeded": 1 }), "a late report was ignored");
        let after = give().await;
        let order = fake.ordered().await;
        fake.finish(order.id, ending(ResultState::Succeeded, Some(0), "x")).await;
        assert_eq!(state(&after).await, json!({ "succeeded": 1 }));
    }
}
