//! End a membership, or delete a user.

use bailiwick_domain::id::UserId;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Effect, Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::role::require_above_all;
use super::{NOUN, TAG, id_of, ids};
use crate::noun::{self, require_unused};
use crate::uses::{Object, Uses};

/// End a user's membership, or delete a user.
///
/// Within an organization, the user's membership ends; a user without any other membership is deleted.
/// Without an organization, root keys and server administrators delete the user. Both are refused while
/// keys act for the user, or schedules run as the user; `force` deletes those too. To end a user's
/// access at once, use `force`, or have the user disabled.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteUser {
    /// Their id or e-mail address.
    user: UserRef,
    /// Also delete the keys that act for the user, and the schedules that run as the user or those
    /// keys.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteUser {
    const SPEC: Spec = Spec::delete(ids::USERS_DELETE, "/v1/users/{user}")
        .tag(TAG)
        .across_organizations()
        .whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let refused = cx.organization().is_none()
            && cx.is_root()
            && require_above_all(cx).is_ok()
            && self.force.unwrap_or_default()
            && !self.dry_run.unwrap_or_default();
        let user = id_of(cx, &self.user).await?;
        cx.refusing(refused.then_some(Change::User(user)), self.delete(cx, user)).await
    }
}

impl DeleteUser {
    async fn delete(&self, cx: &Cx, id: UserId) -> Result<Removal> {
        let reach = cx.reach()?;
        let is_dry = self.dry_run.unwrap_or_default();
        let mut write = cx.write_rights([Change::User(id)]).await?;
        let user = NOUN.found(write.tx().users(&reach).get(id).await?, &self.user)?;
        cx.require_match(&user, user.revision)?;
        let object = Dependant::new(user.id, user.name.as_str());
        let within = cx.organization().map(|organization| organization.id);
        let uses = Uses::find(cx, write.tx(), within, Object::User(user.id)).await?;
        let dependants = uses.dependants();
        let mut targets = vec![NOUN.target(user.id)];
        targets.extend(uses.targets());
        if let Some(organization) = within {
            let everywhere = write.tx().users(&Reach::EVERYTHING).get(user.id).await?;
            let is_last = everywhere.is_some_and(|u| u.memberships.len() == 1 && !u.server_administrator);
            // A root key that acts for the user belongs to no organization, so search everywhere.
            let all = Uses::find(cx, write.tx(), None, Object::User(user.id)).await?;
            let goes = is_last && all.dependants() == dependants;
            let account = goes.then_some(object.clone()).into_iter();
            let account = NOUN.dependants(Effect::Deleted, account);
            let gone: Vec<_> = account.into_iter().chain(dependants.clone()).collect();
            if is_dry {
                return Ok(noun::MEMBERSHIP.removal(cx, object, gone, true));
            }
            require_unused(cx, &dependants, self.force)?;
            write.tx().withdraw_commands_of_user(user.id, Some(organization), cx.now()).await?;
            uses.release(cx, write.tx()).await?;
            write.tx().users(&reach).end_membership(user.id, organization).await?;
            if goes {
                let changed = write.tx().users(&Reach::EVERYTHING).get(user.id).await?;
                let revision = NOUN.found(changed, &self.user)?.revision;
                write.tx().users(&Reach::EVERYTHING).delete(user.id, revision).await?;
            }
            let removal = noun::MEMBERSHIP.removal(cx, object, gone, false);
            return write.commit(targets, removal).await;
        }
        if !cx.is_root() {
            return Err(Error::OrganizationRequired);
        }
        require_above_all(cx)?;
        if is_dry {
            return Ok(NOUN.removal(cx, object, dependants, true));
        }
        require_unused(cx, &dependants, self.force)?;
        write.tx().withdraw_commands_of_user(user.id, None, cx.now()).await?;
        uses.release(cx, write.tx()).await?;
        write.tx().users(&reach).delete(user.id, user.revision).await?;
        let removal = NOUN.removal(cx, object, dependants, false);
        write.commit_in(None, targets, removal).await
    }
}
