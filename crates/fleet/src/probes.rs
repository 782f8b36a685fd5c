//! Probes of external exporters: servers ask them directly, because no agent runs them that could
//! report their status.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::agent::{AgentType, Route, SettingValue, Settings};
use bailiwick_domain::id::{AgentId, OrganizationId};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::error::Result;
use bailiwick_store::supervised::{Probed, ToProbe};
use zeroize::Zeroizing;

use crate::desired::Opened;
use crate::fleet::Fleet;

/// An exporter to probe, as described by its agent and node.
pub struct Probe {
    /// The exporter's agent in the inventory.
    pub agent: AgentId,
    /// `http` or `https`.
    pub scheme: String,
    /// The address of its node.
    pub address: String,
    /// The port of its metrics.
    pub port: Port,
    /// The path of its metrics.
    pub path: String,
    /// Whether the TLS certificate is not verified.
    pub skips_verification: bool,
    /// The user name and the password.
    pub credential: Option<(String, Zeroizing<String>)>,
    /// Why the password is withheld, in which case nothing must be sent; `None` if it is not.
    pub withheld: Option<String>,
}

impl Fleet {
    /// Takes at most `most` exporters that were not probed for `interval_seconds`. No other server
    /// takes the same ones.
    pub async fn take_probes(&self, interval_seconds: i64, most: u32) -> Result<Vec<Probe>> {
        let now = self.control.now();
        let mut tx = self.control.store().begin().await?;
        let taken = tx.take_to_probe(now.plus_seconds(-interval_seconds), now, most).await?;
        tx.commit().await?;
        let ids: Vec<AgentId> = taken.iter().map(|taken| taken.agent).collect();
        let organizations: BTreeSet<OrganizationId> = taken.iter().map(|taken| taken.organization).collect();
        let mut settings: HashMap<AgentId, Settings> = HashMap::new();
        for organization in organizations {
            let whole = OrganizationReach::whole(organization);
            let agents = self.control.store().agents(&whole).some_with_all(ids.iter().copied()).await?;
            settings.extend(agents.into_iter().map(|agent| (agent.id, agent.settings)));
        }
        // The route of the probe itself, not that of the current inventory, which may have changed.
        let routes: Vec<_> = taken
            .iter()
            .filter_map(|to_probe| {
                let route = Route {
                    kind: AgentType::ExternalExporter,
                    settings: settings.get(&to_probe.agent)?,
                    runs_on: None,
                    address: Some(&to_probe.address),
                    listen_port: Some(to_probe.port),
                    service: None,
                    regions: BTreeSet::new(),
                };
                Some((to_probe.agent, route))
            })
            .collect();
        let mut secrets = self.opened(&routes).await?;
        let probes = taken.iter().filter_map(|ToProbe { agent, organization: _, address, port }| {
            // The exporter was deleted in the meantime.
            let settings = settings.get(agent)?;
            let text = |name| match settings.get(name) {
                Some(SettingValue::Text(text)) => Some(text.clone()),
                _ => None,
            };
            let Opened { secrets, withheld } = secrets.remove(agent).unwrap_or_default();
            let password = secrets.into_iter().find(|(name, _)| name.as_str() == "password");
            let password = password.map(|(_, text)| text);
            Some(Probe {
                agent: *agent,
                scheme: text("scheme").unwrap_or_else(|| "http".to_owned()),
                address: address.clone(),
                port: *port,
                path: text("metrics_path").unwrap_or_else(|| "/metrics".to_owned()),
                skips_verification: settings.get("tls_skip_verify") == Some(&SettingValue::Flag(true)),
                credential: text("username").map(|user| (user, password.unwrap_or_default())),
                withheld,
            })
        });
        Ok(probes.collect())
    }

    /// Writes the results of probes: for each exporter, why it did not answer, or success.
    pub async fn note_probes(&self, outcomes: Vec<(AgentId, std::result::Result<(), String>)>) -> Result<()> {
        let probed: Vec<Probed> =
            outcomes.into_iter().map(|(agent, outcome)| Probed { agent, error: outcome.err() }).collect();
        let mut tx = self.control.store().begin().await?;
        tx.note_probed(&probed, self.control.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}
