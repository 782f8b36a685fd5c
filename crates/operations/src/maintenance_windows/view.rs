//! Maintenance windows in answers.

use bailiwick_domain::maintenance_window::{MaintenanceWindow as Record, Opening};
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A maintenance window, and whether it is open.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct MaintenanceWindow {
    #[serde(flatten)]
    pub(super) record: Record,
    /// The nodes that it covers. `selector` and `site_id` are the members `labels` and `site` of it.
    targets: Targets,
    #[serde(flatten)]
    opening: Opening,
}

impl MaintenanceWindow {
    /// A window as it is at a time.
    pub(super) fn at(record: Record, now: Timestamp) -> Self {
        let opening = record.opening(now);
        Self { targets: record.targets(), record, opening }
    }
}
