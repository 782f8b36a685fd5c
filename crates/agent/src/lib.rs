//! The agent: the program on each machine. It connects to a server, tells what machine it runs on,
//! and does what it is told: at most once, and truthfully told.
//!
//! It knows neither the database nor the operations; what it says and hears is in `link`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod backoff;
pub mod client;
pub mod commands;
pub mod facts;
pub mod identity;
mod instructions;
pub mod journal;
pub mod outside;
pub mod parent;
mod private_file;
mod reboot;
pub mod runner;
pub mod session;
pub mod shells;
pub mod supervise;
pub mod trust;
pub mod updates;

#[cfg(test)]
mod testing;
