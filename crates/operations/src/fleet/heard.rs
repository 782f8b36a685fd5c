//! What agents told and is not written down yet: when they were heard of, what machine they run on, how
//! they are. It is written in batches, so that a heartbeat costs no transaction.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::agent::ProgramHealth;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;
use parking_lot::Mutex;

use super::Connection;
use crate::control::Control;
use crate::error::{Error, Result};

/// How many of each are written in one transaction.
const AT_ONCE: usize = 1_000;
/// How many nodes, each with all its programs, one statement takes.
const COMPLETE_AT_ONCE: usize = 100;

/// What agents told and is not written down yet: of each the newest.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    seen: HashMap<NodeId, Sighting>,
    facts: HashMap<NodeId, Facts>,
    reports: HashMap<(NodeId, AgentId), AgentReport>,
    /// The nodes whose agents told of all the programs that they keep, and of which.
    complete: HashMap<NodeId, Complete>,
}

/// That an agent told of all the programs that it keeps.
struct Complete {
    organization: OrganizationId,
    told: Vec<AgentId>,
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
        reports.sort_unstable_by_key(|((_, agent), _)| *agent);
        let mut complete = some_of(&mut self.complete);
        complete.sort_unstable_by_key(|(node, _)| *node);
        let batch = Batch {
            seen: seen.into_iter().map(|(_, seen)| seen).collect(),
            facts,
            reports: reports.into_iter().map(|(_, report)| report).collect(),
            complete,
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
    complete: Vec<(NodeId, Complete)>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        let Self { seen, facts, reports, complete } = self;
        seen.len() + facts.len() + reports.len() + complete.len()
    }

    /// Its two halves.
    fn split(mut self) -> (Self, Self) {
        fn half<T>(all: &mut Vec<T>, rest: &mut usize) -> Vec<T> {
            let taken = (*rest).min(all.len());
            *rest -= taken;
            all.split_off(all.len() - taken)
        }
        let mut rest = self.len() / 2;
        let other = Self {
            seen: half(&mut self.seen, &mut rest),
            facts: half(&mut self.facts, &mut rest),
            reports: half(&mut self.reports, &mut rest),
            complete: half(&mut self.complete, &mut rest),
        };
        (self, other)
    }
}

/// Whether it is of what was to be written that the database did not take it: it never will.
const fn is_of_data(error: &Error) -> bool {
    !matches!(error, Error::Busy | Error::Unavailable | Error::StorageFull)
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
            waiting.reports.entry((report.node, report.agent)).or_insert(report);
        }
        for (node, complete) in batch.complete {
            waiting.complete.entry(node).or_insert(complete);
        }
    }
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
            self.heard.0.lock().facts.insert(connection.node, facts);
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
        self.heard.0.lock().reports.insert((report.node, report.agent), report);
    }

    /// Notes how the programs are that an agent of ours keeps: all that it keeps.
    pub fn hear_programs(&self, connection: &Connection, programs: BTreeMap<AgentId, ProgramHealth>) {
        if !connection.is_ours {
            return;
        }
        let now = self.clock.now();
        let mut waiting = self.heard.0.lock();
        let (organization, told) = (connection.organization, programs.keys().copied().collect());
        waiting.complete.insert(connection.node, Complete { organization, told });
        for (agent, mut health) in programs {
            // Its clock may be ahead of ours.
            health.since = health.since.min(now);
            let node = connection.node;
            waiting.reports.insert((node, agent), AgentReport { agent, node, health, last_heard: None });
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
                    crate::outage::complain(
                        &error,
                        "what agents told could not be written; it is tried again",
                    );
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
