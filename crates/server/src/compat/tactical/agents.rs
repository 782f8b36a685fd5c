//! Tactical RMM's agents: nodes that have a `bailiwick_agent`.

use std::collections::{HashMap, HashSet};

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::json;

use super::organizations::{organizations, sites_of};
use super::shapes::{Agent, MONITORING_TYPE, Node, Organization, OurAgent, ShortAgent, TableAgent, number};
use crate::compat::call::{Call, Reply, fields};
use crate::problem::HttpError;

/// The most agents in one answer, which has no pages.
const AGENTS_MAX: usize = 10_000;

/// The ids of an organization's nodes that have a `bailiwick_agent`.
pub(super) async fn agents_of(
    call: &mut Call,
    organization: &Organization,
) -> Result<HashSet<String>, HttpError> {
    let mut found = HashSet::new();
    let of = fields([("type", "bailiwick_agent".into())]);
    let see = |agent: OurAgent| found.extend(agent.runs_on);
    call.every(ids::AGENTS_LIST, Some(&organization.id), of, see).await?;
    Ok(found)
}

/// The number of a client or site in a filter.
fn filter(call: &Call, name: &'static str) -> Result<Option<u64>, HttpError> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let wrong = |_| Error::invalid(name, "expected an `id` from the lists under /clients/");
    Ok(Some(text.parse().map_err(wrong)?))
}

pub(super) async fn agents(call: &mut Call) -> Result<Reply, HttpError> {
    let mut organizations = organizations(call).await?;
    let detailed = call.query("detail").is_none_or(|detail| detail == "true");
    let (client, site) = (filter(call, "client")?, filter(call, "site")?);
    let mut of = fields([]);
    match call.query(MONITORING_TYPE) {
        None => {}
        Some(kind @ ("server" | "workstation")) => {
            of.insert("labels".into(), format!("{MONITORING_TYPE}={kind}").into());
        }
        Some(_) => return Err(Error::invalid(MONITORING_TYPE, "expected `server` or `workstation`").into()),
    }
    if let Some(client) = client {
        organizations.retain(|organization| number(&organization.id) == client);
    }
    let now = call.now();
    let (mut detailed_agents, mut short_agents) = (Vec::new(), Vec::new());
    for organization in organizations {
        let mut of = of.clone();
        let sites = sites_of(call, &organization).await?;
        if let Some(wanted) = site {
            let Some(site) = sites.iter().find(|s| number(&s.id) == wanted) else { continue };
            of.insert("site".into(), site.id.clone().into());
        }
        let sites: HashMap<String, String> = sites.into_iter().map(|site| (site.id, site.name)).collect();
        let agents = agents_of(call, &organization).await?;
        if agents.is_empty() {
            continue;
        }
        let mut seen = detailed_agents.len() + short_agents.len();
        let see = |node: Node| {
            if !agents.contains(&node.id) {
                return;
            }
            seen += 1;
            if seen > AGENTS_MAX {
                return;
            }
            let site = node.site_id.as_ref().and_then(|id| sites.get(id)).cloned().unwrap_or_default();
            if detailed {
                detailed_agents.push(TableAgent::of(node, &organization.name, &site, now));
            } else {
                short_agents.push(ShortAgent {
                    id: number(&node.id),
                    hostname: node.name,
                    agent_id: node.id,
                    client: organization.name.clone(),
                    site,
                });
            }
        };
        call.every(ids::NODES_LIST, Some(&organization.id), of, see).await?;
        if seen > AGENTS_MAX {
            let detail =
                format!("there are more than {AGENTS_MAX} agents: ask for one site, or use /v1/nodes");
            return Err(Error::invalid("site", detail).into());
        }
    }
    if detailed { Reply::json(200, &detailed_agents) } else { Reply::json(200, &short_agents) }
}

/// Paths of Tactical RMM that look like an agent's id, and are not supported here.
const OTHER_PATHS: &[&str] =
    &["actions", "history", "installer", "notes", "scripthistory", "update", "versions"];

/// The agent's id in the path. It is an error if it is a path of Tactical RMM that is not supported here.
pub(super) fn agent_id(call: &Call) -> Result<String, HttpError> {
    let id = call.path("agent_id");
    if OTHER_PATHS.contains(&id) {
        return Err(call.unknown_path());
    }
    Ok(id.to_owned())
}

/// The node that the path names, and its organization.
pub(super) async fn named(call: &mut Call) -> Result<(Organization, Node), HttpError> {
    let organizations = organizations(call).await?;
    let id = agent_id(call)?;
    for organization in organizations {
        let of = fields([("node", id.as_str().into())]);
        let node: Node = match call.ask(ids::NODES_GET, Some(&organization.id), of).await {
            Err(HttpError::Operation(Error::NotFound { .. })) => continue,
            found => found?,
        };
        return Ok((organization, node));
    }
    Err(Error::not_found("agent", id).into())
}

/// The agent that the path names, as a node and its organization.
pub(super) async fn find(call: &mut Call) -> Result<(Organization, Node), HttpError> {
    let (organization, node) = named(call).await?;
    let of = fields([("type", "bailiwick_agent".into()), ("runs_on", node.id.as_str().into())]);
    let mut has_agent = false;
    call.every(ids::AGENTS_LIST, Some(&organization.id), of, |_: OurAgent| has_agent = true).await?;
    if has_agent { Ok((organization, node)) } else { Err(Error::not_found("agent", agent_id(call)?).into()) }
}

pub(super) async fn agent(call: &mut Call) -> Result<Reply, HttpError> {
    let (organization, node) = find(call).await?;
    let site = match &node.site_id {
        None => None,
        Some(id) => sites_of(call, &organization).await?.into_iter().find(|site| site.id == *id),
    };
    Reply::json(200, &Agent::of(node, organization.name, site, call.now()))
}

/// Whether an agent is online. Nothing is sent to it: the server knows when it last heard from it.
pub(super) async fn ping(call: &mut Call) -> Result<Reply, HttpError> {
    let (_, node) = find(call).await?;
    let status = if node.status(call.now()) == "online" { "online" } else { "offline" };
    Reply::json(200, &json!({ "name": node.name, "status": status }))
}
