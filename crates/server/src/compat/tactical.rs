//! The API of Tactical RMM, as far as it looks at the fleet: clients, sites and agents.
//!
//! A client is an organization, a site a site, an agent a node that has a `bailiwick_agent`. What
//! Bailiwick does not know of a machine is null or empty there, and what it has not (checks,
//! policies, alerts) is as of somebody who uses none.

use std::collections::HashMap;

use bailiwick_domain::id::RequestId;
use bailiwick_operations::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::call::{Call, Reply, fields};
use super::{Adapter, get, message};
use crate::problem::HttpError;

/// The most agents of one answer: there are no pages there.
const AGENTS_MAX: usize = 10_000;

/// The label of a node that says what Tactical RMM knows of each agent: `server` or `workstation`.
const MONITORING_TYPE: &str = "monitoring_type";

/// Tactical RMM's paths.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "tactical",
    routes: &[
        get("/clients/", &["organizations.list", "sites.list", "agents.list", "nodes.list"], |call| {
            Box::pin(clients(call))
        }),
        get("/clients/sites/", &["organizations.list", "sites.list"], |call| Box::pin(sites(call))),
        get("/agents/", &["organizations.list", "sites.list", "agents.list", "nodes.list"], |call| {
            Box::pin(agents(call))
        }),
        get(
            "/agents/{agent_id}/",
            &["organizations.list", "nodes.get", "agents.list", "sites.list"],
            |call| Box::pin(agent(call)),
        ),
    ],
    names: &[("agent_id", "node")],
    unknown: None,
    error,
};

/// An error as Django REST framework has it, with our code, fields and request id beside.
fn error(error: &HttpError, request_id: RequestId) -> Vec<u8> {
    let body = json!({
        "detail": message(error),
        "code": error.code(),
        "errors": error.field_errors(),
        "request_id": request_id.to_string(),
    });
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The number that stands for an id: the first 53 bits of the SHA-256 of its text, which is what
/// every JSON library can hold. Of 10,000 ids two share one in a case of 180 million.
fn number(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (first >> 11).max(1)
}

/// An organization, as ours.
#[derive(Deserialize)]
struct Organization {
    id: String,
    slug: String,
    name: String,
}

/// A site, as ours.
#[derive(Deserialize)]
struct OurSite {
    id: String,
    name: String,
}

/// A `bailiwick_agent`, as ours.
#[derive(Deserialize)]
struct OurAgent {
    runs_on: Option<String>,
    status: String,
}

/// A node, as ours.
#[derive(Deserialize)]
struct Node {
    id: String,
    site_id: Option<String>,
    name: String,
    description: Option<String>,
    distro: Option<String>,
    model: Option<String>,
    manufacturer: Option<String>,
    serial_number: Option<String>,
    labels: HashMap<String, String>,
    created_at: String,
    updated_at: String,
}

impl Node {
    /// Maker and model.
    fn make_model(&self) -> String {
        let parts: Vec<&str> =
            [&self.manufacturer, &self.model].into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }

    fn monitoring_type(&self) -> String {
        self.labels.get(MONITORING_TYPE).cloned().unwrap_or_default()
    }
}

/// The status there of what an agent does here.
fn status(ours: &str) -> &'static str {
    if ours == "running" { "online" } else { "offline" }
}

/// What fails; nothing does where nothing is checked.
#[derive(Clone, Copy, Default, Serialize)]
struct FailingChecks {
    error: bool,
    warning: bool,
}

/// A client.
#[derive(Serialize)]
struct Client {
    id: u64,
    name: String,
    server_policy: Option<u64>,
    workstation_policy: Option<u64>,
    alert_template: Option<u64>,
    block_policy_inheritance: bool,
    sites: Vec<Site>,
    custom_fields: [Value; 0],
    agent_count: usize,
    maintenance_mode: bool,
    failing_checks: FailingChecks,
}

