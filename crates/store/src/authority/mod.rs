//! Who may do what: organizations, keys, users, roles and sessions. Also which server holds the connection
//! of a node's agent ([`holders`]).

pub mod holders;
pub mod key_uses;
pub mod keys;
pub mod logins;
pub mod organizations;
pub mod owned;
mod preferences;
pub mod roles;
pub mod sessions;
pub mod users;
