//! What a server holds in memory: keys, users, sessions and organizations, so that admission needs no I/O;
//! and who must be told when something changes.

pub mod attempts;
pub mod bounds;
pub mod directory;
pub mod keyring;
pub mod passwords;
pub mod people;
pub mod refused;
pub mod streams;
pub(crate) mod used_operations;
pub mod watchers;
