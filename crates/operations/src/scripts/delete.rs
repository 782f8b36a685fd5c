//! Delete a script.

use bailiwick_domain::audit::Target;
use bailiwick_domain::script::ScriptRef;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG};
use crate::cx::Cx;
use crate::error::{Dependant, Error, Result};
use crate::operation::Operation;
use crate::removal::Removal;
use crate::spec::Spec;

/// Delete a script, with all its versions.
///
/// Schedules that run it give no more commands, and say why. Commands that ran it keep its text.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteScript {
    /// Its id or name.
    script: ScriptRef,
    /// Delete nothing, only answer what would go.
    dry_run: Option<bool>,
}

impl Operation for DeleteScript {
    const SPEC: Spec = Spec::delete("scripts.delete", "/v1/scripts/{script}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let not_found = || Error::not_found(NOUN, &self.script);
        if self.dry_run.unwrap_or_default() {
            let script = cx.store().scripts(&reach).find(&self.script).await?.ok_or_else(not_found)?;
            return Ok(Removal::of("scripts", Dependant::new(script.id, script.name), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let script = write.tx.scripts(&reach).find(&self.script).await?.ok_or_else(not_found)?;
        cx.require_match(&script, script.revision)?;
        write.tx.scripts(&reach).delete(script.id, script.revision).await?;
        let targets = vec![Target::new(NOUN, script.id)];
        let object = Dependant::new(script.id, script.name);
        write.commit(targets, Removal::of("scripts", object, Vec::new(), false)).await
    }
}
