//! The agent: Bailiwick's program on each machine. It connects to a server, reports facts about its
//! machine, runs each command at most once and reports the outcome truthfully.
//!
//! It knows neither the database nor the operations; the messages of its protocol are in `link`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod backoff;
pub mod client;
pub mod commands;
pub mod facts;
mod framed;
pub mod front;
pub mod identity;
mod instructions;
pub mod journal;
pub mod metrics;
pub mod outside;
pub mod parent;
mod private_file;
mod reboot;
mod resolve;
pub mod runner;
pub mod session;
pub mod shells;
pub mod supervise;
pub mod trust;
pub mod updates;

#[cfg(test)]
mod testing;
