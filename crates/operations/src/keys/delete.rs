//! Delete a key.

use super::find::find;
use bailiwick_domain::key::KeyRef;
use bailiwick_domain::key::{Key as KeyRecord, KeyId};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Key, NOUN, TAG};
use crate::ids;
use crate::noun::require_unused;
use crate::uses::end_key;
use crate::uses::{Object, Uses};

/// Delete a key.
///
/// It is refused from the next request on. Deleting grants nothing, so a key can delete keys that have
/// more rights than itself. Refused while schedules run as it; `force` deletes them too, which needs
/// the scope `schedules.delete`. To stop a key at once even if schedules run as it, disable it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteKey {
    /// Its id, which is the third part of the key; or its name, if no other key has it.
    key: KeyRef,
    /// Delete it even if schedules run as it, and delete those too.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteKey {
    const SPEC: Spec =
        Spec::delete(ids::KEYS_DELETE, "/v1/keys/{key}").tag(TAG).across_organizations().whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let key = find(cx, &self.key).await?;
        let stays =
            self.dry_run.unwrap_or_default() || !self.force.unwrap_or_default() && is_in_use(cx, key).await;
        let refused = if stays { None } else { cx.key_to_refuse(key)? };
        cx.refusing(refused, self.delete(cx, key)).await
    }
}

/// Whether schedules run as a key; false if the database does not answer.
async fn is_in_use(cx: &Cx, key: KeyId) -> bool {
    let Some(entry) = cx.control().keyring().get(key) else { return false };
    let uses = Uses::find(cx, cx.store(), entry.organization, Object::Key(key)).await;
    uses.is_ok_and(|uses| !uses.dependants().is_empty())
}

impl DeleteKey {
    async fn delete(&self, cx: &Cx, id: KeyId) -> Result<Removal> {
        let reach = cx.reach()?;
        let object = |key: &KeyRecord| Dependant::new(key.id, key.name.as_str());
        if self.dry_run.unwrap_or_default() {
            let key = NOUN.found(cx.store().keys(&reach).get(id).await?, &self.key)?;
            let uses = Uses::find(cx, cx.store(), key.organization_id, Object::Key(key.id)).await?;
            return Ok(NOUN.removal(cx, object(&key), uses.dependants(), true));
        }
        let mut write = cx.write_rights([Change::Key(id)]).await?;
        let key = NOUN.found(write.tx().keys(&reach).get(id).await?, &self.key)?;
        cx.require_match(&Key::at(cx, key.clone()), key.revision)?;
        let uses = Uses::find(cx, write.tx(), key.organization_id, Object::Key(key.id)).await?;
        let dependants = uses.dependants();
        require_unused(cx, &dependants, self.force)?;
        let mut targets = vec![NOUN.target(key.id)];
        targets.extend(uses.targets());
        uses.release(cx, write.tx()).await?;
        end_key(write.tx(), &key, &reach, cx.now()).await?;
        let removal = NOUN.removal(cx, object(&key), dependants, false);
        write.commit_in(key.organization_id, targets, removal).await
    }
}
