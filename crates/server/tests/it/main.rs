//! The API as its clients meet it, in this process: routes, rights, errors, documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod app;
mod example;

mod audit;
mod authorization;
mod bad_input;
mod contracts;
mod credentials;
mod idempotency;
mod keys;
mod node_lines;
mod nodes;
mod organizations;
mod reach;
mod replicas;
mod sites;
