//! What agents told and is not written down yet: when they were heard of, what machine they run on, how
//! they are. It is written in batches, so that a heartbeat costs no transaction.

use std::collections::HashMap;

use bailiwick_domain::agent::ProgramHealth;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;
use parking_lot::Mutex;

use super::Connection;
use crate::control::Control;
use crate::error::Result;

/// How many of each are written in one transaction.
const AT_ONCE: usize = 1_000;

/// What agents told and is not written down yet: of each the newest.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    seen: HashMap<NodeId, Sighting>,
    facts: HashMap<NodeId, Facts>,
    reports: HashMap<AgentId, AgentReport>,
}

impl Waiting {
    /// Takes out as much as is written at once; `None` if there is nothing.
    fn take(&mut self) -> Option<Batch> {
        let mut seen = some_of(&mut self.seen);
        // In one order, so that two servers never wait for each other's rows in a circle.
        seen.sort_unstable_by_key(|(node, _)| *node);
        let mut facts = some_of(&mut self.facts);
        facts.sort_unstable_by_key(|(node, _)| *node);
        let mut reports = some_of(&mut self.reports);
        reports.sort_unstable_by_key(|(agent, _)| *agent);
        let batch = Batch {
            seen: seen.into_iter().map(|(_, seen)| seen).collect(),
            facts,
            reports: reports.into_iter().map(|(_, report)| report).collect(),
        };
        (!batch.is_empty()).then_some(batch)
    }
}

fn some_of<K: Copy + Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>) -> Vec<(K, V)> {
    let keys: Vec<K> = map.keys().take(AT_ONCE).copied().collect();
    keys.into_iter().filter_map(|key| map.remove_entry(&key)).collect()
}

struct Batch {
    seen: Vec<Sighting>,
    facts: Vec<(NodeId, Facts)>,
    reports: Vec<AgentReport>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.facts.is_empty() && self.reports.is_empty()
    }
}

impl Heard {
    fn see(&self, seen: Sighting) {
        self.0.lock().seen.insert(seen.node, seen);
    }

    /// Puts back what could not be written, but for what is older than what came since.
    fn put_back(&self, batch: Batch) {
        let mut waiting = self.0.lock();
        for seen in batch.seen {
            waiting.seen.entry(seen.node).or_insert(seen);
        }
        for (node, facts) in batch.facts {
            waiting.facts.entry(node).or_insert(facts);
        }
        for report in batch.reports {
            waiting.reports.entry(report.agent).or_insert(report);
        }
    }
}

impl Control {
    /// Notes that an agent was heard of.
    pub fn hear(&self, connection: &Connection) {
        connection.heard();
        if connection.is_ours {
            self.heard.see(Sighting { node: connection.node, at: self.clock.now(), left: false });
        }
    }

    /// Notes what an agent tells of the machine it runs on.
    pub fn hear_facts(&self, connection: &Connection, facts: Facts) {
        if connection.is_ours {
            self.heard.0.lock().facts.insert(connection.node, facts);
        }
    }

    /// Notes how an agent is, as one that is connected tells: it itself, or one that it runs.
    pub fn hear_health(&self, connection: &Connection, agent: AgentId, health: ProgramHealth) {
        if connection.is_ours || agent == connection.agent {
            let report = AgentReport { agent, node: connection.node, health };
            self.heard.0.lock().reports.insert(agent, report);
        }
    }

    /// Notes that an agent has left.
    pub(super) fn hear_goodbye(&self, node: NodeId) {
        self.heard.see(Sighting { node, at: self.clock.now(), left: true });
    }

    /// Writes down what agents told.
    pub async fn write_heard_now(&self) {
        loop {
            let Some(batch) = self.heard.0.lock().take() else { return };
            if let Err(error) = self.write_batch(&batch).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what agents told could not be written; it is tried again"
                );
                return self.heard.put_back(batch);
            }
        }
    }

    async fn write_batch(&self, batch: &Batch) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.see_nodes(&batch.seen).await?;
        tx.links().set_facts(&batch.facts).await?;
        tx.links().set_reports(&batch.reports).await?;
        tx.commit().await?;
        Ok(())
    }
}
