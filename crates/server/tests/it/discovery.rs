//! The inventory as Prometheus and Ansible discover it.

use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};

/// The id of a new agent.
async fn agent(app: &TestApp, body: Value) -> String {
    app.owner().post("/v1/agents", body).await.expect(201).body["id"].as_str().unwrap().to_owned()
}

/// A database machine in Berlin with three exporters, and a test machine with one.
async fn two_machines(app: &TestApp) -> [String; 6] {
    app.site("default", "Berlin", json!({})).await;
    let labels = json!({ "env": "prod" });
    let db =
        app.node(json!({ "name": "db-1", "address": "10.0.0.1", "site": "Berlin", "labels": labels })).await;
    let test = app.node(json!({ "name": "test-1", "address": "2001:db8::1" })).await;
    for node in ["db-1", "test-1"] {
        agent(app, json!({ "type": "bailiwick_agent", "runs_on": node })).await;
    }
    let service = json!({
        "type": "postgresql", "name": "orders", "nodes": ["db-1"], "address": "127.0.0.1", "port": 5432,
        "environment": "production", "cluster": "shop",
    });
    app.owner().post("/v1/services", service).await.expect(201);
    let exposed = json!({ "expose_exporter": true });
    let of_node =
        agent(app, json!({ "type": "node_exporter", "runs_on": "db-1", "settings": exposed })).await;
    let of_database = agent(
        app,
        json!({
            "type": "postgres_exporter", "runs_on": "db-1", "observes": { "services": ["orders"] },
            "settings": { "username": "monitor", "expose_exporter": true }, "labels": { "team": "shop" },
        }),
    )
    .await;
    let external = agent(
        app,
        json!({
            "type": "external_exporter", "runs_on": "test-1", "listen_port": 9999,
            "settings": { "scheme": "https", "metrics_path": "/probe" },
        }),
    )
    .await;
    // It listens on the loopback, so nothing else can scrape it.
    let hidden = agent(app, json!({ "type": "node_exporter", "runs_on": "test-1" })).await;
    app.execute("UPDATE agents SET listen_port = 9100 WHERE type = 'node_exporter'").await;
    app.execute("UPDATE agents SET listen_port = 9187 WHERE type = 'postgres_exporter'").await;
    [db, test, of_node, of_database, external, hidden]
}

