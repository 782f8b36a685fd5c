//! Operations: everything that the control plane can do, with one module per noun, and their catalogue.
//!
//! What an operation is, and how it is admitted, run and audited, is in the crate `engine`. This crate knows
//! nothing of HTTP, and asks about agents only through the engine's trait `Agents`.

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
mod references;

mod account;
mod audit;
mod commands;
mod maintenance_windows;
mod nodes;
mod organizations;
mod permissions;
mod roles;
mod scripts;
mod server;
mod services;
mod sites;
mod updates;
mod users;
mod whoami;
