//! Keys: credentials for programs.

pub(crate) mod beyond;
mod create;
mod delete;
mod enrolment;
pub(crate) mod grant;
mod lifecycle;
mod limits;
mod pins;
mod read;
mod update;
pub(crate) mod view;

use bailiwick_engine::operation::{Erased, erase};

pub use enrolment::may_enrol;

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListKeys>(),
    erase::<create::CreateKey>(),
    erase::<read::GetKey>(),
    erase::<update::UpdateKey>(),
    erase::<delete::DeleteKey>(),
    erase::<lifecycle::RotateKey>(),
    erase::<lifecycle::DisableKey>(),
    erase::<lifecycle::EnableKey>(),
];
