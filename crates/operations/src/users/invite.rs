//! Invitations: how a user comes to choose a password.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::UserId;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::session::Token;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NOUN, TAG};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::keys::view::Secret;
use crate::operation::Operation;
use crate::spec::Spec;

/// How long an invitation is good for, in seconds: a week.
const INVITATION_SECONDS: i64 = 604_800;

/// What somebody chooses a password with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Invitation {
    /// Give it to them, and to nobody else: with it they choose their password
    /// (`POST /v1/invitations/accept`). It is shown this once.
    token: Secret,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// Invites somebody; an earlier invitation works no more.
pub(super) async fn invite(cx: &Cx, tx: &mut Tx, user: UserId) -> Result<Invitation, StoreError> {
    let token = Token::mint(cx.entropy());
    let expires_at = cx.now().plus_seconds(INVITATION_SECONDS);
    tx.invite(user, token.digest(), expires_at).await?;
    Ok(Invitation { token: Secret(token.reveal()), expires_at })
}

/// Invite a user to choose a password.
///
/// An earlier invitation works no more. Whoever has a password already keeps it until they choose
/// another; to invite them is for root keys and server administrators. Nobody invites somebody who may
/// more than they may themselves: whoever has the invitation becomes that user. A key invites nobody if
/// it is narrowed by something that would not hold for a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteUser {
    /// Their id.
    user: UserId,
}

impl Operation for InviteUser {
    const SPEC: Spec = Spec::act("users.invite", "/v1/users/{user}/invite")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_secret();
    type Output = Invitation;

    async fn run(self, cx: &Cx) -> Result<Invitation> {
        cx.require_may_give_people_access()?;
        let reach = cx.reach()?;
        let mut write = cx.write().await?;
        let found = write.tx.users(&reach).get(self.user).await?;
        let user = found.ok_or_else(|| Error::not_found(NOUN, self.user))?;
        if user.has_password {
            cx.require_above_all()?;
        }
        // Whoever has the invitation becomes them, in every organization.
        let everywhere = write.tx.users(&Reach::EVERYTHING).get(user.id).await?;
        cx.require_no_less_than(everywhere.as_ref().unwrap_or(&user))?;
        let invitation = invite(cx, &mut write.tx, user.id).await?;
        write.commit(vec![Target::new(NOUN, user.id)], invitation).await
    }
}
