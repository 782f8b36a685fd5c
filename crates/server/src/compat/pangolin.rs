//! The adapter for Pangolin's integration API: organizations and API keys, in Pangolin's envelope.

use bailiwick_domain::id::RequestId;
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_operations::ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::adapter::{Adapter, Method, Route, delete, get, message, post, put};
use super::call::{Call, Reply, fields, renamed};
use super::fields::Fields;
use super::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// The default number of items in a list, as in Pangolin.
const LIMIT_DEFAULT: usize = 1_000;

/// The most items in one list.
const LIMIT_MAX: usize = 10_000;

/// Pangolin's actions that correspond to an operation, with its scope.
const ACTIONS: &[(&str, OperationId)] = &[
    ("listOrgs", ids::ORGANIZATIONS_LIST),
    ("createOrg", ids::ORGANIZATIONS_CREATE),
    ("getOrg", ids::ORGANIZATIONS_GET),
    ("updateOrg", ids::ORGANIZATIONS_UPDATE),
    ("deleteOrg", ids::ORGANIZATIONS_DELETE),
    ("createApiKey", ids::KEYS_CREATE),
    ("listApiKeys", ids::KEYS_LIST),
    ("getApiKey", ids::KEYS_GET),
    ("listApiKeyActions", ids::KEYS_GET),
    ("setApiKeyActions", ids::KEYS_UPDATE),
    ("deleteApiKey", ids::KEYS_DELETE),
];

/// The routes of the adapter.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "pangolin",
    title: "Pangolin",
    routes: &[
        get("/v1/", &[ids::SERVER_READY], |call| Box::pin(healthy(call))),
        get("/v1/orgs", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(list_orgs(call))),
        put("/v1/org", &[ids::ORGANIZATIONS_CREATE], |call| Box::pin(create_org(call))).creating(),
        get("/v1/org/{orgId}", &[ids::ORGANIZATIONS_GET], |call| Box::pin(get_org(call))),
        post("/v1/org/{orgId}", &[ids::ORGANIZATIONS_UPDATE], |call| Box::pin(update_org(call))),
        delete("/v1/org/{orgId}", &[ids::ORGANIZATIONS_DELETE], |call| Box::pin(delete_org(call))),
        put("/v1/org/{orgId}/api-key", &[ids::KEYS_CREATE], |call| Box::pin(create_key(call))).creating(),
        get("/v1/org/{orgId}/api-keys", &[ids::KEYS_LIST], |call| Box::pin(list_keys(call))),
        delete("/v1/org/{orgId}/api-key/{apiKeyId}", &[ids::KEYS_DELETE], |call| Box::pin(delete_key(call))),
        get("/v1/org/{orgId}/api-key/{apiKeyId}/actions", &[ids::KEYS_GET], |call| {
            Box::pin(list_actions(call))
        }),
        post("/v1/org/{orgId}/api-key/{apiKeyId}/actions", &[ids::KEYS_UPDATE], |call| {
            Box::pin(set_actions(call))
        }),
    ],
    names: &[("orgId", "organization"), ("orgId", "slug"), ("apiKeyId", "key"), ("actionIds", "scopes")],
    members,
    everywhere: &[],
    empty_is_absent: false,
    unknown: &[],
    error,
    status: HttpError::status,
};

/// Why addresses of tunnels need no action.
const NO_TUNNELS: &str = "Bailiwick has no tunnels, so it does not assign addresses from this range";

/// What happens with the members that Pangolin documents.
fn members(route: &Route) -> Vec<Member> {
    let of = |members: &[Member]| members.to_vec();
    match (route.method, route.path) {
        (
            Method::Get,
            "/v1/orgs" | "/v1/org/{orgId}/api-keys" | "/v1/org/{orgId}/api-key/{apiKeyId}/actions",
        ) => of(&[honoured("limit"), honoured("offset")]),
        (Method::Put, "/v1/org") => of(&[
            honoured("orgId"),
            honoured("name"),
            as_it_is("subnet", &[], NO_TUNNELS),
            as_it_is("utilitySubnet", &[], NO_TUNNELS),
        ]),
        (Method::Post, "/v1/org/{orgId}") => of(&[honoured("name")]),
        (Method::Put, "/v1/org/{orgId}/api-key") => of(&[honoured("name"), honoured("actionIds")]),
        (Method::Post, "/v1/org/{orgId}/api-key/{apiKeyId}/actions") => of(&[honoured("actionIds")]),
        _ => Vec::new(),
    }
}

