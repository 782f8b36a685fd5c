//! Scripts written for Tactical RMM.

use bailiwick_domain::facts::Disk;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::client::{Client, Machine};

/// The 34 members of an agent in a list without `policy`, which an agent without one has not.
const AGENT: &str = "agent_id alert_template hostname site_name client_name monitoring_type description \
    needs_reboot pending_actions_count status overdue_text_alert overdue_email_alert \
    overdue_dashboard_alert last_seen boot_time checks maintenance_mode logged_username italic \
    block_policy_inheritance plat goarch has_patches_pending version operating_system public_ip cpu_model \
    graphics local_ips make_model physical_disks custom_fields serial_number";

/// The members of one agent.
const AGENT_IN_FULL: &str = "version operating_system plat goarch hostname agent_id last_seen services \
    public_ip total_ram disks boot_time logged_in_username last_logged_in_user monitoring_type description \
    mesh_node_id overdue_email_alert overdue_text_alert overdue_dashboard_alert offline_time overdue_time \
    check_interval needs_reboot choco_installed wmi_detail patches_last_installed time_zone \
    maintenance_mode block_policy_inheritance alert_template site policy default_shell \
    default_shell_custom created_by created_time modified_by modified_time winupdatepolicy status \
    cpu_model local_ips make_model physical_disks graphics checks timezone all_timezones client site_name \
    custom_fields applied_policies effective_patch_policy effective_default_shell";

