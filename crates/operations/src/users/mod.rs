//! Users: people, and their roles in organizations.

mod create;
mod delete;
mod export;
mod import;
mod invite;
mod join;
mod line;
mod read;
pub mod recover;
mod reset;
mod role;
mod update;

use bailiwick_domain::id::UserId;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, Noun, NounSpec};

const TAG: &str = "People";
const NOUN: Noun = noun::USER;

/// The id of the user that a reference means. There may be no user with an id that is given as one. An id is not looked up in the
/// database, so that a user can be refused while the database does not answer.
pub(crate) async fn id_of(cx: &Cx, user: &UserRef) -> Result<UserId> {
    match user {
        UserRef::Id(id) => Ok(*id),
        UserRef::Email(email) => {
            Ok(NOUN.found(cx.store().users(&cx.reach()?).with_email(email).await?, user)?.id)
        }
    }
}

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListUsers>(),
        erase::<create::CreateUser>(),
        erase::<read::GetUser>(),
        erase::<update::UpdateUser>(),
        erase::<delete::DeleteUser>(),
        erase::<import::ImportUsers>(),
        erase::<export::ExportUsers>(),
        erase::<invite::InviteUser>(),
        erase::<reset::ResetSecondFactor>(),
        erase::<reset::ListUserSessions>(),
        erase::<reset::EndUserSessions>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Ok(user) = text.parse() else { return Ok(false) };
        Ok(cx.store().users(&cx.reach()?).find(&user).await?.is_some())
    })
});
