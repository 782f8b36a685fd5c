//! End a membership, or delete a user.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::UserId;
use bailiwick_domain::reach::Reach;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG};
use crate::cx::Cx;
use crate::error::{Dependant, Dependants, Effect, Error, Result};
use crate::operation::Operation;
use crate::removal::{ITEMS_MAX, Removal};
use crate::spec::Spec;

/// End somebody's membership, or delete a user.
///
/// Within an organization their membership ends: keys that act for them there work no more. Who was a
/// member nowhere else, and has no keys, is deleted with it. Without an organization, for root keys and
/// server administrators, the user is deleted; refused while keys act for them, `force` deletes those
/// too.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteUser {
    /// Their id.
    user: UserId,
    /// Also delete the keys that act for them.
    force: Option<bool>,
    /// Delete nothing, only answer what would go.
    dry_run: Option<bool>,
}

impl Operation for DeleteUser {
    const SPEC: Spec =
        Spec::delete("users.delete", "/v1/users/{user}").tag(TAG).across_organizations().whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.reach()?;
        let is_dry = self.dry_run.unwrap_or_default();
        let mut write = cx.write().await?;
        let found = write.tx.users(&reach).get(self.user).await?;
        let user = found.ok_or_else(|| Error::not_found(NOUN, self.user))?;
        cx.require_match(&user, user.revision)?;
        let keys = write.tx.keys(&Reach::EVERYTHING).of_user(user.id, ITEMS_MAX).await?;
        let object = Dependant::new(user.id, user.name.as_str());
        if let Some(organization) = cx.organization() {
            let everywhere = write.tx.users(&Reach::EVERYTHING).get(user.id).await?;
            let is_last = everywhere.is_some_and(|u| u.memberships.len() == 1 && !u.server_administrator);
            let goes = is_last && keys.count == 0;
            let account = goes.then(|| Dependants {
                noun: "users",
                effect: Effect::Deleted,
                count: 1,
                items: vec![object.clone()],
            });
            let account: Vec<_> = account.into_iter().collect();
            if is_dry {
                return Ok(Removal::of("memberships", object, account, true));
            }
            write.tx.users(&reach).end_membership(user.id, organization.id).await?;
            if goes {
                let changed = write.tx.users(&Reach::EVERYTHING).get(user.id).await?;
                let revision = changed.ok_or_else(|| Error::not_found(NOUN, self.user))?.revision;
                write.tx.users(&Reach::EVERYTHING).delete(user.id, revision).await?;
            }
            let removal = Removal::of("memberships", object, account, false);
            return write.commit(vec![Target::new(NOUN, user.id)], removal).await;
        }
        if !cx.is_root() {
            return Err(Error::OrganizationRequired);
        }
        cx.require_above_all()?;
        let dependants = Dependants::deleted(vec![keys]);
        if is_dry {
            return Ok(Removal::of("users", object, dependants, true));
        }
        if !dependants.is_empty() && !self.force.unwrap_or_default() {
            return Err(Error::InUse(dependants));
        }
        write.tx.keys(&Reach::EVERYTHING).delete_of_user(user.id).await?;
        write.tx.users(&reach).delete(user.id, user.revision).await?;
        let removal = Removal::of("users", object, dependants, false);
        write.commit_in(None, vec![Target::new(NOUN, user.id)], removal).await
    }
}
