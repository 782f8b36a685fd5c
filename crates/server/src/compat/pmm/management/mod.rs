//! PMM's management API, version 3: calls that add a node or a service together with its agents, and lists of all
//! types in one.

mod added;
pub(super) mod nodes;
pub(super) mod services;

use std::collections::HashMap;

use bailiwick_engine::error::Error;
use serde_json::{Value, json};

use super::agents::text;
use crate::compat::adapter::Method;
use crate::compat::fields::Fields;
use crate::compat::members::{Member, honoured};
use crate::problem::HttpError;

/// What happens with the members of a call.
pub(super) fn members(method: Method, path: &str) -> Vec<Member> {
    let of = |names: &[&'static str]| names.iter().map(|name| honoured(name)).collect();
    match (method, path) {
        (Method::Get, "nodes") => of(&["node_type"]),
        (Method::Post, "nodes") => nodes::MEMBERS.to_vec(),
        (Method::Get, "nodes/{node_id}") => of(&["node_id"]),
        (Method::Delete, "nodes/{node_id}") => of(&["node_id", "force"]),
        (Method::Get, "services") => of(&["node_id", "service_type", "external_group"]),
        (Method::Post, "services") => added::members(),
        (Method::Delete, "services/{service_id}") => of(&["service_id", "service_type"]),
        _ => Vec::new(),
    }
}

/// PMM's modes of metrics, each with the value of our setting `push_metrics`.
const MODES: [(&str, Option<bool>); 3] = [
    ("METRICS_MODE_UNSPECIFIED", None),
    ("METRICS_MODE_PULL", Some(false)),
    ("METRICS_MODE_PUSH", Some(true)),
];

/// The value of our setting `push_metrics` that a mode of metrics, by name or number, stands for.
fn pushes(asked: &Fields) -> Result<Option<bool>, HttpError> {
    let mode = match asked.get("metrics_mode") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => {
            let number = number.as_u64().and_then(|number| usize::try_from(number).ok());
            number.and_then(|number| MODES.get(number))
        }
        Some(mode) if *mode == "" => return Ok(None),
        Some(mode) => MODES.iter().find(|(name, _)| mode == name),
    };
    let wrong = || {
        let names = MODES.map(|(name, _)| name).join(", ");
        Error::invalid("metrics_mode", format!("expected one of {names}")).into()
    };
    mode.map(|(_, pushes)| *pushes).ok_or_else(wrong)
}

/// An agent in short, as these lists show it.
fn short(agent: &Fields) -> Value {
    let status = text(agent, "status");
    json!({
        "agent_id": text(agent, "id"),
        "agent_type": theirs(text(agent, "type")),
        "status": format!("AGENT_STATUS_{}", status.to_ascii_uppercase()),
        "is_connected": status == "running",
    })
}

/// PMM's word for one of our types of agents.
fn theirs(kind: &str) -> &str {
    match kind {
        "bailiwick_agent" => "pmm-agent",
        "external_exporter" => "external-exporter",
        kind => kind,
    }
}

/// Objects by the ids of those that they belong to.
#[derive(Default)]
struct Belonging(HashMap<String, Vec<Value>>);

impl Belonging {
    fn add(&mut self, to: &str, shown: &Value) {
        self.0.entry(to.to_owned()).or_default().push(shown.clone());
    }

    fn of(&mut self, id: &str) -> Vec<Value> {
        self.0.remove(id).unwrap_or_default()
    }
}
