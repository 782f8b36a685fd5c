//! Operations: everything that the control plane can do, with one module per noun.
//!
//! Each operation is a type: see [`operation::Operation`]. Only this crate authorizes ([`admission`])
//! and audits ([`cx::Write::commit`]). It knows nothing of HTTP.

pub mod admission;
pub mod answer;
pub mod background;
pub mod catalogue;
pub mod control;
pub mod cx;
pub mod error;
pub mod events;
mod export;
pub mod first_run;
pub mod fleet;
pub mod format;
pub mod input;
pub mod json;
pub mod listener;
pub mod listing;
pub mod operation;
mod outage;
pub mod outside;
pub mod readiness;
pub mod records;
pub mod reseal;
pub mod spec;
pub mod start;
pub mod streams;
pub mod trouble;

mod attempts;
mod authority;
mod background_error;
mod bounds;
mod build;
mod connections;
mod contact;
mod deputy;
mod directory;
mod grants;
mod keyring;
mod limiter;
mod passwords;
mod patch;
mod people;
mod proof;
mod references;
mod refused;
mod removal;
mod revocation;
mod sort;
mod stream_ends;
mod target;
pub mod uses;
mod visitor;
mod watchers;
mod who;

mod agents;
mod audit;
mod commands;
mod invitations;
mod isolation;
mod keys;
mod me;
mod nodes;
mod organizations;
mod permissions;
mod roles;
pub mod schedules;
mod scripts;
mod second_factor;
mod server;
mod services;
mod sessions;
mod sites;
mod updates;
mod users;
mod whoami;

pub use build::Build;
pub use keyring::Keyring;
