//! Targets of Prometheus: where one exporter is scraped, and its labels.
//!
//! The format is that of Prometheus' HTTP service discovery (prometheus.io/docs/prometheus/latest/http_sd). Labels that
//! begin with `__` are for relabelling, and are dropped afterwards.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::address::host_and_port;
use bailiwick_domain::agent::{Agent, SettingValue};
use bailiwick_domain::front::FrontState;
use bailiwick_domain::name::Name;
use bailiwick_domain::node::Node;
use bailiwick_domain::service::Service;
use schemars::JsonSchema;
use serde::Serialize;

/// One exporter, with its labels.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct TargetGroup {
    /// Where it is scraped: one `HOST:PORT`.
    targets: [String; 1],
    /// Its labels, by name. `instance` names the node, the type of the exporter and the service; `__metrics_path__` and
    /// `__scheme__` say how it is scraped; the others begin with `__meta_bailiwick_`.
    labels: BTreeMap<String, String>,
}

/// Where an exporter is scraped.
struct At {
    target: String,
    scheme: String,
    path: String,
}

impl TargetGroup {
    /// About how many bytes it has as JSON.
    pub(super) fn bytes(&self) -> usize {
        /// Quotation marks, a colon and a comma.
        const AROUND: usize = 6;
        let labels = self.labels.iter().map(|(name, value)| name.len() + value.len() + AROUND).sum::<usize>();
        self.targets.iter().map(|target| target.len() + AROUND).sum::<usize>() + labels
    }
}

/// An exporter, and what its labels tell about.
pub(super) struct Scraped<'a> {
    /// The node that it runs on.
    pub(super) node: &'a Node,
    /// The name of the node's site.
    pub(super) site: Option<&'a Name>,
    /// What the node's agent reports of its front.
    pub(super) front: Option<&'a FrontState>,
    /// The exporter.
    pub(super) exporter: &'a Agent,
    /// The service that it observes, if that is in reach.
    pub(super) service: Option<&'a Service>,
}

impl Scraped<'_> {
    /// The target for this exporter; `None` if its port is not known, or if nothing but its own machine can reach it.
    /// `instances` are the names of the targets on this node so far.
    pub(super) fn group(&self, instances: &mut BTreeSet<String>) -> Option<TargetGroup> {
        let At { target, scheme, path } = self.at()?;
        let mut labels = BTreeMap::from([
            ("__scheme__".to_owned(), scheme),
            ("__metrics_path__".to_owned(), path),
            ("instance".to_owned(), self.instance(instances)),
        ]);
        let mut meta = |name: &str, value: &str| {
            labels.insert(format!("__meta_bailiwick_{name}"), value.to_owned());
        };
        meta("node", self.node.name.as_str());
        meta("node_id", &self.node.id.to_string());
        meta("node_type", self.node.kind.as_str());
        for (name, value) in self.node.labels.iter() {
            meta(&format!("node_label_{}", name.as_str()), value.as_str());
        }
        if let Some(site) = self.site {
            meta("site", site.as_str());
        }
        meta("agent_id", &self.exporter.id.to_string());
        meta("agent_type", self.exporter.kind.as_str());
        for (name, value) in self.exporter.labels.iter() {
            meta(&format!("agent_label_{}", name.as_str()), value.as_str());
        }
        if let Some(service) = self.service {
            meta("service", service.name.as_str());
            meta("service_type", service.kind.as_str());
            for (name, value) in [("environment", &service.environment), ("cluster", &service.cluster)] {
                if let Some(value) = value {
                    meta(name, value.as_str());
                }
            }
        }
        Some(TargetGroup { targets: [target], labels })
    }

    /// Where it is scraped: by the front of its node if there is one.
    fn at(&self) -> Option<At> {
        let exporter = self.exporter;
        let address = self.node.address.as_ref()?.as_str();
        if let Some(front) = self.front.filter(|front| front.listens && exporter.kind.is_supervised()) {
            let path = format!("/metrics/{}", exporter.id);
            let target = host_and_port(address, front.port);
            return Some(At { target, scheme: "https".to_owned(), path });
        }
        let is_exposed = exporter.settings.get("expose_exporter") == Some(&SettingValue::Flag(true));
        if exporter.kind.is_supervised() && !is_exposed {
            return None;
        }
        let text = |name, default: &str| match exporter.settings.get(name) {
            Some(SettingValue::Text(text)) => text.clone(),
            _ => default.to_owned(),
        };
        let (scheme, path) = (text("scheme", "http"), text("metrics_path", "/metrics"));
        Some(At { target: host_and_port(address, exporter.listen_port?), scheme, path })
    }

    /// A name of the target that is unique on the node, and stays the same when the address changes: `db-1/node_exporter`,
    /// `db-1/postgres_exporter/orders`, and with the exporter's id where two would have the same name.
    fn instance(&self, instances: &mut BTreeSet<String>) -> String {
        let mut instance = format!("{}/{}", self.node.name, self.exporter.kind);
        if let Some(service) = self.service {
            instance = format!("{instance}/{}", service.name);
        }
        if instances.contains(&instance) {
            instance = format!("{instance}/{}", self.exporter.id);
        }
        instances.insert(instance.clone());
        instance
    }
}
