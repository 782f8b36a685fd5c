//! Everything the control plane can do, one file a noun.
//!
//! An operation is a type: see [`operation::Operation`]. This crate is the only place that
//! authorizes ([`admission`]) and audits ([`cx::Write::commit`]); it knows nothing of HTTP.

pub mod admission;
pub mod background;
pub mod catalogue;
pub mod control;
pub mod cx;
pub mod error;
pub mod first_run;
pub mod input;
pub mod listing;
pub mod operation;
pub mod outside;
pub mod records;
pub mod spec;

mod build;
mod directory;
mod grants;
mod keyring;
mod limiter;
mod patch;
mod removal;
mod sort;
mod target;

mod audit;
mod keys;
mod nodes;
mod organizations;
mod permissions;
mod server;
mod sites;
mod whoami;

pub use build::Build;
pub use keyring::Keyring;
