//! Changes that users make to their own accounts.

use bailiwick_domain::name::Name;
use bailiwick_domain::password::{Password, PresentedPassword};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::user::User;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::account::proof::require_password;
use crate::ids;
use crate::noun;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<UpdateMe>()];

/// A new password, with the current one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// Your current password.
    current: PresentedPassword,
    /// Your new password: at least 12 characters.
    new: Password,
}

/// Change your name or your password.
///
/// A new password ends your other sessions. Only a server administrator can change your e-mail address.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Ada King" }]))]
struct UpdateMe {
    /// Your new name.
    #[serde(default)]
    name: Named<Name>,
    /// Your new password.
    #[serde(default)]
    password: Named<NewPassword>,
}

impl Operation for UpdateMe {
    const SPEC: Spec = Spec::update(ids::ME_UPDATE, "/v1/me").tag("People").person().versioned();
    const REVISION: fn(&User) -> Option<Revision> = |output| Some(output.revision);
    type Output = User;

    async fn run(self, cx: &Cx) -> Result<User> {
        let visitor = cx.person()?;
        let id = visitor.user.id;
        let hash = match &self.password.0 {
            Some(password) => {
                require_password(cx, &password.current, "password.current").await?;
                Some(cx.hash_password(password.new.reveal()).await?)
            }
            None => None,
        };
        let mut write = cx.write_rights([Change::User(id)]).await?;
        let found = write.tx().users(&Reach::EVERYTHING).get(id).await?;
        let mut user = found.ok_or(Error::SessionEnded)?;
        let from = user.revision;
        cx.require_match(&user, from)?;
        if let Some(name) = self.name.0 {
            user.name = name;
        }
        if let Some(hash) = hash {
            write.tx().set_password(id, &hash).await?;
            write.tx().end_sessions_of(id, Some(visitor.session.session.id)).await?;
        }
        cx.revise(from, &mut user.revision, &mut user.updated_at);
        write.tx().users(&Reach::EVERYTHING).update(&user, from).await?;
        write.commit_in(None, vec![noun::USER.target(id)], user).await
    }
}
