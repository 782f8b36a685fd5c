//! Calendars: of an organization, a site or a node.

use serde_json::{Value, json};

use crate::app::TestApp;

fn rules() -> Value {
    json!({
        "time_zone": "Europe/Berlin",
        "day_starts_at": "06:00",
        "shifts": [
            { "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": ["monday", "tuesday"] },
            { "name": "Night", "starts_at": "22:00", "ends_at": "06:00", "weekdays": ["monday", "tuesday"] },
        ],
    })
}

async fn made(app: &TestApp, body: Value) -> Value {
    app.owner().post("/v1/calendars", body).await.expect(201).body
}

fn path(of: &Value) -> String {
    format!("/v1/calendars/{}", of["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_calendar_shows_the_production_day_of_today() {
    let app = TestApp::new().await;
    let made = made(&app, json!({ "name": "Plant", "rules": rules(), "description": "Both halls" })).await;
    // It is 01:00 in Berlin, so the day before is not over.
    let today =
        json!({ "date": "2029-12-31", "start_at": "2029-12-31T05:00:00Z", "end_at": "2030-01-01T05:00:00Z" });
    assert_eq!(made["today"], today);
    assert_eq!((&made["site_id"], &made["node_id"]), (&Value::Null, &Value::Null));
    assert_eq!(made["rules"]["week_starts_on"], "monday");
    assert_eq!(app.owner().get(&path(&made)).await.expect(200).body, made);
    app.advance(6 * 3_600);
    let shown = app.owner().get(&path(&made)).await.expect(200).body;
    assert_eq!(shown["today"]["date"], "2030-01-01");
    assert_eq!(app.owner().get("/v1/calendars").await.expect(200).body["items"], json!([shown]));

    let change = json!({ "description": null, "rules": { "time_zone": "UTC" } });
    let changed = app.owner().patch(&path(&made), change).await.expect(200).body;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Plant"), &Value::Null));
    assert_eq!(changed["rules"]["shifts"], json!([]));
    assert_eq!(changed["today"]["start_at"], "2030-01-01T00:00:00Z");
    let outdated = app.owner().header("If-Match", "\"1\"").delete(&path(&made)).await;
    assert_eq!(outdated.problem(412, "changed").body["current"], changed);
    app.owner().delete(&path(&made)).await.expect(200);
    app.owner().get(&path(&made)).await.problem(404, "not_found");
}

#[tokio::test]
async fn invalid_rules_are_refused_and_name_the_shifts() {
    let app = TestApp::new().await;
    let shift = |name: &str, starts_at: &str, ends_at: &str| json!({ "name": name, "starts_at": starts_at, "ends_at": ends_at, "weekdays": ["monday"] });
    let of = |shifts: Value| json!({ "time_zone": "UTC", "shifts": shifts });
    let overlapping = of(json!([shift("Early", "06:00", "14:00"), shift("Late", "13:00", "22:00")]));
    let body = json!({ "name": "x", "rules": overlapping });
    let refused = app.owner().post("/v1/calendars", body).await.problem(400, "invalid");
    let detail = refused.field("rules");
    assert!(detail.contains("the shift Early still runs on monday when the shift Late starts"), "{detail}");
    let long: Vec<Value> =
        (0..900).map(|n| json!({ "date": format!("2{:03}-01-31", n), "name": "x".repeat(200) })).collect();
    let body = json!({ "name": "x", "rules": { "time_zone": "UTC", "holidays": long } });
    let refused = app.owner().post("/v1/calendars", body).await.problem(400, "invalid");
    assert!(refused.field("rules").contains("at most 131072 bytes"));
    for (body, field) in [
        (json!({ "name": "x", "rules": { "time_zone": "Europe/Bonn" } }), "rules.time_zone"),
        (json!({ "name": "x", "rules": rules(), "site": "Nowhere" }), "site"),
        (json!({ "name": "x", "rules": rules(), "node": "none" }), "node"),
    ] {
        app.owner().post("/v1/calendars", body).await.problem(400, "invalid").field(field);
    }
    let made = made(&app, json!({ "name": "x", "rules": rules() })).await;
    let change = json!({ "rules": of(json!([shift("a", "06:00", "14:00"), shift("b", "13:00", "22:00")])) });
    app.owner().patch(&path(&made), change).await.problem(400, "invalid").field("rules");
}

#[tokio::test]
async fn an_organization_a_site_and_a_node_have_one_calendar_each() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let node = app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let calendar = |name: &str, more: Value| {
        let mut body = json!({ "name": name, "rules": { "time_zone": "UTC" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let whole = made(&app, calendar("whole", json!({}))).await;
    let of_site = made(&app, calendar("site", json!({ "site": "Berlin" }))).await;
    let of_node = made(&app, calendar("node", json!({ "node": "mill-1" }))).await;
    assert_eq!((&of_site["site_id"], &of_node["node_id"]), (&json!(site), &json!(node)));
    for (more, field, other) in [
        (json!({}), "organization", &whole),
        (json!({ "site": site }), "site", &of_site),
        (json!({ "node": node }), "node", &of_node),
    ] {
        let taken = app.owner().post("/v1/calendars", calendar("more", more)).await.problem(409, "taken");
        taken.field(field);
        assert!(taken.body["detail"].as_str().unwrap().contains(other["id"].as_str().unwrap()));
    }
    let taken = app.owner().patch(&path(&of_node), json!({ "name": "whole" })).await;
    taken.problem(409, "taken").field("name");
    let both = app.owner().post("/v1/calendars", calendar("x", json!({ "site": site, "node": node }))).await;
    both.problem(400, "invalid").field("node");
    for (query, names) in [
        ("", vec!["node", "site", "whole"]),
        ("?site=Berlin", vec!["site"]),
        ("?node=mill-1", vec!["node"]),
        ("?sort=-name&limit=1", vec!["whole"]),
    ] {
        let listed = app.owner().get(&format!("/v1/calendars{query}")).await.expect(200).items("name");
        assert_eq!(listed, names, "{query}");
    }
    // A calendar goes with its site or node.
    app.owner().delete("/v1/nodes/mill-1").await.expect(200);
    app.owner().delete(&format!("/v1/sites/{site}")).await.expect(200);
    assert_eq!(app.owner().get("/v1/calendars").await.expect(200).items("name"), ["whole"]);
}

#[tokio::test]
async fn an_organization_has_at_most_200_calendars() {
    let app = TestApp::new().await;
    for n in 0..200 {
        app.site("default", &format!("s{n}"), json!({})).await;
        let body =
            json!({ "name": format!("c{n}"), "site": format!("s{n}"), "rules": { "time_zone": "UTC" } });
        made(&app, body).await;
    }
    let body = json!({ "name": "more", "rules": { "time_zone": "UTC" } });
    let refused = app.owner().post("/v1/calendars", body).await.problem(400, "invalid");
    assert!(refused.body.to_string().contains("at most 200"));
}
