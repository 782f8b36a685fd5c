//! Long tests that print figures: faults, attacks and matrices that take minutes. CI leaves them out; each
//! is marked `#[ignore = "acceptance"]` and is run by `cargo xtask acceptance [FILTER]`.
#![allow(clippy::print_stdout, reason = "the figures are what these tests are run for")]

mod attackers;
mod clock_skew;
pub mod clocks;
mod failover;
mod first_starts;
mod host_metrics;
mod isolation;
mod machines;
mod observations;
mod packages;
mod pair;
mod revocation;
mod rolling_restart;
