//! PMM's routes for agents. Settings and secrets have the same names in Bailiwick, from the tables of the
//! domain.

use bailiwick_operations::ids;
use std::collections::HashMap;

use bailiwick_domain::agent::{AgentType, LOG_LINES_MAX, SecretName, Setting, SettingKind};
use bailiwick_engine::error::Error;
use serde_json::{Map, Value, json};

use super::shape::{
    ITEMS_MAX, ONLY_ANSWERED, PmmType, Version, buckets, flag, id, kind_of, one_of, required_id, wanted,
    written_id,
};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, as_it_is, honoured, refused};
use crate::problem::HttpError;

/// PMM's names for our fields, where they differ.
const NAMES: Names = &[
    ("agent_id", "agent"),
    ("runs_on_node_id", "runs_on"),
    ("service_id", "observes.services"),
    ("service_id", "service"),
    ("node_id", "observes.nodes"),
    ("node_id", "observes_node"),
    ("custom_labels", "labels"),
    ("", "settings."),
    ("", "secrets."),
];

/// PMM's name for the agent program of a node, and ours.
const PMM_AGENT: &str = "pmm_agent";
const OURS: &str = "bailiwick_agent";
/// How many lines of a program's output are kept.
const LINES_MAX: u64 = LOG_LINES_MAX as u64;

const fn kind(bucket: &'static str, ours: Option<&'static str>, name: &'static str, number: u64) -> PmmType {
    PmmType { bucket, ours, name, number, fields: &[], answered: &[] }
}

/// PMM's types of agents. It does not have our types `mtconnect_adapter` and `opamp`.
pub(super) const KINDS: &[PmmType] = &[
    kind(PMM_AGENT, Some(OURS), "AGENT_TYPE_PMM_AGENT", 1),
    kind("node_exporter", Some("node_exporter"), "AGENT_TYPE_NODE_EXPORTER", 2),
    kind("mysqld_exporter", Some("mysqld_exporter"), "AGENT_TYPE_MYSQLD_EXPORTER", 3),
    kind("mongodb_exporter", Some("mongodb_exporter"), "AGENT_TYPE_MONGODB_EXPORTER", 4),
    kind("postgres_exporter", Some("postgres_exporter"), "AGENT_TYPE_POSTGRES_EXPORTER", 5),
    kind("proxysql_exporter", Some("proxysql_exporter"), "AGENT_TYPE_PROXYSQL_EXPORTER", 6),
    kind("qan_mysql_perfschema_agent", None, "AGENT_TYPE_QAN_MYSQL_PERFSCHEMA_AGENT", 7),
    kind("qan_mysql_slowlog_agent", None, "AGENT_TYPE_QAN_MYSQL_SLOWLOG_AGENT", 8),
    kind("qan_mongodb_profiler_agent", None, "AGENT_TYPE_QAN_MONGODB_PROFILER_AGENT", 9),
    kind("qan_postgresql_pgstatements_agent", None, "AGENT_TYPE_QAN_POSTGRESQL_PGSTATEMENTS_AGENT", 10),
    kind("rds_exporter", Some("rds_exporter"), "AGENT_TYPE_RDS_EXPORTER", 11),
    kind("external_exporter", Some("external_exporter"), "AGENT_TYPE_EXTERNAL_EXPORTER", 12),
    kind("qan_postgresql_pgstatmonitor_agent", None, "AGENT_TYPE_QAN_POSTGRESQL_PGSTATMONITOR_AGENT", 13),
    kind("vm_agent", None, "AGENT_TYPE_VM_AGENT", 14),
    kind(
        "azure_database_exporter",
        Some("azure_database_exporter"),
        "AGENT_TYPE_AZURE_DATABASE_EXPORTER",
        15,
    ),
    kind("nomad_agent", None, "AGENT_TYPE_NOMAD_AGENT", 16),
    kind("valkey_exporter", Some("valkey_exporter"), "AGENT_TYPE_VALKEY_EXPORTER", 17),
    kind("qan_mongodb_mongolog_agent", None, "AGENT_TYPE_QAN_MONGODB_MONGOLOG_AGENT", 18),
    kind("rta_mongodb_agent", None, "AGENT_TYPE_RTA_MONGODB_AGENT", 19),
];

/// Our type for one of PMM's.
pub(super) fn agent_type(kind: &PmmType) -> Option<AgentType> {
    kind.ours?.parse().ok()
}

