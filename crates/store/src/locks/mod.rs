//! Locks: which objects a change locks, so that two servers do not change the same thing at once.

pub(crate) mod lock;

pub mod change;
pub mod holder_question;
pub mod holds;