/// Creates a node in an organization and answers its id.
pub async fn node(app: &TestApp, organization: &str, name: &str, more: Value) -> String {
    let mut body = json!({ "type": "generic", "name": name, "address": format!("{name}.example.com") });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = app.root().post(&format!("/v1/nodes?organization={organization}"), body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

/// Puts our agent on a node and answers its id.
pub async fn agent(app: &TestApp, organization: &str, node: &str) -> String {
    let body = json!({ "type": "bailiwick_agent", "runs_on": node });
    let reply = app.root().post(&format!("/v1/agents?organization={organization}"), body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

/// Creates a node that has our agent and answers its id.
pub async fn machine(app: &TestApp, organization: &str, name: &str, more: Value) -> String {
    let id = node(app, organization, name, more).await;
    agent(app, organization, &id).await;
    id
}

async fn list(actor: &Actor<'_>, path: &str) -> Vec<Value> {
    actor.get(path).await.expect(200).body.as_array().unwrap().clone()
}

fn names(list: &[Value], member: &str) -> Vec<Value> {
    list.iter().map(|item| item[member].clone()).collect()
}

/// The order of members is lost where a test reads JSON, so this reads the text.
pub async fn members(app: &TestApp, path: &str) -> Vec<String> {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    let request = http::Request::builder().uri(path).header("x-api-key", app.owner_key());
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let (mut depth, mut names, mut rest) = (0_i32, Vec::new(), text.trim_matches(['[', ']']));
    while let Some(at) = rest.find(['{', '}', '"']) {
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {
                let (word, after) = rest.split_once('"').unwrap();
                if depth == 1 && after.starts_with(':') {
                    names.push(word.to_owned());
                }
                rest = after;
            }
        }
    }
    names
}

#[tokio::test]
async fn clients_are_organizations_with_their_sites() {
    let app = TestApp::new().await;
    let berlin = app.site("default", "Berlin", json!({})).await;
    app.site("default", "Aachen", json!({})).await;
    app.organization("acme").await;
    app.site("acme", "Bonn", json!({})).await;
    machine(&app, "default", "a", json!({ "site": berlin })).await;
    machine(&app, "default", "b", json!({ "site": berlin })).await;
    machine(&app, "default", "nowhere", json!({})).await;
    node(&app, "default", "without-agent", json!({ "site": berlin })).await;

    let clients = list(&app.root(), "/clients/").await;
    assert_eq!(names(&clients, "name"), ["Default", "acme"]);
    let client = clients[0].as_object().unwrap();
    let id = client["id"].as_u64().unwrap();
    assert!(id > 0 && id < 1 << 53);
    assert_eq!(client["agent_count"], 3);
    let sites = client["sites"].as_array().unwrap();
    assert_eq!(names(sites, "name"), ["Aachen", "Berlin"]);
    assert_eq!(names(sites, "agent_count"), [0, 2]);
    let site = json!({
        "id": sites[1]["id"], "name": "Berlin", "server_policy": null, "workstation_policy": null,
        "alert_template": null, "client_name": "Default", "client": id, "custom_fields": [],
        "agent_count": 2, "block_policy_inheritance": false, "maintenance_mode": false,
        "failing_checks": { "error": false, "warning": false },
    });
    assert_eq!(sites[1], site);
    let mut rest = clients[0].clone();
    rest.as_object_mut().unwrap().remove("sites");
    let shown = json!({
        "id": id, "name": "Default", "server_policy": null, "workstation_policy": null,
        "alert_template": null, "block_policy_inheritance": false, "custom_fields": [], "agent_count": 3,
        "maintenance_mode": false, "failing_checks": { "error": false, "warning": false },
    });
    assert_eq!(rest, shown);

    // The list of sites alone says less of each, as there.
    let sites = list(&app.root(), "/clients/sites/").await;
    assert_eq!(names(&sites, "name"), ["Aachen", "Berlin", "Bonn"]);
    let mut short = site;
    short.as_object_mut().unwrap().retain(|name, _| name != "agent_count" && name != "maintenance_mode");
    assert_eq!(sites[1], short);

    // A key of an organization has one client; a root key may name one.
    assert_eq!(names(&list(&app.owner(), "/clients/").await, "name"), ["Default"]);
    assert_eq!(names(&list(&app.root(), "/clients/?organization=acme").await, "name"), ["acme"]);
    let named = app.root().header("x-organization", "acme");
    assert_eq!(names(&list(&named, "/clients/sites/").await, "name"), ["Bonn"]);
    let foreign = app.owner().get("/clients/?organization=acme").await.expect(404);
    assert_eq!(foreign.body["code"], "not_found");
}

#[tokio::test]
async fn only_nodes_with_a_bailiwick_agent_are_listed_as_agents() {
    let app = TestApp::new().await;
    let site = app.site("default", "HQ1", json!({})).await;
    let more = json!({
        "site": site, "description": "Domain controller", "distro": "Debian 13", "model": "R640",
        "manufacturer": "Dell", "serial_number": "7XK", "labels": { "monitoring_type": "server" },
    });
    let id = machine(&app, "default", "DC-1", more).await;
    node(&app, "default", "without-agent", json!({})).await;
    app.organization("acme").await;
    machine(&app, "acme", "foreign", json!({})).await;

    let expected: Vec<&str> = AGENT.split_whitespace().collect();
    assert_eq!(expected.len(), 33);
    assert_eq!(members(&app, "/agents/").await, expected);
    let agents = list(&app.owner(), "/agents/").await;
    assert_eq!(agents.len(), 1);
    for (member, value) in [
        ("agent_id", json!(id)),
        ("hostname", json!("DC-1")),
        ("site_name", json!("HQ1")),
        ("client_name", json!("Default")),
        ("monitoring_type", json!("server")),
        ("description", json!("Domain controller")),
        ("operating_system", json!("Debian 13")),
        ("make_model", json!("Dell R640")),
        ("serial_number", json!("7XK")),
        ("status", json!("offline")),
        ("last_seen", json!(null)),
        ("needs_reboot", json!(null)),
        ("cpu_model", json!([])),
        ("plat", json!("")),
    ] {
        assert_eq!(agents[0][member], value, "{member}");
    }
    let checks = json!({
        "total": 0, "passing": 0, "failing": 0, "warning": 0, "info": 0, "has_failing_checks": false,
    });
    assert_eq!(agents[0]["checks"], checks);
    assert_eq!(list(&app.owner(), "/agents/?detail=true").await, agents);

    // Anything else than `true` is the short form, as there.
    for detail in ["false", "False", "True", "1", ""] {
        let path = format!("/agents/?detail={detail}");
        assert_eq!(members(&app, &path).await, ["id", "hostname", "agent_id", "client", "site"]);
        let short = list(&app.owner(), &path).await;
        let number = short[0]["id"].as_u64().unwrap();
        let shown =
            json!({ "id": number, "hostname": "DC-1", "agent_id": id, "client": "Default", "site": "HQ1" });
        assert_eq!(short, [shown]);
    }

    assert_eq!(members(&app, &format!("/agents/{id}/")).await.join(" "), {
        let words: Vec<&str> = AGENT_IN_FULL.split_whitespace().collect();
        words.join(" ")
    });
    let full = app.owner().get(&format!("/agents/{id}/")).await.expect(200).body;
    let clients = list(&app.owner(), "/clients/").await;
    for (member, value) in [
        ("hostname", json!("DC-1")),
        ("client", json!("Default")),
        ("site", clients[0]["sites"][0]["id"].clone()),
        ("site_name", json!("HQ1")),
        ("policy", json!(null)),
        ("created_time", json!("2030-01-01T00:00:00Z")),
    ] {
        assert_eq!(full[member], value, "{member}");
    }
}

#[tokio::test]
async fn agents_are_filtered_by_client_site_and_kind() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    let (one, two) = (app.site("default", "One", json!({})).await, app.site("acme", "Two", json!({})).await);
    let labels = |kind: &str| json!({ "monitoring_type": kind });
    machine(&app, "default", "a", json!({ "site": one, "labels": labels("server") })).await;
    machine(&app, "default", "b", json!({ "labels": labels("workstation") })).await;
    machine(&app, "acme", "d", json!({ "labels": labels("mainframe") })).await;
    machine(&app, "acme", "c", json!({ "site": two, "labels": labels("server") })).await;
    let clients = list(&app.root(), "/clients/").await;
    let client = |n: usize| clients[n]["id"].as_u64().unwrap();
    let site = |n: usize| clients[n]["sites"][0]["id"].as_u64().unwrap();
    for (query, expected) in [
        (String::new(), vec!["a", "b", "c", "d"]),
        (format!("&client={}", client(0)), vec!["a", "b"]),
        (format!("&client={}", client(1)), vec!["c", "d"]),
        (format!("&site={}", site(0)), vec!["a"]),
        (format!("&site={}&client={}", site(1), client(1)), vec!["c"]),
        (format!("&site={}&client={}", site(1), client(0)), vec![]),
        ("&client=1".into(), vec![]),
        ("&site=1".into(), vec![]),
        ("&monitoring_type=server".into(), vec!["a", "c"]),
        (format!("&monitoring_type=workstation&client={}", client(0)), vec!["b"]),
    ] {
        let found = list(&app.root(), &format!("/agents/?detail=false{query}")).await;
        assert_eq!(names(&found, "hostname"), expected, "{query}");
    }
    let all = list(&app.root(), "/agents/").await;
    assert_eq!(names(&all, "monitoring_type"), ["server", "workstation", "server", ""]);
    for query in ["client=x", "client=-1", "site=Two", "monitoring_type=desktop", "status=online"] {
        let refused = app.root().get(&format!("/agents/?{query}")).await.expect(400).body;
        let field = query.split('=').next().unwrap();
        assert_eq!((&refused["code"], &refused["errors"][0]["field"]), (&json!("invalid"), &json!(field)));
        assert!(refused["detail"].as_str().unwrap().contains(&format!("{field}: ")), "{refused:#}");
    }
}

#[tokio::test]
async fn an_unknown_agent_is_404_and_a_root_key_finds_every_agent() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    let foreign = machine(&app, "acme", "c", json!({})).await;
    let bare = node(&app, "default", "bare", json!({})).await;
    app.root().get(&format!("/agents/{foreign}/")).await.expect(200);
    for id in [foreign.as_str(), bare.as_str(), "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"] {
        let refused = app.owner().get(&format!("/agents/{id}/")).await.expect(404).body;
        assert_eq!(refused["code"], "not_found");
        assert_eq!(refused["detail"], format!("there is no agent {id}"));
    }
    // Without the slash there is nothing, as there.
    app.owner().get(&format!("/agents/{bare}")).await.problem(404, "unknown_path");
    app.owner().get("/agents").await.problem(404, "unknown_path");
}

#[tokio::test]
async fn a_list_runs_a_fixed_number_of_operations() {
    let app = TestApp::new().await;
    let site = app.site("default", "HQ", json!({})).await;
    for n in 0..20 {
        machine(&app, "default", &format!("m{n}"), json!({ "site": site })).await;
    }
    // Organizations, sites, agents, nodes: one page each, whatever is on them.
    let limit = json!({ "rate_limit": { "per_minute": 1, "burst": 4 } });
    let (key, _) = app.key(&["*:read"], limit).await;
    assert_eq!(list(&app.with_key(&key), "/agents/").await.len(), 20);
    assert_eq!(app.with_key(&key).get("/agents/").await.expect(429).body["code"], "rate_limited");
}

#[tokio::test]
async fn a_connected_agent_is_online_with_its_facts() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let mut machine = Machine::named("DC-1");
    machine.facts.architecture = Some("amd64".into());
    machine.facts.cpu_model = Some("EPYC 9654".into());
    machine.facts.booted_at = Some("2029-12-31T00:00:00Z".parse().unwrap());
    machine.facts.time_zone = Some("Europe/Berlin".into());
    machine.facts.reboot_required = Some(true);
    machine.facts.disks = vec![Disk {
        device: "/dev/vda1".into(),
        mount_point: "/".into(),
        file_system: "ext4".into(),
        total_bytes: 500 << 30,
    }];
    let machine = app.enrol(&served, &key, machine).await;
    let _client = Client::connected(&served, &machine).await;
    app.fleet.write_heard_now().await;
    let [agent] = list(&app.owner(), "/agents/").await.try_into().unwrap();
    for (member, value) in [
        ("status", json!("online")),
        ("last_seen", json!("2030-01-01T00:00:00Z")),
        ("plat", json!("linux")),
        ("goarch", json!("amd64")),
        ("operating_system", json!("Debian GNU/Linux 13 (trixie)")),
        ("version", json!("0.1.0")),
        ("boot_time", json!(1_893_369_600.0)),
        ("cpu_model", json!(["EPYC 9654"])),
        ("local_ips", json!("10.1.2.3")),
        ("physical_disks", json!(["/dev/vda1 500GB"])),
        ("needs_reboot", json!(true)),
    ] {
        assert_eq!(agent[member], value, "{member}");
    }
    let path = format!("/agents/{}/", agent["agent_id"].as_str().unwrap());
    let full = app.owner().get(&path).await.expect(200).body;
    let disk = json!({ "device": "/dev/vda1", "fstype": "ext4", "total": "500.0 GB" });
    for (member, value) in [
        ("status", json!("online")),
        ("total_ram", json!(8)),
        ("timezone", json!("Europe/Berlin")),
        ("disks", json!([disk])),
    ] {
        assert_eq!(full[member], value, "{member}");
    }
    for (seconds, status) in [(239, "online"), (1, "offline"), (1_560, "overdue")] {
        app.advance(seconds);
        assert_eq!(list(&app.owner(), "/agents/").await[0]["status"], status);
    }
}
