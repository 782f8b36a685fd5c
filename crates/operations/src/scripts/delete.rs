//! Delete a script.

use bailiwick_domain::script::ScriptRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, Script, TAG, ids};
use crate::noun::require_unused;
use crate::uses::{Object, Uses};

/// Delete a script with all its versions.
///
/// Refused while schedules run it or command limits of keys list it. With `force`, those schedules are
/// deleted too, and it is removed from the limits, which needs the scopes `schedules.delete` and
/// `keys.update`. Commands that ran it keep its text.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteScript {
    /// Its id or name.
    script: ScriptRef,
    /// Delete it even if something refers to it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted or changed.
    dry_run: Option<bool>,
}

impl Operation for DeleteScript {
    const SPEC: Spec =
        Spec::delete(ids::SCRIPTS_DELETE, "/v1/scripts/{script}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        if self.dry_run.unwrap_or_default() {
            let script = NOUN.found(cx.store().scripts(&reach).find(&self.script).await?, &self.script)?;
            let uses =
                Uses::find(cx, cx.store(), Some(reach.organization), Object::Script(script.id)).await?;
            let object = Dependant::new(script.id, script.name);
            return Ok(NOUN.removal(cx, object, uses.dependants(), true));
        }
        let mut write = cx.write().await?;
        let script = NOUN.found(write.tx().scripts(&reach).find(&self.script).await?, &self.script)?;
        let latest = write.tx().scripts(&reach).version(script.id, script.version).await?;
        // Another request deleted the script since the statement before.
        let latest = latest.ok_or(Error::Conflict)?;
        cx.require_match(&Script::of(script.clone(), latest), script.revision)?;
        let uses = Uses::find(cx, write.tx(), Some(reach.organization), Object::Script(script.id)).await?;
        let dependants = uses.dependants();
        require_unused(cx, &dependants, self.force)?;
        let mut targets = vec![NOUN.target(script.id)];
        targets.extend(uses.targets());
        uses.release(cx, write.tx()).await?;
        write.tx().scripts(&reach).delete(script.id, script.revision).await?;
        let object = Dependant::new(script.id, script.name);
        write.commit(targets, NOUN.removal(cx, object, dependants, false)).await
    }
}
