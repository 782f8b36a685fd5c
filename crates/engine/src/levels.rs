//! Levels: how full the pools and the queues of the server are now.

/// What a level counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelOf {
    /// The places of a pool: requests that do the same thing at once.
    Places,
    /// The memory that requests share, in bytes.
    Memory,
    /// What waits in a queue, as a number of things.
    Queue,
    /// What waits in a queue, in bytes.
    QueueBytes,
}

/// How full a pool or a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// What is counted.
    pub of: LevelOf,
    /// The name of the pool or the queue in measurements.
    pub name: &'static str,
    /// How much of it is taken, or waits.
    pub used: u64,
    /// How much it can be at most; `None` if other limits bound it.
    pub most: Option<u64>,
}

impl Level {
    /// A level with a limit.
    pub fn new(of: LevelOf, name: &'static str, used: usize, most: usize) -> Self {
        Self { of, name, used: used as u64, most: Some(most as u64) }
    }

    /// A level without a limit of its own.
    pub fn unlimited(of: LevelOf, name: &'static str, used: usize) -> Self {
        Self { of, name, used: used as u64, most: None }
    }
}

/// The part of the server that speaks with clients, which has pools of its own.
pub trait Gauges: Send + Sync {
    /// How full its pools are.
    fn levels(&self) -> Vec<Level>;

    /// How many lines of the log were dropped since the start, because it could not be written fast enough.
    fn log_lines_dropped(&self) -> u64;
}

/// Clients that are connected to this server as agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedAgents {
    /// `bailiwick` for Bailiwick's own agent, `other` for OpAMP clients of other vendors.
    pub client: &'static str,
    /// `websocket` or `http`.
    pub transport: &'static str,
    /// How many they are.
    pub count: u64,
}
