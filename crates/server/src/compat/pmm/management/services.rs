//! PMM's calls that add a service with its exporter, list services with their agents, and remove a service with its
//! agents.

use std::collections::HashMap;

use bailiwick_domain::agent::AgentType;
use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::{Map, Value, json};

use super::added::{ADDED, Added};
use super::{Belonging, pushes, short};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::pmm::agents::{node_of, set_up, show, text};
use crate::compat::pmm::nodes;
use crate::compat::pmm::services::{KINDS, flat};
use crate::compat::pmm::shape::{
    Field, ITEMS_MAX, PmmType, Shape, Version, id, kind_of, one_of, read, required_id, wanted,
};
use crate::problem::HttpError;

/// PMM's names for our fields, where they differ, if the service is added to a node that is there.
const NAMES: Names = &[
    ("service_id", "service"),
    ("service_name", "name"),
    ("service_type", "type"),
    ("external_group", "group"),
    ("custom_labels", "labels"),
    ("database", "database_name"),
    ("node_id", "nodes"),
    ("node_id", "node"),
    ("pmm_agent_id", "agent.runs_on"),
    ("listen_port", "agent.listen_port"),
    ("disable_collectors", "agent.settings.disabled_collectors"),
    ("metrics_mode", "agent.settings.push_metrics"),
    ("", "agent.settings."),
    ("", "agent.settings"),
    ("", "agent.secrets."),
];

/// The same if its node is added with it.
const NAMES_WITH_NODE: Names = &[
    ("service_name", "services.name"),
    ("service_name", "services[0].name"),
    ("custom_labels", "services[0].labels"),
    ("database", "services[0].database_name"),
    ("pmm_agent_id", "services[0].agent.runs_on"),
    ("listen_port", "services[0].agent.listen_port"),
    ("disable_collectors", "services[0].agent.settings.disabled_collectors"),
    ("metrics_mode", "services[0].agent.settings.push_metrics"),
    ("", "services[0].agent.settings."),
    ("", "services[0].agent.settings"),
    ("", "services[0].agent.secrets."),
    ("", "services[0]."),
    ("add_node.node_type", "type"),
    ("add_node.node_name", "name"),
    ("add_node.node_model", "model"),
    ("add_node.custom_labels", "labels"),
    ("add_node.region", "region"),
    ("add_node.az", "az"),
    ("add_node.machine_id", "machine_id"),
    ("add_node.distro", "distro"),
    ("add_node.container_id", "container_id"),
    ("add_node.container_name", "container_name"),
];

/// The fields of a service itself, of whatever type.
const FIELDS: &[Field] = &[
    ("service_name", "name", Shape::Text),
    ("address", "address", Shape::Text),
    ("port", "port", Shape::Number),
    ("socket", "socket", Shape::Text),
    ("database", "database_name", Shape::Text),
    ("group", "group", Shape::Text),
    ("environment", "environment", Shape::Text),
    ("cluster", "cluster", Shape::Text),
    ("replication_set", "replication_set", Shape::Text),
    ("custom_labels", "labels", Shape::Map),
];

/// Where a service is to run: on a node that is there, by id or name, or on one that is added with it.
enum Place {
    There(String),
    New(Fields),
}

