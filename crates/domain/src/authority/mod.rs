//! Who may do what: organizations, keys, users, roles, sessions, and the audit trail.

pub(crate) mod command_limits;
pub(crate) mod key_kind;
pub(crate) mod key_presentation;
pub(crate) mod key_text;
pub(crate) mod script_pin;

pub mod actor;
pub mod attempt;
pub mod audit;
pub mod enrolment;
pub mod key;
pub mod organization;
pub mod party;
pub mod password;
pub mod policy;
pub mod rate;
pub mod reach;
pub mod recovery;
pub mod role;
pub mod scope;
pub mod scope_set;
pub mod session;
pub mod user;
