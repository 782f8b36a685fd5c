//! Delete a maintenance window.

use bailiwick_domain::maintenance_window::MaintenanceWindowRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::MaintenanceWindow;
use super::{NOUN, TAG, ids};

/// Delete a maintenance window.
///
/// Nodes that no other window covers may then be worked on at any time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteMaintenanceWindow {
    /// Its id or name.
    maintenance_window: MaintenanceWindowRef,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteMaintenanceWindow {
    const SPEC: Spec =
        Spec::delete(ids::MAINTENANCE_WINDOWS_DELETE, "/v1/maintenance_windows/{maintenance_window}")
            .tag(TAG)
            .whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, named) = (cx.organization_reach()?, &self.maintenance_window);
        if self.dry_run.unwrap_or_default() {
            let window = NOUN.found(cx.store().maintenance_windows(&reach).find(named).await?, named)?;
            return Ok(NOUN.removal(cx, Dependant::new(window.id, window.name), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let window = NOUN.found(write.tx().maintenance_windows(&reach).find(named).await?, named)?;
        cx.require_match(&MaintenanceWindow::at(window.clone(), cx.now()), window.revision)?;
        write.tx().maintenance_windows(&reach).delete(window.id, window.revision).await?;
        let targets = vec![NOUN.target(window.id)];
        let object = Dependant::new(window.id, window.name);
        write.commit(targets, NOUN.removal(cx, object, Vec::new(), false)).await
    }
}
