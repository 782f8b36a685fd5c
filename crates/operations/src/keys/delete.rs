//! Delete a key.

use bailiwick_domain::audit::Target;
use bailiwick_domain::key::KeyId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Key, NOUN, TAG, not_found};
use crate::cx::Cx;
use crate::error::{Dependant, Result};
use crate::operation::Operation;
use crate::removal::Removal;
use crate::spec::Spec;

/// Delete a key.
///
/// It is refused from the next request on. To take something away grants nothing, so a key can
/// delete keys that may do more than it may itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteKey {
    /// Its id: the third part of the key.
    key: KeyId,
}

impl Operation for DeleteKey {
    const SPEC: Spec =
        Spec::delete("keys.delete", "/v1/keys/{key}").tag(TAG).across_organizations().whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.reach()?;
        let mut write = cx.write().await?;
        let found = write.tx.keys(&reach).get(self.key).await?;
        let key = found.ok_or_else(|| not_found(self.key))?;
        cx.require_match(&Key::at(key.clone(), cx.now()), key.revision)?;
        write.tx.keys(&reach).delete(key.id, key.revision).await?;
        let target = Target::new(NOUN, key.id);
        let removal = Removal::of("keys", Dependant::new(key.id, key.name.as_str()), Vec::new(), false);
        write.commit_in(key.organization_id, vec![target], removal).await
    }
}
