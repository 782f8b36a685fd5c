//! Conversations with agents: identifying them, sending them messages and recording their reports.
//!
//! [`Fleet`] owns all of this, and an `Arc` of the engine's object. The engine tells it of committed changes
//! through its `Listener`, and operations ask it through `Agents` which agents are connected. The crate `server`
//! translates between OpAMP's messages and the functions of this crate, which does not know OpAMP.

mod background;
mod changes;
mod clone;
mod commands;
mod connect;
mod connections;
mod desired;
mod enrol;
mod fleet;
mod front;
mod guest;
mod heard;
mod holders;
mod host_metrics;
mod leave;
mod newcomer;
mod other;
mod own_machine;
mod probes;
mod recorder;
mod rotate;
mod sweeps;
mod tasks;

pub use connections::{
    AgentMessage, CommandEnd, Connection, Connections, FrontAnswers, FrontAsks, FrontQuestion, HostReading,
    HostReadings, Piece, Report, ReportContent, StoredReadings,
};
pub use desired::{Desired, Program};
pub use fleet::Fleet;
pub use guest::{Connected, Greeting, Guest, Hello, Offer};
pub use probes::Probe;
