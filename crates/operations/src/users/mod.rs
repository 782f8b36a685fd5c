//! Users: people, and the roles they hold.

mod create;
mod delete;
mod invite;
mod read;
mod reset;
mod role;
mod update;

pub(crate) use invite::{Invitation, invitation};

use crate::operation::{Erased, erase};

const TAG: &str = "People";
const NOUN: &str = "user";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListUsers>(),
    erase::<create::CreateUser>(),
    erase::<read::GetUser>(),
    erase::<update::UpdateUser>(),
    erase::<delete::DeleteUser>(),
    erase::<invite::InviteUser>(),
    erase::<reset::ResetSecondFactor>(),
    erase::<reset::ListUserSessions>(),
    erase::<reset::EndUserSessions>(),
];
