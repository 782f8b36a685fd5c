//! The domain types of Bailiwick: ids, names, labels and selectors, scopes, reach, keys, the audit
//! trail.
//!
//! This crate is pure. It does no I/O, is not async and reads neither the clock nor a random source:
//! the caller passes those in (see [`outside`]).

mod authority;
mod inventory;
mod text;
mod work;

pub mod cursor;
pub mod histogram;
pub mod id;
pub mod observations;
pub mod page;
pub mod revision;
pub mod time;

pub use authority::{
    attempt, audit, enrolment, key, organization, party, password, policy, rate, reach, recovery, role,
    scope, session, user,
};
pub use inventory::{agent, facts, node, presence, service, site};
pub use text::{address, excerpt, hidden, label, name, network, port, reserved, search, selector};
pub use time::{cron, outside};
pub use work::{command, schedule, script, update};
