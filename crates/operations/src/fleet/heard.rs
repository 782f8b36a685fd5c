//! What agents tell of themselves, and how it is written down: in batches, so that a heartbeat costs no
//! transaction.

use std::collections::BTreeMap;

use bailiwick_domain::agent::ProgramHealth;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;

use super::Connection;
use crate::complaint::complain;
use crate::connections::Batch;
use crate::control::Control;
use crate::error::{Error, Result};

/// How many nodes, each with all its programs, one statement takes.
const COMPLETE_AT_ONCE: usize = 100;

/// Whether it is of what was to be written that the database did not take it: it never will.
const fn is_of_data(error: &Error) -> bool {
    !matches!(error, Error::Busy | Error::Unavailable | Error::StorageFull)
}

impl Control {
    /// Notes that an agent was heard of.
    pub fn hear(&self, connection: &Connection) {
        let at = self.clock.now();
        connection.heard(at);
        if connection.is_ours {
            self.heard.see(Sighting { node: connection.node, at, left: false });
        }
    }

    /// Notes what an agent tells of the machine it runs on.
    pub fn hear_facts(&self, connection: &Connection, facts: Facts) {
        if connection.is_ours {
            self.heard.note_facts(connection.node, facts);
        }
    }

    /// Notes how an agent is, as one that is connected tells: it itself, or one that it runs.
    pub fn hear_health(&self, connection: &Connection, agent: AgentId, health: ProgramHealth) {
        if connection.is_ours || agent == connection.agent {
            self.hear_report(AgentReport { agent, node: connection.node, health, last_heard: None });
        }
    }

    /// Notes that nobody knows how an agent is any more, which was last heard of then.
    pub(super) fn hear_silence(&self, connection: &Connection, health: ProgramHealth) {
        let Connection { agent, node, .. } = *connection;
        self.hear_report(AgentReport { agent, node, health, last_heard: Some(connection.last_heard()) });
    }

    fn hear_report(&self, report: AgentReport) {
        self.heard.note_report(report);
    }

    /// Notes how the programs are that an agent of ours keeps: all that it keeps.
    pub fn hear_programs(&self, connection: &Connection, programs: BTreeMap<AgentId, ProgramHealth>) {
        if !connection.is_ours {
            return;
        }
        let now = self.clock.now();
        let all = programs.into_iter().map(|(agent, mut health)| {
            // Its clock may be ahead of ours.
            health.since = health.since.min(now);
            AgentReport { agent, node: connection.node, health, last_heard: None }
        });
        self.heard.note_programs(connection.node, connection.organization, all.collect());
    }

    /// Notes that an agent has left.
    pub(super) fn hear_goodbye(&self, node: NodeId) {
        self.heard.see(Sighting { node, at: self.clock.now(), left: true });
    }

    /// Writes down what agents told.
    pub async fn write_heard_now(&self) {
        loop {
            let Some(batch) = self.heard.take() else { return };
            if !self.write_halves(batch).await {
                return;
            }
        }
    }

    /// Writes a batch down; in halves, and those in halves, where something in it is not taken, so that one
    /// agent holds up no others. False if the database takes nothing at present.
    async fn write_halves(&self, batch: Batch) -> bool {
        let mut batches = vec![batch];
        while let Some(batch) = batches.pop() {
            match self.write_batch(&batch).await {
                Ok(()) => {}
                Err(error) if is_of_data(&error) && batch.len() > 1 => {
                    let (one, other) = batch.split();
                    batches.extend([one, other]);
                }
                Err(error) if is_of_data(&error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "what an agent told cannot be written, and is left out");
                }
                Err(error) => {
                    complain(&error, "what agents told could not be written; it is tried again");
                    batches.into_iter().chain([batch]).for_each(|batch| self.heard.put_back(batch));
                    return false;
                }
            }
        }
        true
    }

    async fn write_batch(&self, batch: &Batch) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.see_nodes(&batch.seen).await?;
        tx.links().set_facts(&batch.facts).await?;
        tx.links().set_reports(&batch.reports).await?;
        for complete in batch.complete.chunks(COMPLETE_AT_ONCE) {
            let nodes: Vec<_> = complete.iter().map(|(node, told)| (told.organization, *node)).collect();
            let told: Vec<(NodeId, AgentId)> = complete
                .iter()
                .flat_map(|(node, complete)| complete.told.iter().map(|agent| (*node, *agent)))
                .collect();
            tx.doubt_untold(&nodes, &told, self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
