//! The calendars of an organization's nodes.

use std::sync::Arc;

use bailiwick_domain::calendar::Calendar;
use bailiwick_domain::cron::Zone;

/// Which calendar each node has.
#[derive(Clone)]
pub(crate) struct Calendars {
    of_all: Arc<Calendar>,
}

impl Calendars {
    /// The calendars of an organization without any: all time is scheduled.
    pub(crate) fn without_shifts(zone: Zone) -> Self {
        Self { of_all: Arc::new(Calendar::without_shifts(zone)) }
    }

    /// The calendar of a node.
    pub(crate) const fn of_node(&self) -> &Arc<Calendar> {
        &self.of_all
    }
}
