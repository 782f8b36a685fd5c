//! The domain types of Bailiwick: ids, names, labels and selectors, scopes, reach, keys, the audit
//! trail, and what machine data mean: status, calendars, sums and metrics.
//!
//! This crate is pure. It does no I/O, is not async and reads neither the clock nor a random source:
//! the caller passes those in (see [`outside`]).

mod authority;
mod inventory;
mod production;
mod text;
mod work;

pub mod cursor;
pub mod filter_tree;
pub mod histogram;
pub mod id;
pub mod meaning;
pub mod observations;
pub mod page;
pub mod revision;
pub mod row_query;
pub mod time;

pub use authority::{
    actor, attempt, audit, enrolment, key, organization, party, password, policy, rate, reach, recovery,
    role, scope, scope_set, session, user,
};
pub use inventory::{agent, facts, front, front_name, node, node_filter, presence, service, site, targets};
pub use production::{
    aggregate, calendar, coverage, history, metrics, quantity, signals, slices, span, status, sums, timeline,
    words,
};
pub use text::{address, excerpt, hidden, label, name, network, port, reserved, search, selector};
pub use time::{cron, outside};
pub use work::{command, maintenance_window, schedule, script, selection, update};
