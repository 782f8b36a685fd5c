//! Users: people, and their roles in organizations.

mod create;
mod delete;
mod export;
mod import;
mod invite;
mod join;
mod line;
mod read;
mod reset;
mod role;
mod update;

use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, Noun, NounSpec};

const TAG: &str = "People";
const NOUN: Noun = noun::USER;

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
        let Ok(id) = text.parse() else { return Ok(false) };
        Ok(cx.store().users(&cx.reach()?).get(id).await?.is_some())
    })
});