/// A site. The list of sites alone says less of each than the list of clients does.
#[derive(Serialize)]
struct Site {
    id: u64,
    name: String,
    server_policy: Option<u64>,
    workstation_policy: Option<u64>,
    alert_template: Option<u64>,
    client_name: String,
    client: u64,
    custom_fields: [Value; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_count: Option<usize>,
    block_policy_inheritance: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance_mode: Option<bool>,
    failing_checks: FailingChecks,
}

impl Site {
    fn of(site: OurSite, organization: &Organization, agent_count: Option<usize>) -> Self {
        Self {
            id: number(&site.id),
            name: site.name,
            server_policy: None,
            workstation_policy: None,
            alert_template: None,
            client_name: organization.name.clone(),
            client: number(&organization.id),
            custom_fields: [],
            agent_count,
            block_policy_inheritance: false,
            maintenance_mode: agent_count.map(|_| false),
            failing_checks: FailingChecks::default(),
        }
    }
}

/// The results of checks; there are none.
#[derive(Clone, Copy, Default, Serialize)]
struct Checks {
    total: u32,
    passing: u32,
    failing: u32,
    warning: u32,
    info: u32,
    has_failing_checks: bool,
}

/// An agent in few words.
#[derive(Serialize)]
struct ShortAgent {
    id: u64,
    hostname: String,
    agent_id: String,
    client: String,
    site: String,
}

/// An agent of a list. An agent without a policy has no member `policy` there, so none has it here.
#[derive(Serialize)]
struct TableAgent {
    agent_id: String,
    alert_template: Option<Value>,
    hostname: String,
    site_name: String,
    client_name: String,
    monitoring_type: String,
    description: Option<String>,
    needs_reboot: Option<bool>,
    pending_actions_count: u32,
    status: &'static str,
    overdue_text_alert: bool,
    overdue_email_alert: bool,
    overdue_dashboard_alert: bool,
    last_seen: Option<String>,
    boot_time: Option<f64>,
    checks: Checks,
    maintenance_mode: bool,
    logged_username: String,
    italic: bool,
    block_policy_inheritance: bool,
    plat: String,
    goarch: String,
    has_patches_pending: Option<bool>,
    version: String,
    operating_system: Option<String>,
    public_ip: Option<String>,
    cpu_model: [String; 0],
    graphics: String,
    local_ips: String,
    make_model: String,
    physical_disks: [String; 0],
    custom_fields: [Value; 0],
    serial_number: String,
}

impl TableAgent {
    fn of(node: Node, agent: &OurAgent, client: &str, site: &str) -> Self {
        Self {
            alert_template: None,
            site_name: site.to_owned(),
            client_name: client.to_owned(),
            monitoring_type: node.monitoring_type(),
            needs_reboot: None,
            pending_actions_count: 0,
            status: status(&agent.status),
            overdue_text_alert: false,
            overdue_email_alert: false,
            overdue_dashboard_alert: false,
            last_seen: None,
            boot_time: None,
            checks: Checks::default(),
            maintenance_mode: false,
            logged_username: String::new(),
            italic: false,
            block_policy_inheritance: false,
            plat: String::new(),
            goarch: String::new(),
            has_patches_pending: None,
            version: String::new(),
            public_ip: None,
            cpu_model: [],
            graphics: String::new(),
            local_ips: String::new(),
            make_model: node.make_model(),
            physical_disks: [],
            custom_fields: [],
            operating_system: node.distro,
            agent_id: node.id,
            hostname: node.name,
            description: node.description,
            serial_number: node.serial_number.unwrap_or_default(),
        }
    }
}

/// One agent in full.
#[derive(Serialize)]
struct Agent {
    version: String,
    operating_system: Option<String>,
    plat: String,
    goarch: String,
    hostname: String,
    agent_id: String,
    last_seen: Option<String>,
    services: [Value; 0],
    public_ip: Option<String>,
    total_ram: Option<u64>,
    disks: [Value; 0],
    boot_time: Option<f64>,
    logged_in_username: Option<String>,
    last_logged_in_user: Option<String>,
    monitoring_type: String,
    description: Option<String>,
    mesh_node_id: Option<String>,
    overdue_email_alert: bool,
    overdue_text_alert: bool,
    overdue_dashboard_alert: bool,
    offline_time: Option<u32>,
    overdue_time: Option<u32>,
    check_interval: Option<u32>,
    needs_reboot: Option<bool>,
    choco_installed: Option<bool>,
    wmi_detail: Value,
    patches_last_installed: Option<String>,
    time_zone: Option<String>,
    maintenance_mode: bool,
    block_policy_inheritance: bool,
    alert_template: Option<Value>,
    site: Option<u64>,
    policy: Option<u64>,
    default_shell: Option<String>,
    default_shell_custom: Option<String>,
    created_by: Option<String>,
    created_time: String,
    modified_by: Option<String>,
    modified_time: String,
    winupdatepolicy: [Value; 0],
    status: &'static str,
    cpu_model: [String; 0],
    local_ips: String,
    make_model: String,
    physical_disks: [String; 0],
    graphics: String,
    checks: Checks,
    timezone: Option<String>,
    all_timezones: [String; 0],
    client: String,
    site_name: String,
    custom_fields: [Value; 0],
    applied_policies: AppliedPolicies,
    effective_patch_policy: Option<Value>,
    effective_default_shell: Option<String>,
}

/// The policies of an agent; there are none.
#[derive(Clone, Copy, Default, Serialize)]
struct AppliedPolicies {
    agent_policy: Option<()>,
    site_policy: Option<()>,
    client_policy: Option<()>,
    default_policy: Option<()>,
}

impl Agent {
    fn of(node: Node, agent: &OurAgent, client: String, site: Option<OurSite>) -> Self {
        Self {
            version: String::new(),
            plat: String::new(),
            goarch: String::new(),
            last_seen: None,
            services: [],
            public_ip: None,
            total_ram: None,
            disks: [],
            boot_time: None,
            logged_in_username: None,
            last_logged_in_user: None,
            monitoring_type: node.monitoring_type(),
            mesh_node_id: None,
            overdue_email_alert: false,
            overdue_text_alert: false,
            overdue_dashboard_alert: false,
            offline_time: None,
            overdue_time: None,
            check_interval: None,
            needs_reboot: None,
            choco_installed: None,
            wmi_detail: json!({}),
            patches_last_installed: None,
            time_zone: None,
            maintenance_mode: false,
            block_policy_inheritance: false,
            alert_template: None,
            site: site.as_ref().map(|site| number(&site.id)),
            policy: None,
            default_shell: None,
            default_shell_custom: None,
            created_by: None,
            modified_by: None,
            winupdatepolicy: [],
            status: status(&agent.status),
            cpu_model: [],
            local_ips: String::new(),
            make_model: node.make_model(),
            physical_disks: [],
            graphics: String::new(),
            checks: Checks::default(),
            timezone: None,
            all_timezones: [],
            client,
            site_name: site.map(|site| site.name).unwrap_or_default(),
            custom_fields: [],
            applied_policies: AppliedPolicies::default(),
            effective_patch_policy: None,
            effective_default_shell: None,
            operating_system: node.distro,
            hostname: node.name,
            agent_id: node.id,
            description: node.description,
            created_time: node.created_at,
            modified_time: node.updated_at,
        }
    }
}

/// The organizations that the caller reaches, by name; only the one that the request names, if it
/// names one.
async fn organizations(call: &mut Call) -> Result<Vec<Organization>, HttpError> {
    let mut found: Vec<Organization> = Vec::new();
    call.every("organizations.list", None, fields([]), |organization| found.push(organization)).await?;
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
    call.every("sites.list", Some(&organization.id), fields([]), |site| found.push(site)).await?;
    Ok(found)
}

/// The agents of an organization, by the node that each runs on.
async fn agents_of(
    call: &mut Call,
    organization: &Organization,
) -> Result<HashMap<String, OurAgent>, HttpError> {
    let mut found = HashMap::new();
    let of = fields([("type", "bailiwick_agent".into())]);
    let see = |mut agent: OurAgent| {
        if let Some(node) = agent.runs_on.take() {
            found.insert(node, agent);
        }
    };
    call.every("agents.list", Some(&organization.id), of, see).await?;
    Ok(found)
}

async fn clients(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    call.check_query(&["organization"])?;
    let mut clients = Vec::new();
    for organization in organizations {
        let sites = sites_of(call, &organization).await?;
        let agents = agents_of(call, &organization).await?;
        let (mut all, mut by_site) = (0, HashMap::<String, usize>::new());
        if !agents.is_empty() {
            let see = |node: Node| {
                if agents.contains_key(&node.id) {
                    all += 1;
                    if let Some(site) = node.site_id {
                        *by_site.entry(site).or_default() += 1;
                    }
                }
            };
            call.every("nodes.list", Some(&organization.id), fields([]), see).await?;
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
    call.check_query(&["organization"])?;
    let mut sites = Vec::new();
    for organization in organizations {
        let of_one = sites_of(call, &organization).await?;
        sites.extend(of_one.into_iter().map(|site| Site::of(site, &organization, None)));
    }
    sites.sort_by(|a, b| a.name.cmp(&b.name));
    Reply::json(200, &sites)
}

/// The number of a client or site that a filter names.
fn filter(call: &Call, name: &'static str) -> Result<Option<u64>, HttpError> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let wrong = |_| Error::invalid(name, "expected the `id` of one, as the lists under /clients/ have it");
    Ok(Some(text.parse().map_err(wrong)?))
}

async fn agents(call: &mut Call) -> Result<Reply, HttpError> {
    let mut organizations = organizations(call).await?;
    call.check_query(&["detail", "client", "site", MONITORING_TYPE, "organization"])?;
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
            let Some(agent) = agents.get(&node.id) else { return };
            seen += 1;
            if seen > AGENTS_MAX {
                return;
            }
            let site = node.site_id.as_ref().and_then(|id| sites.get(id)).cloned().unwrap_or_default();
            if detailed {
                detailed_agents.push(TableAgent::of(node, agent, &organization.name, &site));
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
        call.every("nodes.list", Some(&organization.id), of, see).await?;
        if seen > AGENTS_MAX {
            let detail =
                format!("there are more than {AGENTS_MAX} agents: ask for one site, or use /v1/nodes");
            return Err(Error::invalid("site", detail).into());
        }
    }
    if detailed { Reply::json(200, &detailed_agents) } else { Reply::json(200, &short_agents) }
}

async fn agent(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    call.check_query(&["organization"])?;
    let id = call.path("agent_id").to_owned();
    for organization in organizations {
        let of = fields([("node", id.as_str().into())]);
        let node: Node = match call.ask("nodes.get", Some(&organization.id), of).await {
            Err(HttpError::Operation(Error::NotFound { .. })) => continue,
            found => found?,
        };
        let of = fields([("type", "bailiwick_agent".into()), ("runs_on", node.id.as_str().into())]);
        let mut agent = None;
        call.every("agents.list", Some(&organization.id), of, |found: OurAgent| agent = Some(found)).await?;
        let Some(agent) = agent else { break };
        let site = match &node.site_id {
            None => None,
            Some(id) => sites_of(call, &organization).await?.into_iter().find(|site| site.id == *id),
        };
        return Reply::json(200, &Agent::of(node, &agent, organization.name, site));
    }
    Err(Error::not_found("agent", id).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts keep these numbers: they must never come out otherwise.
    #[test]
    fn numbers_stay_as_they_are() {
        assert_eq!(number("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"), 3_058_556_498_786_097);
        assert!(number("") < 1 << 53);
    }
}
