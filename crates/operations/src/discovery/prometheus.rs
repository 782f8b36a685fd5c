//! The exporters as targets of Prometheus.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::id::{NodeId, ServiceId};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::Service;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::fronts::front_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TAG;
use super::filter::{ANSWER_BYTES_MAX, DISCOVERED_MAX, Discovered, SiteNames, too_large, too_many};
use super::targets::{Scraped, TargetGroup};
use crate::ids;

/// List the exporters as targets, for Prometheus' HTTP service discovery.
///
/// The answer is the whole list, in the format of `http_sd_config`: enabled exporters that Prometheus can reach. An exporter
/// that listens only on its own machine's loopback is left out. The labels tell the node, its site and labels, the exporter
/// and the service that it observes. At most 20,000 targets.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListTargets {
    /// Only exporters on nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only exporters on nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// Only exporters on nodes whose name, address, container name or serial number contains all of these words, in any
    /// case.
    search: Option<Search>,
    /// Only exporters on nodes with this status. Without it, those of machines that are switched off stay in the list, so
    /// that Prometheus reports them as down.
    status: Option<NodeStatus>,
    /// Only exporters of this type, such as `node_exporter`.
    #[serde(rename = "type")]
    kind: Option<AgentType>,
}

/// All targets.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct PrometheusTargets(Vec<TargetGroup>);

impl Operation for ListTargets {
    const SPEC: Spec = Spec::read(ids::PROMETHEUS_TARGETS, "/v1/prometheus/targets").tag(TAG).costs(20);
    type Output = PrometheusTargets;

    async fn run(self, cx: &Cx) -> Result<PrometheusTargets> {
        let reach = cx.organization_reach()?;
        if let Some(kind) = self.kind.filter(|kind| !kind.is_exporter()) {
            return Err(Error::invalid(
                "type",
                format!("expected the type of an exporter: {kind} has no metrics"),
            ));
        }
        let asked = Targets {
            labels: self.labels,
            site: self.site,
            search: self.search,
            status: self.status,
            ..Targets::default()
        };
        let fronts = front_of(cx.store(), reach.organization).await?.front;
        let mut discovered = Discovered::new(cx, &reach, &asked).await?;
        let mut sites = SiteNames::default();
        let (mut groups, mut bytes): (Vec<TargetGroup>, usize) = (Vec::new(), 0);
        while let Some(nodes) = discovered.next().await? {
            let ids: Vec<NodeId> = nodes.iter().map(|seen| seen.node.id).collect();
            let exporters = cx.store().agents(&reach).exporters_on(&ids, self.kind).await?;
            if exporters.is_empty() {
                continue;
            }
            sites.learn(cx, &reach, &nodes).await?;
            let services = services(cx, &reach, &exporters).await?;
            let mut on: BTreeMap<NodeId, Vec<Agent>> = BTreeMap::new();
            for exporter in exporters {
                if let Some(node) = exporter.runs_on {
                    on.entry(node).or_default().push(exporter);
                }
            }
            for seen in &nodes {
                let exporters = on.remove(&seen.node.id).unwrap_or_default();
                let reported = seen.facts.as_ref().and_then(|facts| facts.front.as_ref());
                let front = reported.filter(|_| fronts.is_enabled);
                let mut instances = BTreeSet::new();
                for exporter in &exporters {
                    let service = observed(exporter).and_then(|id| services.get(&id));
                    let scraped =
                        Scraped { node: &seen.node, site: sites.of(seen), front, exporter, service };
                    if let Some(group) = scraped.group(&mut instances) {
                        bytes += group.bytes();
                        groups.push(group);
                    }
                }
            }
            if groups.len() > DISCOVERED_MAX {
                return Err(too_many("exporters"));
            }
            if bytes > ANSWER_BYTES_MAX {
                return Err(too_large());
            }
        }
        Ok(PrometheusTargets(groups))
    }
}

/// The services that exporters observe, as far as they are in reach.
async fn services(
    cx: &Cx,
    reach: &OrganizationReach,
    exporters: &[Agent],
) -> Result<HashMap<ServiceId, Service>> {
    let ids: BTreeSet<ServiceId> = exporters.iter().filter_map(observed).collect();
    let ids: Vec<ServiceId> = ids.into_iter().collect();
    let found = cx.store().services(reach).some(&ids).await?;
    Ok(found.into_iter().map(|service| (service.id, service)).collect())
}

/// The service that an exporter observes: if there are several, the one that was entered first.
fn observed(exporter: &Agent) -> Option<ServiceId> {
    exporter.observes.services.first().copied()
}
