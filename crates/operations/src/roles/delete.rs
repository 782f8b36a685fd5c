//! Delete a role.

use bailiwick_domain::role::NamedRole;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::{ITEMS_MAX, Removal};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use bailiwick_store::keys;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Role;
use super::{NOUN, TAG, ids, own};
use crate::noun::readable;
use crate::uses::Uses;

/// Delete a role.
///
/// Refused while users or keys have it. `force` ends those memberships and deletes those keys, and the
/// schedules that run as those keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteRole {
    /// The id or name of a custom role of the organization.
    role: NamedRole,
    /// Also end the memberships and delete the keys that have it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteRole {
    const SPEC: Spec = Spec::delete(ids::ROLES_DELETE, "/v1/roles/{role}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let id = own(cx, &reach, &self.role).await?;
        if self.dry_run.unwrap_or_default() {
            let mut roles = cx.store().roles(&reach);
            let role = NOUN.found(roles.get(id).await?, id)?;
            let mut holders = Dependants::deleted(roles.holders(id, ITEMS_MAX).await?);
            let owners = keys::acting_in(cx.store(), id).await?;
            holders.extend(Uses::of_owners(cx.store(), reach.organization, owners).await?.dependants());
            return Ok(NOUN.removal(cx, Dependant::new(id, role.name), holders, true));
        }
        let mut write = cx.write_rights([Change::Role(id)]).await?;
        let role = NOUN.found(write.tx().roles(&reach).get(id).await?, id)?;
        cx.require_match(&Role::from(role.clone()), role.revision)?;
        let mut holders = Dependants::deleted(write.tx().roles(&reach).holders(id, ITEMS_MAX).await?);
        let owners = keys::acting_in(write.tx(), id).await?;
        let uses = Uses::of_owners(write.tx(), reach.organization, owners).await?;
        let schedules = uses.dependants();
        if !holders.is_empty() {
            if !self.force.unwrap_or_default() {
                holders.extend(schedules);
                return Err(Error::InUse(readable(cx, holders)));
            }
            for holder in &holders {
                cx.require_operation(if holder.noun == "keys" {
                    ids::KEYS_DELETE
                } else {
                    ids::USERS_DELETE
                })?;
            }
            uses.release(cx, write.tx()).await?;
            write.tx().withdraw_commands_of_role(id, reach.organization, cx.now()).await?;
            write.tx().roles(&reach).end_holders(id).await?;
        }
        holders.extend(schedules);
        write.tx().roles(&reach).delete(id, role.revision).await?;
        write
            .commit(vec![NOUN.target(id)], NOUN.removal(cx, Dependant::new(id, role.name), holders, false))
            .await
    }
}
