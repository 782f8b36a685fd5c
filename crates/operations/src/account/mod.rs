//! The caller's own account: who they are, how they prove it, their sessions and invitations.

pub(crate) mod invitations;
pub(crate) mod me;
pub(crate) mod preferences;
pub(crate) mod proof;
pub(crate) mod second_factor;
pub(crate) mod sessions;
