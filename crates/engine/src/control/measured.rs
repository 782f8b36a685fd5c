//! Reads the counters of requests and of SQL statements, and how full pools and queues are.

use std::sync::Weak;

use crate::control::Control;
use crate::levels::{ConnectedAgents, Gauges, Level, LevelOf};
use crate::measures::{Measures, Snapshot};

impl Control {
    /// The counters of requests.
    pub const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// What the server counted until now.
    pub fn measured(&self) -> Snapshot {
        Snapshot {
            refusals: self.measures.refusals().read(),
            operations: self.measures.read(self.listings),
            database: self.store.measures(),
        }
    }

    /// Registers the part of the server that speaks with clients. It is not kept alive by this.
    pub fn register_gauges(&self, gauges: Weak<dyn Gauges>) {
        *self.gauges.lock() = Some(gauges);
    }

    /// How full the pools and queues of this server are.
    pub fn levels(&self) -> Vec<Level> {
        let refusals = self.refusals.max_capacity();
        let waiting = refusals.saturating_sub(self.refusals.capacity());
        let batches = self.observations.counts().batches_waiting;
        let mut levels = vec![
            Level::new(LevelOf::Queue, "audit_refusals", waiting, refusals),
            Level::unlimited(LevelOf::Queue, "computations", self.computing.waiting()),
            Level { of: LevelOf::Queue, name: "observation_batches", used: batches, most: None },
        ];
        let (computing, turns) = self.computing.turns();
        levels.push(Level::new(LevelOf::Places, "computations", computing, turns));
        levels.extend(self.agents().iter().flat_map(|agents| agents.levels()));
        let gauges = self.gauges.lock().as_ref().and_then(Weak::upgrade);
        levels.extend(gauges.iter().flat_map(|gauges| gauges.levels()));
        levels
    }

    /// How many lines of the log were dropped since the start; `None` in a program that serves no clients.
    pub fn log_lines_dropped(&self) -> Option<u64> {
        let gauges = self.gauges.lock().as_ref().and_then(Weak::upgrade)?;
        Some(gauges.log_lines_dropped())
    }

    /// The clients that are connected to this server as agents.
    pub fn connected_agents(&self) -> Vec<ConnectedAgents> {
        self.agents().map(|agents| agents.connected()).unwrap_or_default()
    }
}
