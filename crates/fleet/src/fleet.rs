//! The part of the control plane that speaks with agents.

use std::future::Future;
use std::sync::Arc;

use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;

use crate::connections::{Connections, Dispatcher, Heard, Holders};
use crate::tasks::Tasks;

/// The part of the control plane that speaks with agents.
pub struct Fleet {
    pub(crate) control: Arc<Control>,
    pub(crate) connections: Connections,
    /// Which servers hold the connections of agents.
    pub(crate) holders: Holders,
    /// When this server started. It has not itself observed anything that happened before.
    pub(crate) opened_at: Timestamp,
    /// What agents reported and is not yet written to the database.
    pub(crate) heard: Heard,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) tasks: Tasks,
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
            tasks: Tasks::default(),
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
    /// Runs something beside the conversation that needs it. Lines in the log belong to what the caller does now.
    pub fn spawn(&self, run: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(run);
    }
}
