//! Reports of agents about themselves, written in batches, so that a heartbeat costs no transaction.

use std::collections::BTreeMap;

use bailiwick_domain::agent::ProgramHealth;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_engine::background::log_background_error;
use bailiwick_store::Error as StoreError;
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;

use crate::connections::{Batch, Connection};
use crate::fleet::Fleet;

/// How many nodes, each with all its programs, one statement handles.
const COMPLETE_AT_ONCE: usize = 100;

/// Whether an error is caused by the data, so that trying again is useless.
const fn is_of_data(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Taken
            | StoreError::InUse
            | StoreError::Changed
            | StoreError::Corrupt { .. }
            | StoreError::Database(_)
    )
}

impl Fleet {
    /// Notes that an agent sent something.
    pub fn hear(&self, connection: &Connection) {
        let at = self.control.now();
        connection.heard(at);
        let Connection { node, is_ours: by_ours, .. } = *connection;
        self.heard.see(Sighting { node, at, left: false, by_ours });
    }

    /// Notes the facts about an agent's machine.
    pub fn hear_facts(&self, connection: &Connection, facts: Facts) {
        if connection.is_ours {
            self.heard.note_facts(connection.node, facts);
        }
    }

    /// Notes the health that a connected agent reports: its own, or that of a program it runs.
    pub fn hear_health(&self, connection: &Connection, agent: AgentId, health: ProgramHealth) {
        if connection.is_ours || agent == connection.agent {
            self.hear_report(AgentReport { agent, node: connection.node, health, last_heard: None });
        }
    }

    /// Notes that the status of an agent is unknown, because its connection has ended.
    pub(crate) fn hear_silence(&self, connection: &Connection, health: ProgramHealth) {
        let Connection { agent, node, .. } = *connection;
        self.hear_report(AgentReport { agent, node, health, last_heard: Some(connection.last_heard()) });
    }

    fn hear_report(&self, report: AgentReport) {
        self.heard.note_report(report);
    }

    /// Notes the status of all programs that an agent runs; the list is complete.
    pub fn hear_programs(&self, connection: &Connection, programs: BTreeMap<AgentId, ProgramHealth>) {
        if !connection.is_ours {
            return;
        }
        let now = self.control.now();
        let all = programs.into_iter().map(|(agent, mut health)| {
            // The agent's clock may be ahead of this server's.
            health.since = health.since.min(now);
            AgentReport { agent, node: connection.node, health, last_heard: None }
        });
        self.heard.note_programs(connection.node, connection.organization, all.collect());
    }

    /// Notes that an agent has left.
    pub(crate) fn hear_goodbye(&self, connection: &Connection) {
        let Connection { node, is_ours: by_ours, .. } = *connection;
        self.heard.see(Sighting { node, at: self.control.now(), left: true, by_ours });
    }

    /// Writes what agents reported.
    pub async fn write_heard_now(&self) {
        loop {
            let Some(batch) = self.heard.take() else { return };
            if !self.write_halves(batch).await {
                return;
            }
        }
    }

    /// Writes a batch. If the data is refused, writes its halves, and their halves, so that one bad
    /// report does not block the others. False if the database cannot be written now.
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
                    tracing::error!(error, "a report of an agent cannot be stored and is skipped");
                }
                Err(error) => {
                    log_background_error(&error, "reports of agents could not be stored; this is retried");
                    batches.into_iter().chain([batch]).for_each(|batch| self.heard.put_back(batch));
                    return false;
                }
            }
        }
        true
    }

    async fn write_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut tx = self.control.store().begin().await?;
        tx.see_nodes(&batch.seen).await?;
        tx.links().set_facts(&batch.facts).await?;
        tx.links().set_reports(&batch.reports).await?;
        for complete in batch.complete.chunks(COMPLETE_AT_ONCE) {
            let nodes: Vec<_> = complete.iter().map(|(node, told)| (told.organization, *node)).collect();
            let told: Vec<(NodeId, AgentId)> = complete
                .iter()
                .flat_map(|(node, complete)| complete.told.iter().map(|agent| (*node, *agent)))
                .collect();
            tx.doubt_untold(&nodes, &told, self.control.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