/// The envelope of every answer but that of the health check.
#[derive(Serialize)]
struct Envelope<T> {
    data: Option<T>,
    success: bool,
    error: bool,
    message: String,
    status: u16,
}

fn reply<T: Serialize>(status: u16, message: &str, data: Option<T>) -> Result<Reply, HttpError> {
    Reply::json(status, &Envelope { data, success: true, error: false, message: message.into(), status })
}

/// An error in Pangolin's envelope, with our code and request id added.
fn error(error: &HttpError, request_id: RequestId) -> Vec<u8> {
    let body = json!({
        "data": null,
        "success": false,
        "error": true,
        "message": message(error),
        "status": error.status(),
        "stack": null,
        "code": error.code(),
        "errors": error.field_errors(),
        "request_id": request_id.to_string(),
    });
    serde_json::to_vec(&body).unwrap_or_default()
}

/// An organization, as our operations return it.
#[derive(Deserialize)]
struct Organization {
    slug: String,
    name: String,
    created_at: String,
}

/// An organization, as Pangolin writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Org {
    org_id: String,
    name: String,
    subnet: Option<String>,
    utility_subnet: Option<String>,
    created_at: String,
}

impl From<Organization> for Org {
    fn from(ours: Organization) -> Self {
        let Organization { slug, name, created_at } = ours;
        Self { org_id: slug, name, subnet: None, utility_subnet: None, created_at }
    }
}

/// A key, as our operations return it.
#[derive(Deserialize)]
struct Key {
    id: String,
    name: String,
    scopes: Vec<String>,
    created_at: String,
}

/// A new key, as our operations return it.
#[derive(Deserialize)]
struct NewKey {
    key: Key,
    secret: zeroize::Zeroizing<String>,
}

/// A new key, as Pangolin writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewApiKey {
    api_key_id: String,
    name: String,
    api_key: zeroize::Zeroizing<String>,
    last_chars: zeroize::Zeroizing<String>,
    created_at: String,
}

/// A key, as Pangolin writes it. We store no part of a secret, so its last characters are unknown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    api_key_id: String,
    org_id: String,
    last_chars: &'static str,
    created_at: String,
    name: String,
}

/// A permission of a key, as Pangolin writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    action_id: String,
}

/// The part of a list that was requested, by offset and limit.
#[derive(Clone, Copy, Serialize)]
struct Window {
    total: usize,
    limit: usize,
    offset: usize,
}

impl Window {
    fn of(call: &Call) -> Result<Self, HttpError> {
        let number = |name: &'static str, default: usize, most: usize| {
            let Some(text) = call.query(name) else { return Ok(default) };
            let wrong = || Error::invalid(name, format!("expected 0 to {most}"));
            text.parse().ok().filter(|n| *n <= most).ok_or_else(wrong)
        };
        let limit = number("limit", LIMIT_DEFAULT, LIMIT_MAX)?;
        Ok(Self { total: 0, limit, offset: number("offset", 0, u32::MAX as usize)? })
    }

    /// Counts one item, and returns whether it is in the window.
    fn takes_next(&mut self) -> bool {
        let position = self.total;
        self.total += 1;
        position >= self.offset && position - self.offset < self.limit
    }
}

async fn healthy(call: &mut Call) -> Result<Reply, HttpError> {
    let _: Value = call.ask(ids::SERVER_READY, None, Fields::new()).await?;
    Reply::json(200, &json!({ "message": "Healthy" }))
}

async fn list_orgs(call: &mut Call) -> Result<Reply, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    let (mut window, mut orgs) = (Window::of(call)?, Vec::new());
    let order = fields([("sort", "created_at".into())]);
    let see = |organization: Organization| {
        if window.takes_next() {
            orgs.push(Org::from(organization));
        }
    };
    call.every_after(admitted, None, order, see).await?;
    reply(200, "Organizations listed", Some(json!({ "orgs": orgs, "pagination": window })))
}

async fn create_org(call: &mut Call) -> Result<Reply, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_CREATE, None)?;
    let body = call.body(&admitted).await?;
    let fields = renamed(body, &[("orgId", "slug"), ("name", "name")]);
    let made: Organization = call.run(admitted, fields).await?;
    reply(201, "Organization created", Some(Org::from(made)))
}

async fn get_org(call: &mut Call) -> Result<Reply, HttpError> {
    let of = fields([("organization", call.path("orgId").into())]);
    let found: Organization = call.ask(ids::ORGANIZATIONS_GET, None, of).await?;
    reply(200, "Organization found", Some(json!({ "org": Org::from(found) })))
}

