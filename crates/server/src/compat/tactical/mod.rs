//! The adapter for the API of Tactical RMM: clients, sites and agents, [commands], saved [scripts], the
//! [history] of agents, [updates], and the [audit] trail.
//!
//! A client is an organization, a site is a site, and an agent is a node with a `bailiwick_agent`. What
//! Bailiwick does not know of a machine is null or empty, and features that it does not have (checks,
//! policies, alerts) look as if they were not used.

mod absent;
mod agents;
mod audit;
mod clients;
mod commands;
mod history;
mod organizations;
mod runs;
mod scripts;
mod server;
mod shapes;
mod updates;

use bailiwick_domain::id::RequestId;
use bailiwick_engine::catalogue::ORGANIZATION;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_operations::ids;
use serde_json::json;

use self::shapes::MONITORING_TYPE;
use super::adapter::{Adapter, Method, Route, delete, get, message, patch, post, put};
use super::members::{Member, honoured};
use crate::problem::HttpError;

/// The operations that lists of clients and agents need.
const LISTS: &[OperationId] = &[ids::ORGANIZATIONS_LIST, ids::SITES_LIST, ids::AGENTS_LIST, ids::NODES_LIST];
/// The operations that find one agent.
const ONE_AGENT: &[OperationId] = &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST];

/// The routes of the adapter.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "tactical",
    title: "Tactical RMM",
    routes: &[
        get("/", &[ids::SERVER_READY], |call| Box::pin(server::home(call))),
        get("/core/version/", &[ids::SERVER_VERSION], |call| Box::pin(server::version(call))),
        get("/clients/", LISTS, |call| Box::pin(clients::clients(call))),
        get("/clients/{client_id}/", LISTS, |call| Box::pin(clients::client(call))),
        get("/clients/sites/", &[ids::ORGANIZATIONS_LIST, ids::SITES_LIST], |call| {
            Box::pin(clients::sites(call))
        }),
        get("/agents/", LISTS, |call| Box::pin(agents::agents(call))),
        get(
            "/agents/{agent_id}/",
            &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST, ids::SITES_LIST],
            |call| Box::pin(agents::agent(call)),
        ),
        get("/agents/{agent_id}/ping/", ONE_AGENT, |call| Box::pin(agents::ping(call))),
        get("/agents/{agent_id}/history/", history::OPERATIONS, |call| Box::pin(history::list(call))),
        post("/agents/{agent_id}/cmd/", commands::RUN, |call| Box::pin(commands::run(call))).waiting(),
        post("/agents/{agent_id}/runscript/", runs::OPERATIONS, |call| Box::pin(runs::run(call))).waiting(),
        post("/agents/{agent_id}/reboot/", commands::REBOOT, |call| Box::pin(commands::reboot(call))),
        get("/scripts/", &[ids::ORGANIZATIONS_LIST, ids::SCRIPTS_LIST, ids::SCRIPTS_GET], |call| {
            Box::pin(scripts::list(call))
        }),
        post("/scripts/", &[ids::SCRIPTS_CREATE, ids::COMMANDS_CREATE], |call| {
            Box::pin(scripts::create(call))
        }),
        get(
            "/scripts/{script_id}/",
            &[ids::ORGANIZATIONS_LIST, ids::SCRIPTS_LIST, ids::SCRIPTS_GET],
            |call| Box::pin(scripts::get(call)),
        ),
        put(
            "/scripts/{script_id}/",
            &[
                ids::ORGANIZATIONS_LIST,
                ids::SCRIPTS_LIST,
                ids::SCRIPTS_GET,
                ids::SCRIPTS_UPDATE,
                ids::COMMANDS_CREATE,
            ],
            |call| Box::pin(scripts::update(call)),
        ),
        delete(
            "/scripts/{script_id}/",
            &[ids::ORGANIZATIONS_LIST, ids::SCRIPTS_LIST, ids::SCRIPTS_DELETE],
            |call| Box::pin(scripts::remove(call)),
        ),
        get(
            "/winupdate/{agent_id}/",
            &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST, ids::NODES_UPDATES],
            |call| Box::pin(updates::list(call)),
        ),
        post(
            "/winupdate/{agent_id}/scan/",
            &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST, ids::UPDATES_SCAN],
            |call| Box::pin(updates::scan(call)),
        ),
        post(
            "/winupdate/{agent_id}/install/",
            &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST, ids::UPDATES_INSTALL],
            |call| Box::pin(updates::install(call)),
        ),
        patch(
            "/logs/audit/",
            &[ids::ORGANIZATIONS_LIST, ids::AUDIT_LIST, ids::NODES_LIST, ids::SITES_LIST],
            |call| Box::pin(audit::list(call)),
        ),
        get("/software/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::software(call))),
        get("/software/{agent_id}/", ONE_AGENT, |call| Box::pin(absent::software_of_agent(call))),
        get("/services/{agent_id}/", ONE_AGENT, |call| Box::pin(absent::services(call))),
        get("/checks/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::nothing(call))),
        get("/agents/{agent_id}/checks/", ONE_AGENT, |call| Box::pin(absent::nothing_of_agent(call))),
        get("/tasks/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::nothing(call))),
        get("/agents/{agent_id}/tasks/", ONE_AGENT, |call| Box::pin(absent::nothing_of_agent(call))),
        get("/alerts/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::nothing(call))),
        patch("/alerts/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::alerts(call))),
        get("/pendingactions/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::nothing(call))),
        get("/logs/pendingactions/", &[ids::ORGANIZATIONS_LIST], |call| Box::pin(absent::nothing(call))),
        get("/agents/{agent_id}/pendingactions/", ONE_AGENT, |call| Box::pin(absent::nothing_of_agent(call))),
    ],
    names: &[
        ("agent_id", "node"),
        ("agent_id", "targets"),
        ("cmd", "command"),
        ("timeout", "timeout_seconds"),
    ],
    members,
    everywhere: &[ORGANIZATION],
    empty_is_absent: false,
    unknown: &[],
    error,
    status: HttpError::status,
};

/// What happens with the members that Tactical RMM documents, and with those that its clients send.
fn members(route: &Route) -> Vec<Member> {
    match (route.method, route.path) {
        (_, "/agents/") => ["detail", "client", "site", MONITORING_TYPE].map(honoured).to_vec(),
        (_, "/agents/{agent_id}/cmd/") => commands::MEMBERS.to_vec(),
        (_, "/agents/{agent_id}/runscript/") => runs::MEMBERS.to_vec(),
        (Method::Get, "/scripts/") => scripts::LISTED.to_vec(),
        (Method::Post, "/scripts/") => scripts::SAVED.to_vec(),
        (Method::Put, "/scripts/{script_id}/") => scripts::changed(),
        (_, "/winupdate/{agent_id}/install/") => updates::MEMBERS.to_vec(),
        (_, "/logs/audit/") => audit::MEMBERS.to_vec(),
        (Method::Patch, "/alerts/") => absent::ALERTS.to_vec(),
        _ => Vec::new(),
    }
}

/// An error as Django REST framework writes it, with our code, fields and request id added.
fn error(error: &HttpError, request_id: RequestId) -> Vec<u8> {
    let body = json!({
        "detail": message(error),
        "code": error.code(),
        "errors": error.field_errors(),
        "request_id": request_id.to_string(),
    });
    serde_json::to_vec(&body).unwrap_or_default()
}