/// The place in a body, which must name exactly one.
fn place(theirs: &mut Fields) -> Result<Place, HttpError> {
    let by_id = id(theirs, "node_id");
    let name = theirs.get("node_name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let new = theirs.get("add_node").filter(|new| !new.is_null()).cloned();
    match (by_id, name, new) {
        (Some(id), None, None) => Ok(Place::There(id)),
        (None, Some(name), None) => Ok(Place::There(name.to_owned())),
        (None, None, Some(Value::Object(new))) => Ok(Place::New(new)),
        (None, None, Some(_)) => Err(Error::invalid("add_node", "expected a JSON object").into()),
        _ => Err(Error::invalid("node_id", "expected exactly one of node_id, node_name and add_node").into()),
    }
}

/// The node that is added with a service, at the address of the service.
fn new_node(mut new: Fields, address: Option<Value>) -> Result<Fields, HttpError> {
    let kind = wanted(nodes::KINDS, &new, "node_type").map_err(|_| no_type())?.ok_or_else(no_type)?;
    let mut ours = read(nodes::FIELDS, &mut new);
    ours.insert("type".into(), kind.ours.into());
    if let Some(address) = address {
        ours.insert("address".into(), address);
    }
    Ok(ours)
}

fn no_type() -> HttpError {
    Error::invalid("add_node.node_type", "expected the type of the node, such as NODE_TYPE_REMOTE_NODE")
        .into()
}

/// The exporter of a service, without the node that it runs on.
fn exporter(added: &Added, theirs: &mut Fields) -> Result<Fields, HttpError> {
    if let Some(collectors) = theirs.remove("disable_collectors") {
        theirs.insert("disabled_collectors".into(), collectors);
    }
    let pushes = pushes(theirs)?;
    let (mut settings, secrets) = set_up(added.exporter, theirs);
    if let Some(pushes) = pushes {
        settings.insert("push_metrics".into(), pushes.into());
    }
    let mut agent = fields([("type", added.exporter.as_str().into())]);
    for (name, values) in [("settings", settings), ("secrets", secrets)] {
        if !values.is_empty() {
            agent.insert(name.into(), values.into());
        }
    }
    if added.exporter == AgentType::ExternalExporter {
        let port = read(&[("listen_port", "listen_port", Shape::Number)], theirs);
        agent.extend(port);
    }
    Ok(agent)
}

/// The node that an external exporter runs on. PMM names it together with the node of the service.
fn host(theirs: &Fields, place: &Place) -> Result<Option<String>, HttpError> {
    let host = id(theirs, "runs_on_node_id");
    let by_id = id(theirs, "node_id");
    if host.is_some() && by_id.is_none() {
        let detail = "expected `node_id` with it, which names the node of the service";
        return Err(Error::invalid("runs_on_node_id", detail).into());
    }
    Ok(host.or_else(|| match place {
        Place::There(node) => Some(node.clone()),
        Place::New(_) => None,
    }))
}

/// Adds a service with its exporter, and its node if the body says so.
pub(in crate::compat::pmm) async fn add(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let organization = organization.as_deref();
    let admitted = call.admit(ids::SERVICES_CREATE, organization)?;
    let body = call.body(&admitted).await?;
    let (kind, mut theirs) = one_of(KINDS, body)?;
    let added = ADDED.iter().find(|added| added.bucket == kind.bucket);
    let added = added.ok_or_else(|| Error::internal("the type of service is not in the table"))?;
    let place = place(&mut theirs)?;
    let is_external = added.exporter == AgentType::ExternalExporter;
    let mut above = HashMap::new();
    let host = if is_external {
        host(&theirs, &place)?
    } else {
        let pmm_agent = required_id(&theirs, "pmm_agent_id")?;
        let node = node_of(call, &pmm_agent).await?;
        above.insert(node.clone(), pmm_agent);
        Some(node)
    };
    let mut agent = exporter(added, &mut theirs)?;
    if let Some(host) = host {
        agent.insert("runs_on".into(), host.into());
    }
    let mut service = read(FIELDS, &mut theirs);
    service.insert("type".into(), kind.ours.into());
    // Services of these types have no address; it is that of the node.
    let address = if is_external { service.remove("address") } else { service.get("address").cloned() };
    let made: Fields = match place {
        Place::There(node) => {
            if is_external && address.is_some() {
                let detail =
                    "expected this field only together with `add_node`, because the node has an address";
                return Err(Error::invalid("address", detail).into());
            }
            service.insert("nodes".into(), json!([node]));
            service.insert("agent".into(), agent.into());
            call.run(admitted, service).await?
        }
        Place::New(new) => {
            call.name_fields(NAMES_WITH_NODE);
            let create = call.admit(ids::NODES_CREATE, organization)?;
            if is_external {
                // It runs on the node that is added with it, which has no id yet.
                agent.extend(new.get("node_name").map(|name| ("runs_on".to_owned(), name.clone())));
            }
            let mut node = new_node(new, address)?;
            service.insert("agent".into(), agent.into());
            node.insert("services".into(), json!([service]));
            let node: Fields = call.run(create, node).await?;
            let service = node.get("services").and_then(|services| services.get(0)?.as_object().cloned());
            service.ok_or_else(|| Error::internal("the node was created without its service"))?
        }
    };
    answer(added, kind, made, &above)
}

/// A service that was added, with its exporter.
fn answer(
    added: &Added,
    kind: &PmmType,
    made: Fields,
    above: &HashMap<String, String>,
) -> Result<Reply, HttpError> {
    let agent = made.get("agents").and_then(|agents| agents.get(0)?.as_object());
    let agent = agent.ok_or_else(|| Error::internal("the service was created without its exporter"))?;
    let exporter = show(agent, above, Version::V3);
    let service = kind.show(&flat(made), Version::V3);
    let mut result =
        Map::from_iter([("service".to_owned(), service), (added.exporter.as_str().to_owned(), exporter)]);
    result.extend(added.empty.iter().map(|(name, empty)| ((*name).to_owned(), empty.value())));
    Reply::json(200, &json!({ (added.bucket): result }))
}

/// Lists services with their agents.
pub(in crate::compat::pmm) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let organization = organization.as_deref();
    let admitted = call.admit(ids::SERVICES_LIST, organization)?;
    let asked = call.all_fields(&admitted).await?;
    let mut of = fields([]);
    if let Some(kind) = wanted(KINDS, &asked, "service_type")? {
        of.insert("type".into(), kind.ours.into());
    }
    if let Some(node) = id(&asked, "node_id") {
        of.insert("node".into(), node.into());
    }
    if let Some(group) = asked.get("external_group").filter(|group| **group != "") {
        of.insert("group".into(), group.clone());
    }
    let services: Vec<Fields> = call.gather(admitted, organization, of, ITEMS_MAX).await?;
    let mut agents = Belonging::default();
    let admitted = call.admit(ids::AGENTS_LIST, organization)?;
    for agent in call.gather::<Fields>(admitted, organization, fields([]), ITEMS_MAX).await? {
        let observed = agent.get("observes").and_then(|observes| observes.get("services")?.as_array());
        let observed = observed.into_iter().flatten().filter_map(Value::as_str);
        observed.for_each(|service| agents.add(service, &short(&agent)));
    }
    let mut names = HashMap::new();
    let see = |node: Fields| {
        names.insert(text(&node, "id").to_owned(), text(&node, "name").to_owned());
    };
    call.every(ids::NODES_LIST, organization, fields([]), see).await?;
    let shown = services.into_iter().filter_map(|service| {
        let service = flat(service);
        let kind = kind_of(KINDS, &service)?;
        let id = text(&service, "id").to_owned();
        Some(universal(&service, kind, &names, agents.of(&id)))
    });
    Reply::json(200, &json!({ "services": shown.collect::<Vec<_>>() }))
}

