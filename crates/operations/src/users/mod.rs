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

use bailiwick_engine::operation::{Erased, erase};

const TAG: &str = "People";
const NOUN: &str = "user";

pub(crate) const OPERATIONS: &[Erased] = &[
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
];