#[tokio::test]
async fn targets_are_the_exporters_that_prometheus_can_reach() {
    let app = TestApp::new().await;
    let [db, test, of_node, of_database, external, hidden] = two_machines(&app).await;
    let all = app.owner().get("/v1/prometheus/targets").await.expect(200).body;
    let on_db = |more: Value| {
        let mut labels = json!({
            "__scheme__": "http", "__metrics_path__": "/metrics", "__meta_bailiwick_node": "db-1",
            "__meta_bailiwick_node_id": db, "__meta_bailiwick_node_type": "generic",
            "__meta_bailiwick_node_label_env": "prod", "__meta_bailiwick_site": "Berlin",
        });
        labels.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        labels
    };
    let expected = json!([
        { "targets": ["10.0.0.1:9100"], "labels": on_db(json!({
            "instance": "db-1/node_exporter", "__meta_bailiwick_agent_id": of_node,
            "__meta_bailiwick_agent_type": "node_exporter",
        })) },
        { "targets": ["10.0.0.1:9187"], "labels": on_db(json!({
            "instance": "db-1/postgres_exporter/orders", "__meta_bailiwick_agent_id": of_database,
            "__meta_bailiwick_agent_type": "postgres_exporter", "__meta_bailiwick_agent_label_team": "shop",
            "__meta_bailiwick_service": "orders", "__meta_bailiwick_service_type": "postgresql",
            "__meta_bailiwick_environment": "production", "__meta_bailiwick_cluster": "shop",
        })) },
        { "targets": ["[2001:db8::1]:9999"], "labels": {
            "__scheme__": "https", "__metrics_path__": "/probe", "instance": "test-1/external_exporter",
            "__meta_bailiwick_node": "test-1", "__meta_bailiwick_node_id": test,
            "__meta_bailiwick_node_type": "generic", "__meta_bailiwick_agent_id": external,
            "__meta_bailiwick_agent_type": "external_exporter",
        } },
    ]);
    assert_eq!(all, expected);

    let instances = |path: &'static str| {
        let app = &app;
        async move {
            let groups = app.owner().get(path).await.expect(200).body;
            let groups = groups.as_array().unwrap().iter();
            groups.map(|group| group["labels"]["instance"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(instances("/v1/prometheus/targets?type=node_exporter").await, ["db-1/node_exporter"]);
    assert_eq!(instances("/v1/prometheus/targets?labels=!env").await, ["test-1/external_exporter"]);
    assert_eq!(instances("/v1/prometheus/targets?site=Berlin&type=external_exporter").await, [""; 0]);
    let refused = app.owner().get("/v1/prometheus/targets?type=bailiwick_agent").await.expect(400);
    assert_eq!(refused.field("type"), "expected the type of an exporter: bailiwick_agent has no metrics");

    // The agent of the other machine is a front: what listens on the loopback there can be scraped.
    app.execute(
        r#"UPDATE nodes SET facts = '{"front": {"port": 9443, "listens": true}}' WHERE name = 'test-1'"#,
    )
    .await;
    let labelled = "/v1/prometheus/targets?type=node_exporter&labels=!env";
    assert_eq!(instances(labelled).await, [""; 0], "as long as fronts are off");
    app.owner().patch("/v1/front", json!({ "enabled": true })).await.expect(200);
    let fronted = app.owner().get(labelled).await.expect(200).body;
    assert_eq!(fronted[0]["targets"], json!(["[2001:db8::1]:9443"]));
    let labels = &fronted[0]["labels"];
    let path = format!("/metrics/{hidden}");
    assert_eq!((&labels["__scheme__"], &labels["__metrics_path__"]), (&json!("https"), &json!(path)));
    // A front passes nothing on to what its agent does not run.
    let external = app.owner().get("/v1/prometheus/targets?type=external_exporter").await.expect(200).body;
    assert_eq!(external[0]["targets"], json!(["[2001:db8::1]:9999"]));

    // Disabled exporters are gone.
    let body = json!({ "enabled": false });
    app.owner().patch(&format!("/v1/agents/{of_node}"), body).await.expect(200);
    assert_eq!(instances("/v1/prometheus/targets?type=node_exporter").await, ["test-1/node_exporter"]);
}

#[tokio::test]
async fn two_exporters_of_one_type_have_different_instances() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "web-1", "address": "10.0.0.2" })).await;
    for port in [9001, 9002] {
        agent(&app, json!({ "type": "external_exporter", "runs_on": "web-1", "listen_port": port })).await;
    }
    let groups = app.owner().get("/v1/prometheus/targets").await.expect(200).body;
    let label = |n: usize, name: &str| groups[n]["labels"][name].as_str().unwrap().to_owned();
    assert_eq!(label(0, "instance"), "web-1/external_exporter");
    let second = format!("web-1/external_exporter/{}", label(1, "__meta_bailiwick_agent_id"));
    assert_eq!(label(1, "instance"), second);
}

#[tokio::test]
async fn a_key_discovers_what_is_in_its_reach() {
    let app = TestApp::new().await;
    two_machines(&app).await;
    let scopes = ["prometheus.targets", "ansible.inventory"];
    let (key, _) = app.key(&scopes, json!({ "reach": { "sites": ["Berlin"] } })).await;
    let key = app.with_key(&key);
    let targets = key.get("/v1/prometheus/targets").await.expect(200).body;
    let targets: Vec<&Value> = targets.as_array().unwrap().iter().map(|group| &group["targets"][0]).collect();
    assert_eq!(targets, ["10.0.0.1:9100", "10.0.0.1:9187"]);
    let inventory = key.get("/v1/ansible/inventory").await.expect(200).body;
    assert_eq!(inventory["all"]["hosts"], json!(["db-1"]));
}

