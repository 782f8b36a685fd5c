//! Conversations with agents: identifying them, sending them messages and recording their reports. The
//! OpAMP endpoint translates between its messages and these functions.

mod background;
mod changes;
mod clone;
mod commands;
mod connect;
mod desired;
mod enrol;
mod guest;
mod heard;
mod holders;
mod newcomer;
mod other;
mod own_machine;
mod probes;
mod recorder;
mod rotate;
mod sweeps;

use std::sync::Arc;

use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;

use crate::connections::{Dispatcher, Heard, Holders};

pub use desired::{Desired, Program};
pub use guest::{Connected, Greeting, Guest, Hello, Offer};
pub use probes::Probe;

pub use crate::connections::{Connection, Connections, Ending, News, Piece, Report, Told};

/// The part of the control plane that speaks with agents.
pub struct Fleet {
    control: Arc<Control>,
    connections: Connections,
    /// Which servers hold the connections of agents.
    holders: Holders,
    /// When this server started. It has not itself observed anything that happened before.
    opened_at: Timestamp,
    /// What agents reported and is not yet written to the database.
    heard: Heard,
    dispatcher: Dispatcher,
}

impl Fleet {
    /// Begins to speak with agents. From now on it is told of the control plane's changes.
    pub fn open(control: Arc<Control>) -> Arc<Self> {
        let fleet = Arc::new(Self {
            connections: Connections::default(),
            holders: Holders::new(control.entropy()),
            opened_at: control.now(),
            heard: Heard::default(),
            dispatcher: Dispatcher::default(),
            control,
        });
        let agents = Arc::downgrade(&fleet);
        fleet.control.register(agents);
        fleet
    }

    /// The control plane whose agents these are.
    pub const fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// The agents that are connected to this server.
    pub const fn connections(&self) -> &Connections {
        &self.connections
    }
}
