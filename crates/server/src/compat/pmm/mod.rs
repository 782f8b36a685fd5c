//! The adapter for PMM's inventory API, versions 2 and 3: nodes, services and agents, grouped by type; and for the
//! calls of its [management] API, version 3, that add several objects at once.
//!
//! PMM's `pmm_agent` is a node's `bailiwick_agent`, and agents that are added under it run on its node.
//! What PMM does not know of an object (several nodes of a service, machine tools) is left out; the types
//! that Bailiwick does not have (query analytics) are empty groups.

mod agents;
mod management;
mod nodes;
mod services;
mod shape;

use bailiwick_domain::id::RequestId;
use bailiwick_engine::catalogue::ORGANIZATION;
use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::{Value, json};

use self::shape::Version::{V2, V3};
use super::adapter::{Adapter, Method, Route, delete, get, message, post, put};
use super::fields::Fields;
use super::members::{Member, honoured};
use crate::problem::HttpError;

/// The routes of the adapter. `/v1/version` and `/v1/readyz` are our own paths.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "pmm",
    title: "PMM",
    routes: &[
        get("/v1/inventory/nodes", &[ids::NODES_LIST], |call| Box::pin(nodes::list(call, V3))),
        post("/v1/inventory/nodes", &[ids::NODES_CREATE], |call| Box::pin(nodes::add(call, V3, None))),
        get("/v1/inventory/nodes/{node_id}", &[ids::NODES_GET], |call| Box::pin(nodes::get(call, V3))),
        delete("/v1/inventory/nodes/{node_id}", &[ids::NODES_DELETE], |call| Box::pin(nodes::remove(call))),
        get("/v1/inventory/services", &[ids::SERVICES_LIST], |call| Box::pin(services::list(call, V3))),
        post("/v1/inventory/services", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V3, None))
        }),
        post("/v1/inventory/services:getTypes", &[ids::SERVICES_LIST], |call| {
            Box::pin(services::types(call, V3))
        }),
        get("/v1/inventory/services/{service_id}", &[ids::SERVICES_GET], |call| {
            Box::pin(services::get(call, V3))
        }),
        put("/v1/inventory/services/{service_id}", &[ids::SERVICES_UPDATE], |call| {
            Box::pin(services::change(call, V3))
        }),
        delete("/v1/inventory/services/{service_id}", &[ids::SERVICES_DELETE], |call| {
            Box::pin(services::remove(call))
        }),
        get("/v1/inventory/agents", &[ids::AGENTS_LIST, ids::AGENTS_GET], |call| {
            Box::pin(agents::list(call, V3))
        }),
        post("/v1/inventory/agents", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V3, None))
        }),
        get("/v1/inventory/agents/{agent_id}", &[ids::AGENTS_GET, ids::AGENTS_LIST], |call| {
            Box::pin(agents::get(call, V3))
        }),
        get("/v1/inventory/agents/{agent_id}/logs", &[ids::AGENTS_LOGS], |call| Box::pin(agents::logs(call))),
        put(
            "/v1/inventory/agents/{agent_id}",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V3, None)),
        ),
        delete("/v1/inventory/agents/{agent_id}", &[ids::AGENTS_DELETE], |call| {
            Box::pin(agents::remove(call))
        }),
        get("/v1/management/nodes", &[ids::NODES_LIST, ids::SERVICES_LIST, ids::AGENTS_LIST], |call| {
            Box::pin(management::nodes::list(call))
        }),
        post("/v1/management/nodes", &[ids::NODES_CREATE, ids::AGENTS_CREATE, ids::NODES_DELETE], |call| {
            Box::pin(management::nodes::register(call))
        }),
        get("/v1/management/nodes/{node_id}", &[ids::NODES_GET], |call| {
            Box::pin(management::nodes::get(call))
        }),
        delete("/v1/management/nodes/{node_id}", &[ids::NODES_DELETE], |call| {
            Box::pin(management::nodes::unregister(call))
        }),
        get("/v1/management/services", &[ids::SERVICES_LIST, ids::AGENTS_LIST, ids::NODES_LIST], |call| {
            Box::pin(management::services::list(call))
        }),
        post(
            "/v1/management/services",
            &[ids::SERVICES_CREATE, ids::AGENTS_CREATE, ids::AGENTS_GET, ids::NODES_CREATE],
            |call| Box::pin(management::services::add(call)),
        ),
        delete(
            "/v1/management/services/{service_id}",
            &[ids::SERVICES_DELETE, ids::AGENTS_DELETE, ids::SERVICES_GET],
            |call| Box::pin(management::services::remove(call)),
        ),
        post("/v1/inventory/Nodes/List", &[ids::NODES_LIST], |call| Box::pin(nodes::list(call, V2))),
        post("/v1/inventory/Nodes/Get", &[ids::NODES_GET], |call| Box::pin(nodes::get(call, V2))),
        post("/v1/inventory/Nodes/Add", &[ids::NODES_CREATE], |call| Box::pin(nodes::add(call, V2, None))),
        post("/v1/inventory/Nodes/AddGeneric", &[ids::NODES_CREATE], |call| {
            Box::pin(nodes::add(call, V2, Some("generic")))
        }),
        post("/v1/inventory/Nodes/AddContainer", &[ids::NODES_CREATE], |call| {
            Box::pin(nodes::add(call, V2, Some("container")))
        }),
        post("/v1/inventory/Nodes/AddRemote", &[ids::NODES_CREATE], |call| {
            Box::pin(nodes::add(call, V2, Some("remote")))
        }),
        post("/v1/inventory/Nodes/AddRemoteRDS", &[ids::NODES_CREATE], |call| {
            Box::pin(nodes::add(call, V2, Some("remote_rds")))
        }),
        post("/v1/inventory/Nodes/AddRemoteAzureDatabase", &[ids::NODES_CREATE], |call| {
            Box::pin(nodes::add(call, V2, Some("remote_azure_database")))
        }),
        post("/v1/inventory/Nodes/Remove", &[ids::NODES_DELETE], |call| Box::pin(nodes::remove(call))),
        post("/v1/inventory/Services/List", &[ids::SERVICES_LIST], |call| Box::pin(services::list(call, V2))),
        post("/v1/inventory/Services/ListTypes", &[ids::SERVICES_LIST], |call| {
            Box::pin(services::types(call, V2))
        }),
        post("/v1/inventory/Services/Get", &[ids::SERVICES_GET], |call| Box::pin(services::get(call, V2))),
        post("/v1/inventory/Services/AddMySQL", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("mysql")))
        }),
        post("/v1/inventory/Services/AddMongoDB", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("mongodb")))
        }),
        post("/v1/inventory/Services/AddPostgreSQL", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("postgresql")))
        }),
        post("/v1/inventory/Services/AddProxySQL", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("proxysql")))
        }),
        post("/v1/inventory/Services/AddHAProxyService", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("haproxy")))
        }),
        post("/v1/inventory/Services/AddExternalService", &[ids::SERVICES_CREATE], |call| {
            Box::pin(services::add(call, V2, Some("external")))
        }),
        post("/v1/inventory/Services/Change", &[ids::SERVICES_UPDATE], |call| {
            Box::pin(services::change(call, V2))
        }),
        post("/v1/inventory/Services/Remove", &[ids::SERVICES_DELETE], |call| {
            Box::pin(services::remove(call))
        }),
        post("/v1/inventory/Agents/List", &[ids::AGENTS_LIST, ids::AGENTS_GET], |call| {
            Box::pin(agents::list(call, V2))
        }),
        post("/v1/inventory/Agents/Get", &[ids::AGENTS_GET, ids::AGENTS_LIST], |call| {
            Box::pin(agents::get(call, V2))
        }),
        post("/v1/inventory/Agents/AddPMMAgent", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("pmm_agent")))
        }),
        post("/v1/inventory/Agents/AddNodeExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("node_exporter")))
        }),
        post("/v1/inventory/Agents/AddMySQLdExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("mysqld_exporter")))
        }),
        post("/v1/inventory/Agents/AddMongoDBExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("mongodb_exporter")))
        }),
        post("/v1/inventory/Agents/AddPostgresExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("postgres_exporter")))
        }),
        post("/v1/inventory/Agents/AddProxySQLExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("proxysql_exporter")))
        }),
        post("/v1/inventory/Agents/AddRDSExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("rds_exporter")))
        }),
        post(
            "/v1/inventory/Agents/AddAzureDatabaseExporter",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("azure_database_exporter"))),
        ),
        post("/v1/inventory/Agents/AddExternalExporter", &[ids::AGENTS_CREATE, ids::AGENTS_GET], |call| {
            Box::pin(agents::add(call, V2, Some("external_exporter")))
        }),
        post(
            "/v1/inventory/Agents/AddQANMySQLPerfSchemaAgent",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("qan_mysql_perfschema_agent"))),
        ),
        post(
            "/v1/inventory/Agents/AddQANMySQLSlowlogAgent",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("qan_mysql_slowlog_agent"))),
        ),
        post(
            "/v1/inventory/Agents/AddQANMongoDBProfilerAgent",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("qan_mongodb_profiler_agent"))),
        ),
        post(
            "/v1/inventory/Agents/AddQANPostgreSQLPgStatementsAgent",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("qan_postgresql_pgstatements_agent"))),
        ),
        post(
            "/v1/inventory/Agents/AddQANPostgreSQLPgStatMonitorAgent",
            &[ids::AGENTS_CREATE, ids::AGENTS_GET],
            |call| Box::pin(agents::add(call, V2, Some("qan_postgresql_pgstatmonitor_agent"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeNodeExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("node_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeMySQLdExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("mysqld_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeMongoDBExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("mongodb_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangePostgresExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("postgres_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeProxySQLExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("proxysql_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeRDSExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("rds_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeAzureDatabaseExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("azure_database_exporter"))),
        ),
        post(
            "/v1/inventory/Agents/ChangeExternalExporter",
            &[ids::AGENTS_UPDATE, ids::AGENTS_GET, ids::AGENTS_LIST],
            |call| Box::pin(agents::change(call, V2, Some("external_exporter"))),
        ),
        post("/v1/inventory/Agents/Remove", &[ids::AGENTS_DELETE], |call| Box::pin(agents::remove(call))),
    ],
    names: &[],
    members,
    everywhere: &[ORGANIZATION],
    empty_is_absent: true,
    unknown: &["/v1/inventory/{*rest}", "/v1/management/{*rest}"],
    error,
    status,
};

/// What happens with the members that PMM documents.
fn members(route: &Route) -> Vec<Member> {
    let of = |names: &[&'static str]| names.iter().map(|name| honoured(name)).collect();
    if let Some(path) = route.path.strip_prefix("/v1/management/") {
        return management::members(route.method, path);
    }
    match (route.method, route.path.trim_start_matches("/v1/inventory/")) {
        (Method::Get, "nodes") | (_, "Nodes/List") => of(&["node_type"]),
        (Method::Get, "services") | (_, "Services/List") => {
            of(&["service_type", "node_id", "external_group"])
        }
        (Method::Get, "agents") | (_, "Agents/List") => {
            of(&["agent_type", "pmm_agent_id", "node_id", "service_id"])
        }
        (Method::Post, "nodes") | (_, "Nodes/Add") => bucketed(nodes::KINDS, nodes::added),
        (Method::Post, "services") => bucketed(services::KINDS, services::added),
        (Method::Post, "agents") => bucketed(agents::KINDS, agents::added),
        (Method::Put, "services/{service_id}") | (_, "Services/Change") => services::changed(),
        (Method::Put, "agents/{agent_id}") => {
            let mut members = bucketed(agents::KINDS, agents::changed);
            members.push(honoured("agent_id"));
            members
        }
        (_, "agents/{agent_id}/logs") => of(&["agent_id", "limit"]),
        (Method::Delete, "nodes/{node_id}") | (_, "Nodes/Remove") => of(&["node_id", "force"]),
        (Method::Delete, "services/{service_id}") | (_, "Services/Remove") => of(&["service_id", "force"]),
        (Method::Delete, "agents/{agent_id}") | (_, "Agents/Remove") => of(&["agent_id", "force"]),
        (_, "nodes/{node_id}" | "Nodes/Get") => of(&["node_id"]),
        (_, "services/{service_id}" | "Services/Get") => of(&["service_id"]),
        (_, "agents/{agent_id}" | "Agents/Get") => of(&["agent_id"]),
        (_, path) => version_2(path),
    }
}

/// What happens with the members of version 2's paths that name a type.
fn version_2(path: &str) -> Vec<Member> {
    if let Some(name) = path.strip_prefix("Nodes/Add") {
        return nodes::KINDS.iter().filter(|kind| kind.is_named(name)).flat_map(nodes::added).collect();
    }
    if let Some(name) = path.strip_prefix("Services/Add") {
        return services::KINDS.iter().filter(|kind| kind.is_named(name)).flat_map(services::added).collect();
    }
    if let Some(name) = path.strip_prefix("Agents/Add") {
        return agents::KINDS.iter().filter(|kind| kind.is_named(name)).flat_map(agents::added).collect();
    }
    let Some(name) = path.strip_prefix("Agents/Change") else { return Vec::new() };
    let inner = agents::KINDS.iter().filter(|kind| kind.is_named(name)).flat_map(agents::changed);
    let inner = inner.map(|member| member.within("common"));
    [honoured("agent_id"), honoured("common")].into_iter().chain(inner).collect()
}

/// The members of bodies that contain an object in a member named after its type.
fn bucketed<I: IntoIterator<Item = Member>>(
    kinds: &'static [shape::PmmType],
    within: fn(&shape::PmmType) -> I,
) -> Vec<Member> {
    let of = |kind: &'static shape::PmmType| {
        let inner = within(kind).into_iter().map(|member| member.within(kind.bucket));
        std::iter::once(honoured(kind.bucket)).chain(inner)
    };
    kinds.iter().flat_map(of).collect()
}

/// An error as the gRPC gateway writes it, with our code, fields and request id added.
fn error(error: &HttpError, request_id: RequestId) -> Vec<u8> {
    let message = message(error);
    let body = json!({
        "error": message,
        "code": grpc_code(error),
        "message": message,
        "details": [],
        "reason": error.code(),
        "errors": error.field_errors(),
        "request_id": request_id.to_string(),
    });
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The HTTP status of an error in PMM, where an object in use makes the request invalid (400).
fn status(error: &HttpError) -> u16 {
    match error.code() {
        "in_use" => 400,
        _ => error.status(),
    }
}

/// The gRPC code of an error (gRPC's `statuscodes.md`).
fn grpc_code(error: &HttpError) -> u8 {
    match error.code() {
        "taken" => 6,
        "in_use" | "changed" => 9,
        "key_changed" => 10,
        "timeout" => 4,
        _ => match error.status() {
            401 => 16,
            403 => 7,
            404 => 5,
            405 => 12,
            429 | 413 => 8,
            500 => 13,
            503 => 14,
            _ => 3,
        },
    }
}

/// The labels that an edit sets, with or without PMM's wrapper `values`; empty to remove all labels, `None`
/// to keep them.
fn changed_labels(asked: &mut Fields) -> Result<Option<Value>, HttpError> {
    if shape::flag(asked, "remove_custom_labels")? {
        return Ok(Some(json!({})));
    }
    Ok(match asked.remove("custom_labels") {
        None | Some(Value::Null) => None,
        Some(Value::Object(mut wrapper)) => match wrapper.remove("values") {
            Some(Value::Object(labels)) => Some(labels.into()),
            // Without a wrapper, a label may have the name `values`.
            Some(other) => {
                wrapper.insert("values".into(), other);
                Some(wrapper.into())
            }
            None => Some(wrapper.into()),
        },
        Some(_) => return Err(Error::invalid("custom_labels", "expected a JSON object").into()),
    })
}
