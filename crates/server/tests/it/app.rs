//! A control plane in this process, and actors who call it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::key::Peppers;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::build::Build;
use bailiwick_engine::control::{Control, Outside};
use bailiwick_engine::error::Error;
use bailiwick_engine::first_run;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_fleet::Fleet;
use bailiwick_operations::schedules::Scheduler;
use bailiwick_operations::start;
use bailiwick_server::app::App;
use bailiwick_server::callers::Callers;
use bailiwick_server::config::Config;
use bailiwick_server::router;
use bailiwick_store::{DatabaseUrl, Databases, Store};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::template::{self, Template};

/// The password of the users of the tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A clock that is set by hand.
pub struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A control plane after its first start.
pub struct TestApp {
    pub control: Arc<Control>,
    pub fleet: Arc<Fleet>,
    pub scheduler: Arc<Scheduler>,
    pub router: Router,
    pub app: Arc<App>,
    clock: Arc<HandClock>,
    pub keys: FirstKeys,
    directory: Option<TempDir>,
}

/// What the first start made; empty after a later one.
#[derive(Clone, Default)]
pub struct FirstKeys {
    root: String,
    organization: String,
    password: String,
}

/// A caller of the API.
pub struct Actor<'a> {
    app: &'a TestApp,
    headers: Vec<(&'static str, String)>,
    address: IpAddr,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl TestApp {
    /// On SQLite.
    pub async fn new() -> Self {
        Self::with_config(&Config::default()).await
    }

    /// On SQLite, with a configuration.
    pub async fn with_config(config: &Config) -> Self {
        let template = Template::get().await;
        let directory = tempfile::tempdir().unwrap();
        template.write(directory.path());
        let url = DatabaseUrl::Sqlite(directory.path().join(template::FILE));
        let store = Store::connect(&url, 2).await.unwrap();
        let app = Self::on(store, template.peppers.clone(), config).await;
        Self { directory: Some(directory), keys: template.keys.clone(), ..app }
    }

    /// On a database; its first start happens if it has not.
    pub async fn on(store: Store, peppers: Peppers, config: &Config) -> Self {
        let clock = Arc::new(HandClock(Mutex::new("2030-01-01T00:00:00Z".parse().unwrap())));
        let outside = Outside { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let databases = Databases::of(store).await.unwrap();
        databases.migrate().await.unwrap();
        let mut keys = FirstKeys::default();
        let build = Build {
            version: "0.0.0",
            full_version: "0.0.0+test".into(),
            timestamp: "2030-01-01T00:00:00Z".parse().unwrap(),
        };
        let control = start::open(databases, peppers, outside, build, catalogue()).await.unwrap();
        if let Some(first_run) = first_run::run(&control, |_| Ok::<_, Error>(())).await.unwrap() {
            keys.root = first_run.root_key.reveal().to_string();
            keys.organization = first_run.organization_key.reveal().to_string();
            keys.password = first_run.password.to_string();
        }
        let fleet = Fleet::open(Arc::clone(&control));
        let scheduler = Scheduler::new(Arc::clone(&control));
        let app = App::new(Arc::clone(&fleet), config);
        let router = router::api(&app, Callers::All);
        Self { control, fleet, scheduler, router, app, clock, keys, directory: None }
    }

    /// Starts all background tasks.
    pub fn start_background(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        self.control.start_background(tasks, stop);
        start::start_background(&self.scheduler, tasks, stop);
        bailiwick_machines::background::start(&self.control, tasks, stop);
        self.fleet.start_background(tasks, stop);
    }

    /// From now on this is the port that takes only keys.
    pub fn keys_only(&mut self) {
        let app = App::new(Arc::clone(&self.fleet), &Config::default());
        self.router = router::api(&app, Callers::Keys);
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }

    /// The time, in seconds since 1970.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.clock.now().as_micros() / 1_000_000).unwrap()
    }

    /// A caller without a credential.
    pub fn anonymous(&self) -> Actor<'_> {
        Actor { app: self, headers: Vec::new(), address: IpAddr::from([192, 0, 2, 1]) }
    }

    /// A program with a key.
    pub fn with_key(&self, key: &str) -> Actor<'_> {
        self.anonymous().header("authorization", &format!("Bearer {key}"))
    }

    /// The root key of the first start.
    pub fn root(&self) -> Actor<'_> {
        self.with_key(&self.keys.root)
    }

    /// The organization key of the first start.
    pub fn owner(&self) -> Actor<'_> {
        self.with_key(&self.keys.organization)
    }

    /// The text of the organization key of the first start.
    pub fn owner_key(&self) -> &str {
        &self.keys.organization
    }

    /// Creates a key of organization `default` and answers its text and id.
    pub async fn key(&self, scopes: &[&str], more: Value) -> (String, String) {
        self.key_in("default", scopes, more).await
    }

    /// Creates a key of an organization.
    pub async fn key_in(&self, organization: &str, scopes: &[&str], more: Value) -> (String, String) {
        let mut body = json!({ "name": "A key", "scopes": scopes });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("/v1/keys?organization={organization}");
        let reply = self.root().post(&path, body).await.expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&reply.body["secret"]), text(&reply.body["key"]["id"]))
    }

    /// Creates a root key with scopes.
    pub async fn root_key(&self, scopes: &[String], reach: Value) -> String {
        let body = json!({ "name": "A root key", "kind": "root", "scopes": scopes, "reach": reach });
        let reply = self.root().post("/v1/keys", body).await.expect(201);
        reply.body["secret"].as_str().unwrap().to_owned()
    }

    /// Creates a user of an organization with a role and a password, and answers the id.
    pub async fn user(&self, organization: &str, email: &str, role: &str) -> String {
        let body = json!({ "email": email, "name": email, "role": role, "password": PASSWORD });
        let path = format!("/v1/users?organization={organization}");
        let reply = self.root().post(&path, body).await.expect(201);
        reply.body["user"]["id"].as_str().unwrap().to_owned()
    }

    /// A person who logs in with e-mail address and password.
    pub async fn log_in(&self, email: &str, password: &str) -> Actor<'_> {
        let body = json!({ "email": email, "password": password });
        let reply = self.anonymous().post("/v1/sessions", body).await.expect(201);
        self.anonymous().header("cookie", &reply.cookie())
    }

    /// The server administrator of the first start, logged in.
    pub async fn administrator(&self) -> Actor<'_> {
        self.log_in("admin@localhost", &self.keys.password).await
    }

    /// The password of the server administrator of the first start.
    pub fn administrator_password(&self) -> &str {
        &self.keys.password
    }

    /// Creates an organization and answers its id.
    pub async fn organization(&self, slug: &str) -> String {
        let body = json!({ "name": slug, "slug": slug });
        let reply = self.root().post("/v1/organizations", body).await.expect(201);
        reply.body["id"].as_str().unwrap().to_owned()
    }

    /// Creates a site in an organization and answers its id.
    pub async fn site(&self, organization: &str, name: &str, labels: Value) -> String {
        let body = json!({ "name": name, "labels": labels });
        let reply =
            self.root().post(&format!("/v1/sites?organization={organization}"), body).await.expect(201);
        reply.body["id"].as_str().unwrap().to_owned()
    }

    /// Creates a node in organization `default` and answers its id.
    pub async fn node(&self, more: Value) -> String {
        let mut body = json!({ "type": "generic", "address": "10.0.0.1" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = self.owner().post("/v1/nodes", body).await.expect(201);
        reply.body["id"].as_str().unwrap().to_owned()
    }
}

impl TestApp {
    /// Runs SQL for which there is no operation.
    pub async fn execute(&self, sql: &'static str) {
        use sqlx::Connection as _;
        let path = self.directory.as_ref().unwrap().path().join("test.db");
        let mut connection =
            sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Has every node heard of until the year 2033.
    pub async fn all_online(&self) {
        self.execute(
            "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since) \
             SELECT id, organization_id, 2000000000000000, 0 FROM nodes",
        )
        .await;
    }

    /// Puts an agent of ours on a node, as if it had enrolled; its id.
    pub async fn enrolled(&self, organization: &str, node: &str, labels: Value) -> String {
        let body = json!({ "type": "bailiwick_agent", "runs_on": node, "labels": labels });
        let path = format!("/v1/agents?organization={organization}");
        let reply = self.root().post(&path, body).await.expect(201);
        let enrol = "UPDATE agents SET instance_uid = randomblob(16) \
                     WHERE type = 'bailiwick_agent' AND instance_uid IS NULL";
        self.execute(enrol).await;
        reply.body["id"].as_str().unwrap().to_owned()
    }

    /// Creates a node of an organization with an agent of ours; the ids of both.
    pub async fn machine(&self, organization: &str, name: &str, labels: Value) -> (String, String) {
        let body = json!({ "type": "generic", "name": name, "address": "10.0.0.1", "labels": labels });
        let path = format!("/v1/nodes?organization={organization}");
        let reply = self.root().post(&path, body).await.expect(201);
        let node = reply.body["id"].as_str().unwrap().to_owned();
        let agent = self.enrolled(organization, &node, json!({})).await;
        (node, agent)
    }
}

impl Actor<'_> {
    /// The same with a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same from an address.
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.parse().unwrap();
        self
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body)).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        match body {
            None => self.raw(method, path, None, Vec::new()).await,
            Some(body) => {
                self.raw(method, path, Some("application/json"), serde_json::to_vec(&body).unwrap()).await
            }
        }
    }

    /// A request with any body.
    pub async fn raw(&self, method: &str, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Reply {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 4711)));
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let is_json =
            parts.headers.get("content-type").is_none_or(|t| t.to_str().is_ok_and(|t| t.contains("json")));
        let is_lines = parts.headers.get("content-type").is_some_and(|t| t == "application/x-ndjson");
        let body = if bytes.is_empty() {
            Value::Null
        } else if !is_json || is_lines {
            String::from_utf8(bytes.into()).unwrap().into()
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&bytes)))
        };
        let without_query = path.split('?').next().unwrap_or_default();
        assert_documented(method, without_query, parts.status.as_u16(), body["code"].as_str());
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// Checks that the OpenAPI document has the status that an operation answered.
#[track_caller]
fn assert_documented(method: &str, path: &str, status: u16, code: Option<&str>) {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| bailiwick_server::openapi::document(catalogue()));
    // What is no path, or no method of it, is answered by no operation.
    if matches!(code, Some("unknown_path" | "method_not_allowed")) {
        return;
    }
    let fits = |template: &str| {
        let (mut theirs, mut ours) = (template.split('/'), path.split('/'));
        loop {
            match (theirs.next(), ours.next()) {
                (None, None) => return true,
                (Some(t), Some(o)) if t == o || (t.starts_with('{') && !o.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let method = method.to_lowercase();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    // A path without a parameter goes before one with it.
    let found = paths.iter().filter(|(template, item)| fits(template) && item.get(&method).is_some());
    let Some((template, item)) = found.min_by_key(|(template, _)| template.matches('{').count()) else {
        return;
    };
    let responses = item[&method]["responses"].as_object().unwrap();
    assert!(
        responses.contains_key(&status.to_string()),
        "{method} {template} answered {status} ({code:?}), which is not in the OpenAPI document",
    );
}

impl Reply {
    /// The cookie that was set, as a browser sends it back.
    #[track_caller]
    pub fn cookie(&self) -> String {
        let cookie = self.headers["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The same, if its status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// The same, if it is a problem of this status and code, in the one form that problems have.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{:#}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("urn:bailiwick:problem:{code}"));
        assert!(
            !self.body["title"].as_str().unwrap().is_empty()
                && !self.body["detail"].as_str().unwrap().is_empty()
        );
        assert_eq!(self.body["request_id"], self.headers["x-request-id"].to_str().unwrap());
        assert_eq!(self.headers.contains_key("www-authenticate"), status == 401 || code == "scope_missing");
        self
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// What is said of one field.
    #[track_caller]
    pub fn field(&self, field: &str) -> &str {
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {:#}", self.body));
        let error = errors.iter().find(|e| e["field"] == field);
        error.unwrap_or_else(|| panic!("no error names the field {field}: {:#}", self.body))["detail"]
            .as_str()
            .unwrap()
    }

    /// The members of the items, by name.
    pub fn items(&self, member: &str) -> Vec<Value> {
        self.body["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
    }
}

impl TestApp {
    /// Changes the database behind the server's back, with the triggers that forbid it taken away.
    pub async fn tamper(&self, sql: &'static str) {
        use sqlx::Connection as _;
        let path = self.directory.as_ref().unwrap().path().join("test.db");
        let mut connection =
            sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        for sql in
            ["DROP TRIGGER IF EXISTS audit_entries_stay", "DROP TRIGGER IF EXISTS audit_entries_remain", sql]
        {
            let changed = sqlx::query(sql).execute(&mut connection).await.unwrap();
            assert!(sql.starts_with("DROP") || changed.rows_affected() > 0, "{sql}");
        }
    }
}