#[tokio::test]
async fn the_inventory_of_ansible_has_groups_and_variables() {
    let app = TestApp::new().await;
    let [db, test, ..] = two_machines(&app).await;
    let rds = json!({ "type": "remote_rds", "name": "rds-1", "address": "rds-1", "region": "eu" });
    app.owner().post("/v1/nodes", rds).await.expect(201);
    let inventory = app.owner().get("/v1/ansible/inventory").await.expect(200).body;
    let text = |text: &str| json!({ "__ansible_unsafe": text });
    let hosts = |names: &[&str]| json!({ "hosts": names });
    let expected = json!({
        "_meta": { "hostvars": {
            "db-1": {
                "ansible_host": text("10.0.0.1"), "bailiwick_id": db, "bailiwick_name": text("db-1"),
                "bailiwick_type": "generic", "bailiwick_status": "unknown", "bailiwick_site": text("Berlin"),
                "bailiwick_labels": { "env": text("prod") },
            },
            "test-1": {
                "ansible_host": text("2001:db8::1"), "bailiwick_id": test, "bailiwick_name": text("test-1"),
                "bailiwick_type": "generic", "bailiwick_status": "unknown", "bailiwick_labels": {},
            },
        } },
        "all": hosts(&["db-1", "test-1"]),
        "type_generic": hosts(&["db-1", "test-1"]),
        "status_unknown": hosts(&["db-1", "test-1"]),
        "site_berlin": hosts(&["db-1"]),
        "env_prod": hosts(&["db-1"]),
    });
    assert_eq!(inventory, expected);
    let clouds = app.owner().get("/v1/ansible/inventory?type=remote_rds").await.expect(200).body;
    assert_eq!(clouds["all"], hosts(&["rds-1"]));
}

/// Ansible runs templates in host names and in variables, and `ssh` reads a host that begins with `-` as an option.
#[tokio::test]
async fn names_and_addresses_in_the_inventory_of_ansible_cannot_run_anything() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for (name, address) in [
        ("{{ lookup('pipe', 'id') }}", "10.0.0.1"),
        ("-oProxyCommand=id", "10.0.0.2"),
        ("localhost", "10.0.0.3"),
        ("plain", "-oProxyCommand=id"),
    ] {
        ids.push(app.node(json!({ "name": name, "address": address })).await);
    }
    let inventory = app.owner().get("/v1/ansible/inventory").await.expect(200).body;
    let mut expected = [ids[0].as_str(), ids[1].as_str(), ids[2].as_str(), "plain"];
    expected.sort_unstable();
    assert_eq!(inventory["all"]["hosts"], json!(expected));
    let hosts = &inventory["_meta"]["hostvars"];
    assert_eq!(hosts["plain"].get("ansible_host"), None);
    assert_eq!(hosts[&ids[0]]["bailiwick_name"]["__ansible_unsafe"], "{{ lookup('pipe', 'id') }}");
}

/// Ansible's decoder replaces an object that has a member `__ansible_unsafe` or `__ansible_vault`, and takes `localhost`,
/// `127.0.0.1` and `::1` for its own machine.
#[tokio::test]
async fn no_name_in_the_inventory_of_ansible_means_something_to_it() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for name in
        ["__ansible_unsafe", "__ansible_vault", "_meta", "127.0.0.1", "::1", "LOCALHOST", "all", "web*"]
    {
        ids.push(app.node(json!({ "name": name, "address": "10.0.0.1" })).await);
    }
    let labels = json!({ "_": "ansible_unsafe", "_note": "a" });
    app.node(json!({ "name": "plain", "address": "10.0.0.2", "labels": labels })).await;
    let inventory = app.owner().get("/v1/ansible/inventory").await.expect(200).body;
    ids.push("plain".to_owned());
    ids.sort_unstable();
    assert_eq!(inventory["all"]["hosts"], json!(ids));
    assert_eq!(inventory["label___ansible_unsafe"]["hosts"], json!(["plain"]));
    let shown = &inventory["_meta"]["hostvars"]["plain"]["bailiwick_labels"];
    assert_eq!(shown["label__note"]["__ansible_unsafe"], "a");
    // The mark is nowhere but around a text.
    assert_marks_are_of_texts(&inventory);
}

fn assert_marks_are_of_texts(value: &Value) {
    for (name, member) in value.as_object().into_iter().flatten() {
        assert!(!name.starts_with('_') || name == "_meta" || member.is_string(), "{value}");
        assert_marks_are_of_texts(member);
    }
}

#[tokio::test]
async fn the_built_in_roles_that_read_the_inventory_read_it_for_prometheus_and_ansible_too() {
    let app = TestApp::new().await;
    two_machines(&app).await;
    for role in ["viewer", "technician", "editor", "admin"] {
        let email = format!("{role}@example.com");
        app.user("default", &email, role).await;
        let person = app.log_in(&email, PASSWORD).await;
        let targets = person.get("/v1/prometheus/targets?organization=default").await.expect(200).body;
        assert!(!targets.as_array().unwrap().is_empty(), "{role}: {targets}");
        let inventory = person.get("/v1/ansible/inventory?organization=default").await.expect(200).body;
        assert!(inventory["_meta"]["hostvars"]["db-1"].is_object(), "{role}: {inventory}");
    }
}
