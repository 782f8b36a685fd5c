//! Create a user, or make a user a member.

use crate::keys::named::named_role;
use bailiwick_domain::id::UserId;
use bailiwick_domain::name::Name;
use bailiwick_domain::password::Password;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::require_valid;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::invite::{Invitation, invite};
use super::join::{join, newcomer};
use super::role::{
    pin_role_within_own, pin_user_within_own, require_above_all, require_all_of_an_administrator,
    require_role_within_own,
};
use super::{NOUN, TAG, ids};
use crate::keys::beyond::require_may_give_people_access;

/// Create a user with a role in the organization.
///
/// The answer contains an invitation, with which the user chooses a password. Only root keys and server
/// administrators can set a password, create server administrators and users without an organization,
/// and make a user with an existing account a member; that account keeps its name and password. A
/// caller cannot give a role that opens more than its own rights. A key can only do this if it has no
/// limits that would not apply to a person: an expiry, networks, a rate limit, command limits, a user
/// or a role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "email": "ada@example.com", "name": "Ada Lovelace", "role": "viewer" }]))]
pub(crate) struct CreateUser {
    /// The e-mail address with which the user logs in, unique on the server.
    email: Email,
    /// The user's name.
    #[schemars(example = &"Ada Lovelace")]
    name: Name,
    /// The user's role in the organization: `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom
    /// role. `viewer` if absent.
    role: Option<NamedRole>,
    /// A password of at least 12 characters. Only root keys and server administrators can set one;
    /// without it, the user is invited to choose one.
    password: Option<Password>,
    /// Whether the user is a server administrator. Only root keys and server administrators can set
    /// this.
    #[serde(default)]
    server_administrator: bool,
    /// Whether an existing account with this address, which has a password, becomes a member. Make sure
    /// that it is this person's account: anybody who knows its password can then act in the organization.
    #[serde(default)]
    join_existing: bool,
}

/// A user, with an invitation to choose a password.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CreatedUser {
    /// The user.
    user: User,
    /// An invitation; null if the user has a password already. No later answer shows it.
    invitation: Option<Invitation>,
}

impl Operation for CreateUser {
    const SPEC: Spec = Spec::create(ids::USERS_CREATE, "/v1/users")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_secret()
        .versioned();
    const REVISION: fn(&CreatedUser) -> Option<Revision> = |output| Some(output.user.revision);
    type Output = CreatedUser;

    async fn run(self, cx: &Cx) -> Result<CreatedUser> {
        require_may_give_people_access(cx)?;
        let membership = self.membership(cx).await?;
        if self.server_administrator {
            require_all_of_an_administrator(cx)?;
        }
        if self.password.is_some() {
            require_above_all(cx)?;
        }
        let hash = match &self.password {
            Some(password) => Some(cx.hash_password(password.reveal()).await?),
            None => None,
        };
        let mut write = cx.write().await?;
        if let Some(membership) = &membership {
            // The role may have become wider since it was checked.
            pin_role_within_own(cx, write.tx(), membership.role, membership.organization_id).await?;
        }
        let known = write.tx().users(&Reach::EVERYTHING).with_email(&self.email).await?;
        let targets = |user: &User| vec![NOUN.target(user.id)];
        if let Some(known) = known {
            let (user, invitation) = self.join(cx, &mut write, known, membership).await?;
            return write.commit(targets(&user), CreatedUser { user, invitation }).await;
        }
        let user = User {
            server_administrator: self.server_administrator,
            has_password: hash.is_some(),
            ..newcomer(cx, self.email, self.name, membership)
        };
        let written = write.tx().users(&Reach::EVERYTHING).create(&user).await;
        // Another request may have created a user with this address just now.
        let mut write = write.unless_taken(written, async { Ok(taken(None)) }).await?;
        let invitation = match hash {
            Some(hash) => {
                write.tx().set_password(user.id, &hash).await?;
                None
            }
            None => Some(invite(cx, write.tx(), &user).await?),
        };
        write.commit(targets(&user), CreatedUser { user, invitation }).await
    }
}

/// The refusal of an address that belongs to an account in which somebody has set a password. Another
/// organization may have created it and accepted its invitation, before its owner knew of it.
pub(super) fn existing_account(id: UserId) -> String {
    format!(
        "an account has this e-mail address ({id}); anybody who knows its password could then act in the organization: make sure that it is this person's account, then set `join_existing` to true"
    )
}

fn taken(other: Option<UserId>) -> Error {
    NOUN.taken("email", other)
}

impl CreateUser {
    /// The requested membership, if the caller may give it.
    async fn membership(&self, cx: &Cx) -> Result<Option<Membership>> {
        match (cx.organization(), &self.role) {
            (Some(organization), named) => {
                let mut errors = Vec::new();
                let role = named_role(cx, Some(organization.id), named.as_ref(), &mut errors).await?;
                require_valid(errors)?;
                let role = role.unwrap_or(RoleRef::BuiltIn(BuiltInRole::Viewer));
                require_role_within_own(cx, role, organization.id)?;
                Ok(Some(Membership { organization_id: organization.id, role }))
            }
            (None, Some(_)) => Err(Error::OrganizationRequired),
            (None, None) if cx.is_root() => require_above_all(cx).map(|()| None),
            (None, None) => Err(Error::OrganizationRequired),
        }
    }

    /// Makes a user with an existing account a member.
    async fn join(
        &self,
        cx: &Cx,
        write: &mut Write<'_>,
        user: User,
        membership: Option<Membership>,
    ) -> Result<(User, Option<Invitation>)> {
        // An organization cannot know whose account it is: another organization may have created it,
        // and know its password. Nor may it learn who has an account.
        if require_above_all(cx).is_err() {
            return Err(taken(None));
        }
        let Some(membership) = membership else { return Err(taken(Some(user.id))) };
        if user.role_in(membership.organization_id).is_some() {
            return Err(taken(Some(user.id)));
        }
        if self.password.is_some() || self.server_administrator {
            let detail = "an account already has this e-mail address: leave `password` and `server_administrator` out to make it a member";
            return Err(Error::invalid("email", detail));
        }
        if user.has_password && !self.join_existing {
            return Err(Error::invalid("email", existing_account(user.id)));
        }
        if !user.has_password {
            // Anybody with the invitation can act as this user in every organization.
            pin_user_within_own(cx, write.tx(), user.id).await?;
        }
        Ok(join(cx, write.tx(), user, membership).await?)
    }
}
