//! What agents reported and is not yet written: when they were last seen, the facts about their
//! machines, and the status of their programs.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;
use parking_lot::Mutex;

/// How many rows of each kind are written in one transaction.
const AT_ONCE: usize = 1_000;

/// What agents reported and is not yet written. Only the newest report of each kind is kept.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    seen: HashMap<NodeId, Sighting>,
    facts: HashMap<NodeId, Facts>,
    reports: HashMap<(NodeId, AgentId), AgentReport>,
    /// The nodes whose agents reported the complete list of their programs.
    complete: HashMap<NodeId, Complete>,
}

/// A complete list of an agent's programs.
pub(crate) struct Complete {
    pub(crate) organization: OrganizationId,
    pub(crate) told: Vec<AgentId>,
}

impl Waiting {
    /// Takes out one batch; `None` if there is nothing to write.
    fn take(&mut self) -> Option<Batch> {
        let mut seen = some_of(&mut self.seen);
        // Sorted, so that two servers cannot deadlock on each other's rows.
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

/// What is written in one transaction.
pub(crate) struct Batch {
    pub(crate) seen: Vec<Sighting>,
    pub(crate) facts: Vec<(NodeId, Facts)>,
    pub(crate) reports: Vec<AgentReport>,
    pub(crate) complete: Vec<(NodeId, Complete)>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        let Self { seen, facts, reports, complete } = self;
        seen.len() + facts.len() + reports.len() + complete.len()
    }

    /// Splits it into two halves.
    pub(crate) fn split(mut self) -> (Self, Self) {
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

impl Heard {
    /// Takes the next batch to write; `None` if there is nothing.
    pub(crate) fn take(&self) -> Option<Batch> {
        self.0.lock().take()
    }

    /// Notes the facts about an agent's machine.
    pub(crate) fn note_facts(&self, node: NodeId, facts: Facts) {
        self.0.lock().facts.insert(node, facts);
    }

    /// Notes the status of one program.
    pub(crate) fn note_report(&self, report: AgentReport) {
        self.0.lock().reports.insert((report.node, report.agent), report);
    }

    /// Notes the status of all programs of a node.
    pub(crate) fn note_programs(&self, node: NodeId, organization: OrganizationId, all: Vec<AgentReport>) {
        let mut waiting = self.0.lock();
        let told = all.iter().map(|report| report.agent).collect();
        waiting.complete.insert(node, Complete { organization, told });
        waiting.reports.extend(all.into_iter().map(|report| ((report.node, report.agent), report)));
    }

    /// Notes that a node's agent was seen, or has left.
    pub(crate) fn see(&self, seen: Sighting) {
        match self.0.lock().seen.entry(seen.node) {
            // What our own agent of the node said counts more.
            Entry::Occupied(known) if known.get().by_ours && !seen.by_ours => {}
            Entry::Occupied(mut known) => {
                known.insert(seen);
            }
            Entry::Vacant(free) => {
                free.insert(seen);
            }
        }
    }

    /// Puts back a batch that could not be written, except where there are newer reports.
    pub(crate) fn put_back(&self, batch: Batch) {
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
