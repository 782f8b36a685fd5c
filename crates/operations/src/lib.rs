//! Operations: everything that the control plane can do, with one module per noun, and their catalogue.
//!
//! What an operation is, and how it is admitted, run and audited, is in the crate `engine`. This crate knows
//! nothing of HTTP, and speaks with agents only through what the engine says of them.

pub mod agents;
pub mod catalogue;
pub mod ids;
pub mod keys;
pub mod noun;
pub mod reseal;
pub mod schedules;
pub mod specs;
pub mod start;
pub mod uses;

mod import;
mod proof;
mod references;

mod audit;
mod commands;
mod invitations;
mod me;
mod nodes;
mod organizations;
mod permissions;
mod roles;
mod scripts;
mod second_factor;
mod server;
mod services;
mod sessions;
mod sites;
mod updates;
mod users;
mod whoami;