/// A service of any type, as PMM lists it.
fn universal(service: &Fields, kind: &PmmType, names: &HashMap<String, String>, agents: Vec<Value>) -> Value {
    let node = text(service, "node_id");
    json!({
        "service_id": text(service, "id"),
        "service_type": kind.bucket,
        "service_name": text(service, "name"),
        "database_name": text(service, "database_name"),
        "node_id": node,
        "node_name": names.get(node).map(String::as_str).unwrap_or_default(),
        "environment": text(service, "environment"),
        "cluster": text(service, "cluster"),
        "replication_set": text(service, "replication_set"),
        "custom_labels": service.get("labels").cloned().unwrap_or_else(|| json!({})),
        "external_group": text(service, "group"),
        "address": text(service, "address"),
        "port": service.get("port").filter(|port| !port.is_null()).cloned().unwrap_or_else(|| json!(0)),
        "socket": text(service, "socket"),
        "created_at": text(service, "created_at"),
        "updated_at": text(service, "updated_at"),
        "agents": agents,
        // Whether the database answers is in the metrics of its exporter, which Bailiwick does not read.
        "status": "STATUS_UNKNOWN",
        "version": text(service, "version"),
    })
}

/// Removes a service, by id or name, and the agents that observe only it.
pub(in crate::compat::pmm) async fn remove(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let organization = organization.as_deref();
    let admitted = call.admit(ids::SERVICES_DELETE, organization)?;
    let asked = call.all_fields(&admitted).await?;
    let service = required_id(&asked, "service_id")?;
    if let Some(kind) = wanted(KINDS, &asked, "service_type")? {
        let of = fields([("service", service.as_str().into())]);
        let found: Fields = call.ask(ids::SERVICES_GET, organization, of).await?;
        if found.get("type").and_then(Value::as_str) != kind.ours {
            let detail = format!("expected the type of this service, which is {}", text(&found, "type"));
            return Err(Error::invalid("service_type", detail).into());
        }
    }
    let of = fields([("service", service.into()), ("force", true.into())]);
    let _: Value = call.run(admitted, of).await?;
    Reply::json(200, &json!({}))
}