/// What happens with the settings and secrets of a type, and with members that PMM only returns.
fn common(kind: &PmmType) -> Vec<Member> {
    let Some(agent_type) = agent_type(kind) else { return Vec::new() };
    let settings = Setting::all(agent_type).map(|setting| setting.name);
    let secrets = SecretName::all(agent_type).map(SecretName::as_str);
    let mut members: Vec<Member> = settings.chain(secrets).map(honoured).collect();
    members.push(honoured("custom_labels"));
    let answered: &[&str] = match agent_type {
        AgentType::BailiwickAgent => &["connected", "process_exec_path"],
        AgentType::ExternalExporter => &["disabled", "status", "push_metrics_enabled"],
        AgentType::MysqldExporter => &[
            "disabled",
            "status",
            "listen_port",
            "process_exec_path",
            "push_metrics_enabled",
            "table_count",
            "tablestats_group_disabled",
        ],
        _ => &["disabled", "status", "listen_port", "process_exec_path", "push_metrics_enabled"],
    };
    members.extend(answered.iter().map(|name| refused(name, ONLY_ANSWERED)));
    if agent_type != AgentType::BailiwickAgent {
        let why = "Bailiwick does not test the connection to the database when an agent is added or changed";
        members.push(as_it_is("skip_connection_check", &["true", "null"], why));
    }
    members
}

/// What happens with the members of an agent that is added.
pub(super) fn added(kind: &PmmType) -> Vec<Member> {
    let Some(agent_type) = agent_type(kind) else { return Vec::new() };
    let place: &[&str] = match agent_type {
        AgentType::BailiwickAgent => &["runs_on_node_id"],
        AgentType::ExternalExporter => &["runs_on_node_id", "service_id", "node_id", "listen_port"],
        AgentType::NodeExporter => &["pmm_agent_id"],
        AgentType::RdsExporter | AgentType::AzureDatabaseExporter => {
            &["pmm_agent_id", "node_id", "service_id"]
        }
        _ => &["pmm_agent_id", "service_id"],
    };
    let mut members: Vec<Member> = place.iter().map(|name| honoured(name)).collect();
    members.push(refused("agent_id", ONLY_ANSWERED));
    members.extend(common(kind));
    members
}

/// What happens with the members of an agent that is changed.
pub(super) fn changed(kind: &PmmType) -> Vec<Member> {
    let Some(agent_type) = agent_type(kind) else { return Vec::new() };
    let mut members = common(kind);
    members.extend(["enable", "disable", "remove_custom_labels"].map(honoured));
    if Setting::all(agent_type).any(|setting| setting.name == "push_metrics") {
        members.extend(["enable_push_metrics", "disable_push_metrics"].map(honoured));
    }
    members
}

/// The name of a setting in PMM's answers.
fn answered_name(setting: &Setting) -> &'static str {
    if setting.name == "push_metrics" { "push_metrics_enabled" } else { setting.name }
}

/// The value that PMM writes for a setting that is not set.
fn empty(kind: SettingKind) -> Value {
    match kind {
        SettingKind::Flag => json!(false),
        SettingKind::Integer { .. } => json!(0),
        SettingKind::Texts => json!([]),
        SettingKind::Map => json!({}),
        SettingKind::Duration | SettingKind::Durations(_) => Value::Null,
        SettingKind::Text
        | SettingKind::Pem
        | SettingKind::Choice(_)
        | SettingKind::Url(_)
        | SettingKind::Path => json!(""),
    }
}

/// A value of one of PMM's enumerations: in capitals, and in version 3 with a prefix.
fn enumerated(prefix: &str, word: &str, version: Version) -> String {
    match version {
        Version::V2 => word.to_ascii_uppercase(),
        Version::V3 => format!("{prefix}{}", word.to_ascii_uppercase()),
    }
}

/// The text in one of our fields; empty if there is none.
pub(super) fn text<'a>(agent: &'a Fields, name: &str) -> &'a str {
    agent.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The first object of a noun that an agent observes.
fn observed<'a>(agent: &'a Fields, noun: &str) -> &'a str {
    let first = agent.get("observes").and_then(|observes| observes.get(noun)?.get(0)?.as_str());
    first.unwrap_or_default()
}

/// The type of one of our agents.
fn type_of(agent: &Fields) -> Option<AgentType> {
    text(agent, "type").parse().ok()
}

