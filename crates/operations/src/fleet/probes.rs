//! Exporters that are started elsewhere: the servers ask them whether they answer, as nobody keeps
//! them who could tell.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::agent::{SettingValue, Settings};
use bailiwick_domain::id::{AgentId, OrganizationId};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::supervised::{Probed, ToProbe};
use zeroize::Zeroizing;

use crate::control::Control;
use crate::error::Result;

/// One exporter to be asked, as its row and its node's say.
pub struct Probe {
    /// The exporter.
    pub agent: AgentId,
    /// `http` or `https`.
    pub scheme: String,
    /// The address of its node.
    pub address: String,
    /// The port.
    pub port: Port,
    /// The path of its metrics.
    pub path: String,
    /// Whether any certificate will do.
    pub skips_verification: bool,
    /// Who asks, with which password.
    pub credential: Option<(String, Zeroizing<String>)>,
}

impl Control {
    /// Takes exporters to be asked that nobody has asked for so many seconds, at most so many. No
    /// other server takes the same ones.
    pub async fn take_probes(&self, interval_seconds: i64, most: u32) -> Result<Vec<Probe>> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let taken = tx.take_to_probe(now.plus_seconds(-interval_seconds), now, most).await?;
        tx.commit().await?;
        let ids: Vec<AgentId> = taken.iter().map(|taken| taken.agent).collect();
        let mut secrets = self.opened(&ids).await?;
        let organizations: BTreeSet<OrganizationId> = taken.iter().map(|taken| taken.organization).collect();
        let mut settings: HashMap<AgentId, Settings> = HashMap::new();
        for organization in organizations {
            let whole = OrganizationReach::whole(organization);
            let agents = self.store.agents(&whole).some_with_all(ids.iter().copied()).await?;
            settings.extend(agents.into_iter().map(|agent| (agent.id, agent.settings)));
        }
        let probes = taken.into_iter().filter_map(|ToProbe { agent, organization: _, address, port }| {
            // It was deleted meanwhile.
            let settings = settings.remove(&agent)?;
            let text = |name| match settings.get(name) {
                Some(SettingValue::Text(text)) => Some(text.clone()),
                _ => None,
            };
            let password = secrets.remove(&agent).and_then(|secrets| {
                secrets.into_iter().find(|(name, _)| name.as_str() == "password").map(|(_, text)| text)
            });
            Some(Probe {
                agent,
                scheme: text("scheme").unwrap_or_else(|| "http".to_owned()),
                address,
                port,
                path: text("metrics_path").unwrap_or_else(|| "/metrics".to_owned()),
                skips_verification: settings.get("tls_skip_verify") == Some(&SettingValue::Flag(true)),
                credential: text("username").map(|user| (user, password.unwrap_or_default())),
            })
        });
        Ok(probes.collect())
    }

    /// Writes down what came of asking: of each, why it does not answer, if it does not.
    pub async fn note_probes(&self, outcomes: Vec<(AgentId, std::result::Result<(), String>)>) -> Result<()> {
        let probed: Vec<Probed> =
            outcomes.into_iter().map(|(agent, outcome)| Probed { agent, error: outcome.err() }).collect();
        let mut tx = self.store.begin().await?;
        tx.note_probed(&probed, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}
