//! What the store promises, on SQLite and on PostgreSQL: each test runs on both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

#[macro_use]
mod database;
mod goals;
mod jobs;
mod list;
mod meaning;
mod operators;
mod parts;
mod samples;

mod agents;
mod audit;
mod calendars;
mod cells;
mod changes;
mod command_outcomes;
mod commands;
mod downtime;
mod facets;
mod front_names;
mod fronts;
mod idempotency;
mod keys;
mod labels;
mod links;
mod maintenance_windows;
mod measures;
mod migrations;
mod nodes;
mod observations;
mod observations_file;
mod observations_model;
mod observations_work;
mod organizations;
mod pooler;
mod production_changes;
mod retention;
mod roles;
mod scripts;
mod selections;
mod services;
mod sessions;
mod settings;
mod sites;
mod start;
mod supervised;
mod transactions;
mod updates;
mod users;
