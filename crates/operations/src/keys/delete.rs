//! Delete a key.

use bailiwick_domain::audit::Target;
use bailiwick_domain::key::{Key as KeyRecord, KeyId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Key, NOUN, TAG, not_found};
use crate::cx::Cx;
use crate::error::{Dependant, Error, Result};
use crate::operation::Operation;
use crate::removal::Removal;
use crate::spec::Spec;
use crate::uses::{Object, Uses};

/// Delete a key.
///
/// It is refused from the next request on. To take something away grants nothing, so a key can
/// delete keys that may do more than it may itself. Refused while schedules act as it; `force` deletes them
/// too, for which the scope `schedules.delete` is needed. To stop a key at once whatever acts as it, disable
/// it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteKey {
    /// Its id: the third part of the key.
    key: KeyId,
    /// Also if schedules act as it, which are then deleted too.
    force: Option<bool>,
    /// Delete nothing, only answer what would go.
    dry_run: Option<bool>,
}

impl Operation for DeleteKey {
    const SPEC: Spec =
        Spec::delete("keys.delete", "/v1/keys/{key}").tag(TAG).across_organizations().whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.reach()?;
        let object = |key: &KeyRecord| Dependant::new(key.id, key.name.as_str());
        if self.dry_run.unwrap_or_default() {
            let found = cx.store().keys(&reach).get(self.key).await?;
            let key = found.ok_or_else(|| not_found(self.key))?;
            let uses = Uses::find(cx, cx.store(), key.organization_id, Object::Key(key.id)).await?;
            return Ok(Removal::of("keys", object(&key), uses.dependants(), true));
        }
        let mut write = cx.write().await?;
        let found = write.tx.keys(&reach).get(self.key).await?;
        let key = found.ok_or_else(|| not_found(self.key))?;
        cx.require_match(&Key::at(cx, key.clone()), key.revision)?;
        let uses = Uses::find(cx, &mut write.tx, key.organization_id, Object::Key(key.id)).await?;
        let dependants = uses.dependants();
        if !dependants.is_empty() && !self.force.unwrap_or_default() {
            return Err(Error::InUse(dependants));
        }
        let mut targets = vec![Target::new(NOUN, key.id)];
        targets.extend(uses.targets());
        uses.release(cx, &mut write.tx).await?;
        write.tx.keys(&reach).delete(key.id, key.revision).await?;
        let removal = Removal::of("keys", object(&key), dependants, false);
        write.commit_in(key.organization_id, targets, removal).await
    }
}
