//! The messages of the custom capability `dev.bailiwick.observations`, by which an agent reports the metrics of
//! its own host. It has two types of messages: `readings` from an agent to the server, and `stored` from the
//! server to an agent. `docs/agent-protocol.md` describes when they are sent.

use prost::{Message, Oneof};

/// The type of messages to agents: [`Stored`].
pub const STORED: &str = "stored";
/// The type of messages to the server: [`Readings`].
pub const READINGS: &str = "readings";

/// The oldest batches that an agent keeps and the server has not stored.
#[derive(Clone, PartialEq, Message)]
pub struct Readings {
    /// A random number that the agent made together with its buffer. Sequence numbers of another buffer have
    /// nothing to do with these.
    #[prost(fixed64, tag = "1")]
    pub buffer: u64,
    /// The batches, in the order of their sequence numbers.
    #[prost(message, repeated, tag = "2")]
    pub batches: Vec<Batch>,
}

/// What was read at one time.
#[derive(Clone, PartialEq, Message)]
pub struct Batch {
    /// Its number in the agent's buffer. It grows with each batch; a number that is missing is a batch that the
    /// agent could not keep.
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    /// When it was read, in microseconds since 1970.
    #[prost(int64, tag = "2")]
    pub at: i64,
    /// The readings.
    #[prost(message, repeated, tag = "3")]
    pub readings: Vec<Reading>,
}

/// The value of one metric.
#[derive(Clone, PartialEq, Message)]
pub struct Reading {
    /// The key of the metric.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its unit, in the notation of OpenTelemetry (UCUM).
    #[prost(string, tag = "2")]
    pub unit: String,
    /// The value.
    #[prost(oneof = "Value", tags = "3, 4")]
    pub value: Option<Value>,
}

/// The value of a metric, of the kind of the metric.
#[derive(Clone, Copy, PartialEq, Oneof)]
pub enum Value {
    /// A quantity.
    #[prost(double, tag = "3")]
    Quantity(f64),
    /// The reading of a counter.
    #[prost(int64, tag = "4")]
    Count(i64),
}

/// What the server has stored.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Stored {
    /// The agent's buffer, as [`Readings`] named it.
    #[prost(fixed64, tag = "1")]
    pub buffer: u64,
    /// Every batch up to this number is stored, or was refused for good: the agent may forget it.
    #[prost(uint64, tag = "2")]
    pub sequence: u64,
}
