//! Accepting an invitation.

use bailiwick_domain::key::Actor;
use bailiwick_domain::password::Password;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::session::Token;
use bailiwick_domain::user::Email;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids;
use crate::noun;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<AcceptInvitation>()];

/// Accept an invitation: choose a password.
///
/// The invitation can be used only once, and all of the user's sessions end. Then log in with the
/// e-mail address in the answer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "token": "0000000000000000000000000000000000000000000000000000000000000000", "password": "correct horse battery staple" }]))]
struct AcceptInvitation {
    /// The token of the invitation.
    #[schemars(length(max = 64), extend("writeOnly" = true), example = &"0000000000000000000000000000000000000000000000000000000000000000")]
    token: String,
    /// The password: at least 12 characters.
    password: Password,
}

/// The user who accepted.
#[derive(Debug, Serialize, JsonSchema)]
struct Accepted {
    /// The e-mail address to log in with.
    email: Email,
}

impl Operation for AcceptInvitation {
    const SPEC: Spec = Spec::act(ids::INVITATIONS_ACCEPT, "/v1/invitations/accept").tag("People").by_proof();
    type Output = Accepted;

    async fn run(self, cx: &Cx) -> Result<Accepted> {
        let token = Token::parse(&self.token).map_err(|_| Error::InvitationUnknown)?.digest();
        // No password is hashed for a caller without an invitation.
        let user = cx.store().invited(token, cx.now()).await?.ok_or(Error::InvitationUnknown)?;
        let hash = cx.hash_password(self.password.reveal()).await?;
        // The lock of the user's rights comes before the user's row, as in every other change of a user.
        let mut write = cx.write_rights([Change::User(user)]).await?;
        write.tx().login(user).await?;
        if write.tx().invited(token, cx.now()).await? != Some(user) {
            return Err(Error::InvitationUnknown);
        }
        let found = write.tx().users(&Reach::EVERYTHING).get(user).await?;
        let user = found.ok_or(Error::InvitationUnknown)?;
        write.tx().set_password(user.id, &hash).await?;
        write.tx().end_sessions_of(user.id, None).await?;
        let target = noun::USER.target(user.id);
        let write = write.by(Actor::User { id: user.id });
        write.commit_in(None, vec![target], Accepted { email: user.email }).await
    }
}
