//! The API as its clients meet it, in this process: routes, rights, errors, documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod agents;
mod app;
mod client;
mod example;
mod fake_agent;

mod audit;
mod authorization;
mod bad_input;
mod clocks;
mod commands;
mod compat;
mod compat_members;
mod compat_pangolin;
mod compat_pmm;
mod compat_tactical;
mod compat_tactical_commands;
mod compat_tactical_updates;
mod contracts;
mod credentials;
mod destinations;
mod enrolment;
mod holes_pangolin;
mod holes_tactical;
mod idempotency;
mod in_use;
mod keys;
mod lines;
mod link;
mod link_bounds;
mod log_lines;
mod measures;
mod merge;
mod narrow;
mod narrowing;
mod node_lines;
mod nodes;
mod organizations;
mod other_clients;
mod people;
mod people_lines;
mod polling;
mod probes;
mod reach;
mod ready;
mod replicas;
mod request_path;
mod revocation;
mod schedules;
mod sealed;
mod services;
mod sites;
mod supervised;
mod updates;
