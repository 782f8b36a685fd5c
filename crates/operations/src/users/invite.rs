//! Invitations, with which users choose their password.

use bailiwick_domain::session::Token;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::role::{pin_user_within_own, require_above_all};
use super::{NOUN, TAG, ids};
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::view::Secret;

/// How long an invitation is valid, in seconds: a week.
const INVITATION_SECONDS: i64 = 604_800;

/// An invitation to choose a password.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Invitation {
    /// The secret with which the user chooses a password (`POST /v1/invitations/accept`). Give it to
    /// this user only. It is shown only this once.
    token: Secret,
    /// When it expires.
    expires_at: Timestamp,
}

/// Makes an invitation. Earlier invitations of the user become invalid. A user who was changed since they
/// were read is not invited.
pub(super) async fn invite(cx: &Cx, tx: &mut Tx, user: &User) -> Result<Invitation, StoreError> {
    let token = Token::mint(cx.entropy());
    let expires_at = cx.now().plus_seconds(INVITATION_SECONDS);
    tx.invite(user.id, user.revision, token.digest(), expires_at).await?;
    Ok(Invitation { token: Secret(token.reveal()), expires_at })
}

/// Invite a user to choose a password.
///
/// Earlier invitations become invalid. A user who has a password keeps it until they choose another;
/// only root keys and server administrators can invite such a user. A caller cannot invite a user who
/// has more rights than itself, because anybody with the invitation can act as that user. A key cannot
/// invite anybody if it has limits that would not apply to a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteUser {
    /// Their id or e-mail address.
    user: UserRef,
}

impl Operation for InviteUser {
    const SPEC: Spec = Spec::act(ids::USERS_INVITE, "/v1/users/{user}/invite")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_secret();
    type Output = Invitation;

    async fn run(self, cx: &Cx) -> Result<Invitation> {
        require_may_give_people_access(cx)?;
        let reach = cx.reach()?;
        let mut write = cx.write().await?;
        let user = NOUN.found(write.tx().users(&reach).find(&self.user).await?, &self.user)?;
        if user.has_password {
            require_above_all(cx)?;
        }
        // Anybody with the invitation can act as this user in every organization.
        let everywhere = NOUN.found(pin_user_within_own(cx, write.tx(), user.id).await?, user.id)?;
        let invitation = invite(cx, write.tx(), &everywhere).await?;
        write.commit(vec![NOUN.target(user.id)], invitation).await
    }
}