/// One of our agents as PMM writes it. `above` has the `bailiwick_agent`s by the node on which they run.
pub(super) fn show(agent: &Fields, above: &HashMap<String, String>, version: Version) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value, empty: Value| {
        if version == Version::V3 || value != empty {
            shown.insert(name.to_owned(), value);
        }
    };
    let with_prefix = |id: &str, prefix: &str| Value::from(written_id(id, prefix, version));
    let node = text(agent, "runs_on");
    let status = text(agent, "status");
    put("agent_id", with_prefix(text(agent, "id"), "agent_id"), json!(""));
    put("custom_labels", agent.get("labels").cloned().unwrap_or_else(|| json!({})), json!({}));
    put("process_exec_path", json!(""), json!(""));
    let Some(kind) = type_of(agent) else { return shown.into() };
    if matches!(kind, AgentType::BailiwickAgent | AgentType::ExternalExporter) {
        put("runs_on_node_id", with_prefix(node, "node_id"), json!(""));
    } else {
        let above = above.get(node).map(String::as_str).unwrap_or_default();
        put("pmm_agent_id", with_prefix(above, "agent_id"), json!(""));
    }
    if kind == AgentType::BailiwickAgent {
        put("connected", (status == "running").into(), json!(false));
        return shown.into();
    }
    put("disabled", (agent.get("enabled") == Some(&json!(false))).into(), json!(false));
    put("status", enumerated("AGENT_STATUS_", status, version).into(), json!(""));
    let port = agent.get("listen_port").filter(|port| !port.is_null()).cloned();
    put("listen_port", port.unwrap_or_else(|| json!(0)), json!(0));
    match kind {
        AgentType::NodeExporter => {}
        AgentType::RdsExporter | AgentType::AzureDatabaseExporter => {
            put("node_id", with_prefix(observed(agent, "nodes"), "node_id"), json!(""));
        }
        _ => put("service_id", with_prefix(observed(agent, "services"), "service_id"), json!("")),
    }
    for setting in Setting::all(kind) {
        let value = agent.get("settings").and_then(|settings| settings.get(setting.name)).cloned();
        let value = match (setting.name, value) {
            ("log_level", value) => {
                let word = value.as_ref().and_then(Value::as_str).unwrap_or("unspecified");
                match version {
                    Version::V2 if word == "unspecified" => json!(""),
                    Version::V2 => word.into(),
                    Version::V3 => enumerated("LOG_LEVEL_", word, version).into(),
                }
            }
            (_, value) => value.unwrap_or_else(|| empty(setting.kind)),
        };
        put(answered_name(setting), value, empty(setting.kind));
    }
    shown.into()
}

/// Splits the settings and secrets that were sent, and converts them for our operations.
pub(super) fn set_up(kind: AgentType, theirs: &mut Fields) -> (Fields, Fields) {
    let (mut settings, mut secrets) = (fields([]), fields([]));
    for setting in Setting::all(kind) {
        let value = match theirs.remove(setting.name) {
            // Protocol buffers' JSON allows numbers in quotes.
            Some(Value::String(number)) if matches!(setting.kind, SettingKind::Integer { .. }) => {
                number.parse::<i64>().map_or(Value::String(number), Value::from)
            }
            Some(Value::String(level)) if setting.name == "log_level" => {
                let word = level.strip_prefix("LOG_LEVEL_").unwrap_or(&level).to_ascii_lowercase();
                if matches!(word.as_str(), "unspecified" | "auto") { json!("") } else { word.into() }
            }
            Some(value) => value,
            None => continue,
        };
        if !value.is_null() && (setting.kind == SettingKind::Flag || value != empty(setting.kind)) {
            settings.insert(setting.name.into(), value);
        }
    }
    for secret in SecretName::all(kind) {
        if let Some(value) = theirs.remove(secret.as_str())
            && !value.is_null()
            && value != ""
        {
            secrets.insert(secret.as_str().into(), value);
        }
    }
    (settings, secrets)
}

/// The `bailiwick_agent`s among some agents, by the node on which they run.
fn above(agents: &[Fields]) -> HashMap<String, String> {
    let ours = agents.iter().filter(|agent| text(agent, "type") == OURS);
    ours.map(|agent| (text(agent, "runs_on").to_owned(), text(agent, "id").to_owned())).collect()
}

/// The `bailiwick_agent` of an agent's node, as a map for [`show`].
async fn above_one(call: &mut Call, agent: &Fields) -> Result<HashMap<String, String>, HttpError> {
    let node = text(agent, "runs_on");
    let kind = type_of(agent);
    if node.is_empty() || matches!(kind, Some(AgentType::BailiwickAgent | AgentType::ExternalExporter)) {
        return Ok(HashMap::new());
    }
    let organization = call.organization();
    let of = fields([("type", OURS.into()), ("runs_on", node.into())]);
    let admitted = call.admit(ids::AGENTS_LIST, organization.as_deref())?;
    let found: Vec<Fields> = call.gather(admitted, organization.as_deref(), of, ITEMS_MAX).await?;
    Ok(above(&found))
}