async fn update_org(call: &mut Call) -> Result<Reply, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_UPDATE, None)?;
    let body = call.body(&admitted).await?;
    let mut fields = renamed(body, &[("name", "name")]);
    fields.insert("organization".into(), call.path("orgId").into());
    let changed: Organization = call.run(admitted, fields).await?;
    reply(200, "Organization changed", Some(Org::from(changed)))
}

async fn delete_org(call: &mut Call) -> Result<Reply, HttpError> {
    // Pangolin always deletes what an organization owns together with it.
    let of = fields([("organization", call.path("orgId").into()), ("force", true.into())]);
    let _: Value = call.tell(ids::ORGANIZATIONS_DELETE, None, of).await?;
    reply::<Value>(200, "Organization deleted", None)
}

/// Scopes, from the actions or scopes that a request names: an action with an equivalent is replaced by it.
fn scopes(actions: Value) -> Value {
    let Value::Array(actions) = actions else { return actions };
    let scope = |action: Value| match ACTIONS.iter().find(|(theirs, _)| action == **theirs) {
        Some((_, ours)) => Value::from(ours.as_str()),
        None => action,
    };
    actions.into_iter().map(scope).collect()
}

async fn create_key(call: &mut Call) -> Result<Reply, HttpError> {
    let org = call.path("orgId").to_owned();
    let admitted = call.admit(ids::KEYS_CREATE, Some(&org))?;
    let body = call.body(&admitted).await?;
    let mut fields = renamed(body, &[("name", "name"), ("actionIds", "scopes")]);
    let actions = fields.remove("scopes").unwrap_or_else(|| json!([]));
    fields.insert("scopes".into(), scopes(actions));
    let NewKey { key, secret } = call.run(admitted, fields).await?;
    let last = secret.len().saturating_sub(4);
    let made = NewApiKey {
        api_key_id: key.id,
        name: key.name,
        last_chars: secret.get(last..).unwrap_or_default().to_owned().into(),
        api_key: secret,
        created_at: key.created_at,
    };
    reply(201, "API key created", Some(made))
}

async fn list_keys(call: &mut Call) -> Result<Reply, HttpError> {
    let org = call.path("orgId").to_owned();
    let admitted = call.admit(ids::KEYS_LIST, Some(&org))?;
    let (mut window, mut keys) = (Window::of(call)?, Vec::new());
    let order = fields([("sort", "created_at".into()), ("kind", "org".into())]);
    let see = |key: Key| {
        if window.takes_next() {
            let Key { id, name, created_at, .. } = key;
            keys.push(ApiKey { api_key_id: id, org_id: org.clone(), last_chars: "", created_at, name });
        }
    };
    call.every_after(admitted, Some(&org), order, see).await?;
    reply(200, "API keys listed", Some(json!({ "apiKeys": keys, "pagination": window })))
}

async fn delete_key(call: &mut Call) -> Result<Reply, HttpError> {
    let org = call.path("orgId").to_owned();
    let of = fields([("key", call.path("apiKeyId").into())]);
    let _: Value = call.tell(ids::KEYS_DELETE, Some(&org), of).await?;
    reply::<Value>(200, "API key deleted", None)
}

async fn list_actions(call: &mut Call) -> Result<Reply, HttpError> {
    let org = call.path("orgId").to_owned();
    let admitted = call.admit(ids::KEYS_GET, Some(&org))?;
    let mut window = Window::of(call)?;
    let of = fields([("key", call.path("apiKeyId").into())]);
    let key: Key = call.run(admitted, of).await?;
    let actions: Vec<Action> = key
        .scopes
        .into_iter()
        .filter(|_| window.takes_next())
        .map(|action_id| Action { action_id })
        .collect();
    reply(200, "Actions listed", Some(json!({ "actions": actions, "pagination": window })))
}

async fn set_actions(call: &mut Call) -> Result<Reply, HttpError> {
    let org = call.path("orgId").to_owned();
    let admitted = call.admit(ids::KEYS_UPDATE, Some(&org))?;
    let body = call.body(&admitted).await?;
    let mut fields = renamed(body, &[("actionIds", "scopes")]);
    let actions = fields.remove("scopes");
    let actions =
        actions.ok_or_else(|| Error::invalid("actionIds", "expected a value; the field is required"))?;
    fields.insert("scopes".into(), scopes(actions));
    fields.insert("key".into(), call.path("apiKeyId").into());
    let _: Value = call.run(admitted, fields).await?;
    reply(200, "Actions set", Some(json!({})))
}
