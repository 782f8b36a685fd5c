//! Operations on authority and the inventory, with one module per noun.
//!
//! What an operation is, and how it is admitted, run and audited, is in the crate `engine`. Operations on machine
//! data are in the crate `machines`, and the catalogue of both in the crate `catalogue`. This crate knows
//! nothing of HTTP, and asks about agents only through the engine's trait `Agents`.

pub mod agents;
pub mod audit_chain;
mod audit_question;
pub mod front;
pub mod ids;
pub mod keys;
pub mod metrics;
pub mod noun;
pub mod references;
pub mod reseal;
pub mod restored;
pub mod schedules;
pub mod specs;
pub mod start;
pub mod uses;
pub mod whoami;

mod facets;
mod import;
mod targets;

mod account;
mod actors;
mod audit;
mod commands;
mod discovery;
mod maintenance_windows;
mod names;
mod nodes;
mod organizations;
mod permissions;
mod roles;
mod scripts;
mod selections;
mod server;
mod services;
mod sites;
mod updates;
pub mod users;