/// One of our agents as an answer, in a member named after its type.
fn reply(agent: &Fields, above: &HashMap<String, String>, version: Version) -> Result<Reply, HttpError> {
    let not_theirs = || Error::not_found("agent", text(agent, "id"));
    let kind = kind_of(KINDS, agent).ok_or_else(not_theirs)?;
    Reply::json(200, &json!({ (kind.bucket): show(agent, above, version) }))
}

/// The node of a `bailiwick_agent`, on which the agents under it run.
pub(super) async fn node_of(call: &mut Call, pmm_agent: &str) -> Result<String, HttpError> {
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_GET, organization.as_deref())?;
    let found: Fields = match call.run(admitted, fields([("agent", pmm_agent.into())])).await {
        Err(HttpError::Operation(Error::NotFound { .. } | Error::Invalid(_))) => fields([]),
        found => found?,
    };
    let no_such = || Error::invalid("pmm_agent_id", format!("there is no pmm-agent {pmm_agent}"));
    let node = (text(&found, "type") == OURS).then(|| text(&found, "runs_on").to_owned());
    Ok(node.filter(|node| !node.is_empty()).ok_or_else(no_such)?)
}

pub(super) async fn list(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let organization = organization.as_deref();
    let admitted = call.admit(ids::AGENTS_LIST, organization)?;
    let asked = call.all_fields(&admitted).await?;
    let filters = ["pmm_agent_id", "node_id", "service_id"].map(|name| id(&asked, name));
    if filters.iter().flatten().count() > 1 {
        let detail = "expected at most one of pmm_agent_id, node_id and service_id";
        return Err(Error::invalid("", detail).into());
    }
    let mut of = fields([]);
    let wanted = wanted(KINDS, &asked, "agent_type")?;
    if let Some(kind) = wanted {
        let Some(ours) = kind.ours else {
            return Reply::json(200, &buckets(KINDS, [], version));
        };
        of.insert("type".into(), ours.into());
    }
    let [pmm_agent, node, service] = filters;
    if let Some(pmm_agent) = &pmm_agent {
        of.insert("runs_on".into(), node_of(call, pmm_agent).await?.into());
    }
    if let Some(node) = node {
        of.insert("observes_node".into(), node.into());
    }
    if let Some(service) = service {
        of.insert("service".into(), service.into());
    }
    let all = of.is_empty();
    let agents: Vec<Fields> = call.gather(admitted, organization, of, ITEMS_MAX).await?;
    let above = if all {
        above(&agents)
    } else if agents.iter().all(|agent| text(agent, "type") == OURS) {
        HashMap::new()
    } else {
        let of = fields([("type", OURS.into())]);
        let admitted = call.admit(ids::AGENTS_LIST, organization)?;
        above(&call.gather::<Fields>(admitted, organization, of, ITEMS_MAX).await?)
    };
    let shown = agents.iter().filter_map(|agent| {
        let kind = kind_of(KINDS, agent)?;
        // These agents are under no pmm-agent.
        if pmm_agent.is_some() && matches!(kind.bucket, PMM_AGENT | "external_exporter") {
            return None;
        }
        Some((kind, show(agent, &above, version)))
    });
    Reply::json(200, &buckets(KINDS, shown, version))
}

pub(super) async fn get(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_GET, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let of = fields([("agent", required_id(&asked, "agent_id")?.into())]);
    let agent: Fields = call.run(admitted, of).await?;
    let above = above_one(call, &agent).await?;
    reply(&agent, &above, version)
}

/// The last lines that an agent has written; all that are kept if there is no limit.
pub(super) async fn logs(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_LOGS, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let mut of = fields([("agent", required_id(&asked, "agent_id")?.into())]);
    let limit = asked.get("limit").map(|limit| match limit {
        Value::String(text) => text.parse().map_or_else(|_| limit.clone(), |number: u64| number.into()),
        limit => limit.clone(),
    });
    // No limit, and one above what is kept, both mean all lines.
    if let Some(limit) = limit.filter(|limit| limit.as_u64().is_none_or(|n| (1..LINES_MAX).contains(&n))) {
        of.insert("limit".to_owned(), limit);
    }
    let logs: Fields = call.run(admitted, of).await?;
    let lines = logs.get("lines").cloned().unwrap_or_else(|| json!([]));
    Reply::json(200, &json!({ "logs": lines, "agent_config_log_lines_count": LINES_MAX }))
}

