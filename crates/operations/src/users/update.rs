//! Change a user.

use super::id_of;
use crate::keys::named::named_role;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::error::require_valid;
use std::sync::Arc;

use bailiwick_domain::id::UserId;
use bailiwick_domain::name::Name;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::role::{
    pin_role_within_own, pin_user_within_own, require_above_all, require_all_of_an_administrator,
    require_role_within_own,
};
use super::{NOUN, TAG, ids};
use crate::keys::beyond::require_may_give_people_access;

/// Change a user.
///
/// Fields that are absent stay as they are. Within an organization, the role can be changed; everything
/// else belongs to the user in all organizations, and only root keys and server administrators can
/// change it. A caller can neither enable a user who has more rights than itself, nor change that user's
/// e-mail address. The change takes effect from the next request on, also for keys that act for the user. A
/// new role makes an unused invitation invalid; `users.invite` makes a new one. A key cannot give
/// another role if it has limits that would not apply to a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "role": "editor" }]))]
pub(crate) struct UpdateUser {
    /// Their id or e-mail address.
    user: UserRef,
    /// A new role in the organization: `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom role.
    #[serde(default)]
    role: Named<NamedRole>,
    /// A new name.
    #[serde(default)]
    name: Named<Name>,
    /// A new e-mail address.
    #[serde(default)]
    email: Named<Email>,
    /// Whether the user is disabled: they cannot log in, and keys that act for them do not work.
    /// Disabling ends their sessions.
    #[serde(default)]
    disabled: Named<bool>,
    /// Whether the user is a server administrator.
    #[serde(default)]
    server_administrator: Named<bool>,
}

impl Operation for UpdateUser {
    const SPEC: Spec = Spec::update(ids::USERS_UPDATE, "/v1/users/{user}")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&User) -> Option<Revision> = |output| Some(output.revision);
    type Output = User;

    async fn run(self, cx: &Cx) -> Result<User> {
        let is_theirs =
            |user: Arc<User>| !user.server_administrator || require_all_of_an_administrator(cx).is_ok();
        let user = id_of(cx, &self.user).await?;
        let refused = self.disabled.0 == Some(true)
            && require_above_all(cx).is_ok()
            && cx.control().people().user(user).is_some_and(is_theirs);
        cx.refusing(refused.then_some(Change::User(user)), self.update(cx, user)).await
    }
}

impl UpdateUser {
    async fn update(self, cx: &Cx, id: UserId) -> Result<User> {
        let is_global = self.name.0.is_some()
            || self.email.0.is_some()
            || self.disabled.0.is_some()
            || self.server_administrator.0.is_some();
        let reach = cx.reach()?;
        // Before the transaction, because this read would wait for a second connection.
        let role = match (&self.role.0, cx.organization()) {
            (Some(named), Some(organization)) => {
                let mut errors = Vec::new();
                let role = named_role(cx, Some(organization.id), Some(named), &mut errors).await?;
                require_valid(errors)?;
                role
            }
            (Some(_), None) => return Err(Error::OrganizationRequired),
            (None, _) => None,
        };
        let mut write = cx.write_rights([Change::User(id)]).await?;
        let mut user = NOUN.found(write.tx().users(&reach).get(id).await?, &self.user)?;
        if is_global {
            require_above_all(cx)?;
        }
        if is_global && (user.server_administrator || self.server_administrator.0 == Some(true)) {
            require_all_of_an_administrator(cx)?;
        }
        let from = user.revision;
        cx.require_match(&user, from)?;
        // A user who was disabled gets all of their permissions back. With a new address, another person can be
        // invited to the account, or given a role by the address that it had before.
        let gives_back = self.disabled.0 == Some(false) || self.email.0.is_some();
        if gives_back || self.server_administrator.0 == Some(true) {
            require_may_give_people_access(cx)?;
        }
        if gives_back {
            pin_user_within_own(cx, write.tx(), user.id).await?;
        }
        if let Some(role) = role {
            let organization_id = cx.organization().ok_or(Error::OrganizationRequired)?.id;
            if user.role_in(organization_id) != Some(role) {
                require_may_give_people_access(cx)?;
            }
            if let Some(before) = user.role_in(organization_id) {
                require_role_within_own(cx, before, organization_id)?;
            }
            pin_role_within_own(cx, write.tx(), role, organization_id).await?;
            let membership = Membership { organization_id, role };
            write.tx().users(&reach).set_role(user.id, &membership).await?;
            user.memberships.retain(|m| m.organization_id != organization_id);
            user.memberships.push(membership);
            user.memberships.sort_by_key(|m| m.organization_id);
        }
        if let Some(name) = self.name.0 {
            user.name = name;
        }
        if let Some(email) = self.email.0 {
            user.email = email;
            // The invitation was handed to the person with the old address.
            write.tx().void_invitation(user.id).await?;
        }
        if let Some(server_administrator) = self.server_administrator.0 {
            user.server_administrator = server_administrator;
            // Anybody with an old invitation could act as a user who has more rights now.
            write.tx().void_invitation(user.id).await?;
        }
        match self.disabled.0 {
            Some(true) => {
                user.disabled_at = user.disabled_at.or(Some(cx.now()));
                write.tx().void_invitation(user.id).await?;
                write.tx().end_sessions_of(user.id, None).await?;
                write.tx().withdraw_commands_of_user(user.id, None, cx.now()).await?;
            }
            Some(false) => user.disabled_at = None,
            None => {}
        }
        cx.revise(from, &mut user.revision, &mut user.updated_at);
        let written = write.tx().users(&reach).update(&user, from).await;
        let taken = async { Ok(NOUN.taken("email", None::<UserId>)) };
        let write = write.unless_taken(written, taken).await?;
        write.commit(vec![NOUN.target(user.id)], user).await
    }
}
