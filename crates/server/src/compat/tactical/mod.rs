//! The adapter for the API of Tactical RMM: clients, sites and agents, [commands], and [updates].
//!
//! A client is an organization, a site is a site, and an agent is a node with a `bailiwick_agent`. What
//! Bailiwick does not know of a machine is null or empty, and features that it does not have (checks,
//! policies, alerts) look as if they were not used.

mod commands;
mod shapes;
mod updates;

use bailiwick_operations::ids;
use std::collections::{HashMap, HashSet};

use bailiwick_domain::id::RequestId;
use bailiwick_engine::catalogue::ORGANIZATION;
use bailiwick_engine::error::Error;
use serde_json::json;

use self::shapes::{
    Agent, Client, FailingChecks, MONITORING_TYPE, Node, Organization, OurAgent, OurSite, ShortAgent, Site,
    TableAgent, number,
};
use super::adapter::{Adapter, Route, get, message, post};
use super::call::{Call, Reply, fields};
use super::members::{Member, honoured};
use crate::problem::HttpError;

/// The most agents in one answer, which has no pages.
const AGENTS_MAX: usize = 10_000;

/// The routes of the adapter.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "tactical",
    title: "Tactical RMM",
    routes: &[
        get(
            "/clients/",
            &[ids::ORGANIZATIONS_LIST, ids::SITES_LIST, ids::AGENTS_LIST, ids::NODES_LIST],
            |call| Box::pin(clients(call)),
        ),
        get("/clients/sites/", &[ids::ORGANIZATIONS_LIST, ids::SITES_LIST], |call| Box::pin(sites(call))),
        get(
            "/agents/",
            &[ids::ORGANIZATIONS_LIST, ids::SITES_LIST, ids::AGENTS_LIST, ids::NODES_LIST],
            |call| Box::pin(agents(call)),
        ),
        get(
            "/agents/{agent_id}/",
            &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::AGENTS_LIST, ids::SITES_LIST],
            |call| Box::pin(agent(call)),
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
        post("/agents/{agent_id}/cmd/", commands::RUN, |call| Box::pin(commands::run(call))).waiting(),
        post("/agents/{agent_id}/reboot/", commands::REBOOT, |call| Box::pin(commands::reboot(call))),
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
    match route.path {
        "/agents/" => ["detail", "client", "site", MONITORING_TYPE].map(honoured).to_vec(),
        "/agents/{agent_id}/cmd/" => commands::MEMBERS.to_vec(),
        "/winupdate/{agent_id}/install/" => updates::MEMBERS.to_vec(),
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

/// The organizations that the caller may see, by name; only one if the request names it.
async fn organizations(call: &mut Call) -> Result<Vec<Organization>, HttpError> {
    let mut found: Vec<Organization> = Vec::new();
    call.every(ids::ORGANIZATIONS_LIST, None, fields([]), |organization| found.push(organization)).await?;
    if let Some(name) = call.organization() {
        found.retain(|organization| organization.id == name || organization.slug == name);
        if found.is_empty() {
            return Err(Error::not_found("organization", name).into());
        }
    }
    Ok(found)
}

/// The sites of an organization, by name.
async fn sites_of(call: &mut Call, organization: &Organization) -> Result<Vec<OurSite>, HttpError> {
    let mut found = Vec::new();
    call.every(ids::SITES_LIST, Some(&organization.id), fields([]), |site| found.push(site)).await?;
    Ok(found)
}

/// The ids of an organization's nodes that have a `bailiwick_agent`.
async fn agents_of(call: &mut Call, organization: &Organization) -> Result<HashSet<String>, HttpError> {
    let mut found = HashSet::new();
    let of = fields([("type", "bailiwick_agent".into())]);
    let see = |agent: OurAgent| found.extend(agent.runs_on);
    call.every(ids::AGENTS_LIST, Some(&organization.id), of, see).await?;
    Ok(found)
}

async fn clients(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    let mut clients = Vec::new();
    for organization in organizations {
        let sites = sites_of(call, &organization).await?;
        let agents = agents_of(call, &organization).await?;
        let (mut all, mut by_site) = (0, HashMap::<String, usize>::new());
        if !agents.is_empty() {
            let see = |node: Node| {
                if agents.contains(&node.id) {
                    all += 1;
                    if let Some(site) = node.site_id {
                        *by_site.entry(site).or_default() += 1;
                    }
                }
            };
            call.every(ids::NODES_LIST, Some(&organization.id), fields([]), see).await?;
        }
        let sites = sites.into_iter().map(|site| {
            let count = by_site.get(&site.id).copied().unwrap_or_default();
            Site::of(site, &organization, Some(count))
        });
        clients.push(Client {
            id: number(&organization.id),
            server_policy: None,
            workstation_policy: None,
            alert_template: None,
            block_policy_inheritance: false,
            sites: sites.collect(),
            custom_fields: [],
            agent_count: all,
            maintenance_mode: false,
            failing_checks: FailingChecks::default(),
            name: organization.name,
        });
    }
    Reply::json(200, &clients)
}

async fn sites(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    let mut sites = Vec::new();
    for organization in organizations {
        let of_one = sites_of(call, &organization).await?;
        sites.extend(of_one.into_iter().map(|site| Site::of(site, &organization, None)));
    }
    sites.sort_by(|a, b| a.name.cmp(&b.name));
    Reply::json(200, &sites)
}

/// The number of a client or site in a filter.
fn filter(call: &Call, name: &'static str) -> Result<Option<u64>, HttpError> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let wrong = |_| Error::invalid(name, "expected an `id` from the lists under /clients/");
    Ok(Some(text.parse().map_err(wrong)?))
}

async fn agents(call: &mut Call) -> Result<Reply, HttpError> {
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
fn agent_id(call: &Call) -> Result<String, HttpError> {
    let id = call.path("agent_id");
    if OTHER_PATHS.contains(&id) {
        return Err(call.unknown_path());
    }
    Ok(id.to_owned())
}

/// The agent that the path names, as a node and its organization.
async fn find(call: &mut Call) -> Result<(Organization, Node), HttpError> {
    let organizations = organizations(call).await?;
    let id = agent_id(call)?;
    for organization in organizations {
        let of = fields([("node", id.as_str().into())]);
        let node: Node = match call.ask(ids::NODES_GET, Some(&organization.id), of).await {
            Err(HttpError::Operation(Error::NotFound { .. })) => continue,
            found => found?,
        };
        let of = fields([("type", "bailiwick_agent".into()), ("runs_on", node.id.as_str().into())]);
        let mut has_agent = false;
        call.every(ids::AGENTS_LIST, Some(&organization.id), of, |_: OurAgent| has_agent = true).await?;
        if !has_agent {
            break;
        }
        return Ok((organization, node));
    }
    Err(Error::not_found("agent", id).into())
}

async fn agent(call: &mut Call) -> Result<Reply, HttpError> {
    let (organization, node) = find(call).await?;
    let site = match &node.site_id {
        None => None,
        Some(id) => sites_of(call, &organization).await?.into_iter().find(|site| site.id == *id),
    };
    Reply::json(200, &Agent::of(node, organization.name, site, call.now()))
}