/// Adds the agent in a body. Its type is named by a member, or by the path.
pub(super) async fn add(
    call: &mut Call,
    version: Version,
    named: Option<&'static str>,
) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_CREATE, organization.as_deref())?;
    let body = call.body(&admitted).await?;
    let body = match named {
        Some(bucket) => fields([(bucket, body.into())]),
        None => body,
    };
    let (kind, mut theirs) = one_of(KINDS, body)?;
    let ours = kind.require_ours()?;
    let agent_type: AgentType = ours.parse().map_err(Error::internal)?;
    let mut above = HashMap::new();
    let node = if matches!(agent_type, AgentType::BailiwickAgent | AgentType::ExternalExporter) {
        id(&theirs, "runs_on_node_id")
    } else {
        let pmm_agent = required_id(&theirs, "pmm_agent_id")?;
        let node = node_of(call, &pmm_agent).await?;
        above.insert(node.clone(), pmm_agent);
        Some(node)
    };
    let (settings, secrets) = set_up(agent_type, &mut theirs);
    let mut observes = fields([]);
    for (name, noun) in [("service_id", "services"), ("node_id", "nodes")] {
        if let Some(id) = id(&theirs, name) {
            observes.insert(noun.into(), json!([id]));
        }
    }
    let mut new = fields([("type", ours.into()), ("runs_on", node.into())]);
    if !observes.is_empty() {
        new.insert("observes".into(), observes.into());
    }
    if let Some(labels) = super::changed_labels(&mut theirs)? {
        new.insert("labels".into(), labels);
    }
    if agent_type == AgentType::ExternalExporter
        && let Some(port) = theirs.remove("listen_port").filter(|port| *port != 0 && !port.is_null())
    {
        new.insert("listen_port".into(), port);
    }
    for (name, values) in [("settings", settings), ("secrets", secrets)] {
        if !values.is_empty() {
            new.insert(name.into(), values.into());
        }
    }
    let agent: Fields = call.run(admitted, new).await?;
    reply(&agent, &above, version)
}

/// The state to which an edit switches something, if it does. Version 3 has one member for that. Version 2
/// has two, and a false one means nothing.
fn switched(
    asked: &Fields,
    version: Version,
    on: &'static str,
    off: &'static str,
) -> Result<Option<bool>, HttpError> {
    match (flag(asked, on)?, flag(asked, off)?) {
        (true, true) => Err(Error::invalid(on, format!("expected either `{on}` or `{off}`")).into()),
        (true, false) => Ok(Some(true)),
        (false, true) => Ok(Some(false)),
        (false, false) => Ok((version == Version::V3 && asked.contains_key(on)).then_some(false)),
    }
}

pub(super) async fn change(
    call: &mut Call,
    version: Version,
    named: Option<&'static str>,
) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_UPDATE, organization.as_deref())?;
    let mut asked = call.all_fields(&admitted).await?;
    let agent = required_id(&asked, "agent_id")?;
    let (kind, mut theirs) = match named {
        None => one_of(KINDS, asked)?,
        Some(bucket) => {
            let common = asked.remove("common").unwrap_or_else(|| json!({}));
            one_of(KINDS, fields([(bucket, common)]))?
        }
    };
    let agent_type: AgentType = kind.require_ours()?.parse().map_err(Error::internal)?;
    // All checks that may refuse the request come before any change.
    let of = fields([("agent", agent.as_str().into())]);
    let found: Fields = call.ask(ids::AGENTS_GET, organization.as_deref(), of).await?;
    let above = above_one(call, &found).await?;
    let mut change = fields([("agent", agent.into())]);
    if found["type"] != agent_type.as_str() {
        let detail = format!(
            "expected the type of this agent, which is {}",
            found["type"].as_str().unwrap_or_default()
        );
        return Err(Error::invalid(kind.bucket, detail).into());
    }
    if let Some(enabled) = switched(&theirs, version, "enable", "disable")? {
        change.insert("enabled".into(), enabled.into());
    }
    if let Some(labels) = super::changed_labels(&mut theirs)? {
        change.insert("labels".into(), labels);
    }
    let (mut settings, secrets) = set_up(agent_type, &mut theirs);
    if let Some(push) = switched(&theirs, version, "enable_push_metrics", "disable_push_metrics")? {
        settings.insert("push_metrics".into(), push.into());
    }
    for (name, values) in [("settings", settings), ("secrets", secrets)] {
        if !values.is_empty() {
            change.insert(name.into(), values.into());
        }
    }
    let agent: Fields = call.run(admitted, change).await?;
    reply(&agent, &above, version)
}

pub(super) async fn remove(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::AGENTS_DELETE, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let agent = required_id(&asked, "agent_id")?;
    let of = fields([("agent", agent.into()), ("force", flag(&asked, "force")?.into())]);
    let _: Value = call.run(admitted, of).await?;
    Reply::json(200, &json!({}))
}
