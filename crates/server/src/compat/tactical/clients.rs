//! Tactical RMM's clients and sites: organizations and sites.

use std::collections::HashMap;

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;

use super::agents::agents_of;
use super::organizations::{organizations, sites_of};
use super::shapes::{Client, FailingChecks, Node, Organization, Site, number};
use crate::compat::call::{Call, Reply, fields};
use crate::problem::HttpError;

/// A client with its sites, as Tactical RMM writes it.
async fn shown(call: &mut Call, organization: Organization) -> Result<Client, HttpError> {
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
    Ok(Client {
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
    })
}

pub(super) async fn clients(call: &mut Call) -> Result<Reply, HttpError> {
    let mut clients = Vec::new();
    for organization in organizations(call).await? {
        clients.push(shown(call, organization).await?);
    }
    Reply::json(200, &clients)
}

/// The client with the number in the path.
pub(super) async fn client(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    let id: u64 = call.path("client_id").parse().map_err(|_| call.unknown_path())?;
    let found = organizations.into_iter().find(|organization| number(&organization.id) == id);
    let organization = found.ok_or_else(|| Error::not_found("client", id))?;
    Reply::json(200, &shown(call, organization).await?)
}

pub(super) async fn sites(call: &mut Call) -> Result<Reply, HttpError> {
    let organizations = organizations(call).await?;
    let mut sites = Vec::new();
    for organization in organizations {
        let of_one = sites_of(call, &organization).await?;
        sites.extend(of_one.into_iter().map(|site| Site::of(site, &organization, None)));
    }
    sites.sort_by(|a, b| a.name.cmp(&b.name));
    Reply::json(200, &sites)
}
