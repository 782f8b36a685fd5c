//! Reads the counters of requests and of SQL statements.

use crate::control::Control;
use crate::measures::{Measures, Snapshot};

impl Control {
    /// The counters of requests.
    pub const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// What the server counted until now.
    pub fn measured(&self) -> Snapshot {
        Snapshot { operations: self.measures.read(self.listings), database: self.store.measures() }
    }
}
