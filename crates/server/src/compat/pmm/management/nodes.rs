//! PMM's calls that register a node with its agents, list nodes with what runs on them, and unregister a node.

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::{Map, Value, json};

use super::{Belonging, pushes, short};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, honoured, refused};
use crate::compat::pmm::agents::{show, text};
use crate::compat::pmm::nodes::{self, FIELDS, KINDS};
use crate::compat::pmm::shape::{ITEMS_MAX, PmmType, Version, flag, kind_of, read, required_id, wanted};
use crate::problem::HttpError;

/// PMM's names for our fields, where they differ.
const NAMES: Names = &[
    ("node_id", "node"),
    ("node_type", "type"),
    ("node_name", "name"),
    ("node_model", "model"),
    ("custom_labels", "labels"),
    ("disable_collectors", "agents[1].settings.disabled_collectors"),
    ("expose_exporter", "agents[1].settings.expose_exporter"),
    ("metrics_mode", "agents[1].settings.push_metrics"),
    ("", "agents[1].settings"),
];

/// What happens with the members of a registration.
pub(super) const MEMBERS: &[Member] = &[
    honoured("node_type"),
    honoured("node_name"),
    honoured("address"),
    honoured("machine_id"),
    honoured("distro"),
    honoured("container_id"),
    honoured("container_name"),
    honoured("node_model"),
    honoured("region"),
    honoured("az"),
    honoured("custom_labels"),
    honoured("reregister"),
    honoured("metrics_mode"),
    honoured("disable_collectors"),
    honoured("expose_exporter"),
    refused("agent_password", "the node_exporter that Bailiwick starts has no password of its own"),
];

/// What a caller should know who registers a machine, where PMM has a warning for people.
const WARNING: &str =
    "PMM's programs do not connect to this server: install Bailiwick's agent on the machine";

/// The node that a registration describes: a computer or a container, with its agents.
fn registered(mut body: Fields) -> Result<(&'static PmmType, Fields), HttpError> {
    let kind = wanted(KINDS, &body, "node_type")?;
    let kind = kind.filter(|kind| ["generic", "container"].contains(&kind.bucket)).ok_or_else(|| {
        Error::invalid("node_type", "expected NODE_TYPE_GENERIC_NODE or NODE_TYPE_CONTAINER_NODE")
    })?;
    if kind.bucket == "container" {
        // PMM's clients send it for containers too; a container of PMM has no such field.
        body.remove("distro");
    }
    let mut settings = Map::new();
    let collectors = body.remove("disable_collectors");
    if let Some(collectors) = collectors.filter(|list| !list.is_null() && *list != json!([])) {
        settings.insert("disabled_collectors".into(), collectors);
    }
    if flag(&body, "expose_exporter")? {
        settings.insert("expose_exporter".into(), true.into());
    }
    if let Some(pushes) = pushes(&body)? {
        settings.insert("push_metrics".into(), pushes.into());
    }
    let mut ours = read(FIELDS, &mut body);
    ours.insert("type".into(), kind.ours.into());
    ours.insert("replace".into(), flag(&body, "reregister")?.into());
    let exporter = json!({ "type": "node_exporter", "settings": settings });
    ours.insert("agents".into(), json!([{ "type": "bailiwick_agent" }, exporter]));
    Ok((kind, ours))
}

/// Registers a node: creates it with a `bailiwick_agent` and a `node_exporter`.
pub(in crate::compat::pmm) async fn register(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_CREATE, organization.as_deref())?;
    let (kind, ours) = registered(call.body(&admitted).await?)?;
    let node: Fields = call.run(admitted, ours).await?;
    let agent = node.get("agents").and_then(|agents| agents.get(0)?.as_object());
    let agent = agent.ok_or_else(|| Error::internal("the node was created without its agent"))?;
    let shown = kind.show(&node, Version::V3);
    let of = |bucket| if kind.bucket == bucket { shown.clone() } else { Value::Null };
    let body = json!({
        "generic_node": of("generic"),
        "container_node": of("container"),
        "pmm_agent": show(agent, &Default::default(), Version::V3),
        "token": "",
        "warning": WARNING,
    });
    Reply::json(200, &body)
}

/// A node of any type, as PMM lists it.
fn universal(node: &Fields, kind: &PmmType, agents: Vec<Value>, services: Vec<Value>) -> Value {
    let mut shown = read_all(node);
    let status = match text(node, "status") {
        "online" => "STATUS_UP",
        "unknown" => "STATUS_UNKNOWN",
        _ => "STATUS_DOWN",
    };
    shown.insert("node_type".into(), kind.bucket.into());
    shown.insert("status".into(), status.into());
    shown.insert("agents".into(), agents.into());
    shown.insert("services".into(), services.into());
    shown.into()
}

/// The fields of a node of any type, empty or not.
fn read_all(node: &Fields) -> Fields {
    let named = FIELDS.iter().map(|(theirs, ours, _)| (*theirs, *ours));
    let named = named.chain([
        ("node_id", "id"),
        ("instance_id", "instance_id"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ]);
    let value = |ours| {
        let empty = if ours == "labels" { json!({}) } else { json!("") };
        node.get(ours).filter(|value| !value.is_null()).cloned().unwrap_or(empty)
    };
    named.map(|(theirs, ours)| (theirs.to_owned(), value(ours))).collect()
}

/// Lists nodes with their agents and services.
pub(in crate::compat::pmm) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let organization = organization.as_deref();
    let admitted = call.admit(ids::NODES_LIST, organization)?;
    let asked = call.all_fields(&admitted).await?;
    let of = match wanted(KINDS, &asked, "node_type")? {
        Some(kind) => fields([("type", kind.ours.into())]),
        None => fields([]),
    };
    let nodes: Vec<Fields> = call.gather(admitted, organization, of, ITEMS_MAX).await?;
    let (mut agents, mut services) = (Belonging::default(), Belonging::default());
    let admitted = call.admit(ids::AGENTS_LIST, organization)?;
    for agent in call.gather::<Fields>(admitted, organization, fields([]), ITEMS_MAX).await? {
        agents.add(text(&agent, "runs_on"), &short(&agent));
    }
    let admitted = call.admit(ids::SERVICES_LIST, organization)?;
    for service in call.gather::<Fields>(admitted, organization, fields([]), ITEMS_MAX).await? {
        let shown = json!({
            "service_id": text(&service, "id"),
            "service_type": text(&service, "type"),
            "service_name": text(&service, "name"),
        });
        let on = service.get("nodes").and_then(Value::as_array).into_iter().flatten();
        on.filter_map(Value::as_str).for_each(|node| services.add(node, &shown));
    }
    let shown = nodes.iter().filter_map(|node| {
        let kind = kind_of(KINDS, node)?;
        let id = text(node, "id");
        Some(universal(node, kind, agents.of(id), services.of(id)))
    });
    Reply::json(200, &json!({ "nodes": shown.collect::<Vec<_>>() }))
}

/// Shows a node. As in PMM, its agents and services are only in the list.
pub(in crate::compat::pmm) async fn get(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_GET, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let id = required_id(&asked, "node_id")?;
    let node: Fields = call.run(admitted, fields([("node", id.as_str().into())])).await?;
    // PMM has no machine tools.
    let kind = kind_of(KINDS, &node).ok_or_else(|| Error::not_found("node", id))?;
    Reply::json(200, &json!({ "node": universal(&node, kind, Vec::new(), Vec::new()) }))
}

/// Unregisters a node; with `force`, what depends on it too.
pub(in crate::compat::pmm) async fn unregister(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    nodes::delete(call).await?;
    Reply::json(200, &json!({ "warning": "" }))
}
