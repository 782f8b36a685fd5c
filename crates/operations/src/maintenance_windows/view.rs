//! Maintenance windows in answers.

use bailiwick_domain::maintenance_window::{MaintenanceWindow as Record, Opening};
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::words;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{NameOf, names_of_sites};

/// A maintenance window, and whether it is open.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct MaintenanceWindow {
    #[serde(flatten)]
    pub(super) record: Record,
    /// The nodes that it covers. `selector` and `site_id` are the members `labels` and `site` of it.
    targets: Targets,
    #[serde(flatten)]
    opening: Opening,
    /// The name of the site of the nodes that it covers. Only with `include=site`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "site"))]
    site_name: NameOf<Name>,
}

words! {
    /// What a maintenance window refers to.
    pub(crate) WindowInclude { Site = "site" }
}

/// Adds names to windows.
pub(super) async fn include(
    cx: &Cx,
    reach: &OrganizationReach,
    windows: &mut [MaintenanceWindow],
    asked: &Words<WindowInclude>,
) -> Result<()> {
    if asked.has(WindowInclude::Site) {
        let ids = windows.iter().filter_map(|window| window.record.site_id);
        let names = names_of_sites(cx, reach, ids).await?;
        for window in windows {
            window.site_name = names.of_some(window.record.site_id.as_ref());
        }
    }
    Ok(())
}

impl MaintenanceWindow {
    /// A window as it is at a time.
    pub(super) fn at(record: Record, now: Timestamp) -> Self {
        let opening = record.opening(now);
        Self { targets: record.targets(), record, opening, site_name: None }
    }
}
